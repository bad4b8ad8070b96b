"""Moves: operations that only choose, place, repeat and rename entries, and products made of them.

All but ``take``, ``place``, ``reshape`` and ``roll`` are here for their names and reasons: they become nodes
of which calculus knows everything (see :mod:`chainrule.language.moving`).
"""

from __future__ import annotations

from typing import Any

from chainrule.ops.table import Composite, Signature, Structured


def _move(
    signature: str, *, why: str, samples: str, errors: str, aliases: str = "", **more: Any
) -> Structured:
    """An entry; ``samples`` and ``errors`` are programs with bars between them."""
    return Structured(
        Signature.of(signature),
        more.pop("pullbacks", (None,)),
        why,
        shape=more.pop("shape", "move"),
        aliases=tuple(aliases.split()),
        samples=tuple(sample.strip() for sample in samples.split("|")),
        errors=tuple(error.strip() for error in errors.split("|")),
        **more,
    )


_X = "x = [[1/2, -3, 2], [4/3, 5, -1/4]]"

MOVES: tuple[Structured | Composite, ...] = (
    Structured(
        Signature.of("take(x, items)"),
        ("place(g, items=items, shape=shape(x))",),
        "an entry that was picked passes its slope on; the others do not matter",
        shape="take",
        rule="indexing",
        samples=(
            f"{_X}; out = x[1, 0]",
            f"{_X}; out = x[:, 1:3]",
            f"{_X}; out = x[-1, ::-1]",
            f"{_X}; out = x[:, [0, 2, 2]]",
        ),
        errors=(
            "x : [2, 3]; out = x[2, 0]",
            "x : [2, 3]; out = x[0, 0, 0]",
            "x : [2, 3]; out = x[:, 2:2]",
            "x : [2, 3]; out = x[[0, 2]]",
            "x : [2, 3]; out = x[[True, False, True]]",
            "x : [n]; out = x[:k]",
        ),
    ),
    Structured(
        Signature.of("place(x, items, shape)"),
        ("take(g, items=items)",),
        "each entry moved to its place among zeros",
        shape="place",
        rule="indexing",
    ),
    # --- shapes --------------------------------------------------------------------------------------
    _move(
        "reshape(x, shape)",
        pullbacks=("reshaped_as(g, y, x)",),
        aliases="view",
        why="the same entries in the same order, in another shape",
        samples=f"{_X}; out = reshape(x, shape=(3, 2)) | {_X}; out = reshape(x, shape=(6,))",
        errors="x : [2, 3]; out = reshape(x, (4, 2)) | x : [2, 3]; out = x.view(-1, -1)"
        " | x : [n]; out = reshape(x, (2, -1)) | x : [n]; out = reshape(x, (k,)) | x : [2]; out = reshape(x)",
    ),
    _move(
        "flatten(x, start_dim=0, end_dim=-1)",
        aliases="ravel",
        why="the same entries in the same order, along one axis",
        samples="x : [m, n]; out = flatten(x) | x : [2, 3, 4]; out = x.flatten(1)",
        errors="x : [2, 3]; out = flatten(x, 2) | x : [2, 3, 4]; out = flatten(x, 2, 1)",
    ),
    _move(
        "broadcast_to(x, shape)",
        aliases="expand",
        why="each entry is repeated, so its slopes add up",
        samples="x : [n]; t : [m]; out = broadcast_to(x, (m, n)) | x : [3, 1]; out = x.expand(-1, 4)",
        errors="x : [3]; out = broadcast_to(x, (3, 2)) | x : [3]; out = x.expand(2, 2)",
    ),
    _move(
        "expand_as(x, other)",
        why="each entry is repeated, so its slopes add up",
        samples="x : [n]; t : [m, n]; out = expand_as(x, t)",
        errors="x : [3]; t : [2]; out = x.expand_as(t)",
    ),
    _move(
        "squeeze(x, axis=None)",
        why="an axis of length 1 is left out",
        samples="x : [m, 1, n]; out = squeeze(x) | x : [1, n, 1]; out = x.squeeze(0)",
        errors="x : [2, 3]; out = squeeze(x, axis=0) | x : [2, 1]; out = squeeze(x, 2)",
    ),
    _move(
        "expand_dims(x, axis)",
        aliases="unsqueeze",
        why="an axis of length 1 is added",
        samples="x : [m, n]; out = expand_dims(x, 1) | x : [n]; out = x.unsqueeze(-1)",
        errors="x : [2, 3]; out = unsqueeze(x, 3) | x : [2]; out = expand_dims(x, (0, 0))",
    ),
    # --- the order of axes ---------------------------------------------------------------------------
    _move(
        "swapaxes(x, axis1, axis2)",
        aliases="swapdims",
        why="two indices change places",
        samples="x : [m, n, 4]; out = swapaxes(x, 0, 2) | x : [m, n]; out = x.swapaxes(0, 1)",
        errors="x : [2, 3]; out = swapaxes(x, 0, 2) | x : []; out = swapaxes(x, 0, 0)",
    ),
    _move(
        "permute(x, axes)",
        aliases="permute_dims",
        why="indices change places",
        samples="x : [m, n, 4]; out = permute(x, (2, 0, 1)) | x : [m, n, 4]; out = x.permute(1, 2, 0)",
        errors="x : [2, 3]; out = permute(x, (0, 0)) | x : [2, 3]; out = x.permute(0)",
    ),
    _move(
        "moveaxis(x, source, destination)",
        aliases="movedim",
        why="indices change places",
        samples="x : [m, n, 4]; out = moveaxis(x, 0, -1) | x : [m, n, 4]; out = x.movedim((0, 1), (1, 2))",
        errors="x : [2, 3]; out = moveaxis(x, 0, 2) | x : [2, 3]; out = moveaxis(x, (0, 1), 0)",
    ),
    # --- joining and splitting -----------------------------------------------------------------------
    _move(
        "concatenate(tensors, axis=0)",
        aliases="cat concat",
        why="each entry keeps its slope in its new place",
        samples="a : [m]; b : [n]; out = concatenate([a, b])"
        " | a : [2, m]; b : [2, 3]; out = cat((a, b), dim=1)"
        " | a : [m, k]; b : [n, k]; out = concat([a, b, a])",
        errors="a : [2, 3]; b : [3, 2]; out = concatenate([a, b]) | a : [2]; out = concatenate(a)"
        " | a : []; out = cat([a, a]) | a : [2]; b : [2]; out = cat([a, b], 1)",
    ),
    _move(
        "stack(tensors, axis=0)",
        why="each entry keeps its slope in its new place",
        samples="a : [n]; b : [n]; out = stack([a, b])"
        " | a : [m, n]; b : [m, n]; out = stack([a, b, a], axis=-1)",
        errors="a : [2]; b : [3]; out = stack([a, b]) | a : [2]; out = stack([a], 2)"
        " | a : [2]; out = stack(a)",
    ),
    _move(
        "hstack(tensors)",
        why="each entry keeps its slope in its new place",
        samples="a : [m, 2]; b : [m, n]; out = hstack([a, b]) | a : [m]; b : [n]; out = hstack((a, b))",
        errors="a : [2, 3]; b : [3, 2]; out = hstack([a, b])",
    ),
    _move(
        "vstack(tensors)",
        aliases="row_stack",
        why="each entry keeps its slope in its new place",
        samples="a : [2, n]; b : [m, n]; out = vstack([a, b]) | a : [n]; b : [n]; out = vstack((a, b))",
        errors="a : [2, 3]; b : [3, 2]; out = vstack([a, b])",
    ),
    _move(
        "split(x, parts, axis=0)",
        why="a part is a slice: its entries pass their slopes on",
        samples="x : [6]; out = split(x, 2)[0] | x : [m, 7]; out = split(x, (2, 5), axis=1)[1]",
        errors="x : [5]; out = split(x, 2)[0] | x : [6]; out = split(x, 2)[2] | x : [6]; out = split(x, 2)",
    ),
    _move(
        "chunk(x, parts, axis=0)",
        why="a part is a slice: its entries pass their slopes on",
        samples="x : [5]; out = chunk(x, 2)[1] | x : [m, 6]; out = x.chunk(3, dim=1)[-1]",
        errors="x : [n]; out = chunk(x, 2)[0] | x : [6]; out = x.chunk(2)",
    ),
    # --- picking, turning round, repeating -----------------------------------------------------------
    _move(
        "index_select(x, axis, index)",
        why="an entry that was picked passes its slope on; one picked twice, twice",
        samples="x : [m, 3]; out = index_select(x, 1, [0, 2, 2])"
        " | x : [4, n]; out = index_select(x, dim=0, index=[3, -1])",
        errors="x : [2, 3]; out = index_select(x, 0, [2]) | x : [2, 3]; out = index_select(x, 2, [0])",
    ),
    _move(
        "flip(x, axis=None)",
        why="the entries in reverse order, each with its slope",
        samples="x : [m, n]; out = flip(x) | x : [m, n]; out = flip(x, axis=1)"
        " | x : [2, 3, n]; out = x.flip((0, 2))",
        errors="x : [2, 3]; out = flip(x, 2) | x : []; out = flip(x)",
    ),
    _move(
        "fliplr(x)",
        why="the entries in reverse order, each with its slope",
        samples="x : [m, n]; out = fliplr(x)",
        errors="x : [3]; out = fliplr(x)",
    ),
    _move(
        "flipud(x)",
        why="the entries in reverse order, each with its slope",
        samples="x : [m, n]; out = flipud(x)",
        errors="x : []; out = flipud(x)",
    ),
    _move(
        "roll(x, shift, axis=None)",
        pullbacks=("roll(g, shift=-shift, axis=axis)",),
        shape="same",
        why="the entries moved round, each with its slope",
        samples=f"{_X}; out = roll(x, shift=1, axis=1) | {_X}; out = roll(x, shift=-2, axis=-1)",
        errors="x : [2, 3]; out = roll(x, 1, axis=2) | x : [2, 3]; out = roll(x, 1/2)"
        " | x : [2, 3]; out = roll(x, (1, 2), axis=0)",
    ),
    _move(
        "tile(x, repeats)",
        why="each entry is repeated, so its slopes add up",
        samples="x : [n]; out = tile(x, 2) | x : [m, n]; out = tile(x, (2, 3))"
        " | x : [n]; out = tile(x, (3, 1))",
        errors="x : [2]; out = tile(x, 0) | x : [2]; out = tile(x, 1/2)",
    ),
    _move(
        "repeat_interleave(x, repeats, axis=None)",
        aliases="repeat",
        why="each entry is repeated, so its slopes add up",
        samples="x : [m, n]; out = repeat_interleave(x, 2, axis=0) | x : [m, n]; out = repeat(x, 3)",
        errors="x : [2]; out = repeat(x, 0) | x : [2, 3]; out = repeat(x, (2, 3))"
        " | x : [2]; out = repeat(x, 2, 1)",
    ),
    _move(
        "pad(x, widths, mode='constant', value=0)",
        why="an entry has the slope of its own place, and of each place where it stands once more",
        samples="x : [n]; out = pad(x, (1, 2)) | x : [m, n]; out = pad(x, ((1, 0), (0, 2)))"
        " | x : [m, n]; out = pad(x, 1, value=1/2) | x : [m, n]; out = pad(x, (0, 2, 1, 1), mode='reflect')"
        " | x : [n]; out = pad(x, 2, mode='symmetric') | x : [n]; out = pad(x, (1, 2), mode='edge')"
        " | x : [m, n]; out = pad(x, ((0, 0), (2, 1)), 'circular')",
        errors="x : [2, 3]; out = pad(x, (1, 2)) | x : [2]; out = pad(x, -1) | x : []; out = pad(x, 1)"
        " | x : [2]; out = pad(x, 2, mode='reflect')",
    ),
    # --- matrices ------------------------------------------------------------------------------------
    _move(
        "tril(x, diagonal=0)",
        why="entries above the diagonal are zero; the others keep their slopes",
        samples="x : [m, n]; out = tril(x) | x : [m, n]; out = x.tril(diagonal=-1)",
        errors="x : [3]; out = tril(x) | x : [2, 3]; out = tril(x, 1/2)",
    ),
    _move(
        "triu(x, diagonal=0)",
        why="entries below the diagonal are zero; the others keep their slopes",
        samples="x : [m, n]; out = triu(x) | x : [m, n]; out = triu(x, 1)",
        errors="x : [3]; out = triu(x) | x : [2, 3]; out = triu(x, x)",
    ),
    _move(
        "diag(x, diagonal=0)",
        why="the entries of the diagonal keep their slopes",
        samples="x : [n]; out = diag(x) | x : [n, n]; out = diag(x) | x : [n]; out = diag(x, -1)"
        " | x : [3, 4]; out = diag(x, 1)",
        errors="x : [2, 3, 4]; out = diag(x) | x : []; out = diag(x) | x : [2, 3]; out = diag(x, 3)",
    ),
    # --- products ------------------------------------------------------------------------------------
    _move(
        "kron(a, b)",
        pullbacks=(None, None),
        why="every entry of the left times every entry of the right, block by block",
        samples="A : [m, n]; B : [2, 3]; out = kron(A, B) | a : [m]; b : [n]; out = kron(a, b)",
        errors="A : [2, 3]; b : [3]; out = kron(A, b)",
    ),
    _move(
        "tensordot(a, b, axes=2)",
        pullbacks=(None, None),
        why="entries whose chosen indices agree are multiplied and summed",
        samples="A : [m, 3, n]; B : [3, n, 2]; out = tensordot(A, B)"
        " | A : [m, 3]; B : [2, m]; out = tensordot(A, B, axes=((0,), (1,)))",
        errors="A : [2, 3]; B : [2, 3]; out = tensordot(A, B, 1)"
        " | A : [2]; B : [2]; out = tensordot(A, B, 2)",
    ),
    Composite(
        Signature.of("vdot(a, b)"),
        'einsum("i,i->", flatten(a), flatten(b))',
        "matching entries multiplied and summed",
        2,
        samples=("a : [m, n]; b : [m, n]; out = vdot(a, b)",),
        errors=("a : [2]; b : [3]; out = vdot(a, b)",),
    ),
    Composite(
        Signature.of("vecdot(a, b)"),
        'einsum("...i,...i->...", a, b)',
        "matching entries multiplied and summed, row by row",
        2,
        samples=("a : [m, n]; b : [m, n]; out = vecdot(a, b)",),
        errors=("a : [2]; b : [3]; out = vecdot(a, b)",),
    ),
    Composite(
        Signature.of("cross(a, b)"),
        'einsum("...i,...i->...i", a[..., [1, 2, 0]], b[..., [2, 0, 1]])'
        ' - einsum("...i,...i->...i", a[..., [2, 0, 1]], b[..., [1, 2, 0]])',
        "each entry is a determinant of two entries of either vector",
        2,
        samples=("a : [3]; b : [3]; out = cross(a, b)", "a : [n, 3]; b : [n, 3]; out = cross(a, b)"),
        errors=("a : [2]; b : [3]; out = cross(a, b)",),
    ),
    Composite(
        Signature.of("bilinear(a, b, weight)"),
        'einsum("...i,kij,...j->...k", a, weight, b)',
        "linear in either vector: for each entry a matrix between the two",
        3,
        samples=("a : [n, 2]; b : [n, 3]; W : [4, 2, 3]; out = bilinear(a, b, W)",),
        errors=("a : [2]; b : [3]; W : [4, 3, 2]; out = bilinear(a, b, W)",),
    ),
    Composite(
        Signature.of("addmm(c, a, b, beta=1, alpha=1)"),
        "beta*c + alpha*(a @ b)",
        "a multiple of a product, and a multiple of what is added to it",
        3,
        aliases=("addmv", "baddbmm"),
        samples=(
            "c : [m, n]; a : [m, 3]; b : [3, n]; out = addmm(c, a, b)",
            "c : [m]; a : [m, n]; b : [n]; out = addmv(c, a, b, beta=2, alpha=1/2)",
        ),
        errors=("c : [2, 3]; a : [2, 4]; b : [5, 3]; out = addmm(c, a, b)",),
    ),
    Composite(
        Signature.of("addbmm(c, a, b, beta=1, alpha=1)"),
        "beta*c + alpha*sum(a @ b, axis=0)",
        "a multiple of a sum of products, and a multiple of what is added to it",
        3,
        samples=("c : [m, n]; a : [2, m, 3]; b : [2, 3, n]; out = addbmm(c, a, b)",),
        errors=("c : [2, 3]; a : [5, 2, 4]; b : [5, 5, 3]; out = addbmm(c, a, b)",),
    ),
    Composite(
        Signature.of("addr(c, a, b, beta=1, alpha=1)"),
        "beta*c + alpha*outer(a, b)",
        "a multiple of an outer product, and a multiple of what is added to it",
        3,
        samples=("c : [m, n]; a : [m]; b : [n]; out = addr(c, a, b)",),
        errors=("c : [2, 3]; a : [3]; b : [2]; out = addr(c, a, b)",),
    ),
)
