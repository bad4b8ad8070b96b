"""Index notation of moves: entries picked, put in place among zeros, cut into windows, in another shape."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from chainrule.algebra import add, mul, neg
from chainrule.graph import Graph, Operation, delta
from chainrule.shapes import Dim, Shape, length_term, minus, over, times
from chainrule.terms import ONE, ZERO, Apply, Entry, Index, Summation, Term, integer

_BACK = (None, None, -1)

Entries = Callable[[tuple[Term, ...]], Term]
"""The entry of a tensor at indices."""


def taken(node: Operation, operand: Entries, shape: Shape, letters: Sequence[Term]) -> Term | None:
    """The entry of ``take`` at ``letters``: the operand's, at constants and moved letters.

    None for lists of indices.
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
    first = _constant((-1 if step < 0 else 0) if start is None else start, dim)
    moved = mul(integer(abs(step)), letter) if abs(step) != 1 else letter
    if first == ZERO:
        return moved
    return add(moved, first) if step > 0 else add(first, neg(moved))


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

    A list of indices is a matrix of 0 and 1 there. shape: the operand's. fresh: makes the letter of a sum.
    None for a list that counts from the end of an axis of symbolic length.
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
            if len(item) == 1:
                if (rows := _rows(item[0], dim)) is None:
                    return None
                ties.append(Entry(rows, (index, letter)))
                continue
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


def _rows(indices: tuple[int, ...], dim: Dim) -> Term | None:
    """For each index a row with a 1 in its place."""
    if isinstance(dim, int):
        indices = tuple(k % dim for k in indices)
    if min(indices) < 0:
        return None
    return Apply("one_hot", (), (("indices", indices), ("num_classes", dim)))


# --- windows and other shapes -----------------------------------------------------------------------------


def window_entry(node: Operation, operand: Entries, letters: Sequence[Term]) -> Term:
    """The entry of ``windows``: entry p of window k is the operand's at step*k + dilation*p."""
    params = dict(node.params)
    places = list(letters[:-1])
    axis = params["axis"] % len(places) - len(places)
    places[axis] = _inside(params, places[axis], letters[-1])
    return operand(tuple(places))


def _inside(params: Mapping[str, Any], window: Term, place: Term) -> Term:
    first, further = (
        letter if params[word] == 1 else mul(integer(params[word]), letter)
        for word, letter in (("step", window), ("dilation", place))
    )
    return add(first, further)


def overlapped(
    node: Operation, operand: Entries, shape: Shape, letters: Sequence[Term], fresh: Callable[[Dim], Index]
) -> Term:
    """The entry of ``overlap_add``: Σ over windows and places in them, or one where they lie side by side.

    shape: the operand's. fresh: makes the letter of a sum.
    """
    params = dict(node.params)
    axis = params["axis"] % len(params["shape"]) - len(params["shape"])
    size, count = params["size"], shape[axis - 1]
    places = list(letters)
    q = places[axis]
    if side_by_side(node, shape):
        places[axis] = _quotient(q, size)
        return operand((*places, _remainder(q, size)))
    window, inner = fresh(count), fresh(size)
    places[axis] = window
    value = mul(delta(q, _inside(params, window, inner)), operand((*places, inner)))
    return Summation((window, inner), (length_term(count), integer(size)), value)


def side_by_side(node: Operation, shape: Shape) -> bool:
    """Whether the windows of ``overlap_add``, cut into ``shape``, cover its axis and do not overlap."""
    params = dict(node.params)
    axis = params["axis"] % len(params["shape"]) - len(params["shape"])
    if params["step"] != params["size"] or params["dilation"] != 1:
        return False
    return bool(node.shape[axis] == times([shape[axis - 1], params["size"]]))


def reshaped_entry(node: Operation, operand: Entries, shape: Shape, letters: Sequence[Term]) -> Term | None:
    """The entry of ``reshape`` where axes are only joined or split; ``shape`` is the operand's."""
    groups = regrouped(shape, node.shape)
    if groups is None:
        return None
    places: list[Term] = [ZERO] * len(shape)
    for olds, news in groups:
        if len(olds) == 1:
            places[olds[0]] = row_major([(letters[k], node.shape[k]) for k in news])
        else:
            for k, index in zip(olds, _taken_apart(letters[news[0]], [shape[k] for k in olds]), strict=True):
                places[k] = index
    return operand(tuple(places))


def regrouped(shape: Shape, new: Shape) -> list[tuple[list[int], list[int]]] | None:
    """Which axes of a shape become which of another: several become one, or one several.

    Axes of length 1 are in no group. None where several become several.
    """
    olds, news = ([k for k, dim in enumerate(dims) if dim != 1] for dims in (shape, new))
    groups: list[tuple[list[int], list[int]]] = []
    while olds and news:
        ours, theirs = [olds.pop(0)], [news.pop(0)]
        while (have := times(shape[k] for k in ours)) != (want := times(new[k] for k in theirs)):
            behind = ours if _fits_into(have, want) else theirs if _fits_into(want, have) else None
            rest = olds if behind is ours else news
            if behind is None or not rest:
                return None
            behind.append(rest.pop(0))
        if len(ours) > 1 < len(theirs):
            return None
        groups.append((ours, theirs))
    return None if olds or news else groups


def _fits_into(part: Dim, whole: Dim) -> bool:
    return over(whole, part) is not None


def row_major(parts: Sequence[tuple[Term, Dim]]) -> Term:
    """n*i + j: the place of an entry among all in order."""
    place = parts[0][0]
    for letter, dim in parts[1:]:
        place = add(mul(length_term(dim), place), letter)
    return place


def _taken_apart(letter: Term, dims: Sequence[Dim]) -> list[Term]:
    """The indices of an entry whose place in order is ``letter``."""
    out: list[Term] = []
    for dim in reversed(dims[1:]):
        out.append(_remainder(letter, dim))
        letter = _quotient(letter, dim)
    return [letter, *reversed(out)]


def _quotient(letter: Term, dim: Dim) -> Term:
    return Apply("floor", (Apply("div", (letter, length_term(dim))),))


def _remainder(letter: Term, dim: Dim) -> Term:
    return Apply("remainder", (letter, length_term(dim)))


# --- running totals ---------------------------------------------------------------------------------------


def summed_up(
    node: Operation,
    operand: Entries,
    letters: Sequence[Term],
    fresh: Callable[[Dim], Index],
    later: bool = False,
) -> Term:
    """The entry of ``cumsum``: Σ over the places up to its own, or with ``later`` from its own."""
    axis = dict(node.params)["axis"][0] % len(node.shape)
    running = fresh(node.shape[axis])
    order = (letters[axis], running) if later else (running, letters[axis])
    places = (*letters[:axis], running, *letters[axis + 1 :])
    inside = Apply("where", (Apply("le", order), ONE, ZERO))
    return Summation((running,), (length_term(node.shape[axis]),), mul(operand(places), inside))


def backwards(graph: Graph, node: Operation) -> tuple[Operation, int, int] | None:
    """A running total from the other end, flip(cumsum(flip(x))), with the numbers of flip(x) and of x."""
    total = graph[node.operands[0]]
    if node.op != "take" or not isinstance(total, Operation) or total.op != "cumsum":
        return None
    number = total.operands[0]
    start = graph[number]
    if not isinstance(start, Operation) or start.op != "take":
        return None
    axis = dict(total.params)["axis"][0]
    whole = [(None, None, None) if k != axis % len(total.shape) else _BACK for k in range(len(total.shape))]
    for part in (node, start):
        items = dict(part.params)["items"]
        if [*whole[: -len(items)], *items] != whole:
            return None
    return total, number, start.operands[0]


# --- places among zeros as one writes them ----------------------------------------------------------------


def padding(node: Operation) -> tuple[tuple[int, int], ...] | None:
    """How many zeros ``place`` puts before and after each axis; None where it does anything else."""
    params = dict(node.params)
    items, own = params["items"], params["shape"]
    if len(node.shape) != len(own):
        return None
    widths = [(0, 0)] * (len(own) - len(items))
    for item, dim in zip(items, own[len(own) - len(items) :], strict=True):
        if isinstance(item, int) or len(item) == 1 or item[2] not in (None, 1):
            return None
        before, stop = item[0] or 0, item[1]
        after = 0 if stop is None else minus(dim, stop) if isinstance(stop, str) or stop >= 0 else -stop
        if not isinstance(before, int) or before < 0 or not isinstance(after, int):
            return None
        widths.append((before, after))
    return tuple(widths)


def numbered_axes(node: Operation) -> Mapping[int, Apply] | None:
    """For each axis at one number of which ``place`` puts entries, the unit vector with its 1 there.

    None where it does anything else, or counts from the end of a symbolic length.
    """
    params = dict(node.params)
    items, own = params["items"], params["shape"]
    lead = len(node.shape) - len(items)
    found: dict[int, Apply] = {}
    for place, (item, dim) in enumerate(zip(items, own[len(own) - len(items) :], strict=True)):
        if isinstance(item, int):
            if item < 0 and not isinstance(dim, int):
                return None
            at = item + dim if item < 0 else item
            found[lead + place] = _unit_vector(at, dim)
        elif item != (None, None, None):
            return None
    return found or None


def _unit_vector(place: int, length: Dim) -> Apply:
    return Apply("one_hot", (), (("indices", place), ("num_classes", length)))


def as_unit_vector(term: Apply) -> Apply:
    """A row or a column of an identity matrix as the unit vector that it is; anything else as it is."""
    if term.op != "take" or not isinstance(term.args[0], Apply) or term.args[0].op != "eye":
        return term
    numbers = [item for item in term.param("items") if item != (None, None, None)]
    length = term.args[0].param("shape")[0]
    if len(numbers) != 1 or not isinstance(numbers[0], int) or numbers[0] < 0:
        return term
    return _unit_vector(numbers[0], length)


def lists_only(node: Operation) -> bool:
    """Whether all that ``place`` does is to put entries at lists of indices."""
    return all(
        item == (None, None, None) or (isinstance(item, tuple) and len(item) == 1)
        for item in dict(node.params)["items"]
    )
