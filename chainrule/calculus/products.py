"""A product under Σ on its way: its factors by the letters they carry, and what becomes of deltas."""

from __future__ import annotations

from functools import lru_cache

from chainrule.algebra import Monomial, mul, tidy
from chainrule.calculus.deltas import is_delta
from chainrule.calculus.layout import letters
from chainrule.terms import Apply, Entry, Index, Number, Summation, Term, rewrite

Letters = frozenset[Index]


@lru_cache(maxsize=1 << 14)
def has_sum(term: Term) -> bool:
    """Whether a Σ or a delta is left in ``term``."""
    if isinstance(term, Summation) or is_delta(term):
        return True
    return not isinstance(term, Entry) and any(has_sum(child) for child in term.children)


class Product:
    """A product under Σ on its way: scalars apart, other factors by the letters they carry."""

    def __init__(self, scalar: Term, groups: dict[Letters, Term]) -> None:
        self.scalar = scalar
        self.groups = groups

    def copy(self) -> Product:
        return Product(self.scalar, dict(self.groups))

    def include(self, term: Term) -> None:
        """Multiply by ``term``."""
        carried = letters(term)
        if not carried:
            self.scalar = mul(self.scalar, term)
        else:
            old = self.groups.get(carried)
            self.groups[carried] = term if old is None else mul(old, term)

    def touching(self, letter: Index) -> list[Letters]:
        """The groups that carry ``letter``."""
        return [carried for carried in self.groups if letter in carried]

    def term(self) -> Term:
        """The product, scalars first."""
        return mul(self.scalar, *self.groups.values())


def has_delta(term: Term) -> bool:
    """Whether a delta is a factor or an addend somewhere in ``term``."""
    if is_delta(term):
        return True
    return not isinstance(term, Entry) and any(map(has_delta, term.children))


def powers(term: Term) -> list[Term]:
    """The factors of a product: its coefficient, and each base to its power."""
    whole = Monomial.of(term)
    powers = [tidy(Apply("pow", pair)) for pair in whole.powers.items()]
    return [Number(whole.coefficient, whole.decimal), *powers]


def without_deltas(
    parts: list[Term], bound: list[Index]
) -> tuple[list[Term], list[Index], list[tuple[Index, Index]]]:
    """Factors with deltas used up; deltas between free letters are left as ties of two letters.

    Deltas with a computed place stay among the factors.
    """
    ties: list[tuple[Index, Index]] = []
    while True:
        tie = next((part for part in parts if is_delta(part) and _is_plain(part)), None)
        if tie is None:
            return parts, bound, ties
        a, b = tie.children
        assert isinstance(a, Index)
        assert isinstance(b, Index)
        parts = [part for part in parts if part is not tie]
        if a == b:
            continue
        gone, kept = (a, b) if a in bound and b not in bound else (b, a)
        if gone in bound:
            bound = [letter for letter in bound if letter != gone]
        else:
            ties.append((kept, gone))
        table: dict[Term, Term] = {gone: kept}
        parts = [tidy(rewrite(part, table.get)) for part in parts]


def _is_plain(tie: Term) -> bool:
    return all(isinstance(side, Index) for side in tie.children)
