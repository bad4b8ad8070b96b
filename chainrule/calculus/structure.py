"""The structure of a Jacobian or a Hessian, read off its index form: never guessed from numbers.

The entry is taken apart into products (addends.py). Where every product ties each row's letter to a
column's, the matrix is diagonal; where only some letters are tied, block diagonal; where no factor leads
from the rows to the columns but over a summed letter, the rank is at most that letter's length; where the
letters fall into pairs that no factor connects, it is a Kronecker product.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import permutations

from chainrule.algebra import tidy
from chainrule.calculus.addends import Addend, addends, letters
from chainrule.calculus.bounds import Bounds
from chainrule.calculus.index_form import alphabet
from chainrule.graph import delta
from chainrule.notation.text import text
from chainrule.shapes import Dim, size_term
from chainrule.terms import (
    ONE,
    ZERO,
    Apply,
    Entry,
    Index,
    Number,
    Summation,
    Term,
    integer,
    number,
    rewrite,
)

_SHORT = 72
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "last")

Sentence = tuple[str | Term, ...]
"""Words and terms that follow each other."""

WORDS = (
    "zero",
    "constant",
    "identity multiple",
    "diagonal",
    "block diagonal",
    "banded",
    "low rank",
    "diagonal plus low rank",
    "Kronecker",
    "permutation",
    "symmetric",
    "positive semidefinite",
    "negative semidefinite",
)


@dataclass(frozen=True, slots=True)
class Structure:
    """What is special about a derivative: ``words`` (of WORDS), and the bound of its rank where one is known.

    ``headline`` completes "the Hessian is …", ``reason`` says what in the formula makes it so.
    """

    words: tuple[str, ...]
    rank: str | None
    headline: str
    reason: Sentence

    @property
    def text(self) -> str:
        """The headline and the reason as plain text."""
        reason = "".join(piece if isinstance(piece, str) else text(piece) for piece in self.reason)
        return f"{self.headline}: {reason}" if reason else self.headline


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


def structure_of(given: Subject) -> Structure | None:
    """The structure of a matrix of derivatives; None where the formula shows none."""
    if given.term == ZERO:
        return Structure(("zero",), "0", "zero", ())
    subject = _apart(given)
    parts = addends(subject.term, subject.rows, subject.columns)
    if not parts:
        return None
    return _Reading(subject, parts).structure()


def _apart(given: Subject) -> Subject:
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


class _Reading:
    """What the addends of one entry say."""

    def __init__(self, subject: Subject, parts: Sequence[Addend]) -> None:
        self.subject = subject
        self.rows, self.columns = frozenset(subject.rows), frozenset(subject.columns)
        lengths = subject.lengths
        self.square = [lengths[k] for k in subject.rows] == [lengths[k] for k in subject.columns]
        self.parts = self._collected(parts)
        self.common = (
            frozenset.intersection(*(part.ties for part in self.parts)) if self.parts else frozenset()
        )

    def structure(self) -> Structure | None:
        """Adjectives and what kind of matrix it is, with the reason."""
        main = self.main()
        words = list(main.words) if main is not None else []
        adjectives = []
        # A diagonal matrix is symmetric: it goes without saying.
        plain = "diagonal" in words
        if not plain and self._symmetric():
            adjectives.append("symmetric")
        sign = self.definite() if self.subject.second or not plain else None
        if sign:
            adjectives.append(sign)
        words += adjectives
        if main is None:
            return Structure(tuple(words), None, _listed(adjectives), ()) if words else None
        if main.headline.startswith(("a ", "the ", "block")):
            headline = ", ".join(filter(None, (main.headline, _listed(adjectives))))
        else:
            first = [main.headline, *adjectives] if plain else [*adjectives, main.headline]
            headline = _listed(first)
        return Structure(tuple(words), main.rank, headline, main.reason)

    def _collected(self, parts: Sequence[Addend]) -> list[Addend]:
        """The addends, equal ones added."""
        found: dict[object, Addend] = {}
        for part in parts:
            key = self._key(part)[1:]
            old = found.get(key)
            found[key] = part if old is None else replace(old, coefficient=old.coefficient + part.coefficient)
        return [part for part in found.values() if part.coefficient]

    # --- what kind of matrix --------------------------------------------------------------------------

    def main(self) -> Structure | None:
        """The first of the kinds that fits."""
        if not self.rows or not self.columns:
            return None
        kinds = (self._permuted, self._diagonal, self._ranked, self._mixed, self._kronecker, self._blocks)
        return next(filter(None, (kind() for kind in (*kinds, self._banded))), None)

    def _full(self, part: Addend) -> bool:
        """Whether an addend is zero but where all letters agree in their order."""
        return part.ties >= frozenset(zip(self.subject.rows, self.subject.columns, strict=True))

    def _permuted(self) -> Structure | None:
        """Each entry of the one is an entry of the other."""
        if len(self.parts) != 1 or len(self.rows) != len(self.columns):
            return None
        (part,) = self.parts
        if (
            part.factors
            or part.coefficient != 1
            or len(part.ties) < len(self.rows)
            or self._is_straight(part)
        ):
            return None
        return Structure(("permutation",), None, "a permutation matrix", ("the entries only change places",))

    def _is_straight(self, part: Addend) -> bool:
        return part.ties <= frozenset(zip(self.subject.rows, self.subject.columns, strict=False))

    def _diagonal(self) -> Structure | None:
        if not self.square or not all(map(self._full, self.parts)):
            return None
        if any(self.rows & letters(factor) for part in self.parts for factor in part.factors):
            reason: Sentence = ("an entry depends only on the entry at its own place",)
            return Structure(("diagonal",), None, "diagonal", reason)
        words = ("identity multiple", "diagonal")
        if sum(part.coefficient for part in self.parts) == 1 and not any(part.factors for part in self.parts):
            return Structure(words, None, "the identity", ())
        reason = ("the same number stands at every place of the diagonal",)
        return Structure(words, None, "a multiple of the identity", reason)

    def _rank_of(self, parts: Sequence[Addend]) -> tuple[int, list[tuple[Term, ...]]] | None:
        """Rank-one addends counted, and the lengths that bound the others; None where one is not bounded."""
        ones, others = 0, []
        for part in parts:
            cut = part.rank(self.rows, self.columns) if not part.ties else None
            if cut is None:
                return None
            if cut:
                others.append(cut)
            else:
                ones += 1
        return ones, others

    def _ranked(self) -> Structure | None:
        """Of low rank, or of a rank that a summed axis bounds."""
        bound = self._rank_of(self.parts)
        return None if bound is None else self._low(*bound)

    def _low(self, ones: int, others: Sequence[tuple[Term, ...]]) -> Structure | None:
        sides = [self._size(self.subject.rows), self._size(self.subject.columns)]
        total = _added(ones, others)
        if isinstance(total, Number):
            if any(isinstance(side, Number) and total.value >= side.value for side in sides):
                return None
            if total == ONE:
                return Structure(("low rank",), "1", "of rank one", ("it is a column times a row",))
            reason: Sentence = (f"it is a sum of {total.value} columns times rows",)
            return Structure(("low rank",), str(total.value), f"of rank at most {total.value}", reason)
        if total in sides:
            return None
        rank = f"min({', '.join(dict.fromkeys(map(text, (total, *sides))))})"
        reason = ("rows and columns meet only in a sum of ", total, " products of a column and a row")
        return Structure((), rank, f"of rank at most {rank}", reason)

    def _mixed(self) -> Structure | None:
        """A diagonal plus what has low rank."""
        if not self.square:
            return None
        full = [part for part in self.parts if self._full(part)]
        rest = [part for part in self.parts if not self._full(part)]
        bound = self._rank_of(rest) if full and rest else None
        found = None if bound is None else self._low(*bound)
        if found is None:
            return None
        minus = all(part.coefficient < 0 for part in rest)
        what = "a rank-one matrix" if found.rank == "1" else found.headline.replace("of", "a matrix of", 1)
        reason: Sentence = ()
        if len(full) == len(rest) == 1 and not full[0].bound and not rest[0].bound:
            product, own = self._written(rest[0], minus), self._written(full[0])
            if len(text(product)) + len(text(own)) <= _SHORT:
                reason = (own, " on the diagonal, and everywhere ", product)
                reason = (*reason, ", a column times a row") if found.rank == "1" else reason
        words = ("diagonal plus low rank",) if "low rank" in found.words else ()
        return Structure(words, None, f"a diagonal matrix {'minus' if minus else 'plus'} {what}", reason)

    def _kronecker(self) -> Structure | None:
        """A product of factors that each move one axis."""
        rows, columns = self.subject.rows, self.subject.columns
        if len(self.parts) != 1 or len(rows) < 2 or len(rows) != len(columns):
            return None
        (part,) = self.parts
        groups = [group for group in part.parts() if group & (self.rows | self.columns)]
        if len(groups) != len(rows) or any(
            len(g & s) != 1 for g in groups for s in (self.rows, self.columns)
        ):
            return None
        groups.sort(key=lambda group: next(k for k, letter in enumerate(rows) if letter in group))
        straight = all(b in group for b, group in zip(columns, groups, strict=True))
        ties = [pair for pair in part.ties if any(set(pair) <= group for group in groups)]
        words = ("Kronecker", "block diagonal") if 0 < len(ties) < len(rows) and straight else ("Kronecker",)
        headline = "a Kronecker product" if straight else "a Kronecker product with its axes exchanged"
        shown: list[str | Term] = []
        for place, group in enumerate(groups):
            shown += [" for the first axis, " if place == 1 else ", "] if shown else []
            shown.append(self._group(part, group))
        return Structure(words, None, headline, (*shown, f" for the {_ORDINALS[len(rows) - 1]}"))

    def _group(self, part: Addend, group: frozenset[Index]) -> Term | str:
        """The factors of a product whose letters are in ``group``, with their sum."""
        factors = [factor for factor in part.factors if letters(factor) & group]
        if not factors:
            return "the identity"
        factors += [delta(a, self._plain(b)) for a, b in sorted(part.ties, key=str) if a in group]
        names = alphabet({k.name for k in (*self.subject.rows, *self.subject.columns)})
        table: dict[Term, Term] = {k: Index(next(names)) for k in part.bound if k in group}
        product = factors[0] if len(factors) == 1 else Apply("mul", tuple(factors))
        product = rewrite(product, table.get)
        if not table:
            return product
        sizes = tuple(part.bound[k] for k in part.bound if k in group)
        return Summation(tuple(k for k in table.values() if isinstance(k, Index)), sizes, product)

    @staticmethod
    def _plain(letter: Index) -> Index:
        return Index(letter.name.rstrip("'"))

    def _blocks(self) -> Structure | None:
        """Block diagonal: some letters tied in every addend, and what each block is."""
        rows, columns = self.subject.rows, self.subject.columns
        ties = sorted(self.common & set(zip(rows, columns, strict=False)), key=str)
        if not ties or len(ties) == len(rows) == len(columns):
            return None
        tied = {k for pair in ties for k in pair}
        inner = self.block(tied)
        shown: list[str | Term] = []
        for ours, _ in ties:
            shown += [", ", ours] if shown else [ours]
        each = inner.main() if inner is not None else None
        headline = "block diagonal"
        if each is not None:
            headline += f", each block {each.headline}"
        same = inner is not None and not any(tied & letters(f) for part in self.parts for f in part.factors)
        words = ("block diagonal", "Kronecker") if same else ("block diagonal",)
        reason: Sentence = ("one block for each ", *shown, *([", all the same"] if same else []))
        return Structure(words, None, headline, reason)

    def block(self, tied: Collection[Index]) -> _Reading | None:
        """One block: the letters in ``tied`` held fixed."""
        rows = tuple(k for k in self.subject.rows if k not in tied)
        columns = tuple(k for k in self.subject.columns if k not in tied)
        if not rows or not columns:
            return None
        parts = [replace(part, ties=frozenset(p for p in part.ties if p[0] in rows)) for part in self.parts]
        return _Reading(replace(self.subject, rows=rows, columns=columns), parts)

    def _banded(self) -> Structure | None:
        """Few nonzero places, each at a fixed distance."""
        if len(self.rows) != 1 or len(self.columns) != 1:
            return None
        if not all(part.shifts or part.ties for part in self.parts):
            return None
        count = len(self.parts)
        reason: Sentence = (
            f"each row has {'one entry' if count == 1 else f'{count} entries'}, the others are zero",
        )
        return Structure(("banded",), None, "banded", reason)

    # --- symmetry and sign ----------------------------------------------------------------------------

    def _symmetric(self) -> bool:
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
        if not self._full(full) or rest.ties or full.coefficient != -rest.coefficient or full.coefficient < 0:
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

    # --- writing --------------------------------------------------------------------------------------

    @staticmethod
    def _written(part: Addend, minus: bool = False) -> Term:
        """An addend without its deltas, or the opposite of it."""
        factors = list(part.factors)
        coefficient = -part.coefficient if minus else part.coefficient
        if coefficient != 1 or not factors:
            factors.insert(0, number(coefficient))
        return factors[0] if len(factors) == 1 else Apply("mul", tuple(factors))

    def _size(self, side: Iterable[Index]) -> Term:
        return size_term(self.subject.lengths[k] for k in side)


def _renamed(term: Term, table: Mapping[Index, Index]) -> Term:
    return rewrite(term, lambda part: table.get(part) if isinstance(part, Index) else None)


def _swapped(part: Addend, swap: Mapping[Index, Index]) -> Addend:
    ties = frozenset((swap.get(b, b), swap.get(a, a)) for a, b in part.ties)
    return replace(part, factors=tuple(_renamed(f, swap) for f in part.factors), ties=ties)


def _added(ones: int, others: Sequence[tuple[Term, ...]]) -> Term:
    """The bound of a rank: a sum of products of lengths."""
    return tidy(Apply("add", (integer(ones), *(Apply("mul", (ONE, *cut)) for cut in others))))


def _listed(phrases: Sequence[str]) -> str:
    """The phrases as one: a, b and c."""
    return " and ".join(filter(None, (", ".join(phrases[:-1]), *phrases[-1:])))
