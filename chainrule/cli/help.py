"""What ``--help`` shows: first an example with its answer, then what there is."""

from __future__ import annotations

import sys

import click

from chainrule.cli.streams import carries_signs

EXAMPLE = "y = x + 2; z = 3*y**2; out = mean(z)"
EXAMPLE_AT = "x = ones(2, 2)"

WELCOME = f"""\
"Show your work," said every calculus teacher. So:

  $ chainrule derive '{EXAMPLE}' --at '{EXAMPLE_AT}'

  x ─▶ y ─▶ z ─▶ out

  factor                 because                         at x = ones(2, 2)
  ∂out/∂z_ij  = 1/4      mean of 4 entries               1/4
  ∂z_ij/∂y_ij = 6 y_ij   constant multiple, power rule   18
  ∂y_ij/∂x_ij = 1        sum rule                        1

  ∂out/∂x_ij = ∂out/∂z_ij · ∂z_ij/∂y_ij · ∂y_ij/∂x_ij
             = 1/4 · 6 y_ij · 1
             = 3/2 y_ij
             = 3/2 (x_ij + 2)

  ∂out/∂x = [[9/2, 9/2], [9/2, 9/2]]        out = 27

and every line of it has been checked by something that never saw the rules.
"""

MORE = """\
More to try:

  chainrule derive 'y = sin(x); z = y**2 + x*y'          two paths, and what each contributes
  chainrule derive 'X : [n, d]; w : [d]; r = X@w - b; loss = mean(r**2)'        a matrix form
  chainrule derive 'f : function; u = x**2; w = f(u)'    the chain rule itself
  chainrule derive -f model.chain --wrt W1,W2 -o derivation.tex
  chainrule explain                        every rule and operation; explain softmax has its page

Exit status: 0 done; 1 a check failed; 2 the input or the call is wrong; 3 a budget ran out.
"""

_PLAIN = str.maketrans({"─": "-", "▶": ">", "∂": "d", "·": "*", "…": "...", "’": "'", "–": "-", "—": "-"})


def encodable(text: str) -> str:
    """``text`` in the signs that standard output can carry."""
    if carries_signs(sys.stdout):
        return text
    return text.translate(_PLAIN).encode("ascii", "replace").decode("ascii")


class Illustrated(click.Command):
    """A command whose help fits the encoding of standard output."""

    def get_help(self, ctx: click.Context) -> str:
        return encodable(super().get_help(ctx))


class Guide(click.Group):
    """The command itself: its help begins with an example."""

    def get_help(self, ctx: click.Context) -> str:
        return encodable(super().get_help(ctx))

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write("chainrule: the work behind any gradient.\n\n")
        formatter.write(WELCOME + "\n")
        self.format_usage(ctx, formatter)
        self.format_options(ctx, formatter)
        formatter.write("\n" + MORE)
