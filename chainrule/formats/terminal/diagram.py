"""Local pictures: ways from left to right as arrows with their slopes, which fork and join.

    ╭─ du/dx ─▶ u ─ v ─╮
x ──┤                  ├─▶ y
    ╰─ dv/dx ─▶ v ─ u ─╯
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from chainrule.document import Diagram
from chainrule.formats.terminal.hand import Hand
from chainrule.formats.terminal.styled import EMPTY, MATH, Styled, wrapped


@dataclass(frozen=True, slots=True)
class _Strokes:
    """What lines are drawn with; corners and tees as (first, beside the node, other, last)."""

    line: str
    head: str
    fork: tuple[str, str, str, str]
    join: tuple[str, str, str, str]


_UNICODE = _Strokes("─", "▶", ("╭", "┤", "┼", "╰"), ("╮", "├", "┼", "╯"))
_ASCII = _Strokes("-", ">", ("/", "|", "+", "\\"), ("\\", "|", "+", "/"))


def diagram_lines(diagram: Diagram, hand: Hand, width: int) -> Iterator[Styled]:
    """The ways below each other; where that is too wide, each is an arrow of its own."""
    lines = _drawn(diagram, hand)
    if max(line.cells for line in lines) <= width:
        yield from lines
        return
    for way in diagram.ways:
        alone = _drawn(Diagram((way,)), hand)
        yield from wrapped(alone[0], width, 4)


def _drawn(diagram: Diagram, hand: Hand) -> list[Styled]:
    strokes = _ASCII if hand.style.ascii else _UNICODE
    nodes = [[hand.term(node) for node in way.nodes] for way in diagram.ways]
    slopes = [[hand.term(slope) for slope in way.slopes] for way in diagram.ways]
    count = len(nodes)
    # Two ways leave a line between them for the nodes that they share; of three the middle one has it.
    rows: list[int | None] = [0, None, 1] if count == 2 else list(range(count))
    middle = len(rows) // 2
    out = []
    for row in rows:
        inner = [] if row is None else _way(row, nodes, slopes, diagram, strokes)
        out.append(Styled.join(inner) if inner else EMPTY)
    size = max(line.cells for line in out)
    for place, line in enumerate(out):
        padded = line if rows[place] is not None else Styled(" " * size)
        if diagram.forks:
            padded = _fork(nodes[0][0], place, middle, rows, strokes) + padded
        if diagram.joins:
            padded += _join(nodes[0][-1], place, middle, rows, strokes)
        out[place] = padded
    return [line.part(0, len(line.text.rstrip())) for line in out]


def _way(
    row: int, nodes: list[list[str]], slopes: list[list[str]], diagram: Diagram, strokes: _Strokes
) -> list[Styled]:
    """One way, its parts as wide as those of the others above and below."""
    own, between = nodes[row], slopes[row]
    last = len(own) - 1
    parts: list[Styled] = []
    if not diagram.forks:
        parts += [Styled.of(_fitted(nodes, 0, row), "name"), Styled(" ")]
    for place, slope in enumerate(between):
        wide = max(len(each[place]) for each in slopes)
        line = strokes.line
        room = wide - len(slope)
        parts += [
            Styled.of(line * (1 + room // 2), "dim"),
            Styled.of(f" {slope} ", MATH),
            Styled.of(line * (1 + room - room // 2), "dim"),
        ]
        if place + 1 == last and diagram.joins:
            break
        parts += [
            Styled.of(strokes.head, "dim"),
            Styled(" "),
            Styled.of(_fitted(nodes, place + 1, row), "name"),
        ]
        if place + 1 < last:
            parts.append(Styled(" "))
    return parts


def _fitted(nodes: list[list[str]], place: int, row: int) -> str:
    return nodes[row][place].ljust(max(len(each[place]) for each in nodes))


def _fork(node: str, place: int, middle: int, rows: list[int | None], strokes: _Strokes) -> Styled:
    """The node that all ways leave, in the middle line, and the stroke that goes to each of them."""
    first, tee, cross, last = strokes.fork
    sign = first if place == 0 else last if place == len(rows) - 1 else tee if rows[place] is None else cross
    if place == middle:
        return Styled.of(node, "name") + Styled.of(f" {strokes.line * 2}{sign}", "dim")
    return Styled(" " * (len(node) + 3)) + Styled.of(sign, "dim")


def _join(node: str, place: int, middle: int, rows: list[int | None], strokes: _Strokes) -> Styled:
    """The stroke that comes from each way, and in the middle line the node that all reach."""
    first, tee, cross, last = strokes.join
    sign = first if place == 0 else last if place == len(rows) - 1 else tee if rows[place] is None else cross
    if place == middle:
        return Styled.of(f"{sign}{strokes.line}{strokes.head} ", "dim") + Styled.of(node, "name")
    return Styled.of(sign, "dim")
