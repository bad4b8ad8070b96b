"""Gradients come out as textbooks print them, and every form has its node's shape and value."""

from __future__ import annotations

import subprocess
import sys
from random import Random

import numpy as np
import pytest

from chainrule.calculus.closed_form import candidates, closed_form, find_closed_form
from chainrule.calculus.inlining import Limits
from chainrule.calculus.naming import Naming
from chainrule.calculus.reverse import reverse
from chainrule.notation.text import text
from chainrule.terms import Partial, Symbol, Term
from tests.calculus.gradients import LENGTHS, Study, assert_equal, study
from tests.calculus.random_programs import random_program

# program, input, the form through named intermediates, the form in inputs
GRADIENTS = [
    # --- least squares and logistic regression -----------------------------------------------------
    ("X:[n,d]; w:[d]; t:[n]; r = X@w - t; loss = mean(r**2)", "w", "2/n*X.T@r", "2/n*X.T@(X@w - t)"),
    (
        "X:[n,d]; w:[d]; t:[n]; r = X@w - t; loss = mean(r**2)",
        "X",
        "2/n*outer(r, w)",
        "2/n*outer(X@w - t, w)",
    ),
    (
        "X:[n,d]; w:[d]; t:[n]; p = sigmoid(X@w); loss = -mean(t*log(p) + (1 - t)*log(1 - p))",
        "w",
        "1/n*X.T@(p - t)",
        "1/n*X.T@(sigmoid(X@w) - t)",
    ),
    (
        "X:[n,d]; w:[d]; t:[n]; loss = mean(log(1 + exp(-t*(X@w))))",
        "w",
        "-1/n*X.T@(t/(exp((X@w)*t) + 1))",
        "-1/n*X.T@(t/(exp((X@w)*t) + 1))",
    ),
    # --- quadratic forms and traces ----------------------------------------------------------------
    ("x:[n]; A:[n,n]; out = x.T@A@x", "x", "(A + A.T)@x", "(A + A.T)@x"),
    ("x:[n]; A:[n,n]; out = x.T@A@x", "A", "outer(x, x)", "outer(x, x)"),
    ("S:[n,n]; S : symmetric; x:[n]; out = x@S@x", "x", "2*S@x", "2*S@x"),
    ("A:[m,n]; X:[n,k]; B:[k,m]; out = trace(A@X@B)", "X", "A.T@B.T", "A.T@B.T"),
    ("A:[m,n]; X:[n,k]; B:[k,m]; out = trace(A@X@B)", "A", "B.T@X.T", "B.T@X.T"),
    ("A:[m,n]; B:[n,m]; out = trace(A@B)", "A", "B.T", "B.T"),
    ("A:[m,n]; out = trace(A.T@A)", "A", "2*A", "2*A"),
    ("A:[m,k]; B:[k,n]; C:[m,n]; out = sum((A@B - C)**2)", "A", "2*(A@B - C)@B.T", "2*(A@B - C)@B.T"),
    ("A:[m,k]; B:[k,n]; C:[m,n]; out = sum((A@B - C)**2)", "B", "2*A.T@(A@B - C)", "2*A.T@(A@B - C)"),
    ("A:[m,k]; B:[k,n]; R = A@B; out = sum(R**2)", "A", "2*R@B.T", "2*A@B@B.T"),
    ("u:[m]; A:[m,n]; v:[n]; out = u@A@v", "v", "A.T@u", "A.T@u"),
    # --- sums, outer products, broadcasting --------------------------------------------------------
    ("x:[n]; y:[n]; out = sum(x*y)", "x", "y", "y"),
    ("x:[m]; y:[n]; A:[m,n]; out = sum(outer(x, y)*A)", "x", "A@y", "A@y"),
    ("x:[m]; y:[n]; A:[m,n]; out = sum(outer(x, y)*A)", "A", "outer(x, y)", "outer(x, y)"),
    ("A:[m,n]; x:[n]; out = sum(A@x)", "A", "outer(ones(m), x)", "outer(ones(m), x)"),
    ("A:[m,n]; x:[n]; out = sum(A@x)", "x", "sum(A, axis=0)", "sum(A, axis=0)"),
    ("g:[m,n]; b:[n]; out = sum((g + b)**2)", "b", "2*sum(g + b, axis=0)", "2*sum(g + b, axis=0)"),
    (
        "g:[m,n]; b:[m,1]; out = sum(sin(g + b))",
        "b",
        "sum(cos(g + b), axis=1, keepdims=True)",
        "sum(cos(g + b), axis=1, keepdims=True)",
    ),
    ("x:[4]; out = mean(x)", "x", "full([4], 1/4)", "full([4], 1/4)"),
    ("x:[m,n]; out = sum(x)", "x", "ones(m, n)", "ones(m, n)"),
    # --- elementwise -------------------------------------------------------------------------------
    ("x:[2,3]; y = x + 2; z = 3*y**2; out = mean(z)", "x", "y", "x + 2"),
    ("x:[2,2]; y = x + 2; z = 3*y**2; out = mean(z)", "x", "3/2*y", "3/2*(x + 2)"),
    ("x:[m,n,k]; y = x + 2; out = sum(3*y**2)", "x", "6*y", "6*(x + 2)"),
    (
        "x:[2,2]; n:[]; target:[]; y = x + 2; z = 3*y**2; out = mean(z); loss = 1/n*(out - target)**2",
        "x",
        "3/n*(out - target)*y",
        "3/n*(3/4*sum((x + 2)**2) - target)*(x + 2)",
    ),
    # --- scalars -----------------------------------------------------------------------------------
    ("x:[]; y = sin(x); z = y**2 + x*y", "x", "(2*y + x)*cos(x) + y", "(2*sin(x) + x)*cos(x) + sin(x)"),
    ("x:[]; out = x/(1 + x)", "x", "1/(1 + x)**2", "1/(1 + x)**2"),
    ("x:[]; out = (x**2 - 1)/(x**2 + 1)", "x", "4*x/(x**2 + 1)**2", "4*x/(x**2 + 1)**2"),
    ("x:[]; out = (x**3 - 1)/(x - 1)", "x", "2*x + 1", "2*x + 1"),
    ("x:[]; out = x**3*(1 - x)**2", "x", "x**2*(1 - x)*(3 - 5*x)", "x**2*(1 - x)*(3 - 5*x)"),
    ("x:[]; y:[]; out = (1 - x)**2 + 100*(y - x**2)**2", "y", "200*(y - x**2)", "200*(y - x**2)"),
    ("x:[]; y:[]; out = (1 - x)**2 + 100*(y - x**2)**2", "x", "2*(x - 1) - 400*(y - x**2)*x", None),
    ("x:[]; h = tanh(x); out = h*(1 - h)", "x", "(1 - 2*h)*(1 - h**2)", "(1 - 2*tanh(x))*(1 - tanh(x)**2)"),
    ("x:[n]; out = sqrt(x@x)", "x", "x/out", "x/sqrt(x@x)"),
    # --- through the names of products -------------------------------------------------------------
    ("z:[n]; p = exp(z)/sum(exp(z)); t:[n]; out = -sum(t*log(p))", "z", "sum(t)*p - t", None),
    ("z:[n]; p = exp(z)/sum(exp(z)); t:[n]; t : probability; out = -sum(t*log(p))", "z", "p - t", None),
    (
        "z:[n]; e_z = exp(z); p = e_z/sum(e_z); t:[n]; t : probability; out = -sum(t*log(p))",
        "z",
        "p - t",
        None,
    ),
    (
        "z:[m,n]; p = exp(z)/sum(exp(z), axis=1, keepdims=True); g:[m,n]; out = sum(g*p)",
        "z",
        "p*(g - sum(g*p, axis=1, keepdims=True))",
        None,
    ),
    (
        "z:[m,n]; a = max(z, axis=1); q = exp(z - a[:, None]); s = sum(q, axis=1); out = sum(log(s) + a)",
        "z",
        "q/s[:, None]",
        None,
    ),
    # --- operations on whole tensors ----------------------------------------------------------------
    ("z:[m,n]; y = logsumexp(z, axis=1); out = sum(y)", "z", "exp(z - y[:, None])", None),
    ("z:[m,n]; out = logsumexp(z)", "z", "exp(z - out)", "exp(z - logsumexp(z))"),
    ("z:[m,n]; w:[m]; out = sum(w*z[:, 1])", "w", "z[:, 1]", "z[:, 1]"),
    ("z:[m,n]; w:[n]; out = sum(w*max(z, axis=0))", "w", "max(z, axis=0)", "max(z, axis=0)"),
]

NETWORK = (
    "X:[n,d]; W1:[d,h]; b1:[h]; W2:[h,c]; b2:[c]; T:[n,c]; "
    "H = tanh(X@W1 + b1); Y = H@W2 + b2; R = Y - T; loss = sum(R**2)"
)
NETWORK_GRADIENTS = {
    "W2": "2*H.T@R",
    "b2": "2*sum(R, axis=0)",
    "W1": "2*X.T@((R@W2.T)*(1 - H**2))",
    "b1": "2*sum((R@W2.T)*(1 - H**2), axis=0)",
}

SECOND = [
    ("X:[n,d]; w:[d]; t:[n]; loss = mean((X@w - t)**2)", "w", "w", "2/n*X.T@X"),
    ("X:[n,d]; w:[d]; t:[n]; loss = mean((X@w - t)**2)", "w", "t", "-2/n*X.T"),
    ("x:[n]; A:[n,n]; out = x@A@x", "x", "x", "A + A.T"),
    ("x:[n]; out = sum(x**3)", "x", "x", "6*diag(x)"),
    ("t:[n]; r:[n]; out = sum((r - t)**2)/2", "t", "t", "eye(n)"),
]

JACOBIANS = [
    ("X:[n,d]; w:[d]; y = X@w", "w", "X"),
    ("x:[n]; y = sin(x)", "x", "diag(cos(x))"),
    ("x:[m]; A:[n,m]; b:[n]; h = tanh(A@x + b)", "x", "diag(1 - h**2)@A"),
    ("x:[n]; c:[]; y = c*x", "c", "x"),
]


def shown(term: Term | None) -> str | None:
    return None if term is None else text(term)


@pytest.mark.parametrize(("program", "wrt", "named", "short"), GRADIENTS)
def test_textbook_gradients(program: str, wrt: str, named: str, short: str | None) -> None:
    found = study(program)
    node = found.adjoints[wrt]
    assert shown(closed_form(found.graph, node, found.names)) == named
    if short is not None:
        assert shown(closed_form(found.graph, node, found.inputs)) == short


@pytest.mark.parametrize(("program", "wrt"), [(row[0], row[1]) for row in GRADIENTS])
def test_every_candidate_has_the_value_and_the_shape(program: str, wrt: str) -> None:
    found = study(program)
    node = found.adjoints[wrt]
    for atoms in (found.names, found.inputs):
        forms = candidates(found.graph, node, atoms)
        assert forms
        for form in forms:
            assert_equal(found, form, node)


@pytest.mark.parametrize(("program", "wrt"), [(row[0], row[1]) for row in GRADIENTS])
def test_forms_in_inputs_read_back(program: str, wrt: str) -> None:
    found = study(program)
    node = found.adjoints[wrt]
    form = closed_form(found.graph, node, found.inputs)
    assert form is not None
    declarations = "; ".join(part for part in program.split("; ") if ":" in part.partition("=")[0])
    again = study(f"{declarations}; form = 1*({text(form)})")
    values, expected = again.values(found.given()), found.values()
    np.testing.assert_allclose(values[again.nodes["form"]], expected[node], rtol=1e-9, atol=1e-12)
    assert values[again.nodes["form"]].shape == expected[node].shape


@pytest.mark.parametrize("wrt", NETWORK_GRADIENTS)
def test_two_layer_network(wrt: str) -> None:
    found = study(NETWORK)
    assert shown(closed_form(found.graph, found.adjoints[wrt], found.names)) == NETWORK_GRADIENTS[wrt]


@pytest.mark.parametrize(("program", "first", "then", "expected"), SECOND)
def test_second_derivatives(program: str, first: str, then: str, expected: str) -> None:
    found = study(program)
    node = found.second(first, then)
    form = closed_form(found.graph, node, found.names)
    assert shown(form) == expected
    assert form is not None
    assert_equal(found, form, node)


@pytest.mark.parametrize(("program", "wrt", "expected"), JACOBIANS)
def test_jacobians(program: str, wrt: str, expected: str) -> None:
    found = study(program)
    form = closed_form(found.graph, found.adjoints[wrt], found.names)
    assert shown(form) == expected
    assert form is not None
    assert_equal(found, form, found.adjoints[wrt])


def test_a_derivative_with_more_axes_and_deltas_has_no_matrix_form() -> None:
    found = study("X:[n,d]; w:[d]; y = X@w")
    assert closed_form(found.graph, found.adjoints["X"], found.names) is None


@pytest.mark.parametrize(
    ("program", "wrt", "expected"),
    [
        ("T:[b,m,k]; w:[k]; out = sum(T@w)", "T", "w*ones(b, m, k)"),
        ("T:[b,m,k]; w:[k]; g:[b,m]; out = sum(g*(T@w))", "T", "g[:, :, None]*w"),
        ("T:[b,m,k]; w:[k]; out = sum((T@w)**2)", "w", '2*einsum("jki,jk->i", T, T@w)'),
        ("T:[b,m,k]; w:[k]; out = sum((T@w)**2)", "T", "2*w*(T@w)[:, :, None]"),
    ],
)
def test_more_than_two_axes(program: str, wrt: str, expected: str) -> None:
    found = study(program)
    form = closed_form(found.graph, found.adjoints[wrt], found.names)
    assert shown(form) == expected
    assert form is not None
    assert_equal(found, form, found.adjoints[wrt])


def test_named_adjoints_are_atoms() -> None:
    found = study("X:[n,d]; w:[d]; t:[n]; r = X@w - t; loss = mean(r**2)")
    residual = Partial(Symbol("loss"), (Symbol("r"),))
    adjoints = reverse(
        found.graph,
        found.nodes["loss"],
        [found.nodes["w"]],
        barrier=lambda number: "dloss/dr" if number == found.nodes["r"] else None,
    )
    atoms = {**found.names, adjoints[found.nodes["r"]]: residual}
    assert shown(closed_form(found.graph, adjoints[found.nodes["w"]], atoms)) == "X.T@(dloss/dr)"
    assert shown(closed_form(found.graph, adjoints[found.nodes["r"]], atoms, through=True)) == "2/n*r"


def test_what_a_form_relies_on_is_told() -> None:
    found = study("z:[n]; p = exp(z)/sum(exp(z)); t:[n]; t : probability; out = -sum(t*log(p))")
    form = find_closed_form(found.graph, found.adjoints["z"], found.names)
    assert form is not None
    assert form.relied_on == {Symbol("t")}


def test_a_judge_can_veto() -> None:
    found = study("x:[]; out = (x**2 - 1)/(x**2 + 1)")
    node = found.adjoints["x"]
    vetoed = closed_form(found.graph, node, found.names, equal=lambda form, written: False)
    assert vetoed is not None
    assert text(vetoed) != "4*x/(x**2 + 1)**2"
    assert_equal(found, vetoed, node)


@pytest.mark.parametrize("count", [12, 1000])
def test_what_would_be_long_is_left_to_names(count: int) -> None:
    steps = "; ".join(f"a{k + 1} = a{k}*tanh(a{k})" for k in range(count))
    found = study(f"a0:[]; {steps}")
    assert closed_form(found.graph, found.adjoints["a0"], found.inputs) is None


def test_limits_hold() -> None:
    found = study("X:[n,d]; w:[d]; t:[n]; loss = mean((X@w - t)**2)")
    assert closed_form(found.graph, found.adjoints["w"], found.names, Limits(width=10)) is None
    assert closed_form(found.graph, found.adjoints["w"], found.names, Limits(nodes=1)) is None


def test_one_naming_serves_many_nodes() -> None:
    found = study(NETWORK)
    naming = Naming(found.graph, found.names)
    shapes = [closed_form(found.graph, node, naming) for node in found.adjoints.values()]
    assert all(form is not None for form in shapes)


def test_common_gradients_need_no_sympy() -> None:
    code = (
        "import sys\n"
        "from tests.calculus.test_closed_forms import GRADIENTS, closed_form, study\n"
        "for program, wrt, *_ in GRADIENTS:\n"
        "    found = study(program)\n"
        "    closed_form(found.graph, found.adjoints[wrt], found.names)\n"
        "assert 'sympy' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def _check(program: str) -> None:
    found: Study = study(program)
    for node in found.adjoints.values():
        for atoms in (found.names, found.inputs):
            form = closed_form(found.graph, node, atoms)
            if form is not None:
                assert_equal(found, form, node)


@pytest.mark.parametrize("seed", range(40))
def test_random_programs(seed: int) -> None:
    _check(random_program(Random(seed)))  # noqa: S311  no secret


@pytest.mark.campaign
@pytest.mark.parametrize("seed", range(1000, 4000))
def test_many_random_programs(seed: int) -> None:
    _check(random_program(Random(seed)))  # noqa: S311  no secret


def test_lengths_are_distinct() -> None:
    assert len({LENGTHS[name] for name in "nmdhck"}) == 6
