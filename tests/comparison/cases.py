"""Thirty derivations of published texts and tools, as programs; docs/comparison.md sets them side by side."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.samples.outputs import EXPECTED, OPTIONS, printed


@dataclass(frozen=True, slots=True)
class Case:
    """One derivation: the program and the options that go with it, beyond ``--detail rules``."""

    number: int
    program: str
    options: tuple[str, ...] = ()

    @property
    def command(self) -> tuple[str, ...]:
        """The words after ``chainrule``, as the page shows them."""
        return ("derive", self.program, *self.options, "--detail", "rules")

    @property
    def golden(self) -> Path:
        """The file with what it prints."""
        return EXPECTED / "comparison" / f"{self.number:02}.txt"

    def output(self) -> str:
        """What it prints at 80 columns; everything in it must be verified."""
        status, text = printed(*self.command, *OPTIONS["txt"])
        assert status == 0, f"{self.program}: exit status {status}"
        return text


_PROGRAMS: tuple[tuple[str, ...], ...] = (
    # --- scalar calculus ---
    ("y = 2*x**5 + 7",),
    ("y = (x**2 + 2)*(3*x**3 - 5*x)",),
    ("y = 5*x**2/(4*x + 3)",),
    ("y = cos(7*x**2 + 1)**4",),
    ("y = exp(x**2)/x",),
    ("y = (2*x**4 + 1)**tan(x)",),
    ("y = csc(x) + x*tan(x)",),
    ("y = x**2*asin(x)",),
    ("y = |x|", "--at", "x = 0"),
    ("implicit y : x**3*sin(y) + y = 4*x + 3",),
    # --- several variables ---
    ("f = x**2 - x*y + 3*y**2", "--at", "x = -1; y = 2"),
    ("x = sin(t); y = cos(t); z = 4*x**2 + 3*y**2",),
    ("f = x*exp(-3*y) + sin(2*x - 5*y)", "--order", "2"),
    ("f = log(x)", "--at", "x = 1", "--taylor", "3"),
    # --- matrices and tensors ---
    ("A : [n, n] constant; x : [n]; f = x@A@x",),
    ("X : [m, n] constant; y : [m] constant; theta : [n]; r = X@theta - y; J = 1/2*r@r",),
    ("x : [n]; z : []; y = sum(x*z)",),
    ("x : []; y = stack([log(x**2), sin(3*x)])",),
    ("A : [m, n] constant; x : [n]; y = A@(x*x)",),
    ("w : [n]; x : [n] constant; b : []; z = w@x + b; a = relu(z)",),
    ("x : [n]; s = exp(x)/sum(exp(x))",),
    ("z : [k]; y : [k] onehot constant; p = softmax(z); L = -sum(y*log(p))",),
    (
        (
            "X : [m, n] constant; y : [m] constant; w : [n]; p = sigmoid(X@w); "
            "L = -sum(y*log(p) + (1-y)*log(1-p))"
        ),
    ),
    ("A : [n, n]; X : [n, n] constant; f = log(det(A)) + trace(inv(A)@X)",),
    ("A : [m, n] constant; X : [n, p]; B : [p, m] constant; f = trace(A@X@B)",),
    (
        (
            "X : [N, D] constant; W1 : [D, H]; b1 : [H]; W2 : [H, C]; b2 : [C]; y : [N, C] onehot constant; "
            "Z = X@W1 + b1; H1 = relu(Z); S = H1@W2 + b2; L = -mean(sum(y*log_softmax(S), axis=1))"
        ),
    ),
    # --- the tools' own examples ---
    ("x = ones(2, 2); y = x + 2; z = y*y*3; out = z.mean()",),
    ("x : []; y = sin(x)*x**2/(1 + tan(cot(x)))",),
    ("y = x**3 - 3*x**2 + x + 3",),
    ("y = x**2*sin(x**2)",),
)

CASES = tuple(
    Case(number, program, tuple(options)) for number, (program, *options) in enumerate(_PROGRAMS, 1)
)
