"""What the campaign over the whole op table found, made small."""

from __future__ import annotations

from fractions import Fraction
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest

from tests.generated.judging import judged
from tests.generated.programs import Program

# Declarations, and one statement.
FOUND = {
    "the square of a norm of what has no index form": (
        "b : [3, 2]",
        "y = norm(overlap_add(b, axis=-1, size=2, shape=(4,)))**2",
    ),
    "a part is taken along the first axis": ("b : [2, 5]", "y = unbind(b)[1]"),
    "the exponent of a constant runs along rows": (
        "b : [2, 3]; c : [3]",
        's = 1.25**einsum("ij,k->i", b, c)',
    ),
    "cotangents of several shapes with one name": ("b : [3, 5]", "w = diagonal(outer(b[0], b[0]))"),
}


def _program(declarations: str, statement: str) -> Program:
    """The program with entries that are all different."""
    entries = iter(Fraction(k * (-1) ** k, 32) for k in range(9, 200, 2))
    exact: dict[str, str] = {}
    values: dict[str, Any] = {}
    for part in declarations.split("; "):
        name, _, dims = part.partition(" : ")
        shape = tuple(int(dim) for dim in dims.partition("]")[0].strip("[").split(",") if dim)
        own = [next(entries) for _ in range(int(np.prod(shape)))]
        exact[name] = _nested(np.array([str(x) for x in own], dtype=object).reshape(shape))
        values[name] = np.array([float(x) for x in own]).reshape(shape)
    name, _, right = statement.partition(" = ")
    return Program(tuple(declarations.split("; ")), ((name, right),), exact, values, {})


def _nested(array: Any) -> str:
    return str(array) if np.ndim(array) == 0 else f"[{', '.join(map(_nested, array))}]"


@pytest.mark.parametrize("what", FOUND)
def test_what_was_wrong_is_right(what: str) -> None:
    outcome = judged(_program(*FOUND[what]), with_torch=find_spec("torch") is not None, verify=True)
    assert outcome.failures == []
    assert outcome.rejected is None


def test_a_sum_below_a_bar_with_a_delta_in_it_is_the_right_one() -> None:
    program = _program(
        "C : [2, 3]; G : [3]", "s = atan((prelu(C, G)@prelu(C, G).T)*eye(2))@(prelu(C, G)@prelu(C, G).T)"
    )
    outcome = judged(
        program.extended(out="norm(s)**2"), with_torch=find_spec("torch") is not None, verify=True
    )
    assert outcome.failures == []
