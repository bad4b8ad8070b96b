"""What the README shows is true: its commands run, its jq examples answer, its Python runs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.samples.outputs import ROOT
from tests.tools import need

README = (ROOT / "README.md").read_text(encoding="utf-8")
SHELL = [
    line
    for block in re.findall(r"```sh\n(.*?)```", README, flags=re.DOTALL)
    for line in block.splitlines()
    if line.startswith("chainrule ")
]
WITH_JQ = [line for line in SHELL if "| jq" in line]
PLAIN = [line for line in SHELL if "| jq" not in line]


def run(command: str, tmp_path: Path) -> str:
    """A shell command with ``chainrule`` standing for this very Python's."""
    script = tmp_path / "chainrule"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m chainrule "$@"\n', encoding="utf-8")
    script.chmod(0o755)
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command}"],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        env={
            **os.environ,
            "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}",
            "PYTHONIOENCODING": "utf-8",
        },
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_there_are_examples_of_both_kinds() -> None:
    assert len(PLAIN) >= 3
    assert len(WITH_JQ) >= 3


@pytest.mark.parametrize("command", PLAIN)
def test_a_command_runs(command: str, tmp_path: Path) -> None:
    command = command.replace("network.tex", str(tmp_path / "network.tex"))
    assert run(command, tmp_path) or (tmp_path / "network.tex").read_text(encoding="utf-8")


@pytest.mark.parametrize("command", WITH_JQ)
def test_a_jq_example_answers(command: str, tmp_path: Path) -> None:
    need("jq")
    answer = run(command, tmp_path)
    assert answer.strip() not in ("", "null")


def test_the_first_command_gives_the_promised_numbers(tmp_path: Path) -> None:
    line = next(line for line in README.splitlines() if line.startswith("pip install -e . && "))
    answer = run(line.removeprefix("pip install -e . && "), tmp_path)
    assert "[[9/2, 9/2], [9/2, 9/2]]" in answer
    assert "out = 27" in answer


def test_the_python_example_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (block,) = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    exec(compile(block, "README.md", "exec"), {})
    assert "3/2*(x + 2)" in capsys.readouterr().out
