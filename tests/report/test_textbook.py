"""The examples of the design, as they are printed: what a good derivation looks like."""

from __future__ import annotations

import re
from typing import Any

import pytest

import chainrule as cr


def shown(program: str, width: int = 100, **options: Any) -> str:
    looks = {name: options.pop(name) for name in ("notation", "only", "digits") if name in options}
    return cr.derive(program, **options).render("text", width=width, **looks)


def block(text: str, first: str) -> str:
    """The lines from the one that begins with ``first`` to the next empty one."""
    lines = text.splitlines()
    start = next(k for k, line in enumerate(lines) if line.startswith(first))
    stop = next((k for k in range(start, len(lines)) if not lines[k]), len(lines))
    return "\n".join(lines[start:stop])


TWO_BY_TWO = """\
y   = x + 2        x, y, z ∈ ℝ²ˣ²
z   = 3y²
out = mean(z)      scalar

x ─▶ y ─▶ z ─▶ out

factor                 because                         at x = ones(2, 2)
∂out/∂z_ij  = 1/4      mean of 4 entries               1/4
∂z_ij/∂y_ij = 6 y_ij   constant multiple, power rule   18
∂y_ij/∂x_ij = 1        sum rule                        1

All other entries are zero: of y, z_ij uses only y_ij; of x, y_ij uses only x_ij.

∂out/∂x_ij = ∂out/∂z_ij · ∂z_ij/∂y_ij · ∂y_ij/∂x_ij
           = 1/4 · 6 y_ij · 1
           = 3/2 y_ij
           = 3/2 (x_ij + 2)

∂out/∂x ∈ ℝ²ˣ², the shape of x (gradient layout)
∂out/∂x = [[9/2, 9/2], [9/2, 9/2]]        out = 27
✓ every factor and the product agree with an independent check (exactly)
"""


def test_the_running_example() -> None:
    assert shown("y = x + 2; z = 3*y**2; out = mean(z)", at="x = ones(2, 2)") == TWO_BY_TWO


def test_several_paths_and_what_each_contributes() -> None:
    text = shown("y = sin(x); z = y**2 + x*y")
    assert block(text, "x reaches z") == (
        "x reaches z along 2 paths, and the contributions add:\n"
        "  x ─▶ y ─▶ z     ∂z/∂y · dy/dx = (2y + x) · cos(x)\n"
        "  x ─▶ z          ∂z/∂x         = y"
    )
    assert block(text, "dz/dx = (") == ("dz/dx = (2y + x) cos(x) + y\n      = (2 sin(x) + x) cos(x) + sin(x)")


def test_least_squares_in_matrix_notation() -> None:
    text = shown("X : [n, d]; w : [d]; t : [n]; r = X@w - t; loss = mean(r**2)", wrt="w")
    assert "∂loss/∂r_i = (2/n) r_i" in text
    assert "∂r_i/∂w_j  = X_ij" in text
    assert "Xᵀ ∂loss/∂r" in text
    assert "∂loss/∂w_j = Σ_i ∂loss/∂r_i · ∂r_i/∂w_j" in text
    assert "           = Σ_i (2/n) r_i · X_ij" in text
    assert "∇_w loss   = (2/n) Xᵀ r = (2/n) Xᵀ(X w − t)" in text


def test_abstract_functions_print_the_chain_rule_itself() -> None:
    text = shown("f : function; g : function; u = g(x); w = f(u)")
    assert block(text, "dw/dx = dw/du") == (
        "dw/dx = dw/du · du/dx\n      = f′(u) · g′(x)\n      = f′(g(x)) g′(x)"
    )


def test_layout_and_shape_are_always_said() -> None:
    assert "dy/dx is a number, as y and x are." in shown("y = x**2")
    assert "∂y/∂x ∈ ℝ³ˣ³: the shape of y, then the shape of x (gradient layout)" in shown(
        "x : [3]; y = tanh(x)"
    )
    text = shown("x : [2, 3]; y = sum(x**2)", layout="numerator")
    assert "∂y/∂x ∈ ℝ³ˣ² (numerator layout)" in text


def test_a_generic_shape_is_said() -> None:
    assert "note: x is taken as a vector of length n, since no shape is given" in shown("y = mean(x**2)")


def test_a_kink_is_told_in_a_sentence() -> None:
    text = shown("y = relu(x); out = sum(y)", at="x = [-1, 0, 2]")
    assert "not differentiable there" in text
    assert "[0, 1]" in text
    assert "torch" in text


def test_an_undefined_gradient_is_told_and_not_hidden() -> None:
    text = shown("y = log(x)", at="x = -1")
    assert "dy/dx = undefined" in text
    assert "log(-1)" in text


def test_an_input_that_is_not_used_gets_zero_and_the_reason() -> None:
    text = shown("y = x*2; z = q*3", wrt="x")
    assert "z does not depend on x, so the gradient is zero." in text
    assert "∂z/∂x = 0" in text


def test_a_symmetric_input_says_what_its_gradient_means() -> None:
    text = shown("S : [n, n], symmetric; B : [n, n]; q = trace(B@S)", wrt="S")
    assert "∂q/∂S_ij = (G_ij + G_ji)/2" in text
    assert "G + Gᵀ − diag G" in text


def test_the_gradient_with_independent_entries_has_a_letter_of_its_own() -> None:
    text = shown("G : [3, 3] symmetric; B : [3, 3] constant; f = trace(B@G)", detail="rules")
    assert "H  = Bᵀ" in text
    assert "(H + Hᵀ)/2" in text
    assert "G  = Bᵀ" in shown("S : [3, 3] symmetric; B : [3, 3] constant; f = trace(B@S)", detail="rules")


def test_assumptions_are_said() -> None:
    text = shown("a : positive; t : [n], constant; y = a*sum(t)")
    assert (
        "Here t is held constant; a is positive." in text or "Here a is positive; t is held constant." in text
    )


def test_rules_show_every_step_with_its_reason() -> None:
    text = shown("y = 3*x**2", detail="rules")
    assert "dy/dx, rule by rule:" in text
    assert "dy/dx = d/dx (3x²)\n" in text
    assert "      = 3 · 2x      constant multiple, power\n      = 6x          multiply\n" in text


def test_rules_of_a_reduction_are_said_entry_by_entry() -> None:
    text = shown("y = mean(x)", shapes={"x": (4,)}, detail="rules")
    assert "= 1/4      constant multiple, linear sum" in block(text, "∂y/∂x, rule by rule:")
    assert "∂/∂x mean(x) = ∂/∂x mean(x)" not in text


def test_a_hint_shows_the_first_lines_and_what_to_try_next() -> None:
    program = "u = sin(x**2)*exp(x); y = u/3"
    made = cr.derive(program, detail="rules", verify=False)
    found = [made.render("text", hint=count) for count in (0, 2, 99)]
    assert found[0].rstrip().endswith("Try next: constant multiple on d/du (u/3).")
    assert "(d/dx sin(x²)) · exp(x) + sin(x²) · d/dx exp(x)      product rule" in found[1]
    assert "Try next: chain rule, then sin on d/dx sin(x²): the sine climbs" in " ".join(found[1].split())
    assert "cos(x²)" not in found[1]
    assert "Try next: multiply them along the path: dy/dx = dy/du · du/dx" in " ".join(found[2].split())


def test_conditions_stand_on_lines_and_what_no_line_says_stands_above() -> None:
    made = cr.derive("y = log(x)/sqrt(x - 1)", detail="rules", verify=False)
    lines = made.render("text").splitlines()
    assert "dy/dx, rule by rule:" in lines
    assert [line.split("; ")[-1] for line in lines if "; for" in line] == ["for x − 1 > 0", "for x > 0"]
    hint = " ".join(made.render("text", hint=0).split())
    assert "Try next: quotient rule on d/dx (log(x)/√(x − 1)), where x − 1 > 0: it is" in hint
    assert r"quotient rule; for $x - 1 > 0$" in made.render("latex")
    plain = shown("y = log(x)/sqrt(x - 1)")
    assert "difference rule; for x − 1 > 0 and x > 0" in " ".join(plain.split())


def test_second_derivatives_are_worked_out_by_rules() -> None:
    text = shown("y = x**3", detail="rules", order=2)
    assert "d²y/dx² = d/dx (3x²)\n        = 3 · 2x      constant multiple, power\n" in text


def test_a_summary_has_results_only() -> None:
    text = shown("y = sin(x); z = y**2", detail="summary")
    assert "because" not in text
    assert "dz/dx = 2 sin(x) cos(x)" in text


@pytest.mark.parametrize(
    ("notation", "present", "absent"),
    [
        ("index", "∂L/∂x_j", "∇_x"),
        ("matrix", "∇_x L", "∂L/∂x_0"),
        ("component", "∂L/∂x_0 = ", "∇_x"),
        ("all", "∂L/∂x_0 = ", None),
    ],
)
def test_notations(notation: str, present: str, absent: str | None) -> None:
    text = shown("A : [2, 2]; x : [2]; y = A@x; L = sum(y**2)", wrt="x", notation=notation)
    assert present in text
    assert absent is None or absent not in text


def test_components_of_symbolic_lengths_are_refused_in_words() -> None:
    assert "needs lengths that are numbers" in shown("x : [n]; y = sum(x**2)", notation="component")


def test_components_of_a_diagonal_jacobian_agree_in_their_indices() -> None:
    text = shown("x : [2]; y = x**2", notation="component")
    assert "∂y_0/∂x_0 = 2 x_0" in text
    assert "∂y_0/∂x_1" not in text
    assert "All entries whose indices do not agree like this are zero." in text


def test_only_shows_nothing_else() -> None:
    text = shown("y = x + 2; z = 3*y**2; out = mean(z)", only="dz/dy", shapes={"x": (2, 2)})
    assert "∂z_ij/∂y_ij = 6 y_ij" in text
    assert "∂out" not in text
    assert "x + 2" not in text


@pytest.mark.parametrize("spelling", ["dz/dy", "∂z/∂y", "z/y", "dz / dy"])
def test_only_takes_every_spelling(spelling: str) -> None:
    assert "dz/dy = 2y" in shown("y = x + 2; z = y**2", only=spelling)


@pytest.mark.parametrize("spelling", ["d2y/dx2", "d²y/dx²", "d2y/dxdx", "y/x/x"])
def test_only_takes_second_derivatives(spelling: str) -> None:
    text = shown("y = x**3", order=2, only=spelling)
    assert "d²y/dx² = 6x" in text
    assert "3x²" not in text


def test_only_refuses_what_was_not_derived() -> None:
    with pytest.raises(cr.ChainRuleError) as caught:
        shown("y = x + 2; z = y**2", only="dz/dq")
    assert caught.value.diagnostic.code == "usage"
    assert "dz/dy" in caught.value.diagnostic.notes[0]


def test_numbers_are_exact_where_that_is_short_and_rounded_otherwise() -> None:
    assert "dy/dx = 1/3 ≈ 0.333333" in shown("y = x/3", at="x = 1")
    assert "y = 9/4 = 2.25" in shown("y = x**2", at="x = 3/2")
    assert "dy/dx = 0.333        y = 0.333\n" in shown("y = x/3", at="x = 1", exact=False, digits=3)
    assert "y = √2" in shown("y = sqrt(x)", at="x = 2", exact=True)


def test_a_large_gradient_is_cut_and_says_so() -> None:
    text = shown("x : [100, 100]; y = sum(x**2)", at="x = ones(100, 100)", width=80)
    assert "entries not shown" in text
    assert len(text.splitlines()) < 60


def test_long_programs_stay_short_of_breath() -> None:
    program = "\n".join(["a0 = x"] + [f"a{k} = sin(a{k - 1})" for k in range(1, 60)])
    text = shown(program, verify=False)
    assert "more)" in text
    assert "From the output back, name by name" in text or "∂" in text


LEAST_SQUARES = "X : [n, d]; w : [d]; b : [n]; r = X@w - b; loss = mean(r**2)"
CONVOLUTION = "X : [2, 3, 8, 9]; W : [4, 3, 3, 2]; Y = conv2d(X, W, stride=2, padding=1); L = sum(Y**2)"


@pytest.mark.parametrize(
    ("program", "width"), [*((LEAST_SQUARES, w) for w in (40, 80, 200)), (CONVOLUTION, 80)]
)
def test_reports_fit_their_width(program: str, width: int) -> None:
    text = shown(program, width=width, detail="rules", verify=False)
    assert max(map(len, text.splitlines())) <= width


def test_index_letters_are_not_names_of_tensors() -> None:
    text = shown("q : [n, d]; k : [m, d]; p : [m]; y = q@k.T; z = y@p; o = sum(z**2)", verify=False)
    letters = set(re.findall(r"Σ_([a-z]+)", text))
    assert letters
    assert not letters & set("qkp")


def test_what_has_no_matrix_form_says_so() -> None:
    assert "with four axes it is no matrix, so it stands in index notation" in shown(
        "X : [m, n]; W : [n, p]; Y = X@W", wrt=["W"], width=200
    )
    assert "index notation" not in shown("x : [n]; A : [n, n]; f = x @ A @ x", wrt=["x"])


JACOBIAN = """\
∂y/∂x, rule by rule:
∂y/∂x = [[∂/∂x_0 (x_0² x_1), ∂/∂x_1 (x_0² x_1)], [∂/∂x_0 sin(x_1), ∂/∂x_1 sin(x_1)],
          [∂x_0/∂x_0, ∂x_0/∂x_1]]
      = [[2 x_0 x_1, x_0²], [0, cos(x_1)], [1, 0]]      constant multiple, power, sin"""
PRODUCT = """\
∇_x f = (∂y/∂x)ᵀ · ∂f/∂y
      = [[2 x_0 x_1, 0, 1], [x_0², cos(x_1), 0]] [y_1, y_0, 1]
      = [2 y_1 x_0 x_1 + 1, y_1 x_0² + y_0 cos(x_1)]
      = [2 sin(x_1) x_0 x_1 + 1, x_0²(sin(x_1) + x_1 cos(x_1))]"""


def test_few_functions_are_listed_worked_out_side_by_side_and_multiplied() -> None:
    program = "x : [2]; y = stack([x[0]**2*x[1], sin(x[1]), x[0]]); f = y[0]*y[1] + y[2]"
    assert block(shown(program, detail="rules"), "∂y/∂x, rule") == JACOBIAN
    assert block(shown(program), "∇_x f") == PRODUCT
    assert "δ" not in shown(program)
    assert "δ_{i,0}" in shown(program, notation="index")


def test_the_product_of_all_others_has_its_sign() -> None:
    assert "∂f/∂x_i = Π_{t≠i} x_t" in shown("x : [3]; f = prod(x)")
    assert "= 2f · Π_{z≠i} x_z" in shown("t : []; x : [3]; f = prod(x); g = f**2 + t", only=["dg/dx"])
    assert r"\prod_{t \ne j} X_{it}" in cr.derive("X : [2, 3]; f = sum(prod(X, axis=1))").render("latex")


def test_an_entry_is_not_taken_for_a_name() -> None:
    made = cr.derive("x : [2]; x_0 : []; f = x[0]**2*x_0", verify=False)
    assert "∂f/∂x  = [2x₀ x[0], 0]" in made.render("text")
    assert r"2\,x_{0}\,x[0]" in made.render("latex")
    assert "∂f/∂x = [2t x_0, 0]" in shown("x : [2]; t : []; f = x[0]**2*t")


def test_a_sum_over_a_part_of_an_axis_says_how_far_it_runs() -> None:
    assert "Σ_{j<2} 2 x_j δ_ij" in shown("x : [3]; f = sum(x[0:2]**2) + x[2]", detail="rules")
    made = cr.derive("x : [n]; f = sum((x[1:] - x[:-1])**2)", detail="rules", verify=False)
    assert "(Σ_{j<n−1} (x_{j+1} − x_j)²)" in made.render("text")
    assert r"\sum_{j<n - 1}" in made.render("latex")
    assert "Σ_j 2 x_j" in shown("x : [3]; f = sum(x**2)", detail="rules")
