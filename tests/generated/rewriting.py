"""The same program said otherwise: other names, fewer statements, more statements, more brackets."""

from __future__ import annotations

import re
from dataclasses import replace
from random import Random

from chainrule.language import syntax
from chainrule.language.parser import parse_expression
from chainrule.language.scope import names_in, parts
from chainrule.source import Source
from tests.generated.programs import Program

_WHOLE = (
    syntax.Comparison,
    syntax.ListLiteral,
    syntax.TupleLiteral,
    syntax.Text,
    syntax.Truth,
    syntax.Nothing,
)


def with_other_names(program: Program) -> Program:
    """Every name replaced by one that sorts elsewhere and prints otherwise."""
    names = [*program.values, *(name for name, _ in program.statements)]
    return program.renamed(
        {name: f"b_{len(names) - k}" if k % 2 else f"Q{k}" for k, name in enumerate(names)}
    )


def inlined(program: Program, random: Random) -> Program:
    """One statement written out wherever its name stands."""
    if len(program.statements) < 2:
        return program
    k = random.randrange(len(program.statements) - 1)
    name, right = program.statements[k]
    later = [
        (n, re.sub(rf"(?<!\.)\b{name}\b", lambda _: f"({right})", r)) for n, r in program.statements[k + 1 :]
    ]
    return replace(program, statements=(*program.statements[:k], *later))


def split(program: Program, random: Random) -> Program:
    """A part of one statement under a name of its own."""
    k = random.randrange(len(program.statements))
    name, right = program.statements[k]
    found = _part(right, random)
    if found is None:
        return program
    start, stop = found
    changed = f"{right[:start]}part{right[stop:]}"
    pair = (("part", right[start:stop]), (name, changed))
    return replace(program, statements=(*program.statements[:k], *pair, *program.statements[k + 1 :]))


def bracketed(program: Program, random: Random) -> Program:
    """A few more brackets that change nothing."""
    statements = []
    for name, right in program.statements:
        for _ in range(2):
            found = _part(right, random)
            if found is not None:
                start, stop = found
                right = f"{right[:start]}({right[start:stop]}){right[stop:]}"  # noqa: PLW2901  grows bracket by bracket
        statements.append((name, f"({right})"))
    return replace(program, statements=tuple(statements))


def spread(program: Program) -> str:
    """The program on lines of its own, with comments, blanks and carriage returns."""
    lines = program.text.split("; ")
    return "\n\n".join(f"  {line}   # line {k}\r" for k, line in enumerate(lines)) + "\n"


def _part(right: str, random: Random) -> tuple[int, int] | None:
    """Where a sub-expression stands that reads a name and may stand alone."""
    root = parse_expression(Source(right))
    stack = [*parts(root)]
    found = []
    while stack:
        top = stack.pop()
        stack.extend(parts(top))
        if not isinstance(top, _WHOLE) and any(name.name not in ("pi", "e") for name in names_in(top)):
            found.append((top.span.start, top.span.stop))
    return random.choice(sorted(found)) if found else None
