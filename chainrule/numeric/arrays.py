"""NumPy arithmetic, vectorised: float64 arrays. Imports NumPy, so import it only where it is needed.

Elementwise nodes of one shape are computed together, block by block, so that what lies between them never
leaves the cache (see :mod:`~chainrule.numeric.blocks`); sums of products are matrix products
(:mod:`~chainrule.numeric.products`). An entry without a value is NaN, poles too, as in :mod:`.floats`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from typing import Any, NamedTuple

import numpy as np

from chainrule.graph import Graph, Indexed, Node, Operation, operand_ids
from chainrule.numeric.arithmetic import NO_LAWS, Arithmetic, Context, Laws
from chainrule.numeric.array_kernels import Array, Kernels, spread
from chainrule.numeric.array_linear import MATRIX_OPERATIONS
from chainrule.numeric.array_moves import MOVING_ARRAYS
from chainrule.numeric.blocks import Cluster, Member, running_order
from chainrule.numeric.floats import Floats
from chainrule.numeric.primitives import STEPS, Item, concrete_items, folded_axes
from chainrule.numeric.products import contracted, factorised
from chainrule.numeric.tensors import Tensor
from chainrule.numeric.windows import WINDOWED, windowed_array
from chainrule.ops import TABLE
from chainrule.ops.table import Structured
from chainrule.terms import Slot

_KEPT_PLANS = 16


class Arrays(Arithmetic[Array]):
    """float64 arrays. Their shapes are the nodes'; a number is an array of shape ``()``."""

    def __init__(self, laws: Laws = NO_LAWS) -> None:
        super().__init__(laws)
        self.kernels = Kernels(laws)
        self._floats = Floats(laws)
        self._plans: dict[tuple[Any, ...], tuple[tuple[Node, ...], list[Work]]] = {}

    def session(self) -> AbstractContextManager[Any]:
        return np.errstate(all="ignore", divide="call", call=self.kernels.pole_met)

    def load(self, tensor: Tensor) -> Array:
        entries: Any = tensor.entries
        if not isinstance(entries, np.ndarray):
            entries = np.array(self._floats.load(tensor).entries, dtype=np.float64)
        return np.asarray(entries, dtype=np.float64).reshape(tensor.shape)

    def finished(self, tensor: Array) -> Array:
        """Results belong to the caller: no view of an input or of another result."""
        return tensor if tensor.base is None and tensor.flags.owndata else tensor.copy()

    def shape(self, tensor: Array) -> tuple[int, ...]:
        return tensor.shape

    def reshaped(self, tensor: Array, shape: tuple[int, ...]) -> Array:
        return tensor.reshape(shape)

    def run(
        self, graph: Graph, todo: Sequence[int], tensors: dict[int, Array], wanted: Collection[int],
        context: Context, partial: bool = False,
    ) -> None:  # fmt: skip
        for work in self._plan(graph, todo, wanted, context):
            if work.cluster is not None:
                tensors.update(work.cluster.run(tensors))
            else:
                tensors[work.number] = self.value(graph, work.number, tensors, context)
            for number in work.forgotten:
                tensors.pop(number, None)

    def _plan(
        self, graph: Graph, todo: Sequence[int], wanted: Collection[int], context: Context
    ) -> list[Work]:
        """The order of work; the last plans are kept, for programs that run again and again."""
        nodes = tuple(graph.nodes[number] for number in todo)
        key = (tuple(todo), frozenset(wanted), *context.key)
        kept, plan = self._plans.get(key, ((), []))
        if len(kept) != len(nodes) or any(a is not b for a, b in zip(kept, nodes, strict=True)):
            plan = Planner(graph, todo, wanted, context, self.kernels).plan()
            if len(self._plans) >= _KEPT_PLANS:
                self._plans.clear()
            self._plans[key] = nodes, plan
        return plan

    # --- one node -------------------------------------------------------------------------------------------

    def indexed(self, node: Indexed, operands: Sequence[Array], context: Context) -> Array:
        lengths = context.concrete(node.lengths)
        if not gathers(node):
            if node.elementwise:
                return np.broadcast_to(spread(operands[0], node.operands[0].axes, range(node.rank)), lengths)
            return contracted(node, operands, lengths, self.kernels, context)
        walk = running_order(node, lengths, ())
        cluster = Cluster(tuple(lengths[k] for k in walk))
        cluster.add(Member.of(-1, node, self.kernels.compiled(node.kernel, context), walk, lengths))
        tensors = {read.node: array for read, array in zip(node.operands, operands, strict=True)}
        cluster.close({-1})
        return cluster.run(tensors)[-1]

    def primitive(self, node: Operation, operands: Sequence[Array], context: Context) -> Array | None:
        shape = context.concrete(node.shape)
        params = dict(node.params)
        if node.op == "take":
            return np.asarray(operands[0][_subscript(concrete_items(params["items"], context))])
        if node.op == "place":
            out = np.zeros(shape)
            np.add.at(out, _subscript(concrete_items(params["items"], context)), operands[0])
            return out
        if node.op == "reshape":
            return operands[0].reshape(shape)
        if node.op in MOVING_ARRAYS:
            return np.asarray(MOVING_ARRAYS[node.op](operands[0], params))
        if node.op == "prod_others":
            return _prod_others(operands[0], params.get("axis"))
        if node.op in MATRIX_OPERATIONS:
            return np.asarray(MATRIX_OPERATIONS[node.op](*operands), dtype=np.float64).reshape(shape)
        if node.op in WINDOWED:
            return windowed_array(node.op, params, operands, shape)
        if node.op in STEPS:
            fold = getattr(np, node.op)
            axes = folded_axes(params.get("axis"), operands[0].ndim)
            return np.asarray(fold(operands[0], axis=axes)).reshape(shape)
        declared = TABLE.get(node.op)
        if isinstance(declared, Structured) and declared.numpy is not None:
            return np.asarray(_named(declared.numpy)(*operands), dtype=np.float64).reshape(shape)
        return None


# --- the order of work ----------------------------------------------------------------------------------


class Work(NamedTuple):
    """A cluster to run, or (None) a node to compute by itself; then the nodes that nobody reads any more."""

    cluster: Cluster | None
    number: int
    forgotten: tuple[int, ...]


def gathers(node: Indexed) -> bool:
    """Whether a node is computed block by block: no mere move, and no sum of products."""
    if node.elementwise:
        return not (isinstance(node.kernel, Slot) and node.operands)
    return factorised(node) is None


class Planner:
    """Sorts the nodes ``todo`` into work.

    Elementwise nodes gather in clusters, and a cluster runs when someone needs its results. Open clusters
    never read from one another, so that they may run in any order.
    """

    def __init__(
        self, graph: Graph, todo: Sequence[int], wanted: Collection[int], context: Context, kernels: Kernels
    ) -> None:
        self.graph, self.todo, self.wanted = graph, todo, wanted
        self.context, self.kernels = context, kernels
        self.reads = Counter(operand for number in todo for operand in operand_ids(graph.nodes[number]))
        self.clusters: dict[tuple[int, ...], Cluster] = {}
        self.owner: dict[int, Cluster] = {}
        self.work: list[Work] = []

    def plan(self) -> list[Work]:
        """The work in order."""
        for number in self.todo:
            self._take_up(number)
        for cluster in list(self.clusters.values()):
            self._close(cluster)
        return self.work

    def _take_up(self, number: int) -> None:
        """Add a node to a cluster of its index space, or let it stand alone."""
        node = self.graph.nodes[number]
        if not isinstance(node, Indexed) or not gathers(node):
            for operand in operand_ids(node):
                if operand in self.owner:
                    self._close(self.owner[operand])
            self.work.append(Work(None, number, self._released([number])))
            return
        lengths = self.context.concrete(node.lengths)
        walk = running_order(node, lengths, self.owner)
        space = tuple(lengths[k] for k in walk)
        for operand in operand_ids(node):
            owner = self.owner.get(operand)
            if owner is not None and not owner.accepts(node, walk, space, operand):
                self._close(owner)
        cluster = self.clusters.get(space)
        if cluster is not None and cluster.full:
            self._close(cluster)
            cluster = None
        if cluster is None:
            cluster = self.clusters[space] = Cluster(space)
        part = self.kernels.compiled(node.kernel, self.context)
        cluster.add(Member.of(number, node, part, walk, lengths))
        self.owner[number] = cluster

    def _close(self, cluster: Cluster) -> None:
        """Let a cluster run here; what its members alone read is not stored."""
        del self.clusters[cluster.lengths]
        numbers = [member.number for member in cluster.members]
        cluster.close({n for n in numbers if n in self.wanted or self.reads[n] > cluster.reads[n]})
        for number in numbers:
            del self.owner[number]
        self.work.append(Work(cluster, -1, self._released(numbers)))

    def _released(self, numbers: Sequence[int]) -> tuple[int, ...]:
        """Count the reads of nodes as done: the nodes that nobody reads any more."""
        gone: list[int] = []
        for number in numbers:
            for operand in operand_ids(self.graph.nodes[number]):
                self.reads[operand] -= 1
                if not self.reads[operand] and operand not in self.wanted:
                    gone.append(operand)
        return tuple(gone)


def _named(path: str) -> Any:
    """The NumPy function of a dotted name, such as ``linalg.inv``."""
    found: Any = np
    for part in path.split("."):
        found = getattr(found, part)
    return found


def _subscript(items: Sequence[Item]) -> tuple[Any, ...]:
    return (..., *(_along(item) for item in items))


def _along(item: Item) -> Any:
    if isinstance(item, int):
        return item
    return list(item[0]) if len(item) == 1 else slice(*item)


def _prod_others(x: Array, axis: Any) -> Array:
    """For each entry the product of the others along ``axis``, without dividing."""
    gone = folded_axes(axis, x.ndim)
    last = tuple(range(x.ndim - len(gone), x.ndim))
    moved = np.moveaxis(x, gone, last)
    rows = moved.reshape(*moved.shape[: x.ndim - len(gone)], -1)
    ones = np.ones((*rows.shape[:-1], 1))
    before = np.concatenate([ones, np.cumprod(rows[..., :-1], axis=-1)], axis=-1)
    after = np.concatenate([np.cumprod(rows[..., :0:-1], axis=-1)[..., ::-1], ones], axis=-1)
    return np.moveaxis((before * after).reshape(moved.shape), last, gone)


def numbers(array: Array) -> Tensor:
    """An array as a plain tensor of Python floats."""
    return Tensor(array.ravel().tolist(), array.shape)
