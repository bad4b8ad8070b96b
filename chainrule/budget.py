"""How much time and how many nodes a job may take; loops that can grow long ask here.

A budget is in force inside :func:`limited` and in everything that is called there; outside, there is none.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from time import monotonic

from chainrule.diagnostics import fail

SECONDS = 20.0
SECONDS_PER_CHARACTER = 0.001
NODES = 2_000_000


@dataclass(frozen=True, slots=True)
class Budget:
    """Stop at ``deadline`` (of the monotonic clock), which is ``seconds`` long, or beyond ``nodes``."""

    deadline: float | None
    seconds: float
    nodes: int


_current: ContextVar[Budget | None] = ContextVar("budget", default=None)


def seconds_for(text: str) -> float:
    """The time that a program gets unless told otherwise: 20 s, and a millisecond for each character."""
    return SECONDS + SECONDS_PER_CHARACTER * len(text)


@contextmanager
def limited(seconds: float | None = None, nodes: int | None = None) -> Iterator[Budget]:
    """Work that may take ``seconds`` (None: any) and build graphs of ``nodes`` (None: as usual)."""
    deadline = None if seconds is None else monotonic() + seconds
    budget = Budget(deadline, seconds or 0.0, NODES if nodes is None else nodes)
    token = _current.set(budget)
    try:
        yield budget
    finally:
        _current.reset(token)


def check(nodes: int = 0) -> None:
    """Stop here if the budget in force has run out.

    Raises:
        ChainRuleError: ``budget``, when the time is over or ``nodes`` are more than allowed.
    """
    budget = _current.get()
    if budget is None:
        return
    if budget.deadline is not None and monotonic() > budget.deadline:
        out_of_time(budget.seconds)
    if nodes > budget.nodes:
        fail(
            "budget",
            f"this needs more than {budget.nodes} nodes",
            notes=["--max-nodes raises the limit (max_nodes= in Python)"],
        )


def remaining() -> float | None:
    """The seconds that are left, or None where time is not limited."""
    budget = _current.get()
    if budget is None or budget.deadline is None:
        return None
    return max(0.0, budget.deadline - monotonic())


def out_of_time(seconds: float) -> None:
    """Say that the time is over.

    Raises:
        ChainRuleError: ``budget``, always.
    """
    fail(
        "budget",
        f"this took longer than the {seconds:g} s it may take",
        notes=["--timeout raises the limit (timeout= in Python)", "--no-verify and --detail summary do less"],
    )
