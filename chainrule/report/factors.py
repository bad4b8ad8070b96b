"""The local factors: a table of what, because, and how much; and each factor's rules line by line."""

from __future__ import annotations

from collections.abc import Iterator

from chainrule.calculus.rules import Step
from chainrule.derivation.data import Derivation, Factor
from chainrule.document import (
    Block,
    Cell,
    Equality,
    Inline,
    Math,
    Paragraph,
    Piece,
    StepLine,
    Steps,
    Table,
    Words,
)
from chainrule.report.numbers import brief
from chainrule.report.statements import given
from chainrule.report.view import View
from chainrule.terms import Entry, Partial, Symbol, Term

_DEEPEST = 12
_MOST_NAMED = 3


def factor_blocks(derivation: Derivation, view: View) -> list[Block]:
    """The table of factors, what it leaves unsaid, and the steps if they were asked for."""
    factors = derivation.factors
    if not factors:
        return []
    by_matrix = view.notation in ("matrix", "all") and any(_has_telling_matrix(part) for part in factors)
    by_entry = not (view.notation == "matrix" and view.partial and all(part.matrix for part in factors))
    valued = any(part.value is not None for part in factors)
    head: list[Inline] = [(Words("factor"),), (Words("because"),)]
    if by_matrix:
        head.append((Words("as a matrix"),))
    if valued:
        values = given(derivation, view)
        head.append((Words("at "), *values) if values else (Words("value"),))
    rows = []
    for part in factors:
        row: list[Cell] = [_equality(part) if by_entry or part.matrix is None else _matrix_equality(part)]
        row.append((Words(part.reason),))
        if by_matrix:
            row.append(_as_matrix(part))
        if valued:
            row.append(brief(part.value, view) if part.value is not None else ())
        rows.append(tuple(row))
    blocks: list[Block] = [Table(tuple(head), tuple(rows))]
    remark = _zeros(factors)
    if remark:
        blocks.append(Paragraph(remark))
    if view.detail == "rules":
        for part in factors:
            blocks += list(_steps(part))
    return blocks


def _equality(part: Factor) -> Equality:
    return Equality((Math(part.label),), (Math(part.entry),))


def _matrix_equality(part: Factor) -> Equality:
    assert part.matrix is not None
    return Equality((Math(Partial(Symbol(part.of), (Symbol(part.wrt),))),), (Math(part.matrix),))


def _has_telling_matrix(part: Factor) -> bool:
    """Whether the matrix form says more than the entry: something else than a number or a slope for each entry."""
    return part.matrix is not None and bool(part.wrt_indices) and not part.diagonal and bool(part.of_indices)


def _as_matrix(part: Factor) -> Inline:
    if part.matrix is None or not part.wrt_indices:
        return ()
    how = f", {part.acts_by}" if part.acts_by and part.of_indices else ""
    return (Math(part.matrix), Words(how)) if how else (Math(part.matrix),)


def _zeros(factors: tuple[Factor, ...]) -> Inline:
    """What the diagonal factors leave unsaid: ``Entries not listed are zero: each z_ij depends on y_ij alone.``"""
    diagonal = [part for part in factors if part.diagonal and part.of_indices]
    out: list[Piece] = []
    for part in diagonal[:_MOST_NAMED]:
        name, other = Symbol(part.of), Symbol(part.wrt)
        out += [
            Words(", " if out else "Other entries are zero: each "),
            Math(Entry(name, part.of_indices)),
            Words(" on " if len(out) else " depends on "),
            Math(Entry(other, part.wrt_indices) if part.wrt_indices else other),
        ]
    if len(diagonal) > _MOST_NAMED:
        out.append(Words(", and so on"))
    return (*out, Words(" alone.")) if out else ()


# --- rules line by line -------------------------------------------------------------------------------


def _steps(part: Factor) -> Iterator[Block]:
    if not part.steps:
        return
    title = Math(Partial(Symbol(part.of), (Symbol(part.wrt),), _is_total(part.label)))
    lines = tuple(line for step in part.steps for line in _lines(step, part, 0))
    yield Steps((title, Words(", rule by rule:")), lines)


def _is_total(label: Term) -> bool:
    return isinstance(label, Partial) and label.total


def _lines(step: Step, part: Factor, depth: int) -> Iterator[StepLine]:
    variable = (Symbol(part.wrt),)
    left: Term = Partial(step.before, variable, _is_total(part.label))
    right = step.after
    if isinstance(right, Partial) and right.of == step.before:
        # An operation that moves or folds entries: its derivative is said entry by entry.
        left, right = part.label, part.entry
    yield StepLine(depth, step.rule, left, right, step.why)
    if depth < _DEEPEST:
        for inner in step.steps:
            yield from _lines(inner, part, depth + 1)
