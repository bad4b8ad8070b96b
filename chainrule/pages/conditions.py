"""Conditions of the op table said plainly: ``where(a == 0, 1, b) > 0`` is a = 0, or b > 0."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

from chainrule.pages.data import Condition
from chainrule.terms import COMPARISONS, ZERO, Apply, Number, Term

_OPPOSITE: Mapping[str, str] = {"lt": "ge", "ge": "lt", "gt": "le", "le": "gt", "eq": "ne", "ne": "eq"}
_TRUE: Condition = ((),)
_FALSE: Condition = ()

# What a comparison becomes when another one of the same sides holds too.
_BOTH: Mapping[frozenset[str], str | None] = {
    frozenset(("le", "eq")): "eq",
    frozenset(("ge", "eq")): "eq",
    frozenset(("le", "ne")): "lt",
    frozenset(("ge", "ne")): "gt",
    frozenset(("lt", "ne")): "lt",
    frozenset(("gt", "ne")): "gt",
    frozenset(("le", "ge")): "eq",
    frozenset(("lt", "le")): "lt",
    frozenset(("gt", "ge")): "gt",
    **dict.fromkeys(map(frozenset, (("lt", "gt"), ("lt", "ge"), ("gt", "le"))), None),
    **dict.fromkeys(map(frozenset, (("eq", "ne"), ("eq", "lt"), ("eq", "gt"))), None),
}


def any_of(test: Term) -> Condition:
    """The comparisons that ``test`` comes down to: any of the tuples, in which all hold."""
    if not isinstance(test, Apply) or test.op not in COMPARISONS:
        return ((test,),)
    left, right = test.args
    if isinstance(left, Apply) and left.op == "where":
        inner, yes, no = left.args
        return _or(
            _and(any_of(inner), any_of(Apply(test.op, (yes, right)))),
            _and(any_of(_negated(inner)), any_of(Apply(test.op, (no, right)))),
        )
    if isinstance(left, Apply) and left.op == "maximum" and test.op in ("gt", "ge"):
        return _or(*(any_of(Apply(test.op, (part, right))) for part in left.args))
    if isinstance(left, Number) and isinstance(right, Number):
        return _TRUE if _holds(test.op, left, right) else _FALSE
    return ((_plain(test),),)


def _plain(test: Apply) -> Term:
    """Two sides for a difference and 0: a = b for a - b = 0."""
    left, right = test.args
    if right == ZERO and isinstance(left, Apply) and left.op == "add" and len(left.args) == 2:
        first, second = left.args
        if isinstance(second, Apply) and second.op == "neg":
            return Apply(test.op, (first, second.args[0]))
    return test


def _negated(test: Term) -> Term:
    assert isinstance(test, Apply)
    return Apply(_OPPOSITE[test.op], test.args)


def _holds(op: str, left: Number, right: Number) -> bool:
    difference = left.value - right.value
    found = "lt" if difference < 0 else "gt" if difference > 0 else "eq"
    return op == found or (op in ("le", "ge", "ne") and _BOTH.get(frozenset((op, found)), op) == found)


def _or(*parts: Condition) -> Condition:
    return tuple(dict.fromkeys(each for part in parts for each in part))


def _and(*parts: Condition) -> Condition:
    found = (_together([test for each in chosen for test in each]) for chosen in product(*parts))
    return tuple(each for each in found if each is not None)


def _together(tests: list[Term]) -> tuple[Term, ...] | None:
    """Comparisons that all hold, each pair of sides once; None where they contradict each other."""
    found: dict[tuple[Term, ...], str] = {}
    for test in tests:
        assert isinstance(test, Apply)
        op = found.get(test.args)
        if op is None or op == test.op:
            found[test.args] = test.op
            continue
        both = _BOTH[frozenset((op, test.op))]
        if both is None:
            return None
        found[test.args] = both
    return tuple(Apply(op, sides) for sides, op in found.items())
