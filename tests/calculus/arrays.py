"""Tensor expressions evaluated by NumPy, apart from everything that derived them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from chainrule.graph import Graph, Indexed, Input, Operation
from chainrule.terms import (
    Apply,
    Constant,
    Entry,
    Index,
    Length,
    Number,
    Summation,
    Symbol,
    Term,
    axis,
    slot,
)

_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "add": lambda *parts: sum(parts[1:], parts[0]),
    "mul": lambda *parts: np.prod(np.broadcast_arrays(*parts), axis=0),
    "neg": np.negative,
    "div": np.divide,
    "pow": np.power,
    "matmul": np.matmul,
    "outer": np.outer,
    "trace": np.trace,
    "diagonal": np.diagonal,
    "diag": np.diag,
    "where": np.where,
    "lt": np.less,
    "le": np.less_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
    "eq": np.equal,
    "ne": np.not_equal,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "relu": lambda x: np.maximum(x, 0),
    "transpose": np.transpose,
    "expand_dims": np.expand_dims,
    "max": np.max,
    "sum": np.sum,
    "logsumexp": lambda x, axis=None, keepdims=False: np.log(np.sum(np.exp(x), axis=axis, keepdims=keepdims)),
    "softmax": lambda x, axis=-1, keepdims=True: np.exp(x) / np.sum(np.exp(x), axis=axis, keepdims=True),
    "inv": np.linalg.inv,
    "det": np.linalg.det,
    "logdet": lambda x: np.linalg.slogdet(x)[1],
    "norm": lambda x, axis=None, keepdims=False: np.sqrt(np.sum(x**2, axis=axis, keepdims=keepdims)),
    "take": lambda x, items: x[_picked(items)],
    "delta": lambda a, b: np.equal(a, b).astype(float),
}


def _picked(items: Any) -> Any:
    return tuple(
        item if isinstance(item, int) else list(item[0]) if len(item) == 1 else slice(*item) for item in items
    )


def value(term: Term, names: Mapping[Term, Any], lengths: Mapping[str, int], at: Any = None) -> Any:
    """The array that ``term`` stands for; ``at`` has the place of every index letter."""
    at = at or {}
    if term in names:
        return names[term]
    match term:
        case Number():
            return float(term.value)
        case Length():
            return float(lengths[term.name])
        case Constant():
            return {"pi": np.pi, "e": np.e}[term.name]
        case Index():
            return at[term.name]
        case Symbol():
            raise LookupError(term.name)
        case Entry():
            places = tuple(int(value(index, names, lengths, at)) for index in term.indices)
            return np.asarray(value(term.base, names, lengths, at))[places]
        case Summation():
            return _summed(term, names, lengths, at)
        case Apply():
            return _applied(term, names, lengths, at)
    raise LookupError(type(term).__name__)


def _summed(term: Summation, names: Mapping[Term, Any], lengths: Mapping[str, int], at: Any) -> Any:
    counts = [int(value(length, names, lengths)) for length in term.lengths]
    total = 0.0
    for place in np.ndindex(*counts):
        inner = {**at, **{index.name: k for index, k in zip(term.indices, place, strict=True)}}
        total += value(term.body, names, lengths, inner)
    return total


def _applied(term: Apply, names: Mapping[Term, Any], lengths: Mapping[str, int], at: Any) -> Any:
    shape = tuple(lengths.get(dim, dim) for dim in term.param("shape", ()))
    if term.op in ("ones", "zeros", "eye"):
        return getattr(np, term.op)(*([shape] if term.op != "eye" else shape))
    args = [value(arg, names, lengths, at) for arg in term.args]
    if term.op == "full":
        return np.full(shape, args[0])
    if term.op == "einsum":
        return np.einsum(term.param("pattern"), *args)
    if term.op == "one_hot":
        params = dict(term.params)
        count = lengths.get(str(params["num_classes"]), params["num_classes"])
        return np.eye(count)[list(params["indices"])]
    if term.op == "reshape":
        return np.reshape(args[0], shape)
    function = _FUNCTIONS.get(term.op) or getattr(np, term.op)
    return function(*args, **dict(term.params))


def nodes(graph: Graph, inputs: Mapping[str, Any], lengths: Mapping[str, int]) -> list[Any]:
    """The value of every node of a graph, by brute force over all running indices at once."""
    found: list[Any] = []
    for node in graph.nodes:
        if isinstance(node, Input):
            found.append(np.asarray(inputs[node.name]))
        elif isinstance(node, Operation):
            found.append(_operation(node, found[node.operands[0]], lengths))
        else:
            found.append(_indexed(node, [found[operand.node] for operand in node.operands], lengths))
    return found


def _operation(node: Operation, operand: Any, lengths: Mapping[str, int]) -> Any:
    params = dict(node.params)
    if node.op == "place":
        out = np.zeros([lengths.get(str(dim), dim) for dim in node.shape])
        out[_items(params["items"], out.ndim)] = operand
        return out
    if node.op == "take":
        return operand[_items(params["items"], operand.ndim)]
    function = _FUNCTIONS.get(node.op) or getattr(np, node.op)
    return function(operand, **params, keepdims=True)


def _items(items: tuple[Any, ...], rank: int) -> tuple[Any, ...]:
    """Subscripts for all axes; the items belong to the last ones."""
    whole = (slice(None),) * (rank - len(items))
    return whole + tuple(slice(*item) if isinstance(item, tuple) else item for item in items)


def _indexed(node: Indexed, operands: list[Any], lengths: Mapping[str, int]) -> Any:
    counts = [int(lengths.get(dim, dim)) for dim in node.lengths]  # type: ignore[arg-type]
    running = {axis(k): np.arange(n).reshape([-1 if j == k else 1 for j in range(len(counts))])
               for k, n in enumerate(counts)}  # fmt: skip
    names: dict[Term, Any] = dict(running)
    for position, (operand, array) in enumerate(zip(node.operands, operands, strict=True)):
        zero = np.zeros([1] * len(counts), dtype=int)
        names[slot(position)] = array[tuple(zero if k is None else running[axis(k)] for k in operand.axes)]
    whole = np.broadcast_to(value(node.kernel, names, lengths), counts)
    return whole.sum(axis=tuple(range(node.rank, len(counts))))
