"""Random uses of linear algebra, of layers of networks and of losses."""

from __future__ import annotations

from collections.abc import Mapping

from chainrule.ops import TABLE
from chainrule.shapes import Shape
from tests.generated.fitting import built, called, new, numbered, of_rank, other_dim, regular, shaped, square
from tests.generated.growing import Expr, Grower, Misfit
from tests.generated.moving import Growth

# --- linear algebra -------------------------------------------------------------------------------------------


def _of_square(name: str, *, definite: bool = False) -> Growth:
    def grow(self: Grower, depth: int) -> Expr:
        words = [self.random.choice(("2", "3", "n=-1", "-2", "0"))] if name == "matrix_power" else []
        inner = regular(square(self, depth, definite, batch=True), gaps=name == "eigvalsh")
        return called(self, name, [inner], *words, method=True)

    return grow


def _of_any(name: str) -> Growth:
    """Of a matrix with more rows than columns, or more columns than rows."""

    def grow(self: Grower, depth: int) -> Expr:
        inner = regular(of_rank(self, depth, 2, 2, 3))
        return called(self, name, [inner], method=True)

    return grow


def _squared(name: str, *, definite: bool = False) -> Growth:
    """Vectors that have no sign of their own, squared."""

    def grow(self: Grower, depth: int) -> Expr:
        inner = regular(
            square(self, depth, definite, batch=True) if definite else numbered(self, depth, 2, 3)
        )
        return built(self, f"{name}({{0}})**2", inner, level=3)

    return grow


def _solve(self: Grower, depth: int) -> Expr:
    a = square(self, depth)
    shape: Shape = self.random.choice(((a.shape[0],), (a.shape[0], other_dim(self, *a.shape))))
    return called(self, "solve", [a, shaped(self, shape, min(depth, 1))])


def _lyapunov(self: Grower, depth: int) -> Expr:
    h = new(self, (2, 2), constant=True)
    return built(self, "lyapunov({0}.T@{0} + eye(2), {1})", h, shaped(self, (2, 2), depth))


def _expm_frechet(self: Grower, depth: int) -> Expr:
    return called(self, "expm_frechet", [shaped(self, (2, 2), depth), shaped(self, (2, 2))])


def _expm_second(self: Grower, depth: int) -> Expr:
    shape: Shape = self.random.choice(((2, 2), (2, 2), (2, 2, 2)))
    constants = [new(self, shape, constant=True) for _ in range(3)]
    return built(self, "expm_second({0}, {1}, {2})@{3}", *constants, shaped(self, (2, 3), depth), level=1)


# --- layers ---------------------------------------------------------------------------------------------------


def _along(name: str) -> Growth:
    def grow(self: Grower, depth: int) -> Expr:
        inner = of_rank(self, depth, 1, 2, 3)
        axis = self.random.randrange(-len(inner.shape), len(inner.shape))
        words = self.random.choice(([], [f"axis={axis}"], [f"dim={axis}"]))
        if "eps" in TABLE[name].signature.parameters and self.random.random() < 0.6:
            words = [*words, f"eps={self.random.choice(('1/10', '2'))}"]
        if name == "normalize" and not any("=" in word and "eps" not in word for word in words):
            words = [f"dim={axis}"]
        if name == "normalize" and self.random.random() < 0.5:
            words = [*words, self.random.choice(("p=1", "p=3"))]
        return called(self, name, [inner], *words)

    return grow


def _layer_norm(self: Grower, depth: int) -> Expr:
    inner = of_rank(self, depth, 1, 2, 3)
    last = self.random.randint(1, len(inner.shape))
    shape = inner.shape[-last:]
    said = f"[{', '.join(map(str, shape))}]"
    if self.random.random() < 0.3:
        return called(self, "layer_norm", [inner], self.random.choice((said, "eps=1/4")))
    b = shaped(self, shape)
    if self.random.random() < 0.3:
        return built(self, f"layer_norm({{0}}, {said}, None, {{1}}, eps=0.1)", inner, b)
    return built(self, f"layer_norm({{0}}, {said}, {{1}}, {{2}})", inner, shaped(self, shape), b)


def _rms_norm(self: Grower, depth: int) -> Expr:
    inner = of_rank(self, depth, 1, 2, 3)
    shape = inner.shape[-1:]
    said = f"[{shape[0]}]"
    if self.random.random() < 0.3:
        return called(self, "rms_norm", [inner], said)
    return built(self, f"rms_norm({{0}}, {said}, {{1}}, eps=1/8)", inner, shaped(self, shape))


def _batch_norm(self: Grower, depth: int) -> Expr:
    inner = of_rank(self, depth, 2, 3)
    channels = (inner.shape[1],)
    w, b = shaped(self, channels), shaped(self, channels)
    if self.random.random() < 0.35:
        mean, var = shaped(self, channels), new(self, channels, positive=True)
        words = self.random.choice(("{1}, {2}", "running_mean={1}", "running_var={2}"))
        return built(self, f"batch_norm({{0}}, {words})", inner, mean, var)
    if self.random.random() < 0.5 and inner.value.size > inner.value.shape[1]:
        words = self.random.choice(("training=True", "training=True, eps=1/10"))
        return built(self, f"batch_norm({{0}}, None, None, {{1}}, {{2}}, {words})", inner, w, b)
    mean, var = shaped(self, channels), new(self, channels, positive=True)
    return built(self, "batch_norm({0}, {1}, {2}, {3}, {4})", inner, mean, var, w, b)


def _group_norm(self: Grower, depth: int) -> Expr:
    inner = shaped(self, self.random.choice(((2, 4), (2, 4, 3))), depth)
    if self.random.random() < 0.4:
        words = self.random.choice(("", ", num_groups=2, eps=1/5"))
        return built(self, f"group_norm({{0}}{words})", inner)
    return built(self, "group_norm({0}, 2, {1}, {2})", inner, shaped(self, (4,)), shaped(self, (4,)))


def _two_rows(name: str) -> Growth:
    def grow(self: Grower, depth: int) -> Expr:
        first = of_rank(self, depth, 2) if name == "cosine_similarity" else of_rank(self, depth, 1, 2)
        second = shaped(self, first.shape, min(depth, 1))
        options: tuple[list[str], ...] = (
            ([], ["dim=0"]) if name == "cosine_similarity" else ([], ["keepdim=True"])
        )
        return called(self, name, [first, second], *self.random.choice(options))

    return grow


def _linear(self: Grower, depth: int) -> Expr:
    inner = of_rank(self, depth, 1, 2, 3)
    out = other_dim(self, *inner.shape)
    weight = shaped(self, (out, inner.shape[-1]))
    if self.random.random() < 0.4:
        return called(self, "linear", [inner, weight])
    return called(self, "linear", [inner, weight, shaped(self, (out,))])


def _attention(self: Grower, depth: int) -> Expr:
    query = of_rank(self, depth, 2, 2, 3)
    batch, (rows, width) = query.shape[:-2], query.shape[-2:]
    keys = other_dim(self, *query.shape)
    key = shaped(self, (*batch, keys, width))
    value = shaped(self, (*batch, keys, self.random.choice((2, 3))))
    if self.random.random() < 0.4:
        mask = shaped(self, (rows, keys))
        return called(self, "attention", [query, key, value, mask], *self.random.choice(([], ["scale=1/2"])))
    return called(self, "attention", [query, key, value], *self.random.choice(([], ["scale=1/2"])))


def _embedding(self: Grower, depth: int) -> Expr:
    weight = numbered(self, depth, 2)
    rows = weight.value.shape[0]
    picked = [self.random.randrange(rows) for _ in range(4)]
    spelled = self.random.choice((str(picked[:3]), f"[{picked[:2]}, {picked[2:]}]"))
    return built(self, f"embedding({spelled}, {{0}})", weight)


def _one_hot(self: Grower, depth: int) -> Expr:
    count = self.random.choice((2, 3, 4))
    picked = [self.random.randrange(count) for _ in range(2)]
    return built(self, f"{{0}}*one_hot({picked}, {count})", shaped(self, (2, count), depth), level=1)


def _dropout(self: Grower, depth: int) -> Expr:
    return built(
        self,
        f"dropout({{0}}, {self.random.choice(('training=False', '0.5, False', 'p=0'))})",
        self.grow(depth),
    )


# --- windows --------------------------------------------------------------------------------------------------


def _windows(self: Grower, depth: int) -> Expr:
    inner = numbered(self, depth, 1, 2)
    axis = self.random.randrange(-len(inner.shape), 0)
    length = inner.value.shape[axis]
    options = ["size=2", "size=2, step=2", "size=1"] + (["size=2, dilation=2"] if length > 2 else [])
    if length < 2:
        raise Misfit
    return built(self, f"windows({{0}}, axis={axis}, {self.random.choice(options)})", inner)


def _overlap_add(self: Grower, depth: int) -> Expr:
    inner = shaped(self, (3, 2), depth)
    return built(self, "overlap_add({0}, axis=-1, size=2, shape=(4,))", inner)


def _conv(axes: int) -> Growth:
    name, last = f"conv{axes}d", ((4,) if axes == 1 else (3, 4))

    def grow(self: Grower, depth: int) -> Expr:
        batch: Shape = self.random.choice(((), (1,), (2,)) if axes == 1 else ((), (), (1,)))
        x = shaped(self, (*batch, 2, *last), depth)
        w = new(self, (3, 2, *self.random.choice(((2,), (3,)) if axes == 1 else ((2, 3), (1, 2), (2, 2)))))
        words = [word for word in ("stride=2", "padding=1", "dilation=1") if self.random.random() < 0.35]
        if self.random.random() < 0.5:
            return called(self, name, [x, w], *words)
        return called(self, name, [x, w, shaped(self, (3,))], *words)

    return grow


def _pool(name: str) -> Growth:
    flat = name.endswith("1d")

    def grow(self: Grower, depth: int) -> Expr:
        x = numbered(self, depth, 2, 3)
        if not flat:
            x = shaped(self, self.random.choice(((3, 4), (2, 3, 4))), depth)
        size = self.random.choice(("2",) if flat else ("2", "(2, 3)", "(1, 2)"))
        words = self.random.choice(([], ["stride=1"], ["1"]))
        if name.startswith("avg") and "1" not in size and self.random.random() < 0.3:
            words = [*words, "padding=1"]
        return called(self, name, [x], size, *words)

    return grow


# --- losses ---------------------------------------------------------------------------------------------------


def _reduction(self: Grower) -> list[str]:
    return [*self.random.choice(([], [], ['reduction="sum"'], ['reduction="none"']))]


def _pair(name: str, *options: str) -> Growth:
    """A loss of two tensors of one shape."""

    def grow(self: Grower, depth: int) -> Expr:
        x = of_rank(self, depth, *((0,) if self.random.random() < 0.1 else (1, 2, 2, 3)))
        kind = self.random.choice(({}, {"constant": True}, {"positive": True}))
        if name == "kl_div":
            kind = {"positive": True}
        t = shaped(self, x.shape, **kind)
        if name == "poisson_nll" and self.random.random() < 0.4:
            return built(self, "poisson_nll(exp({0}), {1}, log_input=False)", x, t)
        t = new(self, x.shape) if t.text == x.text else t
        words = [self.random.choice(options)] if options and self.random.random() < 0.6 else []
        if name == "kl_div" and x.shape and self.random.random() < 0.2:
            return called(self, name, [x, t], 'reduction="batchmean"')
        return called(self, name, [x, t], *words, *_reduction(self))

    return grow


def _bce(self: Grower, depth: int) -> Expr:
    x = of_rank(self, depth, 0, 1, 2)
    p, t = built(self, "sigmoid({0})", x), built(self, "sigmoid({0})", shaped(self, x.shape))
    if x.shape and self.random.random() < 0.4:
        return called(self, "bce", [p, t, shaped(self, x.shape[-1:])], *_reduction(self))
    return called(self, "bce", [p, t], *_reduction(self))


def _bce_with_logits(self: Grower, depth: int) -> Expr:
    x = of_rank(self, depth, 1, 2)
    t, w = shaped(self, x.shape), shaped(self, x.shape[-1:])
    words = self.random.choice(("{2}", "pos_weight={2}", "{2}, {2}", ""))
    text = ", ".join(part for part in ("{0}", "{1}", words, *_reduction(self)) if part)
    return built(self, f"bce_with_logits({text})", x, t, *([w] if words else []))


def _classes(name: str) -> Growth:
    def grow(self: Grower, depth: int) -> Expr:
        x = of_rank(self, depth, 1, 2, 3)
        words = _reduction(self)
        if name == "cross_entropy" and self.random.random() < 0.4:
            words.append("label_smoothing=1/10")
        if len(x.shape) == 2 and all(isinstance(dim, int) for dim in x.shape) and self.random.random() < 0.5:
            rows, count = x.value.shape
            picked = [self.random.randrange(count) for _ in range(rows)]
            return called(self, name, [x], str(picked), *words)
        return called(self, name, [x, shaped(self, x.shape)], *words)

    return grow


def _three(name: str, *options: str) -> Growth:
    """A loss of three tensors of one shape, or of two with a number for each row of them."""

    def grow(self: Grower, depth: int) -> Expr:
        x = of_rank(self, depth, *((1,) if self.random.random() < 0.2 else (2,)))
        rows = name == "cosine_embedding"
        second = shaped(self, x.shape, min(depth, 1))
        third = shaped(
            self, x.shape[:-1] if rows else x.shape, **({"positive": True} if name == "gaussian_nll" else {})
        )
        words = [self.random.choice(options)] if options and self.random.random() < 0.6 else []
        return called(self, name, [x, second, third], *words, *_reduction(self))

    return grow


LAYERING: Mapping[str, Growth] = {
    **{
        name: _of_square(name) for name in ("inv", "det", "slogdet", "matrix_power", "matrix_exp", "eigvalsh")
    },
    **{name: _of_square(name, definite=True) for name in ("logdet", "cholesky")},
    **{name: _of_any(name) for name in ("pinv", "nuclear_norm", "polar", "spectral_norm")},
    "svdvals": lambda self, depth: called(self, "svdvals", [regular(numbered(self, depth, 2, 3))]),
    "eigh_vectors": _squared("eigh_vectors", definite=True),
    "svd_right": _squared("svd_right"),
    "solve": _solve,
    "lyapunov": _lyapunov,
    "expm_frechet": _expm_frechet,
    "expm_second": _expm_second,
    **{
        name: _along(name)
        for name in (
            "softmax",
            "log_softmax",
            "softmin",
            "standardized",
            "rms_scaled",
            "unit_vectors",
            "normalize",
        )
    },
    "layer_norm": _layer_norm,
    "rms_norm": _rms_norm,
    "batch_norm": _batch_norm,
    "group_norm": _group_norm,
    "cosine_similarity": _two_rows("cosine_similarity"),
    "pairwise_distance": _two_rows("pairwise_distance"),
    "linear": _linear,
    "attention": _attention,
    "embedding": _embedding,
    "one_hot": _one_hot,
    "dropout": _dropout,
    "windows": _windows,
    "overlap_add": _overlap_add,
    "conv1d": _conv(1),
    "conv2d": _conv(2),
    **{name: _pool(name) for name in ("avg_pool1d", "avg_pool2d", "max_pool1d", "max_pool2d")},
    "mse": _pair("mse"),
    "mae": _pair("mae"),
    "huber": _pair("huber", "delta=1/2", "delta=2"),
    "smooth_l1": _pair("smooth_l1", "beta=1/2", "beta=2"),
    "kl_div": _pair("kl_div", "log_target=True"),
    "poisson_nll": _pair("poisson_nll"),
    "hinge": _pair("hinge"),
    "hinge_embedding": _pair("hinge_embedding", "margin=2", "margin=1/2"),
    "soft_margin": _pair("soft_margin"),
    "bce": _bce,
    "bce_with_logits": _bce_with_logits,
    "cross_entropy": _classes("cross_entropy"),
    "nll": _classes("nll"),
    "gaussian_nll": _three("gaussian_nll"),
    "margin_ranking": _three("margin_ranking", "margin=1/2"),
    "triplet_margin": _three("triplet_margin", "margin=2"),
    "cosine_embedding": _three("cosine_embedding", "margin=1/2"),
}
"""What grows a use of each operation, by its name in the op table."""
