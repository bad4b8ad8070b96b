"""Scans: running totals along an axis; the middle of an order; and what has no derivative at all."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from chainrule.ops.table import BY_LAW, Composite, Kink, Signature, Structured

_X = "x = [[1/2, -3, 2], [4/3, 5, -1/4]]"

_LATER = "flip(cumsum(flip({0}, axis=axis), axis=axis), axis=axis)"

SCANS: tuple[Structured | Composite, ...] = (
    Structured(
        Signature.of("cumsum(x, axis=None)"),
        (_LATER.format("g"),),
        "an entry is part of its own total and of all later ones",
        samples=(f"{_X}; out = cumsum(x, axis=1)", f"{_X}; out = cumsum(x, dim=0)"),
        errors=("x : [2, 3]; out = cumsum(x, axis=2)", "x : []; out = cumsum(x)"),
    ),
    Structured(
        Signature.of("cumprod(x, axis=None)"),
        (BY_LAW,),
        "an entry is a factor of its own product and of all later ones",
        law="prod(prefixes(x, axis=axis), axis=-1)",
        samples=(
            f"{_X}; out = cumprod(x, axis=1)",
            "x = [[0, 3/2, -2], [5/4, 0, 1/3]]; out = cumprod(x, axis=1)",
        ),
        errors=("x : [2, 3]; out = cumprod(x, axis=2)", "x : []; out = cumprod(x)"),
    ),
    Structured(
        Signature.of("logcumsumexp(x, axis=None)"),
        (f"exp(x)*{_LATER.format('g*exp(-y)')}",),
        "the softmax weight of the entry in its own total and in all later ones",
        law="max(x, axis=axis, keepdims=True)"
        " + log(cumsum(exp(x - max(x, axis=axis, keepdims=True)), axis=axis))",
        samples=(f"{_X}; out = logcumsumexp(x, axis=1)", f"{_X}; out = logcumsumexp(x, dim=0)"),
        errors=("x : [2, 3]; out = logcumsumexp(x, axis=2)", "x : []; out = logcumsumexp(x)"),
    ),
    Structured(
        Signature.of("middle(x, axis=None, keepdims=False, upper=False)"),
        ("g*where(x == y, 1, 0)/sum(where(x == y, 1, 0), axis=axis, keepdims=True)",),
        "only the middle entry of the order moves it",
        shape="fold",
        kinks=(Kink("ties", ("0", "1"), torch="an even share", jax="an even share"),),
        samples=(
            f"{_X}; out = middle(x)",
            f"{_X}; out = middle(x, axis=1)",
            f"{_X}; out = middle(x, upper=True)",
        ),
        errors=("x : [2, 3]; out = middle(x, axis=2)",),
    ),
    Composite(
        Signature.of("median(x, axis=None, keepdims=False)"),
        "(middle(x, axis=axis, keepdims=keepdims) + middle(x, axis=axis, keepdims=keepdims, upper=True))/2",
        "the middle entry of the order, or the mean of the two in the middle",
        1,
        samples=(f"{_X}; out = median(x)", f"{_X}; out = median(x, axis=1)"),
        errors=("x : [2, 3]; out = median(x, axis=2)",),
    ),
)

_ORDER = "max, min and median give the values themselves; argmax as weights is softmax"
_TRUTH = "a condition chooses: where(x > 0, a, b)"

NO_DERIVATIVE: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("argmax", "argmin", "argsort", "searchsorted", "bincount"), _ORDER),
        **dict.fromkeys(("all", "any", "isnan", "isfinite", "isclose", "logical_and", "logical_or"), _TRUTH),
        "count_nonzero": "a count jumps; the sum of the absolute values is sum(abs(x))",
        "unique": "which entries are equal jumps; the entries themselves pass on their slopes",
        "nonzero": "which entries are zero jumps; masks by constants are where(x > 0, x, 0)",
    }
)
"""Whole or true values, which only jump; with the nearest thing that has a derivative."""

UNSUPPORTED_NAMES: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("mode", "nanquantile", "histogram", "histc"), _ORDER),
        **{
            f"nan{name}": f"there is no NaN here; {name} is" for name in ("sum", "mean", "prod", "var", "std")
        },
        **{f"nan{name}": f"there is no NaN here; {name} is" for name in ("max", "min", "median", "cumsum")},
        "masked_select": "a mask along one axis is x[[True, False, True]]",
        "meshgrid": "broadcasting does it: x[:, None] + y[None, :]",
    }
)
"""What other libraries have and chainrule does not, with the nearest thing that is."""
