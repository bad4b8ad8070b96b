"""The laws of the rulebook in numbers: both sides of each at a point, derivatives by central differences.

It knows nothing of chainrule's rules: a law is a term, and a term is computed by walking over it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import signature
from itertools import product
from typing import Any

import numpy as np

from chainrule.terms import (
    COMPARISONS,
    Apply,
    Constant,
    Entry,
    Index,
    Number,
    Partial,
    Summation,
    Symbol,
    Term,
)

_STEP = 1e-5
_SIZE = 3

_COMPARE: Mapping[str, Callable[[Any, Any], Any]] = {
    "lt": np.less, "le": np.less_equal, "gt": np.greater, "ge": np.greater_equal, "eq": np.equal, "ne": np.not_equal,
}  # fmt: skip

_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "exp": np.exp,
    "log": np.log,
    "sin": np.sin,
    "cos": np.cos,
    "sum": np.sum,
    "matmul": np.matmul,
    "transpose": np.transpose,
    "trace": np.trace,
    "inv": np.linalg.inv,
    "det": np.linalg.det,
    "logdet": lambda x: np.linalg.slogdet(x)[1],
    "outer": np.outer,
    "diag": np.diag,
    "neg": np.negative,
    "where": lambda test, yes, no: yes if test else no,
}


class World:
    """Names and what they depend on: numbers and arrays, and functions of the names before them."""

    def __init__(self, values: Mapping[str, Any], functions: Mapping[str, Callable[..., Any]]) -> None:
        self.values = dict(values)
        self.functions = functions

    def evaluate(self, term: Term, letters: Mapping[str, int], fixed: Mapping[str, Any]) -> Any:
        """The value of a term, where ``fixed`` names have these values whatever they depend on."""
        match term:
            case Number():
                return float(term.value)
            case Constant():
                return {"pi": np.pi, "e": np.e}[term.name]
            case Symbol():
                return self.named(term.name, fixed)
            case Index():
                return letters[term.name]
            case Entry():
                return self.evaluate(term.base, letters, fixed)[self.place(term, letters)]
            case Summation():
                names = [index.name for index in term.indices]
                return sum(
                    self.evaluate(term.body, {**letters, **dict(zip(names, place, strict=True))}, fixed)
                    for place in product(range(_SIZE), repeat=len(names))
                )
            case Partial():
                return self.slope(term, letters, fixed)
        assert isinstance(term, Apply)
        return self.apply(term, [self.evaluate(part, letters, fixed) for part in term.args])

    def apply(self, term: Apply, parts: list[Any]) -> Any:
        if term.op == "add":
            return sum(parts[1:], parts[0])
        if term.op == "mul":
            return (
                np.prod(np.array(parts, dtype=float))
                if all(np.ndim(p) == 0 for p in parts)
                else _times(parts)
            )
        if term.op == "div":
            return parts[0] / parts[1]
        if term.op == "pow":
            return parts[0] ** parts[1]
        if term.op == "delta":
            return float(parts[0] == parts[1])
        if term.op in COMPARISONS:
            return _COMPARE[term.op](*parts)
        if term.op == "call":
            f = self.functions[term.param("function")]
            if not any(term.param("orders")):
                return f(*parts)
            [x] = parts
            return (f(x + _STEP) - f(x - _STEP)) / (2 * _STEP)
        return _FUNCTIONS[term.op](*parts)

    def named(self, name: str, fixed: Mapping[str, Any]) -> Any:
        if name in fixed:
            return fixed[name]
        if name in self.values:
            return self.values[name]
        f = self.functions[name]
        return f(*(self.named(each, fixed) for each in signature(f).parameters))

    def place(self, entry: Entry, letters: Mapping[str, int]) -> tuple[int, ...]:
        return tuple(int(self.evaluate(index, letters, {})) for index in entry.indices)

    def slope(self, term: Partial, letters: Mapping[str, int], fixed: Mapping[str, Any]) -> Any:
        """A derivative: of a name by one that it depends on directly with its other arguments held."""
        [variable] = term.wrt
        base = variable.base if isinstance(variable, Entry) else variable
        assert isinstance(base, Symbol)
        held = dict(fixed)
        function = self.functions.get(term.of.name) if isinstance(term.of, Symbol) else None
        if function is not None and base.name in signature(function).parameters:
            held = {each: self.named(each, fixed) for each in signature(function).parameters}
        here = np.array(self.named(base.name, fixed), dtype=float)
        places = (
            [self.place(variable, letters)] if isinstance(variable, Entry) else list(np.ndindex(here.shape))
        )
        found = []
        for place in places:
            sides = []
            for sign in (1, -1):
                moved = here.copy()
                moved[place] += sign * _STEP
                sides.append(self.evaluate(term.of, letters, {**held, base.name: moved}))
            found.append((np.asarray(sides[0]) - np.asarray(sides[1])) / (2 * _STEP))
        if isinstance(variable, Entry) or not here.shape:
            return found[0]
        return np.array(found).reshape(here.shape)


def _times(parts: list[Any]) -> Any:
    out = parts[0]
    for part in parts[1:]:
        out = out * part
    return out
