"""The ways along which an input reaches the output: counted all, listed a few."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MAX_LISTED = 20


@dataclass(frozen=True, slots=True)
class Paths:
    """The dependency graph of names, seen from its output.

    ``consumers`` lists for each name the names that use it, in order of definition; ``counts`` how many
    ways lead from it to the output.
    """

    output: str
    consumers: Mapping[str, Sequence[str]]
    counts: Mapping[str, int]

    @staticmethod
    def to(output: str, depends_on: dict[str, tuple[str, ...]]) -> Paths:
        """The paths to ``output``; ``depends_on`` lists the names of statements in order of definition."""
        consumers: dict[str, list[str]] = {}
        for name, sources in depends_on.items():
            for source in sources:
                consumers.setdefault(source, []).append(name)
        counts: dict[str, int] = {output: 1}
        for name in reversed(depends_on):
            here = counts.get(name, 0)
            for source in depends_on[name] if here else ():
                counts[source] = counts.get(source, 0) + here
        kept = {name: [user for user in users if user in counts] for name, users in consumers.items()}
        return Paths(output, kept, counts)

    def count(self, name: str) -> int:
        """How many ways lead from ``name`` to the output."""
        return self.counts.get(name, 0)

    def is_direct(self, name: str) -> bool:
        """Whether the output itself reads ``name``."""
        return self.output in self.consumers.get(name, ())

    def listed(self, name: str, most: int = MAX_LISTED) -> tuple[tuple[str, ...], ...]:
        """The first few ways from ``name``, those through earlier statements first."""
        if not self.count(name):
            return ()
        found: list[tuple[str, ...]] = []
        trail = [name]
        choices = [iter(self._next(name))]
        while choices and len(found) < most:
            step = next(choices[-1], None)
            if trail[-1] == self.output or step is None:
                if trail[-1] == self.output:
                    found.append(tuple(trail))
                choices.pop()
                trail.pop()
            else:
                trail.append(step)
                choices.append(iter(self._next(step)))
        return tuple(found)

    def _next(self, name: str) -> Sequence[str]:
        return () if name == self.output else self.consumers.get(name, ())
