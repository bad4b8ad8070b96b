"""Inverses in matrix products: X⁻¹X goes, (AB)⁻¹A is B⁻¹ for square A, (Xᵀ)⁻¹ is (X⁻¹)ᵀ, (X⁻¹)⁻¹ is X."""

from __future__ import annotations

from collections.abc import Sequence

from chainrule.calculus.chains import Chains, product
from chainrule.calculus.cost import cost
from chainrule.terms import Apply, Entry, Term

# Matrices whose transpose is their inverse.
_ORTHOGONAL = frozenset({"eigh_vectors"})


def inverted(items: Sequence[Term], chains: Chains) -> Term:
    """The inverse of a product of square matrices; a transpose is taken last."""
    turned = chains.reversed(items)
    if cost(product(turned)) < cost(product(items)):
        return Apply("transpose", (Apply("inv", (product(turned),)),))
    return Apply("inv", (product(items),))


def cancelled(items: Sequence[Term], chains: Chains) -> list[Term]:
    """The items of a product without neighbours that cancel; none are left where all of them do."""
    out = list(items)
    while True:
        shorter = _shorter(out, chains)
        if shorter is None:
            return out
        out = shorter


def _shorter(items: list[Term], chains: Chains) -> list[Term] | None:
    for k, item in enumerate(items):
        if _is_identity(item) and len(items) > 1:
            return [*items[:k], *items[k + 1 :]]
        if k and _are_orthogonal(items[k - 1], item, chains):
            return [*items[: k - 1], *items[k + 1 :]]
        inside = _inside(item, chains)
        if inside is None:
            continue
        after = _prefix(inside, items[k + 1 :], chains)
        if after:
            rest = inside[after:]
            return [*items[:k], *([inverted(rest, chains)] if rest else []), *items[k + 1 + after :]]
        before = _prefix(inside[::-1], items[:k][::-1], chains)
        if before:
            rest = inside[: len(inside) - before]
            return [*items[: k - before], *([inverted(rest, chains)] if rest else []), *items[k + 1 :]]
    return None


def _prefix(inside: list[Term], neighbours: list[Term], chains: Chains) -> int:
    """How many factors of an inverted product its neighbours cancel: all of them, or one square one."""
    if inside == neighbours[: len(inside)]:
        return len(inside)
    return int(bool(neighbours) and inside[0] == neighbours[0] and chains.is_square(inside[0]))


def _inside(item: Term, chains: Chains) -> list[Term] | None:
    """The factors of what an inverse is the inverse of; None for anything else."""
    if isinstance(item, Apply) and item.op == "inv":
        return chains.items(item.args[0])
    if isinstance(item, Apply) and item.op == "transpose" and not item.params:
        inner = _inside(item.args[0], chains)
        return None if inner is None else chains.reversed(inner)
    return None


def _is_identity(item: Term) -> bool:
    return isinstance(item, Apply) and item.op == "eye" and len(item.param("shape")) == 1


def _are_orthogonal(a: Term, b: Term, chains: Chains) -> bool:
    if isinstance(a, Apply) and a.op == "transpose":
        a, b = b, a
    return isinstance(a, Apply) and a.op in _ORTHOGONAL and b == chains.transposed(a)


def canonical(part: Entry) -> Entry | None:
    """An entry of (Xᵀ)⁻¹ as one of X⁻¹, and one of (X⁻¹)⁻¹ as one of X; None for any other."""
    base, indices = part.base, part.indices
    if len(indices) != 2 or not (isinstance(base, Apply) and base.op == "inv"):
        return None
    inner = base.args[0]
    if isinstance(inner, Apply) and inner.op == "inv":
        return Entry(inner.args[0], indices)
    if isinstance(inner, Apply) and inner.op == "transpose" and not inner.params:
        return Entry(Apply("inv", inner.args), indices[::-1])
    return None
