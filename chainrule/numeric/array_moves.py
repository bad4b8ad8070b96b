"""Operations along axes as NumPy computes them. Imports NumPy, so import it only where it is needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from chainrule.numeric.array_kernels import Array
from chainrule.numeric.primitives import folded_axes


def _rows(x: Array, axis: Any) -> tuple[Array, list[int]]:
    """What is folded together in the last axis, and the order of axes in which it was brought there."""
    gone = folded_axes(axis, x.ndim)
    kept = [k for k in range(x.ndim) if k not in gone]
    order = [*kept, *gone]
    return np.transpose(x, order).reshape(*(x.shape[k] for k in kept), -1), order


def _first_largest(x: Array, params: dict[str, Any]) -> Array:
    """1 at the first of the largest entries, 0 elsewhere."""
    rows, order = _rows(x, params.get("axis"))
    hits = np.arange(rows.shape[-1]) == np.argmax(rows, axis=-1)[..., None]
    whole = hits.astype(np.float64).reshape([x.shape[k] for k in order])
    return np.ascontiguousarray(np.transpose(whole, np.argsort(order)))


def _middle(x: Array, params: dict[str, Any]) -> Array:
    """The middle entry in order over the axes, which stay with length 1; NaN where an entry is NaN."""
    gone = folded_axes(params.get("axis"), x.ndim)
    rows, _ = _rows(x, params.get("axis"))
    count = rows.shape[-1]
    place = count // 2 if params["upper"] else (count - 1) // 2
    middle = np.where(np.isnan(rows).any(axis=-1), np.nan, np.sort(rows, axis=-1)[..., place])
    return middle.reshape([1 if k in gone else length for k, length in enumerate(x.shape)])


MOVING_ARRAYS: Mapping[str, Callable[[Array, dict[str, Any]], Array]] = MappingProxyType(
    {
        "roll": lambda x, params: np.roll(x, params["shift"], axis=params["axis"]),
        "first_largest": _first_largest,
        "cumsum": lambda x, params: np.cumsum(x, axis=params["axis"][0]),
        "middle": _middle,
        "sort": lambda x, params: np.sort(x, axis=params["axis"][0]),
        "cummax": lambda x, params: np.maximum.accumulate(x, axis=params["axis"][0]),
        "cummin": lambda x, params: np.minimum.accumulate(x, axis=params["axis"][0]),
    }
)
"""By the name of the operation: its array from the operand and the literal params."""
