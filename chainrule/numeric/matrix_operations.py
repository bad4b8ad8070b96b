"""The matrix operations of the op table by name, on tensors whose leading axes are a stack of matrices."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from chainrule.numeric.entries import Undefined
from chainrule.numeric.linear import Numbers, Rows
from chainrule.numeric.spectral import Spectral
from chainrule.numeric.tensors import Tensor, plain
from chainrule.shapes import entries as count_entries


def _frechet(m: Spectral, x: Rows, d: Rows) -> Rows:
    return m.exp_along(x, d)


def _second(m: Spectral, x: Rows, u: Rows, v: Rows) -> Rows:
    return m.sum(m.exp_along(x, u, v), m.exp_along(x, v, u))


_OPERATIONS: Mapping[str, Callable[..., Rows]] = MappingProxyType(
    {
        "inv": Spectral.inv,
        "det": lambda m, x: [[m.det(x)]],
        "cofactors": Spectral.cofactors,
        "pinv": Spectral.pinv,
        "cholesky": Spectral.cholesky,
        "eigvalsh": lambda m, x: [m.eigh(x)[0]],
        "eigh_vectors": lambda m, x: m.eigh(x)[1],
        "svdvals": lambda m, x: [m.svd(x)[0]],
        "svd_right": lambda m, x: m.svd(x)[1],
        "nuclear_norm": lambda m, x: [[m.total(m.svd(x)[0])]],
        "polar": Spectral.polar,
        "lyapunov": Spectral.lyapunov,
        "matrix_exp": Spectral.exp,
        "expm_frechet": _frechet,
        "expm_second": _second,
    }
)

NAMES = frozenset(_OPERATIONS)
"""The operations that are computed here."""

_BY_ELIMINATION = frozenset({"inv", "det", "cofactors", "pinv", "cholesky"})
_SWEEPS = 20


def effort(op: str, shape: Sequence[int]) -> int:
    """About how many multiplications a matrix operation on an operand of this shape takes."""
    return count_entries(shape) * shape[-1] * (1 if op in _BY_ELIMINATION else _SWEEPS)


def matrix_operation(op: str, operands: Sequence[Tensor], shape: tuple[int, ...], numbers: Numbers) -> Tensor:
    """The value of a matrix operation; where an operand has an undefined entry, its whole matrix is.

    Raises:
        Inexact: the arithmetic does not hold the result.
    """
    compute, matrices = _OPERATIONS[op], Spectral(numbers)
    stacks = [_matrices(operand) for operand in operands]
    count = len(stacks[0])
    each = count_entries(shape) // count
    out: list[Any] = []
    for several in zip(*stacks, strict=True):
        undefined = next((x for rows in several for row in rows for x in row if _fails(x)), None)
        if undefined is not None:
            out += [undefined] * each
        else:
            out += [_entry(numbers, entry) for row in compute(matrices, *several) for entry in row]
    return Tensor(out, shape)


def _matrices(tensor: Tensor) -> list[Rows]:
    *batch, height, width = tensor.shape
    entries = plain(tensor.entries)
    rows = [entries[k : k + width] for k in range(0, len(entries), width)]
    return [rows[k * height : (k + 1) * height] for k in range(count_entries(batch))]


def _entry(numbers: Numbers, entry: Any) -> Any:
    """An entry of the result; an undefined one in the arithmetic's own form."""
    return numbers.loaded(entry) if isinstance(entry, Undefined) else numbers.kept(entry)


def _fails(entry: Any) -> bool:
    if isinstance(entry, Undefined):
        return True
    return isinstance(entry, float) and entry - entry != 0
