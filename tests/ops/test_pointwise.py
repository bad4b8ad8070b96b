"""Every claim of the op table about functions of numbers, one test for each entry and each kind of claim."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chainrule.ops import TABLE
from chainrule.ops.table import Pointwise
from tests.ops.pointwise_checks import CHECKS

POINTWISE = [op for op in TABLE.values() if isinstance(op, Pointwise)]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("op", POINTWISE, ids=lambda op: op.name)
def test_claims_hold(op: Pointwise, check: Callable[[Pointwise], None]) -> None:
    check(op)
