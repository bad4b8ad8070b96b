"""One sweep forward and one back: seeds, what is carried for every name, and what the rules multiply."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from chainrule import budget
from chainrule.algebra import is_scalar_coefficient
from chainrule.calculus.forward import forward
from chainrule.calculus.index_form import index_form
from chainrule.calculus.inlining import NoForm
from chainrule.calculus.multiplications import multiplications
from chainrule.calculus.naming import Naming
from chainrule.calculus.reverse import reverse
from chainrule.derivation.data import Carried, Seed, SweepRow
from chainrule.derivation.directions import Direction, Names, Said, fitted, made
from chainrule.derivation.factors import scalar_term
from chainrule.derivation.gradients import found_form
from chainrule.derivation.study import Study
from chainrule.derivation.values import Given
from chainrule.diagnostics import fail
from chainrule.numeric.tensors import Tensor
from chainrule.shapes import Dim, Shape, bind, entries, show
from chainrule.source import Source, Span
from chainrule.terms import Apply, Entry, Symbol, Term, rewrite, walk


@dataclass
class Sweeps:
    """Both sweeps of one study.

    tangents and cotangent: the seeds. values: those of seeds and of new names that have one, by node.
    pushed and pulled: the tangent and the adjoint of every node that has one. free: the new names' nodes.
    """

    study: Study
    said: Said
    names: Names
    tangents: tuple[Seed, ...] = ()
    cotangent: Seed | None = None
    values: dict[int, Tensor] = field(default_factory=dict)
    free: dict[str, int] = field(default_factory=dict)
    pushed: dict[int, int] = field(default_factory=dict)
    pulled: dict[int, int] = field(default_factory=dict)

    @property
    def seeds(self) -> tuple[Seed, ...]:
        """Every seed."""
        return (*self.tangents, *([self.cotangent] if self.cotangent is not None else []))

    @property
    def seed_atoms(self) -> dict[int, Term]:
        """Seeds and new names as atoms of formulas."""
        named = {number: Symbol(name) for name, number in self.free.items()}
        return {**named, **{seed.node: seed.symbol for seed in self.seeds}}

    @property
    def open_atoms(self) -> dict[int, Term]:
        """Like :attr:`seed_atoms`, without seeds that are expressions: those are written out."""
        written = {seed.node for seed in self.seeds if seed.term is not None}
        return {number: name for number, name in self.seed_atoms.items() if number not in written}


def sweeps(study: Study, said: Said, mode: str, given: Given, lengths: dict[str, int]) -> Sweeps:
    """The sweeps that were asked for; ``lengths`` learns the lengths that directions fix.

    A sweep along no direction in particular starts from an open one; where numbers are wanted, it is the
    first of the many that the whole derivative takes: one entry moves.

    Raises:
        ChainRuleError: ``shape``, where a direction does not have the shape of its name.
    """
    taken = {*study.nodes, *study.pipeline.lengths, *study.pipeline.functions, *said.fresh}
    out = Sweeps(study, said, Names(taken))
    _fit(study, said, given, lengths)
    open_tangents = not said.tangents and mode in ("forward", "both")
    for place, one in enumerate(map(_open, study.wrt) if open_tangents else said.tangents):
        start = place == 0 if open_tangents else None
        name = str(one.name)
        out.tangents = (*out.tangents, _seed(out, one, name, out.names.dot(name), start, lengths))
    if said.cotangent is not None or mode == "both":
        weights, start = (_open(None), True) if said.cotangent is None else (said.cotangent, None)
        out.cotangent = _seed(out, weights, study.output, out.names.bar(study.output), start, lengths)
    for name, number in out.free.items():
        if name in given.tensors:
            out.values[number] = _fitting(study, name, number, given, lengths)
    _sweep(out)
    return out


def _open(name: str | None) -> Direction:
    return Direction(name, None, None, Source(""), Span(0, 0), Span(0, 0))


def _fit(study: Study, said: Said, given: Given, lengths: dict[str, int]) -> None:
    """Directions that are data, and values of new names, must have the shape of what they move."""
    every = [(one, str(one.name)) for one in said.tangents]
    if said.cotangent is not None:
        every.append((said.cotangent, study.output))
    for one, of in every:
        fitted(study.pipeline, one, of, lengths)


def _fitting(study: Study, name: str, number: int, given: Given, lengths: Mapping[str, int]) -> Tensor:
    """The value of a new name, which must have the shape that the name has by its use."""
    tensor = given.tensors[name]
    shape = bind(study.pipeline.graph.shape(number), lengths)
    if shape != tensor.shape:
        fail(
            "shape",
            f"{name} has shape {show(shape)}, and its value has shape {show(tensor.shape)}",
            *given.labels(name, show(tensor.shape)),
        )
    return tensor


def _seed(
    out: Sweeps, one: Direction, of: str, name: str, start: bool | None, lengths: Mapping[str, int]
) -> Seed:
    """A seed; where nobody said it, ``start`` tells whether it is the one that moves, in its first entry."""
    study = out.study
    found = made(study.pipeline, one, of, name, out.free)
    out.free.update(found.free)
    shape = study.shape(of)
    concrete = bind(shape, lengths)
    if found.tensor is not None:
        out.values[found.node] = found.tensor
    elif start is not None and all(isinstance(dim, int) for dim in concrete):
        out.values[found.node] = _unit(concrete, start)
    unit = tuple(0 for _ in shape) if start else None
    return Seed(of, found.symbol, found.node, shape, found.term, unit, None)


def _unit(shape: Shape, first: bool) -> Tensor:
    """1 in the first entry (if this is the first input), else 0."""
    sizes = [int(dim) for dim in shape]
    return Tensor([int(first and k == 0) for k in range(entries(sizes))], tuple(sizes))


def named_bars(out: Sweeps) -> Callable[[int], str | None]:
    """The name under which the adjoint of each node becomes an atom."""
    study = out.study

    def bar(number: int) -> str | None:
        name = study.names.get(number)
        return out.names.bar(name) if name in study.moving else None

    return bar


def named_dots(out: Sweeps) -> Callable[[int], str | None]:
    """The name under which the tangent of each node becomes an atom."""
    statements = {part.node: part.name for part in out.study.pipeline.statements}
    return lambda number: out.names.dot(statements[number]) if number in statements else None


def _sweep(out: Sweeps) -> None:
    """Accumulate tangents and adjoints, each under its name."""
    study = out.study
    graph, output = study.pipeline.graph, study.nodes[study.output]
    if out.tangents:
        seeds = {study.nodes[seed.of]: seed.node for seed in out.tangents}
        out.pushed = forward(graph, output, seeds, barrier=named_dots(out), convention=study.convention)
    if out.cotangent is not None:
        sources = [study.nodes[name] for name in study.wrt]
        seed = out.cotangent.node
        out.pulled = reverse(
            graph, output, sources, seed=seed, barrier=named_bars(out), convention=study.convention
        )


# --- rows --------------------------------------------------------------------------------------------------


def rows(out: Sweeps) -> tuple[SweepRow, ...]:
    """What both sweeps carry for every name on a way from what moves to the output, in order."""
    study = out.study
    dots = {tangent: Symbol(out.names.dot(study.names[n])) for n, tangent in _named(study, out.pushed)}
    bars = {adjoint: Symbol(out.names.bar(study.names[n])) for n, adjoint in _named(study, out.pulled)}
    seeds = {seed.node: seed for seed in out.seeds}
    carriers = frozenset((*dots.values(), *bars.values(), *out.seed_atoms.values()))
    forward_atoms, reverse_atoms = (
        Naming(study.pipeline.graph, {**study.atoms, **own, **out.seed_atoms}) for own in (dots, bars)
    )

    def carried(number: int | None, name: str, atoms: Naming) -> Carried | None:
        if number is None:
            return None
        seed = seeds.get(number)
        if seed is not None:
            return Carried(seed.symbol, number, seed.symbol, seed.term, None)
        return _carried(study, number, Symbol(name), atoms, carriers)

    counts = rule_costs(study)
    return tuple(
        SweepRow(
            name,
            None,
            carried(out.pushed.get(node), out.names.dot(name), forward_atoms),
            carried(out.pulled.get(node), out.names.bar(name), reverse_atoms),
            counts.get(node),
        )
        for name, node in study.nodes.items()
        if name in study.moving
    )


def _named(study: Study, found: Mapping[int, int]) -> list[tuple[int, int]]:
    return [(node, carried) for node, carried in found.items() if node in study.names]


def rule_costs(study: Study) -> dict[int, Dim | None]:
    """The multiplications of the rule of every statement on a way from what moves to the output."""
    statements = [part.node for part in study.pipeline.statements if part.name in study.moving]
    sources = {study.nodes[name] for name in study.wrt}
    return multiplications(study.pipeline.graph, statements, sources)


def _carried(study: Study, number: int, symbol: Symbol, atoms: Naming, carriers: frozenset[Term]) -> Carried:
    """A tangent or adjoint as one statement through its neighbours: a form over tensors, or by entries."""
    budget.check(len(study.pipeline.graph))
    scalar = scalar_term(study, number, atoms.atoms)
    closed = found_form(study, number, atoms, through=True) if scalar is None else scalar
    if closed is not None and not any(isinstance(part, Apply) and part.op == "ones" for part in walk(closed)):
        return Carried(symbol, number, symbol, carried_last(closed, carriers), None)
    try:
        form = index_form(study.pipeline.graph, number, atoms, tidy=True, through=True)
    except NoForm:
        return Carried(symbol, number, symbol, closed or symbol, None)
    label = Entry(symbol, form.free) if form.free else symbol
    return Carried(symbol, number, label, carried_last(form.term, carriers), None)


def _coefficient_first(product: Apply) -> Term | None:
    """(2/m*r)@u as 2/m*(r@u); None where there is no number in front."""
    left, right = product.args
    if not isinstance(left, Apply) or left.op != "mul":
        return None
    numbers = [factor for factor in left.args if is_scalar_coefficient(factor)]
    others = [factor for factor in left.args if not is_scalar_coefficient(factor)]
    if not numbers or not others:
        return None
    rest = others[0] if len(others) == 1 else Apply("mul", tuple(others))
    return Apply("mul", (*numbers, Apply("matmul", (rest, right))))


def carried_last(term: Term, carriers: frozenset[Term]) -> Term:
    """``term`` with what is carried behind the local derivatives in every product of numbers: 6*y*z_bar."""

    def change(part: Term) -> Term | None:
        if isinstance(part, Apply) and part.op == "matmul":
            return _coefficient_first(part)
        if not isinstance(part, Apply) or part.op != "mul":
            return None
        moves = [any(inner in carriers for inner in walk(factor)) for factor in part.args]
        order = sorted(range(len(moves)), key=moves.__getitem__)
        return Apply("mul", tuple(carried_last(part.args[k], carriers) for k in order))

    return rewrite(term, change)
