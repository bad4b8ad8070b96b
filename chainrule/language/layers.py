"""What calls of network layers and losses need besides their programs.

Torch's order of arguments, options that hang on a rank or a shape, classes by number, and what is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from types import MappingProxyType
from typing import Any, NoReturn

from chainrule.diagnostics import fail
from chainrule.language import syntax
from chainrule.language.arguments import axes, bind, default, literal
from chainrule.language.classes import class_axis, one_hot, refuse_class_tensor
from chainrule.language.reader import Reader, Value
from chainrule.language.windows import convolved, is_whole, overlap_add, prepared, windows
from chainrule.ops.table import Composite, Structured
from chainrule.shapes import over, show

Called = syntax.Call | syntax.Method

# Where torch has a literal before the last tensor: the place of the literal, and its name.
_TORCH_ORDER: Mapping[str, tuple[int, str]] = MappingProxyType(
    {
        "layer_norm": (1, "normalized_shape"),
        "rms_norm": (1, "normalized_shape"),
        "group_norm": (1, "num_groups"),
        "embedding": (0, "indices"),
    }
)
_LITERALS = (syntax.Number, syntax.ListLiteral, syntax.TupleLiteral)


# Torch's options that chainrule does not have: the value that changes nothing, and what to do instead.
_MISSING: Mapping[tuple[str, str], tuple[Any, str]] = MappingProxyType(
    {
        ("embedding", "padding_idx"): (None, "a row that stays as it is can be a constant of its own"),
        ("embedding", "max_norm"): (None, "normalize(W) makes rows of length 1"),
        ("embedding", "scale_grad_by_freq"): (False, "that is no derivative of the loss"),
        ("attention", "enable_gqa"): (False, "query, key and value need the same heads"),
        **{
            (f"max_pool{axes}d", "return_indices"): (False, "indices have no derivative; the values have")
            for axes in (1, 2)
        },
        ("batch_norm", "momentum"): (Fraction(1, 10), "running averages are inputs and stay as they are"),
    }
)


def in_own_order(reader: Reader, node: Called, op: Composite) -> Called:
    """A call as the op table has it: torch's literals by keyword, options that change nothing left out.

    Raises:
        ChainRuleError: ``unsupported``, when an option would change something.
    """
    keywords = []
    for word in node.keywords:
        missing = _MISSING.get((op.name, word.name.name))
        if missing is None:
            keywords.append(word)
        elif literal(reader, word.value, word.name.name) not in (missing[0], None):
            fail(
                "unsupported",
                f"{word.name.name} is not supported yet in {op.name}",
                reader.label(word.span),
                notes=[missing[1]],
            )
    arguments = node.arguments
    if op.name in _TORCH_ORDER:
        place, name = _TORCH_ORDER[op.name]
        at = place - isinstance(node, syntax.Method)
        if 0 <= at < len(arguments) and isinstance(arguments[at], _LITERALS):
            span = arguments[at].span
            keywords.append(syntax.Keyword(syntax.Name(name, span), arguments[at], span))
            arguments = (*arguments[:at], *arguments[at + 1 :])
    return replace(node, arguments=arguments, keywords=tuple(keywords))


def settle(
    reader: Reader, node: Called, op: Composite, values: dict[str, Value], literals: dict[str, Any]
) -> None:
    """Check the options of a layer or loss, and add to ``literals`` what its program needs to know besides.

    Raises:
        ChainRuleError: ``arguments``, ``shape`` or ``unsupported``.
    """
    reduction = literals.get("reduction", "mean")
    allowed = ("mean", "sum", "none", "batchmean") if op.name == "kl_div" else ("mean", "sum", "none")
    if reduction not in allowed:
        words = ", ".join(f'"{word}"' for word in allowed)
        fail("arguments", f"reduction is one of {words}", reader.label(node.span))
    for name in ("eps", "beta", "delta", "label_smoothing"):
        value = literals.get(name, 1)
        if value is None and op.name == "gaussian_nll":
            continue
        if isinstance(value, bool) or not isinstance(value, (int, Fraction)) or value < 0:
            fail("arguments", f"{name} is a number that is not negative", reader.label(node.span))
    if literals.get("delta", 1) == 0:
        fail("arguments", "delta is positive", reader.label(node.span))
    prepare = _PREPARED.get(op.name)
    if prepare is not None:
        prepare(reader, node, values, literals)


# --- normalisation ------------------------------------------------------------------------------------


def _normalized_shape(
    reader: Reader, node: Called, values: dict[str, Value], literals: dict[str, Any]
) -> None:
    """The last axes, whose lengths torch wants to hear once more."""
    said = literals.get("normalized_shape")
    if said is None:
        return
    lengths = said if isinstance(said, tuple) else (said,)
    shape = values["x"].shape
    if not lengths or shape[-len(lengths) :] != lengths:
        fail(
            "shape",
            f"normalized_shape {show(lengths)} is not how the shape {show(shape)} ends",
            reader.label(node.span),
        )
    literals["axis"] = tuple(range(-len(lengths), 0))


def _batch_norm(reader: Reader, node: Called, values: dict[str, Value], literals: dict[str, Any]) -> None:
    shape = values["x"].shape
    if len(shape) < 2:
        fail("shape", "batch_norm needs axes for batch and channels", reader.label(node.span, show(shape)))
    literals["axis"] = tuple(k - len(shape) for k in range(len(shape)) if k != 1)
    if not literals["training"] and not (values["running_mean"].shape or values["running_var"].shape):
        fail(
            "arguments",
            "batch_norm needs running_mean and running_var in evaluation",
            reader.label(node.span),
            suggestion="batch_norm(x, training=True)",
        )


def _group_norm(reader: Reader, node: Called, values: dict[str, Value], literals: dict[str, Any]) -> None:
    shape, groups = values["x"].shape, literals["num_groups"]
    if len(shape) < 2:
        fail("shape", "group_norm needs axes for batch and channels", reader.label(node.span, show(shape)))
    channels = shape[1]
    if not isinstance(channels, int):
        what = "group_norm of a symbolic number of channels is not supported yet"
        fail("unsupported", what, reader.label(node.span))
    if not is_whole(groups, 1) or channels % groups:
        fail("arguments", f"num_groups divides the {channels} channels", reader.label(node.span))
    literals["size"] = channels // groups
    literals["channel"] = 1 - len(shape)
    literals["axis"] = tuple(range(2 - len(shape) - 1, 0))


def _multi_margin(reader: Reader, node: Called, values: dict[str, Value], literals: dict[str, Any]) -> None:
    if literals["p"] not in (1, 2):
        fail("arguments", "p is 1 or 2", reader.label(node.span))
    class_axis(reader, node, values, literals)
    literals["axis"] = -1


def _normalize(reader: Reader, node: Called, values: dict[str, Value], literals: dict[str, Any]) -> None:
    literals["euclidean"] = literals["p"] == 2


def _trapezoid(reader: Reader, node: Called, values: dict[str, Value], literals: dict[str, Any]) -> None:
    literals["spaced"] = bool(values["x"].shape)


def _instance_norm(reader: Reader, node: Called, values: dict[str, Value], literals: dict[str, Any]) -> None:
    shape = values["x"].shape
    if len(shape) < 3:
        what = "instance_norm needs axes for batch, channels and more"
        fail("shape", what, reader.label(node.span, show(shape)))
    literals["axis"] = tuple(range(2 - len(shape), 0))


def _attention(reader: Reader, node: Called, values: dict[str, Value], literals: dict[str, Any]) -> None:
    if literals["dropout_p"]:
        _refuse_dropout(reader, node, "attention(query, key, value, dropout_p=0)")
    if literals["is_causal"] and values["attn_mask"].shape:
        what = "attention takes attn_mask or is_causal, not both"
        fail("arguments", what, reader.label(node.span))


def _glu(reader: Reader, node: Called, values: dict[str, Value], literals: dict[str, Any]) -> None:
    shape = values["x"].shape
    axis = literals["axis"]
    if not shape:
        fail("shape", "glu needs an axis to halve", reader.label(node.span, show(shape)))
    (along,) = axes(reader, (axis,), len(shape), reader.label(node.span))
    if over(shape[along], 2) is None:
        what = f"an axis of length {shape[along]} has no two equal halves"
        fail("shape", what, reader.label(node.span, show(shape)))
    literals["axis"] = along


def _rrelu(reader: Reader, node: Called, values: dict[str, Value], literals: dict[str, Any]) -> None:
    if literals["training"]:
        _refuse_dropout(reader, node, "rrelu(x, training=False)")


# --- dropout ------------------------------------------------------------------------------------------


def _dropout(reader: Reader, node: Called, values: dict[str, Value], literals: dict[str, Any]) -> None:
    if literals["training"] and literals["p"] != 0:
        _refuse_dropout(reader, node, "dropout(x, training=False)")


def _refuse_dropout(reader: Reader, node: Called, suggestion: str) -> NoReturn:
    name = suggestion.partition("(")[0]
    fail(
        "unsupported",
        f"{name} in training draws at random, so it has no one derivative, and is not supported",
        reader.label(node.span),
        notes=["in evaluation nothing is drawn"],
        suggestion=suggestion,
    )


# --- calls of operations of their own -----------------------------------------------------------------


def layered(reader: Reader, node: Called, name: syntax.Name, op: Structured) -> Value:
    """The value of ``one_hot``, ``windows`` or ``overlap_add``.

    Raises:
        ChainRuleError: ``arguments``, ``shape`` or ``unsupported``.
    """
    bound = bind(reader, node, name, op.signature)
    first, *others = op.signature.parameters
    params: dict[str, Any] = {
        p: literal(reader, bound[p], p) if p in bound else default(op.signature, p) for p in others
    }
    given = bound[first]
    if op.name == "one_hot":
        count = params["num_classes"]
        if not isinstance(count, str) and not is_whole(count, 1):
            fail("arguments", "num_classes is a positive whole number", reader.label(node.span))
        if isinstance(given, _LITERALS) or (isinstance(given, syntax.Name) and given.name in reader.literals):
            return one_hot(reader, given, literal(reader, given, first), count)
        refuse_class_tensor(reader, given)
    operand = reader.read_operand(given, first)
    for word, least in (("size", 1), ("step", 1), ("dilation", 1)):
        if not is_whole(params[word], least):
            fail("arguments", f"{word} is a whole number from {least}", reader.label(node.span))
    shape = params.get("shape") if op.name == "overlap_add" else operand.shape
    if not isinstance(shape, tuple):
        what = "overlap_add needs the shape of what the windows were cut from"
        fail("arguments", what, reader.label(node.span))
    (along,) = axes(reader, (params["axis"],), len(shape), reader.label(node.span))
    params["axis"] = along - len(shape)
    return (windows if op.name == "windows" else overlap_add)(reader, operand, params)


def _embedding(reader: Reader, node: Called, values: dict[str, Value], literals: dict[str, Any]) -> None:
    shape = values["weight"].shape
    if len(shape) != 2:
        fail("shape", "the table of an embedding is a matrix", reader.label(node.span, show(shape)))
    literals["num_classes"] = shape[0]


_WINDOWED = (
    "conv",
    "conv_transpose",
    "avg_pool",
    "max_pool",
    "adaptive_avg_pool",
    "adaptive_max_pool",
)
_PREPARED: Mapping[str, Any] = MappingProxyType(
    {
        "layer_norm": _normalized_shape,
        "rms_norm": _normalized_shape,
        "batch_norm": _batch_norm,
        "group_norm": _group_norm,
        "cross_entropy": class_axis,
        "multi_margin": _multi_margin,
        "normalize": _normalize,
        "instance_norm": _instance_norm,
        "attention": _attention,
        "glu": _glu,
        "convolve": convolved,
        "correlate": convolved,
        "rrelu": _rrelu,
        "trapezoid": _trapezoid,
        "nll": class_axis,
        "embedding": _embedding,
        "dropout": _dropout,
        **{f"{name}{axes}d": prepared(axes) for name in _WINDOWED for axes in (1, 2, 3)},
    }
)
