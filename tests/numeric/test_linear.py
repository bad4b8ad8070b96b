"""Linear algebra over entries: the same answers in every arithmetic, exact ones where there are any."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations
from math import isnan, prod
from random import Random

import numpy as np
import pytest

from chainrule.numeric.array_linear import MATRIX_OPERATIONS
from chainrule.numeric.dual import Dual, Duals, slopes, toward
from chainrule.numeric.entries import NotRational, Undefined
from chainrule.numeric.exact import Exact
from chainrule.numeric.floats import Floats
from chainrule.numeric.matrix_operations import NAMES, matrix_operation
from chainrule.numeric.precise import Precise
from chainrule.numeric.spectral import Spectral
from chainrule.numeric.symbolic import Symbolic
from chainrule.numeric.tensors import Tensor

SHAPES = {"svdvals": (3, 2), "svd_right": (3, 2), "polar": (3, 2), "pinv": (3, 2), "nuclear_norm": (3, 2)}
RATIONAL = ("inv", "det", "cofactors", "pinv")
COUNT = {"lyapunov": 2, "expm_frechet": 2, "expm_second": 3}
EXACT = Exact()


def random_rows(rows: int, columns: int, seed: int) -> list[list[Fraction]]:
    random = Random(seed)  # noqa: S311  no secret
    return [
        [Fraction(random.randint(-9, 9), random.randint(1, 5)) for _ in range(columns)] for _ in range(rows)
    ]


def leibniz(rows: list[list[Fraction]]) -> Fraction:
    """The determinant as the sum over permutations."""
    total = Fraction(0)
    for order in permutations(range(len(rows))):
        crossings = sum(order[i] > order[j] for j in range(len(order)) for i in range(j))
        total += (-1) ** crossings * prod(rows[k][order[k]] for k in range(len(order)))
    return total


def flat(rows: list[list[Fraction]]) -> Tensor:
    return Tensor([entry for row in rows for entry in row], (len(rows), len(rows[0])))


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_determinants_and_inverses_are_exact(size: int, seed: int) -> None:
    m, rows = Spectral(EXACT), random_rows(size, size, seed)
    assert m.det(rows) == leibniz(rows)
    if leibniz(rows):
        assert m.product(rows, m.inv(rows)) == m.identity(size)


@pytest.mark.parametrize("rank", [0, 1, 2, 3])
def test_cofactors_at_any_rank(rank: int) -> None:
    """Each is the determinant, as a sum over permutations, with its row replaced by a unit row."""
    a = Spectral(EXACT).product(random_rows(3, max(rank, 1), 5), random_rows(max(rank, 1), 3, 6))
    a = a if rank else [[Fraction(0)] * 3 for _ in range(3)]
    unit = [[Fraction(int(i == j)) for j in range(3)] for i in range(3)]
    wanted = [[leibniz([*a[:i], unit[j], *a[i + 1 :]]) for j in range(3)] for i in range(3)]
    assert Spectral(EXACT).cofactors(a) == wanted
    floats = Floats().load(flat(a))
    by_rows = matrix_operation("cofactors", [floats], (3, 3), Floats()).entries
    by_arrays = MATRIX_OPERATIONS["cofactors"](np.array(floats.entries).reshape(3, 3)).ravel()
    for found in (by_rows, by_arrays):
        assert list(found) == pytest.approx([float(x) for row in wanted for x in row], rel=1e-10, abs=1e-9)


@pytest.mark.parametrize("shape", [(2, 3), (3, 2), (3, 3)])
def test_the_pseudoinverse_has_its_four_properties(shape: tuple[int, int]) -> None:
    m, a = Spectral(EXACT), random_rows(*shape, seed=1)
    p = m.pinv(a)
    ap, pa = m.product(a, p), m.product(p, a)
    assert m.product(ap, a) == a
    assert m.product(pa, p) == p
    assert ap == [list(row) for row in zip(*ap, strict=True)]
    assert pa == [list(row) for row in zip(*pa, strict=True)]


@pytest.mark.parametrize("rank", [0, 1, 2, 3])
def test_the_slope_of_a_determinant_at_any_rank(rank: int) -> None:
    """Dual numbers have the slope of det at singular matrices too; a sum over permutations is the judge."""
    a = Spectral(EXACT).product(random_rows(3, max(rank, 1), 5), random_rows(max(rank, 1), 3, 6))
    a = a if rank else [[Fraction(0)] * 3 for _ in range(3)]
    d = random_rows(3, 3, 7)
    found = slopes(matrix_operation("det", [toward(flat(a), flat(d))], (), Duals())).entries[0]
    step = Fraction(1, 10**12)
    ahead, behind = (
        leibniz([[x + s * y for x, y in zip(*rows, strict=True)] for rows in zip(a, d, strict=True)])
        for s in (step, -step)
    )
    assert abs(found - (ahead - behind) / (2 * step)) < Fraction(1, 10**15)


def test_dual_inverses_have_the_slope_of_the_rule() -> None:
    m, a, d = Spectral(EXACT), random_rows(3, 3, 2), random_rows(3, 3, 3)
    out = matrix_operation("inv", [toward(flat(a), flat(d))], (3, 3), Duals())
    assert isinstance(out.entries[0], Dual)
    wanted = m.scaled(Fraction(-1), m.product(m.inv(a), m.product(d, m.inv(a))))
    assert list(slopes(out).entries) == [x for row in wanted for x in row]


@pytest.mark.parametrize("op", sorted(NAMES))
def test_floats_digits_and_numpy_agree(op: str) -> None:
    operands = [
        np.array(random_rows(*SHAPES.get(op, (3, 3)), 11 + k), float) / 3 for k in range(COUNT.get(op, 1))
    ]
    if op in ("cholesky", "lyapunov"):
        operands[0] = operands[0] @ operands[0].T + np.eye(3)
    wanted = np.asarray(MATRIX_OPERATIONS[op](*operands))
    assert np.isfinite(wanted).all()
    tensors = [Tensor(x.ravel().tolist(), x.shape) for x in operands]
    for numbers in (Floats(), Precise(30)):
        found = matrix_operation(op, [numbers.load(t) for t in tensors], wanted.shape, numbers)
        got = np.array([float(x) for x in found.entries]).reshape(wanted.shape)
        if op in ("eigh_vectors", "svd_right"):
            got, wanted = np.abs(got), np.abs(wanted)
        np.testing.assert_allclose(got, wanted, rtol=1e-10, atol=1e-11)


@pytest.mark.parametrize("op", sorted(set(NAMES) - set(RATIONAL) - {"cholesky"}))
@pytest.mark.parametrize("numbers", [EXACT, Duals(), Symbolic()], ids=["exact", "dual", "symbolic"])
def test_what_never_ends_is_no_fraction(op: str, numbers: Exact) -> None:
    rows = random_rows(*SHAPES.get(op, (2, 2)), 1)
    operands = [numbers.load(flat(rows))] * COUNT.get(op, 1)
    with pytest.raises(NotRational):
        matrix_operation(op, operands, (2, 2), numbers)


def test_cholesky_of_squares_is_rational() -> None:
    m = Spectral(EXACT)
    assert m.cholesky([[Fraction(4), Fraction(2)], [Fraction(2), Fraction(10)]]) == [[2, 0], [1, 3]]
    with pytest.raises(NotRational):
        m.cholesky([[Fraction(2), Fraction(0)], [Fraction(0), Fraction(1)]])


@pytest.mark.parametrize(
    ("op", "rows", "reason"),
    [
        ("inv", [[1, 2], [2, 4]], "singular"),
        ("inv", [[1, 2, 3], [4, 5, 6], [7, 8, 9]], "singular"),
        ("pinv", [[1, 2], [2, 4], [3, 6]], "rank"),
        ("cholesky", [[1, 2], [2, 1]], "indefinite"),
        ("polar", [[1, 2], [2, 4], [3, 6]], "rank"),
    ],
)
def test_undefined_matrices_say_why(op: str, rows: list[list[int]], reason: str) -> None:
    tensor = flat([[Fraction(x, 10) for x in row] for row in rows])
    shape = tensor.shape[::-1] if op == "pinv" else tensor.shape
    entry = matrix_operation(op, [Precise(30).load(tensor)], shape, Precise(30)).entries[0]
    assert isinstance(entry, Undefined)
    assert entry.reason == reason
    for entry in matrix_operation(op, [Floats().load(tensor)], shape, Floats()).entries:
        assert isnan(entry)
    array = np.array([float(x) for x in tensor.entries]).reshape(tensor.shape)
    assert np.isnan(MATRIX_OPERATIONS[op](array)).all()


def test_a_matrix_that_is_badly_scaled_has_an_inverse() -> None:
    rows = [[Fraction(1), Fraction(0)], [Fraction(0), Fraction(1, 10**30)]]
    for numbers in (Floats(), Precise(20)):
        out = matrix_operation("inv", [numbers.load(flat(rows))], (2, 2), numbers)
        np.testing.assert_allclose([float(x) for x in out.entries], [1, 0, 0, 1e30])
    np.testing.assert_allclose(MATRIX_OPERATIONS["inv"](np.diag([1, 1e-30])), np.diag([1, 1e30]))


@pytest.mark.parametrize("op", sorted(NAMES))
def test_one_undefined_matrix_of_a_stack_leaves_the_others(op: str) -> None:
    one = np.array(random_rows(*SHAPES.get(op, (3, 3)), 21), float)
    one = one @ one.T + np.eye(len(one)) if op in ("cholesky", "lyapunov") else one
    other = one.copy()
    other[0, 0] = np.nan
    stacks = [np.stack([one, other])] * COUNT.get(op, 1)
    wanted = np.asarray(MATRIX_OPERATIONS[op](*stacks))
    assert np.isfinite(wanted[0]).all()
    assert np.isnan(wanted[1]).all()
    tensors = [Tensor(x.ravel().tolist(), x.shape) for x in stacks]
    found = np.array(matrix_operation(op, tensors, wanted.shape, Floats()).entries, float).reshape(
        wanted.shape
    )
    np.testing.assert_allclose(np.abs(found), np.abs(wanted), rtol=1e-8, atol=1e-9)


def test_a_repeated_eigenvalue_and_a_diagonal_matrix_need_no_turning() -> None:
    m = Spectral(Floats())
    values, vectors = m.eigh([[2.0, 0.0], [0.0, 2.0]])
    assert values == [2.0, 2.0]
    assert vectors == [[1.0, 0.0], [0.0, 1.0]]
    assert m.exp([[0.0, 0.0], [0.0, 0.0]]) == [[1.0, 0.0], [0.0, 1.0]]
