"""Where values sit on a kink or a jump: entries of a statement at which an operation has no derivative."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Any

from chainrule.graph import Graph, Indexed, Operation
from chainrule.numeric.arithmetic import Context
from chainrule.numeric.entries import Inexact, Undefined
from chainrule.numeric.entrywise import Entrywise
from chainrule.numeric.floats import Floats
from chainrule.numeric.primitives import groups
from chainrule.numeric.tensors import Tensor, offsets, steps_along
from chainrule.ops import TABLE
from chainrule.ops.table import TIES, Kink, Pointwise, Structured
from chainrule.terms import Apply, Term, slot, walk

Condition = Callable[[str, tuple[str, ...]], Term]
"""From the text of a condition and the names of its parameters to its Term: parameter k is slot k."""

MAX_LOOKED_AT = 100_000


@dataclass(frozen=True, slots=True)
class Met:
    """An entry on a kink, or on a jump (``kink`` is None).

    ``part`` is the application concerned, over the slots of the node's kernel (for an Operation: over its
    operands), ``values`` its arguments there; ``at`` is the condition as the op table spells it.
    """

    entry: tuple[int, ...]
    part: Apply
    at: str
    kink: Kink | None
    values: tuple[Any, ...]


def kinks_met(
    graph: Graph,
    number: int,
    tensors: Mapping[int, Tensor],
    context: Context,
    arithmetic: Entrywise,
    condition: Condition,
) -> Iterator[Met]:
    """The kinks and jumps on which node ``number`` sits, entry by entry, each declared kink of a part once.

    tensors: the values of the node and of its operands, in ``arithmetic``; where that cannot hold a part
    of an expression (exact fractions and sin), floats decide. Lazy: take as many as are to be reported.
    Only the first MAX_LOOKED_AT entries (summed ones counted) are looked at.
    """
    node = graph[number]
    if isinstance(node, Operation):
        yield from _of_operation(node, number, tensors, condition)
    elif isinstance(node, Indexed) and _may_be_kinked(node.kernel):
        look = _Look(arithmetic, context, condition)
        met: set[tuple[tuple[int, ...], Term, str, Kink | None]] = set()
        for entry, s, a in rows(node, tensors, context):
            for found in look.at(node.kernel, s, a, entry):
                key = (entry, found.part, found.at, found.kink)
                if key not in met:
                    met.add(key)
                    yield found


def rows(
    node: Indexed, tensors: Mapping[int, Tensor], context: Context
) -> Iterator[tuple[tuple[int, ...], list[Any], tuple[int, ...]]]:
    """The entry, the operands' entries and the running indices of each term that the node adds up."""
    lengths = context.concrete(node.lengths)
    reads = [tensors[read.node] for read in node.operands]
    places = [
        offsets(lengths, steps_along(tensor.shape, read.axes, 0, len(lengths)))
        for tensor, read in zip(reads, node.operands, strict=True)
    ]
    for count, index in enumerate(product(*map(range, lengths))):
        if count == MAX_LOOKED_AT:
            return
        yield (
            index[: node.rank],
            [t.entries[p[count]] for t, p in zip(reads, places, strict=True)],
            index,
        )


@lru_cache(maxsize=1 << 12)
def _may_be_kinked(kernel: Term) -> bool:
    return any(isinstance(part, Apply) and _conditions(part.op) for part in walk(kernel))


def _conditions(op: str) -> list[tuple[str, Kink | None]]:
    """The conditions under which a pointwise function has no derivative."""
    declared = TABLE.get(op)
    if not isinstance(declared, Pointwise):
        return []
    found: list[tuple[str, Kink | None]] = [(kink.at, kink) for kink in declared.kinks]
    return [*found, (declared.jumps, None)] if declared.jumps is not None else found


class _Look:
    """Looks at one kernel's parts, those of branches that are taken."""

    def __init__(self, arithmetic: Entrywise, context: Context, condition: Condition) -> None:
        self.arithmetic, self.context, self.condition = arithmetic, context, condition
        self.floats = Floats(arithmetic.laws)

    def at(self, term: Term, s: Sequence[Any], a: tuple[int, ...], entry: tuple[int, ...]) -> Iterator[Met]:
        if not isinstance(term, Apply) or not _may_be_kinked(term):
            return
        if term.op == "where":
            test, yes, no = term.args
            yield from self.at(test, s, a, entry)
            truth = self.value(test, s, a)
            if isinstance(truth, bool):
                yield from self.at(yes if truth else no, s, a, entry)
            return
        for part in term.args:
            yield from self.at(part, s, a, entry)
        for text, kink in _conditions(term.op):
            values = [self.value(part, s, a) for part in (*term.args, term)]
            declared = TABLE[term.op]
            holds = self.condition(text, (*declared.signature.parameters, "y"))
            if self.value(holds, values, ()) is True:
                yield Met(entry, term, text, kink, tuple(values[:-1]))

    def value(self, term: Term, s: Sequence[Any], a: tuple[int, ...]) -> Any:
        try:
            if not any(isinstance(entry, float) for entry in s):
                return self.arithmetic.kernel(term, self.context)(s, a)
        except Inexact:
            pass
        return self.floats.kernel(term, self.context)([self.floats.loaded(entry) for entry in s], a)


def _of_operation(
    node: Operation, number: int, tensors: Mapping[int, Tensor], condition: Condition
) -> Iterator[Met]:
    """The kinks of an operation: ties within a fold, or a condition on its output ``y``."""
    declared = TABLE.get(node.op)
    if not isinstance(declared, Structured):
        return
    y = tensors[number]
    part = Apply(node.op, tuple(slot(k) for k in range(len(node.operands))), node.params)
    floats = Floats()
    for kink in declared.kinks:
        holds = None if kink.at == TIES else floats.kernel(condition(kink.at, ("y",)), Context())
        x = tensors[node.operands[kink.operand]]
        tied = _rivals(node, x.shape, y.shape) if holds is None else {}
        for place, (entry, value) in enumerate(zip(product(*map(range, y.shape)), y.entries, strict=True)):
            if isinstance(value, Undefined):
                continue
            if holds is None:
                met = sum(1 for k in tied[place] if x.entries[k] == value) > 1
            else:
                met = holds([floats.loaded(value)], ()) is True
            if met:
                yield Met(entry, part, kink.at, kink, (value,))


def _rivals(node: Operation, operand: tuple[int, ...], out: tuple[int, ...]) -> dict[int, list[int]]:
    """For each place of the output the places of the operand that compete for it."""
    rows = groups(operand, dict(node.params).get("axis"))
    if operand != out:
        return dict(enumerate(rows))
    running = node.op in ("cummax", "cummin")
    return {k: row[: n + 1] if running else row for row in rows for n, k in enumerate(row)}
