"""The laws of the rulebook as terms: its few words become derivatives, entries and sums."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

from chainrule.language.elaborate import elaborate, kernel
from chainrule.language.parser import parse_program
from chainrule.ops.rule import Rule
from chainrule.pages.data import Equation, Way
from chainrule.source import Source
from chainrule.terms import Apply, Entry, Index, Length, Partial, Summation, Symbol, Term, rewrite

VARIABLE, OUTPUT = Symbol("x"), Symbol("out")

_UNKNOWN = ("f", "g")


def equations(rule: Rule) -> tuple[Equation, ...]:
    """The laws of a rule."""
    found = []
    for law in rule.laws:
        left, right = law.split(" = ")
        found.append(Equation(formula(left, rule.given), formula(right, rule.given)))
    return tuple(found)


def ways(rule: Rule) -> tuple[Way, ...]:
    """The picture of a rule."""
    found = []
    for path in rule.paths:
        terms = [formula(text, rule.given) for text in path]
        found.append(Way(tuple(terms[::2]), tuple(terms[1::2])))
    return tuple(found)


@lru_cache(maxsize=512)
def formula(text: str, given: str = "") -> Term:
    """One side of a law; ``given`` declares the letters that are no numbers."""
    words = "; ".join(f"{name} : function" for name in (*_WORDS, *_UNKNOWN) if f"{name}(" in text)
    program = "; ".join(part for part in (given, words, f"formula_ = {text}") if part)
    pipeline = elaborate(parse_program(Source(program, "rulebook")))
    # A number alone is data to the language, and no statement.
    term = pipeline.statements[-1].term if pipeline.statements else kernel(text, ())
    return rewrite(term, _said)


def ranks(rule: Rule) -> dict[str, int]:
    """The number of axes of the letters that a rule declares."""
    if not rule.given:
        return {}
    pipeline = elaborate(parse_program(Source(rule.given, "rulebook")))
    return {variable.name: len(variable.shape) for variable in pipeline.inputs}


# --- the words ----------------------------------------------------------------------------------------


def _said(term: Term) -> Term | None:
    """A word of the rulebook as what it stands for; None for everything else. Children come first."""
    if not isinstance(term, Apply) or term.op != "call":
        return None
    word = _WORDS.get(term.param("function"))
    return None if word is None else word(*(rewrite(part, _said) for part in term.args))


def _slope(of: Term) -> Term:
    return Partial(of, (VARIABLE,), total=True)


def _prime(call: Term) -> Term:
    assert isinstance(call, Apply)
    orders = (1, *call.param("orders")[1:])
    return Apply("call", call.args, (("function", call.param("function")), ("orders", orders)))


def _entry(base: Term, *places: Term) -> Term:
    return Entry(base, tuple(map(_index, places)))


def _over(place: Term, body: Term) -> Term:
    letter = _index(place)
    assert isinstance(letter, Index)
    return Summation((letter,), (Length("n"),), body)


def _index(place: Term) -> Term:
    return Index(place.name) if isinstance(place, Symbol) else place


_WORDS: Mapping[str, Callable[..., Term]] = {
    "d": _slope,
    "prime": _prime,
    "part": lambda of, by: Partial(of, (by,)),
    "back": lambda of: Partial(OUTPUT, (of,)),
    "at": _entry,
    "over": _over,
    "delta": lambda *places: Apply("delta", tuple(map(_index, places))),
}
