"""Programs and modules that some tests need and not every machine has.

Without one of them a test is skipped, and the summary of the run says how many were left out and why.
On the project's own test machine (``CI=true``) a missing program is a failure: nothing is left out there.
"""

from __future__ import annotations

import importlib
import os
import re
import shutil
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from types import ModuleType

KATEX = "CHAINRULE_KATEX"
"""The environment variable with the ``node_modules`` folder that holds KaTeX."""

_MISSING = re.compile(r"(\S+) is not installed$")


def need(program: str) -> str:
    """The path of a program; of the ``node_modules`` folder when the program is ``katex``.

    Skips the test when there is none, and fails it under ``CI=true``.
    """
    __tracebackhide__ = True
    path = _katex() if program == "katex" else shutil.which(program)
    if path is not None:
        return path
    reason = f"{program} is not installed"
    if os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def need_module(name: str) -> ModuleType:
    """An optional module, imported; skips the test when it cannot be found, under ``CI=true`` too."""
    __tracebackhide__ = True
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name.partition(".")[0]:
            raise
        pytest.skip(f"{error.name} is not installed")


def left_out(reasons: Iterable[str]) -> list[str]:
    """One line for each missing program among the reasons of skipped tests."""
    missing = Counter(match[1] for reason in reasons if (match := _MISSING.search(reason)))
    return [
        f"left out: {count} test{'s' if count > 1 else ''} that need{'' if count > 1 else 's'} {name}"
        for name, count in sorted(missing.items())
    ]


def _katex() -> str | None:
    folder = os.environ.get(KATEX)
    usable = folder and (Path(folder) / "katex" / "package.json").is_file() and shutil.which("node")
    return folder if usable else None
