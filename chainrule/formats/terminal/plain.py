"""The ``text`` format: a document as lines of plain text."""

from __future__ import annotations

from collections.abc import Iterator

from chainrule.document import Document, Look
from chainrule.formats.terminal.blocks import document_lines
from chainrule.formats.terminal.hand import Hand
from chainrule.notation.style import Style


def write(document: Document, look: Look) -> Iterator[str]:
    """The document line by line."""
    hand = Hand(Style(ranks=document.ranks, ascii=look.ascii, shapes=document.shapes))
    for line in document_lines(document, hand, look.width):
        yield line.text.rstrip() + "\n"
