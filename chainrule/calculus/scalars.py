"""What kind of expression a scalar term is, seen from its top."""

from __future__ import annotations

from collections.abc import Iterator

from chainrule.terms import Apply, Number, Term


def is_sum(term: Term) -> bool:
    """Whether ``term`` is a sum."""
    return isinstance(term, Apply) and term.op == "add"


def is_exponential(term: Term) -> bool:
    """Whether ``term`` is e to some power."""
    return isinstance(term, Apply) and term.op == "exp"


def is_negative(term: Term) -> bool:
    """Whether an addend brings a minus sign."""
    return (isinstance(term, Apply) and term.op == "neg") or (isinstance(term, Number) and term.value < 0)


def is_below(exponent: Term) -> bool:
    """Whether what has this exponent stands below the bar."""
    return isinstance(exponent, Number) and exponent.value < 0


def is_whole(exponent: Term) -> bool:
    """Whether an exponent is a whole number."""
    return isinstance(exponent, Number) and exponent.value.denominator == 1


def unknowns(term: Term) -> Iterator[Term]:
    """What algebra takes as unknowns, as often as it occurs: everything but sums, products and powers."""
    if isinstance(term, Apply) and term.op in ("add", "mul", "neg", "div", "pow", "sqrt"):
        for child in term.args:
            yield from unknowns(child)
    elif not isinstance(term, Number):
        yield term
