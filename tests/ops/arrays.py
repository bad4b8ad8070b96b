"""Formulas over whole arrays, evaluated by Python on NumPy arrays of numbers with many digits.

The oracle for folds and moves: it knows sums, entries and the laws of the table, and no derivative.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np

from chainrule.ops import TABLE
from chainrule.ops.table import Structured
from tests.ops.formulas import PRECISE, Arithmetic, Undefined, mp, real

Item = int | tuple[int | None, int | None, int | None]


@dataclass(frozen=True)
class Call:
    """One use of an operation: its first operand, and its literal keywords by their names in formulas."""

    operand: np.ndarray
    words: dict[str, Any]


# --- programs of samples --------------------------------------------------------------------------------


def called(op: Structured, program: str) -> Call:
    """The use of ``op`` in the last statement of a sample."""
    *data, last = [ast.parse(part.strip()).body[0] for part in program.split(";")]
    values = {part.targets[0].id: _entries(part.value, program) for part in data}
    node = last.value
    if isinstance(node, ast.Subscript):
        items = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        return Call(values[node.value.id], {"items": tuple(map(_item, items))})
    assert node.func.id == op.name, program
    operand = values[node.args[0].id]
    words = {word.arg: ast.literal_eval(word.value) for word in node.keywords}
    axis = words.pop("dim", words.pop("axis", None))
    words.pop("keepdims", None)
    axis = -1 if axis is None and op.signature.default("axis") == "-1" else axis
    axes = range(operand.ndim) if axis is None else (axis,) if isinstance(axis, int) else axis
    words["axis"] = tuple(k % operand.ndim - operand.ndim for k in axes)
    for parameter in ("correction", "eps"):
        if parameter in op.signature.parameters:
            words.setdefault(parameter, 0)
    return Call(operand, words)


def _entries(node: ast.expr, program: str) -> np.ndarray:
    def read(part: ast.expr) -> Any:
        if isinstance(part, ast.List):
            return [read(item) for item in part.elts]
        return PRECISE.formula(ast.unparse(part))

    return np.array(read(node), dtype=object)


def _item(node: ast.expr) -> Item:
    if isinstance(node, ast.List):
        return (tuple(ast.literal_eval(node)),)
    if not isinstance(node, ast.Slice):
        return ast.literal_eval(node)
    return tuple(
        None if part is None else ast.literal_eval(part) for part in (node.lower, node.upper, node.step)
    )


# --- arithmetic -----------------------------------------------------------------------------------------


def _divide(a: Any, b: Any) -> Any:
    return np.frompyfunc(lambda x, y: x / y if y else mp.nan, 2, 1)(a, b)


def _count(x: np.ndarray, axis: tuple[int, ...]) -> Any:
    return mp.mpf(int(np.prod([x.shape[k] for k in axis])))


def _mean(x: np.ndarray, axis: Any = None, keepdims: bool = False) -> Any:
    return np.sum(x, axis=axis, keepdims=keepdims) / mp.mpf(x.size if axis is None else int(_count(x, axis)))


def _picked(items: tuple[Item, ...]) -> tuple[Any, ...]:
    def along(item: Item) -> Any:
        if isinstance(item, int):
            return item
        return list(item[0]) if len(item) == 1 else slice(*item)

    return (..., *map(along, items))


def take(x: np.ndarray, items: tuple[Item, ...]) -> Any:
    """The entries that ``items`` pick along the last axes."""
    whole = [item for item in items if not isinstance(item, int)]
    out = x[_picked(items)]
    assert np.ndim(out) == x.ndim - len(items) + len(whole)
    return out


def place(x: np.ndarray, items: tuple[Item, ...], shape: tuple[int, ...]) -> Any:
    """Zeros of ``shape``, after any further leading axes of ``x``, with ``x`` where ``items`` point."""
    gone = sum(isinstance(item, int) for item in items)
    extra = np.shape(x)[: np.ndim(x) + gone - len(shape)]
    out = np.full((*extra, *shape), mp.mpf(0), dtype=object)
    np.add.at(out, _picked(items), x)
    return out


def reshape(x: np.ndarray, shape: tuple[int, ...], axis: Any = None) -> Any:
    """The entries in another shape; ``axis`` has no meaning."""
    return np.reshape(x, shape)


def prefixes(x: np.ndarray, axis: tuple[int, ...]) -> Any:
    """For each entry all entries along ``axis`` as one row, with 1 in the place of each later one."""
    rows = np.repeat(np.moveaxis(x, axis[0], -1)[..., None, :], x.shape[axis[0]], axis=-2).copy()
    for k in range(rows.shape[-1]):
        rows[..., k, k + 1 :] = mp.mpf(1)
    return np.moveaxis(rows, -2, axis[0] % x.ndim)


def middle(x: np.ndarray, axis: tuple[int, ...], upper: bool = False) -> Any:
    """The middle entry in order; ``upper`` tells which of two."""
    kept = [k for k in range(-x.ndim, 0) if k not in axis]
    rows = np.moveaxis(x, kept, range(len(kept))).reshape(*(x.shape[k] for k in kept), -1)
    count = rows.shape[-1]
    found = np.sort(rows, axis=-1)[..., count // 2 if upper else (count - 1) // 2]
    return np.asarray(found).reshape([1 if k in axis else x.shape[k] for k in range(-x.ndim, 0)])


def first_largest(x: np.ndarray, axis: tuple[int, ...]) -> Any:
    """1 where an entry is larger than all before it in its group and not smaller than those after it."""
    axes = {k % x.ndim for k in axis}
    out = np.zeros(x.shape, dtype=object)
    for place_ in np.ndindex(x.shape):
        group = [
            other
            for other in np.ndindex(x.shape)
            if all(a == b for k, (a, b) in enumerate(zip(place_, other, strict=True)) if k not in axes)
        ]
        before = all(x[other] < x[place_] for other in group if other < place_)
        after = all(x[other] <= x[place_] for other in group if other > place_)
        out[place_] = mp.mpf(before and after)
    return out


def leave_one_out(x: np.ndarray, axis: tuple[int, ...]) -> Any:
    """For each entry all entries along ``axis`` as one row, with 1 in the place of its own."""
    axes = {k % x.ndim for k in axis}
    rows = []
    for place_ in np.ndindex(x.shape):
        group = (
            other
            for other in np.ndindex(x.shape)
            if all(a == b for k, (a, b) in enumerate(zip(place_, other, strict=True)) if k not in axes)
        )
        rows.append([mp.mpf(1) if other == place_ else x[other] for other in group])
    return np.array(rows, dtype=object).reshape(*x.shape, -1)


def _entrywise(name: str) -> Callable[..., Any]:
    function = PRECISE.named(name)

    def one(*entries: Any) -> Any:
        try:
            return real(lambda: function(*entries))
        except Undefined:
            return mp.nan

    return lambda *arrays: np.frompyfunc(one, len(arrays), 1)(*arrays)


def forward(op: Structured, x: np.ndarray, **words: Any) -> Any:
    """The value of an operation by its step or its law, with folded axes kept."""
    if op.step is not None:
        return _stepwise(op.step, x, words["axis"])
    if op.law is not None:
        return ARRAYS.formula(op.law, {op.signature.parameters[0]: x, **words})
    return PRIMITIVES[op.name](x, **words)


def _stepwise(step: str, x: np.ndarray, axis: tuple[int, ...]) -> Any:
    kept = [k for k in range(-x.ndim, 0) if k not in axis]
    rows = np.moveaxis(x, [k % x.ndim for k in kept], range(len(kept))).reshape(
        *(x.shape[k] for k in kept), -1
    )
    out = np.empty(rows.shape[:-1], dtype=object)
    for place_ in np.ndindex(out.shape):
        out[place_] = reduce(lambda a, b: PRECISE.formula(step, {"a": a, "b": b}), rows[place_])
    return out.reshape([1 if k in axis else x.shape[k] for k in range(-x.ndim, 0)])


def _variance(x: np.ndarray, axis: tuple[int, ...], keepdims: bool, correction: int = 0) -> Any:
    op = TABLE["var"]
    assert isinstance(op, Structured)
    assert keepdims
    return forward(op, x, axis=axis, correction=correction)


def windows(x: np.ndarray, axis: Any, size: int, step: int, dilation: int) -> Any:
    """Windows along an axis, as a new last axis."""
    (along,) = axis if isinstance(axis, tuple) else (axis,)
    moved = np.moveaxis(x, along, -1)
    starts = range(0, moved.shape[-1] - dilation * (size - 1), step)
    reach = dilation * (size - 1) + 1
    cut = np.stack([moved[..., start : start + reach : dilation] for start in starts], axis=-2)
    return np.moveaxis(cut, -2, along - 1)


def overlap_add(x: np.ndarray, axis: Any, size: int, step: int, dilation: int, shape: tuple[int, ...]) -> Any:
    """Windows put back and added, by the entries that ``windows`` takes."""
    numbers = np.arange(int(np.prod(shape))).reshape(shape)
    places = windows(numbers, axis, size, step, dilation)
    extra = np.shape(x)[: np.ndim(x) - places.ndim]
    out = np.full((*extra, numbers.size), mp.mpf(0), dtype=object)
    for index in np.ndindex(places.shape):
        out[..., places[index]] += x[(..., *index)]
    return out.reshape(*extra, *shape)


def _softmax(x: np.ndarray, axis: Any) -> Any:
    weights = _FUNCTIONS["exp"](x)
    return weights / np.sum(weights, axis=axis, keepdims=True)


def _norm(x: np.ndarray, axis: Any, keepdims: bool) -> Any:
    return _FUNCTIONS["sqrt"](np.sum(x * x, axis=axis, keepdims=keepdims))


def _whole(axis: Any) -> Any:
    """Axes as Python's numbers."""
    return axis if axis is None else tuple(map(int, axis)) if isinstance(axis, tuple) else int(axis)


PRIMITIVES = {
    "take": take,
    "place": place,
    "windows": windows,
    "overlap_add": overlap_add,
    "reshape": reshape,
    "roll": lambda x, shift, axis: np.roll(x, int(shift), axis=axis),
    "cumsum": lambda x, axis: np.cumsum(x, axis=axis[0]),
    "middle": middle,
    "sort": lambda x, axis: np.sort(x, axis=axis[0]),
    "cummax": lambda x, axis: np.maximum.accumulate(x, axis=axis[0]),
    "cummin": lambda x, axis: np.minimum.accumulate(x, axis=axis[0]),
    "first_largest": first_largest,
}

_FUNCTIONS = {name: _entrywise(name) for name in ("exp", "log", "sqrt", "abs", "sign")}

ARRAYS = Arithmetic(
    {
        "number": mp.mpf,
        "divide": _divide,
        "power": lambda a, b: a**b,
        "where": np.where,
        "prod": lambda x, axis: np.prod(x, axis=int(axis)),
        "leave_one_out": leave_one_out,
        "prod_others": lambda x, axis: np.prod(leave_one_out(x, axis), axis=-1),
        "sum": lambda x, axis=None, keepdims=False: np.sum(x, axis=_whole(axis), keepdims=keepdims),
        "mean": _mean,
        "count": _count,
        "shape": np.shape,
        "reshaped_as": lambda g, y, x: np.reshape(g, (*g.shape[: g.ndim - y.ndim], *x.shape)),
        "prefixes": prefixes,
        "tril": np.tril,
        "flip": np.flip,
        "max": lambda x, axis, keepdims: np.max(x, axis=axis, keepdims=keepdims),
        "var": _variance,
        "softmax": _softmax,
        "norm": _norm,
        "either": lambda said, yes, no: yes if said else no,
        **_FUNCTIONS,
        **PRIMITIVES,
    },
    lambda op: None,
    lazy=False,
)


def random_array(shape: tuple[int, ...], seed: int) -> np.ndarray:
    """Numbers between -2 and 2, none of them 0."""
    draw = np.random.default_rng(seed)
    out = np.empty(shape, dtype=object)
    for place_ in np.ndindex(shape):
        out[place_] = mp.mpf(draw.uniform(0.25, 2)) * int(draw.choice((-1, 1)))
    return out
