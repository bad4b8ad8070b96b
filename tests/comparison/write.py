"""Write what the thirty derivations print anew: ``python -m tests.comparison.write``; then read the difference.

The excerpts in docs/comparison.md follow.
"""

from __future__ import annotations

from tests.comparison.cases import CASES
from tests.comparison.page import PAGE, refreshed


def main() -> None:
    """Replace every golden file, remove those of derivations that are gone, and refresh the page."""
    folder = CASES[0].golden.parent
    folder.mkdir(exist_ok=True)
    for old in set(folder.iterdir()) - {case.golden for case in CASES}:
        old.unlink()
    for case in CASES:
        case.golden.write_text(case.output(), encoding="utf-8")
    PAGE.write_text(refreshed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
