"""Why an entry has no value: the first part of a formula that fails, found by going back from the result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import isnan
from typing import Any

from chainrule.graph import Graph, Indexed, Input, Operation, Root
from chainrule.numeric.arithmetic import NO_LAWS, AbstractFunction, Context, Laws, order
from chainrule.numeric.entries import Undefined
from chainrule.numeric.evaluate import evaluate
from chainrule.numeric.floats import Floats
from chainrule.numeric.masks import masked
from chainrule.numeric.matrix_operations import NAMES, matrix_operation
from chainrule.numeric.precise import Precise
from chainrule.numeric.primitives import STEPS, groups, picked
from chainrule.numeric.tensors import Tensor, plain, steps_along, strides
from chainrule.shapes import entries as count_entries
from chainrule.terms import Apply, Slot, Term, slot

_MANY = 20_000
_LOGARITHMS = frozenset({"logdet", "slogdet"})
_DIGITS = 30
_SHOWN_WHOLE = 10**15


@dataclass(frozen=True, slots=True)
class Trouble:
    """The first part that fails.

    kind: ``pole``, ``domain``, ``zero times infinity``, ``overflow``; of a matrix ``singular``, ``rank`` (not
    full) or ``indefinite``. node and entry: where it stands;
    index: the running indices there, the summed ones included. part: the application that fails, over the
    slots of the node's kernel (of an Operation: its operands). values: its arguments there, as text.
    """

    kind: str
    node: int
    entry: tuple[int, ...]
    index: tuple[int, ...]
    part: Term
    values: tuple[str, ...]


def find_trouble(
    graph: Graph,
    number: int,
    values: Mapping[int, Tensor],
    lengths: Mapping[str, int],
    laws: Laws = NO_LAWS,
    functions: Mapping[str, AbstractFunction] | None = None,
    entry: tuple[int, ...] | None = None,
) -> Trouble | None:
    """Why node ``number`` has no value at ``entry`` (None: its first entry without one); None if it has."""
    nodes = order(graph, [number])
    context = Context(lengths, functions or {})
    tensors: dict[int, Tensor]
    if sum(count_entries(context.concrete(graph.shape(n))) for n in nodes) <= _MANY:
        tensors = evaluate(graph, nodes, values, lengths, Floats(laws), functions)
    else:
        from chainrule.numeric.arrays import Arrays, numbers

        arrays = evaluate(graph, nodes, values, lengths, Arrays(laws), functions)
        tensors = {n: numbers(array) for n, array in arrays.items()}
    start = first_undefined(tensors[number]) if entry is None else entry
    return None if start is None else _Trace(graph, tensors, context, laws).back(number, start)


def first_undefined(tensor: Tensor) -> tuple[int, ...] | None:
    """The first entry that is no finite number."""
    for index, entry in zip(product(*map(range, tensor.shape)), plain(tensor.entries), strict=True):
        if _fails(entry):
            return index
    return None


def _fails(entry: Any) -> bool:
    return not isinstance(entry, bool) and (isinstance(entry, Undefined) or entry - entry != 0)


class _Trace:
    """Goes from an entry without a value to the entry that it has it from, until a part fails by itself."""

    def __init__(self, graph: Graph, tensors: Mapping[int, Tensor], context: Context, laws: Laws) -> None:
        self.graph, self.tensors, self.context = graph, tensors, context
        self.floats, self.precise = Floats(laws), Precise(_DIGITS, laws)

    def back(self, number: int, entry: tuple[int, ...]) -> Trouble | None:
        while True:
            node = self.graph[number]
            if isinstance(node, (Input, Root)) or not _fails(self.tensors[number].at(*entry)):
                return None
            found = (
                self._in_kernel(node, number, entry)
                if isinstance(node, Indexed)
                else self._in_operation(node, number, entry)
            )
            if isinstance(found, Trouble):
                return found
            number, entry = found

    def _in_kernel(
        self, node: Indexed, number: int, entry: tuple[int, ...]
    ) -> Trouble | tuple[int, tuple[int, ...]]:
        lengths = self.context.concrete(node.lengths)
        steps = [
            steps_along(self.tensors[read.node].shape, read.axes, 0, len(lengths)) for read in node.operands
        ]
        s: list[Any] = []
        for bound in product(*map(range, lengths[node.rank :])):
            index = (*entry, *bound)
            places = [sum(k * step for k, step in zip(index, row, strict=True)) for row in steps]
            s = [self.tensors[r.node].entries[p] for r, p in zip(node.operands, places, strict=True)]
            part = self.first_failure(node.kernel, s, index)
            if isinstance(part, Slot):
                read = node.operands[part.position]
                return read.node, tuple(0 if k is None else index[k] for k in read.axes)
            if part is not None:
                arguments = [self.value(argument, s, index) for argument in part.children]
                return Trouble(
                    self.kind(part, arguments), number, entry, index, part, tuple(map(_text, arguments))
                )
        return Trouble("overflow", number, entry, entry, node.kernel, ())

    def _in_operation(
        self, node: Operation, number: int, entry: tuple[int, ...]
    ) -> Trouble | tuple[int, tuple[int, ...]]:
        shape = self.tensors[number].shape
        place = sum(k * step for k, step in zip(entry, strides(shape), strict=True))
        for operand in node.operands:
            tensor = self.tensors[operand]
            for k in _sources(node, place, tensor.shape):
                if _fails(tensor.entries[k]):
                    return operand, _index(k, tensor.shape)
        part = Apply(node.op, tuple(slot(k) for k in range(len(node.operands))), node.params)
        kind = "pole" if isnan(self.tensors[number].entries[place]) else "overflow"
        if node.op in NAMES or node.op in _LOGARITHMS:
            kind = self._of_matrix(node, shape, place)
        return Trouble(kind, number, entry, entry, part, ())

    def _of_matrix(self, node: Operation, shape: tuple[int, ...], place: int) -> str:
        """Why a matrix operation has no value: what the arithmetic that gives reasons says."""
        operands = [self.precise.load(self.tensors[operand]) for operand in node.operands]
        op = "det" if node.op in _LOGARITHMS else node.op
        result = matrix_operation(op, operands, shape, self.precise).entries[place]
        if isinstance(result, Undefined):
            return result.reason
        return "domain" if node.op in _LOGARITHMS and result < 0 else "singular"

    def value(self, term: Term, s: Sequence[Any], a: tuple[int, ...]) -> Any:
        return self.floats.kernel(term, self.context)(s, a)

    def first_failure(self, term: Term, s: Sequence[Any], a: tuple[int, ...]) -> Term | None:
        """The first part, in the order of evaluation, that fails although its arguments do not."""
        if isinstance(term, Apply) and term.op == "where":
            test, yes, no = term.args
            found = self.first_failure(test, s, a)
            if found is not None:
                return found
            return self.first_failure(yes if self.value(test, s, a) is True else no, s, a)
        if isinstance(term, Apply) and term.op == "mul" and masked(term) is not term:
            return self.first_failure(masked(term), s, a)
        for part in term.children:
            found = self.first_failure(part, s, a)
            if found is not None:
                return found
        return term if _fails(self.value(term, s, a)) else None

    def kind(self, part: Term, arguments: Sequence[Any]) -> str:
        """Why an application fails at arguments that are numbers, by the arithmetic that gives reasons."""
        if not isinstance(part, Apply):
            return "overflow"
        if part.op == "mul" and any(x == 0 for x in arguments):
            return "zero times infinity"
        if part.op in ("add", "mul", "neg", "call"):
            return "overflow"
        over = Apply(part.op, tuple(slot(k) for k in range(len(arguments))), part.params)
        if part.op not in ("div", "pow") and self.precise.function(part.op) is None:
            law = self.floats.laws.kernel(part.op)
            inner = self.first_failure(law, arguments, ())
            if inner is None or isinstance(inner, Slot):
                return "overflow"
            return self.kind(inner, [self.value(argument, arguments, ()) for argument in inner.children])
        result = self.precise.kernel(over, self.context)([self.precise.loaded(x) for x in arguments], ())
        return result.reason if isinstance(result, Undefined) else "overflow"


def _sources(node: Operation, place: int, shape: tuple[int, ...]) -> Sequence[int]:
    """The places of an operand's entries from which an operation makes its entry at ``place``."""
    params = dict(node.params)
    if node.op in STEPS:
        return groups(shape, params.get("axis"))[place]
    bounds = [bound for item in params.get("items", ()) if isinstance(item, tuple) for bound in item]
    if node.op == "take" and not any(isinstance(bound, str) for bound in bounds):
        return (picked(shape, params["items"])[place],)
    return range(count_entries(shape))


def _index(place: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(place // step % length for length, step in zip(shape, strides(shape), strict=True))


def _text(value: Any) -> str:
    """A value as people write it: 2, not 2.0."""
    whole = isinstance(value, float) and value.is_integer() and abs(value) < _SHOWN_WHOLE
    return str(int(value)) if whole else str(value)
