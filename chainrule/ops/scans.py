"""Scans: running totals along an axis; the middle of an order; and what has no derivative at all."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from chainrule.ops.table import BY_LAW, TIES, Composite, Kink, Signature, Structured

_X = "x = [[1/2, -3, 2], [4/3, 5, -1/4]]"

_LATER = "flip(cumsum(flip({0}, axis=axis), axis=axis), axis=axis)"

SCANS: tuple[Structured | Composite, ...] = (
    Structured(
        Signature.of("cumsum(x, axis=None)"),
        (_LATER.format("g"),),
        "an entry is part of its own total and of all later ones",
        aliases=("cumulative_sum",),
        samples=(f"{_X}; out = cumsum(x, axis=1)", f"{_X}; out = cumsum(x, dim=0)"),
        errors=("x : [2, 3]; out = cumsum(x, axis=2)", "x : []; out = cumsum(x)"),
    ),
    Structured(
        Signature.of("cumprod(x, axis=None)"),
        (BY_LAW,),
        "an entry is a factor of its own product and of all later ones",
        aliases=("cumulative_prod",),
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
        kinks=(
            Kink(
                TIES,
                ("0", "1"),
                torch="an even share",
                jax="an even share",
                note="torch.median with a dim gives all of it to one of the tied entries",
            ),
        ),
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

_ORDER = "max, min, sort and median give the values themselves; argmax as weights is softmax"
_TRUTH = "a condition chooses: where(x > 0, a, b)"
_WHOLE = "whole numbers only jump; the nearest smooth thing is the quotient itself"
_RANDOM = "values can be given: x = randn(2, 3, seed=0) is data, and derivatives hold for what was drawn"
_TOGETHER = "it gives two tensors; each of them has a function of its own"
_STEP = "one step can be written out with @, sigmoid and tanh"
_EQUAL = ("eq", "ne", "lt", "le", "gt", "ge", "equal", "not_equal", "less", "less_equal", "greater")
_SAMPLED = ("bernoulli", "multinomial", "normal", "poisson", "binomial", "gumbel_softmax", "alpha_dropout")

NO_DERIVATIVE: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("argmax", "argmin", "argsort", "argpartition", "argwhere", "lexsort"), _ORDER),
        **dict.fromkeys(("searchsorted", "bucketize", "digitize", "bincount"), _ORDER),
        **dict.fromkeys(("all", "any", "isnan", "isfinite", "isinf", "isclose", "allclose", "isin"), _TRUTH),
        **dict.fromkeys(("logical_and", "logical_or", "logical_not", "logical_xor", "signbit"), _TRUTH),
        **dict.fromkeys((*_EQUAL, "greater_equal", "array_equal"), _TRUTH),
        **dict.fromkeys(("floor_divide", "floordiv", "divmod", "gcd", "lcm"), _WHOLE),
        **dict.fromkeys((*_SAMPLED, "randint", "randperm", "rand_like", "randn_like"), _RANDOM),
        **dict.fromkeys(("dropout1d", "dropout2d", "dropout3d"), "in evaluation they do nothing"),
        "matrix_rank": "a rank is whole; svdvals(X) are the singular values that it counts",
        "count_nonzero": "a count jumps; the sum of the absolute values is sum(abs(x))",
        "unique": "which entries are equal jumps; the entries themselves pass on their slopes",
        "nonzero": "which entries are zero jumps; masks by constants are where(x > 0, x, 0)",
        "detach": "what is not to be differentiated is declared: w : [n] constant",
        "stop_gradient": "what is not to be differentiated is declared: w : [n] constant",
    }
)
"""Whole, true or random values, and what was cut off; with the nearest thing that has a derivative."""

UNSUPPORTED_NAMES: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("mode", "nanquantile", "histogram", "histc", "partition"), _ORDER),
        **{
            f"nan{name}": f"there is no NaN here; {name} is"
            for name in ("sum", "mean", "prod", "var", "std", "max", "min", "median", "cumsum", "cumprod")
        },
        "nan_to_num": "there is no NaN here; where(x > 0, x, 0) chooses entries",
        **dict.fromkeys(("aminmax", "std_mean", "var_mean", "frexp", "modf"), _TOGETHER),
        **dict.fromkeys(("lstm", "gru", "rnn_tanh", "rnn_relu", "lstm_cell", "gru_cell"), _STEP),
        **dict.fromkeys(
            ("interpolate", "upsample", "upsample_nearest"), "repeat_interleave(x, 2, axis=-1) is"
        ),
        **dict.fromkeys(
            ("lp_pool1d", "lp_pool2d"), "avg_pool2d(abs(x)**p, 2) is the mean of which it is a root"
        ),
        **dict.fromkeys(("max_pool3d", "adaptive_avg_pool3d"), "max_pool2d and avg_pool3d are"),
        "conv_transpose3d": "conv_transpose1d and conv_transpose2d are",
        "multi_head_attention_forward": "one head is attention(x @ Wq, x @ Wk, x @ Wv)",
        "multilabel_margin_loss": "multi_margin with one class, and multilabel_soft_margin, are",
        "ctc_loss": "cross_entropy of each step is",
        "local_response_norm": "layer_norm, group_norm, batch_norm and instance_norm are",
        "embedding_bag": "sum(embedding([0, 2], W), axis=0) is",
        "grid_sample": "picking by constants is: gather(x, 1, [[0], [2]])",
        "pdist": "cdist(x, x) has each distance twice",
        "renorm": "normalize(x) makes rows of length 1",
        "fold": "windows and overlap_add are",
        "pixel_shuffle": "reshape and permute do it",
        "pixel_unshuffle": "reshape and permute do it",
        "channel_shuffle": "reshape and permute do it",
        "masked_select": "a mask along one axis is x[[True, False, True]]",
        "masked_scatter": "scatter(x, 0, [0, 2], s) is",
        "index_put": "scatter(x, 0, [0, 2], s) and index_add are",
        "scatter_reduce": "scatter and scatter_add are",
        "select": "x[0] and x[:, 0] are",
        "narrow": "x[1:4] is",
        "hsplit": "split(x, 2, axis=1)[0] is",
        "vsplit": "split(x, 2, axis=0)[0] is",
        "unflatten": "reshape is",
        "append": "concatenate([a, b]) is",
        "delete": "x[[0, 2]] keeps the rows that are named",
        "insert": "concatenate([x[:1], a, x[1:]]) is",
        "meshgrid": "broadcasting does it: x[:, None] + y[None, :]",
        "cartesian_prod": "broadcasting does it: x[:, None] + y[None, :]",
        "gradient": "diff(x) is, and (x[2:] - x[:-2])/2",
        "cumulative_trapezoid": "trapezoid is, and cumsum((y[1:] + y[:-1])/2)",
        "interp": "a line between two points can be written out",
        "piecewise": "where(x > 0, a, b) is, one inside another",
        "polyval": "a polynomial can be written out: 3*x**2 + 2*x + 1",
        "fft": "a product with a matrix of cosines and sines is",
        "erfcx": "exp(x**2)*erfc(x) is",
        "i0": "there are no Bessel functions; gamma, digamma and erf are",
        **dict.fromkeys(
            ("imag", "angle", "real", "conj", "view_as_real"), "there are no complex numbers here"
        ),
    }
)
"""What other libraries have and chainrule does not, with the nearest thing that is."""
