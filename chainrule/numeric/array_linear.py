"""The matrix operations on NumPy arrays, stacks of matrices included. Imported only with NumPy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

Array = Any

_EPSILON = float(np.finfo(np.float64).eps)


def _turned(x: Array) -> Array:
    return np.swapaxes(x, -1, -2)


def _symmetrised(x: Array) -> Array:
    return (x + _turned(x)) / 2


def _whole(*stacks: Array) -> Array:
    """Which matrices have no undefined entry, in any of the stacks."""
    return np.logical_and.reduce([np.isfinite(x).all(axis=(-1, -2)) for x in stacks])


def _where_defined(compute: Callable[..., Array], *stacks: Array, fine: Array | None = None) -> Array:
    """``compute`` of matrices that have numbers in all places (and are ``fine``); NaN for the others."""
    good = _whole(*stacks) if fine is None else _whole(*stacks) & fine
    safe = [np.where(good[..., None, None], x, np.eye(x.shape[-2], x.shape[-1])) for x in stacks]
    out = compute(*safe)
    shape = good.shape + (1,) * (out.ndim - good.ndim)
    return np.where(good.reshape(shape), out, np.nan)


def _regular(x: Array) -> Array:
    """Which matrices have an inverse as far as floats can tell; the length of a column does not matter."""
    size = np.abs(np.where(np.isfinite(x), x, 1)).max(axis=-2, keepdims=True)
    scaled = np.where(np.isfinite(x), x, 1) / np.where(size == 0, 1, size)
    values = np.linalg.svd(scaled, compute_uv=False)
    return values[..., -1] > x.shape[-1] * _EPSILON * values[..., 0]


def _full_rank(x: Array) -> Array:
    values = np.linalg.svd(np.where(np.isfinite(x), x, 1), compute_uv=False)
    return values[..., -1] > max(x.shape[-2:]) * _EPSILON * values[..., 0]


def _cholesky(x: Array) -> Array:
    even = _symmetrised(x)
    positive = _whole(x) & (np.linalg.eigvalsh(np.where(np.isfinite(even), even, 1))[..., 0] > 0)
    return _where_defined(np.linalg.cholesky, even, fine=positive)


def _polar(x: Array) -> Array:
    def run(x: Array) -> Array:
        left, _, right = np.linalg.svd(x, full_matrices=False)
        return left @ right

    return _where_defined(run, x, fine=_full_rank(x))


def _lyapunov(h: Array, c: Array) -> Array:
    def run(h: Array, c: Array) -> Array:
        values, vectors = np.linalg.eigh(_symmetrised(h))
        small = values <= 8 * h.shape[-1] * _EPSILON * values[..., -1:]
        sums = values[..., :, None] + values[..., None, :]
        outside = small[..., :, None] | small[..., None, :]
        inner = np.where(outside, 0, (_turned(vectors) @ c @ vectors) / np.where(outside, 1, sums))
        return vectors @ inner @ _turned(vectors)

    return _where_defined(run, h, c)


def _right(x: Array) -> Array:
    return _turned(np.linalg.svd(x, full_matrices=False)[2])


def _cofactors(x: Array) -> Array:
    """By singular values, so that nothing is divided: U diag(products of the others) Vᵀ, with their signs."""
    left, values, right = np.linalg.svd(x)
    others = np.where(np.eye(x.shape[-1], dtype=bool), 1, values[..., None, :]).prod(axis=-1)
    sign = np.linalg.det(left) * np.linalg.det(right)
    return sign[..., None, None] * (left * others[..., None, :]) @ right


def _exp(x: Array) -> Array:
    """By scaling, the series, and squaring."""
    size = float(np.abs(x).sum(axis=-1).max(initial=0.0))
    halvings = max(0, int(np.ceil(np.log2(size))) + 3) if size else 0
    x = x / 2.0**halvings
    out = term = np.broadcast_to(np.eye(x.shape[-1]), x.shape)
    count = 0
    while np.abs(term).max() > _EPSILON / 4:
        count += 1
        term = term @ x / count
        out = out + term
    for _ in range(halvings):
        out = out @ out
    return out


def _exp_along(x: Array, *directions: Array) -> Array:
    """The corner of the exponential of a block matrix: the first or second derivative."""
    size, count = x.shape[-1], len(directions) + 1
    whole = np.zeros((*x.shape[:-2], size * count, size * count))
    for k in range(count):
        here, following = slice(k * size, (k + 1) * size), slice((k + 1) * size, (k + 2) * size)
        whole[..., here, here] = x
        if k < len(directions):
            whole[..., here, following] = directions[k]
    return _exp(whole)[..., :size, -size:]


def _second(x: Array, u: Array, v: Array) -> Array:
    return _exp_along(x, u, v) + _exp_along(x, v, u)


MATRIX_OPERATIONS: Mapping[str, Callable[..., Array]] = MappingProxyType(
    {
        "inv": lambda x: _where_defined(np.linalg.inv, x, fine=_regular(x)),
        "det": lambda x: _where_defined(np.linalg.det, x),
        "cofactors": lambda x: _where_defined(_cofactors, x),
        "pinv": lambda x: _where_defined(np.linalg.pinv, x, fine=_full_rank(x)),
        "cholesky": _cholesky,
        "eigvalsh": lambda x: _where_defined(np.linalg.eigvalsh, _symmetrised(x)),
        "eigh_vectors": lambda x: _where_defined(lambda s: np.linalg.eigh(s)[1], _symmetrised(x)),
        "svdvals": lambda x: _where_defined(lambda s: np.linalg.svd(s, compute_uv=False), x),
        "svd_right": lambda x: _where_defined(_right, x),
        "nuclear_norm": lambda x: _where_defined(lambda s: np.linalg.norm(s, "nuc", axis=(-2, -1)), x),
        "polar": _polar,
        "lyapunov": _lyapunov,
        "matrix_exp": lambda x: _where_defined(_exp, x),
        "expm_frechet": lambda x, d: _where_defined(_exp_along, x, d),
        "expm_second": lambda x, u, v: _where_defined(_second, x, u, v),
    }
)
"""Each matrix operation of the op table that no law defines."""
