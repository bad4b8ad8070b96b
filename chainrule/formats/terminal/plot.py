"""Curves drawn in dots of braille, eight to a cell, with their axes; in ASCII one star to a cell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise, zip_longest
from operator import itemgetter

from chainrule.document import Curve, Plot
from chainrule.formats.terminal.hand import Hand
from chainrule.formats.terminal.styled import EMPTY, Styled

_ROWS = 8
_WIDEST = 34
_NARROWEST = 12
_GAP = 5
_DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
"""The bits of a braille cell, by column and row."""
_BRAILLE = 0x2800


def plot_lines(plot: Plot, hand: Hand, width: int) -> Iterator[Styled]:
    """The curves beside each other, or below each other in little room."""
    count = len(plot.curves)
    room = (width - _GAP * (count - 1)) // count
    if room < _NARROWEST + 8:
        for number, curve in enumerate(plot.curves):
            if number:
                yield EMPTY
            yield from _panel(curve, hand, min(width, _WIDEST))
        return
    panels = [_panel(curve, hand, min(room, _WIDEST)) for curve in plot.curves]
    widths = [max(line.cells for line in panel) for panel in panels]
    for row in zip_longest(*panels, fillvalue=EMPTY):
        parts = [line.padded(size + _GAP) for line, size in zip(row, widths, strict=True)]
        whole = Styled.join(parts)
        yield whole.part(0, len(whole.text.rstrip()))


def _panel(curve: Curve, hand: Hand, width: int) -> list[Styled]:
    """One curve: its title, the picture between its axes, and the numbers at their ends."""
    high, low = (hand.figure(_number(value)) for value in (curve.high, curve.low))
    margin = max(len(high), len(low))
    columns = max(_NARROWEST, width - margin - 1)
    lines = [Styled(" " * (margin + 1)) + hand.line(curve.title)]
    labels = {_ROWS - 1: low, 0: high}
    if curve.low < 0 < curve.high:
        labels.setdefault(int(curve.high / (curve.high - curve.low) * _ROWS), "0")
    for number, row in enumerate(_picture(curve, columns, hand.style.ascii)):
        label = Styled.of(labels.get(number, "").rjust(margin) + " ", "dim")
        lines.append(label + row)
    left, right = (hand.figure(_number(value)) for value in (curve.left, curve.right))
    between = " " * (columns - len(left) - len(right))
    lines.append(Styled(" " * (margin + 1)) + Styled.of(f"{left}{between}{right}", "dim"))
    return lines


def _number(value: float) -> str:
    return f"{value:.2g}" if abs(value) < 100 else f"{value:.0f}"


def _picture(curve: Curve, columns: int, ascii_only: bool) -> list[Styled]:
    across, down = (1, 1) if ascii_only else (2, 4)
    wide, tall = columns * across, _ROWS * down
    cells = [[0] * columns for _ in range(_ROWS)]

    def column_of(x: float) -> int:
        return min(wide - 1, max(0, int((x - curve.left) / (curve.right - curve.left) * wide)))

    def row_of(y: float) -> int:
        return min(tall - 1, max(0, round((curve.high - y) / (curve.high - curve.low) * (tall - 1))))

    for line in curve.lines:
        for across_dot, down_dot in _joined([(column_of(x), row_of(y)) for x, y in line]):
            bit = 1 if ascii_only else _DOTS[across_dot % 2][down_dot % 4]
            cells[down_dot // down][across_dot // across] |= bit
    axis = row_of(0.0) if curve.low <= 0 <= curve.high else None
    upright = column_of(0.0) // across if curve.left < 0 < curve.right else None
    out = []
    for number, row in enumerate(cells):
        stroke = ""
        if axis is not None and axis // down == number:
            # Every second dot of the line, at its own height within the cell.
            stroke = "-" if ascii_only else chr(_BRAILLE + _DOTS[0][axis % 4])
        out.append(_row(row, stroke, upright, "|" if ascii_only else "│"))
    return out


def _joined(places: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The dots of a line, those between its points included."""
    yield from places[:1]
    for (a, b), (c, d) in pairwise(places):
        steps = max(abs(c - a), abs(d - b), 1)
        for step in range(1, steps + 1):
            yield a + round((c - a) * step / steps), b + round((d - b) * step / steps)


def _row(cells: Sequence[int], axis: str, upright: int | None, stroke: str) -> Styled:
    """One line of the picture; where no dot is, an axis may be seen."""
    signs = []
    for column, bits in enumerate(cells):
        if bits:
            signs.append(("*" if stroke == "|" else chr(_BRAILLE + bits), "curve"))
        else:
            signs.append((axis or (stroke if column == upright else " "), "dim"))
    runs = groupby(signs, key=itemgetter(1))
    return Styled.join([Styled.of("".join(sign for sign, _ in run), style) for style, run in runs])
