"""Names for short programs, written out where they are used: nothing is claimed of them but their text."""

from __future__ import annotations

from chainrule.ops.table import Composite, Signature

COMPOSITES: tuple[Composite, ...] = (
    Composite(
        Signature.of("mse(x, t)"),
        "mean((x - t)**2)",
        "mean of the squared differences",
        aliases=("mse_loss",),
    ),
    Composite(
        Signature.of("mae(x, t)"),
        "mean(abs(x - t))",
        "mean of the absolute differences",
        aliases=("l1_loss",),
    ),
)
