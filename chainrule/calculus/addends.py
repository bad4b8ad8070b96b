"""The entry of a derivative as a sum of products: factors, letters that are tied, letters that are summed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, count

from chainrule.algebra import Monomial, power
from chainrule.terms import ONE, Apply, Index, Summation, Term, rewrite, walk

MOST = 40
_WIDEST_CUT = 2


@dataclass(frozen=True, slots=True)
class Addend:
    """coefficient · Σ_bound (product of factors), where deltas make each pair of ``ties`` agree.

    A tie is a letter of the rows and one of the columns; in the factors the column's goes by the row's name.
    ``shifts`` are columns' letters that another delta fixes (δ between j and i + 1). ``bound`` has the
    length of every letter that is summed over.
    """

    coefficient: Fraction
    factors: tuple[Term, ...]
    bound: Mapping[Index, Term]
    ties: frozenset[tuple[Index, Index]] = frozenset()
    shifts: frozenset[Index] = frozenset()

    def rank(self, rows: frozenset[Index], columns: frozenset[Index]) -> tuple[Term, ...] | None:
        """Lengths whose product bounds the rank of the matrix from ``columns`` to ``rows``; () for rank one.

        That is a cut: the summed letters without which no factor leads from a row's letter to a column's.
        None where there is no small one.
        """
        links = [letters(factor) for factor in self.factors]
        for size in range(_WIDEST_CUT + 1):
            for cut in combinations(self.bound, size):
                if not _reaches(rows, columns, [link - set(cut) for link in links]):
                    return tuple(self.bound[letter] for letter in cut)
        return None

    def parts(self) -> list[frozenset[Index]]:
        """The letters in groups that no factor and no tie connects."""
        groups: list[frozenset[Index]] = []
        for link in (*map(letters, self.factors), *map(frozenset, self.ties)):
            touching = [group for group in groups if group & link]
            groups = [group for group in groups if not group & link]
            groups.append(frozenset(link.union(*touching)))
        return [group for group in groups if group]


def letters(term: Term) -> frozenset[Index]:
    """Every letter that occurs in a term."""
    return frozenset(part for part in walk(term) if isinstance(part, Index))


def addends(term: Term, rows: Sequence[Index], columns: Sequence[Index]) -> list[Addend] | None:
    """An entry as a sum of products; None where it would have more than ``MOST`` of them."""
    found = _Expansion(frozenset(rows), frozenset(columns)).expanded(term)
    return None if found is None else [_tied(part, frozenset(rows), frozenset(columns)) for part in found]


class _Expansion:
    """Multiplies out what holds deltas or letters of both sides; every sum gets letters of its own."""

    def __init__(self, rows: frozenset[Index], columns: frozenset[Index]) -> None:
        self._rows, self._columns = rows, columns
        self._fresh = count()

    def expanded(self, term: Term) -> list[Addend] | None:
        if isinstance(term, Apply) and term.op in ("add", "neg"):
            return self._sum(term)
        if isinstance(term, Summation):
            table = {letter: Index(f"_{next(self._fresh)}") for letter in term.indices}
            inner = self.expanded(
                rewrite(term.body, lambda p: table.get(p) if isinstance(p, Index) else None)
            )
            own = dict(zip(table.values(), term.lengths, strict=True))
            if inner is None:
                return None
            return [Addend(a.coefficient, a.factors, {**a.bound, **own}) for a in inner]
        return self._product(term)

    def _sum(self, term: Apply) -> list[Addend] | None:
        out: list[Addend] = []
        sign = -1 if term.op == "neg" else 1
        for part in term.args:
            found = self.expanded(part)
            if found is None or len(out) + len(found) > MOST:
                return None
            out += [Addend(sign * a.coefficient, a.factors, a.bound) for a in found]
        return out

    def _product(self, term: Term) -> list[Addend] | None:
        whole = Monomial.of(term)
        out = [Addend(whole.coefficient, (), {})]
        for base, exponent in whole.powers.items():
            if exponent == ONE and self._opens(base):
                found = self.expanded(base)
            else:
                found = [Addend(Fraction(1), (power(base, exponent),), {})]
            if found is None or len(out) * len(found) > MOST:
                return None
            out = [
                Addend(a.coefficient * b.coefficient, a.factors + b.factors, {**a.bound, **b.bound})
                for a in out
                for b in found
            ]
        return [addend for addend in out if addend.coefficient]

    def _opens(self, base: Term) -> bool:
        if isinstance(base, Summation):
            return True
        if not isinstance(base, Apply) or base.op != "add":
            return False
        own = letters(base)
        both = bool(own & self._rows and own & self._columns)
        return both or any(isinstance(part, Apply) and part.op == "delta" for part in walk(base))


def _tied(part: Addend, rows: frozenset[Index], columns: frozenset[Index]) -> Addend:
    """An addend whose deltas have become ties between letters of rows and of columns."""
    deltas = [f for f in part.factors if isinstance(f, Apply) and f.op == "delta"]
    rest = [f for f in part.factors if f not in deltas]
    classes: list[set[Term]] = []
    for one in deltas:
        meeting = [group for group in classes if group & set(one.args)]
        classes = [group for group in classes if group not in meeting]
        classes.append(set(one.args).union(*meeting))
    table: dict[Term, Term] = {}
    ties: set[tuple[Index, Index]] = set()
    shifts: set[Index] = set()
    gone: set[Index] = set()
    for group in classes:
        ours = sorted((x for x in group if isinstance(x, Index) and x in rows), key=str)
        theirs = sorted((x for x in group if isinstance(x, Index) and x in columns), key=str)
        if len(ours) == 1 and len(theirs) == 1:
            ties.add((ours[0], theirs[0]))
            table[theirs[0]] = ours[0]
            # A summed letter that is tied as well (i = k + 1) goes by the row's name.
            fixed = {x for other in group - {ours[0], theirs[0]} for x in letters(other) if x in part.bound}
            table.update(dict.fromkeys(fixed, ours[0]))
            gone |= fixed
            # Of all places only one may be meant: δ_{i,0} stays.
            rest += [Apply("delta", (ours[0], other)) for other in group if not letters(other)]
        else:
            rest += [
                Apply("delta", (a, b))
                for a, b in zip(sorted(group, key=str), sorted(group, key=str)[1:], strict=False)
            ]
            outside = frozenset().union(*map(letters, group - set(theirs))) if theirs else frozenset()
            shifts |= {x for x in theirs if outside & rows and not outside & columns}
    factors = tuple(rewrite(f, lambda p: table.get(p) if isinstance(p, Index) else None) for f in rest)
    bound = {letter: size for letter, size in part.bound.items() if letter not in gone}
    return Addend(part.coefficient, factors, bound, frozenset(ties), frozenset(shifts))


def _reaches(rows: frozenset[Index], columns: frozenset[Index], links: Sequence[frozenset[Index]]) -> bool:
    """Whether a way leads from ``rows`` to ``columns`` over letters that a factor connects."""
    seen = set(rows)
    waiting = list(links)
    while True:
        touched = [link for link in waiting if link & seen]
        if not touched:
            return bool(seen & columns)
        waiting = [link for link in waiting if not link & seen]
        seen = seen.union(*touched)
