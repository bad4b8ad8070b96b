"""The identity matrix with its axes taken apart: the deltas of the parts, as Kronecker products need them."""

from __future__ import annotations

from collections.abc import Sequence

from chainrule.algebra import mul
from chainrule.graph import delta
from chainrule.shapes import Shape, times
from chainrule.terms import ONE, Apply, Index, Term


def identity_apart(term: Term, shape: Shape, parts: Shape, letters: Sequence[Index]) -> Term | None:
    """The entry at new ``letters`` of a product of deltas whose axes are reshaped into their ``parts``.

    term: the entry of the operand at ``%0``, ``%1``, …, which has ``shape``. None where it is no product
    of deltas that ties each axis to one other, or where an axis is not simply taken apart.
    """
    places = {f"%{k}": k for k in range(len(shape))}
    ties = []
    for factor in term.args if isinstance(term, Apply) and term.op == "mul" else (term,):
        if not isinstance(factor, Apply) or factor.op != "delta":
            return None
        pair = [places.pop(letter.name, None) for letter in factor.args if isinstance(letter, Index)]
        if len(pair) != 2 or pair[0] is None or pair[1] is None:
            return None
        ties.append((pair[0], pair[1]))
    groups = None if places else _groups(shape, parts)
    if groups is None:
        return None
    deltas = []
    for a, b in ties:
        if [parts[k] for k in groups[a]] != [parts[k] for k in groups[b]]:
            return None
        deltas += [delta(letters[i], letters[j]) for i, j in zip(groups[a], groups[b], strict=True)]
    return mul(ONE, *deltas)


def _groups(shape: Shape, parts: Shape) -> list[list[int]] | None:
    """For each axis the axes that it is taken apart into, or None."""
    out: list[list[int]] = []
    place = 0
    for dim in shape:
        group: list[int] = []
        while not group or times([parts[k] for k in group]) != dim:
            if place == len(parts):
                return None
            group.append(place)
            place += 1
        out.append(group)
    return out if place == len(parts) else None
