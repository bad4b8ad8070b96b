"""Entries at numbers: x₀, the last one of an axis, what a list or a slice picks, unit vectors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chainrule.algebra import tidy
from chainrule.calculus.components import component
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


def without_lists(term: Term) -> Term:
    """``term`` with what is picked by lists written out where it can be, and sums of such entries too."""

    def change(part: Term) -> Term | None:
        if not isinstance(part, Summation) or not goes_by_list(part):
            return None
        # Sums within sums would multiply.
        nested = any(isinstance(inner, Summation) for inner in walk(part.body))
        return None if nested else component(part, {}, {})

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
    """The k of -k; 0 for anything else."""
    if isinstance(term, Apply) and term.op == "neg" and isinstance(term.args[0], Number):
        return int(term.args[0].value)
    return -int(term.value) if isinstance(term, Number) and term.value < 0 else 0
