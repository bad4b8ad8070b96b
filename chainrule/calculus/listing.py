"""A small tensor by the list of its entries, [2 x₀ x₁, x₀²]: what a book prints where places have numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from math import prod
from typing import Any

from chainrule.algebra import tidy
from chainrule.calculus.components import component
from chainrule.calculus.cost import width
from chainrule.calculus.deltas import eliminate
from chainrule.language.subscripts import ALL
from chainrule.shapes import Dim, Shape, minus
from chainrule.terms import (
    ONE,
    ZERO,
    Apply,
    Entry,
    Index,
    Length,
    Number,
    Partial,
    Summation,
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


def goes_by_number(term: Term) -> bool:
    """Whether a formula has to say which number a letter is: δ_{i,0}, a part of an identity matrix."""
    for part in walk(term):
        if isinstance(part, Apply) and part.op == "delta":
            numbers = [isinstance(side, Number) for side in part.args]
            if any(numbers) and not all(numbers):
                return True
    return False


def goes_by_list(term: Term) -> bool:
    """Whether a formula picks entries by lists of numbers: x[[2, 0, 1]], or a matrix of 0 and 1."""
    return any(
        isinstance(part, Apply) and (part.op == "one_hot" or (part.op == "take" and _has_list(part)))
        for part in walk(term)
    )


def _has_list(taken: Apply) -> bool:
    return any(isinstance(item, tuple) and len(item) == 1 for item in taken.param("items"))


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


def without_lists(term: Term) -> Term:
    """``term`` with what is picked by lists written out where it can be, and sums over such entries too."""

    def change(part: Term) -> Term | None:
        return component(part, {}, {}) if isinstance(part, Summation) and goes_by_list(part) else None

    return at_numbers(rewrite(term, change))


def at_numbers(term: Term) -> Term:
    """``term`` with what numbers pick from x[[2, 0, 1]] or x[1:3] picked from x itself."""

    def change(part: Term) -> Term | None:
        if not isinstance(part, Entry) or not isinstance(part.base, Apply):
            return None
        places = [int(i.value) for i in part.indices if isinstance(i, Number)]
        if len(places) < len(part.indices):
            return None
        if part.base.op == "one_hot":
            return _class_entry(part.base.param("indices"), places)
        if part.base.op == "take":
            return _entry_of_taken(part.base, places)
        return None

    return rewrite(term, change)


def _class_entry(classes: Any, places: Sequence[int]) -> Term:
    for place in places[:-1]:
        classes = classes[place]
    return ONE if classes == places[-1] else ZERO


def _entry_of_taken(taken: Apply, places: Sequence[int]) -> Term | None:
    """The entry of x[[2, 0, 1]] or x[1:3] at numbers as one of x; None where a slice counts from the end."""
    left = list(places)
    indices: list[Term] = []
    for item in taken.param("items"):
        if isinstance(item, int):
            at: int | None = item
        elif len(item) == 1:
            at = item[0][left.pop(0)]
        else:
            start, _, step = item
            forward = all(bound is None or (isinstance(bound, int) and bound >= 0) for bound in (start, step))
            at = (start or 0) + (step or 1) * left.pop(0) if forward else None
        if at is None:
            return None
        indices.append(integer(at))
    return Entry(taken.args[0], (*indices, *map(integer, left)))


def through_units(term: Term, lengths: Mapping[str, Dim]) -> Term:
    """``term`` with sums over a unit vector's letter done: Σ_i X_ij one_hot(0, m)_i is X[0]_j."""
    if not any(isinstance(part, Apply) and part.op == "one_hot" for part in walk(term)):
        return term

    def tied(part: Term) -> Term | None:
        if isinstance(part, Entry) and isinstance(part.base, Apply) and part.base.op == "one_hot":
            place = part.base.param("indices")
            return Apply("delta", (*part.indices, integer(place))) if isinstance(place, int) else None
        return None

    def untied(part: Term) -> Term | None:
        if not isinstance(part, Apply) or part.op != "delta":
            return None
        letter, place = part.args
        if not isinstance(letter, Index) or not isinstance(place, Number):
            return None
        words = ("indices", int(place.value)), ("num_classes", lengths[letter.name])
        return Entry(Apply("one_hot", (), words), (letter,))

    found = eliminate(rewrite(term, tied), lengths)
    return picked_by_number(rewrite(found, untied))


def sliced(term: Term, shapes: Mapping[str, Shape], lengths: Mapping[str, Dim]) -> Term | None:
    """``term`` with x[:2] for an x of which a letter reads the first two entries only.

    shapes: of names. None where a letter that is shorter than the axis starts anywhere else.
    """
    fits = True

    def change(part: Term) -> Term | None:
        nonlocal fits
        if not isinstance(part, Entry) or not isinstance(part.base, Symbol) or part.base.name not in shapes:
            return None
        items: list[object] = []
        for place, dim in zip(part.indices, shapes[part.base.name], strict=True):
            length = lengths.get(place.name) if isinstance(place, Index) else None
            if length is None or length == dim or dim == 1:
                items.append(ALL)
                continue
            rest = minus(dim, length)
            fits = fits and (isinstance(length, int) or isinstance(rest, int))
            stop = length if isinstance(length, int) else -rest if isinstance(rest, int) else None
            items.append((None, stop, None))
        if all(item == ALL for item in items):
            return part
        while items[-1] == ALL:
            items.pop()
        return Entry(Apply("take", (part.base,), (("items", tuple(items)),)), part.indices)

    found = rewrite(term, change)
    return found if fits else None


def picked_by_number(term: Term) -> Term:
    """``term`` with entries at numbers told as tensors: X[0, i] is the entry i of ``X[0]``."""

    def change(part: Term) -> Term | None:
        if not isinstance(part, Entry) or isinstance(part.base, Partial):
            return None
        places = [
            rewrite(i, change) if isinstance(i, Index) else tidy(rewrite(i, change)) for i in part.indices
        ]
        items = [ALL if (at := _item(i)) is None else at for i in places]
        if all(item == ALL for item in items):
            return None
        left = tuple(i for i, item in zip(places, items, strict=True) if item == ALL)
        while items[-1] == ALL:
            items.pop()
        taken = Apply("take", (part.base,), (("items", tuple(items)),))
        return Entry(taken, left) if left else taken

    return rewrite(term, change)


def _item(place: Term) -> int | None:
    """The number that picks a place; n - 1, of the axis of length n, is the last one."""
    if isinstance(place, Number):
        return int(place.value)
    if isinstance(place, Apply) and place.op == "add" and len(place.args) == 2:
        length, behind = place.args
        if isinstance(length, Length) and _minus(behind):
            return -_minus(behind)
    return None


def _minus(term: Term) -> int:
    """K of -k; 0 for anything else."""
    if isinstance(term, Apply) and term.op == "neg" and isinstance(term.args[0], Number):
        return int(term.args[0].value)
    return -int(term.value) if isinstance(term, Number) and term.value < 0 else 0


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
