"""The JSON Schemas (draft 2020-12) of what commands print, by name."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from chainrule.diagnostics import fail, nearest

SCHEMAS = ("derive", "error", "explain")


def text(name: str) -> str:
    """The schema ``name`` as the text of its file.

    Raises:
        ChainRuleError: ``usage``, with the names that there are.
    """
    if name not in SCHEMAS:
        fail(
            "usage",
            f"there is no schema {name}",
            notes=["schemas: " + ", ".join(SCHEMAS)],
            suggestion=nearest(name, SCHEMAS),
        )
    return (Path(__file__).parent / f"{name}.json").read_text(encoding="utf-8")


@cache
def load(name: str) -> Any:
    """The schema ``name`` as data.

    Raises:
        ChainRuleError: ``usage``, with the names that there are.
    """
    return json.loads(text(name))
