"""The command line, run as its user does."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import chainrule as package

# What would change the look of the output from outside.
_UNWANTED = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "PYTHONIOENCODING")


def chainrule(
    *arguments: str,
    text: str | bytes | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> subprocess.CompletedProcess[str]:
    """``chainrule`` with these arguments and standard input; output and messages as text."""
    here = os.pathsep.join([str(Path(package.__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    surroundings = {name: value for name, value in os.environ.items() if name not in _UNWANTED}
    content = text.encode() if isinstance(text, str) else text
    done = subprocess.run(
        [sys.executable, "-m", "chainrule", *arguments],
        input=content,
        stdin=subprocess.DEVNULL if content is None else None,
        capture_output=True,
        env={**surroundings, "PYTHONPATH": here, "PYTHONIOENCODING": "utf-8", **(env or {})},
        cwd=cwd,
        check=False,
    )
    return subprocess.CompletedProcess(
        done.args, done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8")
    )
