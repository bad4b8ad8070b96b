"""Taylor polynomials as terms: coefficients as people read them, times powers of x - a."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from chainrule.algebra import add, neg, power
from chainrule.calculus.scalars import is_negative
from chainrule.derivation.data import ExpansionTerm, Quantity
from chainrule.language.elaborate import kernel
from chainrule.terms import ONE, ZERO, Apply, Number, Symbol, Term, number


def spelled(word: str) -> Term:
    """An exact number as a term: a fraction, or what has roots or π in it."""
    try:
        return number(Fraction(word))
    except ValueError:
        return kernel(word, ())


def coefficient(value: Quantity, digits: int | None = None) -> Term:
    """The one entry of a coefficient as a term: exact, or a decimal of so many digits (all without)."""
    if value.exact is not None and digits is None:
        return spelled(value.exact[0])
    entry = value.floats[0] or 0.0
    word = repr(entry) if digits is None else f"{entry:.{digits}g}"
    return Number(Fraction(word), decimal=True)


def polynomial(
    terms: Sequence[ExpansionTerm], centre: Mapping[str, Term], coefficients: Sequence[Term]
) -> Term:
    """Σ coefficient · Π (x − a)^k, in the order of the terms; those that are 0 are left out."""
    parts = []
    for term, c in zip(terms, coefficients, strict=True):
        if isinstance(c, Number) and c.value == 0:
            continue
        factors = [
            power(difference(name, centre[name]), term.wrt.count(name)) for name in dict.fromkeys(term.wrt)
        ]
        size = neg(c) if is_negative(c) else c
        whole = size.args if isinstance(size, Apply) and size.op == "mul" else (size,)
        body = _product([] if size == ONE and factors else [*whole], factors)
        parts.append(body if size is c else Apply("neg", (body,)))
    if not parts:
        return ZERO
    return parts[0] if len(parts) == 1 else Apply("add", tuple(parts))


def difference(name: str, centre: Term) -> Term:
    """X − a, written plainly: x at 0, x + 1 at −1."""
    return add(Symbol(name), neg(centre))


def _product(front: list[Term], factors: list[Term]) -> Term:
    parts = [*front, *factors]
    return parts[0] if len(parts) == 1 else Apply("mul", tuple(parts))
