"""Sums that the program itself has, told from those that calculus and algebra make.

In products of matrices they stay as they are: the gradient of a residual t - X@w is -2*X.T@(t - X@w), as it
was written, while what algebra makes of -(t - p) is p - t, and what reverse accumulation adds up may be
multiplied out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from weakref import WeakKeyDictionary

from chainrule.calculus.scalars import is_sum
from chainrule.graph import Graph, Indexed, Operand
from chainrule.terms import Index, Slot, Summation, Symbol, Term, rewrite, walk


@lru_cache(maxsize=1 << 12)
def sums(term: Term) -> tuple[Term, ...]:
    """The sums in ``term``."""
    return tuple(part for part in walk(term) if is_sum(part))


_KNOWN: WeakKeyDictionary[Graph, tuple[int, Mapping[Term, bool]]] = WeakKeyDictionary()


def written(graph: Graph) -> Mapping[Term, bool]:
    """The sums in the program's own nodes, by :func:`read_from`, and whether each begins with a transpose."""
    count, known = _KNOWN.get(graph, (-1, {}))
    if count != graph.written:
        known = _sums_of(graph)
        _KNOWN[graph] = graph.written, known
    return known


def _sums_of(graph: Graph) -> Mapping[Term, bool]:
    found: dict[Term, bool] = {}
    for number in range(graph.written):
        node = graph[number]
        if isinstance(node, Indexed):
            for part, key in read_from(node.kernel, node.operands):
                found.setdefault(key, _begins_with_transpose(part, node.operands))
    return found


def _begins_with_transpose(part: Term, operands: Sequence[Operand]) -> bool:
    """Whether the first matrix that a sum reads is read by columns: A.T + B."""
    for inner in walk(part):
        if isinstance(inner, Slot):
            axes = [axis for axis in operands[inner.position].axes if axis is not None]
            if len(axes) == 2:
                return axes[0] > axes[1]
    return False


def read_from(kernel: Term, operands: Sequence[Operand]) -> Iterator[tuple[Term, Term]]:
    """Each sum in a kernel, and the same with the numbers of nodes in the place of slots."""

    def change(part: Term) -> Term | None:
        return Symbol(f"#{operands[part.position].node}") if isinstance(part, Slot) else None

    for part in sums(kernel):
        yield part, rewrite(part, change)


def pattern(term: Term) -> Term:
    """``term`` with its letters renamed in the order in which they are met."""
    table: dict[str, Index] = {}

    def letter(index: Index) -> Index:
        return table.setdefault(index.name, Index(f"#{len(table)}"))

    def change(part: Term) -> Term | None:
        if isinstance(part, Index):
            return letter(part)
        if isinstance(part, Summation):
            return Summation(tuple(map(letter, part.indices)), part.lengths, rewrite(part.body, change))
        return None

    return rewrite(term, change)
