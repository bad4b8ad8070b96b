"""Expressions: one method for each line of the grammar in :mod:`chainrule.language.parser`."""

from __future__ import annotations

from fractions import Fraction

from chainrule.language import complaints, refusals
from chainrule.language.cursor import Cursor
from chainrule.language.lexer import RELATIONS
from chainrule.language.syntax import (
    Bars,
    Call,
    Comparison,
    Dots,
    Index,
    Item,
    Keyword,
    ListLiteral,
    MatrixProduct,
    Method,
    Negation,
    Node,
    Nothing,
    Number,
    Power,
    Product,
    Quotient,
    Slice,
    Subscript,
    Sum,
    Text,
    Truth,
    TupleLiteral,
)
from chainrule.shapes import Dim, plus, times
from chainrule.source import Span

_ONLY_ARGUMENTS = (Comparison, ListLiteral, Text, Truth, Nothing, TupleLiteral)


class ExpressionParser(Cursor):
    """Reads expressions and the literals that may stand in their place."""

    __slots__ = ()

    # --- operators, loosest first -----------------------------------------------------------------

    def value(self) -> Node:
        return self.list_literal() if self.tokens[self.index].kind == "[" else self.expression()

    def list_literal(self) -> ListLiteral:
        first, outer = self.index, self.enter()
        items: list[Node] = []
        height = 0
        while self.tokens[self.index].kind != "]":
            items.append(self.value())
            height = max(height, self.height)
            if self.tokens[self.index].kind == ",":
                self.index += 1
            elif self.tokens[self.index].kind != "]":
                self.complain()
        self.leave(outer)
        self.grow(height)
        return ListLiteral(tuple(items), self.span(first))

    def expression(self) -> Node:
        first, tokens = self.index, self.tokens
        node = self.term()
        kind = tokens[self.index].kind
        if kind != "+" and kind != "-":
            return node
        terms, signs, height = [node], [1], self.height
        operators: list[Span] = []
        while kind == "+" or kind == "-":
            token = tokens[self.index]
            operators.append(Span(token.start, token.stop))
            signs.append(1 if kind == "+" else -1)
            self.index += 1
            terms.append(self.term())
            height = max(height, self.height)
            kind = tokens[self.index].kind
        self.grow(height)
        return Sum(tuple(terms), tuple(signs), tuple(operators), self.span(first))

    def term(self) -> Node:
        first, tokens = self.index, self.tokens
        start = first
        last = "*"
        factors, height = [self.factor()], self.height
        operators: list[Span] = []
        while True:
            token = tokens[self.index]
            kind = token.kind
            if kind == "*" or kind == "/" or kind == "@":
                self.index += 1
                operator = Span(token.start, token.stop)
            elif tokens[self.index - 1].kind == "number" and self.juxtaposed(factors[-1], last, start):
                kind = "*"
                operator = Span(token.start, token.start)
            else:
                return self.product(factors, operators, height, first)
            last, start = kind, self.index
            if kind == "*":
                operators.append(operator)
                factors.append(self.factor())
                height = max(height, self.height)
                continue
            left = self.product(factors, operators, height, first, start - 1)
            height = self.height
            right = self.factor()
            height = self.grow(max(height, self.height))
            span = self.span(first)
            if kind == "/":
                factors = [Quotient(left, right, operator, span)]
            else:
                factors = [MatrixProduct(left, right, operator, span)]
            operators = []

    def product(
        self, factors: list[Node], operators: list[Span], height: int, first: int, stop: int | None = None
    ) -> Node:
        """The product of ``factors``, which end before the token ``stop`` (or here)."""
        self.height = height
        if not operators:
            return factors[0]
        self.grow(height)
        last = self.tokens[(self.index if stop is None else stop) - 1]
        return Product(tuple(factors), tuple(operators), Span(self.tokens[first].start, last.stop))

    def juxtaposed(self, factor: Node, operator: str, start: int) -> bool:
        """Whether the number just read multiplies what follows; refused where two readings are possible.

        ``factor`` began at token ``start``, after ``operator``.
        """
        token = self.tokens[self.index]
        if token.kind == "|":
            if self.opening is not None and self.opening.kind == "|":
                return False
        elif token.kind != "name" and token.kind != "(":
            return False
        while isinstance(factor, Negation):
            factor = factor.operand
        if operator != "*" or not isinstance(factor, Number):
            refusals.ambiguous_product(self.place(), start)
        if factor.text.endswith("."):
            refusals.point_before_product(self.place())
        return True

    def factor(self) -> Node:
        first = self.index
        token = self.tokens[first]
        if token.kind == "-" or token.kind == "+":
            self.descend()
            self.index += 1
            operand = self.factor()
            self.depth -= 1
            if token.kind == "+":
                return operand
            self.grow(self.height)
            return Negation(operand, self.span(first))
        base = self.primary()
        token = self.tokens[self.index]
        if token.kind == "**":
            height = self.height
            self.descend()
            self.index += 1
            exponent = self.factor()
            self.depth -= 1
            self.grow(max(height, self.height))
            return Power(base, exponent, Span(token.start, token.stop), self.span(first))
        if token.kind == "superscript":
            return self.superscript(base, first)
        return base

    def superscript(self, base: Node, first: int) -> Node:
        token = self.tokens[self.index]
        span = Span(token.start, token.stop)
        digits = token.text.removeprefix("-")
        exponent: Node = Number(self.exact(digits), digits, False, span)
        if token.text != digits:
            exponent = Negation(exponent, span)
        self.index += 1
        if self.tokens[self.index].kind in ("**", "superscript", ".", "["):
            refusals.after_superscript(self.place(), first)
        self.grow(max(self.height, 2))
        return Power(base, exponent, span, self.span(first))

    def primary(self) -> Node:
        first, tokens = self.index, self.tokens
        kind = tokens[first].kind
        node: Node
        if kind == "name":
            node = self.name()
            self.height = 1
            if tokens[self.index].kind == "(":
                arguments, keywords = self.arguments()
                node = Call(node, arguments, keywords, self.span(first))
        elif kind == "number":
            node = self.number()
            self.height = 1
            if tokens[self.index].kind == "." or tokens[self.index].kind == "[":
                refusals.part_of_number(self.place())
        elif kind == "(":
            node = self.bracket()
        elif kind == "|":
            node = self.bars()
        else:
            complaints.operand(self.place())
        while True:
            kind = tokens[self.index].kind
            if kind == ".":
                node = self.method(node, first)
            elif kind == "[":
                node = self.subscript(node, first)
            else:
                return node

    def bracket(self) -> Node:
        """A bracketed expression; at the start of an argument also a condition or a tuple."""
        first, tokens = self.index, self.tokens
        is_argument = self.argument == first
        outer = self.enter()
        items: list[Node] = []
        height = 0
        has_comma = False
        while tokens[self.index].kind != ")":
            items.append(self.read_argument() if is_argument else self.expression())
            height = max(height, self.height)
            kind = tokens[self.index].kind
            if kind == "," and is_argument:
                has_comma = True
                self.index += 1
            elif kind != ")":
                self.complain()
        if not items and not is_argument:
            complaints.operand(self.place())
        self.leave(outer)
        if len(items) == 1 and not has_comma:
            node = items[0]
        else:
            node = TupleLiteral(tuple(items), self.span(first))
            self.grow(height)
        if isinstance(node, _ONLY_ARGUMENTS) and tokens[self.index].kind not in (",", ")"):
            refusals.not_an_operand(self.place(), node)
        return node

    def bars(self) -> Node:
        first = self.index
        outer = self.enter()
        operand = self.expression()
        if self.tokens[self.index].kind != "|":
            self.complain()
        closing = self.tokens[self.index]
        self.leave(outer)
        self.grow(self.height)
        if isinstance(operand, Bars) and operand.span == (self.tokens[first].stop, closing.start):
            refusals.double_bars(self.place(), self.span(first), operand.span)
        return Bars(operand, self.span(first))

    # --- calls, attributes, subscripts ------------------------------------------------------------

    def arguments(self) -> tuple[tuple[Node, ...], tuple[Keyword, ...]]:
        tokens = self.tokens
        outer = self.enter()
        arguments: list[Node] = []
        keywords: dict[str, Keyword] = {}
        height = 0
        while tokens[self.index].kind != ")":
            first = self.index
            if tokens[first].kind == "name" and tokens[first + 1].kind == "=":
                name = self.name()
                self.index += 1
                keyword = Keyword(name, self.read_argument(), self.span(first))
                if name.name in keywords:
                    refusals.repeated(self.place(), "keyword", keywords[name.name].name.span, name.span)
                keywords[name.name] = keyword
            else:
                arguments.append(self.read_argument())
                if keywords:
                    last = next(reversed(keywords.values()))
                    refusals.positional_after_keyword(self.place(), last.span, self.span(first))
            height = max(height, self.height)
            kind = tokens[self.index].kind
            if kind == ",":
                self.index += 1
            elif kind != ")":
                self.complain()
        self.leave(outer)
        self.grow(height)
        return tuple(arguments), tuple(keywords.values())

    def read_argument(self) -> Node:
        first = self.index
        token = self.tokens[first]
        kind, span = token.kind, Span(token.start, token.stop)
        if kind == "[":
            return self.list_literal()
        if kind == "text" or kind == "keyword":
            self.height = 1
            self.index += 1
            if kind == "text":
                return Text(token.text, span)
            if token.text == "True" or token.text == "False":
                return Truth(token.text == "True", span)
            if token.text == "None":
                return Nothing(span)
            self.index -= 1
        self.argument = first
        node = self.expression()
        relation = self.tokens[self.index].kind
        if relation not in RELATIONS:
            return node
        if isinstance(node, _ONLY_ARGUMENTS):
            refusals.not_an_operand(self.place(), node)
        height = self.height
        self.index += 1
        right = self.expression()
        self.grow(max(height, self.height))
        return Comparison(relation, node, right, self.span(first))

    def method(self, base: Node, first: int) -> Node:
        height = self.height
        self.index += 1
        if self.tokens[self.index].kind != "name":
            refusals.attribute(self.place())
        name = self.name()
        called = self.tokens[self.index].kind == "("
        arguments, keywords = self.arguments() if called else ((), ())
        self.grow(max(height, self.height if called else 0))
        return Method(base, name, arguments, keywords, called, self.span(first))

    def subscript(self, base: Node, first: int) -> Node:
        height = self.height
        outer = self.enter()
        items = [self.item()]
        while self.tokens[self.index].kind == ",":
            self.index += 1
            if self.tokens[self.index].kind == "]":
                break
            items.append(self.item())
            if isinstance(items[-1], Dots) and sum(isinstance(item, Dots) for item in items) > 1:
                earlier = next(item for item in items if isinstance(item, Dots))
                refusals.repeated(self.place(), "`...`", earlier.span, items[-1].span)
        if self.tokens[self.index].kind != "]":
            refusals.index(self.place())
        self.leave(outer)
        self.grow(height)
        return Subscript(base, tuple(items), self.span(first))

    def item(self) -> Item:
        first = self.index
        token = self.tokens[first]
        span = Span(token.start, token.stop)
        if token.kind == "..." or (token.kind == "keyword" and token.text == "None"):
            self.index += 1
            return Dots(span) if token.kind == "..." else Nothing(span)
        if token.kind == "[":
            return self.index_list()
        bounds = [self.bound()]
        while self.tokens[self.index].kind == ":" and len(bounds) < 3:
            self.index += 1
            bounds.append(self.bound() if len(bounds) < 2 else self.whole())
        if self.tokens[self.index].kind not in (",", "]"):
            refusals.index(self.place())
        span = self.span(first)
        if len(bounds) > 1:
            start, stop, step = (*bounds, None)[:3]
            assert not isinstance(step, str)
            if step == 0:
                refusals.zero_step(self.place(), span)
            return Slice(start, stop, step, span)
        if bounds[0] is None or isinstance(bounds[0], str):
            refusals.index(self.place())
        return Index(bounds[0], span)

    def index_list(self) -> ListLiteral:
        """``[0, 2, -1]`` or ``[True, False]`` in a subscript."""
        first, outer = self.index, self.enter()
        items: list[Node] = []
        while self.tokens[self.index].kind != "]":
            token = self.tokens[self.index]
            if token.kind == "keyword" and token.text in ("True", "False"):
                self.index += 1
                items.append(Truth(token.text == "True", self.span(self.index - 1)))
            else:
                value = self.whole()
                if value is None:
                    refusals.index(self.place())
                items.append(Number(Fraction(value), str(value), False, self.span(self.index - 1)))
            if self.tokens[self.index].kind == ",":
                self.index += 1
            elif self.tokens[self.index].kind != "]":
                refusals.index(self.place())
        self.leave(outer)
        return ListLiteral(tuple(items), self.span(first))

    def bound(self) -> Dim | None:
        """A bound of a slice: a whole number with its sign, or a length such as ``m`` or ``2*m + n - 1``."""
        first, tokens = self.index, self.tokens
        multiple = tokens[first].kind == "number" and tokens[first + 1].kind == "*"
        if tokens[first].kind != "name" and not multiple:
            return self.whole()
        addends = [self.length_product()]
        while tokens[self.index].kind in ("+", "-") and addends[-1] is not None:
            negative = tokens[self.index].kind == "-"
            self.index += 1
            addend = self.length_product()
            addends.append(-addend if negative and isinstance(addend, int) else None if negative else addend)
        found = [addend for addend in addends if addend is not None]
        is_slice = tokens[self.index].kind == ":" or tokens[first - 1].kind == ":"
        if len(found) < len(addends) or not is_slice:
            self.index = first
            refusals.index(self.place())
        return plus(found)

    def length_product(self) -> Dim | None:
        """A product of names and whole numbers, or None if none stands here."""
        factors: list[Dim] = []
        while True:
            token = self.tokens[self.index]
            if token.kind != "name" and not token.text.isdigit():
                return None
            self.index += 1
            factors.append(token.text if token.kind == "name" else int(token.text))
            if self.tokens[self.index].kind != "*":
                return times(factors)
            self.index += 1

    def whole(self) -> int | None:
        """The whole number that stands here with its sign, or None if none does."""
        token = self.tokens[self.index]
        sign = 1
        if token.kind == "-" or token.kind == "+":
            sign = 1 if token.kind == "+" else -1
            self.index += 1
            token = self.tokens[self.index]
        elif token.kind != "number":
            return None
        if token.kind != "number" or not token.text.isdigit():
            refusals.index(self.place())
        return sign * int(self.number().value)
