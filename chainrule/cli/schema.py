"""``chainrule schema``: the JSON Schema of what the other commands print."""

from __future__ import annotations

import click

from chainrule.cli.help import Illustrated


@click.command(cls=Illustrated, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("name", required=False, metavar="[NAME]")
def schema(name: str | None) -> None:
    """Print the JSON Schema (draft 2020-12) NAME: derive, error or explain.

    Without NAME, all of them in one object, by name.
    """
    import json

    from chainrule.cli.streams import write_stdout
    from chainrule.schema import SCHEMAS, load, text

    if name is not None:
        write_stdout([text(name)], utf8=True)
        return
    every = {known: load(known) for known in SCHEMAS}
    write_stdout([json.dumps(every, ensure_ascii=False, indent=2), "\n"], utf8=True)
