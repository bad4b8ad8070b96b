"""Words in which the programs of layers and losses may speak besides operations; users do not know them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from chainrule.diagnostics import fail
from chainrule.language import syntax
from chainrule.language.arguments import literal
from chainrule.language.padding import extended, with_zeros
from chainrule.language.reader import Reader, Value
from chainrule.language.reshaping import reshaped
from chainrule.language.subscripts import ALL, Item, take, with_new_axes
from chainrule.language.windows import overlap_add
from chainrule.shapes import Dim, length_term, minus, over, plus, show, times
from chainrule.terms import Apply, Term, axis, integer

Words = Mapping[str, Any]


def layer_word(reader: Reader, node: syntax.Call, name: str) -> Value:
    """A word of the programs of layers and losses.

    either: the second argument where the literal first one says something, else the third. per_channel and
    bias_along: a vector along axis 1, or along the axis before the last few. padded: entries on both sides
    along an axis. grouped: an axis as two, of groups and of what is in a group; ungrouped: back. laid_out:
    windows put back and added, in the room that they need. cropped: without the first and last few entries.
    first_half, second_half: of an axis.
    window_counts: how many entries of ``x`` each window has.
    """
    if name == "either":
        said = literal(reader, node.arguments[0], "an option")
        return reader.read(node.arguments[1 if said not in (None, False, 0) else 2])
    words = {word.name.name: literal(reader, word.value, word.name.name) for word in node.keywords}
    operand = reader.read(node.arguments[0])
    if name == "per_channel":
        words["axes"] = max(0, len(reader.read(node.arguments[1]).shape) - 2)
    return _WORDS[name](reader, node, operand, words)


def _along(reader: Reader, node: syntax.Call, operand: Value, words: Words) -> Value:
    after = words["axes"]
    if len(operand.shape) > 1:
        label = reader.label(node.span, show(operand.shape))
        fail("shape", "weight and bias are vectors, one number for each channel", label)
    return with_new_axes(reader, operand, list(range(1, after + 1))) if operand.shape and after else operand


def _padded(reader: Reader, node: syntax.Call, operand: Value, words: Words) -> Value:
    along, widths = words["axis"] % len(operand.shape), words["widths"]
    if widths == (0, 0):
        return operand
    number = reader.materialise(operand)
    if words["mode"] == "zeros":
        rest = [(0, 0)] * len(operand.shape)
        rest[along] = widths
        number = with_zeros(reader, number, tuple(rest))
    else:
        number = extended(reader, number, along, widths, words["mode"], node.span)
    return reader.of_node(number, Apply("pad", (operand.term,), (("widths", widths),)))


def _grouped(reader: Reader, node: syntax.Call, operand: Value, words: Words) -> Value:
    along, groups = words["axis"] % len(operand.shape), words["groups"]
    each = over(operand.shape[along], groups)
    if each is None:
        what = f"{groups} groups do not divide {operand.shape[along]} channels"
        fail("arguments", what, reader.label(node.span, show(operand.shape)))
    return _reshaped(reader, operand, (*operand.shape[:along], groups, each, *operand.shape[along + 1 :]))


def _ungrouped(reader: Reader, node: syntax.Call, operand: Value, words: Words) -> Value:
    along = words["axis"] % len(operand.shape)
    whole = times(operand.shape[along - 1 : along + 1])
    return _reshaped(reader, operand, (*operand.shape[: along - 1], whole, *operand.shape[along + 1 :]))


def _reshaped(reader: Reader, operand: Value, shape: tuple[Dim, ...]) -> Value:
    number = reshaped(reader, reader.materialise(operand), shape)
    return reader.of_node(number, Apply("reshape", (operand.term,), (("shape", shape),)))


def _laid_out(reader: Reader, node: syntax.Call, operand: Value, words: Words) -> Value:
    shape = list(operand.shape[:-1])
    before = minus(shape[words["axis"]], 1)
    assert before is not None
    reach = words["dilation"] * (words["size"] - 1) + 1
    shape[words["axis"]] = plus([times([before, words["step"]]), reach])
    return overlap_add(reader, operand, {**words, "shape": tuple(shape)})


def _cropped(reader: Reader, node: syntax.Call, operand: Value, words: Words) -> Value:
    """Without ``zeros`` entries on both sides, but with ``extra`` ones at the end."""
    rank = len(operand.shape)
    along, (before, after) = words["axis"] % rank, words["zeros"]
    after -= words["extra"]
    if after < 0:
        widths = [(0, 0)] * rank
        widths[along] = (0, -after)
        operand = reader.of_node(with_zeros(reader, reader.materialise(operand), tuple(widths)), operand.term)
        after = 0
    item: Item = (before or None, -after or None, None)
    return take(reader, operand, (*[ALL] * along, item, *[ALL] * (rank - along - 1)))


def _window_counts(reader: Reader, node: syntax.Call, operand: Value, words: Words) -> Value:
    """How many entries each window has; ``include`` counts the zeros beside the tensor, too."""
    rank = len(operand.shape)
    along, zeros = words["axis"] % rank, words["zeros"]
    last: Dim = plus([operand.shape[along], 2 * zeros if words["include"] else zeros])
    count = words["count"]
    start: Term = axis(0) if words["step"] == 1 else Apply("mul", (integer(words["step"]), axis(0)))
    stop = Apply("minimum", (Apply("add", (start, integer(words["size"]))), length_term(last)))
    begin = start if words["include"] or not zeros else Apply("maximum", (start, integer(zeros)))
    kernel = Apply("add", (stop, Apply("neg", (begin,))))
    number = reader.graph.indexed(kernel, [], (count,), 1)
    value = reader.of_node(number, Apply("window_counts", (operand.term,)))
    return with_new_axes(reader, value, list(range(1, rank - along))) if along < rank - 1 else value


def _half(first: bool) -> Callable[[Reader, syntax.Call, Value, Words], Value]:
    def read(reader: Reader, node: syntax.Call, operand: Value, words: Words) -> Value:
        along, rank = words["axis"], len(operand.shape)
        half = over(operand.shape[along], 2)
        item: Item = (None, half, None) if first else (half, None, None)
        return take(reader, operand, (*[ALL] * along, item, *[ALL] * (rank - along - 1)))

    return read


_WORDS: Mapping[str, Callable[[Reader, syntax.Call, Value, Words], Value]] = MappingProxyType(
    {
        "per_channel": _along,
        "bias_along": _along,
        "padded": _padded,
        "grouped": _grouped,
        "ungrouped": _ungrouped,
        "laid_out": _laid_out,
        "cropped": _cropped,
        "first_half": _half(first=True),
        "second_half": _half(first=False),
        "window_counts": _window_counts,
    }
)

LAYER_WORDS = ("either", *_WORDS)
"""The words."""
