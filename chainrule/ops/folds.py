"""Folds: one value from many along an axis. ``x`` is the operand, ``y`` the result, ``g`` its cotangent.

In the formulas ``y`` and ``g`` keep the folded axes with length 1. ``sum`` and ``mean`` are here for
their names and reasons; they are Indexed nodes, so calculus needs no claim about them.
"""

from __future__ import annotations

from typing import Any

from chainrule.ops.table import BY_LAW, TIES, UNDEFINED, Kink, Signature, Structured


def _fold(signature: str, pullback: str | None, *, why: str, **claims: Any) -> Structured:
    return Structured(Signature.of(signature), (pullback,), why, shape="fold", **claims)


# Data for samples: no two entries are equal, and none is their mean.
_X = "x = [[1/2, -3, 2], [4/3, 5, -1/4]]"

# A tied entry alone moves the maximum upwards, the minimum downwards.
_SHARE = "an even share"
_FIRST = "all of it, to the first of the tied entries,"
_ALONE = "torch.{0} with a dim gives all of it to one of the tied entries"
_UP = (Kink(TIES, ("0", "1"), torch=_SHARE, jax=_SHARE, note=_ALONE.format("max")),)
_DOWN = (Kink(TIES, ("1", "0"), torch=_SHARE, jax=_SHARE, note=_ALONE.format("min")),)

# How steeply the deviation of N equal entries grows when one of them moves.
_STD_SLOPE = "sqrt((count(x, axis=axis) - 1)/(count(x, axis=axis)*(count(x, axis=axis) - correction)))"

FOLDS: tuple[Structured, ...] = (
    _fold(
        "sum(x, axis=None, keepdims=False)",
        None,
        step="a + b",
        why="each entry counts once in a sum",
        samples=(f"{_X}; out = sum(x)", f"{_X}; out = sum(x, axis=0)", f"{_X}; out = sum(x, dim=-1)"),
        errors=("x : [2, 3]; out = sum(x, axis=2)", "x : [2, 3]; out = sum(x, axis=(0, -2))"),
    ),
    _fold(
        "mean(x, axis=None, keepdims=False)",
        None,
        law="sum(x, axis=axis, keepdims=True)/count(x, axis=axis)",
        why="mean of N entries: each counts 1/N",
        aliases=("average",),
        samples=(f"{_X}; out = mean(x)", f"{_X}; out = mean(x, axis=1, keepdims=True)"),
        errors=("x : [2, 3]; out = mean(x, axis=1/2)", "x : [2, 3]; out = mean(x, axes=0)"),
    ),
    _fold(
        "prod(x, axis=None, keepdims=False)",
        "g*prod_others(x, axis=axis)",
        step="a*b",
        aliases=("product",),
        why="the product of all the other entries",
        samples=(
            f"{_X}; out = prod(x)",
            f"{_X}; out = prod(x, axis=0)",
            "x = [[0, 3/2, -2], [5/4, 0, 1/3]]; out = prod(x, axis=1)",
        ),
        errors=("x : [2, 3]; out = prod(x, axis=-3)", "x : [2, 3]; out = x*prod(axis=0)"),
    ),
    _fold(
        "max(x, axis=None, keepdims=False)",
        "g*where(x == y, 1, 0)/sum(where(x == y, 1, 0), axis=axis, keepdims=True)",
        step="maximum(a, b)",
        aliases=("amax",),
        why="only the largest entry moves the maximum",
        kinks=_UP,
        samples=(f"{_X}; out = max(x)", f"{_X}; out = max(x, axis=0)"),
        errors=("x : [2, 3]; out = max(x, axis=5)", "x : [2, 3]; out = max(x, 1, True, 0)"),
    ),
    _fold(
        "min(x, axis=None, keepdims=False)",
        "g*where(x == y, 1, 0)/sum(where(x == y, 1, 0), axis=axis, keepdims=True)",
        step="minimum(a, b)",
        aliases=("amin",),
        why="only the smallest entry moves the minimum",
        kinks=_DOWN,
        samples=(f"{_X}; out = min(x)", f"{_X}; out = min(x, axis=0)"),
        errors=("x : [2, 3]; out = min(x, axis=5)", "x : [2, 3]; out = min(x > 0)"),
    ),
    _fold(
        "first_max(x, axis=None, keepdims=False)",
        "g*first_largest(x, axis=axis)",
        law="max(x, axis=axis, keepdims=True)",
        why="only the largest entry moves the maximum; of tied ones the first is taken, as pooling does",
        latex=r"\max",
        kinks=(Kink(TIES, ("0", "1"), torch=_FIRST, jax=_FIRST),),
        samples=(f"{_X}; out = first_max(x, axis=0)", f"{_X}; out = first_max(x)"),
        errors=("x : [2, 3]; out = first_max(x, axis=2)",),
    ),
    _fold(
        "var(x, axis=None, keepdims=False, correction=0)",
        "g*2*(x - mean(x, axis=axis, keepdims=True))/(count(x, axis=axis) - correction)",
        law="sum((x - mean(x, axis=axis, keepdims=True))**2, axis=axis, keepdims=True)"
        "/(count(x, axis=axis) - correction)",
        aliases=("variance",),
        why="twice the deviation from the mean, over the count; the mean's own share cancels",
        samples=(
            f"{_X}; out = var(x)",
            f"{_X}; out = var(x, axis=1, correction=1)",
            f"{_X}; out = var(x, axis=0)",
        ),
        errors=("x : [2, 3]; out = var(x, ddof=x)", "x : [2, 3]; out = var(x, axis=0, dim=0)"),
    ),
    _fold(
        "std(x, axis=None, keepdims=False, correction=0)",
        "g*where(y == 0, 0, (x - mean(x, axis=axis, keepdims=True))/((count(x, axis=axis) - correction)*y))",
        law="sqrt(var(x, axis=axis, keepdims=True, correction=correction))",
        why="the deviation from the mean, over the count times the deviation itself",
        samples=(
            f"{_X}; out = std(x)",
            f"{_X}; out = std(x, axis=1, correction=1)",
            f"{_X}; out = std(x, axis=0)",
        ),
        kinks=(Kink("y == 0", (f"-{_STD_SLOPE}", _STD_SLOPE), torch="0", jax=UNDEFINED),),
        errors=("x : [2, 3]; out = std(x, axis=3)", "x : [2, 3]; out = std(x, bias=1)"),
    ),
    _fold(
        "logsumexp(x, axis=None, keepdims=False)",
        "g*exp(x - y)",
        law="max(x, axis=axis, keepdims=True)"
        " + log(sum(exp(x - max(x, axis=axis, keepdims=True)), axis=axis, keepdims=True))",
        why="the softmax weights of the entries",
        samples=(f"{_X}; out = logsumexp(x)", f"{_X}; out = logsumexp(x, axis=1)"),
        errors=("x : [2, 3]; out = logsumexp(x, axis=2)", "x : [2, 3]; out = logsumexp(x, x)"),
    ),
    _fold(
        "norm(x, ord=None, axis=None, keepdims=False)",
        "g*where(y == 0, 0, x/y)",
        law="sqrt(sum(x**2, axis=axis, keepdims=True))",
        aliases=("vector_norm", "matrix_norm"),
        why="the unit vector along x",
        kinks=(Kink("y == 0", ("-1", "1"), torch="0", jax=UNDEFINED),),
        samples=(f"{_X}; out = norm(x)", f"{_X}; out = norm(x, axis=0)"),
        errors=("x : [2, 3]; out = norm(x, axis=2)", "x : [2, 3]; out = norm(x, axis=(1, 1))"),
    ),
    Structured(
        Signature.of("first_largest(x, axis=None)"),
        (None,),
        "it says which entry is the largest, and between the jumps of that nothing changes",
        samples=(f"{_X}; out = first_largest(x, axis=0)", f"{_X}; out = first_largest(x)"),
        errors=("x : [2, 3]; out = first_largest(x, axis=2)",),
    ),
    Structured(
        Signature.of("prod_others(x, axis=None)"),
        (BY_LAW,),
        "every product that contains the entry, without it",
        shape="same",
        law="prod(leave_one_out(x, axis=axis), axis=-1)",
        samples=(
            f"{_X}; out = prod_others(x, axis=0)",
            f"{_X}; out = prod_others(x)",
            "x = [[0, 3/2, -2], [5/4, 0, 1/3]]; out = prod_others(x, axis=1)",
            "x = [[0, 3/2, 0, -2]]; out = prod_others(x)",
        ),
        errors=("x : [2, 3]; out = prod_others(x, axis=2)",),
    ),
)
