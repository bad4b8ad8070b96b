"""What is missing in a text that is not a program: a statement, a value, a bracket.

One function for each sort of mistake. Each guesses what the person meant, points at the exact part, and
suggests a spelling that the parser takes. The other sorts: :mod:`chainrule.language.surplus` for what stands
where an expression should have ended, :mod:`chainrule.language.refusals` for forms that are understood and
refused, :mod:`chainrule.language.foreign` for signs and words of other languages.
"""

from __future__ import annotations

from typing import NoReturn

from chainrule.diagnostics import Label, fail
from chainrule.language import foreign
from chainrule.language.lexer import RELATIONS, Token
from chainrule.language.place import Place
from chainrule.source import Source, Span

_CLOSING = {"(": ")", "[": "]", "|": "|"}
OPERATORS = frozenset({"+", "-", "*", "/", "@", "**"})

# --- the text as a whole --------------------------------------------------------------------------


def empty(source: Source) -> NoReturn:
    """There is no statement."""
    fail(
        "syntax",
        f"the {source.name} is empty" if source.name == "program" else f"{source.name} holds no text",
        notes=["blanks, line ends and comments (`# …`) do not count"],
        suggestion="y = x + 2; z = 3*y**2" if source.name == "program" else None,
    )


def too_long(length: int, limit: int) -> NoReturn:
    """The text is over the budget."""
    fail(
        "budget",
        f"the text has {length} characters, the most that is read is {limit}",
        notes=["large data belongs in a file: x = @data.npy"],
    )


def second_expression(place: Place) -> NoReturn:
    """One expression was expected, and here is another statement."""
    fail("syntax", "one expression is expected here, this is a second one", place.here())


def too_deep(place: Place, limit: int) -> NoReturn:
    """Brackets, signs, powers or operations inside one another."""
    fail(
        "budget",
        f"this expression is nested more than {limit} levels deep",
        place.here("too deep from here on"),
        notes=[
            "brackets, signs, powers and operations inside one another count; a + b + c + … does not nest",
            "give inner parts names of their own, each on a line before this one",
        ],
    )


# --- a word or a value is due and does not come ---------------------------------------------------


def operand(place: Place) -> NoReturn:
    """Something with a value must stand here."""
    token, before = place.token, place.before
    foreign.refuse(place)
    if token.kind == "end":
        _ended(place)
    if token.kind == "[":
        list_in_expression(place)
    if token.kind == "text":
        plain = token.text.isascii() and token.text.isalpha()
        fail(
            "syntax",
            "a quoted text has no value to compute with",
            place.here(),
            notes=['quotes are for words in a call, as in mse(p, t, reduction="sum")'],
            suggestion=place.edited(token.start, token.stop, token.text) if plain else None,
        )
    if token.kind == "file":
        file(place)
    if token.kind in (")", "]"):
        _closed_early(place)
    if token.kind == ",":
        _comma_without_value(place)
    if token.kind == "@" and before is not None and (before is place.opening or before.kind == ","):
        file(place)
    if token.kind == "@" and before is None:
        fail(
            "syntax",
            "`@` is the matrix product and stands between two values",
            place.here("nothing before it"),
            notes=["values from a file need a name: x = @data.npy"],
        )
    if token.kind in ("*", "**") and before is not None and (before is place.opening or before.kind == ","):
        fail(
            "syntax",
            f"{place.written(token)} has nothing before it",
            place.here(),
            notes=["arguments cannot be unpacked here, write each of them"],
        )
    if before is not None and before.kind in OPERATORS | RELATIONS:
        fail(
            "syntax",
            f"a value is missing between {place.written(before)} and {place.written(token)}",
            place.here("a value was expected here"),
            place.label(before),
        )
    if token.kind in OPERATORS | RELATIONS | {"superscript"}:
        missing = place.here("a value is missing before this")
        fail("syntax", f"{place.written(token)} has nothing before it", missing)
    fail("syntax", f"{place.written(token)} cannot stand here", place.here("a value was expected here"))


def _ended(place: Place) -> NoReturn:
    before, token = place.before, place.token
    if place.opening is not None and before is place.opening:
        unclosed(place, place.opening)
    notes = []
    if token.text[:1] in ("\n", "\r") and place.source.text[token.stop :].strip():
        notes.append("a statement ends with its line; inside brackets it goes on in the next one")
    if before is not None and before.kind == "=":
        fail(
            "syntax",
            "the right side is missing",
            place.here("a value was expected here"),
            notes=notes or ["an input needs no line of its own: a name that is never defined is one"],
        )
    sign = place.written(before) if before is not None else "this"
    fail("syntax", f"{sign} has nothing after it", place.here("a value was expected here"), notes=notes)


def _closed_early(place: Place) -> NoReturn:
    token, before = place.token, place.before
    if before is not None and before is place.opening and _CLOSING[before.text] == token.text:
        fail(
            "syntax",
            "there is nothing between these brackets",
            Label(place.source, Span(before.start, token.stop), "a value was expected here"),
        )
    if before is not None and before.kind in OPERATORS | RELATIONS | {"="}:
        fail(
            "syntax",
            f"{place.written(before)} has nothing after it",
            place.here("a value was expected before this"),
            place.label(before),
        )
    closes(place)


def _comma_without_value(place: Place) -> NoReturn:
    before = place.before
    what = "a value"
    if place.opening is not None:
        call = place.clause.tokens.index(place.opening)
        called = place.opening.kind == "(" and call > 0 and place.clause.tokens[call - 1].kind == "name"
        what = "an argument" if called else "an item" if place.opening.kind == "[" else "a value"
    labels = [place.here(f"{what} was expected before this")]
    if before is not None and before.kind == ",":
        fail("syntax", f"{what} is missing between two commas", *labels, place.label(before))
    fail("syntax", f"{what} is missing before `,`", *labels)


def list_in_expression(place: Place) -> NoReturn:
    """``2*[1, 2]``."""
    fail(
        "syntax",
        "a list is data, not a part of an expression",
        place.here(),
        notes=[
            "give it a name in a statement of its own: v = [1, 2]; y = 3*v",
            "for grouping use round brackets: 2*(a + b)",
        ],
    )


def file(place: Place) -> NoReturn:
    """``@`` as a prefix, not as the whole right side of a definition, or without a file name."""
    if not place.token.text:
        fail("syntax", "`@` needs the name of a file", place.here(), suggestion="x = @data.npy")
    fail(
        "syntax",
        "a file can only be the whole right side of a definition",
        place.here(),
        notes=["read it under a name of its own: data = @data.npy; y = sum(data)"],
    )


# --- brackets -------------------------------------------------------------------------------------


def unclosed(place: Place, opening: Token) -> NoReturn:
    """The bracket or bar ``opening`` is still open at the end of the statement."""
    closing = _CLOSING[opening.text]
    end = place.clause.tokens[-1]
    what = "bar" if opening.text == "|" else "bracket"
    notes = []
    if opening.text == "[" and end.text == ";":
        notes.append("a matrix is a list of its rows: [[1, 2], [3, 4]]")
    elif end.text == ";":
        notes.append("`;` ends the statement, inside brackets too")
    last = _last_line_inside(place, opening, end)
    fail(
        "syntax",
        f"this {what} is never closed",
        place.label(opening, "opened here"),
        Label(place.source, Span(last, last), f"`{closing}` is missing"),
        notes=notes,
    )


def _last_line_inside(place: Place, opening: Token, end: Token) -> int:
    """The end of the line before the next statement, if one seems to begin in the open bracket."""
    tokens = place.clause.tokens
    start = tokens.index(opening)
    triples = zip(tokens[start:], tokens[start + 1 :], tokens[start + 2 :], strict=False)
    for before, name, sign in triples:
        begins = name.kind == "name" and sign.kind in ("=", ":") and before.kind not in (",", "(")
        if begins and "\n" in place.source.text[before.stop : name.start]:
            return before.stop
    return end.stop


def closes(place: Place) -> NoReturn:
    """A closing bracket that does not fit."""
    token, opening = place.token, place.opening
    if opening is None:
        fail("syntax", f"`{token.text}` closes nothing", place.here("no bracket is open here"))
    closing = _CLOSING[opening.text]
    what = "bar" if opening.text == "|" else "bracket"
    fail(
        "syntax",
        f"`{token.text}` does not close the {what} `{opening.text}`",
        place.here(f"`{closing}` was expected"),
        place.label(opening, "opened here"),
        suggestion=None if opening.text == "|" else _closed(place, closing),
    )


def _closed(place: Place, closing: str) -> str | None:
    """The statement with ``closing`` in place of the wrong bracket, or before it if it closes another."""
    token = place.token
    kinds = [other.kind for other in place.clause.tokens]
    has_partner = kinds.count(token.kind) <= kinds.count({")": "(", "]": "["}[token.kind])
    return place.edited(token.start, token.start if has_partner else token.stop, closing)
