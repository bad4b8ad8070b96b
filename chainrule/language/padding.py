"""Entries beside those of a tensor: zeros, other numbers, and the tensor's own entries once more."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType

from chainrule.diagnostics import fail
from chainrule.language import syntax
from chainrule.language.arguments import bind, literal
from chainrule.language.joining import joined, placed
from chainrule.language.reader import Reader, Value
from chainrule.language.sizes import Called, needs_axes, operand
from chainrule.language.subscripts import ALL, Item, take
from chainrule.ops.table import Structured
from chainrule.shapes import Dim, plus
from chainrule.source import Span
from chainrule.terms import ZERO, Apply, Number

Widths = tuple[tuple[int, int], ...]

# NumPy's and torch's words for the same thing.
_MODES: Mapping[str, str] = MappingProxyType(
    {
        "constant": "constant",
        "zeros": "constant",
        "edge": "replicate",
        "replicate": "replicate",
        "reflect": "reflect",
        "symmetric": "symmetric",
        "wrap": "circular",
        "circular": "circular",
    }
)
_NOTE = 'modes are "constant", "reflect", "symmetric", "replicate" (or "edge") and "circular" (or "wrap")'


def pad(reader: Reader, node: Called, name: syntax.Name, op: Structured) -> Value:
    """``pad(x, ((1, 1), (0, 2)), mode="reflect")``: entries before and after, axis by axis.

    Raises:
        ChainRuleError: ``arguments`` or ``shape``; ``unsupported``, for a mode that there is not.
    """
    bound = bind(reader, node, name, op.signature)
    value, span = operand(reader, bound)
    needs_axes(reader, value, span, 1, op.name)
    said = literal(reader, bound["mode"], "mode") if "mode" in bound else "constant"
    mode = _MODES.get(said) if isinstance(said, str) else None
    if mode is None:
        label = reader.label(bound["mode"].span)
        fail("unsupported", f"padding in the mode {said} is not supported yet", label, notes=[_NOTE])
    widths = _widths(reader, bound["widths"], len(value.shape))
    words: list[tuple[str, object]] = [("widths", widths)]
    if mode != "constant":
        words.append(("mode", said))
    fill = literal(reader, bound["value"], "value") if "value" in bound else 0
    if isinstance(fill, bool) or not isinstance(fill, (int, Fraction)):
        fail("arguments", "one number stands in all the new places", reader.label(bound["value"].span))
    number = reader.materialise(value)
    if mode == "constant" and fill:
        words.append(("value", fill))
    if mode == "constant" and not fill:
        number = with_zeros(reader, number, widths)
    else:
        for along, pair in enumerate(widths):
            number = extended(reader, number, along, pair, mode, span, Number(Fraction(fill)))
    return reader.of_node(number, Apply("pad", (value.term,), tuple(sorted(words))))


def with_zeros(reader: Reader, number: int, widths: Widths) -> int:
    """The node with zeros before and after, along all axes."""
    old = reader.graph.shape(number)
    shape = tuple(plus([a, d, b]) for (a, b), d in zip(widths, old, strict=True))
    items: tuple[Item, ...] = tuple((a or None, -b if b else None, None) for a, b in widths)
    return placed(reader, number, items, shape)


def extended(
    reader: Reader,
    number: int,
    along: int,
    widths: tuple[int, int],
    mode: str,
    span: Span,
    fill: Number = ZERO,
) -> int:
    """The node with more entries before and after along an axis: its own, or the number ``fill``.

    Raises:
        ChainRuleError: ``shape``, where the axis has too few entries to be mirrored or repeated.
    """
    before, after = widths
    if not before and not after:
        return number
    value = reader.of_node(number, Apply("pad", ()))
    length = value.shape[along]
    most = max(before, after)
    own = length if isinstance(length, int) else most + 1
    if own < most + (mode == "reflect") and mode in ("reflect", "symmetric", "circular"):
        fail(
            "shape",
            f'an axis of length {length} has too few entries for {most} more in the mode "{mode}"',
            reader.label(span),
        )
    parts = [(value, span)]
    if before:
        parts.insert(0, (_beside(reader, value, along, before, mode, fill, left=True), span))
    if after:
        parts.append((_beside(reader, value, along, after, mode, fill, left=False), span))
    return reader.materialise(joined(reader, parts, along))


def _beside(
    reader: Reader, value: Value, along: int, count: int, mode: str, fill: Number, left: bool
) -> Value:
    """``count`` entries along an axis, as the mode takes them from the tensor."""
    shape: tuple[Dim, ...] = (*value.shape[:along], count, *value.shape[along + 1 :])
    if mode == "constant":
        return reader.of_node(reader.graph.constant(fill, shape), fill)
    if mode == "replicate":
        edge = _sliced(reader, value, along, (None, 1, None) if left else (-1, None, None))
        return reader.of_node(reader.graph.broadcast_to(reader.materialise(edge), shape), edge.term)
    if mode == "circular":
        return _sliced(reader, value, along, (-count, None, None) if left else (None, count, None))
    skipped = int(mode == "reflect")
    near: Item = (count - 1 + skipped, 0 if skipped else None, -1)
    far: Item = (-1 - skipped, -1 - skipped - count, -1)
    return _sliced(reader, value, along, near if left else far)


def _sliced(reader: Reader, value: Value, along: int, item: Item) -> Value:
    return take(reader, value, (*[ALL] * along, item, *[ALL] * (len(value.shape) - along - 1)))


def _widths(reader: Reader, node: syntax.Node, rank: int) -> Widths:
    """How many entries come before and after, for each axis."""
    given = literal(reader, node, "widths")
    if isinstance(given, int):
        given = (given, given)
    flat = isinstance(given, tuple) and all(isinstance(k, int) for k in given)
    if flat and len(given) == 2 and (rank == 1 or given[0] == given[1]):
        given = (given,) * rank
    elif flat and len(given) in range(4, 2 * rank + 1, 2):  # torch has the last axis first
        pairs = [given[k : k + 2] for k in range(0, len(given), 2)]
        given = (*[(0, 0)] * (rank - len(pairs)), *reversed(pairs))
    paired = isinstance(given, tuple) and all(isinstance(pair, tuple) and len(pair) == 2 for pair in given)
    if (
        not paired
        or len(given) != rank
        or not all(isinstance(k, int) and k >= 0 for pair in given for k in pair)
    ):
        fail(
            "arguments",
            "widths has a pair of whole numbers for each axis: entries before, and entries after",
            reader.label(node.span),
            suggestion="(" + ", ".join(["(1, 1)"] * rank) + ("," if rank == 1 else "") + ")",
        )
    return tuple((pair[0], pair[1]) for pair in given)
