"""Spoiled declarations that are no errors: (operation, field, new text) and the reason why."""

from __future__ import annotations

EQUIVALENT: dict[tuple[str, str, str], str] = {}
