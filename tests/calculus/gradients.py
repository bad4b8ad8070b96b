"""Programs differentiated for tests, with values of every node by brute force."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.calculus.reverse import reverse
from chainrule.graph import Graph
from chainrule.language.elaborate import elaborate
from chainrule.language.parser import parse_program
from chainrule.laws import LAWS
from chainrule.numeric.arrays import Arrays
from chainrule.numeric.evaluate import evaluate
from chainrule.numeric.tensors import Tensor
from chainrule.source import Source
from chainrule.terms import Symbol, Term
from tests.calculus import arrays

LENGTHS: Mapping[str, int] = {"n": 4, "m": 3, "d": 2, "h": 5, "c": 6, "k": 7, "b": 2}
"""Pairwise distinct where a missing transpose could hide."""


@dataclass(frozen=True)
class Study:
    """A program's graph, its names, and the adjoint of every input that the output depends on."""

    graph: Graph
    nodes: Mapping[str, int]
    adjoints: Mapping[str, int]
    names: Mapping[int, Term]
    inputs: Mapping[int, Term]
    assumptions: Mapping[str, tuple[str, ...]]

    def given(self, seed: int = 0) -> dict[str, Any]:
        """Random positive values of the inputs."""
        random = np.random.default_rng(seed)
        found = {}
        for number, name in self.inputs.items():
            shape = tuple(LENGTHS.get(str(dim), dim) for dim in self.graph.shape(number))
            value = random.uniform(0.3, 1.3, shape)  # type: ignore[arg-type]
            assert isinstance(name, Symbol)
            if "symmetric" in self.assumptions[name.name]:
                value = value + value.T
            if "probability" in self.assumptions[name.name]:
                value = value / value.sum(axis=-1, keepdims=True)
            found[name.name] = value
        return found

    def values(self, given: Mapping[str, Any] | None = None) -> list[Any]:
        """The value of every node."""
        return arrays.nodes(self.graph, given or self.given(), LENGTHS)

    def second(self, first: str, then: str) -> int:
        """The node of the derivative of the gradient with respect to ``first``, with respect to ``then``."""
        return reverse(self.graph, self.adjoints[first], [self.nodes[then]])[self.nodes[then]]


def study(program: str) -> Study:
    """A program, differentiated with respect to all its inputs."""
    pipeline = elaborate(parse_program(Source(program, "program")))
    nodes = pipeline.nodes
    sources = {part.node: part.name for part in pipeline.inputs}
    found = reverse(pipeline.graph, nodes[pipeline.output], list(sources))
    return Study(
        pipeline.graph,
        nodes,
        {name: found[number] for number, name in sources.items() if number in found},
        {number: Symbol(name) for name, number in nodes.items()},
        {number: Symbol(name) for number, name in sources.items()},
        {part.name: part.assumptions for part in pipeline.inputs},
    )


def assert_equal(found: Study, term: Term, node: int) -> None:
    """Assert that a tensor expression has the node's shape and value."""
    values = found.values()
    named = {name: values[number] for number, name in found.names.items()}
    got = np.asarray(arrays.value(term, named, LENGTHS))
    assert got.shape == values[node].shape
    np.testing.assert_allclose(got, values[node], rtol=1e-9, atol=1e-12)


def assert_formula(
    found: Study,
    node: int,
    declarations: str,
    formula: str,
    given: Mapping[str, Any] | None = None,
    wanted: Any = None,
) -> None:
    """Assert that a formula in the language, read back under declarations, has a node's shape and value."""
    # Beside an input even a formula of numbers alone is an expression, not data.
    program = f"{declarations}; zero_ : []; formula_ = {formula} + zero_"
    read = elaborate(parse_program(Source(program, "formula")))
    given = {**(found.given(3) if given is None else given), "zero_": 0.0}
    wanted = value_of(found.graph, node, found.nodes, given) if wanted is None else wanted
    got = value_of(read.graph, read.nodes["formula_"], read.nodes, given)
    assert got.shape == wanted.shape
    np.testing.assert_allclose(got, wanted, rtol=1e-7, atol=1e-9)


def value_of(graph: Graph, node: int, nodes: Mapping[str, int], values: Mapping[str, Any]) -> Any:
    """The value of a node by the program's own evaluator, where the named nodes have ``values``."""
    point = {
        nodes[name]: Tensor([float(x) for x in np.ravel(value)], np.shape(value))
        for name, value in values.items()
        if name in nodes
    }
    return np.asarray(evaluate(graph, [node], point, LENGTHS, Arrays(LAWS))[node])
