"""Exact values beyond fractions (√2/2, π/4), as SymPy numbers. Imported only where it is needed.

Nothing is simplified beyond what SymPy does by itself as it builds.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from chainrule.numeric.arithmetic import NO_LAWS, Laws
from chainrule.numeric.entries import DOMAIN, POLE, TooBig, Undefined
from chainrule.numeric.entrywise import Entrywise
from chainrule.numeric.exact import MAX_BITS, bits
from chainrule.numeric.tensors import Tensor
from chainrule.ops import pointwise

MAX_PARTS = 200
MAX_ENTRIES = 256
_DIGITS = 40


class Symbolic(Entrywise):
    """SymPy numbers, for small tensors.

    Raises:
        TooBig: an entry has more than MAX_PARTS parts, or a tensor more than MAX_ENTRIES entries.
    """

    def __init__(self, laws: Laws = NO_LAWS) -> None:
        super().__init__(laws)
        import sympy

        self.sympy: Any = sympy

    def load(self, tensor: Tensor) -> Tensor:
        if len(tensor.entries) > MAX_ENTRIES:
            raise TooBig
        return super().load(tensor)

    def loaded(self, entry: Any) -> Any:
        return entry if isinstance(entry, self.sympy.Expr) else super().loaded(entry)

    def number(self, value: Fraction | int) -> Any:
        fraction = Fraction(value)
        return self.sympy.Rational(fraction.numerator, fraction.denominator)

    def constant(self, name: str) -> Any:
        return self.sympy.pi if name == "pi" else self.sympy.E

    def kept(self, entry: Any) -> Any:
        if isinstance(entry, Undefined):
            return entry
        for parts, part in enumerate(self.sympy.preorder_traversal(entry)):
            if parts > MAX_PARTS or (part.is_Rational and bits(Fraction(part.p, part.q)) > MAX_BITS):
                raise TooBig
        return entry

    def divide(self, a: Any, b: Any) -> Any:
        if isinstance(a, Undefined) or isinstance(b, Undefined):
            return a if isinstance(a, Undefined) else b
        return POLE if self._sign(b) == 0 else a / b

    def raised(self, a: Any, n: int) -> Any:
        return self.power(a, self.sympy.Integer(n))

    def power(self, a: Any, b: Any) -> Any:
        if isinstance(a, Undefined) or isinstance(b, Undefined):
            return a if isinstance(a, Undefined) else b
        sign = self._sign(a)
        if sign == 0 and self._sign(b) < 0:
            return POLE
        if sign < 0 and not b.is_integer:
            return DOMAIN
        if a.is_Rational and b.is_Rational and abs(b) * (bits(Fraction(a.p, a.q)) - 1) > MAX_BITS:
            raise TooBig
        return self._real(a**b)

    def function(self, op: str) -> Callable[..., Any] | None:
        declared = pointwise(op)
        name = declared.sympy or (op if declared.law is None else None)
        if name is None:
            return None
        inner = getattr(self.sympy, name)

        def run(*x: Any) -> Any:
            undefined = next((part for part in x if isinstance(part, Undefined)), None)
            return undefined or self._real(inner(*map(self.kept, x)))

        return run

    def comparison(self, op: str) -> Callable[[Any, Any], Any]:
        compare = super().comparison(op)

        def run(a: Any, b: Any) -> Any:
            if isinstance(a, Undefined) or isinstance(b, Undefined):
                return a if isinstance(a, Undefined) else b
            return compare(self._sign(a - b), 0)

        return run

    def _sign(self, x: Any) -> int:
        """-1, 0 or 1; what is 0 to many digits counts as 0 where SymPy does not deny it."""
        if x.is_Rational:
            return int(bool(x > 0)) - int(bool(x < 0))
        approximate = x.evalf(_DIGITS, maxn=4 * _DIGITS)
        if abs(approximate) < self.sympy.Float(10) ** (-_DIGITS // 2) and x.equals(0) is not False:
            return 0
        return 1 if approximate > 0 else -1

    def _real(self, x: Any) -> Any:
        """``x`` if it is a finite real number."""
        if x.has(self.sympy.zoo, self.sympy.oo, -self.sympy.oo, self.sympy.nan):
            return POLE
        return DOMAIN if x.is_real is False else self.kept(x)
