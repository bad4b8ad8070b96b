"""The ``latex`` format: a fragment that needs amsmath and amssymb, or a whole document for pdfLaTeX."""

from __future__ import annotations

from collections.abc import Iterator

from chainrule.document import Document, Equations, Look, Row
from chainrule.formats.latex.blocks import block_lines, displays, equation_rows
from chainrule.formats.latex.hand import Hand, escaped
from chainrule.notation.style import Style

_PREAMBLE = r"""\documentclass{article}
\usepackage{amsmath,amssymb}
\usepackage[a4paper,margin=2.5cm]{geometry}
\begin{document}
"""
# In points, with some to spare: what the preamble above makes of a line, and an article without it.
_WIDE, _NARROW = 445.0, 335.0
_FRAGMENT = "% needs \\usepackage{amsmath,amssymb}\n"


def write(document: Document, look: Look) -> Iterator[str]:
    """The document line by line."""
    hand = Hand(
        Style(ranks=document.ranks, symbols=look.symbols, shapes=document.shapes),
        _WIDE if look.standalone else _NARROW,
    )
    if look.standalone:
        yield _PREAMBLE
        yield f"\\section*{{\\raggedright {escaped(document.title)}}}\n"
    else:
        yield _FRAGMENT
    for block in document.blocks:
        for line in block_lines(block, hand):
            yield line + "\n"
    if look.standalone:
        yield "\\end{document}\n"


def displayed(document: Document) -> str:
    """The mathematics of a document between double dollar signs, for notebooks."""
    hand = Hand(Style(ranks=document.ranks, shapes=document.shapes), _WIDE)
    out: list[str] = []
    for block in document.blocks:
        if isinstance(block, Equations):
            rows = [Row(row.left, row.right) for row in block.rows]
            lines = list(displays(equation_rows(rows, hand)))
            out += ["$$" if line in (r"\[", r"\]") else line for line in lines]
    return "\n".join(out)
