"""Jacobian–vector and vector–Jacobian products, read off a sweep: entry by entry and in matrix form."""

from __future__ import annotations

from collections.abc import Sequence

from chainrule.calculus.index_form import index_form
from chainrule.calculus.inlining import NoForm
from chainrule.derivation.data import Line, Product, Seed
from chainrule.derivation.gradients import SHORT, found_form
from chainrule.derivation.lines import simplified
from chainrule.derivation.sweeps import Sweeps, carried_last
from chainrule.notation.text import text
from chainrule.terms import ZERO, Entry, Symbol, Term

MAX_LINE = 100


def products(made: Sweeps) -> tuple[Product, ...]:
    """The tangent of the output where a direction was said; adjoints of what moves where weights were."""
    study = made.study
    out: list[Product] = []
    if made.said.tangents:
        node = made.pushed.get(study.nodes[study.output])
        name = made.names.dot(study.output)
        wrt = tuple(seed.of for seed in made.tangents)
        out.append(_product(made, "tangent", study.output, wrt, made.tangents, name, node))
    if made.said.cotangent is not None and made.cotangent is not None:
        for name in study.wrt:
            node = made.pulled.get(study.nodes[name])
            seeds = (made.cotangent,)
            out.append(_product(made, "cotangent", name, (name,), seeds, made.names.bar(name), node))
    return tuple(out)


def _product(
    made: Sweeps,
    kind: str,
    of: str,
    wrt: tuple[str, ...],
    seeds: tuple[Seed, ...],
    name: str,
    node: int | None,
) -> Product:
    """The product called ``name``, which has the shape of ``of``; zero where there is no node."""
    study = made.study
    graph = study.pipeline.graph
    if node is None:
        node = graph.constant(ZERO, study.shape(of))
    symbol = Symbol(name)
    through_names = {**study.atoms, **made.seed_atoms}
    in_inputs = {**study.inputs_only, **made.open_atoms}
    carriers = frozenset(made.seed_atoms.values())
    named = _form(made, node, through_names, carriers)
    short = _form(made, node, in_inputs, carriers)
    if short is not None and len(text(short)) > SHORT:
        short = None
    label, index, lines = _lines(made, symbol, node, (through_names, in_inputs))
    return Product(
        kind=kind,
        of=study.output,
        wrt=wrt,
        seeds=seeds,
        symbol=symbol,
        node=node,
        shape=graph.shape(node),
        label=label,
        index=index,
        lines=lines,
        closed_form=short if short is not None else named,
        closed_form_named=named,
        value=None,
        undefined=(),
        check=None,
    )


def _form(made: Sweeps, node: int, atoms: dict[int, Term], carriers: frozenset[Term]) -> Term | None:
    form = found_form(made.study, node, atoms, through=node not in atoms)
    return None if form is None else carried_last(form, carriers)


def _lines(
    made: Sweeps, symbol: Symbol, node: int, atoms: Sequence[dict[int, Term]]
) -> tuple[Term, Term, tuple[Line, ...]]:
    """The product entry by entry: through the names, then with the names written out where that is short."""
    graph = made.study.pipeline.graph
    found: list[Line] = []
    label: Term = symbol
    for own, why in zip(atoms, ("one sweep, rule by rule", "with the names written out"), strict=True):
        try:
            form = index_form(graph, node, own, tidy=True, through=node not in own)
        except NoForm:
            continue
        term = carried_last(simplified(form.term), frozenset(made.seed_atoms.values()))
        if found and (len(text(term)) > MAX_LINE or text(term) == text(found[-1].term)):
            continue
        if not found:
            label = Entry(symbol, form.free) if form.free else symbol
        found.append(Line(term, why))
    return label, found[0].term if found else label, tuple(found)
