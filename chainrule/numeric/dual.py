"""Dual numbers a + b·ε with ε² = 0 over fractions: a derivative without any derivative rule.

This is an oracle: it knows the four operations, whole powers, comparisons and steps, and takes every function
by its law. A program with anything else raises NotRational.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, NoReturn

from chainrule.numeric.entries import POLE, NotRational, TooBig, Undefined
from chainrule.numeric.entrywise import Entrywise, repeated
from chainrule.numeric.exact import MAX_BITS, ROUNDINGS, bits
from chainrule.numeric.tensors import Tensor
from chainrule.ops import pointwise


class Dual:
    """``value`` + ``slope``·ε. Comparisons look at the value alone."""

    __slots__ = ("slope", "value")

    def __init__(self, value: Fraction, slope: Fraction = Fraction(0)) -> None:
        self.value, self.slope = value, slope

    def __repr__(self) -> str:
        return f"Dual({self.value}, {self.slope})"

    def __add__(self, other: Any) -> Any:
        if isinstance(other, Dual):
            return Dual(self.value + other.value, self.slope + other.slope)
        return Dual(self.value + other, self.slope) if isinstance(other, int) else NotImplemented

    def __mul__(self, other: Any) -> Any:
        if isinstance(other, Dual):
            return Dual(self.value * other.value, self.value * other.slope + self.slope * other.value)
        return Dual(self.value * other, self.slope * other) if isinstance(other, int) else NotImplemented

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self) -> Dual:
        return Dual(-self.value, -self.slope)

    def reciprocal(self) -> Dual:
        """1/(a + bε) = (a - bε)/a², since their product is 1."""
        square = self.value * self.value
        return Dual(self.value / square, -self.slope / square)

    def __lt__(self, other: Any) -> Any:
        return self.value < other.value if isinstance(other, Dual) else NotImplemented

    def __le__(self, other: Any) -> Any:
        return self.value <= other.value if isinstance(other, Dual) else NotImplemented

    def __gt__(self, other: Any) -> Any:
        return self.value > other.value if isinstance(other, Dual) else NotImplemented

    def __ge__(self, other: Any) -> Any:
        return self.value >= other.value if isinstance(other, Dual) else NotImplemented


class Duals(Entrywise):
    """Dual numbers; entries may be loaded as Dual, everything else has slope 0.

    Raises:
        NotRational: the program uses more than rational operations. TooBig: too many digits.
    """

    def number(self, value: Fraction | int) -> Any:
        return Dual(Fraction(value))

    def loaded(self, entry: Any) -> Any:
        return entry if isinstance(entry, Dual) else super().loaded(entry)

    def constant(self, name: str) -> NoReturn:
        raise NotRational(name)

    def kept(self, entry: Any) -> Any:
        if not isinstance(entry, Undefined) and max(bits(entry.value), bits(entry.slope)) > MAX_BITS:
            raise TooBig
        return entry

    def divide(self, a: Any, b: Any) -> Any:
        if isinstance(a, Undefined) or isinstance(b, Undefined):
            return a if isinstance(a, Undefined) else b
        return POLE if b.value == 0 else a * b.reciprocal()

    def raised(self, a: Any, n: int) -> Any:
        """(a + bε)ⁿ by repeated squaring of the dual number itself."""
        if isinstance(a, Undefined):
            return a
        if n < 0:
            return POLE if a.value == 0 else self.raised(a.reciprocal(), -n)
        if n * (bits(a.value) - 1) > MAX_BITS and abs(a.value) != 1:
            raise TooBig
        return repeated(Dual(Fraction(1)), a, n)

    def power(self, a: Any, b: Any) -> Any:
        if isinstance(a, Undefined) or isinstance(b, Undefined):
            return a if isinstance(a, Undefined) else b
        if b.slope != 0 or b.value.denominator != 1:
            raise NotRational
        return self.raised(a, int(b.value))

    def comparison(self, op: str) -> Callable[[Any, Any], Any]:
        if op not in ("eq", "ne"):
            return super().comparison(op)
        compare = super().comparison(op)
        return lambda a, b: compare(_value(a), _value(b))

    def function(self, op: str) -> Callable[..., Any] | None:
        if op in ROUNDINGS:
            rounding = ROUNDINGS[op]
            return lambda x: x if isinstance(x, Undefined) else Dual(Fraction(rounding(x.value)))
        if pointwise(op).law is not None:
            return None
        raise NotRational(op)


def _value(entry: Any) -> Any:
    return entry.value if isinstance(entry, Dual) else entry


def toward(point: Tensor, direction: Tensor) -> Tensor:
    """``point`` with the slope of ``direction``: what to evaluate for a directional derivative."""
    pairs = zip(point.entries, direction.entries, strict=True)
    return Tensor([Dual(Fraction(a), Fraction(b)) for a, b in pairs], point.shape)


def slopes(tensor: Tensor) -> Tensor:
    """The derivative parts of a tensor of dual numbers; undefined entries stay."""
    return tensor.map(lambda entry: entry.slope if isinstance(entry, Dual) else entry)
