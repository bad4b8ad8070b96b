"""Contractions: sums of products, declared by their einsum patterns. All are Indexed nodes."""

from __future__ import annotations

from chainrule.ops.table import Contraction, Signature


def _contraction(signature: str, *patterns: str, why: str, **more: tuple[str, ...]) -> Contraction:
    return Contraction(Signature.of(signature), patterns, why, **more)  # type: ignore[arg-type]


CONTRACTIONS: tuple[Contraction, ...] = (
    _contraction(
        "matmul(a, b)",
        "k,k->",
        "k,kj->j",
        "ik,k->i",
        "ik,kj->ij",
        "k,...kj->...j",
        "...ik,k->...i",
        "...ik,...kj->...ij",
        why="each entry is a row of the left times a column of the right",
        aliases=("mm", "mv", "bmm"),
    ),
    _contraction(
        "dot(a, b)", "k,k->", "...ik,k->...i", "ik,kj->ij", why="matching entries multiplied and summed"
    ),
    _contraction("inner(a, b)", "k,k->", "...k,...k->...", why="matching entries multiplied and summed"),
    _contraction(
        "outer(a, b)",
        "i,j->ij",
        why="every entry of the left times every entry of the right",
        aliases=("ger",),
    ),
    _contraction("trace(a)", "ii->", "...ii->...", why="the diagonal entries summed", aliases=("tr",)),
    _contraction("diagonal(a)", "ii->i", "...ii->...i", why="the entries whose row and column agree"),
    _contraction("transpose(a)", "i->i", "ij->ji", why="rows become columns", aliases=("T", "t")),
)
