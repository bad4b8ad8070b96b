"""Worked answers of published matrix calculus courses, as printed there.

- "PH": Parr and Howard, The Matrix Calculus You Need For Deep Learning (2018): its examples and its reference
  section. Its Jacobians have the output's shape first, as ours; its gradients are rows, ours have the input's
  shape.
- "MIT": 18.S096 / 18.063 Matrix Calculus (Edelman, Johnson), solutions of problem sets by year, and the
  course notes. A derivative as a linear operation dA ↦ f'(A)[dA] is that along B.
- "CS224n": Stanford, Computing Neural Network Gradients (Clark), its identities with numbers, where ``d`` is
  the gradient of the loss that arrives.
- "CS229": Stanford, Linear Algebra Review (Kolter), section 4, and problem set 0 of 2016.
- "B": Barnes, Matrix Differentiation (2006), by proposition.
"""

from __future__ import annotations

from typing import NamedTuple

import pytest

from chainrule.calculus.closed_form import closed_form
from chainrule.notation.text import text
from tests.calculus.gradients import assert_formula, study
from tests.calculus.spelling import spelled


class Answer(NamedTuple):
    """``wrt`` is the input, or two for a second derivative; ``atoms`` "names" where the answer has a name."""

    source: str
    program: str
    wrt: str
    printed: str
    atoms: str = "inputs"


PAIR = "w : [n]; x : [n]; "
SCALAR = "x : [n]; z : []; "
NEURON = "X : [m, n]; w : [n]; b : []; y : [m]; e = X@w + b - y; C = mean(e**2)"
LINE = "S : [n, n]; B : [n, n]; t : []; A = S + t*B; "
NETWORK = (
    "x : [d]; W : [h, d]; b1 : [h]; U : [c, h]; b2 : [c]; y : [c]; y : probability;"
    " z = W@x + b1; a = relu(z); theta = U@a + b2; p = softmax(theta); J = -sum(y*log(p))"
)

ANSWERS = [
    # --- Parr and Howard ------------------------------------------------------------------------------------
    Answer("PH gradients", "x : []; y : []; out = 3*x**2*y", "x", "6*x*y"),
    Answer("PH gradients", "x : []; y : []; out = 3*x**2*y", "y", "3*x**2"),
    Answer("PH gradients", "x : []; y : []; out = 2*x + y**8", "y", "8*y**7"),
    Answer("PH identity", "x : [n]; out = 1*x", "x", "eye(n)"),
    Answer("PH element-wise +", PAIR + "out = w + x", "w", "eye(n)"),
    Answer("PH element-wise -", PAIR + "out = w - x", "x", "-eye(n)"),
    Answer("PH element-wise *", PAIR + "out = w*x", "w", "diag(x)"),
    Answer("PH element-wise *", PAIR + "out = w*x", "x", "diag(w)"),
    Answer("PH element-wise /", PAIR + "out = w/x", "w", "diag(1/x)"),
    Answer("PH element-wise /", PAIR + "out = w/x", "x", "-diag(w/x**2)"),
    Answer("PH scalar expansion +", SCALAR + "out = x + z", "x", "eye(n)"),
    Answer("PH scalar expansion +", SCALAR + "out = x + z", "z", "ones(n)"),
    Answer("PH scalar expansion *", SCALAR + "out = x*z", "x", "eye(n)*z"),
    Answer("PH scalar expansion *", SCALAR + "out = x*z", "z", "x"),
    Answer("PH sum reduction", "x : [n]; out = sum(x)", "x", "ones(n)"),
    Answer("PH sum reduction", SCALAR + "out = sum(z*x)", "x", "z*ones(n)"),
    Answer("PH sum reduction", SCALAR + "out = sum(z*x)", "z", "sum(x)"),
    Answer("PH chain rule", "x : []; out = sin(x**2)", "x", "2*x*cos(x**2)"),
    Answer("PH chain rule", "x : []; out = log(sin(x**3)**2)", "x", "6*x**2*cot(x**3)"),
    Answer("PH total derivative", "x : []; out = sin(x + x**2)", "x", "cos(x + x**2)*(1 + 2*x)"),
    Answer("PH total derivative", "x : []; out = x*x**2", "x", "3*x**2"),
    Answer("PH neuron", PAIR + "b : []; out = w@x + b", "w", "x"),
    Answer("PH neuron", PAIR + "b : []; out = relu(w@x + b)", "b", "where(w@x + b > 0, 1, 0)"),
    Answer("PH loss", NEURON, "w", "2/m*X.T@e", "names"),
    Answer("PH loss", NEURON, "b", "2/m*sum(e)", "names"),
    # --- MIT --------------------------------------------------------------------------------------------------
    Answer("MIT notes", "x : [n]; A : [n, n]; out = x@A@x", "x", "(A + A.T)@x"),
    Answer("MIT notes", "A : [n, n]; out = det(A)", "A", "det(A)*inv(A).T"),
    Answer("MIT notes", "A : [m, n]; out = norm(A)", "A", "A/norm(A)"),
    Answer("MIT notes", "A : [m, n]; x : [m]; y : [n]; out = x@A@y", "A", "outer(x, y)"),
    Answer("MIT notes", LINE + "out = A@A", "t", "B@A + A@B", "names"),
    Answer("MIT notes", LINE + "out = matrix_power(A, 3)", "t", "B@A@A + A@B@A + A@A@B", "names"),
    Answer("MIT notes", LINE + "Z = 2*inv(A)", "t", "2*(-inv(A)@B@inv(A))", "names"),
    Answer("MIT notes", LINE + "out = A.T@A", "t", "B.T@A + A.T@B", "names"),
    Answer("MIT 2024 1.3a", "x : [n]; out = norm(x)", "x", "x/norm(x)"),
    Answer(
        "MIT 2024 1.3c",
        LINE + "out = inv(A)@inv(A)",
        "t",
        "-inv(A)@B@matrix_power(inv(A), 2) - matrix_power(inv(A), 2)@B@inv(A)",
        "names",
    ),
    Answer("MIT 2024 1.3d", LINE + "out = trace(A)**9", "t", "9*trace(A)**8*trace(B)", "names"),
    Answer("MIT 2026 1.4d", "x : [n]; A : [m, n]; out = A@(x*x)", "x", "2*A@diag(x)"),
    Answer(
        "MIT 2026 1.5a",
        "x : [n]; out = outer(x, x)@sin(x)",
        "x",
        "(x@sin(x))*eye(n) + outer(x, sin(x)) + outer(x, x)@diag(cos(x))",
    ),
    Answer("MIT 2026 1.5b", "x : [n]; A : [n, n]; out = trace(A@outer(x, x))", "x", "(A + A.T)@x"),
    Answer("MIT 2026 1.5d", "x : [n]; A : [n, n]; out = trace(A@outer(x, x))", "A", "outer(x, x)"),
    Answer(
        "MIT 2026 1.5e",
        "x : [n]; A : [m, n]; out = trace(inv(A@diag(x)@A.T))",
        "A",
        "-2*matrix_power(inv(A@diag(x)@A.T), 2)@A@diag(x)",
    ),
    Answer(
        "MIT 2026 2.4",
        "A : [n, n]; z : []; out = det(z*eye(n) - A)",
        "z",
        "det(z*eye(n) - A)*trace(inv(z*eye(n) - A))",
    ),
    # --- CS224n -------------------------------------------------------------------------------------------------
    Answer("CS224n (1)", "W : [n, m]; x : [m]; z = W@x", "x", "W"),
    Answer("CS224n (2)", "W : [n, m]; x : [n]; z = x@W", "x", "W.T"),
    Answer("CS224n (3)", "x : [n]; z = 1*x", "x", "eye(n)"),
    Answer("CS224n (4)", "x : [n]; z = tanh(x)", "x", "diag(1 - tanh(x)**2)"),
    Answer("CS224n (5)", "W : [n, m]; x : [m]; d : [n]; z = W@x; J = d@z", "W", "outer(d, x)"),
    Answer("CS224n (6)", "W : [n, m]; x : [n]; d : [m]; z = x@W; J = z@d", "W", "outer(x, d)"),
    Answer(
        "CS224n (7)",
        "theta : [n]; y : [n]; y : probability; p = softmax(theta); J = -sum(y*log(p))",
        "theta",
        "p - y",
        "names",
    ),
    Answer("CS224n 5", NETWORK, "U", "outer(p - y, a)", "names"),
    Answer("CS224n 5", NETWORK, "b2", "p - y", "names"),
    Answer("CS224n 5", NETWORK, "W", "outer((U.T@(p - y))*where(z > 0, 1, 0), x)", "names"),
    Answer("CS224n 5", NETWORK, "b1", "(U.T@(p - y))*where(z > 0, 1, 0)", "names"),
    Answer("CS224n 5", NETWORK, "x", "W.T@((U.T@(p - y))*where(z > 0, 1, 0))", "names"),
    # --- CS229 --------------------------------------------------------------------------------------------------
    Answer("CS229 4.3", "x : [n]; b : [n]; out = b@x", "x", "b"),
    Answer("CS229 4.3", "x : [n]; A : [n, n]; A : symmetric; out = x@A@x", "x", "2*A@x"),
    Answer("CS229 4.3", "x : [n]; A : [n, n]; A : symmetric; out = x@A@x", "x,x", "2*A"),
    Answer("CS229 4.5", "A : [n, n]; out = det(A)", "A", "det(A)*inv(A).T"),
    Answer("CS229 4.5", "A : [n, n]; A : symmetric; out = logdet(A)", "A", "inv(A)"),
    Answer(
        "CS229 ps0 1a", "x : [n]; A : [n, n]; A : symmetric; b : [n]; out = x@A@x/2 + b@x", "x", "A@x + b"
    ),
    Answer("CS229 ps0 1c", "x : [n]; A : [n, n]; A : symmetric; b : [n]; out = x@A@x/2 + b@x", "x,x", "A"),
    Answer("CS229 ps0 1d", "x : [n]; a : [n]; out = sin(a@x)", "x", "cos(a@x)*a"),
    Answer("CS229 ps0 1d", "x : [n]; a : [n]; out = sin(a@x)", "x,x", "-sin(a@x)*outer(a, a)"),
    # --- Barnes --------------------------------------------------------------------------------------------------
    Answer("B 5", "A : [m, n]; x : [n]; out = A@x", "x", "A"),
    Answer("B 7", "y : [m]; A : [m, n]; x : [n]; out = y@A@x", "x", "A.T@y"),
    Answer("B 7", "y : [m]; A : [m, n]; x : [n]; out = y@A@x", "y", "A@x"),
    Answer("B 8", "x : [n]; A : [n, n]; out = x@A@x", "x", "(A + A.T)@x"),
    Answer("B 9", "x : [n]; A : [n, n]; A : symmetric; out = x@A@x", "x", "2*A@x"),
    Answer(
        "B 10",
        "Y : [n, k]; X : [n, k]; z : [k]; y = Y@z; x = X@z; out = y@x",
        "z",
        "Y.T@x + X.T@y",
        "names",
    ),
    Answer("B 11", "X : [n, k]; z : [k]; x = X@z; out = x@x", "z", "2*X.T@x", "names"),
    Answer("B 15", LINE + "out = 2*inv(A)", "t", "-2*inv(A)@B@inv(A)", "names"),
]
IDS = [f"{answer.source} {answer.program.rpartition(';')[2].strip()} {answer.wrt}" for answer in ANSWERS]


@pytest.mark.parametrize("answer", ANSWERS, ids=IDS)
def test_the_form_is_the_courses(answer: Answer) -> None:
    found = study(answer.program)
    first, _, then = answer.wrt.partition(",")
    node = found.second(first, then) if then else found.adjoints[first]
    form = closed_form(found.graph, node, found.names if answer.atoms == "names" else found.inputs)
    assert form is not None
    parts = [part for part in answer.program.split(";") if part.strip()]
    declarations = "; ".join(parts[:-1] if answer.atoms == "names" else (p for p in parts if "=" not in p))
    assert spelled(text(form), declarations) == spelled(answer.printed, declarations), text(form)
    assert_formula(found, node, declarations, answer.printed)
