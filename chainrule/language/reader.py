"""One expression into the graph: its written term and its kernel grow side by side.

The elementwise part of a statement becomes one node. While it is read, it is a kernel over numbered
reads (the nodes met so far); only what is not elementwise, or the end of the statement, makes a node.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NoReturn

from chainrule.algebra import tidy
from chainrule.diagnostics import Label, fail
from chainrule.graph import Graph
from chainrule.language import syntax
from chainrule.ops import SPELLINGS
from chainrule.shapes import Shape, ShapeClash, broadcast, show
from chainrule.source import Source, Span
from chainrule.terms import (
    COMPARISONS,
    Apply,
    Constant,
    Length,
    Number,
    Slot,
    Symbol,
    Term,
    slot,
    slots,
    substitute,
)

_COMPARISON_NAMES = {sign: name for name, sign in COMPARISONS.items()}
Called = syntax.Call | syntax.Method | syntax.Subscript


@dataclass(frozen=True, slots=True)
class Value:
    """A read expression: as written, as a kernel over the statement's reads, and its shape."""

    term: Term
    kernel: Term
    shape: Shape


class Reader:
    """Reads the expressions of one source into a graph.

    nodes: the node of each variable in sight; lengths: the symbolic lengths; literals: names that stand
    for literal keyword values. ``call`` builds the calls of operations.
    """

    def __init__(
        self,
        graph: Graph,
        source: Source,
        nodes: Mapping[str, int],
        lengths: Mapping[str, Any],
        call: Callable[[Reader, Called], Value],
        literals: Mapping[str, Any] | None = None,
    ) -> None:
        self.graph = graph
        self.source = source
        self.nodes = nodes
        self.lengths = lengths
        self.literals: Mapping[str, Any] = literals or {}
        self.functions: Mapping[str, syntax.Definition] = {}
        self.abstract: dict[str, int] = {}
        self.abstract_names: Mapping[str, Span] = {}
        self.internal = False
        self._call = call
        self._bound: dict[str, Value] = {}
        self._outer_source = source
        self._place: Span | None = None
        self._reads: dict[int, int] = {}
        self._read_nodes: list[int] = []

    def statement(self, node: syntax.Node) -> tuple[int, Term, tuple[int, ...]]:
        """The node of a whole right side, its written term, and every node that was read for it."""
        self._reads, self._read_nodes = {}, []
        value = self.read(node)
        return self.materialise(value), value.term, tuple(self._read_nodes)

    def label(self, span: Span, text: str = "") -> Label:
        """A label into the source that is being read."""
        return Label(self.source, span, text)

    def outer_label(self, span: Span, text: str = "") -> Label:
        """A label into the source that uses what is being written out."""
        return Label(self._outer_source, span, text)

    def here(self) -> tuple[Label, ...]:
        """A label under the innermost call or subscript that is being read."""
        return (self.label(self._place),) if self._place is not None else ()

    def with_bound(
        self,
        values: Mapping[str, Value],
        source: Source,
        read: Callable[[], Value],
        literals: Mapping[str, Any] | None = None,
    ) -> Value:
        """What ``read`` gives while names stand for ``values`` and spans point into ``source``.

        With ``literals`` it is a program of the op table, which knows its literal params and more words.
        """
        before = self._bound, self.source, self._outer_source, self.literals, self.internal
        names = self.nodes, self.functions, self.abstract_names
        self._bound, self._outer_source, self.source = dict(values), self.source, source
        if literals is not None:
            self.literals, self.internal = literals, True
            # A program of the op table means operations by their names, whatever the user calls so.
            self.nodes, self.functions, self.abstract_names = {}, {}, {}
        try:
            return read()
        finally:
            self._bound, self.source, self._outer_source, self.literals, self.internal = before
            self.nodes, self.functions, self.abstract_names = names

    def bind(self, name: str, value: Value) -> None:
        """Let ``name`` stand for ``value`` until the enclosing :meth:`with_bound` ends."""
        self._bound[name] = value

    # --- values and nodes ---------------------------------------------------------------------------

    def of_node(self, number: int, term: Term) -> Value:
        """A node as a value, called ``term``."""
        position = self._reads.get(number)
        if position is None:
            position = self._reads[number] = len(self._read_nodes)
            self._read_nodes.append(number)
        return Value(term, slot(position), self.graph.shape(number))

    def materialise(self, value: Value) -> int:
        """The node that computes ``value``."""
        if isinstance(value.kernel, Slot):
            return self._read_nodes[value.kernel.position]
        used = sorted(slots(value.kernel))
        if not used:
            return self.graph.constant(value.kernel, value.shape)
        table: dict[Term, Term] = {slot(old): slot(new) for new, old in enumerate(used) if old != new}
        return self.graph.pointwise(substitute(value.kernel, table), [self._read_nodes[k] for k in used])

    def pointwise(self, op: str, operands: list[tuple[Value, Span]], params: tuple[Any, ...] = ()) -> Value:
        """An elementwise operation on values, broadcast; a clash is shown under both operands."""
        shape: Shape = ()
        for position, (operand, _) in enumerate(operands):
            try:
                shape = broadcast((shape, operand.shape))
            except ShapeClash as clash:
                self._fail_broadcast(operands[:position], operands[position], clash)
        if self.internal and op in ("add", "mul"):
            short = _without_units(op, [value for value, _ in operands], shape)
            if short is not None:
                return short
        return Value(
            Apply(op, tuple(v.term for v, _ in operands), params),
            Apply(op, tuple(v.kernel for v, _ in operands), params),
            shape,
        )

    def _fail_broadcast(
        self, seen: list[tuple[Value, Span]], last: tuple[Value, Span], clash: ShapeClash
    ) -> NoReturn:
        for earlier in seen:
            try:
                broadcast((earlier[0].shape, last[0].shape))
            except ShapeClash as pair:
                self._fail_pair(earlier, last, pair)
        self._fail_pair(seen[-1], last, clash)

    def _fail_pair(self, a: tuple[Value, Span], b: tuple[Value, Span], clash: ShapeClash) -> NoReturn:
        where = {-1: "last", -2: "second to last"}.get(clash.axis, f"{-clash.axis}th from last")
        notes = [
            f"the {where} lengths are {clash.left} and {clash.right}; they must be equal, or one of them 1"
        ]
        if isinstance(clash.left, str) and isinstance(clash.right, str):
            notes.append("if the two lengths are always equal, declare them by the same name")
        fail(
            "shape",
            "these two shapes do not fit together",
            self.label(a[1], show(a[0].shape)),
            self.label(b[1], show(b[0].shape)),
            notes=notes,
        )

    # --- reading --------------------------------------------------------------------------------------

    def read(self, node: syntax.Node) -> Value:
        """The value of an expression.

        Raises:
            ChainRuleError: with labels into the source.
        """
        match node:
            case syntax.Number():
                return same(Number(node.value, node.decimal))
            case syntax.Name():
                return self._name(node)
            case syntax.Sum():
                return self._sum(node)
            case syntax.Product():
                return _hoist_sign(self.pointwise("mul", [(self.read(f), f.span) for f in node.factors]))
            case syntax.Quotient():
                return self._quotient(node)
            case syntax.Power():
                pair = (node.base, node.exponent)
                return self.pointwise("pow", [(self.read(part), part.span) for part in pair])
            case syntax.Negation():
                return _negated(self.read(node.operand))
            case syntax.Bars():
                return self.pointwise("abs", [(self.read(node.operand), node.operand.span)])
            case syntax.Comparison():
                pair = (node.left, node.right)
                op = _COMPARISON_NAMES[node.operator]
                return self.pointwise(op, [(self.read(part), part.span) for part in pair])
            case syntax.MatrixProduct():
                return self._matrix_product(node)
            case syntax.Call():
                return self._called(node)
            case syntax.Method() | syntax.Subscript():
                self._place = node.span
                return self._call(self, node)
        self._refuse(node)

    def _refuse(self, node: syntax.Node) -> NoReturn:
        what = {
            syntax.ListLiteral: "a list is data: it can be the whole right side of a definition",
            syntax.TupleLiteral: "a tuple can only be a keyword's value",
            syntax.Text: "a quoted word can only be a keyword's value",
            syntax.Truth: "True and False can only be a keyword's value",
            syntax.Nothing: "None can only be a keyword's value",
            syntax.FileValue: "a file is data: it can be the whole right side of a definition",
        }[type(node)]
        named = isinstance(node, (syntax.ListLiteral, syntax.FileValue))
        notes = ["give it a name in a statement of its own: v = [1, 2]; y = 3*v"] if named else []
        fail("type", what, self.label(node.span), notes=notes)

    def _name(self, node: syntax.Name) -> Value:
        name = node.name
        if name in self._bound:
            return self._bound[name]
        if name in self.nodes:
            return self.of_node(self.nodes[name], Symbol(name))
        if name in self.literals:
            literal = self.literals[name]
            if isinstance(literal, Term):
                return same(literal)
            # Options such as 1e-8 are for reading; 1/2 stays a fraction.
            value = Fraction(literal)
            return same(Number(value, set(str(value.denominator)[1:]) == {"0"}))
        if name in self.lengths:
            return same(Length(name))
        if name in ("pi", "e"):
            return same(Constant(name))
        if name == "inf":
            fail("value", "inf is not a value", self.label(node.span))
        fail("name", f"{name} is not known here", self.label(node.span))

    def _sum(self, node: syntax.Sum) -> Value:
        values: list[tuple[Value, Span]] = []
        for sign, term in zip(node.signs, node.terms, strict=True):
            value = self.read(term)
            if sign < 0:
                value = _signed(value)
            elif values and isinstance(value.kernel, Number) and value.kernel.value < 0:
                # x + -2 is meant as x - 2, and printed so.
                value = _signed(same(Number(-value.kernel.value, value.kernel.decimal)))
            values.append((value, term.span))
        return self.pointwise("add", values)

    def _quotient(self, node: syntax.Quotient) -> Value:
        top, bottom = self.read(node.numerator), self.read(node.denominator)
        if isinstance(top.kernel, Number) and isinstance(bottom.kernel, Number):
            value = _lowest_terms(top.kernel, bottom.kernel)
            if value is not None:
                return same(value)
        pair = [(top, node.numerator.span), (bottom, node.denominator.span)]
        return _hoist_sign(self.pointwise("div", pair))

    def _matrix_product(self, node: syntax.MatrixProduct) -> Value:
        """A @ B; a sign or numbers in front of it (2/n*X.T@r) are meant as a coefficient of the product."""
        left = node.left
        if isinstance(left, syntax.Negation):
            return _signed(self.read(_without(node, left.operand)))
        if isinstance(left, syntax.Product):
            front = [(self.read(factor), factor.span) for factor in left.factors[:-1]]
            if all(not value.shape for value, _ in front):
                product = self.read(_without(node, left.factors[-1]))
                return _hoist_sign(self.pointwise("mul", [*front, (product, node.span)]))
        word = syntax.Name("matmul", node.operator)
        return self._call(self, syntax.Call(word, (left, node.right), (), node.span))

    def read_operand(self, node: syntax.Node, parameter: str) -> Value:
        """The value of an argument; only ``condition`` may, and must, be a comparison.

        Raises:
            ChainRuleError: ``type``.
        """
        written = self.source.slice(node.span)
        compares = isinstance(node, syntax.Comparison)
        if parameter == "condition" and not compares and not self.internal:
            fail(
                "type",
                "the first argument of where is a comparison",
                self.label(node.span),
                suggestion=f"where({written} > 0, a, b)"[:80],
            )
        if parameter != "condition" and compares:
            fail(
                "type",
                "a comparison is a condition, not a number",
                self.label(node.span),
                suggestion=f"where({written}, 1, 0)"[:80],
            )
        return self.read(node)

    # --- calls ------------------------------------------------------------------------------------------

    def _called(self, node: syntax.Call) -> Value:
        name = node.function.name
        if name in self.nodes or name in self._bound:
            first = self.source.slice(node.arguments[0].span) if node.arguments else "..."
            fail(
                "type",
                f"{name} is a variable here, not a function",
                self.label(node.function.span),
                notes=["a product is written with *"],
                suggestion=f"{name}*({first})",
            )
        self._place = node.span
        if name in self.functions:
            return self._inline(node, self.functions[name])
        if name in self.abstract_names:
            return self._unknown_function(node)
        if SPELLINGS.get(name) == "matmul" and len(node.arguments) == 2 and not node.keywords:
            return self._matrix_product(syntax.MatrixProduct(*node.arguments, node.function.span, node.span))
        return self._call(self, node)

    def _inline(self, node: syntax.Call, function: syntax.Definition) -> Value:
        parameters = function.parameters or ()
        if len(node.arguments) != len(parameters) or node.keywords:
            takes = counted(len(parameters), "argument")
            fail(
                "arguments",
                f"{node.function.name} takes {takes}, not {len(node.arguments)}",
                self.label(node.span),
                self.label(function.name.span, "defined here"),
            )
        arguments = [self.read(argument) for argument in node.arguments]
        bound = {p.name: value for p, value in zip(parameters, arguments, strict=True)}
        return self.with_bound(bound, self.source, lambda: self.read(function.value))

    def _unknown_function(self, node: syntax.Call) -> Value:
        name = node.function.name
        if not node.arguments or node.keywords:
            fail("arguments", f"{name} needs an argument", self.label(node.span), suggestion=f"{name}(x)")
        arity = self.abstract.setdefault(name, len(node.arguments))
        if arity != len(node.arguments):
            before = counted(arity, "argument")
            fail(
                "arguments",
                f"{name} was used with {before} before, and has {len(node.arguments)} here",
                self.label(node.span),
            )
        operands = [(self.read(argument), argument.span) for argument in node.arguments]
        return self.pointwise("call", operands, (("function", name), ("orders", (0,) * arity)))


def _without(node: syntax.MatrixProduct, left: syntax.Node) -> syntax.MatrixProduct:
    """The matrix product with what stands in front of its left operand taken away."""
    return syntax.MatrixProduct(left, node.right, node.operator, left.span.to(node.span))


def same(term: Term) -> Value:
    """A scalar that is written as it is computed: a number, a constant, a length."""
    return Value(term, term, ())


def _without_units(op: str, values: list[Value], shape: Shape) -> Value | None:
    """A sum without zeros or a product without ones, as options left at their defaults bring them.

    None where there are none, or where the shape hangs on one.
    """
    numbers = {position: value.kernel for position, value in enumerate(values) if _plain(value.kernel)}
    if len(numbers) == len(values):
        total = tidy(Apply(op, tuple(value.kernel for value in values)))
        return Value(total, total, shape)
    zero = Number(Fraction(0))
    if op == "mul" and zero in numbers.values():
        return Value(zero, zero, shape)
    unit = Number(Fraction(op == "mul"))
    kept = [value for position, value in enumerate(values) if numbers.get(position) != unit]
    if len(kept) == len(values) or broadcast(value.shape for value in kept) != shape:
        return None
    if len(kept) == 1:
        return kept[0]
    return Value(
        Apply(op, tuple(value.term for value in kept)),
        Apply(op, tuple(value.kernel for value in kept)),
        shape,
    )


def _plain(kernel: Term) -> bool:
    inner = kernel.args[0] if isinstance(kernel, Apply) and kernel.op == "neg" else kernel
    return isinstance(inner, Number)


def _negated(value: Value) -> Value:
    if isinstance(value.kernel, Number) and value.kernel.value != 0:
        return same(Number(-value.kernel.value, value.kernel.decimal))
    return _signed(value)


def _signed(value: Value) -> Value:
    """A minus before what was written; ``a - 2`` is a sum with the addend neg(2)."""
    return Value(Apply("neg", (value.term,)), Apply("neg", (value.kernel,)), value.shape)


def _hoist_sign(value: Value) -> Value:
    """-a*b is read as (-a)*b and meant as -(a*b): the sign goes to the front."""
    return Value(_hoisted(value.term), _hoisted(value.kernel), value.shape)


def _hoisted(term: Term) -> Term:
    first = term.children[0] if term.children else term
    if isinstance(term, Apply) and isinstance(first, Apply) and first.op == "neg":
        return Apply("neg", (_hoisted(Apply(term.op, (first.args[0], *term.args[1:]), term.params)),))
    if isinstance(term, Apply) and isinstance(first, Number) and first.value < 0:
        return Apply("neg", (Apply(term.op, (Number(-first.value, first.decimal), *term.args[1:])),))
    return term


def _lowest_terms(top: Number, bottom: Number) -> Number | None:
    """p/q as one number where it stands in lowest terms, so that 4/2 stays as written."""
    if top.decimal or bottom.decimal or bottom.value.denominator != 1 or bottom.value <= 1:
        return None
    value = top.value / bottom.value
    return Number(value) if value.denominator == bottom.value and top.value.denominator == 1 else None


def counted(number: int, noun: str) -> str:
    """``1 argument``, ``2 arguments``."""
    return f"{number} {noun}" + ("" if number == 1 else "s")
