"""Written terms evaluated by NumPy: whole tensors, and index notation at given letters."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

import numpy as np

from chainrule.ops import TABLE
from chainrule.shapes import Shape
from chainrule.terms import (
    Apply,
    Constant,
    Entry,
    Index,
    Length,
    Number,
    Partial,
    Summation,
    Symbol,
    Term,
)
from tests.generated import laws, oracle

Array = Any


@dataclass(frozen=True)
class World:
    """What a term may speak of: a program (for named derivatives), its arrays, its lengths, index letters."""

    text: str
    inputs: Mapping[str, Array]
    lengths: Mapping[str, int]
    arrays: Mapping[str, Array]
    letters: Mapping[str, int] = field(default_factory=dict)
    derivative: Callable[[str, str], Array] | None = None

    @staticmethod
    def of(text: str, inputs: Mapping[str, Array], lengths: Mapping[str, int]) -> World:
        """The world of a program at values of its inputs."""
        return World(text, inputs, lengths, oracle.run(text, inputs, lengths))

    def at(self, letters: Mapping[str, int]) -> World:
        """The same world with index letters in their places."""
        return replace(self, letters={**self.letters, **letters})

    def with_arrays(self, **arrays: Array) -> World:
        """The same world with more names."""
        return replace(self, arrays={**self.arrays, **arrays})

    def with_derivative(self, derivative: Callable[[str, str], Array]) -> World:
        """The same world with another meaning of ∂z/∂y than the derivative of the whole program."""
        return replace(self, derivative=derivative)

    def value(self, term: Term) -> Array:
        """The array, or at given letters the number, that ``term`` stands for."""
        match term:
            case Number():
                return float(term.value)
            case Constant():
                return {"pi": np.pi, "e": np.e}[term.name]
            case Length():
                return float(self.lengths[term.name] if term.name in self.lengths else self.arrays[term.name])
            case Symbol():
                return self.arrays[term.name]
            case Index():
                return self.letters[term.name]
            case Entry():
                place = tuple(int(self.value(index)) for index in term.indices)
                return np.asarray(self.value(term.base))[place]
            case Summation():
                counts = [range(int(self.value(length))) for length in term.lengths]
                names = [letter.name for letter in term.indices]
                return sum(
                    (self.at(dict(zip(names, places, strict=True))).value(term.body) for places in product(*counts)),
                    0.0,
                )
            case Partial():
                return self._derivative(term)
            case Apply():
                return self._applied(term)
        raise LookupError(type(term).__name__)

    def _derivative(self, term: Partial) -> Array:
        """∂out/∂y of names: what is defined after y follows, unless another meaning was given."""
        assert len(term.wrt) == 1, "only first derivatives have names"
        (of, of_place), (wrt, wrt_place) = self._named(term.of), self._named(term.wrt[0])
        if self.derivative is not None:
            return self.derivative(of, wrt)[(*of_place, *wrt_place)]
        return oracle.jacobian(self.text, of, wrt, self.inputs, self.lengths)[(*of_place, *wrt_place)]

    def _named(self, term: Term) -> tuple[str, tuple[int, ...]]:
        if isinstance(term, Entry):
            assert isinstance(term.base, Symbol)
            return term.base.name, tuple(int(self.value(index)) for index in term.indices)
        assert isinstance(term, Symbol)
        return term.name, ()

    def _applied(self, term: Apply) -> Array:
        params = {name: self._bound(name, value) for name, value in term.params}
        if term.op == "call":
            arguments = tuple(np.asarray(self.value(part)) for part in term.args)
            return laws.unknown(params["function"], arguments, params["orders"])
        # A branch that is not taken may be undefined: where(y == 0, 0, x/y).
        with np.errstate(all="ignore"):
            arguments = tuple(np.asarray(self.value(part)) for part in term.args)
            if term.op in laws.ENTRYWISE:
                return laws.ENTRYWISE[term.op](*arguments)
            if term.op in laws.TENSORS:
                return laws.TENSORS[term.op](*arguments, **params)
            op = TABLE[term.op]
            return oracle.apply(op, dict(zip(op.signature.parameters, arguments, strict=False)), params, self.lengths)

    def _bound(self, name: str, value: Any) -> Any:
        if name == "shape":
            return tuple(self.lengths.get(dim, dim) for dim in value)
        if name == "correction":
            return float(value)
        return value


def places(letters: Sequence[Term], shape: Shape, lengths: Mapping[str, int]) -> Iterator[dict[str, int]]:
    """Every way to place the letters of a label along ``shape``; an axis of length 1 may have the number 0."""
    ranges: dict[str, int] = {}
    for letter, dim in zip(letters, shape, strict=True):
        if isinstance(letter, Index):
            ranges[letter.name] = lengths[dim] if isinstance(dim, str) else dim
    for chosen in product(*map(range, ranges.values())):
        yield dict(zip(ranges, chosen, strict=True))


def indices(term: Term) -> tuple[Term, ...]:
    """The letters of an entry; none for a name."""
    return term.indices if isinstance(term, Entry) else ()
