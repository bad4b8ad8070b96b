"""Signs, numbers and words of other languages, and characters that no program has."""

from __future__ import annotations

import re
from typing import NoReturn

from chainrule.diagnostics import Label, fail
from chainrule.language.lexer import Token
from chainrule.language.place import Place, quoted
from chainrule.source import Span


def refuse(place: Place) -> None:
    """Complain if the token of ``place`` belongs to another language; else do nothing."""
    token = place.token
    if token.kind == "keyword":
        _keyword(place)
    if token.kind != "wrong":
        return
    first = token.text[0]
    if first in "0123456789" or (first == "." and len(token.text) > 1):
        _number(place)
    if first in "\"'’′":
        _quote(place)
    if first == "_":
        _underscore(place)
    if len(token.text) > 1 or token.text in "%&!~":
        _sign(place)
    _character(place)


# --- words ----------------------------------------------------------------------------------------

_INSTEAD_OF_WORDS = {
    "for": "operations work on whole arrays: sum(x**2) adds over all entries",
    "while": "there are no loops; operations work on whole arrays",
    "if": "a choice between two values is where(condition, a, b)",
    "else": "a choice between two values is where(condition, a, b)",
    "elif": "a choice between two values is where(condition, a, b)",
    "lambda": "a function is defined by f(x) = x**2 + 1",
    "def": "a function is defined by f(x) = x**2 + 1",
    "return": "the last name that is defined is the output",
    "import": "all operations are there without an import: y = sin(x)",
    "from": "all operations are there without an import: y = sin(x)",
    "and": "conditions cannot be joined; nest them: where(a, where(b, x, y), y)",
    "or": "conditions cannot be joined; nest them: where(a, x, where(b, x, y))",
    "not": "turn the comparison round: x <= 0 instead of not x > 0",
    "True": "True and False are for keywords: sum(x, axis=0, keepdims=True)",
    "False": "True and False are for keywords: sum(x, axis=0, keepdims=False)",
    "None": "None is for keywords and new axes: sum(x, axis=None), x[:, None]",
}


def _keyword(place: Place) -> NoReturn:
    word = place.token.text
    if word in ("True", "False", "None"):
        message = f"`{word}` has no value to compute with"
    elif word in _INSTEAD_OF_WORDS:
        message = f"chainrule is not Python: there is no `{word}`"
    else:
        message = f"`{word}` is a word of Python's and cannot be a name"
    note = _INSTEAD_OF_WORDS.get(word, "results can then be pasted into Python as they are")
    fail("syntax", message, place.here(), notes=[note])


# --- numbers --------------------------------------------------------------------------------------


def _number(place: Place) -> NoReturn:
    token = place.token
    text, shown = token.text, quoted(token.text)
    message, notes, replacement = f"{shown} is not a number here", [], None
    exponent = re.fullmatch(r"([0-9.]+)([eE])", text)
    power = re.fullmatch(r"([0-9.]+[eE][+-]?[0-9]+)([A-Za-z_].*)", text)
    if text[:2].lower() in ("0x", "0o", "0b"):
        message = f"{shown} looks like a number in another base; numbers are decimal here"
        replacement = _decimal(text)
        if replacement is None:
            notes, replacement = ["a product with 0 is written 0*x"], f"0*{text[1:]}"
    elif text[-1] in "jJ":
        message = f"{shown} looks like an imaginary number; all numbers are real here"
        notes, replacement = [f"a product is written {text[:-1]}*{text[-1]}"[:60]], f"{text[:-1]}*{text[-1]}"
    elif exponent:
        message = f"{shown} can be a product with e, or a power of ten whose exponent is missing"
        notes = [f"a power of ten is written {exponent[1]}e3"[:60]]
        replacement = f"{exponent[1]}*{exponent[2]}"
    elif power and "_" not in text:
        message = f"{shown} can be read in two ways"
        notes, replacement = [f"{quoted(power[1])} is a power of ten, as in 1e-3"], f"{power[1]}*{power[2]}"
    elif "_" in text:
        if re.fullmatch(r"[0-9.]+_[0-9_.]*[0-9]", text):
            message, replacement = "numbers are written without `_`", text.replace("_", "")
        else:
            message = "a number and a name need `*` between them, and a name begins with a letter"
    elif text.count(".") > 1:
        message = "a number has one decimal point"
    else:
        message = f"{shown} begins with 0 and could be octal; numbers are decimal here"
        replacement = text.lstrip("0")
    fix = None if replacement is None else place.edited(token.start, token.stop, replacement)
    fail("syntax", message, place.here(), notes=notes, suggestion=fix)


def _decimal(text: str) -> str | None:
    """``0x1F`` in decimal, if it is a number at all."""
    try:
        return str(int(text, 0)) if len(text) < 20 else None
    except ValueError:
        return None


# --- signs ----------------------------------------------------------------------------------------

_ASSIGNED = frozenset({"+", "-", "*", "/", "@", "**"})

_NESTED = "conditions cannot be joined; nest them: where(a, where(b, x, y), y)"

_INSTEAD_OF_SIGNS = {
    "=>": ("`=>` is not in the language", "a comparison is written `>=`", ">="),
    ":=": ("a name is given its value with `=`", None, "="),
    "->": ("`->` is not in the language", "a function is defined by f(x) = x**2 + 1", None),
    "//": ("`//` is not in the language", "division is `/`; a comment begins with `#`", None),
    "%": ("`%` is not in the language", "there is no remainder; a comment begins with `#`", None),
    "&&": ("`&&` is not in the language", _NESTED, None),
    "&": ("`&` is not in the language", _NESTED, None),
    "~": ("`~` is not in the language", "turn the comparison round: x <= 0 instead of ~(x > 0)", None),
}


def _sign(place: Place) -> NoReturn:
    token, before = place.token, place.before
    if token.text in _INSTEAD_OF_SIGNS:
        message, note, replacement = _INSTEAD_OF_SIGNS[token.text]
        fix = place.edited(token.start, token.stop, replacement) if replacement else None
        fail("syntax", message, place.here(), notes=[note] if note else [], suggestion=fix)
    if token.text == "!":
        _exclamation(place, before)
    operator, rest = token.text[:-1], place.clause.tokens[2:-1]
    fix = None
    if place.index == 1 and before is not None and before.kind == "name" and operator in _ASSIGNED and rest:
        right = place.source.text[rest[0].start : rest[-1].stop]
        right = f"({right})" if len(rest) > 1 else right
        name = before.text
        fix = place.edited(before.start, rest[-1].stop, f"{name}_new = {name} {operator} {right}")
    notes = ["a name is defined once and never changes; a new value gets a new name"]
    fail("syntax", f"`{token.text}` is not in the language", place.here(), notes=notes, suggestion=fix)


def _exclamation(place: Place, before: Token | None) -> NoReturn:
    token = place.token
    if before is not None and before.kind in ("name", "number"):
        operand = place.source.text[before.start : before.stop]
        fail(
            "syntax",
            "there is no sign for the factorial",
            place.here(),
            notes=["n! is gamma(n + 1)"],
            suggestion=place.edited(before.start, token.stop, f"gamma({operand} + 1)"),
        )
    notes = ["unequal is `!=`; the opposite of the condition x > 0 is x <= 0"]
    fail("syntax", "`!` is not in the language", place.here(), notes=notes)


def _quote(place: Place) -> NoReturn:
    token, before = place.token, place.before
    is_prime = len(token.text) <= 3 and set(token.text) <= set("'’′")
    if before is not None and before.stop == token.start and is_prime:
        following = place.clause.tokens[place.index + 1]
        if following.kind == "(" and before.kind == "name":
            fail(
                "syntax",
                f"a prime is not in the language: {quoted(before.text + token.text)}",
                place.here(),
                notes=["derivatives are what chainrule finds: define y = f(x), it gives dy/dx"],
            )
        fail(
            "syntax",
            f"a prime is not in the language: {quoted(before.text + token.text)}",
            place.here(),
            notes=["a transpose is written x.T; derivatives are what chainrule finds"],
            suggestion=place.edited(token.start, token.stop, ".T") if len(token.text) == 1 else None,
        )
    if token.text[0] in "’′":
        _character(place)
    opening = Label(place.source, Span(token.start, token.start + 1), "opened here")
    end = Label(place.source, Span(token.stop, token.stop), f"`{token.text[0]}` is missing")
    fail("syntax", "this quoted text is never closed", opening, end)


def _underscore(place: Place) -> NoReturn:
    token = place.token
    plain = token.text.lstrip("_")
    fix = place.edited(token.start, token.stop, plain) if plain.isascii() and plain[:1].isalpha() else None
    fail("syntax", "a name begins with a letter", place.here(), suggestion=fix)


# --- characters -----------------------------------------------------------------------------------

_INSTEAD_OF = {
    "÷": "/", "∕": "/", "⁄": "/", "≤": "<=", "≥": ">=", "≠": "!=", "⩽": "<=", "⩾": ">=",
    "–": "-", "—": "-", "‐": "-", "‑": "-", "⋅": "*", "∗": "*", "∙": "*", "•": "*", "⊙": "*", "∘": "*",
    "“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "′": "'", "∞": "inf", "ϵ": "ε", "ϑ": "θ", "ϕ": "φ",
    "ᵀ": ".T", "⊤": ".T", "ⁿ": "**n", "…": "...", "½": "(1/2)", "⅓": "(1/3)", "¼": "(1/4)", "¾": "(3/4)",
    **{chr(0x2080 + digit): f"_{digit}" for digit in range(10)},
}  # fmt: skip

_LOOKALIKES = dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΧοаеорсухАВЕКМНОРСТХ", "ABEZHIKMNOPTXoaeopcyxABEKMHOPCTX", strict=True))

_REPLACED = {ord(sign): spelling for sign, spelling in (_INSTEAD_OF | _LOOKALIKES).items()}

_REMARKS = {
    "√": "a square root is sqrt(x)",
    "∑": "a sum over all entries is sum(x)",
    "∏": "a product over all entries is prod(x)",
    "∫": "there are no integrals",
    "∂": "derivatives are what chainrule finds; the program holds the function only",
    "∇": "derivatives are what chainrule finds; the program holds the function only",
    "{": "round brackets group: 2*(a + b); square ones hold data and indices: [1, 2], x[0]",
    "}": "round brackets group: 2*(a + b); square ones hold data and indices: [1, 2], x[0]",
    "$": "formulas stand without dollar signs",
    "\\": "formulas are not written in LaTeX here: sin(x), (a + b)/2, theta",
}


def _character(place: Place) -> NoReturn:
    import unicodedata

    token, text = place.token, place.source.text
    sign = token.text[0]
    shown = f"`{sign}`" if sign.isprintable() else f"U+{ord(sign):04X}"
    name = unicodedata.name(sign, "")
    code = "" if sign.isascii() and sign.isprintable() else f" (U+{ord(sign):04X}{' ' * bool(name)}{name})"
    message = f"{shown} cannot stand in a program{code}"
    notes = [_REMARKS[sign]] if sign in _REMARKS else []
    category = unicodedata.category(sign)
    replacement = _INSTEAD_OF.get(sign)
    folded = "" if sign.isascii() else unicodedata.normalize("NFKC", sign)
    if sign in _LOOKALIKES:
        replacement = _LOOKALIKES[sign]
        notes.append(f"it looks like the letter {replacement} of the keyboard, and is another one")
    elif sign == "\\" and text[token.stop : token.stop + 1] in ("\n", "\r"):
        notes = ["a line goes on without any sign while a bracket is open"]
    elif category == "Zs" or category == "Cf":
        notes.append("it is invisible here: delete it" if category == "Cf" else "use a plain blank")
        replacement = "" if category == "Cf" else " "
    elif replacement is None and len(folded) == 1 and folded.isascii() and folded.isprintable():
        replacement = folded
    elif replacement is None and sign.isalpha():
        notes.append("names are made of a to z, A to Z, digits, `_`, and Greek letters")
    fix = None if replacement is None else place.edited(token.start, token.stop, replacement)
    fix = fix and fix.translate(_REPLACED)
    fail("syntax", message, place.here(), notes=notes, suggestion=fix)
