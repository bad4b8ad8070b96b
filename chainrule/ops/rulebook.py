"""The rules by name, as a textbook lists them: those of calculus, for tensors, and of algebra."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from chainrule.ops.rule import Rule
from chainrule.ops.rules_of_algebra import ALGEBRA
from chainrule.ops.rules_of_calculus import CALCULUS
from chainrule.ops.rules_of_tensors import TENSORS

RULES: Mapping[str, Rule] = MappingProxyType({rule.name: rule for rule in (*CALCULUS, *TENSORS, *ALGEBRA)})
"""Every named rule that a derivation may mention and that is no operation of the table, by name."""
