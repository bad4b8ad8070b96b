from __future__ import annotations

import pytest

from chainrule.diagnostics import ChainRuleError
from chainrule.formats import FORMATS, by_ending, named


@pytest.mark.parametrize("name", list(FORMATS))
def test_every_format_is_found_by_its_name_and_endings(name: str) -> None:
    assert named(name).name == name
    for ending in FORMATS[name].endings:
        assert by_ending(f"some/where.{ending.lstrip('.')}") is FORMATS[name]
        assert by_ending(f"WHERE{ending.upper()}") is FORMATS[name]


@pytest.mark.parametrize(("name", "message"), [("html", "not supported yet"), ("jsn", "no format jsn")])
def test_other_formats_are_refused_with_those_that_there_are(name: str, message: str) -> None:
    with pytest.raises(ChainRuleError) as caught:
        named(name)
    diagnostic = caught.value.diagnostic
    assert diagnostic.code == "unsupported"
    assert message in diagnostic.message
    assert all(known in diagnostic.notes[0] for known in FORMATS)


def test_endings_of_formats_to_come_are_refused_and_others_say_nothing() -> None:
    with pytest.raises(ChainRuleError, match="not supported yet"):
        by_ending("out.html")
    assert by_ending("out.dat") is None
    assert by_ending("out") is None
