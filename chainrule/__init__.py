"""chainrule shows the work behind any gradient.

>>> import chainrule as cr
>>> d = cr.derive("y = x + 2; z = 3*y**2; out = mean(z)", at="x = ones(2, 2)")
>>> print(d.gradient("x").closed_form)
3/2*(x + 2)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chainrule.api import derive, parse
    from chainrule.api.derivation import Derivation
    from chainrule.diagnostics import ChainRuleError, Diagnostic

__all__ = ["ChainRuleError", "Derivation", "Diagnostic", "derive", "parse"]
__version__ = "0.1.0"

# Loaded when first used, so that importing chainrule costs next to nothing.
_HOMES = {
    "ChainRuleError": "chainrule.diagnostics",
    "Derivation": "chainrule.api.derivation",
    "Diagnostic": "chainrule.diagnostics",
    "derive": "chainrule.api",
    "parse": "chainrule.api",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
