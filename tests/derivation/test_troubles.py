"""Where calculus bites: kinks, jumps and undefined points, what is said of them and what the numbers are."""

from __future__ import annotations

from typing import Any

import pytest

import chainrule as cr
from chainrule.derivation.data import Derivation, Options
from chainrule.derivation.derive import derive
from chainrule.source import Source
from tests.tools import need_module


def at(program: str, values: str, **options: Any) -> Derivation:
    return derive(Source(program), Options(**options), at=[Source(values, "--at")])


def gradient(made: Derivation) -> tuple[float | None, ...]:
    assert made.gradients[0].value is not None
    return made.gradients[0].value.floats


# --- kinks -------------------------------------------------------------------------------------------------

# A program, where it is evaluated, and the first gradient there by the conventions of torch and of jax.
KINKS: list[tuple[str, str, tuple[float, ...], tuple[float, ...]]] = [
    ("y = relu(x)", "x = 0", (0,), (0,)),
    ("y = abs(x)", "x = 0", (0,), (0,)),
    ("y = leaky_relu(x)", "x = 0", (0.01,), (1,)),
    ("y = maximum(x, z)", "x = 2; z = 2", (0.5,), (0.5,)),
    ("y = minimum(x, z)", "x = 2; z = 2", (0.5,), (0.5,)),
    ("y = clip(x, -1, 1)", "x = 1", (1,), (0.5,)),
    ("y = clip(x, -1, 1)", "x = -1", (1,), (0.5,)),
    ("y = relu6(x)", "x = 6", (0,), (0,)),
    ("x : [3]; y = max(x)", "x = [1, 2, 2]", (0, 0.5, 0.5), (0, 0.5, 0.5)),
    ("x : [3]; y = min(x)", "x = [1, 1, 1]", (1 / 3, 1 / 3, 1 / 3), (1 / 3, 1 / 3, 1 / 3)),
    ("x : [2]; y = norm(x)", "x = [0, 0]", (0, 0), (0, 0)),
    ("x : [3]; y = sum(abs(x))", "x = [-1, 0, 2]", (-1, 0, 1), (-1, 0, 1)),
]


@pytest.mark.parametrize(
    ("program", "values", "torch", "jax"), KINKS, ids=[f"{p} at {v}" for p, v, _, _ in KINKS]
)
def test_a_kink_is_told_and_the_convention_is_used(
    program: str, values: str, torch: tuple[float, ...], jax: tuple[float, ...]
) -> None:
    made = at(program, values)
    assert gradient(made) == pytest.approx(torch)
    (trouble,) = made.troubles
    assert trouble.kind == "kink"
    assert trouble.statement == "y"
    assert "not differentiable there, subgradients [" in trouble.sentence
    assert "by the torch convention" in trouble.sentence
    if "norm" not in program:
        assert gradient(at(program, values, convention="jax")) == pytest.approx(jax)


@pytest.mark.parametrize(
    ("program", "values", "torch", "jax"), KINKS, ids=[f"{p} at {v}" for p, v, _, _ in KINKS]
)
def test_off_the_kink_nothing_is_said(
    program: str, values: str, torch: tuple[float, ...], jax: tuple[float, ...]
) -> None:
    if "[" in values:
        moved = "x = [1/10, 1/7, 1/3]" if "[3]" in program else "x = [1/10, 1/7]"
    else:
        moved = values.replace("x = ", "x = 1/10 + ")
    assert at(program, moved).troubles == ()


@pytest.mark.parametrize(
    ("program", "values", "left"),
    [
        ("y = relu(x)", "x = 0", (None,)),
        ("y = abs(x)", "x = 0", (None,)),
        ("x : [3]; y = sum(abs(x))", "x = [-1, 0, 2]", (-1.0, None, 1.0)),
        # The corner is there and the composition is smooth: both slopes agree.
        ("y = relu(x)**2", "x = 0", (0.0,)),
        ("y = 0*abs(x) + x", "x = 0", (1.0,)),
    ],
)
def test_the_convention_error_gives_no_number_where_slopes_differ(
    program: str, values: str, left: tuple[float | None, ...]
) -> None:
    made = at(program, values, convention="error")
    assert gradient(made) == left
    if None in left:
        assert "no derivative is given" in made.troubles[0].sentence


SENTENCES = [
    (
        "y = relu(x)",
        "x = 0",
        "relu(x) has a kink at y: not differentiable there, subgradients [0, 1]; by the torch convention 0 is used",
    ),
    (
        "y = abs(x)",
        "x = 0",
        "abs(x) has a kink at y: not differentiable there, subgradients [-1, 1]; by the torch convention 0 is used",
    ),
    (
        "y = leaky_relu(x)",
        "x = 0",
        (
            "leaky_relu(x) has a kink at y: not differentiable there, subgradients [1/100, 1]; "
            "by the torch convention 1/100 is used; jax would use 1"
        ),
    ),
    ("y = floor(x)", "x = 2", "floor(x) jumps at y: it has no derivative there; 0 is used"),
    ("y = log(x)", "x = -1", "y: log(-1) is not a real number"),
    ("y = log(x)", "x = 0", "y: log(0) is a division by zero"),
    ("y = 1/x", "x = 0", "y: 1/0 is a division by zero"),
    ("y = sqrt(x)", "x = -4", "y: sqrt(-4) is not a real number"),
    ("u = x - 2; y = 3/u", "x = 2", "y: 3/0 is a division by zero"),
    ("x : [3]; y = log(x)", "x = [1, 2, -3]", "y[2]: log(-3) is not a real number"),
    ("y = asin(x)", "x = 2", "y: asin(2) is not a real number"),
    ("y = x**(1/2)", "x = -1", "y: (-1)**0.5 is not a real number"),
]


@pytest.mark.parametrize(
    ("program", "values", "sentence"), SENTENCES, ids=[f"{p} at {v}" for p, v, _ in SENTENCES]
)
def test_the_sentence(program: str, values: str, sentence: str) -> None:
    assert [trouble.sentence for trouble in at(program, values).troubles] == [sentence]


# A program and its values; the entry; what is used, what jax gives, the ends; the slopes from left and right.
CORNERS: list[
    tuple[str, str, tuple[int, ...], float | None, float | None, set[float], tuple[float, float]]
] = [
    ("y = relu(3*x)", "x = 0", (), 0, 0, {0, 3}, (0, 3)),
    ("y = relu(-3*x)", "x = 0", (), 0, 0, {0, -3}, (-3, 0)),
    ("y = 2*abs(3*x)", "x = 0", (), 0, 0, {-6, 6}, (-6, 6)),
    ("out = sum(relu(x)*w)", "x = [1, 0, -1]; w = [2, 3, 4]", (1,), 0, 0, {0, 3}, (0, 3)),
    ("y = 3*clamp(x, 0, 1)", "x = 1", (), 3, 1.5, {0, 3}, (3, 0)),
    ("y = leaky_relu(x, 0.1)*5", "x = 0", (), 0.5, 5, {0.5, 5}, (0.5, 5)),
    ("y = maximum(a, b)*c", "a = 1; b = 1; c = 5", (), 2.5, 2.5, {0, 5}, (0, 5)),
    ("y = norm(x)", "x = [0, 0]", (0,), 0, None, {-1, 1}, (-1, 1)),
    ("y = hypot(a, b)", "a = 0; b = 0", (), None, 0, {-1, 1}, (-1, 1)),
    ("y = 4*max(x)", "x = [1, 3, 3]", (1,), 2, 2, {0, 4}, (0, 4)),
    ("y = 4*min(x)", "x = [1, 3, 1]", (0,), 2, 2, {0, 4}, (4, 0)),
    ("y = sum(max_pool1d(x, 3))", "x = [[2, 2, 1]]", (0, 0), 1, 1, {0, 1}, (0, 1)),
    # The kinks cancel: the function is y = x, and every convention misses its slope.
    ("y = relu(x) - relu(-x)", "x = 0", (), 0, 0, {0, 2}, (1, 1)),
]


@pytest.mark.parametrize(
    ("program", "values", "entry", "used", "jax", "ends", "sides"),
    CORNERS,
    ids=[f"{p} at {v}" for p, v, *_ in CORNERS],
)
def test_a_corner_says_what_each_convention_gives(
    program: str,
    values: str,
    entry: tuple[int, ...],
    used: float | None,
    jax: float | None,
    ends: set[float],
    sides: tuple[float, float],
) -> None:
    made = at(program, values)
    corner = made.gradients[0].corners[0]
    assert (corner.entry, corner.used, corner.others) == (entry, used, (("jax", jax),))
    assert set(corner.ends) == ends
    assert (corner.left, corner.right) == sides
    (there,) = [c for c in at(program, values, convention="jax").gradients[0].corners if c.entry == entry]
    assert (there.used, there.others) == (jax, (("torch", used),))
    numbers = at(program, values, convention="error").gradients[0]
    assert numbers.corners[0].used is None
    assert numbers.value is not None
    assert None in numbers.value.floats


def test_the_sentence_of_a_corner() -> None:
    corners = at("y = relu(x)", "x = [2, 0]").gradients[0].corners
    assert [corner.sentence for corner in corners] == [
        (
            "dy[1]/dx[1] = 0 by the torch convention; jax would give the same; "
            "the other end of the subgradients would give 1, the slope of y[1] from the right"
        )
    ]
    (cancelled,) = at("y = relu(x) - relu(-x)", "x = 0").gradients[0].corners
    assert cancelled.sentence.endswith("y itself is smooth in x, and its derivative is 1: kinks cancel")


def test_the_convention_holds_in_every_layout() -> None:
    made = at(
        "x : [3]; y = outer(a, relu(x))[0]",
        "x = [1, 0, 2]; a = [3, 4]",
        convention="error",
        layout="denominator",
    )
    turned = next(part for part in made.gradients if part.wrt == ("x",))
    assert turned.value is not None
    assert turned.value.nested() == [[3, 0, 0], [0, None, 0], [0, 0, 3]]


# --- slopes that do not count --------------------------------------------------------------------------------

HIDDEN = [
    ("y = where(x > 0, sqrt(x), 0)", "x = 0", "sqrt(where(x > 0, x, 1)) in its place is safe"),
    (
        "y = where(x == 0, 1, sin(x)/x)",
        "x = 0",
        "sin(where(x == 0, 1, x))/where(x == 0, 1, x) in its place is safe",
    ),
    ("y = sqrt(x)*0", "x = 0", "beside a factor 0"),
    ("y = where(x > 0, log(x), x)", "x = -2", ""),
    ("y = where(x > 0, sqrt(x), 0)", "x = 2", ""),
]


@pytest.mark.parametrize(("program", "values", "told"), HIDDEN, ids=[f"{p} at {v}" for p, v, _ in HIDDEN])
def test_nan_in_libraries_is_told_where_they_have_it(program: str, values: str, told: str) -> None:
    made = at(program, values)
    assert gradient(made)[0] is not None
    assert [told in trouble.sentence for trouble in made.troubles if trouble.kind == "nan"] == [True] * bool(
        told
    )
    torch = need_module("torch")
    x = torch.tensor(float(values.rpartition("=")[2]), dtype=torch.float64, requires_grad=True)
    names = {"where": lambda c, a, b: torch.where(c, a, x * 0 + b), "sqrt": torch.sqrt, "log": torch.log}
    python = program.partition("=")[2]
    value = eval(python, {"__builtins__": {}}, {**names, "sin": torch.sin, "x": x})  # noqa: S307  a test's own text
    if "== 0, 1" in program:
        value = torch.where(x == 0, x * 0 + 1, torch.sin(x) / x)
    value.backward()
    assert bool(torch.isnan(x.grad)) == bool(told)


# --- where branches meet -------------------------------------------------------------------------------------

BORDERS = [
    (
        "y = where(x > 0, x, 0)",
        "x = 0",
        "kink",
        "the branch that is taken, 0 by x, and the other branch has 1",
    ),
    ("y = where(x >= 0, x, -3*x)", "x = 0", "kink", "that is taken, 1 by x, and the other branch has -3"),
    ("y = where(x > 1, x, 0)", "x = 1", "jump", "jumps at y, where its branches meet"),
    # The branches meet smoothly, or the values are not there.
    ("y = where(x > 0, x**2, -x**2)", "x = 0", None, ""),
    ("y = where(x > 0, x, 0)", "x = 1", None, ""),
    ("x : [2]; t : [2]; y = huber(x, t)", "x = [1, -1]; t = [0, 0]", None, ""),
]


@pytest.mark.parametrize(
    ("program", "values", "kind", "told"), BORDERS, ids=[f"{p} at {v}" for p, v, *_ in BORDERS]
)
def test_where_branches_meet_there_is_a_kink_or_a_jump(
    program: str, values: str, kind: str | None, told: str
) -> None:
    troubles = at(program, values).troubles
    assert [trouble.kind for trouble in troubles] == ([] if kind is None else [kind])
    assert all(told in trouble.sentence for trouble in troubles)


# --- undefined points ----------------------------------------------------------------------------------------

UNDEFINED: list[tuple[str, str, tuple[float | None, ...], str]] = [
    # The value has none, so the derivative has none either, though 1/x is finite there.
    ("y = log(x)", "x = -1", (None,), "log(-1) is not a real number"),
    ("y = 1/x", "x = 0", (None,), "1/0 is a division by zero"),
    # The value is defined, the slope is infinite.
    ("y = sqrt(x)", "x = 0", (None,), "division by zero"),
    ("y = asin(x)", "x = 1", (None,), "division by zero"),
    ("y = x**(1/3)", "x = 0", (None,), "division by zero"),
    ("y = cbrt(x)", "x = 0", (None,), "division by zero"),
    ("x : [3]; y = sum(sqrt(x))", "x = [1, 0, 4]", (0.5, None, 0.25), "division by zero"),
    ("x : [2]; y = log(x)", "x = [-1, 2]", (None, None, 0.0, 0.5), "log(-1) is not a real number"),
    ("u = sqrt(x); y = u*x", "x = 0", (None,), "0/0 is a division by zero"),
]


@pytest.mark.parametrize(
    ("program", "values", "numbers", "reason"), UNDEFINED, ids=[f"{p} at {v}" for p, v, _, _ in UNDEFINED]
)
def test_an_undefined_entry_is_null_and_has_a_reason(
    program: str, values: str, numbers: tuple[float | None, ...], reason: str
) -> None:
    made = at(program, values)
    assert gradient(made) == numbers
    assert any(reason in trouble.sentence for trouble in made.gradients[0].undefined)
    assert made.gradients[0].check is not None
    assert made.gradients[0].check.ok, "the symbolic result is right all the same"


SIDES = [
    ("y = sqrt(x)", "x = 0", "the slope of y is infinity from the right"),
    ("y = cbrt(x)", "x = 0", "the slope of y is infinity from the left and infinity from the right"),
    ("y = sqrt(x**2)", "x = 0", "the slope of y is -1 from the left and 1 from the right"),
    ("y = 1/x", "x = 0", "y tends to -infinity from the left and infinity from the right"),
    ("y = sin(x)/x", "x = 0", "from both sides y tends to 1"),
    ("y = x*log(x)", "x = 0", "y tends to 0 from the right"),
    # Along another line it is 1/2.
    ("y = x*z/(x**2 + z**2)", "x = 0; z = 0", "as x alone moves y tends to 0"),
    ("u = sqrt(x**4); y = 3*x + u", "x = 0", "yet y has the derivative 3 there"),
]


@pytest.mark.parametrize(("program", "values", "told"), SIDES, ids=[f"{p} at {v}" for p, v, _ in SIDES])
def test_what_happens_on_either_side_is_told(program: str, values: str, told: str) -> None:
    (trouble,) = at(program, values).gradients[0].undefined
    assert told in trouble.sentence


@pytest.mark.parametrize("layout", ["numerator", "denominator"])
def test_what_is_undefined_is_null_in_every_layout(layout: str) -> None:
    part = at("y = log(x)", "x = [-1, 2]", layout=layout).gradients[0]
    assert part.value is not None
    rows = [[None, None], [0.0, 0.5]]
    assert part.value.nested() == (
        rows if layout == "numerator" else [list(row) for row in zip(*rows, strict=True)]
    )
    assert [trouble.sentence for trouble in part.undefined] == ["y[0]: log(-1) is not a real number"]


@pytest.mark.parametrize("layout", ["gradient", "numerator", "denominator"])
def test_det_has_a_gradient_at_a_singular_matrix(layout: str) -> None:
    made = at("out = det(X)", "X = [[1, 2, 3], [2, 4, 6], [1, 0, 1]]", layout=layout)
    assert made.troubles == ()
    assert made.gradients[0].value is not None
    cofactors = [[4, 4, -4], [-2, -2, 2], [0, 0, 0]]
    turned = [list(row) for row in zip(*cofactors, strict=True)]
    assert made.gradients[0].value.nested() == (turned if layout == "numerator" else cofactors)


def test_a_branch_that_is_not_taken_does_no_harm() -> None:
    made = at("y = where(x > 0, log(x), x)", "x = -2")
    assert gradient(made) == (1.0,)
    assert made.troubles == ()


def test_only_the_first_of_a_chain_of_causes_is_told() -> None:
    made = at("u = log(x); v = u*2; w = v + 1", "x = -1")
    assert [trouble.statement for trouble in made.troubles] == ["u"]


def test_without_values_nothing_is_said() -> None:
    made = derive(Source("y = log(x) + relu(x)"))
    assert made.troubles == ()
    assert made.gradients[0].value is None


def test_troubles_are_few_even_where_they_are_many() -> None:
    made = at("x : [50]; y = sum(abs(x))", "x = zeros(50)")
    assert 0 < len(made.troubles) <= 12
    assert gradient(made) == (0.0,) * 50


def test_a_factor_has_no_number_at_a_kink_by_the_error_convention() -> None:
    made = cr.derive("x : [3]; z : [3]; y = abs(x)*z", at="x = [1, 0, -2]; z = [3, 5, 7]", convention="error")
    by_name = {part.wrt: part.value for part in made.factors}
    assert by_name["x"] == [3, None, -7]
    assert by_name["z"] == [1, 0, 2]
