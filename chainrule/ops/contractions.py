"""Contractions: sums of products, declared by their einsum patterns. All are Indexed nodes."""

from __future__ import annotations

from typing import Any

from chainrule.ops.table import Contraction, Signature


def _contraction(signature: str, *patterns: str, why: str, **more: Any) -> Contraction:
    return Contraction(Signature.of(signature), patterns, why, **more)


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
        aliases=("mm", "mv", "bmm", "matvec", "vecmat"),
        samples=("A : [2, 3]; B : [3, 4]; out = matmul(A, B)", "A : [2, 3]; v : [3]; out = A @ v"),
        errors=("A : [2, 3]; B : [4, 5]; out = A @ B", "A : [2, 3]; out = matmul(A, 2)"),
    ),
    _contraction(
        "dot(a, b)",
        "...k,k->...",
        "k,...kj->...j",
        "ik,kj->ij",
        why="matching entries multiplied and summed",
        samples=("a : [3]; b : [3]; out = dot(a, b)",),
        errors=("a : [2]; b : [3]; out = dot(a, b)", "a : [2]; out = dot(a)"),
    ),
    _contraction(
        "inner(a, b)",
        "...k,k->...",
        "k,...k->...",
        "ik,jk->ij",
        why="matching entries multiplied and summed",
        samples=("a : [3]; b : [3]; out = inner(a, b)",),
        errors=("a : [2]; b : [3]; out = inner(a, b)", "a : [2]; out = inner(a, a, a)"),
    ),
    _contraction(
        "outer(a, b)",
        "i,j->ij",
        why="every entry of the left times every entry of the right",
        aliases=("ger",),
        samples=("a : [2]; b : [3]; out = outer(a, b)",),
        errors=("a : [2, 3]; b : [4]; out = outer(a, b)",),
    ),
    _contraction(
        "trace(a)",
        "ii...->...",
        why="the diagonal entries summed",
        aliases=("tr",),
        samples=("A : [3, 3]; out = trace(A)",),
        errors=("A : [2, 3]; out = trace(A)", "a : [3]; out = trace(a)"),
    ),
    _contraction(
        "diagonal(a)",
        "ii...->...i",
        why="the entries whose row and column agree",
        samples=("A : [3, 3]; out = diagonal(A)",),
        errors=("A : [2, 3]; out = diagonal(A)", "a : [3]; out = diagonal(a)"),
    ),
    _contraction(
        "transpose(a)",
        "i->i",
        "ij->ji",
        why="rows become columns",
        aliases=("T", "t"),
        samples=("A : [2, 3]; out = transpose(A)", "A : [2, 3, 4]; out = transpose(A, axes=(2, 0, 1))"),
        errors=("A : [2, 3]; out = transpose(A, axes=(0, 0))", "A : [2, 3]; out = transpose(A, axes=(0, 2))"),
    ),
)
