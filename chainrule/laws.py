"""The laws of the op table, as every arithmetic takes them."""

from __future__ import annotations

from typing import Any

from chainrule.language.elaborate import kernel, law
from chainrule.numeric.arithmetic import Laws
from chainrule.ops import TABLE
from chainrule.ops.table import Pointwise


def _law_of(name: str) -> Any:
    op = TABLE[name]
    if not isinstance(op, Pointwise) or op.law is None:
        raise LookupError(f"{name} is a primitive")
    return kernel(op.law, op.signature.parameters)


LAWS = Laws(_law_of, law)
