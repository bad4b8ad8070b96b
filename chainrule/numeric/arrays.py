"""NumPy arithmetic, vectorised: float64 arrays. Imports NumPy, so import it only where it is needed.

Elementwise nodes of one shape are computed together, block by block, so that what lies between them never
leaves the cache (see :mod:`~chainrule.numeric.blocks`); sums of products are matrix products
(:mod:`~chainrule.numeric.products`). An entry without a value is NaN, poles too, as in :mod:`.floats`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from typing import Any

import numpy as np

from chainrule.graph import Graph, Indexed, Operation, operand_ids
from chainrule.numeric.arithmetic import NO_LAWS, Arithmetic, Context, Laws
from chainrule.numeric.array_kernels import Array, Kernels, spread
from chainrule.numeric.blocks import Cluster, running_order
from chainrule.numeric.floats import Floats
from chainrule.numeric.primitives import STEPS, Item, folded_axes, primitive
from chainrule.numeric.products import contracted, factorised
from chainrule.numeric.tensors import Tensor
from chainrule.ops import TABLE
from chainrule.ops.table import Structured
from chainrule.terms import Slot


class Arrays(Arithmetic[Array]):
    """float64 arrays. Their shapes are the nodes'; a number is an array of shape ``()``."""

    def __init__(self, laws: Laws = NO_LAWS) -> None:
        super().__init__(laws)
        self.kernels = Kernels(laws)
        self._floats = Floats(laws)

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
        schedule = _Schedule(self, graph, todo, tensors, wanted, context)
        for number in todo:
            schedule.take_up(number)
        for cluster in list(schedule.clusters.values()):
            schedule.flush(cluster)

    @staticmethod
    def gathers(node: Indexed) -> bool:
        """Whether a node is computed block by block: no mere move, and no sum of products."""
        if node.elementwise:
            return not (isinstance(node.kernel, Slot) and node.operands)
        return factorised(node) is None

    # --- one node -------------------------------------------------------------------------------------------

    def indexed(self, node: Indexed, operands: Sequence[Array], context: Context) -> Array:
        lengths = context.concrete(node.lengths)
        if not self.gathers(node):
            if node.elementwise:
                return np.broadcast_to(spread(operands[0], node.operands[0].axes, range(node.rank)), lengths)
            return contracted(node, operands, lengths, self.kernels, context)
        walk = running_order(node, ())
        cluster = Cluster(tuple(lengths[k] for k in walk))
        cluster.add(-1, node, self.kernels.compiled(node.kernel, context), walk)
        tensors = {read.node: array for read, array in zip(node.operands, operands, strict=True)}
        return cluster.run(tensors, {-1})[-1]

    def primitive(self, node: Operation, operands: Sequence[Array], context: Context) -> Array | None:
        shape = context.concrete(node.shape)
        params = dict(node.params)
        if node.op == "take":
            return np.asarray(operands[0][_subscript(params["items"])])
        if node.op == "place":
            out = np.zeros(shape)
            out[_subscript(params["items"])] = operands[0]
            return out
        if node.op == "prod_others":
            return _prod_others(operands[0], params.get("axis"))
        if node.op in STEPS:
            fold = getattr(np, node.op)
            axes = folded_axes(params.get("axis"), operands[0].ndim)
            return np.asarray(fold(operands[0], axis=axes)).reshape(shape)
        declared = TABLE.get(node.op)
        if isinstance(declared, Structured) and declared.numpy is not None:
            return np.asarray(_named(declared.numpy)(*operands), dtype=np.float64).reshape(shape)
        plain = [numbers(array) for array in operands]
        result = primitive(node, plain, self._floats, context)
        return None if result is None else self.load(result)


class _Schedule:
    """The order of work: nodes gather in clusters, and a cluster runs when someone needs its results.

    Open clusters never read from one another, so that they may run in any order.
    """

    def __init__(
        self, arithmetic: Arrays, graph: Graph, todo: Sequence[int], tensors: dict[int, Array],
        wanted: Collection[int], context: Context,
    ) -> None:  # fmt: skip
        self.arithmetic, self.graph, self.tensors = arithmetic, graph, tensors
        self.wanted, self.context = wanted, context
        self.reads = Counter(operand for number in todo for operand in operand_ids(graph.nodes[number]))
        self.clusters: dict[tuple[int, ...], Cluster] = {}
        self.owner: dict[int, Cluster] = {}

    def take_up(self, number: int) -> None:
        """Compute a node, or add it to a cluster of its index space."""
        node = self.graph.nodes[number]
        gathers = isinstance(node, Indexed) and self.arithmetic.gathers(node)
        if not isinstance(node, Indexed) or not gathers:
            for operand in operand_ids(node):
                self._settle(operand)
            self.tensors[number] = self.arithmetic.value(self.graph, number, self.tensors, self.context)
            self._release(number)
            return
        walk = running_order(node, self.owner)
        for operand in operand_ids(node):
            cluster = self.owner.get(operand)
            if cluster is not None and not cluster.accepts(node, walk, operand, self.context):
                self.flush(cluster)
        lengths = self.context.concrete([node.lengths[k] for k in walk])
        cluster = self.clusters.get(lengths)
        if cluster is not None and cluster.full:
            self.flush(cluster)
            cluster = None
        if cluster is None:
            cluster = self.clusters[lengths] = Cluster(lengths)
        cluster.add(number, node, self.arithmetic.kernels.compiled(node.kernel, self.context), walk)
        self.owner[number] = cluster

    def _settle(self, operand: int) -> None:
        if operand in self.owner:
            self.flush(self.owner[operand])

    def flush(self, cluster: Cluster) -> None:
        """Run a cluster; what its members alone read is not kept."""
        del self.clusters[cluster.lengths]
        needed = {
            number
            for number in cluster.numbers
            if number in self.wanted or self.reads[number] > cluster.own_reads(number)
        }
        self.tensors.update(cluster.run(self.tensors, needed))
        for number in cluster.numbers:
            del self.owner[number]
            self._release(number)

    def _release(self, number: int) -> None:
        """Count a node's reads as done, and let go of what nobody reads any more."""
        for operand in operand_ids(self.graph.nodes[number]):
            self.reads[operand] -= 1
            if not self.reads[operand] and operand not in self.wanted:
                self.tensors.pop(operand, None)


def _named(path: str) -> Any:
    """The NumPy function of a dotted name, such as ``linalg.inv``."""
    found: Any = np
    for part in path.split("."):
        found = getattr(found, part)
    return found


def _subscript(items: Sequence[Item]) -> tuple[Any, ...]:
    return (..., *(item if isinstance(item, int) else slice(*item) for item in items))


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
