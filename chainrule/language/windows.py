"""Windows along axes, for convolutions and pooling: options of layers, and the two operations behind them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chainrule.diagnostics import fail
from chainrule.graph import Operation
from chainrule.language import syntax
from chainrule.language.reader import Reader, Value
from chainrule.shapes import Dim, Shape, minus, over, plus, rounded_up, show, times
from chainrule.terms import Apply

Called = syntax.Call | syntax.Method
Prepare = Callable[[Reader, Called, dict[str, Value], dict[str, Any]], None]


def prepared(axes: int) -> Prepare:
    """What prepares layers with windows along the last ``axes`` axes: the options of each axis by number.

    Beside the options as they are given: padding_k, the entries before and after axis k; zeros_k, the padding
    that was asked for; count_k, how many windows there are.
    """

    def prepare(reader: Reader, node: Called, values: dict[str, Value], literals: dict[str, Any]) -> None:
        shape = values["x"].shape
        least = axes + ("weight" in values)
        if len(shape) < least:
            fail("shape", f"{_name(node)} needs at least {least} axes", reader.label(node.span, show(shape)))
        if "weight" in values:
            _kernel(reader, node, values, literals, axes)
        if "output_size" in literals:
            _adaptive(reader, node, shape[-axes:], literals)
        if literals.get("stride") is None:
            literals["stride"] = literals["kernel_size"]
        same = literals.get("padding") == "same"
        if literals.get("padding") in ("same", "valid"):
            literals["padding"] = 0
        for name, least_value in _OPTIONS.items():
            for k, one in enumerate(_each(reader, node, name, literals.get(name, least_value), axes)):
                literals[f"{name}_{k}"] = one
        transposed = "output_padding" in literals
        for k, length in enumerate(shape[-axes:]):
            asked = literals[f"padding_{k}"]
            widths = _same(reader, node, literals, k) if same else (asked, asked)
            if transposed:
                _refuse_room(reader, node, literals, k)
            elif "weight" not in values:
                widths = _pooled(reader, node, length, literals, k)
            literals[f"zeros_{k}"], literals[f"padding_{k}"] = asked, widths
        ceil = bool(literals.get("ceil_mode"))
        padded = any(literals[f"zeros_{k}"] for k in range(axes))
        literals["uneven"] = ceil or (padded and not literals.get("count_include_pad", True))

    return prepare


# The options of windows, with the least value of each.
_OPTIONS = {"kernel_size": 1, "stride": 1, "padding": 0, "dilation": 1, "output_padding": 0}


def _each(reader: Reader, node: Called, name: str, value: Any, axes: int) -> tuple[int, ...]:
    """An option of windows, for each axis."""
    each = value if isinstance(value, tuple) else (value,) * axes
    each = each * axes if len(each) == 1 else each
    if len(each) != axes or any(not is_whole(k, _OPTIONS[name]) for k in each):
        more = ", or one for each axis" if axes > 1 else ""
        words = ', or "same" or "valid"' if name == "padding" and _name(node).startswith("conv") else ""
        what = f"{name} is a whole number from {_OPTIONS[name]}{more}{words}"
        fail("arguments", what, reader.label(node.span))
    return each


def _kernel(
    reader: Reader, node: Called, values: dict[str, Value], literals: dict[str, Any], axes: int
) -> None:
    """The size of the windows, and whether the channels fit together, by the shape of the weight."""
    shape, kernel, groups = values["x"].shape, values["weight"].shape, literals["groups"]
    transposed = "output_padding" in literals
    if len(kernel) != axes + 2:
        sides = "channels in, channels out" if transposed else "channels out, channels in"
        fail(
            "shape",
            f"the weight has {axes + 2} axes: {sides}, and the window",
            reader.label(node.span, show(kernel)),
        )
    if not all(isinstance(dim, int) for dim in kernel[2:]):
        what = "a window of symbolic size is not supported yet"
        notes = ["channels and the axes that the window moves along may be symbolic"]
        fail("unsupported", what, reader.label(node.span, show(kernel)), notes=notes)
    if not is_whole(groups, 1):
        fail("arguments", "groups is a whole number from 1", reader.label(node.span))
    literals["kernel_size"], literals["several"] = kernel[2:], groups > 1
    channels = shape[-axes - 1]
    wanted = kernel[0] if transposed else times([groups, kernel[1]])
    each = f" in {groups} groups" if groups > 1 else ""
    if channels != wanted:
        fail(
            "shape",
            f"the weight is for {wanted} channels{each}, and there are {channels}",
            reader.label(node.span, f"{show(shape)} and {show(kernel)}"),
        )
    if groups > 1 and over(kernel[0], groups) is None:
        fail("shape", f"{groups} groups do not divide {kernel[0]} channels", reader.label(node.span))


def _same(reader: Reader, node: Called, literals: dict[str, Any], k: int) -> tuple[int, int]:
    """Zeros on both sides so that the length stays; where they do not come out even, one more at the end."""
    if literals[f"stride_{k}"] != 1:
        fail("arguments", 'padding="same" needs stride 1', reader.label(node.span))
    total = literals[f"dilation_{k}"] * (literals[f"kernel_size_{k}"] - 1)
    return total // 2, total - total // 2


def _pooled(reader: Reader, node: Called, length: Dim, literals: dict[str, Any], k: int) -> tuple[int, int]:
    """The entries beside an axis for pooling; with ``ceil_mode`` also those that the last window lacks."""
    size, step, zeros = (literals[f"{name}_{k}"] for name in ("kernel_size", "stride", "padding"))
    spread = literals[f"dilation_{k}"]
    if 2 * zeros > size:
        fail("arguments", "padding is at most half of the window", reader.label(node.span))
    reach = spread * (size - 1) + 1
    room = minus(plus([length, 2 * zeros]), reach - 1)
    if room is None or room == 0:
        fail("shape", f"a window of {reach} does not fit into a length of {length}", reader.label(node.span))
    count, more = rounded_up(room, step), 0
    if literals.get("ceil_mode"):
        if not isinstance(room, int) or not isinstance(length, int):
            what = f"ceil_mode along an axis of symbolic length {length} is not supported yet"
            notes = ["without it, windows along such an axis are"]
            fail("unsupported", what, reader.label(node.span), notes=notes)
        count = -(-(room - 1) // step) + 1
        count -= (count - 1) * step >= length + zeros
        more = max(0, (count - 1) * step + reach - length - 2 * zeros)
    if spread > 1 and (zeros or more) and "count_include_pad" not in literals:
        what = "padding or ceil_mode together with dilation is not supported yet"
        notes = ["pooling with either of them is"]
        fail("unsupported", what, reader.label(node.span), notes=notes)
    literals[f"count_{k}"] = count
    return zeros, zeros + more


def _adaptive(reader: Reader, node: Called, lengths: Shape, literals: dict[str, Any]) -> None:
    """Windows side by side, as many as are asked for."""
    asked = literals["output_size"]
    each = asked if isinstance(asked, tuple) else (asked,) * len(lengths)
    if len(each) != len(lengths) or not all(one is None or is_whole(one, 1) for one in each):
        fail("arguments", "output_size is a whole number from 1 for each axis", reader.label(node.span))
    sizes = []
    for length, count in zip(lengths, each, strict=True):
        size = 1 if count is None else over(length, count)
        if not isinstance(size, int):
            fail(
                "unsupported",
                f"{count} windows over a length of {length} are not of one size, which is not supported yet",
                reader.label(node.span),
                notes=[f"{_name(node)} works where the length is a known multiple of the output size"],
            )
        sizes.append(size)
    literals["kernel_size"] = tuple(sizes)


def _refuse_room(reader: Reader, node: Called, literals: dict[str, Any], k: int) -> None:
    """Torch wants the extra entries of a transposed convolution to be fewer than its stride or dilation."""
    if literals[f"output_padding_{k}"] >= max(literals[f"stride_{k}"], literals[f"dilation_{k}"]):
        fail("arguments", "output_padding is smaller than stride or dilation", reader.label(node.span))


def is_whole(value: Any, least: int) -> bool:
    """Whether an option is a whole number, and not under ``least``."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _name(node: Called) -> str:
    return node.function.name if isinstance(node, syntax.Call) else node.name.name


def windows(reader: Reader, operand: Value, params: dict[str, int]) -> Value:
    """Windows along an axis, as a new last axis; ``params`` are axis (negative), size, step and dilation.

    Raises:
        ChainRuleError: ``shape``, when no window fits.
    """
    shape = operand.shape
    axis = params["axis"] % len(shape)
    length = shape[axis]
    reach = params["dilation"] * (params["size"] - 1) + 1
    starts = minus(length, reach - 1)
    if starts is None or starts == 0:
        fail("shape", f"a window of {reach} does not fit into a length of {length}", *reader.here())
    out: Shape = (*shape[:axis], rounded_up(starts, params["step"]), *shape[axis + 1 :], params["size"])
    given = tuple(sorted(params.items()))
    number = reader.graph.add(Operation("windows", (reader.materialise(operand),), given, out))
    return reader.of_node(number, Apply("windows", (operand.term,), given))


def overlap_add(reader: Reader, operand: Value, params: dict[str, Any]) -> Value:
    """Windows put back where they came from, and added where they overlap: what ``windows`` turns round."""
    lengths: Shape = params["shape"]
    extra = operand.shape[: len(operand.shape) - len(lengths) - 1]
    length = lengths[params["axis"]]
    reach = params["dilation"] * (params["size"] - 1) + 1
    if isinstance(length, int):
        count = (length - reach) // params["step"] + 1
        cut = list(lengths)
        cut[params["axis"]] = count
        if count < 1 or operand.shape[len(extra) :] != (*cut, params["size"]):
            what = f"overlap_add into {show(lengths)} needs windows that were cut from that shape"
            fail("shape", what, *reader.here())
    given = tuple(sorted(params.items()))
    number = reader.graph.add(
        Operation("overlap_add", (reader.materialise(operand),), given, (*extra, *lengths))
    )
    return reader.of_node(number, Apply("overlap_add", (operand.term,), given))


def convolved(reader: Reader, node: Called, values: dict[str, Value], literals: dict[str, Any]) -> None:
    """What NumPy's ``convolve`` and ``correlate`` need: the window, and the zeros that the mode asks for."""
    a, v = values["a"].shape, values["v"].shape
    if len(a) != 1 or len(v) != 1 or not isinstance(v[0], int):
        what = f"{_name(node)} needs two vectors, the second of known length"
        fail("shape", what, reader.label(node.span, f"{show(a)} and {show(v)}"))
    size, length = v[0], a[0]
    if isinstance(length, int) and length < size:
        what = f"the second vector ({size}) is longer than the first ({length})"
        fail("shape", what, reader.label(node.span), notes=["turn them round"])
    widths = {"valid": (0, 0), "same": (size // 2, (size - 1) // 2), "full": (size - 1, size - 1)}
    if literals["mode"] not in widths:
        fail("arguments", 'mode is "full", "same" or "valid"', reader.label(node.span))
    literals["widths"], literals["size"] = widths[literals["mode"]], size
