"""Triangles, diagonals, and products that are one contraction."""

from __future__ import annotations

from chainrule.diagnostics import fail
from chainrule.graph import Operand
from chainrule.language import syntax
from chainrule.language.arguments import axes, bind, literal
from chainrule.language.contract import Pattern, contract
from chainrule.language.joining import placed
from chainrule.language.reader import Reader, Value
from chainrule.language.reshaping import reshaped
from chainrule.language.sizes import Called, needs_axes, operand, whole
from chainrule.language.subscripts import Item, take
from chainrule.ops.table import Structured
from chainrule.shapes import plus, show, times
from chainrule.source import Span
from chainrule.terms import ZERO, Apply, Term, axis, integer, slot


def triangle(reader: Reader, node: Called, name: syntax.Name, op: Structured) -> Value:
    """``tril(x, diagonal)`` and ``triu(x, diagonal)``."""
    bound = bind(reader, node, name, op.signature)
    value, span = operand(reader, bound)
    needs_axes(reader, value, span, 2, op.name)
    diagonal = whole(reader, bound, "diagonal", 0)
    rank = len(value.shape)
    row, column = axis(rank - 2), axis(rank - 1)
    edge: Term = row if not diagonal else Apply("add", (row, integer(diagonal)))
    inside = Apply("le" if op.name == "tril" else "ge", (column, edge))
    kernel = Apply("where", (inside, slot(0), ZERO))
    read = Operand(reader.materialise(value), tuple(range(rank)))
    number = reader.graph.indexed(kernel, [read], value.shape, rank)
    words = (("diagonal", diagonal),) if diagonal else ()
    return reader.of_node(number, Apply(op.name, (value.term,), words))


def diag(reader: Reader, node: Called, name: syntax.Name, op: Structured) -> Value:
    """``diag(x, diagonal)``: a matrix of a vector, a vector of a matrix."""
    bound = bind(reader, node, name, op.signature)
    value, span = operand(reader, bound)
    k = whole(reader, bound, "diagonal", 0)
    words = (("diagonal", k),) if k else ()
    rank = len(value.shape)
    if rank not in (1, 2):
        fail("shape", "diag needs a vector or a matrix", reader.label(span, show(value.shape)))
    if rank == 1:
        length = value.shape[0]
        read = Operand(reader.materialise(value), (0,))
        kernel = Apply("mul", (Apply("delta", (axis(0), axis(1))), slot(0)))
        number = reader.graph.indexed(kernel, [read], (length, length), 2)
        if k:
            side = plus([length, abs(k)])
            low, high = (None, -abs(k), None), (abs(k), None, None)
            number = placed(reader, number, (low, high) if k > 0 else (high, low), (side, side))
        return reader.of_node(number, Apply("diag", (value.term,), words))
    return reader.of_node(_diagonal(reader, value, span, k), Apply("diag", (value.term,), words))


def _diagonal(reader: Reader, value: Value, span: Span, k: int) -> int:
    """The entries of a matrix k places above its diagonal (below, where k is negative)."""
    rows, columns = value.shape
    if rows == columns and not k:
        return contract(reader, Pattern.of("ii->i"), [(value, span)], "diag")
    if not isinstance(rows, int) or not isinstance(columns, int):
        fail(
            "unsupported",
            "this diagonal is not supported yet where its length is not known",
            reader.label(span, show(value.shape)),
            notes=["the main diagonal of a square matrix is"],
        )
    length = min(rows + min(k, 0), columns - max(k, 0))
    if length < 1:
        fail("shape", f"there is no diagonal {k}", reader.label(span, show(value.shape)))
    top, left = max(-k, 0), max(k, 0)
    items: tuple[Item, ...] = (_bounds(top, length, rows), _bounds(left, length, columns))
    square = take(reader, value, items)
    return contract(reader, Pattern.of("ii->i"), [(square, span)], "diag")


def _bounds(start: int, length: int, whole: int) -> Item:
    return (start or None, None if start + length == whole else start + length, None)


# --- products ----------------------------------------------------------------------------------------


def kron(reader: Reader, node: Called, name: syntax.Name, op: Structured) -> Value:
    """``kron(a, b)``: an outer product, block by block."""
    bound = bind(reader, node, name, op.signature)
    a, b = (operand(reader, bound, word) for word in ("a", "b"))
    if len(a[0].shape) != len(b[0].shape) or len(a[0].shape) not in (1, 2):
        labels = (reader.label(span, show(value.shape)) for value, span in (a, b))
        fail("shape", "kron needs two vectors or two matrices", *labels)
    pattern = "i,k->ik" if len(a[0].shape) == 1 else "ij,kl->ikjl"
    number = contract(reader, Pattern.of(pattern), [a, b], "kron")
    shape = tuple(times(pair) for pair in zip(a[0].shape, b[0].shape, strict=True))
    return reader.of_node(reshaped(reader, number, shape), Apply("kron", (a[0].term, b[0].term)))


def tensordot(reader: Reader, node: Called, name: syntax.Name, op: Structured) -> Value:
    """``tensordot(a, b, axes)``."""
    bound = bind(reader, node, name, op.signature)
    a, b = (operand(reader, bound, word) for word in ("a", "b"))
    ranks = len(a[0].shape), len(b[0].shape)
    given = literal(reader, bound["axes"], "axes") if "axes" in bound else 2
    label = reader.label(bound["axes"].span if "axes" in bound else node.span)
    if isinstance(given, int) and not isinstance(given, bool):
        if not 0 <= given <= min(ranks):
            fail("arguments", f"there are no {given} axes to sum over", label)
        given = (tuple(range(ranks[0] - given, ranks[0])), tuple(range(given)))
    if not isinstance(given, tuple) or len(given) != 2:
        fail("arguments", "axes is a whole number, or a list of axes for each of the two tensors", label)
    pairs = [one if isinstance(one, tuple) else (one,) for one in given]
    for one, rank in zip(pairs, ranks, strict=True):
        axes(reader, one, rank, label)
    if len(pairs[0]) != len(pairs[1]):
        fail("arguments", "as many axes of the one tensor as of the other are summed over", label)
    letters = "abcdefghijklmnopqrstuvwxyz"
    left, right = list(letters[: ranks[0]]), list(letters[ranks[0] : sum(ranks)])
    for i, j in zip(*pairs, strict=True):
        right[j % ranks[1]] = left[i % ranks[0]]
    out = [c for c in left if c not in right] + [c for c in right if c not in left]
    pattern = Pattern(("".join(left), "".join(right)), "".join(out))
    number = contract(reader, pattern, [a, b], "tensordot")
    return reader.of_node(number, Apply("tensordot", (a[0].term, b[0].term), (("axes", tuple(pairs)),)))
