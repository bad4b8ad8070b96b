"""Nodes over one index space computed together, block by block. Imports NumPy, so import it only lazily.

A cluster holds elementwise nodes of one shape, and sums over some of their axes. For each block of the
index space all members are computed in turn; what only members read is never stored as a whole.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

import numpy as np

from chainrule.graph import Indexed
from chainrule.numeric.array_kernels import Array, Part, along, spread
from chainrule.numeric.closures import free_names
from chainrule.shapes import entries as count_entries

# A few blocks of this many doubles fit a second-level cache.
BLOCK = 1 << 15
MAX_MEMBERS = 256

Slices = tuple[slice, ...]


@dataclass(frozen=True, slots=True)
class Member:
    """A node of a cluster.

    ``order`` lists its running indices in the order of the cluster's axes, those of length 1 left out;
    ``summed`` are the axes of the cluster that it sums over; ``shape`` is the node's own.
    """

    number: int
    node: Indexed
    part: Part
    order: tuple[int, ...]

    summed: tuple[int, ...]
    shape: tuple[int, ...]

    @staticmethod
    def of(
        number: int, node: Indexed, part: Part, order: tuple[int, ...], lengths: tuple[int, ...]
    ) -> Member:
        """The member for a node whose running indices have the concrete ``lengths``."""
        summed = tuple(place for place, k in enumerate(order) if k >= node.rank)
        return Member(number, node, part, order, summed, lengths[: node.rank])

    def in_order(self, array: Array) -> Array:
        """The node's value from an array over the cluster's axes, those that are summed of length 1."""
        kept = [k for k in self.order if k < self.node.rank]
        if self.summed or kept != sorted(kept):
            sizes = [n for n, k in zip(array.shape, self.order, strict=True) if k < self.node.rank]
            array = array.reshape(sizes).transpose([kept.index(k) for k in sorted(kept)])
        return array if array.shape == self.shape else array.reshape(self.shape)


def running_order(node: Indexed, lengths: tuple[int, ...], preferred: Collection[int]) -> tuple[int, ...]:
    """The running indices of a node in the order in which its memory is best walked, without idle ones.

    Idle are those of length 1. A sum follows an operand that all others run along, if possible a
    ``preferred`` one.
    """
    natural = tuple(k for k, n in enumerate(lengths) if n != 1)
    if node.elementwise:
        return natural
    walks = [(read.node not in preferred, _live(read.axes, natural)) for read in node.operands]
    whole = [(late, walk) for late, walk in walks if len(walk) == len(natural) == len(set(walk))]
    return min(whole, key=itemgetter(0))[1] if whole else natural


def _live(axes: Sequence[int | None], order: Collection[int]) -> tuple[int, ...]:
    """The running indices of ``order`` that go along ``axes``."""
    return tuple(k for k in axes if k is not None and k in order)


@dataclass(frozen=True, slots=True)
class Step:
    """A member at work: which operands are members too, the shape that is stored, whom it reads last."""

    member: Member
    inside: tuple[bool, ...]
    stored: tuple[int, ...] | None
    forgotten: tuple[int, ...]


class Cluster:
    """Nodes over the index space ``lengths``, in order of definition; closed before it runs."""

    def __init__(self, lengths: tuple[int, ...]) -> None:
        self.lengths = lengths
        self.members: list[Member] = []
        self.elementwise: set[int] = set()
        self.reads: Counter[int] = Counter()
        self.steps: list[Step] = []

    @property
    def full(self) -> bool:
        """Whether no more nodes should join."""
        return len(self.members) >= MAX_MEMBERS

    def accepts(self, node: Indexed, order: tuple[int, ...], space: tuple[int, ...], operand: int) -> bool:
        """Whether ``node`` may join although it reads ``operand``, a member: entry by entry, and no sum.

        ``space`` are the lengths of its running indices ``order``.
        """
        own = (read for read in node.operands if read.node == operand)
        alike = space == self.lengths and operand in self.elementwise
        return alike and all(_live(read.axes, order) == order for read in own)

    def add(self, member: Member) -> None:
        """Add a node whose operands are computed or members."""
        self.members.append(member)
        self.reads.update(read.node for read in member.node.operands)
        if member.node.elementwise:
            self.elementwise.add(member.number)

    def close(self, needed: Collection[int]) -> None:
        """Settle what is to be done: the values of the members ``needed`` are stored, the rest passes by."""
        live = set(needed)
        steps: list[Step] = []
        for member in reversed(self.members):
            number = member.number
            if number not in live:
                continue
            reads = [read.node for read in member.node.operands]
            stored = tuple(1 if k in member.summed else n for k, n in enumerate(self.lengths))
            inside = tuple(node in self.elementwise for node in reads)
            last = {node for node in reads if node in self.elementwise} - live
            steps.append(Step(member, inside, stored if number in needed else None, tuple(last)))
            live |= last
        self.steps = steps[::-1]

    def run(self, tensors: Mapping[int, Array]) -> dict[int, Array]:
        """The values that are needed; ``tensors`` holds what the members read from outside."""
        results: dict[int, Array] = {}
        views: list[list[Array | None]] = []
        for step in self.steps:
            member = step.member
            if step.stored is not None:
                results[member.number] = np.zeros(step.stored) if member.summed else np.empty(step.stored)
            views.append(
                [
                    None if inside else spread(tensors[read.node], read.axes, member.order)
                    for read, inside in zip(member.node.operands, step.inside, strict=True)
                ]
            )
        for slices in blocks(self.lengths):
            self._run_block(slices, views, results)
        return {
            step.member.number: step.member.in_order(results[step.member.number])
            for step in self.steps
            if step.stored is not None
        }

    def _run_block(
        self, slices: Slices | None, views: list[list[Array | None]], results: dict[int, Array]
    ) -> None:
        values: dict[int, Any] = {}
        for step, outer in zip(self.steps, views, strict=True):
            member = step.member
            s = [
                values[read.node] if view is None else _cut(view, slices)
                for view, read in zip(outer, member.node.operands, strict=True)
            ]
            a = _indices(member, slices, self.lengths)
            stored = results.get(member.number)
            if stored is None:
                values[member.number] = member.part.run(s, a, None)
            elif not member.summed:
                out = _cut(stored, slices)
                value = member.part.run(s, a, out)
                if value is not out:
                    np.copyto(out, value)
                values[member.number] = out
            else:
                _add_up(member, member.part.run(s, a, None), slices, self.lengths, stored)
            for number in step.forgotten:
                del values[number]


def _indices(member: Member, slices: Slices | None, lengths: tuple[int, ...]) -> list[Any]:
    """The values of the member's running indices, if its kernel asks for any."""
    if not free_names(member.node.kernel)[2]:
        return []
    ranges = [(0, n) for n in lengths] if slices is None else [(cut.start, cut.stop) for cut in slices]
    out: list[Any] = [np.float64(0)] * len(member.node.lengths)
    for place, k in enumerate(member.order):
        out[k] = along(place, ranges[place][0], ranges[place][1], len(lengths))
    return out


def _add_up(
    member: Member, value: Any, slices: Slices | None, lengths: tuple[int, ...], stored: Array
) -> None:
    """Add the sum of one block of values to what is stored."""
    shape = lengths if slices is None else tuple(cut.stop - cut.start for cut in slices)
    if value.shape != shape:
        value = np.broadcast_to(value, shape)
    part = _cut(stored, slices)
    if len(member.summed) == len(lengths):
        part += np.add.reduce(value, axis=None)
    else:
        part += np.add.reduce(value, axis=member.summed, keepdims=True)


def _cut(view: Array, slices: Slices | None) -> Array:
    """The block of a view; an axis of length 1 is the same in every block."""
    if slices is None:
        return view
    return view[tuple(cut if n > 1 else slice(None) for cut, n in zip(slices, view.shape, strict=True))]


def blocks(lengths: tuple[int, ...]) -> Iterator[Slices | None]:
    """The index space cut into blocks of at most BLOCK entries, in order; None is all of it."""
    if count_entries(lengths) <= BLOCK:
        yield None
        return
    place, within = len(lengths) - 1, 1
    while within * lengths[place] <= BLOCK:
        within *= lengths[place]
        place -= 1
    step = max(1, BLOCK // within)
    rest = tuple(slice(0, n) for n in lengths[place + 1 :])
    for outer in np.ndindex(*lengths[:place]):
        before = tuple(slice(k, k + 1) for k in outer)
        for start in range(0, lengths[place], step):
            yield (*before, slice(start, min(start + step, lengths[place])), *rest)
