"""Sums of matrix products with what they share taken out: A.T@x + A@x is (A + A.T)@x."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from operator import itemgetter

from chainrule.algebra import Monomial, addends, mul, neg, split_content, tidy
from chainrule.calculus.candidates import Equal, simplest
from chainrule.calculus.chains import Chains, product
from chainrule.calculus.cost import cost
from chainrule.calculus.layout import letters, power_letters
from chainrule.terms import ONE, Apply, Entry, Term, number

MAX_ADDENDS = 12
# Products of matrices that share factors stay apart (B@X + B.T@X) unless joined they are this much shorter.
ONE_SIDED = 2


@dataclass(frozen=True, slots=True)
class _Link:
    """One addend: a sign, a scalar, and the items of its chain, which runs along ``indices``.

    A column times a row is the one item ``outer``.
    """

    negative: bool
    size: Term
    items: tuple[Term, ...]
    indices: tuple[Term, ...]

    def term(self) -> Term:
        ends = _outer(self.items)
        if ends is None:
            return self.array()
        vectors = [Entry(vector, (letter,)) for vector, letter in zip(ends, self.indices, strict=True)]
        whole = mul(self.size, *vectors)
        return neg(whole) if self.negative else whole

    def array(self) -> Term:
        """The addend with its chain as one tensor, which tells what it costs."""
        whole = mul(self.size, Entry(product(self.items), self.indices))
        return neg(whole) if self.negative else whole


def sum_of_chains(parts: list[Term], chains: Chains, equal: Equal | None = None) -> Term:
    """The sum of closed addends, with common factors at either end of matrix products taken out."""
    total = tidy(Apply("add", tuple(parts)))
    found = addends(total)
    if not 1 < len(found) <= MAX_ADDENDS:
        return total
    links: list[_Link | Term] = [_link(part, chains) or part for part in found]
    changed = False
    while True:
        joined = next(filter(None, (_joined(links, i, j, chains, equal) for i, j in _pairs(links))), None)
        if joined is None:
            break
        links, changed = joined, True
    if not changed:
        return total
    return tidy(Apply("add", tuple(part.term() if isinstance(part, _Link) else part for part in links)))


def _pairs(links: list[_Link | Term]) -> list[tuple[int, int]]:
    return list(combinations([k for k, link in enumerate(links) if isinstance(link, _Link)], 2))


def _link(part: Term, chains: Chains) -> _Link | None:
    """An addend that is a scalar times one chain, or None."""
    whole = Monomial.of(part)
    size = Monomial(abs(whole.coefficient), whole.decimal)
    found: list[Entry] = []
    for base, exponent in whole.powers.items():
        if isinstance(base, Entry) and exponent == ONE and _is_chain(base, chains):
            found.append(base)
        elif power_letters(base, exponent):
            return None
        else:
            size.powers[base] = exponent
    vectors = [entry for entry in found if len(entry.indices) == 1]
    if len(found) == len(vectors) == 2 and vectors[0].indices != vectors[1].indices:
        a, b = sorted(vectors, key=lambda entry: str(entry.indices))
        outer = Apply("outer", (a.base, b.base))
        return _Link(whole.coefficient < 0, size.term(), (outer,), (*a.indices, *b.indices))
    if len(found) != 1:
        return None
    (entry,) = found
    return _Link(whole.coefficient < 0, size.term(), tuple(chains.items(entry.base)), entry.indices)


def _backwards(link: _Link, chains: Chains) -> _Link:
    """A matrix told as the transpose of its transpose."""
    return replace(link, items=tuple(chains.reversed(link.items)), indices=link.indices[::-1])


def _outer(items: Sequence[Term]) -> tuple[Term, ...] | None:
    """The two vectors of a chain that is one outer product, else None."""
    only = items[0]
    return only.args if len(items) == 1 and isinstance(only, Apply) and only.op == "outer" else None


def _is_chain(entry: Entry, chains: Chains) -> bool:
    rank = len(entry.indices)
    if rank == 0:
        return len(chains.items(entry.base)) > 1
    return rank <= 2 and len(letters(entry)) == rank


def _joined(
    links: list[_Link | Term], i: int, j: int, chains: Chains, equal: Equal | None
) -> list[_Link | Term] | None:
    """The addends with numbers i and j made one, if they share an end and that is no longer than before."""
    a, b = links[i], links[j]
    if not isinstance(a, _Link) or not isinstance(b, _Link):
        return None
    if a.size != b.size or set(a.indices) != set(b.indices):
        return None
    pairs = [(a, turn) for turn in _turns(a, b, chains)]
    if a.indices != b.indices:
        pairs += [(turn, b) for turn in _turns(b, a, chains)]
    outers = [pair for pair in pairs if all(_outer(link.items) for link in pair)]
    opened = [
        (_opened(one, chains), _opened(two, chains))
        for first, second in outers
        for one, two in ((first, second), (_backwards(first, chains), _backwards(second, chains)))
    ]
    options = list(filter(None, (_merged(*pair, equal) for pair in pairs)))
    options += [
        (link, 1)
        for link, _ in filter(None, (_merged(*pair, equal) for pair in opened))
        if _is_of_outers(link)
    ]
    if not options:
        return None
    price, best = min(((cost(link.array()) * weight, link) for link, weight in options), key=itemgetter(0))
    if price > cost(Apply("add", (a.array(), b.array()))):
        return None
    out = list(links)
    out[i] = best
    del out[j]
    return out


def _turns(a: _Link, b: _Link, chains: Chains) -> list[_Link]:
    """The second chain in the directions in which it may meet the first."""
    if not a.indices:
        turned = (b.items[-1], *(chains.transposed(item) for item in b.items[-2:0:-1]), b.items[0])
        return [b, replace(b, items=turned)]
    if a.indices == b.indices:
        return [b]
    return [_backwards(b, chains)]


def _opened(link: _Link, chains: Chains) -> _Link:
    """X b (Y c)ᵀ as the chain X, b cᵀ, Yᵀ."""
    ends = _outer(link.items)
    assert ends is not None
    left, right = map(chains.items, ends)
    core = Apply("outer", (left[-1], right[-1]))
    return replace(link, items=(*left[:-1], core, *chains.reversed(right[:-1])))


def _is_of_outers(link: _Link) -> bool:
    """Whether a sum of outer products is all that stands between the common ends: X(b cᵀ + c bᵀ)."""
    return any(
        isinstance(item, Apply)
        and item.op == "add"
        and all(isinstance(base, Apply) and base.op == "outer" for base in map(_bare, item.args))
        for item in link.items
    )


def _bare(term: Term) -> Term:
    return term.args[0] if isinstance(term, Apply) and term.op == "neg" else term


def _merged(a: _Link, b: _Link, equal: Equal | None) -> tuple[_Link, int] | None:
    """Two chains as one, their common ends around the sum of what is between; None where no end is common.

    With it comes how its cost weighs: matrix factors are seldom taken out but around a sum of two matrices.
    """
    shortest = min(len(a.items), len(b.items)) - 1
    front = 0
    while front < shortest and a.items[front] == b.items[front]:
        front += 1
    back = 0
    while back < shortest - front and a.items[-1 - back] == b.items[-1 - back]:
        back += 1
    if not front and not back:
        return None
    first, second = (link.items[front : len(link.items) - back] for link in (a, b))
    one, two = product(first), product(second)
    if a.negative == b.negative and isinstance(one, Apply) and one.op == "transpose" and one.args[0] == two:
        one, two = two, one
    negative, pair = a.negative, (one, two)
    if a.negative != b.negative:
        negative, pair = False, (two, neg(one)) if a.negative else (one, neg(two))
    content, middle = split_content(simplest(tidy(Apply("add", pair)), equal))
    items = (*a.items[:front], middle, *a.items[len(a.items) - back :])
    simple = front and back and len(first) == len(second) == 1
    weight = ONE_SIDED if len(a.indices) == 2 and not simple else 1
    return _Link(negative, mul(number(content), a.size), items, a.indices), weight
