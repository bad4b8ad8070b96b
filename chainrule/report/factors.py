"""The local factors: a table of what, because, and how much; and each factor's rules line by line."""

from __future__ import annotations

from chainrule.algebra import mul
from chainrule.derivation.data import Derivation, Factor, Quantity
from chainrule.document import (
    Block,
    Cell,
    Equality,
    Inline,
    Math,
    Paragraph,
    Piece,
    Table,
    Words,
)
from chainrule.report.numbers import brief
from chainrule.report.statements import given
from chainrule.report.view import View
from chainrule.report.working import NO_FORMULA, under, working_blocks
from chainrule.terms import Apply, Entry, Number, Partial, Symbol, substitute

_MOST_NAMED = 3
_HEAD: tuple[Inline, ...] = ((Words("factor"),), (Words("because"),))


def factor_blocks(derivation: Derivation, view: View) -> list[Block]:
    """The table of factors, what it leaves unsaid, and the steps if they were asked for."""
    factors = derivation.factors
    if not factors:
        return []
    by_matrix = view.notation in ("matrix", "all") and any(_has_telling_matrix(part) for part in factors)
    valued = any(part.value is not None for part in factors)
    head: list[Inline] = [*_HEAD]
    if by_matrix:
        head.append((Words("passes back"),))
    if valued:
        values = given(derivation, view)
        head.append((Words("at "), *values) if values else (Words("value"),))
    rows = []
    for part in factors:
        row: list[Cell] = [_equality(part, view), _because(part)]
        if by_matrix:
            row.append(_passed_back(derivation, part))
        if valued:
            row.append(_value(part, view))
        rows.append(tuple(row))
    told = worked_out(derivation, view)
    plain = len(head) == len(_HEAD)
    blocks: list[Block] = [] if told and plain else [Table(tuple(head), tuple(rows))]
    remark = _zeros(factors)
    if remark:
        blocks.append(Paragraph(remark))
    if view.detail == "rules":
        blocks += working_blocks(derivation)
    return blocks


def worked_out(derivation: Derivation, view: View) -> bool:
    """Whether the lines of the one factor there is are shown, so that nothing has to say it again."""
    if view.detail != "rules" or len(derivation.factors) != 1:
        return False
    (part,) = derivation.factors
    return part.working is not None or (part.equation is not None and part.equation.working is not None)


def _equality(part: Factor, view: View) -> Cell:
    """∂z_i/∂y_j = …, or ∂z/∂y = [[…]] where the entries are listed."""
    if part.listed is None or view.notation not in ("matrix", "all"):
        return Equality((Math(part.label),), _formula(part))
    return Equality((Math(Partial(Symbol(part.of), (Symbol(part.wrt),))),), (Math(part.listed),))


def _formula(part: Factor) -> Inline:
    """The entry, or that there is no short one: then the entry is its own name."""
    return (Words(NO_FORMULA),) if part.entry == part.label else (Math(part.entry),)


def _because(part: Factor) -> Inline:
    """The reason, and under which conditions it holds."""
    return (Words(part.reason), *under(part.assumes))


def _value(part: Factor, view: View) -> Inline:
    """The factor's number where it is the same everywhere, else what its entries are."""
    if part.value is None:
        return ()
    if isinstance(part.entry, Number):
        value = part.entry.value
        return brief(Quantity((), (float(value),), (str(value),)), view)
    return brief(part.value, view)


def _has_telling_matrix(part: Factor) -> bool:
    """Whether the matrix form says more than the entry: something else than a slope for each entry."""
    by_slope = part.diagonal and part.acts_by == "elementwise product"
    if part.matrix is None or part.listed is not None:
        return False
    return bool(part.wrt_indices) and bool(part.of_indices) and not by_slope


def _passed_back(derivation: Derivation, part: Factor) -> Inline:
    """What the factor makes of ∂out/∂of on the way back, as a formula over whole tensors."""
    if part.matrix is None or part.listed is not None or not (part.wrt_indices or part.of_indices):
        return ()
    if part.of == derivation.output or derivation.ranks[derivation.output]:
        return (Math(part.matrix), Words(f", {part.acts_by}")) if part.of_indices else (Math(part.matrix),)
    cotangent = Partial(Symbol(derivation.output), (Symbol(part.of),))
    if not part.of_indices:
        return (Math(Apply("mul", (cotangent, part.matrix))),)
    if part.acts_by == "elementwise product" and isinstance(part.entry, Number):
        return (Math(mul(part.entry, cotangent)),)
    match part.acts_by:
        case "elementwise product":
            return (Math(Apply("mul", (cotangent, part.matrix))),)
        case "matrix product from the left":
            return (Math(Apply("matmul", (part.matrix, cotangent))),)
        case "matrix product from the right":
            return (Math(Apply("matmul", (cotangent, part.matrix))),)
    name = (part.acts_by or "").removeprefix("applied to the cotangent ")
    return (Math(substitute(part.matrix, {Symbol(name): cotangent})),)


def _zeros(factors: tuple[Factor, ...]) -> Inline:
    """What diagonal factors leave unsaid: that of y, z_ij uses only y_ij, and all other entries are zero."""
    diagonal = [part for part in factors if part.diagonal and part.of_indices]
    out: list[Piece] = []
    for part in diagonal[:_MOST_NAMED]:
        name, other = Symbol(part.of), Symbol(part.wrt)
        out += [
            Words("; of " if out else "All other entries are zero: of "),
            Math(other),
            Words(", "),
            Math(Entry(name, part.of_indices)),
            Words(" uses only "),
            Math(Entry(other, part.wrt_indices) if part.wrt_indices else other),
        ]
    if len(diagonal) > _MOST_NAMED:
        out.append(Words("; and so on"))
    return (*out, Words(".")) if out else ()
