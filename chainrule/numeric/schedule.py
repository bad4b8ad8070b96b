"""The order of work of the vectorised arithmetic. Imports NumPy, so import it only lazily.

Elementwise nodes gather in clusters, and a cluster runs when someone needs its results. Open clusters
never read from one another, so that they may run in any order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from typing import NamedTuple

from chainrule.graph import Graph, Indexed, operand_ids
from chainrule.numeric.arithmetic import Context
from chainrule.numeric.array_kernels import Kernels
from chainrule.numeric.blocks import Cluster, Member, running_order
from chainrule.numeric.products import factorised
from chainrule.terms import Slot


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
    """Sorts the nodes ``todo`` into work."""

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
