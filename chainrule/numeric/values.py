"""Values that people write: numbers, nested lists, ``zeros(2, 3)``, ``@file``.

What is rational stays exact (a Fraction), also ``0.1``; what is not stays a Term (``pi/4``, ``sqrt(2)``),
so that each arithmetic makes the best of it. Floats come from files of floats and from random numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from random import Random
from types import MappingProxyType

from chainrule.diagnostics import ChainRuleError, Label, fail
from chainrule.language import syntax
from chainrule.numeric.constants import constant
from chainrule.numeric.files import read_file
from chainrule.numeric.passed import afford, from_python
from chainrule.numeric.tensors import Tensor, filled
from chainrule.shapes import entries as count_entries
from chainrule.shapes import show
from chainrule.source import Source, Span

__all__ = ["from_python", "value_of"]


def value_of(
    node: syntax.Node,
    source: Source,
    lengths: Mapping[str, int] | None = None,
    name: str | None = None,
    directory: Path | None = None,
) -> Tensor:
    """The tensor that a right side of literal data means.

    lengths: symbolic lengths that ``zeros(n)`` and its kin may use. name: the variable, which picks the
    array of an ``.npz`` file. directory: where the path of a file starts; the working directory.

    Raises:
        ChainRuleError: ``value`` (no data, ragged lists, no number), ``arguments``, ``budget`` (more than
            numeric.passed.MAX_ENTRIES entries); labelled in ``source``.
    """
    return _Reader(source, lengths or {}, name, directory or Path()).tensor(node)


class _Reader:
    """Reads one value; knows where to point when it is wrong."""

    def __init__(self, source: Source, lengths: Mapping[str, int], name: str | None, directory: Path) -> None:
        self.source, self.lengths, self.name, self.directory = source, lengths, name, directory

    def label(self, span: Span, text: str = "") -> Label:
        return Label(self.source, span, text)

    def tensor(self, node: syntax.Node) -> Tensor:
        if isinstance(node, syntax.FileValue):
            return self.file(node)
        if isinstance(node, (syntax.ListLiteral, syntax.TupleLiteral)):
            shape = self.list_shape(node)
            afford(shape, self.label(node.span))
            return Tensor([constant(leaf, self.source) for leaf in _leaves(node)], shape)
        if isinstance(node, syntax.Call) and node.function.name in _CONSTRUCTORS:
            return _CONSTRUCTORS[node.function.name](self, node)
        return Tensor([constant(node, self.source)], ())

    def file(self, node: syntax.FileValue) -> Tensor:
        try:
            return read_file(self.directory / node.path, self.name)
        except ChainRuleError as error:
            found = error.diagnostic
            fail(
                found.code,
                found.message,
                self.label(node.span),
                notes=found.notes,
                suggestion=found.suggestion,
            )

    # --- lists ------------------------------------------------------------------------------------------

    def list_shape(self, node: syntax.Node) -> tuple[int, ...]:
        """The shape of nested lists, all of one length at each depth."""
        if not isinstance(node, (syntax.ListLiteral, syntax.TupleLiteral)):
            return ()
        if not node.items:
            fail("value", "an empty list has no entries", self.label(node.span))
        first = self.list_shape(node.items[0])
        for item in node.items[1:]:
            shape = self.list_shape(item)
            if shape != first:
                fail(
                    "value",
                    "the rows of a list must have one shape",
                    self.label(item.span, _described(shape)),
                    self.label(node.items[0].span, _described(first)),
                )
        return (len(node.items), *first)

    # --- constructors ------------------------------------------------------------------------------------

    def whole(self, node: syntax.Node, least: int = 1) -> int:
        """A whole number, or a symbolic length that is known."""
        if isinstance(node, syntax.Name):
            if node.name not in self.lengths:
                fail("value", f"the length {node.name} is not known here", self.label(node.span))
            return self.lengths[node.name]
        value = self.rational(node)
        if value.denominator != 1 or value < least:
            what = "a positive whole number" if least == 1 else "a whole number"
            fail("arguments", f"{what} is needed here", self.label(node.span))
        return int(value)

    def rational(self, node: syntax.Node) -> Fraction:
        value = constant(node, self.source)
        if not isinstance(value, Fraction):
            fail("arguments", "a rational number is needed here", self.label(node.span))
        return value

    def dims(self, node: syntax.Call, nodes: tuple[syntax.Node, ...]) -> tuple[int, ...]:
        """A shape, written ``2, 3`` or ``[2, 3]`` or ``(2, 3)``."""
        if len(nodes) == 1 and isinstance(nodes[0], (syntax.ListLiteral, syntax.TupleLiteral)):
            nodes = nodes[0].items
        shape = tuple(self.whole(part) for part in nodes)
        afford(shape, self.label(node.span))
        return shape

    def keywords(self, node: syntax.Call, *allowed: str) -> dict[str, syntax.Node]:
        for word in node.keywords:
            if word.name.name not in allowed:
                accepted = f"it takes {', '.join(allowed)}" if allowed else "it takes none"
                fail(
                    "arguments",
                    f"{node.function.name} has no keyword {word.name.name}",
                    self.label(word.span),
                    notes=[accepted],
                )
        return {word.name.name: word.value for word in node.keywords}

    def positional(self, node: syntax.Call, least: int, most: int, example: str) -> tuple[syntax.Node, ...]:
        if not least <= len(node.arguments) <= most:
            needs = f"{least}" if least == most else f"{least} to {most}"
            fail(
                "arguments",
                f"{node.function.name} needs {needs} arguments and has {len(node.arguments)}",
                self.label(node.span),
                suggestion=example,
            )
        return node.arguments


def _zeros(reader: _Reader, node: syntax.Call) -> Tensor:
    reader.keywords(node)
    fill = Fraction(1 if node.function.name == "ones" else 0)
    return filled(fill, reader.dims(node, node.arguments))


def _full(reader: _Reader, node: syntax.Call) -> Tensor:
    reader.keywords(node)
    shape, fill = reader.positional(node, 2, 2, "full([2, 2], 7)")
    return filled(constant(fill, reader.source), reader.dims(node, (shape,)))


def _eye(reader: _Reader, node: syntax.Call) -> Tensor:
    reader.keywords(node)
    reader.positional(node, 1, 2, "eye(3)")
    shape = reader.dims(node, node.arguments)
    rows, columns = shape[0], shape[-1]
    afford((rows, columns), reader.label(node.span))
    return Tensor([Fraction(int(i == j)) for i in range(rows) for j in range(columns)], (rows, columns))


def _arange(reader: _Reader, node: syntax.Call) -> Tensor:
    reader.keywords(node)
    bounds = [reader.rational(part) for part in reader.positional(node, 1, 3, "arange(6)")]
    start, stop, step = Fraction(0), bounds[0], Fraction(1)
    if len(bounds) > 1:
        start, stop, step = bounds[0], bounds[1], bounds[2] if len(bounds) == 3 else step
    if step == 0:
        fail("arguments", "the step of arange must not be 0", reader.label(node.span))
    count = -((start - stop) // step)
    if count < 1:
        fail("value", "this arange is empty", reader.label(node.span))
    afford((count,), reader.label(node.span))
    return Tensor([start + k * step for k in range(count)], (count,))


def _linspace(reader: _Reader, node: syntax.Call) -> Tensor:
    words = reader.keywords(node, "num")
    given = reader.positional(node, 2, 2 if "num" in words else 3, "linspace(0, 1, 5)")
    if len(given) == 2 and "num" not in words:
        fail(
            "arguments",
            "linspace needs the number of points",
            reader.label(node.span),
            suggestion="linspace(0, 1, 5)",
        )
    start, stop = reader.rational(given[0]), reader.rational(given[1])
    count = reader.whole(words.get("num", given[-1]))
    afford((count,), reader.label(node.span))
    return Tensor([start + k * (stop - start) / max(1, count - 1) for k in range(count)], (count,))


def _random(reader: _Reader, node: syntax.Call) -> Tensor:
    """Uniform in [0, 1), or standard normal: Python's Mersenne Twister (``random.Random(seed)``), row by row.

    The seed is 0 unless given: the same program has the same values everywhere, with NumPy or without.
    """
    words = reader.keywords(node, "seed")
    shape = reader.dims(node, node.arguments)
    random = Random(reader.whole(words["seed"], least=0) if "seed" in words else 0)  # noqa: S311  no secret
    draw = random.random if node.function.name == "rand" else lambda: random.gauss(0.0, 1.0)
    return Tensor([draw() for _ in range(count_entries(shape))], shape)


_CONSTRUCTORS: Mapping[str, Callable[[_Reader, syntax.Call], Tensor]] = MappingProxyType(
    {
        "zeros": _zeros,
        "ones": _zeros,
        "full": _full,
        "eye": _eye,
        "arange": _arange,
        "linspace": _linspace,
        "rand": _random,
        "randn": _random,
    }
)


def _leaves(node: syntax.Node) -> Iterator[syntax.Node]:
    """The entries of nested lists, row by row."""
    stack = [node]
    while stack:
        top = stack.pop()
        if isinstance(top, (syntax.ListLiteral, syntax.TupleLiteral)):
            stack.extend(reversed(top.items))
        else:
            yield top


def _described(shape: tuple[int, ...]) -> str:
    return f"shape {show(shape)}" if shape else "a number"
