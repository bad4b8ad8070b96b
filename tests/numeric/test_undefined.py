"""Entries without a value: they stay what they are, they never crash, and they do not leak."""

from __future__ import annotations

import math
import warnings
from fractions import Fraction

import numpy as np
import pytest

from chainrule.numeric.arrays import Arrays
from chainrule.numeric.entries import Undefined
from chainrule.numeric.exact import Exact
from chainrule.numeric.precise import Precise
from tests.numeric.programs import LAWS, as_array, floating, program

VALUELESS = [
    ("1/x", 0, "pole"),
    ("x/x", 0, "pole"),
    ("x**(-2)", 0, "pole"),
    ("x**(-1/2)", 0, "pole"),
    ("log(x)", 0, "pole"),
    ("log(x)", -1, "domain"),
    ("sqrt(x)", -1, "domain"),
    ("x**(1/3)", -8, "domain"),
    ("0*(1/x)", 0, "pole"),
    ("exp(-1/x**2)", 0, "pole"),
    ("1/(1 + 1/x)", 0, "pole"),
    ("where(1/x > 0, 1, 2)", 0, "pole"),
    ("maximum(1/x, 3)", 0, "pole"),
    ("(1/x)**0*x**0", 0, "pole"),
]


@pytest.mark.parametrize(("text", "value", "reason"), VALUELESS, ids=[case[0] for case in VALUELESS])
def test_an_entry_without_a_value(text: str, value: int, reason: str) -> None:
    prog = program(f"y = {text}", x=[value, 1])
    for arithmetic in floating():
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            (out,) = prog.run(arithmetic, "y")
        assert math.isnan(as_array(out)[0]), arithmetic
        assert math.isfinite(as_array(out)[1]), arithmetic
    precise = prog.run(Precise(30, LAWS), "y")[0].entries[0]
    assert isinstance(precise, Undefined)
    assert precise.reason == reason


def test_exact_arithmetic_gives_the_reason() -> None:
    for text, value, reason in VALUELESS:
        if "exp" not in text:
            entry = program(f"y = {text}", x=value).run(Exact(LAWS), "y")[0].entries[0]
            assert isinstance(entry, Undefined), text
            assert entry.reason == reason, text


UNTAKEN = [
    ("where(x > 0, log(x), x)", [-1.0, 0.0, 1.0], [-1.0, 0.0, 0.0]),
    ("where(x == 0, 1, sin(x)/x)", [0.0, math.pi / 2], [1.0, 2 / math.pi]),
    ("where(x > 0, 1/x, where(x < 0, sqrt(-x), 7))", [0.0, -4.0, 2.0], [7.0, 2.0, 0.5]),
    ("where(x < 5, x, exp(1000*x)*0)", [1.0, 2.0], [1.0, 2.0]),
]


@pytest.mark.parametrize(("text", "x", "expected"), UNTAKEN)
def test_the_branch_not_taken_does_no_harm(text: str, x: list[float], expected: list[float]) -> None:
    prog = program(f"y = {text}; total = sum(y)", x=x)
    for arithmetic in floating()[:2] + floating()[3:]:
        y, total = prog.run(arithmetic, "y", "total")
        np.testing.assert_allclose(as_array(y), expected)
        assert float(as_array(total)) == pytest.approx(sum(expected))


def test_one_bad_entry_leaves_the_others_alone() -> None:
    x = [2.0, 0.0, -1.0, 4.0]
    prog = program("y = log(x) + 1/x; m = max(x*y); s = sum(y)", x=x)
    for arithmetic in floating():
        y, m, s = (as_array(t) for t in prog.run(arithmetic, "y", "m", "s"))
        assert np.isnan(y).tolist() == [False, True, True, False]
        assert math.isnan(m)
        assert math.isnan(s)


def test_a_pole_in_a_large_block_is_found() -> None:
    x = np.linspace(-1, 1, 100_001)
    (y,) = program("y = 1/(1 + 1/x)", x=x).run(Arrays(LAWS), "y")
    assert np.flatnonzero(np.isnan(y)).tolist() == [0, 50_000]


def test_overflow_is_infinite_in_floats_and_comes_back() -> None:
    prog = program("y = exp(x); z = 1/(1 + y)", x=1000)
    for arithmetic in (floating()[0], floating()[3]):
        y, z = (as_array(t) for t in prog.run(arithmetic, "y", "z"))
        assert y == math.inf
        assert z == 0
    huge = program("y = exp(exp(x))", x=1000).run(Precise(30, LAWS), "y")[0].entries[0]
    assert isinstance(huge, Undefined)
    assert huge.reason == "overflow"


def test_undefined_absorbs_every_operation() -> None:
    bad = Undefined("pole")
    for result in (
        bad + 1,
        1 + bad,
        bad * Fraction(0),
        Fraction(0) * bad,
        2 / bad,
        bad / 2,
        -bad,
        2**bad,
        bad < 1,
    ):
        assert result is bad
