"""The words in which formulas of the op table may speak besides operations; programs do not know them."""

from __future__ import annotations

from chainrule.diagnostics import fail
from chainrule.graph import Operand
from chainrule.language import syntax
from chainrule.language.arguments import axes, literal
from chainrule.language.folding import summed
from chainrule.language.layer_words import LAYER_WORDS, layer_word
from chainrule.language.reader import Reader, Value
from chainrule.language.reshaping import reshaped
from chainrule.language.subscripts import place, take
from chainrule.shapes import Shape, size_term
from chainrule.terms import ONE, ZERO, Apply, axis, slot

CLAIMS_ONLY = (
    "count",
    "leave_one_out",
    "lower_mirrored",
    "place",
    "prefixes",
    "reciprocal_gaps",
    "reduced",
    "reshaped_as",
    "take",
    *LAYER_WORDS,
)


def claimed(reader: Reader, node: syntax.Call | syntax.Method, name: str) -> Value:
    """The words in which claims of the op table may speak besides operations."""
    assert isinstance(node, syntax.Call)
    if name in LAYER_WORDS:
        return layer_word(reader, node, name)
    words = {word.name.name: literal(reader, word.value, word.name.name) for word in node.keywords}
    operand = reader.read(node.arguments[0])
    if name == "count":
        gone = axes(reader, words.get("axis"), len(operand.shape), reader.label(node.span))
        size = size_term(operand.shape[k] for k in gone)
        return Value(size, size, ())
    if name == "reduced":
        return _reduced(reader, node, operand, words["reduction"])
    if name == "lower_mirrored":
        return _lower_mirrored(reader, operand)
    if name == "reciprocal_gaps":
        return _reciprocal_gaps(reader, operand)
    if name == "leave_one_out":
        return _leave_one_out(reader, operand, words["axis"])
    if name == "prefixes":
        return _prefixes(reader, operand, words["axis"])
    if name == "reshaped_as":
        return _reshaped_as(reader, operand, *(reader.read(node.arguments[k]).shape for k in (1, 2)))
    if name == "take":
        return take(reader, operand, words["items"])
    return place(reader, operand, words["items"], words["shape"])


def _leave_one_out(reader: Reader, operand: Value, axis_: tuple[int, ...]) -> Value:
    """Copies of the operand along a new last axis, in the k-th of which the k-th entry is 1."""
    rank = len(operand.shape)
    along = axis_[0] % rank
    # out[…, k, …, l] = 1 if k = l, else x[…, l, …]
    reads = tuple(rank if k == along else k for k in range(rank))
    kernel = Apply("where", (Apply("eq", (axis(along), axis(rank))), ONE, slot(0)))
    lengths = (*operand.shape, operand.shape[along])
    node = reader.graph.indexed(kernel, (Operand(reader.materialise(operand), reads),), lengths, rank + 1)
    return reader.of_node(node, Apply("leave_one_out", (operand.term,), (("axis", axis_),)))


def _prefixes(reader: Reader, operand: Value, axis_: tuple[int, ...]) -> Value:
    """Copies of the operand along a new last axis, in the k-th of which all entries after the k-th are 1."""
    rank = len(operand.shape)
    along = axis_[0] % rank
    # out[…, k, …, l] = x[…, l, …] if l <= k, else 1
    reads = tuple(rank if k == along else k for k in range(rank))
    kernel = Apply("where", (Apply("le", (axis(rank), axis(along))), slot(0), ONE))
    lengths = (*operand.shape, operand.shape[along])
    node = reader.graph.indexed(kernel, (Operand(reader.materialise(operand), reads),), lengths, rank + 1)
    return reader.of_node(node, Apply("prefixes", (operand.term,), (("axis", axis_),)))


def _reshaped_as(reader: Reader, operand: Value, old: Shape, new: Shape) -> Value:
    """The operand with its last axes, which have the shape ``old``, in the shape ``new``."""
    shape = (*operand.shape[: len(operand.shape) - len(old)], *new)
    number = reshaped(reader, reader.materialise(operand), shape)
    return reader.of_node(number, Apply("reshape", (operand.term,), (("shape", shape),)))


def _lower_mirrored(reader: Reader, operand: Value) -> Value:
    """The symmetric matrix with the lower triangle of a matrix; axes before the last two stay."""
    rank = len(operand.shape)
    row, column = rank - 2, rank - 1
    before = tuple(range(rank - 2))
    number = reader.materialise(operand)
    reads = (Operand(number, (*before, row, column)), Operand(number, (*before, column, row)))
    kernel = Apply("where", (Apply("ge", (axis(row), axis(column))), slot(0), slot(1)))
    node = reader.graph.indexed(kernel, reads, operand.shape, rank)
    return reader.of_node(node, Apply("lower_mirrored", (operand.term,)))


def _reciprocal_gaps(reader: Reader, operand: Value) -> Value:
    """For the entries w along the last axis, the matrix of 1/(w_j - w_i), with 0 on its diagonal."""
    rank = len(operand.shape)
    before = tuple(range(rank - 1))
    number = reader.materialise(operand)
    reads = (Operand(number, (*before, rank)), Operand(number, (*before, rank - 1)))
    gap = Apply("add", (slot(0), Apply("neg", (slot(1),))))
    kernel = Apply("where", (Apply("eq", (axis(rank - 1), axis(rank))), ZERO, Apply("div", (ONE, gap))))
    lengths = (*operand.shape, operand.shape[-1])
    node = reader.graph.indexed(kernel, reads, lengths, rank + 1)
    return reader.of_node(node, Apply("reciprocal_gaps", (operand.term,)))


def _reduced(reader: Reader, node: syntax.Call, losses: Value, reduction: str) -> Value:
    """The mean or the sum of losses, or the losses themselves, as torch's ``reduction`` says."""
    if reduction not in ("mean", "sum", "none", "batchmean"):
        fail("arguments", 'reduction is "mean", "sum" or "none"', reader.label(node.span))
    if reduction == "none" or not losses.shape:
        return losses
    if reduction == "batchmean":
        total = _reduced(reader, node, losses, "sum")
        size = size_term(losses.shape[:1])
        return reader.pointwise("div", [(total, node.span), (Value(size, size, ()), node.span)])
    number = summed(reader, reduction, reader.materialise(losses), tuple(range(len(losses.shape))), False)
    return reader.of_node(number, Apply(reduction, (losses.term,)))
