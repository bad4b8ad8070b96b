"""Index notation of entries that are picked, and of entries that are put in place among zeros."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from chainrule.algebra import add, mul
from chainrule.graph import Operation, delta
from chainrule.shapes import Dim, Shape, length_term
from chainrule.terms import ZERO, Index, Summation, Term, integer

Entries = Callable[[tuple[Term, ...]], Term]
"""The entry of a tensor at indices."""


def taken(node: Operation, operand: Entries, shape: Shape, letters: Sequence[Term]) -> Term | None:
    """The entry of ``take`` at ``letters``: the operand's, at constants and moved letters.

    None where a slice runs backwards over an axis of symbolic length, and for lists of indices.
    """
    items = dict(node.params)["items"]
    lead = len(shape) - len(items)
    places = list(letters[:lead])
    rest = iter(letters[lead:])
    for item, dim in zip(items, shape[lead:], strict=True):
        place = _picked(item, dim, rest)
        if place is None:
            return None
        places.append(place)
    return operand(tuple(places))


def _picked(item: object, dim: Dim, letters: Iterator[Term]) -> Term | None:
    if isinstance(item, int):
        return _constant(item, dim)
    letter = next(letters)
    assert isinstance(item, tuple)
    if len(item) == 1:
        return None
    start, _, step = item
    step = step or 1
    if step < 0:
        if isinstance(dim, str):
            return None
        start = dim - 1 if start is None else start
    first = _constant(start or 0, dim)
    moved = mul(integer(step), letter) if step != 1 else letter
    if first == ZERO:
        return moved
    return add(moved, first) if step > 0 else add(first, moved)


def _constant(index: Dim, dim: Dim) -> Term:
    """A constant index, or a length as one; a negative one counts from the end."""
    if isinstance(index, str):
        return length_term(index)
    if index >= 0:
        return integer(index)
    return integer(dim + index) if isinstance(dim, int) else add(length_term(dim), integer(index))


def placed(
    node: Operation, operand: Entries, shape: Shape, letters: Sequence[Term], fresh: Callable[[Dim], Index]
) -> Term | None:
    """The entry of ``place`` at ``letters``: Σ over the entries put there, each with a delta for its place.

    shape: the operand's. fresh: makes the letter of a sum. None where a slice runs backwards over an axis
    of symbolic length, and for lists of indices.
    """
    params = dict(node.params)
    items, own = params["items"], params["shape"]
    lead = len(letters) - len(items)
    kept = len(shape) - sum(1 for item in items if not isinstance(item, int))
    inner = list(letters[:lead])
    dims = iter(shape[kept:])
    sums: list[tuple[Index, Dim]] = []
    ties: list[Term] = []
    for item, letter, dim in zip(items, letters[lead:], own[len(own) - len(items) :], strict=True):
        if not isinstance(item, int):
            length = next(dims)
            if item == (None, None, None):
                inner.append(letter)
                continue
            index = fresh(length)
            sums.append((index, length))
            inner.append(index)
            place = _picked(item, dim, iter((index,)))
        else:
            place = _constant(item, dim)
        if place is None:
            return None
        ties.append(delta(letter, place))
    value = mul(*ties, operand(tuple(inner)))
    if not sums:
        return value
    return Summation(tuple(k for k, _ in sums), tuple(length_term(dim) for _, dim in sums), value)
