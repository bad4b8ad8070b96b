"""The graph: equal nodes are one, elementwise parts are fused, names are barriers, and the checker objects."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.graph import Graph, Indexed, Input, Operand, Operation, check, contract_deltas, delta
from chainrule.language.elaborate import elaborate
from chainrule.language.parser import parse_program
from chainrule.shapes import ShapeClash
from chainrule.source import Source
from chainrule.terms import ONE, Apply, apply, axis, integer, slot


def graph_of(program: str) -> Graph:
    return elaborate(parse_program(Source(program))).graph


def test_equal_nodes_are_one() -> None:
    graph = Graph()
    assert graph.add(Input("x", (2,))) == graph.add(Input("x", (2,)))
    assert graph.constant(ONE, (3,)) == graph.constant(ONE, (3,))
    assert graph.constant(ONE, (3,)) != graph.constant(ONE, (4,))
    assert len(graph) == 3


def test_the_elementwise_part_of_a_statement_is_one_node() -> None:
    graph = graph_of("x : [3]; y = 3*sin(x)**2 + exp(x)/x")
    assert [type(node).__name__ for node in graph.nodes] == ["Input", "Indexed"]
    assert graph[1].operands == (Operand(0, (0,)),)


def test_names_are_barriers() -> None:
    graph = graph_of("x : [3]; y = sin(x); z = y**2")
    assert len(graph) == 3
    assert graph[2].operands == (Operand(1, (0,)),)


def test_a_second_name_for_a_node_is_a_node() -> None:
    graph = Graph()
    x = graph.add(Input("x", (2, 3)))
    y = graph.named(x, "y")
    z = graph.named(y, "z")
    assert graph[y] == Indexed(slot(0), (Operand(x, (0, 1)),), (2, 3), 2, "y")
    assert graph[z].operands == (Operand(y, (0, 1)),)
    check(graph)


def test_moves_that_do_nothing_make_no_node() -> None:
    graph = Graph()
    x = graph.add(Input("x", (2, 3)))
    assert graph.transposed(x, (0, 1)) == x
    assert graph.transposed(graph.transposed(x, (1, 0)), (1, 0)) == x
    assert graph.broadcast_to(x, (2, 3)) == x
    assert graph.pointwise(slot(0), [x]) == x


def test_broadcasting_repeats_axes_of_length_one() -> None:
    graph = Graph()
    x, y = graph.add(Input("x", (4, 1))), graph.add(Input("y", (3,)))
    node = graph[graph.pointwise(apply("add", slot(0), slot(1)), [x, y])]
    assert node.shape == (4, 3)
    assert node.operands == (Operand(x, (0, None)), Operand(y, (1,)))
    with pytest.raises(ShapeClash):
        graph.pointwise(apply("add", slot(0), slot(1)), [x, graph.add(Input("z", (2, 2)))])


def test_operands_that_are_not_used_go_and_equal_ones_merge() -> None:
    graph = Graph()
    x, y = graph.add(Input("x", (3,))), graph.add(Input("y", (3,)))
    reads = [Operand(y, (0,)), Operand(x, (0,)), Operand(x, (0,))]
    node = graph[graph.indexed(apply("mul", slot(1), slot(2)), reads, (3,), 1)]
    assert node.kernel == apply("mul", slot(0), slot(0))
    assert node.operands == (Operand(x, (0,)),)


def test_a_delta_under_a_sum_is_used_up() -> None:
    # Σ_j δ_ij x_j = x_i
    graph = Graph()
    x = graph.add(Input("x", (3,)))
    kernel = apply("mul", delta(axis(0), axis(1)), slot(0))
    assert graph.derived(kernel, [Operand(x, (1,))], (3, 3), 1) == x
    kernel, _, lengths = contract_deltas(kernel, (Operand(x, (1,)),), (3, 3), 2)
    assert lengths == (3, 3), "a delta between two free indices stays"


def test_an_idle_sum_counts() -> None:
    graph = Graph()
    x = graph.add(Input("x", (3,)))
    node = graph[graph.derived(slot(0), [Operand(x, (0,))], (3, 5, "n"), 1)]
    assert node.lengths == (3,)
    assert node.kernel == Apply("mul", (integer(5), *node.kernel.children[1:-1], slot(0)))
    assert "Length(name='n')" in repr(node.kernel)


def test_the_sum_of_nodes_reads_each_once() -> None:
    graph = Graph()
    x, y = graph.add(Input("x", (3,))), graph.add(Input("y", (3,)))
    assert graph.total([x]) == x
    assert graph[graph.total([x, y, x])].operands == (Operand(x, (0,)), Operand(y, (0,)))


WRONG = [
    ("refers ahead", Indexed(slot(0), (Operand(5, (0,)),), (3,), 1)),
    ("slots and operands", Indexed(slot(1), (Operand(0, (0,)),), (3,), 1)),
    ("unknown index", Indexed(apply("mul", slot(0), axis(1)), (Operand(0, (0,)),), (3,), 1)),
    ("operand rank", Indexed(slot(0), (Operand(0, (0, 0)),), (3,), 1)),
    ("length 3 is read as 4", Indexed(slot(0), (Operand(0, (0,)),), (4,), 1)),
    ("length 3 is read as 1", Indexed(slot(0), (Operand(0, (None,)),), (3,), 1)),
    ("refers ahead", Operation("norm", (1,), (), (3,))),
]


@pytest.mark.parametrize(("message", "node"), WRONG, ids=[message for message, _ in WRONG])
def test_the_checker_objects(message: str, node: Indexed | Operation) -> None:
    graph = Graph()
    graph.add(Input("x", (3,)))
    check(graph)
    graph.add(node)
    with pytest.raises(AssertionError, match=message):
        check(graph)


@settings(max_examples=50)
@given(order=st.permutations(range(4)), again=st.permutations(range(4)))
def test_transposes_compose(order: list[int], again: list[int]) -> None:
    graph = Graph()
    x = graph.add(Input("x", (2, 3, 4, 5)))
    twice = graph.transposed(graph.transposed(x, order), again)
    assert twice == graph.transposed(x, [order[k] for k in again])
    assert graph.shape(twice) == tuple((2, 3, 4, 5)[order[k]] for k in again)
