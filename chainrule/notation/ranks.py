"""How many axes a written term has: what decides between a plain product, ⊙ and a transposed vector."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from chainrule.ops import TABLE
from chainrule.ops.table import Contraction, Structured
from chainrule.terms import Apply, Entry, Partial, Symbol, Term


class Ranks:
    """The ranks of terms over variables of known rank; each term is looked at once."""

    def __init__(self, known: Mapping[str, int]) -> None:
        self._variables = known
        self._known: dict[Term, int] = {}

    def of(self, term: Term) -> int:
        """The rank of ``term``; variables of which nothing is known count as scalars."""
        if isinstance(term, Symbol):
            return self._variables.get(term.name, 0)
        found = self._known.get(term)
        if found is None:
            found = self._known[term] = max(0, self._measure(term))
        return found

    def is_tensor(self, term: Term) -> bool:
        """Whether ``term`` has any axes."""
        return self.of(term) > 0

    def _measure(self, term: Term) -> int:
        if isinstance(term, Entry):
            return self.of(term.base) - len(term.indices)
        if isinstance(term, Partial):
            return self.of(term.of) + sum(self.of(variable) for variable in term.wrt)
        if isinstance(term, Apply):
            return self._operation(term)
        return 0

    def _operation(self, term: Apply) -> int:
        shape = term.param("shape")
        if shape is not None:
            return 2 if term.op == "eye" else len(shape)
        ranks = [self.of(argument) for argument in term.args]
        if term.op in _MOVED:
            return _MOVED[term.op](term, ranks)
        if term.op == "einsum":
            return len(str(term.param("pattern")).partition("->")[2].strip().replace("...", ""))
        if term.op == "take":
            return ranks[0] - sum(1 for item in term.param("items") if not isinstance(item, tuple))
        if term.op == "expand_dims":
            return ranks[0] + _count(term.param("axis"))
        op = TABLE.get(term.op)
        if isinstance(op, Contraction):
            return _contracted(op, ranks)
        if isinstance(op, Structured) and "keepdims" in op.signature.parameters:
            axis = term.param("axis", None if op.signature.default("axis") == "None" else -1)
            kept = bool(term.param("keepdims", default=False))
            return ranks[0] if kept else 0 if axis is None else ranks[0] - _count(axis)
        if isinstance(op, Structured) and "->" in op.shape and "," not in op.shape:
            operand, _, result = op.shape.partition("->")
            return ranks[0] + len(result) - len(operand)
        return max(ranks, default=0)


def _count(axis: object) -> int:
    return len(axis) if isinstance(axis, tuple) else 1


def _depth(items: object) -> int:
    return 1 + _depth(items[0]) if isinstance(items, tuple) else 0


def _squeezed(term: Apply, ranks: list[int]) -> int:
    return ranks[0] - _count(term.param("axis"))


def _tiled(term: Apply, ranks: list[int]) -> int:
    return max(ranks[0], _count(term.param("repeats")))


def _tensordot(term: Apply, ranks: list[int]) -> int:
    return sum(ranks) - 2 * _count(term.param("axes", ((0, 1),))[0])


_MOVED: Mapping[str, Callable[[Apply, list[int]], int]] = {
    "flatten": lambda term, ranks: 1,
    "squeeze": _squeezed,
    "stack": lambda term, ranks: ranks[0] + 1,
    "tile": _tiled,
    "repeat_interleave": lambda term, ranks: 1 if term.param("axis") is None else ranks[0],
    "diag": lambda term, ranks: 1 if ranks[0] == 2 else 2,
    "tensordot": _tensordot,
    "vander": lambda term, ranks: 2,
    "one_hot": lambda term, ranks: 1 + _depth(term.param("indices")),
    "windows": lambda term, ranks: ranks[0] + 1,
}


def _contracted(op: Contraction, ranks: list[int]) -> int:
    """The rank that the first fitting pattern gives."""
    for pattern in op.patterns:
        left, _, output = pattern.partition("->")
        operands = left.split(",")
        extra = 0
        for letters, rank in zip(operands, ranks, strict=False):
            own = len(letters.replace("...", ""))
            if rank < own or (rank > own and "..." not in letters):
                break
            extra = max(extra, rank - own)
        else:
            return len(output.replace("...", "")) + (extra if "..." in output else 0)
    return max(ranks, default=0)
