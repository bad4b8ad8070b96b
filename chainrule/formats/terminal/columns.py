"""Short items in as many columns as fit, read from top to bottom."""

from __future__ import annotations

from collections.abc import Iterator

from chainrule.document import Columns
from chainrule.formats.terminal.hand import Hand
from chainrule.formats.terminal.styled import Styled

_GAP = 2
_INDENT = 2


def columns_lines(block: Columns, hand: Hand, width: int) -> Iterator[Styled]:
    """The items column by column, as few lines as possible."""
    items = [hand.line(item) for item in block.items]
    for lines in range(1, len(items) + 1):
        columns = [items[start : start + lines] for start in range(0, len(items), lines)]
        widths = [max(item.cells for item in column) + _GAP for column in columns]
        if _INDENT + sum(widths) - _GAP <= width or lines == len(items):
            break
    else:
        return
    for number in range(lines):
        row = [
            column[number].padded(size)
            for column, size in zip(columns, widths, strict=True)
            if number < len(column)
        ]
        line = Styled.join([Styled(" " * _INDENT), *row])
        yield line.part(0, len(line.text.rstrip()))
