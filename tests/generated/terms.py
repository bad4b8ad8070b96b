"""Written terms evaluated by NumPy: whole tensors, and index notation at all places of its letters."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
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
_LARGEST = 4_000_000


class TooLarge(Exception):
    """A nest of sums with too many terms to be added up here."""


@dataclass(frozen=True)
class World:
    """What a term may speak of: a program (for named derivatives), its arrays, its lengths, index letters.

    Each letter that is in place has an axis of its own, in ``sizes``; a scalar term then is an array with
    all of these axes, of length 1 where it does not depend on the letter.
    """

    text: str
    inputs: Mapping[str, Array]
    lengths: Mapping[str, int]
    arrays: Mapping[str, Array]
    letters: Mapping[str, int] = field(default_factory=dict)
    sizes: tuple[int, ...] = ()
    derivative: Callable[[str, str], Array] | None = None
    lets: Mapping[str, tuple[tuple[Term, ...], Term, Shape]] = field(default_factory=dict)

    @staticmethod
    def of(text: str, inputs: Mapping[str, Array], lengths: Mapping[str, int]) -> World:
        """The world of a program at values of its inputs."""
        return World(text, inputs, lengths, oracle.run(text, inputs, lengths))

    def over(self, letters: Sequence[str], sizes: Sequence[int]) -> World:
        """The same world with index letters that run along new axes, the last ones."""
        rank = len(self.sizes)
        if np.prod((*self.sizes, *sizes), dtype=float) > _LARGEST:
            raise TooLarge
        added = {letter: rank + k for k, letter in enumerate(letters)}
        return replace(self, letters={**self.letters, **added}, sizes=(*self.sizes, *sizes))

    def with_arrays(self, **arrays: Array) -> World:
        """The same world with more names."""
        return replace(self, arrays={**self.arrays, **arrays})

    def with_derivative(self, derivative: Callable[[str, str], Array]) -> World:
        """The same world with another meaning of ∂z/∂y than the derivative of the whole program."""
        return replace(self, derivative=derivative)

    def with_let(self, name: str, letters: tuple[Term, ...], term: Term, shape: Shape) -> World:
        """The same world with a name for a part of a statement: name[letters] = term."""
        return replace(self, lets={**self.lets, name: (letters, term, shape)})

    # --- whole tensors ------------------------------------------------------------------------------

    def value(self, term: Term) -> Array:
        """The array that a term without free letters stands for."""
        match term:
            case Number():
                return np.asarray(float(term.value))
            case Constant():
                return np.asarray({"pi": np.pi, "e": np.e}[term.name])
            case Length():
                return np.asarray(float(self.lengths.get(term.name, self.arrays.get(term.name))))
            case Symbol() if term.name in self.lets:
                letters, meaning, shape = self.lets[term.name]
                bare = replace(self, letters={}, sizes=())
                return tensor(bare, meaning, letters, shape)[0]
            case Symbol():
                return np.asarray(self.arrays[term.name])
            case Apply(op="d"):
                return self._moving(term.args[0])
            case Apply(op="call"):
                arguments = tuple(map(self.value, term.args))
                return laws.unknown(term.param("function"), arguments, term.param("orders"))
            case Apply():
                return self._applied(term, [self.value(part) for part in term.args])
        bare = replace(self, letters={}, sizes=())
        return bare.entries(term)

    def _applied(self, term: Apply, arguments: Sequence[Array]) -> Array:
        params = {name: self._bound(name, value) for name, value in term.params}
        # A branch that is not taken may be undefined: where(y == 0, 0, x/y).
        with np.errstate(all="ignore"):
            if term.op == "eq":
                # The same sum in another order is the same number.
                return np.isclose(*arguments, rtol=1e-11, atol=1e-13)
            if term.op in laws.ENTRYWISE:
                return laws.ENTRYWISE[term.op](*arguments)
            if term.op in laws.TENSORS:
                return laws.TENSORS[term.op](*arguments, **params)
            op = TABLE[term.op]
            names = op.signature.parameters
            preset = {name: oracle.literal_of(default) for name, default in op.signature.defaults}
            words = {name: preset[name] for name in names[len(arguments) :] if name in preset} | params
            return oracle.apply(op, dict(zip(names, arguments, strict=False)), words, self.lengths)

    def _moving(self, term: Term) -> Array:
        """d(term): its derivative while every name that has a differential (dX for X) moves along that."""
        moved = {
            name: np.asarray(array) + 1j * laws.STEP * np.asarray(self.arrays[f"d{name}"])
            for name, array in self.arrays.items()
            if f"d{name}" in self.arrays
        }
        return np.asarray(np.imag(self.with_arrays(**moved).value(term)) / laws.STEP)

    def _bound(self, name: str, value: Any) -> Any:
        if name == "shape":
            return tuple(self.lengths.get(dim, dim) for dim in value)
        return float(value) if name == "correction" else value

    # --- index notation -----------------------------------------------------------------------------

    def entries(self, term: Term) -> Array:
        """A scalar term at every place of the letters."""
        match term:
            case Index():
                return self._running(term)
            case Entry():
                return _picked(np.asarray(self.value(term.base)), tuple(map(self._place, term.indices)))
            case Summation():
                sizes = [int(self.value(length)) for length in term.lengths]
                inner = self.over([letter.name for letter in term.indices], sizes)
                rank, count = len(self.sizes), len(sizes)
                body = inner.entries(term.body)
                full = np.broadcast_to(body, (*np.shape(body)[:rank], *sizes))
                return full.sum(axis=tuple(range(rank, rank + count)))
            case Partial() if self.lets or not _is_name(term.of) or _name(term.of) == _name(term.wrt[0]):
                return self._local_derivative(term)
            case Partial():
                return self._derivative(term)
            case Apply(op="call"):
                arguments = tuple(map(self.entries, term.args))
                return laws.unknown(term.param("function"), arguments, term.param("orders"))
            case Apply() if term.op in laws.ENTRYWISE or _is_pointwise(term):
                return self._applied(term, [self.entries(part) for part in term.args])
            case Apply(op="delta"):
                a, b = (self._place(index) for index in term.args)
                return np.equal(a, b).astype(float)
        whole = self.value(term)
        assert np.ndim(whole) == 0, f"{type(term).__name__} is no scalar"
        return whole.reshape([1] * len(self.sizes))

    def _running(self, letter: Index) -> Array:
        axis = self.letters[letter.name]
        shape = [1] * len(self.sizes)
        shape[axis] = self.sizes[axis]
        return np.arange(self.sizes[axis]).reshape(shape)

    def _place(self, index: Term) -> Array:
        """The place that an index names; it may be computed from letters (n - 1 - i) and lengths."""
        return np.rint(self.entries(index)).astype(int)

    def _derivative(self, term: Partial) -> Array:
        """∂out/∂y of names: what is defined after y follows, unless another meaning was given."""
        assert len(term.wrt) == 1, "only first derivatives have names"
        (of, of_place), (wrt, wrt_place) = self._named(term.of), self._named(term.wrt[0])
        if self.derivative is not None:
            whole = self.derivative(of, wrt)
        else:
            whole = oracle.jacobian(self.text, of, wrt, self.inputs, self.lengths)
        if not of_place and not wrt_place:
            return np.asarray(whole).reshape([1] * len(self.sizes)) if not np.ndim(whole) else whole
        return _picked(whole, (*of_place, *wrt_place))

    def _local_derivative(self, term: Partial) -> Array:
        """∂(expression)/∂(entry), by an imaginary step in that entry while all other names stand still."""
        (leaf,) = term.wrt
        name, places = self._named(leaf)
        base = np.asarray(self.arrays[name])
        total: Any = 0.0
        for place in np.ndindex(*base.shape):
            moved = base.astype(complex)
            moved[place] += 1j * laws.STEP
            slope = np.imag(self.with_arrays(**{name: moved}).entries(term.of)) / laws.STEP
            here: Any = 1.0
            for a, b in zip(places, place, strict=True):
                here = here * np.equal(a, b)
            total = total + slope * here
        return np.asarray(total)

    def _named(self, term: Term) -> tuple[str, tuple[Array, ...]]:
        if isinstance(term, Entry):
            assert isinstance(term.base, Symbol)
            return term.base.name, tuple(map(self._place, term.indices))
        assert isinstance(term, Symbol)
        return term.name, ()


def _picked(array: Array, places: Sequence[Array]) -> Array:
    """Entries; where a place lies outside of the array, a delta or a condition beside it says 0."""
    return array[tuple(np.clip(k, 0, n - 1) for k, n in zip(places, array.shape, strict=True))]


def _is_name(term: Term) -> bool:
    return isinstance(term, Symbol) or (isinstance(term, Entry) and isinstance(term.base, Symbol))


def _name(term: Term) -> Term:
    return term.base if isinstance(term, Entry) else term


def _is_pointwise(term: Apply) -> bool:
    return type(TABLE.get(term.op)).__name__ == "Pointwise"


def tensor(world: World, term: Term, letters: Sequence[Term], shape: Shape) -> tuple[Array, Array]:
    """The tensor whose entry at ``letters`` is ``term``, and where these letters reach.

    A letter may occur twice (a diagonal, as long as the shorter axis) and an axis of length 1 may have the
    number 0; entries that no choice of the letters reaches are 0.
    """
    concrete = tuple(world.lengths[dim] if isinstance(dim, str) else dim for dim in shape)
    sizes: dict[str, int] = {}
    for letter, length in zip(letters, concrete, strict=True):
        if isinstance(letter, Index):
            sizes[letter.name] = min(length, sizes.get(letter.name, length))
    inner = world.over([*sizes], [*sizes.values()])
    places = tuple(np.broadcast_to(inner._place(letter), inner.sizes) for letter in letters)
    found = np.broadcast_to(inner.entries(term), inner.sizes)
    out, reached = np.zeros(concrete, dtype=found.dtype), np.zeros(concrete, dtype=bool)
    out[places], reached[places] = found, True
    return out, reached


def indices(term: Term) -> tuple[Term, ...]:
    """The letters of an entry; none for a name."""
    return term.indices if isinstance(term, Entry) else ()
