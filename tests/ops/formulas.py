"""The op table's formulas, evaluated by Python itself: an oracle that shares nothing with our own parser.

Every formula is also a Python expression. Numbers become exact or have many digits, ``where`` computes
the branch that is taken only, and a name that is no variable is an operation: a primitive of the
arithmetic, or its law.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from types import CodeType
from typing import Any

import mpmath
import sympy

from chainrule.ops import SPELLINGS, TABLE
from chainrule.ops.table import Pointwise, Signature

DIGITS = 60

mp = mpmath.MPContext()
mp.dps = DIGITS


class Undefined(ArithmeticError):
    """A formula has no real value here."""


class _Exactly(ast.NodeTransformer):
    """Literals by their spelling, division and powers by name, and ``where`` lazily."""

    def __init__(self, text: str, lazy: bool) -> None:
        self.text = text
        self.lazy = lazy

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if isinstance(node.value, (int, float)) and not isinstance(node.value, bool):
            spelled = ast.get_source_segment(self.text, node)
            return _called("number", ast.Constant(spelled))
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        names = {ast.Div: "divide", ast.Pow: "power"}
        name = names.get(type(node.op))
        return node if name is None else _called(name, node.left, node.right)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if self.lazy and isinstance(node.func, ast.Name) and node.func.id == "where":
            condition, yes, no = node.args
            return ast.IfExp(condition, yes, no)
        return node


def _called(name: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(name, ast.Load()), list(arguments), [])


@lru_cache(maxsize=4096)
def _code(text: str, lazy: bool) -> CodeType:
    tree = _Exactly(text, lazy).visit(ast.parse(text, mode="eval"))
    return compile(ast.fix_missing_locations(tree), "formula", "eval")


@dataclass(frozen=True)
class Arithmetic:
    """A kind of numbers: its constants and operators by name, and what it makes of a pointwise operation."""

    names: Mapping[str, Any]
    primitive: Callable[[Pointwise], Callable[..., Any] | None]
    lazy: bool = True

    def formula(self, text: str, variables: Mapping[str, Any] | None = None) -> Any:
        """The value of ``text``."""
        names = _Names(self, {**self.names, **(variables or {})})
        return eval(_code(text, self.lazy), {"__builtins__": {}}, names)  # noqa: S307

    def value(self, op: Pointwise, arguments: tuple[Any, ...]) -> Any:
        """The value of an operation: by its law, or as a primitive where it has none."""
        if op.law is not None:
            return self.formula(op.law, dict(zip(op.signature.parameters, arguments, strict=True)))
        function = self.primitive(op)
        assert function is not None, f"{op.name} has neither a law nor a primitive"
        return function(*arguments)

    def named(self, name: str) -> Callable[..., Any]:
        """An operation as formulas call it, with its defaults: a primitive if there is one."""
        op = TABLE[SPELLINGS[name]]
        assert isinstance(op, Pointwise), f"{name} is called in a formula over numbers"
        function = self.primitive(op)

        def run(*given: Any) -> Any:
            arguments = (*given, *self.defaults(op.signature, len(given)))
            return function(*arguments) if function is not None else self.value(op, arguments)

        return run

    def defaults(self, signature: Signature, given: int) -> tuple[Any, ...]:
        """The defaults of the parameters that were not given."""
        return tuple(self.formula(signature.default(name) or "") for name in signature.parameters[given:])


class _Names(dict[str, Any]):
    """Variables first, then operations."""

    def __init__(self, arithmetic: Arithmetic, variables: Mapping[str, Any]) -> None:
        super().__init__(variables)
        self.arithmetic = arithmetic

    def __missing__(self, name: str) -> Any:
        if name not in SPELLINGS:
            raise NameError(name)
        return self.arithmetic.named(name)


# --- numbers of many digits -----------------------------------------------------------------------------


def _choose(condition: bool, yes: Any, no: Any) -> Any:
    return yes if condition else no


def _mpmath(op: Pointwise) -> Callable[..., Any] | None:
    if op.name == "where":
        return _choose
    if op.law is not None and op.mpmath is None:
        return None
    return getattr(mp, op.mpmath or op.name, None)


PRECISE = Arithmetic(
    {"number": mp.mpf, "divide": operator.truediv, "power": operator.pow, "pi": +mp.pi, "e": +mp.e}, _mpmath
)


def real(compute: Callable[[], Any]) -> Any:
    """The real finite number that ``compute`` gives.

    Raises:
        Undefined: there is none.
    """
    try:
        out = mp.mpmathify(compute())
    except (ZeroDivisionError, ValueError, TypeError, OverflowError) as error:
        # A TypeError: complex numbers have no order.
        raise Undefined(str(error)) from error
    if isinstance(out, mp.mpc) and out.imag:
        raise Undefined("complex")
    if not mp.isfinite(out):
        raise Undefined("infinite")
    return mp.re(out)


# --- fractions ------------------------------------------------------------------------------------------


def _whole_power(base: Fraction, exponent: Fraction) -> Fraction:
    if exponent.denominator != 1:
        raise Undefined("a root")
    return base ** int(exponent)


def _fraction(op: Pointwise) -> Callable[..., Any] | None:
    whole = {"floor": math.floor, "ceil": math.ceil}.get(op.name)
    if whole is not None:
        return lambda x: Fraction(whole(x))
    if op.law is not None:
        return None

    def refuse(*arguments: Any) -> Any:
        raise Undefined(op.name)

    return {"pow": _whole_power, "where": _choose}.get(op.name, refuse)


EXACT = Arithmetic({"number": Fraction, "divide": operator.truediv, "power": _whole_power}, _fraction)


# --- exact numbers --------------------------------------------------------------------------------------


def _sympy(op: Pointwise) -> Callable[..., Any] | None:
    if op.name == "where":
        return _choose
    return getattr(sympy, op.sympy or op.name, None) if op.sympy or op.law is None else None


SYMBOLIC = Arithmetic(
    {
        "number": sympy.Rational,
        "divide": operator.truediv,
        "power": operator.pow,
        "pi": sympy.pi,
        "e": sympy.E,
    },
    _sympy,
)


# --- floats ---------------------------------------------------------------------------------------------


def _float_divide(a: float, b: float) -> float:
    return a / b if b else math.nan


def _float(op: Pointwise) -> Callable[..., Any] | None:
    if op.name == "pow":
        return operator.pow
    function = getattr(math, op.name, None) or getattr(math, (op.numpy or "").removeprefix("math:"), None)
    if function is None:
        return None

    def run(*arguments: float) -> float:
        try:
            return float(function(*arguments))
        except OverflowError:
            return math.copysign(math.inf, function(math.copysign(1.0, arguments[0])))

    return run


FLOATS = Arithmetic(
    {"number": float, "divide": _float_divide, "power": operator.pow, "pi": math.pi, "e": math.e}, _float
)
