"""Reverse accumulation: cotangents from the output back to the sources, as nodes of the same graph."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

from chainrule import budget
from chainrule.algebra import div, mul, neg
from chainrule.calculus.rules import derive, is_zero
from chainrule.diagnostics import fail
from chainrule.graph import Graph, Indexed, Input, Operand, Operation, Root, delta, operand_ids, renumber
from chainrule.language.elaborate import formula, goes_by_law, law, pullback
from chainrule.shapes import Dim, Shape
from chainrule.terms import ONE, ZERO, Slot, Term, axis, slot, substitute


def reverse(
    graph: Graph,
    output: int,
    sources: Collection[int],
    *,
    seed: int | None = None,
    barrier: Callable[[int], str | None] = lambda number: None,
    local: bool = False,
    convention: str = "torch",
) -> dict[int, int]:
    """The adjoint node of each source, and of every node on the way that ``barrier`` names.

    An adjoint has the shape (extra leading axes) + (shape of its node); a source that the output does
    not depend on is missing.

    seed: the cotangent of the output, with any extra leading axes; by default the identity, so that
        extra axes are the output's own (none for a scalar) and adjoints are whole Jacobians.
    barrier: the name under which a node's adjoint becomes an atom, or None for an anonymous one.
    local: look only inside the statement that defines ``output``: named nodes are not passed.
    """
    wanted = set(sources)
    order = _between(graph, output, wanted, local)
    on_path = set(order)
    contributions: dict[int, list[int]] = {}
    if on_path:
        contributions[output] = [identity(graph, output) if seed is None else seed]
    adjoints: dict[int, int] = {}
    for number in order:
        budget.check(len(graph))
        found = contributions.pop(number, None)
        if found is None:
            continue
        # The contribution that came the longest way was found last and is told first.
        adjoint = graph.total(found[::-1])
        name = barrier(number)
        if name is not None and number != output:
            adjoint = graph.named(adjoint, name)
        if number in wanted or name is not None:
            adjoints[number] = adjoint
        if local and number != output and _is_named(graph, number):
            continue
        for operand, contribution in pulled_back(graph, number, adjoint, on_path, convention):
            contributions.setdefault(operand, []).append(contribution)
    return adjoints


def _is_named(graph: Graph, number: int) -> bool:
    node = graph[number]
    return isinstance(node, Input) or node.name is not None


def _between(graph: Graph, output: int, sources: set[int], local: bool) -> list[int]:
    """The nodes on a path from a source to ``output``, from the last to the first."""
    seen = {output}
    stack = [output]
    lowest = min(sources, default=output + 1)
    while stack:
        number = stack.pop()
        if local and number != output and _is_named(graph, number):
            continue
        for operand in operand_ids(graph[number]):
            if operand not in seen and operand >= lowest:
                seen.add(operand)
                stack.append(operand)
    reached: set[int] = set()
    for number in sorted(seen):
        passable = not (local and number != output and _is_named(graph, number))
        inside = passable and any(operand in reached for operand in operand_ids(graph[number]))
        if number in sources or inside:
            reached.add(number)
    return sorted(reached, reverse=True) if output in reached else []


def identity(graph: Graph, number: int) -> int:
    """∂(node)/∂(node): the number 1 for a scalar, else deltas between two copies of its axes."""
    shape = graph.shape(number)
    rank = len(shape)
    ties = [delta(axis(k), axis(k + rank)) for k in range(rank)]
    return graph.add(Indexed(mul(ONE, *ties), (), shape + shape, 2 * rank))


def pulled_back(
    graph: Graph, number: int, cotangent: int, on_path: set[int], convention: str
) -> list[tuple[int, int]]:
    """Each operand on the path with its contribution; an operand that is read twice comes twice."""
    node = graph[number]
    out: list[tuple[int, int]] = []
    if isinstance(node, Root):
        weight = _multiplier(graph, number, cotangent, convention)
        sources = [operand for operand in node.operands if operand in on_path]
        found = reverse(
            graph, graph.residuals[number], sources, seed=weight, local=True, convention=convention
        )
        out += found.items()
    elif isinstance(node, Indexed):
        for position, operand in enumerate(node.operands):
            if operand.node in on_path:
                part = pull_indexed(graph, number, position, cotangent, convention)
                if part is not None:
                    out.append((operand.node, part))
    elif isinstance(node, Operation):
        for position, operand_number in enumerate(node.operands):
            if operand_number in on_path:
                part = _pull_operation(graph, number, position, cotangent, convention)
                if part is not None:
                    out.append((operand_number, part))
    return out


def _multiplier(graph: Graph, number: int, cotangent: int, convention: str) -> int:
    """The cotangent of a root's residual: -g (∂F/∂y)⁻¹, from dF = 0.

    Raises:
        ChainRuleError: ``unsupported``, for a matrix whose entries meet in the equation.
    """
    residual, shape = graph.residuals[number], graph.shape(number)
    rank, extra = len(shape), len(graph.shape(cotangent)) - len(shape)
    entrywise = _is_entrywise(graph, residual, number)
    if rank > 1 and not entrywise:
        fail(
            "unsupported",
            f"the derivative of {graph[number].name} is not supported yet: a matrix defined by an equation",
            notes=["numbers, vectors, and equations entry by entry are supported"],
            suggestion="write the unknowns as one vector",
        )
    # ∂F/∂y: where each equation holds one unknown, its slopes, else the whole Jacobian.
    seed = graph.constant(ONE, shape) if entrywise else None
    found = reverse(graph, residual, [number], seed=seed, local=True, convention=convention)
    own = found.get(number, graph.constant(ZERO, shape if entrywise else shape + shape))
    if not entrywise:
        return formula(graph, "-g@inv(J)", {"g": cotangent, "J": own}, {})
    axes = tuple(range(extra + rank))
    reads = (Operand(cotangent, axes), Operand(own, axes[extra:]))
    return graph.derived(neg(div(slot(0), slot(1))), reads, graph.shape(cotangent), extra + rank)


def _is_entrywise(graph: Graph, residual: int, root: int) -> bool:
    """Whether each entry of a residual holds the entry of the root at its own place alone."""
    node = graph[residual]
    if not isinstance(node, Indexed) or not node.elementwise:
        return not graph.shape(root)
    straight = tuple(range(node.rank))
    for operand in node.operands:
        if operand.node == root:
            if operand.axes != straight:
                return False
        elif root in _between(graph, operand.node, {root}, local=True):
            return False
    return True


def _pull_operation(graph: Graph, number: int, position: int, cotangent: int, convention: str) -> int | None:
    """The cotangent of an Operation's operand: as claimed, or through the law written out."""
    if not goes_by_law(graph, number, position):
        return pullback(graph, number, position, cotangent, convention)
    node = graph[number]
    assert isinstance(node, Operation)
    # Under a name of its own the operand is neither fused into the law nor mixed up with an equal one.
    operand = graph.named(node.operands[position], f"{node.op}({position})")
    operands = (*node.operands[:position], operand, *node.operands[position + 1 :])
    written_out = law(graph, graph.add(replace(node, operands=operands, name=None)))
    return reverse(graph, written_out, [operand], seed=cotangent, convention=convention).get(operand)


def pull_indexed(graph: Graph, number: int, position: int, cotangent: int, convention: str) -> int | None:
    """The cotangent of one operand of an Indexed node: cotangent times the kernel's derivative.

    The derivative is indexed by the operand's indices, with a delta for each one that repeats, and
    summed over all others. None where the derivative is zero.
    """
    node = graph[number]
    assert isinstance(node, Indexed)
    found = slope_of(graph, number, position, convention)
    if found is None:
        return None
    slope, reads = found
    extra = len(graph.shape(cotangent)) - node.rank
    target = node.operands[position]
    names, ties, out = _new_names(node, target, extra, graph.shape(target.node))
    slope, moved = renumber(slope, reads, names)
    bound = [k for k in range(len(node.lengths)) if k not in target.axes]
    front = graph.shape(cotangent)[:extra]
    lengths: Shape = (*front, *out, *(node.lengths[k] for k in bound))
    read = Operand(cotangent, (*range(extra), *(names[k] for k in range(node.rank))))
    kernel = mul(slot(len(moved)), *ties, slope)
    return graph.derived(kernel, (*moved, read), lengths, extra + len(out))


def slope_of(graph: Graph, number: int, position: int, convention: str) -> tuple[Term, list[Operand]] | None:
    """The derivative of an Indexed node's kernel in one operand, over its reads; None where it is zero."""
    node = graph[number]
    assert isinstance(node, Indexed)
    slope = derive(node.kernel, slot(position), convention).after
    if is_zero(slope):
        return None
    reads = list(node.operands)
    if _worth_naming(node):
        # Written through the output where the kernel itself occurs: (e^u)' = y.
        slope = substitute(slope, {node.kernel: slot(len(reads))})
        reads.append(Operand(number, tuple(range(node.rank))))
    return slope, reads


def _worth_naming(node: Indexed) -> bool:
    computes = node.elementwise and bool(node.operands) and not isinstance(node.kernel, Slot)
    return node.name is not None and computes


def _new_names(
    node: Indexed, target: Operand, extra: int, shape: Shape
) -> tuple[list[int], list[Term], list[Dim]]:
    """New numbers for the running indices: extra axes, the operand's axes, then what is summed."""
    names = [-1] * len(node.lengths)
    ties: list[Term] = []
    for place, label in enumerate(target.axes):
        if label is None:
            continue
        if names[label] < 0:
            names[label] = extra + place
        else:
            ties.append(delta(axis(names[label]), axis(extra + place)))
    following = extra + len(target.axes)
    for label, name in enumerate(names):
        if name < 0:
            names[label] = following
            following += 1
    return names, ties, list(shape)
