"""Lines of algebra: what a person leaves out as they write, and what a step between two lines is called."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TypeGuard

from chainrule.algebra import Monomial, addends, expand, tidy
from chainrule.calculus.candidates import over_one_denominator
from chainrule.calculus.deltas import eliminate
from chainrule.calculus.lines import same
from chainrule.ops.rulebook import RULES
from chainrule.shapes import Dim
from chainrule.terms import ONE, ZERO, Apply, Entry, Number, Summation, Symbol, Term, rewrite, walk


def bare(term: Term) -> Term:
    """``term`` without factors of 1 and addends of 0, and otherwise as it stands."""
    if not term.children or isinstance(term, Entry):
        return term
    term = term.with_children(tuple(bare(child) for child in term.children))
    if isinstance(term, Summation):
        return ZERO if term.body == ZERO else term
    if not isinstance(term, Apply):
        return term
    match term.op:
        case "mul":
            return _product(term)
        case "add":
            return _joined("add", [part for part in _flat(term) if part != ZERO], ZERO)
        case "neg" | "div" if term.args[0] == ZERO:
            return ZERO
        case "div" | "pow" if term.args[1] == ONE:
            return term.args[0]
    return term


def _product(term: Apply) -> Term:
    parts = _flat(term)
    if ZERO in parts:
        return ZERO
    # The sign of a delta goes in front, so that a sum over its letter finds it.
    turned = [part.args[0] if _is_negative_delta(part) else part for part in parts]
    product = _joined("mul", [part for part in turned if part != ONE], ONE)
    odd = sum(map(_is_negative_delta, parts)) % 2
    return Apply("neg", (product,)) if odd else product


def _is_negative_delta(term: Term) -> TypeGuard[Apply]:
    return (
        isinstance(term, Apply)
        and term.op == "neg"
        and isinstance(term.args[0], Apply)
        and term.args[0].op == "delta"
    )


def _flat(term: Apply) -> list[Term]:
    """The arguments of a product or sum, products within the product (sums within the sum) taken apart."""
    return [
        inner
        for part in term.args
        for inner in (part.args if isinstance(part, Apply) and part.op == term.op else (part,))
    ]


def picked(term: Term, lengths: Mapping[str, Dim], partly: bool = False) -> Term:
    """``term`` with each delta used up that ties a letter of a sum, addend by addend where all have one.

    ``partly``: also where some addends have none, which stay under the sum.
    """

    def change(part: Term) -> Term | None:
        if not isinstance(part, Summation):
            return None
        parts = addends(part.body)
        if len(parts) == 1:
            return None
        found = [(_shorter(part, addend, lengths), addend) for addend in parts]
        known = [one for one, _ in found if one is not None]
        left = [addend for one, addend in found if one is None]
        if not known or (left and not partly):
            return None
        rest = [part.with_children((_joined("add", left, ZERO),))] if left else []
        return _joined("add", [*known, *rest], ZERO)

    return rewrite(eliminate(term, lengths), change)


def _shorter(whole: Summation, addend: Term, lengths: Mapping[str, Dim]) -> Term | None:
    """The sum of one addend with a letter used up by a delta, or None."""
    if isinstance(addend, Apply) and addend.op == "neg":
        inner = _shorter(whole, addend.args[0], lengths)
        return None if inner is None else Apply("neg", (inner,))
    alone = whole.with_children((addend,))
    found = eliminate(alone, lengths)
    return None if isinstance(found, Summation) and len(found.indices) == len(whole.indices) else found


def _joined(op: str, parts: list[Term], empty: Term) -> Term:
    return empty if not parts else parts[0] if len(parts) == 1 else Apply(op, tuple(parts))


def algebra_rule(before: Term, after: Term) -> tuple[tuple[str], str]:
    """The name of the rule of algebra that leads from one line to the next, and what it does.

    A rule is named only where it does all of it; else it is "simplify", several at once.
    """
    likely = (name for name, holds in _RULES if holds(before, after))
    found = next((name for name in likely if _does(name, before, after)), None)
    if found is None:
        others = ("multiply", "common denominator")
        found = next((name for name in others if _does(name, before, after)), "simplify")
    return (found,), "written through the value itself" if found == "substitute back" else RULES[found].why


def _does(name: str, before: Term, after: Term) -> bool:
    """Whether a rule by itself makes one line of the other; under a Σ the likely one is believed."""
    if name == "substitute back":
        return True
    if _has_sigma(before):
        return name != "common denominator"
    match name:
        case "picking out" | "regroup":
            return False
        case "cancel" | "multiply":
            return same(tidy(before), tidy(after))
        case "common denominator":
            return _alike(over_one_denominator(tidy(before)), over_one_denominator(after))
    return _alike(before, after)


def _has_sigma(term: Term) -> bool:
    return any(isinstance(part, Summation) for part in walk(term))


def _alike(before: Term, after: Term) -> bool:
    """Whether two terms are the same when they are multiplied out."""
    one, other = expand(before), expand(after)
    return one is not None and other is not None and same(tidy(one), tidy(other))


def _names(before: Term, after: Term) -> bool:
    return bool(_symbols(after) - _symbols(before))


def _symbols(term: Term) -> set[Term]:
    return {part for part in walk(term) if isinstance(part, Symbol)}


def _picks(before: Term, after: Term) -> bool:
    return _count(before, "delta") > _count(after, "delta")


def _factors(before: Term, after: Term) -> bool:
    above, result = _above(before), _above(after)
    return len(addends(above)) > 1 and len(addends(result)) == 1 and _has_sum(result)


def _above(term: Term) -> Term:
    """What stands above the fraction bar; a term that is no quotient is all above it."""
    if isinstance(term, Apply) and term.op == "neg":
        return _above(term.args[0])
    return term.args[0] if isinstance(term, Apply) and term.op == "div" else term


def _expands(before: Term, after: Term) -> bool:
    return len(addends(before)) < len(addends(after))


def _cancels(before: Term, after: Term) -> bool:
    """Whether less is divided by: a divisor is gone or its power is lower, and there is no new one."""
    old, new = _divisors(before), _divisors(after)
    return old != new and all(power <= old.get(base, Fraction(0)) for base, power in new.items())


def _regroups(before: Term, after: Term) -> bool:
    """Whether sums and products only changed places: Σ_j (Σ_k a_jk b_k) c_j is Σ_k (Σ_j c_j a_jk) b_k."""

    def parts(term: Term) -> list[str]:
        return sorted(repr(part) for part in walk(term) if isinstance(part, (Number, Symbol)))

    return parts(before) == parts(after) and _has_sigma(before)


def _collects(before: Term, after: Term) -> bool:
    return _count(before, "add", wide=True) > _count(after, "add", wide=True)


_RULES = (
    ("substitute back", _names),
    ("picking out", _picks),
    ("cancel", _cancels),
    ("factor", _factors),
    ("expand", _expands),
    ("collect", _collects),
    ("regroup", _regroups),
)


def _count(term: Term, op: str, wide: bool = False) -> int:
    """How often an operation occurs; ``wide`` counts its arguments beyond the first."""
    return sum(
        len(part.args) - 1 if wide else 1 for part in walk(term) if isinstance(part, Apply) and part.op == op
    )


def _has_sum(term: Term) -> bool:
    return any(isinstance(part, Apply) and part.op == "add" for part in walk(term))


def _divisors(term: Term) -> dict[Term, Fraction]:
    """What stands below fraction bars, numbers aside, each with its highest power."""
    found: dict[Term, Fraction] = {}
    for part in walk(term):
        if isinstance(part, Apply) and part.op == "div":
            for base, exponent in Monomial.of(tidy(part.args[1])).powers.items():
                power = exponent.value if isinstance(exponent, Number) else Fraction(1)
                found[base] = max(power, found.get(base, power))
    return found
