"""The operators by their names: ``add(a, b, alpha=2)``, ``x.mul(y)``, ``divide(a, b)`` are read as signs."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from chainrule.language import syntax
from chainrule.language.arguments import bind
from chainrule.language.reader import Reader, Value
from chainrule.ops.table import Signature

_SCALED = Signature.of("add(a, b, alpha=1)")
_PLAIN = Signature.of("mul(a, b)")
_ONE = Signature.of("neg(a)")

OPERATORS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("add",), "+"),
        **dict.fromkeys(("sub", "subtract"), "-"),
        **dict.fromkeys(("mul", "multiply"), "*"),
        **dict.fromkeys(("div", "divide", "true_divide"), "/"),
        **dict.fromkeys(("neg", "negative"), "negative"),
        "positive": "positive",
    }
)
"""The names of operators in NumPy and torch, with their signs."""


def operator(reader: Reader, node: syntax.Call | syntax.Method, name: syntax.Name) -> Value:
    """The value of an operator that is written as a call.

    Raises:
        ChainRuleError: ``arguments`` or ``shape``, as for the sign.
    """
    sign = OPERATORS[name.name]
    signature = {"+": _SCALED, "-": _SCALED, "*": _PLAIN, "/": _PLAIN}.get(sign, _ONE)
    bound = bind(reader, node, name, signature)
    span = node.span
    if sign in ("negative", "positive"):
        return reader.read(syntax.Negation(bound["a"], span) if sign == "negative" else bound["a"])
    a, b = bound["a"], bound["b"]
    if "alpha" in bound:
        b = syntax.Product((bound["alpha"], b), (span,), span)
    if sign == "*":
        return reader.read(syntax.Product((a, b), (span,), span))
    if sign == "/":
        return reader.read(syntax.Quotient(a, b, span, span))
    return reader.read(syntax.Sum((a, b), (1, 1 if sign == "+" else -1), (span,), span))
