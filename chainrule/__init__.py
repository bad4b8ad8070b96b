"""chainrule shows the work behind any gradient.

>>> import chainrule as cr
>>> d = cr.derive("y = x + 2; z = 3*y**2; out = mean(z)", at="x = ones(2, 2)")
>>> print(d.gradient("x").closed_form)
3/2*(x + 2)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chainrule.api import derive, explain, parse
    from chainrule.api.derivation import Derivation
    from chainrule.api.pages import Explanation
    from chainrule.diagnostics import ChainRuleError, Diagnostic

__all__ = ["ChainRuleError", "Derivation", "Diagnostic", "Explanation", "derive", "explain", "parse"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """The public names, loaded when first used: importing chainrule costs next to nothing."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name in ("ChainRuleError", "Diagnostic"):
        from chainrule import diagnostics

        return getattr(diagnostics, name)
    from chainrule import api

    return getattr(api, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
