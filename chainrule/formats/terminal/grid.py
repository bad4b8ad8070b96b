"""Tensors as lines: on one line where there is room, else row by row with aligned columns, long ones cut."""

from __future__ import annotations

from chainrule.document import Grid, Math
from chainrule.formats.terminal.hand import Hand, gap_after
from chainrule.formats.terminal.styled import MATH, Styled

_MOST_ROWS = 8
_MOST_ON_ONE_LINE = 12


def grid_lines(grid: Grid, hand: Hand, width: int) -> list[Styled]:
    """The lines of a tensor within ``width`` cells, and how many entries were left out."""
    rank = len(grid.shape)
    if rank == 0:
        return [hand.piece(grid.cells[0])]
    lines = _one_line(grid, hand, width)
    shown = grid
    if lines is None:
        shown = _fitting(grid, hand, width)
        lines = _rows(shown, hand)
    out = [Styled.of(line, MATH) for line in lines]
    if shown.left_out:
        remark = f"({_shape(grid, hand)}; {_thousands(shown.left_out)} entries not shown)"
        out.append(Styled.of(remark, "dim"))
    return out


def _one_line(grid: Grid, hand: Hand, width: int) -> list[str] | None:
    if len(grid.cells) > _MOST_ON_ONE_LINE or grid.left_out:
        return None
    line = hand.piece(grid)
    return [line.text] if line.cells <= width else None


def _fitting(grid: Grid, hand: Hand, width: int) -> Grid:
    """As many rows as one looks at, and as many columns as fit."""
    rank = len(grid.shape)
    rows = [_MOST_ROWS] * (rank - 1) if rank < 3 else [2] * (rank - 2) + [4]
    most = [*rows, len(grid.shown[-1])]
    shown = grid.cut(most)
    while most[-1] > 1 and max(map(len, _rows(shown, hand))) > width:
        most[-1] -= 1
        shown = grid.cut(most)
    return shown


def _rows(grid: Grid, hand: Hand) -> list[str]:
    """The innermost rows with aligned columns, brackets around them as in a nested list."""
    texts = [hand.term(cell.term) if isinstance(cell, Math) else hand.piece(cell).text for cell in grid.cells]
    columns = len(grid.shown[-1])
    widths = [max(len(text) for text in texts[k::columns]) for k in range(columns)]
    gap = gap_after(grid.shown[-1], grid.shape[-1])
    blocks: list[list[str]] = []
    for start in range(0, len(texts), columns):
        row = [text.rjust(width) for text, width in zip(texts[start : start + columns], widths, strict=True)]
        if gap is not None:
            row.insert(gap, hand.signs.dots)
        blocks.append([f"[{', '.join(row)}]"])
    for positions, length in zip(reversed(grid.shown[:-1]), reversed(grid.shape[:-1]), strict=True):
        blocks = [
            _bracketed(blocks[k : k + len(positions)], gap_after(positions, length), hand)
            for k in range(0, len(blocks), len(positions))
        ]
    return blocks[0]


def _bracketed(blocks: list[list[str]], gap: int | None, hand: Hand) -> list[str]:
    """Blocks of lines as the items of one list."""
    lines: list[str] = []
    for count, block in enumerate(blocks):
        if count == gap:
            lines.append(f" {hand.signs.dots}")
        last = count == len(blocks) - 1 and gap != len(blocks)
        lines += [f" {line}" for line in block[:-1]]
        lines.append(f" {block[-1]}" + ("" if last else ","))
    if gap == len(blocks):
        lines.append(f" {hand.signs.dots}")
    lines[0] = "[" + lines[0][1:]
    lines[-1] += "]"
    return lines


def _shape(grid: Grid, hand: Hand) -> str:
    return hand.words(" × ".join(str(length) for length in grid.shape))


def _thousands(count: int) -> str:
    """12 345 rather than 12345."""
    return f"{count:,}".replace(",", " ")
