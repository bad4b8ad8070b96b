"""What callers pass, in the forms that are easy to write: read, checked, and refused with a reason."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NoReturn

from chainrule.diagnostics import Label, fail, nearest
from chainrule.language.pipeline import ASSUMPTIONS
from chainrule.shapes import Dim, Shape
from chainrule.source import Source, Span

ShapeLike = str | int | Sequence[int | str]
Shapes = Mapping[str, ShapeLike] | Iterable[str] | None
Words = Mapping[str, str | Iterable[str]] | Iterable[str] | None

_NAME = re.compile(r"[^\W\d]\w{0,63}\Z")
_SEPARATORS = re.compile(r"[x×,]")

# Enough to draw any symbol, and nothing that reads files, defines commands or leaves math mode.
_COMMAND = re.compile(r"\\([A-Za-z]+|.)", re.DOTALL)
_HARMLESS = frozenset(
    (
        "mathcal", "mathbf", "mathrm", "mathit", "mathsf", "mathtt", "mathbb", "mathfrak", "mathscr",
        "boldsymbol", "bm", "hat", "widehat", "bar", "overline", "tilde", "widetilde", "vec", "dot", "ddot",
        "check", "breve", "acute", "grave", "underline", "text", "textbf", "textit", "textrm", "alpha",
        "beta", "gamma", "delta", "epsilon", "varepsilon", "zeta", "eta", "theta", "vartheta", "iota",
        "kappa", "lambda", "mu", "nu", "xi", "pi", "varpi", "rho", "varrho", "sigma", "varsigma", "tau",
        "upsilon", "phi", "varphi", "chi", "psi", "omega", "Gamma", "Delta", "Theta", "Lambda", "Xi", "Pi",
        "Sigma", "Upsilon", "Phi", "Psi", "Omega", "ell", "hbar", "imath", "jmath", "Re", "Im", "aleph",
        "nabla", "partial", "infty", "star", "ast", "dagger", "ddagger", "prime", "circ", "top", "bot",
        "perp", "parallel", "left", "right", "langle", "rangle", "lvert", "rvert", "lVert", "rVert",
    )
)  # fmt: skip


def names(text: str | Iterable[str] | None, option: str) -> tuple[str, ...]:
    """Names, one by one or with commas between them."""
    parts = [text] if isinstance(text, str) else list(text or ())
    out = []
    for part in parts:
        for name in part.split(","):
            if not _NAME.match(name.strip()):
                known = name.partition("[")[0].strip() or "x"
                _refuse(part, option, f"{option} takes names, and {name.strip() or 'nothing'} is none", known)
            out.append(name.strip())
    return tuple(dict.fromkeys(out))


def shapes(given: Shapes, option: str = "shapes") -> dict[str, Shape]:
    """Shapes by name, from a mapping or from texts like ``X=m,n``, ``x=2x2`` and ``b=``."""
    if isinstance(given, Mapping):
        return {name: shape(value, f"{name}=", option) for name, value in given.items()}
    out = {}
    for text in [given] if isinstance(given, str) else given or ():
        name, equals, value = text.partition("=")
        if not equals or not _NAME.match(name.strip()):
            _refuse(text, option, "a shape is said as name=lengths", "X=m,3")
        out[name.strip()] = shape(value, text[: len(name) + 1], option)
    return out


def shape(value: ShapeLike, before: str, option: str) -> Shape:
    """One shape: ``(2, 3)``, ``5``, ``"m,n"``, ``"2x2"``, ``[]``; an empty text is a scalar's."""
    if isinstance(value, bool) or not isinstance(value, (str, int, Sequence)):
        _refuse(f"{before}{value}", option, "a shape is a sequence of lengths", f"{before}(2, 3)")
    if isinstance(value, int):
        return (_dim(value, f"{before}{value}", option),)
    if isinstance(value, str):
        text = value.strip().strip("[]()").strip().rstrip(",")
        # A letter x between digits separates; in names of lengths it is a letter.
        parts: Sequence[int | str] = (
            _SEPARATORS.split(text) if re.fullmatch(r"[\dx×, ]*", text) else text.split(",")
        )
        return tuple(_dim(part, before + value, option) for part in parts) if text else ()
    return tuple(_dim(dim, f"{before}{tuple(value)}", option) for dim in value)


def _dim(dim: int | str, text: str, option: str) -> Dim:
    if isinstance(dim, str):
        word = dim.strip()
        if word.isascii() and word.isdigit() and len(word) < 19:
            dim = int(word)
        elif word.isascii() and _NAME.match(word):
            return word
        else:
            _refuse(
                text,
                option,
                f"{word or 'nothing'} is no length: a length is a whole number or a name",
                "X=m,3",
            )
    try:
        whole = dim.__index__()
    except AttributeError:
        _refuse(text, option, f"{dim} is no length: a length is a whole number or a name", "X=m,3")
    if isinstance(dim, bool) or whole < 1:
        _refuse(text, option, f"the length {dim} is not positive", "X=m,3")
    return whole


def words(given: Words, option: str = "assume") -> dict[str, tuple[str, ...]]:
    """Assumption words by name, from a mapping or from texts like ``x=positive``."""
    out: dict[str, tuple[str, ...]] = {}
    pairs: list[tuple[str, str | Iterable[str], str]]
    if isinstance(given, Mapping):
        pairs = [(name, value, f"{name}={value}") for name, value in given.items()]
    else:
        pairs = []
        for text in [given] if isinstance(given, str) else given or ():
            name, equals, value = text.partition("=")
            if not equals or not _NAME.match(name.strip()):
                _refuse(text, option, "an assumption is said as name=word", "x=positive")
            pairs.append((name.strip(), value, text))
    for name, said, text in pairs:
        found = [word.strip() for word in said.split(",")] if isinstance(said, str) else list(said)
        for word in found:
            if word not in ASSUMPTIONS:
                close = nearest(word, ASSUMPTIONS)
                _refuse(
                    text,
                    option,
                    f"{word or 'nothing'} is no assumption",
                    f"{name}={close}" if close else None,
                    ["assumptions: " + ", ".join(ASSUMPTIONS)],
                )
        out[name] = (*out.get(name, ()), *found)
    return out


def sources(at: str | Source | Iterable[str | Source] | None, option: str) -> list[Source]:
    """Texts of values, each a source of its own."""
    if at is None:
        return []
    parts = [at] if isinstance(at, (str, Source)) or not isinstance(at, Iterable) else list(at)
    if not all(isinstance(part, (str, Source)) for part in parts):
        fail("usage", f"{option.lstrip('-')} is said as texts, or as a mapping from names to values")
    return [part if isinstance(part, Source) else Source(part, option) for part in parts]


def symbols(given: Mapping[str, str] | Iterable[str] | None, option: str = "symbols") -> dict[str, str]:
    r"""LaTeX for names, from a mapping or from texts like ``loss=\mathcal{L}``; only harmless commands."""
    if isinstance(given, Mapping):
        pairs = list(given.items())
    else:
        pairs = []
        for text in given or ():
            name, equals, value = text.partition("=")
            if not equals or not _NAME.match(name.strip()):
                _refuse(text, option, "a symbol is said as name=LaTeX", r"loss=\mathcal{L}")
            pairs.append((name.strip(), value))
    return {name: _harmless(name, value.strip(), option) for name, value in pairs}


def _harmless(name: str, value: str, option: str) -> str:
    text = f"{name}={value}"
    if not value:
        _refuse(text, option, "the symbol is empty", rf"{name}=\ell")
    for match in _COMMAND.finditer(value):
        if match[1] not in _HARMLESS and match[1] not in ",;:!' ":
            _refuse(
                text,
                option,
                f"\\{match[1]} is not among the commands that a symbol may use",
                rf"{name}=\mathcal{{L}}",
            )
    rest = _COMMAND.sub(" ", value)
    strange = next(
        (sign for sign in rest if not (sign.isalnum() and sign.isascii()) and sign not in " _^{}'+-*()[],.|"),
        None,
    )
    if strange is not None:
        _refuse(text, option, f"a symbol may not contain {strange!r}", rf"{name}=\mathcal{{L}}")
    depth = 0
    for sign in rest:
        depth += (sign == "{") - (sign == "}")
        if depth < 0:
            break
    if depth:
        _refuse(text, option, "the braces of this symbol do not match", rf"{name}=\mathcal{{L}}")
    if re.search(r"[_^]\s*([_^}]|$)", rest):
        _refuse(text, option, "a subscript or superscript of this symbol is empty", rf"{name}=L_{{0}}")
    return value


def choice(value: str, allowed: Sequence[str], what: str) -> str:
    """``value``, which must be one of a few words.

    Raises:
        ChainRuleError: ``usage``, with the words that are allowed.
    """
    if value not in allowed:
        fail(
            "usage",
            f"{what} is {value}, and has to be one of {', '.join(allowed)}",
            suggestion=nearest(str(value), allowed),
        )
    return value


def _refuse(
    text: str, option: str, message: str, suggestion: str | None, notes: Iterable[str] = ()
) -> NoReturn:
    """Refuse an argument, pointing at it.

    Raises:
        ChainRuleError: ``usage``, always.
    """
    label = Label(Source(text, option), Span(0, max(1, len(text))))
    fail("usage", message, label, notes=notes, suggestion=suggestion)
