"""The graph of a program: four kinds of nodes, a builder that shares equal ones, and a checker.

A node refers to earlier nodes only, by their number, so a graph is acyclic by construction and every
pass over it is one loop. A derivative is more nodes of the same graph.

``Indexed`` is every elementwise expression, sum, matrix product, transpose, diagonal, broadcast and
einsum: out[o] = Σ_bound kernel(A₀[i₀], A₁[i₁], …). Its running indices are numbered, the output's
first; an operand says for each of its axes which of them runs along it, or None where an axis of
length 1 is repeated.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from chainrule.algebra import tidy
from chainrule.shapes import Dim, Shape, broadcast, size_term
from chainrule.terms import (
    ONE,
    ZERO,
    Apply,
    Axis,
    Number,
    Params,
    Slot,
    Term,
    axis,
    node_count,
    rewrite,
    slot,
    walk,
)

MAX_FUSED_KERNEL = 400


@dataclass(frozen=True, slots=True)
class Input:
    """A tensor that the program is given: its name, shape and assumption words."""

    name: str
    shape: Shape
    assumptions: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Operand:
    """A node as read by an Indexed node: which running index goes along each of its axes."""

    node: int
    axes: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Indexed:
    """One kernel over indexed operands, summed over the running indices from ``rank`` on.

    ``lengths`` has one length for each running index; the first ``rank`` are the output's shape.
    """

    kernel: Term
    operands: tuple[Operand, ...]
    lengths: Shape
    rank: int
    name: str | None = None

    @property
    def shape(self) -> Shape:
        return self.lengths[: self.rank]

    @property
    def bound(self) -> Shape:
        """The lengths of the indices that are summed over."""
        return self.lengths[self.rank :]

    @property
    def elementwise(self) -> bool:
        """Whether nothing is summed: each entry is one kernel of operands' entries."""
        return len(self.lengths) == self.rank


@dataclass(frozen=True, slots=True)
class Operation:
    """An entry of the op table that is no Indexed node (max, softmax, det, …), with literal params.

    Axes in ``params`` count from the last (negative), so leading axes may be added by what maps over them.
    """

    op: str
    operands: tuple[int, ...]
    params: Params
    shape: Shape
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Root:
    """A tensor that an equation defines: what makes its residual 0, as a function of the operands.

    :attr:`Graph.residuals` has the node of the residual, which reads the root itself. Nothing computes a
    root: its value is given.
    """

    name: str
    operands: tuple[int, ...]
    shape: Shape


Node = Input | Indexed | Operation | Root


def operand_ids(node: Node) -> tuple[int, ...]:
    """The numbers of the nodes that ``node`` reads."""
    if isinstance(node, Indexed):
        return tuple(operand.node for operand in node.operands)
    return node.operands if isinstance(node, (Operation, Root)) else ()


class Graph:
    """The nodes of a program and of everything derived from it, in order of definition.

    ``written`` tells how many of them, from the first, the program itself has. ``residuals`` has for each
    root the node that is 0 where the root is.
    """

    def __init__(self) -> None:
        self.written = 0
        self.nodes: list[Node] = []
        self.residuals: dict[int, int] = {}
        self._known: dict[Node, int] = {}

    def __len__(self) -> int:
        return len(self.nodes)

    def __getitem__(self, number: int) -> Node:
        return self.nodes[number]

    def shape(self, number: int) -> Shape:
        """The shape of node ``number``."""
        return self.nodes[number].shape

    def add(self, node: Node) -> int:
        """The number of ``node``, which is appended unless an equal one is there."""
        found = self._known.get(node)
        if found is None:
            found = self._known[node] = len(self.nodes)
            self.nodes.append(node)
        return found

    # --- building -------------------------------------------------------------------------------

    def constant(self, value: Term, shape: Shape = ()) -> int:
        """A tensor of ``shape`` whose every entry is ``value``, a term without slots."""
        return self.add(Indexed(value, (), shape, len(shape)))

    def pointwise(self, kernel: Term, operands: Sequence[int]) -> int:
        """``kernel`` applied entry by entry to broadcast operands, as written.

        Raises:
            ShapeClash: the operands do not broadcast.
        """
        shape = broadcast(self.shape(node) for node in operands)
        reads = tuple(Operand(node, self._aligned(node, len(shape), shape)) for node in operands)
        return self.indexed(kernel, reads, shape, len(shape))

    def _aligned(self, node: int, rank: int, shape: Shape) -> tuple[int | None, ...]:
        own = self.shape(node)
        start = rank - len(own)
        return tuple(None if dim == 1 and shape[start + k] != 1 else start + k for k, dim in enumerate(own))

    def indexed(self, kernel: Term, operands: Sequence[Operand], lengths: Shape, rank: int) -> int:
        """The node of ``kernel`` as written, with anonymous elementwise operands fused into it."""
        kernel, operands = self._fuse(kernel, operands, fold=rank < len(lengths))
        kernel, operands = _compact(kernel, operands)
        if self._is_identity(kernel, operands, lengths, rank):
            return operands[0].node
        return self.add(Indexed(kernel, tuple(operands), lengths, rank))

    def derived(self, kernel: Term, operands: Sequence[Operand], lengths: Shape, rank: int) -> int:
        """Like :meth:`indexed` for what calculus builds: deltas contracted, idle sums counted, tidy."""
        kernel, operands = self._fuse(tidy(kernel), operands, fold=rank < len(lengths))
        kernel = tidy(kernel)
        kernel, operands, lengths = contract_deltas(kernel, tuple(operands), lengths, rank)
        kernel, operands, lengths = _count_idle(kernel, tuple(operands), lengths, rank)
        return self.indexed(tidy(kernel), operands, lengths, rank)

    def named(self, number: int, name: str) -> int:
        """Node ``number`` under ``name``: a barrier, an atom in whatever is derived from it."""
        node = self.nodes[number]
        if isinstance(node, (Input, Root)) or node.name is not None:
            axes = tuple(range(len(node.shape)))
            return self.add(Indexed(slot(0), (Operand(number, axes),), node.shape, len(axes), name))
        if number == len(self.nodes) - 1:
            del self._known[self.nodes.pop()]
        return self.add(replace(node, name=name))

    def transposed(self, number: int, order: Sequence[int]) -> int:
        """The node with its axes in ``order``: axis k of the result is axis order[k] of the node."""
        shape = self.shape(number)
        axes: list[int | None] = [None] * len(order)
        for place, source in enumerate(order):
            axes[source] = place
        read = Operand(number, tuple(axes))
        return self.indexed(slot(0), (read,), tuple(shape[k] for k in order), len(order))

    def broadcast_to(self, number: int, shape: Shape) -> int:
        """The node repeated along the axes that ``shape`` has in addition."""
        axes = self._aligned(number, len(shape), shape)
        return self.indexed(slot(0), (Operand(number, axes),), shape, len(shape))

    def total(self, numbers: Sequence[int]) -> int:
        """The tidy elementwise sum of nodes of one shape."""
        if len(numbers) == 1:
            return numbers[0]
        shape = self.shape(numbers[0])
        axes = tuple(range(len(shape)))
        kernel = Apply("add", tuple(slot(k) for k in range(len(numbers))))
        return self.derived(kernel, [Operand(n, axes) for n in numbers], shape, len(shape))

    def _is_identity(self, kernel: Term, operands: Sequence[Operand], lengths: Shape, rank: int) -> bool:
        return (
            isinstance(kernel, Slot)
            and rank == len(lengths)
            and operands[0].axes == tuple(range(rank))
            and self.shape(operands[0].node) == lengths
        )

    def _fuse(self, kernel: Term, operands: Sequence[Operand], fold: bool) -> tuple[Term, list[Operand]]:
        """``kernel`` with the kernels of anonymous elementwise operands put in the place of their slots.

        A product of several operands under a sum keeps them apart, so that it stays a product of arrays;
        deltas go in all the same, for a sum is what uses them up. What is compared for equality (the entries
        with their maximum) stays apart too: computed again in another order it may be another float.
        """
        compared = _compared(kernel)
        reads = list(operands)
        table: dict[Term, Term] = {}
        for position, operand in enumerate(operands):
            node = self.nodes[operand.node]
            if not isinstance(node, Indexed) or node.name is not None or not node.elementwise:
                continue
            if fold and len(operands) > 1 and node.operands and not (_is_move(node) or _has_delta(node)):
                continue
            if len(node.operands) and node_count(node.kernel) > MAX_FUSED_KERNEL:
                continue
            if position in compared and node.operands and not _is_move(node):
                continue
            first = len(reads)
            places = operand.axes
            reads += [Operand(o.node, tuple(_follow(places, k) for k in o.axes)) for o in node.operands]
            table[slot(position)] = _relabelled(node.kernel, first, places)
        if table:
            kernel = rewrite(kernel, table.get)
        return kernel, reads


def _follow(places: tuple[int | None, ...], label: int | None) -> int | None:
    return None if label is None else places[label]


@lru_cache(maxsize=1 << 12)
def _compared(kernel: Term) -> frozenset[int]:
    """The slots that a kernel compares for equality."""
    equal = (part for part in walk(kernel) if isinstance(part, Apply) and part.op in ("eq", "ne"))
    return frozenset(side.position for part in equal for side in part.args if isinstance(side, Slot))


def _is_move(node: Indexed) -> bool:
    """Whether a node only repeats or permutes its one operand."""
    return isinstance(node.kernel, Slot)


def _has_delta(node: Indexed) -> bool:
    return any(isinstance(part, Apply) and part.op == "delta" for part in factors(node.kernel))


def _relabelled(kernel: Term, first: int, places: tuple[int | None, ...]) -> Term:
    """An inner kernel with its slots moved up by ``first`` and its running indices renamed."""

    def change(part: Term) -> Term | None:
        if isinstance(part, Slot):
            return slot(part.position + first)
        if isinstance(part, Axis):
            label = places[part.position]
            return ZERO if label is None else axis(label)
        return None

    return rewrite(kernel, change)


def _compact(kernel: Term, operands: Sequence[Operand]) -> tuple[Term, list[Operand]]:
    """Drop operands that the kernel does not use, merge equal ones, and number slots as they occur."""
    kept: dict[Operand, int] = {}
    table: dict[Term, Term] = {}
    for part in walk(kernel):
        if isinstance(part, Slot) and part not in table:
            table[part] = slot(kept.setdefault(operands[part.position], len(kept)))
    if any(old != new for old, new in table.items()):
        kernel = rewrite(kernel, table.get)
    return kernel, list(kept)


# --- deltas -----------------------------------------------------------------------------------------


def delta(a: Term, b: Term) -> Term:
    """Kronecker's delta: 1 where the two indices are equal, else 0."""
    return ONE if a == b else Apply("delta", (a, b))


def factors(kernel: Term) -> tuple[Term, ...]:
    """The factors of a product, or the term itself."""
    if isinstance(kernel, Apply) and kernel.op == "neg":
        return (Number(-ONE.value), *factors(kernel.args[0]))
    return kernel.args if isinstance(kernel, Apply) and kernel.op == "mul" else (kernel,)


def contract_deltas(
    kernel: Term, operands: tuple[Operand, ...], lengths: Shape, rank: int
) -> tuple[Term, tuple[Operand, ...], Shape]:
    """Use up every delta that ties a summed index to another one: Σ_j δ_ij a_j = a_i."""
    while True:
        tie = next(filter(None, (_tie(factor, rank) for factor in factors(kernel))), None)
        if tie is None:
            return kernel, operands, lengths
        gone, kept = tie
        # The index that goes is the higher one, so lower numbers stay; those above it move down.
        names = [kept if k == gone else k for k in range(len(lengths))]
        names = [k - (k > gone) for k in names]
        kernel, operands = renumber(kernel, operands, names)
        kernel = tidy(rewrite(kernel, _equal_delta))
        lengths = lengths[:gone] + lengths[gone + 1 :]


def _tie(factor: Term, rank: int) -> tuple[int, int] | None:
    if isinstance(factor, Apply) and factor.op == "delta":
        a, b = factor.args
        if isinstance(a, Axis) and isinstance(b, Axis) and max(a.position, b.position) >= rank:
            return max(a.position, b.position), min(a.position, b.position)
    return None


def _equal_delta(part: Term) -> Term | None:
    return ONE if isinstance(part, Apply) and part.op == "delta" and part.args[0] == part.args[1] else None


def renumber(
    kernel: Term, operands: Iterable[Operand], names: Sequence[int]
) -> tuple[Term, tuple[Operand, ...]]:
    """Kernel and operands with running index k called names[k]."""
    reads = tuple(Operand(o.node, tuple(None if k is None else names[k] for k in o.axes)) for o in operands)

    def change(part: Term) -> Term | None:
        return axis(names[part.position]) if isinstance(part, Axis) else None

    return rewrite(kernel, change), reads


def _count_idle(
    kernel: Term, operands: tuple[Operand, ...], lengths: Shape, rank: int
) -> tuple[Term, tuple[Operand, ...], Shape]:
    """A sum over an index that nothing depends on is a multiplication by its length."""
    live, running = _leaves(kernel)
    used = running | {k for n in live for k in operands[n].axes}
    idle = [k for k in range(rank, len(lengths)) if k not in used]
    if not idle:
        return kernel, operands, lengths
    kernel = Apply("mul", (size_term(lengths[k] for k in idle), kernel))
    stay = [k for k in range(len(lengths)) if k not in idle]
    place = {k: n for n, k in enumerate(stay)}
    names = [place.get(k, 0) for k in range(len(lengths))]
    kernel, operands = renumber(kernel, operands, names)
    return kernel, operands, tuple(lengths[k] for k in stay)


# --- the checker ---------------------------------------------------------------------------------------


@lru_cache(maxsize=1 << 12)
def _leaves(kernel: Term) -> tuple[frozenset[int], frozenset[int]]:
    parts = list(walk(kernel))
    return (
        frozenset(p.position for p in parts if isinstance(p, Slot)),
        frozenset(p.position for p in parts if isinstance(p, Axis)),
    )


def check(graph: Graph) -> None:
    """Assert that every node is well formed: it refers to earlier nodes, and all lengths agree.

    Raises:
        AssertionError: with the number of the node and what is wrong with it.
    """
    for number, node in enumerate(graph.nodes):
        assert all(earlier < number for earlier in operand_ids(node)), f"node {number} refers ahead"
        if not isinstance(node, Indexed):
            continue
        positions, running = _leaves(node.kernel)
        assert positions == frozenset(range(len(node.operands))), f"node {number}: slots and operands differ"
        assert all(k < len(node.lengths) for k in running), (
            f"node {number}: kernel runs over an unknown index"
        )
        for operand in node.operands:
            shape = graph.shape(operand.node)
            assert len(shape) == len(operand.axes), f"node {number}: operand rank"
            for dim, label in zip(shape, operand.axes, strict=True):
                expected: Dim = 1 if label is None else node.lengths[label]
                assert dim == expected, f"node {number}: length {dim} is read as {expected}"
