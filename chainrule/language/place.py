"""A place in a statement, with what a message needs to speak of it."""

from __future__ import annotations

from dataclasses import dataclass

from chainrule.diagnostics import Label
from chainrule.language.lexer import Clause, Token
from chainrule.source import Source, Span

_LONGEST_SUGGESTION = 72


@dataclass(frozen=True, slots=True)
class Place:
    """A token of a statement, and the innermost bracket that is open there."""

    source: Source
    clause: Clause
    index: int
    opening: Token | None = None

    @property
    def token(self) -> Token:
        """The token itself."""
        return self.clause.tokens[self.index]

    @property
    def before(self) -> Token | None:
        """The token before it."""
        return self.clause.tokens[self.index - 1] if self.index else None

    def label(self, token: Token, text: str = "") -> Label:
        """A remark under ``token``."""
        return Label(self.source, Span(token.start, token.stop), text)

    def here(self, text: str = "") -> Label:
        """A remark under the token of this place."""
        return self.label(self.token, text)

    def written(self, token: Token) -> str:
        """``token`` as a message quotes it."""
        return quoted(self.source.text[token.start : token.stop])

    def edited(self, start: int, stop: int, replacement: str) -> str | None:
        """The statement with the text from ``start`` to ``stop`` replaced; None if it is too long to show."""
        text, tokens = self.source.text, self.clause.tokens
        whole = text[tokens[0].start : start] + replacement + text[stop : tokens[-1].stop]
        return whole if len(whole) <= _LONGEST_SUGGESTION and "\n" not in whole else None


def quoted(text: str) -> str:
    """``text`` in backticks, shortened when it is long."""
    return f"`{text}`" if len(text) <= 40 else f"`{text[:36]}…`"


def matching(tokens: list[Token], index: int) -> Token | None:
    """The bracket that closes the one at ``index``."""
    depth = 0
    for token in tokens[index:]:
        depth += (token.kind == "(") - (token.kind == ")")
        if depth == 0:
            return token
    return None
