"""Thirty derivations of published texts and tools, as programs; docs/comparison.md sets them side by side."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.samples.outputs import EXPECTED, OPTIONS, printed

RULES = ("rule by rule",)


@dataclass(frozen=True, slots=True)
class Case:
    """One derivation: the program, the options beyond ``--detail rules``, and what the page shows of it.

    ``shown`` are texts: of each, the block of lines from the first line with it to the next empty line.
    """

    number: int
    program: str
    options: tuple[str, ...] = ()
    shown: tuple[str, ...] = RULES

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

    def excerpt(self) -> str:
        """What the page shows of the golden."""
        lines = self.golden.read_text(encoding="utf-8").splitlines()
        blocks = []
        for text in self.shown:
            start = next(place for place, line in enumerate(lines) if text in line)
            end = next((k for k in range(start, len(lines)) if not lines[k]), len(lines))
            blocks.append("\n".join(lines[start:end]))
        return "\n\n".join(blocks)


_TABLE: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    # --- scalar calculus ---
    ("y = 2*x**5 + 7", (), RULES),
    ("y = (x**2 + 2)*(3*x**3 - 5*x)", (), (*RULES, "y/dx = 15")),
    ("y = 5*x**2/(4*x + 3)", (), (*RULES, "dy/dx = 10x")),
    ("y = cos(7*x**2 + 1)**4", (), RULES),
    ("y = exp(x**2)/x", (), (*RULES, "a common factor")),
    ("y = (2*x**4 + 1)**tan(x)", (), RULES),
    ("y = csc(x) + x*tan(x)", (), RULES),
    ("y = x**2*asin(x)", (), RULES),
    ("y = |x|", ("--at", "x = 0"), ("because", "has a kink")),
    ("implicit y : x**3*sin(y) + y = 4*x + 3", (), ("stays 0", "solved, where")),
    # --- several variables ---
    (
        "x = -1 + 3/5*t; y = 2 + 4/5*t; f = x**2 - x*y + 3*y**2",
        ("--at", "t = 0"),
        ("∂f/∂x, rule", "along 2 paths", "df/dt = (2x", "df/dt = 8  "),
    ),
    ("x = sin(t); y = cos(t); z = 4*x**2 + 3*y**2", (), ("along 2 paths", "dz/dt = (8x)")),
    ("f = x*exp(-3*y) + sin(2*x - 5*y)", ("--order", "2"), ("∂²f/∂x∂y = ", "∂²f/∂x∂y is")),
    ("f = log(x)", ("--at", "x = 1", "--taylor", "3"), ("k   derivative", "T₃ =")),
    # --- matrices and tensors ---
    ("A : [n, n] constant; x : [n]; f = x@A@x", (), (*RULES, "in differentials")),
    (
        "X : [m, n] constant; y : [m] constant; theta : [n]; r = X@theta - y; J = 1/2*r@r",
        (),
        ("∂J/∂r, rule", "∂J/∂θ_j ="),
    ),
    ("x : [n]; z : []; y = sum(x*z)", (), ("∂y/∂x, rule", "∂y/∂z, rule")),
    (
        "x : []; g = stack([x**2, 3*x]); y = stack([log(g[0]), sin(g[1])])",
        (),
        ("∂y/∂g, rule", "∂g/∂x, rule", "∂y/∂x ="),
    ),
    ("A : [m, n] constant; x : [n]; y = A@(x*x)", (), (*RULES, "in differentials")),
    ("w : [n]; x : [n] constant; b : []; z = w@x + b; a = relu(z)", (), ("∂z/∂w, rule", "∂a/∂w_i =")),
    ("x : [n]; s = exp(x)/sum(exp(x))", (), RULES),
    ("z : [k]; y : [k] onehot constant; p = softmax(z); L = -sum(y*log(p))", (), ("∂L/∂z_j =",)),
    (
        (
            "X : [m, n] constant; y : [m] constant; w : [n]; p = sigmoid(X@w); "
            "L = -sum(y*log(p) + (1-y)*log(1-p))"
        ),
        (),
        ("∂L/∂w_j =",),
    ),
    (
        "A : [n, n]; X : [n, n] constant; f = log(det(A)) + trace(inv(A)@X)",
        (),
        (*RULES, "in differentials"),
    ),
    (
        "A : [m, n] constant; X : [n, p]; B : [p, m] constant; f = trace(A@X@B)",
        (),
        (*RULES, "in differentials"),
    ),
    (
        (
            "X : [N, D] constant; W1 : [D, H]; b1 : [H]; W2 : [H, C]; b2 : [C]; y : [N, C] onehot constant; "
            "Z = X@W1 + b1; H1 = relu(Z); S = H1@W2 + b2; L = -mean(sum(y*log_softmax(S), axis=1))"
        ),
        (),
        ("∂L/∂S_ij =",),
    ),
    # --- the tools' own examples ---
    ("x = ones(2, 2); y = x + 2; z = y*y*3; out = z.mean()", (), ("∂out/∂x_ij =",)),
    ("x : []; y = sin(x)*x**2/(1 + tan(cot(x)))", (), RULES),
    ("y = x**3 - 3*x**2 + x + 3", (), RULES),
    ("y = x**2*sin(x**2)", (), (*RULES, "a common factor")),
)

CASES = tuple(Case(number, *case) for number, case in enumerate(_TABLE, 1))
