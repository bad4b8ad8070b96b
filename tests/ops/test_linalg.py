"""Linear algebra: every sample is verified in numbers and symbols, to second order, and against torch."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from chainrule.api import derive
from chainrule.diagnostics import ChainRuleError
from chainrule.language.elaborate import elaborate
from chainrule.language.parser import parse_program
from chainrule.laws import LAWS
from chainrule.numeric.arrays import Arrays
from chainrule.numeric.evaluate import evaluate
from chainrule.numeric.floats import Floats
from chainrule.numeric.precise import Precise
from chainrule.numeric.tensors import Tensor
from chainrule.ops import TABLE
from chainrule.ops.linalg import LINALG, NOT_YET
from chainrule.ops.table import UNSUPPORTED, Structured
from chainrule.source import Source
from tests.tools import need_module

SAMPLES = [(op, program) for op in LINALG for program in op.samples]
IDS = [program for _, program in SAMPLES]

# A third derivative is missing here.
FIRST_ORDER = {"polar", "lyapunov", "expm_second", "expm_frechet"}
# Programs over matrices of any size; a scalar output so that the second derivative is a Hessian.
SYMBOLIC = [
    "X : [n, n]; out = sum(inv(X)**2)",
    "X : [n, n]; out = det(X)",
    "X : [n, n]; out = slogdet(X)",
    "X : [n, m]; out = logdet(X.T@X + eye(m))",
    "X : [n, n]; b : [n]; out = sum(solve(X, b)**2)",
    "X : [n, n]; B : [n, m]; out = sum(solve(X, B)**2)",
    "X : [m, n]; c : [m]; out = sum((pinv(X)@c)**2)",
    "X : [n, m]; c : [n]; out = sum((pinv(X)@c)**2)",
    "X : [n, n]; out = trace(matrix_power(X, 3))",
    "X : [n, n]; out = sum(matrix_power(X, -2))",
    "X : [n, m]; out = sum(cholesky(X.T@X + eye(m))**3)",
    "S : [n, n]; S : symmetric; out = sum(cholesky(S + 5*eye(n))**3)",
    "A : [n, n]; c : [n]; out = eigvalsh(A)@c",
    "S : [n, n]; S : symmetric; out = sum(eigvalsh(S)**3)",
    "X : [n, n]; c : [n]; out = svdvals(X)@c",
    "X : [m, n]; out = nuclear_norm(X)",
    "X : [n, m]; out = nuclear_norm(X)**2",
    "X : [m, n]; out = spectral_norm(X)",
    "X : [n, n]; C : [n, n]; out = sum(C*matrix_exp(X))",
    "X : [k, n, n]; out = sum(slogdet(X)**2)",
    "X : [k, n, n]; b : [n]; out = sum((inv(X)@b)**2)",
]


def declared(program: str) -> str:
    """A sample with declarations in the place of its data."""

    def change(match: re.Match[str]) -> str:
        shape = np.shape(eval(match[2], {}))  # noqa: S307  a literal of the op table
        return f"{match[1]} : {list(shape)}"

    return re.sub(r"(\w+) = (\[\[.*?\]\])", change, program)


@pytest.mark.parametrize(("op", "program"), SAMPLES, ids=IDS)
def test_samples_are_verified(op: Any, program: str) -> None:
    wrt = "c" if op.name == "lyapunov" else None
    if op.name == "expm_second":
        assert set(op.pullbacks) == {UNSUPPORTED}
        return
    assert derive(program, wrt=wrt).verified
    assert derive(declared(program), wrt=wrt).verified


@pytest.mark.parametrize("program", [p for op, p in SAMPLES if op.name not in FIRST_ORDER])
def test_second_derivatives_of_samples(program: str) -> None:
    *data, last = declared(program).split(";")
    scalar = "; ".join([*data, last.replace("out =", "y ="), " out = sum(y**2)"])
    assert derive(scalar, order=2).verified


@pytest.mark.parametrize("program", SYMBOLIC)
@pytest.mark.parametrize("order", [1, 2])
def test_symbolic_shapes(program: str, order: int) -> None:
    assert derive(program, order=order).verified


@pytest.mark.parametrize("name", sorted(NOT_YET))
def test_what_is_missing_is_told_with_the_nearest_thing(name: str) -> None:
    with pytest.raises(ChainRuleError) as caught:
        derive(f"X : [3, 3]; out = {name}(X)")
    assert caught.value.diagnostic.code == "unsupported"
    assert caught.value.diagnostic.notes


@pytest.mark.parametrize(
    "program",
    [
        "X : [m, n]; out = sum(svdvals(X))",
        "x : [2, 2]; out = sum(polar(x)**2*x); y = sum(lyapunov(x, x))",
        "X : [2, 2]; out = expm_second(X, X, X)",
    ],
)
def test_missing_rules_are_told(program: str) -> None:
    with pytest.raises(ChainRuleError) as caught:
        derive(program)
    assert caught.value.diagnostic.code == "unsupported"


@pytest.mark.parametrize("op", [op for op in LINALG if isinstance(op, Structured)], ids=lambda op: op.name)
def test_spellings(op: Structured) -> None:
    program = op.samples[0]
    values = {
        number(derive_value(program.replace(f"{op.name}(", f"{name}("))) for name in (op.name, *op.aliases)
    }
    assert len(values) == 1


def number(value: Any) -> float:
    return round(float(np.sum(np.abs(value))), 12)


def derive_value(program: str) -> Any:
    """The value of the output in floats, from the data in the program."""
    pipeline = elaborate(parse_program(Source(program, "sample")), values=shapes(program))
    return evaluate(
        pipeline.graph, [pipeline.nodes["out"]], point(pipeline.nodes, program), {}, Arrays(LAWS)
    )[pipeline.nodes["out"]]


def shapes(program: str) -> dict[str, tuple[int, ...]]:
    return {name: np.shape(value) for name, value in data(program).items()}


def data(program: str) -> dict[str, Any]:
    """The data statements of a sample."""
    found = {name: eval(text, {}) for name, text in re.findall(r"(\w+) = (\[\[.*?\]\])", program)}  # noqa: S307
    for name, text in re.findall(r"(\w+) : (\[.*?\])", program):
        shape = eval(text, {})  # noqa: S307
        found[name] = (np.arange(1.0, 1 + np.prod(shape)) ** 2 % 7).reshape(shape).tolist()
    return found


def point(nodes: Mapping[str, int], program: str) -> dict[int, Tensor]:
    return {
        nodes[name]: Tensor([float(x) for x in np.ravel(value)], np.shape(value))
        for name, value in data(program).items()
    }


@pytest.mark.parametrize(("op", "program"), SAMPLES, ids=IDS)
def test_every_arithmetic_agrees(op: Any, program: str) -> None:
    pipeline = elaborate(parse_program(Source(program, "sample")), values=shapes(program))
    graph, out = pipeline.graph, pipeline.nodes["out"]
    given = point(pipeline.nodes, program)
    wanted = np.array(evaluate(graph, [out], given, {}, Arrays(LAWS))[out], float).ravel()
    assert np.isfinite(wanted).all()
    for arithmetic in (Floats(LAWS), Precise(30, LAWS)):
        found = np.array([float(x) for x in evaluate(graph, [out], given, {}, arithmetic)[out].entries])
        if op.name in ("eigh_vectors", "svd_right"):
            found, wanted = np.abs(found), np.abs(wanted)  # a unit vector has two directions
        np.testing.assert_allclose(found, wanted, rtol=1e-10, atol=1e-12)


# --- torch ----------------------------------------------------------------------------------------------

TORCH: Mapping[str, Callable[[Any], Any]] = {
    "inv(X)": lambda t: t.linalg.inv,
    "det(X)": lambda t: t.linalg.det,
    "logdet(X)": lambda t: t.logdet,
    "slogdet(X)": lambda t: lambda x: t.linalg.slogdet(x)[1],
    "pinv(X)": lambda t: t.linalg.pinv,
    "matrix_power(X, 3)": lambda t: lambda x: t.linalg.matrix_power(x, 3),
    "matrix_power(X, -2)": lambda t: lambda x: t.linalg.matrix_power(x, -2),
    "cholesky(X)": lambda t: t.linalg.cholesky,
    "eigvalsh(X)": lambda t: t.linalg.eigvalsh,
    "svdvals(X)": lambda t: t.linalg.svdvals,
    "nuclear_norm(X)": lambda t: lambda x: t.linalg.matrix_norm(x, "nuc"),
    "spectral_norm(X)": lambda t: lambda x: t.linalg.matrix_norm(x, 2),
    "matrix_exp(X)": lambda t: t.linalg.matrix_exp,
    "solve(X, 2*X.T)": lambda t: lambda x: t.linalg.solve(x, 2 * x.T),
}
MATRIX = np.array([[4.0, 0.5, -1.0], [0.5, 3.0, 1.0], [-1.0, 1.0, 5.0]])


@pytest.mark.parametrize("expression", TORCH)
def test_against_torch(expression: str) -> None:
    torch = need_module("torch")
    x = torch.tensor(MATRIX, requires_grad=True)
    out = (TORCH[expression](torch)(x) ** 2).sum()
    (wanted,) = torch.autograd.grad(out, x)
    found = derive(f"X : [3, 3]; y = {expression}; out = sum(y**2)").gradient("X")(X=MATRIX)
    np.testing.assert_allclose(found, wanted.numpy(), rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("expression", ["pinv(X)", "svdvals(X)", "nuclear_norm(X)", "spectral_norm(X)"])
@pytest.mark.parametrize("shape", [(2, 4), (4, 2)])
def test_against_torch_when_not_square(expression: str, shape: tuple[int, int]) -> None:
    torch = need_module("torch")
    matrix = np.random.default_rng(3).normal(size=shape)
    x = torch.tensor(matrix, requires_grad=True)
    out = (TORCH[expression](torch)(x) ** 2).sum()
    (wanted,) = torch.autograd.grad(out, x)
    found = derive(f"X : {list(shape)}; y = {expression}; out = sum(y**2)").gradient("X")(X=matrix)
    np.testing.assert_allclose(found, wanted.numpy(), rtol=1e-9, atol=1e-10)


# --- where nothing is defined -----------------------------------------------------------------------------


_SINGULAR = "X = [[1, 2], [2, 4]]"


@pytest.mark.parametrize(
    ("program", "values", "told"),
    [
        (
            "X : [2, 2]; out = sum(inv(X))",
            _SINGULAR,
            "out: inv(X) does not exist, for the matrix is singular",
        ),
        (
            "X : [2, 2]; out = logdet(X)",
            _SINGULAR,
            "out: logdet(X) does not exist, for the matrix is singular",
        ),
        ("X : [2, 2]; out = logdet(X)", "X = [[1, 2], [2, 1]]", "out: logdet(X) is not a real number"),
        (
            "X : [2, 2]; out = sum(cholesky(X))",
            "X = [[1, 2], [2, 1]]",
            "out: cholesky(X) does not exist, for the matrix is not positive definite",
        ),
        (
            "X : [2, 2]; out = sum(pinv(X))",
            _SINGULAR,
            "out: pinv(X) does not exist, for the rank of the matrix is not full",
        ),
        (
            "X : [2, 2]; b : [2]; out = sum(solve(X, b))",
            f"{_SINGULAR}; b = [1, 1]",
            "out: solve(X, b) does not exist, for the matrix is singular",
        ),
        (
            "X : [2, 2]; out = nuclear_norm(X)",
            _SINGULAR,
            "dout/dX: polar(X) does not exist, for the rank of the matrix is not full",
        ),
    ],
)
def test_undefined_values_are_told(program: str, values: str, told: str) -> None:
    assert told in str(derive(program, at=values))


@pytest.mark.parametrize(
    ("program", "shape"),
    [
        ("X : [100, 100]; b : [100]; out = sum(solve(X, b))", None),
        ("X : [12, 12]; out = sum(eigvalsh(X)**2)", (12, 12)),
        ("X : [30, 30]; out = slogdet(X)", (30, 30)),
        ("X : [12, 8]; out = nuclear_norm(X)", (12, 8)),
    ],
)
def test_large_matrices_are_verified(program: str, shape: tuple[int, int] | None) -> None:
    values = None if shape is None else {"X": np.random.default_rng(0).normal(size=shape)}
    assert derive(program, at=values).verified


def test_norms_of_matrices_are_typeset() -> None:
    assert r"\lVert X \rVert_{*}" in derive("X : [m, n]; out = nuclear_norm(X)").render("latex")
    assert r"\lVert X \rVert_{2}" in derive("X : [m, n]; out = spectral_norm(X)").render("latex")


def test_a_zero_determinant_is_a_number() -> None:
    assert derive("X : [2, 2]; out = det(X)", at="X = [[1, 2], [2, 4]]", exact=True).value == 0


def test_the_table_is_complete() -> None:
    names = {name for op in LINALG for name in (op.name, *op.aliases)}
    assert names | set(TABLE) >= {
        "inv",
        "inverse",
        "det",
        "logdet",
        "slogdet",
        "solve",
        "matrix_power",
        "cholesky",
    }
    assert not names & set(NOT_YET)
