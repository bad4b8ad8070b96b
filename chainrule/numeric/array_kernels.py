"""Kernels compiled to closures over blocks of NumPy arrays. Imports NumPy, so import it only lazily.

A closure takes the operands' blocks, a block of values for each running index, and optionally the array
to write to. All blocks have one axis for each running index, of length 1 where they do not depend on it.
Temporaries are reused in place. NumPy reports a division by zero once for a whole block: only then are
the entries looked for, and made NaN.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.numeric.arithmetic import Context, Laws
from chainrule.numeric.closures import free_names
from chainrule.numeric.floats import as_float
from chainrule.numeric.floats import function as float_function
from chainrule.numeric.masks import masked
from chainrule.ops import pointwise
from chainrule.terms import COMPARISONS, ONE, Apply, Axis, Constant, Length, Number, Slot, Term

Array = NDArray[np.float64]
Run = Callable[[Sequence[Any], Sequence[Any], Any], Any]

einsum: Any = np.einsum

# Whole powers up to this one are products; they are exact where np.power is slow.
_LARGEST_PRODUCT = 16

_COMPARE = {
    "lt": np.less,
    "le": np.less_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
    "eq": np.equal,
    "ne": np.not_equal,
}


@dataclass(frozen=True, slots=True)
class Part:
    """A compiled part of a kernel; ``fresh`` when its result is a temporary that may be written over."""

    run: Run
    fresh: bool


class Kernels:
    """Compiles kernels, each once, and notes the poles that NumPy meets."""

    def __init__(self, laws: Laws) -> None:
        self.laws = laws
        self.met = False
        self._compiled: dict[Any, Part] = {}
        self._laws: dict[str, Part] = {}

    def pole_met(self, kind: str, flag: int) -> None:
        """Called by NumPy when a division by zero happened somewhere in a block."""
        self.met = True

    def compiled(self, kernel: Term, context: Context) -> Part:
        """The closure of a kernel."""
        lengths, functions, _ = free_names(kernel)
        key = (
            kernel,
            tuple(context.lengths[name] for name in lengths),
            tuple(context.functions[name] for name in functions),
        )
        found = self._compiled.get(key)
        if found is None:
            found = self._compiled[key] = self._part(kernel, context)
        return found

    # --- one form each --------------------------------------------------------------------------------------

    def _part(self, term: Term, context: Context) -> Part:
        if not isinstance(term, Apply):
            return _leaf(term, context)
        if term.op == "where":
            return self._where(term, context)
        if term.op in COMPARISONS:
            return self._comparison(term, context)
        if term.op == "add":
            return self._sum(term, context)
        if term.op == "pow":
            return self._power(term, context)
        if term.op == "mul":
            choice = masked(term)
            if choice is not term:
                return self._part(choice, context)
        parts = [self._part(part, context) for part in term.args]
        if term.op == "mul":
            return self._chain(np.multiply, parts)
        if term.op == "neg":
            return self._unary(np.negative, parts[0])
        if term.op == "div":
            return self._guarded(np.divide, parts)
        if term.op == "delta":
            f, g = parts
            return Part(lambda s, a, out: np.equal(f.run(s, a, None), g.run(s, a, None)).astype(float), True)
        if term.op == "call":
            return self._call(term, parts, context)
        return self._function(term.op, parts)

    def _sum(self, term: Apply, context: Context) -> Part:
        """Sums from the left; an addend with a minus sign is subtracted."""
        total = self._part(term.args[0], context)
        for addend in term.args[1:]:
            if isinstance(addend, Apply) and addend.op == "neg":
                total = self._chain(np.subtract, [total, self._part(addend.args[0], context)])
            else:
                total = self._chain(np.add, [total, self._part(addend, context)])
        return total

    def _unary(self, ufunc: np.ufunc, part: Part) -> Part:
        inner, fresh = part.run, part.fresh

        def run(s: Sequence[Any], a: Sequence[Any], out: Any) -> Any:
            x = inner(s, a, None)
            return ufunc(x, out=x if fresh and out is None and x.ndim else out)

        return Part(run, True)

    def _chain(self, ufunc: np.ufunc, parts: Sequence[Part]) -> Part:
        total = parts[0]
        for part in parts[1:]:
            total = _binary(ufunc, total, part)
        return total

    def _guarded(self, ufunc: np.ufunc, parts: Sequence[Part]) -> Part:
        """A function with poles: where NumPy met one, entries made infinite of finite ones become NaN."""
        runs = [part.run for part in parts]

        def run(s: Sequence[Any], a: Sequence[Any], out: Any) -> Any:
            arguments = [inner(s, a, None) for inner in runs]
            self.met = False
            result = ufunc(*arguments, out=out)
            if self.met:
                finite = np.isfinite(arguments[0])
                for x in arguments[1:]:
                    finite = finite & np.isfinite(x)
                poles = np.isinf(result) & finite
                if isinstance(result, np.ndarray) and result.ndim:
                    np.copyto(result, np.nan, where=poles)
                else:
                    result = np.where(poles, np.nan, result)
            return result

        return Part(run, True)

    def _power(self, term: Apply, context: Context) -> Part:
        base, exponent = (self._part(part, context) for part in term.args)
        value = _literal(term.args[1])
        if value is None:
            return self._general_power(base, exponent)
        if math.isfinite(value) and value == int(value) and abs(value) <= _LARGEST_PRODUCT:
            product = _whole_power(base, abs(int(value)))
            return product if value >= 0 else self._guarded(np.divide, [self._part(ONE, context), product])
        if value == 0.5:
            return self._unary(np.sqrt, base)
        return self._guarded(np.power, [base, exponent])

    def _general_power(self, base: Part, exponent: Part) -> Part:
        guarded = self._guarded(np.power, [base, exponent])

        def run(s: Sequence[Any], a: Sequence[Any], out: Any) -> Any:
            # np.power makes 1 of nan**0 and of 1**nan; an undefined entry must stay one.
            x, y = base.run(s, a, None), exponent.run(s, a, None)
            return np.where(np.isnan(x) | np.isnan(y), np.nan, guarded.run(s, a, None))

        return Part(run, True)

    def _comparison(self, term: Apply, context: Context) -> Part:
        """Truth values; float NaN where a side is NaN, but then only."""
        f, g = (self._part(part, context).run for part in term.args)
        compare = _COMPARE[term.op]

        def run(s: Sequence[Any], a: Sequence[Any], out: Any) -> Any:
            x, y = f(s, a, None), g(s, a, None)
            truth = compare(x, y)
            if _has_nan(x) or _has_nan(y):
                return np.where(np.isnan(x) | np.isnan(y), np.nan, truth)
            return truth

        return Part(run, False)

    def _where(self, term: Apply, context: Context) -> Part:
        """Both branches are computed, and what the one not taken makes is dropped, NaN or not."""
        test, yes, no = (self._part(part, context).run for part in term.args)

        def run(s: Sequence[Any], a: Sequence[Any], out: Any) -> Any:
            truth = test(s, a, None)
            result = np.where(truth, yes(s, a, None), no(s, a, None))
            return result if truth.dtype == bool else np.where(np.isnan(truth), np.nan, result)

        return Part(run, True)

    def _call(self, term: Apply, parts: Sequence[Part], context: Context) -> Part:
        function = context.functions[term.param("function")]
        orders = term.param("orders", (0,) * len(parts))
        runs = [part.run for part in parts]
        return Part(
            lambda s, a, out: np.asarray(function(tuple(r(s, a, None) for r in runs), orders), float), False
        )

    def _function(self, op: str, parts: Sequence[Part]) -> Part:
        declared = pointwise(op)
        name = declared.numpy or (op if declared.law is None else None)
        if name is not None and ":" not in name:
            return self._guarded(getattr(np, name), parts)
        runs = [part.run for part in parts]
        if name is None:
            law = self._law(op)
            return Part(lambda s, a, out: law.run([r(s, a, None) for r in runs], a, out), law.fresh)
        scalar = float_function(op)
        assert scalar is not None, f"nothing computes {op}"
        ufunc = np.frompyfunc(scalar, len(parts), 1)
        return Part(lambda s, a, out: np.asarray(ufunc(*(r(s, a, None) for r in runs)), float), True)

    def _law(self, op: str) -> Part:
        if op not in self._laws:
            self._laws[op] = self._part(self.laws.kernel(op), Context())
        return self._laws[op]


def _leaf(term: Term, context: Context) -> Part:
    if isinstance(term, Slot):
        place = term.position
        return Part(lambda s, a, out: s[place], False)
    if isinstance(term, Axis):
        index = term.position
        return Part(lambda s, a, out: a[index], False)
    if isinstance(term, (Number, Constant, Length)):
        value = np.float64(_scalar(term, context))
        return Part(lambda s, a, out: value, False)
    raise TypeError(f"{type(term).__name__} is no part of a kernel")


def _binary(ufunc: np.ufunc, left: Part, right: Part) -> Part:
    f, g, f_fresh, g_fresh = left.run, right.run, left.fresh, right.fresh

    def run(s: Sequence[Any], a: Sequence[Any], out: Any) -> Any:
        x, y = f(s, a, None), g(s, a, None)
        if out is None:
            if f_fresh and x.ndim and (not y.ndim or x.shape == y.shape):
                out = x
            elif g_fresh and y.ndim and (not x.ndim or x.shape == y.shape):
                out = y
        return ufunc(x, y, out=out)

    return Part(run, True)


def _whole_power(base: Part, exponent: int) -> Part:
    """A power by repeated squaring."""
    inner = base.run

    def run(s: Sequence[Any], a: Sequence[Any], out: Any) -> Any:
        x = inner(s, a, None)
        if exponent == 2:
            return np.square(x, out=out)
        if exponent < 2:
            return x if exponent else np.where(np.isnan(x), np.nan, 1.0)
        result, square, n = None, x, exponent
        while n:
            if n & 1:
                result = square if result is None else result * square
            n >>= 1
            square = square * square if n else square
        return result

    return Part(run, exponent > 1)


def _literal(term: Term) -> float | None:
    if isinstance(term, Apply) and term.op == "neg" and isinstance(term.args[0], Number):
        return -as_float(term.args[0].value)
    return as_float(term.value) if isinstance(term, Number) else None


def _scalar(term: Number | Constant | Length, context: Context) -> float:
    if isinstance(term, Number):
        return as_float(term.value)
    if isinstance(term, Length):
        return float(context.lengths[term.name])
    return float(np.pi if term.name == "pi" else np.e)


def _has_nan(x: Any) -> bool:
    """Whether there may be a NaN: a sum is one if any entry is (and if infinities cancel: no harm)."""
    return bool(np.isnan(np.add.reduce(x, axis=None)))


def along(place: int, start: int, stop: int, rank: int) -> Array:
    """The whole numbers from ``start`` to ``stop`` along one of ``rank`` axes."""
    shape = [1] * rank
    shape[place] = -1
    return np.arange(start, stop, dtype=np.float64).reshape(shape)


def distinct(array: Array, axes: Sequence[int | None], order: Sequence[int]) -> tuple[Array, list[int]]:
    """``array`` with each running index along one axis only, in the order of ``order``, and which they are.

    ``axes`` says which running index goes along each axis of the array; one that stands twice picks the
    diagonal, and axes of length 1 along which none of ``order`` runs are dropped.
    """
    kept = [k for k in axes if k is not None and k in order]
    if len(kept) < len(axes):
        array = array.reshape([n for n, k in zip(array.shape, axes, strict=True) if k in kept])
    labels = [k for k in order if k in kept]
    return array if kept == labels else einsum(array, kept, labels), labels


def spread(array: Array, axes: Sequence[int | None], order: Sequence[int]) -> Array:
    """A view of ``array`` with an axis for each running index of ``order``, of length 1 where it has none."""
    array, labels = distinct(array, axes, order)
    if len(labels) == len(order):
        return array
    lengths = iter(array.shape)
    return array.reshape([next(lengths) if k in labels else 1 for k in order])
