"""The values that a derivation is taken at: from data statements, from ``--at`` texts, from Python."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from chainrule.diagnostics import Label, fail, nearest
from chainrule.language import syntax
from chainrule.language.parser import parse_program
from chainrule.language.pipeline import Pipeline
from chainrule.language.scope import is_data, names_in
from chainrule.numeric.tensors import Tensor
from chainrule.numeric.values import from_python, value_of
from chainrule.shapes import Shape, bind, show
from chainrule.source import Source, Span


class Given:
    """Tensors by name, each with the place where it was said, for messages."""

    def __init__(self) -> None:
        self.tensors: dict[str, Tensor] = {}
        self._places: dict[str, Label | None] = {}

    def put(self, name: str, tensor: Tensor, place: Label | None) -> None:
        """Set the value of ``name``; a later one replaces an earlier one."""
        self.tensors[name] = tensor
        self._places[name] = place

    def labels(self, name: str, text: str = "") -> tuple[Label, ...]:
        """A label where the value of ``name`` was said, if it was said in a text."""
        place = self._places.get(name)
        return () if place is None else (Label(place.source, place.span, text),)

    @property
    def shapes(self) -> dict[str, Shape]:
        return {name: tensor.shape for name, tensor in self.tensors.items()}


def given_values(
    program: syntax.Program, at: Sequence[Source], arrays: Mapping[str, object], also: Iterable[str] = ()
) -> Given:
    """Every value that was said, ``--at`` before data statements, Python's before both.

    also: names beside the program's own that may have a value.

    Raises:
        ChainRuleError: ``value``, ``syntax``, …; labelled in the text concerned.
    """
    given = Given()
    known = dict.fromkeys((*names_of(program), *also))
    for statement in program.statements:
        if not isinstance(statement, syntax.Definition) or statement.parameters is not None:
            continue
        if is_data(statement.value):
            _put(given, statement, program.source)
    for source in at:
        for statement in parse_program(source).statements:
            if not isinstance(statement, syntax.Definition) or statement.parameters is not None:
                fail(
                    "value",
                    "a value is said as name = data",
                    Label(source, statement.span),
                    suggestion="x = [[1, 2], [3, 4]]",
                )
            if statement.name.name not in known:
                fail(
                    "name",
                    f"the program has no variable {statement.name.name}",
                    Label(source, statement.name.span),
                    notes=["its names: " + (", ".join(list(known)[:40]) or "none")],
                    suggestion=nearest(statement.name.name, known),
                )
            _put(given, statement, source)
    for name, value in arrays.items():
        given.put(name, from_python(value), None)
    return given


def _put(given: Given, statement: syntax.Definition, source: Source) -> None:
    tensor = value_of(statement.value, source, name=statement.name.name)
    given.put(statement.name.name, tensor, Label(source, statement.value.span))


def names_of(program: syntax.Program) -> dict[str, Span]:
    """Every name that occurs in a program."""
    found: dict[str, Span] = {}
    for statement in program.statements:
        if isinstance(statement, (syntax.Definition, syntax.Declaration)):
            found.setdefault(statement.name.name, statement.name.span)
        if isinstance(statement, (syntax.Definition, syntax.Bare)):
            for name in names_in(statement.value):
                found.setdefault(name.name, name.span)
    return found


def bound_lengths(pipeline: Pipeline, given: Given) -> dict[str, int]:
    """The symbolic lengths that the values fix.

    Raises:
        ChainRuleError: ``shape``, when a value does not have its input's shape; both are shown.
    """
    lengths: dict[str, int] = {}
    first: dict[str, str] = {}
    for part in pipeline.inputs:
        tensor = given.tensors.get(part.name)
        if tensor is None:
            continue
        clash = len(tensor.shape) != len(part.shape)
        notes = []
        for dim, length in zip(part.shape, tensor.shape, strict=False):
            if isinstance(dim, str):
                known = lengths.setdefault(dim, length)
                first.setdefault(dim, part.name)
                if known != length:
                    clash = True
                    notes.append(f"{dim} is {known} by the value of {first[dim]}")
            elif dim != length:
                clash = True
        if clash:
            own = show(bind(part.shape, {}))
            fail(
                "shape",
                f"{part.name} has shape {own}, and its value has shape {show(tensor.shape)}",
                *given.labels(part.name, show(tensor.shape)),
                notes=notes,
            )
    return lengths


def missing_values(pipeline: Pipeline, given: Given, needed: Sequence[str]) -> tuple[str, ...]:
    """The needed inputs that have no value."""
    return tuple(name for name in needed if name not in given.tensors)
