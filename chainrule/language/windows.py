"""Windows along axes, for convolutions and pooling: options of layers, and the two operations behind them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chainrule.diagnostics import fail
from chainrule.graph import Operation
from chainrule.language import syntax
from chainrule.language.reader import Reader, Value
from chainrule.shapes import Shape, show
from chainrule.terms import Apply

Called = syntax.Call | syntax.Method
Prepare = Callable[[Reader, Called, dict[str, Value], dict[str, Any]], None]


def prepared(axes: int) -> Prepare:
    """What prepares layers with windows along the last ``axes`` axes."""

    def prepare(reader: Reader, node: Called, values: dict[str, Value], literals: dict[str, Any]) -> None:
        shape = values["x"].shape
        least = axes + ("weight" in values)
        if len(shape) < least:
            fail("shape", f"{_name(node)} needs at least {least} axes", reader.label(node.span, show(shape)))
        if "weight" in values:
            kernel = values["weight"].shape
            if len(kernel) != axes + 2:
                fail(
                    "shape",
                    f"the weight has {axes + 2} axes: channels out, channels in, and the window",
                    reader.label(node.span, show(kernel)),
                )
            if not all(isinstance(dim, int) for dim in kernel[2:]):
                fail(
                    "unsupported",
                    "a window of symbolic size is not supported yet",
                    reader.label(node.span, show(kernel)),
                )
            literals["kernel_size"] = kernel[2:]
        if literals.get("stride") is None:
            literals["stride"] = literals["kernel_size"]
        if literals.get("padding") == "same":
            _same_padding(reader, node, literals, axes)
        for name, least_value in (("kernel_size", 1), ("stride", 1), ("padding", 0), ("dilation", 1)):
            value = literals.get(name, least_value)
            value = 0 if value == "valid" else value
            pair = value if isinstance(value, tuple) else (value,) * axes
            if len(pair) != axes or any(not is_whole(k, least_value) for k in pair):
                more = ", or one for each axis" if axes > 1 else ""
                what = f"{name} is a whole number from {least_value}{more}"
                fail("arguments", what, reader.label(node.span))
            for k, one in enumerate(pair):
                literals[f"{name}_{k}"] = one

    return prepare


def _same_padding(reader: Reader, node: Called, literals: dict[str, Any], axes: int) -> None:
    """Zeros on both sides so that the length stays; for windows of odd size the same number on each."""
    strides = literals["stride"] if isinstance(literals["stride"], tuple) else (literals["stride"],)
    if any(step != 1 for step in strides):
        fail("arguments", 'padding="same" needs stride 1', reader.label(node.span))
    dilation = literals["dilation"]
    spread = dilation if isinstance(dilation, tuple) else (dilation,) * axes
    total = [d * (k - 1) for d, k in zip(spread, literals["kernel_size"], strict=True)]
    if any(zeros % 2 for zeros in total):
        fail(
            "unsupported",
            'padding="same" for a window of even size is not supported yet',
            reader.label(node.span),
            notes=["the zeros would not be the same on both sides"],
        )
    literals["padding"] = tuple(zeros // 2 for zeros in total)


def is_whole(value: Any, least: int) -> bool:
    """Whether an option is a whole number, and not under ``least``."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _name(node: Called) -> str:
    return node.function.name if isinstance(node, syntax.Call) else node.name.name


def windows(reader: Reader, operand: Value, params: dict[str, int]) -> Value:
    """Windows along an axis, as a new last axis; ``params`` are axis (negative), size, step and dilation.

    Raises:
        ChainRuleError: ``shape``, when no window fits; ``unsupported``, for an axis of symbolic length.
    """
    shape = operand.shape
    axis = params["axis"] % len(shape)
    length = shape[axis]
    if not isinstance(length, int):
        fail(
            "unsupported",
            f"windows along an axis of symbolic length {length} are not supported yet",
            *reader.here(),
            notes=["the lengths of the batch and of channels may be symbolic"],
        )
    reach = params["dilation"] * (params["size"] - 1) + 1
    if reach > length:
        fail("shape", f"a window of {reach} does not fit into a length of {length}", *reader.here())
    out: Shape = (*shape[:axis], (length - reach) // params["step"] + 1, *shape[axis + 1 :], params["size"])
    given = tuple(sorted(params.items()))
    number = reader.graph.add(Operation("windows", (reader.materialise(operand),), given, out))
    return reader.of_node(number, Apply("windows", (operand.term,), given))


def overlap_add(reader: Reader, operand: Value, params: dict[str, Any]) -> Value:
    """Windows put back where they came from, and added where they overlap: what ``windows`` turns round."""
    lengths: Shape = params["shape"]
    extra = operand.shape[: len(operand.shape) - len(lengths) - 1]
    given = tuple(sorted(params.items()))
    number = reader.graph.add(
        Operation("overlap_add", (reader.materialise(operand),), given, (*extra, *lengths))
    )
    return reader.of_node(number, Apply("overlap_add", (operand.term,), given))
