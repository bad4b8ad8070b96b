"""Options that decide how something looks and where it goes, shared by the commands that show results."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import click

Function = TypeVar("Function", bound=Callable[..., Any])

LOOKS = (
    click.option(
        "--format",
        "format_name",
        metavar="NAME",
        help="terminal, text, latex or json; by default by the ending of -o, else terminal on a terminal "
        "and text in a pipe.",
    ),
    click.option("-o", "--output", metavar="FILE", help="Write FILE, whole or not at all."),
    click.option("--standalone", is_flag=True, help="A whole document, not a fragment (LaTeX)."),
    click.option(
        "--symbol",
        "symbols",
        multiple=True,
        metavar="NAME=LATEX",
        help=r"How a name prints in LaTeX: loss='\mathcal{L}'.",
    ),
    click.option(
        "--ascii/--pretty",
        "ascii_only",
        default=None,
        help="Plain letters, or the signs of mathematics; by default what the terminal can show.",
    ),
    click.option(
        "--color",
        type=click.Choice(["auto", "always", "never"]),
        default="auto",
        show_default=True,
        help="Colours; NO_COLOR and FORCE_COLOR count too.",
    ),
    click.option(
        "--width",
        type=click.IntRange(20, 1000),
        metavar="N",
        help="Columns; by default those of the terminal, 100 in a pipe.",
    ),
)


def with_options(options: Iterable[Callable[[Function], Function]]) -> Callable[[Function], Function]:
    """A decorator that gives a command ``options``, in this order."""

    def decorate(function: Function) -> Function:
        for option in reversed(list(options)):
            function = option(function)
        return function

    return decorate


def format_name(given: dict[str, Any]) -> str:
    """The format that was asked for, or that fits where the result goes."""
    from chainrule.cli import streams

    name = given["format_name"]
    if name is not None:
        return str(name)
    if given["output"] is not None:
        from chainrule.formats import by_ending

        found = by_ending(given["output"])
        return found.name if found else "text"
    shows = streams.is_terminal(sys.stdout) or streams.colours(given["color"], sys.stdout)
    return "terminal" if shows else "text"


def look(given: dict[str, Any]) -> Any:
    """How the document is to look, from the options and from where it goes."""
    from chainrule.api import arguments
    from chainrule.cli import streams
    from chainrule.document import Look

    to_file = given["output"] is not None
    ascii_only = given["ascii_only"]
    if ascii_only is None:
        ascii_only = not to_file and not streams.carries_signs(sys.stdout)
    return Look(
        width=given["width"] or (streams.PIPE_WIDTH if to_file else streams.width()),
        ascii=ascii_only,
        color=streams.colours(given["color"], None if to_file else sys.stdout),
        standalone=given["standalone"],
        symbols=arguments.symbols(given["symbols"], "--symbol"),
    )


def put(pieces: Iterable[str], given: dict[str, Any], name: str) -> None:
    """Write the result in the format ``name`` to the file that was asked for, or to standard output."""
    from chainrule.cli import streams

    if given["output"] is not None:
        streams.write_file(given["output"], pieces)
    else:
        streams.write_stdout(pieces, utf8=name in ("json", "latex"))
