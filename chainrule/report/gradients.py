"""The gradients: the product before and after simplification, matrix forms, layout, numbers, trouble."""

from __future__ import annotations

from collections.abc import Iterable

from chainrule.calculus.listing import is_listed
from chainrule.calculus.structure import Structure
from chainrule.derivation.data import Derivation, Gradient, Line
from chainrule.document import (
    Block,
    Equations,
    Heading,
    Inline,
    Math,
    Nabla,
    Paragraph,
    Piece,
    Relation,
    Row,
    Space,
    Value,
    Values,
    Words,
)
from chainrule.report.components import component_rows
from chainrule.report.factors import worked_out
from chainrule.report.numbers import quantity
from chainrule.report.paths import path_blocks, two_meanings, unmultiplied
from chainrule.report.statements import shapes
from chainrule.report.view import View
from chainrule.report.working import independent, under, worked_blocks
from chainrule.shapes import Shape
from chainrule.terms import ZERO, Apply, Entry, Partial, Symbol, Term, integer, walk

_MATRIX_WORDS = frozenset(
    (
        "matmul",
        "transpose",
        "outer",
        "kron",
        "inner",
        "dot",
        "trace",
        "diag",
        "diagonal",
        "einsum",
        "sum",
        "inv",
        "det",
        "pad",
        "repeat_interleave",
        "norm",
        "cumsum",
        "stack",
    )
)
_COUNTED = {3: "three", 4: "four", 5: "five", 6: "six"}
_MOST_LINES = 40
_FEW_PATHS = 3


def gradient_blocks(derivation: Derivation, view: View) -> list[Block]:
    """Every gradient in turn, under a heading of its own where there are several."""
    several = len(derivation.gradients) > 1
    blocks: list[Block] = []
    for part in derivation.gradients:
        if several:
            blocks.append(Heading(_title(part, _shape_of(derivation, part.of))))
        blocks += _one(derivation, part, view, several)
    return blocks


def _title(part: Gradient, of: Shape) -> Inline:
    """What a derivative of an output of shape ``of`` is called."""
    wrt: list[Piece] = []
    for name in dict.fromkeys(part.wrt):
        wrt += [Words(" and "), Math(Symbol(name))] if wrt else [Math(Symbol(name))]
    if part.order == 1:
        return (Words("With respect to "), *wrt)
    times = {2: "second", 3: "third"}.get(part.order, f"{part.order}th")
    twice = part.order == 2 and len(set(part.wrt)) == 1 and part.shape and not of
    what = "Hessian" if twice else f"{times} derivative"
    return (Words(f"The {what} with respect to "), *wrt)


def _one(derivation: Derivation, part: Gradient, view: View, several: bool) -> list[Block]:
    blocks: list[Block] = []
    if not part.path_count and part.order == 1 and part.wrt[0] != part.of:
        blocks.append(_unreached(part))
    elif view.detail != "summary":
        blocks += path_blocks(part, several and not view.partial)
        blocks += _sum_of_chains(part)
    if part.working is not None and view.detail == "rules":
        blocks += worked_blocks(part.working)
    rows = _rows(derivation, part, view)
    if not rows and part.closed_form is None and part.index == part.label:
        long = " has no short formula; it is computed and checked all the same."
        blocks.append(Paragraph((Math(part.title), Words(long))))
    if rows:
        blocks.append(Equations(tuple(rows)))
        blocks += two_meanings(part) if view.detail != "summary" else []
    if view.notation in ("component", "all"):
        blocks += component_rows(derivation, part, asked=view.notation == "component")
    if _shares_letters(part):
        blocks.append(Paragraph((Words("All entries whose indices do not agree like this are zero."),)))
    blocks.append(Paragraph((*_layout(derivation, part), *_in_indices(part, view))))
    if part.structure is not None:
        blocks.append(Paragraph(_structure(part, part.structure)))
    if part.layout_note:
        blocks.append(Paragraph((Words(part.layout_note + "."),)))
    if _is_symmetric(derivation, part):
        blocks.append(_symmetry(part))
    blocks += _numbers(derivation, part, view)
    blocks += [Paragraph((Words(trouble.sentence),), "trouble") for trouble in part.undefined]
    return blocks


def _shares_letters(part: Gradient) -> bool:
    """Whether a letter stands twice in the label: ∂y_i/∂x_i, with zeros off the diagonal."""
    if not isinstance(part.label, Partial):
        return False
    sides = [side.indices for side in (part.label.of, *part.label.wrt) if isinstance(side, Entry)]
    letters = [letter for side in sides for letter in side]
    return len(set(letters)) < len(letters)


def _unreached(part: Gradient) -> Paragraph:
    name, of = Math(Symbol(part.wrt[0])), Math(Symbol(part.of))
    return Paragraph((of, Words(" does not depend on "), name, Words(", so the gradient is zero.")))


# --- lines --------------------------------------------------------------------------------------------


def _rows(derivation: Derivation, part: Gradient, view: View) -> list[Row]:
    """From the chain to the result in index notation, then the matrix form."""
    rows: list[Row] = []
    worked = part.working is not None and view.detail == "rules"
    if worked and (_is_listed(part) or not _has_matrix(part)):
        return rows
    # An entry too long to be written is its own name: that says nothing.
    told = not worked and bool(part.lines) and part.lines[-1].term != part.label
    direct = is_listed(part.closed_form) and all(len(path) == 2 for path in part.paths)
    by_matrices = part.layout == "gradient" and (direct or bool(part.layout_lines))
    brief = view.notation == "matrix" and (by_matrices or (view.detail == "summary" and _has_matrix(part)))
    if told and not brief:
        rows += _index_rows(derivation, part, view)
    wanted = view.notation == "all" or (
        view.notation == "matrix" and (part.layout_lines or _has_matrix(part))
    )
    if wanted and not (view.detail == "rules" and _is_read_off(derivation, part)):
        rows += _matrix_rows(derivation, part, (Words("in matrix form"),) if view.detail == "rules" else ())
    return rows


def _is_listed(part: Gradient) -> bool:
    """Whether the lines of a higher order end in the list of its entries."""
    return part.working is not None and is_listed(part.working.value)


def _is_read_off(derivation: Derivation, part: Gradient) -> bool:
    """Whether the lines of the one factor, in differentials or side by side, end in this very matrix form."""
    return (
        part.order == 1
        and part.layout == "gradient"
        and part.path_count == 1
        and any(
            (one.of, one.wrt) == (part.of, part.wrt[0])
            and part.closed_form in (one.read_off if one.differential else None, one.listed)
            for one in derivation.factors
            if one.working is not None
        )
    )


def _index_rows(derivation: Derivation, part: Gradient, view: View) -> list[Row]:
    label: Inline = (Math(part.label),)
    if view.detail == "summary":
        last = part.lines[-1].term if part.lines else part.index
        return [Row(label, (Math(last),))]
    rows = []
    if _is_symmetric(derivation, part):
        return _symmetric_rows(part)
    if part.chain is not None and part.chain != part.label and part.path_count == 1:
        rows.append(Row(label, (unmultiplied(part.chain, True),)))
    lines = list(part.lines) or [Line(part.index, "")]
    if worked_out(derivation, view) and len(derivation.gradients) == 1 and part.chain == part.label:
        lines = lines[1:]
    for place, line in enumerate(_shortened(lines)):
        remark: Inline = (Words(line.why), *under(line.assumes)) if view.detail == "rules" else ()
        chained = place == 0 and part.chain is not None and part.chain != part.label
        rows.append(Row(() if rows else label, (unmultiplied(line.term, chained),), remark))
    return rows


def _sum_of_chains(part: Gradient) -> list[Block]:
    """dz/dt = ∂z/∂x · dx/dt + ∂z/∂y · dy/dt, where the ways are few."""
    if part.chain is None or part.chain == part.label or not 1 < part.path_count <= _FEW_PATHS:
        return []
    if part.layout == "gradient" and part.layout_lines:
        return []  # the lines that follow begin with it
    return [Equations((Row((Math(part.label),), (unmultiplied(part.chain, True),)),))]


def _is_symmetric(derivation: Derivation, part: Gradient) -> bool:
    """Whether a gradient was taken within the symmetric matrices."""
    return part.order == 1 and any(
        one.name == part.wrt[0] and "symmetric" in one.assumptions for one in derivation.inputs
    )


def _symmetric_rows(part: Gradient) -> list[Row]:
    """G with the entries taken as independent, and the gradient as its symmetric part."""
    entry = part.label.wrt[-1] if isinstance(part.label, Partial) else None
    if part.chain is None or not isinstance(entry, Entry) or len(entry.indices) != 2:
        return [Row((Math(part.label),), (Math(part.index),))]
    free = independent(part.wrt[0])
    straight, crossed = Entry(free, entry.indices), Entry(free, entry.indices[::-1])
    half = Apply("div", (Apply("add", (straight, crossed)), integer(2)))
    rows = [Row((Math(straight),), (unmultiplied(part.lines[0].term),))]
    if part.chain != part.label:
        chain = Row(rows[0].left, (unmultiplied(part.chain, True),))
        rows = [chain, Row((), rows[0].right)]
    return [
        *rows,
        Row((Math(part.label),), (Math(half),)),
        *(Row((), (Math(line.term),)) for line in part.lines[1:]),
    ]


def _symmetry(part: Gradient) -> Paragraph:
    name, free = Math(Symbol(part.wrt[0])), independent(part.wrt[0]).name
    text = (
        f" is symmetric, so the gradient is taken within the symmetric matrices: ({free} + {free}ᵀ)/2. "
        "The other convention in use takes the entries on and above the diagonal as the variables: "
        f"{free} + {free}ᵀ − diag {free}."
    )
    return Paragraph((name, Words(text)))


def _shortened(lines: list[Line]) -> Iterable[Line]:
    return lines if len(lines) <= _MOST_LINES else [*lines[: _MOST_LINES - 1], lines[-1]]


def _has(term: Term, op: str) -> bool:
    return any(isinstance(inner, Apply) and inner.op == op for inner in walk(term))


def _has_matrix(part: Gradient) -> bool:
    """Whether the closed form is more than the entries' formula without its indices."""
    forms = (part.closed_form, part.closed_form_named)
    # Unit vectors along three axes and more are harder to read than deltas.
    by_index = _has(part.index, "one_hot") or len(part.shape) > 2
    words = _MATRIX_WORDS | (set() if by_index else {"one_hot"})
    return any(
        isinstance(inner, Apply) and inner.op in words
        for form in forms
        if form is not None
        for inner in walk(form)
    )


def _matrix_rows(derivation: Derivation, part: Gradient, remark: Inline) -> list[Row]:
    """``∇_w loss = (2/n) Xᵀ r = (2/n) Xᵀ(X w − t)``."""
    if part.layout_lines:
        return _layout_rows(derivation, part, bool(remark))
    named, full = part.closed_form_named, part.closed_form
    forms = [form for form in (named, full) if form is not None]
    if not forms:
        return []
    right: list[Piece] = [Math(forms[0])]
    if len(forms) > 1 and forms[1] != forms[0]:
        right += [Relation("="), Math(forms[1])]
    return [Row(_matrix_label(derivation, part), tuple(right), remark)]


def _layout_rows(derivation: Derivation, part: Gradient, remarked: bool) -> list[Row]:
    """``∂z/∂x = ∂z/∂y · ∂y/∂x = …``: Jacobian matrices in the order of the layout."""
    rows: list[Row] = []
    for line in part.layout_lines:
        if line.term != part.title:
            shown: Inline = (Math(line.term),) if rows else _side_by_side(line.term)
            remark: Inline = (Words(line.why),) if remarked and rows else ()
            rows.append(Row(() if rows else _matrix_label(derivation, part), shown, remark))
    return rows


def _side_by_side(term: Term) -> Inline:
    """A sum of products, each as its factors before they are multiplied."""
    parts = term.args if isinstance(term, Apply) and term.op == "add" else (term,)
    out: list[Piece] = []
    for part in parts:
        out += [Words(" + "), unmultiplied(part, True)] if out else [unmultiplied(part, True)]
    return tuple(out)


def _matrix_label(derivation: Derivation, part: Gradient) -> Inline:
    """∇ for the gradient of a scalar in the layout that it means, else ∂of/∂wrt."""
    shape = _shape_of(derivation, part.of)
    if part.order == 1 and not shape and part.shape and part.layout == "gradient":
        return (Nabla(Symbol(part.of), Symbol(part.wrt[0])),)
    return (Math(part.title),)


def _shape_of(derivation: Derivation, name: str) -> Shape:
    return shapes(derivation)[name]


# --- layout and numbers -------------------------------------------------------------------------------


def _layout(derivation: Derivation, part: Gradient) -> Inline:
    """The shape of the gradient, and what the layout in use makes of it."""
    title = Math(part.title)
    if not part.shape:
        others = (Words(", as "), Math(Symbol(part.of)), Words(" and "), *_names(part), Words(" are"))
        if part.order == 2 and len(set(part.wrt)) == 2:
            return (title, Words(" is a number, the same in the other order of differentiation."))
        return (title, Words(" is a number"), *(others if part.order == 1 else ()), Words("."))
    of = _shape_of(derivation, part.of)
    if part.layout != "gradient":
        return (title, Relation("∈"), Space(part.shape), Words(f" ({part.layout} layout)"))
    if part.order == 1 and not of:
        tail: Inline = (Words(", the shape of "), *_names(part), Words(" (gradient layout)"))
    else:
        first: Inline = (Words("the shape of "), Math(Symbol(part.of)), Words(", then ")) if of else ()
        tail = (Words(": "), *first, Words("the shape of "), *_names(part), Words(" (gradient layout)"))
    return (title, Relation("∈"), Space(part.shape), *tail)


def _in_indices(part: Gradient, view: View) -> Inline:
    """That there is no matrix form, where one might be looked for."""
    axes = len(part.shape)
    shown = part.closed_form is not None and (axes <= 2 or _has_matrix(part) or not _has(part.index, "delta"))
    if view.notation not in ("matrix", "all") or shown or part.layout_lines:
        return ()
    reached = part.path_count or part.order > 1
    if part.index in (part.label, ZERO) or not reached or not part.shape:
        return ()
    if axes > 2:
        return (
            Words(f"; with {_COUNTED.get(axes, axes)} axes it is no matrix, so it stands in index notation"),
        )
    return (Words("; it has no short matrix form, so it stands in index notation"),)


def _structure(part: Gradient, structure: Structure) -> Inline:
    """What kind of matrix a Jacobian or a Hessian is, and what in the formula makes it so."""
    out: list[Piece] = [Math(part.title), Words(f" is {structure.headline}")]
    out += [Words(": ")] if structure.reason else []
    out += [Words(piece) if isinstance(piece, str) else Math(piece) for piece in structure.reason]
    return (*out, Words("."))


def _names(part: Gradient) -> Inline:
    out: list[Piece] = []
    for name in part.wrt:
        if out:
            out.append(Words(", then of " if part.shape else " and "))
        out.append(Math(Symbol(name)))
    return tuple(out)


def _numbers(derivation: Derivation, part: Gradient, view: View) -> list[Block]:
    """The gradient's value, and beside it the output's."""
    if part.value is None:
        return []
    items = [Value((Math(part.title),), quantity(part.value, view))]
    if part is derivation.gradients[0] and derivation.value is not None and not view.partial:
        items.append(Value((Math(Symbol(derivation.output)),), quantity(derivation.value, view)))
    return [Values(tuple(items))]


def refers_to_adjoints(derivation: Derivation) -> bool:
    """Whether a gradient is written through ∂out/∂(a name), so that these have to be listed."""
    return any(
        isinstance(inner, Partial)
        for part in derivation.gradients
        for term in (part.index, part.closed_form)
        if term is not None
        for inner in walk(term)
    )
