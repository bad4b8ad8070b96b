"""Exact division of polynomials over whatever the algebra takes as unknowns."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from chainrule.algebra import Monomial, addends, expand
from chainrule.terms import Apply, Number, Term, number

MAX_ADDENDS, MAX_STEPS = 16, 32

Polynomial = dict[tuple[int, ...], Fraction]


def quotient(top: Term, bottom: Term) -> Term | None:
    """``top``/``bottom`` where that is a polynomial, else None: (x**2 - 1)/(x - 1) is x + 1."""
    pieces = [_pieces(term) for term in (top, bottom)]
    if pieces[0] is None or pieces[1] is None:
        return None
    unknowns = list(dict.fromkeys(base for piece in (*pieces[0], *pieces[1]) for base in piece.powers))
    above, below = (_polynomial(part, unknowns) for part in pieces if part is not None)
    lead = max(below)
    out: Polynomial = {}
    for _ in range(MAX_STEPS):
        if not above:
            return _term(out, unknowns)
        first = max(above)
        step = tuple(a - b for a, b in zip(first, lead, strict=True))
        if min(step, default=0) < 0:
            return None
        factor = out[step] = above[first] / below[lead]
        for powers, coefficient in below.items():
            place = tuple(a + b for a, b in zip(powers, step, strict=True))
            above[place] = above.get(place, Fraction(0)) - factor * coefficient
            if not above[place]:
                del above[place]
    return None


def _pieces(term: Term) -> list[Monomial] | None:
    """The addends of a polynomial multiplied out; None where it is none, or a long one."""
    spread = expand(term, MAX_ADDENDS)
    if spread is None:
        return None
    pieces = [Monomial.of(part) for part in addends(spread)]
    whole = all(_is_power(exponent) for piece in pieces for exponent in piece.powers.values())
    return pieces if whole and not any(piece.decimal for piece in pieces) else None


def _is_power(exponent: Term) -> bool:
    return isinstance(exponent, Number) and exponent.value.denominator == 1 and 0 < exponent.value <= 12


def _polynomial(pieces: Sequence[Monomial], unknowns: Sequence[Term]) -> Polynomial:
    return {tuple(_times(piece, base) for base in unknowns): piece.coefficient for piece in pieces}


def _times(piece: Monomial, base: Term) -> int:
    exponent = piece.powers.get(base)
    return int(exponent.value) if isinstance(exponent, Number) else 0


def _term(polynomial: Polynomial, unknowns: Sequence[Term]) -> Term:
    parts = []
    for powers, coefficient in polynomial.items():
        factors = [Apply("pow", (base, number(k))) for base, k in zip(unknowns, powers, strict=True) if k]
        parts.append(Apply("mul", (number(coefficient), *factors)))
    return Apply("add", tuple(parts))
