"""Tables as lines: columns where they fit, one entry below the other where they do not."""

from __future__ import annotations

from collections.abc import Iterator

from chainrule.document import Cell, Equality, Table
from chainrule.formats.terminal.hand import Hand
from chainrule.formats.terminal.styled import EMPTY, MATH, PROSE, Styled, wrapped

_GAP = 3
_NARROWEST_PROSE = 18


def table_lines(table: Table, hand: Hand, width: int) -> Iterator[Styled]:
    """The table in columns, prose wrapped as far as that is readable; else stacked."""
    head = [hand.line(cell) for cell in table.head]
    lefts = [_left_width(table, column, hand) for column in range(len(head))]
    cells = [[_cell(cell, hand, left) for cell, left in zip(row, lefts, strict=True)] for row in table.rows]
    widths = [max(line.cells for line in column) for column in zip(head, *cells, strict=True)]
    widths = _squeezed(widths, cells, width)
    if sum(widths) + _GAP * (len(widths) - 1) > width:
        yield from _stacked(head, table, hand, width)
        return
    yield _joined([cell.restyled("dim") for cell in head], widths)
    for row in cells:
        columns = [wrapped(cell, most, 0) for cell, most in zip(row, widths, strict=True)]
        for number in range(max(map(len, columns))):
            yield _joined([column[number] if number < len(column) else EMPTY for column in columns], widths)


def _left_width(table: Table, column: int, hand: Hand) -> int:
    sides = (row[column] for row in table.rows)
    return max((hand.line(side.left).cells for side in sides if isinstance(side, Equality)), default=0)


def _cell(cell: Cell, hand: Hand, left: int) -> Styled:
    if isinstance(cell, Equality):
        return Styled.join([hand.line(cell.left).padded(left), Styled.of(" = ", MATH), hand.line(cell.right)])
    return hand.line(cell)


def _squeezed(widths: list[int], cells: list[list[Styled]], width: int) -> list[int]:
    """Columns of prose made narrower, the widest first, until all fit or none can give way."""
    excess = sum(widths) + _GAP * (len(widths) - 1) - width
    prose = [
        k
        for k in range(len(widths))
        # A formula may stand among the words, as in a condition.
        if all(mark[2] == PROSE for row in cells for mark in row[k].marks[:1])
        and widths[k] > _NARROWEST_PROSE
    ]
    out = list(widths)
    for k in sorted(prose, key=lambda k: -widths[k]):
        gives = min(max(excess, 0), out[k] - _NARROWEST_PROSE)
        out[k] -= gives
        excess -= gives
    return out


def _joined(cells: list[Styled], widths: list[int]) -> Styled:
    parts: list[Styled] = []
    for cell, width in zip(cells, widths, strict=True):
        parts.append(cell.padded(width + _GAP))
    line = Styled.join(parts)
    return line.part(0, len(line.text.rstrip()))


def _stacked(head: list[Styled], table: Table, hand: Hand, width: int) -> Iterator[Styled]:
    """The first cell of each row, and the others below it behind their column's title."""
    for row in table.rows:
        yield from wrapped(_cell(row[0], hand, 0), width, 4)
        for title, cell in zip(head[1:], row[1:], strict=True):
            content = _cell(cell, hand, 0)
            if content.text:
                label = Styled.of(f"{title.text}: ", "dim")
                for line in wrapped(label + content, width - 4, 2):
                    yield Styled("    ") + line
