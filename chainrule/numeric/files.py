"""Values from files: ``.json``, ``.csv``, ``.npy`` and ``.npz`` (never pickled)."""

from __future__ import annotations

import csv
import json
import math
import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType

from chainrule.diagnostics import ChainRuleError, fail
from chainrule.numeric.floats import as_float
from chainrule.numeric.passed import MAX_ENTRIES, afford, from_array, from_python
from chainrule.numeric.tensors import Tensor

MAX_BYTES = 1 << 30
_NUMBER = re.compile(r"\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4})?\s*", re.ASCII)
_LONGEST_NUMBER = 4000


def read_file(path: Path, name: str | None) -> Tensor:
    """The tensor that a file holds. ``name`` picks one of several arrays of an ``.npz`` file.

    JSON: a number or nested lists. CSV: a row a line, after a header line if it has no numbers; one row or
    one column is a vector. Decimals in both are exact.

    Raises:
        ChainRuleError: ``value``, when it cannot be read, is ragged or holds what is no finite number;
            ``budget``, when it is too large. Without labels: the caller knows where the file was named.
    """
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        fail(
            "value",
            f"files of the kind {path.suffix or path.name} cannot be read",
            notes=["known: " + ", ".join(_READERS)],
        )
    try:
        if not path.is_file():
            fail("value", f"there is no file {path}")
        if path.stat().st_size > MAX_BYTES:
            fail("budget", f"{path} is larger than {MAX_BYTES >> 20} MB")
        return reader(path, name)
    except (OSError, ValueError, RecursionError) as error:
        if isinstance(error, ChainRuleError):
            raise
        fail("value", f"{path} cannot be read", notes=[_first_line(error)])


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0][:200]


def _exact(text: str) -> Fraction:
    """A decimal number exactly; its size is looked at before it is computed."""
    if len(text) > _LONGEST_NUMBER or not _NUMBER.fullmatch(text):
        fail("value", f"{text[:40]!r} is no number that can be read")
    value = Fraction(text.strip())
    if math.isinf(as_float(value)):
        fail("value", f"{text[:40]!r} is beyond the range of floats")
    return value


def _refused(word: str) -> Fraction:
    fail("value", f"{word} is no value")


def _json(path: Path, name: str | None) -> Tensor:
    text = path.read_text(encoding="utf-8-sig")
    return from_python(json.loads(text, parse_float=_exact, parse_int=_exact, parse_constant=_refused))


def _csv(path: Path, name: str | None) -> Tensor:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.reader(file) if any(cell.strip() for cell in row)]
    if rows and not any(_NUMBER.fullmatch(cell) for cell in rows[0]):
        rows = rows[1:]
    if not rows:
        fail("value", f"{path} has no numbers")
    width = len(rows[0])
    for count, row in enumerate(rows, 1):
        if len(row) != width:
            fail("value", f"row {count} of {path} has {len(row)} numbers, the first {width}")
    afford((len(rows), width))
    shape = (len(rows) * width,) if 1 in (len(rows), width) else (len(rows), width)
    return Tensor([_exact(cell) for row in rows for cell in row], shape)


def _npy(path: Path, name: str | None) -> Tensor:
    import numpy as np

    # Mapped, not read: its header tells the size before any memory is taken.
    return from_array(np.load(path, mmap_mode="r", allow_pickle=False))


def _npz(path: Path, name: str | None) -> Tensor:
    import zipfile

    import numpy as np

    try:
        with zipfile.ZipFile(path) as members:
            sizes = {item.filename.removesuffix(".npy"): item.file_size for item in members.infolist()}
    except zipfile.BadZipFile:
        fail("value", f"{path} is no .npz file")
    chosen = name if name in sizes else next(iter(sizes)) if len(sizes) == 1 else None
    if chosen is None:
        fail(
            "value",
            f"{path} holds several arrays, and none is called {name}",
            notes=["it has: " + ", ".join(sizes)],
        )
    if sizes[chosen] > 16 * MAX_ENTRIES + 4096:
        fail("budget", f"a value may have at most {MAX_ENTRIES} entries")
    with np.load(path, allow_pickle=False) as arrays:
        return from_array(arrays[chosen])


_READERS: Mapping[str, Callable[[Path, str | None], Tensor]] = MappingProxyType(
    {".json": _json, ".csv": _csv, ".npy": _npy, ".npz": _npz}
)
