from __future__ import annotations

import re

import pytest

from chainrule.document import Document, Emphasis, Look, Math, Name, Paragraph, Value, Values, Words
from chainrule.formats.terminal import coloured, plain
from chainrule.formats.terminal.styled import Styled, cells, wrapped
from chainrule.terms import Symbol
from tests.formats.documents import every_block, example, grid

EXAMPLE = """\
y   = x + 2        x, y, z ∈ ℝ²ˣ²
z   = 3y²
out = mean(z)      scalar

x ─▶ y ─▶ z ─▶ out

factor                 because                         at x = ones(2, 2)
∂out/∂z_ij  = 1/4      mean of 4 entries               1/4
∂z_ij/∂y_ij = 6 y_ij   constant multiple, power rule   18
∂y_ij/∂x_ij = 1        sum rule                        1

∂out/∂x_ij = ∂out/∂z_ij · ∂z_ij/∂y_ij · ∂y_ij/∂x_ij
           = 1/4 · 6 y_ij · 1
           = 3/2 y_ij
           = 3/2 (x_ij + 2)

∂out/∂x = [[9/2, 9/2], [9/2, 9/2]]        out = 27
✓ every factor and the product agree with an independent check (largest difference 2e-11)
"""

NARROW = """\
y   = x + 2        x, y, z ∈ ℝ²ˣ²
z   = 3y²
out = mean(z)      scalar

x ─▶ y ─▶ z ─▶ out

∂out/∂z_ij = 1/4
    because: mean of 4 entries
    at x = ones(2, 2): 1/4
∂z_ij/∂y_ij = 6 y_ij
    because: constant multiple, power
      rule
    at x = ones(2, 2): 18
∂y_ij/∂x_ij = 1
    because: sum rule
    at x = ones(2, 2): 1

∂out/∂x_ij = ∂out/∂z_ij · ∂z_ij/∂y_ij ·
               ∂y_ij/∂x_ij
           = 1/4 · 6 y_ij · 1
           = 3/2 y_ij
           = 3/2 (x_ij + 2)

∂out/∂x = [[9/2, 9/2], [9/2, 9/2]]
out = 27
✓ every factor and the product agree
  with an independent check (largest
  difference 2e-11)
"""


def text(document: Document, **look: object) -> str:
    return "".join(plain.write(document, Look(**look)))


def test_the_running_example_looks_like_a_textbook() -> None:
    assert text(example(), width=100) == EXAMPLE


def test_little_room_stacks_the_table_and_breaks_after_operators() -> None:
    assert text(example(), width=40) == NARROW


@pytest.mark.parametrize("width", [40, 80, 200])
def test_lines_stay_within_the_width(width: int) -> None:
    widest = max(cells(line) for line in text(every_block(), width=width).splitlines())
    assert widest <= width


@pytest.mark.parametrize("document", [example(), every_block()], ids=["example", "every block"])
def test_ascii_looks_use_ascii_only(document: Document) -> None:
    assert text(document, width=80, ascii=True).isascii()


@pytest.mark.parametrize("width", [40, 80])
@pytest.mark.parametrize("document", [example(), every_block()], ids=["example", "every block"])
def test_the_terminal_says_the_same_in_colour(document: Document, width: int) -> None:
    coloured_text = "".join(coloured.write(document, Look(width=width, color=True)))
    assert "\x1b[" in coloured_text
    bare = re.sub(r"\x1b\[[0-9;]*m", "", coloured_text)
    assert [line.rstrip() for line in bare.splitlines()] == text(document, width=width).splitlines()


def test_without_colours_there_are_no_escape_sequences() -> None:
    assert "\x1b" not in "".join(coloured.write(every_block(), Look(width=80)))


def test_text_is_not_read_as_markup_and_cannot_drive_the_terminal() -> None:
    hostile = Document("", (Paragraph((Words("[red]\x1b[2J\x9b\u202e[/red]"), Emphasis("[b]"), Name("x"))),))
    for color in (True, False):
        shown = "".join(coloured.write(hostile, Look(color=color)))
        bare = re.sub(r"\x1b\[[0-9;]*m", "", shown)
        assert "[red]" in bare
        assert "[2J" not in bare.replace("\\x1b[2J", "")
        assert "\x9b" not in shown
        assert "\u202e" not in shown


def test_large_tensors_are_cut_and_say_how_much_is_missing() -> None:
    shown = text(every_block(), width=80)
    assert "(5 × 40; 155 entries not shown)" in shown
    assert "…" in shown


def test_a_number_beside_a_tensor_stands_on_the_same_line_only_where_it_fits() -> None:
    items = (
        Value((Math(Symbol("g")),), (grid((3,), ["1", "2", "3"]),)),
        Value((Math(Symbol("out")),), (Words("27"),)),
    )
    document = Document("", (Values(items),))
    assert text(document, width=80) == "g = [1, 2, 3]        out = 27\n"
    assert text(document, width=20) == "g = [1, 2, 3]\nout = 27\n"


@pytest.mark.parametrize(
    ("formula", "width", "lines"),
    [
        ("a + b", 10, ["a + b"]),
        ("a + b + c + d", 9, ["a + b +", "  c + d"]),
        ("f(a + b) + c", 11, ["f(a + b) +", "  c"]),
        ("(a + b · c) · d", 13, ["(a + b · c) ·", "  d"]),
        ("x = y", 4, ["x =", "  y"]),
        ("unbreakable", 4, ["unbreakable"]),
    ],
)
def test_formulas_are_broken_after_operators_and_outside_brackets(
    formula: str, width: int, lines: list[str]
) -> None:
    assert [line.text for line in wrapped(Styled.of(formula, "math"), width)] == lines


def test_a_long_formula_is_wrapped_in_linear_time() -> None:
    long = Styled.of(" + ".join(f"x_{k}" for k in range(20_000)), "math")
    assert len(wrapped(long, 80)) > 1000


@pytest.mark.parametrize(("word", "width"), [("x", 1), ("x̂", 1), ("ᵀ", 1), ("∂", 1), ("日本", 4), ("", 0)])
def test_cells_count_what_a_terminal_shows(word: str, width: int) -> None:
    assert cells(word) == width
