"""The thirty derivations print what was read and approved, and the page shows just that."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

import pytest

from chainrule.calculus.lines import Working
from chainrule.derivation.data import Options
from chainrule.derivation.derive import derive
from chainrule.notation.text import text
from chainrule.ops import SPELLINGS
from chainrule.ops.rulebook import RULES
from chainrule.source import Source
from tests.comparison.cases import CASES, Case
from tests.comparison.page import PAGE, VERDICTS, Section, sections

TEXT = PAGE.read_text(encoding="utf-8")
SECTIONS = list(sections(TEXT))


def name(case: Case) -> str:
    return f"{case.number:02}"


@pytest.mark.parametrize("case", CASES, ids=name)
def test_a_derivation_is_as_approved_and_verified(case: Case) -> None:
    assert case.output() == case.golden.read_text(encoding="utf-8")


def workings(working: Working) -> Iterator[Working]:
    yield working
    for line in working.lines:
        for let in line.lets:
            yield from workings(let.working)


@pytest.mark.parametrize("case", CASES, ids=name)
def test_every_line_has_a_reason_and_none_is_idle(case: Case) -> None:
    order = int(case.options[1]) if "--order" in case.options else 1
    found = derive(Source(case.program), Options(detail="rules", order=order, verify=False))
    tops = [part.working for part in (*found.factors, *found.gradients)]
    tops += [part.equation.working for part in found.factors if part.equation is not None]
    worked = [one for top in tops if top is not None for one in workings(top)]
    assert worked
    for one in worked:
        written = [text(one.label), *(text(line.term) for line in one.lines)]
        assert all(a != b for a, b in pairwise(written[1:])), written
        for line in one.lines:
            stated = line.term == one.lines[0].term and not line.rules
            assert stated or set(line.rules) <= {*RULES, *SPELLINGS}, line
            assert stated or line.rules, line


# --- the page ---------------------------------------------------------------------------------------


def test_the_page_has_all_thirty_in_order() -> None:
    assert len(CASES) == 30
    assert [section.number for section in SECTIONS] == [case.number for case in CASES]


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.title)
def test_a_section_shows_the_command_and_what_it_prints(section: Section) -> None:
    case = CASES[section.number - 1]
    assert section.command == case.command
    assert section.excerpt == case.excerpt()
    assert re.search(r"\]\(https?://", section.text), "no source"
    assert section.verdict in VERDICTS


def test_the_table_agrees_with_the_sections() -> None:
    rows = re.findall(r"^\| (\d+) \| (.+?) \| .+? \| (\w+) \|$", TEXT, re.MULTILINE)
    assert rows == [(str(one.number), one.title, one.verdict) for one in SECTIONS]
    counted = Counter(one.verdict for one in SECTIONS)
    said = ", ".join(f"{counted[verdict]} {verdict}" for verdict in VERDICTS)
    assert said in TEXT
