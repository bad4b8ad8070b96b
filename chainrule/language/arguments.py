"""Arguments of a call, matched to a signature; and literal keyword values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from chainrule.diagnostics import Label, fail, nearest
from chainrule.language import syntax
from chainrule.language.reader import Reader, counted
from chainrule.ops.table import Signature
from chainrule.shapes import plus, rounded_up, times

# What NumPy and torch call the same thing.
_SYNONYMS: Mapping[str, str] = {
    "dim": "axis",
    "dimension": "axis",
    "keepdim": "keepdims",
    "ddof": "correction",
    "other": "b",
    "target": "t",
    "a_min": "min",
    "a_max": "max",
    "p": "ord",
    "base": "a",
    "exponent": "b",
}


def bind(
    reader: Reader, node: syntax.Call | syntax.Method, name: syntax.Name, signature: Signature
) -> dict[str, syntax.Node]:
    """Each given parameter with its argument; a method's base is the first argument.

    Raises:
        ChainRuleError: ``arguments``, when there are too many, too few, or unknown ones.
    """
    arguments = list(node.arguments)
    if isinstance(node, syntax.Method):
        arguments.insert(0, node.base)
    written = f"{name.name}({', '.join(_shown(signature))})"
    if len(arguments) > len(signature.parameters):
        extra = arguments[len(signature.parameters)]
        most = counted(len(signature.parameters), "argument")
        fail(
            "arguments",
            f"{name.name} takes at most {most}, not {len(arguments)}",
            reader.label(extra.span, "one too many"),
            notes=[f"it is called as {written}"],
        )
    bound = dict(zip(signature.parameters, arguments, strict=False))
    for word in node.keywords:
        _bind_keyword(reader, word, bound, signature, name.name, written)
    for parameter in signature.parameters:
        if parameter not in bound and signature.default(parameter) is None:
            fail(
                "arguments",
                f"{name.name} needs {counted(_required(signature), 'argument')}; {parameter} is missing",
                reader.label(node.span),
                notes=[f"it is called as {written}"],
            )
    return bound


def _required(signature: Signature) -> int:
    return len(signature.parameters) - len(signature.defaults)


def _shown(signature: Signature) -> list[str]:
    shown = []
    for parameter in signature.parameters:
        default = signature.default(parameter)
        shown.append(parameter if default is None else f"{parameter}={default}")
    return shown


def _bind_keyword(
    reader: Reader,
    word: syntax.Keyword,
    bound: dict[str, syntax.Node],
    signature: Signature,
    name: str,
    written: str,
) -> None:
    parameter = word.name.name
    if parameter not in signature.parameters:
        parameter = signature.parameters[0] if parameter == "input" else _SYNONYMS.get(parameter, parameter)
    if parameter not in signature.parameters:
        known = list(signature.parameters)
        fail(
            "arguments",
            f"{name} has no argument {word.name.name}",
            reader.label(word.name.span),
            notes=[f"it is called as {written}"],
            suggestion=nearest(word.name.name, known),
        )
    if parameter in bound:
        fail("arguments", f"{name} is given {parameter} twice", reader.label(word.span))
    bound[parameter] = word.value


def literal(reader: Reader, node: syntax.Node, what: str, notes: Sequence[str] = ()) -> Any:
    """The literal value of a keyword: a whole number, a Fraction, a bool, a word, None or a tuple of them.

    notes: what to say beside the complaint that it is none.

    Raises:
        ChainRuleError: ``arguments``, when the value is not a literal.
    """
    match node:
        case syntax.Number():
            return int(node.value) if node.value.denominator == 1 else node.value
        case syntax.Negation():
            return -literal(reader, node.operand, what)
        case syntax.Quotient(numerator=syntax.Number(), denominator=syntax.Number()):
            above, below = node.numerator, node.denominator
            assert isinstance(above, syntax.Number)
            assert isinstance(below, syntax.Number)
            if below.value:
                value = above.value / below.value
                return int(value) if value.denominator == 1 else value
        case syntax.Text() | syntax.Truth():
            return node.value
        case syntax.Nothing():
            return None
        case syntax.TupleLiteral() | syntax.ListLiteral():
            return tuple(literal(reader, item, what) for item in node.items)
        case syntax.Name() if node.name in reader.literals:
            return reader.literals[node.name]
        case syntax.Name() if node.name in reader.lengths:
            return node.name
        case syntax.Sum() | syntax.Product() | syntax.Call() if _is_length(reader, node):
            return _length(reader, node, what)
        case syntax.Call() if reader.internal and node.function.name == "shape":
            return reader.read(node.arguments[0]).shape
    fail("arguments", f"{what} must be written out, not computed", reader.label(node.span), notes=notes)


def _is_length(reader: Reader, node: syntax.Node) -> bool:
    """Whether an expression is made of names of lengths and whole numbers, as ``m*n + 1`` is."""
    match node:
        case syntax.Number():
            return node.value.denominator == 1 and node.value > 0
        case syntax.Name():
            return node.name in reader.lengths
        case syntax.Sum(terms=parts, signs=signs):
            taken = [part for part, sign in zip(parts, signs, strict=True) if sign < 0]
            return all(_is_length(reader, part) for part in parts) and all(map(_is_number, taken))
        case syntax.Product(factors=parts):
            return all(_is_length(reader, part) for part in parts)
        case syntax.Call(
            function=syntax.Name(name="ceil"),
            arguments=(syntax.Quotient(numerator=above, denominator=below),),
        ):
            return _is_length(reader, above) and _is_length(reader, below) and _is_number(below)
    return False


def _length(reader: Reader, node: syntax.Node, what: str) -> Any:
    """A length made of others; see :func:`_is_length`."""
    match node:
        case syntax.Sum(terms=parts, signs=signs):
            addends = [literal(reader, part, what) for part in parts]
            return plus(one if sign > 0 else -one for one, sign in zip(addends, signs, strict=True))
        case syntax.Product(factors=parts):
            return times(literal(reader, part, what) for part in parts)
        case syntax.Call(arguments=(syntax.Quotient(numerator=above, denominator=below),)):
            return rounded_up(literal(reader, above, what), literal(reader, below, what))
    raise AssertionError(node)


def _is_number(node: syntax.Node) -> bool:
    return isinstance(node, syntax.Number)


def default(signature: Signature, parameter: str) -> Any:
    """The literal default of a parameter: a word, a number, or None."""
    text = signature.default(parameter)
    if text in _WORDS or text is None:
        return _WORDS.get(text or "None")
    try:
        value = Fraction(text)
    except ValueError:
        return text.strip("\"'")
    return int(value) if value.denominator == 1 else value


_WORDS: Mapping[str, Any] = {"None": None, "True": True, "False": False}


def axes(reader: Reader, axis: Any, rank: int, span_label: Label) -> tuple[int, ...]:
    """The axes that ``axis`` names, counted from the first, in increasing order.

    Raises:
        ChainRuleError: ``arguments``, when an axis is no whole number, out of range or named twice.
    """
    if axis is None:
        return tuple(range(rank))
    asked = axis if isinstance(axis, tuple) else (axis,)
    out = []
    for one in asked:
        if isinstance(one, bool) or not isinstance(one, int):
            fail("arguments", "an axis is a whole number", span_label)
        if not -rank <= one < rank:
            last = (
                f"axes 0 to {rank - 1}, or -{rank} to -1 from the end" if rank else "no axes: it is a scalar"
            )
            fail("arguments", f"there is no axis {one}", span_label, notes=[f"the operand has {last}"])
        out.append(one % rank)
    if len(set(out)) != len(out):
        fail("arguments", "an axis is named twice", span_label)
    return tuple(sorted(out))
