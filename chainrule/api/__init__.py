"""The functions that Python users call; the commands are thin callers of the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from chainrule import budget
from chainrule.api import arguments
from chainrule.api.derivation import Derivation
from chainrule.api.pages import Explanation, explain
from chainrule.derivation.data import Options
from chainrule.diagnostics import fail, nearest
from chainrule.language.pipeline import Pipeline
from chainrule.source import Source

__all__ = ["Derivation", "Explanation", "derive", "explain", "parse"]

LAYOUTS = ("gradient", "numerator", "denominator")
CONVENTIONS = ("torch", "jax", "error")
MODES = ("reverse", "forward", "both")
HIGHEST_ORDER = 8
HIGHEST_TAYLOR = 60


def derive(  # noqa: PLR0913  keyword-only, and each of them is an option of the command
    program: str | Source,
    *,
    wrt: str | Iterable[str] | None = None,
    of: str | None = None,
    shapes: arguments.Shapes = None,
    assume: arguments.Words = None,
    at: str | Iterable[str | Source] | Mapping[str, Any] | None = None,
    order: int = 1,
    taylor: int | None = None,
    mode: str = "reverse",
    tangent: str | Iterable[str | Source] | Mapping[str, Any] | None = None,
    cotangent: Any = None,
    layout: str = "gradient",
    convention: str = "torch",
    detail: str = "factors",
    verify: bool = True,
    exact: bool | None = None,
    timeout: float | None = None,
    max_nodes: int | None = None,
) -> Derivation:
    """Derive every factor and gradient of a program, evaluate them at values, and check them.

    program: statements of the pipeline language. wrt: the names to differentiate with respect to (by
    default the inputs). of: the output (by default the last definition). shapes: of inputs, as
    ``{"X": ("m", 3)}``. assume: assumption words, as ``{"x": "positive"}``. at: values, as texts
    (``"x = ones(2, 2)"``) or by name, as numbers, nested lists or arrays. order: of the derivative.
    taylor: the order of a Taylor polynomial of the output about those values, or about a symbolic point.
    mode: ``"reverse"`` or ``"forward"`` accumulation, or ``"both"`` side by side. tangent: directions of
    inputs, as texts (``"x = ones(2, 2)"``, ``"x = v"``) or by name: gives the Jacobian–vector product in the
    place of gradients. cotangent: weights of the output, as a text or as numbers: gives the vector–Jacobian
    products.
    exact: True for exact numbers only, False for floats only. timeout: seconds; none by default.

    Raises:
        ChainRuleError: the program, an argument or a value is wrong, or a budget ran out.
    """
    from chainrule.derivation.derive import derive as derive_data

    source = program if isinstance(program, Source) else Source(_text(program))
    if isinstance(order, bool) or not isinstance(order, int) or not 1 <= order <= HIGHEST_ORDER:
        fail("usage", f"the order of a derivative is a whole number from 1 to {HIGHEST_ORDER}, not {order}")
    if taylor is not None and (
        isinstance(taylor, bool) or not isinstance(taylor, int) or not 0 <= taylor <= HIGHEST_TAYLOR
    ):
        fail(
            "usage",
            f"the order of a Taylor polynomial is a whole number from 0 to {HIGHEST_TAYLOR}, not {taylor}",
        )
    options = Options(
        of=of,
        wrt=arguments.names(wrt, "wrt"),
        order=order,
        taylor=taylor,
        layout=arguments.choice(layout, LAYOUTS, "layout"),
        convention=arguments.choice(convention, CONVENTIONS, "convention"),
        mode=arguments.choice(mode, MODES, "mode"),
        detail=arguments.choice(detail, ("summary", "factors", "rules"), "detail"),
        verify=verify,
        exact=exact is not False,
        float=exact is not True,
    )
    arrays = dict(at) if isinstance(at, Mapping) else {}
    texts = [] if isinstance(at, Mapping) else arguments.sources(at, "at")
    words = arguments.words(assume)
    with budget.limited(timeout, max_nodes):
        found = derive_data(
            source,
            options,
            shapes=arguments.shapes(shapes),
            words=words,
            at=texts,
            arrays=arrays,
            tangent=tangent if isinstance(tangent, Mapping) else arguments.sources(tangent, "--tangent"),
            cotangent=Source(cotangent, "--cotangent") if isinstance(cotangent, str) else cotangent,
        )
    _check_names(words, found.pipeline)
    return Derivation(found)


def parse(
    program: str | Source, *, shapes: arguments.Shapes = None, assume: arguments.Words = None
) -> Pipeline:
    """The program with its meaning, without any derivative: names, shapes, and the graph that computes it.

    Raises:
        ChainRuleError: the program is wrong; the labels point into it.
    """
    from chainrule.language.elaborate import elaborate
    from chainrule.language.parser import parse_program

    source = program if isinstance(program, Source) else Source(_text(program))
    words = arguments.words(assume)
    found = elaborate(parse_program(source), arguments.shapes(shapes), words)
    _check_names(words, found)
    return found


def _text(program: object) -> str:
    if not isinstance(program, str):
        fail("usage", f"a program is a text, not {type(program).__name__}")
    return program


def _check_names(words: Mapping[str, Any], pipeline: Pipeline) -> None:
    known = [part.name for part in pipeline.inputs]
    for name in words:
        if name not in known:
            fail(
                "name",
                f"the program has no input {name}",
                notes=["its inputs: " + (", ".join(known) or "none")],
                suggestion=nearest(name, known),
            )
