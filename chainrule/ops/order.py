"""Entries in order: sorted, the first few, running extremes. ``x`` is the operand, ``y`` the result.

Where entries are equal, each of their places may be taken for the other: the slope is shared evenly.
"""

from __future__ import annotations

from chainrule.ops.table import Kink, Signature, Structured

_X = "x = [[1/2, -3, 2], [4/3, 5, -1/4]]"

# Whether place i of the output (the axis before the last) has the entry at place j of the operand (the last).
_SAME = "where(y[..., :, None] == x[..., None, :], 1, 0)"
_SHARED = "sum(g[..., :, None]*{0}/sum({0}, axis=-1, keepdims=True), axis=-2)"

_SHARE = "an even share (the libraries follow the order in which they sorted)"
_TIES = (Kink("ties", ("0", "1"), torch=_SHARE, jax=_SHARE),)


def _running(name: str, extreme: str, why: str) -> Structured:
    return Structured(
        Signature.of(f"{name}(x, axis=-1)"),
        (_SHARED.format(f"tril({_SAME})"),),
        why,
        kinks=_TIES,
        samples=(f"{_X}; out = {name}(x, axis=-1)", f"x = [3, 1, 4, -1, 5]; out = {name}(x)"),
        errors=(f"x : [2, 3]; out = {name}(x, axis=2)", f"x : []; out = {name}(x)"),
    )


def _picked(signature: str, why: str, samples: str, errors: str, aliases: str = "") -> Structured:
    """What is sorted, and then some of it is taken."""
    return Structured(
        Signature.of(signature),
        (None,),
        why,
        shape="move",
        aliases=tuple(aliases.split()),
        samples=tuple(sample.strip() for sample in samples.split("|")),
        errors=tuple(error.strip() for error in errors.split("|")),
    )


ORDER: tuple[Structured, ...] = (
    Structured(
        Signature.of("sort(x, axis=-1, descending=False)"),
        (_SHARED.format(_SAME),),
        "the same entries in another order, each with its slope",
        aliases=("msort",),
        kinks=_TIES,
        samples=(f"{_X}; out = sort(x, axis=-1)", "x = [3, 1, 4, -1, 5]; out = sort(x)"),
        errors=("x : [2, 3]; out = sort(x, axis=2)", "x : []; out = sort(x)"),
    ),
    _running("cummax", "max", "only the largest entry so far moves the running maximum"),
    _running("cummin", "min", "only the smallest entry so far moves the running minimum"),
    _picked(
        "topk(x, k, axis=-1, largest=True)",
        "the largest entries in order, each with its slope",
        "x : [m, n]; out = topk(x, 2) | x : [5]; out = topk(x, 2, largest=False)",
        "x : [2, 3]; out = topk(x, 4) | x : [2, 3]; out = topk(x, 1/2)",
    ),
    _picked(
        "kthvalue(x, k, axis=-1, keepdims=False)",
        "one entry of the order passes its slope on",
        "x : [m, n]; out = kthvalue(x, 2) | x : [2, 5]; out = kthvalue(x, 1, dim=0, keepdim=True)",
        "x : [2, 3]; out = kthvalue(x, 4) | x : [2, 3]; out = kthvalue(x, 0)",
    ),
    _picked(
        "quantile(x, q, axis=None, keepdims=False)",
        "the entry at that share of the order, or a mean of the two beside it",
        "x : [5]; out = quantile(x, 1/3) | x : [2, 3]; out = quantile(x, 0.5, axis=1, keepdims=True)",
        "x : [2, 3]; out = quantile(x, 3/2) | x : [2, 3]; out = quantile(x, 1/2, axis=2)",
    ),
    _picked(
        "percentile(x, q, axis=None, keepdims=False)",
        "the entry at that share of the order, or a mean of the two beside it",
        "x : [5]; out = percentile(x, 30) | x : [2, 3]; out = percentile(x, 50, axis=0)",
        "x : [2, 3]; out = percentile(x, 101)",
    ),
)
