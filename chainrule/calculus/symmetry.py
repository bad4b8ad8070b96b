"""The entry of a matrix of derivatives as a sum of products, and what its rows and columns say of each other.

Symmetric is what stays the same when the letters of rows and columns change places; semidefinite, what is a
sum of products f(rows) f(columns) with coefficients of one sign.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import permutations

from chainrule.calculus.addends import Addend, letters
from chainrule.calculus.bounds import Bounds
from chainrule.graph import delta
from chainrule.notation.text import text
from chainrule.shapes import Dim
from chainrule.terms import Apply, Entry, Index, Term, rewrite


@dataclass(frozen=True, slots=True)
class Subject:
    """The entry ``term`` of a matrix whose rows have the letters ``rows`` and whose columns ``columns``.

    ``lengths`` has every letter's length; a letter of both sides is a diagonal's. ``second``: a second
    derivative, and ``twice`` in the same variable. ``is_share`` tells
    entries of what is nonnegative and sums to one along its last axis; ``symmetric`` are matrices that are
    their own transpose.
    """

    term: Term
    rows: tuple[Index, ...]
    columns: tuple[Index, ...]
    lengths: Mapping[Index, Dim]
    second: bool
    twice: bool
    bounds: Bounds
    is_share: Callable[[Term], bool]
    symmetric: frozenset[Term] = frozenset()


def apart(given: Subject) -> Subject:
    """The subject without axes of length 1, and with a delta for each letter that both sides have."""
    long = [k for k in (*given.rows, *given.columns) if given.lengths[k] != 1]
    term, columns, lengths = given.term, [], dict(given.lengths)
    ties = []
    for letter in given.columns:
        if letter in given.rows and letter in long:
            twin = Index(f"{letter.name}'")
            lengths[twin] = lengths[letter]
            ties.append(delta(letter, twin))
            columns.append(twin)
        elif letter in long:
            columns.append(letter)
    if ties:
        term = Apply("mul", (term, *ties))
    rows = tuple(k for k in given.rows if k in long)
    return replace(given, term=term, rows=rows, columns=tuple(columns), lengths=lengths)


class Matrix:
    """The addends of one entry."""

    def __init__(self, subject: Subject, parts: Sequence[Addend]) -> None:
        self.subject = subject
        self.rows, self.columns = frozenset(subject.rows), frozenset(subject.columns)
        lengths = subject.lengths
        self.square = [lengths[k] for k in subject.rows] == [lengths[k] for k in subject.columns]
        self.parts = self._collected(parts)
        self.common = (
            frozenset.intersection(*(part.ties for part in self.parts)) if self.parts else frozenset()
        )

    def full(self, part: Addend) -> bool:
        """Whether an addend is zero but where all letters agree in their order."""
        return part.ties >= frozenset(zip(self.subject.rows, self.subject.columns, strict=True))

    def _collected(self, parts: Sequence[Addend]) -> list[Addend]:
        """The addends, equal ones added."""
        found: dict[object, Addend] = {}
        for part in parts:
            key = self._key(part)[1:]
            old = found.get(key)
            found[key] = part if old is None else replace(old, coefficient=old.coefficient + part.coefficient)
        return [part for part in found.values() if part.coefficient]

    def block(self, tied: Collection[Index]) -> Matrix | None:
        """One block: the letters in ``tied`` held fixed."""
        rows = tuple(k for k in self.subject.rows if k not in tied)
        columns = tuple(k for k in self.subject.columns if k not in tied)
        if not rows or not columns:
            return None
        parts = [replace(part, ties=frozenset(p for p in part.ties if p[0] in rows)) for part in self.parts]
        return type(self)(replace(self.subject, rows=rows, columns=columns), parts)

    def symmetric(self) -> bool:
        """Whether the matrix is its own transpose: rows and columns may change places."""
        if self.subject.second:
            return self.subject.twice
        if not self.square or not self.rows:
            return False
        swap = self._swap()
        return Counter(map(self._key, self.parts)) == Counter(
            self._key(_swapped(part, swap)) for part in self.parts
        )

    def _swap(self) -> dict[Index, Index]:
        pairs = list(zip(self.subject.rows, self.subject.columns, strict=True))
        return {**dict(pairs), **{b: a for a, b in pairs}}

    def _key(self, part: Addend) -> tuple[object, ...]:
        """An addend in an order and with summed letters that do not depend on how it was written."""
        ties = sorted(tuple(sorted(k.name for k in pair)) for pair in part.ties)
        names = {b: a for a, b in part.ties if b in self.columns} | {
            a: b for a, b in part.ties if a in self.columns
        }
        base = [_renamed(f, names) for f in part.factors]
        options = []
        for order in permutations(part.bound) if len(part.bound) <= 4 else [tuple(part.bound)]:
            table = {letter: Index(f"_{k}") for k, letter in enumerate(order)}
            moved = [self._turned(_renamed(f, table)) for f in base]
            sizes = tuple(text(part.bound[letter]) for letter in order)
            options.append((tuple(sorted(map(text, moved))), sizes))
        return part.coefficient, tuple(ties), min(options)

    def _turned(self, term: Term) -> Term:
        """A factor with the letters of symmetric matrices and of deltas in one order."""

        def change(part: Term) -> Term | None:
            if isinstance(part, Entry) and part.base in self.subject.symmetric:
                return Entry(part.base, tuple(sorted(part.indices, key=text)))
            if isinstance(part, Apply) and part.op == "delta":
                return Apply("delta", tuple(sorted(part.args, key=text)))
            return None

        return rewrite(term, change)

    def definite(self) -> str | None:
        """Positive or negative semidefinite, where every addend is, or as the covariance of shares is."""
        if not self.square or not self.rows or (self.subject.second and not self.subject.twice):
            return None
        ties = self.common & set(zip(self.subject.rows, self.subject.columns, strict=True))
        inner = self.block({k for pair in ties for k in pair}) if 0 < len(ties) < len(self.rows) else None
        if inner is not None:
            return inner.definite()
        for sign, name in ((1, "positive semidefinite"), (-1, "negative semidefinite")):
            signed = [replace(part, coefficient=sign * part.coefficient) for part in self.parts]
            if all(map(self._is_gram, signed)) or self._is_covariance(signed):
                return name
        return None

    def _is_gram(self, part: Addend) -> bool:
        """Whether an addend is Σ c · f(rows) · f(columns) with c ≥ 0: then v·Hv is a sum of squares."""
        pairs = frozenset(zip(self.subject.rows, self.subject.columns, strict=True))
        if part.coefficient < 0 or not part.ties <= pairs:
            return False
        swap = self._swap()
        tied = {k for pair in part.ties for k in pair}
        waiting: list[Term] = []
        for factor in part.factors:
            own = letters(factor) & (self.rows | self.columns) - tied
            if not own:
                if not self.subject.bounds.nonnegative(factor):
                    return False
            elif own & self.rows and own & self.columns:
                return False
            else:
                mirror = _renamed(factor, swap)
                if mirror in waiting:
                    waiting.remove(mirror)
                else:
                    waiting.append(factor)
        return not waiting

    def _is_covariance(self, parts: Sequence[Addend]) -> bool:
        """diag(p) − p pᵀ with shares p: the variance of what takes its values with probabilities p."""
        if len(parts) != 2 or len(self.rows) != 1:
            return False
        full, rest = sorted(parts, key=lambda part: -len(part.ties))
        if not self.full(full) or rest.ties or full.coefficient != -rest.coefficient or full.coefficient < 0:
            return False
        swap = self._swap()
        above, below = Counter(full.factors), Counter(rest.factors)
        for factor in full.factors:
            if not letters(factor) & self.rows or not self.subject.is_share(factor):
                continue
            mirror = _renamed(factor, swap)
            others = above - Counter([factor])
            plain = all(not letters(f) and self.subject.bounds.nonnegative(f) for f in others)
            if plain and below == others + Counter([factor, mirror]):
                return True
        return False


def _renamed(term: Term, table: Mapping[Index, Index]) -> Term:
    return rewrite(term, lambda part: table.get(part) if isinstance(part, Index) else None)


def _swapped(part: Addend, swap: Mapping[Index, Index]) -> Addend:
    ties = frozenset((swap.get(b, b), swap.get(a, a)) for a, b in part.ties)
    return replace(part, factors=tuple(_renamed(f, swap) for f in part.factors), ties=ties)
