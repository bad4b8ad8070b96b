"""Forms that are understood and yet refused, each with the spelling to use instead."""

from __future__ import annotations

from typing import NoReturn

from chainrule.diagnostics import Label, fail
from chainrule.language import complaints, foreign, surplus
from chainrule.language.lexer import RELATIONS
from chainrule.language.place import Place, matching, quoted
from chainrule.language.syntax import (
    Call,
    Comparison,
    ListLiteral,
    Method,
    Name,
    Node,
    Nothing,
    Number,
    Subscript,
    Text,
    Truth,
    TupleLiteral,
)
from chainrule.source import Span

# --- products that could be read two ways ---------------------------------------------------------


def ambiguous_product(place: Place, start: int) -> NoReturn:
    """A number and what follows it, after ``/``, ``@`` or ``**``; the factor began at the token ``start``."""
    tokens, token, text = place.clause.tokens, place.token, place.source.text
    number = tokens[place.index - 1]
    powers = [index for index in range(start, place.index) if tokens[index].kind == "**"]
    at = powers[-1] if powers else start - 1
    operator, inside = tokens[at], tokens[at + 1]
    if token.kind == "(" and inside is number and operator.kind == "**" and tokens[at - 1].kind == "name":
        surplus.power_of_function(place, at - 1)
    called = token.kind == "name" and tokens[place.index + 1].kind == "("
    close = (matching(tokens, place.index + called) if called or token.kind == "(" else None) or token
    notes = []
    product = f"({text[inside.start : number.stop]}*{text[token.start : close.stop]})"
    other = place.edited(inside.start, close.stop, product) if token.kind != "|" else None
    if other is not None:
        where = {"/": "below the line", "**": "to the exponent"}.get(operator.kind, "to the right side")
        notes.append(f"or, if all of it belongs {where}: {other}")
    span = Span(operator.start, close.stop)
    fail(
        "syntax",
        f"{quoted(place.source.slice(span))} can be read in two ways",
        Label(place.source, span),
        notes=notes,
        suggestion=place.edited(number.stop, token.start, "*"),
    )


def point_before_product(place: Place) -> NoReturn:
    """``2.x``: a decimal number or an attribute."""
    number, token = place.clause.tokens[place.index - 1], place.token
    digits = place.source.text[number.start : number.stop - 1]
    fail(
        "syntax",
        f"the point in {quoted(place.source.text[number.start : token.stop])} can be read in two ways",
        Label(place.source, Span(number.start, token.stop)),
        notes=["a product after a number that ends in a point needs `*`"],
        suggestion=place.edited(number.start, token.start, f"{digits}*"),
    )


def after_superscript(place: Place, first: int) -> NoReturn:
    """A power, an attribute or an index after ``x²``."""
    start, before = place.clause.tokens[first].start, place.before
    assert before is not None  # the superscript
    base = place.source.text[start : before.stop]
    fail(
        "syntax",
        f"{place.written(place.token)} after a superscript can be read in two ways",
        place.here(),
        place.label(before),
        suggestion=place.edited(start, before.stop, f"({base})"),
    )


def double_bars(place: Place, outer: Span, inner: Span) -> NoReturn:
    """``||x||``: a norm, or the absolute value of an absolute value."""
    inside = place.source.text[inner.start + 1 : inner.stop - 1]
    fail(
        "syntax",
        "double bars are not in the language",
        Label(place.source, outer),
        notes=[f"the absolute value of each entry is |{inside}|"] if len(inside) < 40 else [],
        suggestion=place.edited(outer.start, outer.stop, f"norm({inside})"),
    )


# --- statements, calls and subscripts -------------------------------------------------------------


def target(place: Place, left: Node) -> NoReturn:
    """``=`` after something that is neither a name nor a name with parameters."""
    if isinstance(left, Call):
        odd = next((a for a in left.arguments if not isinstance(a, Name)), None)
        where = left.span if odd is None else odd.span
        fail(
            "syntax",
            "the parameters of a function are names, at least one",
            Label(place.source, where, "not a list of names" if odd is None else "not a name"),
            notes=["for example f(x) = x**2 + 1"],
        )
    notes = ["only a name, or a name with its parameters, can be defined: y = …, f(x) = …"]
    if isinstance(left, Subscript | Method):
        notes.append("entries and attributes cannot be assigned; define a new name")
    elif not isinstance(left, Number):
        notes.append("equations are not solved: bring them to the form name = expression first")
    tokens, text = place.clause.tokens, place.source.text
    turned = None
    if place.index == len(tokens) - 3 and tokens[-2].kind == "name":
        turned = f"{text[tokens[-2].start : tokens[-2].stop]} = {place.source.slice(left.span)}"
    label = Label(place.source, left.span, "not a name")
    fail("syntax", "what stands before `=` is not a name", label, notes=notes, suggestion=turned)


_KINDS = {
    ListLiteral: "a list",
    TupleLiteral: "a tuple",
    Text: "a quoted text",
    Truth: "a truth value",
    Nothing: "`None`",
}


def not_an_operand(place: Place, node: Node) -> NoReturn:
    """A condition, a list, a tuple or a word stands where only a number or an array can be computed with."""
    if place.token.kind in ("name", "number", "(", "text"):
        surplus.missing_comma(place)
    if place.token.kind not in complaints.OPERATORS | RELATIONS | {".", "[", "superscript"}:
        surplus.unexpected(place)
    label = Label(place.source, node.span)
    if isinstance(node, Comparison):
        if place.token.kind in RELATIONS:
            surplus.chained(place)
        fail(
            "syntax",
            "a condition has no value to compute with",
            label,
            notes=["a condition chooses: where(x > 0, x, 0) is x where x > 0, and 0 elsewhere"],
        )
    what = _KINDS[type(node)]
    notes = ["give it a name in a statement of its own: v = [1, 2]; y = 3*v"] if what == "a list" else []
    fail("syntax", f"{what} has no value to compute with", label, notes=notes)


def repeated(place: Place, what: str, earlier: Span, later: Span) -> NoReturn:
    """A parameter, a keyword, a shape or ``...`` a second time."""
    fail(
        "syntax",
        f"a {what} is given twice" if what != "`...`" else "`...` stands twice",
        Label(place.source, later, "again"),
        Label(place.source, earlier, "first"),
    )


def parameter(place: Place) -> NoReturn:
    """Between the brackets of ``f(x, y) = …``."""
    fail(
        "syntax",
        "parameters are names, with a comma between two of them",
        place.here("a name was expected here" if place.token.kind != "name" else "a comma was expected here"),
        notes=["for example f(x, y) = x**2 + y"],
    )


def declaration(place: Place) -> NoReturn:
    """After ``name :``."""
    foreign.refuse(place)
    token, before = place.token, place.before
    notes = ["for example X : [m, n] or a : positive, [3] or f : function"]
    if token.kind == "end":
        fail(
            "syntax",
            f"{place.written(before) if before else '`:`'} has nothing after it",
            place.here("a shape or an assumption was expected here"),
            notes=notes,
        )
    if token.kind == "=":
        name = place.clause.tokens[0].text
        fail(
            "syntax",
            "a declaration gives no value",
            place.here(),
            notes=[f"make two statements of it: {quoted(name)[1:-1]} : …; {quoted(name)[1:-1]} = …"],
        )
    if token.kind == "(":
        close = matching(place.clause.tokens, place.index)
        inside = place.source.text[token.stop : close.start] if close is not None else ""
        fail(
            "syntax",
            "a shape stands in square brackets",
            place.here(),
            notes=notes,
            suggestion=place.edited(token.start, close.stop, f"[{inside.rstrip(', ')}]") if close else None,
        )
    fail(
        "syntax",
        f"{place.written(token)} cannot stand in a declaration",
        place.here("a shape or an assumption was expected here"),
        notes=notes,
    )


def dimension(place: Place) -> NoReturn:
    """Inside a shape."""
    foreign.refuse(place)
    token = place.token
    if token.kind == "end" and place.opening is not None:
        complaints.unclosed(place, place.opening)
    if token.kind == ")":
        complaints.closes(place)
    notes = ["a shape is a list of whole numbers from 1 and names: [2, 3], [m, n]; that of a scalar is []"]
    before, lost = place.before, place.clause.unclosed
    if before is not None and lost is not None and "\n" in place.source.text[before.stop : token.start]:
        complaints.unclosed(place, lost)
    if token.kind in ("name", "number") and before is not None and before.kind in ("name", "number"):
        digits = token.text[1:] if token.text[0] == "x" and token.text[1:].isdigit() else token.text
        fix = place.edited(before.stop, token.stop, f", {digits}")
        gap = Label(place.source, Span(before.start, token.stop))
        fail("syntax", "a comma is missing between two lengths", gap, notes=notes, suggestion=fix)
    fail("syntax", f"{place.written(token)} is not a length", place.here(), notes=notes)


def positional_after_keyword(place: Place, keyword: Span, argument: Span) -> NoReturn:
    """``sum(axis=0, x)``."""
    fail(
        "syntax",
        "an argument without a name cannot follow one with a name",
        Label(place.source, argument, "must come first"),
        Label(place.source, keyword),
    )


def attribute(place: Place) -> NoReturn:
    """No name after the point."""
    foreign.refuse(place)
    before = place.before
    labels = [place.here("a name was expected here")] + ([place.label(before)] if before is not None else [])
    notes = ["for example x.T or x.sum(axis=0); an elementwise product is written `*`"]
    fail("syntax", "`.` must be followed by a name", *labels, notes=notes)


def part_of_number(place: Place) -> NoReturn:
    """``2[0]`` or ``2 .T``."""
    number = place.before
    assert number is not None  # the number itself
    word = "entries" if place.token.kind == "[" else "attributes"
    fail("syntax", f"a number has no {word}", place.label(number), place.here())


def index(place: Place) -> NoReturn:
    """Inside a subscript."""
    token, opening = place.token, place.opening
    if not (token.kind == "keyword" and token.text == "None"):
        foreign.refuse(place)
    if token.kind == "end" and opening is not None:
        complaints.unclosed(place, opening)
    if token.kind == ")":
        complaints.closes(place)
    notes = ["indices are whole numbers, slices, `...` and None: x[0], x[-1], x[:, 1:3], x[..., None]"]
    if token.kind == "]" and place.before is opening:
        fail("syntax", "the index is missing", place.here("an index was expected here"), notes=notes)
    if token.kind in (",", "]"):
        fail("syntax", f"an index is missing before {place.written(token)}", place.here(), notes=notes)
    if token.kind == "name":
        notes.append("an index cannot vary; the last entry is x[-1], and a sum over all entries sum(x)")
    fail("syntax", f"{place.written(token)} cannot stand in an index", place.here(), notes=notes)


def zero_step(place: Place, span: Span) -> NoReturn:
    """``x[::0]``."""
    fail("syntax", "the step of a slice cannot be 0", Label(place.source, span))


def long_name(place: Place, limit: int) -> NoReturn:
    """A name over the limit."""
    length = len(place.token.text)
    fail("syntax", f"this name has {length} characters, the most is {limit}", place.here())


def number_range(place: Place, why: str) -> NoReturn:
    """A number that is too large, too small or too long."""
    fail("value", "this number is beyond float range", place.here(), notes=[why])
