"""Exact numbers in digits."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.notation.numerals import decimal, digits, spelled
from chainrule.terms import Number


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("0", "0.0"),
        ("2", "2.0"),
        ("0.1", "0.1"),
        ("-0.5", "-0.5"),
        ("12.25", "12.25"),
        ("0.0001", "0.0001"),
        ("0.00001", "1e-5"),
        ("-0.0000125", "-1.25e-5"),
        ("1e15", "1000000000000000.0"),
        ("1e16", "1e16"),
        ("123456789012345678", "1.23456789012345678e17"),
        ("1/3", None),
    ],
)
def test_decimals(value, text):
    assert decimal(Fraction(value)) == text


@given(st.integers(-(10**30), 10**30), st.integers(-40, 40))
def test_a_decimal_is_exact(mantissa, exponent):
    value = Fraction(mantissa) * Fraction(10) ** exponent
    assert Fraction(decimal(value) or "") == value


def test_a_decimal_without_an_end_is_a_fraction():
    assert spelled(Number(Fraction(1, 3), decimal=True)) == "1/3"


def test_whole_numbers_of_any_size():
    assert digits(-(10**9000) - 7) == "-1" + "0" * 8999 + "7"
