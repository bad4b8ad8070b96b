"""What moves read from their arguments: tensors, lengths, axes and whole numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from chainrule.diagnostics import fail
from chainrule.language import syntax
from chainrule.language.arguments import axes, literal
from chainrule.language.reader import Reader, Value
from chainrule.shapes import Dim, show
from chainrule.source import Span

Called = syntax.Call | syntax.Method


def packed(node: Called, after: int = 1) -> Called:
    """``x.reshape(2, 3)`` with its numbers in one tuple, as ``x.reshape((2, 3))``.

    after: how many arguments stand before the tuple; 0 for a list of tensors.
    """
    keep = after if isinstance(node, syntax.Call) else 0
    rest = node.arguments[keep:]
    if not rest or (len(rest) == 1 and isinstance(rest[0], (syntax.TupleLiteral, syntax.ListLiteral))):
        return node
    span = Span(rest[0].span.start, rest[-1].span.stop)
    return replace(node, arguments=(*node.arguments[:keep], syntax.TupleLiteral(rest, span)))


def dims(reader: Reader, node: syntax.Node) -> tuple[Any, ...]:
    """The lengths that an argument lists; -1 stands for one to be found out.

    Raises:
        ChainRuleError: ``arguments``.
    """
    if isinstance(node, (syntax.TupleLiteral, syntax.ListLiteral)):
        return tuple(_dim(reader, item) for item in node.items)
    if isinstance(node, syntax.Name) and node.name in reader.literals:
        found = reader.literals[node.name]
        return found if isinstance(found, tuple) else (found,)
    return (_dim(reader, node),)


def _dim(reader: Reader, node: syntax.Node) -> Dim:
    """One length: a whole number, the name of a length, or sums and products of them.

    Raises:
        ChainRuleError: ``arguments``.
    """
    found = literal(reader, node, "a length")
    if isinstance(found, bool) or not isinstance(found, int | str) or isinstance(node, syntax.Text):
        fail("arguments", "a length is a whole number or a declared name", reader.label(node.span))
    return found


def one_axis(reader: Reader, bound: Mapping[str, syntax.Node], word: str, rank: int, default: int) -> int:
    """The one axis that ``word`` names, counted from the first."""
    if word not in bound:
        return default % rank
    found = literal(reader, bound[word], word)
    label = reader.label(bound[word].span)
    if isinstance(found, tuple):
        fail("arguments", f"{word} is one axis here", label)
    return axes(reader, found, rank, label)[0]


def operand(reader: Reader, bound: Mapping[str, syntax.Node], word: str = "x") -> tuple[Value, Span]:
    """The tensor that ``word`` names, and where it is written."""
    return reader.read_operand(bound[word], word), bound[word].span


def whole(reader: Reader, bound: Mapping[str, syntax.Node], word: str, default: int) -> int:
    """The whole number that ``word`` names."""
    if word not in bound:
        return default
    found = literal(reader, bound[word], word)
    if isinstance(found, bool) or not isinstance(found, int):
        fail("arguments", f"{word} is a whole number", reader.label(bound[word].span))
    return found


def needs_axes(reader: Reader, value: Value, span: Span, least: int, what: str) -> None:
    """Refuse a tensor of fewer than ``least`` axes."""
    if len(value.shape) < least:
        needs = "a matrix" if least == 2 else "a vector" if least == 1 else f"{least} axes"
        fail("shape", f"{what} needs {needs}", reader.label(span, show(value.shape)))
