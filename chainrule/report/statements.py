"""The program as it was understood: definitions with their shapes, what inputs are, and their values."""

from __future__ import annotations

from collections.abc import Iterable

from chainrule.derivation.data import Derivation, InputPart, Quantity, StatementPart
from chainrule.document import (
    Block,
    Equations,
    Inline,
    Math,
    Paragraph,
    Piece,
    Relation,
    Row,
    Space,
    Value,
    Values,
    Words,
)
from chainrule.report.numbers import quantity
from chainrule.report.view import View
from chainrule.shapes import Shape
from chainrule.terms import ZERO, Entry, Symbol, Term

_MOST_NAMES = 8
_SHORT_VALUE = 28

_ASSUMPTIONS = {
    "positive": "is positive",
    "nonnegative": "is nonnegative",
    "integer": "is a whole number",
    "constant": "is held constant",
    "symmetric": "is symmetric",
    "orthonormal": "has orthonormal columns",
    "probability": "is a probability: nonnegative, and sums to one along its last axis",
    "onehot": "is one-hot: a single 1 along its last axis, and zeros",
}


def statement_blocks(derivation: Derivation, view: View) -> list[Block]:
    """The definitions, the inputs that stand beside none of them, and what is assumed of inputs."""
    remarks = _spaces(derivation)
    rows = []
    by_entry = view.notation == "index"
    for part in derivation.statements:
        name = Symbol(part.name)
        left: Term = Entry(name, part.indices) if by_entry and part.indices else name
        right = part.entry if by_entry else part.term
        if part.implicit:
            # An equation stands the other way round: what is 0, and the name that makes it so.
            rows.append(Row((Math(right),), (Math(ZERO),), (Words("defines "), Math(name))))
            continue
        rows.append(Row((Math(left),), (Math(right),), remarks.pop(part.shape, ())))
    blocks: list[Block] = [Equations(tuple(rows))] if rows else []
    if remarks:
        blocks.append(Paragraph(_listed(remarks.values())))
    given = _assumptions(derivation.inputs)
    if given:
        blocks.append(Paragraph(given))
    return blocks


def _spaces(derivation: Derivation) -> dict[Shape, Inline]:
    """The names of each shape: ``x, y, z ∈ ℝ²ˣ²``; a number that is computed and alone is a scalar."""
    names: dict[Shape, list[str]] = {}
    for name, shape in shapes(derivation).items():
        names.setdefault(shape, []).append(name)
    computed = {part.name for part in derivation.statements}
    out: dict[Shape, Inline] = {}
    for shape, found in names.items():
        if not shape and len(found) == 1 and found[0] in computed:
            out[shape] = (Words("scalar"),)
        else:
            out[shape] = (*enumerated(found), Relation("∈"), Space(shape))
    return out


def shapes(derivation: Derivation) -> dict[str, Shape]:
    """The shape of every input and statement."""
    inputs = {part.name: part.shape for part in derivation.inputs}
    return {**inputs, **{part.name: part.shape for part in derivation.statements}}


def enumerated(names: list[str]) -> list[Piece]:
    """``x, y, z``; of many the first few and the last."""
    shown = names if len(names) <= _MOST_NAMES else [*names[:4], "", names[-1]]
    out: list[Piece] = []
    for name in shown:
        if out:
            out.append(Words(", "))
        out.append(Math(Symbol(name)) if name else Words(f"… ({len(names) - 5} more)"))
    return out


def _listed(parts: Iterable[Inline]) -> Inline:
    out: list[Piece] = []
    for part in parts:
        if out:
            out.append(Words(", "))
        out += part
    return tuple(out)


def _assumptions(inputs: Iterable[InputPart]) -> Inline:
    """What is assumed of inputs: ``t is held constant; S is symmetric.``."""
    out: list[Piece] = []
    for part in inputs:
        # What needs a colon comes last.
        words = sorted((_ASSUMPTIONS[w] for w in part.assumptions if w in _ASSUMPTIONS), key=_has_colon)
        if words:
            out += [
                Words("; " if out else "Here "),
                Math(Symbol(part.name)),
                Words(" " + " and ".join(words)),
            ]
    return (*out, Words(".")) if out else ()


def _has_colon(words: str) -> bool:
    return ":" in words


# --- values -------------------------------------------------------------------------------------------


def _valued(derivation: Derivation) -> list[InputPart | StatementPart]:
    """What has a given value: inputs, and names that an equation defines."""
    parts: list[InputPart | StatementPart] = [*derivation.inputs]
    parts += [part for part in derivation.statements if part.implicit]
    return [part for part in parts if part.value is not None]


def given(derivation: Derivation, view: View) -> Inline:
    """The values of inputs for the head of a column, if they all fit there: ``x = ones(2, 2)``."""
    parts = _valued(derivation)
    if not parts:
        return ()
    out: list[Piece] = []
    width = 0
    for part in parts:
        assert part.value is not None
        text = _constructor(part.value)
        content: Inline = (Words(text),) if text else quantity(part.value, View(float=not view.exact))
        if part.value.shape and not text and len(part.value.floats) > 4:
            return ()
        width += len(part.name) + (len(text) if text else 6 * len(part.value.floats)) + 5
        if out:
            out.append(Words(", "))
        out += [Math(Symbol(part.name)), Relation("="), *content]
    return tuple(out) if width <= _SHORT_VALUE else ()


def value_block(derivation: Derivation, view: View) -> list[Block]:
    """The values of the inputs, where they do not fit into the head of a column."""
    parts = _valued(derivation)
    if not parts or given(derivation, view):
        return []
    items = []
    for part in parts:
        assert part.value is not None
        text = _constructor(part.value)
        content: Inline = (Words(text),) if text else quantity(part.value, view)
        items.append(Value((Math(Symbol(part.name)),), content))
    return [Values(tuple(items))]


def _constructor(value: Quantity) -> str:
    """How the language makes a tensor of equal entries: ``ones(2, 2)``; nothing for any other."""
    if not value.shape or len(value.floats) < 2 or len(set(value.floats)) > 1:
        return ""
    lengths = ", ".join(map(str, value.shape))
    entry = value.exact[0] if value.exact else value.floats[0]
    if value.floats[0] in (0.0, 1.0):
        return f"{'ones' if value.floats[0] else 'zeros'}({lengths})"
    return f"full([{lengths}], {entry})" if len(str(entry)) <= 8 else ""
