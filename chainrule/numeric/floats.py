"""Python floats on plain tensors: for long programs of small tensors, where NumPy costs more than it gives.

An entry without a value is NaN, and stays one: 1/0 and log(0) are NaN too, so that no later step makes a
number of a pole. What passes the range of floats is infinite.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from math import isnan
from typing import Any

from chainrule.numeric.entries import Undefined
from chainrule.numeric.entrywise import Entrywise
from chainrule.numeric.tensors import Tensor, plain
from chainrule.ops import pointwise

NAN, INFINITY = math.nan, math.inf


class Floats(Entrywise):
    """IEEE doubles by Python's ``math``."""

    rounding = sys.float_info.epsilon

    def number(self, value: Fraction | int) -> float:
        return as_float(value)

    def constant(self, name: str) -> float:
        return math.pi if name == "pi" else math.e

    def loaded(self, entry: Any) -> Any:
        if type(entry) is float:
            return entry
        return NAN if isinstance(entry, Undefined) else super().loaded(entry)

    def load(self, tensor: Tensor) -> Tensor:
        entries = plain(tensor.entries)
        if all(type(entry) is float for entry in entries):
            return Tensor(entries, tensor.shape)
        return super().load(tensor)

    def divide(self, a: float, b: float) -> float:
        return a / b if b else NAN

    def raised(self, a: float, n: int) -> float:
        if not n:
            return NAN if isnan(a) else 1.0
        try:
            return float(a**n)
        except ZeroDivisionError:
            return NAN
        except OverflowError:
            return -INFINITY if a < 0 and n % 2 else INFINITY

    def power(self, a: float, b: float) -> float:
        if isnan(a) or isnan(b):
            return NAN
        try:
            out = a**b
        except ZeroDivisionError:
            return NAN
        except OverflowError:
            return -INFINITY if a < 0 and b % 2 == 1 else INFINITY
        return NAN if isinstance(out, complex) else out

    def comparison(self, op: str) -> Callable[[Any, Any], Any]:
        compare = super().comparison(op)

        def run(a: float, b: float) -> Any:
            return NAN if isnan(a) or isnan(b) else compare(a, b)

        return run

    def function(self, op: str) -> Callable[..., Any] | None:
        return function(op)


def as_float(value: Fraction | int) -> float:
    """The nearest float; infinite beyond their range."""
    try:
        return float(value)
    except OverflowError:
        return INFINITY if value > 0 else -INFINITY


@cache
def function(op: str) -> Callable[..., float] | None:
    """The pointwise function ``op`` on floats, NaN outside its domain and at poles; None: its law is used.

    It comes from ``math``, or from mpmath where ``math`` has none (digamma, erfinv). SciPy would double the
    start-up time and the size of an installation for a handful of functions.
    """
    declared = pointwise(op)
    library, _, name = (declared.numpy or "").rpartition(":")
    if library == "mpmath":
        return _from_mpmath(name)
    if op == "loggamma":
        return _guarded(_loggamma)
    if declared.law is not None and (declared.rational or declared.numpy is None):
        return None
    # What has both a law and a function (log1p, hypot) is more accurate by the function.
    found = getattr(math, name if library == "math" else op, None)
    assert found is not None or declared.law is not None, f"nothing computes {op}"
    return None if found is None else _guarded(found)


def _loggamma(x: float) -> float:
    """math.lgamma is log|Γ|, which has values on the left side too; loggamma has none there."""
    if x <= 0:
        raise ValueError(x)
    return math.lgamma(x)


def _guarded(inner: Callable[..., Any]) -> Callable[..., float]:
    def run(*x: float) -> float:
        try:
            return float(inner(*x))
        except (ValueError, ZeroDivisionError):
            return NAN
        except OverflowError:
            # exp and cosh leave upwards, sinh on the side of its argument.
            return math.copysign(INFINITY, inner(math.copysign(1.0, x[0]))) if x[0] - x[0] == 0 else NAN

    return run


_DIGITS = 20


def _from_mpmath(name: str) -> Callable[..., float]:
    import mpmath

    context = mpmath.MPContext()
    context.dps = _DIGITS
    inner = getattr(context, name)

    def run(*x: float) -> float:
        # The order of a polygamma function is whole; of any other mpmath takes the part before the point.
        if any(part - part != 0 for part in x) or (name == "polygamma" and not x[0].is_integer()):
            return NAN
        try:
            value = float(inner(*x))
        except (ValueError, ZeroDivisionError, TypeError):  # TypeError: a complex value
            return NAN
        except OverflowError:
            return INFINITY
        return NAN if math.isinf(value) else value

    return run
