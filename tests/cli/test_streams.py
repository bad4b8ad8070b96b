from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from chainrule.cli.streams import write_file
from chainrule.diagnostics import ChainRuleError
from tests.cli.running import chainrule


@pytest.mark.parametrize(
    ("name", "beginning"), [("it.txt", "y = x²"), ("it.tex", "% needs"), ("it.json", "{"), ("it", "y = x²")]
)
def test_the_ending_chooses_the_format(name: str, beginning: str, tmp_path: Path) -> None:
    done = chainrule("derive", "y = x**2", "-o", str(tmp_path / name))
    assert done.returncode == 0
    assert done.stdout == ""
    assert (tmp_path / name).read_text(encoding="utf-8").startswith(beginning)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_an_existing_file_is_untouched_by_any_error(tmp_path: Path) -> None:
    path = tmp_path / "it.json"
    path.write_text("old", encoding="utf-8")
    done = chainrule("derive", "y = x +", "-o", str(path))
    assert done.returncode == 2
    assert path.read_text(encoding="utf-8") == "old"
    assert json.loads(done.stderr)["error"]["code"] == "syntax"


def test_a_failure_while_writing_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "it.txt"
    path.write_text("old", encoding="utf-8")

    def pieces() -> object:
        yield "new"
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write_file(str(path), pieces())
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_replaced_file_keeps_its_mode_and_a_link_its_target(tmp_path: Path) -> None:
    path = tmp_path / "it.txt"
    path.write_text("old", encoding="utf-8")
    path.chmod(0o600)
    link = tmp_path / "link.txt"
    link.symlink_to(path)
    write_file(str(link), ["new"])
    assert link.is_symlink()
    assert path.read_text(encoding="utf-8") == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_device_is_written_to_and_not_replaced() -> None:
    write_file("/dev/null", ["new"])
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


@pytest.mark.parametrize("place", ["missing/it.txt", "."])
def test_places_that_cannot_be_written_are_refused(place: str, tmp_path: Path) -> None:
    with pytest.raises(ChainRuleError, match="cannot write"):
        write_file(str(tmp_path / place), ["new"])


def test_a_closed_pipe_ends_quietly() -> None:
    program = "\n".join(["a0 = x"] + [f"a{k} = a{k - 1} + 1" for k in range(1, 400)])
    process = subprocess.Popen(
        [sys.executable, "-m", "chainrule", "derive", program, "--no-verify", "--format", "json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.close()
    _, messages = process.communicate()
    assert messages == b""
    assert process.returncode == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device")
def test_a_full_disk_is_said() -> None:
    with open("/dev/full", "wb") as full:  # noqa: PTH123  a device
        done = subprocess.run(
            [sys.executable, "-m", "chainrule", "derive", "y = x"],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr.startswith(b"error[usage]: cannot read or write")


@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX")
def test_an_interrupt_is_status_130() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "chainrule", "derive", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    time.sleep(1.0)
    process.send_signal(signal.SIGINT)
    output, messages = process.communicate()
    assert process.returncode == 130
    assert output == b""
    assert b"Traceback" not in messages
