"""Minus signs where readers expect them: -(t - p) is p - t, and a sum begins with a plus where it can."""

from __future__ import annotations

from fractions import Fraction

from chainrule.algebra import Monomial, addends, mul, neg, power
from chainrule.calculus.scalars import is_below, is_negative, is_sum, is_whole
from chainrule.terms import ONE, Apply, Number, Term


def turned(term: Term) -> Term:
    """``term`` with differences turned so that fewer minus signs lead: -(t - p) becomes p - t."""
    if is_sum(term):
        parts = addends(term)
        if _all_negative(parts):
            flipped = next((k for k, part in enumerate(parts) if not is_negative(turned(part))), None)
            if flipped is not None:
                parts[flipped] = turned(parts[flipped])
        return _positive_first(parts)
    whole = Monomial.of(term)
    if not any(is_sum(base) for base in whole.powers):
        return term
    out = Monomial(whole.coefficient, whole.decimal)
    for base, exponent in whole.powers.items():
        if not is_sum(base):
            out.powers[base] = exponent
            continue
        parts = addends(base)
        once, even = exponent == ONE, is_whole(exponent) and _value(exponent) % 2 == 0
        if once and _is_better_negated(parts, out.coefficient < 0, len(whole.powers) == 1):
            out.coefficient = -out.coefficient
            parts = [neg(part) for part in parts]
        elif even and _all_negative(parts):
            parts = [neg(part) for part in parts]
        out.powers[_positive_first(parts)] = exponent
    return out.term()


def _value(exponent: Term) -> Fraction:
    return exponent.value if isinstance(exponent, Number) else Fraction(1)


def _is_better_negated(parts: list[Term], minus_outside: bool, alone: bool) -> bool:
    if _all_negative(parts):
        return True
    # -2*h*(1 - h**2) keeps its 1 - h**2; -(t - p) does not keep its t - p.
    keeps = isinstance(parts[0], Number) and not alone
    return minus_outside and any(map(is_negative, parts)) and not keeps


def _all_negative(parts: list[Term]) -> bool:
    return all(map(is_negative, parts))


def _positive_first(parts: list[Term]) -> Term:
    """The sum of the parts, in order, unless a minus leads and a plus can take its place."""
    first = next((k for k, part in enumerate(parts) if not is_negative(part)), 0)
    return Apply("add", (parts[first], *parts[:first], *parts[first + 1 :]))


def over_magnitudes(part: Term) -> Term | None:
    """1/u for sign(u)/|u|, and |u| for u*sign(u), in a product; a change for ``rewrite``."""
    if not isinstance(part, Apply) or part.op not in ("mul", "div", "neg"):
        return None
    powers = Monomial.of(part).powers
    for base, exponent in powers.items():
        if isinstance(base, Apply) and base.op == "sign" and exponent == ONE:
            (inner,) = base.args
            size = Apply("abs", (inner,))
            if is_below(powers.get(size, ONE)) or powers.get(inner) == ONE:
                return mul(part, size, power(base, -1), power(inner, -1))
    return None
