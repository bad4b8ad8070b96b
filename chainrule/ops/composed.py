"""Names of NumPy's and torch's for short programs of other operations."""

from __future__ import annotations

from chainrule.ops.table import Composite, Signature


def _named(
    signature: str, program: str, tensors: int, why: str, samples: str, errors: str, aliases: str = ""
) -> Composite:
    """An entry; ``samples`` and ``errors`` are programs with bars between them."""
    return Composite(
        Signature.of(signature),
        program,
        why,
        tensors,
        aliases=tuple(aliases.split()),
        samples=tuple(sample.strip() for sample in samples.split("|")),
        errors=tuple(error.strip() for error in errors.split("|")),
    )


_CENTRED = "x - mean(x, axis=-1, keepdims=True)"

COMPOSED: tuple[Composite, ...] = (
    # --- pointwise ---------------------------------------------------------------------------------------
    _named(
        "addcmul(x, a, b, value=1)",
        "x + value*a*b",
        3,
        "a multiple of a product, and what it is added to",
        "x : [m, n]; a : [n]; b : [m, n]; out = addcmul(x, a, b, value=1/2)",
        "x : [2]; a : [2]; b : [3]; out = addcmul(x, a, b)",
    ),
    _named(
        "addcdiv(x, a, b, value=1)",
        "x + value*a/b",
        3,
        "a multiple of a quotient, and what it is added to",
        "x : [m, n]; a : [n]; b : [m, n] positive; out = addcdiv(x, a, b, value=1/2)",
        "x : [2]; a : [2]; b : [3]; out = addcdiv(x, a, b)",
    ),
    _named(
        "entr(x)",
        "-xlogy(x, x)",
        1,
        "minus x times its logarithm: what a share adds to an entropy",
        "x : [n] positive; out = entr(x)",
        "x : [2]; out = entr(x, x)",
    ),
    _named(
        "xlog1py(x, y)",
        "x*log1p(y)",
        2,
        "a product with the logarithm of 1 + y",
        "x : [n]; y : [n] positive; out = xlog1py(x, y)",
        "x : [2]; y : [3]; out = xlog1py(x, y)",
    ),
    _named(
        "logaddexp2(a, b)",
        "logaddexp(a*log(2), b*log(2))/log(2)",
        2,
        "the logarithm to base 2 of a sum of powers of 2",
        "a : [n]; b : [n]; out = logaddexp2(a, b)",
        "a : [2]; b : [3]; out = logaddexp2(a, b)",
    ),
    _named(
        "ndtr(x)",
        "erfc(-x/sqrt(2))/2",
        1,
        "the area under the normal density up to x, so its slope is the density",
        "x : [n]; out = ndtr(x)",
        "x : [2]; out = ndtr(x, x)",
    ),
    _named(
        "clone(x)",
        "x",
        1,
        "the same entries",
        "x : [n]; out = clone(x)**2",
        "x : [2]; out = clone(x, x)",
        aliases="copy contiguous",
    ),
    _named(
        "zeros_like(x)",
        "zeros(shape(x))",
        1,
        "constants, whatever the entries are",
        "x : [m, n]; out = x + zeros_like(x)",
        "x : [2]; out = zeros_like(x, x)",
    ),
    _named(
        "ones_like(x)",
        "ones(shape(x))",
        1,
        "constants, whatever the entries are",
        "x : [m, n]; out = x + ones_like(x)",
        "x : [2]; out = ones_like(x, x)",
    ),
    # --- of samples --------------------------------------------------------------------------------------
    _named(
        "ptp(x, axis=None, keepdims=False)",
        "max(x, axis=axis, keepdims=keepdims) - min(x, axis=axis, keepdims=keepdims)",
        1,
        "the largest entry counts with a plus, the smallest with a minus",
        "x : [m, n]; out = ptp(x) | x : [m, n]; out = ptp(x, axis=1)",
        "x : [2, 3]; out = ptp(x, axis=2)",
    ),
    _named(
        "dist(a, b, p=2)",
        "norm(flatten(a - b), p)",
        2,
        "the length of the difference",
        "a : [m, n]; b : [m, n]; out = dist(a, b) | a : [n]; b : [n]; out = dist(a, b, 3)",
        "a : [2]; b : [3]; out = dist(a, b)",
    ),
    _named(
        "cov(x, correction=1)",
        f"centred = {_CENTRED}; centred @ centred.mT/(count(x, axis=-1) - correction)",
        1,
        "the mean of the products of deviations, of each row with each row",
        "x : [m, n]; out = cov(x) | x : [m, n]; out = cov(x, correction=0)",
        "x : [2]; y : [2]; out = cov(x, y)",
    ),
    _named(
        "corrcoef(x)",
        f"unit = unit_vectors({_CENTRED}, axis=-1); unit @ unit.mT",
        1,
        "the cosines between the deviations of rows",
        "x : [m, n]; out = corrcoef(x)",
        "x : [2]; out = corrcoef(x, x)",
    ),
    # --- vectors along one another -----------------------------------------------------------------------
    _named(
        "convolve(a, v, mode='full')",
        'einsum("lk,k->l", windows(padded(a, axis=-1, widths=widths, mode="zeros"), size=size), flip(v))',
        2,
        "one vector turned round meets every window of the other",
        "a : [6]; v : [3]; out = convolve(a, v) | a : [n]; v : [2]; out = convolve(a, v, mode='same')",
        "a : [2, 3]; v : [2]; out = convolve(a, v) | a : [2]; v : [3]; out = convolve(a, v, 'valid')",
    ),
    _named(
        "correlate(a, v, mode='valid')",
        'einsum("lk,k->l", windows(padded(a, axis=-1, widths=widths, mode="zeros"), size=size), v)',
        2,
        "one vector meets every window of the other",
        "a : [6]; v : [3]; out = correlate(a, v) | a : [5]; v : [2]; out = correlate(a, v, mode='full')",
        "a : [2, 3]; v : [2]; out = correlate(a, v) | a : [3]; v : [2]; out = correlate(a, v, 'circular')",
    ),
)
