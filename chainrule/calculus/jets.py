"""Truncated power series over any arithmetic: a program at a + h gives its Taylor coefficients at a.

A jet is a polynomial in the small quantities h, cut off above a total degree. Sums and products are those
of polynomials; a function of a jet u = u₀ + n with n^(K+1) = 0 is Σ f⁽ᵏ⁾(u₀)/k! nᵏ, and these numbers come
from the op table's claim of f′: y′ = f′(u, y) gives one coefficient of y after the other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from chainrule.language.elaborate import kernel
from chainrule.numeric.arithmetic import Context
from chainrule.numeric.closures import compiled
from chainrule.numeric.entries import DOMAIN, POLE, NotRational, Undefined
from chainrule.numeric.entrywise import Entrywise, repeated
from chainrule.numeric.exact import ROUNDINGS
from chainrule.ops import TABLE
from chainrule.ops.table import Pointwise

Powers = tuple[int, ...]


class Jet:
    """A polynomial in as many variables as ``zero`` has places, of total degree at most ``order``."""

    __slots__ = ("order", "terms", "zero")

    def __init__(self, terms: Mapping[Powers, Any], zero: Powers, order: int) -> None:
        self.terms, self.zero, self.order = terms, zero, order

    @property
    def value(self) -> Any:
        """The constant coefficient."""
        return self.terms[self.zero]

    @property
    def rest(self) -> Jet:
        """The jet without its constant coefficient: nilpotent."""
        return Jet({k: c for k, c in self.terms.items() if k != self.zero}, self.zero, self.order)

    def __add__(self, other: Any) -> Any:
        if isinstance(other, Undefined):
            return other
        out = dict(self.terms)
        for powers, c in self._of(other).terms.items():
            out[powers] = out[powers] + c if powers in out else c
        return Jet(_kept(out, self.zero), self.zero, self.order)

    def __mul__(self, other: Any) -> Any:
        if isinstance(other, Undefined):
            return other
        out: dict[Powers, Any] = {}
        right = [(p, sum(p), c) for p, c in self._of(other).terms.items()]
        for p, a in self.terms.items():
            room = self.order - sum(p)
            for q, degree, b in right:
                if degree <= room:
                    powers = tuple(map(int.__add__, p, q))
                    out[powers] = out[powers] + a * b if powers in out else a * b
        return Jet(_kept(out, self.zero), self.zero, self.order)

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self) -> Jet:
        return Jet({k: -c for k, c in self.terms.items()}, self.zero, self.order)

    def _of(self, other: Any) -> Jet:
        return other if isinstance(other, Jet) else Jet({self.zero: other}, self.zero, self.order)

    # Comparisons look at the point itself.

    def __eq__(self, other: object) -> bool:
        return bool(self.value == (other.value if isinstance(other, Jet) else other))

    __hash__ = None  # type: ignore[assignment]

    def __lt__(self, other: Any) -> Any:
        return self.value < (other.value if isinstance(other, Jet) else other)

    def __le__(self, other: Any) -> Any:
        return self.value <= (other.value if isinstance(other, Jet) else other)

    def __gt__(self, other: Any) -> Any:
        return self.value > (other.value if isinstance(other, Jet) else other)

    def __ge__(self, other: Any) -> Any:
        return self.value >= (other.value if isinstance(other, Jet) else other)


class Jets(Entrywise):
    """Jets in ``variables`` quantities up to a total degree ``order``, with coefficients of ``base``.

    ``met`` tells whether a comparison held with equality at the point alone: near it, another case may hold.

    Raises:
        Inexact: ``base`` cannot hold a coefficient, or a function has no series here.
    """

    def __init__(self, base: Entrywise, variables: int, order: int) -> None:
        super().__init__(base.laws)
        self.base, self.order = base, order
        self.zero: Powers = (0,) * variables
        self.met = False
        self._series: dict[Any, list[Any]] = {}

    def jet(self, value: Any, variable: int | None = None) -> Jet:
        """The constant ``value``, or value + h for the small quantity number ``variable``."""
        terms = {self.zero: value}
        if variable is not None and self.order:
            place = tuple(int(k == variable) for k in range(len(self.zero)))
            terms[place] = self.base.number(1)
        return Jet(terms, self.zero, self.order)

    def number(self, value: Fraction | int) -> Any:
        return self.jet(self.base.number(value))

    def constant(self, name: str) -> Any:
        return self.jet(self.base.constant(name))

    def loaded(self, entry: Any) -> Any:
        if isinstance(entry, (Jet, Undefined)):
            return entry
        return self.jet(self.base.loaded(entry))

    def kept(self, entry: Any) -> Any:
        if isinstance(entry, Undefined):
            return entry
        for c in entry.terms.values():
            kept = self.base.kept(c)
            if isinstance(kept, Undefined):
                return kept
        return entry

    def comparison(self, op: str) -> Callable[[Any, Any], Any]:
        compare = self.base.comparison(op)

        def run(a: Any, b: Any) -> Any:
            if isinstance(a, Jet) and isinstance(b, Jet) and a.value == b.value and (a + -b).rest.terms:
                self.met = True
            return compare(_at(a), _at(b))

        return run

    # --- quotients and powers ---------------------------------------------------------------------------

    def divide(self, a: Any, b: Any) -> Any:
        if isinstance(a, Undefined) or isinstance(b, Undefined):
            return a if isinstance(a, Undefined) else b
        inverse = self.base.divide(self.base.number(1), b.value)
        if isinstance(inverse, Undefined) or b.value == 0:
            return POLE
        coefficients = [inverse]
        for _ in range(self.order):
            coefficients.append(-coefficients[-1] * inverse)
        return a * self.composed(coefficients, b)

    def raised(self, a: Any, n: int) -> Any:
        if isinstance(a, Undefined):
            return a
        if n < 0:
            return self.divide(self.number(1), self.raised(a, -n))
        return repeated(self.number(1), a, n)

    def power(self, a: Any, b: Any) -> Any:
        if isinstance(a, Undefined) or isinstance(b, Undefined):
            return a if isinstance(a, Undefined) else b
        if b.rest.terms:
            log, exp = self.function("log"), self.function("exp")
            assert log is not None
            assert exp is not None
            return exp(b * log(a))
        exponent = b.value
        whole = int(exponent) if exponent == int(exponent) else None
        if whole is not None and (whole >= 0 or a.value != 0):
            return self.raised(a, whole)
        if a.value == 0:
            # All derivatives below the exponent's order are 0; the next one has a pole.
            return self.number(0) if exponent > self.order else (POLE if exponent < 0 else DOMAIN)
        first = self.base.power(a.value, exponent)
        if isinstance(first, Undefined):
            return first
        coefficients = [first]
        for k in range(self.order):
            last = coefficients[-1] * (exponent + self.base.number(-k))
            coefficients.append(self.base.divide(last, a.value * self.base.number(k + 1)))
        return self.composed(coefficients, a)

    # --- functions --------------------------------------------------------------------------------------

    def composed(self, coefficients: Sequence[Any], inner: Jet) -> Any:
        """Σ cₖ nᵏ with the nilpotent part n of ``inner``, by Horner's rule."""
        found = next((c for c in coefficients if isinstance(c, Undefined)), None)
        if found is not None:
            return found
        rest = inner.rest
        if not rest.terms:
            return self.jet(coefficients[0])
        out = self.jet(coefficients[-1])
        for c in reversed(coefficients[:-1]):
            out = out * rest + self.jet(c)
        return out

    def function(self, op: str) -> Callable[..., Any] | None:
        declared = TABLE[op]
        assert isinstance(declared, Pointwise)
        known = self.base.function(op)
        if op in ROUNDINGS and known is not None:
            return lambda x: x if isinstance(x, Undefined) else self.jet(known(x.value))
        if declared.law is not None and len(declared.signature.parameters) > 1:
            return None

        def run(*arguments: Any) -> Any:
            undefined = next((x for x in arguments if isinstance(x, Undefined)), None)
            if undefined is not None:
                return undefined
            moving = [k for k, x in enumerate(arguments) if x.rest.terms]
            if len(moving) > 1:
                raise NotRational(op)
            values = tuple(x.value for x in arguments)
            place = moving[0] if moving else 0
            return self.composed(self.series(op, values, place, self.order), arguments[place])

        return run

    def series(self, op: str, values: tuple[Any, ...], place: int, order: int) -> list[Any]:
        """f⁽ᵏ⁾/k! of a function at ``values`` by the argument number ``place``, for k up to ``order``."""
        known = self._series.get((op, values, place), [])
        if len(known) > order:
            return known[: order + 1]
        own = self.base.function(op)
        start = own(*values) if own is not None else self.base.law(op)(values, ())
        if order == 0 or isinstance(start, Undefined):
            return [start] * (order + 1)
        declared = TABLE[op]
        assert isinstance(declared, Pointwise)
        text = declared.derivatives[place]
        if text is None:
            return [start, *[self.base.number(0)] * order]
        lower = self.series(op, values, place, order - 1)
        if any(isinstance(c, Undefined) for c in lower):
            return [*lower, DOMAIN]
        inner = Jets(self.base, 1, order - 1)
        inner._series = self._series
        slope = compiled(kernel(text, (*declared.signature.parameters, "y")), inner, Context())
        x = [inner.jet(value, 0 if k == place else None) for k, value in enumerate(values)]
        y = Jet(_kept({(k,): c for k, c in enumerate(lower)}, (0,)), (0,), order - 1)
        found = slope([*x, y], ())
        self.met |= inner.met
        if isinstance(found, Undefined):
            return [*lower, found]
        zero = self.base.number(0)
        slopes = (found.terms.get((k,), zero) for k in range(order))
        out = [start, *(self.base.divide(c, self.base.number(k)) for k, c in enumerate(slopes, 1))]
        self._series[op, values, place] = out
        return out


def _kept(terms: Mapping[Powers, Any], zero: Powers) -> dict[Powers, Any]:
    """Terms without those that are 0, but for the constant one."""
    return {powers: c for powers, c in terms.items() if c != 0 or powers == zero}


def _at(entry: Any) -> Any:
    return entry.value if isinstance(entry, Jet) else entry
