"""Pictures in plain LaTeX: ways as arrows with slopes on them, curves in ``picture`` environments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from chainrule.document import Curve, Diagram, Plot
from chainrule.formats.latex.breaking import broken
from chainrule.formats.latex.hand import Hand, figure
from chainrule.formats.latex.measure import width

_HEIGHT = 80.0
_GAP = 70.0
_WIDEST = 150.0
_DASH = 3
_STROKES = 24
"""Arcs of a curve, each through three of its points."""


def diagram_rows(diagram: Diagram, hand: Hand) -> list[str]:
    """The ways below each other; the slopes of one that is too wide follow below its nodes."""
    rows: list[str] = []
    for way in diagram.ways:
        nodes = [hand.term(node) for node in way.nodes]
        arrows = [f"\\xrightarrow{{\\;{hand.term(slope)}\\;}}" for slope in way.slopes]
        drawn = " ".join(
            [nodes[0], *(f"{arrow} {node}" for arrow, node in zip(arrows, nodes[1:], strict=True))]
        )
        if width(drawn) <= hand.room:
            rows.append(f"&{drawn}")
            continue
        rows.append("&" + r" \longrightarrow ".join(nodes))
        slopes = hand.printer.chain(way.slopes)
        rows += [f"&\\qquad {line}" for line in broken(slopes, hand.room - 20.0)]
    return rows


def plot_lines(plot: Plot, hand: Hand) -> Iterator[str]:
    """The curves beside each other in one picture."""
    count = len(plot.curves)
    wide = min(_WIDEST, (hand.room - _GAP * count) / count)
    total = count * wide + (count - 1) * _GAP + 30.0
    yield r"\begin{center}"
    yield r"\setlength{\unitlength}{1pt}"
    yield f"\\begin{{picture}}({total:.0f},{_HEIGHT + 34:.0f})(-30,-14)"
    for number, curve in enumerate(plot.curves):
        yield from _panel(curve, hand, number * (wide + _GAP), wide)
    yield r"\end{picture}"
    yield r"\end{center}"


def _panel(curve: Curve, hand: Hand, start: float, wide: float) -> Iterator[str]:
    def across(x: float) -> float:
        return start + (x - curve.left) / (curve.right - curve.left) * wide

    def up(y: float) -> float:
        return (y - curve.low) / (curve.high - curve.low) * _HEIGHT

    yield f"\\put({start + wide / 2:.1f},{_HEIGHT + 8:.1f}){{\\makebox(0,0)[b]{{{hand.text(curve.title)}}}}}"
    yield r"\linethickness{0.2pt}"
    if curve.low <= 0 <= curve.high:
        yield _dotted(start, up(0), (1, 0), wide)
    if curve.left <= 0 <= curve.right:
        yield _dotted(across(0), 0.0, (0, 1), _HEIGHT)
    for y in dict.fromkeys((curve.low, 0.0 if curve.low < 0 < curve.high else curve.low, curve.high)):
        yield f"\\put({start - 4:.1f},{up(y):.1f}){{\\makebox(0,0)[r]{{\\scriptsize ${_number(y)}$}}}}"
    for x in (curve.left, curve.right):
        yield f"\\put({across(x):.1f},-4){{\\makebox(0,0)[t]{{\\scriptsize ${_number(x)}$}}}}"
    yield r"\linethickness{0.8pt}"
    for line in curve.lines:
        points = [(across(x), up(y)) for x, y in line]
        yield from _arcs(points, max(2, 2 * len(points) // (2 * _STROKES)))


def _dotted(x: float, y: float, way: tuple[int, int], size: float) -> str:
    """An axis, in dashes that no curve has."""
    a, b = way
    dashes = int(size / _DASH)
    return (
        f"\\multiput({x:.1f},{y:.1f})({a * _DASH},{b * _DASH}){{{dashes}}}{{\\line({a},{b}){{{_DASH / 2}}}}}"
    )


def _arcs(points: Sequence[tuple[float, float]], step: int) -> Iterator[str]:
    """Parabolas through every three of the points that are kept."""
    kept = [*points[:-1:step], points[-1]]
    for a, b in pairwise(kept):
        inner = points[points.index(a) : points.index(b) + 1]
        x, y = inner[len(inner) // 2]
        # The control point of the parabola that goes through the middle point.
        control = (2 * x - (a[0] + b[0]) / 2, 2 * y - (a[1] + b[1]) / 2)
        if len(inner) % 2 == 0:
            control = ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2)
        yield "\\qbezier" + "".join(f"({u:.1f},{v:.1f})" for u, v in (a, control, b))


def _number(value: float) -> str:
    return figure(f"{value:.2g}" if abs(value) < 100 else f"{value:.0f}")
