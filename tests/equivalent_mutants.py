"""Spoiled declarations that are no errors: (operation, field, new text), by the reason why they are none."""

from __future__ import annotations

_SCALE = "1.0507009873554804934193349852946"
_ALPHA = "1.6732632423543772848170429916717"

_REASONS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "the output is 0, or passes a bound, exactly where the argument does": (
        ("abs", "kinks[0]", "y == 0: -1 to 1, 0"),
        ("celu", "derivatives[0]", "where(y > 0, 1, exp(x/alpha))"),
        ("celu", "derivatives[1]", "where(y > 0, 0, expm1(x/alpha) - x*exp(x/alpha)/alpha)"),
        ("hardshrink", "derivatives[0]", "where(abs(y) > lambd, 1, 0)"),
        ("hardswish", "derivatives[0]", "where(x <= -3, 0, where(y >= 3, 1, x/3 + 1/2))"),
        ("hardswish", "kinks[1]", "y == 3: 3/2 to 1, 1"),
        ("hardtanh", "derivatives[0]", "where(x <= min_val, 0, where(y >= max_val, 0, 1))"),
        ("hardtanh", "derivatives[0]", "where(y <= min_val, 0, where(x >= max_val, 0, 1))"),
        ("relu", "derivatives[0]", "where(y > 0, 1, 0)"),
        ("relu6", "derivatives[0]", "where(x <= 0, 0, where(y >= 6, 0, 1))"),
        ("relu6", "derivatives[0]", "where(y <= 0, 0, where(x >= 6, 0, 1))"),
        ("selu", "derivatives[0]", f"where(y > 0, {_SCALE}, {_SCALE}*{_ALPHA}*exp(x))"),
        ("selu", "kinks[0]", f"y == 0: {_SCALE}*{_ALPHA} to {_SCALE}, {_SCALE}*{_ALPHA}"),
        ("sign", "jumps", "y == 0"),
    ),
    "both branches agree where they meet": (
        ("celu", "derivatives[0]", "where(x >= 0, 1, exp(x/alpha))"),
        ("celu", "derivatives[1]", "where(x >= 0, 0, expm1(x/alpha) - x*exp(x/alpha)/alpha)"),
        ("elu", "derivatives[1]", "where(x >= 0, 0, expm1(x))"),
        ("leaky_relu", "derivatives[1]", "where(x >= 0, 0, x)"),
        ("trunc", "law", "where(x > 0, floor(x), ceil(x))"),
        (
            "huber",
            "program",
            "reduced(where(abs(x - t) < delta, (x - t)**2/2, delta*(abs(x - t) - delta/2)), reduction=reduction)",
        ),
        (
            "smooth_l1",
            "program",
            (
                "reduced(either(beta, where(abs(x - t) <= beta, (x - t)**2/(2*beta), abs(x - t) - beta/2), abs(x - t)),"
                " reduction=reduction)"
            ),
        ),
    ),
    "a number is whole if it equals its floor, or its ceiling, or a whole number made of it": (
        ("ceil", "jumps", "x == ceil(y)"),
        ("ceil", "jumps", "x == floor(x)"),
        ("ceil", "jumps", "x >= ceil(x)"),
        ("floor", "jumps", "x == ceil(x)"),
        ("floor", "jumps", "x == floor(y)"),
        ("fmod", "jumps", "where(a == 0, 1, a/b - ceil(a/b)) == 0"),
        ("frac", "jumps", "where(x == 0, 1, x - ceil(x)) == 0"),
        (
            "pow",
            "domain",
            "where(a > 0, 1, where(a == 0, where(b >= 0, 1, 0), where(b == ceil(b), 1, 0))) == 1",
        ),
        ("remainder", "jumps", "a/b == ceil(a/b)"),
        ("trunc", "jumps", "where(x == 0, 1, x - ceil(x)) == 0"),
        ("trunc", "jumps", "where(x == 0, 1, x - floor(y)) == 0"),
        ("trunc", "jumps", "where(y == 0, 1, x - floor(x)) == 0"),
    ),
    "the condition before it leaves only equality": (
        ("max", "pullbacks[0]", "g*where(x == y, 1, 0)/sum(where(x >= y, 1, 0), axis=axis, keepdims=True)"),
        ("max", "pullbacks[0]", "g*where(x >= y, 1, 0)/sum(where(x == y, 1, 0), axis=axis, keepdims=True)"),
        ("maximum", "derivatives[0]", "where(a > b, 1, where(a >= b, 1/2, 0))"),
        ("minimum", "derivatives[1]", "where(b < a, 1, where(a >= b, 1/2, 0))"),
        (
            "pow",
            "domain",
            "where(a > 0, 1, where(a == 0, where(b >= 0, 1, 0), where(b == floor(b), 1, 0))) >= 1",
        ),
        (
            "pow",
            "domain",
            "where(a > 0, 1, where(a >= 0, where(b >= 0, 1, 0), where(b == floor(b), 1, 0))) == 1",
        ),
    ),
    "at a half, x/2 + 1/4 is n/2, and a quarter more does not change its floor": (
        ("round", "law", "where(x - floor(x) == 1/2, 2*floor(x/2 + 2/4), floor(x + 1/2))"),
    ),
    "where x is 0, x/y is 0 already": (("norm", "pullbacks[0]", "g*where(x == 0, 0, x/y)"),),
    "the two are multiplied entry by entry, or are alike in the formula, so their order does not count": (
        ("vdot", "program", 'einsum("i,i->", flatten(b), flatten(a))'),
        ("vecdot", "program", 'einsum("...i,...i->...", b, a)'),
        (
            "cross",
            "program",
            (
                'einsum("...i,...i->...i", a[..., [1, 2, 0]], b[..., [2, 0, 1]])'
                ' - einsum("...i,...i->...i", b[..., [1, 2, 0]], a[..., [2, 0, 1]])'
            ),
        ),
        (
            "cross",
            "program",
            (
                'einsum("...i,...i->...i", b[..., [2, 0, 1]], a[..., [1, 2, 0]])'
                ' - einsum("...i,...i->...i", a[..., [2, 0, 1]], b[..., [1, 2, 0]])'
            ),
        ),
        ("expm_frechet", "pullbacks[0]", "expm_second(x.mT, g, d.mT)"),
        (
            "cosine_embedding",
            "program",
            (
                "reduced(where(t > 0, 1 - cosine_similarity(x2, x1, axis=-1, eps=0),"
                " clip_min(cosine_similarity(x1, x2, axis=-1, eps=0) - margin, 0)), reduction=reduction)"
            ),
        ),
        (
            "cosine_embedding",
            "program",
            (
                "reduced(where(t > 0, 1 - cosine_similarity(x1, x2, axis=-1, eps=0),"
                " clip_min(cosine_similarity(x2, x1, axis=-1, eps=0) - margin, 0)), reduction=reduction)"
            ),
        ),
    ),
    "targets are 1 or -1, never 0": (
        (
            "cosine_embedding",
            "program",
            (
                "reduced(where(t >= 0, 1 - cosine_similarity(x1, x2, axis=-1, eps=0),"
                " clip_min(cosine_similarity(x1, x2, axis=-1, eps=0) - margin, 0)), reduction=reduction)"
            ),
        ),
        (
            "hinge_embedding",
            "program",
            "reduced(where(t >= 0, x, clip_min(margin - x, 0)), reduction=reduction)",
        ),
    ),
    "an invertible matrix has its inverse as its pseudoinverse": (
        ("cholesky", "pullbacks[0]", "inv(y).mT @ lower_mirrored(y.mT @ g) @ pinv(y)/2"),
        ("cholesky", "pullbacks[0]", "pinv(y).mT @ lower_mirrored(y.mT @ g) @ inv(y)/2"),
        ("det", "pullbacks[0]", "g[..., None, None]*y[..., None, None]*pinv(x).mT"),
        ("logdet", "pullbacks[0]", "g[..., None, None]*pinv(x).mT"),
        ("slogdet", "pullbacks[0]", "g[..., None, None]*pinv(x).mT"),
        ("solve", "program", "pinv(a) @ b"),
    ),
    "X Xᵀ and XᵀX have the same largest eigenvalue": (
        ("spectral_norm", "law", "sqrt(eigvalsh((x @ (x.mT)))[..., -1])"),
    ),
    "the powers are written out as products, and only the operand's side of the pattern is read": (
        ("matrix_power", "shape", "...ii->...i"),
    ),
    "a softmax, and so attention, does not see what is added to all scores": (
        ("log_softmax", "pullbacks[0]", "g - softmax(y, axis=axis)*sum(g, axis=axis, keepdims=True)"),
        ("attention", "signature", "attn_mask=1"),
    ),
    "what is sorted has the same equal entries as before": (
        (
            "sort",
            "pullbacks[0]",
            (
                "sum(g[..., :, None]*where(y[..., :, None] == x[..., None, :], 1, 0)"
                "/sum(where(y[..., :, None] == y[..., None, :], 1, 0), axis=-1, keepdims=True), axis=-2)"
            ),
        ),
    ),
    "an entry of the operand has as many equals as the entry of the output that it is": (
        (
            "sort",
            "pullbacks[0]",
            (
                "sum(g[..., :, None]*where(y[..., :, None] == x[..., None, :], 1, 0)"
                "/sum(where(y[..., :, None] == x[..., None, :], 1, 0), axis=-2, keepdims=True), axis=-2)"
            ),
        ),
    ),
    "a running minimum is never above an entry so far": (
        (
            "cummin",
            "pullbacks[0]",
            (
                "sum(g[..., :, None]*tril(where(y[..., :, None] == x[..., None, :], 1, 0))"
                "/sum(tril(where(y[..., :, None] >= x[..., None, :], 1, 0)), axis=-1, keepdims=True), axis=-2)"
            ),
        ),
        (
            "cummin",
            "pullbacks[0]",
            (
                "sum(g[..., :, None]*tril(where(y[..., :, None] >= x[..., None, :], 1, 0))"
                "/sum(tril(where(y[..., :, None] == x[..., None, :], 1, 0)), axis=-1, keepdims=True), axis=-2)"
            ),
        ),
    ),
    "the default only says that there is none": (("trapezoid", "signature", "x=1"),),
    "in evaluation the share that is dropped does nothing, and training is refused": (
        ("dropout", "signature", "p=0.6"),
    ),
    "a later pattern of the same meaning takes its place": (("matmul", "patterns[2]", "k,ik->i"),),
}

EQUIVALENT = {label: reason for reason, labels in _REASONS.items() for label in labels}
