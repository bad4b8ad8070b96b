"""How many scalar multiplications a sweep of forward or reverse accumulation takes, rule by rule.

A sweep multiplies tangents (or adjoints) by local derivatives, and adds. Each multiplication counts, division
by a number included, and what can be added first is added first. Not counted are additions, factors 1 and -1,
choices between entries, and what makes the local derivatives, which either mode needs once.

A rule costs the same in either mode. It is a linear map, pushed forward as it stands and pulled back
transposed, and a program that only adds and multiplies by given numbers keeps its multiplications when it is
transposed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from chainrule.algebra import neg, tidy
from chainrule.calculus.forward import free_cotangent
from chainrule.calculus.reverse import pulled_back
from chainrule.calculus.rules import derive
from chainrule.graph import Graph, Indexed, Operation, factors, operand_ids
from chainrule.shapes import Dim, plus, times
from chainrule.terms import ONE, ZERO, Apply, Axis, Slot, Term, integer, slot, walk

# These only move entries, or add them up.
_MOVES = frozenset({"take", "place", "reshape", "roll", "windows", "overlap_add", "cumsum"})
_PLAIN = frozenset({ZERO, ONE, integer(-1)})


def multiplications(
    graph: Graph, statements: Iterable[int], sources: Collection[int]
) -> dict[int, Dim | None]:
    """The multiplications of the rules inside each of the ``statements``, which are nodes in order.

    sources: the nodes that move; what does not depend on them is a constant of the sweep. What two
    statements share counts for the first. A statement that does not move is missing; None stands where an
    operation hides its multiplications.
    """
    out: dict[int, Dim | None] = {}
    known, moving = set(sources), set(sources)
    for number in statements:
        inside = _inside(graph, number, known)
        known |= inside
        moving |= _moved(graph, inside, moving)
        if number in moving and number not in sources:
            out[number] = _added(_of_rule(graph, k, moving) for k in sorted(inside & moving))
    return out


def _added(counts: Iterable[Dim | None]) -> Dim | None:
    found = list(counts)
    return None if None in found else plus([0, *(count for count in found if count is not None)])


def _inside(graph: Graph, node: int, stops: Collection[int]) -> set[int]:
    """``node`` and the nodes that it reads, and those read, down to the ``stops``, which are left out."""
    inside = {node}
    stack = [node]
    while stack:
        for operand in operand_ids(graph[stack.pop()]):
            if operand not in inside and operand not in stops:
                inside.add(operand)
                stack.append(operand)
    return inside


def _moved(graph: Graph, inside: set[int], moving: Collection[int]) -> set[int]:
    """The moving nodes, and those ``inside`` that depend on one."""
    found = set(moving)
    for number in sorted(inside):
        if any(operand in found for operand in operand_ids(graph[number])):
            found.add(number)
    return found


def _of_rule(graph: Graph, number: int, moving: set[int]) -> Dim | None:
    if isinstance(graph[number], Indexed):
        return _of_products(graph, number, moving)
    return _of_pullback(graph, number, moving)


def _of_pullback(graph: Graph, number: int, moving: set[int]) -> Dim | None:
    """The multiplications by which the cotangent of a node becomes those of its moving operands."""
    cotangent = free_cotangent(graph, number)
    sources = moving & set(operand_ids(graph[number]))
    linear: set[int] = set()
    for _, part in pulled_back(graph, number, cotangent, sources, "torch"):
        inside = _inside(graph, part, (cotangent,))
        linear |= inside & _moved(graph, inside, (cotangent,))
    carried = linear | {cotangent}
    return _added(_of_products(graph, k, carried) for k in sorted(linear))


def _of_products(graph: Graph, number: int, moving: set[int]) -> Dim | None:
    """The multiplications of one node's own rule: local derivatives times what moving operands carry."""
    node = graph[number]
    if not isinstance(node, Indexed):
        return 0 if not isinstance(node, Operation) or node.op in _MOVES else None
    products: dict[tuple[Term, frozenset[int]], None] = {}
    for position, operand in enumerate(node.operands):
        if operand.node not in moving:
            continue
        slope, same = _without_ties(derive(node.kernel, slot(position)).after, len(node.lengths))
        if _is_plain(slope):
            continue
        run = _run_over(node, position, slope, same)
        # p*u + p*v is p*(u + v): one multiplication.
        if (tidy(neg(slope)), run) not in products:
            products[slope, run] = None
    return plus([0, *(times(node.lengths[k] for k in run) for _, run in products)])


def _run_over(node: Indexed, position: int, slope: Term, same: list[int]) -> frozenset[int]:
    """The running indices over which one factor of a product has to be multiplied with the other.

    An index is summed before the multiplication where only one factor has it, and repeated after it where
    only the result has it: those of two of the three (local derivative, what is carried, result) remain.
    """
    carried = {same[k] for k in node.operands[position].axes if k is not None}
    result = {same[k] for k in range(node.rank)}
    local = set()
    for part in walk(slope):
        if isinstance(part, Axis):
            local.add(same[part.position])
        elif isinstance(part, Slot):
            local |= {same[k] for k in node.operands[part.position].axes if k is not None}
    return frozenset((carried & result) | (carried & local) | (result & local))


def _without_ties(slope: Term, count: int) -> tuple[Term, list[int]]:
    """A local derivative without its deltas, and for each running index the first of those it is tied to."""
    same = list(range(count))
    rest = []
    for factor in factors(slope):
        if isinstance(factor, Apply) and factor.op == "delta":
            a, b = factor.args
            if isinstance(a, Axis) and isinstance(b, Axis):
                low, high = sorted((same[a.position], same[b.position]))
                same = [low if k == high else k for k in same]
                continue
        rest.append(factor)
    return tidy(Apply("mul", tuple(rest))) if rest else ONE, same


def _is_plain(slope: Term) -> bool:
    """Whether nothing is multiplied: the factor is 0, 1 or -1, or chooses between these."""
    if isinstance(slope, Apply) and slope.op == "where":
        return all(map(_is_plain, slope.args[1:]))
    if isinstance(slope, Apply) and slope.op == "neg":
        return _is_plain(slope.args[0])
    return slope in _PLAIN
