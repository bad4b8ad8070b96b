"""``python -m chainrule``: the same as the command."""

from __future__ import annotations

from chainrule.cli import main

if __name__ == "__main__":
    main()
