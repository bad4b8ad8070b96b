"""What holds for the whole suite: repeatable random examples, and a summary that hides nothing."""

from __future__ import annotations

import pytest
from hypothesis import settings

from tests.tools import left_out

# The suite draws the same examples every time; `--hypothesis-profile=campaign` searches afresh.
settings.register_profile("suite", derandomize=True, deadline=None)
settings.register_profile("campaign", deadline=None, max_examples=5_000, print_blob=True)
settings.load_profile("suite")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which tests were left out for want of a program."""
    skipped = terminalreporter.stats.get("skipped", [])
    # The reason of a skipped test is the last of (file, line, reason).
    reasons = [report.longrepr[2] for report in skipped if isinstance(report.longrepr, tuple)]
    for line in left_out(reasons):
        terminalreporter.write_line(line)
