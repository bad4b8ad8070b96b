"""An interpreter of the language's syntax tree in plain NumPy, which knows nothing of graphs or rules.

Derivatives are imaginary steps (exact to rounding), second derivatives differences of those.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np

from chainrule.language import syntax
from chainrule.language.parser import parse_expression, parse_program
from chainrule.ops import SPELLINGS, TABLE
from chainrule.ops.table import Composite, Declaration, Structured
from chainrule.source import Source
from tests.generated import laws
from tests.generated.laws import STEP

Array = Any
Values = Mapping[str, Array]

_SYNONYMS = {"dim": "axis", "keepdim": "keepdims", "ddof": "correction"}
RELATIONS = {"<": "lt", "<=": "le", ">": "gt", ">=": "ge", "==": "eq", "!=": "ne"}
CONSTRUCTORS = ("zeros", "ones", "full", "eye")


class Unknown(LookupError):
    """An operation for which there is neither a law here nor one in the op table."""


class Interpreter:
    """Runs expressions with names bound to arrays and symbolic lengths bound to numbers."""

    def __init__(
        self, values: Values, lengths: Mapping[str, int], functions: Mapping[str, Any] | None = None
    ) -> None:
        self.values = dict(values)
        self.lengths = lengths
        self.functions = dict(functions or {})

    def run(self, node: syntax.Node) -> Array:
        """The array that an expression stands for."""
        match node:
            case syntax.Number():
                return np.asarray(float(node.value))
            case syntax.Name():
                return self._name(node.name)
            case syntax.Sum():
                return sum(sign * self.run(term) for sign, term in zip(node.signs, node.terms, strict=True))
            case syntax.Product():
                return laws.ENTRYWISE["mul"](*map(self.run, node.factors))
            case syntax.Quotient():
                return self.run(node.numerator) / self.run(node.denominator)
            case syntax.MatrixProduct():
                return np.matmul(self.run(node.left), self.run(node.right))
            case syntax.Power():
                return laws.ENTRYWISE["pow"](self.run(node.base), self.run(node.exponent))
            case syntax.Negation():
                return -self.run(node.operand)
            case syntax.Bars():
                return laws.ENTRYWISE["abs"](self.run(node.operand))
            case syntax.Comparison():
                return laws.ENTRYWISE[RELATIONS[node.operator]](self.run(node.left), self.run(node.right))
            case syntax.Subscript():
                return self.run(node.base)[tuple(map(_item, node.items))]
            case syntax.Method(called=False):
                base = self.run(node.base)
                return np.transpose(base) if node.name.name == "T" else np.swapaxes(base, -1, -2)
            case syntax.Method():
                return self._call(node.name.name, (node.base, *node.arguments), node.keywords)
            case syntax.Call():
                return self._call(node.function.name, node.arguments, node.keywords)
        raise Unknown(type(node).__name__)

    def _name(self, name: str) -> Array:
        if name in self.values:
            return self.values[name]
        if name in self.lengths:
            return np.asarray(float(self.lengths[name]))
        return np.asarray({"pi": np.pi, "e": np.e}[name])

    # --- calls --------------------------------------------------------------------------------------

    def _call(self, name: str, arguments: Sequence[syntax.Node], keywords: Sequence[syntax.Keyword]) -> Array:
        if name in self.functions:
            return self._defined(self.functions[name], name, [self.run(part) for part in arguments])
        if name == "einsum":
            first, *rest = arguments
            assert isinstance(first, syntax.Text)
            return np.einsum(first.value, *map(self.run, rest))
        if name == "stack":
            (tensors,) = arguments
            assert isinstance(tensors, syntax.ListLiteral)
            return np.stack([self.run(part) for part in tensors.items])
        if name in CONSTRUCTORS:
            return self._constructed(name, list(arguments))
        if name in ("count", "reduced", "either"):
            return self._claim(name, arguments, keywords)
        if name not in SPELLINGS:
            raise Unknown(name)
        op = TABLE[SPELLINGS[name]]
        if op.name == "transpose":
            words = {word.name.name: self.literal(word.value) for word in keywords}
            return np.transpose(self.run(arguments[0]), words.get("axes"))
        op = variant(op, arguments, keywords)
        return self._applied(op, bound(op, arguments, keywords))

    def _claim(
        self, name: str, arguments: Sequence[syntax.Node], keywords: Sequence[syntax.Keyword]
    ) -> Array:
        """The words that only laws of the op table use."""
        words = {word.name.name: self.literal(word.value) for word in keywords}
        if name == "either":
            return self.run(arguments[1 if self.literal(arguments[0]) else 2])
        value = self.run(arguments[0])
        if name == "reduced":
            return {"mean": np.mean, "sum": np.sum}.get(words["reduction"], np.asarray)(value)
        return np.prod([np.shape(value)[k] for k in laws.axes(words.get("axis"), np.ndim(value))])

    def _defined(self, function: syntax.Definition | None, name: str, arguments: list[Array]) -> Array:
        if function is None:
            return laws.unknown(name, tuple(arguments), (0,) * len(arguments))
        inner = Interpreter(self.values, self.lengths, self.functions)
        inner.values.update({p.name: a for p, a in zip(function.parameters or (), arguments, strict=True)})
        return inner.run(function.value)

    def _constructed(self, name: str, arguments: list[syntax.Node]) -> Array:
        fill = [self.run(arguments.pop())] if name == "full" else []
        written = [self.literal(part) for part in arguments]
        dims = written[0] if len(written) == 1 and isinstance(written[0], tuple) else tuple(written)
        shape = tuple(self.lengths.get(dim, dim) for dim in dims)
        if name == "full":
            return np.broadcast_to(fill[0], shape)
        return np.eye(*shape) if name == "eye" else getattr(np, name)(shape)

    def _applied(self, op: Declaration, bound: Mapping[str, syntax.Node]) -> Array:
        names = op.signature.parameters
        operands = names
        if isinstance(op, (Structured, Composite)):
            operands = names[: op.tensors if isinstance(op, Composite) else len(op.pullbacks)]
        arrays = {name: np.asarray(self.run(bound[name])) for name in operands if name in bound}
        words = {name: self.literal(bound[name]) for name in names if name in bound and name not in operands}
        return apply(op, arrays, words, self.lengths)

    def literal(self, node: syntax.Node) -> Any:
        """The value of a keyword."""
        match node:
            case syntax.Number():
                return int(node.value) if node.value.denominator == 1 else float(node.value)
            case syntax.Negation():
                return -self.literal(node.operand)
            case syntax.Text() | syntax.Truth():
                return node.value
            case syntax.Nothing():
                return None
            case syntax.TupleLiteral() | syntax.ListLiteral():
                return tuple(map(self.literal, node.items))
            case syntax.Name():
                return node.name
        raise Unknown(f"a literal {type(node).__name__}")


def apply(
    op: Declaration, arrays: Mapping[str, Array], words: Mapping[str, Any], lengths: Mapping[str, int]
) -> Array:
    """An operation on arrays and literals by name: by its law here, else by the one that the op table states.

    Raises:
        Unknown: there is neither.
    """
    if op.name in laws.ENTRYWISE:
        return laws.ENTRYWISE[op.name](*arrays.values())
    if op.name in laws.FOLDS:
        preset = {name: literal_of(text) for name, text in op.signature.defaults}
        said = {name: value for name, value in words.items() if value != preset.get(name, ...)}
        return laws.fold(op.name, *arrays.values(), **said)
    if op.name in laws.TENSORS:
        return laws.TENSORS[op.name](*arrays.values(), **words)
    law = op.program if isinstance(op, Composite) else getattr(op, "law", None)
    if law is None:
        raise Unknown(op.name)
    inner = _Law(arrays, lengths)
    inner.literals = {**words}
    for statement in parse_program(Source(law, op.name)).statements:
        assert isinstance(statement, (syntax.Bare, syntax.Definition))
        out = inner.run(statement.value)
        if isinstance(statement, syntax.Definition):
            inner.values[statement.name.name] = out
    if isinstance(op, Structured) and op.shape == "fold" and not words.get("keepdims"):
        return np.squeeze(out, axis=laws.axes(words.get("axis"), np.ndim(out)))
    return out


class _Law(Interpreter):
    """Runs a law of the op table, in which some names are literal keywords."""

    def __init__(self, values: Values, lengths: Mapping[str, int]) -> None:
        super().__init__(values, lengths)
        self.literals: dict[str, Any] = {}

    def _name(self, name: str) -> Array:
        if name in self.literals and name not in self.values:
            return np.asarray(float(self.literals[name]))
        return super()._name(name)

    def literal(self, node: syntax.Node) -> Any:
        if isinstance(node, syntax.Name) and node.name in self.literals:
            return self.literals[node.name]
        return super().literal(node)


def bound(
    op: Declaration, arguments: Sequence[syntax.Node], keywords: Sequence[syntax.Keyword]
) -> dict[str, syntax.Node]:
    """Every parameter of an operation with its argument, defaults included."""
    bound = dict(zip(op.signature.parameters, arguments, strict=False))
    for word in keywords:
        name = word.name.name
        bound[name if name in op.signature.parameters else _SYNONYMS[name]] = word.value
    for name, text in op.signature.defaults:
        bound.setdefault(name, _argument(text))
    return bound


def _argument(text: str) -> syntax.Node:
    """What a default says; words are not quoted in the op table."""
    if text.isidentifier() and text not in ("None", "True", "False"):
        text = f'"{text}"'
    call = parse_expression(Source(f"f({text})", "default"))
    assert isinstance(call, syntax.Call)
    return call.arguments[0]


def literal_of(text: str) -> Any:
    """The value of a default in the op table."""
    return Interpreter({}, {}).literal(_argument(text))


def variant(
    op: Declaration, arguments: Sequence[syntax.Node], keywords: Sequence[syntax.Keyword]
) -> Declaration:
    """A one-sided clip is an entry of its own."""
    if op.name != "clip" or len(arguments) + len(keywords) > 2:
        return op
    upper = any(word.name.name == "max" for word in keywords)
    return TABLE["clip_max" if upper else "clip_min"]


def _item(item: syntax.Item) -> Any:
    match item:
        case syntax.Index():
            return item.value
        case syntax.Slice():
            return slice(item.start, item.stop, item.step)
        case syntax.Dots():
            return ...
    return None


# --- programs and their derivatives -------------------------------------------------------------------------


@cache
def _parsed(text: str) -> syntax.Program:
    return parse_program(Source(text))


def run(
    text: str, values: Values, lengths: Mapping[str, int], given: Values | None = None
) -> dict[str, Array]:
    """Every name of a program with its array; those in ``given`` are taken as they are, not computed."""
    program = _parsed(text)
    known: dict[str, Any] = {}
    for statement in program.statements:
        if isinstance(statement, syntax.Definition) and statement.parameters is not None:
            known[statement.name.name] = statement
        if isinstance(statement, syntax.Declaration) and any(w.name == "function" for w in statement.words):
            known[statement.name.name] = None
    interpreter = Interpreter({**values, **(given or {})}, lengths, known)
    for statement in program.statements:
        name = "out" if isinstance(statement, syntax.Bare) else statement.name.name
        if isinstance(statement, syntax.Declaration) or name in known or name in interpreter.values:
            continue
        interpreter.values[name] = np.asarray(interpreter.run(statement.value))
    return interpreter.values


def jacobian(
    text: str, of: str, wrt: str, values: Values, lengths: Mapping[str, int], given: Values | None = None
) -> Array:
    """∂of/∂wrt with the shape of ``of`` followed by that of ``wrt``.

    ``wrt`` may be a definition too: it then moves on its own. ``given`` holds other names fast.
    """
    fixed = dict(given or {})
    base = np.asarray({**run(text, values, lengths), **fixed}[wrt])
    slopes = []
    for place in np.ndindex(*base.shape):
        moved = base.astype(complex)
        moved[place] += 1j * STEP
        out = run(text, values, lengths, {**fixed, wrt: moved})[of]
        slopes.append(np.imag(out) / STEP)
    out_shape = np.shape(slopes[0])
    return np.moveaxis(np.array(slopes), 0, -1).reshape((*out_shape, *base.shape))


def second(text: str, of: str, wrt: tuple[str, str], values: Values, lengths: Mapping[str, int]) -> Array:
    """∂²of/∂wrt[0]∂wrt[1], by central differences of the first derivative."""
    first, moving = wrt
    base = np.asarray(values[moving], dtype=float)
    step = 1e-5
    columns = []
    for place in np.ndindex(*base.shape):
        sides = []
        for sign in (1, -1):
            moved = base.copy()
            moved[place] += sign * step
            sides.append(jacobian(text, of, first, {**values, moving: moved}, lengths))
        columns.append((sides[0] - sides[1]) / (2 * step))
    shape = np.shape(columns[0])
    return np.moveaxis(np.array(columns), 0, -1).reshape((*shape, *base.shape))
