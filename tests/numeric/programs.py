"""Programs for these tests, and every arithmetic to run them in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import strategies as st

from chainrule.graph import Graph, Input, Operand, check
from chainrule.language.elaborate import elaborate, kernel, law
from chainrule.language.parser import parse_program
from chainrule.numeric.arithmetic import Arithmetic, Laws
from chainrule.numeric.arrays import Arrays
from chainrule.numeric.evaluate import evaluate, lengths_of
from chainrule.numeric.floats import Floats
from chainrule.numeric.passed import from_python
from chainrule.numeric.precise import Precise
from chainrule.numeric.symbolic import Symbolic
from chainrule.numeric.tensors import Tensor
from chainrule.ops import pointwise
from chainrule.source import Source
from chainrule.terms import ONE, TWO, Term, apply, axis, integer, number, slot


def _law_of(name: str) -> Term:
    op = pointwise(name)
    if op.law is None:
        raise LookupError(name)
    return kernel(op.law, op.signature.parameters)


LAWS = Laws(_law_of, law)


def floating() -> list[Arithmetic[Any]]:
    """The arithmetics that hold every program."""
    return [Floats(LAWS), Precise(30, LAWS), Symbolic(LAWS), Arrays(LAWS)]


def as_array(tensor: Any) -> np.ndarray:
    """A result of any arithmetic as floats; NaN where it is undefined."""
    if isinstance(tensor, np.ndarray):
        return tensor
    floats = Floats()
    entries = [_float(getattr(entry, "value", entry), floats) for entry in tensor.entries]
    return np.array(entries, dtype=float).reshape(tensor.shape)


def _float(entry: Any, floats: Floats) -> float:
    try:
        return float(entry)
    except TypeError:
        return float(floats.loaded(entry))


@dataclass
class Program:
    graph: Graph
    values: dict[int, Tensor]
    nodes: dict[str, int] = field(default_factory=dict)

    def run(self, arithmetic: Arithmetic[Any], *wanted: int | str, **options: Any) -> list[Any]:
        numbers = [self.nodes[w] if isinstance(w, str) else w for w in wanted]
        found = evaluate(
            self.graph, numbers, self.values, lengths_of(self.graph, self.values), arithmetic, **options
        )
        return [found[number] for number in numbers]

    def floats(self, *wanted: int | str) -> list[np.ndarray]:
        return [as_array(tensor) for tensor in self.run(Floats(LAWS), *wanted)]


def program(text: str, **values: Any) -> Program:
    """A program in the language, with values given as Python objects or arrays."""
    tensors = {name: from_python(value) for name, value in values.items()}
    pipeline = elaborate(parse_program(Source(text)), values={n: t.shape for n, t in tensors.items()})
    check(pipeline.graph)
    nodes = pipeline.nodes
    return Program(pipeline.graph, {nodes[name]: tensor for name, tensor in tensors.items()}, nodes)


# --- random programs ---------------------------------------------------------------------------------------

SHAPES: Sequence[tuple[int, ...]] = ((), (4,), (3, 4), (2, 3, 4), (2, 1, 4), (3, 1))
RATIONAL_KERNELS: Sequence[Term] = (
    apply("add", slot(0), apply("neg", slot(1))),
    apply("mul", slot(0), slot(1), number(Fraction(-1, 3))),
    apply("div", slot(0), apply("add", TWO, apply("pow", slot(1), TWO))),
    apply("pow", apply("add", slot(0), ONE), integer(3)),
    apply("where", apply("lt", slot(0), slot(1)), apply("mul", slot(0), slot(0)), apply("neg", slot(1))),
    apply("relu", apply("maximum", slot(0), slot(1))),
    apply("add", slot(0), apply("mul", slot(1), apply("abs", slot(0)))),
)
SMOOTH_KERNELS: Sequence[Term] = (
    apply("sin", apply("mul", slot(0), slot(1))),
    apply("mul", apply("tanh", slot(0)), apply("exp", apply("neg", apply("abs", slot(1))))),
    apply("log", apply("add", ONE, apply("pow", slot(0), TWO))),
    apply("sqrt", apply("add", apply("abs", slot(0)), apply("div", ONE, TWO))),
    apply("sigmoid", slot(0)),
)


@st.composite
def random_programs(draw: st.DrawFn, *, rational: bool, depth: int = 6) -> tuple[Program, list[int]]:
    """A program of elementwise steps, sums over some axes, products, transposes and moves."""
    graph = Graph()
    values: dict[int, Tensor] = {}
    fractions = st.fractions(-2, 2, max_denominator=6)
    for k, shape in enumerate(draw(st.lists(st.sampled_from(SHAPES), min_size=1, max_size=3))):
        count = int(np.prod(shape, dtype=int))
        entries = draw(st.lists(fractions, min_size=count, max_size=count))
        values[graph.add(Input(f"x{k}", shape))] = Tensor(entries, shape)
    made = list(values)
    for step in range(draw(st.integers(1, depth))):
        kind = draw(st.sampled_from(("pointwise", "pointwise", "sum", "turn", "weighted")))
        first = draw(st.sampled_from(made))
        node = _step(draw, graph, kind, first, made, rational)
        if draw(st.booleans()):
            node = graph.named(node, f"v{step}")
        made.append(node)
    check(graph)
    wanted = draw(st.lists(st.sampled_from(made), min_size=1, max_size=3))
    return Program(graph, values), wanted


def _step(draw: st.DrawFn, graph: Graph, kind: str, first: int, made: Sequence[int], rational: bool) -> int:
    shape = graph.shape(first)
    rank = len(shape)
    if kind == "turn" and rank > 1:
        return graph.transposed(first, draw(st.permutations(range(rank))))
    if kind in ("sum", "weighted") and rank:
        gone = draw(st.lists(st.integers(0, rank - 1), min_size=1, max_size=rank, unique=True))
        kept = [k for k in range(rank) if k not in gone]
        order = {k: place for place, k in enumerate([*kept, *gone])}
        reads = [Operand(first, tuple(order[k] for k in range(rank)))]
        lengths = tuple(shape[k] for k in (*kept, *gone))
        body: Term = slot(0)
        if kind == "weighted":
            body = apply("mul", slot(0), apply("add", axis(len(kept)), number(Fraction(1, 2))))
            others = [n for n in made if graph.shape(n) == (lengths[-1],)]
            if others:
                reads.append(Operand(draw(st.sampled_from(others)), (len(lengths) - 1,)))
                body = apply("mul", slot(0), slot(1))
        return graph.indexed(body, reads, lengths, len(kept))
    kernels = RATIONAL_KERNELS if rational else (*RATIONAL_KERNELS, *SMOOTH_KERNELS)
    fitting = [n for n in made if _broadcasts(shape, graph.shape(n))]
    return graph.pointwise(draw(st.sampled_from(kernels)), [first, draw(st.sampled_from(fitting))])


def _broadcasts(a: Sequence[Any], b: Sequence[Any]) -> bool:
    return all(m == n or 1 in (m, n) for m, n in zip(reversed(a), reversed(b), strict=False))
