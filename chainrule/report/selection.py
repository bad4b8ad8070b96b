"""Only some of a derivation: the factors and gradients that ``--only dz/dy`` names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chainrule.derivation.data import Derivation
from chainrule.diagnostics import Label, fail, nearest
from chainrule.source import Source, Span


def select(derivation: Derivation, only: Sequence[str]) -> Derivation:
    """The derivation with just these factors and gradients; all of it where ``only`` is empty.

    Raises:
        ChainRuleError: ``usage``, where a text is no derivative or names none that was derived.
    """
    if not only:
        return derivation
    wanted = [_resolved(derivation, text) for text in only]
    factors = tuple(part for part in derivation.factors if (part.of, (part.wrt,)) in wanted)
    gradients = tuple(part for part in derivation.gradients if (part.of, part.wrt) in wanted)
    chosen = replace(derivation, factors=factors, gradients=gradients, adjoints=(), taylor=None)
    return replace(chosen, pushed=(), products=(), modes=None)


def _resolved(derivation: Derivation, text: str) -> tuple[str, tuple[str, ...]]:
    """The names in ``dz/dy``, ``∂z/∂y``, ``z/y`` or ``d2z/dxdy``, among those that were derived."""
    known: dict[str, tuple[str, tuple[str, ...]]] = {}
    for factor in derivation.factors:
        known[f"{factor.of}/{factor.wrt}"] = (factor.of, (factor.wrt,))
    for gradient in derivation.gradients:
        known["/".join((gradient.of, *gradient.wrt))] = (gradient.of, gradient.wrt)
    found = next((known[spelling] for spelling in _spellings(text) if spelling in known), None)
    if found is None:
        shown = [_written(pair) for pair in known.values()]
        close = nearest(text.replace(" ", ""), shown)
        fail(
            "usage",
            f"no derivative {text or 'of nothing'} was derived",
            Label(Source(text, "--only"), Span(0, len(text))),
            notes=["there are " + ", ".join(shown[:20]) + (", …" if len(shown) > 20 else "")],
            suggestion=close and f"--only {close}",
        )
    return found


def _spellings(text: str) -> list[str]:
    """``of/wrt`` as it may be meant: with the d of differentials taken off, or names that begin with d."""
    top, _, bottom = text.replace(" ", "").replace("∂", "d").replace("²", "2").partition("/")
    below = [part for part in bottom.strip("()").split("*") if part]
    tops = [top, top.removeprefix("d"), top.removeprefix("d2")]
    bottoms = ["/".join(below), "/".join(part.removeprefix("d") for part in below)]
    squared = [part.removesuffix("**2").removesuffix("^2").removesuffix("2") for part in below]
    bottoms += [f"{part.removeprefix('d')}/{part.removeprefix('d')}" for part in squared]
    bottoms += ["/".join(part for part in bottom.strip("()").split("d") if part)]
    return [f"{a}/{b}" for a in tops for b in bottoms if a and b]


def _written(pair: tuple[str, tuple[str, ...]]) -> str:
    of, wrt = pair
    order = "" if len(wrt) == 1 else str(len(wrt))
    return f"d{order}{of}/" + "".join(f"d{name}" for name in wrt)
