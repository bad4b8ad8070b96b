"""Numbers of a derivation: every statement, factor and gradient at the given values, float and exact."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from math import isfinite
from typing import Any

from chainrule.derivation.data import Quantity
from chainrule.diagnostics import ChainRuleError
from chainrule.graph import Graph, Indexed
from chainrule.language.elaborate import kernel
from chainrule.laws import LAWS
from chainrule.numeric.entries import Inexact, Undefined
from chainrule.numeric.evaluate import evaluate
from chainrule.numeric.exact import Exact
from chainrule.numeric.floats import Floats
from chainrule.numeric.tensors import Tensor
from chainrule.shapes import bind, entries

# Up to this many kernel evaluations plain Python is faster than loading NumPy.
FEW = 30_000
MAX_SHOWN = 1_000_000
MAX_EXACT = 4_096
MAX_SPELLING = 60


@dataclass(frozen=True, slots=True)
class Numbers:
    """Float tensors and, where they are rational or were asked for, exact ones, by node."""

    floats: Mapping[int, Tensor]
    exact: Mapping[int, Tensor]
    _quantities: dict[int, Quantity] = field(default_factory=dict)

    def quantity(self, node: int) -> Quantity | None:
        """The numbers of a node as they are shown; None where it was not evaluated."""
        tensor = self.floats.get(node)
        if tensor is None:
            return None
        if node not in self._quantities:
            self._quantities[node] = self._quantity(node, tensor)
        return self._quantities[node]

    def _quantity(self, node: int, tensor: Tensor) -> Quantity:
        floats = _finite_floats(tensor.entries)
        exact = self.exact.get(node)
        spelled = None
        if exact is not None and not any(isinstance(entry, Undefined) for entry in exact.entries):
            spelled = spellings(exact.entries)
        return Quantity(tensor.shape, floats, spelled)


def spellings(exact: Sequence[Any]) -> tuple[str, ...] | None:
    """Exact entries (fractions, SymPy's numbers) in the language; None where one is long or has no words."""
    out = []
    for entry in exact:
        word = str(entry)
        if not isinstance(entry, (int, Fraction)):
            # SymPy's name of Euler's number.
            word = re.sub(r"\bE\b", "e", word)
            if not _is_readable(word):
                return None
        if len(word) > MAX_SPELLING:
            return None
        out.append(word)
    return tuple(out)


@lru_cache(maxsize=1 << 10)
def _is_readable(word: str) -> bool:
    try:
        kernel(word, ())
    except ChainRuleError:
        return False
    return True


def _finite_floats(found: Sequence[Any]) -> tuple[float | None, ...]:
    """Entries as floats, None where they are not finite; one sum tells that none has to be looked at."""
    try:
        if isfinite(sum(found)):
            return tuple(map(float, found))
    except (TypeError, OverflowError):
        pass
    return tuple(_float(entry) for entry in found)


def _float(entry: Any) -> float | None:
    if isinstance(entry, Undefined):
        return None
    value = float(entry)
    return value if isfinite(value) else None


def numbers(
    graph: Graph,
    wanted: Iterable[int],
    values: Mapping[int, Tensor],
    lengths: Mapping[str, int],
    *,
    exact: bool,
    symbolic: bool,
) -> Numbers:
    """The values of nodes; those with more than MAX_SHOWN entries are left out.

    exact: fractions as well, where the program stays rational. symbolic: √2 and π exactly, too.
    """
    todo = [n for n in dict.fromkeys(wanted) if entries(_concrete(graph, n, lengths)) <= MAX_SHOWN]
    work = sum(_work(graph, n, lengths) for n in range(len(graph)) if _known(graph, n, lengths))
    floats = evaluate(graph, todo, values, lengths, _float_arithmetic(work))
    plain = {n: _plain(tensor) for n, tensor in floats.items()}
    found: dict[int, Tensor] = {}
    if exact and work <= FEW:
        small = [n for n in todo if len(plain[n].entries) <= MAX_EXACT]
        try:
            found = evaluate(graph, small, values, lengths, Exact(LAWS), partial=True)
        except Inexact:
            found = {}
        if symbolic:
            found = {**_symbolic(graph, small, values, lengths), **found}
    return Numbers(plain, found)


def _symbolic(
    graph: Graph, wanted: list[int], values: Mapping[int, Tensor], lengths: Mapping[str, int]
) -> dict[int, Tensor]:
    from chainrule.numeric.symbolic import Symbolic

    try:
        return evaluate(graph, wanted, values, lengths, Symbolic(LAWS), partial=True)
    except Inexact:
        return {}


def _float_arithmetic(work: int) -> Any:
    if work <= FEW:
        return Floats(LAWS)
    from chainrule.numeric.arrays import Arrays

    return Arrays(LAWS)


def _plain(tensor: Any) -> Tensor:
    if isinstance(tensor, Tensor):
        return tensor
    from chainrule.numeric.arrays import numbers as plain_numbers

    return plain_numbers(tensor)


def _concrete(graph: Graph, number: int, lengths: Mapping[str, int]) -> list[int]:
    return [dim if isinstance(dim, int) else 1 for dim in bind(graph.shape(number), lengths)]


def _known(graph: Graph, number: int, lengths: Mapping[str, int]) -> bool:
    return all(isinstance(dim, int) for dim in bind(graph.shape(number), lengths))


def _work(graph: Graph, number: int, lengths: Mapping[str, int]) -> int:
    node = graph[number]
    dims = node.lengths if isinstance(node, Indexed) else node.shape
    return entries([dim if isinstance(dim, int) else 1 for dim in bind(dims, lengths)])
