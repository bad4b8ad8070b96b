"""Draw the README's picture from what chainrule prints: ``python docs/picture.py``."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

COMMAND = ["derive", "y=x+2; z=3*y**2; out=mean(z)", "--at", "x=ones(2,2)"]
PROMPT = '$ chainrule derive "y=x+2; z=3*y**2; out=mean(z)" --at "x=ones(2,2)"'
WIDTH = 78
THEME = TerminalTheme(
    (250, 249, 245),
    (40, 42, 54),
    [(40, 42, 54), (176, 50, 50), (30, 120, 60), (150, 100, 0),
     (30, 80, 170), (130, 50, 140), (0, 115, 130), (90, 90, 90)],
    [(120, 120, 120), (200, 70, 70), (40, 140, 80), (170, 120, 20),
     (50, 100, 200), (150, 70, 160), (0, 135, 150), (40, 42, 54)],
)  # fmt: skip
# Rich's own frame asks a server for a font; this one takes the reader's.
FRAME = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace;
  font-size: {char_height}px; line-height: {line_height}px; font-variant-east-asian: full-width; }}
{styles}
</style>
<defs><clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/></clipPath>{lines}</defs>
<rect x="1" y="1" width="{width}" height="{height}" rx="8" fill="#faf9f5"/>
<g transform="translate(16, 14)" clip-path="url(#{unique_id}-clip-terminal)">{backgrounds}
<g class="{unique_id}-matrix">{matrix}</g></g>
</svg>
"""


def main() -> None:
    """Write docs/example.svg."""
    done = subprocess.run(
        [sys.executable, "-m", "chainrule", *COMMAND, "--color", "always", "--pretty", "--width", str(WIDTH)],
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "FORCE_COLOR": "1", "PYTHONIOENCODING": "utf-8"},
        check=True,
    )
    console = Console(
        record=True, width=WIDTH + 2, file=io.StringIO(), force_terminal=True, color_system="standard"
    )
    console.print(Text(PROMPT, style="bold"))
    console.print()
    console.print(Text.from_ansi(done.stdout.rstrip("\n")))
    picture = console.export_svg(theme=THEME, code_format=FRAME, unique_id="example")
    Path(__file__).with_name("example.svg").write_text(picture, encoding="utf-8")


if __name__ == "__main__":
    main()
