"""LaTeX mathematics as tokens and groups, and how wide it will be, in points at ten-point size."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|\s+|.", re.DOTALL)

_SCRIPT = 0.72
_RELATIONS = frozenset(
    ("=", "<", ">", r"\approx", r"\in", r"\le", r"\ge", r"\ne", r"\to", r"\longrightarrow")
)
_OPERATORS = frozenset(("+", "-", r"\cdot", r"\odot", r"\times"))
_UPRIGHT = frozenset((r"\mathrm", r"\text", r"\mathbf"))
_NOTHING = frozenset(
    ("{", "}", r"\left", r"\right", r"\displaystyle", r"\bigl", r"\bigr", r"\Bigl", r"\Bigr")
)
_WIDTHS = {
    r"\,": 1.7, r"\;": 2.8, r"\ ": 3.4, r"\quad": 10.0, r"\qquad": 20.0, ",": 4.5, "(": 3.9, ")": 3.9,
    "[": 2.8, "]": 2.8, "|": 2.8, r"\lvert": 2.8, r"\rvert": 2.8, r"\cdot": 7.2, "'": 3.0, ".": 2.8,
    r"\sum": 16.1, r"\partial": 5.8, r"\nabla": 8.4, r"\top": 7.8, "&": 0.0, r"\\": 0.0, r"\ldots": 12.0,
    r"\cdots": 12.0, r"\vdots": 3.0, r"\infty": 10.0, r"\longrightarrow": 22.0, r"\to": 16.0,
}  # fmt: skip


@lru_cache(maxsize=4096)
def tokens(tex: str) -> tuple[str, ...]:
    """Commands, signs and braces; blanks, which mean nothing here, are one blank."""
    return tuple(" " if sign.isspace() else sign for sign in _TOKEN.findall(tex))


def group_end(parts: Sequence[str], start: int) -> int:
    """The place after the group (or the one sign) that begins at ``start``."""
    if start >= len(parts):
        return start
    if parts[start] == " ":
        return group_end(parts, start + 1)
    if parts[start] != "{":
        return start + 1
    depth = 0
    for place in range(start, len(parts)):
        depth += (parts[place] == "{") - (parts[place] == "}")
        if depth == 0:
            return place + 1
    return len(parts)


@lru_cache(maxsize=4096)
def width(tex: str) -> float:
    """About how wide ``tex`` is; rather too much than too little."""
    return _width(tokens(tex))


def _width(parts: Sequence[str]) -> float:
    return sum(size for _, size in spans(parts))


def spans(parts: Sequence[str]) -> Iterator[tuple[int, float]]:
    """What follows one another, whole groups and fractions included: where each ends, and its width."""
    place = 0
    while place < len(parts):
        sign = parts[place]
        if sign in (r"\frac", r"\tfrac"):
            middle = group_end(parts, place + 1)
            end = group_end(parts, middle)
            size = max(_width(parts[place + 1 : middle]), _width(parts[middle:end])) + 3.4
        elif sign in ("^", "_"):
            end = group_end(parts, place + 1)
            size = _SCRIPT * _width(parts[place + 1 : end]) + 0.8
        elif sign == r"\begin":
            end = _environment_end(parts, place)
            size = _environment(parts[place:end])
        elif sign in _UPRIGHT:
            end = group_end(parts, place + 1)
            size = 5.6 * sum(1 for part in parts[place + 1 : end] if part not in "{}")
        elif sign == "{":
            end = group_end(parts, place)
            size = _width(parts[place + 1 : end - 1])
        else:
            end = place + 1
            size = _sign(sign)
        yield end, size
        place = end


def _sign(sign: str) -> float:
    if sign in _WIDTHS:
        return _WIDTHS[sign]
    if sign in _NOTHING or sign == " ":
        return 0.0
    if sign in _RELATIONS:
        return 13.4
    if sign in _OPERATORS:
        return 12.3
    if sign.startswith("\\"):
        # A function's name is as long as its letters, a Greek letter is not.
        return 5.2 * len(sign) if sign[1:] in _FUNCTIONS else 6.6
    if sign.isdigit():
        return 5.0
    return 7.9 if sign.isupper() or sign in "mw" else 5.6


_FUNCTIONS = frozenset(
    (
        "sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh", "coth", "arcsin", "arccos",
        "arctan", "exp", "log", "det", "max", "min", "lfloor", "rfloor",
    )
)  # fmt: skip


def _environment_end(parts: Sequence[str], start: int) -> int:
    depth = 0
    for place in range(start, len(parts)):
        depth += (parts[place] == r"\begin") - (parts[place] == r"\end")
        if depth == 0:
            return group_end(parts, place + 1)
    return len(parts)


def _environment(parts: Sequence[str]) -> float:
    """An environment of rows: as wide as its widest row, with room between columns."""
    inner = parts[group_end(parts, 1) : len(parts)]
    rows: list[list[str]] = [[]]
    for sign in inner:
        if sign == r"\\":
            rows.append([])
        elif sign == r"\end":
            break
        else:
            rows[-1].append(sign)
    return 16.0 + max(_width(row) + 10.0 * row.count("&") for row in rows)
