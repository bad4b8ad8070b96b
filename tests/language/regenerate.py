"""The golden diagnostics in ``errors/``: a bad program, a line ``=====``, and what it is told.

``python -m tests.language.regenerate`` writes the second half of every file anew; a new case is a file with
the program alone. Read the difference before committing it.
"""

from __future__ import annotations

from pathlib import Path

from chainrule.diagnostics import ChainRuleError
from chainrule.language.parser import parse_program
from chainrule.source import Source

ERRORS = Path(__file__).parent / "errors"
_RULE = "\n=====\n"


def read(path: Path) -> tuple[str, str]:
    """The program and the expected diagnostic of a golden file."""
    program, rule, expected = path.read_bytes().decode().partition(_RULE)
    return program if rule else program.rstrip("\n"), expected.removesuffix("\n")


def complaint(program: str) -> ChainRuleError:
    """What the parser has to say to a bad program."""
    try:
        parse_program(Source(program))
    except ChainRuleError as error:
        return error
    raise AssertionError(f"this parses: {program!r}")


def main() -> None:
    """Write the expected halves."""
    for path in sorted(ERRORS.glob("*.txt")):
        program, _ = read(path)
        path.write_bytes(f"{program}{_RULE}{complaint(program).diagnostic.show()}\n".encode())


if __name__ == "__main__":
    main()
