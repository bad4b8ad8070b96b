"""Tensors made of nothing: zeros, ones, full and eye, with lengths that may be symbolic."""

from __future__ import annotations

from chainrule.diagnostics import fail
from chainrule.graph import Indexed
from chainrule.language import syntax
from chainrule.language.arguments import literal
from chainrule.language.reader import Reader, Value
from chainrule.shapes import Dim
from chainrule.terms import ONE, ZERO, Apply, Number, axis


def constructed(reader: Reader, node: syntax.Call | syntax.Method, name: syntax.Name) -> Value:
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
            fail(
                "arguments", "a length is a positive whole number or a declared name", reader.label(node.span)
            )
    if name.name == "eye":
        return _identity(reader, node, dims)
    if name.name == "full" and (fill is None or fill.shape):
        fail(
            "arguments",
            "full needs a shape and a number",
            reader.label(node.span),
            suggestion="full([2, 2], 7)",
        )
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
