"""Inverses in matrix products: X⁻¹X goes, (AB)⁻¹A is B⁻¹ for square A, (Xᵀ)⁻¹ is (X⁻¹)ᵀ, (X⁻¹)⁻¹ is X.

Pseudoinverses too, by Penrose's equations: X X⁺X is X, X⁺X X⁺ is X⁺, and X X⁺ and X⁺X are symmetric, so that
XᵀX X⁺ is Xᵀ. Where X has full column rank, (XᵀX)⁻¹Xᵀ is X⁺.
"""

from __future__ import annotations

from collections.abc import Sequence

from chainrule.calculus.chains import Chains, product
from chainrule.calculus.cost import cost
from chainrule.terms import Apply, Entry, Term

# What of a transpose is the transpose of what it is.
_OF_TRANSPOSED = frozenset({"inv", "pinv", "matrix_exp"})

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
    for k in range(len(items) - 2):
        single = _penrose(items[k], items[k + 1], items[k + 2], chains)
        if single is not None:
            return [*items[:k], single, *items[k + 3 :]]
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


def _penrose(a: Term, b: Term, c: Term, chains: Chains) -> Term | None:
    """What a product of three factors is by Penrose's equations, or None."""
    for x, y in ((a, b), (c, b)):
        z = c if x is a else a
        if not (_is_pseudoinverse_of(y, x, chains) or _is_pseudoinverse_of(x, y, chains)):
            continue
        # x y is a projection, and symmetric: times x again, or times the transpose of y, nothing changes.
        if z in (x, chains.transposed(y)):
            return z
    return None


def _is_pseudoinverse_of(a: Term, b: Term, chains: Chains) -> bool:
    """Whether a is b⁺, for a written as X⁺ or as (X⁺)ᵀ."""
    if isinstance(a, Apply) and a.op == "transpose" and not a.params:
        a, b = a.args[0], chains.transposed(b)
    return isinstance(a, Apply) and a.op == "pinv" and a.args[0] == b


def as_pseudoinverse(items: Sequence[Term], chains: Chains) -> Term | None:
    """X⁺ or its transpose for a product that is (XᵀX)⁻¹Xᵀ or X(XᵀX)⁻¹ and no more; else None."""
    if len(items) != 2:
        return None
    for inverse, other in (items, items[::-1]):
        inside = _inside(inverse, chains)
        if inside is None or len(inside) != 2 or inside[0] != chains.transposed(inside[1]):
            continue
        leads = inverse is items[0]
        if other == inside[0 if leads else 1]:
            x = inside[1]
            turned = isinstance(x, Apply) and x.op == "transpose"
            found = Apply("pinv", (chains.transposed(x) if turned else x,))
            return found if turned != leads else Apply("transpose", (found,))
    return None


def _are_orthogonal(a: Term, b: Term, chains: Chains) -> bool:
    if isinstance(a, Apply) and a.op == "transpose":
        a, b = b, a
    return isinstance(a, Apply) and a.op in _ORTHOGONAL and b == chains.transposed(a)


def canonical(part: Entry) -> Entry | None:
    """An entry of f(Xᵀ) as one of f(X)ᵀ, one of (X⁻¹)⁻¹ as one of X; None for any other.

    The derivative of the exponential along the identity is the exponential itself.
    """
    base, indices = part.base, part.indices
    if len(indices) != 2 or not isinstance(base, Apply):
        return None
    if base.op == "expm_frechet" and _is_identity(base.args[1]):
        base = Apply("matrix_exp", base.args[:1])
        return canonical(Entry(base, indices)) or Entry(base, indices)
    if base.op not in _OF_TRANSPOSED or base.params:
        return None
    inner = base.args[0]
    if base.op == "inv" and isinstance(inner, Apply) and inner.op == "inv":
        return Entry(inner.args[0], indices)
    if isinstance(inner, Apply) and inner.op == "transpose" and not inner.params:
        return Entry(Apply(base.op, inner.args), indices[::-1])
    return None
