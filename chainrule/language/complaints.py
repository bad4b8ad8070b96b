"""What is wrong with a text that is not a program: what is missing, and what stands where nothing fits.

One function for each sort of mistake. Each guesses what the person meant, points at the exact part, and
suggests a spelling that the parser takes. Forms that are understood and refused are in
:mod:`chainrule.language.refusals`, signs and words of other languages in :mod:`chainrule.language.foreign`.
"""

from __future__ import annotations

from typing import NoReturn

from chainrule.diagnostics import Label, fail
from chainrule.language import foreign
from chainrule.language.lexer import RELATIONS, Token
from chainrule.language.place import Place, matching, quoted
from chainrule.source import Source, Span

_CLOSING = {"(": ")", "[": "]", "|": "|"}
_OPERATORS = frozenset({"+", "-", "*", "/", "@", "**"})

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
        _list_in_expression(place)
    if token.kind == "text":
        fail(
            "syntax",
            "a quoted text has no value to compute with",
            place.here(),
            notes=['quotes are for words in a call, as in mse(p, t, reduction="sum")'],
            suggestion=place.edited(token.start, token.stop, token.text) if token.text.isidentifier() else None,
        )
    if token.kind == "file":
        file(place)
    if token.kind in (")", "]"):
        _closed_early(place)
    if token.kind == ",":
        _comma_without_value(place)
    if token.kind == "@" and before is None:
        fail(
            "syntax",
            "`@` is the matrix product and stands between two values",
            place.here("nothing before it"),
            notes=["values from a file need a name: x = @data.npy"],
        )
    if token.kind in ("*", "**") and before is not None and before.kind in ("(", ","):
        fail(
            "syntax",
            f"{place.written(token)} has nothing before it",
            place.here(),
            notes=["arguments cannot be unpacked here, write each of them"],
        )
    if before is not None and before.kind in _OPERATORS | RELATIONS:
        fail(
            "syntax",
            f"a value is missing between {place.written(before)} and {place.written(token)}",
            place.here("a value was expected here"),
            place.label(before),
        )
    if token.kind in _OPERATORS | RELATIONS:
        fail("syntax", f"{place.written(token)} has nothing before it", place.here("a value is missing before this"))
    fail("syntax", f"{place.written(token)} cannot stand here", place.here("a value was expected here"))


def _ended(place: Place) -> NoReturn:
    before, token = place.before, place.token
    if place.opening is not None and before is place.opening:
        unclosed(place, place.opening)
    notes = []
    if token.text[:1] in ("\n", "\r") and place.source.text[token.stop :].strip():
        notes.append("a statement ends with its line, unless a bracket is open: y = (a +  ⏎  b)")
    if before is not None and before.kind == "=":
        fail(
            "syntax",
            "the right side is missing",
            place.here("a value was expected here"),
            notes=notes or ["an input needs no line of its own: every name that is never defined is one"],
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
    if before is not None and before.kind in _OPERATORS | RELATIONS | {"="}:
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


def _list_in_expression(place: Place) -> NoReturn:
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
    token = place.token
    if not token.text:
        fail("syntax", "`@` needs the name of a file", place.here(), suggestion="x = @data.npy")
    fail(
        "syntax",
        "a file can only be the whole right side of a definition",
        place.here(),
        notes=[f"read it under a name of its own: data = @{token.text}"] if len(token.text) < 40 else [],
    )


# --- something stands where the expression should have ended --------------------------------------


def unexpected(place: Place) -> NoReturn:
    """The token does not continue what stands before it."""
    token, before, opening = place.token, place.before, place.opening
    lost = place.clause.unclosed
    foreign.refuse(place)
    if token.kind == "end" and opening is not None:
        unclosed(place, opening)
    if lost is not None and token.start > lost.start and token.kind not in (")", "]"):
        unclosed(place, lost)
    if token.kind in (")", "]"):
        closes(place)
    if token.kind in RELATIONS:
        _relation(place)
    if token.kind == "=":
        _equals(place)
    if token.kind == "|":
        _bar(place)
    if token.kind == ",":
        _comma(place)
    if token.kind == ":":
        _colon(place)
    if token.kind == "file":
        file(place)
    if token.kind == ".":
        fail("syntax", "`.` cannot stand here", place.here(), notes=["x.T and x.sum() need a value before the point"])
    if token.kind in ("**", "superscript", "...") or token.kind in _OPERATORS:
        _operator_after_data(place)
    if before is not None:
        _missing_operator(place, before)
    fail("syntax", f"{place.written(token)} cannot stand here", place.here())


def _missing_operator(place: Place, before: Token) -> NoReturn:
    token, text = place.token, place.source.text
    left, right = place.written(before), place.written(token)
    notes = []
    product = place.edited(before.stop, token.start, "*")
    if before.kind == "superscript" and token.kind == "(":
        function = place.clause.tokens[place.index - 2]
        close = matching(place.clause.tokens, place.index)
        if function.kind == "name" and close is not None:
            call = text[function.start : function.stop] + text[token.start : close.stop]
            power = f"{call}**{before.text}"
            fail(
                "syntax",
                f"a power stands after the call: {quoted(power)}",
                place.label(before, "not between a function and its argument"),
                suggestion=place.edited(function.start, close.stop, power),
            )
    if before.kind == "name" and token.kind in ("name", "number"):
        word = text[before.start : before.stop]
        notes.append(f"if {word} is a function, write {word}({text[token.start : token.stop]})"[:90])
    if before.kind == "name" and token.kind == "[":
        notes.append("an index stands directly after a name: x[0]")
    if token.kind == "[":
        _list_in_expression(place)
    if token.kind == "text":
        fail("syntax", f"a quoted text cannot follow {left}", place.here(), place.label(before))
    gap = Label(place.source, Span(before.start, token.stop), "an operator is missing in here")
    fail("syntax", f"an operator is missing between {left} and {right}", gap, notes=notes, suggestion=product)


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
        suggestion=None if opening.text == "|" else place.edited(token.start, token.stop, closing),
    )


def _relation(place: Place) -> NoReturn:
    token, tokens = place.token, place.clause.tokens
    if token.kind == "==" and place.opening is None and place.index == 1 and tokens[0].kind == "name":
        fail(
            "syntax",
            "`==` compares; a name is given its value with one `=`",
            place.here(),
            suggestion=place.edited(token.start, token.stop, "="),
        )
    following = tokens[place.index + 1]
    if token.kind == "<" and place.index == 1 and following.kind == "-" and following.start == token.stop:
        fail(
            "syntax",
            "a name is given its value with `=`",
            Label(place.source, Span(token.start, following.stop)),
            suggestion=place.edited(token.start, following.stop, "="),
        )
    if any(earlier.kind in RELATIONS for earlier in _since_comma(place)):
        chained(place)
    fail(
        "syntax",
        f"the comparison {place.written(token)} can only be a condition in a call",
        place.here(),
        notes=["where(x > 0, a, b) is a where x > 0, and b elsewhere; conditions have no value of their own"],
    )


def _since_comma(place: Place) -> list[Token]:
    """The tokens before this one, back to the last comma or opening bracket."""
    found: list[Token] = []
    for token in reversed(place.clause.tokens[: place.index]):
        if token.kind == "," or token is place.opening:
            break
        found.append(token)
    return found


def chained(place: Place) -> NoReturn:
    """``a < b < c``."""
    earlier = next((token for token in _since_comma(place) if token.kind in RELATIONS), None)
    labels = [place.here("a second comparison")] + ([place.label(earlier)] if earlier is not None else [])
    fail(
        "syntax",
        "comparisons cannot be chained",
        *labels,
        notes=["for a < x < b write one condition inside another: where(a < x, where(x < b, y, 0), 0)"],
    )


def _equals(place: Place) -> NoReturn:
    tokens = place.clause.tokens
    first = next((t for t in tokens[: place.index] if t.kind == "="), None)
    if place.opening is not None:
        fail(
            "syntax",
            "`=` cannot stand inside an expression",
            place.here(),
            notes=["keywords are single names: sum(x, axis=0)", "a comparison is written `==`"],
        )
    labels = [place.here("a second `=`")] + ([place.label(first)] if first is not None else [])
    fail(
        "syntax",
        "a statement has one `=`" if first is not None else "`=` cannot stand here",
        *(labels if first is not None else [place.here()]),
        notes=["statements are separated by `;` or stand on lines of their own"],
    )


def _bar(place: Place) -> NoReturn:
    token, tokens, before = place.token, place.clause.tokens, place.before
    following = tokens[place.index + 1]
    if following.kind == "|" and following.start == token.stop:
        fail(
            "syntax",
            "`||` is not an operator",
            Label(place.source, Span(token.start, following.stop)),
            notes=["conditions cannot be joined; nest them: where(a, x, where(b, x, y))"],
        )
    if sum(other.kind == "|" for other in tokens[place.index :]) % 2:
        fail(
            "syntax",
            "this bar has no partner",
            place.here(),
            notes=["bars are absolute values, |x|; where they stand inside one another, write abs(x)"],
        )
    assert before is not None  # a bar without anything before it opens
    fail(
        "syntax",
        f"an operator is missing between {place.written(before)} and `|`",
        Label(place.source, Span(before.start, token.stop), "an operator is missing in here"),
        notes=["where bars stand inside one another, abs(x) is clearer"],
        suggestion=place.edited(before.stop, token.start, "*"),
    )


def _comma(place: Place) -> NoReturn:
    tokens, before = place.clause.tokens, place.before
    if place.opening is not None:
        fail(
            "syntax",
            "`,` cannot stand here",
            place.here(),
            place.label(place.opening, "in this bracket" if place.opening.kind != "|" else "between these bars"),
            notes=["tuples are for arguments only: sum(x, axis=(0, 1))", "data is a list: [1, 2]"],
        )
    following = tokens[place.index + 1]
    text = place.source.text
    if before is not None and before.kind == following.kind == "number" and following.text.isdigit():
        notes = ["a number has a decimal point and no separators: 0.5, 1000"]
        fail("syntax", "`,` cannot stand here", place.here(), notes=notes)
    sign = next((t for t in tokens[place.index :] if t.kind in ("=", ":")), None)
    if sign is not None:
        notes = [f"each name needs a statement of its own, before `{text[sign.start : sign.stop]}` stands one name"]
        fail("syntax", "one name at a time", place.here(), notes=notes)
    fail("syntax", "`,` cannot stand here", place.here(), notes=["statements are separated by `;`"])


def _colon(place: Place) -> NoReturn:
    notes = ["`:` declares a name (X : [m, n], a : positive) or slices (x[1:3])"]
    before = place.before
    if before is not None and before.kind == ")" and place.opening is None:
        notes.append("a declared function has no parameters: f : function")
    fail("syntax", "`:` cannot stand here", place.here(), notes=notes)


def _operator_after_data(place: Place) -> NoReturn:
    token, before = place.token, place.before
    labels = [place.here()]
    if before is not None and before.kind == "]":
        notes = ["give the list a name in a statement of its own: v = [1, 2]; y = 3*v"]
        fail("syntax", "a list is data, not a part of an expression", *labels, notes=notes)
    if before is not None and before.kind in ("text", "keyword"):
        fail("syntax", f"{place.written(before)} has no value to compute with", place.label(before), *labels)
    fail("syntax", f"{place.written(token)} cannot stand here", *labels)
