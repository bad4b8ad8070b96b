"""Losses, as torch defines them: programs of the prediction ``x`` and the target ``t``.

``reduction`` is "mean", "sum" or "none". Classes lie along axis 1, or along the only axis; their targets are
rows that sum to one, or a list of class numbers.
"""

from __future__ import annotations

from typing import Any

from chainrule.ops.table import Composite, Signature


def _loss(
    signature: str, losses: str, tensors: int = 2, *, why: str, aliases: str = "", **more: Any
) -> Composite:
    """A loss whose values for the single entries (or rows) ``losses`` says."""
    program = f"reduced({losses}, reduction=reduction)"
    return Composite(Signature.of(signature), program, why, tensors, aliases=tuple(aliases.split()), **more)


def _by_class(
    signature: str, target: str, scores: str, *, why: str, aliases: str = "", **more: Any
) -> Composite:
    """A loss over classes, in which torch's mean is one of weighted rows where the targets are numbers."""
    weight = "bias_along(weight, axes=after)"
    losses = f"-sum({target}*{weight}*{scores}, axis=axis)"
    program = (
        f"losses = {losses}; either(by_weight, sum(losses)/sum(t*{weight}),"
        " either(by_count, sum(losses)/either(by_count, kept, 1), reduced(losses, reduction=reduction)))"
    )
    return Composite(Signature.of(signature), program, why, 3, aliases=tuple(aliases.split()), **more)


def _pair(name: str, *uses: str) -> dict[str, Any]:
    """Samples and errors of a loss of two tensors of one shape; ``uses`` are further arguments."""
    return {
        "samples": tuple(f"x : [2, 3]; t : [2, 3]; out = {name}(x, t{more})" for more in ("", *uses)),
        "errors": (
            f"x : [2, 3]; t : [2, 4]; out = {name}(x, t)",
            f'x : [2, 3]; t : [2, 3]; out = {name}(x, t, reduction="max")',
        ),
    }


_SUM = ', reduction="sum"'
_NONE = ', reduction="none"'
_P = "x : [2, 3]; p = sigmoid(x); t : [2, 3] constant"
_ROWS = "x : [2, 3]; t : [2, 3] probability constant"
_EVENLY = "label_smoothing/count(x, axis=axis)*either(ignoring, sum(t, axis=axis, keepdims=True), 1)"
_SMOOTHED = f"either(label_smoothing, (1 - label_smoothing)*t + {_EVENLY}, t)"

LOSSES: tuple[Composite, ...] = (
    # --- distances ---------------------------------------------------------------------------------------
    _loss(
        "mse(x, t, reduction=mean)",
        "(x - t)**2",
        why="mean of the squared differences",
        aliases="mse_loss",
        **_pair("mse", _SUM, _NONE),
    ),
    _loss(
        "mae(x, t, reduction=mean)",
        "abs(x - t)",
        why="mean of the absolute differences",
        aliases="l1_loss l1",
        **_pair("mae", _SUM),
    ),
    _loss(
        "huber(x, t, reduction=mean, delta=1)",
        "where(abs(x - t) <= delta, (x - t)**2/2, delta*(abs(x - t) - delta/2))",
        why="half the square near the target, a line of slope delta far from it",
        aliases="huber_loss",
        **_pair("huber", ", delta=2" + _SUM),
    ),
    _loss(
        "smooth_l1(x, t, reduction=mean, beta=1)",
        "either(beta, where(abs(x - t) < beta, (x - t)**2/(2*beta), abs(x - t) - beta/2), abs(x - t))",
        why="a square over 2*beta near the target, a line of slope 1 far from it",
        aliases="smooth_l1_loss",
        **_pair("smooth_l1", ", beta=1/2" + _SUM),
    ),
    # --- probabilities -----------------------------------------------------------------------------------
    # Torch holds these logarithms at -100, which shows where a probability is below 4e-44 and makes the loss
    # finite at 0 and 1. Here they are what they are: undefined there, which is said.
    Composite(
        Signature.of("bce(x, t, weight=1, reduction=mean)"),
        "reduced(-(weight*(t*log(x) + (1 - t)*log(1 - x))), reduction=reduction)",
        "minus the logarithm of the probability that was given to what happened",
        3,
        aliases=("binary_cross_entropy",),
        samples=(f"{_P}; out = bce(p, t)", f"{_P}; w : [3] constant; out = bce(p, t, w{_SUM})"),
        errors=(
            "x : [2, 3]; t : [2, 4]; out = bce(x, t)",
            'x : [3]; t : [3]; out = bce(x, t, reduction="max")',
        ),
    ),
    Composite(
        Signature.of("bce_with_logits(x, t, weight=1, pos_weight=1, reduction=mean)"),
        "reduced(weight*(softplus(x) - t*x + (pos_weight - 1)*t*softplus(-x)), reduction=reduction)",
        "the slope by a score is p - t with p = sigmoid(x): the logarithm undoes the sigmoid's slope",
        4,
        aliases=("binary_cross_entropy_with_logits",),
        samples=(
            "x : [2, 3]; t : [2, 3] constant; out = bce_with_logits(x, t)",
            "x : [2, 3]; t : [2, 3] constant; q : [3] constant; out = bce_with_logits(x, t, pos_weight=q)",
        ),
        errors=("x : [2, 3]; t : [2, 4]; out = bce_with_logits(x, t)",),
    ),
    _by_class(
        "cross_entropy(x, t, weight=1, reduction=mean, label_smoothing=0, ignore_index=-100)",
        _SMOOTHED,
        "log_softmax(x, axis=axis)",
        why="the slope by a score is p - t: its share is sum(t)*p, and targets sum to one",
        samples=(
            f"{_ROWS}; out = cross_entropy(x, t)",
            "x : [2, 3]; out = cross_entropy(x, [2, 0], label_smoothing=1/10)",
            "x : [2, 3, 4]; t : [2, 3, 4] constant; out = cross_entropy(x, t" + _SUM + ")",
            "x : [3, 4]; w : [4] constant; out = cross_entropy(x, [2, 1, 0], w, ignore_index=1)",
            "x : [2, 3, 2]; out = cross_entropy(x, [[2, 0], [1, -100]])",
        ),
        errors=(
            "x : [2, 3]; out = cross_entropy(x, [0, 3])",
            "x : [2, 3]; out = cross_entropy(x, [0, 1, 2])",
            "x : [2, 3]; t : [2, 4]; out = cross_entropy(x, t)",
            "x : []; t : []; out = cross_entropy(x, t)",
            "x : [2, 3]; w : [2]; out = cross_entropy(x, [0, 1], w)",
            "x : [2, 3]; out = cross_entropy(x, [1, 1], ignore_index=1)",
        ),
    ),
    _by_class(
        "nll(x, t, weight=1, reduction=mean, ignore_index=-100)",
        "t",
        "x",
        why="minus the logarithm of the probability that was given to the right class",
        aliases="nll_loss",
        samples=(
            f"{_ROWS}; y = log_softmax(x); out = nll(y, t)",
            "x : [2, 3]; out = nll(x, [2, 0]" + _SUM + ")",
            "x : [3, 4]; w : [4] constant; out = nll(x, [2, 1, 0], w, ignore_index=1)",
        ),
        errors=("x : [2, 3]; out = nll(x, [0, 3])", "x : [2, 3]; out = nll(x, [0, 1, 2])"),
    ),
    _loss(
        "kl_div(x, t, reduction=mean, log_target=False)",
        "either(log_target, exp(t)*(t - x), xlogy(t, t) - t*x)",
        why="how much the logarithms x fall short of those of t, on average over t",
        samples=(
            "x : [2, 3]; t : [2, 3] probability constant; out = kl_div(x, t)",
            'x : [2, 3]; t : [2, 3]; out = kl_div(x, t, reduction="batchmean", log_target=True)',
        ),
        errors=(
            "x : [2, 3]; t : [2, 4]; out = kl_div(x, t)",
            'x : [3]; t : [3]; out = kl_div(x, t, reduction="max")',
        ),
    ),
    _loss(
        "poisson_nll(x, t, log_input=True, full=False, eps=1e-8, reduction=mean)",
        "either(log_input, exp(x) - t*x, x - t*log(x + eps))"
        " + either(full, where(t > 1, t*log(t) - t + log(2*pi*t)/2, 0), 0)",
        why="minus the logarithm of the Poisson probability of the count t",
        aliases="poisson_nll_loss",
        samples=(
            "x : [2, 3]; t : [2, 3] constant; out = poisson_nll(x, t)",
            "x : [2, 3] positive; t : [2, 3] constant; out = poisson_nll(x, t, log_input=False" + _SUM + ")",
        ),
        errors=("x : [2, 3]; t : [2, 4]; out = poisson_nll(x, t)",),
    ),
    _loss(
        # Torch keeps the variance from falling below eps; here that is done where eps is given.
        "gaussian_nll(x, t, var, full=False, eps=None, reduction=mean)",
        "(log(either(eps, clip_min(var, eps), var)) + (x - t)**2/either(eps, clip_min(var, eps), var))/2"
        " + either(full, log(2*pi)/2, 0)",
        3,
        why="minus the logarithm of the normal density of t around x",
        aliases="gaussian_nll_loss",
        samples=(
            "x : [2, 3]; t : [2, 3] constant; v : [2, 3] positive; out = gaussian_nll(x, t, v)",
            "x : [2]; t : [2] constant; v : [2] positive; out = gaussian_nll(x, t, v, full=True, eps=1/2)",
        ),
        errors=("x : [2, 3]; t : [2, 4]; v : [2, 3]; out = gaussian_nll(x, t, v)",),
    ),
    # --- margins -----------------------------------------------------------------------------------------
    _loss(
        "hinge(x, t, reduction=mean)",
        "clip_min(1 - t*x, 0)",
        why="what a score lacks to be on the right side by a margin of 1, with t = 1 or t = -1",
        aliases="hinge_loss",
        **_pair("hinge", _SUM),
    ),
    _loss(
        "hinge_embedding(x, t, margin=1, reduction=mean)",
        "where(t > 0, x, clip_min(margin - x, 0))",
        why="the distance of a pair that belongs together, what it lacks to the margin for others",
        aliases="hinge_embedding_loss",
        **_pair("hinge_embedding", ", margin=2" + _SUM),
    ),
    _loss(
        "soft_margin(x, t, reduction=mean)",
        "softplus(-t*x)",
        why="the logistic loss for targets 1 and -1",
        aliases="soft_margin_loss",
        **_pair("soft_margin", _SUM),
    ),
    _loss(
        "margin_ranking(x1, x2, t, margin=0, reduction=mean)",
        "clip_min(margin - t*(x1 - x2), 0)",
        3,
        why="what the pair lacks to be ranked in the order that t says",
        aliases="margin_ranking_loss",
        samples=("a : [3]; b : [3]; t : [3] constant; out = margin_ranking(a, b, t, margin=1/2)",),
        errors=("a : [3]; b : [4]; t : [3]; out = margin_ranking(a, b, t)",),
    ),
    _loss(
        "multi_margin(x, t, weight=1, p=1, margin=1, reduction=mean)",
        "sum(t*bias_along(weight, axes=after), axis=axis)"
        "*sum((1 - t)*clip_min(margin + x - sum(t*x, axis=axis, keepdims=True), 0)**p, axis=axis)"
        "/count(x, axis=axis)",
        3,
        why="what the score of the right class lacks to be the largest by the margin",
        aliases="multi_margin_loss",
        samples=(
            "x : [2, 3]; t : [2, 3] onehot constant; out = multi_margin(x, t)",
            "x : [2, 3]; out = multi_margin(x, [2, 0])",
            "x : [2, 3]; w : [3] constant; out = multi_margin(x, [2, 0], w, p=2, margin=1/2)",
        ),
        errors=(
            "x : [2, 3]; out = multi_margin(x, [0, 3])",
            "x : [2, 3]; out = multi_margin(x, [0, 1], p=3)",
        ),
    ),
    _loss(
        "multilabel_soft_margin(x, t, weight=1, reduction=mean)",
        "mean(weight*(softplus(x) - t*x), axis=-1)",
        3,
        why="the logistic loss of each label by itself",
        aliases="multilabel_soft_margin_loss",
        samples=(
            "x : [2, 3]; t : [2, 3] constant; out = multilabel_soft_margin(x, t)",
            "x : [2, 3]; t : [2, 3] constant; w : [3] constant; out = multilabel_soft_margin(x, t, w)",
        ),
        errors=("x : [2, 3]; t : [2, 4]; out = multilabel_soft_margin(x, t)",),
    ),
    _loss(
        "triplet_margin(anchor, positive, negative, margin=1, p=2, eps=1e-6, swap=False, reduction=mean)",
        "clip_min(norm(anchor - positive + eps, p, axis=-1) - either(swap,"
        " minimum(norm(anchor - negative + eps, p, axis=-1), norm(positive - negative + eps, p, axis=-1)),"
        " norm(anchor - negative + eps, p, axis=-1)) + margin, 0)",
        3,
        why="what the anchor lacks to be nearer to its like than to the other by the margin",
        aliases="triplet_margin_loss",
        samples=(
            "a : [2, 3]; p : [2, 3]; n : [2, 3]; out = triplet_margin(a, p, n)",
            "a : [2, 3]; p : [2, 3]; n : [2, 3]; out = triplet_margin(a, p, n, p=1, swap=True)",
        ),
        errors=("a : [2, 3]; p : [2, 4]; n : [2, 3]; out = triplet_margin(a, p, n)",),
    ),
    _loss(
        "cosine_embedding(x1, x2, t, margin=0, reduction=mean)",
        "where(t > 0, 1 - cosine_similarity(x1, x2, axis=-1, eps=0),"
        " clip_min(cosine_similarity(x1, x2, axis=-1, eps=0) - margin, 0))",
        3,
        why="one minus the cosine for pairs that belong together, the cosine above the margin for others",
        aliases="cosine_embedding_loss",
        samples=("a : [2, 3]; b : [2, 3]; t : [2] constant; out = cosine_embedding(a, b, t)",),
        errors=("a : [2, 3]; b : [2, 4]; t : [2]; out = cosine_embedding(a, b, t)",),
    ),
)
