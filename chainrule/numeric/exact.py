"""Exact arithmetic: fractions, with a budget of digits."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any, NoReturn

from chainrule.algebra import MAX_DIGITS
from chainrule.numeric.entries import DOMAIN, POLE, NotRational, TooBig, Undefined
from chainrule.numeric.entrywise import Entrywise
from chainrule.ops import pointwise

MAX_BITS = int(MAX_DIGITS * math.log2(10))

# f(argument) = value for the few arguments at which a transcendental function is rational.
_RATIONAL_POINTS: dict[str, tuple[int, int]] = {
    **dict.fromkeys(("exp", "cos", "cosh", "exp2"), (0, 1)),
    **dict.fromkeys(("log", "log2", "log10", "acos", "acosh"), (1, 0)),
    **dict.fromkeys(("sin", "tan", "sinh", "tanh", "asin", "atan", "asinh", "atanh"), (0, 0)),
    **dict.fromkeys(("expm1", "log1p", "erf"), (0, 0)),
}
ROUNDINGS: dict[str, Callable[[Fraction], int]] = {
    "floor": math.floor,
    "ceil": math.ceil,
}


class Exact(Entrywise):
    """Fractions. Division by zero and domain errors give an Undefined entry.

    Raises:
        NotRational: a result is no fraction. TooBig: it passes MAX_DIGITS digits.
    """

    def number(self, value: Fraction | int) -> Any:
        return Fraction(value)

    def constant(self, name: str) -> NoReturn:
        raise NotRational(name)

    def kept(self, entry: Any) -> Any:
        if not isinstance(entry, Undefined) and bits(entry) > MAX_BITS:
            raise TooBig
        return entry

    def divide(self, a: Any, b: Any) -> Any:
        if not isinstance(b, Undefined) and b == 0:
            return a if isinstance(a, Undefined) else POLE
        return a / b

    def raised(self, a: Any, n: int) -> Any:
        if isinstance(a, Undefined):
            return a
        if a == 0 and n < 0:
            return POLE
        if abs(n) * (bits(a) - 1) > MAX_BITS and abs(a) != 1:
            raise TooBig
        return a**n

    def power(self, a: Any, b: Any) -> Any:
        if isinstance(a, Undefined) or isinstance(b, Undefined):
            return a if isinstance(a, Undefined) else b
        if b.denominator == 1:
            return self.raised(a, int(b))
        if a < 0:
            return DOMAIN
        if a == 0:
            return self.number(0) if b > 0 else POLE
        return self.raised(root(a, b.denominator), b.numerator)

    def function(self, op: str) -> Callable[..., Any] | None:
        if op in ROUNDINGS:
            rounding = ROUNDINGS[op]
            return lambda x: x if isinstance(x, Undefined) else Fraction(rounding(x))
        if op == "sqrt":
            return lambda x: self.power(x, Fraction(1, 2))
        if op == "log":
            return _logarithm
        if op == "cbrt":
            return _cube_root
        if op not in _RATIONAL_POINTS and pointwise(op).law is not None:
            return None
        argument, value = _RATIONAL_POINTS.get(op, (None, 0))

        def at_points(*arguments: Any) -> Any:
            for x in arguments:
                if isinstance(x, Undefined):
                    return x
            if arguments != (argument,):
                raise NotRational(op)
            return Fraction(value)

        return at_points


def _logarithm(x: Any) -> Any:
    if isinstance(x, Undefined):
        return x
    if x <= 0:
        return DOMAIN if x < 0 else POLE
    if x != 1:
        raise NotRational("log")
    return Fraction(0)


def _cube_root(x: Any) -> Any:
    if isinstance(x, Undefined) or x == 0:
        return x
    return root(x, 3) if x > 0 else -root(-x, 3)


def bits(value: Fraction) -> int:
    """The bits of the longer of numerator and denominator."""
    return max(value.numerator.bit_length(), value.denominator.bit_length())


def root(value: Fraction, degree: int) -> Fraction:
    """The positive root of a positive fraction.

    Raises:
        NotRational: it is no fraction.
    """
    return Fraction(_whole_root(value.numerator, degree), _whole_root(value.denominator, degree))


def _whole_root(value: int, degree: int) -> int:
    """The exact root of a positive whole number, by Newton's iteration from above."""
    if degree >= value.bit_length() and value > 1:
        raise NotRational
    guess = math.isqrt(value) if degree == 2 else 1 << -(-value.bit_length() // degree)
    while degree > 2:
        better = ((degree - 1) * guess + value // guess ** (degree - 1)) // degree
        if better >= guess:
            break
        guess = better
    if guess**degree != value:
        raise NotRational
    return guess
