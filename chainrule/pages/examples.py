"""The worked example of a page: a program that is really derived, and checked, when the page is built."""

from __future__ import annotations

import re
from fractions import Fraction

from chainrule.derivation.data import Derivation, Options
from chainrule.derivation.derive import derive
from chainrule.ops.readings import EXAMPLES
from chainrule.ops.rule import Rule
from chainrule.ops.table import UNSUPPORTED, Contraction, Declaration, Pointwise, Structured
from chainrule.source import Source

_HALF = Fraction(1, 2)


def worked(entry: Rule | Declaration) -> Derivation | None:
    """The derived example of a rule or an operation; None where there is nothing that could be derived."""
    text = program(entry)
    if text is None:
        return None
    detail = "rules" if isinstance(entry, Rule) else "factors"
    return derive(Source(text, "example"), Options(detail=detail))


def program(entry: Rule | Declaration) -> str | None:
    """The program of the worked example."""
    if isinstance(entry, Rule):
        return entry.example
    if isinstance(entry, Structured) and set(entry.pullbacks) == {UNSUPPORTED}:
        return None
    if entry.name in EXAMPLES:
        return EXAMPLES[entry.name]
    if isinstance(entry, Pointwise):
        return _of_numbers(entry)
    # The output is called y: out is what comes after it.
    return next((re.sub(r"\bout = ", _value(sample), sample) for sample in entry.samples), None)


def _value(sample: str) -> str:
    return "out = " if re.search(r"\by\b", sample) else "y = "


def _of_numbers(op: Pointwise) -> str:
    """A function of numbers at a sample; of one number at the last one, with something simple inside."""
    names = op.signature.parameters
    needed = [name for name in names if op.signature.default(name) is None]
    moving = [name for name in needed if op.derivatives[names.index(name)] is not None]
    points = dict(zip(names, op.samples[0 if len(moving) > 1 else -1], strict=True))
    arguments = [name if name in moving else points[name] for name in needed]
    if len(moving) > 1:
        data = [f"{name} = {points[name]}" for name in moving]
        return "; ".join([*data, f"y = {op.name}({', '.join(arguments)})"])
    [variable] = moving
    inside = [f"{variable} = {Fraction(points[variable]) * _HALF}", f"u = 2*{variable}"]
    arguments[arguments.index(variable)] = "u"
    return "; ".join([*inside, f"y = {op.name}({', '.join(arguments)})"])


def call(entry: Declaration) -> str:
    """How an operation is written, with its options: ``softmax(x, axis=-1)``."""
    signature = entry.signature
    shown = [
        name if signature.default(name) is None else f"{name}={signature.default(name)}"
        for name in signature.parameters
    ]
    return f"{entry.name}({', '.join(shown)})"


def is_derived(entry: Declaration) -> bool:
    """Whether an operation claims nothing about its pullbacks, so that they have to be found."""
    if isinstance(entry, Structured):
        return entry.shape in ("fold", "move") and not any(entry.pullbacks)
    return isinstance(entry, Contraction) or not isinstance(entry, Pointwise)
