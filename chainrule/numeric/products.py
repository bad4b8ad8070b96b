"""Sums of products as matrix products. Imports NumPy, so import it only lazily."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import prod

import numpy as np

from chainrule.graph import Indexed, Operand
from chainrule.numeric.arithmetic import Context
from chainrule.numeric.array_kernels import Array, Kernels, along, distinct, einsum, spread
from chainrule.shapes import Shape
from chainrule.terms import ONE, Apply, Axis, Slot, Term, integer, walk

Labelled = tuple[Array, list[int]]


@dataclass(frozen=True, slots=True)
class Factorised:
    """A summed kernel as a product: numbers, and factors with the running indices that they depend on."""

    coefficients: tuple[Term, ...]
    factors: tuple[tuple[Term, tuple[int, ...]], ...]


def factorised(node: Indexed) -> Factorised | None:
    """A sum whose kernel is a product of factors over fewer indices than there are; None for any other.

    No factor may be larger than an operand of it, so that nothing large is made on the way.
    """
    return None if node.elementwise else _factorised(node.kernel, node.operands, node.lengths)


@lru_cache(maxsize=1 << 12)
def _factorised(kernel: Term, operands: tuple[Operand, ...], lengths: Shape) -> Factorised | None:
    whole = {k for k, n in enumerate(lengths) if n != 1}
    coefficients: list[Term] = []
    factors: list[tuple[Term, tuple[int, ...]]] = []
    for factor in _split(kernel):
        used = [operands[p.position].axes for p in walk(factor) if isinstance(p, Slot)]
        running = {p.position for p in walk(factor) if isinstance(p, Axis)}
        labels = {k for axes in used for k in axes if k is not None} | running
        if not used and not running:
            coefficients.append(factor)
            continue
        if not isinstance(factor, Slot) and not any(labels <= set(axes) for axes in used):
            return None
        factors.append((factor, tuple(sorted(labels))))
    if all(whole.intersection(labels) in (set(), whole) for _, labels in factors):
        return None
    return Factorised(tuple(coefficients), tuple(factors))


def _split(term: Term) -> list[Term]:
    """The factors of a product; what is divided by becomes a factor of its own."""
    if isinstance(term, Apply) and term.op == "mul":
        return [factor for part in term.args for factor in _split(part)]
    if isinstance(term, Apply) and term.op == "neg":
        return [integer(-1), *_split(term.args[0])]
    if isinstance(term, Apply) and term.op == "div":
        top, bottom = term.args
        return [*([] if top == ONE else _split(top)), *(Apply("div", (ONE, part)) for part in _split(bottom))]
    return [term]


def contracted(
    node: Indexed, operands: Sequence[Array], lengths: tuple[int, ...], kernels: Kernels, context: Context
) -> Array:
    """The value of a node that :func:`factorised` takes apart."""
    product = factorised(node)
    assert product is not None
    order = range(len(lengths))
    arrays: list[Labelled] = []
    for factor, labels in product.factors:
        if isinstance(factor, Slot):
            arrays.append(distinct(operands[factor.position], node.operands[factor.position].axes, order))
        else:
            arrays.append(_computed(factor, labels, node, operands, lengths, kernels, context))
    met = {k for _, labels in arrays for k in labels}
    out = [k for k in range(node.rank) if k in met]
    result = np.asarray(_contract(arrays, out), dtype=np.float64)
    scale = 1.0
    for coefficient in product.coefficients:
        scale = scale * float(kernels.compiled(coefficient, context).run((), (), None))
    for k in range(node.rank, len(lengths)):
        scale *= 1 if k in met else lengths[k]
    if scale != 1:
        result = result * scale
    return np.broadcast_to(spread(result, out, range(node.rank)), lengths[: node.rank])


def _computed(
    factor: Term, labels: tuple[int, ...], node: Indexed, operands: Sequence[Array], lengths: tuple[int, ...],
    kernels: Kernels, context: Context,
) -> Labelled:  # fmt: skip
    """A factor that is no plain operand, as an array over its own indices."""
    order = range(len(lengths))
    views = [spread(array, read.axes, order) for array, read in zip(operands, node.operands, strict=True)]
    running = [along(k, 0, n, len(lengths)) for k, n in enumerate(lengths)]
    value = kernels.compiled(factor, context).run(views, running, None)
    return np.broadcast_to(
        value.reshape([n for k, n in enumerate(value.shape) if k in labels]), [lengths[k] for k in labels]
    ), list(labels)


def _contract(arrays: list[Labelled], out: list[int]) -> Array:
    if len(arrays) == 2:
        return _pair(arrays[0], arrays[1], out)
    arguments = [part for array, labels in arrays for part in (array, labels)]
    result: Array = einsum(*arguments, out, optimize=True)
    return result


def _pair(left: Labelled, right: Labelled, out: list[int]) -> Array:
    """A product of two arrays, summed over what ``out`` does not name, by one matrix product."""
    (a, of_a), (b, of_b) = _alone_summed(left, right[1], out), _alone_summed(right, left[1], out)
    batch = [k for k in of_a if k in of_b and k in out]
    inner = [k for k in of_a if k in of_b and k not in out]
    rows = [k for k in of_a if k not in of_b]
    columns = [k for k in of_b if k not in of_a]
    length = {**dict(zip(of_a, a.shape, strict=True)), **dict(zip(of_b, b.shape, strict=True))}
    first = _grouped(a, of_a, [batch, rows, inner])
    second = _grouped(b, of_b, [batch, inner, columns])
    made = [*batch, *rows, *columns]
    product: Array = np.matmul(first, second).reshape([length[k] for k in made])
    return product.transpose([made.index(k) for k in out])


def _alone_summed(own: Labelled, other: list[int], out: list[int]) -> Labelled:
    """The array summed over the indices that nothing else has."""
    array, labels = own
    gone = tuple(place for place, k in enumerate(labels) if k not in other and k not in out)
    return (array.sum(axis=gone), [k for k in labels if k in other or k in out]) if gone else own


def _grouped(array: Array, labels: list[int], groups: list[list[int]]) -> Array:
    """The array with the indices of each group along one axis; an empty first group makes no axis."""
    turned = array.transpose([labels.index(k) for group in groups for k in group])
    length = dict(zip(labels, array.shape, strict=True))
    sizes = [prod(length[k] for k in group) for group in groups]
    return turned.reshape(sizes if groups[0] else sizes[1:])
