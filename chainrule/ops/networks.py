"""Layers of neural networks, as torch defines them: programs, and the few operations they are made of.

``x`` is the operand, ``y`` the value, ``g`` its cotangent. What normalises is an operation with a short rule
of its own; weights and biases come after it, in the program, so that their gradients need no rule.
"""

from __future__ import annotations

from typing import Any

from chainrule.ops.table import Composite, Signature, Structured


def _along(signature: str, pullback: str, *, why: str, **claims: Any) -> Structured:
    return Structured(Signature.of(signature), (pullback,), why, shape="same", **claims)


def _layer(
    signature: str, program: str, tensors: int, *, why: str, aliases: str = "", **more: Any
) -> Composite:
    return Composite(Signature.of(signature), program, why, tensors, aliases=tuple(aliases.split()), **more)


# Data for samples: no two entries are equal.
_X = "x = [[1/2, -3, 2], [4/3, 5, -1/4]]"

# Entries shifted so that no exponential overflows; the shift cancels.
_SHIFTED = "x - max(x, axis=axis, keepdims=True)"

_DEVIATION = "sqrt(var(x, axis=axis, keepdims=True) + eps)"
_RMS = "sqrt(mean(x**2, axis=axis, keepdims=True) + eps)"

NETWORKS: tuple[Structured | Composite, ...] = (
    # --- softmax -----------------------------------------------------------------------------------------
    _along(
        "softmax(x, axis=-1)",
        "y*(g - sum(g*y, axis=axis, keepdims=True))",
        law=f"exp({_SHIFTED})/sum(exp({_SHIFTED}), axis=axis, keepdims=True)",
        why="p_i*(1 for i = j, minus p_j): a share grows with its own score, at the cost of all",
        latex=r"\mathrm{softmax}",
        samples=(f"{_X}; out = softmax(x, axis=-1)", f"{_X}; out = softmax(x, dim=0)"),
        errors=("x : [2, 3]; out = softmax(x, axis=2)", "x : []; out = softmax(x)"),
    ),
    _along(
        "log_softmax(x, axis=-1)",
        "g - softmax(x, axis=axis)*sum(g, axis=axis, keepdims=True)",
        law=f"({_SHIFTED}) - log(sum(exp({_SHIFTED}), axis=axis, keepdims=True))",
        aliases=("logsoftmax",),
        why="one for the entry itself, minus the softmax weights of all entries",
        latex=r"\log\mathrm{softmax}",
        samples=(f"{_X}; out = log_softmax(x, axis=-1)", f"{_X}; out = log_softmax(x, dim=0)"),
        errors=("x : [2, 3]; out = log_softmax(x, axis=2)", "x : []; out = log_softmax(x)"),
    ),
    Structured(
        Signature.of("causal_softmax(x)"),
        ("y*(g - sum(g*y, axis=-1, keepdims=True))",),
        "as for softmax; later places have no share, so they get no slope",
        shape="...ij->...ij",
        law="tril(exp(x - max(x, axis=-1, keepdims=True)))"
        "/sum(tril(exp(x - max(x, axis=-1, keepdims=True))), axis=-1, keepdims=True)",
        latex=r"\mathrm{softmax}_{\le}",
        samples=("x = [[1, 1/2, -1], [1/3, -1, 2]]; out = causal_softmax(x)",),
        errors=("x : [3]; out = causal_softmax(x)", "x : [2, 3]; out = causal_softmax(x, 1)"),
    ),
    _layer(
        "softmin(x, axis=-1)",
        "softmax(-x, axis=axis)",
        1,
        why="the softmax of the negated entries",
        samples=("x : [2, 3]; out = softmin(x)", "x : [2, 3]; out = softmin(x, dim=0)"),
        errors=("x : [2, 3]; out = softmin(x, axis=2)",),
    ),
    # --- normalisation -----------------------------------------------------------------------------------
    _along(
        "standardized(x, axis=-1, eps=0)",
        "(g - mean(g, axis=axis, keepdims=True) - y*mean(g*y, axis=axis, keepdims=True))" + f"/{_DEVIATION}",
        law=f"(x - mean(x, axis=axis, keepdims=True))/{_DEVIATION}",
        why="minus the mean slope and minus its part along the output, since shift and scale cancel",
        samples=(f"{_X}; out = standardized(x, axis=-1)", f"{_X}; out = standardized(x, axis=0, eps=2)"),
        errors=("x : [2, 3]; out = standardized(x, axis=2)", "x : [2, 3]; out = standardized(x, ddof=1)"),
    ),
    _along(
        "rms_scaled(x, axis=-1, eps=0)",
        f"(g - y*mean(g*y, axis=axis, keepdims=True))/{_RMS}",
        law=f"x/{_RMS}",
        why="minus the part of the slope along the output, since scale cancels",
        samples=(f"{_X}; out = rms_scaled(x, axis=-1)", f"{_X}; out = rms_scaled(x, axis=0, eps=2)"),
        errors=("x : [2, 3]; out = rms_scaled(x, axis=2)", "x : [2, 3]; out = rms_scaled(x, p=1)"),
    ),
    _along(
        "unit_vectors(x, axis=-1, eps=0)",
        "either(eps, (g - where(norm(x, axis=axis, keepdims=True) < eps, 0, 1)"
        "*y*sum(g*y, axis=axis, keepdims=True))/maximum(norm(x, axis=axis, keepdims=True), eps),"
        " (g - y*sum(g*y, axis=axis, keepdims=True))/norm(x, axis=axis, keepdims=True))",
        law="either(eps, x/maximum(norm(x, axis=axis, keepdims=True), eps),"
        " x/norm(x, axis=axis, keepdims=True))",
        why="only the part of the slope at right angles to the vector counts, over its length",
        samples=(f"{_X}; out = unit_vectors(x, axis=-1)", f"{_X}; out = unit_vectors(x, axis=0, eps=5)"),
        errors=("x : [2, 3]; out = unit_vectors(x, axis=2)", "x : [2, 3]; out = unit_vectors(x, p=1)"),
    ),
    _layer(
        "layer_norm(x, weight=1, bias=0, axis=-1, eps=1e-5, normalized_shape=None)",
        "standardized(x, axis=axis, eps=eps)*weight + bias",
        3,
        why="each row gets mean 0 and variance 1; rows share weight and bias, so those gradients add up",
        samples=(
            "x : [2, 3]; w : [3]; b : [3]; out = layer_norm(x, [3], w, b)",
            "x : [2, 3]; out = layer_norm(x, eps=1/10)",
        ),
        errors=("x : [2, 3]; out = layer_norm(x, [2])", "x : [2, 3]; out = layer_norm(x, eps=-1)"),
    ),
    _layer(
        "rms_norm(x, weight=1, axis=-1, eps=1e-5, normalized_shape=None)",
        "rms_scaled(x, axis=axis, eps=eps)*weight",
        2,
        why="each row is divided by the root of its mean square",
        samples=("x : [2, 3]; w : [3]; out = rms_norm(x, [3], w)", "x : [2, 3]; out = rms_norm(x)"),
        errors=("x : [2, 3]; out = rms_norm(x, [2])", "x : [2, 3]; out = rms_norm(x, eps=-1)"),
    ),
    _layer(
        "batch_norm(x, running_mean=0, running_var=1, weight=1, bias=0, training=False, eps=1e-5)",
        "either(training, standardized(x, axis=axis, eps=eps),"
        " (x - per_channel(running_mean, x))/sqrt(per_channel(running_var, x) + eps))"
        "*per_channel(weight, x) + per_channel(bias, x)",
        5,
        why="each channel gets mean 0 and variance 1 over the batch, or by running averages",
        samples=(
            "x : [2, 3]; w : [3]; b : [3]; out = batch_norm(x, weight=w, bias=b, training=True)",
            "x : [2, 3, 4]; m : [3]; v : [3] positive; out = batch_norm(x, m, v)",
        ),
        errors=("x : [3]; out = batch_norm(x, training=True)", "x : [2, 3]; out = batch_norm(x)"),
    ),
    _layer(
        "instance_norm(x, running_mean=0, running_var=1, weight=1, bias=0, use_input_stats=True, eps=1e-5)",
        "either(use_input_stats, standardized(x, axis=axis, eps=eps),"
        " (x - per_channel(running_mean, x))/sqrt(per_channel(running_var, x) + eps))"
        "*per_channel(weight, x) + per_channel(bias, x)",
        5,
        why="each channel of each example gets mean 0 and variance 1 by itself",
        samples=(
            "x : [2, 3, 4]; w : [3]; b : [3]; out = instance_norm(x, weight=w, bias=b)",
            "x : [2, 3, 4]; out = instance_norm(x, eps=1/10)",
        ),
        errors=("x : [2, 3]; out = instance_norm(x)", "x : [2, 3, 4]; out = instance_norm(x, eps=-1)"),
    ),
    _layer(
        "group_norm(x, weight=1, bias=0, num_groups=1, eps=1e-5)",
        "parts = windows(x, axis=channel, size=size, step=size);"
        " overlap_add(standardized(parts, axis=axis, eps=eps), axis=channel, size=size, step=size,"
        " shape=shape(x))"
        "*per_channel(weight, x) + per_channel(bias, x)",
        3,
        why="the channels of a group get mean 0 and variance 1 together",
        samples=(
            "x : [2, 4, 3]; w : [4]; b : [4]; out = group_norm(x, 2, w, b)",
            "x : [2, 6]; out = group_norm(x, 3)",
        ),
        errors=("x : [2, 4]; out = group_norm(x, 3)", "x : [4]; out = group_norm(x, 2)"),
    ),
    _layer(
        "normalize(x, p=2, axis=1, eps=1e-12)",
        "either(euclidean, unit_vectors(x, axis=axis, eps=eps),"
        " x/maximum(norm(x, p, axis=axis, keepdims=True), eps))",
        1,
        why="each vector is divided by its length",
        samples=(
            "x : [2, 3]; out = normalize(x)",
            "x : [2, 3]; out = normalize(x, dim=0)",
            "x : [2, 3]; out = normalize(x, p=1)",
        ),
        errors=("x : [2, 3]; out = normalize(x, dim=2)",),
    ),
    _layer(
        "cosine_similarity(x1, x2, axis=1, eps=1e-8)",
        "sum(unit_vectors(x1, axis=axis, eps=eps)*unit_vectors(x2, axis=axis, eps=eps), axis=axis)",
        2,
        why="the inner product of the unit vectors",
        samples=("a : [2, 3]; b : [2, 3]; out = cosine_similarity(a, b)",),
        errors=("a : [2, 3]; b : [2, 4]; out = cosine_similarity(a, b)",),
    ),
    _layer(
        "pairwise_distance(x1, x2, p=2, eps=1e-6, keepdims=False)",
        "norm(x1 - x2 + eps, p, axis=-1, keepdims=keepdims)",
        2,
        why="the length of the difference",
        samples=(
            "a : [2, 3]; b : [2, 3]; out = pairwise_distance(a, b)",
            "a : [2, 3]; b : [2, 3]; out = pairwise_distance(a, b, p=1)",
        ),
        errors=("a : [2, 3]; b : [2, 4]; out = pairwise_distance(a, b)",),
    ),
    _layer(
        "cdist(x1, x2, p=2)",
        "norm(x1[..., :, None, :] - x2[..., None, :, :], p, axis=-1)",
        2,
        why="the length of the difference, of each row of the one and each row of the other",
        samples=(
            "a : [m, 3]; b : [n, 3]; out = cdist(a, b)",
            "a : [2, 3]; b : [4, 3]; out = cdist(a, b, p=1)",
        ),
        errors=("a : [2, 3]; b : [2, 4]; out = cdist(a, b)", "a : [3]; b : [3]; out = cdist(a, b)"),
    ),
    # --- gates and thresholds ----------------------------------------------------------------------------
    _layer(
        "glu(x, axis=-1)",
        "first_half(x, axis=axis)*sigmoid(second_half(x, axis=axis))",
        1,
        why="one half of the entries, each times a gate from the other half",
        samples=("x : [2, 6]; out = glu(x)", "x : [4, n]; out = glu(x, dim=0)"),
        errors=("x : [2, 3]; out = glu(x)", "x : []; out = glu(x)"),
    ),
    _layer(
        "prelu(x, weight)",
        "where(x > 0, x, per_channel(weight, x)*x)",
        2,
        why="slope 1 above 0 and the learned weight below; a weight gets the sum of the entries below 0",
        samples=("x : [2, 3]; a : [3]; out = prelu(x, a)", "x : [2, 3, 4]; a : []; out = prelu(x, a)"),
        errors=("x : [2, 3]; a : [2]; out = prelu(x, a)", "x : [2, 3]; out = prelu(x)"),
    ),
    _layer(
        "rrelu(x, lower=1/8, upper=1/3, training=False)",
        "leaky_relu(x, negative_slope=(lower + upper)/2)",
        1,
        why="in evaluation the slope below 0 is the mean of the two bounds",
        samples=("x : [2, 3]; out = rrelu(x)", "x : [2, 3]; out = rrelu(x, 0.1, 0.3)"),
        errors=("x : [2, 3]; out = rrelu(x, 1, 2, 3, 4)",),
    ),
    _layer(
        "threshold(x, threshold, value)",
        "where(x > threshold, x, value)",
        1,
        why="slope 1 above the threshold; below it only the constant counts",
        samples=("x : [2, 3]; out = threshold(x, 1/2, -1)",),
        errors=("x : [2, 3]; out = threshold(x, 1)", "x : [2]; y : [2]; out = threshold(x, y, 1)"),
    ),
    # --- linear maps -------------------------------------------------------------------------------------
    _layer(
        "linear(x, weight, bias=0)",
        "x @ weight.T + bias",
        3,
        why="each output is a row of the weight times x; all rows share the bias, so its gradient is summed",
        samples=(
            "x : [2, 3]; W : [4, 3]; b : [4]; out = linear(x, W, b)",
            "x : [3]; W : [4, 3]; out = linear(x, W)",
        ),
        errors=("x : [2, 3]; W : [3, 4]; out = linear(x, W)",),
    ),
    _layer(
        "attention(query, key, value, attn_mask=0, dropout_p=0, is_causal=False, scale=None)",
        "scores = either(scale, query @ key.mT*scale, query @ key.mT/sqrt(count(query, axis=-1)));"
        " either(is_causal, causal_softmax(scores), softmax(scores + attn_mask, axis=-1)) @ value",
        4,
        aliases="scaled_dot_product_attention",
        why="each query takes a mean of the values, weighted by how well it fits their keys",
        samples=(
            "q : [2, 3]; k : [4, 3]; v : [4, 5]; out = attention(q, k, v)",
            "q : [2, 3]; k : [4, 3]; v : [4, 5]; m : [2, 4] constant; out = attention(q, k, v, m, scale=1/2)",
            "q : [3, 2]; k : [3, 2]; v : [3, 4]; out = attention(q, k, v, is_causal=True)",
        ),
        errors=("q : [2, 3]; k : [4, 5]; v : [4, 5]; out = attention(q, k, v)",),
    ),
    _layer(
        "embedding(weight, indices)",
        "one_hot(indices, num_classes=num_classes) @ weight",
        1,
        why="rows are picked, so a row's slope is the sum over the places where it is used",
        samples=("W : [4, 3]; out = embedding([0, 2, 2], W)",),
        errors=("W : [4, 3]; out = embedding([0, 4], W)", "W : [4, 3]; out = embedding([1/2], W)"),
    ),
    Structured(
        Signature.of("one_hot(indices, num_classes)"),
        (None,),
        "rows with a 1 in the place of the class and 0 elsewhere",
        shape="one_hot",
        samples=("x : [2, 3]; out = x*one_hot([2, 0], 3)",),
        errors=("out = one_hot([0, 3], 3)", "out = one_hot([1/2], 3)", "out = one_hot([[0], [1, 2]], 3)"),
    ),
    _layer(
        "dropout(x, p=0.5, training=True)",
        "x",
        1,
        why="in evaluation nothing is dropped",
        samples=("x : [2, 3]; out = dropout(x, training=False)",),
        errors=("x : [2, 3]; out = dropout(x, 1, 2, 3)",),
    ),
)
