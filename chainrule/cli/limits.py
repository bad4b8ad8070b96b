"""Budgets that the operating system keeps: a timer behind the checks in our loops, and a cap on memory."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from chainrule.budget import out_of_time
from chainrule.diagnostics import fail

_GRACE = 0.1
_AGAIN = 0.5


@contextmanager
def alarm(seconds: float | None) -> Iterator[None]:
    """Work that is interrupted after ``seconds``, wherever it is, where the system has timers.

    Raises:
        ChainRuleError: ``budget``, inside, when the time is over.
    """
    usable = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
    if seconds is None or not usable:
        yield
        return

    def ring(number: int, frame: FrameType | None) -> None:
        out_of_time(seconds)

    before = signal.signal(signal.SIGALRM, ring)
    # It rings again, in case the first time was inside something that swallows exceptions.
    signal.setitimer(signal.ITIMER_REAL, seconds + _GRACE, _AGAIN)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def cap_memory(megabytes: int | None) -> None:
    """Let this process have no more than ``megabytes`` of memory.

    Raises:
        ChainRuleError: ``unsupported``, where the system cannot do that.
    """
    if megabytes is None:
        return
    try:
        import resource
    except ImportError:
        fail("unsupported", "--max-memory needs a system with resource limits")
    size = megabytes * 1024 * 1024
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    if most != resource.RLIM_INFINITY:
        size = min(size, most)
    resource.setrlimit(resource.RLIMIT_AS, (size, most))
