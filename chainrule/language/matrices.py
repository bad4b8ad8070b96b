"""Triangles, diagonals, and products that are one contraction."""

from __future__ import annotations

from dataclasses import replace

from chainrule.diagnostics import fail
from chainrule.graph import Operand
from chainrule.language import syntax
from chainrule.language.arguments import axes, bind, literal
from chainrule.language.contract import Pattern, contract
from chainrule.language.folding import summed
from chainrule.language.joining import placed
from chainrule.language.reader import Reader, Value
from chainrule.language.reshaping import reshaped
from chainrule.language.sizes import Called, needs_axes, one_axis, operand, whole
from chainrule.language.subscripts import ALL, Item, take
from chainrule.ops.table import Signature, Structured
from chainrule.shapes import Dim, minus, plus, show, times
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
    """The entries k places above the diagonal of the first two axes (below, where k is negative), last."""
    rows, columns = value.shape[:2]
    square = value
    if rows != columns or k:
        length = _diagonal_length(reader, value, span, k)
        top, left = max(-k, 0), max(k, 0)
        square = take(
            reader,
            value,
            (_bounds(top, length, rows), _bounds(left, length, columns), *[ALL] * (len(value.shape) - 2)),
        )
    return contract(reader, Pattern.of("ii...->...i"), [(square, span)], "diag")


def _diagonal_length(reader: Reader, value: Value, span: Span, k: int) -> Dim:
    rows, columns = value.shape[:2]
    high, wide = minus(rows, max(-k, 0)), minus(columns, max(k, 0))
    if high in (None, 0) or wide in (None, 0):
        fail("shape", f"there is no diagonal {k}", reader.label(span, show(value.shape)))
    assert high is not None
    assert wide is not None
    if minus(wide, high) is not None:
        return high
    if minus(high, wide) is not None:
        return wide
    fail(
        "unsupported",
        "this diagonal is not supported yet where its length is not known",
        reader.label(span, show(value.shape)),
        notes=["all diagonals of square matrices are"],
    )


def _bounds(start: int, length: Dim, whole: Dim) -> Item:
    stop = plus([start, length])
    return (start or None, None if stop == whole else stop, None)


_ALONG = Signature.of("trace(a, diagonal=0, axis1=0, axis2=1)")
_NAMES = {"offset": "diagonal", "dim1": "axis1", "dim2": "axis2"}


def along_diagonal(reader: Reader, node: Called, name: syntax.Name) -> Value:
    """``trace(a, offset, axis1, axis2)`` and ``diagonal``: of two axes, some places off the middle.

    Raises:
        ChainRuleError: ``arguments`` or ``shape``.
    """
    words = tuple(
        replace(word, name=replace(word.name, name=_NAMES.get(word.name.name, word.name.name)))
        for word in node.keywords
    )
    bound = bind(reader, replace(node, keywords=words), name, _ALONG)
    value, span = operand(reader, bound, "a")
    needs_axes(reader, value, span, 2, name.name)
    rank, k = len(value.shape), whole(reader, bound, "diagonal", 0)
    a, b = (one_axis(reader, bound, word, rank, default) for word, default in (("axis1", 0), ("axis2", 1)))
    if a == b:
        fail("arguments", "an axis is named twice", reader.label(node.span))
    turned = value
    if (a, b) != (0, 1):
        order = (a, b, *(axis for axis in range(rank) if axis not in (a, b)))
        turned = reader.of_node(reader.graph.transposed(reader.materialise(value), order), value.term)
    number = _diagonal(reader, turned, span, k)
    known = "diagonal" if name.name == "diagonal" else "trace"
    if known == "trace":
        number = summed(reader, "sum", number, (rank - 2,), False)
    given = [("axis1", a, 0), ("axis2", b, 1), ("offset", k, 0)]
    shown = tuple((word, said) for word, said, usual in given if said != usual)
    return reader.of_node(number, Apply(known, (value.term,), shown))


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
