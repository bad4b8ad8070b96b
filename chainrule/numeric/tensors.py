"""A dense tensor in plain Python: a flat list in row-major order, and a shape."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from chainrule.shapes import entries as count_entries


class Tensor(NamedTuple):
    """Entries in row-major order and their shape; ``()`` is the shape of a number.

    What an entry is depends on the arithmetic: a Fraction, a float, an mpf, a Term for a written
    constant, … A tensor that came from NumPy may keep its flat float64 array as ``entries``.
    """

    entries: Sequence[Any]
    shape: tuple[int, ...]

    def at(self, *index: int) -> Any:
        """The entry at ``index``."""
        place = 0
        for position, length in zip(index, self.shape, strict=True):
            place = place * length + position
        return self.entries[place]

    def map(self, function: Callable[[Any], Any]) -> Tensor:
        """The tensor of ``function`` of each entry."""
        return Tensor([function(entry) for entry in plain(self.entries)], self.shape)

    def nested(self) -> Any:
        """The entries as nested lists; a number by itself where the shape is ``()``."""
        level: list[Any] = plain(self.entries)
        for length in reversed(self.shape[1:]):
            level = [level[k : k + length] for k in range(0, len(level), length)]
        return level if self.shape else level[0]


def plain(entries: Sequence[Any]) -> list[Any]:
    """The entries as a list of Python objects, also where they are a flat NumPy array."""
    if isinstance(entries, list):
        return entries
    as_list = getattr(entries, "tolist", None)
    return list(entries) if as_list is None else list(as_list())


def filled(entry: Any, shape: tuple[int, ...]) -> Tensor:
    """The tensor whose every entry is ``entry``."""
    return Tensor([entry] * count_entries(shape), shape)


def strides(shape: Sequence[int]) -> list[int]:
    """How far apart, in the flat list, neighbours along each axis are."""
    steps = [1] * len(shape)
    for k in range(len(shape) - 1, 0, -1):
        steps[k - 1] = steps[k] * shape[k]
    return steps


def steps_along(shape: Sequence[int], axes: Sequence[int | None], first: int, stop: int) -> tuple[int, ...]:
    """How far each of the running indices ``first`` to ``stop`` moves in a tensor read along ``axes``."""
    out = [0] * (stop - first)
    for step, label in zip(strides(shape), axes, strict=True):
        if label is not None and first <= label < stop:
            out[label - first] += step
    return tuple(out)


@lru_cache(maxsize=256)
def offsets(lengths: tuple[int, ...], steps: tuple[int, ...]) -> tuple[int, ...]:
    """Where each entry of an index space (row-major) lies in a flat list walked with ``steps``."""
    out = [0]
    for length, step in zip(lengths, steps, strict=True):
        out = [start + k * step for start in out for k in range(length)]
    return tuple(out)
