"""How a named rule is declared: the law, why it holds, and a program that uses it.

All of it is inert text. A law is an equation of the language between two formulas, in which a few more words
stand for what programs cannot say:

``d(u)``         du/dx, for a variable x that everything may depend on
``prime(f(u))``  f′(u), the slope of an unknown function
``part(z, u)``   ∂z/∂u
``back(u)``      ∂out/∂u, what comes back to u on the way from the output
``at(x, i, j)``  the entry x_ij
``over(i, u)``   Σ_i u, summed over i = 1 … n
``delta(i, j)``  1 where the indices agree, else 0
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Group = Literal["calculus", "tensors", "algebra"]


@dataclass(frozen=True, slots=True)
class Rule:
    """A named rule.

    title: as the heading of its page. laws: its equations. given: declarations for the letters in them
    that are no numbers. when: the condition under which it holds, in words. why: one plain sentence (no
    final stop). example: a program whose derivation uses it. paths: its picture: each a way through a
    program, in which formulas for nodes and for slopes of the arrows between them take turns. aliases: what
    it is called too. also: rules and operations to read about next.
    """

    name: str
    title: str
    group: Group
    laws: tuple[str, ...]
    why: str
    example: str
    given: str = ""
    when: str = ""
    paths: tuple[tuple[str, ...], ...] = ()
    aliases: tuple[str, ...] = ()
    also: tuple[str, ...] = ()


def rule(name: str, group: Group, laws: str, why: str, **more: str) -> Rule:
    """A rule; laws are separated by ``;``, aliases and further names by commas, paths by ``|``."""
    paths = [tuple(map(str.strip, path.split(">"))) for path in more.pop("paths", "").split("|") if path]
    return Rule(
        name,
        more.pop("title", name[0].upper() + name[1:]),
        group,
        tuple(map(str.strip, laws.split(";"))),
        why,
        paths=tuple(paths),
        aliases=_listed(more.pop("aliases", "")),
        also=_listed(more.pop("also", "")),
        **more,
    )


def _listed(names: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in names.split(",") if name.strip())
