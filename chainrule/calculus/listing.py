"""A small tensor by the list of its entries, [2 x₀ x₁, x₀²]: what a book prints where places have numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from math import prod

from chainrule.algebra import tidy
from chainrule.calculus.cost import width
from chainrule.calculus.deltas import eliminate
from chainrule.calculus.numbered import picked_by_number, sliced, without_lists
from chainrule.shapes import Dim, Shape
from chainrule.terms import (
    Apply,
    Index,
    Partial,
    Symbol,
    Term,
    integer,
    rewrite,
    walk,
)

MOST_ENTRIES, LONGEST = 16, 6
WIDEST = 240


def is_small(shape: Shape) -> bool:
    """Whether a tensor is a vector or a matrix of few entries."""
    sizes = [dim for dim in shape if isinstance(dim, int) and 0 < dim <= LONGEST]
    return 1 <= len(shape) <= 2 and len(sizes) == len(shape) and prod(sizes) <= MOST_ENTRIES


def is_listed(term: Term | None) -> bool:
    """Whether a form is the list of a tensor's entries."""
    return isinstance(term, Apply) and term.op == "stack"


def listing(
    term: Term,
    free: Sequence[Index],
    lengths: Mapping[str, Dim],
    number: Callable[[Term], Term],
    shapes: Mapping[str, Shape],
) -> Term | None:
    """The stack of the entries of ``term`` at each place of its ``free`` letters, or None where that is long.

    number: gives the tidiest form of one entry, over whole tensors. shapes: those of names.
    """
    shape = tuple(lengths[letter.name] for letter in free)
    found = []
    for place in places_of(shape):
        table: Mapping[Term, Term] = dict(zip(free, place, strict=True))
        at = tidy(without_lists(eliminate(rewrite(term, table.get), lengths)))
        part = sliced(at, shapes, lengths)
        if part is None:
            return None
        found.append(_by_number(number(picked_by_number(part))))
    if sum(map(width, found)) > WIDEST or any(map(_picks_from_formula, found)):
        return None
    return stacked(found, shape)


def places_of(shape: Shape) -> Iterator[tuple[Term, ...]]:
    """The places of a tensor's entries, row by row."""
    sizes = [dim for dim in shape if isinstance(dim, int)]
    return (tuple(map(integer, place)) for place in product(*map(range, sizes)))


def stacked(entries: Sequence[Term], shape: Shape) -> Term:
    """The tensor of a shape that has these entries, row by row; of no axes, the one entry."""
    found = list(entries)
    for dim in shape[::-1]:
        size = dim if isinstance(dim, int) else len(found)
        found = [Apply("stack", tuple(found[k : k + size])) for k in range(0, len(found), size)]
    return found[0]


def entries_of(term: Term) -> Iterator[Term]:
    """The entries that a list of them has, row by row."""
    if isinstance(term, Apply) and term.op == "stack":
        for part in term.args:
            yield from entries_of(part)
    else:
        yield term


def _picks_from_formula(term: Term) -> bool:
    """Whether an entry is one of what has no name, softmax(x)[0]: index notation says that better."""
    return any(
        isinstance(part, Apply) and part.op == "take" and not isinstance(part.args[0], (Symbol, Partial))
        for part in walk(term)
    )


def _by_number(term: Term) -> Term:
    """``term`` with factors that are entries of one tensor in the order of their numbers: x_0 x_1."""

    def change(part: Term) -> Term | None:
        if not isinstance(part, Apply) or part.op != "mul":
            return None
        factors = [_by_number(factor) for factor in part.args]
        keys = [_place(factor) for factor in factors]
        for name in dict.fromkeys(key[0] for key in keys if key is not None):
            where = [k for k, key in enumerate(keys) if key is not None and key[0] == name]
            ordered = sorted((factors[k] for k in where), key=lambda factor: _place(factor) or (name, ()))
            for k, factor in zip(where, ordered, strict=True):
                factors[k] = factor
        return part.with_children(tuple(factors))

    return rewrite(term, change)


def _place(factor: Term) -> tuple[str, tuple[int, ...]] | None:
    """The tensor and the numbers of an entry, or of a power of one."""
    base = factor.args[0] if isinstance(factor, Apply) and factor.op == "pow" else factor
    if not isinstance(base, Apply) or base.op != "take" or not isinstance(base.args[0], Symbol):
        return None
    items = base.param("items")
    return (base.args[0].name, items) if all(isinstance(item, int) for item in items) else None
