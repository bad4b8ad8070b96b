"""The vectorised arithmetic: blocks, clusters, matrix products, and what they may cost."""

from __future__ import annotations

import tracemalloc
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings

from chainrule.graph import Graph, Indexed, Input, Operand
from chainrule.numeric import blocks
from chainrule.numeric.array_kernels import spread
from chainrule.numeric.arrays import Arrays
from chainrule.numeric.evaluate import evaluate
from chainrule.numeric.floats import Floats
from chainrule.numeric.passed import from_array
from chainrule.numeric.products import factorised
from chainrule.numeric.tensors import Tensor
from chainrule.terms import ONE, TWO, apply, slot
from tests.numeric.programs import LAWS, Program, as_array, program, random_programs


@given(random_programs(rational=False))
@settings(max_examples=60)
def test_small_blocks_and_small_clusters_change_nothing(case: tuple[Program, list[int]]) -> None:
    prog, wanted = case
    reference = prog.run(Floats(LAWS), *wanted)
    with patch.object(blocks, "BLOCK", 5), patch.object(blocks, "MAX_MEMBERS", 2):
        found = prog.run(Arrays(LAWS), *wanted)
    for a, b in zip(reference, found, strict=True):
        np.testing.assert_allclose(b, as_array(a), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("lengths", [(7,), (2, 3, 4), (3, 40), (40, 3), (1, 1, 9), (5, 1, 5)])
@pytest.mark.parametrize("size", [1, 4, 6, 1000])
def test_blocks_cover_the_index_space_once(lengths: tuple[int, ...], size: int) -> None:
    seen = np.zeros(lengths, dtype=int)
    with patch.object(blocks, "BLOCK", size):
        for slices in blocks.blocks(lengths):
            part = seen if slices is None else seen[slices]
            assert part.size <= size
            part += 1
    assert (seen == 1).all()


def test_a_view_for_each_way_of_reading() -> None:
    x = np.arange(12.0).reshape(3, 4)
    assert spread(x, (1, 0), range(2)).tolist() == x.T.tolist()
    assert spread(x, (0, 2), range(3)).shape == (3, 1, 4)
    assert spread(x, (1, 0), (1, 0)).tolist() == x.tolist()
    assert spread(x[:3, :3], (0, 0), range(2)).tolist() == [[0.0], [5.0], [10.0]]
    assert spread(x[:1], (None, 0), range(1)).tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("text", "used", "is_product"),
    [
        ("out = a @ b", "ab", True),
        ("out = 2*(a.T @ (a @ v - u))", "avu", True),
        ("out = sum(a*a)", "a", False),
        ("out = sum(exp(a))", "a", False),
        ("out = mean(a, axis=0)", "a", False),
        ('out = einsum("ij,i->", a, u)', "au", True),
    ],
)
def test_which_sums_are_matrix_products(text: str, used: str, is_product: bool) -> None:
    values: dict[str, Any] = {"a": np.ones((2, 3)), "b": np.ones((3, 4)), "v": np.ones(3), "u": np.ones(2)}
    graph = program(text, **{name: values[name] for name in used}).graph
    sums = [node for node in graph.nodes if isinstance(node, Indexed) and node.bound]
    assert any(factorised(node) is not None for node in sums) is is_product


def test_a_sum_over_a_large_index_space_is_never_made_whole() -> None:
    n = 3000
    x = np.linspace(0, 1, n)
    prog = program("out = sum(abs(x - y))", x=x, y=x[:, None])
    tracemalloc.start()
    (out,) = prog.run(Arrays(LAWS), "out")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert float(out) == pytest.approx(np.abs(x[:, None] - x).sum())
    assert peak < 8 * n * n / 20


def test_intermediates_of_a_cluster_are_not_stored() -> None:
    n = 1 << 20
    x = np.ones(n)
    names = "; ".join(f"v{k} = sin(v{k - 1})" for k in range(1, 20))
    prog = program(f"v0 = x + 1; {names}; out = mean(v19)", x=x)
    tracemalloc.start()
    prog.run(Arrays(LAWS), "out")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * n


@pytest.mark.parametrize("arithmetic", [Floats(), Arrays()], ids=["floats", "arrays"])
def test_a_long_chain_needs_the_memory_of_a_few_nodes(arithmetic: Any) -> None:
    graph = Graph()
    node = x = graph.add(Input("x", (50,)))
    for k in range(10_000):
        kernel = apply("div", apply("add", slot(0), ONE), TWO)
        node = graph.named(graph.pointwise(kernel, [node]), f"v{k}")
    values = {x: Tensor([0.5] * 50, (50,))}
    tracemalloc.start()
    out = evaluate(graph, [node], values, {}, arithmetic)[node]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    np.testing.assert_allclose(as_array(out), 1)
    assert peak < 10_000 * 1000  # the bookkeeping of the chain, not its 10 000 tensors of 50 floats


def test_arrays_from_numpy_are_not_copied_into_lists() -> None:
    tensor = from_array(np.arange(3.5, 6))
    assert isinstance(tensor.entries, np.ndarray)
    prog = program("out = 2*x", x=tensor)
    assert prog.run(Arrays(), "out")[0].tolist() == [7, 9, 11]
    assert prog.floats("out")[0].tolist() == [7, 9, 11]


def test_a_sum_over_axes_of_length_one_keeps_the_order_of_the_others() -> None:
    graph = Graph()
    a, c = (graph.add(Input(name, shape, frozenset())) for name, shape in (("a", (2, 3)), ("c", (1, 1))))
    reads = (Operand(a, (1, 0)), Operand(c, (2, 3)))
    node = graph.add(Indexed(apply("mul", slot(0), slot(1)), reads, (3, 2, 1, 1), 2))
    point = {a: Tensor([0.0, 1.0, 2.0, 3.0, 4.0, 5.0], (2, 3)), c: Tensor([2.0], (1, 1))}
    found = evaluate(graph, [node], point, {}, Arrays(LAWS))[node]
    assert found.tolist() == [[0.0, 6.0], [2.0, 8.0], [4.0, 10.0]]


def test_a_kept_plan_is_used_for_its_own_graph_only() -> None:
    arithmetic = Arrays(LAWS)
    for text, expected in (("out = x + 1", [2, 3]), ("out = x * 5", [5, 10]), ("out = x + 1", [2, 3])):
        for _ in range(2):
            assert program(text, x=[1, 2]).run(arithmetic, "out")[0].tolist() == expected
    prog = program("y = 2*x; out = y + 1", x=[1, 2])
    assert prog.run(arithmetic, "out")[0].tolist() == [3, 5]
    assert [found.tolist() for found in prog.run(arithmetic, "out", "y")] == [[3, 5], [2, 4]]
