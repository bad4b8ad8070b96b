"""Names taken apart, and fresh letters for indices."""

from __future__ import annotations

from itertools import islice

import pytest

from chainrule.notation.latex import latex
from chainrule.notation.names import Name, index_letters, take_apart
from chainrule.notation.style import Style
from chainrule.notation.unicode import pretty
from chainrule.terms import Entry, Index, Symbol


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("x", Name("x")),
        ("loss", Name("loss")),
        ("loss_total", Name("loss_total")),
        ("theta", Name("theta")),
        ("w_1", Name("w", "", ("1",))),
        ("w1", Name("w", "", ("1",))),
        ("theta_1", Name("theta", "", ("1",))),
        ("theta1", Name("theta", "", ("1",))),
        ("x_hat", Name("x", "hat")),
        ("x_hat_1", Name("x", "hat", ("1",))),
        ("x_1_hat", Name("x", "hat", ("1",))),
        ("x_max", Name("x", "", ("max",))),
        ("layer_1", Name("layer", "", ("1",))),
        ("layer1", Name("layer1")),
        ("loss_hat", Name("loss", "hat")),
        ("hat", Name("hat")),
        ("x_hat_bar", Name("x_hat_bar")),
        ("x_", Name("x_")),
        ("x__1", Name("x__1")),
    ],
)
def test_names_are_taken_apart(name, parts):
    assert take_apart(name) == parts


def test_two_names_of_a_program_never_look_the_same():
    style = Style({"x1": 0, "x_1": 0})
    assert pretty(Symbol("x1"), style) == "x1"
    assert pretty(Symbol("x_1"), style) == "x₁"
    assert latex(Symbol("x1"), style) == r"\mathrm{x1}"
    assert latex(Symbol("x_1"), style) == "x_{1}"


def test_symbols_replace_names_in_latex():
    style = Style(symbols={"loss": r"\mathcal{L}", "w": "w^{*}"})
    assert latex(Symbol("loss"), style) == r"\mathcal{L}"
    assert latex(Entry(Symbol("w"), (Index("i"),)), style) == "{w^{*}}_{i}"


def test_everything_in_a_name_is_escaped():
    assert latex(Symbol("ab_$b{c}#%&~^\\é")) == r"\mathrm{ab\_\$b\{c\}\#\%\&\sim{}\wedge{}\backslash{}?}"


def test_index_letters_avoid_what_is_taken():
    assert list(islice(index_letters(), 3)) == ["i", "j", "k"]
    assert list(islice(index_letters({"i", "k"}), 2)) == ["j", "l"]
    assert len(set(islice(index_letters(), 40))) == 40
