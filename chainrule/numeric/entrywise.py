"""Arithmetics on plain tensors, entry by entry: the reference meaning of every node."""

from __future__ import annotations

import operator
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from itertools import product, repeat
from types import MappingProxyType
from typing import Any

from chainrule.graph import Indexed, Operation
from chainrule.numeric.arithmetic import NO_LAWS, Arithmetic, Context, Laws
from chainrule.numeric.closures import Kernel, compiled, free_names
from chainrule.numeric.entries import Undefined
from chainrule.numeric.matrix_operations import NAMES, matrix_operation
from chainrule.numeric.primitives import primitive
from chainrule.numeric.tensors import Tensor, offsets, plain, steps_along
from chainrule.shapes import entries as count_entries
from chainrule.terms import Term


def _equal(a: Any, b: Any) -> Any:
    if isinstance(a, Undefined):
        return a
    return b if isinstance(b, Undefined) else bool(a == b)


def _unequal(a: Any, b: Any) -> Any:
    if isinstance(a, Undefined):
        return a
    return b if isinstance(b, Undefined) else bool(a != b)


_COMPARE: Mapping[str, Callable[[Any, Any], Any]] = MappingProxyType(
    {
        "lt": operator.lt,
        "le": operator.le,
        "gt": operator.gt,
        "ge": operator.ge,
        "eq": _equal,
        "ne": _unequal,
    }
)


def repeated(one: Any, factor: Any, times: int) -> Any:
    """``factor`` multiplied ``times`` times (not negative), by repeated squaring."""
    out, square = one, factor
    while times:
        if times & 1:
            out = out * square
        times >>= 1
        square = square * square if times else square
    return out


class Entrywise(Arithmetic[Tensor]):
    """An arithmetic whose entries are Python objects with the operators + - * and comparisons.

    ``rounding`` is the relative error of one operation, 0 where the arithmetic is exact.
    """

    rounding: Any = 0

    def __init__(self, laws: Laws = NO_LAWS) -> None:
        super().__init__(laws)
        self._kernels: dict[Any, Kernel] = {}
        self._laws: dict[str, Kernel] = {}
        self._zero: Any = None

    # --- entries: what a concrete arithmetic says ---------------------------------------------------

    @abstractmethod
    def number(self, value: Fraction | int) -> Any:
        """The entry of a rational number."""

    @abstractmethod
    def constant(self, name: str) -> Any:
        """The entry of ``pi`` or ``e``."""

    @abstractmethod
    def divide(self, a: Any, b: Any) -> Any:
        """a/b, or an undefined entry."""

    @abstractmethod
    def power(self, a: Any, b: Any) -> Any:
        """a**b, or an undefined entry."""

    @abstractmethod
    def raised(self, a: Any, n: int) -> Any:
        """a**n, or an undefined entry."""

    @abstractmethod
    def function(self, op: str) -> Callable[..., Any] | None:
        """A pointwise function that the arithmetic knows itself; None where its law is to be used."""

    def comparison(self, op: str) -> Callable[[Any, Any], Any]:
        """A comparison: True, False, or an undefined entry."""
        return _COMPARE[op]

    def kept(self, entry: Any) -> Any:
        """An entry that goes into a tensor; arithmetics with a budget check it here."""
        return entry

    def loaded(self, entry: Any) -> Any:
        """An entry of this arithmetic from a neutral one (a Fraction, a float or a constant Term)."""
        if isinstance(entry, Term):
            return compiled(entry, self, Context())((), ())
        return entry if isinstance(entry, Undefined) else self.number(Fraction(entry))

    # --- tensors ----------------------------------------------------------------------------------------

    def load(self, tensor: Tensor) -> Tensor:
        return tensor.map(self.loaded)

    def shape(self, tensor: Tensor) -> tuple[int, ...]:
        return tensor.shape

    def reshaped(self, tensor: Tensor, shape: tuple[int, ...]) -> Tensor:
        return Tensor(tensor.entries, shape)

    def kernel(self, term: Term, context: Context) -> Kernel:
        """The closure of a kernel, compiled once for each kernel."""
        found = self._kernels.get(term)
        if found is None:
            lengths, functions, _ = free_names(term)
            if not lengths and not functions:
                found = self._kernels[term] = compiled(term, self, context)
            else:
                key = (
                    term,
                    tuple(context.lengths[name] for name in lengths),
                    tuple(context.functions[name] for name in functions),
                )
                found = self._kernels.get(key)
                if found is None:
                    found = self._kernels[key] = compiled(term, self, context)
        return found

    def law(self, op: str) -> Kernel:
        """The closure of a pointwise function's law."""
        if op not in self._laws:
            self._laws[op] = compiled(self.laws.kernel(op), self, Context())
        return self._laws[op]

    def indexed(self, node: Indexed, operands: Sequence[Tensor], context: Context) -> Tensor:
        kernel = self.kernel(node.kernel, context)
        if not node.lengths:
            return Tensor([self.kept(kernel([tensor.entries[0] for tensor in operands], ()))], ())
        lengths = context.concrete(node.lengths)
        if node.elementwise:
            return Tensor(self._elementwise(kernel, node, operands, lengths), lengths)
        return Tensor(self._summed(kernel, node, operands, lengths), lengths[: node.rank])

    def _elementwise(
        self, kernel: Kernel, node: Indexed, operands: Sequence[Tensor], lengths: tuple[int, ...]
    ) -> list[Any]:
        streams: list[Sequence[Any]] = []
        natural = tuple(range(node.rank))
        for read, tensor in zip(node.operands, operands, strict=True):
            if read.axes == natural:
                streams.append(plain(tensor.entries))
            else:
                entries = tensor.entries
                places = offsets(lengths, steps_along(tensor.shape, read.axes, 0, node.rank))
                streams.append([entries[place] for place in places])
        _, _, running = free_names(node.kernel)
        indices = product(*map(range, lengths)) if running else repeat(())
        rows = zip(*streams, strict=True) if streams else repeat((), count_entries(lengths))
        kept = self.kept
        return [kept(kernel(row, index)) for row, index in zip(rows, indices, strict=False)]

    def _summed(
        self, kernel: Kernel, node: Indexed, operands: Sequence[Tensor], lengths: tuple[int, ...]
    ) -> list[Any]:
        rank, outer_lengths, inner_lengths = node.rank, lengths[: node.rank], lengths[node.rank :]
        outer: list[tuple[int, ...]] = []
        inner: list[tuple[int, ...]] = []
        for read, tensor in zip(node.operands, operands, strict=True):
            outer.append(offsets(outer_lengths, steps_along(tensor.shape, read.axes, 0, rank)))
            inner.append(offsets(inner_lengths, steps_along(tensor.shape, read.axes, rank, len(lengths))))
        entries = [plain(tensor.entries) for tensor in operands]
        _, _, running = free_names(node.kernel)
        before = list(product(*map(range, outer_lengths))) if running else [()] * count_entries(outer_lengths)
        after = list(product(*map(range, inner_lengths))) if running else [()] * count_entries(inner_lengths)
        rows: list[tuple[int, ...]] = list(zip(*inner, strict=True)) or [()] * len(after)
        kept, out = self.kept, []
        for place, index in enumerate(before):
            starts = [column[place] for column in outer]
            total = self.number(0)
            for row, more in zip(rows, after, strict=True):
                s = [e[start + k] for e, start, k in zip(entries, starts, row, strict=True)]
                total = kept(total + kernel(s, (*index, *more)))
            out.append(total)
        return out

    def primitive(self, node: Operation, operands: Sequence[Tensor], context: Context) -> Tensor | None:
        if node.op in NAMES:
            return matrix_operation(node.op, operands, context.concrete(node.shape), self)
        return primitive(node, operands, self, context)
