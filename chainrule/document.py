"""A document: what is shown to people, as data: headings, prose, mathematics, tables, pictures, numbers.

A report makes documents, a format prints them. Nothing here knows calculus, and nothing knows a format.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from chainrule.shapes import Shape
from chainrule.terms import Index, Term

# --- pieces of a line ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Words:
    """Plain text; it comes from people too, so every format escapes it."""

    text: str


@dataclass(frozen=True, slots=True)
class Emphasis:
    """Text that stands out."""

    text: str


@dataclass(frozen=True, slots=True)
class Code:
    """Text to be typed as it stands: a program, a command."""

    text: str


@dataclass(frozen=True, slots=True)
class Name:
    """A name of the program, within prose."""

    name: str


@dataclass(frozen=True, slots=True)
class Math:
    """A term."""

    term: Term


@dataclass(frozen=True, slots=True)
class Factors:
    """Factors before they are multiplied, and summed ``over`` indices: ``Σ_i (2/n) r_i · X_ij``."""

    terms: tuple[Term, ...]
    over: tuple[Index, ...] = ()


@dataclass(frozen=True, slots=True)
class Nabla:
    """∇_wrt of: the gradient of a scalar, in matrix notation."""

    of: Term
    wrt: Term


@dataclass(frozen=True, slots=True)
class Space:
    """The set of all tensors of a shape: ℝ²ˣ²."""

    shape: Shape


@dataclass(frozen=True, slots=True)
class Figure:
    """A number in digits, as Python spells it: ``27/4``, ``-0.5``, ``2e-11``."""

    text: str


@dataclass(frozen=True, slots=True)
class Relation:
    """A sign between two sides; lines may be broken after it."""

    sign: Literal["=", "≈", "∈"] = "="


@dataclass(frozen=True, slots=True)
class Grid:
    """The entries of a tensor, or the outer rows and columns of a large one.

    ``shown`` lists for each axis the positions that are kept, ``cells`` their entries in row-major order.
    """

    shape: tuple[int, ...]
    shown: tuple[tuple[int, ...], ...]
    cells: tuple[Math | Figure | Words, ...]

    @property
    def left_out(self) -> int:
        """How many entries are not there."""
        count = 1
        for length in self.shape:
            count *= length
        return count - len(self.cells)

    def cut(self, most: Sequence[int]) -> Grid:
        """At most ``most[k]`` positions along axis k, the first and the last ones."""
        kept = tuple(outer(positions, limit) for positions, limit in zip(self.shown, most, strict=True))
        if kept == self.shown:
            return self
        places = [
            [k for k, position in enumerate(old) if position in set(new)]
            for old, new in zip(self.shown, kept, strict=True)
        ]
        flat = [0]
        for old, chosen in zip(self.shown, places, strict=True):
            flat = [start * len(old) + k for start in flat for k in chosen]
        return Grid(self.shape, kept, tuple(self.cells[k] for k in flat))


def outer(positions: Sequence[int], most: int) -> tuple[int, ...]:
    """The first and last of ``positions``, at most ``most`` (and at least one) together."""
    if len(positions) <= most:
        return tuple(positions)
    last = max(0, most - 1) // 2
    first = max(1, most - last)
    return (*positions[:first], *positions[len(positions) - last :])


Piece = Words | Emphasis | Code | Name | Math | Factors | Nabla | Space | Figure | Relation | Grid
Inline = tuple[Piece, ...]

# --- blocks -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Heading:
    """The title of what follows."""

    content: Inline


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Prose. ``kind`` tells what it is for: plain text, a note, a warning, or trouble at the values.

    apart: it begins a new thought, so it does not belong to the paragraph before it.
    """

    content: Inline
    kind: Literal["plain", "note", "warning", "trouble"] = "plain"
    apart: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of the checks: ``ok`` is None where nothing was decided."""

    ok: bool | None
    content: Inline


@dataclass(frozen=True, slots=True)
class Row:
    """One line of aligned mathematics: ``left = right`` and a remark. An empty left side continues."""

    left: Inline
    right: Inline
    remark: Inline = ()


@dataclass(frozen=True, slots=True)
class Equations:
    """Lines aligned at their equals signs, remarks in a column of their own; ``depth`` sets them in."""

    rows: tuple[Row, ...]
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Equality:
    """``left = right`` as the cell of a table, aligned over the column."""

    left: Inline
    right: Inline


Cell = Inline | Equality


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells below a head."""

    head: tuple[Inline, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Path:
    """One way through the program, and what it contributes: ``label = value``."""

    names: tuple[str, ...]
    label: Inline = ()
    value: Inline = ()


@dataclass(frozen=True, slots=True)
class Picture:
    """Paths from inputs to the output, drawn as arrows, a line each."""

    paths: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Way:
    """One way through a diagram: nodes, and between each two of them an arrow with its slope."""

    nodes: tuple[Term, ...]
    slopes: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Diagram:
    """Ways through a program, drawn as arrows with slopes on them; ends that are equal are one node."""

    ways: tuple[Way, ...]

    @property
    def forks(self) -> bool:
        """Whether all ways begin in one node."""
        return len(self.ways) > 1 and len({way.nodes[0] for way in self.ways}) == 1

    @property
    def joins(self) -> bool:
        """Whether all ways end in one node."""
        return len(self.ways) > 1 and len({way.nodes[-1] for way in self.ways}) == 1


@dataclass(frozen=True, slots=True)
class Curve:
    """A function in a window: unbroken lines of points from left to right."""

    title: Inline
    lines: tuple[tuple[tuple[float, float], ...], ...]
    left: float
    right: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Plot:
    """Curves, each in a window of its own, beside each other where there is room."""

    curves: tuple[Curve, ...]


@dataclass(frozen=True, slots=True)
class Columns:
    """Short items in columns, read from top to bottom."""

    items: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Value:
    """A name or label with its number or numbers."""

    label: Inline
    content: Inline


@dataclass(frozen=True, slots=True)
class Values:
    """Numbers, beside each other where there is room."""

    items: tuple[Value, ...]


Block = Heading | Paragraph | Verdict | Equations | Table | Picture | Diagram | Plot | Columns | Values


@dataclass(frozen=True, slots=True)
class Document:
    """Blocks in order. ``ranks`` and ``shapes`` tell printers of mathematics which axes each name has."""

    title: str
    blocks: tuple[Block, ...]
    ranks: Mapping[str, int] = field(default_factory=dict)
    shapes: Mapping[str, Shape] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Look:
    """How a document is to look, as far as formats may differ in it.

    width: columns of a terminal. ascii: no sign beyond ASCII. color: whether to use colours.
    standalone: a whole document rather than a fragment. symbols: LaTeX for names, validated already.
    """

    width: int = 100
    ascii: bool = False
    color: bool = False
    standalone: bool = False
    symbols: Mapping[str, str] = field(default_factory=dict)
