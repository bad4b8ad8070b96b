"""Kinks that values sit on, and the first part of a formula that has no value."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from chainrule.language.elaborate import kernel
from chainrule.numeric.arithmetic import Context
from chainrule.numeric.exact import Exact
from chainrule.numeric.floats import Floats
from chainrule.numeric.kinks import Met, kinks_met
from chainrule.numeric.trouble import Trouble, find_trouble
from chainrule.terms import Apply, Term
from tests.numeric.programs import LAWS, Program, program


def condition(text: str, parameters: tuple[str, ...]) -> Term:
    return kernel(f"where({text}, 1, 0)", parameters).children[0]


def met(prog: Program, name: str, arithmetic: Any) -> list[Met]:
    number = prog.nodes[name]
    wanted = range(len(prog.graph))
    tensors = dict(zip(wanted, prog.run(arithmetic, *wanted), strict=True))
    return list(kinks_met(prog.graph, number, tensors, Context(), arithmetic, condition))


@pytest.mark.parametrize("arithmetic", [Exact(LAWS), Floats(LAWS)], ids=["exact", "floats"])
def test_entries_on_a_kink(arithmetic: Any) -> None:
    prog = program("y = relu(x) + abs(x - 1)*2", x=[[-1, 0, 1], [2, 3, 0]])
    found = [(m.entry, m.part.op, m.at, list(m.values)) for m in met(prog, "y", arithmetic)]
    assert found == [
        ((0, 1), "relu", "x == 0", [0]),
        ((0, 2), "abs", "x == 0", [0]),
        ((1, 2), "relu", "x == 0", [0]),
    ]


def test_kinks_of_two_arguments_and_jumps() -> None:
    prog = program("y = maximum(x, 2*x - 1); z = sign(x - 1)", x=[0, 1])
    tie, other = met(prog, "y", Exact(LAWS))
    assert [m.kink and m.kink.operand for m in (tie, other)] == [0, 1]
    assert (tie.entry, tie.at, tie.values) == ((1,), "a == b", (1, 1))
    assert tie.kink is not None
    assert tie.kink.between == ("0", "1")
    (jump,) = met(prog, "z", Exact(LAWS))
    assert (jump.entry, jump.kink) == ((1,), None)


def test_a_kink_in_a_branch_not_taken_is_not_met() -> None:
    prog = program("y = where(x > 0, x, abs(x)*0 + relu(x - 5))", x=[0, 5])
    assert [m.entry for m in met(prog, "y", Exact(LAWS))] == [(0,)]


def test_kinks_under_a_sum_and_after_what_is_not_rational() -> None:
    assert len(met(program("y = sum(abs(x))", x=[0, 1, 0]), "y", Exact(LAWS))) == 1
    prog = program("y = relu(sin(x)) + relu(x)", x=[0.0, 1.0])
    floats = met(prog, "y", Floats(LAWS))
    assert [m.entry for m in floats] == [(0,), (0,)]


def test_ties_and_norms() -> None:
    prog = program(
        "m = max(x, axis=1, keepdims=True); n = norm(x, axis=1, keepdims=True)", x=[[0, 0], [1, 2], [3, 3]]
    )
    assert [m.entry for m in met(prog, "m", Floats(LAWS))] == [(0, 0), (2, 0)]
    assert [m.entry for m in met(prog, "n", Floats(LAWS))] == [(0, 0)]


def trouble(text: str, x: Any) -> Trouble:
    prog = program(text, x=x)
    found = find_trouble(prog.graph, prog.nodes["out"], prog.values, {}, LAWS)
    assert found is not None
    return found


TROUBLES = [
    ("y = x - 2; out = 3/y", [1, 2, 3], "pole", "out", (1,), "div", ("3", "0")),
    ("y = log(x); z = 2*y; out = z + 1", [1, 0, -1], "pole", "y", (1,), "log", ("0",)),
    ("y = log(x); out = sum(y)", [1, -1], "domain", "y", (1,), "log", ("-1",)),
    ("out = 1 + sqrt(x)*x**2", [4, -4], "domain", "out", (1,), "sqrt", ("-4",)),
    ("y = exp(x); out = 2*y", [1, 1000], "overflow", "y", (1,), "exp", ("1000",)),
    ("out = sum(1/x)", [[1, 2], [0, 4]], "pole", "out", (), "div", ("1", "0")),
    ("y = 1/x; out = max(y)", [1, 0], "pole", "y", (1,), "div", ("1", "0")),
    ("y = 1/x; z = y[1:]; out = z.T", [1, 0, 2], "pole", "y", (1,), "div", ("1", "0")),
    ("out = where(x > 0, 1, 1/x)", [1, 0], "pole", "out", (1,), "div", ("1", "0")),
    ("out = x**(-1/2)", [1, 0], "pole", "out", (1,), "pow", ("0", "-0.5")),
]


@pytest.mark.parametrize(
    ("text", "x", "kind", "name", "entry", "op", "values"), TROUBLES, ids=[t[0] for t in TROUBLES]
)
def test_the_first_part_that_fails(
    text: str, x: Any, kind: str, name: str, entry: tuple[int, ...], op: str, values: tuple[str, ...]
) -> None:
    prog = program(text, x=x)
    found = trouble(text, x)
    assert isinstance(found.part, Apply)
    assert (found.kind, found.node, found.entry, found.part.op, found.values) == (
        kind, prog.nodes[name], entry, op, values,
    )  # fmt: skip


def test_zero_times_infinity() -> None:
    found = trouble("y = exp(x); out = y*exp(-x)", [1000])
    assert found.kind == "overflow"
    assert trouble("out = (x*10**200*10**200)*0 + x", [10**300]).kind in ("overflow", "zero times infinity")


def test_no_trouble_where_there_is_none() -> None:
    prog = program("out = where(x > 0, log(x), 0)", x=[0, Fraction(1, 2)])
    assert find_trouble(prog.graph, prog.nodes["out"], prog.values, {}, LAWS) is None


def test_trouble_in_a_large_program_is_found_with_numpy() -> None:
    import numpy as np

    x = np.linspace(-1, 1, 30_001)
    prog = program("y = 1/x; out = sum(y)", x=x)
    found = find_trouble(prog.graph, prog.nodes["out"], prog.values, {}, LAWS)
    assert found is not None
    assert (found.node, found.entry, found.kind) == (prog.nodes["y"], (15_000,), "pole")
