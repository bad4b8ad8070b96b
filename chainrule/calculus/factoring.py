"""Sums of matrix products with what they share taken out: A.T@x + A@x is (A + A.T)@x."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations

from chainrule.algebra import Monomial, addends, mul, neg, tidy
from chainrule.calculus.candidates import Equal, simplest
from chainrule.calculus.chains import Chains, product
from chainrule.calculus.cost import cost
from chainrule.calculus.layout import letters
from chainrule.terms import ONE, Apply, Entry, Term

MAX_ADDENDS = 12


@dataclass(frozen=True, slots=True)
class _Link:
    """One addend: a sign, a scalar, and the items of its chain, which runs along ``indices``."""

    negative: bool
    size: Term
    items: tuple[Term, ...]
    indices: tuple[Term, ...]

    def term(self) -> Term:
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
    found: Entry | None = None
    for base, exponent in whole.powers.items():
        if isinstance(base, Entry) and exponent == ONE and found is None and _is_chain(base, chains):
            found = base
        elif letters(base):
            return None
        else:
            size.powers[base] = exponent
    if found is None:
        return None
    return _Link(whole.coefficient < 0, size.term(), tuple(chains.items(found.base)), found.indices)


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
    options = list(filter(None, (_merged(*pair, equal) for pair in pairs)))
    if not options:
        return None
    best = min(options, key=lambda link: cost(link.term()))
    if cost(best.term()) > cost(Apply("add", (a.term(), b.term()))):
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
    return [replace(b, items=tuple(chains.reversed(b.items)), indices=a.indices)]


def _merged(a: _Link, b: _Link, equal: Equal | None) -> _Link | None:
    """Two chains as one, their common ends around the sum of what is between; None where no end is common."""
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
    middle = simplest(tidy(Apply("add", pair)), equal)
    items = (*a.items[:front], middle, *a.items[len(a.items) - back :])
    return _Link(negative, a.size, items, a.indices)
