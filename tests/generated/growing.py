"""Random expressions of the language, grown together with their shapes and their values.

An operation is taken only where it is defined, off its kinks by a margin, and of moderate size there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from itertools import chain
from random import Random
from typing import Any

import numpy as np

from chainrule.language import syntax
from chainrule.language.parser import parse_expression
from chainrule.ops import TABLE
from chainrule.ops.table import Composite, Declaration, Pointwise, Structured
from chainrule.shapes import Shape, ShapeClash, bind, broadcast
from chainrule.source import Source
from tests.generated import laws, oracle

SUM, PRODUCT, SIGN, POWER, ATOM = range(5)
_LARGEST, _MARGIN, _ENTRIES = 200.0, 0.02, 60
_COMMON = ("exp", "log", "sin", "cos", "tanh", "sqrt", "sigmoid", "square", "abs", "relu", "softplus", "atan")
_LOSSES = ("mse", "mae", "huber", "smooth_l1", "soft_margin", "hinge", "bce_with_logits")
_ALONG = ("softmax", "log_softmax", "prod_others", "standardized", "rms_scaled", "unit_vectors", "cumsum")
_APART = ("where", "pow", "polygamma", "copysign", "heaviside")
_WRAPPERS = (("{}**2 + 1/2", POWER), ("sigmoid({})", SUM), ("tanh({})/2", SUM), ("cosh({}) + 1/4", SUM))


class Misfit(Exception):
    """What was tried has no shape, no value, or no derivative here."""


@dataclass(frozen=True)
class Expr:
    """An expression: its text, how tightly that binds, its shape in the language and its value."""

    text: str
    level: int
    shape: Shape
    value: Any

    def at(self, level: int) -> str:
        """The text, in brackets where it binds less tightly than ``level``."""
        return self.text if self.level >= level else f"({self.text})"


@cache
def pointwise() -> tuple[Pointwise, ...]:
    """The functions of numbers that can be run here."""
    found = (op for op in TABLE.values() if isinstance(op, Pointwise) and op.name not in _APART)
    return tuple(op for op in found if op.name in laws.ENTRYWISE or op.law is not None)


@cache
def folds() -> tuple[Structured, ...]:
    """The folds that can be run here, and what keeps the shape of its operand but has an axis."""
    names = (*laws.FOLDS, *(name for name in _ALONG if name in TABLE))
    return tuple(op for op in map(TABLE.__getitem__, names) if isinstance(op, Structured))


@cache
def composites() -> tuple[Composite, ...]:
    """Losses that take any two operands."""
    return tuple(op for op in TABLE.values() if isinstance(op, Composite) and op.name in _LOSSES)


@dataclass
class Grower:
    """Grows expressions over the names in sight; the unused ones are taken most often.

    ``fresh`` declares a new input of a shape, for operations that ask for one.
    """

    random: Random
    names: list[Expr]
    lengths: Mapping[str, int]
    functions: Mapping[str, int]
    defined: Mapping[str, str]
    ways: Sequence[Callable[[Grower, int], Expr]]
    unused: list[Expr] = field(default_factory=list)
    fresh: Callable[..., Expr] | None = None

    def grow(self, depth: int) -> Expr:
        """An expression at most ``depth`` operations high."""
        if depth <= 0 or self.random.random() < 0.06:
            return self.leaf()
        for _ in range(6):
            try:
                return self.checked(self.random.choice(self.ways)(self, depth - 1))
            except (Misfit, ShapeClash):
                continue
        return self.leaf()

    def leaf(self) -> Expr:
        """A name, often one that nothing uses yet."""
        favoured = self.unused and self.random.random() < 0.55
        return self.random.choice(self.unused if favoured else self.names)

    def number(self) -> Expr:
        """A number, mostly a small one."""
        text = self.random.choice(("2", "3", "1/2", "0.5", "1.25", "2/3", "pi/4", "-1.5", "4"))
        value = oracle.Interpreter({}, {}).run(parse_expression(Source(text)))
        level = PRODUCT if "/" in text else SIGN if text[0] == "-" else ATOM
        return Expr(text, level, (), value)

    def checked(self, expr: Expr) -> Expr:
        """An expression of moderate size and values; anything else is a misfit."""
        value = np.asarray(expr.value)
        if value.size > _ENTRIES or value.ndim > 3 or not np.all(np.isfinite(value)):
            raise Misfit
        if np.max(np.abs(value)) > _LARGEST or 0 < np.max(np.abs(value)) < 1e-3:
            raise Misfit
        if value.shape != bind(expr.shape, self.lengths):
            raise AssertionError(f"{expr.text}: {value.shape} is not {expr.shape}")
        return expr

    def partner(self, first: Expr, depth: int) -> Expr:
        """Something that broadcasts with ``first``."""
        for _ in range(4):
            other = self.grow(depth)
            try:
                broadcast((first.shape, other.shape))
            except ShapeClash:
                continue
            return other
        return self.number()

    def call(
        self, name: str, words: Sequence[str], operands: Sequence[Expr], keywords: Mapping[str, Any]
    ) -> Any:
        """The value of an operation of the table."""
        op = TABLE[name]
        arrays = dict(zip(words, (e.value for e in operands), strict=True))
        if isinstance(op, Composite):
            rest = op.signature.parameters[len(words) : op.tensors]
            arrays |= {name: np.asarray(float(keywords[name])) for name in rest}
        with np.errstate(all="ignore"):
            return np.real(_run(op, arrays, keywords, self.lengths))


def _run(
    op: Declaration, arrays: Mapping[str, Any], words: Mapping[str, Any], lengths: Mapping[str, int]
) -> Any:
    try:
        return oracle.apply(op, arrays, words, lengths)
    except (oracle.Unknown, ValueError, OverflowError, ZeroDivisionError) as error:
        raise Misfit from error


# --- elementwise -----------------------------------------------------------------------------------------


def _arithmetic(self: Grower, depth: int) -> Expr:
    first = self.grow(depth)
    second = self.number() if self.random.random() < 0.2 else self.partner(first, depth)
    if self.random.random() < 0.3:
        first, second = second, first
    shape = broadcast((first.shape, second.shape))
    sign = self.random.choice("++--***/")
    if sign == "/":
        if np.min(np.abs(second.value)) < 0.1:
            raise Misfit
        return Expr(f"{first.at(PRODUCT)}/{second.at(SIGN)}", PRODUCT, shape, first.value / second.value)
    if sign == "*":
        return Expr(f"{first.at(PRODUCT)}*{second.at(SIGN)}", PRODUCT, shape, first.value * second.value)
    value = first.value + second.value if sign == "+" else first.value - second.value
    return Expr(f"{first.at(SUM)} {sign} {second.at(PRODUCT)}", SUM, shape, value)


def _negation(self: Grower, depth: int) -> Expr:
    inner = self.grow(depth)
    return Expr(f"-{inner.at(SIGN)}", SIGN, inner.shape, -inner.value)


def _power(self: Grower, depth: int) -> Expr:
    base = self.grow(depth)
    exponent, value = self.random.choice(
        (("2", 2), ("3", 3), ("-1", -1), ("(1/2)", 0.5), ("0.5", 0.5), ("-2", -2))
    )
    if np.min(np.abs(base.value)) < 0.1 or (value % 1 and np.min(base.value) < 0.1):
        raise Misfit
    return Expr(f"{base.at(ATOM)}**{exponent}", POWER, base.shape, base.value**value)


def _general_power(self: Grower, depth: int) -> Expr:
    base = self.grow(depth)
    exponent = self.partner(base, min(depth, 1))
    if np.min(base.value) < 0.1:
        base = self.number()
    if np.min(base.value) < 0.1:
        raise Misfit
    shape = broadcast((base.shape, exponent.shape))
    with np.errstate(all="ignore"):
        value = base.value**exponent.value
    return Expr(f"{base.at(ATOM)}**{exponent.at(ATOM)}", POWER, shape, value)


def _function(self: Grower, depth: int) -> Expr:
    op = TABLE[self.random.choice(_COMMON)] if self.random.random() < 0.5 else self.random.choice(pointwise())
    assert isinstance(op, Pointwise)
    return function_of(op, self, depth)


def function_of(op: Pointwise, self: Grower, depth: int) -> Expr:
    """A function of numbers of something."""
    names = [p for p in op.signature.parameters if op.signature.default(p) is None]
    operands = [self.grow(depth)]
    operands += [self.partner(operands[0], min(depth, 1)) for _ in names[1:]]
    if len({operand.text for operand in operands}) < len(operands):
        # maximum(x, x) and clip(x, a, a) sit on a kink everywhere.
        raise Misfit
    if op.domain is not None and self.random.random() < 0.7:
        pattern, level = self.random.choice(_WRAPPERS)
        inner = operands[0]
        value = oracle.Interpreter({"u": inner.value}, {}).run(parse_expression(Source(pattern.format("u"))))
        operands[0] = Expr(pattern.format(inner.at(ATOM if level == POWER else SUM)), SUM, inner.shape, value)
    texts = [e.text for e in operands]
    options = {p: op.signature.default(p) for p in op.signature.parameters if p not in names}
    for option, default in options.items():
        if self.random.random() < 0.4:
            options[option] = self.random.choice(("0.5", "2", "1/4"))
            texts.append(f"{option}={options[option]}")
        assert default is not None
    if op.name == "hardtanh" and float(Fraction(str(options["min_val"]))) >= float(
        Fraction(str(options["max_val"]))
    ):
        raise Misfit
    read = oracle.Interpreter({}, {})
    arrays = dict(zip(names, (e.value for e in operands), strict=True))
    arrays |= {p: read.run(parse_expression(Source(text))) for p, text in options.items() if text is not None}
    arrays = {p: arrays[p] for p in op.signature.parameters}
    with np.errstate(all="ignore"):
        value = np.real(_run(op, arrays, {}, {}))
        _refuse_edges(op, {**arrays, "y": value})
    return Expr(f"{op.name}({', '.join(texts)})", ATOM, broadcast(e.shape for e in operands), value)


def _refuse_edges(op: Pointwise, arrays: Mapping[str, Any]) -> None:
    """Nothing outside the domain, and nothing near its edge, a kink or a jump."""
    if op.name == "cbrt" and np.min(np.abs(arrays["x"])) < _MARGIN:
        raise Misfit
    edges = [kink.at for kink in op.kinks] + [text for text in (op.domain, op.jumps) if text]
    for text in edges:
        condition = _condition(text)
        reader = oracle.Interpreter(arrays, {})
        left, right = np.real(reader.run(condition.left)), np.real(reader.run(condition.right))
        if text == op.domain and not np.all(reader.run(condition)):
            raise Misfit
        equality = condition.operator == "==" and text == op.domain
        if not equality and np.min(np.abs(left - right)) < _MARGIN:
            raise Misfit


@cache
def _condition(text: str) -> syntax.Comparison:
    call = parse_expression(Source(f"where({text}, 1, 0)"))
    assert isinstance(call, syntax.Call)
    assert isinstance(call.arguments[0], syntax.Comparison)
    return call.arguments[0]


def where(self: Grower, depth: int) -> Expr:
    """A choice between two things by a comparison of two others."""
    left = self.grow(min(depth, 1))
    right = self.number() if self.random.random() < 0.5 else self.partner(left, 0)
    if np.min(np.abs(left.value - right.value)) < _MARGIN:
        raise Misfit
    yes = self.partner(left, depth)
    no = self.partner(yes, depth)
    sign = self.random.choice(("<", "<=", ">", ">="))
    condition = laws.ENTRYWISE[{"<": "lt", "<=": "le", ">": "gt", ">=": "ge"}[sign]](left.value, right.value)
    shape = broadcast((left.shape, right.shape, yes.shape, no.shape))
    text = f"where({left.text} {sign} {right.text}, {yes.text}, {no.text})"
    return Expr(text, ATOM, shape, np.where(condition, yes.value, no.value))


def _unknown(self: Grower, depth: int) -> Expr:
    name, arity = self.random.choice([*self.functions.items()] or [("", 0)])
    if not name:
        raise Misfit
    first = self.grow(depth)
    operands = [first, *(self.partner(first, min(depth, 1)) for _ in range(arity - 1))]
    value = laws.unknown(name, tuple(e.value for e in operands), (0,) * arity)
    return Expr(
        f"{name}({', '.join(e.text for e in operands)})", ATOM, broadcast(e.shape for e in operands), value
    )


def _defined(self: Grower, depth: int) -> Expr:
    name, text = self.random.choice([*self.defined.items()] or [("", "")])
    if not name:
        raise Misfit
    inner = self.grow(depth)
    value = oracle.Interpreter({"u": inner.value}, {}).run(parse_expression(Source(text)))
    return Expr(f"{name}({inner.text})", ATOM, inner.shape, np.real(value))


# --- folds -----------------------------------------------------------------------------------------------


def _fold(self: Grower, depth: int) -> Expr:
    op = (
        self.random.choice(folds())
        if self.random.random() < 0.6
        else TABLE[self.random.choice(("sum", "mean"))]
    )
    assert isinstance(op, Structured)
    return fold_of(op, self, depth)


def fold_of(op: Structured, self: Grower, depth: int) -> Expr:
    """A fold of something, or what keeps its shape but has an axis."""
    inner = self.grow(depth)
    rank = len(inner.shape)
    if not rank:
        raise Misfit
    axis: Any = self.random.choice((None, *range(rank), *range(-rank, 0)))
    if rank > 1 and self.random.random() < 0.1:
        axis = tuple(self.random.sample(range(rank), 2))
    preset = op.signature.default("axis")
    axis = int(preset or 0) if axis is None and preset != "None" else axis
    if op.name == "cumsum" and not isinstance(axis, int):
        raise Misfit
    over = laws.axes(axis, rank)
    fold = op.shape == "fold"
    words: dict[str, Any] = {} if axis is None else {"axis": axis}
    if fold and self.random.random() < 0.4:
        words["keepdims"] = True
    if "correction" in op.signature.parameters and self.random.random() < 0.3:
        words["correction"] = 1
    counted = int(np.prod([inner.value.shape[k] for k in over]))
    if counted < 2:
        raise Misfit
    options = {name: oracle.literal_of(text) for name, text in op.signature.defaults}
    value = self.call(op.name, [op.signature.parameters[0]], [inner], {**options, "axis": axis, **words})
    if op.name in ("norm", "std") and np.min(np.abs(value)) < 0.1:
        raise Misfit
    if op.name in ("max", "min"):
        _refuse_ties(inner.value, over)
    shape: Shape = inner.shape
    if fold:
        kept = ((1 if k in over else dim) for k, dim in enumerate(shape))
        shape = (
            tuple(kept) if words.get("keepdims") else tuple(d for k, d in enumerate(shape) if k not in over)
        )
    said = {w: v for w, v in words.items() if (w, str(v)) not in op.signature.defaults}
    return Expr(_spelled(self, op.name, inner, said), ATOM, shape, value)


def _refuse_ties(array: Any, over: tuple[int, ...]) -> None:
    moved = np.moveaxis(array, over, range(len(over))).reshape(
        -1, *(d for k, d in enumerate(array.shape) if k not in over)
    )
    gaps = np.diff(np.sort(moved, axis=0), axis=0)
    if np.min(gaps) < 1e-3:
        raise Misfit


def _spelled(self: Grower, name: str, inner: Expr, words: Mapping[str, Any]) -> str:
    """A call, or the method of the same name; NumPy's keywords or torch's."""
    torch = self.random.random() < 0.2
    spelled = {"axis": "dim", "keepdims": "keepdim"} if torch else {}
    keywords = [f"{spelled.get(word, word)}={value}" for word, value in words.items()]
    if self.random.random() < 0.2 and name in ("sum", "mean", "max", "min"):
        return f"{inner.at(ATOM)}.{name}({', '.join(keywords)})"
    return f"{name}({', '.join(chain([inner.text], keywords))})"


def _composite(self: Grower, depth: int) -> Expr:
    return loss_of(self.random.choice(composites()), self, depth)


def loss_of(op: Composite, self: Grower, depth: int) -> Expr:
    """A loss of any two operands."""
    first = self.grow(depth)
    second = self.partner(first, 0)
    if np.min(np.abs(first.value - second.value)) < _MARGIN:
        raise Misfit
    options = {name: oracle.literal_of(text) for name, text in op.signature.defaults}
    value = self.call(op.name, ["x", "t"], [first, second], options)
    return Expr(f"{op.name}({first.text}, {second.text})", ATOM, (), value)


Growth = Callable[[Grower, int], Expr]

ELEMENTWISE: tuple[Growth, ...] = (
    *(_arithmetic,) * 7,
    _negation,
    *(_power,) * 2,
    _general_power,
    *(_function,) * 6,
    where,
    _unknown,
    _defined,
)
FOLDING: tuple[Growth, ...] = (*(_fold,) * 3, _composite)
