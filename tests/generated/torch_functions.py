"""What the operations of the op table are in torch, by the names of the op table's parameters."""
# ruff: noqa: A006, PLW0108  called by keyword, so that the names of the parameters matter

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from chainrule.ops import TABLE
from chainrule.ops.table import Composite, Pointwise, Structured

Tensor = Any


class Functions(dict[str, Callable[..., Tensor]]):
    """A function of torch for each operation."""

    def __init__(self, torch: Any) -> None:
        super().__init__()
        self.torch, self.nn = torch, torch.nn.functional
        for op in TABLE.values():
            if isinstance(op, Pointwise):
                self[op.name] = _pointwise(torch, op)
        for found in (
            _absent(torch),
            _folds(torch),
            _moves(torch),
            _matrices(torch),
            _layers(torch),
            _losses(torch),
            _assembled(torch),
        ):
            self.update(found)

    def literals(self, name: str) -> tuple[str, ...]:
        """The parameters that are no tensors."""
        op = TABLE[name]
        names = op.signature.parameters
        if isinstance(op, Composite):
            return names[op.tensors :]
        if isinstance(op, Structured):
            if name == "one_hot":
                return names
            return tuple(n for n in names if n not in _TENSORS)
        return ("n",) if name == "polygamma" else tuple(dict(op.signature.defaults))


_TENSORS = ("x", "a", "b", "h", "c", "d", "u", "v", "other", "src")


def _pointwise(torch: Any, op: Pointwise) -> Callable[..., Tensor]:
    """torch's function of this name, given its arguments in order."""
    for place in (torch, torch.special, torch.nn.functional):
        for name in (op.name, *op.aliases):
            function = getattr(place, name, None)
            if callable(function):
                return lambda function=function, **words: function(*words.values())
    return _missing(op.name)


def _missing(name: str) -> Callable[..., Tensor]:
    def fail(**words: Any) -> Tensor:
        raise LookupError(f"torch has no {name}")

    return fail


def _absent(torch: Any) -> dict[str, Callable[..., Tensor]]:
    """Functions of numbers that torch has under another name, with other arguments, or not at all."""
    nn = torch.nn.functional

    def gamma(x: Tensor) -> Tensor:
        even = torch.floor(x.detach()) % 2 == 0
        return torch.where((x > 0) | even, 1.0, -1.0) * torch.exp(torch.lgamma(x))

    return {
        "gelu": lambda x: nn.gelu(x),
        "gelu_tanh": lambda x: nn.gelu(x, approximate="tanh"),
        "polygamma": lambda n, x: torch.polygamma(n, x) if n else torch.digamma(x),
        "where": lambda condition, a, b: torch.where(condition, a, b),
        "logsigmoid": lambda x: nn.logsigmoid(x),
        "loggamma": lambda x: torch.lgamma(x),
        "cbrt": lambda x: torch.sign(x) * torch.abs(x) ** (1 / 3),
        "cot": lambda x: 1 / torch.tan(x),
        "sec": lambda x: 1 / torch.cos(x),
        "csc": lambda x: 1 / torch.sin(x),
        "acot": lambda x: torch.atan(1 / x),
        "asec": lambda x: torch.acos(1 / x),
        "acsc": lambda x: torch.asin(1 / x),
        "coth": lambda x: 1 / torch.tanh(x),
        "sech": lambda x: 1 / torch.cosh(x),
        "csch": lambda x: 1 / torch.sinh(x),
        "acoth": lambda x: torch.atanh(1 / x),
        "asech": lambda x: torch.acosh(1 / x),
        "acsch": lambda x: torch.asinh(1 / x),
        "gamma": gamma,
        "heaviside": lambda x, h: torch.where(x == 0, h, (x > 0).double()),
        "copysign": lambda a, b: torch.copysign(a, b),
        "clip": lambda x, min, max: torch.minimum(torch.maximum(x, min), max),
        "clip_min": lambda x, min: torch.maximum(x, min),
        "clip_max": lambda x, max: torch.minimum(x, max),
        "lerp": lambda a, b, t: torch.lerp(*torch.broadcast_tensors(a, b, t)),
        **{name: _with_options(nn, name) for name in ("softplus", "leaky_relu", "elu", "celu", "hardtanh")},
        **{name: _with_options(nn, name) for name in ("softshrink", "hardshrink")},
    }


def _with_options(nn: Any, name: str) -> Callable[..., Tensor]:
    return lambda x, **options: getattr(nn, name)(x, **options)


def _over(x: Tensor, axis: Any) -> tuple[int, ...]:
    if axis is None:
        return tuple(range(x.ndim))
    return tuple(k % x.ndim for k in (axis if isinstance(axis, tuple) else (axis,)))


def _along(function: Callable[[Tensor], Tensor]) -> Callable[..., Tensor]:
    """What ``function`` makes of rows of the same length, along any axes."""

    def run(x: Tensor, axis: Any) -> Tensor:
        over = _over(x, axis)
        kept = [k for k in range(x.ndim) if k not in over]
        turned = x.permute(*kept, *over)
        rows = function(turned.reshape(*(x.shape[k] for k in kept), -1))
        return rows.reshape(turned.shape).permute([(*kept, *over).index(k) for k in range(x.ndim)])

    return run


def _folds(torch: Any) -> dict[str, Callable[..., Tensor]]:
    def prod(x: Tensor, axis: Any, keepdims: bool) -> Tensor:
        for k in sorted(_over(x, axis), reverse=True):
            x = torch.prod(x, dim=k, keepdim=keepdims)
        return x

    def spread(name: str) -> Callable[..., Tensor]:
        return lambda x, axis, keepdims, correction: getattr(torch, name)(
            x, dim=_over(x, axis), correction=correction, keepdim=keepdims
        )

    def norm(x: Tensor, ord: Any, axis: Any, keepdims: bool) -> Tensor:  # noqa: A002
        if ord is None or (x.ndim != 2 and axis is None) or not (axis is None or isinstance(axis, tuple)):
            return torch.linalg.vector_norm(x, 2 if ord is None else ord, dim=axis, keepdim=keepdims)
        return torch.linalg.norm(x, ord, dim=axis, keepdim=keepdims)

    def flat(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
        return lambda x, axis: function(x.reshape(-1) if axis is None else x, -1 if axis is None else axis)

    def middle(x: Tensor, axis: Any, keepdims: bool, upper: bool = False) -> Tensor:
        over = _over(x, axis)
        kept = [k for k in range(x.ndim) if k not in over]
        rows = x.permute(*kept, *over).reshape(*(x.shape[k] for k in kept), -1)
        found = torch.sort(rows, dim=-1).values[
            ..., rows.shape[-1] // 2 if upper else (rows.shape[-1] - 1) // 2
        ]
        return found.reshape([1 if k in over else d for k, d in enumerate(x.shape)]) if keepdims else found

    def others(rows: Tensor) -> Tensor:
        count = rows.shape[-1]
        return torch.stack(
            [rows[..., [j for j in range(count) if j != k]].prod(-1) for k in range(count)], -1
        )

    return {
        "sum": lambda x, axis, keepdims: torch.sum(x, dim=_over(x, axis), keepdim=keepdims),
        "mean": lambda x, axis, keepdims: torch.mean(x, dim=_over(x, axis), keepdim=keepdims),
        "max": lambda x, axis, keepdims: torch.amax(x, dim=_over(x, axis), keepdim=keepdims),
        "min": lambda x, axis, keepdims: torch.amin(x, dim=_over(x, axis), keepdim=keepdims),
        "logsumexp": lambda x, axis, keepdims: torch.logsumexp(x, dim=_over(x, axis), keepdim=keepdims),
        "prod": prod,
        "var": spread("var"),
        "std": spread("std"),
        "norm": norm,
        "prod_others": _along(others),
        "middle": middle,
        "median": lambda x, axis, keepdims: (middle(x, axis, keepdims) + middle(x, axis, keepdims, True)) / 2,
        **{name: flat(getattr(torch, name)) for name in ("cumsum", "cumprod", "logcumsumexp")},
    }


def _moves(torch: Any) -> dict[str, Callable[..., Tensor]]:
    nn = torch.nn.functional

    def squeeze(x: Tensor, axis: Any) -> Tensor:
        return x.squeeze() if axis is None else x.squeeze(axis)

    def flip(x: Tensor, axis: Any) -> Tensor:
        return x.flip(_over(x, axis))

    def index_select(x: Tensor, axis: Any, index: Any) -> Tensor:
        x = x.reshape(-1) if axis is None else x
        axis = 0 if axis is None else axis
        found = torch.tensor(index).reshape(-1) % x.shape[axis]
        return x.index_select(axis, found)

    def pad(x: Tensor, widths: Any, mode: str, value: Any) -> Tensor:
        pairs = [(widths, widths)] * x.ndim if isinstance(widths, int) else list(widths)
        if pairs and isinstance(pairs[0], int):
            pairs = [tuple(pairs)]
        return nn.pad(x, [int(k) for pair in reversed(pairs) for k in pair], value=value)

    def expand_dims(x: Tensor, axis: Any) -> Tensor:
        axes = axis if isinstance(axis, tuple) else (axis,)
        rank = x.ndim + len(axes)
        for k in sorted(k % rank for k in axes):
            x = x.unsqueeze(k)
        return x

    return {
        "reshape": lambda x, shape: x.reshape(shape),
        "flatten": lambda x, start_dim, end_dim: torch.flatten(x, start_dim, end_dim),
        "broadcast_to": lambda x, shape: x.expand(shape),
        "expand_as": lambda x, other: x.expand_as(other),
        "squeeze": squeeze,
        "expand_dims": expand_dims,
        "swapaxes": lambda x, axis1, axis2: torch.swapaxes(x, axis1, axis2),
        "permute": lambda x, axes: x.permute(axes),
        "moveaxis": lambda x, source, destination: torch.movedim(x, source, destination),
        "concatenate": lambda tensors, axis: torch.cat(tensors, dim=axis),
        "stack": lambda tensors, axis: torch.stack(tensors, dim=axis),
        "hstack": lambda tensors: torch.hstack(tensors),
        "vstack": lambda tensors: torch.vstack(tensors),
        "index_select": index_select,
        "flip": flip,
        "fliplr": lambda x: torch.fliplr(x),
        "flipud": lambda x: torch.flipud(x),
        "roll": lambda x, shift, axis: torch.roll(x, shift, axis),
        "tile": lambda x, repeats: torch.tile(x, repeats if isinstance(repeats, tuple) else (repeats,)),
        "repeat_interleave": lambda x, repeats, axis: torch.repeat_interleave(x, repeats, dim=axis),
        "pad": pad,
        "tril": lambda x, diagonal: torch.tril(x, diagonal),
        "triu": lambda x, diagonal: torch.triu(x, diagonal),
        "diag": lambda x, diagonal: torch.diag(x, diagonal),
        "kron": lambda a, b: torch.kron(a.contiguous(), b.contiguous()),
        "tensordot": lambda a, b, axes: torch.tensordot(a, b, dims=axes),
        "vdot": lambda a, b: torch.vdot(a.reshape(-1), b.reshape(-1)),
        "vecdot": lambda a, b: torch.linalg.vecdot(a, b),
        "cross": lambda a, b: torch.linalg.cross(a, b),
        "bilinear": lambda a, b, weight: nn.bilinear(a, b, weight),
        "addmm": lambda c, a, b, beta, alpha: (
            torch.addmm(c, a, b, beta=beta, alpha=alpha)
            if b.ndim == 2
            else torch.addmv(c, a, b, beta=beta, alpha=alpha)
        ),
        "addbmm": lambda c, a, b, beta, alpha: torch.addbmm(c, a, b, beta=beta, alpha=alpha),
        "addr": lambda c, a, b, beta, alpha: torch.addr(c, a, b, beta=beta, alpha=alpha),
        "matmul": lambda a, b: torch.matmul(a, b),
        "dot": lambda a, b: torch.tensordot(a, b, dims=([-1], [max(b.ndim - 2, 0)])),
        "inner": lambda a, b: torch.inner(a, b),
        "outer": lambda a, b: torch.outer(a, b),
        "trace": lambda a: torch.diagonal(a, dim1=0, dim2=1).sum(-1),
        "diagonal": lambda a: torch.diagonal(a, dim1=0, dim2=1),
    }


def _assembled(torch: Any) -> dict[str, Callable[..., Tensor]]:
    """Positions that are written out, orders, and tensors put together."""

    def at(x: Tensor, axis: int, index: Any) -> Tensor:
        return torch.tensor(index) % x.shape[axis]

    def spread(x: Tensor, axis: int, index: Any, src: Tensor) -> Tensor:
        src = src.expand(at(x, axis, index).shape) if not src.ndim else src
        return x.scatter(axis, at(x, axis, index), src)

    def vander(x: Tensor, N: Any, increasing: bool) -> Tensor:  # noqa: N803
        # torch's own writes into what autograd needs.
        powers = range(len(x) if N is None else N)
        return torch.stack([x**k for k in (powers if increasing else reversed(powers))], dim=-1)

    def rot90(x: Tensor, k: int, axes: Any) -> Tensor:
        return torch.rot90(x, k, axes or (0, 1))

    def trapezoid(y: Tensor, x: Tensor, dx: Any) -> Tensor:
        return torch.trapezoid(y, x) if x.ndim else torch.trapezoid(y, dx=dx)

    def quantile(x: Tensor, q: Any, axis: Any, keepdims: bool) -> Tensor:
        return torch.quantile(x, float(q), dim=axis, keepdim=keepdims)

    return {
        "gather": lambda x, axis, index: x.gather(axis, at(x, axis, index)),
        "scatter_add": lambda x, axis, index, src: x.scatter_add(axis, at(x, axis, index), src),
        "scatter": spread,
        "index_add": lambda x, axis, index, src, alpha: x.index_add(
            axis, at(x, axis, index), src, alpha=alpha
        ),
        "index_copy": lambda x, axis, index, src: x.index_copy(axis, at(x, axis, index), src),
        "index_fill": lambda x, axis, index, src: x.index_fill(axis, at(x, axis, index), src),
        "masked_fill": lambda x, condition, value: torch.where(condition, value, x),
        "column_stack": lambda tensors: torch.column_stack(tensors),
        "dstack": lambda tensors: torch.dstack(tensors),
        "block_diag": lambda tensors: torch.block_diag(*tensors),
        "rot90": rot90,
        "vander": vander,
        "diff": lambda x, n, axis: torch.diff(x, n, dim=axis),
        "trapezoid": trapezoid,
        "multi_dot": lambda tensors: torch.linalg.multi_dot(tensors),
        "sort": lambda x, axis, descending: torch.sort(x, dim=axis, descending=descending).values,
        "cummax": lambda x, axis: torch.cummax(x, dim=axis).values,
        "cummin": lambda x, axis: torch.cummin(x, dim=axis).values,
        "topk": lambda x, k, axis, largest: torch.topk(x, k, dim=axis, largest=largest).values,
        "kthvalue": lambda x, k, axis, keepdims: torch.kthvalue(x, k, dim=axis, keepdim=keepdims).values,
        "quantile": quantile,
        "percentile": lambda x, q, axis, keepdims: quantile(x, q / 100, axis, keepdims),
        "cdist": lambda x1, x2, p: torch.cdist(x1, x2, p=p),
    }


def _matrices(torch: Any) -> dict[str, Callable[..., Tensor]]:
    linalg = torch.linalg

    def half(x: Tensor) -> Tensor:
        return (x + x.mT) / 2

    def solve(a: Tensor, b: Tensor) -> Tensor:
        return linalg.solve(a, b)

    def polar(x: Tensor) -> Tensor:
        u, _, v = linalg.svd(x, full_matrices=False)
        return u @ v

    def lyapunov(h: Tensor, c: Tensor) -> Tensor:
        # h is symmetric wherever this is used, so its eigenvectors take the equation apart.
        values, q = linalg.eigh(half(h))
        small = values <= 1e-12 * values[..., -1:]
        outside = small[..., :, None] | small[..., None, :]
        sums = torch.where(outside, 1.0, values[..., :, None] + values[..., None, :])
        return q @ torch.where(outside, 0.0, (q.mT @ c @ q) / sums) @ q.mT

    def frechet(x: Tensor, d: Tensor) -> Tensor:
        n = x.shape[-1]
        above = torch.cat([x, d], dim=-1)
        below = torch.cat([torch.zeros_like(x), x], dim=-1)
        return linalg.matrix_exp(torch.cat([above, below], dim=-2))[..., :n, n:]

    def second(x: Tensor, u: Tensor, v: Tensor) -> Tensor:
        zero = torch.zeros_like(x)
        n = x.shape[-1]

        def corner(first: Tensor, last: Tensor) -> Tensor:
            rows = ([x, first, zero], [zero, x, last], [zero, zero, x])
            whole = torch.cat([torch.cat(row, dim=-1) for row in rows], dim=-2)
            return linalg.matrix_exp(whole)[..., :n, 2 * n :]

        return corner(u, v) + corner(v, u)

    return {
        "inv": lambda x: linalg.inv(x),
        "det": lambda x: linalg.det(x),
        "logdet": lambda x: torch.logdet(x),
        "slogdet": lambda x: linalg.slogdet(x).logabsdet,
        "pinv": lambda x: linalg.pinv(x),
        "solve": solve,
        "matrix_power": lambda x, n: linalg.matrix_power(x, n),
        "cholesky": lambda x: linalg.cholesky(half(x)),
        "eigvalsh": lambda x: linalg.eigvalsh(half(x)),
        "eigh_vectors": lambda x: linalg.eigh(half(x)).eigenvectors,
        "svdvals": lambda x: linalg.svdvals(x),
        "svd_right": lambda x: linalg.svd(x, full_matrices=False).Vh.mT,
        "nuclear_norm": lambda x: linalg.matrix_norm(x, "nuc"),
        "spectral_norm": lambda x: linalg.matrix_norm(x, 2),
        "polar": polar,
        "lyapunov": lyapunov,
        "matrix_exp": lambda x: linalg.matrix_exp(x),
        "expm_frechet": frechet,
        "expm_second": second,
    }


def _layers(torch: Any) -> dict[str, Callable[..., Tensor]]:
    nn = torch.nn.functional

    def number(x: Tensor) -> Tensor | None:
        """A weight or bias; None where it is the default, a plain number."""
        return None if x is None or not x.ndim else x

    def standardized(x: Tensor, axis: Any, eps: float) -> Tensor:
        over = _over(x, axis)
        centred = x - x.mean(over, keepdim=True)
        return centred / torch.sqrt(torch.var(x, over, correction=0, keepdim=True) + eps)

    def unit_vectors(x: Tensor, axis: Any, eps: float) -> Tensor:
        return _along(partial(nn.normalize, dim=-1, eps=eps))(x, axis)

    def layer_norm(x: Tensor, weight: Any, bias: Any, axis: Any, eps: float, normalized_shape: Any) -> Tensor:
        shape = x.shape[-1:] if normalized_shape is None else normalized_shape
        return nn.layer_norm(x, shape, number(weight), number(bias), eps)

    def rms_norm(x: Tensor, weight: Any, axis: Any, eps: float, normalized_shape: Any) -> Tensor:
        return nn.rms_norm(
            x, x.shape[-1:] if normalized_shape is None else normalized_shape, number(weight), eps
        )

    def batch_norm(
        x: Tensor, running_mean: Any, running_var: Any, weight: Any, bias: Any, training: bool, eps: float
    ) -> Tensor:
        if training:
            return nn.batch_norm(x, None, None, number(weight), number(bias), True, eps=eps)
        # torch gives running averages no gradient, so here they are written out.
        shape = (-1, *[1] * (x.ndim - 2))
        mean, var, weight, bias = (
            v.reshape(shape) if v.ndim else v for v in (running_mean, running_var, weight, bias)
        )
        return (x - mean) / torch.sqrt(var + eps) * weight + bias

    def embedding(weight: Tensor, indices: Any) -> Tensor:
        return nn.embedding(torch.tensor(indices), weight)

    def attention(
        query: Tensor,
        key: Tensor,
        value: Tensor,
        attn_mask: Tensor,
        dropout_p: Any = 0,
        is_causal: Any = False,
        scale: Any = None,
    ) -> Tensor:
        assert not dropout_p, "only evaluation is compared"
        mask = None if is_causal else number(attn_mask)
        return nn.scaled_dot_product_attention(
            query, key, value, mask, is_causal=bool(is_causal), scale=scale
        )

    def windows(x: Tensor, axis: int, size: int, step: int, dilation: int) -> Tensor:
        reach = dilation * (size - 1) + 1
        found = x.unfold(axis, reach, step)
        return found[..., ::dilation]

    def overlap_add(x: Tensor, axis: int, size: int, step: int, dilation: int, shape: Any) -> Tensor:
        places = windows(
            torch.arange(int(torch.tensor(shape).prod())).reshape(shape), axis, size, step, dilation
        )
        lead = x.shape[: x.ndim - places.ndim]
        flat = torch.zeros((*lead, int(torch.tensor(shape).prod())), dtype=x.dtype)
        rows = x.reshape(*lead, -1)
        return flat.index_add(-1, places.reshape(-1), rows).reshape(*lead, *shape)

    def conv(name: str) -> Callable[..., Tensor]:
        return lambda x, weight, bias, **words: getattr(nn, name)(x, weight, number(bias), **words)

    def pool(name: str) -> Callable[..., Tensor]:
        def run(x: Tensor, kernel_size: Any, stride: Any, **words: Any) -> Tensor:
            rank = 1 + int(name[-2])
            words = {word: value for word, value in words.items() if value is not None}
            missing = max(rank - x.ndim, 0)
            found = getattr(nn, name)(x.reshape(*[1] * missing, *x.shape), kernel_size, stride, **words)
            return found.reshape(found.shape[missing:])

        return run

    def adaptive(name: str) -> Callable[..., Tensor]:
        return lambda x, output_size: getattr(nn, name)(x, output_size)

    return {
        **{
            name: _along(partial(getattr(nn, name), dim=-1)) for name in ("softmax", "log_softmax", "softmin")
        },
        "standardized": standardized,
        "rms_scaled": lambda x, axis, eps: (
            x / torch.sqrt(torch.mean(x**2, _over(x, axis), keepdim=True) + eps)
        ),
        "unit_vectors": unit_vectors,
        "normalize": lambda x, p, axis, eps: nn.normalize(x, p, axis, eps),
        "layer_norm": layer_norm,
        "rms_norm": rms_norm,
        "batch_norm": batch_norm,
        "group_norm": lambda x, weight, bias, num_groups, eps: nn.group_norm(
            x, num_groups, number(weight), number(bias), eps
        ),
        "cosine_similarity": lambda x1, x2, axis, eps: nn.cosine_similarity(x1, x2, axis, eps),
        "pairwise_distance": lambda x1, x2, p, eps, keepdims: nn.pairwise_distance(x1, x2, p, eps, keepdims),
        "linear": lambda x, weight, bias: nn.linear(x, weight, number(bias)),
        "attention": attention,
        "embedding": embedding,
        "one_hot": lambda indices, num_classes: nn.one_hot(torch.tensor(indices), num_classes).double(),
        "dropout": lambda x, p, training: nn.dropout(x, p, training),
        "windows": windows,
        "overlap_add": overlap_add,
        **{
            name: conv(name)
            for name in (*(f"conv{k}d" for k in (1, 2, 3)), *(f"conv_transpose{k}d" for k in (1, 2)))
        },
        **{f"{fold}_pool{k}d": pool(f"{fold}_pool{k}d") for fold in ("avg", "max") for k in (1, 2, 3)},
        **{
            name: adaptive(name)
            for name in (f"adaptive_{fold}_pool{k}d" for fold in ("avg", "max") for k in (1, 2))
        },
    }


def _losses(torch: Any) -> dict[str, Callable[..., Tensor]]:
    nn = torch.nn.functional

    def pair(name: str) -> Callable[..., Tensor]:
        return lambda x, t, **words: getattr(nn, name)(*torch.broadcast_tensors(x, t), **words)

    def reduced(losses: Tensor, reduction: str) -> Tensor:
        return losses if reduction == "none" else getattr(torch, reduction)(losses)

    def number(x: Tensor) -> Tensor | None:
        return x if x.ndim else None

    def bce(x: Tensor, t: Tensor, weight: Tensor, reduction: str) -> Tensor:
        return reduced(weight * nn.binary_cross_entropy(x, t, reduction="none"), reduction)

    def bce_with_logits(x: Tensor, t: Tensor, weight: Tensor, pos_weight: Tensor, reduction: str) -> Tensor:
        # torch does not differentiate by the weights, which are factors, one for a target of 1.
        x, t, pos_weight = torch.broadcast_tensors(x, t, pos_weight)
        losses = -t * pos_weight * nn.logsigmoid(x) - (1 - t) * nn.logsigmoid(-x)
        return reduced(weight * losses, reduction)

    def nll(x: Tensor, t: Tensor, weight: Tensor, reduction: str, ignore_index: int) -> Tensor:
        if not t.is_floating_point():
            words = {"reduction": reduction, "ignore_index": ignore_index}
            return nn.nll_loss(x, t, number(weight.detach()), **words)
        return reduced(-(weight * t * x).sum(min(1, x.ndim - 1)), reduction)

    def kl_div(x: Tensor, t: Tensor, reduction: str, log_target: bool) -> Tensor:
        losses = nn.kl_div(x, t, reduction="none", log_target=log_target)
        return losses.sum() / len(losses) if reduction == "batchmean" else reduced(losses, reduction)

    def cross_entropy(x: Tensor, t: Tensor, weight: Tensor, **words: Any) -> Tensor:
        return nn.cross_entropy(x, t, number(weight.detach()), **words)

    def multi_margin(x: Tensor, t: Tensor, weight: Tensor, **words: Any) -> Tensor:
        classes = t.argmax(-1) if t.is_floating_point() else t
        return nn.multi_margin_loss(x, classes, weight=number(weight.detach()), **words)

    def multilabel_soft_margin(x: Tensor, t: Tensor, weight: Tensor, reduction: str) -> Tensor:
        return nn.multilabel_soft_margin_loss(x, t, number(weight), reduction=reduction)

    def gaussian_nll(x: Tensor, t: Tensor, var: Tensor, full: bool, eps: Any, reduction: str) -> Tensor:
        return nn.gaussian_nll_loss(
            x, t, var, full=full, eps=1e-12 if eps is None else eps, reduction=reduction
        )

    return {
        "mse": pair("mse_loss"),
        "mae": pair("l1_loss"),
        "huber": pair("huber_loss"),
        "smooth_l1": pair("smooth_l1_loss"),
        "kl_div": kl_div,
        "poisson_nll": lambda x, t, **words: nn.poisson_nll_loss(x, t, **words),
        "multi_margin": multi_margin,
        "multilabel_soft_margin": multilabel_soft_margin,
        "hinge": lambda x, t, reduction: reduced(torch.clamp(1 - t * x, min=0), reduction),
        # torch's own loss wants targets of 1 and -1.
        "hinge_embedding": lambda x, t, margin, reduction: reduced(
            torch.where(t > 0, x, torch.clamp(margin - x, min=0)), reduction
        ),
        # torch's own loss does not differentiate by targets.
        "soft_margin": lambda x, t, reduction: reduced(nn.softplus(-t * x), reduction),
        "bce": bce,
        "bce_with_logits": bce_with_logits,
        "cross_entropy": cross_entropy,
        "nll": nll,
        "gaussian_nll": gaussian_nll,
        "margin_ranking": lambda x1, x2, t, margin, reduction: nn.margin_ranking_loss(
            x1, x2, t, margin=margin, reduction=reduction
        ),
        "triplet_margin": lambda anchor, positive, negative, **words: nn.triplet_margin_loss(
            anchor, positive, negative, **words
        ),
        "cosine_embedding": lambda x1, x2, t, margin, reduction: reduced(
            torch.where(
                t > 0,
                1 - nn.cosine_similarity(x1, x2, -1),
                torch.clamp(nn.cosine_similarity(x1, x2, -1) - margin, min=0),
            ),
            reduction,
        ),
    }
