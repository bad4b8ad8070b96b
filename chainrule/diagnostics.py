"""What went wrong, as data; and the one exception that carries it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple, NoReturn

from chainrule.source import Source, Span

FORMAT_VERSION = "1.1"


@dataclass(frozen=True, slots=True)
class Label:
    """A remark under a part of a source; an empty ``text`` is a bare caret."""

    source: Source
    span: Span
    text: str = ""


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One complaint: what (``code``, ``message``), where (``labels``), why (``notes``), what to try.

    ``code`` is a word that scripts may compare: ``syntax``, ``name``, ``redefinition``,
    ``self-reference``, ``arguments``, ``shape``, ``value``, ``type``, ``unsupported``, ``usage``, ``budget``.
    The first label is the place of the error; further ones point at what it clashes with.
    """

    code: str
    message: str
    labels: tuple[Label, ...] = ()
    notes: tuple[str, ...] = ()
    suggestion: str | None = None

    def to_data(self) -> dict[str, Any]:
        """The error object of the JSON contract."""
        labels = []
        for label in self.labels:
            start = label.source.position(label.span.start)
            stop = label.source.position(max(label.span.start, label.span.stop - 1))
            labels.append(
                {
                    "source": label.source.name,
                    "line": start.line,
                    "column": start.column,
                    "end_column": stop.column + 1 if stop.line == start.line else start.column + 1,
                    "text": label.text,
                }
            )
        error = {
            "code": self.code,
            "message": self.message,
            "labels": labels,
            "notes": list(self.notes),
            "suggestion": self.suggestion,
        }
        return {"format_version": FORMAT_VERSION, "error": error}

    def show(self) -> str:
        """The diagnostic as plain text: the lines concerned, carets under the exact parts, notes."""
        margin = _margin(self.labels)
        parts = [f"error[{self.code}]: {printable(self.message)}"]
        parts += _excerpts(self.labels, margin)
        parts += [f"{margin} = {printable(note)}" for note in self.notes]
        if self.suggestion is not None:
            parts.append(f"{margin} = try: {printable(self.suggestion)}")
        return "\n".join(parts)


class ChainRuleError(Exception):
    """Everything that chainrule refuses or cannot finish, with its ``diagnostic`` as data."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic

    def __str__(self) -> str:
        return self.diagnostic.show()

    def __reduce__(self) -> tuple[type[ChainRuleError], tuple[Diagnostic]]:
        # Processes send errors to each other, and by default an exception is pickled by its message.
        return ChainRuleError, (self.diagnostic,)


def fail(
    code: str,
    message: str,
    *labels: Label,
    notes: Iterable[str] = (),
    suggestion: str | None = None,
) -> NoReturn:
    """Raise the :class:`ChainRuleError` of these parts."""
    raise ChainRuleError(Diagnostic(code, message, labels, tuple(notes), suggestion))


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that ``word`` was probably meant to be, or None: few letters changed, or two swapped."""
    most = max(1, len(word) // 3)
    scored = [(edits(word, other), abs(len(word) - len(other)), other) for other in known if other != word]
    best = min(scored, default=None)
    return best[2] if best is not None and best[0] <= most else None


def edits(a: str, b: str) -> int:
    """How many letters to insert, drop, change or swap with their neighbour to get from ``a`` to ``b``."""
    before: list[int] = []
    last = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            cost = min(last[j] + 1, row[-1] + 1, last[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]


def printable(text: str) -> str:
    """``text`` with control characters spelled out, so that it cannot drive a terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


_WIDEST_EXCERPT = 96


class _Mark(NamedTuple):
    """A label in its line: where it starts and how long it is, in cells of the terminal."""

    start: int
    length: int
    text: str


def _margin(labels: tuple[Label, ...]) -> str:
    """Blanks as wide as the widest line number and what surrounds it."""
    numbers = [label.source.position(label.span.start).line for label in labels]
    return " " * (2 + len(str(max(numbers, default=1))))


def _excerpts(labels: tuple[Label, ...], margin: str) -> list[str]:
    """Source lines with the labels that point into them; in one source, in the order of the text."""
    rows: dict[str, dict[int, list[Label]]] = {}
    for label in labels:
        lines = rows.setdefault(label.source.name, {})
        lines.setdefault(label.source.position(label.span.start).line, []).append(label)
    out: list[str] = []
    for name, lines in rows.items():
        if name != "program" or len(rows) > 1:
            out.append(f"{margin}in {printable(name)}")
        for number, found in sorted(lines.items()):
            line, marks = _cut(found[0].source.line(number), found)
            out.append(f"{number:>{len(margin)}} | {line}".rstrip())
            out += [f"{margin} | {row}".rstrip() for row in _mark_rows(marks)]
    return out


def _cut(line: str, labels: list[Label]) -> tuple[str, list[_Mark]]:
    """The part of ``line`` that is shown, and the labels as marks under it."""
    starts = [label.source.position(label.span.start).column - 1 for label in labels]
    shift = max(0, min(starts) - _WIDEST_EXCERPT // 3) if len(line) > _WIDEST_EXCERPT else 0
    shown = "".join(c if c.isprintable() else " " for c in line[shift : shift + _WIDEST_EXCERPT])
    shown = ("…" + shown[1:] if shift else shown) + ("…" if shift + _WIDEST_EXCERPT < len(line) else "")
    marks = []
    for start, label in zip(starts, labels, strict=True):
        first = min(start - shift, len(shown))
        last = min(first + label.span.stop - label.span.start, len(shown))
        cells = _cells(shown[:first])
        marks.append(_Mark(cells, max(1, _cells(shown[first:last])), printable(label.text)))
    return shown, sorted(marks)


def _cells(text: str) -> int:
    """How many cells of a terminal ``text`` takes."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)


def _mark_rows(marks: list[_Mark]) -> list[str]:
    """The rows below a source line: carets first, then the texts, each under its own caret.

    The last text stands beside its caret, where nothing is to the right of it.
    """
    carets = ""
    for mark in marks:
        after = carets[mark.start + mark.length :]
        carets = carets[: mark.start].ljust(mark.start) + "^" * mark.length + after
    pending = [mark for mark in marks if mark.text]
    if pending and pending[-1] == marks[-1] and pending[-1].start + pending[-1].length >= len(carets):
        carets = f"{carets} {pending.pop().text}"
    rows = [carets]
    while pending:
        mark = pending.pop()
        row = ""
        for earlier in pending:
            row = row.ljust(earlier.start) + "|" if len(row) <= earlier.start < mark.start else row
        rows.append(row.ljust(mark.start) + mark.text)
    return rows
