"""Lengths made of others: their one spelling, their differences, and the numbers behind them."""

from __future__ import annotations

import pytest

from chainrule import derive
from chainrule.diagnostics import ChainRuleError
from chainrule.notation.text import text
from chainrule.shapes import (
    bind,
    length_term,
    minus,
    names_in,
    over,
    plus,
    rounded_up,
    solved,
    taken_away,
    times,
)


def test_one_spelling() -> None:
    assert plus(["n", -1]) == "n - 1"
    assert plus(["n - 1", 1]) == "n"
    assert plus(["n - 3", "m", "n"]) == "m + 2*n - 3"
    assert times(["n - 1", 2]) == "2*n - 2"
    assert times(["n - 1", "m"]) == "m*n - m"
    assert over("2*n - 2", 2) == "n - 1"


def test_a_number_can_be_taken_away_and_a_name_cannot() -> None:
    assert minus("n", 2) == "n - 2"
    assert minus("m + n - 1", "n") == "m - 1"
    assert minus("n", "m") is None
    assert minus(2, "n") is None
    assert minus(2, 3) is None
    assert taken_away("m + n - 3") == 3
    assert taken_away("ceil((n - 2)/3)") == 2


@pytest.mark.parametrize("length", range(3, 12))
@pytest.mark.parametrize("step", [2, 3])
def test_quotients_are_rounded_up(length: int, step: int) -> None:
    dim = rounded_up("n - 2", step)
    assert dim == f"ceil((n - 2)/{step})"
    assert bind((dim, plus([dim, "n"])), {"n": length}) == (
        len(range(2, length, step)),
        len(range(2, length, step)) + length,
    )
    assert names_in(dim) == ("n",)


def test_whole_quotients_are_plain() -> None:
    assert rounded_up("2*n", 2) == "n"
    assert rounded_up(7, 2) == 4
    assert text(length_term(rounded_up("n", 2))) == "ceil(n/2)"


@pytest.mark.parametrize(
    "known", [{"n - 1": 4}, {"ceil(n/3)": 2}, {"ceil((n - 2)/2)": 3, "m": 2}, {"m*n": 6, "m - 1": 1}]
)
def test_lengths_are_found_from_what_is_made_of_them(known: dict[str, int]) -> None:
    found = {**{dim: length for dim, length in known.items() if dim.isidentifier()}, **solved(known)}
    assert all(bind((dim,), found) == (length,) for dim, length in known.items())


@pytest.mark.parametrize("values", ["x = [1, 2]", "x = [3]"])
def test_values_that_leave_a_slice_empty_are_refused(values: str) -> None:
    with pytest.raises(ChainRuleError, match="empty") as caught:
        derive("x : [n]; y = x[2:]; out = sum(y)", at=values)
    assert caught.value.diagnostic.code == "shape"
