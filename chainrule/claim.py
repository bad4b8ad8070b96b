"""What is to be proved: that a node computes a derivative of another."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Claim:
    """That for each pair (wrt, jacobian) of ``parts``, node jacobian is ∂(node of)/∂(node wrt).

    All are functions of the nodes ``given``. Several parts are checked together, along one direction
    in which all of them move. ``symmetric`` are the nodes that move within the symmetric matrices. With a
    ``cotangent`` (one of the given nodes, of the shape of ``of``), jacobian is its pullback instead: what
    is compared is then one number, ⟨cotangent, D of[v]⟩, and no whole Jacobian is needed. ``roots`` are
    those of the given nodes that equations tie to the others: they move along.
    """

    of: int
    parts: tuple[tuple[int, int], ...]
    given: tuple[int, ...]
    symmetric: frozenset[int] = frozenset()
    cotangent: int | None = None
    roots: tuple[int, ...] = ()
    tangent: int | None = None

    @property
    def wanted(self) -> list[int]:
        """The nodes that a check evaluates."""
        if self.tangent is not None:
            return [self.of, self.tangent]
        return [self.of, *(jacobian for _, jacobian in self.parts)]
