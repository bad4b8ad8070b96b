"""Arithmetic of many digits, by a private context of mpmath. Imported only where it is needed."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from chainrule.numeric.arithmetic import NO_LAWS, Laws
from chainrule.numeric.entries import DOMAIN, OVERFLOW, POLE, Undefined
from chainrule.numeric.entrywise import Entrywise
from chainrule.ops import pointwise

# Beyond 2**±LARGEST mpmath needs as many digits as the exponent has, and no program means such numbers.
LARGEST = 1 << 16


class Precise(Entrywise):
    """Floating-point numbers with ``digits`` digits; entries without a value are Undefined."""

    def __init__(self, digits: int = 50, laws: Laws = NO_LAWS) -> None:
        super().__init__(laws)
        import mpmath

        self.context = mpmath.MPContext()
        self.context.dps = digits
        self.rounding = +self.context.eps

    def number(self, value: Fraction | int) -> Any:
        fraction = Fraction(value)
        return self.context.mpf(fraction.numerator) / fraction.denominator

    def constant(self, name: str) -> Any:
        return +(self.context.pi if name == "pi" else self.context.e)

    def loaded(self, entry: Any) -> Any:
        return entry if hasattr(entry, "_mpf_") else super().loaded(entry)

    def kept(self, entry: Any) -> Any:
        if isinstance(entry, Undefined):
            return entry
        if not self.context.isfinite(entry):
            return POLE
        return OVERFLOW if entry and self.context.mag(entry) > LARGEST else entry

    def divide(self, a: Any, b: Any) -> Any:
        if not isinstance(b, Undefined) and not b:
            return a if isinstance(a, Undefined) else POLE
        return a / b

    def raised(self, a: Any, n: int) -> Any:
        return self.power(a, self.context.mpf(n))

    def power(self, a: Any, b: Any) -> Any:
        return self._real(lambda x, y: x**y, (a, b))

    def function(self, op: str) -> Callable[..., Any] | None:
        declared = pointwise(op)
        name = declared.mpmath or (op if declared.law is None else None)
        if name is None:
            return None
        inner: Callable[..., Any] = getattr(self.context, name)
        if op == "polygamma":
            # The order is whole; of any other mpmath takes the part before the point.
            return lambda n, x: self._real(inner, (n, x)) if self.context.isint(n) else DOMAIN
        return lambda *x: self._real(inner, x)

    def _real(self, inner: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        """``inner`` of the arguments, if that is a real number of bearable size."""
        for x in arguments:
            if isinstance(self.kept(x), Undefined):
                return self.kept(x)
        try:
            out = inner(*arguments)
        except (ValueError, ZeroDivisionError):
            return POLE
        except OverflowError:
            return OVERFLOW
        if isinstance(out, self.context.mpc):
            if out.imag:
                return DOMAIN
            out = out.real
        return self.kept(out)
