"""Kernels compiled to closures over entries, for every arithmetic whose entries are Python objects.

A closure takes the entries of the kernel's operands and the values of the running indices. Sums and
products use the entries' own operators; what may fail (division, powers, functions, comparisons) asks
the arithmetic. ``where`` evaluates its condition and then one branch only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Protocol

from chainrule.numeric.arithmetic import Context
from chainrule.numeric.masks import masked
from chainrule.terms import COMPARISONS, Apply, Axis, Constant, Length, Number, Slot, Term, walk

Kernel = Callable[[Sequence[Any], Sequence[int]], Any]


class Scalars(Protocol):
    """What the closures ask of an arithmetic, entry by entry."""

    def number(self, value: Any) -> Any:
        """The entry of a rational number."""

    def constant(self, name: str) -> Any:
        """The entry of ``pi`` or ``e``."""

    def divide(self, a: Any, b: Any) -> Any:
        """a/b."""

    def power(self, a: Any, b: Any) -> Any:
        """a**b, real."""

    def raised(self, a: Any, n: int) -> Any:
        """a**n for a literal whole n."""

    def comparison(self, op: str) -> Callable[[Any, Any], Any]:
        """The comparison ``lt``, ``le``, … : True, False, or an undefined entry."""

    def function(self, op: str) -> Callable[..., Any] | None:
        """A pointwise function that the arithmetic knows itself; None where its law is to be used."""

    def law(self, op: str) -> Kernel:
        """A pointwise function by its law, over its parameters."""


@lru_cache(maxsize=1 << 12)
def free_names(kernel: Term) -> tuple[tuple[str, ...], tuple[str, ...], bool]:
    """The symbolic lengths and abstract functions that a kernel names, and whether it reads an index."""
    lengths: dict[str, None] = {}
    functions: dict[str, None] = {}
    running = False
    for part in walk(kernel):
        if isinstance(part, Length):
            lengths[part.name] = None
        elif isinstance(part, Axis):
            running = True
        elif isinstance(part, Apply) and part.op == "call":
            functions[part.param("function")] = None
    return tuple(lengths), tuple(functions), running


def compiled(kernel: Term, scalars: Scalars, context: Context) -> Kernel:
    """The closure of ``kernel``. Recursion is over the depth of one expression."""
    if not isinstance(kernel, Apply):
        return _leaf(kernel, scalars, context)
    if kernel.op == "mul":
        choice = masked(kernel)
        if choice is not kernel:
            return compiled(choice, scalars, context)
    if kernel.op == "pow":
        return _power(kernel, scalars, context)
    if kernel.op == "delta":
        return _delta(kernel, scalars, context)
    parts = [compiled(part, scalars, context) for part in kernel.args]
    if kernel.op == "call":
        orders = kernel.param("orders", (0,) * len(parts))
        return _call(context.functions[kernel.param("function")], parts, orders)
    if kernel.op in COMPARISONS:
        return _binary(scalars.comparison(kernel.op), *parts)
    if kernel.op == "div":
        return _binary(scalars.divide, *parts)
    if kernel.op in _OPERATORS:
        return _OPERATORS[kernel.op](*parts)
    return _function(kernel.op, parts, scalars)


def _leaf(kernel: Term, scalars: Scalars, context: Context) -> Kernel:
    if isinstance(kernel, Slot):
        place = kernel.position
        return lambda s, a: s[place]
    if isinstance(kernel, Number):
        return _always(scalars.number(kernel.value))
    if isinstance(kernel, Constant):
        return _always(scalars.constant(kernel.name))
    if isinstance(kernel, Length):
        return _always(scalars.number(context.lengths[kernel.name]))
    if isinstance(kernel, Axis):
        number, index = scalars.number, kernel.position
        return lambda s, a: number(a[index])
    raise TypeError(f"{type(kernel).__name__} is no part of a kernel")


def _always(value: Any) -> Kernel:
    return lambda s, a: value


def _binary(function: Callable[[Any, Any], Any], f: Kernel, g: Kernel) -> Kernel:
    return lambda s, a: function(f(s, a), g(s, a))


def _sum(*parts: Kernel) -> Kernel:
    if len(parts) == 2:
        f, g = parts
        return lambda s, a: f(s, a) + g(s, a)
    first, *rest = parts

    def run(s: Sequence[Any], a: Sequence[int]) -> Any:
        total = first(s, a)
        for part in rest:
            total = total + part(s, a)
        return total

    return run


def _product(*parts: Kernel) -> Kernel:
    if len(parts) == 2:
        f, g = parts
        return lambda s, a: f(s, a) * g(s, a)
    first, *rest = parts

    def run(s: Sequence[Any], a: Sequence[int]) -> Any:
        total = first(s, a)
        for part in rest:
            total = total * part(s, a)
        return total

    return run


def _negative(f: Kernel) -> Kernel:
    return lambda s, a: -f(s, a)


def _where(test: Kernel, yes: Kernel, no: Kernel) -> Kernel:
    def run(s: Sequence[Any], a: Sequence[int]) -> Any:
        truth = test(s, a)
        if truth is True:
            return yes(s, a)
        return no(s, a) if truth is False else truth

    return run


_OPERATORS: dict[str, Callable[..., Kernel]] = {
    "add": _sum,
    "mul": _product,
    "neg": _negative,
    "where": _where,
}


def _power(kernel: Apply, scalars: Scalars, context: Context) -> Kernel:
    base, exponent = kernel.args
    f = compiled(base, scalars, context)
    if isinstance(exponent, Apply) and exponent.op == "neg" and isinstance(exponent.args[0], Number):
        exponent = Number(-exponent.args[0].value)
    if isinstance(exponent, Number) and exponent.value.denominator == 1:
        n, raised = int(exponent.value), scalars.raised
        return lambda s, a: raised(f(s, a), n)
    return _binary(scalars.power, f, compiled(exponent, scalars, context))


def _delta(kernel: Apply, scalars: Scalars, context: Context) -> Kernel:
    f, g = (compiled(part, scalars, context) for part in kernel.args)
    one, zero = scalars.number(1), scalars.number(0)
    left, right = kernel.args
    if isinstance(left, Axis) and isinstance(right, Axis):
        i, j = left.position, right.position
        return lambda s, a: one if a[i] == a[j] else zero
    return _where(_binary(scalars.comparison("eq"), f, g), _always(one), _always(zero))


def _call(function: Callable[..., Any], parts: Sequence[Kernel], orders: tuple[int, ...]) -> Kernel:
    return lambda s, a: function(tuple(part(s, a) for part in parts), orders)


def _function(op: str, parts: Sequence[Kernel], scalars: Scalars) -> Kernel:
    function = scalars.function(op)
    if function is None:
        law = scalars.law(op)
        return lambda s, a: law([part(s, a) for part in parts], a)
    if len(parts) == 1:
        (f,) = parts
        return lambda s, a: function(f(s, a))
    return lambda s, a: function(*(part(s, a) for part in parts))
