"""Tensors in LaTeX: a matrix, a tuple of numbers, nested brackets; long ones cut until they fit a line."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from chainrule.document import Grid, Piece
from chainrule.formats.latex.measure import width

_MOST_ROWS = 8
# amsmath's matrices have ten columns, and one of them is for the dots.
_MOST_COLUMNS = 9

Write = Callable[[Piece], str]


def fitting(grid: Grid, write: Write, room: float) -> Grid:
    """As much of a tensor as fits into ``room`` points."""
    rank = len(grid.shape)
    if rank == 0:
        return grid
    most = [_MOST_ROWS] * (rank - 1) + [_MOST_COLUMNS]
    if rank > 2:
        most = [2] * (rank - 2) + [3, 4]
    shown = grid.cut(most)
    while most[-1] > 1 and width(_written(shown, write)) > room:
        most[-1] -= 1
        shown = grid.cut(most)
    return shown


def grid(value: Grid, write: Write, room: float) -> str:
    """The tensor, cut to fit into ``room`` points, with the count of what was left out."""
    shown = fitting(value, write, room)
    return _written(shown, write) + left_out(shown)


def left_out(shown: Grid) -> str:
    """A remark behind a tensor that was cut."""
    if not shown.left_out:
        return ""
    return f"\\quad\\text{{({shown.left_out} more entries)}}"


def _written(shown: Grid, write: Write) -> str:
    cells = [write(cell) for cell in shown.cells]
    rank = len(shown.shape)
    if rank == 0:
        return cells[0]
    if rank == 1:
        return "(" + ",\\ ".join(_with_dots(cells, shown.shown[0], shown.shape[0], r"\ldots")) + ")"
    if rank == 2:
        return _matrix(shown, cells)
    for positions, length in zip(reversed(shown.shown), reversed(shown.shape), strict=True):
        count = len(positions)
        cells = [
            "[" + ",\\ ".join(_with_dots(cells[k : k + count], positions, length, r"\ldots")) + "]"
            for k in range(0, len(cells), count)
        ]
    return cells[0]


def _matrix(shown: Grid, cells: Sequence[str]) -> str:
    count = len(shown.shown[1])
    rows = [
        " & ".join(_with_dots(cells[k : k + count], shown.shown[1], shown.shape[1], r"\cdots"))
        for k in range(0, len(cells), count)
    ]
    dots = " & ".join([r"\vdots"] * (count + (count < shown.shape[1])))
    rows = _with_dots(rows, shown.shown[0], shown.shape[0], dots)
    end = r" \\[3pt] " if any(r"\frac" in row for row in rows) else r" \\ "
    return "\\begin{pmatrix} " + end.join(rows) + " \\end{pmatrix}"


def _with_dots(items: Sequence[str], positions: Sequence[int], length: int, dots: str) -> list[str]:
    out = list(items)
    if len(positions) < length:
        gap = next((count for count, position in enumerate(positions) if position != count), len(positions))
        out.insert(gap, dots)
    return out
