"""Moves at positions that are written out, and tensors put together from rows, blocks and differences."""

from __future__ import annotations

from chainrule.ops.table import Composite, Signature, Structured


def _move(
    signature: str, why: str, samples: str, errors: str, aliases: str = "", operands: int = 1
) -> Structured:
    """An entry; ``samples`` and ``errors`` are programs with bars between them."""
    return Structured(
        Signature.of(signature),
        (None,) * operands,
        why,
        shape="move",
        aliases=tuple(aliases.split()),
        samples=tuple(sample.strip() for sample in samples.split("|")),
        errors=tuple(error.strip() for error in errors.split("|")),
    )


_PLACE = "each entry keeps its slope in its new place"

ASSEMBLY: tuple[Structured | Composite, ...] = (
    # --- positions one by one ----------------------------------------------------------------------------
    _move(
        "gather(x, axis, index)",
        "an entry that was picked passes its slope on; one picked twice, twice",
        "x : [2, 3]; out = gather(x, 1, [[0, 2, 2], [1, 0, 1]])"
        " | x : [n]; out = gather(x, 0, [0, 2, 2]) | x : [2, 3]; out = take_along_dim(x, [[2], [-1]], dim=1)",
        "x : [2, 3]; out = gather(x, 1, [0, 1]) | x : [2, 3]; out = gather(x, 0, [[2]])"
        " | x : [2, 3]; out = gather(x, 1, [[0], [1], [2]]) | x : [2, 3]; out = gather(x, 1, [[0, 1], [1]])",
        aliases="take_along_dim take_along_axis",
    ),
    _move(
        "scatter_add(x, axis, index, src)",
        "what is added in a place has the slope of that place",
        "x : [2, 3]; s : [2, 2]; out = scatter_add(x, 1, [[0, 0], [2, 1]], s)"
        " | x : [n]; s : [3]; out = x.scatter_add(0, [0, 2, 2], s)",
        "x : [2, 3]; s : [2]; out = scatter_add(x, 1, [[0, 0], [2, 1]], s)",
        operands=2,
    ),
    _move(
        "scatter(x, axis, index, src)",
        "what is put in a place has the slope of that place; what it replaces has none",
        "x : [2, 3]; s : [2, 1]; out = scatter(x, 1, [[0], [2]], s)"
        " | x : [4]; out = scatter(x, 0, [0, 2], 1/2)",
        "x : [2, 3]; s : [2, 2]; out = scatter(x, 1, [[0, 0], [2, 1]], s)",
        operands=2,
    ),
    _move(
        "index_add(x, axis, index, src, alpha=1)",
        "what is added in a place has the slope of that place",
        "x : [m, n]; s : [m, 3]; out = index_add(x, 1, [0, 2, 2], s)"
        " | x : [n]; s : [2]; out = x.index_add(0, [1, 0], s, alpha=3)",
        "x : [2, 3]; s : [2, 3]; out = index_add(x, 1, [0, 2], s)",
        operands=2,
    ),
    _move(
        "index_copy(x, axis, index, src)",
        "what is put in a place has the slope of that place; what it replaces has none",
        "x : [m, n]; s : [2, n]; out = index_copy(x, 0, [2, 0], s)",
        "x : [3, n]; s : [2, n]; out = index_copy(x, 0, [2, 2], s)",
        operands=2,
    ),
    _move(
        "index_fill(x, axis, index, src)",
        "what is replaced has no slope",
        "x : [m, n]; out = index_fill(x, 1, [0, 2], 5)",
        "x : [2, 3]; s : [2]; out = index_fill(x, 1, [0, 2], s)",
        operands=2,
    ),
    Composite(
        Signature.of("masked_fill(x, condition, value)"),
        "where(condition, value, x)",
        "what is replaced has no slope",
        3,
        samples=("x : [m, n]; m : [m, n] constant; out = masked_fill(x, m == 0, -3)",),
        errors=("x : [2, 3]; m : [2, 3]; out = masked_fill(x, m, -3)",),
    ),
    # --- joined in other ways ----------------------------------------------------------------------------
    _move(
        "column_stack(tensors)",
        _PLACE,
        "a : [n]; b : [n]; out = column_stack([a, b]) | a : [n]; B : [n, 2]; out = column_stack((a, B))",
        "a : [2]; b : [3]; out = column_stack([a, b])",
    ),
    _move(
        "dstack(tensors)",
        _PLACE,
        "a : [m, n]; b : [m, n]; out = dstack([a, b]) | a : [n]; b : [n]; out = dstack([a, b])",
        "a : [2]; b : [3]; out = dstack([a, b])",
    ),
    _move(
        "block_diag(tensors)",
        _PLACE,
        "A : [m, 2]; B : [3, n]; out = block_diag(A, B) | A : [2, 3]; out = block_diag([A, A, A])",
        "a : [2]; B : [2, 3]; out = block_diag(a, B)",
    ),
    _move(
        "unbind(x, axis=0)",
        "a part is a slice: its entries pass their slopes on",
        "x : [m, n]; out = unbind(x)[1] | x : [m, n]; out = x.unbind(dim=1)[-1]",
        "x : [2, 3]; out = unbind(x) | x : [2, 3]; out = unbind(x)[2]",
        aliases="unstack",
    ),
    # --- turns, powers, differences, products ------------------------------------------------------------
    _move(
        "rot90(x, k=1, axes=None)",
        "the entries in another place, each with its slope",
        "x : [m, n]; out = rot90(x) | x : [m, n]; out = rot90(x, 2)"
        " | x : [m, 2, n]; out = rot90(x, -1, (1, 2))",
        "x : [3]; out = rot90(x) | x : [2, 3]; out = rot90(x, 1, (0, 0))",
    ),
    _move(
        "vander(x, N=None, increasing=False)",
        "each column is a power of x, with the power rule",
        "x : [n]; out = vander(x, 4) | x : [3]; out = vander(x, increasing=True)",
        "x : [n]; out = vander(x) | x : [2, 3]; out = vander(x, 2)",
    ),
    _move(
        "diff(x, n=1, axis=-1)",
        "an entry counts once with a plus and once with a minus",
        "x : [n]; out = diff(x) | x : [m, n]; out = diff(x, axis=0) | x : [5]; out = diff(x, 2)",
        "x : [3]; out = diff(x, 3) | x : []; out = diff(x)",
    ),
    Composite(
        Signature.of("trapezoid(y, x=0, dx=1)"),
        "either(spaced, sum((y[..., 1:] + y[..., :-1])*diff(x), axis=-1)/2,"
        " dx*sum(y[..., 1:] + y[..., :-1], axis=-1)/2)",
        "an inner entry belongs to two trapezoids, an outer one to one",
        2,
        aliases=("trapz",),
        samples=(
            "y : [n]; out = trapezoid(y)",
            "y : [m, n]; x : [n]; out = trapz(y, x)",
            "y : [n]; x : [n]; out = trapezoid(y, x)",
            "y : [n]; out = trapezoid(y, dx=1/2)",
        ),
        errors=("y : [2, 3]; x : [4]; out = trapezoid(y, x)",),
    ),
    _move(
        "multi_dot(tensors)",
        "each factor lies between the products before and after it",
        "A : [m, 2]; B : [2, 3]; C : [3, n]; out = multi_dot([A, B, C])"
        " | A : [m, 2]; B : [2, n]; out = chain_matmul(A, B)",
        "A : [2, 3]; B : [2, 3]; out = multi_dot([A, B])",
        aliases="chain_matmul",
    ),
)
