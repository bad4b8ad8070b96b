"""A program with its meaning: names, shapes, and the graph that computes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from chainrule.graph import Graph
from chainrule.language import syntax
from chainrule.shapes import Shape
from chainrule.source import Source, Span
from chainrule.terms import Term

ASSUMPTIONS = (
    "real",
    "positive",
    "nonnegative",
    "integer",
    "constant",
    "symmetric",
    "orthonormal",
    "probability",
    "onehot",
)


@dataclass(frozen=True, slots=True)
class Variable:
    """An input: a name that the program uses and does not define, or defines as literal data.

    ``shaped`` tells how its shape came about: ``declared``, ``value``, ``generic`` (a vector of symbolic
    length, taken at a reduction) or ``scalar`` (nothing said otherwise).
    """

    name: str
    node: int
    shape: Shape
    assumptions: tuple[str, ...]
    shaped: str
    data: syntax.Node | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """A definition: its name, the node that computes it, and its right side as written.

    With a ``residual`` an equation defines the name: ``term`` is what has to be 0, ``residual`` its node.
    """

    name: str
    node: int
    term: Term
    depends_on: tuple[str, ...]
    span: Span
    residual: int | None = None


@dataclass(frozen=True, slots=True)
class Pipeline:
    """An elaborated program.

    ``graph`` grows when derivatives are taken; ``nodes`` maps every input and statement to its node.
    ``lengths`` are the symbolic lengths in use, ``functions`` the abstract functions with their arity.
    """

    source: Source
    graph: Graph
    inputs: tuple[Variable, ...]
    statements: tuple[Statement, ...]
    output: str
    lengths: tuple[str, ...]
    functions: Mapping[str, int]
    notes: tuple[str, ...]

    @property
    def nodes(self) -> dict[str, int]:
        """The node of every input and statement, by name."""
        parts: list[Variable | Statement] = [*self.inputs, *self.statements]
        return {part.name: part.node for part in parts}

    @property
    def roots(self) -> tuple[Statement, ...]:
        """The statements that define a name by an equation."""
        return tuple(part for part in self.statements if part.residual is not None)
