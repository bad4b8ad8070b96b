"""Blocks of a document as lines of styled text within a width."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from chainrule.document import (
    Block,
    Columns,
    Diagram,
    Document,
    Equations,
    Grid,
    Heading,
    Paragraph,
    Picture,
    Plot,
    Row,
    Table,
    Value,
    Values,
    Verdict,
    Words,
)
from chainrule.formats.terminal.columns import columns_lines
from chainrule.formats.terminal.diagram import diagram_lines
from chainrule.formats.terminal.grid import grid_lines
from chainrule.formats.terminal.hand import Hand
from chainrule.formats.terminal.picture import picture_lines
from chainrule.formats.terminal.plot import plot_lines
from chainrule.formats.terminal.styled import EMPTY, Styled, wrapped
from chainrule.formats.terminal.tables import table_lines

NARROWEST = 20
_GAP = 6
_BESIDE = 8
_STEP_IN = 4
_LABELS = {"note": "note: ", "warning": "warning: ", "trouble": "", "plain": ""}


def document_lines(document: Document, hand: Hand, width: int) -> Iterator[Styled]:
    """All lines of a document, with an empty one between blocks that do not belong together."""
    width = max(width, NARROWEST)
    before: Block | None = None
    for block in document.blocks:
        if before is not None and not _belong_together(before, block):
            yield EMPTY
        yield from block_lines(block, hand, width)
        before = block


def _belong_together(before: Block, block: Block) -> bool:
    if isinstance(before, Heading):
        return True
    if isinstance(before, (Values, Verdict)):
        return isinstance(block, (Values, Verdict))
    if isinstance(before, Paragraph) and isinstance(block, Paragraph):
        return before.kind == block.kind and not block.apart
    if isinstance(before, Equations) and isinstance(block, Equations):
        return before.depth != block.depth or before.depth > 0
    if isinstance(before, Paragraph) and _announces(before):
        return True
    if isinstance(before, Picture) and isinstance(block, Paragraph) and len(before.paths) > 1:
        return True
    return isinstance(before, Paragraph) and before.kind == "plain" and isinstance(block, Values)


def _announces(paragraph: Paragraph) -> bool:
    """Whether what follows belongs to a paragraph: it ends with a colon."""
    last = paragraph.content[-1] if paragraph.content else None
    return isinstance(last, Words) and last.text.endswith(":")


def block_lines(block: Block, hand: Hand, width: int) -> Iterable[Styled]:
    """The lines of one block."""
    match block:
        case Heading():
            return _heading(block, hand, width)
        case Paragraph():
            return _paragraph(block, hand, width)
        case Verdict():
            return _verdict(block, hand, width)
        case Equations():
            indent = Styled(" " * (_STEP_IN * block.depth))
            return (indent + line for line in equation_lines(block.rows, hand, width - indent.cells))
        case Table():
            return table_lines(block, hand, width)
        case Picture():
            return picture_lines(block, hand, width)
        case Diagram():
            return diagram_lines(block, hand, width)
        case Plot():
            return plot_lines(block, hand, width)
        case Columns():
            return columns_lines(block, hand, width)
        case Values():
            return _values(block.items, hand, width)


def _heading(block: Heading, hand: Hand, width: int) -> list[Styled]:
    lines = [line.restyled("heading") for line in wrapped(hand.line(block.content), width, 0)]
    rule = hand.signs.rule * min(width, max(line.cells for line in lines))
    return [*lines, Styled.of(rule, "dim")]


def _paragraph(block: Paragraph, hand: Hand, width: int) -> list[Styled]:
    label = _LABELS[block.kind]
    content = hand.line(block.content)
    if block.kind == "trouble":
        content = content.restyled("trouble")
    return wrapped(
        Styled.of(label, block.kind) + content, width, len(label) or (2 if block.kind == "trouble" else 0)
    )


def _verdict(block: Verdict, hand: Hand, width: int) -> list[Styled]:
    style = {True: "right", False: "wrong", None: "undecided"}[block.ok]
    sign = hand.signs.verdicts[(True, False, None).index(block.ok)]
    return wrapped(
        Styled.of(f"{sign} ", style) + hand.line(block.content).restyled(style), width, len(sign) + 1
    )


# --- aligned mathematics ------------------------------------------------------------------------------


def equation_lines(rows: Iterable[Row], hand: Hand, width: int) -> Iterator[Styled]:
    """Rows aligned at their equals signs; remarks in a column, that of a long row below it."""
    written = [(hand.line(row.left), hand.line(row.right), hand.line(row.remark)) for row in rows]
    limit = max(width // 2, 12)
    left = max((a.cells for a, _, _ in written if a.cells <= limit), default=0)
    start = left + 3 if left else 0
    column = _remark_column([(b.cells, c.cells) for _, b, c in written if c.text], start, width)
    for a, b, c in written:
        beside = start + b.cells + _GAP <= column and column + c.cells <= width
        relation = Styled.of("= ", "math") if start else EMPTY
        if a.cells > left and a.cells + 3 + b.cells <= width:
            # A long left side of a short equation: all of it on one line.
            whole = a + Styled.of(" = ", "math") + b
            beside = bool(c.text) and whole.cells + _GAP + c.cells <= width
            yield whole + Styled(" " * _GAP) + c.restyled("dim") if beside else whole
            if c.text and not beside:
                yield from wrapped(Styled(" " * (start + 2)) + c.restyled("dim"), width, start + 2)
            continue
        if a.cells > left:
            yield from wrapped(a + Styled.of(" =", "math"), width)
            prefix = Styled(" " * min(4, start)) if start else EMPTY
        else:
            prefix = Styled.join([a.padded(left), Styled(" ") if start else EMPTY, relation])
        parts = [b] if b.cells <= width - prefix.cells else _sides(b)
        lines = [line for part in parts for line in wrapped(part, width - prefix.cells, 2)]
        firsts = _first_lines(parts, width - prefix.cells)
        pad = Styled(" " * prefix.cells)
        again = Styled.join([Styled(" " * (prefix.cells - relation.cells)), relation])
        for number, line in enumerate(lines):
            whole = (prefix if number == 0 else again if number in firsts else pad) + line
            if c.text and beside and number == 0:
                whole = whole.padded(column) + c.restyled("dim")
            yield whole
        if c.text and not beside:
            for line in wrapped(c.restyled("dim"), width - start - 2, 0):
                yield Styled(" " * (start + 2)) + line


def _remark_column(sizes: list[tuple[int, int]], start: int, width: int) -> int:
    """Where remarks stand: behind the widest row that leaves room for those of all rows up to its width."""
    for right, _ in sorted(sizes, reverse=True):
        column = start + right + _GAP
        if all(column + remark <= width for other, remark in sizes if other <= right):
            return column
    return 0


def _sides(text: Styled) -> list[Styled]:
    """The sides of ``a = b = c``, outside brackets."""
    out: list[Styled] = []
    depth = start = 0
    for place, sign in enumerate(text.text):
        depth += (sign in "([{") - (sign in ")]}")
        if depth == 0 and text.text.startswith(" = ", place):
            out.append(text.part(start, place))
            start = place + 3
    return [*out, text.part(start, len(text.text))]


def _first_lines(parts: list[Styled], width: int) -> set[int]:
    """Which of the lines of all parts begin one."""
    out: set[int] = set()
    count = 0
    for part in parts:
        out.add(count)
        count += len(wrapped(part, width, 2))
    return out


# --- numbers ------------------------------------------------------------------------------------------


def _values(items: tuple[Value, ...], hand: Hand, width: int) -> Iterator[Styled]:
    """Values beside each other while there is room, each below the other else."""
    row = EMPTY
    for item in items:
        lines = _value(item, hand, width)
        beside = row + Styled(" " * _BESIDE) + lines[0]
        if row.text and len(lines) == 1 and beside.cells <= width:
            row = beside
            continue
        if row.text:
            yield row
        *above, row = lines
        yield from above
    if row.text:
        yield row


def _value(item: Value, hand: Hand, width: int) -> list[Styled]:
    label = hand.line(item.label)
    if label.text:
        label = label + Styled.of(" = ", "math")
    if len(item.content) == 1 and isinstance(item.content[0], Grid):
        room = width - label.cells
        below = room < min(width, 30)
        lines = grid_lines(item.content[0], hand, width - 4 if below else room)
        if below and len(lines) + label.cells > 0 and (len(lines) > 1 or lines[0].cells > room):
            return [label.part(0, len(label.text) - 1), *(Styled("    ") + line for line in lines)]
        pad = Styled(" " * label.cells)
        return [(label if number == 0 else pad) + line for number, line in enumerate(lines)]
    return wrapped(label + hand.line(item.content), width, min(label.cells, width // 3))
