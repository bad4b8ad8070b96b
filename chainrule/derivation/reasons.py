"""Why a factor is what it is, in a few words for the table: ``constant multiple, power rule``."""

from __future__ import annotations

from collections.abc import Mapping

from chainrule.calculus.rules import Step
from chainrule.ops import TABLE
from chainrule.ops.table import Pointwise
from chainrule.shapes import Dim, Shape, broadcast
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


_ELEMENTWISE = ("add", "neg", "mul", "div", "pow")


def reason(step: Step, shapes: Mapping[str, Shape]) -> str:
    """The reason of a derivative: a sentence for a single operation, else the rules from outside in."""
    if step.rule == "implicit differentiation":
        return step.rule
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
    shape = _shape(term.args[0], shapes)
    if shape is None:
        return f"{term.op} of entries"
    axis = term.param("axis")
    chosen = range(len(shape)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    return f"{term.op} of {_size(tuple(shape[k] for k in chosen))} entries"


def _shape(term: Term, shapes: Mapping[str, Shape]) -> Shape | None:
    """The shape of an elementwise expression of names; None where other operations occur."""
    if isinstance(term, Symbol):
        return shapes.get(term.name)
    if isinstance(term, Apply) and (term.op in _ELEMENTWISE or isinstance(TABLE.get(term.op), Pointwise)):
        parts = [_shape(part, shapes) for part in term.args]
        return None if None in parts else broadcast(part for part in parts if part is not None)
    return None if term.children else ()


def _size(dims: Shape) -> str:
    whole = 1
    names: list[Dim] = []
    for dim in dims:
        if isinstance(dim, int):
            whole *= dim
        else:
            names.append(dim)
    return "·".join([str(whole)] * (whole != 1 or not names) + [str(name) for name in names])
