"""Evaluation of a graph: one pass over the nodes that are needed, in any arithmetic."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from chainrule.diagnostics import fail
from chainrule.graph import Graph, Indexed, Input, Node, Operation
from chainrule.numeric.arithmetic import AbstractFunction, Arithmetic, Context, reached
from chainrule.numeric.entries import Inexact
from chainrule.numeric.primitives import Item, concrete_items
from chainrule.numeric.tensors import Tensor
from chainrule.shapes import bind, names_in, show

T = TypeVar("T")


def evaluate(
    graph: Graph,
    wanted: Sequence[int],
    values: Mapping[int, Tensor],
    lengths: Mapping[str, int],
    arithmetic: Arithmetic[T],
    functions: Mapping[str, AbstractFunction] | None = None,
    partial: bool = False,
) -> dict[int, T]:
    """The values of the nodes ``wanted``.

    values: a tensor for each input that is needed; one for any other node takes its place.
    lengths: the symbolic lengths in numbers. functions: the abstract functions made concrete.
    partial: leave out nodes that the arithmetic cannot hold, instead of raising.

    Raises:
        ChainRuleError: ``value``, when an input or a length that is needed has none; ``shape``, when a
            value does not have its node's shape.
        Inexact: the arithmetic cannot hold a result (NotRational, TooBig), unless ``partial``.
    """
    needed = reached(graph, wanted, values)
    todo = [number for number in needed if number not in values]
    context = Context(lengths, functions or {})
    _demand_values(graph, todo, values, context)
    with arithmetic.session():
        tensors = _loaded(needed, values, arithmetic, partial)
        arithmetic.run(graph, todo, tensors, set(wanted), context, partial)
        return {number: arithmetic.finished(tensors[number]) for number in wanted if number in tensors}


def _loaded(
    needed: Iterable[int], values: Mapping[int, Tensor], arithmetic: Arithmetic[T], partial: bool
) -> dict[int, T]:
    tensors: dict[int, T] = {}
    for number in needed:
        if number not in values:
            continue
        try:
            tensors[number] = arithmetic.load(values[number])
        except Inexact:
            if not partial:
                raise
    return tensors


def _demand_values(graph: Graph, todo: Sequence[int], values: Mapping[int, Tensor], context: Context) -> None:
    for number in todo:
        node = graph.nodes[number]
        if isinstance(node, Input):
            fail("value", f"{node.name} has no value", suggestion=f"{node.name} = ...")
        if isinstance(node, Operation) and node.op == "take":
            _demand_fit(graph, node, context)
        for dim in node.lengths if isinstance(node, Indexed) else node.shape:
            for name in names_in(dim):
                if name not in context.lengths:
                    notes = ["give a value to an input that has it"]
                    fail("value", f"the length {name} is not known", notes=notes)
        _demand_entries(node, context)
    for number, tensor in values.items():
        shape = bind(graph.shape(number), context.lengths)
        if shape != tensor.shape:
            node = graph.nodes[number]
            name = node.name or f"node {number}"
            fail("shape", f"{name} has shape {show(shape)}, its value {show(tensor.shape)}")


def _demand_entries(node: Node, context: Context) -> None:
    """An axis of length n - 2 was taken to have entries; with numbers it can be seen whether it does."""
    for dim in node.lengths if isinstance(node, Indexed) else node.shape:
        if isinstance(dim, int) or dim.isidentifier():
            continue
        (length,) = bind((dim,), context.lengths)
        if isinstance(length, int) and length < 1:
            known = ", ".join(f"{name} = {context.lengths[name]}" for name in names_in(dim))
            fail("shape", f"an axis of length {dim} is empty at these values", notes=[f"here {known}"])


def _demand_fit(graph: Graph, node: Operation, context: Context) -> None:
    """A slice of a symbolic axis was taken to fit; with numbers it can be seen whether it does."""
    items = concrete_items(dict(node.params)["items"], context)
    shape = bind(graph.shape(node.operands[0]), context.lengths)
    for item, dim in zip(items, shape[len(shape) - len(items) :], strict=True):
        if isinstance(dim, int):
            last = _last(item)
            if not -dim <= last < dim:
                fail("shape", f"index {last} is out of range: the axis has length {dim} at these values")


def _last(item: Item) -> int:
    """The index furthest from the front that an item asks for."""
    if isinstance(item, int):
        return item
    if len(item) == 1:
        return max(item[0])
    start, stop, step = item
    if step is None or step > 0:
        return (stop or 0) - 1
    return start if start is not None and start >= 0 else stop + 1 if stop is not None and stop < 0 else -1


def lengths_of(graph: Graph, values: Mapping[int, Tensor]) -> dict[str, int]:
    """The symbolic lengths that values give.

    Raises:
        ChainRuleError: ``shape``, when a value does not fit its node, or two disagree about a length.
    """
    lengths: dict[str, int] = {}
    for number, tensor in values.items():
        shape = graph.shape(number)
        node = graph.nodes[number]
        name = node.name or f"node {number}"
        if len(shape) != len(tensor.shape):
            fail("shape", f"{name} has shape {show(shape)}, its value {show(tensor.shape)}")
        for dim, length in zip(shape, tensor.shape, strict=True):
            known = lengths.setdefault(dim, length) if isinstance(dim, str) else dim
            if known != length:
                notes = [f"elsewhere {dim} is {known}"] if isinstance(dim, str) else []
                fail("shape", f"{name} has shape {show(shape)}, its value {show(tensor.shape)}", notes=notes)
    return lengths
