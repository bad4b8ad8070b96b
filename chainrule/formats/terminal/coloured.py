"""The ``terminal`` format: the lines of the text format in colour."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from chainrule.document import Document, Look
from chainrule.formats.terminal.blocks import document_lines
from chainrule.formats.terminal.hand import Hand
from chainrule.formats.terminal.styled import Styled
from chainrule.notation.style import Style

_STYLES = {
    "heading": "bold",
    "strong": "bold",
    "name": "cyan",
    "code": "cyan",
    "curve": "cyan",
    "dim": "dim",
    "note": "dim",
    "warning": "bold yellow",
    "trouble": "yellow",
    "right": "green",
    "wrong": "bold red",
    "undecided": "yellow",
}
"""Mathematics and prose stay in the terminal's own colour: they are what is read."""


def write(document: Document, look: Look) -> Iterator[str]:
    """The document line by line, with colours where the look has them."""
    hand = Hand(Style(ranks=document.ranks, ascii=look.ascii, shapes=document.shapes))
    for line in document_lines(document, hand, look.width):
        yield (_coloured(line) if look.color else line.text.rstrip()) + "\n"


def _coloured(line: Styled) -> str:
    parts: list[str] = []
    place = 0
    for start, stop, style in line.marks:
        parts += [line.text[place:start], _painted(line.text[start:stop], style)]
        place = stop
    return "".join([*parts, line.text[place:]])


def _painted(text: str, style: str) -> str:
    before, after = _codes(style)
    return f"{before}{text}{after}"


@lru_cache(maxsize=32)
def _codes(style: str) -> tuple[str, str]:
    """The escape sequences around a style, by rich; the text between them is never read as markup."""
    if style not in _STYLES:
        return "", ""
    from rich.color import ColorSystem
    from rich.style import Style as RichStyle

    rendered = RichStyle.parse(_STYLES[style]).render("\0", color_system=ColorSystem.STANDARD)
    before, _, after = rendered.partition("\0")
    return before, after
