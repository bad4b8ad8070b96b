"""What becomes of products and sweeps: their numbers, where these have holes, verdicts, and the modes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product as places_of

from chainrule.calculus.forward import forward
from chainrule.calculus.reverse import reverse
from chainrule.claim import Claim
from chainrule.derivation.data import Carried, Check, Modes, Product, Quantity, Seed, SweepRow, Trouble
from chainrule.derivation.numbers import Numbers, numbers
from chainrule.derivation.products import products
from chainrule.derivation.sweeps import Sweeps, named_bars, named_dots, rows
from chainrule.derivation.troubles import MOST, reason
from chainrule.graph import operand_ids
from chainrule.laws import LAWS
from chainrule.numeric.evaluate import evaluate
from chainrule.numeric.floats import Floats
from chainrule.numeric.tensors import Tensor
from chainrule.proof import Prover
from chainrule.shapes import Dim, plus, times


@dataclass(frozen=True, slots=True)
class At:
    """The values that products are evaluated at, and how numbers are wanted."""

    values: Mapping[int, Tensor]
    lengths: Mapping[str, int]
    output: Quantity | None
    exact: bool
    symbolic: bool
    kinked: bool
    """Whether no slope is taken at the kinks that the values sit on."""


def finished(
    made: Sweeps, mode: str, at: At | None, prover: Prover | None
) -> tuple[tuple[Product, ...], Modes]:
    """The products that were asked for, and the table of what the sweeps carry.

    at: the values; None where an input has none.
    """
    table = rows(made)
    parts = products(made)
    known = None if at is None else _numbers(made, at, [*_nodes(parts), *_nodes_of_rows(table)])
    of_seeds = _of_data(made) if known is None else known
    parts = tuple(replace(part, seeds=_valued(part.seeds, of_seeds)) for part in parts)
    done = tuple(_finished(made, part, at, known, prover) for part in parts)
    return done, _modes(made, mode, _with_values(made, table, done, known), of_seeds, prover)


def _finished(
    made: Sweeps, part: Product, at: At | None, known: Numbers | None, prover: Prover | None
) -> Product:
    """A product with its value, its troubles and its verdict."""
    value = None if known is None else known.quantity(part.node)
    undefined: tuple[Trouble, ...] = ()
    if value is not None and at is not None:
        value, undefined = _masked(made, part, value, at)
    return replace(part, value=value, undefined=undefined, check=_check(made, part, prover))


def _check(made: Sweeps, part: Product, prover: Prover | None) -> Check | None:
    if prover is None:
        return None
    return _verdict(prover, _claim(made, part.kind, [(part.wrt[0], part.node)]))


def _claim(made: Sweeps, kind: str, nodes: Sequence[tuple[str, int]]) -> Claim:
    """That a tangent, or adjoints of inputs, are the derivative of the output along free seeds."""
    study = made.study
    of = study.nodes[study.output]
    inputs = [part.node for part in study.pipeline.inputs]
    if kind == "tangent":
        along = tuple((study.nodes[seed.of], seed.node) for seed in made.tangents)
        given = dict.fromkeys((*inputs, *(node for pair in along for node in pair)))
        return Claim(of, along, tuple(given), tangent=nodes[0][1])
    assert made.cotangent is not None
    return _pulled_claim(made, nodes, made.cotangent.node)


def _pulled_claim(made: Sweeps, nodes: Sequence[tuple[str, int]], seed: int | None) -> Claim:
    """That nodes are the adjoints of names for the free cotangent ``seed`` of the output, or for all."""
    study = made.study
    parts = tuple((study.nodes[name], node) for name, node in nodes)
    inputs = (part.node for part in study.pipeline.inputs)
    seeds = () if seed is None else (seed,)
    given = dict.fromkeys((*inputs, *(source for source, _ in parts), *seeds))
    return Claim(study.nodes[study.output], parts, tuple(given), cotangent=seed)


def _verdict(prover: Prover, claim: Claim) -> Check:
    found = prover.check(claim)
    return Check(found.ok, found.method, found.max_error)


# --- numbers ----------------------------------------------------------------------------------------------


def _nodes(products: Iterable[Product]) -> list[int]:
    return [node for part in products for node in (part.node, *(seed.node for seed in part.seeds))]


def _nodes_of_rows(table: Iterable[SweepRow]) -> list[int]:
    return [one.node for row in table for one in (row.tangent, row.adjoint) if one is not None]


def _numbers(made: Sweeps, at: At, wanted: Sequence[int]) -> Numbers:
    """The values of those nodes whose seeds have values, and of all names."""
    graph = made.study.pipeline.graph
    values = {**at.values, **made.values}
    open_nodes = {
        n for n in (*made.free.values(), *(s.node for s in made.seeds if s.term is None)) if n not in values
    }
    below: set[int] = set(open_nodes)
    for number in range(min(open_nodes, default=len(graph)), len(graph)):
        if number not in values and any(operand in below for operand in operand_ids(graph[number])):
            below.add(number)
    names = made.study.nodes.values()
    todo = [n for n in (*names, *wanted) if n not in below]
    return numbers(graph, todo, values, at.lengths, exact=at.exact, symbolic=at.symbolic)


def _of_data(made: Sweeps) -> Numbers:
    """The numbers of directions that are data, where nothing else has one."""
    words = {one.name for one in made.said.tangents} | ({made.study.output} if made.said.cotangent else set())
    said = [seed.node for seed in made.seeds if seed.of in words and seed.node in made.values]
    graph = made.study.pipeline.graph
    return numbers(graph, said, {n: made.values[n] for n in said}, {}, exact=True, symbolic=False)


def _valued(seeds: Iterable[Seed], known: Numbers) -> tuple[Seed, ...]:
    return tuple(replace(seed, value=known.quantity(seed.node)) for seed in seeds)


def _masked(made: Sweeps, part: Product, value: Quantity, at: At) -> tuple[Quantity, tuple[Trouble, ...]]:
    """The value with null where what is differentiated is undefined, or no slope is taken; and why."""
    assert at.output is not None
    study = made.study
    holes = [entry is None for entry in at.output.floats]
    if part.kind == "cotangent":
        seed = part.seeds[0].value
        weights = holes if seed is None else seed.floats
        missing = any(hole and weight != 0 for hole, weight in zip(holes, weights, strict=True))
        holes = [missing] * len(value.floats)
    kinked = _kinked(made, part, at) if at.kinked else [False] * len(holes)
    floats = tuple(
        None if hole or kink else entry for entry, hole, kink in zip(value.floats, holes, kinked, strict=True)
    )
    if None not in floats:
        return value, ()
    values = {**at.values, **made.values}
    output = study.nodes[study.output]
    told: dict[str, Trouble] = {}
    for place, entry, hole in zip(places_of(*map(range, value.shape)), floats, holes, strict=True):
        if entry is not None or len(told) >= MOST:
            continue
        number, where = (output, _first_hole(at.output)) if hole else (part.node, place)
        why = reason(study, number, where, values, at.lengths, None if hole else part.symbol.name)
        if why is not None:
            told.setdefault(why.sentence, why)
    return replace(value, floats=floats, exact=None), tuple(told.values())


def _first_hole(value: Quantity) -> tuple[int, ...]:
    return next(
        place
        for place, entry in zip(places_of(*map(range, value.shape)), value.floats, strict=True)
        if entry is None
    )


def _kinked(made: Sweeps, part: Product, at: At) -> list[bool]:
    """Whether the slopes to the left and to the right of a kink give different entries."""
    study = made.study
    graph, output = study.pipeline.graph, study.nodes[study.output]
    sides = []
    for side in ("left", "right"):
        if part.kind == "tangent":
            seeds = {study.nodes[seed.of]: seed.node for seed in made.tangents}
            dots = named_dots(made)
            node = forward(graph, output, seeds, barrier=dots, convention=side).get(output, part.node)
        else:
            source = study.nodes[part.wrt[0]]
            seed = part.seeds[0].node
            bars = named_bars(made)
            found = reverse(graph, output, [source], seed=seed, barrier=bars, convention=side)
            node = found.get(source, part.node)
        values = evaluate(graph, [node], {**at.values, **made.values}, at.lengths, Floats(LAWS))
        sides.append(values[node].entries)
    return [left != right for left, right in zip(*sides, strict=True)]


# --- the table of both modes ------------------------------------------------------------------------------


def _modes(
    made: Sweeps, mode: str, table: tuple[SweepRow, ...], known: Numbers, prover: Prover | None
) -> Modes:
    study = made.study
    counts = [row.multiplications for row in table if row.name in study.statements]
    whole = None if None in counts else plus([0, *(count for count in counts if count is not None)])
    cotangents = () if made.cotangent is None else (made.cotangent,)
    return Modes(
        mode=mode,
        rows=table,
        tangents=_valued(made.tangents, known),
        cotangents=_valued(cotangents, known),
        wrt=study.wrt,
        multiplications=whole,
        forward_sweeps=_entries(made, study.wrt),
        reverse_sweeps=_entries(made, (study.output,)),
        agree=None if prover is None or (made.said and mode != "both") else _agreement(made, prover),
    )


def _entries(made: Sweeps, names: Iterable[str]) -> Dim:
    """How many entries tensors have together."""
    return plus([0, *(times(made.study.shape(name)) for name in names)])


def _with_values(
    made: Sweeps, table: Iterable[SweepRow], products: Iterable[Product], known: Numbers | None
) -> tuple[SweepRow, ...]:
    """The rows with their numbers; a product's own number is the one that was looked at for holes."""
    if known is None:
        return tuple(table)
    whole = {part.node: part.value for part in products}

    def valued(one: Carried | None) -> Carried | None:
        if one is None:
            return None
        return replace(one, value=whole[one.node] if one.node in whole else known.quantity(one.node))

    return tuple(
        replace(
            row,
            value=known.quantity(made.study.nodes[row.name]),
            tangent=valued(row.tangent),
            adjoint=valued(row.adjoint),
        )
        for row in table
    )


def _agreement(made: Sweeps, prover: Prover) -> Check | None:
    """The worse verdict on the two sweeps, each along free seeds."""
    study = made.study
    verdicts = []
    node = made.pushed.get(study.nodes[study.output])
    if node is not None:
        verdicts.append(_verdict(prover, _claim(made, "tangent", [("", node)])))
    verdicts += [_verdict(prover, claim) for claim in _back(made)]
    if not verdicts:
        return None
    return min(
        verdicts, key=lambda check: (check.ok is not False, check.ok is not None, -(check.max_error or 0))
    )


def _back(made: Sweeps) -> list[Claim]:
    """That reverse accumulation gives the derivative: one sweep of it, or what closed forms are read off."""
    study = made.study
    if made.cotangent is None:
        adjoints, seed = study.adjoints, None
    else:
        adjoints, seed = made.pulled, made.cotangent.node
    pairs = [(name, adjoints[study.nodes[name]]) for name in study.wrt if study.nodes[name] in adjoints]
    if any(name in study.statements for name, _ in pairs):
        # What an input does through an intermediate belongs to the input's derivative: one at a time.
        return [_pulled_claim(made, [pair], seed) for pair in pairs]
    return [_pulled_claim(made, pairs, seed)] if pairs else []
