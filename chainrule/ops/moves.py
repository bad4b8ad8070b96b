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
        samples=(
            "x = [[1/2, -3, 2], [4/3, 5, -1/4]]; out = x[1, 0]",
            "x = [[1/2, -3, 2], [4/3, 5, -1/4]]; out = x[:, 1:3]",
            "x = [[1/2, -3, 2], [4/3, 5, -1/4]]; out = x[-1, ::-1]",
        ),
        errors=("x : [2, 3]; out = x[2, 0]", "x : [2, 3]; out = x[0, 0, 0]", "x : [2, 3]; out = x[:, 2:2]"),
    ),
    Structured(
        Signature.of("place(x, items, shape)"),
        ("take(g, items=items)",),
        "each entry moved to its place among zeros",
        shape="place",
        rule="indexing",
    ),
)
