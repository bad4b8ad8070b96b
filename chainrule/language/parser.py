"""Tokens to the syntax tree, by recursive descent with one level for each precedence.

::

    program    = [statement] {(";" | line end) [statement]}
    statement  = name "=" (value | "@" path)
               | name "(" name {"," name} ")" "=" expression
               | name ":" (shape | word) {[","] (shape | word)}
               | "implicit" name ":" expression ["=" expression]
               | value
    shape      = "[" [dim {"," dim} [","]] "]"                dim: a whole number from 1, or a name
    value      = list | expression
    list       = "[" [value {"," value} [","]] "]"

    expression = term {("+" | "-") term}
    term       = factor {("*" | "/" | "@") factor | factor}   the last: an implicit product, see below
    factor     = ("-" | "+") factor | primary ["**" factor | superscript]
    primary    = (number | name [call] | "(" expression ")" | "|" expression "|")
                 {"." name [call] | "[" item {"," item} [","] "]"}

    call       = "(" [argument {"," argument}] {"," name "=" argument} [","] ")"
    argument   = list | tuple | condition | expression | text | "True" | "False" | "None"
    condition  = expression relation expression | "(" condition ")"
    tuple      = "(" ")" | "(" argument "," [argument {"," argument} [","]] ")"
    item       = whole | [whole] ":" [whole] [":" [whole]] | "..." | "None"

An implicit product is a number with a name, a bracket or a bar after it. It stands at the start of a term
(its number may have signs) or after ``*``; elsewhere it is refused, because ``1/2x`` is read both ways.

A bar closes the innermost bar that is still open; where an operand is due it opens a new one.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from chainrule.language import complaints, refusals
from chainrule.language.expressions import ExpressionParser
from chainrule.language.lexer import Clause, clauses
from chainrule.language.place import Place
from chainrule.language.syntax import (
    Bare,
    Declaration,
    Definition,
    FileValue,
    Name,
    Node,
    Number,
    Program,
    Shape,
    Statement,
    Sum,
)
from chainrule.source import Source, Span

MAX_TEXT = 16 * 1024 * 1024
"""The longest source, in characters."""


def parse_program(source: Source) -> Program:
    """The statements of ``source``, of a program or of values.

    Raises :class:`ChainRuleError`: ``syntax`` for what is not in the language, ``value`` for numbers out of
    range, ``budget`` for texts over ``MAX_TEXT`` and expressions nested deeper than ``MAX_NESTING``.
    """
    _check_length(source)
    parser = _Parser(source)
    with _collection_paused():
        statements = tuple(parser.statement(clause) for clause in clauses(source))
    if not statements:
        complaints.empty(source)
    return Program(statements, source)


def parse_expression(source: Source) -> Node:
    """The one expression (or list) that ``source`` consists of; raises like :func:`parse_program`."""
    _check_length(source)
    found = clauses(source)
    clause = next(found, None)
    if clause is None:
        complaints.empty(source)
    node = _Parser(source).whole_value(clause)
    surplus = next(found, None)
    if surplus is not None:
        complaints.second_expression(Place(source, surplus, 0))
    return node


@contextmanager
def _collection_paused() -> Iterator[None]:
    """No garbage collection: a tree has no cycles, and walking it again and again takes half of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _check_length(source: Source) -> None:
    if len(source.text) > MAX_TEXT:
        complaints.too_long(len(source.text), MAX_TEXT)


class _Parser(ExpressionParser):
    """Reads statements."""

    __slots__ = ()

    def statement(self, clause: Clause) -> Statement:
        self.begin(clause)
        first, second = self.tokens[0].kind, self.tokens[1].kind
        if first == "name":
            if second == "=" or second == "file":
                return self.definition(None)
            if second == ":":
                return self.declaration()
            if second == "name" and self.tokens[0].text == "implicit" and self.tokens[2].kind == ":":
                return self.equation()
            if second == "(":
                stop = self.parameters_end()
                if stop:
                    return self.definition(stop)
        value = self.value()
        if self.tokens[self.index].kind == "=":
            refusals.target(self.place(), value)
        self.finish()
        return Bare(value, self.span(0))

    def whole_value(self, clause: Clause) -> Node:
        self.begin(clause)
        node = self.value()
        self.finish()
        return node

    def definition(self, parameters_end: int | None) -> Definition:
        """A name, its parameters (up to the token ``parameters_end``) if it has any, and its value."""
        name = self.name()
        parameters: tuple[Name, ...] | None = None
        if parameters_end is not None:
            parameters = self.parameters(parameters_end)
        token = self.tokens[self.index]
        value: Node
        if token.kind == "file":
            if parameters is not None or not token.text:
                complaints.file(self.place())
            self.index += 1
            value = FileValue(token.text, Span(token.start, token.stop))
        else:
            self.index += 1
            value = self.value() if parameters is None else self.expression()
        self.finish()
        return Definition(name, parameters, value, self.span(0))

    def equation(self) -> Definition:
        """``implicit y : F`` or ``implicit y : left = right``, of which F is the difference."""
        self.index += 1
        name = self.name()
        self.index += 1
        value = self.expression()
        if self.tokens[self.index].kind == "=":
            sign = self.tokens[self.index]
            self.index += 1
            right = self.expression()
            span, minus = value.span.to(right.span), Span(sign.start, sign.stop)
            if isinstance(value, Sum):
                value = Sum((*value.terms, right), (*value.signs, -1), (*value.operators, minus), span)
            else:
                value = Sum((value, right), (1, -1), (minus,), span)
        self.finish()
        return Definition(name, None, value, self.span(0), implicit=True)

    def parameters_end(self) -> int:
        """The token after ``)`` in ``f(x, y) =``; 0 if the statement does not begin like that."""
        index, tokens = 2, self.tokens
        while tokens[index].kind == "name" or tokens[index].kind == ",":
            index += 1
        defines = tokens[index].kind == ")" and tokens[index + 1].kind in ("=", "file")
        return index + 1 if defines and index > 2 else 0

    def parameters(self, end: int) -> tuple[Name, ...]:
        self.index += 1
        found: dict[str, Name] = {}
        while self.index < end:
            if self.tokens[self.index].kind != "name":
                refusals.parameter(self.place())
            name = self.name()
            if name.name in found:
                refusals.repeated(self.place(), "parameter", found[name.name].span, name.span)
            found[name.name] = name
            if self.index < end - 1 and self.tokens[self.index].kind != ",":
                refusals.parameter(self.place())
            self.index += 1
        return tuple(found.values())

    def declaration(self) -> Declaration:
        name = self.name()
        self.index += 1
        shape: Shape | None = None
        words: list[Name] = []
        due = True  # whether a shape or a word must follow: at the start and after a comma
        while due or self.tokens[self.index].kind != "end":
            kind = self.tokens[self.index].kind
            if kind == "[":
                found = self.shape()
                if shape is not None:
                    refusals.repeated(self.place(), "shape", shape.span, found.span)
                shape, due = found, False
            elif kind == "name":
                words.append(self.name())
                due = False
            elif kind == "," and not due:
                self.index += 1
                due = True
            else:
                refusals.declaration(self.place())
        return Declaration(name, shape, tuple(words), self.span(0))

    def shape(self) -> Shape:
        first, outer = self.index, self.enter()
        dims: list[Number | Name] = []
        while self.tokens[self.index].kind != "]":
            token = self.tokens[self.index]
            if token.kind == "name":
                dims.append(self.name())
            elif token.kind == "number" and token.text.isdigit() and token.text.strip("0"):
                dims.append(self.number())
            else:
                refusals.dimension(self.place())
            if self.tokens[self.index].kind == ",":
                self.index += 1
            elif self.tokens[self.index].kind != "]":
                refusals.dimension(self.place())
        self.leave(outer)
        return Shape(tuple(dims), self.span(first))

    def finish(self) -> None:
        """The statement ends here, or the text is wrong here."""
        if self.tokens[self.index].kind != "end":
            self.complain()
