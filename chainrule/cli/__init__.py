"""The command line: click and nothing else. What a command needs is imported when it runs."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from chainrule.cli.failures import DONE, INTERRUPTED, Failures

# Set to anything, it shows where in chainrule a failure that is a bug came from.
_TRACEBACK = "CHAINRULE_TRACEBACK"


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line; exits with 0, 1, 2, 3 or 130."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    sys.exit(run(words))


def run(words: list[str]) -> int:
    """Run the command line and return its exit status."""
    from click import Abort
    from click.exceptions import Exit

    from chainrule.cli.commands import chainrule

    failures = Failures(words, traceback=bool(os.environ.get(_TRACEBACK)))
    try:
        status = chainrule.main(words, prog_name="chainrule", standalone_mode=False)
        _flush()
    except Exit as stop:
        return stop.exit_code
    except (KeyboardInterrupt, Abort):
        return INTERRUPTED
    except BrokenPipeError:
        return _let_go_of_stdout()
    except SystemExit as stop:
        # So click leaves when completion is done, and (with 1) when nobody reads any more.
        return _let_go_of_stdout() if stop.code == 1 else DONE
    except BaseException as error:  # noqa: BLE001  every failure becomes a message and a status
        return failures.report(error)
    return status if isinstance(status, int) else 0


def _flush() -> None:
    if sys.stdout is not None:
        sys.stdout.flush()


def _let_go_of_stdout() -> int:
    """Nobody reads any more: keep the interpreter from complaining about it when it exits."""
    with open(os.devnull, "w", encoding="utf-8") as sink:  # noqa: PTH123  a device, not a path
        os.dup2(sink.fileno(), 1)
    return DONE
