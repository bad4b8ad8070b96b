"""Pieces of a document as styled text: mathematics in Unicode or ASCII, numbers, names, spaces."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from chainrule.diagnostics import printable
from chainrule.document import (
    Code,
    Emphasis,
    Factors,
    Figure,
    Grid,
    Inline,
    Math,
    Nabla,
    Name,
    Piece,
    Relation,
    Space,
    Words,
)
from chainrule.formats.terminal.styled import MATH, PROSE, Styled
from chainrule.notation.style import Style
from chainrule.notation.unicode import UnicodePrinter
from chainrule.shapes import Dim
from chainrule.terms import Symbol, Term

_SUPERSCRIPTS = str.maketrans(
    "0123456789+-abcdefghijklmnoprstuvwxyz", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ"
)
# A number before a name of one letter needs no sign of a product.
_PRODUCT = re.compile(r"\b([0-9]+)\*([a-z])\b")
_RAISED = frozenset("0123456789+-abcdefghijklmnoprstuvwxyz")
_ASCII = str.maketrans(
    {
        "…": "...",
        "·": "*",
        "×": "x",
        "−": "-",
        "–": "-",
        "≈": "~",
        "∈": "in",
        "∂": "d",
        "’": "'",
        "′": "'",
        "≥": ">=",
        "≤": "<=",
        "≠": "!=",
        "→": "->",
        "½": "1/2",
        "²": "^2",
        "√": "sqrt ",
        "π": "pi",
        "ᵀ": "^T",
        "Σ": "sum",
        "δ": "delta",
        "∇": "grad ",
        "∞": "inf",
    }
)


@dataclass(frozen=True, slots=True)
class Signs:
    """The signs outside mathematics that a stream may or may not be able to carry."""

    arrow: str
    dots: str
    rule: str
    branch: str
    verdicts: tuple[str, str, str]
    """Right, wrong, undecided."""


UNICODE_SIGNS = Signs(" ─▶ ", "…", "─", "└ ", ("✓", "✗", "?"))
ASCII_SIGNS = Signs(" --> ", "...", "-", "- ", ("[ok]", "[WRONG]", "[?]"))


class Hand:
    """Writes the pieces of one document."""

    def __init__(self, style: Style) -> None:
        self.style = style
        self._printer = UnicodePrinter(style)
        self.signs = ASCII_SIGNS if style.ascii else UNICODE_SIGNS

    def line(self, content: Inline) -> Styled:
        """Pieces one after the other."""
        return Styled.join([self.piece(piece) for piece in content])

    def piece(self, piece: Piece) -> Styled:
        """One piece."""
        match piece:
            case Words():
                return Styled.of(self.words(piece.text), PROSE)
            case Emphasis():
                return Styled.of(self.words(piece.text), "strong")
            case Code():
                return Styled.of(self.words(piece.text), "code")
            case Name():
                return Styled.of(self.term(Symbol(piece.name)), "name")
            case Math():
                return Styled.of(self.term(piece.term), MATH)
            case Factors():
                return Styled.of(self.factors(piece), MATH)
            case Nabla():
                return Styled.of(self.nabla(piece), MATH)
            case Space():
                return Styled.of(self.space(piece.shape), MATH)
            case Figure():
                return Styled.of(self.figure(piece.text), MATH)
            case Relation():
                sign = self.words(piece.sign)
                return Styled.of(f" {sign} ", MATH)
            case Grid():
                return Styled.of(self.grid(piece), MATH)

    def term(self, term: Term) -> str:
        """A term."""
        return self._printer.write(term)

    def factors(self, piece: Factors) -> str:
        """Σ_i (2/n) r_i · X_ij."""
        chain = self._printer.chain(piece.terms)
        if not piece.over:
            return chain
        if chain.startswith(self._printer.minus):
            chain = f"({chain})"
        return f"{'sum' if self.style.ascii else 'Σ'}{self._printer.subscript(piece.over)} {chain}"

    def words(self, text: str) -> str:
        """Prose, with control characters spelled out."""
        shown = printable(text)
        if not self.style.ascii:
            return shown
        return shown.translate(_ASCII).encode("ascii", "backslashreplace").decode("ascii")

    def nabla(self, piece: Nabla) -> str:
        """∇_x out."""
        sign = "grad_" if self.style.ascii else "∇_"
        return f"{sign}{self.term(piece.wrt)} {self.term(piece.of)}"

    def space(self, shape: Sequence[Dim]) -> str:
        """ℝ²ˣ³, or ℝ^(batch×3) where a length has no raised letters."""
        lengths = [str(dim) for dim in shape]
        if not lengths:
            return "R" if self.style.ascii else "ℝ"
        if self.style.ascii:
            return f"R^{lengths[0]}" if len(lengths) == 1 else f"R^({' x '.join(lengths)})"
        raised = [_PRODUCT.sub(r"\1\2", length).replace(" ", "") for length in lengths]
        plain = len(raised) == 1 or not any(sign in length for length in raised for sign in "+-")
        if plain and all(set(length) <= _RAISED for length in raised):
            return "ℝ" + "ˣ".join(length.translate(_SUPERSCRIPTS) for length in raised)
        lengths = [length.replace("*", "·") for length in lengths]
        if len(lengths) > 1:
            lengths = [f"({length})" if " " in length else length for length in lengths]
        return "ℝ^" + (
            lengths[0] if lengths[0].isidentifier() and len(lengths) == 1 else f"({'×'.join(lengths)})"
        )

    def figure(self, text: str) -> str:
        """A number in digits, with a real minus sign."""
        return "−" + text[1:] if text.startswith("-") and not self.style.ascii else text

    def grid(self, grid: Grid) -> str:
        """A tensor on one line: [[1, 2], [3, 4]]."""
        cells = [self.piece(cell).text for cell in grid.cells]
        for positions, length in zip(reversed(grid.shown), reversed(grid.shape), strict=True):
            gap = gap_after(positions, length)
            groups = [cells[k : k + len(positions)] for k in range(0, len(cells), len(positions))]
            for group in groups:
                if gap is not None:
                    group.insert(gap, self.signs.dots)
            cells = [f"[{', '.join(group)}]" for group in groups]
        return cells[0] if cells else "[]"


def gap_after(positions: Sequence[int], length: int) -> int | None:
    """After how many of the shown positions some are left out; None where all are shown."""
    if len(positions) == length:
        return None
    for count, position in enumerate(positions):
        if position != count:
            return count
    return len(positions)
