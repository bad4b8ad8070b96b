"""wheel_is_whole.py WHEEL PACKAGE: every file of the package's folder is in the wheel, and nothing else."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path


def main(wheel: str, package: str) -> str | None:
    """What is wrong, or nothing."""
    here = {path.as_posix() for path in Path(package).rglob("*") if path.is_file() and path.suffix != ".pyc"}
    there = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    if here != there:
        return f"only in the checkout: {sorted(here - there)}; only in the wheel: {sorted(there - here)}"
    print(f"{Path(wheel).name} holds all {len(here)} files of {package}/")
    return None


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
