"""The pages whose looks were read and approved; ``python -m tests.pages.expected`` writes them anew."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.samples.outputs import run

EXPECTED = Path(__file__).parent / "goldens"

_TEXT = ("--format", "terminal", "--pretty", "--color", "never", "--width", "80")

GOLDENS: Mapping[str, tuple[str, ...]] = {
    "rules.txt": _TEXT,
    "product.txt": ("product", *_TEXT),
    "relu.txt": ("relu", *_TEXT),
    "relu_ascii.txt": ("relu", "--ascii", "--no-example", "--width", "60", "--format", "text"),
    "softmax.txt": ("softmax", *_TEXT),
    "matmul.tex": ("matmul", "--format", "latex", "--standalone"),
}
"""What is asked for, by the file that holds the answer."""


def output(name: str) -> str:
    """What chainrule prints for one of the goldens."""
    done = run("explain", *GOLDENS[name])
    assert done.returncode == 0, done.stderr
    # Of the table of contents the rules: operations are added every day.
    return done.stdout.partition("Functions of numbers\n")[0] if name == "rules.txt" else done.stdout


def main() -> None:
    """Replace every golden file."""
    EXPECTED.mkdir(exist_ok=True)
    for old in EXPECTED.iterdir():
        old.unlink()
    for name in GOLDENS:
        (EXPECTED / name).write_text(output(name), encoding="utf-8")


if __name__ == "__main__":
    main()
