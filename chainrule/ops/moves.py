"""Moves: operations that only choose and place entries."""

from __future__ import annotations

from chainrule.ops.table import Signature, Structured

MOVES: tuple[Structured, ...] = (
    Structured(
        Signature.of("take(x, items)"),
        ("place(g, items=items, shape=shape(x))",),
        "an entry that was picked passes its slope on; the others do not matter",
        shape="take",
        rule="indexing",
    ),
    Structured(
        Signature.of("place(x, items, shape)"),
        ("take(g, items=items)",),
        "each entry moved to its place among zeros",
        shape="place",
        rule="indexing",
    ),
)
