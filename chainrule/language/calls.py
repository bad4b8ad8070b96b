"""Calls of operations, by family: what each becomes in the graph, and how it is written."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from chainrule.algebra import div, mul
from chainrule.diagnostics import ChainRuleError, fail, nearest
from chainrule.graph import Indexed, Operand, Operation
from chainrule.language import syntax
from chainrule.language.arguments import axes, bind, literal
from chainrule.language.contract import Pattern, contract
from chainrule.language.reader import Reader, Value
from chainrule.language.parser import parse_expression
from chainrule.language.scope import CONSTRUCTORS
from chainrule.language.subscripts import place, subscript, take
from chainrule.ops import SPELLINGS, TABLE
from chainrule.ops.table import Composite, Contraction, Pointwise, Signature, Structured
from chainrule.shapes import Dim, Shape, show, size_term
from chainrule.source import Source, Span
from chainrule.terms import ONE, ZERO, Apply, Number, Term, axis, slot

Called = syntax.Call | syntax.Method | syntax.Subscript


def call(reader: Reader, node: Called) -> Value:
    """The value of a call, a method, an attribute or a subscript.

    Raises:
        ChainRuleError: ``name``, ``arguments``, ``shape`` or ``unsupported``.
    """
    if isinstance(node, syntax.Subscript):
        return subscript(reader, node)
    name = node.function if isinstance(node, syntax.Call) else node.name
    if isinstance(node, syntax.Method) and not node.called:
        return _attribute(reader, node)
    if reader.internal and name.name in _CLAIMS_ONLY:
        return _internal(reader, node, name.name)
    special = {"einsum": _einsum, "transpose": _transpose}.get(name.name)
    if special is not None:
        return special(reader, node)
    if name.name in CONSTRUCTORS:
        return _constructed(reader, node, name)
    op = TABLE.get(SPELLINGS.get(name.name, ""))
    if op is None or (op.name in ("take", "place") and not reader.internal):
        _fail_unknown(reader, node, name)
    if isinstance(op, Pointwise):
        return _pointwise(reader, node, name, op)
    if isinstance(op, Structured):
        return _fold(reader, node, name, op)
    if isinstance(op, Contraction):
        return _contraction(reader, node, name, op)
    return _composite(reader, node, name, op)


def _fail_unknown(reader: Reader, node: Called, name: syntax.Name) -> None:
    known = [*SPELLINGS, *CONSTRUCTORS, "einsum", *reader.functions, *reader.abstract_names]
    close = nearest(name.name, known)
    notes = []
    if name.name in reader.lengths or len(name.name) == 1:
        notes.append(f"a product is written with *; an unknown function is declared: {name.name} : function")
    fail("name", f"there is no function {name.name}", reader.label(name.span), notes=notes, suggestion=close)


def _attribute(reader: Reader, node: syntax.Method) -> Value:
    name = node.name.name
    value = reader.read(node.base)
    if name == "T":
        return _turned(reader, value, tuple(reversed(range(len(value.shape)))), ())
    if name in ("mT", "H", "mH") and len(value.shape) >= 2:
        rank = len(value.shape)
        return _turned(reader, value, (*range(rank - 2), rank - 1, rank - 2), ())
    written = reader.source.slice(node.base.span)
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


def _pointwise(
    reader: Reader, node: syntax.Call | syntax.Method, name: syntax.Name, op: Pointwise
) -> Value:
    if name.name in ("gelu", "clip", "clamp"):
        op = _variant(reader, node, op)
    bound = bind(reader, node, name, op.signature)
    operands: list[tuple[Value, Span]] = []
    for parameter in op.signature.parameters:
        if parameter in bound:
            operands.append((_operand(reader, bound[parameter], parameter), bound[parameter].span))
        else:
            default = op.signature.default(parameter) or ""
            value = reader.read(parse_expression(Source(default, name.name)))
            operands.append((value, node.span))
    return reader.pointwise(op.name, operands)


def _operand(reader: Reader, node: syntax.Node, parameter: str) -> Value:
    if parameter == "condition" and not isinstance(node, syntax.Comparison) and not reader.internal:
        fail(
            "type",
            "the first argument of where is a comparison",
            reader.label(node.span),
            suggestion=f"where({reader.source.slice(node.span)} > 0, a, b)"[:80],
        )
    if parameter != "condition" and isinstance(node, syntax.Comparison):
        fail(
            "type",
            "a comparison is a condition, not a number",
            reader.label(node.span),
            suggestion=f"where({reader.source.slice(node.span)}, 1, 0)"[:80],
        )
    return reader.read(node)


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


# --- folds --------------------------------------------------------------------------------------------


def _fold(
    reader: Reader, node: syntax.Call | syntax.Method, name: syntax.Name, op: Structured
) -> Value:
    bound = bind(reader, node, name, op.signature)
    first = op.signature.parameters[0]
    operand = _operand(reader, bound[first], first)
    given = {
        word: literal(reader, value, word) for word, value in bound.items() if word != first
    }
    rank = len(operand.shape)
    span = bound["axis"].span if "axis" in bound else node.span
    gone = axes(reader, given.get("axis"), rank, reader.label(span))
    keepdims = bool(given.get("keepdims", False))
    number = reader.materialise(operand)
    if op.name in ("sum", "mean"):
        number = _summed(reader, op.name, number, gone, keepdims)
    else:
        number = _structured(reader, op, number, gone, given)
        if not keepdims and op.shape == "fold":
            number = _dropped(reader, number, gone)
    defaults = {word: _default(op.signature, word) for word in given}
    params = {w: v for w, v in given.items() if v is not None and v != defaults[w]}
    return reader.of_node(number, Apply(op.name, (operand.term,), tuple(sorted(params.items()))))


def _default(signature: Signature, parameter: str) -> Any:
    text = signature.default(parameter)
    return {"None": None, "False": False, "True": True}.get(text or "", text)


def _summed(reader: Reader, name: str, number: int, gone: tuple[int, ...], keepdims: bool) -> int:
    """Σ, or Σ/N, over the axes ``gone``."""
    shape = reader.graph.shape(number)
    kept = [k for k in range(len(shape)) if k not in gone]
    out = list(range(len(shape))) if keepdims else kept
    order = {k: n for n, k in enumerate(out) if k not in gone}
    order.update({k: len(out) + n for n, k in enumerate(gone)})
    lengths: Shape = (*(1 if k in gone else shape[k] for k in out), *(shape[k] for k in gone))
    kernel: Term = slot(0)
    if name == "mean":
        kernel = mul(div(ONE, size_term(shape[k] for k in gone)), kernel)
    read = Operand(number, tuple(order[k] for k in range(len(shape))))
    return reader.graph.indexed(kernel, [read], lengths, len(out))


def _structured(
    reader: Reader, op: Structured, number: int, gone: tuple[int, ...], given: dict[str, Any]
) -> int:
    """The Operation node; a fold keeps its axes with length 1, and axes count from the last."""
    if len(gone) > 1 and op.name in ("prod", "prod_others"):
        # A product over several axes is one of products: each has one axis to leave entries out of.
        inner = _structured(reader, op, number, gone[-1:], given)
        if op.name == "prod":
            return _structured(reader, op, inner, gone[:-1], given)
        folds = TABLE["prod"]
        assert isinstance(folds, Structured)
        whole = _structured(reader, folds, number, gone[-1:], {})
        others = _structured(reader, op, whole, gone[:-1], given)
        return reader.graph.pointwise(Apply("mul", (slot(0), slot(1))), [inner, others])
    shape = reader.graph.shape(number)
    rank = len(shape)
    params: dict[str, Any] = {"axis": tuple(k - rank for k in gone)}
    for parameter in op.signature.parameters[1:]:
        if parameter not in ("axis", "keepdims"):
            default = op.signature.default(parameter)
            value = given.get(parameter, Fraction(default) if default not in (None, "None") else None)
            params[parameter] = value
    out: Shape = tuple(1 if k in gone and op.shape == "fold" else dim for k, dim in enumerate(shape))
    return reader.graph.add(Operation(op.name, (number,), tuple(sorted(params.items())), out))


def _dropped(reader: Reader, number: int, gone: tuple[int, ...]) -> int:
    """The node without its axes ``gone``, which have length 1."""
    shape = reader.graph.shape(number)
    kept = [k for k in range(len(shape)) if k not in gone]
    place_of = {k: n for n, k in enumerate(kept)}
    read = Operand(number, tuple(place_of.get(k) for k in range(len(shape))))
    return reader.graph.indexed(slot(0), [read], tuple(shape[k] for k in kept), len(kept))


# --- contractions and turns --------------------------------------------------------------------------


def _contraction(
    reader: Reader, node: syntax.Call | syntax.Method, name: syntax.Name, op: Contraction
) -> Value:
    bound = bind(reader, node, name, op.signature)
    operands = [
        (_operand(reader, bound[p], p), bound[p].span) for p in op.signature.parameters
    ]
    what = "@" if op.name == "matmul" else op.name
    ranks = [len(value.shape) for value, _ in operands]
    pattern = next((p for p in map(Pattern.of, op.patterns) if p.fits(ranks)), None)
    if pattern is None:
        _fail_ranks(reader, operands, what)
    number = contract(reader, pattern, operands, what)
    return reader.of_node(number, Apply(op.name, tuple(value.term for value, _ in operands)))


def _fail_ranks(reader: Reader, operands: list[tuple[Value, Span]], what: str) -> None:
    needs = "vectors or matrices" if what in ("@", "dot", "inner") else "operands of other shapes"
    notes = []
    for value, span in operands:
        if not value.shape:
            text = reader.source.slice(span)
            notes.append(f"{text} is a scalar; declare its shape, as in {text} : [m, n], or write * for a product")
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


# --- tensors made of nothing ---------------------------------------------------------------------------


def _constructed(reader: Reader, node: syntax.Call | syntax.Method, name: syntax.Name) -> Value:
    """zeros, ones, full and eye with lengths that may be symbolic."""
    if name.name not in ("zeros", "ones", "full", "eye") or isinstance(node, syntax.Method):
        fail(
            "type",
            f"{name.name} is data: it can be the whole right side of a definition",
            reader.label(node.span),
            suggestion=f"x = {reader.source.slice(node.span)}"[:80],
        )
    arguments = list(node.arguments)
    fill: Value | None = None
    if name.name == "full" and len(arguments) == 2:
        fill = reader.read(arguments.pop())
    written = [literal(reader, part, "a length") for part in arguments]
    dims = written[0] if len(written) == 1 and isinstance(written[0], tuple) else tuple(written)
    for dim in dims:
        if not isinstance(dim, str) and (not isinstance(dim, int) or isinstance(dim, bool) or dim < 1):
            fail("arguments", "a length is a positive whole number or a declared name", reader.label(node.span))
    if name.name == "eye":
        return _identity(reader, node, dims)
    if name.name == "full" and (fill is None or fill.shape):
        fail("arguments", "full needs a shape and a number", reader.label(node.span), suggestion="full([2, 2], 7)")
    kernel = {"zeros": ZERO, "ones": ONE}.get(name.name) or (fill.kernel if fill else ONE)
    operands = (fill.term,) if fill is not None else ()
    term = Apply(name.name, operands, (("shape", dims),))
    if isinstance(kernel, Number):
        return reader.of_node(reader.graph.constant(kernel, dims), term)
    assert fill is not None
    number = reader.graph.broadcast_to(reader.materialise(fill), dims)
    return reader.of_node(number, term)


def _identity(reader: Reader, node: syntax.Call, dims: tuple[Dim, ...]) -> Value:
    if not 1 <= len(dims) <= 2:
        fail("arguments", "eye needs one length or two", reader.label(node.span), suggestion="eye(n)")
    shape = (dims[0], dims[-1])
    kernel = Apply("delta", (axis(0), axis(1)))
    number = reader.graph.add(Indexed(kernel, (), shape, 2))
    return reader.of_node(number, Apply("eye", (), (("shape", dims),)))


# --- composites and what only claims may call ----------------------------------------------------------


def _composite(
    reader: Reader, node: syntax.Call | syntax.Method, name: syntax.Name, op: Composite
) -> Value:
    bound = bind(reader, node, name, op.signature)
    operands = {p: _operand(reader, bound[p], p) for p in op.signature.parameters if p in bound}
    value = reader.with_bound(operands, Source(op.program, op.name), lambda: _written_out(reader, op, node))
    return Value(
        Apply(op.name, tuple(v.term for v in operands.values())), value.kernel, value.shape
    )


def _written_out(reader: Reader, op: Composite, node: Called) -> Value:
    outer = node.span
    try:
        return reader.read(parse_expression(reader.source))
    except ChainRuleError as error:
        shapes = [note for note in error.diagnostic.notes]
        inside = [label.text for label in error.diagnostic.labels if label.text]
        fail(
            error.diagnostic.code,
            f"{op.name}: {error.diagnostic.message}",
            reader.outer_label(outer, " and ".join(inside)),
            notes=[f"{op.name} computes {op.program}", *shapes],
        )


_CLAIMS_ONLY = ("count", "leave_one_out", "place", "take")


def _internal(reader: Reader, node: syntax.Call | syntax.Method, name: str) -> Value:
    """count, leave_one_out, take and place: the words in which claims of the op table may speak besides operations."""
    assert isinstance(node, syntax.Call)
    words = {word.name.name: literal(reader, word.value, word.name.name) for word in node.keywords}
    operand = reader.read(node.arguments[0])
    if name == "count":
        gone = axes(reader, words.get("axis"), len(operand.shape), reader.label(node.span))
        size = size_term(operand.shape[k] for k in gone)
        return Value(size, size, ())
    if name == "leave_one_out":
        return _leave_one_out(reader, operand, words["axis"])
    if name == "take":
        return take(reader, operand, words["items"])
    return place(reader, operand, words["items"], words["shape"])


def _leave_one_out(reader: Reader, operand: Value, axis_: tuple[int, ...]) -> Value:
    """Copies of the operand along a new last axis, in the k-th of which the k-th entry is 1."""
    rank = len(operand.shape)
    along = axis_[0] % rank
    # out[…, k, …, l] = 1 if k = l, else x[…, l, …]
    reads = tuple(rank if k == along else k for k in range(rank))
    kernel = Apply("where", (Apply("eq", (axis(along), axis(rank))), ONE, slot(0)))
    lengths = (*operand.shape, operand.shape[along])
    node = reader.graph.indexed(kernel, (Operand(reader.materialise(operand), reads),), lengths, rank + 1)
    return reader.of_node(node, Apply("leave_one_out", (operand.term,), (("axis", axis_),)))
