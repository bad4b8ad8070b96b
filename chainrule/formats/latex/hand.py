"""Pieces of a document in LaTeX, within text and within mathematics."""

from __future__ import annotations

from collections.abc import Iterable

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
from chainrule.formats.latex.grids import grid
from chainrule.formats.latex.measure import width
from chainrule.notation.latex import LatexPrinter
from chainrule.notation.names import GREEK
from chainrule.notation.style import Style
from chainrule.shapes import length_term
from chainrule.terms import Symbol, Term

_PROSE = (Words, Emphasis, Code)
_RELATIONS = {"=": "=", "≈": r"\approx", "∈": r"\in"}

_SPECIALS = {
    **{sign: "\\" + sign for sign in "{}$&#%"},
    "_": r"\_\allowbreak{}",
    "\\": r"\textbackslash{}",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': "''",
    "`": r"\textasciigrave{}",
    "…": r"\ldots{}",
    "–": "--",
    "—": "---",
    "’": "'",
    "‘": "`",
    "“": "``",
    "”": "''",
    "\u00a0": "~",
}
_IN_MATH = {
    "×": r"\times",
    "·": r"\cdot",
    "−": "-",
    "≥": r"\ge",
    "≤": r"\le",
    "≠": r"\ne",
    "≈": r"\approx",
    "∈": r"\in",
    "∞": r"\infty",
    "∂": r"\partial",
    "Σ": r"\sum",
    "π": r"\pi",
    "√": r"\surd",
    "δ": r"\delta",
    "σ": r"\sigma",
    "∇": r"\nabla",
    "ᵀ": r"{}^{\top}",
    "′": "'",
    "²": "{}^{2}",
    "³": "{}^{3}",
    "½": r"\tfrac{1}{2}",
    "→": r"\to",
    "⊙": r"\odot",
    "ℝ": r"\mathbb{R}",
    **{letter: f"\\{name}" for name, letter in GREEK.items()},
}


class Hand:
    """Writes the pieces of one document. ``room`` is how many points a line may take."""

    def __init__(self, style: Style, room: float) -> None:
        self.printer = LatexPrinter(style)
        self.room = room

    def text(self, content: Inline) -> str:
        """Pieces within prose; what is mathematics stands between dollar signs."""
        out: list[str] = []
        run: list[str] = []
        for piece in content:
            if isinstance(piece, _PROSE):
                out += [_dollars(run), " " if _ends_with_relation(run) else "", self._prose(piece)]
                run = []
            else:
                run.append(self.piece(piece))
        return "".join([*out, _dollars(run)])

    def width(self, content: Inline) -> float:
        """About how many points pieces within prose take."""
        return sum(
            5.0 * len(piece.text) if isinstance(piece, _PROSE) else width(self.piece(piece))
            for piece in content
        )

    def math(self, content: Inline) -> str:
        """Pieces within mathematics."""
        return " ".join(self.piece(piece) for piece in content)

    def _prose(self, piece: Words | Emphasis | Code) -> str:
        if isinstance(piece, Code):
            return f"\\texttt{{{typed(piece.text)}}}"
        text = escaped(piece.text)
        return f"\\emph{{{text}}}" if isinstance(piece, Emphasis) else text

    def piece(self, piece: Piece) -> str:
        """One piece within mathematics."""
        match piece:
            case Words() | Emphasis() | Code():
                return f"\\text{{{self._prose(piece)}}}"
            case Name():
                return self.term(Symbol(piece.name))
            case Math():
                return self.term(piece.term)
            case Factors():
                return self.factors(piece)
            case Nabla():
                of = self.term(piece.of)
                # A word needs more room than a letter: ∇_p height.
                space = r"\," if of.startswith(r"\mathrm") else " "
                return f"\\nabla_{{{self.term(piece.wrt)}}}{space}{of}"
            case Space():
                return self.space(piece)
            case Figure():
                return figure(piece.text)
            case Relation():
                return _RELATIONS[piece.sign]
            case Grid():
                return grid(piece, self.piece, self.room * 0.7)

    def factors(self, piece: Factors) -> str:
        r"""\sum_{i} \frac{2}{n}\,r_{i} \cdot X_{ij}."""
        chain = self.printer.chain(piece.terms)
        if not piece.over:
            return chain
        over = ",".join(map(self.term, piece.over))
        return f"\\sum_{{{over}}} {self.printer.bracket(chain) if chain.startswith('-') else chain}"

    def term(self, term: Term) -> str:
        """A term within mathematics."""
        return self.printer.write(term)

    def space(self, piece: Space) -> str:
        r"""\mathbb{R}^{2 \times 3}."""
        lengths = [str(dim) if isinstance(dim, int) else self.term(length_term(dim)) for dim in piece.shape]
        raised = r" \times ".join(lengths)
        return f"\\mathbb{{R}}^{{{raised}}}" if lengths else r"\mathbb{R}"


def escaped(text: str) -> str:
    """Prose with everything that LaTeX would take for a command spelled out."""
    out = []
    for sign in text:
        if sign in _SPECIALS:
            out.append(_SPECIALS[sign])
        elif sign in _IN_MATH:
            out.append(f"${_IN_MATH[sign]}$")
        elif sign.isascii() and sign.isprintable():
            out.append(sign)
        elif sign.isspace():
            out.append(" ")
        else:
            out.append(f"\\texttt{{U+{ord(sign):04X}}}")
    return "".join(out)


def typed(text: str) -> str:
    """Code: straight quotes, and lines may end after commas and opening brackets too."""
    return "".join(
        "\\char34{}" if sign == '"' else escaped(sign) + ("\\allowbreak{}" if sign in ",(=" else "")
        for sign in text
    )


def figure(text: str) -> str:
    """A number in digits: 2e-11 as a power of ten."""
    mantissa, e, exponent = text.partition("e")
    if not e:
        return mantissa
    return f"{mantissa} \\times 10^{{{int(exponent)}}}" if mantissa != "1" else f"10^{{{int(exponent)}}}"


def _ends_with_relation(run: list[str]) -> bool:
    return bool(run) and run[-1] in _RELATIONS.values()


def _dollars(run: Iterable[str]) -> str:
    inner = " ".join(run)
    return f"${inner}$" if inner else ""
