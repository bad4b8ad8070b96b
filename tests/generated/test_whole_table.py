"""Random programs over the whole op table: a few here, thousands in the campaign."""

from __future__ import annotations

from importlib.util import find_spec
from itertools import count, islice

import pytest

from chainrule.derivation.data import Options
from chainrule.derivation.derive import derive
from chainrule.ops import TABLE
from chainrule.source import Source
from tests.generated.campaign import campaign, explored
from tests.generated.choosing import OPERATIONS, UNSPELLED, single_use, whole_table_program
from tests.generated.judging import spelled

_LEAST, _SHORT = 5, 100


def test_judges_agree_on_a_few_programs() -> None:
    seeds = [*islice((seed for seed in count(3, 7) if len(whole_table_program(seed).text) <= _SHORT), 40)]
    report = explored(seeds, with_torch=find_spec("torch") is not None, small=False)
    assert report.failures == []
    assert report.judges["differences"] >= 36


@pytest.mark.parametrize("name", OPERATIONS[::9])
def test_every_operation_has_its_turn(name: str) -> None:
    program = single_use(name, 0)
    assert name in spelled(program.text), program.text
    assert derive(Source(program.text), Options(verify=False), at=[Source(program.at)]).value is not None


def test_only_what_no_program_can_call_is_left_out() -> None:
    assert {*OPERATIONS, *UNSPELLED} == {*TABLE}


@pytest.mark.campaign
def test_judges_agree_on_thousands_of_programs() -> None:
    report = campaign(range(2000), jobs=2, with_torch=find_spec("torch") is not None)
    assert report.failures == []
    assert report.missing(_LEAST) == []
    assert sum(report.rejected.values()) < report.programs / 5
