"""Thousands of random programs over the whole op table, before judges that know nothing of each other.

``python -m tests.generated.campaign --seeds 2000 [--from N] [--jobs 2]`` derives each program and compares its
gradient with differences of 50 digits and with torch's autograd; it prints what disagrees, made small, how
often each operation occurred, and how long it took. It ends with status 1 when anything disagrees.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from importlib.util import find_spec

from chainrule.ops import TABLE
from tests.generated.choosing import whole_table_program
from tests.generated.judging import REFUTED, Outcome, judged
from tests.generated.programs import Program
from tests.generated.shrinking import shrunk

_CHUNK = 20
_VERIFIED = 10
_TOLD = 100
_SLOW = 20.0


@dataclass
class Report:
    """What was found; reports of several runs add up."""

    programs: int = 0
    failures: list[str] = field(default_factory=list)
    rejected: Counter[str] = field(default_factory=Counter)
    judges: Counter[str] = field(default_factory=Counter)
    spelled: Counter[str] = field(default_factory=Counter)
    in_gradients: Counter[str] = field(default_factory=Counter)
    slow: list[str] = field(default_factory=list)

    def add(self, other: Report) -> None:
        """This report with another one's findings."""
        self.programs += other.programs
        self.failures += other.failures
        self.slow += other.slow
        for name in ("rejected", "judges", "spelled", "in_gradients"):
            getattr(self, name).update(getattr(other, name))

    def missing(self, least: int = 1) -> list[str]:
        """Operations in fewer programs than ``least``; what no program can call counts in gradients."""
        return [name for name in TABLE if max(self.spelled[name], self.in_gradients[name]) < least]


def explored(seeds: Sequence[int], with_torch: bool = True, small: bool = True) -> Report:
    """The report on the programs of some seeds; each operation counts once for each program."""
    report = Report()
    for seed in seeds:
        start = time.perf_counter()
        program = whole_table_program(seed)
        try:
            found = judged(program, with_torch, verify=seed % _VERIFIED == 0)
        except Exception as error:  # noqa: BLE001  a crash is a finding, and the campaign goes on
            found = Outcome(program, [f"crashed: {type(error).__name__}: {str(error)[:200]}"])
        took = time.perf_counter() - start
        report.programs += 1
        if took > _SLOW:
            report.slow.append(f"seed {seed} took {took:.0f} s: {program.text}")
        report.rejected.update([found.rejected] if found.rejected else [])
        report.judges.update(found.judges)
        if found.failures:
            report.failures.append(_told(seed, program, found.failures, with_torch, small))
        if found.rejected is None:
            report.spelled.update({*found.spelled})
            report.in_gradients.update({*found.in_gradients})
    return report


def _told(seed: int, program: Program, failures: list[str], with_torch: bool, small: bool) -> str:
    kind = _kind(failures[0])
    if small:
        verify = kind == _kind(REFUTED)

        def fails(one: Program) -> bool:
            return any(_kind(failure) == kind for failure in _failures(one, with_torch, verify))

        program = shrunk(program, fails)
        failures = _failures(program, with_torch, verify)
    return "\n    ".join((f"seed {seed}: {program.text}", f"at {program.at}", *failures))


def _kind(failure: str) -> str:
    """What tells failures apart: of refusals and crashes the message too."""
    return failure[:40] if failure.startswith(("refused", "crashed", "torch")) else failure[:8]


def _failures(program: Program, with_torch: bool, verify: bool) -> list[str]:
    try:
        return judged(program, with_torch, verify).failures
    except Exception:  # noqa: BLE001  a smaller program may be nonsense
        return []


def campaign(seeds: Sequence[int], jobs: int = 1, with_torch: bool = True) -> Report:
    """The report on many seeds, with several processes."""
    chunks = [seeds[k : k + _CHUNK] for k in range(0, len(seeds), _CHUNK)]
    whole = Report()
    if jobs == 1:
        for chunk in chunks:
            whole.add(explored(chunk, with_torch))
        return whole
    with ProcessPoolExecutor(jobs) as pool:
        for report in pool.map(explored, chunks, [with_torch] * len(chunks)):
            for line in report.failures:
                _tell(f"FAILED {line}")
            before, after = whole.programs, whole.programs + report.programs
            whole.add(report)
            if before // _TOLD < after // _TOLD:
                _tell(
                    f"{after} programs, {len(whole.failures)} failed, {sum(whole.rejected.values())} rejected"
                )
    return whole


def _tell(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def table(report: Report) -> list[str]:
    """In how many judged programs each operation is spelled, and in how many it is a node of the graph."""
    cells = [f"{name:18}{report.spelled[name]:5}{report.in_gradients[name]:6}" for name in TABLE]
    rows = -(-len(cells) // 3)
    head = f"{'operation':18}{'text':>5}{'graph':>6}"
    return ["   ".join([head] * 3), *("   ".join(cells[k::rows]) for k in range(rows))]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the campaign and tell what it found; the status."""
    parser = argparse.ArgumentParser(prog="python -m tests.generated.campaign", description="Random programs")
    parser.add_argument("--seeds", type=int, default=2000, help="how many programs")
    parser.add_argument("--from", type=int, default=0, dest="first", help="the first seed")
    parser.add_argument("--jobs", type=int, default=1, help="how many processes")
    asked = parser.parse_args(arguments)
    with_torch = find_spec("torch") is not None
    start = time.perf_counter()
    seeds = range(asked.first, asked.first + asked.seeds)
    report = campaign(seeds, asked.jobs, with_torch)
    for line in [*table(report), *report.slow]:
        _tell(line)
    if not with_torch:
        _tell("left out: torch, which is not installed")
    if asked.jobs == 1:
        for line in report.failures:
            _tell(f"FAILED {line}")
    for what, count in (*report.judges.most_common(), *report.rejected.most_common()):
        _tell(f"{count:6} {what}")
    missing = report.missing()
    _tell(f"in no program: {', '.join(missing) or 'nothing'}")
    took = time.perf_counter() - start
    _tell(
        f"{report.programs} programs in {took:.0f} s: {len(report.failures)} failed,"
        f" {sum(report.rejected.values())} rejected"
    )
    return bool(report.failures)


if __name__ == "__main__":
    sys.exit(main())
