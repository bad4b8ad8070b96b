"""Gradients that one meets in courses of statistics, optimization and machine learning, as one writes them."""

from __future__ import annotations

import pytest

from chainrule.calculus.closed_form import closed_form
from chainrule.notation.text import text
from tests.calculus.gradients import assert_formula, study

REGRESSION = "X : [n, d]; w : [d]; t : [n]; b : []; y : [n]; lam : [] constant; "
SOFTMAX = "X : [n, d]; W : [d, c]; T : [n, c]; T : probability; P = softmax(X@W); "
FACTORS = "X : [m, n]; U : [m, k]; V : [n, k]; M : [m, n]; "
NORMAL = "mu : [d]; S : [d, d]; S : symmetric; x : [d]; L : [d, d]; "
ATTENTION = "Q : [n, d]; K : [m, d]; V : [m, h]; G : [n, h]; A = softmax(Q@K.T); out = sum(G*(A@V))"
NETWORK = (
    "X : [n, d]; W : [d, h]; b : [h]; v : [h]; t : [n]; H = tanh(X@W + b); y = H@v; out = mean((y - t)**2)"
)
BELIEFS = "m : [d]; u : [d]; S : [d, d]; S : symmetric; T : [d, d]; T : symmetric; "
FORMS = [
    # --- regression and classification ----------------------------------------------------------------------
    (REGRESSION + "out = sum((X@w - t)**2) + lam*sum(w**2)", "w", "2*(X.T@(X@w - t) + lam*w)"),
    (REGRESSION + "out = sum((t - X@w)**2)", "w", "-2*X.T@(t - X@w)"),
    (REGRESSION + "p = sigmoid(X@w); out = -sum(t*log(p) + (1 - t)*log(1 - p))", "w", "X.T@(p - t)"),
    (REGRESSION + "out = bce_with_logits(X@w + b, t)", "w", "1/n*X.T@(sigmoid(X@w + b) - t)"),
    (REGRESSION + "out = sum(log(1 + exp(-y*(X@w))))", "w", "-X.T@(y/(exp((X@w)*y) + 1))"),
    (
        SOFTMAX + "out = -mean(sum(T*log(P), axis=1))",
        "W",
        "1/n*X.T@(P - T)",
    ),
    (
        "X : [n, d]; b : [d]; y : [n]; O : [n, n]; O : symmetric; out = (y - X@b)@inv(O)@(y - X@b)",
        "b",
        "-2*X.T@inv(O)@(y - X@b)",
    ),
    # --- matrices that explain matrices ------------------------------------------------------------------------
    (FACTORS + "out = sum((X - U@V.T)**2)", "U", "-2*(X - U@V.T)@V"),
    (FACTORS + "out = sum((X - U@V.T)**2)", "V", "-2*(X - U@V.T).T@U"),
    (FACTORS + "out = norm(X - U@V.T)**2/2", "U", "-(X - U@V.T)@V"),
    ("V : [d, k]; S : [d, d]; S : symmetric; out = trace((eye(d) - V@V.T)@S)", "V", "-2*S@V"),
    ("A : [m, n]; B : [m, n]; Q : [n, n]; out = norm(A@Q - B)**2", "Q", "2*A.T@(A@Q - B)"),
    ("v : [d]; S : [d, d]; S : symmetric; out = v@S@v/(v@v)", "v", "2*(S@v - (v@S@v)*v/(v@v))/(v@v)"),
    ("X : [m, n]; out = logdet(eye(m) + X@X.T)", "X", "2*inv(eye(m) + X@X.T)@X"),
    ("X : [m, n]; s : []; out = logdet(s*eye(n) + X.T@X)", "X", "2*X@inv(s*eye(n) + X.T@X)"),
    ("X : [m, n]; s : []; out = logdet(s*eye(n) + X.T@X)", "s", "trace(inv(s*eye(n) + X.T@X))"),
    ("A : [n, n]; B : [n, n]; out = trace(A@B@A.T@B.T)", "A", "B@A@B.T + B.T@A@B"),
    # --- Gaussians -----------------------------------------------------------------------------------------------
    (NORMAL + "out = -logdet(S)/2 - (x - mu)@inv(S)@(x - mu)/2", "mu", "inv(S)@(x - mu)"),
    (NORMAL + "out = logdet(S) + x@inv(S)@x", "S", "inv(S) - outer(inv(S)@x, inv(S)@x)"),
    (NORMAL + "out = sqrt((x - mu)@S@(x - mu))", "x", "S@(x - mu)/out"),
    (
        NORMAL + "out = (x - mu)@(L@L.T)@(x - mu)/2 - logdet(L)",
        "L",
        "outer(x - mu, L.T@(x - mu)) - inv(L).T",
    ),
    (
        BELIEFS + "out = (trace(inv(T)@S) + (u - m)@inv(T)@(u - m) + logdet(T) - logdet(S))/2",
        "T",
        "1/2*(inv(T) - inv(T)@(S + outer(u - m, u - m))@inv(T))",
    ),
    (BELIEFS + "out = (trace(inv(T)@S) - logdet(S))/2", "S", "1/2*(inv(T) - inv(S))"),
    # --- networks ------------------------------------------------------------------------------------------------
    (NETWORK, "v", "2/n*H.T@(y - t)"),
    (NETWORK, "W", "2/n*X.T@(outer(y - t, v)*(1 - H**2))"),
    (NETWORK, "X", "2/n*(outer(y - t, v)*(1 - H**2))@W.T"),
    (ATTENTION, "V", "A.T@G"),
    (ATTENTION, "Q", "(A*(G@V.T - sum((A@V)*G, axis=1, keepdims=True)))@K"),
    # --- norms and barriers --------------------------------------------------------------------------------------
    ("A : [m, n]; x : [n]; b : [m]; out = norm(A@x - b)", "x", "A.T@(A@x - b)/out"),
    ("A : [m, n]; x : [n]; b : [m]; out = sum(abs(A@x - b))", "x", "A.T@sign(A@x - b)"),
    ("A : [m, n]; x : [n]; b : [m]; out = -sum(log(b - A@x))", "x", "A.T@(1/(b - A@x))"),
    ("A : [m, n]; x : [n]; b : [m]; y = 2*logsumexp(A@x + b)", "x", "2*A.T@softmax(A@x + b)"),
    ("x : [n]; y : [n]; out = x@y/(norm(x)*norm(y))", "x", "(y - (x@y)*x/norm(x)**2)/(norm(x)*norm(y))"),
]


@pytest.mark.parametrize(("program", "wrt", "form"), FORMS)
def test_the_form_is_what_one_writes(program: str, wrt: str, form: str) -> None:
    found = study(program)
    node = found.adjoints[wrt]
    closed = closed_form(found.graph, node, found.names)
    assert closed is not None
    assert text(closed) == form
    assert_formula(found, node, program, form)
