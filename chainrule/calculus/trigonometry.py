"""Slopes as tables of derivatives print them: sec² for 1 + tan², 1 for sin² + cos², tan for sin/cos."""

from __future__ import annotations

from itertools import permutations

from chainrule.algebra import Monomial, add, addends, mul, power
from chainrule.calculus.scalars import is_sum
from chainrule.terms import ONE, TWO, Apply, Term, number, rewrite

_HYPOTENUSE = {"tan": "sec", "cot": "csc"}
_QUOTIENT = {
    ("sin", "cos"): "tan",
    ("cos", "sin"): "cot",
    ("sinh", "cosh"): "tanh",
    ("cosh", "sinh"): "coth",
}
_LEGS = {("sin", "cos"): ONE, ("cosh", "sinh"): ONE}
_SIGNS = {"cosh": -1}
_MINUS_ONE = number(-1)


def trigonometric(part: Term) -> Term | None:
    """A sum or product told in fewer functions of an angle, or None; a change for ``rewrite``."""
    return _hypotenuse(part) if is_sum(part) else _quotient(part)


def pythagorean(term: Term) -> Term:
    """``term`` with the squares of one angle's functions added up: sin² + cos², 1 + tan², cosh² − sinh²."""
    return rewrite(term, lambda part: _hypotenuse(part) if is_sum(part) else None)


def _hypotenuse(total: Term) -> Term | None:
    """c*sec(u)**2 in the place of c + c*tan(u)**2, and c in that of c*sin(u)**2 + c*cos(u)**2."""
    parts = addends(total)
    pieces = [Monomial.of(part) for part in parts]
    squares = [_square(piece) for piece in pieces]
    for k, j in permutations(range(len(parts)), 2):
        first, second = squares[k], squares[j]
        if first is None:
            continue
        whole: Term | None = None
        if first.op in _HYPOTENUSE and not pieces[j].powers:
            whole = power(Apply(_HYPOTENUSE[first.op], first.args), 2)
        elif second is not None and first.args == second.args:
            whole = _LEGS.get((first.op, second.op))
        if first is None or whole is None:
            continue
        if pieces[j].coefficient == pieces[k].coefficient * _SIGNS.get(first.op, 1):
            joined = mul(number(pieces[k].coefficient, pieces[k].decimal), whole)
            rest = [joined if i == min(j, k) else part for i, part in enumerate(parts) if i != max(j, k)]
            return add(*rest)
    return None


def _square(piece: Monomial) -> Apply | None:
    """The function of which an addend is the square, times a number."""
    if len(piece.powers) != 1:
        return None
    ((base, exponent),) = piece.powers.items()
    return base if exponent == TWO and isinstance(base, Apply) else None


def _quotient(part: Term) -> Term | None:
    """tan(u) for sin(u)/cos(u)."""
    if not isinstance(part, Apply) or part.op not in ("mul", "div", "neg"):
        return None
    powers = Monomial.of(part).powers
    for base, exponent in powers.items():
        for (above, below), name in _QUOTIENT.items():
            if exponent == ONE and isinstance(base, Apply) and base.op == above:
                other = Apply(below, base.args)
                if powers.get(other) == _MINUS_ONE:
                    return mul(part, other, power(base, -1), Apply(name, base.args))
    return None
