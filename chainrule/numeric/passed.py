"""Values passed from Python: numbers, nested lists, arrays."""

from __future__ import annotations

from fractions import Fraction
from math import isfinite
from numbers import Rational, Real
from typing import Any

from chainrule.diagnostics import Label, fail
from chainrule.numeric.tensors import Tensor
from chainrule.shapes import entries as count_entries
from chainrule.shapes import show

MAX_ENTRIES = 10_000_000


def afford(shape: tuple[int, ...], *labels: Label) -> None:
    """Refuse shapes of more than MAX_ENTRIES entries.

    Raises:
        ChainRuleError: ``budget``.
    """
    if count_entries(shape) > MAX_ENTRIES:
        fail(
            "budget",
            f"a value may have at most {MAX_ENTRIES} entries",
            *labels,
            notes=[f"this one has shape {show(shape)}"],
        )


def from_python(value: object) -> Tensor:
    """The tensor of a number, of nested lists or tuples of numbers, or of an array (NumPy's, torch's).

    Raises:
        ChainRuleError: ``value`` (ragged, empty, no number, not finite), ``budget``.
    """
    if isinstance(value, Tensor):
        return value
    if hasattr(value, "__array__") and not isinstance(value, Real):
        return from_array(value)
    shape = _python_shape(value)
    afford(shape)
    out: list[Any] = []
    _collect(value, shape, out)
    return Tensor(out, shape)


def _python_shape(value: object) -> tuple[int, ...]:
    shape: list[int] = []
    while isinstance(value, (list, tuple)):
        if not value:
            fail("value", "an empty list has no entries")
        shape.append(len(value))
        value = value[0]
    return tuple(shape)


def _collect(value: object, shape: tuple[int, ...], out: list[Any]) -> None:
    if not shape:
        out.append(_python_number(value))
        return
    if not isinstance(value, (list, tuple)) or len(value) != shape[0]:
        fail("value", "the rows of a list must have one shape", notes=[f"the first have shape {show(shape)}"])
    for part in value:
        _collect(part, shape[1:], out)


def _python_number(value: object) -> Fraction | float:
    if isinstance(value, (list, tuple)):
        fail("value", "the rows of a list must have one shape", notes=["one is a number, another a list"])
    if isinstance(value, Rational):
        return Fraction(int(value.numerator), int(value.denominator))
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        fail("value", f"{type(value).__name__} is no number")
    if isinstance(value, (str, bytes)):
        fail("value", f"{value!r} is text, no number")
    if not isfinite(number):
        fail("value", f"{number} is no value")
    return number


def from_array(value: Any) -> Tensor:
    """The tensor of an array of real numbers; whole numbers stay exact, floats stay a flat float64 array.

    Raises:
        ChainRuleError: ``value`` (not numbers, not finite, empty), ``budget``.
    """
    import numpy as np

    array = np.asarray(value)
    afford(array.shape)
    if array.dtype.kind not in "buif":
        fail("value", f"an array of {array.dtype} holds no real numbers")
    if not array.size:
        fail("value", "an empty array has no entries")
    if array.dtype.kind != "f":
        return Tensor([Fraction(int(entry)) for entry in array.ravel().tolist()], array.shape)
    if not np.isfinite(array).all():
        fail("value", "NaN and infinity are no values")
    flat: Any = np.array(array, dtype=np.float64).ravel()
    return Tensor(flat, array.shape)
