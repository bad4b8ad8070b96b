"""The samples' LaTeX goes through the real pdflatex, and every formula through the real KaTeX."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.samples.outputs import SAMPLES, expected
from tests.tools import need

_KATEX = """
const katex = require("katex");
const formulas = JSON.parse(require("fs").readFileSync(0, "utf8"));
for (const formula of formulas) katex.renderToString(formula, {throwOnError: true, strict: "error"});
console.log(formulas.length);
"""


def formulas(part: Any) -> Iterator[str]:
    """Every ``latex`` string of a JSON answer."""
    if isinstance(part, dict):
        for key, value in part.items():
            if key == "latex" and isinstance(value, str):
                yield value
            else:
                yield from formulas(value)
    elif isinstance(part, list):
        for value in part:
            yield from formulas(value)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_standalone_latex_compiles_without_an_overfull_line(sample: Path, tmp_path: Path) -> None:
    pdflatex = need("pdflatex")
    source = tmp_path / "derivation.tex"
    source.write_text(expected(sample, "tex").read_text(encoding="utf-8"), encoding="utf-8")
    done = subprocess.run(
        [pdflatex, "-interaction=nonstopmode", "-halt-on-error", source.name],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:]
    assert (tmp_path / "derivation.pdf").exists()
    assert "Overfull" not in done.stdout


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_every_formula_is_typeset_by_katex(sample: Path, tmp_path: Path) -> None:
    modules = need("katex")
    node = need("node")
    found = list(formulas(json.loads(expected(sample, "json").read_text(encoding="utf-8"))))
    assert found
    script = tmp_path / "typeset.cjs"
    script.write_text(_KATEX, encoding="utf-8")
    done = subprocess.run(
        [node, str(script)],
        input=json.dumps(found),
        capture_output=True,
        encoding="utf-8",
        env={"NODE_PATH": str(modules), "PATH": str(Path(node).parent)},
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.strip() == str(len(found))
