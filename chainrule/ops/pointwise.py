"""Functions of numbers, applied entry by entry. ``x`` is the argument, ``y`` the value.

A primitive bears its name in NumPy, mpmath and SymPy; everything else is declared by its law.
"""

from __future__ import annotations

from typing import Any

from chainrule.ops.table import Kink, Pointwise, Signature


def _op(signature: str, *derivatives: str | None, why: str, **claims: Any) -> Pointwise:
    return Pointwise(Signature.of(signature), derivatives, why, **claims)


POINTWISE: tuple[Pointwise, ...] = (
    # --- exponentials and logarithms -----------------------------------------------------------------
    _op("exp(x)", "y", why="the exponential is its own slope"),
    _op("log(x)", "1/x", aliases=("ln",), domain="x > 0", why="the logarithm's slope at x is 1/x"),
    _op("sqrt(x)", "1/(2*y)", domain="x >= 0", why="half the reciprocal of the root itself"),
    # --- trigonometry ----------------------------------------------------------------------------------
    _op("sin(x)", "cos(x)", why="the sine climbs as steeply as the cosine is high"),
    _op("cos(x)", "-sin(x)", why="the cosine falls as the sine rises"),
    _op("tanh(x)", "1 - y**2", why="one minus the square of the output"),
    # --- kinked ------------------------------------------------------------------------------------------
    _op(
        "abs(x)",
        "sign(x)",
        aliases=("absolute", "fabs"),
        rational=True,
        law="where(x >= 0, x, -x)",
        why="slope 1 to the right of zero and -1 to the left",
        kinks=(Kink("x == 0", ("-1", "1"), torch="0", jax="0"),),
    ),
    _op(
        "sign(x)",
        "0",
        aliases=("sgn",),
        rational=True,
        law="where(x > 0, 1, where(x < 0, -1, 0))",
        why="constant on either side of its jump",
        jumps="x == 0",
    ),
    _op(
        "relu(x)",
        "where(x > 0, 1, 0)",
        rational=True,
        law="where(x > 0, x, 0)",
        why="slope 1 where x is positive, else 0",
        kinks=(Kink("x == 0", ("0", "1"), torch="0", jax="0"),),
    ),
    # --- activations ---------------------------------------------------------------------------------------
    _op(
        "sigmoid(x)",
        "y*(1 - y)",
        aliases=("expit",),
        law="where(x >= 0, 1/(1 + exp(-abs(x))), exp(-abs(x))/(1 + exp(-abs(x))))",
        latex=r"\sigma",
        why="the output times one minus the output",
    ),
    _op(
        "leaky_relu(x, negative_slope=0.01)",
        "where(x > 0, 1, negative_slope)",
        "where(x > 0, 0, x)",
        rational=True,
        law="where(x > 0, x, negative_slope*x)",
        why="slope 1 where x is positive, else the negative slope",
        kinks=(Kink("x == 0", ("negative_slope", "1"), torch="negative_slope", jax="negative_slope"),),
    ),
    # --- of two and three arguments ----------------------------------------------------------------------------
    _op(
        "maximum(a, b)",
        "where(a > b, 1, where(a == b, 1/2, 0))",
        "where(b > a, 1, where(a == b, 1/2, 0))",
        rational=True,
        law="where(a >= b, a, b)",
        why="the larger argument passes its slope on",
        kinks=(Kink("a == b", ("0", "1"), torch="1/2", jax="1/2"),),
    ),
    _op(
        "where(condition, a, b)",
        None,
        "where(condition, 1, 0)",
        "where(condition, 0, 1)",
        rational=True,
        why="the slope of the branch that is taken",
    ),
)
