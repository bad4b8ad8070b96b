"""What stands in a text where an expression, and with it a statement or an argument, should have ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NoReturn

from chainrule.diagnostics import Label, fail
from chainrule.language import complaints, foreign
from chainrule.language.complaints import OPERATORS
from chainrule.language.lexer import RELATIONS, Token
from chainrule.language.place import Place, matching
from chainrule.source import Span


def unexpected(place: Place) -> NoReturn:
    """The token does not continue what stands before it."""
    token, before, opening = place.token, place.before, place.opening
    lost = place.clause.unclosed
    foreign.refuse(place)
    if token.kind == "file":
        complaints.file(place)
    if before is not None and before.kind == "file":
        complaints.file(Place(place.source, place.clause, place.index - 1))
    if token.kind == "end" and opening is not None:
        complaints.unclosed(place, opening)
    if lost is not None and token.start > lost.start and token.kind not in (")", "]"):
        complaints.unclosed(place, lost)
    if token.kind in (")", "]"):
        complaints.closes(place)
    complain = _AFTER_A_VALUE.get(token.kind)
    if complain is not None:
        complain(place)
    if before is not None:
        _missing_operator(place, before)
    fail("syntax", f"{place.written(token)} cannot stand here", place.here())


def _missing_operator(place: Place, before: Token) -> NoReturn:
    token = place.token
    left, right = place.written(before), place.written(token)
    function = place.index - 2
    if before.kind == "superscript" and token.kind == "(" and place.clause.tokens[function].kind == "name":
        power_of_function(place, function)
    if place.opening is not None and (place.opening.kind == "[" or token.kind == "text"):
        missing_comma(place)
    if token.kind == "[":
        complaints.list_in_expression(place)
    if token.kind == "text":
        fail("syntax", f"a quoted text cannot follow {left}", place.here(), place.label(before))
    notes = []
    fix = place.edited(before.stop, token.start, "*")
    if before.kind == "name" and token.kind in ("name", "number"):
        from chainrule.ops import SPELLINGS

        text = place.source.text
        call = f"{text[before.start : before.stop]}({text[token.start : token.stop]})"
        if before.text in SPELLINGS:
            notes = ["the arguments of an operation stand in brackets"]
            fix = place.edited(before.start, token.stop, call)
        elif before.stop == token.start:
            whole = f"{before.text}_{token.text}"[:40]
            notes = [f"a Greek letter is a name of its own; for one name write {whole}"]
        elif len(call) < 40:
            notes = [f"if {before.text} is a function, write {call}"]
    if before.kind == "|" and any(other.kind == "|" for other in place.clause.tokens[place.index :]):
        notes, fix = ["where bars stand inside one another, write abs(x) for the inner ones"], None
    gap = Label(place.source, Span(before.start, token.stop), "an operator is missing in here")
    fail("syntax", f"an operator is missing between {left} and {right}", gap, notes=notes, suggestion=fix)


def missing_comma(place: Place) -> NoReturn:
    """Two items or two arguments stand side by side."""
    token, before = place.token, place.before or place.token
    fail(
        "syntax",
        f"a comma is missing between {place.written(before)} and {place.written(token)}",
        Label(place.source, Span(before.start, token.stop), "a comma is missing in here"),
        suggestion=place.edited(before.stop, token.start, ", "),
    )


def power_of_function(place: Place, function: int) -> NoReturn:
    """``sin²(x)`` or ``sin^2(x)``; ``function`` is the index of the function's token."""
    tokens, text = place.clause.tokens, place.source.text
    name, power = tokens[function], tokens[place.index - 1]
    close = matching(tokens, place.index) or place.token
    written = f"{text[name.start : name.stop]}{text[place.token.start : close.stop]}**{power.text}"
    fail(
        "syntax",
        "a power stands after the call, not between a function and its argument",
        Label(place.source, Span(name.stop, power.stop), "this power"),
        suggestion=place.edited(name.start, close.stop, written),
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
    earlier = _since_comma(place)
    for bar, other in zip(earlier[1:], earlier, strict=False):
        if bar.kind == other.kind == "|" and bar.stop == other.start:
            _double_bar(place, bar, other)
    if any(other.kind in RELATIONS for other in earlier):
        chained(place)
    fail(
        "syntax",
        f"the comparison {place.written(token)} can only be a condition in a call",
        place.here(),
        notes=["where(x > 0, a, b) is a where x > 0, and b elsewhere; conditions have no value of their own"],
    )


def _since_comma(place: Place) -> list[Token]:
    """The tokens before this one from the right, back to the last comma or round bracket."""
    found: list[Token] = []
    for token in reversed(place.clause.tokens[: place.index]):
        if token.kind in (",", "("):
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
        _double_bar(place, token, following)
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


def _double_bar(place: Place, first: Token, second: Token) -> NoReturn:
    fail(
        "syntax",
        "`||` is not an operator",
        Label(place.source, Span(first.start, second.stop)),
        notes=["conditions cannot be joined; nest them: where(a, x, where(b, x, y))"],
    )


def _comma(place: Place) -> NoReturn:
    token, tokens, before = place.token, place.clause.tokens, place.before
    if place.opening is not None:
        bars = place.opening.kind == "|"
        fail(
            "syntax",
            "`,` cannot stand here",
            place.here(),
            place.label(place.opening, "between these bars" if bars else "in this bracket"),
            notes=[
                "tuples are for arguments only: sum(x, axis=(0, 1))",
                "data is a list, or a list of lists: [[1, 2], [3, 4]]",
            ],
        )
    following = tokens[place.index + 1]
    if before is not None and before.kind == following.kind == "number" and following.start == token.stop:
        notes = ["a number has a decimal point and no separators: 0.5, 1000"]
        fix = place.edited(token.start, token.stop, ".") if before.text == "0" else None
        fail("syntax", "`,` cannot stand here", place.here(), notes=notes, suggestion=fix)
    sign = next((t for t in tokens[place.index :] if t.kind in ("=", ":")), None)
    if sign is not None and tokens[1].kind == "=":
        fix = place.edited(token.start, token.stop, ";")
        fail("syntax", "statements are separated by `;`, not by `,`", place.here(), suggestion=fix)
    if sign is not None:
        notes = [f"each name needs a statement of its own: before `{sign.text}` stands one name"]
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
        message = f"{place.written(before)} has no value to compute with"
        notes = ["it can only be a whole argument or keyword value"]
        fail("syntax", message, place.label(before), notes=notes)
    fail("syntax", f"{place.written(token)} cannot stand here", *labels)


def _point(place: Place) -> NoReturn:
    notes = ["x.T and x.sum() need a value before the point"]
    fail("syntax", "`.` cannot stand here", place.here(), notes=notes)


_AFTER_A_VALUE: Mapping[str, Callable[[Place], NoReturn]] = {
    **dict.fromkeys(RELATIONS, _relation),
    **dict.fromkeys(OPERATORS, _operator_after_data),
    **dict.fromkeys(("superscript", "..."), _operator_after_data),
    "=": _equals,
    "|": _bar,
    ",": _comma,
    ":": _colon,
    ".": _point,
}
