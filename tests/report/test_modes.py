"""Both modes side by side and the products, as they are printed."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any
from unicodedata import normalize

import pytest

import chainrule as cr
from tests.report.test_textbook import block, shown
from tests.tools import need

BOTH = """\
Forward and reverse, side by side
─────────────────────────────────
A tangent is how a name moves when x moves by ẋ: read down. An adjoint is the
derivative of out_bar·out by a name: read up.

      tangent                adjoint              cost
x     ẋ                      x̄    = ȳ
y     ẏ       = ẋ            ȳ    = 6y ⊙ z̄        0
z     ż       = 6y ⊙ ẏ       z̄_ij = 1/4 out_bar   4
out   out_dot = 1/4 sum(ż)   out_bar              1

The numbers are those of the first of 4 forward sweeps: ẋ is 1 in its first
entry, and all else is 0.

      value   tangent             adjoint
x     1       [[1, 0], [0, 0]]    9/2
y     3       [[1, 0], [0, 0]]    9/2
z     27      [[18, 0], [0, 0]]   1/4
out   27      9/2                 1

          sweeps   multiplications
forward   4        4 · 5 = 20
reverse   1        5

Reverse is cheaper here: forward takes one sweep for each entry of x (4),
reverse one for each entry of out (1).

note: The cost of a rule is how often it multiplies a tangent or an adjoint by a
      local derivative in one sweep. It is the same in either mode: the rule is
      used as it stands, or transposed. Additions, factors 1 and −1, and making
      the local derivatives, which either mode does once, are not counted.

✓ forward and reverse accumulation agree with an independent check
✓ every factor and the product agree with an independent check (exactly)
"""

ALONG = """\
Forward, from the inputs on
───────────────────────────
A tangent is how a name moves when w moves by v.

    tangent
w   v
r   ṙ = X v
p   ṗ = (1 − p²) ⊙ ṙ

The Jacobian times the direction
────────────────────────────────
ṗ_i = (1 − p_i²) Σ_j X_ij v_j
    = (1 − tanh(Σ_j X_ij w_j)²) Σ_j X_ij v_j
ṗ   = (1 − p²) ⊙ (X v) = (1 − tanh(X w)²) ⊙ (X v)

ṗ ∈ ℝᵐ, the shape of p; v stands for any tensor.
"""

BACK = """\
In reverse, from the output back
────────────────────────────────
An adjoint is the derivative of Σ g·y by a name.

    adjoint
X   X̄ = g wᵀ
w   w̄ = Xᵀ g
y   g

Pulled back to X
────────────────
X̄_ij = w_j g_i
X̄    = g wᵀ

X̄ ∈ ℝᵐˣⁿ, the shape of X; g stands for any tensor.

Pulled back to w
────────────────
w̄_i = Σ_j X_ji g_j
w̄   = Xᵀ g

w̄ ∈ ℝⁿ, the shape of w.

✓ every factor and every product agree with an independent check (exactly)
"""


def from_heading(text: str, heading: str) -> str:
    """The text from the line ``heading`` on."""
    return text[text.index(heading) :]


def composed(text: str) -> str:
    """The text with letters and their dots in one character, as editors write them."""
    return normalize("NFC", text)


def test_both_modes_side_by_side() -> None:
    text = shown("y = x + 2; z = 3*y**2; out = mean(z)", at="x = ones(2, 2)", mode="both", width=80)
    assert composed(from_heading(text, "Forward and reverse")) == composed(BOTH)


def test_along_a_direction() -> None:
    text = shown("X : [m, n]; w : [n]; r = X@w; p = tanh(r)", tangent="w = v", width=80)
    assert composed(ALONG) in composed(text)


def test_pulled_back() -> None:
    text = shown("X : [m, n]; w : [n]; y = X@w", cotangent="g", width=80)
    assert composed(from_heading(text, "In reverse")) == composed(BACK)


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("x : [n]; y = sum(x**2)", "Reverse is cheaper here: "),
        ("x : [5]; y = x[:2]**2", "Reverse is cheaper here: "),
        ("c : [n]; c : constant; y = exp(t_0*c)", "Forward is cheaper here: "),
        ("x : [n]; y = x**2", "Both cost the same here: "),
        ("X : [m, n]; X : constant; w : [n]; y = X@w", "Which is cheaper depends on the lengths: "),
    ],
)
def test_which_mode_is_cheaper(program: str, words: str) -> None:
    assert words in shown(program, mode="both")


def test_what_an_operation_hides_is_not_counted() -> None:
    text = shown("A : [3, 3]; y = trace(matrix_exp(A))", mode="both", width=80)
    assert block(text, "forward   9") == "forward   9        ?\nreverse   1        ?"


def test_a_given_number_is_no_open_direction() -> None:
    assert "stands for" not in shown("y = x**2", tangent="x = 2")
    assert composed("ẋ = 2") in composed(shown("y = x**2", tangent="x = 2"))


def test_a_symbol_is_accented_too() -> None:
    made = cr.derive("y = x**2; out = sum(y)", mode="both")
    text = made.render("latex", symbols={"out": r"\mathcal{L}", "y": r"\psi"})
    assert r"\dot{\mathcal{L}}" in text
    assert r"\bar{\psi}" in text
    assert r"\dot{y}" not in text


def test_only_hides_the_table() -> None:
    text = shown("y = x + 2; z = 3*y**2", mode="both", only="dz/dy")
    assert "side by side" not in text


@pytest.mark.parametrize(
    "options",
    [
        {"mode": "both", "at": "X = [[1, 2, 3], [4, 5, 6]]; w = [1, 0, -1]"},
        {"tangent": "w = v", "cotangent": "g"},
        {"mode": "forward"},
    ],
    ids=["both", "products", "forward"],
)
def test_latex_compiles_without_an_overfull_line(options: dict[str, Any], tmp_path: Path) -> None:
    pdflatex = need("pdflatex")
    made = cr.derive("X : [m, n]; w : [n]; r = X@w; p = softmax(r); h = p*log(p)", **options)
    (tmp_path / "modes.tex").write_text(made.render("latex", standalone=True), encoding="utf-8")
    done = subprocess.run(
        [pdflatex, "-interaction=nonstopmode", "-halt-on-error", "modes.tex"],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:]
    assert "Overfull" not in done.stdout
