"""The commands. A command's work is imported when it runs, so that help and usage errors are quick."""

from __future__ import annotations

import click

from chainrule import __version__
from chainrule.cli.derive import derive
from chainrule.cli.explain import explain
from chainrule.cli.help import Guide
from chainrule.cli.schema import schema


@click.group(
    cls=Guide,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    no_args_is_help=False,
    invoke_without_command=True,
)
@click.version_option(__version__, message="chainrule %(version)s")
@click.pass_context
def chainrule(context: click.Context) -> None:
    """Shows the work behind any gradient."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


chainrule.add_command(derive)
chainrule.add_command(explain)
chainrule.add_command(schema)
