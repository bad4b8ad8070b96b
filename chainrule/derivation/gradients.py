"""Gradients of the whole program: one reverse sweep, then each result in index and in matrix form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from chainrule import budget
from chainrule.algebra import add, div, mul
from chainrule.calculus.closed_form import find_closed_form
from chainrule.calculus.conditions import with_conditions
from chainrule.calculus.forward import forward
from chainrule.calculus.index_form import index_form, split_deltas
from chainrule.calculus.inlining import NoForm
from chainrule.calculus.listing import is_listed
from chainrule.calculus.naming import Naming
from chainrule.calculus.reverse import identity, reverse
from chainrule.derivation.data import Adjoint, Factor, Gradient
from chainrule.derivation.factors import letters_for, scalar_term
from chainrule.derivation.facts import facts, of_inputs
from chainrule.derivation.lines import chain_lines, simplified
from chainrule.derivation.side_by_side import listed_working_higher
from chainrule.derivation.structures import structure
from chainrule.derivation.study import Study
from chainrule.derivation.worked import worked_higher
from chainrule.graph import Operand
from chainrule.notation.text import text
from chainrule.shapes import Shape, bind, entries
from chainrule.terms import (
    ONE,
    TWO,
    ZERO,
    Apply,
    Entry,
    Index,
    Partial,
    Symbol,
    Term,
    rewrite,
    slot,
)

SHORT = 90
_MANY_STATEMENTS = 60
MOST_CARRIED = 4_000_000


def sweep(study: Study, lengths: Mapping[str, int]) -> None:
    """Differentiate the output: the adjoints of all names on the way, as named nodes.

    Where gradients are accumulated forward, ``study.ahead`` has what that makes of each of them; but not of
    what has so many entries, given the ``lengths``, that their sweeps would carry too much at once.
    """
    moving = {study.nodes[name]: name for name in study.moving if name in study.statements}

    def barrier(number: int) -> str | None:
        name = moving.get(number)
        return None if name is None else f"∂{study.output}/∂{name}"

    study.adjoints = reverse(
        study.pipeline.graph,
        study.nodes[study.output],
        [study.nodes[name] for name in study.wrt],
        barrier=barrier,
        convention=study.convention,
    )
    if study.forward:
        ahead = _pushed_from_inputs(study, lengths)
        study.ahead = {study.adjoints[source]: node for source, node in ahead.items()}


def _pushed_from_inputs(study: Study, lengths: Mapping[str, int]) -> dict[int, int]:
    """∂output/∂name for each name of ``wrt`` that the output depends on, every entry moving by itself."""
    graph, output = study.pipeline.graph, study.nodes[study.output]
    statements = {part.node: part.name for part in study.pipeline.statements}
    out = {}
    largest = max(_size(study, name, lengths) for name in study.moving | {study.output})
    for name in study.wrt:
        source = study.nodes[name]
        if _size(study, name, lengths) * largest > MOST_CARRIED:
            study.too_large.append(name)
            continue

        def barrier(number: int, name: str = name) -> str | None:
            return f"∂{statements[number]}/∂{name}" if number in statements else None

        seeds = {source: identity(graph, source)}
        tangents = forward(graph, output, seeds, barrier=barrier, convention=study.convention)
        for number, tangent in tangents.items():
            if number in statements and number not in (source, output):
                study.pushed[tangent] = Partial(Symbol(statements[number]), (Symbol(name),))
        found = tangents.get(output)
        if found is not None:
            own, rank = len(study.shape(name)), len(graph.shape(found))
            out[source] = graph.transposed(found, (*range(own, rank), *range(own)))
    return out


def _size(study: Study, name: str, lengths: Mapping[str, int]) -> int:
    """The number of entries of a name's tensor, as far as lengths are known."""
    return entries(dim if isinstance(dim, int) else 1 for dim in bind(study.shape(name), lengths))


def adjoint(study: Study, name: str) -> Adjoint:
    """∂output/∂name as one statement, by the adjoints of the statements that use the name."""
    budget.check(len(study.pipeline.graph))
    node = study.adjoints[study.nodes[name]]
    scalar = None if study.shape(study.output) else scalar_term(study, node, study.with_adjoints)
    if scalar is not None:
        return Adjoint(name, node, Partial(Symbol(study.output), (Symbol(name),)), scalar, scalar, None)
    graph = study.pipeline.graph
    expression = found_form(study, node, study.with_adjoints, through=True)
    try:
        form = index_form(graph, node, study.with_adjoints, tidy=True, through=True)
    except NoForm:
        label = gradient_label(study, (name,), letters_for(study, study.output, name))
        return Adjoint(name, node, label, expression, label, None)
    label = gradient_label(study, (name,), form.free)
    return Adjoint(name, node, label, expression, _entries_of_partials(study, form.term), None)


def pushed_part(study: Study, node: int) -> Adjoint:
    """∂y/∂x as one statement, by those of the names that y is computed from."""
    budget.check(len(study.pipeline.graph))
    name = study.pushed[node]
    assert isinstance(name, Partial)
    of = name.of
    assert isinstance(of, Symbol)
    try:
        form = index_form(study.pipeline.graph, node, study.with_adjoints, tidy=True, through=True)
    except NoForm:
        return Adjoint(of.name, node, name, None, name, None)
    label = _entries_of_partials(study, Entry(name, form.free) if form.free else name)
    return Adjoint(of.name, node, label, None, _entries_of_partials(study, form.term), None)


def _entries_of_partials(study: Study, term: Term) -> Term:
    """(∂out/∂y)[i] written as ∂out/∂y[i], and (∂y/∂x)[j, i] as ∂y[i]/∂x[j]: pushed axes come first."""

    def change(part: Term) -> Term | None:
        if not isinstance(part, Entry) or not isinstance(part.base, Partial):
            return None
        inner, (wrt,) = part.base, part.base.wrt
        if part.base not in pushed:
            return Partial(inner.of, (Entry(wrt, part.indices),))
        assert isinstance(wrt, Symbol)
        own = len(study.shape(wrt.name))
        into, of = part.indices[:own], part.indices[own:]
        return Partial(Entry(inner.of, of) if of else inner.of, (Entry(wrt, into) if into else wrt,))

    pushed = frozenset(study.pushed.values())
    return rewrite(term, change)


def gradient(study: Study, name: str, factors: dict[tuple[str, str], Factor], layout: str) -> Gradient:
    """∂output/∂name with the lines that lead to it."""
    graph = study.pipeline.graph
    node = study.adjoints.get(study.nodes[name])
    shape = study.shape(study.output) + study.shape(name)
    if node is None:
        node = graph.constant(ZERO, shape)
    elif study.symmetric(name):
        whole = symmetrised(study, node)
        if node in study.ahead:
            study.ahead[whole] = symmetrised(study, study.ahead[node])
        node = whole
    paths = study.paths.listed(name) if name != study.output else ()
    count = study.paths.count(name) if name != study.output else 0
    return _described(study, (name,), node, layout, paths, count, factors)


def higher(study: Study, first: Gradient, wrt: str, layout: str) -> Gradient:
    """The derivative of a gradient: one more sweep over the graph that the first one made."""
    graph = study.pipeline.graph
    source = study.nodes[wrt]
    found = reverse(graph, first.jacobian, [source], convention=study.convention)
    shape = graph.shape(first.jacobian) + study.shape(wrt)
    node = found.get(source, -1)
    if node < 0:
        node = graph.constant(ZERO, shape)
    elif study.symmetric(wrt):
        node = symmetrised(study, node)
    found_gradient = _described(study, (*first.wrt, wrt), node, layout, (), 0, {})
    if not study.detailed or study.shape(study.output) or not isinstance(found_gradient.label, Partial):
        return found_gradient
    if study.symmetric(wrt):
        return found_gradient  # the symmetric part is taken after the rules
    working = None
    if is_listed(found_gradient.closed_form_named) and isinstance(found_gradient.title, Partial):
        # Names of statements move with the inputs: they are written out before anything is differentiated.
        lower, listed = (found_form(study, k, study.inputs_only) for k in (first.jacobian, node))
        working = listed_working_higher(study, lower, found_gradient.title, listed)
    if working is None:
        working = worked_higher(study, first.jacobian, found_gradient.label, found_gradient.index)
    if working is not None:
        working = with_conditions(working, facts(study, of_inputs(study)))
    return replace(found_gradient, working=working)


def _described(
    study: Study,
    wrt: tuple[str, ...],
    node: int,
    layout: str,
    paths: tuple[tuple[str, ...], ...],
    count: int,
    factors: dict[tuple[str, str], Factor],
) -> Gradient:
    graph = study.pipeline.graph
    budget.check(len(graph))
    label, index, diagonal = _index(study, wrt, node)
    before = dict(study.relied_on)
    study.relied_on.clear()
    named, short = _closed(study, node)
    relied_on = tuple(study.relied_on)
    study.relied_on = {**before, **study.relied_on}
    chain, label, index, lines = chain_lines(study, wrt, label, index, paths, count, factors)
    turned = _laid_out(study, node, wrt, layout)
    if turned != node:
        named, short = _closed(study, turned)
    if node in study.ahead:
        # The two are equal, which is proved for both; the forms of what was pulled back are the shorter ones.
        node = study.ahead[node]
        turned = _laid_out(study, node, wrt, layout)
    title = Partial(Symbol(study.output), tuple(Symbol(name) for name in wrt), label.total)
    return Gradient(
        of=study.output,
        wrt=wrt,
        node=turned,
        jacobian=node,
        shape=graph.shape(turned),
        layout=layout,
        paths=paths,
        path_count=count,
        title=title,
        label=label,
        index=index,
        chain=chain,
        lines=lines,
        closed_form=short if short is not None else named,
        closed_form_named=named,
        value=None,
        undefined=(),
        check=None,
        diagonal=diagonal,
        structure=structure(study, wrt, node, label, index),
        assumes=tuple(_rows_sum_to_one(study, term) for term in relied_on),
    )


def _rows_sum_to_one(study: Study, term: Term) -> Term:
    rank = len(study.shape(term.name)) if isinstance(term, Symbol) else 1
    total = Apply("sum", (term,), (("axis", -1),) if rank > 1 else ())
    return Apply("eq", (total, ONE))


def _index(study: Study, wrt: tuple[str, ...], node: int) -> tuple[Partial, Term, bool]:
    """The gradient's label and entry through named intermediates, and whether other entries are zero.

    Where that is too long, the entry goes through named adjoints; where even that is, it is the label.
    """
    graph = study.pipeline.graph
    ahead = study.ahead.get(node, node)
    for number, atoms, through in ((node, study.atoms, False), (ahead, study.with_adjoints, True)):
        try:
            form = index_form(graph, number, atoms, tidy=True, through=through)
        except NoForm:
            continue
        found = split_deltas(form, len(study.shape(study.output))) if len(wrt) == 1 else None
        if found is not None:
            label = gradient_label(study, wrt, (*found.of, *found.wrt))
            return label, _entries_of_partials(study, _simplified(study, found.slope)), True
        return (
            gradient_label(study, wrt, form.free),
            _entries_of_partials(study, _simplified(study, form.term)),
            False,
        )
    letters = letters_for(study, study.output, *wrt)
    label = gradient_label(study, wrt, letters)
    return label, label, False


def _simplified(study: Study, term: Term) -> Term:
    return simplified(study.away_from_kinks(term))


def _closed(study: Study, node: int) -> tuple[Term | None, Term | None]:
    """The closed form through named intermediates, and the one in inputs where that stays short."""
    named = found_form(study, node, study.atoms)
    if len(study.pipeline.statements) > _MANY_STATEMENTS:
        return named, None
    short = found_form(study, node, study.inputs_only)
    return named, short if short is not None and len(text(short)) <= SHORT else None


def found_form(
    study: Study, node: int, atoms: Mapping[int, Term] | Naming, through: bool = False
) -> Term | None:
    """The closed form of a node; what it relies on is kept for the notes."""
    found = find_closed_form(study.pipeline.graph, node, atoms, through=through)
    if found is None:
        return None
    return study.told(found).term


def gradient_label(study: Study, wrt: Sequence[str], letters: Sequence[Index]) -> Partial:
    """∂output[…]/∂x[…] with the letters dealt out in order."""
    dealt = list(letters)

    def entry(name: str) -> Term:
        count = len(study.shape(name))
        own, dealt[:] = tuple(dealt[:count]), dealt[count:]
        return Entry(Symbol(name), own) if own else Symbol(name)

    of = entry(study.output)
    return Partial(of, tuple(entry(name) for name in wrt), _is_total(study, wrt))


def _is_total(study: Study, wrt: Sequence[str]) -> bool:
    """Whether a derivative prints with an upright d.

    That is where all are scalars and nothing else varies, dz/dx; and where one of several ways leads straight
    from x to z, for then ∂z/∂x is that way alone: dz/dx = ∂z/∂y dy/dx + ∂z/∂x.
    """
    if len(set(wrt)) > 1:
        return False
    if wrt[0] != study.output and study.paths.count(wrt[0]) > 1 and study.paths.is_direct(wrt[0]):
        return True
    inputs = [part.name for part in study.pipeline.inputs if study.paths.count(part.name)]
    varying = [name for name in inputs if name in wrt or not study.constant(name)]
    return set(varying) == set(wrt) and all(not study.shape(name) for name in (study.output, *wrt))


def symmetrised(study: Study, node: int) -> int:
    """(G + Gᵀ)/2 over the last two axes."""
    graph = study.pipeline.graph
    shape = graph.shape(node)
    rank = len(shape)
    straight = tuple(range(rank))
    crossed = (*straight[:-2], rank - 1, rank - 2)
    kernel = mul(div(ONE, TWO), add(slot(0), slot(1)))
    return graph.derived(kernel, (Operand(node, straight), Operand(node, crossed)), shape, rank)


def _laid_out(study: Study, node: int, wrt: tuple[str, ...], layout: str) -> int:
    """The gradient turned as a textbook layout asks, where it is a vector or a matrix."""
    if layout == "gradient" or len(wrt) > 1:
        return node
    graph = study.pipeline.graph
    out, into = len(study.shape(study.output)), len(study.shape(wrt[0]))
    shape = graph.shape(node)
    flips = {"numerator": [(0, 2)], "denominator": [(1, 1), (2, 0)]}[layout]
    if (out, into) in flips:
        return graph.transposed(node, (1, 0))
    if (out, into) == {"numerator": (0, 1), "denominator": (1, 0)}[layout]:
        row: Shape = (1, *shape)
        return graph.indexed(slot(0), (Operand(node, (1,)),), row, 2)
    return node
