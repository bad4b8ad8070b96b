"""What every arithmetic offers, and the one loop that evaluates nodes with it.

An arithmetic knows how to load a tensor, how to compute one node of each kind, and nothing of programs.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from chainrule.graph import Graph, Indexed, Input, Operation, operand_ids
from chainrule.numeric.entries import Inexact
from chainrule.numeric.tensors import Tensor
from chainrule.shapes import Dim, bind
from chainrule.terms import Term

T = TypeVar("T")

AbstractFunction = Callable[[tuple[Any, ...], tuple[int, ...]], Any]
"""An abstract function made concrete: (arguments, how often differentiated in each) to the value."""


def _no_kernel(op: str) -> Term:
    raise LookupError(f"{op} has no law at hand")


def _no_expansion(graph: Graph, number: int) -> int:
    raise LookupError(f"node {number} has no law at hand")


@dataclass(frozen=True, slots=True)
class Laws:
    """The op table's laws, as the language reads them.

    kernel: from the name of a pointwise function to its law over slots (slot k is parameter k).
    expand: adds the law of an Operation to the graph it stands in, and returns the node that computes it.
    Both raise LookupError where there is none.
    """

    kernel: Callable[[str], Term] = _no_kernel
    expand: Callable[[Graph, int], int] = _no_expansion


NO_LAWS = Laws()


def _name(pair: tuple[str, Any]) -> str:
    return pair[0]


@dataclass(frozen=True, slots=True)
class Context:
    """What one evaluation fixes: symbolic lengths and abstract functions."""

    lengths: Mapping[str, int] = field(default_factory=dict)
    functions: Mapping[str, AbstractFunction] = field(default_factory=dict)

    @property
    def key(self) -> tuple[Any, ...]:
        """What tells this context from another, to keep what was made for it."""
        return (tuple(sorted(self.lengths.items())), tuple(sorted(self.functions.items(), key=_name)))

    def concrete(self, shape: Sequence[Dim]) -> tuple[int, ...]:
        """``shape`` in numbers.

        Raises:
            KeyError: a symbolic length has no value.
        """
        bound = bind(tuple(shape), self.lengths)
        for dim in bound:
            if isinstance(dim, str):
                raise KeyError(dim)
        return tuple(dim for dim in bound if isinstance(dim, int))


class Arithmetic(ABC, Generic[T]):
    """A way to compute: ``T`` is its kind of tensor."""

    def __init__(self, laws: Laws = NO_LAWS) -> None:
        self.laws = laws
        self._expansions: dict[tuple[Any, ...], tuple[Graph, tuple[int, ...], int]] = {}

    @abstractmethod
    def load(self, tensor: Tensor) -> T:
        """A tensor of neutral entries (Fractions, floats, constant Terms) in this arithmetic's form."""

    @abstractmethod
    def indexed(self, node: Indexed, operands: Sequence[T], context: Context) -> T:
        """The value of an Indexed node, given its operands'."""

    @abstractmethod
    def primitive(self, node: Operation, operands: Sequence[T], context: Context) -> T | None:
        """The value of an Operation that the arithmetic knows by name; None where its law is to be used."""

    @abstractmethod
    def shape(self, tensor: T) -> tuple[int, ...]:
        """The shape of a tensor."""

    @abstractmethod
    def reshaped(self, tensor: T, shape: tuple[int, ...]) -> T:
        """The same entries under another shape."""

    def session(self) -> AbstractContextManager[Any]:
        """What surrounds an evaluation."""
        return nullcontext()

    def finished(self, tensor: T) -> T:
        """A result as it is handed out."""
        return tensor

    def run(
        self, graph: Graph, todo: Sequence[int], tensors: dict[int, T], wanted: Collection[int],
        context: Context, partial: bool = False,
    ) -> None:  # fmt: skip
        """Compute the nodes ``todo`` into ``tensors``; what is not wanted goes after its last use.

        With ``partial``, nodes that this arithmetic cannot hold are left out, and all that depend on them.
        """
        nodes = graph.nodes
        sources = [operand_ids(nodes[number]) for number in todo]
        last = {operand: number for number, read in zip(todo, sources, strict=True) for operand in read}
        for number, operands in zip(todo, sources, strict=True):
            if not partial or all(operand in tensors for operand in operands):
                try:
                    tensors[number] = self.value(graph, number, tensors, context)
                except Inexact:
                    if not partial:
                        raise
            for operand in operands:
                if last[operand] == number and operand not in wanted:
                    tensors.pop(operand, None)

    def value(self, graph: Graph, number: int, tensors: Mapping[int, T], context: Context) -> T:
        """The value of one node from those of its operands."""
        node = graph.nodes[number]
        if isinstance(node, Indexed):
            return self.indexed(node, [tensors[operand.node] for operand in node.operands], context)
        assert isinstance(node, Operation), "inputs are loaded, not computed"
        operands = [tensors[operand] for operand in node.operands]
        result = self.primitive(node, operands, context)
        return self._by_law(node, operands, context) if result is None else result

    def _by_law(self, node: Operation, operands: Sequence[T], context: Context) -> T:
        """The value of an Operation by its law, written out once for each combination of shapes."""
        shapes = tuple(self.shape(operand) for operand in operands)
        shape = context.concrete(node.shape)
        key = (node.op, node.params, shapes, shape)
        if key not in self._expansions:
            graph = Graph()
            inputs = tuple(graph.add(Input(str(k), own)) for k, own in enumerate(shapes))
            number = graph.add(Operation(node.op, inputs, node.params, shape))
            self._expansions[key] = graph, inputs, self.laws.expand(graph, number)
        graph, inputs, output = self._expansions[key]
        tensors = dict(zip(inputs, operands, strict=True))
        self.run(graph, order(graph, [output], inputs), tensors, {output}, context)
        return self.reshaped(tensors[output], shape)


def order(graph: Graph, wanted: Iterable[int], given: Collection[int] = ()) -> list[int]:
    """The nodes that must be computed for ``wanted``, in order; nodes ``given`` are not gone into."""
    return [number for number in reached(graph, wanted, given) if number not in given]


def reached(graph: Graph, wanted: Iterable[int], given: Collection[int]) -> list[int]:
    """Like :func:`order`, with those of the nodes ``given`` that are needed."""
    nodes = graph.nodes
    needed: set[int] = set()
    stack = list(wanted)
    while stack:
        number = stack.pop()
        if number not in needed:
            needed.add(number)
            if number not in given:
                stack.extend(operand_ids(nodes[number]))
    return sorted(needed)
