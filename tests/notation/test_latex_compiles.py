"""pdfLaTeX takes everything that the LaTeX printer writes."""

from __future__ import annotations

import subprocess

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chainrule.notation.latex import latex
from chainrule.notation.style import Style
from tests.notation import test_arithmetic, test_calls, test_indices, test_tensors
from tests.notation.random_terms import RANKS, terms
from tests.tools import need

TABLES = [*test_arithmetic.TABLE, *test_calls.TABLE, *test_indices.TABLE, *test_tensors.TABLE]

DOCUMENT = r"""
\documentclass{article}
\usepackage{amsmath}
\begin{document}
%s
\end{document}
"""


def compile_all(lines, folder):
    body = "\n".join(f"\\[ {line} \\]" for line in lines)
    source = (
        "\\documentclass{article}\n\\usepackage{amsmath}\n\\begin{document}\n" + body + "\n\\end{document}\n"
    )
    (folder / "terms.tex").write_text(source, encoding="ascii")
    command = [need("pdflatex"), "-interaction=nonstopmode", "-halt-on-error", "-draftmode", "terms.tex"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout[-1500:]


def test_the_tables(tmp_path):
    compile_all([row[-1] for row in TABLES], tmp_path)


@settings(max_examples=4, suppress_health_check=list(HealthCheck))
@given(some=st.lists(terms, min_size=40, max_size=80))
def test_random_terms(tmp_path_factory, some):
    compile_all([latex(term, Style(RANKS)) for term in some], tmp_path_factory.mktemp("tex"))
