"""Lines of algebra: what a person leaves out as they write, and what a step between two lines is called."""

from __future__ import annotations

from typing import TypeGuard

from chainrule.algebra import addends
from chainrule.ops.rulebook import RULES
from chainrule.terms import ONE, ZERO, Apply, Entry, Number, Summation, Symbol, Term, walk


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


def _joined(op: str, parts: list[Term], empty: Term) -> Term:
    return empty if not parts else parts[0] if len(parts) == 1 else Apply(op, tuple(parts))


def algebra_rule(before: Term, after: Term) -> tuple[tuple[str], str]:
    """The name of the rule of algebra that leads from one line to the next, and what it does."""
    found = next((name for name, holds in _RULES if holds(before, after)), "multiply")
    return (found,), "written through the value itself" if found == "substitute back" else RULES[found].why


def _names(before: Term, after: Term) -> bool:
    return bool(_symbols(after) - _symbols(before))


def _symbols(term: Term) -> set[Term]:
    return {part for part in walk(term) if isinstance(part, Symbol)}


def _picks(before: Term, after: Term) -> bool:
    return _count(before, "delta") > _count(after, "delta")


def _factors(before: Term, after: Term) -> bool:
    return len(addends(before)) > 1 and len(addends(after)) == 1 and _has_sum(after)


def _expands(before: Term, after: Term) -> bool:
    return len(addends(before)) < len(addends(after))


def _cancels(before: Term, after: Term) -> bool:
    return _below(before) > _below(after)


def _collects(before: Term, after: Term) -> bool:
    return _count(before, "add", wide=True) > _count(after, "add", wide=True)


_RULES = (
    ("substitute back", _names),
    ("picking out", _picks),
    ("cancel", _cancels),
    ("factor", _factors),
    ("collect", _collects),
    ("expand", _expands),
)


def _count(term: Term, op: str, wide: bool = False) -> int:
    """How often an operation occurs; ``wide`` counts its arguments beyond the first."""
    return sum(
        len(part.args) - 1 if wide else 1 for part in walk(term) if isinstance(part, Apply) and part.op == op
    )


def _has_sum(term: Term) -> bool:
    return any(isinstance(part, Apply) and part.op == "add" for part in walk(term))


def _below(term: Term) -> int:
    """How much stands below fraction bars, numbers aside."""
    return sum(
        sum(1 for inner in walk(part.args[1]) if not inner.children and not isinstance(inner, Number))
        for part in walk(term)
        if isinstance(part, Apply) and part.op == "div"
    )
