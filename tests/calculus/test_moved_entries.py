"""Index forms of moves, windows and totals have the value of their node, entry by entry; so do gradients'."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.calculus.index_form import index_form
from chainrule.calculus.reverse import reverse
from chainrule.language.elaborate import elaborate
from chainrule.language.parser import parse_program
from chainrule.laws import LAWS
from chainrule.numeric.arrays import Arrays
from chainrule.numeric.evaluate import evaluate
from chainrule.numeric.tensors import Tensor
from chainrule.source import Source
from chainrule.terms import Symbol, Term
from tests.calculus.arrays import value

LENGTHS = {"n": 5, "m": 3, "c": 2, "o": 4}

PROGRAMS = [
    "x : [n]; y = x[1:] - x[:-1]",
    "x : [n]; y = x[::2]",
    "x : [n]; y = x[-2::-2]",
    "x : [m, n]; y = x[:, [0, 2, 2]]",
    "x : [m, n]; y = flatten(x)",
    "x : [2, m, n]; y = reshape(x, (m*2, n))".replace("m*2", "2*m"),
    "x : [12]; y = reshape(x, (2, 3, 2))",
    "x : [n]; y = tile(x, 3)",
    "x : [m, n]; y = repeat_interleave(x, 2, axis=1)",
    "x : [n]; y = pad(x, (2, 1), mode='reflect')",
    "x : [n]; y = pad(x, (1, 2), mode='circular')",
    "x : [m, n]; y = pad(x, ((0, 1), (2, 0)), mode='edge')",
    "a : [m]; x : [n]; y = cat([a, x[1:], a])",
    "x : [c, n]; w : [o, c, 3]; y = conv1d(x, w)",
    "x : [c, n]; w : [o, c, 3]; y = conv1d(x, w, stride=2, padding=1)",
    "x : [c, n]; w : [c, o, 2]; y = conv_transpose1d(x, w, stride=2)",
    "x : [2, 5]; y = avg_pool1d(x, 3, stride=2, padding=1, count_include_pad=False)",
    "x : [4, 6]; y = avg_pool2d(x, 2)",
    "x : [2, 3]; y = gather(x, 1, [[0, 2], [1, 1]])",
    "x : [n]; a : [m]; y = scatter_add(x, 0, [0, 2, 2], a)",
    "x : [m, n]; y = cumsum(x, axis=0)",
    "x : [n]; y = cumsum(x[::-1])",
    "x : [n]; y = diag(x, 1)",
]


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_entry_is_that_of_the_node(program: str) -> None:
    pipeline = elaborate(parse_program(Source(f"{program}; out = sum(y**2)", "program")))
    graph, nodes = pipeline.graph, pipeline.nodes
    draw = np.random.default_rng(3)
    inputs = [part.name for part in pipeline.inputs]
    shapes = {name: tuple(LENGTHS.get(str(d), d) for d in graph.shape(nodes[name])) for name in inputs}
    data = {name: draw.normal(size=shape) for name, shape in shapes.items()}
    slopes = reverse(graph, nodes["out"], [nodes[name] for name in inputs])
    wanted = [nodes["y"], *slopes.values()]
    tensors = {nodes[name]: Tensor(array.ravel().tolist(), array.shape) for name, array in data.items()}
    found = evaluate(graph, wanted, tensors, LENGTHS, Arrays(LAWS))
    atoms: dict[int, Term] = {nodes[name]: Symbol(name) for name in inputs}
    names: dict[Term, np.ndarray] = {Symbol(name): array for name, array in data.items()}
    for number in wanted:
        for tidy in (False, True):
            form = index_form(graph, number, atoms, tidy=tidy)
            for place in np.ndindex(*np.shape(found[number])):
                at = {letter.name: k for letter, k in zip(form.free, place, strict=True)}
                own = value(form.term, names, LENGTHS, at)
                assert own == pytest.approx(found[number][place]), (number, place)
