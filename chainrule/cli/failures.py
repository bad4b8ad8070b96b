"""From an exception to a message on standard error and an exit status."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from chainrule.diagnostics import ChainRuleError, Diagnostic

if TYPE_CHECKING:
    from click import ClickException

DONE, WRONG, REFUSED, EXHAUSTED, BUG, INTERRUPTED = 0, 1, 2, 3, 70, 130
"""Exit statuses: verified; a claim is wrong; wrong input; a budget ran out; our own fault; interrupted."""


class Failures:
    """Reports what went wrong, as text or (with ``--format json``) as one JSON object."""

    def __init__(self, words: Sequence[str], *, traceback: bool = False) -> None:
        self.as_json = wants_json(words)
        self.color = wants_color(words)
        self.capped = _option(words, ("--max-memory",)) is not None
        self.traceback = traceback

    def report(self, error: BaseException) -> int:
        """Write the message of ``error``; the exit status."""
        if self.traceback:
            import traceback

            traceback.print_exception(error)
        if self.capped and _lacks_memory(error):
            # Under a cap, a library that cannot be mapped into memory is reported as missing.
            error = MemoryError()
        diagnostic, status = _diagnosed(error)
        self._write(diagnostic)
        return status

    def _write(self, diagnostic: Diagnostic) -> None:
        if sys.stderr is None:
            return
        if self.as_json:
            import json

            message = json.dumps(diagnostic.to_data())
        else:
            message = diagnostic.show()
            if self.color:
                head, colon, rest = message.partition(":")
                message = f"\x1b[1;31m{head}\x1b[0m{colon}{rest}"
        try:
            sys.stderr.write(message + "\n")
            sys.stderr.flush()
        except (BrokenPipeError, ValueError):
            pass


def wants_json(words: Sequence[str]) -> bool:
    """Whether the command line asks for JSON, also where it is too wrong to be read as a whole."""
    chosen = _option(words, ("--format",))
    if chosen is not None:
        return chosen == "json"
    return (_option(words, ("-o", "--output")) or "").lower().endswith(".json")


def wants_color(words: Sequence[str]) -> bool:
    """Whether messages may be coloured."""
    from chainrule.cli.streams import colours

    return colours(_option(words, ("--color",)) or "auto", sys.stderr)


def _option(words: Iterable[str], names: Sequence[str]) -> str | None:
    found, due = None, False
    for word in words:
        if word == "--":
            break
        if due:
            found, due = word, False
        elif word in names:
            due = True
        else:
            for name in names:
                if name.startswith("--") and word.startswith(name + "="):
                    found = word[len(name) + 1 :]
    return found


def _lacks_memory(error: BaseException) -> bool:
    """Whether an error, or what it came from, is that memory could not be had."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, MemoryError) or "map segment" in str(seen) or "allocate memory" in str(seen):
            return True
        seen = seen.__cause__ or seen.__context__
    return False


def _diagnosed(error: BaseException) -> tuple[Diagnostic, int]:
    """The diagnostic of an exception, and the status it ends with."""
    from click import ClickException

    if isinstance(error, ChainRuleError):
        return error.diagnostic, EXHAUSTED if error.diagnostic.code == "budget" else REFUSED
    if isinstance(error, ClickException):
        return _usage(error), REFUSED
    if isinstance(error, MemoryError):
        notes = ("--max-memory sets the limit, if it was given; smaller shapes need less",)
        return Diagnostic("budget", "this needs more memory than there is", notes=notes), EXHAUSTED
    if isinstance(error, RecursionError):
        notes = ("name its parts: y = ...; z = ... y ...",)
        return Diagnostic("budget", "an expression is nested too deeply", notes=notes), EXHAUSTED
    if isinstance(error, OSError) and error.strerror:
        where = f" {error.filename}" if error.filename else ""
        return Diagnostic("usage", f"cannot read or write{where}: {error.strerror}"), REFUSED
    kind = type(error).__name__
    notes = ("this is a bug in chainrule, not in your program; CHAINRULE_TRACEBACK=1 shows where",)
    return Diagnostic("internal", f"{kind}: {error}" if str(error) else kind, notes=notes), BUG


def _usage(error: ClickException) -> Diagnostic:
    """What click complains about, said as everything else is."""
    from click import NoSuchOption, UsageError

    message = error.format_message().rstrip(".")
    notes: list[str] = []
    suggestion = None
    if isinstance(error, NoSuchOption):
        message = f"there is no option {error.option_name}"
        suggestion = next(iter(error.possibilities or ()), None)
        if not error.option_name.startswith("--"):
            notes.append("a program that begins with a minus sign goes after --")
    else:
        message = message[:1].lower() + message[1:]
    if isinstance(error, UsageError) and error.ctx is not None:
        notes.append(f"{error.ctx.command_path} --help shows how it is used")
    return Diagnostic("usage", message, notes=tuple(notes), suggestion=suggestion)
