"""The syntax tree: what a program says, as it was written, before any meaning is given to it.

Two nodes are equal when they are written the same way; where they stand (their spans) does not count.
A bracketed part keeps no node and its span is that of its inside: ``(a + b) + c`` is a sum whose first
term is a sum, ``a + b + c`` is one sum of three terms. No tree is higher than ``cursor.MAX_NESTING``,
so that a pass over one expression may recurse.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from chainrule.source import Source, Span

# --- leaves ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Number:
    """An exact number; ``text`` is its spelling, ``decimal`` tells a point or an exponent in it."""

    value: Fraction
    text: str
    decimal: bool
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Name:
    """A name in ASCII: ``θ`` and ``theta`` are both ``theta``, ``θ_1`` is ``theta_1``."""

    name: str
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Text:
    """A quoted word or pattern, without its quotes; only as an argument or a keyword value."""

    value: str
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Truth:
    """``True`` or ``False``; only as an argument or a keyword value."""

    value: bool
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Nothing:
    """``None``: a new axis in a subscript, or an argument or keyword value (``axis=None``)."""

    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class FileValue:
    """``@data.npy`` or ``@"my data.json"``: the whole right side of a definition."""

    path: str
    span: Span = field(compare=False)


# --- operators ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sum:
    """``a - b + c``: two terms or more, a sign (+1 or -1) for each, the first one's always +1.

    ``operators`` are the places of the written signs, one fewer than there are terms.
    """

    terms: tuple[Node, ...]
    signs: tuple[int, ...]
    operators: tuple[Span, ...] = field(compare=False)
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Product:
    """``a*b*c``: two factors or more. The operator of an implicit product (``2x``) is an empty span."""

    factors: tuple[Node, ...]
    operators: tuple[Span, ...] = field(compare=False)
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Quotient:
    """``numerator / denominator``."""

    numerator: Node
    denominator: Node
    operator: Span = field(compare=False)
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class MatrixProduct:
    """``left @ right``."""

    left: Node
    right: Node
    operator: Span = field(compare=False)
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Power:
    """``base ** exponent``, also written ``base ^ exponent`` and ``base²``."""

    base: Node
    exponent: Node
    operator: Span = field(compare=False)
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Negation:
    """``-operand``, binding like Python's: ``-a*b`` is ``(-a)*b`` and ``-a**b`` is ``-(a**b)``."""

    operand: Node
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Bars:
    """``|operand|``, the absolute value."""

    operand: Node
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A condition; ``operator`` is one of ``< <= > >= == !=``. Only as an argument."""

    operator: str
    left: Node
    right: Node
    span: Span = field(compare=False)


# --- calls, attributes, subscripts ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Keyword:
    """``name=value`` in a call."""

    name: Name
    value: Node
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Call:
    """``function(arguments, keywords)``; no keyword occurs twice."""

    function: Name
    arguments: tuple[Node, ...]
    keywords: tuple[Keyword, ...]
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Method:
    """``base.name(arguments, keywords)``, or ``base.name`` when not ``called``."""

    base: Node
    name: Name
    arguments: tuple[Node, ...]
    keywords: tuple[Keyword, ...]
    called: bool
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Index:
    """One position along an axis; negative ones count from the end."""

    value: int
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Slice:
    """``start:stop:step`` along an axis; what was left out is None, ``step`` is never 0.

    A bound may be a length (``m``, ``2*m + 1``).
    """

    start: int | str | None
    stop: int | str | None
    step: int | None
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Dots:
    """``...`` in a subscript: all axes that the other items leave. At most one."""

    span: Span = field(compare=False)


# --- literal data ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ListLiteral:
    """``[a, b]``: a whole right side, an argument, or an item of another list; never an operand."""

    items: tuple[Node, ...]
    span: Span = field(compare=False)


Item = Index | Slice | Dots | Nothing | ListLiteral


@dataclass(frozen=True, slots=True)
class Subscript:
    """``base[items]``, one item or more; a list of indices picks several positions."""

    base: Node
    items: tuple[Item, ...]
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class TupleLiteral:
    """``(a, b)``, ``(a,)`` or ``()``: an argument, a keyword value, or an item of another tuple."""

    items: tuple[Node, ...]
    span: Span = field(compare=False)


Node = (
    Number
    | Name
    | Text
    | Truth
    | Nothing
    | FileValue
    | Sum
    | Product
    | Quotient
    | MatrixProduct
    | Power
    | Negation
    | Bars
    | Comparison
    | Call
    | Method
    | Subscript
    | ListLiteral
    | TupleLiteral
)

# --- statements -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Definition:
    """``name = value``, or ``name(parameters) = value``: ``parameters`` is then not None.

    The parameters are one name or more, all different. ``value`` may be a list or a file. With ``implicit``
    it is ``implicit name : value``: the name is what makes the value 0.
    """

    name: Name
    parameters: tuple[Name, ...] | None
    value: Node
    span: Span = field(compare=False)
    implicit: bool = False


@dataclass(frozen=True, slots=True)
class Shape:
    """``[2, n]``: each dimension a positive whole number or a name; ``[]`` is a scalar's."""

    dims: tuple[Number | Name, ...]
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Declaration:
    """``name : shape, words``, at least one of both; whether the words mean something is not checked."""

    name: Name
    shape: Shape | None
    words: tuple[Name, ...]
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Bare:
    """An expression without a name."""

    value: Node
    span: Span = field(compare=False)


Statement = Definition | Declaration | Bare


@dataclass(frozen=True, slots=True)
class Program:
    """The statements of a source, at least one, in order."""

    statements: tuple[Statement, ...]
    source: Source
