"""Moves in the graph, each with its written term: which builder makes what.

What only renames, repeats or drops indices is an Indexed node; what picks or places entries is ``take`` and
``place``; a joined tensor is the sum of its parts, each in its place among zeros.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from chainrule.language import syntax
from chainrule.language.assembling import block_diag, column_stack, diff, multi_dot, rot90, vander
from chainrule.language.gathering import flip, index_select, repeat, roll, tile
from chainrule.language.joining import concatenate, hstack, split, stack
from chainrule.language.matrices import diag, kron, tensordot, triangle
from chainrule.language.padding import pad
from chainrule.language.reader import Reader, Value
from chainrule.language.reshaping import (
    broadcast_to,
    expand_as,
    expand_dims,
    flatten,
    moveaxis,
    permute,
    reshape,
    squeeze,
    swapaxes,
)
from chainrule.language.scattering import gather, index_add, scatter
from chainrule.language.sizes import Called
from chainrule.ops.table import Signature, Structured

Builder = Callable[[Reader, Called, syntax.Name, Structured], Value]

BUILDERS: Mapping[str, Builder] = MappingProxyType(
    {
        "reshape": reshape,
        "flatten": flatten,
        "broadcast_to": broadcast_to,
        "expand_as": expand_as,
        "squeeze": squeeze,
        "expand_dims": expand_dims,
        "swapaxes": swapaxes,
        "permute": permute,
        "moveaxis": moveaxis,
        "concatenate": concatenate,
        "stack": stack,
        "hstack": hstack,
        "vstack": hstack,
        "split": split,
        "chunk": split,
        "index_select": index_select,
        "flip": flip,
        "fliplr": flip,
        "flipud": flip,
        "roll": roll,
        "tile": tile,
        "repeat_interleave": repeat,
        "pad": pad,
        "tril": triangle,
        "triu": triangle,
        "diag": diag,
        "kron": kron,
        "tensordot": tensordot,
        "unbind": split,
        "gather": gather,
        "scatter": scatter,
        "scatter_add": scatter,
        "index_add": index_add,
        "index_copy": index_add,
        "index_fill": index_add,
        "diff": diff,
        "rot90": rot90,
        "multi_dot": multi_dot,
        "vander": vander,
        "block_diag": block_diag,
        "column_stack": column_stack,
        "dstack": column_stack,
    }
)
"""The builder of each move, by the name of its entry in the op table."""


# What NumPy and torch call the parameters, where that is something else.
_WORDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "dims": ("axes", "axis", "repeats"),
        "dim0": ("axis1",),
        "dim1": ("axis2",),
        "axis0": ("axis1",),
        "shifts": ("shift",),
        "k": ("diagonal",),
        "offset": ("diagonal",),
        "reps": ("repeats",),
        "pad_width": ("widths",),
        "pad": ("widths",),
        "constant_values": ("value",),
        "indices": ("index",),
        "indices_or_sections": ("parts",),
        "chunks": ("parts",),
        "newshape": ("shape",),
        "size": ("shape",),
        "arrays": ("tensors",),
        "tup": ("tensors",),
        "m": ("x",),
        "source": ("src",),
        "value": ("src",),
        "v": ("x",),
    }
)

_TAKE = Signature.of("take(x, index, axis=None)")


def moved(reader: Reader, node: Called, name: syntax.Name, op: Structured) -> Value:
    """The value of a move; ``take(x, [0, 2])`` is NumPy's.

    Raises:
        ChainRuleError: ``arguments``, ``shape``, ``type`` or ``unsupported``.
    """
    if op.name == "take":
        op = replace(op, signature=_TAKE)
    parameters = op.signature.parameters
    words = []
    for word in node.keywords:
        known = [w for w in _WORDS.get(word.name.name, ()) if w in parameters]
        keep = word.name.name in parameters or not known
        words.append(word if keep else replace(word, name=replace(word.name, name=known[0])))
    build = index_select if op.name == "take" else BUILDERS[op.name]
    return build(reader, replace(node, keywords=tuple(words)), name, op)
