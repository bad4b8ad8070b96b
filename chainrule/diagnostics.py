"""What went wrong, as data; and the one exception that carries it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NoReturn

from chainrule.source import Source, Span

FORMAT_VERSION = "1.0"


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
        parts = [f"error[{self.code}]: {printable(self.message)}"]
        parts += _excerpts(self.labels)
        parts += [f"    = {printable(note)}" for note in self.notes]
        if self.suggestion is not None:
            parts.append(f"    = try: {printable(self.suggestion)}")
        return "\n".join(parts)


class ChainRuleError(Exception):
    """Everything that chainrule refuses or cannot finish, with its ``diagnostic`` as data."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic

    def __str__(self) -> str:
        return self.diagnostic.show()


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
    """The known word that ``word`` was probably meant to be, or None."""
    found = difflib.get_close_matches(word, list(known), n=1, cutoff=0.72)
    return found[0] if found else None


def printable(text: str) -> str:
    """``text`` with control characters spelled out, so that it cannot drive a terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


_WIDEST_EXCERPT = 96


def _excerpts(labels: tuple[Label, ...]) -> list[str]:
    """Source lines with the labels that point into them, in the order of the text."""
    rows: dict[tuple[str, int], list[tuple[int, int, str, Source]]] = {}
    for label in labels:
        start = label.source.position(label.span.start)
        text = label.source.line(start.line)
        length = max(1, min(label.span.stop - label.span.start, len(text) - start.column + 1))
        rows.setdefault((label.source.name, start.line), []).append(
            (start.column - 1, length, label.text, label.source)
        )
    sources = {name for name, _ in rows}
    out: list[str] = []
    for (name, number), marks in rows.items():
        line = "".join(c if c.isprintable() else " " for c in marks[0][3].line(number))
        shift = 0
        if len(line) > _WIDEST_EXCERPT:
            shift = max(0, min(mark[0] for mark in marks) - _WIDEST_EXCERPT // 3)
            line = line[shift : shift + _WIDEST_EXCERPT]
        if name != "program" or len(sources) > 1:
            out.append(f"  in {printable(name)}")
        gutter = f"  {number} | "
        margin = " " * (len(gutter) - 2) + "| "
        out.append(gutter + line)
        placed = sorted((max(0, column - shift), length, text) for column, length, text, _ in marks)
        out += [(margin + row).rstrip() for row in _mark_rows(placed)]
    return out


def _mark_rows(marks: list[tuple[int, int, str]]) -> list[str]:
    """The rows below a source line: carets first, then the texts, each under its own caret."""
    carets = ""
    for column, length, _ in marks:
        length = min(length, _WIDEST_EXCERPT - column) if column < _WIDEST_EXCERPT else 1
        carets = carets.ljust(column)[:column] + "^" * max(1, length) + carets[column + length :]
    rows = [carets]
    pending = [(column, printable(text)) for column, _, text in marks if text]
    while pending:
        column, text = pending.pop()
        row = ""
        for earlier, _ in pending:
            row = row.ljust(earlier) + "|"
        if not pending and len(rows) == 1 and len(marks) == 1:
            rows[0] = f"{carets} {text}"
        else:
            rows.append(row.ljust(column) + text)
    return rows
