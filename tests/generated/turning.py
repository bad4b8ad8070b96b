"""Random contractions, transposes, subscripts and tensors made of nothing."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.shapes import Dim, Shape
from tests.generated.growing import ATOM, PRODUCT, SIGN, Expr, Grower, Growth, Misfit

_LETTERS = "ijklmn"


def _of_rank(self: Grower, depth: int, *ranks: int) -> Expr:
    for _ in range(5):
        found = self.grow(depth)
        if len(found.shape) in ranks:
            return found
    fitting = [name for name in self.names if len(name.shape) in ranks]
    if not fitting:
        raise Misfit
    return self.random.choice(fitting)


def _turned(expr: Expr) -> Expr:
    text = f"{expr.at(ATOM)}.T"
    return Expr(text, ATOM, expr.shape[::-1], np.transpose(expr.value))


def _matching(self: Grower, depth: int, dim: Dim) -> Expr:
    """A vector or matrix whose axis to be summed has length ``dim``."""
    found = [self.grow(min(depth, 1)) for _ in range(3)]
    for expr in (*found, *self.names):
        if len(expr.shape) in (1, 2):
            both = [expr, _turned(expr)] if len(expr.shape) == 2 else [expr]
            for one in both:
                if one.shape[0] == dim:
                    return one
    raise Misfit


def _matmul(self: Grower, depth: int) -> Expr:
    left = _of_rank(self, depth, 1, 2)
    if len(left.shape) == 2 and self.random.random() < 0.4:
        left = _turned(left)
    right = _matching(self, depth, left.shape[-1])
    shape = (*left.shape[:-1], *right.shape[1:])
    value = np.matmul(left.value, right.value)
    if self.random.random() < 0.2:
        name = "dot" if len(shape) in (0, 2) and self.random.random() < 0.5 else "matmul"
        return Expr(f"{name}({left.text}, {right.text})", ATOM, shape, value)
    return Expr(f"{left.at(PRODUCT)}@{right.at(SIGN)}", PRODUCT, shape, value)


def _gram(self: Grower, depth: int) -> Expr:
    """A square matrix."""
    first = _of_rank(self, depth, 2)
    turned = _turned(first)
    left, right = (first, turned) if self.random.random() < 0.5 else (turned, first)
    value = left.value @ right.value
    return Expr(f"{left.at(PRODUCT)}@{right.at(SIGN)}", PRODUCT, (left.shape[0], right.shape[1]), value)


def _square(self: Grower, depth: int) -> Expr:
    """A trace, a diagonal, or a sum with the identity."""
    base = _gram(self, depth)
    dim = base.shape[0]
    kind = self.random.choice(("trace", "diagonal", "eye", "sum"))
    if kind == "trace":
        return Expr(f"trace({base.text})", ATOM, (), np.trace(base.value))
    if kind == "diagonal":
        return Expr(f"diagonal({base.text})", ATOM, (dim,), np.diagonal(base.value))
    if kind == "eye":
        return Expr(f"{base.text}*eye({dim})", PRODUCT, base.shape, base.value * np.eye(len(base.value)))
    return Expr(f"{base.text} + {base.at(ATOM)}.T", 0, base.shape, base.value + base.value.T)


def _matrix_function(self: Grower, depth: int) -> Expr:
    """Something of a matrix that is surely invertible."""
    base = _gram(self, depth)
    dim, count = base.shape[0], len(base.value)
    matrix = f"{base.text} + eye({dim})"
    value = base.value + np.eye(count)
    name = self.random.choice(("inv", "det", "logdet", "solve"))
    if name == "det" or name == "logdet":
        found = np.linalg.det(value) if name == "det" else np.log(np.linalg.det(value))
        return Expr(f"{name}({matrix})", ATOM, (), found)
    if name == "inv":
        return Expr(f"inv({matrix})", ATOM, base.shape, np.linalg.inv(value))
    right = _matching(self, depth, dim)
    return Expr(f"solve({matrix}, {right.text})", ATOM, right.shape, np.linalg.solve(value, right.value))


def _outer(self: Grower, depth: int) -> Expr:
    a, b = _of_rank(self, depth, 1), _of_rank(self, depth, 1)
    return Expr(f"outer({a.text}, {b.text})", ATOM, (*a.shape, *b.shape), np.outer(a.value, b.value))


def _einsum(self: Grower, depth: int) -> Expr:
    others = self.random.choice((0, 1, 1, 2))
    operands = [_of_rank(self, depth, 1, 2, 3), *(_of_rank(self, min(depth, 1), 1, 2) for _ in range(others))]
    letters: dict[str, Dim] = {}
    spelled = []
    for operand in operands:
        word = ""
        for dim in operand.shape:
            known = [
                c for c, d in letters.items() if d == dim and (c not in word or self.random.random() < 0.3)
            ]
            if known and self.random.random() < 0.75:
                word += self.random.choice(known)
                continue
            fresh = _LETTERS[len(letters)] if len(letters) < len(_LETTERS) else ""
            if not fresh:
                raise Misfit
            letters[fresh] = dim
            word += fresh
        spelled.append(word)
    kept = [c for c in letters if self.random.random() < 0.5][:3]
    self.random.shuffle(kept)
    pattern = f"{','.join(spelled)}->{''.join(kept)}"
    value = np.einsum(pattern, *(o.value for o in operands))
    text = f'einsum("{pattern}", {", ".join(o.text for o in operands)})'
    return Expr(text, ATOM, tuple(letters[c] for c in kept), value)


def _transpose(self: Grower, depth: int) -> Expr:
    inner = _of_rank(self, depth, 2, 3)
    if len(inner.shape) == 2 or self.random.random() < 0.4:
        return (
            _turned(inner)
            if self.random.random() < 0.7
            else Expr(f"transpose({inner.text})", ATOM, inner.shape[::-1], np.transpose(inner.value))
        )
    order = list(range(3))
    self.random.shuffle(order)
    shape = tuple(inner.shape[k] for k in order)
    text = f"transpose({inner.text}, axes=({', '.join(map(str, order))}))"
    return Expr(text, ATOM, shape, np.transpose(inner.value, order))


def _subscript(self: Grower, depth: int) -> Expr:
    """Indices, slices, new axes; what is known of a symbolic length is that it is at least 2."""
    inner = _of_rank(self, depth, 1, 2, 3)
    items: list[str] = []
    picked: list[Any] = []
    shape: list[Dim] = []
    for dim in inner.shape[: self.random.randint(1, len(inner.shape))]:
        if self.random.random() < 0.12:
            items.append("None")
            picked.append(None)
            shape.append(1)
        text, item, left = _item(self, dim)
        items.append(text)
        picked.append(item)
        shape += left
    used = sum(1 for item in picked if item is not None)
    if self.random.random() < 0.15:
        items.append("None")
        picked.append(None)
        shape.append(1)
    value = inner.value[tuple(picked)]
    full = (*shape, *inner.shape[used:])
    if all(item == ":" for item in items):
        raise Misfit
    return Expr(f"{inner.at(ATOM)}[{', '.join(items)}]", ATOM, full, value)


def _item(self: Grower, dim: Dim) -> tuple[str, Any, Shape]:
    kind = self.random.choice(("index", "index", "slice", "all", "reversed"))
    if kind == "index":
        index = self.random.choice((0, 1, -1)) if dim != 1 else 0
        return str(index), index, ()
    if kind == "all" or (kind == "slice" and dim == 1):
        return ":", slice(None), (dim,)
    if kind == "reversed":
        return "::-1", slice(None, None, -1), (dim,)
    if not isinstance(dim, int):
        return ":2", slice(None, 2), (2,)
    options = ("1:", ":-1", ":2", "-2:", "::2") if dim > 2 else ("1:", ":1", "::2")
    text = self.random.choice(options)
    parts = [int(part) if part else None for part in text.split(":")]
    piece = slice(*parts)
    return text, piece, (len(range(dim)[piece]),)


def _constructed(self: Grower, depth: int) -> Expr:
    inner = _of_rank(self, depth, 1, 2)
    dims = ", ".join(map(str, inner.shape))
    concrete = inner.value.shape
    name = self.random.choice(("ones", "full", "zeros"))
    if name == "full":
        fill = self.random.choice([n for n in self.names if not n.shape] or [self.number()])
        value = inner.value * np.full(concrete, fill.value)
        return Expr(f"{inner.at(PRODUCT)}*full([{dims}], {fill.text})", PRODUCT, inner.shape, value)
    made = getattr(np, name)(concrete)
    return Expr(f"{inner.at(0)} - {name}({dims})", 0, inner.shape, inner.value - made)


TURNING: tuple[Growth, ...] = (
    *(_matmul,) * 4,
    _gram,
    _square,
    _matrix_function,
    _outer,
    *(_einsum,) * 2,
    *(_transpose,) * 2,
    *(_subscript,) * 2,
    _constructed,
)
