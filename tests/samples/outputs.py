"""The samples and how each of their expected outputs is made."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import redirect_stdout
from pathlib import Path

from chainrule.cli import run as chainrule

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = sorted((ROOT / "samples").glob("*.chain"))
EXPECTED = ROOT / "tests" / "goldens"

OPTIONS: Mapping[str, tuple[str, ...]] = {
    "txt": ("--format", "terminal", "--pretty", "--color", "never", "--width", "80"),
    "tex": ("--format", "latex", "--standalone"),
    "json": ("--format", "json"),
}


def run(*arguments: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
    """chainrule, run as its user does."""
    return subprocess.run(
        [sys.executable, "-m", "chainrule", *arguments],
        input=text,
        capture_output=True,
        encoding="utf-8",
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        check=False,
    )


def printed(*arguments: str) -> tuple[int, str]:
    """What chainrule prints, and its exit status, run within this process."""
    with redirect_stdout(io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="")) as out:
        status = chainrule(list(arguments))
        out.seek(0)
        return status, out.read()


def output(sample: Path, ending: str) -> str:
    """What chainrule prints about a sample in one format."""
    done = run("derive", "-f", str(sample.relative_to(ROOT)), *OPTIONS[ending])
    assert done.returncode == 0, done.stderr
    if ending != "json":
        return done.stdout
    return json.dumps(json.loads(done.stdout), indent=1, ensure_ascii=False) + "\n"


def expected(sample: Path, ending: str) -> Path:
    """The file with the expected output."""
    return EXPECTED / f"{sample.stem}.{ending}"
