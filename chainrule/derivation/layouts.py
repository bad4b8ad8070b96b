"""The textbook layouts: a chain of Jacobian matrices in the order of the layout, and how it differs.

In the numerator layout ∂y/∂x has a row for each entry of y and a column for each of x, and the chain rule
multiplies from the output on: ∂z/∂x = ∂z/∂y ∂y/∂x. The denominator layout transposes every factor, so the
product is reversed: ∂z/∂x = ∂y/∂x ∂z/∂y. In program text a row and a column are both a vector.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import pairwise

from chainrule.calculus.closed_form import closed_form
from chainrule.calculus.listing import is_listed
from chainrule.calculus.naming import Naming
from chainrule.calculus.numbered import goes_by_list
from chainrule.derivation.data import Factor, Gradient, Line
from chainrule.derivation.study import Study
from chainrule.notation.text import text
from chainrule.shapes import Shape, show
from chainrule.terms import ONE, Apply, Partial, Symbol, Term

MAX_PATHS = 4
MAX_CHAIN = 8
_MAX_WIDTH = 160
_MAX_SPELLED = 90

Edges = Mapping[tuple[str, str], Factor]


@dataclass(frozen=True, slots=True)
class _Jacobian:
    """A local derivative as a matrix: ``rows`` and ``columns`` tell which of its sides has many entries."""

    name: Term
    form: Term
    rows: bool
    columns: bool


def laid_out(study: Study, part: Gradient, factors: Edges) -> Gradient:
    """A first-order gradient with its lines in a textbook layout, and a sentence on how that differs.

    In the gradient layout there are such lines where entries are listed: they are read as matrices.
    """
    if part.order > 1:
        return part
    if part.layout == "gradient":
        edges = [factors.get((of, wrt)) for path in part.paths for wrt, of in pairwise(path)]
        listed = any(edge is not None and edge.listed is not None for edge in edges)
        multiplied = any(len(path) > 2 for path in part.paths)
        return replace(part, layout_lines=_lines(study, part, factors)) if listed and multiplied else part
    lines = _lines(study, part, factors)
    return replace(part, layout_lines=lines, layout_note=_note(study, part, bool(lines)))


# --- lines -----------------------------------------------------------------------------------------------


def _lines(study: Study, part: Gradient, factors: Edges) -> tuple[Line, ...]:
    """The chain, the Jacobian matrices in its place, and the product; none where a factor is no matrix."""
    paths = part.paths
    names = {name for path in paths for name in path}
    if not 0 < part.path_count <= MAX_PATHS or len(paths) < part.path_count:
        return ()
    if any(len(study.shape(name)) > 1 for name in names) or max(map(len, paths)) > MAX_CHAIN:
        return ()
    naming = Naming(study.pipeline.graph, study.atoms)
    layout = part.layout
    if layout == "gradient":
        upright = bool(study.shape(part.of)) or not study.shape(part.wrt[0])
        layout = "numerator" if upright else "denominator"
    chains = [_chain(study, path, factors, layout, naming) for path in paths]
    if part.layout != layout == "denominator":
        chains = [[replace(one, name=_turned(one)) for one in chain] for chain in chains]
    if not all(chains):
        return ()
    labels = [_product_of([jacobian.name for jacobian in chain]) for chain in chains]
    products = [_multiplied(chain) for chain in chains]
    lines = [Line(_sum_of(labels), f"the chain rule in {part.layout} layout")]
    if any(product is None for product in products):
        return ()
    whole = _sum_of([product for product in products if product is not None])
    if len(text(whole)) > _MAX_WIDTH:
        return ()
    if whole != lines[0].term:
        lines.append(Line(whole, "each factor as derived above"))
    spelled = _rows_times_columns(whole) if study.detailed else None
    if spelled is not None and len(text(spelled)) <= _MAX_SPELLED:
        lines.append(Line(spelled, "rows times columns"))
    results = _results(part) if part.layout == "gradient" else [_result(study, part, naming)]
    whys = iter(("multiplied and simplified", "with the names written out"))
    for result in results:
        told = result is not None and (is_listed(result) or not goes_by_list(result))
        if result is not None and told and text(result) != text(lines[-1].term):
            lines.append(Line(result, next(whys)))
    return tuple(lines)


def _chain(study: Study, path: Sequence[str], factors: Edges, layout: str, naming: Naming) -> list[_Jacobian]:
    """The Jacobian matrices of a path in the order of the layout."""
    out = []
    for wrt, of in pairwise(path):
        factor = factors.get((of, wrt))
        form = None if factor is None else _form(study, factor, layout, naming)
        if factor is None or form is None:
            return []
        total = isinstance(factor.label, Partial) and factor.label.total
        sides = bool(study.shape(of)), bool(study.shape(wrt))
        rows, columns = sides if layout == "numerator" else sides[::-1]
        out.append(_Jacobian(Partial(Symbol(of), (Symbol(wrt),), total), form, rows, columns))
    return out[::-1] if layout == "numerator" else out


def _turned(jacobian: _Jacobian) -> Term:
    """The name of a transposed Jacobian matrix, where the layout does not transpose by itself."""
    if jacobian.rows and jacobian.columns:
        return Apply("transpose", (jacobian.name,))
    return jacobian.name


def _form(study: Study, factor: Factor, layout: str, naming: Naming) -> Term | None:
    """A factor as a matrix, a vector or a number."""
    graph, node = study.pipeline.graph, factor.jacobian
    shape = graph.shape(node)
    if not shape:
        return factor.entry
    if len(shape) == 2 and layout == "denominator":
        node = graph.transposed(node, (1, 0))
    return closed_form(graph, node, naming)


def _multiplied(chain: Sequence[_Jacobian]) -> Term | None:
    """The matrix product; where two factors meet in a scalar, a column times a row is an outer product."""
    segments: list[list[_Jacobian]] = [[]]
    for jacobian in chain:
        segments[-1].append(jacobian)
        if not jacobian.columns:
            segments.append([])
    vectors = [segment for segment in segments if segment and (segment[0].rows or segment[-1].columns)]
    numbers = [_chained(segment) for segment in segments if segment and segment not in vectors]
    factors = [number for number in numbers if number != ONE]
    match vectors:
        case [only]:
            # A vector that begins the product is a row there.
            factors.append(_chained(only, begins_with_row=not only[0].rows))
        case [column, row]:
            factors.append(Apply("outer", (_chained(column), _chained(row))))
        case [_, *_]:
            return None
    return _product_of(factors) if factors else ONE


def _chained(segment: Sequence[_Jacobian], begins_with_row: bool = False) -> Term:
    first, *others = (jacobian.form for jacobian in segment)
    start = Apply("transpose", (first,)) if begins_with_row else first
    return reduce(lambda left, right: Apply("matmul", (left, right)), others, start)


def _rows_times_columns(product: Term) -> Term | None:
    """The product of two lists of entries with every entry as a sum of products, zeros and all; or None."""
    if not isinstance(product, Apply) or product.op != "matmul":
        return None
    left, right = product.args
    if not (is_listed(left) and is_listed(right)):
        return None
    if not is_listed(left.children[0]):
        return _dotted(left.children, right.children)
    rows: list[Term] = []
    for row in left.children:
        if is_listed(right.children[0]):
            columns = zip(*(part.children for part in right.children), strict=True)
            rows.append(Apply("stack", tuple(_dotted(row.children, column) for column in columns)))
        else:
            rows.append(_dotted(row.children, right.children))
    return Apply("stack", tuple(rows))


def _dotted(row: Sequence[Term], column: Sequence[Term]) -> Term:
    return _sum_of([Apply("mul", pair) for pair in zip(row, column, strict=True)])


def _product_of(parts: Sequence[Term]) -> Term:
    return parts[0] if len(parts) == 1 else Apply("mul", tuple(parts))


def _sum_of(parts: Sequence[Term]) -> Term:
    return parts[0] if len(parts) == 1 else Apply("add", tuple(parts))


def _results(part: Gradient) -> Sequence[Term | None]:
    """The derivative through named intermediates, and in inputs where that stays short."""
    if not part.shape:
        return [line.term for line in part.lines[1:]][-2:]
    return [part.closed_form_named, part.closed_form]


def _result(study: Study, part: Gradient, naming: Naming) -> Term | None:
    """The whole derivative, a vector for a row or a column."""
    graph, node = study.pipeline.graph, part.jacobian
    if len(graph.shape(node)) == 2 and part.layout == "denominator":
        node = graph.transposed(node, (1, 0))
    found = closed_form(graph, node, naming)
    return Apply("transpose", (found,)) if found is not None and _is_row(study, part) else found


def _is_row(study: Study, part: Gradient) -> bool:
    ranks = len(study.shape(part.of)), len(study.shape(part.wrt[0]))
    return ranks == ((0, 1) if part.layout == "numerator" else (1, 0))


# --- sentences -------------------------------------------------------------------------------------------


def _note(study: Study, part: Gradient, multiplied: bool) -> str:
    """What the layout makes of the shape, how that differs, and in which order one multiplies."""
    title = f"d{part.of}/d{part.wrt[0]}"
    of, into = study.shape(part.of), study.shape(part.wrt[0])
    told = f"{part.layout} layout: {_told_shape(part, title, of, into)}"
    if multiplied and max(map(len, part.paths)) > 2:
        numerator = part.layout == "numerator"
        direction = "from the output to the input" if numerator else "from the input to the output"
        side = "row" if numerator else "column"
        told += (
            f"; every factor has a {side} for each entry of what is derived, so the product runs {direction}"
        )
    elif not multiplied and part.path_count and max(map(len, part.paths), default=0) > 2:
        told += "; a factor on the way has more than two axes, so the chain stays in index notation"
    return told


def _told_shape(part: Gradient, title: str, of: Shape, into: Shape) -> str:
    layout, name, wrt = part.layout, part.of, part.wrt[0]
    numerator = layout == "numerator"
    other = "denominator" if numerator else "numerator"
    if len(of) + len(into) > 2:
        axes = len(of) + len(into)
        return f"{title} has {axes} axes, for which it has no place, so it is as in the gradient layout"
    match (len(of), len(into)):
        case (0, 0):
            return f"{title} is a number, the same in every layout"
        case (0, 1) | (1, 0):
            row = (len(into) == 1) == numerator
            sides = f"1×{_length(of + into)}" if row else f"{_length(of + into)}×1"
            same = "as in the gradient layout" if not row else "the transpose of the gradient layout's"
            end = f"; in the {other} layout it is a {'column' if row else 'row'}"
            return f"{title} is a {'row' if row else 'column'}, {sides}, {same}{end}"
        case (1, 1):
            rows, columns = (name, wrt) if numerator else (wrt, name)
            same = "as in the gradient layout" if numerator else "the transpose of the gradient layout's"
            sides = f"{_length(of if numerator else into)}×{_length(into if numerator else of)}"
            return f"{title} has the rows of {rows} and the columns of {columns}, {sides}, {same}"
    turned = (len(into) == 2) == numerator
    same = "the transpose of the gradient layout's" if turned else "as in the gradient layout"
    return f"{title} has the shape {show(part.shape)}, {same}; in the {other} layout it is transposed"


def _length(shape: Shape) -> str:
    return str(shape[0])
