"""``chainrule explain``: the page of a rule or an operation."""

from __future__ import annotations

from typing import Any

import click

from chainrule.cli.failures import DONE, WRONG
from chainrule.cli.help import Illustrated
from chainrule.cli.looks import LOOKS, format_name, look, put, with_options

# A line with just a backspace tells click to keep the lines of the paragraph.
_HELP = """Print the page of the rule or operation NAME: its law, its derivative and why, a worked example.

\b
chainrule explain                 every rule with its law, every operation
chainrule explain chain rule
chainrule explain torch.softmax
chainrule explain 'sum()'         the operation; sum alone is the rule

The example is derived, and checked, when the page is built."""


def _names(context: click.Context, parameter: click.Parameter, begun: str) -> list[str]:
    """The names that complete what was begun."""
    from chainrule.ops import SPELLINGS
    from chainrule.ops.rulebook import RULES

    return sorted(name for name in {*RULES, *SPELLINGS} if name.startswith(begun) and " " not in name)


@click.command(
    cls=Illustrated,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    help=_HELP,
)
@click.argument("name", nargs=-1, metavar="[NAME]", shell_complete=_names)
@click.option("--example/--no-example", default=True, show_default=True, help="Derive the worked example.")
@with_options(LOOKS)
def explain(name: tuple[str, ...], example: bool, **given: Any) -> int:
    """Print a page; the exit status."""
    from chainrule.api import explain as explained
    from chainrule.formats import named

    chosen = named(format_name(given))
    found = explained(" ".join(name) if name else None, example=example)
    put(list(chosen.write_page(found.data, look(given))), given, chosen.name)
    return WRONG if found.verified is False else DONE
