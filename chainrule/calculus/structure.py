"""The structure of a Jacobian or a Hessian, read off its index form: never guessed from numbers.

The entry is taken apart into products (addends.py). Where every product ties each row's letter to a
column's, the matrix is diagonal; where only some letters are tied, block diagonal; where no factor leads
from the rows to the columns but over a summed letter, the rank is at most that letter's length; where the
letters fall into pairs that no factor connects, it is a Kronecker product.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from chainrule.algebra import mul, tidy
from chainrule.calculus.addends import Addend, addends, letters
from chainrule.calculus.index_form import alphabet
from chainrule.calculus.symmetry import Matrix, Subject, apart
from chainrule.graph import delta
from chainrule.notation.text import text
from chainrule.shapes import names_in, size_term
from chainrule.terms import (
    ONE,
    ZERO,
    Apply,
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


def structure_of(given: Subject) -> Structure | None:
    """The structure of a matrix of derivatives; None where the formula shows none."""
    if given.term == ZERO:
        return Structure(("zero",), "0", "zero", ())
    subject = apart(given)
    parts = addends(subject.term, subject.rows, subject.columns)
    if not parts:
        return None
    return _Reading(subject, parts).structure()


class _Reading(Matrix):
    """What kind of matrix the addends of an entry make."""

    def structure(self) -> Structure | None:
        """Adjectives and what kind of matrix it is, with the reason."""
        main = self.main()
        words = list(main.words) if main is not None else []
        adjectives = []
        # A diagonal matrix is symmetric: it goes without saying.
        plain = "diagonal" in words
        if not plain and self.symmetric():
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

    # --- what kind of matrix --------------------------------------------------------------------------

    def main(self) -> Structure | None:
        """The first of the kinds that fits."""
        if not self.rows or not self.columns:
            return None
        kinds = (self._permuted, self._diagonal, self._ranked, self._mixed, self._kronecker, self._blocks)
        return next(filter(None, (kind() for kind in (*kinds, self._banded))), None)

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
        if not self.square or not all(map(self.full, self.parts)):
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
        full = [part for part in self.parts if self.full(part)]
        rest = [part for part in self.parts if not self.full(part)]
        bound = self._rank_of(rest) if full and rest else None
        found = None if bound is None else self._low(*bound)
        if found is None or self._says_nothing(found):
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

    def _says_nothing(self, low: Structure) -> bool:
        """Whether any matrix of this size is a diagonal one plus one of that rank."""
        side = self._size(self.subject.rows)
        rank = Fraction(low.rank) if low.rank is not None and low.rank.isdigit() else None
        return rank is not None and isinstance(side, Number) and rank >= side.value - 1

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
        front = mul(number(part.coefficient), *(f for f in part.factors if not letters(f)))
        shown: list[str | Term] = []
        for place, group in enumerate(groups):
            shown += [" for the first axis, " if place == 1 else ", "] if shown else []
            shown.append(self._group(part, group, ONE if place else front))
        return Structure(words, None, headline, (*shown, f" for the {_ORDINALS[len(rows) - 1]}"))

    def _group(self, part: Addend, group: frozenset[Index], front: Term) -> Term | str:
        """The factors of a product whose letters are in ``group``, with their sum."""
        factors = [factor for factor in part.factors if letters(factor) & group]
        if not factors:
            return "the identity" if front == ONE else f"{text(front)} times the identity"
        factors += [delta(a, self._plain(b)) for a, b in sorted(part.ties, key=str) if a in group]
        taken = {k.name for k in (*self.subject.rows, *self.subject.columns)}
        taken.update(name for dim in self.subject.lengths.values() for name in names_in(dim))
        names = alphabet(taken)
        table: dict[Term, Term] = {k: Index(next(names)) for k in part.bound if k in group}
        product = rewrite(mul(*factors), table.get)
        if table:
            sizes = tuple(part.bound[k] for k in part.bound if k in group)
            product = Summation(tuple(k for k in table.values() if isinstance(k, Index)), sizes, product)
        return mul(front, product)

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
        each = inner.main() if isinstance(inner, _Reading) else None
        headline = "block diagonal"
        if each is not None:
            headline += f", each block {each.headline}"
        same = inner is not None and not any(tied & letters(f) for part in self.parts for f in part.factors)
        words = ("block diagonal", "Kronecker") if same else ("block diagonal",)
        reason: Sentence = ("one block for each ", *shown, *([", all the same"] if same else []))
        return Structure(words, None, headline, reason)

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

    # --- writing --------------------------------------------------------------------------------------

    @staticmethod
    def _written(part: Addend, minus: bool = False) -> Term:
        """An addend without its deltas, or the opposite of it."""
        return mul(number(-part.coefficient if minus else part.coefficient), *part.factors)

    def _size(self, side: Iterable[Index]) -> Term:
        return size_term(self.subject.lengths[k] for k in side)


def _added(ones: int, others: Sequence[tuple[Term, ...]]) -> Term:
    """The bound of a rank: a sum of products of lengths."""
    return tidy(Apply("add", (integer(ones), *(Apply("mul", (ONE, *cut)) for cut in others))))


def _listed(phrases: Sequence[str]) -> str:
    """The phrases as one: a, b and c."""
    return " and ".join(filter(None, (", ".join(phrases[:-1]), *phrases[-1:])))
