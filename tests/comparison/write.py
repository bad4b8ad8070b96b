"""Write what the thirty derivations print anew: ``python -m tests.comparison.write``; then read the difference.

The excerpts of docs/comparison.md are cut from these files, so the page may have to follow.
"""

from __future__ import annotations

from tests.comparison.cases import CASES


def main() -> None:
    """Replace every golden file, and remove those of derivations that are gone."""
    folder = CASES[0].golden.parent
    folder.mkdir(exist_ok=True)
    for old in set(folder.iterdir()) - {case.golden for case in CASES}:
        old.unlink()
    for case in CASES:
        case.golden.write_text(case.output(), encoding="utf-8")


if __name__ == "__main__":
    main()
