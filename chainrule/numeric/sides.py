"""What a function does on either side of a point: its limit and its slope there, measured with many digits.

Nothing here knows a rule of calculus: three steps, each a million times shorter than the one before, have
to agree.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import inf
from typing import Any

from chainrule.numeric.entries import Undefined

DIGITS = 60
"""The digits that the arithmetic of a function to be measured should have."""

STEPS = (Fraction(1, 10**8), Fraction(1, 10**14), Fraction(1, 10**20))
_AGREE = 1e-5
_STEADY = 0.9
_HUGE = 10**5

Function = Callable[[Fraction], Any]
"""From a step away from the point to a number of many digits, or an undefined entry."""


def limit(function: Function, sign: int) -> float | None:
    """What the function tends to from one side: a number or an infinity; None where neither shows."""
    return _settled([function(sign * step) for step in STEPS])


def slope(function: Function, sign: int) -> float | None:
    """The one-sided derivative: a number or an infinity; None where neither shows."""
    here = function(Fraction(0))
    if isinstance(here, Undefined):
        return None
    found = [function(sign * step) for step in STEPS]
    if any(isinstance(value, Undefined) for value in found):
        return None
    steps = zip(found, STEPS, strict=True)
    return _settled([(value - here) * step.denominator / (sign * step.numerator) for value, step in steps])


def _settled(found: Sequence[Any]) -> float | None:
    """What three values in a row tend to."""
    if any(isinstance(value, Undefined) for value in found):
        return None
    first, second, third = found
    if max(abs(third - first), abs(third - second)) <= _AGREE * max(1, abs(third)):
        value = float(third)
        return round(value, 12) if abs(value) < _HUGE else value
    grows = (third - second) * (second - first) > 0 and abs(third - second) >= _STEADY * abs(second - first)
    if grows and abs(third) > abs(first):
        return inf if third > 0 else -inf
    return None
