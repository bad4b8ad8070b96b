"""``chainrule derive``: its options, and from them to one call of the API and one writing."""

from __future__ import annotations

from typing import Any

import click

from chainrule.cli.failures import DONE, WRONG
from chainrule.cli.help import Illustrated
from chainrule.cli.looks import LOOKS, format_name, look, put, with_options

# A line with just a backspace tells click to keep the lines of the paragraph.
_HELP = """Derive every factor and gradient of PROGRAM, and check them.

\b
chainrule derive 'y = x + 2; z = 3*y**2; out = mean(z)' --at 'x = ones(2, 2)'
chainrule derive 'r = X@w - b; loss = mean(r**2)' --shape X=n,d --shape w=d
echo 'sin(x)/x' | chainrule derive --order 2 --format latex
chainrule derive 'implicit y : x**2 + y**2 = 1' --at 'x = 3/5; y = 4/5'
chainrule derive 'y = tanh(X@w)' --shape X=m,n --shape w=n --tangent 'w = v' --cotangent g

PROGRAM is a text; '-', or no PROGRAM and piped standard input, reads it from there."""

_SUBJECT = (
    click.argument("program", required=False),
    click.option("-f", "--file", "path", metavar="FILE", help="Read the program from FILE."),
    click.option("--of", metavar="NAME", help="The output; by default the last definition."),
    click.option(
        "--wrt",
        multiple=True,
        metavar="NAME",
        help="What to differentiate with respect to (repeatable, commas too); by default the inputs.",
    ),
    click.option(
        "--shape",
        "shapes",
        multiple=True,
        metavar="X=m,3",
        help="The shape of an input: X=m,n or x=2x2; b= is a scalar.",
    ),
    click.option(
        "--assume",
        multiple=True,
        metavar="X=WORD",
        help="What an input is: positive, nonnegative, integer, constant, symmetric, orthonormal, "
        "probability or onehot.",
    ),
    click.option(
        "--at",
        multiple=True,
        metavar="VALUES",
        help="Values, as in 'x = ones(2, 2)': evaluates every statement, factor and gradient.",
    ),
    click.option(
        "--order",
        type=click.IntRange(1, 8),
        default=1,
        show_default=True,
        metavar="K",
        help="The K-th derivative; 2 gives Hessians.",
    ),
    click.option(
        "--taylor",
        type=click.IntRange(0, 60),
        metavar="K",
        help="The Taylor polynomial up to order K about the --at point, or about a symbolic one.",
    ),
    click.option(
        "--mode",
        type=click.Choice(["reverse", "forward", "both"]),
        default="reverse",
        show_default=True,
        help="The order of accumulation; both shows them side by side, with what each multiplies.",
    ),
    click.option(
        "--tangent",
        multiple=True,
        metavar="X=VALUE",
        help="Move input X that way (data, an expression, or a new name for any direction): gives the "
        "directional derivative, or Jacobian-vector product, in the place of gradients.",
    ),
    click.option(
        "--cotangent",
        metavar="VALUE",
        help="Weigh the entries of the output: gives the vector-Jacobian product for every input.",
    ),
    click.option(
        "--layout",
        type=click.Choice(["gradient", "numerator", "denominator"]),
        default="gradient",
        show_default=True,
        help="The shape of a derivative: that of the input, or as some textbooks have it.",
    ),
    click.option(
        "--convention",
        type=click.Choice(["torch", "jax", "error"]),
        default="torch",
        show_default=True,
        help="What a derivative is at a kink.",
    ),
)

_CONTENT = (
    click.option(
        "--detail",
        type=click.Choice(["summary", "factors", "rules"]),
        default="factors",
        show_default=True,
        help="Only results; each factor; each factor's rules line by line.",
    ),
    click.option(
        "--hint",
        type=click.IntRange(min=0),
        metavar="K",
        help="Only the first K lines of the rules and what to try next, for those who do it themselves.",
    ),
    click.option(
        "--notation",
        type=click.Choice(["index", "matrix", "component", "all"]),
        default="matrix",
        show_default=True,
        help="matrix: where there is a matrix form, beside the index form of each factor.",
    ),
    click.option(
        "--exact/--float",
        "exact",
        default=None,
        help="Exact numbers (27/4, π/2), or floats; by default both where that is short.",
    ),
    click.option(
        "--digits",
        type=click.IntRange(1, 17),
        default=6,
        show_default=True,
        metavar="N",
        help="Significant digits of floats.",
    ),
    click.option("--only", multiple=True, metavar="dz/dy", help="Show only these factors or gradients."),
    click.option(
        "--verify/--no-verify",
        default=True,
        show_default=True,
        help="Check every factor and gradient independently.",
    ),
)

_BUDGETS = (
    click.option(
        "--timeout",
        type=click.FloatRange(min=0),
        metavar="S",
        help="Seconds it may take; by default 20, and 0.001 for each character of the program. 0: no limit.",
    ),
    click.option(
        "--max-memory",
        type=click.IntRange(min=64),
        metavar="MB",
        help="Megabytes of memory it may take; by default all there is.",
    ),
    click.option(
        "--max-nodes",
        type=click.IntRange(min=1),
        metavar="N",
        help="Nodes that the graph may have; by default 2 000 000.",
    ),
)


@click.command(
    cls=Illustrated,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    help=_HELP,
)
@with_options((*_SUBJECT, *_CONTENT, *LOOKS, *_BUDGETS))
def derive(**given: Any) -> int:
    """Derive, show or write; the exit status."""
    from chainrule.cli import streams
    from chainrule.cli.limits import alarm, cap_memory

    source = streams.read_program(given["program"], given["path"])
    cap_memory(given["max_memory"])
    seconds = _seconds(given["timeout"], source.text)
    with alarm(seconds):
        from chainrule import formats

        chosen = formats.named(format_name(given))
        if given["hint"] is not None and chosen.name == "json":
            _refuse_hint()
        derivation = _derived(source, given, seconds)
        pieces = _pieces(derivation, chosen, given)
    put(pieces, given, chosen.name)
    return WRONG if derivation.verified is False else DONE


def _refuse_hint() -> None:
    from chainrule.diagnostics import fail

    fail(
        "usage",
        "--hint is for readers, and JSON always has the whole derivation",
        suggestion="--hint K --format text",
    )


def _detail(given: dict[str, Any]) -> str:
    """A hint shows lines of rules, so it needs them."""
    return "rules" if given["hint"] is not None else str(given["detail"])


def _seconds(timeout: float | None, text: str) -> float | None:
    from chainrule.budget import seconds_for

    return seconds_for(text) if timeout is None else timeout or None


def _derived(source: Any, given: dict[str, Any], seconds: float | None) -> Any:
    from chainrule.api import arguments
    from chainrule.api import derive as derive_program

    return derive_program(
        source,
        of=given["of"],
        wrt=arguments.names(given["wrt"], "--wrt") or None,
        shapes=arguments.shapes(given["shapes"], "--shape"),
        assume=arguments.words(given["assume"], "--assume"),
        at=arguments.sources(given["at"], "--at"),
        order=given["order"],
        taylor=given["taylor"],
        mode=given["mode"],
        tangent=arguments.sources(given["tangent"], "--tangent"),
        cotangent=given["cotangent"],
        layout=given["layout"],
        convention=given["convention"],
        detail=_detail(given),
        verify=given["verify"],
        exact=given["exact"],
        timeout=seconds,
        max_nodes=given["max_nodes"],
    )


def _pieces(derivation: Any, chosen: Any, given: dict[str, Any]) -> list[str]:
    """The whole result as text, before anything of it is written."""
    from chainrule.report.selection import select
    from chainrule.report.view import View

    view = View(
        detail=_detail(given),
        notation=given["notation"],
        exact=given["exact"] is not False,
        float=given["exact"] is not True,
        digits=given["digits"],
        partial=bool(given["only"]),
        hint=given["hint"],
    )
    return list(chosen.write(select(derivation.data, given["only"]), view, look(given)))
