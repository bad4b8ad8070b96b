"""What says the same has the same gradients."""

from __future__ import annotations

from itertools import count, islice
from random import Random
from typing import Any

import pytest

from chainrule.derivation.data import Options
from chainrule.derivation.derive import derive
from chainrule.source import Source
from tests.generated import rewriting
from tests.generated.cases import assert_close, numbers
from tests.generated.programs import Program, random_program

SEEDS = [
    *islice(
        (
            s
            for s in count()
            if 100 <= len(random_program(s).text) <= 260 and "function" not in random_program(s).text
        ),
        14,
    )
]
QUICK = Options(verify=False, exact=False)


def gradients(text: str, at: str) -> dict[str, Any]:
    made = derive(Source(text), QUICK, at=[Source(at)])
    return {gradient.wrt[0]: numbers(gradient.value) for gradient in made.gradients}


def assert_same(one: Program, other: Program, table: dict[str, str] | None = None) -> None:
    before, after = gradients(one.text, one.at), gradients(other.text, other.at)
    names = table or {name: name for name in before}
    assert {names[name] for name in before} == set(after)
    for name, value in before.items():
        assert_close(after[names[name]], value, f"{name} in {other.text}")


def random(seed: int) -> Random:
    return Random(f"rewriting {seed}")  # noqa: S311  no secret


@pytest.mark.parametrize("seed", SEEDS)
def test_names_do_not_matter(seed: int) -> None:
    program = random_program(seed)
    other = rewriting.with_other_names(program)
    assert_same(program, other, dict(zip(program.values, other.values, strict=True)))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_statement_may_be_written_out(seed: int) -> None:
    assert_same(random_program(seed), rewriting.inlined(random_program(seed), random(seed)))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_part_may_have_a_name(seed: int) -> None:
    assert_same(random_program(seed), rewriting.split(random_program(seed), random(seed)))


@pytest.mark.parametrize("seed", SEEDS)
def test_brackets_do_not_matter(seed: int) -> None:
    assert_same(random_program(seed), rewriting.bracketed(random_program(seed), random(seed)))


@pytest.mark.parametrize("seed", SEEDS)
def test_lines_are_statements(seed: int) -> None:
    program = random_program(seed)
    before, after = gradients(program.text, program.at), gradients(rewriting.spread(program), program.at)
    assert before.keys() == after.keys()
    for name, value in before.items():
        assert_close(after[name], value, name)


@pytest.mark.campaign
@pytest.mark.parametrize("start", range(0, 1000, 20))
def test_many_programs_said_otherwise(start: int) -> None:
    for seed in range(start, start + 20):
        program = random_program(seed)
        if "function" in program.text:
            continue
        other = rewriting.with_other_names(program)
        assert_same(program, other, dict(zip(program.values, other.values, strict=True)))
        for change in (rewriting.inlined, rewriting.split, rewriting.bracketed):
            assert_same(program, change(program, random(seed)))
