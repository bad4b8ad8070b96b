"""Names for short programs, written out where they are used: nothing is claimed of them but their text."""

from __future__ import annotations

from chainrule.ops.table import Composite, Signature

COMPOSITES: tuple[Composite, ...] = (
    Composite(
        Signature.of("mse(x, t, reduction=mean)"),
        "reduced((x - t)**2, reduction=reduction)",
        "mean of the squared differences",
        2,
        aliases=("mse_loss",),
    ),
    Composite(
        Signature.of("mae(x, t, reduction=mean)"),
        "reduced(abs(x - t), reduction=reduction)",
        "mean of the absolute differences",
        2,
        aliases=("l1_loss",),
    ),
)
