"""The textbook layouts: lines of Jacobian matrices that are proved, shapes, and what is said of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from chainrule.derivation.data import Derivation, Gradient, Options
from chainrule.derivation.derive import derive
from chainrule.notation.text import text
from chainrule.source import Source

X = "x = [1/2, -1, 2]"
# A program, its values, and by what it is differentiated.
PROGRAMS = [
    (
        "A : [2, 3]; y = A @ x; z = tanh(y); out = c @ z",
        f"A = [[1, 2, -1], [1/4, 1, 1/2]]; {X}; c = [3, 5]",
        "x",
    ),
    ("A : [2, 3]; y = A @ x; z = tanh(y) + y", f"A = [[1, 2, -1], [1/4, 1, 1/2]]; {X}", "x"),
    ("s = sum(x**2); y = s*b; out = sum(y**2) + s", f"{X}; b = [3, 5]", "x"),
    ("s = sum(x**2); y = s*b", f"{X}; b = [3, 5]", "x"),
    ("y = 2*x; s = sum(y**2); r = sqrt(s); u = r*b; v = exp(u/9)", f"{X}; b = [1/3, 1/5]", "x"),
    ("s = a**2; y = s*b; w = sin(y)", "a = 3; b = [1/3, 1/5]", "a"),
    ("s = a**2; r = sin(s)", "a = 3", "a"),
    ("B : [3, 2]; y = x @ B; out = sum(y**3)", f"B = [[1, 2], [-1, 1/4], [1, 1/2]]; {X}", "x"),
    ("out = norm(x)", X, "x"),
    ("A : [2, 3]; out = sum((A @ x)**2)", f"A = [[1, 2, -1], [1/4, 1, 1/2]]; {X}", "x"),
    ("A : [3, 3]; out = mean((A @ x - x)**3)", f"A = [[1, 2, -1], [1/4, 1, 1/2], [2, 0, 1]]; {X}", "x"),
]


def derived(program: str, values: str, wrt: str, layout: str) -> Derivation:
    return derive(Source(program), Options(wrt=(wrt,), layout=layout), at=[Source(values, "--at")])


def gradient(program: str, values: str, wrt: str, layout: str) -> Gradient:
    made = derived(program, values, wrt, layout)
    assert made.verified
    return made.gradients[0]


def numbers(part: Gradient) -> Any:
    assert part.value is not None
    return np.array(part.value.nested(), dtype=float)


LISTED = [
    ("g = stack([t**2, 3*t]); y = stack([log(g[0]), sin(g[1])])", "t = 2", "t"),
    ("y = stack([x[0], x[1]*x[0], x[2]**2]); out = sum(y**3)", X, "x"),
    ("y = stack([x[0]*x[2], x[1]]); z = stack([y[1]**2, sin(y[0]), y[0]*y[1]])", X, "x"),
]
CASES = [
    *((*case, layout) for case in PROGRAMS for layout in ("numerator", "denominator")),
    *((*case, layout) for case in LISTED for layout in ("gradient", "numerator", "denominator")),
]


@pytest.mark.parametrize(
    ("program", "values", "wrt", "layout"), CASES, ids=[f"{case[0]} {case[-1]}" for case in CASES]
)
def test_every_line_is_the_derivative(program: str, values: str, wrt: str, layout: str) -> None:
    """Pasted back and evaluated, a line has the entries of the derivative, in their order."""
    part = gradient(program, values, wrt, layout)
    wanted = numbers(part)
    lines = [line for line in part.layout_lines if "/d" not in text(line.term)]
    assert lines
    for line in lines:
        pasted = derive(
            Source(f"{program}; pasted = {text(line.term)}"), Options(verify=False), at=[Source(values)]
        )
        found = np.array(pasted.value.nested() if pasted.value else None, dtype=float)
        assert found.size == wanted.size
        if min(wanted.shape, default=1) > 1:
            assert found.shape == wanted.shape
        assert np.allclose(found.ravel(), wanted.ravel(), rtol=1e-12), text(line.term)


@pytest.mark.parametrize(("program", "values", "wrt"), PROGRAMS, ids=[p for p, _, _ in PROGRAMS])
def test_the_layouts_are_transposes_of_one_another(program: str, values: str, wrt: str) -> None:
    """Their values, and the order of the factors in their chains."""
    numerator, denominator = (
        gradient(program, values, wrt, layout) for layout in ("numerator", "denominator")
    )
    made = derived(program, values, wrt, "numerator")
    assert made.value is not None
    rows = made.value.shape[0] if made.value.shape else 1
    columns = numbers(numerator).size // rows
    # A vector is a column: what has no axis of rows or of columns is one entry wide there.
    left = numbers(numerator).reshape(rows, columns)
    right = numbers(denominator).reshape(columns, rows)
    assert np.allclose(left, right.T, rtol=1e-12)
    orders = []
    for part in (numerator, denominator):
        products = text(part.layout_lines[0].term).split(" + ")
        orders.append([product.split("*") for product in products if "/d" in product])
    assert orders[0] == [product[::-1] for product in orders[1]]


@pytest.mark.parametrize("layout", ["numerator", "denominator"])
def test_matrices_are_turned(layout: str) -> None:
    part = gradient("X : [2, 3]; out = sum(X**2)", "X = [[1, 2, 3], [4, 5, 6]]", "X", layout)
    wanted = np.array([[2, 4, 6], [8, 10, 12]])
    assert np.array_equal(numbers(part), wanted.T if layout == "numerator" else wanted)


NOTES = [
    (PROGRAMS[0], "numerator", "dout/dx is a row, 1×3, the transpose of the gradient layout's"),
    (PROGRAMS[0], "denominator", "dout/dx is a column, 3×1, as in the gradient layout"),
    (
        PROGRAMS[1],
        "numerator",
        "dz/dx has the rows of z and the columns of x, 2×3, as in the gradient layout",
    ),
    (PROGRAMS[1], "denominator", "dz/dx has the rows of x and the columns of z, 3×2, the transpose of"),
    (PROGRAMS[1], "denominator", "so the product runs from the input to the output"),
    (PROGRAMS[5], "denominator", "dw/da is a row, 1×2, the transpose of the gradient layout's"),
    (PROGRAMS[6], "numerator", "dr/da is a number, the same in every layout"),
    (
        ("X : [2, 2]; Y = X**2", "X = [[1, 2], [3, 4]]", "X"),
        "numerator",
        "dY/dX has 4 axes, for which it has no place",
    ),
    (
        ("A : [2, 3]; y = A @ x; out = sum(y)", f"A = [[1, 2, 3], [4, 5, 6]]; {X}", "A"),
        "numerator",
        "more than two axes",
    ),
]


@pytest.mark.parametrize(
    ("given", "layout", "told"), NOTES, ids=[f"{g[0]} {layout}" for g, layout, _ in NOTES]
)
def test_the_note_says_how_the_layout_differs(given: tuple[str, str, str], layout: str, told: str) -> None:
    note = gradient(*given, layout).layout_note
    assert note.startswith(f"{layout} layout: ")
    assert told in note


def test_the_gradient_layout_has_nothing_to_add() -> None:
    part = gradient(*PROGRAMS[0], "gradient")
    assert (part.layout_lines, part.layout_note) == ((), "")


ROWS = [
    ("X : [2, 3]; w : [3]; r = X @ w; loss = sum(r**2)", "w", "(2*r).T@X"),
    ("X : [2, 3]; w : [3]; loss = sum((X @ w)**2)", "w", "(2*X.T@X@w).T"),
    ("x : [3]; s = sum(x**2); out = s**2", "x", "(2*s)*(2*x).T"),
]


@pytest.mark.parametrize(("program", "wrt", "row"), ROWS, ids=[program for program, _, _ in ROWS])
def test_a_row_is_marked_as_one(program: str, wrt: str, row: str) -> None:
    """NumPy does not mind whether a vector is a row; a reader does."""
    (part,) = derive(Source(program), Options(wrt=(wrt,), layout="numerator", verify=False)).gradients
    assert row in [text(line.term) for line in part.layout_lines]
