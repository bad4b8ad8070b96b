"""Powers of one exponential brought to a common base, so that algebra sees how they belong together."""

from __future__ import annotations

from fractions import Fraction
from typing import TypeGuard

from chainrule.algebra import Monomial, add, div, mul, neg, power, tidy
from chainrule.calculus.scalars import is_exponential, unknowns
from chainrule.terms import ONE, ZERO, Apply, Entry, Term, apply, number, substitute


def joined(term: Term) -> list[Term]:
    """``term`` with all powers of one exponential written as powers of e^u, and as powers of e^-u.

    Where it has sigmoid(u) besides, e^u is s/(1 - s).
    """
    met = dict.fromkeys(unknowns(term))
    found = [part for part in met if isinstance(part, Apply) and part.op == "exp"]
    if not found:
        return []
    exponent = min((part.args[0] for part in found), key=lambda u: abs(Monomial.of(u).coefficient))
    ratios = {part: _ratio(part.args[0], exponent) for part in found}
    out = []
    for sign in (1, -1):
        unit = apply("exp", exponent if sign > 0 else neg(exponent))
        table: dict[Term, Term] = {
            part: power(unit, number(sign * ratio))
            for part, ratio in ratios.items()
            if _is_whole_ratio(ratio)
        }
        out.append(tidy(substitute(term, table)))
    return out + _by_odds(term, found)


def _by_odds(term: Term, found: list[Apply]) -> list[Term]:
    """``term`` with e^u written by the odds s/(1 - s) of s = sigmoid(u), where it has that."""
    for part in unknowns(term):
        if isinstance(part, Apply) and part.op == "sigmoid":
            odds = div(part, add(ONE, neg(part)))
            table: dict[Term, Term] = {
                e: power(odds, number(ratio))
                for e in found
                if _is_whole_ratio(ratio := _ratio(e.args[0], part.args[0]))
            }
            return [tidy(substitute(term, table))]
    return []


def raised_above(part: Term) -> Term | None:
    """x*e^-u/y for x/(e^u*y), else None; a change for :func:`chainrule.terms.rewrite`."""
    if not (isinstance(part, Apply) and part.op == "div"):
        return None
    below = Monomial.of(part.args[1]).powers
    found = [(base, exponent) for base, exponent in below.items() if is_exponential(base)]
    if not found:
        return None
    raised = [apply("exp", mul(neg(exponent), base.children[0])) for base, exponent in found]
    return tidy(apply("div", mul(part.args[0], *raised), mul(part.args[1], *map(_inverse, found))))


def _inverse(factor: tuple[Term, Term]) -> Term:
    return power(factor[0], neg(factor[1]))


def as_softmax(part: Term) -> Term | None:
    """The entry of softmax(x) for exp(x[i] - logsumexp(x)), else None; a change for ``rewrite``."""
    if not (isinstance(part, Apply) and part.op == "exp" and isinstance(part.args[0], Apply)):
        return None
    difference = part.args[0]
    if difference.op != "add" or len(difference.args) != 2:
        return None
    score, rest = difference.args
    total = neg(rest)
    over = total.base if isinstance(total, Entry) else total
    if not (isinstance(score, Entry) and isinstance(over, Apply) and over.op == "logsumexp"):
        return None
    if over.args != (score.base,):
        return None
    rank, axis = len(score.indices), over.param("axis")
    if not isinstance(axis, int):
        axis = -1 if rank == 1 else None
    if axis is None:
        return None
    axis %= rank
    kept = (ZERO,) if over.param("keepdims") else ()
    at = score.indices[:axis] + kept + score.indices[axis + 1 :]
    if (total.indices if isinstance(total, Entry) else ()) != at:
        return None
    shares = apply("softmax", score.base) if axis == rank - 1 else apply("softmax", score.base, axis=axis)
    return Entry(shares, score.indices)


def _is_whole_ratio(ratio: Fraction | None) -> TypeGuard[Fraction]:
    return ratio is not None and ratio.denominator == 1


def _ratio(a: Term, b: Term) -> Fraction | None:
    """a/b where that is a number."""
    ours, theirs = Monomial.of(a), Monomial.of(b)
    if ours.powers != theirs.powers or not theirs.coefficient:
        return None
    return ours.coefficient / theirs.coefficient
