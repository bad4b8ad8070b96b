"""The op table: every operation that chainrule knows, declared once, by family; assembled and frozen here."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from chainrule.ops.activations import ACTIVATIONS
from chainrule.ops.assembly import ASSEMBLY
from chainrule.ops.composed import COMPOSED
from chainrule.ops.contractions import CONTRACTIONS
from chainrule.ops.convolutions import CONVOLUTIONS
from chainrule.ops.elementary import ELEMENTARY
from chainrule.ops.folds import FOLDS
from chainrule.ops.linalg import LINALG
from chainrule.ops.losses import LOSSES
from chainrule.ops.moves import MOVES
from chainrule.ops.networks import NETWORKS
from chainrule.ops.order import ORDER
from chainrule.ops.piecewise import PIECEWISE
from chainrule.ops.scans import SCANS
from chainrule.ops.table import Declaration, Pointwise

FAMILIES: Mapping[str, tuple[Declaration, ...]] = MappingProxyType(
    {
        "functions of numbers": ELEMENTARY,
        "choices, signs and rounding": PIECEWISE,
        "activations": ACTIVATIONS,
        "folds": FOLDS,
        "products of tensors": CONTRACTIONS,
        "moves": MOVES,
        "assembling": ASSEMBLY,
        "running totals": SCANS,
        "order": ORDER,
        "matrices": LINALG,
        "network layers": NETWORKS,
        "convolutions and pooling": CONVOLUTIONS,
        "losses": LOSSES,
        "short programs": COMPOSED,
    }
)
"""The families of the table by what they are called."""

TABLE: Mapping[str, Declaration] = MappingProxyType(
    {op.name: op for family in FAMILIES.values() for op in family}
)
"""Every declaration by its own name."""

SPELLINGS: Mapping[str, str] = MappingProxyType(
    {name: op.name for op in TABLE.values() for name in (op.name, *op.aliases)}
)
"""Every spelling that the language accepts, with the name it stands for."""


def pointwise(name: str) -> Pointwise:
    """The declaration of a pointwise function.

    Raises:
        KeyError: there is no such function, or it is of another family.
    """
    op = TABLE[name]
    if not isinstance(op, Pointwise):
        raise KeyError(name)
    return op
