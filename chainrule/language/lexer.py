"""Text to tokens, a statement at a time.

One regular expression drives it. Only too long a statement is refused here: what no program may contain
becomes a token of kind ``wrong``, so that the parser complains about the first mistake, whatever its sort.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator
from typing import NamedTuple, NoReturn

from chainrule.diagnostics import Label, fail
from chainrule.source import Source, Span

MAX_TOKENS = 2_000_000
"""The longest statement, in tokens."""

GREEK = {
    "Γ": "Gamma", "Δ": "Delta", "Θ": "Theta", "Λ": "Lambda", "Ξ": "Xi", "Π": "Pi", "Σ": "Sigma",
    "Υ": "Upsilon", "Φ": "Phi", "Ψ": "Psi", "Ω": "Omega",
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ζ": "zeta", "η": "eta",
    "θ": "theta", "ι": "iota", "κ": "kappa", "λ": "lambda", "μ": "mu", "µ": "mu", "ν": "nu", "ξ": "xi",
    "π": "pi", "ρ": "rho", "σ": "sigma", "τ": "tau", "υ": "upsilon", "φ": "phi", "χ": "chi", "ψ": "psi",
    "ω": "omega",
}  # fmt: skip
"""The Greek letters that may be names. Those that look like Latin ones (Α, ο) may not."""

RELATIONS = frozenset({"<", "<=", ">", ">=", "==", "!="})

_PLAIN_DIGITS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")

# `lambda` is a word that mathematics cannot do without; only `lambda x` is Python's.
_KEYWORDS = frozenset(keyword.kwlist) - {"lambda"}
_PYTHON_LAMBDA = re.compile(r"[ \t]+[A-Za-z_]")

# Signs of other languages are lexed whole, so that a complaint can name them.
_ASSIGNMENTS = ("+=", "-=", "*=", "/=", "@=", "%=", "&=", "**=", "^=", "//=", ":=")
_FOREIGN = (*_ASSIGNMENTS, "->", "=>", "//", "&&", "%", "&", "!", "~")

# The kinds of the signs whose kind is not their own spelling.
_KINDS = {"^": "**", "×": "*", "·": "*", "−": "-"} | dict.fromkeys(_FOREIGN, "wrong")

_TOKEN = re.compile(
    rf"""
    [ \t\f\u00a0]* (?:\#[^\r\n]*)?
    (?:
      (?P<name> [A-Za-z][A-Za-z0-9_]* | [{"".join(GREEK)}](?:[0-9_][A-Za-z0-9_]*)? )
    | (?P<file> =[ \t\u00a0]*@[ \t\u00a0]*(?: "[^"\r\n]*" | '[^'\r\n]*' | [^\s;\#"']+ )? )
    | (?P<sign> \*\*=? | //=? | -> | => | && | \.\.\. | [-+*/%@^&:]= | ==? | != | <=? | >=?
              | \.(?![0-9]) | [-+*/%@^()\[\],:|!~&×·−] )
    | (?P<number> (?: [0-9]+(?:\.[0-9]*)? | \.[0-9]+ ) (?:[eE][+-]?[0-9]+)? )
    | (?P<end> \r\n? | \n | ; | \Z )
    | (?P<prime> (?<=[\w)\]])['’′]+ )
    | (?P<text> "[^"\r\n]*" | '[^'\r\n]*' )
    | (?P<superscript> ⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]+ )
    | (?P<quote> ["'][^\r\n]* )
    | (?P<underscore> _\w* )
    | (?P<other> . )
    )
    """,
    re.VERBOSE | re.DOTALL,
)

_FOREIGN_NUMBER = re.compile(
    r"""
      0[xXoObB]\w*                                       # 0x1F, 0b101
    | [0-9.]+ (?:[eE][+-]?[0-9]+)? [jJ] (?!\w)           # 3j
    | [0-9.]+ [eE] (?!\w)                                # 1e
    | [0-9.]+ [eE][+-]?[0-9]+ [A-Za-z_]\w*               # 2e1x
    | [0-9.]+ _\w* (?:\.[0-9]*)?                         # 1_000
    | [0-9.]+ (?:[eE][+-]?[0-9]+)? (?:\.[0-9]*)+         # 1.2.3
    """,
    re.VERBOSE | re.ASCII,
)

_REACH = 40  # how far past a number to look: keeps lexing linear

_OPENING = {")": "(", "]": "["}


class Token(NamedTuple):
    """One word or sign.

    ``kind`` is ``name``, ``keyword``, ``number``, ``text``, ``superscript``, ``file``, ``end``, ``wrong``,
    or the sign itself in its plain spelling (``×`` has the kind ``*``, ``^`` the kind ``**``).
    ``text`` is normalised where the language says so: names are ASCII, texts and paths without quotes,
    superscripts plain digits. ``start`` and ``stop`` bound the token as it was written.
    """

    kind: str
    text: str
    start: int
    stop: int


_new = tuple.__new__  # half the time of calling a named tuple, and most of what is done here


class Clause(NamedTuple):
    """The tokens of one statement, an ``end`` token last; ``unclosed`` is the inmost bracket left open."""

    tokens: list[Token]
    unclosed: Token | None


def clauses(source: Source) -> Iterator[Clause]:
    """The statements of ``source`` as tokens; empty ones are left out. Linear in time, lazy in memory.

    Raises :class:`ChainRuleError` (``budget``) for a statement of more than ``MAX_TOKENS`` tokens.
    """
    text = source.text
    tokens: list[Token] = []
    brackets: list[Token] = []
    for match in _TOKEN.finditer(text, 1 if text.startswith("\ufeff") else 0):
        group = match.lastgroup or ""
        start, stop = match.span(group)
        word = text[start:stop]
        if len(tokens) > MAX_TOKENS:
            _too_long(source, tokens[0])
        if group == "sign":
            token = _new(Token, (_KINDS.get(word, word), word, start, stop))
            tokens.append(token)
            if word in "()[]":
                _count(brackets, token)
        elif group == "name":
            tokens.append(_name(text, word, start, stop))
        elif group == "number":
            tokens.append(_number(text, word, start, stop))
        elif group != "end":
            tokens.append(_other(group, word, start, stop))
        elif brackets and word != ";" and start < len(text):
            continue
        elif tokens:
            last = tokens[-1].stop
            tokens.append(Token("end", word, last, last))
            yield Clause(tokens, brackets[-1] if brackets else None)
            tokens, brackets = [], []


def _too_long(source: Source, first: Token) -> NoReturn:
    fail(
        "budget",
        f"this statement has more than {MAX_TOKENS} words and signs",
        Label(source, Span(first.start, first.stop), "it begins here"),
        notes=["large data belongs in a file: x = @data.npy"],
    )


def _count(brackets: list[Token], token: Token) -> None:
    """Keep the list of open brackets; what does not fit is left to the parser's complaint."""
    opening = _OPENING.get(token.text)
    if opening is None:
        brackets.append(token)
    elif brackets and brackets[-1].text == opening:
        brackets.pop()
    elif len(brackets) > 1 and brackets[-2].text == opening:
        del brackets[-2:]


def _name(text: str, word: str, start: int, stop: int) -> Token:
    if word[0] in GREEK:
        return Token("name", GREEK[word[0]] + word[1:], start, stop)
    if word in _KEYWORDS or (word == "lambda" and _PYTHON_LAMBDA.match(text, stop)):
        return Token("keyword", word, start, stop)
    return _new(Token, ("name", word, start, stop))


def _number(text: str, word: str, start: int, stop: int) -> Token:
    """A number; a wrong token when another language would read a literal here."""
    following = text[stop : stop + 1]
    if following.isalpha() or following == "_" or following == ".":
        foreign = _FOREIGN_NUMBER.match(text, start, stop + _REACH)
        if foreign is not None and foreign.end() > stop:
            return Token("wrong", foreign.group(), start, foreign.end())
    octal = word[0] == "0" and len(word) > 1 and word.isdigit() and word.strip("0")
    return _new(Token, ("wrong" if octal else "number", word, start, stop))


def _other(group: str, word: str, start: int, stop: int) -> Token:
    if group == "text":
        return Token("text", word[1:-1], start, stop)
    if group == "superscript":
        return Token("superscript", word.translate(_PLAIN_DIGITS), start, stop)
    if group == "file":
        at = word.index("@")
        return Token("file", word[at + 1 :].strip(" \t\u00a0\"'"), start + at, stop)
    return Token("wrong", word, start, stop)
