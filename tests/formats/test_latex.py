from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from chainrule.document import Document, Look, Math, Paragraph, Row, Words
from chainrule.document import Equations as Block
from chainrule.formats.latex import displayed, write
from chainrule.formats.latex.breaking import broken
from chainrule.formats.latex.hand import escaped
from chainrule.formats.latex.measure import width
from chainrule.terms import Apply, Symbol, apply, integer
from tests.formats.documents import every_block, example
from tests.tools import need

_PLAIN = "\\documentclass{article}\n\\usepackage{amsmath,amssymb}\n\\begin{document}\n%s\\end{document}\n"


def latex(document: Document, **look: object) -> str:
    return "".join(write(document, Look(**look)))


def compiled(source: str, folder: Path) -> str:
    """What pdflatex says about a document."""
    pdflatex = need("pdflatex")
    (folder / "it.tex").write_text(source, encoding="utf-8")
    done = subprocess.run(
        [pdflatex, "-interaction=nonstopmode", "-halt-on-error", "it.tex"],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    return done.stdout


def long_document() -> Document:
    """A sum, a quotient, a root and nested brackets, each far too long for a line."""
    x = Symbol("x")
    powers = [apply("pow", x, integer(k)) for k in range(2, 40)]
    long_sum = Apply("add", tuple(powers))
    nested = apply("mul", integer(2), Apply("add", (apply("sin", long_sum), x)))
    terms = (long_sum, apply("div", long_sum, long_sum), apply("sqrt", long_sum), nested)
    long_name = Symbol("_".join(["a_rather_long_name"] * 3))
    rows = (*(Row((Math(x),), (Math(term),)) for term in terms), Row((Math(long_name),), (Math(long_name),)))
    return Document("long", (Block(rows),))


@pytest.mark.parametrize("standalone", [True, False], ids=["standalone", "fragment"])
@pytest.mark.parametrize(
    "document", [example(), every_block(), long_document()], ids=["example", "every", "long"]
)
def test_it_compiles_without_an_overfull_line(document: Document, standalone: bool, tmp_path: Path) -> None:
    source = latex(document, standalone=standalone)
    said = compiled(source if standalone else _PLAIN % source, tmp_path)
    assert "Overfull" not in said


def test_a_fragment_has_no_preamble() -> None:
    assert "documentclass" not in latex(example())
    assert latex(example(), standalone=True).startswith("\\documentclass")


def test_nothing_is_used_that_some_renderer_lacks() -> None:
    for document in (example(), every_block()):
        source = latex(document, standalone=True)
        assert "\\operatorname" not in source
        assert "eqnarray" not in source
        assert "multline" not in source


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("50%", r"50\%"),
        (r"\input{/etc/passwd}", r"\textbackslash{}input\{/etc/passwd\}"),
        ("a_b^c~d", r"a\_\allowbreak{}b\textasciicircum{}c\textasciitilde{}d"),
        ("x ≥ 0", r"x $\ge$ 0"),
        ("日", r"\texttt{U+65E5}"),
        ("\x1b\n", "\\texttt{U+001B} "),
    ],
)
def test_prose_is_escaped(text: str, safe: str) -> None:
    assert escaped(text) == safe


def test_hostile_prose_compiles(tmp_path: Path) -> None:
    every_sign = "".join(map(chr, [*range(32, 127), 0xE9, 0x3B1, 0x1F600, 0x2202]))
    document = Document(every_sign, (Paragraph((Words(every_sign),)),))
    compiled(latex(document, standalone=True), tmp_path)


def test_symbols_replace_names() -> None:
    assert r"\mathcal{O}" in latex(example(), symbols={"out": r"\mathcal{O}"})


def test_notebooks_get_displays_of_mathematics_only() -> None:
    shown = displayed(example())
    assert shown.startswith("$$\n\\begin{aligned}")
    assert "tabular" not in shown
    assert shown.count("$$") % 2 == 0


@pytest.mark.parametrize(
    "tex",
    [
        "a + b + c + d + e + f",
        r"\left(a + b + c\right) \cdot \left(d + e + f\right)",
        r"\frac{a + b + c + d + e}{f + g + h + i + j + k}",
        r"\sqrt{a + b + c + d + e + f + g}",
        r"f(a, b, c) = g(d, e, f)",
    ],
)
def test_broken_lines_fit_and_keep_every_letter(tex: str) -> None:
    lines = broken(tex, 60.0)
    assert len(lines) > 1
    assert all(width(line) <= 60.0 for line in lines)
    assert all(line.count(r"\left") == line.count(r"\right") for line in lines)
    assert _letters(" ".join(lines)) == _letters(tex)


def _letters(tex: str) -> list[str]:
    return re.findall("[a-z]", re.sub(r"\\[A-Za-z]+", "", tex))
