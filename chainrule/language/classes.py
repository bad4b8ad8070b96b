"""Classes by number: lists of them as rows of 0 and 1, in losses and on their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from chainrule.diagnostics import fail
from chainrule.graph import Operation
from chainrule.language import syntax
from chainrule.language.arguments import literal
from chainrule.language.reader import Reader, Value
from chainrule.language.subscripts import ALL, take
from chainrule.ops.table import Composite
from chainrule.shapes import Dim, plus, show
from chainrule.terms import Apply

Called = syntax.Call | syntax.Method

BY_CLASS = ("cross_entropy", "multi_margin", "nll")
"""The losses whose targets may be numbers of classes."""


def classes(
    reader: Reader, op: Composite, node: syntax.Node, values: Mapping[str, Value], literals: dict[str, Any]
) -> Value:
    """Class numbers among the arguments of a loss as rows of 0 and 1; a row that is ignored has no 1.

    ``literals`` hears of it: ``numbered``, and ``kept``, the number of rows that are not ignored.

    Raises:
        ChainRuleError: ``type``, where a loss knows no classes; ``arguments``, when one is no class;
            ``shape``.
    """
    shape = values["x"].shape if "x" in values else ()
    if op.name not in BY_CLASS or not shape:
        return reader.read(node)
    along = min(1, len(shape) - 1)
    count, ignored = shape[along], literals.get("ignore_index")
    indices = literal(reader, node, "classes")
    wanted = (*shape[:along], *shape[along + 1 :])
    found = _nested_shape(reader, node, indices)
    if len(found) != len(wanted) or any(
        a != b for a, b in zip(found, wanted, strict=True) if isinstance(b, int)
    ):
        fail(
            "shape",
            "scores and targets do not fit together",
            reader.label(node.span, show(found)),
            notes=[f"scores of shape {show(shape)} need class numbers of shape {show(wanted)}"],
        )
    flat = _flat(reader, node, indices, list(found))
    kept = sum(1 for index in flat if index != ignored)
    if not kept:
        fail("arguments", "every class is ignored, so there is nothing to average", reader.label(node.span))
    literals["numbered"], literals["kept"] = True, kept
    rows = _rows(reader, node, indices, count, ignored if kept < len(flat) else None)
    if along < len(shape) - 1:
        order = (*range(along), len(shape) - 1, *range(along, len(shape) - 1))
        number = reader.graph.transposed(reader.materialise(rows), order)
        rows = reader.of_node(number, rows.term)
    return Value(Apply("listing", (), (("items", indices),)), rows.kernel, rows.shape)


def _rows(reader: Reader, node: syntax.Node, indices: Any, count: Dim, ignored: int | None) -> Value:
    """A row for each class number; that of an ignored one belongs to a class that is then left out."""
    if ignored is None:
        return one_hot(reader, node, indices, count)
    if not isinstance(count, int):
        fail(
            "unsupported",
            "ignored classes are not supported yet where the number of classes is not known",
            reader.label(node.span),
            notes=["declare the length of the axis of classes as a number"],
        )

    def moved(part: Any) -> Any:
        if isinstance(part, tuple):
            return tuple(map(moved, part))
        return count if part == ignored else _in_range(reader, node, part, count)

    found = one_hot(reader, node, moved(indices), plus([count, 1]))
    return take(reader, found, (*[ALL] * (len(found.shape) - 1), (None, -1, None)))


def class_axis(reader: Reader, node: Called, values: dict[str, Value], literals: dict[str, Any]) -> None:
    """Classes lie along axis 1, or 0 where there is no batch; whether the mean is one of weighted rows."""
    x, t = values["x"], values["t"]
    rank = len(x.shape)
    if not rank:
        fail("shape", "there must be an axis of classes", reader.label(node.span, "a scalar"))
    along = min(1, rank - 1)
    literals["axis"] = (along - rank,)
    literals["after"] = rank - along - 1
    if len(t.shape) == rank - 1:
        refuse_class_tensor(reader, node)
    if len(t.shape) != rank:
        fail(
            "shape",
            "scores and targets do not fit together",
            reader.label(node.span, f"{show(x.shape)} and {show(t.shape)}"),
            notes=["targets are a list of class numbers, or have an entry for every score"],
        )
    numbered = literals.setdefault("numbered", False)
    weighted = bool(values["weight"].shape)
    literals.setdefault("kept", None)
    literals["ignoring"] = numbered and literals["kept"] != _count(t.shape, along)
    literals["by_weight"] = numbered and weighted and literals["reduction"] == "mean"
    literals["by_count"] = literals["ignoring"] and not weighted and literals["reduction"] == "mean"


def _count(shape: tuple[Dim, ...], along: int) -> Dim:
    """How many rows there are."""
    count = 1
    for k, dim in enumerate(shape):
        count *= 1 if k == along or not isinstance(dim, int) else dim
    return count


def refuse_class_tensor(reader: Reader, node: syntax.Node) -> NoReturn:
    """Refuse class numbers that are values of a variable."""
    fail(
        "unsupported",
        "class numbers in a variable are not supported yet",
        reader.label(node.span),
        notes=[
            "they can be written out: cross_entropy(x, [0, 2, 1])",
            "or the target has rows of 0 and 1: T : [n, k] onehot constant",
        ],
    )


def one_hot(reader: Reader, node: syntax.Node, indices: Any, count: Dim) -> Value:
    """Rows of 0 and 1 for class numbers that are written out, nested as deep as one likes."""
    shape = _nested_shape(reader, node, indices)
    for index in _flat(reader, node, indices, list(shape)):
        _in_range(reader, node, index, count)
    params = (("indices", indices), ("num_classes", count))
    number = reader.graph.add(Operation("one_hot", (), params, (*shape, count)))
    return reader.of_node(number, Apply("one_hot", (), params))


def _in_range(reader: Reader, node: syntax.Node, index: Any, count: Dim) -> int:
    if isinstance(index, bool) or not isinstance(index, int) or index < 0:
        fail("arguments", "a class number is a whole number from 0", reader.label(node.span))
    if isinstance(count, int) and index >= count:
        notes = [f"classes are counted from 0 to {count - 1}"]
        fail("arguments", f"{index} is no class", reader.label(node.span), notes=notes)
    return index


def _nested_shape(reader: Reader, node: syntax.Node, indices: Any) -> tuple[Dim, ...]:
    shape: list[Dim] = []
    level = indices
    while isinstance(level, tuple):
        shape.append(len(level))
        level = level[0] if level else None
    return tuple(shape)


def _flat(reader: Reader, node: syntax.Node, indices: Any, shape: list[Dim]) -> list[Any]:
    level = [indices]
    for dim in shape:
        if any(not isinstance(part, tuple) or len(part) != dim for part in level):
            fail("arguments", "rows of class numbers need the same length", reader.label(node.span))
        level = [entry for part in level for entry in part]
    if not level or any(isinstance(part, bool) or not isinstance(part, int) for part in level):
        fail("arguments", "a class number is a whole number from 0", reader.label(node.span))
    return level
