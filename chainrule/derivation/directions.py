"""What ``--tangent`` and ``--cotangent`` say: the directions that inputs move in, the weights of an output.

A direction is data (``x = ones(2, 2)``), an expression in the program's names (``x = -2*x``), or open: ``x``
alone, or ``x = v`` with a new name, which then stands for any tensor of x's shape.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

from chainrule.derivation.values import names_of
from chainrule.diagnostics import Label, fail, nearest
from chainrule.graph import Input
from chainrule.language import syntax
from chainrule.language.elaborate import expression
from chainrule.language.parser import parse_program
from chainrule.language.pipeline import Pipeline
from chainrule.language.scope import RESERVED, is_data, names_in
from chainrule.numeric.tensors import Tensor
from chainrule.numeric.values import from_python, value_of
from chainrule.shapes import Shape, bind, show
from chainrule.source import Source, Span
from chainrule.terms import Symbol, Term

TANGENT, COTANGENT = "--tangent", "--cotangent"
_CONSTANTS = (*RESERVED, "e")


@dataclass(frozen=True, slots=True)
class Direction:
    """One direction as it was said; ``name`` is the input that moves, None for the weights of the output.

    ``written`` is its expression where it has one, ``tensor`` its value where it is data; neither where it
    is open. ``label`` points at it, ``at_name`` at the name.
    """

    name: str | None
    written: syntax.Node | None
    tensor: Tensor | None
    source: Source
    span: Span
    name_span: Span

    @property
    def label(self) -> Label:
        return Label(self.source, self.span)

    @property
    def at_name(self) -> Label:
        return Label(self.source, self.name_span)


@dataclass(frozen=True, slots=True)
class Said:
    """All that was said: ``tangents`` by input, the ``cotangent``; ``fresh`` are names new to the program."""

    tangents: tuple[Direction, ...] = ()
    cotangent: Direction | None = None
    fresh: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.tangents) or self.cotangent is not None

    def shapes_of_inputs(self, program: syntax.Program) -> dict[str, Shape]:
        """The shapes of the names that the program does not define, as directions that are data have them."""
        defined = {
            part.name.name
            for part in program.statements
            if isinstance(part, syntax.Definition) and not is_data(part.value)
        }
        return {
            str(one.name): one.tensor.shape
            for one in self.tangents
            if one.tensor is not None and one.name not in defined
        }

    def wrt(self, asked: tuple[str, ...]) -> tuple[str, ...]:
        """What moves: what was asked for, else what has a direction, unless there is a cotangent for all."""
        moved = tuple(str(one.name) for one in self.tangents)
        if asked:
            return tuple(dict.fromkeys((*asked, *moved)))
        return moved if self.cotangent is None else ()


def said(
    program: syntax.Program,
    tangents: Sequence[Source] | Mapping[str, object],
    cotangent: Source | object | None,
) -> Said:
    """Directions and weights as texts or, from Python, as values by name.

    Raises:
        ChainRuleError: ``syntax``, ``value``, ``name`` or ``usage``; labelled in the text concerned.
    """
    known = names_of(program)
    found: dict[str, Direction] = {}
    for one in _tangents(tangents):
        assert one.name is not None
        if one.name not in known:
            fail(
                "name",
                f"the program has no variable {one.name}",
                one.at_name,
                notes=["a direction is given to a name of the program: " + (", ".join(list(known)[:40]))],
                suggestion=nearest(one.name, known),
            )
        if one.name in found:
            fail("usage", f"{one.name} has two directions", one.at_name, found[one.name].at_name)
        found[one.name] = one
    weights = None if cotangent is None else _cotangent(cotangent, known)
    every = [*found.values(), *([weights] if weights is not None else [])]
    read = [name.name for one in every if one.written is not None for name in names_in(one.written)]
    fresh = dict.fromkeys(name for name in read if name not in known and name not in _CONSTANTS)
    return Said(tuple(found.values()), weights, tuple(fresh))


def _tangents(tangents: Sequence[Source] | Mapping[str, object]) -> Iterable[Direction]:
    if isinstance(tangents, Mapping):
        for name, value in tangents.items():
            if isinstance(value, str):
                yield from _tangents([Source(f"{name} = {value}", "tangent")])
            else:
                place = Span(0, len(name))
                yield Direction(name, None, from_python(value), Source(name, "tangent"), place, place)
        return
    for source in tangents:
        for statement in parse_program(source).statements:
            match statement:
                case syntax.Definition(parameters=None):
                    yield _read(statement.name, statement.value, source)
                case syntax.Bare(value=syntax.Name(name=name)):
                    yield Direction(name, None, None, source, statement.span, statement.span)
                case _:
                    _refuse(source, statement.span)


def _refuse(source: Source, span: Span) -> NoReturn:
    fail(
        "usage",
        "a direction is said as name = data, name = expression, or as the name alone",
        Label(source, span),
        suggestion="x = [1, 0]",
    )


def _cotangent(cotangent: Source | object, known: Iterable[str]) -> Direction:
    if not isinstance(cotangent, Source):
        place = Span(0, len("cotangent"))
        return Direction(None, None, from_python(cotangent), Source("cotangent", "cotangent"), place, place)
    statements = parse_program(cotangent).statements
    first = statements[0]
    if len(statements) > 1:
        fail(
            "usage",
            "one cotangent is enough: an output is pulled back once",
            Label(cotangent, statements[1].span),
        )
    if isinstance(first, syntax.Definition) and first.parameters is None and first.name.name in known:
        return _read(None, first.value, cotangent)
    if not isinstance(first, syntax.Bare):
        fail(
            "usage",
            "a cotangent is said as data or as an expression of the output's shape",
            Label(cotangent, first.span),
            suggestion="[1, 0]",
        )
    return _read(None, first.value, cotangent)


def _read(name: syntax.Name | None, value: syntax.Node, source: Source) -> Direction:
    word, place = (None, value.span) if name is None else (name.name, name.span)
    tensor = value_of(value, source, name=word) if is_data(value) else None
    return Direction(word, None if tensor is not None else value, tensor, source, value.span, place)


# --- as nodes ----------------------------------------------------------------------------------------------


class Names:
    """Names for what a sweep carries: ``x_dot``, ``x_bar``, or others where the program has these."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = set(taken)
        self._known: dict[tuple[str, str], str] = {}

    def dot(self, name: str) -> str:
        """The name of a tangent."""
        return self._new(name, "dot", "tangent")

    def bar(self, name: str) -> str:
        """The name of an adjoint."""
        return self._new(name, "bar", "adjoint")

    def _new(self, name: str, *marks: str) -> str:
        if (name, marks[0]) not in self._known:
            words = [f"{name}_{mark}" for mark in marks]
            words += [f"{name}_{marks[0]}_{k}" for k in range(2, 2 + len(self._taken))]
            self._known[name, marks[0]] = next(word for word in words if word not in self._taken)
        return self._known[name, marks[0]]


@dataclass(frozen=True, slots=True)
class Made:
    """A direction as a node called ``symbol``; ``term`` is its expression where it has one."""

    node: int
    symbol: Symbol
    term: Term | None
    tensor: Tensor | None
    free: Mapping[str, int]
    """The nodes of the new names in it."""


def made(pipeline: Pipeline, one: Direction, of: str, name: str, free: Mapping[str, int]) -> Made:
    """The node of a direction for the tensor ``of``, whose shape it must have.

    name: what to call it, where it is no new name itself. free: the nodes of new names met before.

    Raises:
        ChainRuleError: ``shape``, with both shapes; and whatever reading the expression raises.
    """
    graph = pipeline.graph
    shape = graph.shape(pipeline.nodes[of])
    written = one.written
    if written is None:
        node = graph.add(Input(name, shape, frozenset(["direction"])))
        return Made(node, Symbol(name), None, one.tensor, {})
    lengths = set(pipeline.lengths)
    new = {
        word.name: free.get(word.name, -1)
        for word in names_in(written)
        if word.name not in pipeline.nodes and word.name not in _CONSTANTS and word.name not in lengths
    }
    for word, number in new.items():
        if number < 0:
            new[word] = graph.add(Input(word, shape, frozenset(["direction"])))
    if isinstance(written, syntax.Name) and written.name in new:
        node = new[written.name]
        if graph.shape(node) != shape:
            _clash(one, of, shape, graph.shape(node))
        return Made(node, Symbol(written.name), None, None, new)
    number, term = expression(pipeline, written, one.source, new)
    if graph.shape(number) != shape:
        _clash(one, of, shape, graph.shape(number))
    return Made(graph.named(number, name), Symbol(name), term, None, new)


def fitted(pipeline: Pipeline, one: Direction, of: str, lengths: dict[str, int]) -> None:
    """Check that data has the shape of the tensor ``of``; symbolic lengths that it fixes join ``lengths``.

    Raises:
        ChainRuleError: ``shape``, with both shapes.
    """
    if one.tensor is None:
        return
    shape = bind(pipeline.graph.shape(pipeline.nodes[of]), lengths)
    if len(shape) != len(one.tensor.shape):
        _clash(one, of, shape, one.tensor.shape)
    for dim, length in zip(shape, one.tensor.shape, strict=True):
        if (lengths.setdefault(dim, length) if isinstance(dim, str) else dim) != length:
            _clash(one, of, shape, one.tensor.shape)


def _clash(one: Direction, of: str, ours: Shape, theirs: Shape) -> NoReturn:
    what = "cotangent" if one.name is None else "direction"
    fits = ours and all(isinstance(dim, int) for dim in ours)
    ones = f"ones({', '.join(map(str, ours))})" if fits else None
    fail(
        "shape",
        f"{of} has shape {show(ours)}, and its {what} has shape {show(theirs)}",
        Label(one.source, one.span, show(theirs)),
        notes=[f"a {what} has one number for each entry of {of}"],
        suggestion=ones if one.name is None or ones is None else f"{of} = {ones}",
    )
