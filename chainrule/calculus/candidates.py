"""Forms in which a scalar expression might be written: as it is, over one denominator, expanded, factored.

Every form is equal to the expression wherever the expression is defined. Functions and entries are
taken as unknowns; nothing inside them is touched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import lru_cache

from chainrule.algebra import Monomial, addends, expand, mul, split_content, tidy
from chainrule.calculus import exponentials
from chainrule.calculus.cost import cost, occurrences
from chainrule.calculus.polynomials import quotient
from chainrule.calculus.scalars import is_below, is_exponential, is_negative, is_sum, is_whole, unknowns
from chainrule.calculus.signs import over_magnitudes, turned
from chainrule.calculus.trigonometry import trigonometric
from chainrule.terms import ZERO, Apply, Length, Number, Term, node_count, number, rewrite, walk

EXPANSION_LIMIT = 24
MAX_FACTORED = 60
_DEPTH = 6
_WITH_IDENTITIES = frozenset({"sign", "tan", "cot", "sin", "cos", "sinh", "cosh"})

Equal = Callable[[Term, Term], bool]


def forms(term: Term) -> list[Term]:
    """The candidates, the written form first."""
    written = tidy(term)
    if _has_identities(written):
        written = tidy(rewrite(rewrite(written, over_magnitudes), trigonometric))
    return list(_forms(written))


@lru_cache(maxsize=1 << 12)
def _has_identities(term: Term) -> bool:
    """Whether signs or functions of an angle occur, for which :func:`forms` knows identities."""
    return any(isinstance(part, Apply) and part.op in _WITH_IDENTITIES for part in walk(term))


@lru_cache(maxsize=1 << 12)
def _forms(written: Term) -> tuple[Term, ...]:
    if not _has_sum(written) and sum(is_exponential(base) for base in Monomial.of(written).powers) < 2:
        return (written,)
    found = {turned(written): None}
    atoms = list(unknowns(written))
    if len(set(atoms)) < len(atoms) or sum(map(is_exponential, atoms)) > 1:
        for form in _rewritten(written):
            found.setdefault(turned(form))
    else:
        # Where nothing occurs twice, only numbers can be moved.
        found.setdefault(turned(_factored(written)))
    if _may_factor(min(found, key=cost)):
        from chainrule.calculus.simplify import factored

        deeper = factored(written)
        if deeper is not None and occurrences(deeper) < min(map(occurrences, found)):
            found.setdefault(turned(deeper))
    return tuple(found)


def _may_factor(term: Term) -> bool:
    """Whether only a real factorization can tell if ``term`` gets shorter: x**2 + 2*x*y + y**2."""
    if node_count(term) > MAX_FACTORED:
        return False
    whole = Monomial.of(term)
    above = [base for base, exponent in whole.powers.items() if is_sum(base) and not is_below(exponent)]
    for total in above:
        pieces = [Monomial.of(part) for part in addends(total)]
        degrees = [_degree(piece) for piece in pieces]
        atoms = [base for piece in pieces for base in piece.powers]
        if len(pieces) >= 3 and min(degrees) >= 2 and 2 <= len(set(atoms)) <= min(3, len(atoms) - 1):
            return True
    return False


def _degree(piece: Monomial) -> Fraction:
    return sum((e.value for e in piece.powers.values() if isinstance(e, Number)), Fraction(0))


def simplest(term: Term, equal: Equal | None = None) -> Term:
    """The cheapest form of ``term`` that the judge ``equal`` (if any) finds equal to it.

    Of forms that cost the same, the later one wins, which is factored.
    """
    later_first = forms(term)[::-1]
    for form in sorted(later_first, key=cost):
        if equal is None or form == term or equal(form, term):
            return form
    return term


def _rewritten(written: Term) -> Iterator[Term]:
    for form in _recombined(written):
        yield rewrite(form, exponentials.raised_above)


def _recombined(written: Term) -> Iterator[Term]:
    starts = [form for form in exponentials.joined(written) if _exponentials(form) < _exponentials(written)]
    for start in dict.fromkeys((written, *starts)):
        together = over_one_denominator(start) if _has_quotient(start) else start
        for form in dict.fromkeys((start, together)):
            yield form
            factored = _factored(form)
            yield factored
            collected = _collected(factored)
            yield collected
            yield _factored(collected)
            yield _divided(form)
            spread = _expanded_numerator(form)
            if spread is not None and occurrences(spread) < occurrences(form):
                yield spread
                yield _factored(spread)


def _exponentials(term: Term) -> int:
    """How many exponentials are left when ``term`` is written over one denominator."""
    return sum(map(is_exponential, unknowns(over_one_denominator(term))))


def _has_sum(term: Term) -> bool:
    return is_sum(term) or any(is_sum(base) for base in Monomial.of(term).powers)


def _has_quotient(term: Term) -> bool:
    """Whether something is divided by, in a sum."""
    return any(
        isinstance(part, Apply) and (part.op == "div" or (part.op == "pow" and is_negative(part.args[1])))
        for part in walk(term)
    )


# --- quotients ------------------------------------------------------------------------------------------


def over_one_denominator(term: Term, depth: int = _DEPTH) -> Term:
    """``term`` with sums of quotients brought over one denominator, and what then cancels cancelled."""
    whole = Monomial.of(term)
    parts: list[Term] = [number(whole.coefficient, whole.decimal)]
    changed = False
    for base, exponent in whole.powers.items():
        joined = _joined(base, depth) if is_sum(base) and is_whole(exponent) else None
        changed |= joined is not None
        parts.append(Apply("pow", (joined or base, exponent)))
    return mul(*parts) if changed else term


def _joined(total: Term, depth: int) -> Term | None:
    """A sum that has quotients among its addends as one quotient, or None."""
    parts = addends(total)
    pieces = [Monomial.of(over_one_denominator(part, depth - 1) if depth else part) for part in parts]
    below: dict[Term, Fraction] = {}
    for piece in pieces:
        for base, exponent in piece.powers.items():
            if isinstance(exponent, Number) and exponent.value < 0:
                below[base] = max(below.get(base, Fraction(0)), -exponent.value)
    if not below or all(isinstance(base, Length) for base in below):
        return None
    common = [Apply("pow", (base, number(times))) for base, times in below.items()]
    top = tidy(Apply("add", tuple(mul(piece.term(), *common) for piece in pieces)))
    spread = expand(top, EXPANSION_LIMIT)
    if spread is not None and occurrences(spread) < occurrences(top):
        top = spread
    return mul(_factored(top), *(Apply("pow", (base, number(-times))) for base, times in below.items()))


def _divided(term: Term) -> Term:
    """``term`` with a sum on one side of the bar divided by one on the other, where that comes out even."""
    sums = [(base, e) for base, e in Monomial.of(term).powers.items() if is_sum(base) and is_whole(e)]
    for top in [base for base, exponent in sums if not is_below(exponent)]:
        for bottom in [base for base, exponent in sums if is_below(exponent)]:
            for shorter, longer, sign in ((bottom, top, 1), (top, bottom, -1)):
                even = quotient(longer, shorter) if set(unknowns(shorter)) <= set(unknowns(longer)) else None
                if even is not None:
                    pair = (shorter, number(sign)), (longer, number(-sign)), (even, number(sign))
                    return _divided(mul(term, *(Apply("pow", part) for part in pair)))
    return term


def _expanded_numerator(term: Term) -> Term | None:
    """``term`` with its numerator multiplied out, or None where that is large."""
    whole = Monomial.of(term)
    top, bottom = Monomial(whole.coefficient, whole.decimal), Monomial()
    for base, exponent in whole.powers.items():
        negative = isinstance(exponent, Number) and exponent.value < 0
        (bottom if negative else top).powers[base] = exponent
    spread = expand(top.term(), EXPANSION_LIMIT)
    return None if spread is None else mul(spread, bottom.term())


def _collected(term: Term) -> Term:
    """``term`` with bracketed sums multiplied out where that is shorter: 3*(x + 2) - 2*x is x + 6."""
    whole = Monomial.of(term)
    parts: list[Term] = [number(whole.coefficient, whole.decimal)]
    for base, exponent in whole.powers.items():
        spread = expand(base, EXPANSION_LIMIT) if is_sum(base) else None
        shorter = spread is not None and occurrences(spread) < occurrences(base)
        parts.append(Apply("pow", (spread if spread is not None and shorter else base, exponent)))
    return mul(*parts)


# --- common factors -------------------------------------------------------------------------------------


def _factored(term: Term) -> Term:
    """``term`` with the factors that all addends of a sum share taken out, in it and in its factors."""
    if is_sum(term):
        return _common(term)
    whole = Monomial.of(term)
    if not any(is_sum(base) for base in whole.powers):
        return term
    parts = [
        Apply("pow", (_common(base) if is_sum(base) and is_whole(exponent) else base, exponent))
        for base, exponent in whole.powers.items()
    ]
    return mul(number(whole.coefficient, whole.decimal), *parts)


def _common(total: Term) -> Term:
    pieces = [Monomial.of(part) for part in addends(total)]
    shared: dict[Term, Fraction] = {}
    for base in pieces[0].powers:
        exponents = [piece.powers.get(base, ZERO) for piece in pieces]
        values = [exponent.value for exponent in exponents if isinstance(exponent, Number)]
        if len(values) == len(exponents) and (all(v > 0 for v in values) or all(v < 0 for v in values)):
            shared[base] = min(values, key=abs)
    inverse = [Apply("pow", (base, number(-times))) for base, times in shared.items()]
    inner = tidy(Apply("add", tuple(mul(piece.term(), *inverse) for piece in pieces))) if shared else total
    content, inner = split_content(inner)
    nested = any(is_sum(base) for piece in pieces for base in piece.powers)
    if not shared and (content == 1 or (nested and content.denominator == 1)):
        return total
    outer = [Apply("pow", (base, number(times))) for base, times in shared.items()]
    return mul(number(content), *outer, inner)
