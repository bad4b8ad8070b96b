"""Forward accumulation: tangents from the sources on to every node, as nodes of the same graph.

Nothing is claimed here that reverse accumulation does not claim already. The tangent of an Indexed node is
the same node again, with one operand's tangent times the kernel's derivative in the place of the kernel. The
cotangent of any other node's operand is linear in the cotangent g of its output, so pulling *that* back, to
g, pushes a tangent forward.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from chainrule import budget
from chainrule.algebra import mul
from chainrule.calculus.reverse import pulled_back, reverse, slope_of
from chainrule.graph import Graph, Indexed, Input, Operand, operand_ids, renumber
from chainrule.shapes import Shape
from chainrule.terms import slot


def forward(
    graph: Graph,
    output: int,
    tangents: Mapping[int, int],
    *,
    barrier: Callable[[int], str | None] = lambda number: None,
    convention: str = "torch",
) -> dict[int, int]:
    """The tangent node of every node on a way from the moving sources to ``output``.

    tangents: the tangent of each source that moves, all with the same extra leading axes (the entries of
        an input, for whole Jacobians). Each tangent has the shape (extra axes) + (shape of its node).
    barrier: the name under which a node's tangent becomes an atom, or None for an anonymous one.
    convention: what a derivative is at a kink.

    A node that the sources do not reach, or reach by jumps and conditions alone, is missing: its tangent is
    zero.

    Raises:
        ChainRuleError: ``unsupported``, where the op table lacks a rule.
    """
    found = dict(tangents)
    for number in _ahead(graph, output, set(tangents)):
        budget.check(len(graph))
        parts = _pushed(graph, number, found, convention)
        if parts:
            tangent = graph.total(parts)
            name = barrier(number)
            found[number] = tangent if name is None else graph.named(tangent, name)
    return found


def _ahead(graph: Graph, output: int, sources: set[int]) -> list[int]:
    """The nodes after the sources on a way to ``output``, in order."""
    below = {output}
    stack = [output]
    while stack:
        number = stack.pop()
        if number in sources:
            continue
        for operand in operand_ids(graph[number]):
            if operand not in below:
                below.add(operand)
                stack.append(operand)
    reached = set(sources)
    for number in sorted(below - sources):
        if any(operand in reached for operand in operand_ids(graph[number])):
            reached.add(number)
    return sorted((reached & below) - sources)


def _pushed(graph: Graph, number: int, tangents: Mapping[int, int], convention: str) -> list[int]:
    """What the operands' tangents contribute to the tangent of a node."""
    node = graph[number]
    if isinstance(node, Indexed):
        found = (
            push_indexed(graph, number, position, tangents[operand.node], convention)
            for position, operand in enumerate(node.operands)
            if operand.node in tangents
        )
    else:
        cotangent = free_cotangent(graph, number)
        moving = set(tangents) & set(operand_ids(node))
        found = (
            reverse(graph, part, [cotangent], seed=tangents[operand], convention=convention).get(cotangent)
            for operand, part in pulled_back(graph, number, cotangent, moving, convention)
        )
    return [part for part in found if part is not None]


def free_cotangent(graph: Graph, number: int) -> int:
    """An input that stands for any cotangent of a node."""
    return graph.add(Input(f"cotangent of node {number}", graph.shape(number), frozenset(["cotangent"])))


def push_indexed(graph: Graph, number: int, position: int, tangent: int, convention: str) -> int | None:
    """One operand's share in the tangent of an Indexed node: Σ (kernel's derivative)·(operand's tangent).

    None where the derivative is zero.
    """
    node = graph[number]
    assert isinstance(node, Indexed)
    found = slope_of(graph, number, position, convention)
    if found is None:
        return None
    target = node.operands[position]
    front = graph.shape(tangent)[: len(graph.shape(tangent)) - len(target.axes)]
    extra = len(front)
    slope, moved = renumber(*found, range(extra, extra + len(node.lengths)))
    axes = (None if label is None else label + extra for label in target.axes)
    read = Operand(tangent, (*range(extra), *axes))
    lengths: Shape = (*front, *node.lengths)
    return graph.derived(mul(slope, slot(len(moved))), (*moved, read), lengths, extra + node.rank)
