"""Blocks of a document in LaTeX: displays of ``aligned`` rows, plain tables, paragraphs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from chainrule.document import (
    Block,
    Columns,
    Diagram,
    Equality,
    Equations,
    Heading,
    Paragraph,
    Path,
    Picture,
    Plot,
    Row,
    Table,
    Values,
    Verdict,
    outer,
)
from chainrule.formats.latex.breaking import broken
from chainrule.formats.latex.drawing import diagram_rows, plot_lines
from chainrule.formats.latex.hand import Hand
from chainrule.formats.latex.measure import width
from chainrule.terms import Symbol

# How a relation between two pieces is written; within a piece there are no blanks around an equals sign.
_AND_EQUAL = " = "

_ROWS_A_DISPLAY = 18
_ROWS_A_TABLE = 14
_MOST_NAMES = 14
_LABELS = {"plain": "", "note": r"\emph{Note:} ", "warning": r"\textbf{Warning:} ", "trouble": r"\textbf{!} "}
_VERDICTS = {True: r"$\checkmark$ ", False: r"$\boldsymbol{\times}$ ", None: r"$?$ "}


def block_lines(block: Block, hand: Hand) -> Iterator[str]:
    """The lines of one block."""
    match block:
        case Heading():
            yield f"\\subsection*{{\\raggedright {hand.text(block.content)}}}"
        case Paragraph():
            yield from _paragraph(_LABELS[block.kind] + hand.text(block.content), apart=block.apart)
        case Verdict():
            yield from _paragraph(_VERDICTS[block.ok] + hand.text(block.content))
        case Equations():
            yield from displays(equation_rows(block.rows, hand))
        case Table():
            yield from _table(block, hand)
        case Picture():
            yield from displays(_picture_rows(block.paths, hand))
        case Diagram():
            yield from displays(diagram_rows(block, hand))
        case Plot():
            yield from plot_lines(block, hand)
        case Columns():
            yield from _paragraph(", ".join(hand.text(item) for item in block.items))
        case Values():
            rows = [Row(item.label, item.content) for item in block.items]
            yield from displays(equation_rows(rows, hand))


def _paragraph(text: str, *, apart: bool = False) -> Iterator[str]:
    skip = "\\medskip" if apart else "\\smallskip"
    yield f"{skip}{{\\raggedright\\noindent {text}\\par}}"


def displays(rows: Sequence[str]) -> Iterator[str]:
    """Rows in displays that are short enough for TeX to break pages between them."""
    for start in range(0, len(rows), _ROWS_A_DISPLAY):
        yield r"\["
        yield r"\begin{aligned}"
        chunk = rows[start : start + _ROWS_A_DISPLAY]
        for number, row in enumerate(chunk):
            yield row + (r" \\" if number < len(chunk) - 1 else "")
        yield r"\end{aligned}"
        yield r"\]"


def equation_rows(rows: Iterable[Row], hand: Hand) -> list[str]:
    """Rows of ``aligned``: at the equals signs, long right sides in several, remarks behind or below."""
    written = [(hand.math(row.left), hand.math(row.right), row.remark, bool(row.left)) for row in rows]
    whole = hand.room
    lefts = [width(left) for left, _, _, _ in written]
    side = max((size for size in lefts if size <= whole * 0.4), default=0.0)
    aligned = any(has_left for *_, has_left in written)
    room = whole - side - 14.0
    rights = max((min(room, width(right)) for _, right, _, _ in written), default=0.0)
    beside = all(side + rights + hand.width(remark) + 44.0 <= whole for _, _, remark, _ in written if remark)
    out: list[str] = []
    for (left, right, remark, _), size in zip(written, lefts, strict=True):
        shown, sign = left, "= " if aligned else ""
        if size > whole * 0.4:
            first, *more = broken(left, whole)
            out += [f"&{first}", *(f"&\\quad {part}" for part in more)]
            shown, sign = "", "\\quad = "
        sides = [right] if width(right) <= room or not aligned else right.split(_AND_EQUAL)
        lines = broken(sides[0], room - 20.0, room)
        rows_here = [f"{shown} &{sign}{lines[0]}", *(f"&\\qquad {line}" for line in lines[1:])]
        for more_equal in sides[1:]:
            more_lines = broken(more_equal, room - 20.0, room)
            rows_here += [f"&= {more_lines[0]}", *(f"&\\qquad {line}" for line in more_lines[1:])]
        if remark and beside:
            rows_here[0] += f" && \\quad \\text{{{hand.text(remark)}}}"
        elif remark:
            rows_here.append(_remark(hand.text(remark), room))
        out += rows_here
    return out


def _remark(remark: str, room: float) -> str:
    return f"&\\qquad \\parbox[t]{{{room - 24:.0f}pt}}{{\\raggedright\\small {remark}}}"


# --- pictures -----------------------------------------------------------------------------------------


def _picture_rows(paths: Sequence[Path], hand: Hand) -> list[str]:
    out: list[str] = []
    drawn = [_arrows(path, hand) for path in paths]
    labels = [hand.math(path.label) + (" = " + hand.math(path.value) if path.value else "") for path in paths]
    first = max(map(width, drawn))
    beside = all(first + width(label) + 44.0 <= hand.room for label in labels)
    for arrows, label in zip(drawn, labels, strict=True):
        lines = broken(arrows, hand.room - 20.0, hand.room)
        out += [f"&{lines[0]}", *(f"&\\qquad {line}" for line in lines[1:])]
        if label and beside:
            out[-1] += f" && \\quad {label}"
        elif label:
            out += [f"&\\qquad {line}" for line in broken(label, hand.room - 20.0)]
    return out


def _arrows(path: Path, hand: Hand) -> str:
    kept = outer(range(len(path.names)), _MOST_NAMES)
    parts: list[str] = []
    for place, position in enumerate(kept):
        if place and position != kept[place - 1] + 1:
            parts.append(f"\\text{{({position - kept[place - 1] - 1} more)}}")
        parts.append(hand.term(Symbol(path.names[position])))
    return r" \longrightarrow ".join(parts)


# --- tables -------------------------------------------------------------------------------------------


def _table(table: Table, hand: Hand) -> Iterator[str]:
    """A tabular whose prose column takes the room that is left; if that is too little, rows in full."""
    prose = _prose_column(table)
    widths = [_column_width(table, column, hand) for column in range(len(table.head))]
    fixed = sum(size for column, size in enumerate(widths) if column != prose) + 12.0 * len(widths)
    room = hand.room - fixed
    if room < (0.0 if prose is None else 80.0):
        yield from _stacked(table, hand)
        return
    for start in range(0, len(table.rows), _ROWS_A_TABLE):
        yield from _tabular(
            table, hand, start, prose, 0.0 if prose is None else min(room, widths[prose] + 6.0)
        )


def _prose_column(table: Table) -> int | None:
    """The column to squeeze: the second, unless there is only one; none where the second holds equalities."""
    place = min(1, len(table.head) - 1)
    return None if place and _has_equalities(table, place) else place


def _has_equalities(table: Table, column: int) -> bool:
    return any(isinstance(row[column], Equality) for row in table.rows)


def _column_width(table: Table, column: int, hand: Hand) -> float:
    sizes = [hand.width(table.head[column])]
    for row in table.rows:
        cell = row[column]
        if isinstance(cell, Equality):
            sizes.append(width(hand.math(cell.left)) + width(hand.math(cell.right)) + 14.0)
        else:
            sizes.append(hand.width(cell))
    return max(sizes)


def _tabular(table: Table, hand: Hand, start: int, prose: int | None, room: float) -> Iterator[str]:
    columns = []
    for column in range(len(table.head)):
        if _has_equalities(table, column):
            columns.append("r@{${}={}$}l")
        elif column == prose:
            columns.append(f"p{{{room:.0f}pt}}")
        else:
            columns.append("l")
    yield r"\begin{center}"
    yield f"\\begin{{tabular}}{{@{{}}{''.join(columns)}@{{}}}}"
    heads = []
    for column, title in enumerate(map(hand.text, table.head)):
        two = _has_equalities(table, column)
        heads.append(f"\\multicolumn{{2}}{{@{{}}l}}{{{title}}}" if two else title)
    yield " & ".join(heads) + r" \\ \hline\noalign{\smallskip}"
    for row in table.rows[start : start + _ROWS_A_TABLE]:
        cells = []
        for column, cell in enumerate(row):
            if isinstance(cell, Equality):
                cells.append(
                    f"$\\displaystyle {hand.math(cell.left)}$ & $\\displaystyle {hand.math(cell.right)}$"
                )
            elif _has_equalities(table, column):
                cells.append(f"\\multicolumn{{2}}{{@{{}}l}}{{{hand.text(cell)}}}")
            else:
                cells.append((r"\raggedright " if column == prose else "") + hand.text(cell))
        yield " & ".join(cells) + r" \tabularnewline\noalign{\smallskip}"
    yield r"\end{tabular}"
    yield r"\end{center}"


def _stacked(table: Table, hand: Hand) -> Iterator[str]:
    for row in table.rows:
        first, others = row[0], row[1:]
        if isinstance(first, Equality):
            yield from displays(equation_rows([Row(first.left, first.right)], hand))
        else:
            yield from _paragraph(hand.text(first))
        for title, other in zip(table.head[1:], others, strict=True):
            if isinstance(other, Equality):
                both = f"{hand.math(other.left)} = {hand.math(other.right)}"
                yield from _paragraph(f"\\emph{{{hand.text(title)}:}} ${both}$")
            elif other:
                yield from _paragraph(f"\\emph{{{hand.text(title)}:}} {hand.text(other)}")
