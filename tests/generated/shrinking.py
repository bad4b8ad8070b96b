"""Smaller programs that fail in the same way: statements left out, parts in the place of wholes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from chainrule.diagnostics import ChainRuleError
from chainrule.language import syntax
from chainrule.language.parser import parse_expression
from chainrule.language.scope import parts
from chainrule.source import Source
from tests.generated.programs import Program

_MOST_TRIES = 150


def shrunk(program: Program, fails: Callable[[Program], bool]) -> Program:
    """The smallest program that was found on the way down and still ``fails``."""
    tries = 0
    while True:
        for smaller in sorted(_smaller(program), key=lambda one: len(one.text)):
            tries += 1
            if tries > _MOST_TRIES:
                return program
            if len(smaller.text) < len(program.text) and fails(smaller):
                program = smaller
                break
        else:
            return program


def _smaller(program: Program) -> Iterator[Program]:
    for k, (name, right) in enumerate(program.statements):
        rest = (*program.statements[:k], *program.statements[k + 1 :])
        read = {word for _, other in rest for word in re.findall(r"\w+", other)}
        if rest and name not in read:
            yield _pruned(replace(program, statements=rest))
        for text in _reduced(right):
            statements = (*program.statements[:k], (name, text), *program.statements[k + 1 :])
            yield _pruned(replace(program, statements=statements))


def _reduced(right: str) -> Iterator[str]:
    """The expression with one part in the place of what it is a part of."""
    root = parse_expression(Source(right))
    stack: list[syntax.Node] = [root]
    while stack:
        node = stack.pop()
        stack.extend(parts(node))
        for part in parts(node):
            for inner in (part, *parts(part)):
                piece = right[inner.span.start : inner.span.stop]
                text = f"{right[: node.span.start]}({piece}){right[node.span.stop :]}"
                try:
                    parse_expression(Source(text))
                except ChainRuleError:
                    continue
                yield text if node is not root else piece


def _pruned(program: Program) -> Program:
    """Without inputs that nothing reads."""
    read = set(re.findall(r"\w+", " ".join(right for _, right in program.statements)))
    return replace(
        program,
        declarations=tuple(text for text in program.declarations if text.partition(" :")[0] in read),
        exact={name: value for name, value in program.exact.items() if name in read},
        values={name: value for name, value in program.values.items() if name in read},
    )
