"""Calls of operations, by family: what each becomes in the graph, and how it is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NoReturn

from chainrule.diagnostics import fail, nearest
from chainrule.language import syntax
from chainrule.language.arguments import axes, bind, literal
from chainrule.language.claims import CLAIMS_ONLY, claimed
from chainrule.language.composites import composite
from chainrule.language.constructors import constructed
from chainrule.language.contract import Pattern, contract
from chainrule.language.folding import fold
from chainrule.language.joining import part_of_split
from chainrule.language.layers import layered
from chainrule.language.matrices import along_diagonal
from chainrule.language.moving import BUILDERS, moved
from chainrule.language.operators import OPERATORS, operator
from chainrule.language.ordering import ORDERED, kthvalue, ordered, quantile, topk
from chainrule.language.parser import parse_expression
from chainrule.language.powers import matrix_power
from chainrule.language.reader import Reader, Value
from chainrule.language.scanning import SCANS, norm, scan
from chainrule.language.scope import CONSTRUCTORS
from chainrule.language.structures import structured
from chainrule.language.subscripts import subscript
from chainrule.ops import SPELLINGS, TABLE
from chainrule.ops.linalg import NOT_YET
from chainrule.ops.scans import NO_DERIVATIVE, UNSUPPORTED_NAMES
from chainrule.ops.table import Contraction, Pointwise, Signature, Structured
from chainrule.shapes import show
from chainrule.source import Source, Span
from chainrule.terms import Apply

Called = syntax.Call | syntax.Method | syntax.Subscript


def call(reader: Reader, node: Called) -> Value:
    """The value of a call, a method, an attribute or a subscript.

    Raises:
        ChainRuleError: ``name``, ``arguments``, ``shape`` or ``unsupported``.
    """
    if isinstance(node, syntax.Subscript):
        return _subscript(reader, node)
    name = node.function if isinstance(node, syntax.Call) else node.name
    if isinstance(node, syntax.Method) and not node.called:
        return _attribute(reader, node)
    if reader.internal and name.name in CLAIMS_ONLY:
        return claimed(reader, node, name.name)
    special = {"einsum": _einsum, "transpose": _transpose}.get(name.name)
    if name.name in ("trace", "tr", "diagonal") and len(node.arguments) + len(node.keywords) > isinstance(
        node, syntax.Call
    ):
        return along_diagonal(reader, node, name)
    if special is not None:
        return special(reader, node)
    if name.name in OPERATORS:
        return operator(reader, node, name)
    if name.name in CONSTRUCTORS:
        return constructed(reader, node, name)
    op = TABLE.get(SPELLINGS.get(name.name, ""))
    if op is None or (op.name == "place" and not reader.internal):
        _fail_unknown(reader, node, name)
    if isinstance(op, Pointwise):
        return _pointwise(reader, node, name, op)
    if isinstance(op, Structured):
        build = _BUILDERS.get(op.name, structured if "->" in op.shape else fold)
        return build(reader, node, name, op)
    if isinstance(op, Contraction):
        return _contraction(reader, node, name, op)
    return composite(reader, node, name, op)


_BUILDERS: Mapping[str, Callable[[Reader, Any, syntax.Name, Structured], Value]] = {
    **dict.fromkeys((*BUILDERS, "take"), moved),
    **dict.fromkeys(SCANS, scan),
    **dict.fromkeys(ORDERED, ordered),
    **dict.fromkeys(("quantile", "percentile"), quantile),
    "topk": topk,
    "kthvalue": kthvalue,
    **dict.fromkeys(("one_hot", "windows", "overlap_add"), layered),
    "matrix_power": matrix_power,
    "norm": norm,
}
"""What builds the operations with structure that are neither folds nor patterns."""


def _subscript(reader: Reader, node: syntax.Subscript) -> Value:
    """``base[items]``; an index after ``split`` and ``chunk`` picks a part."""
    base, item = node.base, node.items[0]
    one = len(node.items) == 1 and isinstance(item, syntax.Index)
    if one and isinstance(base, (syntax.Call, syntax.Method)) and isinstance(item, syntax.Index):
        name = base.function if isinstance(base, syntax.Call) else base.name
        op = TABLE.get(SPELLINGS.get(name.name, ""))
        if (
            isinstance(op, Structured)
            and op.name in ("split", "chunk", "unbind")
            and name.name not in reader.functions
        ):
            return part_of_split(reader, base, name, op, item.value)
    return subscript(reader, node)


def _fail_unknown(reader: Reader, node: Called, name: syntax.Name) -> NoReturn:
    known = [*SPELLINGS, *OPERATORS, *CONSTRUCTORS, "einsum", *reader.functions, *reader.abstract_names]
    if name.name in NOT_YET:
        fail(
            "unsupported",
            f"{name.name} is not supported yet",
            reader.label(name.span),
            notes=[NOT_YET[name.name]],
        )
    if name.name in NO_DERIVATIVE:
        label = reader.label(name.span)
        fail("unsupported", f"{name.name} has no derivative", label, notes=[NO_DERIVATIVE[name.name]])
    if name.name in UNSUPPORTED_NAMES:
        label = reader.label(name.span)
        fail("unsupported", f"{name.name} is not supported yet", label, notes=[UNSUPPORTED_NAMES[name.name]])
    close = nearest(name.name, known)
    notes = []
    if name.name in reader.lengths or len(name.name) == 1:
        notes.append(f"a product is written with *; an unknown function is declared: {name.name} : function")
    fail("name", f"there is no function {name.name}", reader.label(name.span), notes=notes, suggestion=close)


# What torch returns as values and indices.
_WITH_INDICES = frozenset({"sort", "topk", "kthvalue", "cummax", "cummin", "max", "min", "median"})


def _attribute(reader: Reader, node: syntax.Method) -> Value:
    name = node.name.name
    value = reader.read(node.base)
    if name == "T":
        return _turned(reader, value, tuple(reversed(range(len(value.shape)))), ())
    if name in ("mT", "H", "mH") and len(value.shape) >= 2:
        rank = len(value.shape)
        return _turned(reader, value, (*range(rank - 2), rank - 1, rank - 2), ())
    written = reader.source.slice(node.base.span)
    if name in ("values", "indices") and isinstance(node.base, (syntax.Call, syntax.Method)):
        called = node.base.function.name if isinstance(node.base, syntax.Call) else node.base.name.name
        if SPELLINGS.get(called) in _WITH_INDICES:
            if name == "values":
                return value
            notes = ["the values have"]
            fail("unsupported", "indices have no derivative", reader.label(node.name.span), notes=notes)
    if name in SPELLINGS:
        fail(
            "syntax",
            f"{name} needs brackets",
            reader.label(node.name.span),
            suggestion=f"{written}.{name}()",
        )
    fail(
        "name",
        f"there is no attribute {name}",
        reader.label(node.name.span),
        notes=["the transpose is written .T"],
        suggestion=nearest(name, ["T", "mT"]),
    )


# --- elementwise -----------------------------------------------------------------------------------


def _pointwise(reader: Reader, node: syntax.Call | syntax.Method, name: syntax.Name, op: Pointwise) -> Value:
    if op.name in ("gelu", "clip"):
        op = _variant(reader, node, op)
        node = replace(node, keywords=tuple(w for w in node.keywords if w.name.name != "approximate"))
    bound = bind(reader, node, name, op.signature)
    operands: list[tuple[Value, Span]] = []
    for parameter in op.signature.parameters:
        if parameter in bound:
            operands.append((reader.read_operand(bound[parameter], parameter), bound[parameter].span))
        else:
            default = op.signature.default(parameter) or ""
            value = reader.read(parse_expression(Source(default, name.name)))
            operands.append((value, node.span))
    return reader.pointwise(op.name, operands)


def _variant(reader: Reader, node: syntax.Call | syntax.Method, op: Pointwise) -> Pointwise:
    """gelu(approximate="tanh") and one-sided clips are entries of their own in the table."""
    words = {word.name.name: word.value for word in node.keywords}
    if op.name == "gelu":
        approximate = words.get("approximate")
        asked = literal(reader, approximate, "approximate") if approximate is not None else "none"
        variant = TABLE["gelu_tanh" if asked == "tanh" else "gelu"]
    else:
        given = len(node.arguments) + isinstance(node, syntax.Method)
        low = given > 1 or "min" in words or "a_min" in words
        high = given > 2 or "max" in words or "a_max" in words
        variant = TABLE["clip" if low == high else "clip_min" if low else "clip_max"]
    assert isinstance(variant, Pointwise)
    return variant


# --- contractions and turns --------------------------------------------------------------------------


def _contraction(
    reader: Reader, node: syntax.Call | syntax.Method, name: syntax.Name, op: Contraction
) -> Value:
    bound = bind(reader, node, name, op.signature)
    operands = [(reader.read_operand(bound[p], p), bound[p].span) for p in op.signature.parameters]
    what = "@" if op.name == "matmul" else op.name
    ranks = [len(value.shape) for value, _ in operands]
    pattern = next((p for p in map(Pattern.of, op.patterns) if p.fits(ranks)), None)
    if pattern is None:
        _fail_ranks(reader, operands, what)
    number = contract(reader, pattern, operands, what)
    return reader.of_node(number, Apply(op.name, tuple(value.term for value, _ in operands)))


def _fail_ranks(reader: Reader, operands: list[tuple[Value, Span]], what: str) -> NoReturn:
    needs = "vectors or matrices" if what in ("@", "dot", "inner") else "operands of other shapes"
    notes = []
    for value, span in operands:
        if not value.shape:
            text = reader.source.slice(span)
            notes.append(
                f"{text} is a scalar; declare its shape, as in {text} : [m, n], or write * for a product"
            )
    fail(
        "shape",
        f"{what} needs {needs}",
        *(reader.label(span, show(value.shape)) for value, span in operands),
        notes=notes,
    )


def _einsum(reader: Reader, node: syntax.Call | syntax.Method) -> Value:
    first, *rest = node.arguments or (None,)
    if not isinstance(first, syntax.Text) or isinstance(node, syntax.Method):
        fail(
            "arguments",
            "einsum needs a quoted pattern first",
            reader.label(node.span),
            suggestion='einsum("ij,jk->ik", A, B)',
        )
    pattern = Pattern.of(first.value)
    letters = first.value.replace("->", "").replace(",", "").replace(" ", "").replace("...", "")
    given = "".join(pattern.operands)
    if letters and not (letters.isascii() and letters.isalpha()):
        fail("arguments", "an einsum pattern has letters, commas, ... and ->", reader.label(first.span))
    unknown = [c for c in pattern.output.replace("...", "") if c not in given]
    if unknown or len(set(pattern.output.replace("...", ""))) != len(pattern.output.replace("...", "")):
        why = f"{unknown[0]} stands in no operand" if unknown else "a letter stands twice in the output"
        fail("arguments", f"this einsum pattern cannot be computed: {why}", reader.label(first.span))
    if len(rest) != len(pattern.operands):
        fail(
            "arguments",
            f"the pattern has {len(pattern.operands)} operands and {len(rest)} are given",
            reader.label(node.span),
        )
    operands = [(reader.read(part), part.span) for part in rest if part is not None]
    for letters, (value, span) in zip(pattern.operands, operands, strict=True):
        if not Pattern((letters,), "").fits([len(value.shape)]):
            fail(
                "shape",
                f"{letters} asks for {len(letters.replace('...', ''))} axes",
                reader.label(span, show(value.shape)),
            )
    number = contract(reader, pattern, operands, "einsum")
    return reader.of_node(
        number, Apply("einsum", tuple(v.term for v, _ in operands), (("pattern", first.value),))
    )


def _transpose(reader: Reader, node: syntax.Call | syntax.Method) -> Value:
    signature = Signature.of("transpose(a, axes=None)")
    name = node.function if isinstance(node, syntax.Call) else node.name
    given = len(node.arguments) + isinstance(node, syntax.Method)
    if given == 3 or any(word.name.name == "dim0" for word in node.keywords):
        swap = TABLE["swapaxes"]
        assert isinstance(swap, Structured)
        return moved(reader, node, name, swap)
    bound = bind(reader, node, name, signature)
    value = reader.read(bound["a"])
    rank = len(value.shape)
    if "axes" not in bound:
        return _turned(reader, value, tuple(reversed(range(rank))), ())
    order = literal(reader, bound["axes"], "axes")
    label = reader.label(bound["axes"].span)
    if not isinstance(order, tuple) or set(axes(reader, order, rank, label)) != set(range(rank)):
        fail("arguments", f"axes must name each of the {rank} axes once", label)
    turned = tuple(k % rank for k in order)
    return _turned(reader, value, turned, (("axes", turned),))


def _turned(reader: Reader, value: Value, order: tuple[int, ...], params: Any) -> Value:
    if len(order) < 2:
        return value
    number = reader.graph.transposed(reader.materialise(value), order)
    plain = order == tuple(reversed(range(len(order))))
    return reader.of_node(number, Apply("transpose", (value.term,), () if plain else (("axes", order),)))
