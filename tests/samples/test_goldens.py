"""Every sample prints what was read and approved, and every golden passes verification."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.samples.outputs import EXPECTED, OPTIONS, SAMPLES, expected, output


def close(ours: Any, theirs: Any) -> bool:
    """Equal, up to the last digits of floats, which differ between machines."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return ours.keys() == theirs.keys() and all(close(ours[k], theirs[k]) for k in ours)
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(close, ours, theirs))
    if isinstance(ours, float) and isinstance(theirs, float):
        return ours == pytest.approx(theirs, rel=1e-9, abs=1e-9)
    return bool(ours == theirs)


def test_there_are_at_least_twelve_samples_and_no_stray_golden() -> None:
    assert len(SAMPLES) >= 12
    assert {path.name for path in EXPECTED.iterdir() if path.is_file()} == {
        expected(sample, ending).name for sample in SAMPLES for ending in OPTIONS
    }


@pytest.mark.parametrize("ending", ["txt", "tex"])
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_text_is_as_approved(sample: Path, ending: str) -> None:
    assert output(sample, ending) == expected(sample, ending).read_text(encoding="utf-8")


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_json_is_as_approved_and_verified(sample: Path) -> None:
    printed = json.loads(output(sample, "json"))
    approved = json.loads(expected(sample, "json").read_text(encoding="utf-8"))
    for answer in (printed, approved):
        parts = [*answer["factors"], *answer["gradients"]]
        assert parts
        assert all(part["check"]["ok"] is True for part in parts)
    assert close(printed, approved)
