"""Why a factor is what it is, in a few words for the table: ``constant multiple, power rule``."""

from __future__ import annotations

from collections.abc import Mapping

from chainrule.calculus.rules import Step
from chainrule.ops import TABLE
from chainrule.shapes import Dim, Shape
from chainrule.terms import Apply, Symbol, Term

_LABELS: Mapping[str, str] = {
    "sum": "sum rule",
    "difference": "difference rule",
    "product": "product rule",
    "quotient": "quotient rule",
    "reciprocal": "reciprocal rule",
    "power": "power rule",
    "exponential": "exponential rule",
    "general power": "general power rule",
    "chain": "chain rule",
    "identity": "the same variable",
    "constant": "a constant",
}


def reason(step: Step, shapes: Mapping[str, Shape]) -> str:
    """The reason of a derivative: a sentence for a single operation, else the rules from outside in."""
    rules = step.rules()
    counted = _counted(step.before, shapes)
    if counted is not None:
        return ", ".join([counted, *(label(rule) for rule in rules[1:])])
    if len(rules) == 1 and rules[0] in TABLE and rules[0] not in _LABELS:
        return f"{rules[0]}: {TABLE[rules[0]].why}"
    return ", ".join(label(rule) for rule in rules)


def label(rule: str) -> str:
    """A rule's name as it is spoken of: ``power rule``, ``constant multiple``, ``sin``."""
    return _LABELS.get(rule, rule)


def _counted(term: Term, shapes: Mapping[str, Shape]) -> str | None:
    """``mean of 4 entries`` for a fold of a named tensor, with the axes it runs over."""
    if not isinstance(term, Apply) or term.op not in ("sum", "mean"):
        return None
    operand = term.args[0]
    if not isinstance(operand, Symbol) or operand.name not in shapes:
        return f"{term.op} of entries"
    shape = shapes[operand.name]
    axis = term.param("axis")
    chosen = range(len(shape)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    return f"{term.op} of {_size(tuple(shape[k] for k in chosen))} entries"


def _size(dims: Shape) -> str:
    whole = 1
    names: list[Dim] = []
    for dim in dims:
        if isinstance(dim, int):
            whole *= dim
        else:
            names.append(dim)
    return "·".join([str(whole)] * (whole != 1 or not names) + [str(name) for name in names])
