"""Standard streams and files: what a terminal can show, and writing that is whole or not at all."""

from __future__ import annotations

import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

from chainrule.diagnostics import Label, fail
from chainrule.source import Source, Span

PIPE_WIDTH = 100

# One of each kind of sign that the reports use beyond ASCII.
_SIGNS = "─▶∂∈ℝ²ˣᵀΣ·⊙−π✓…≈"
_PROGRAMS_ELSEWHERE = {".py": "Python", ".ipynb": "notebooks", ".tex": "LaTeX"}


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a person sits at the other end."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:
        return False


def colours(choice: str, stream: TextIO | None) -> bool:
    """Whether to write colours: by the option, then NO_COLOR, then FORCE_COLOR, then the terminal."""
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return is_terminal(stream) and os.environ.get("TERM") != "dumb"


def carries_signs(stream: TextIO | None) -> bool:
    """Whether the encoding of a stream has the signs of mathematics."""
    try:
        _SIGNS.encode(getattr(stream, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def width() -> int:
    """The columns of the terminal, or of $COLUMNS; PIPE_WIDTH in a pipe."""
    if is_terminal(sys.stdout) or os.environ.get("COLUMNS"):
        return shutil.get_terminal_size((PIPE_WIDTH, 24)).columns
    return PIPE_WIDTH


# --- reading ------------------------------------------------------------------------------------------


def read_program(program: str | None, path: str | None) -> Source:
    """The program: of a file, of standard input, or the argument itself.

    Raises:
        ChainRuleError: ``usage`` where there is none or two, ``unsupported`` for files of other languages.
    """
    if path is not None:
        if program is not None:
            fail(
                "usage",
                "there are two programs: an argument, and a file after -f",
                notes=["leave one of them out"],
            )
        return _read_stdin() if path == "-" else _read_file(path)
    if program == "-":
        return _read_stdin()
    if program is None:
        if is_terminal(sys.stdin) or sys.stdin is None:
            fail(
                "usage",
                "there is no program",
                notes=["it is an argument, a file after -f, or comes through a pipe"],
                suggestion="chainrule derive 'y = x + 2; z = 3*y**2; out = mean(z)'",
            )
        return _read_stdin()
    if (
        Path(program).suffix in (".chain", ".txt", *_PROGRAMS_ELSEWHERE)
        and "\n" not in program
        and _exists(program)
    ):
        fail(
            "usage",
            f"{program} is read as a program, and there is a file of that name",
            Label(Source(program), Span(0, len(program))),
            suggestion=f"-f {program}",
        )
    return Source(program)


def _exists(name: str) -> bool:
    try:
        return Path(name).is_file()
    except (OSError, ValueError):
        return False


def _read_stdin() -> Source:
    if sys.stdin is None:
        fail("usage", "standard input is closed")
    return Source(_decoded(sys.stdin.buffer.read(), "standard input"))


def _read_file(path: str) -> Source:
    language = _PROGRAMS_ELSEWHERE.get(Path(path).suffix.lower())
    if language is not None:
        fail(
            "unsupported",
            f"reading {language} is not supported yet",
            notes=["files of the pipeline language are"],
        )
    try:
        content = Path(path).read_bytes()
    except (OSError, ValueError) as error:
        fail("usage", f"cannot read {path}: {getattr(error, 'strerror', None) or error}")
    return Source(_decoded(content, path), path)


def _decoded(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        fail(
            "syntax",
            f"{name} is not UTF-8 text",
            notes=[f"the byte {content[error.start]:#04x} in line {line} is none"],
        )


# --- writing ------------------------------------------------------------------------------------------


def write_stdout(pieces: Iterable[str], *, utf8: bool) -> None:
    """All pieces to standard output, in UTF-8 where that is part of the format."""
    if sys.stdout is None:
        return
    text = "".join(pieces)
    if utf8 or is_utf8(sys.stdout):
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode("utf-8", "replace"))
        sys.stdout.buffer.flush()
        return
    encoding = sys.stdout.encoding or "ascii"
    sys.stdout.write(text.encode(encoding, "replace").decode(encoding))
    sys.stdout.flush()


def is_utf8(stream: TextIO) -> bool:
    """Whether a stream takes UTF-8."""
    return (stream.encoding or "").lower().replace("-", "") == "utf8"


def write_file(path: str, pieces: Iterable[str]) -> None:
    """A file with all pieces, or no change at all: a complete new file replaces the old one at the end.

    Raises:
        ChainRuleError: ``usage``, where the place cannot be written to.
    """
    target = Path(os.path.realpath(path))
    try:
        mode = target.stat().st_mode if target.exists() else None
        if mode is not None and stat.S_ISDIR(mode):
            fail("usage", f"cannot write {path}: it is a directory")
        if mode is not None and not stat.S_ISREG(mode):
            # A device or a pipe has no old content to keep, and must not be replaced by a file.
            target.write_text("".join(pieces), encoding="utf-8", errors="replace")
            return
        _replace(target, pieces, mode)
    except (OSError, ValueError) as error:
        fail("usage", f"cannot write {path}: {getattr(error, 'strerror', None) or error}")


def _replace(target: Path, pieces: Iterable[str], mode: int | None) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{target.name[:40]}.", suffix=".new", dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="replace", newline="\n") as stream:
            stream.writelines(pieces)
        temporary.chmod(stat.S_IMODE(mode) if mode is not None else 0o666 & ~_umask())
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current
