"""From what somebody typed to the rule or operation that is meant."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import NoReturn

from chainrule.diagnostics import fail, nearest
from chainrule.language.scope import CONSTRUCTORS
from chainrule.ops import SPELLINGS, TABLE
from chainrule.ops.linalg import NOT_YET
from chainrule.ops.rule import Rule
from chainrule.ops.rulebook import RULES
from chainrule.ops.scans import NO_DERIVATIVE, UNSUPPORTED_NAMES
from chainrule.ops.table import Declaration

_DATA = (
    "it is written like zeros(2, 3), ones(2, 2), full([2, 2], 7), eye(3), arange(6), linspace(0, 1, 5)"
    " or rand(2, 3, seed=0)"
)

REFUSED: Mapping[str, tuple[str, str]] = {
    **{name: ("is not supported yet", note) for name, note in UNSUPPORTED_NAMES.items()},
    **{name: ("is not supported yet", note) for name, note in NOT_YET.items()},
    **{name: ("has no derivative", note) for name, note in NO_DERIVATIVE.items()},
    **dict.fromkeys(CONSTRUCTORS, ("makes data, so it has no derivative", _DATA)),
}
"""What chainrule knows by name only: what is wrong with it, and what comes nearest."""


def found(name: str) -> Rule | Declaration | str:
    """The rule or the operation called ``name``, or the name of something that is refused.

    Rules come first: ``product`` is the rule and ``prod``, or ``product()``, the operation. Modules before
    the name (``torch.sigmoid``), capitals and underscores do not matter.

    Raises:
        ChainRuleError: ``name``, with the nearest name that there is.
    """
    asked = " ".join(name.split())
    called = re.fullmatch(r"(.+?)\s*\(.*\)", asked)
    if called is None:
        rule = _rules().get(_plain(asked))
        if rule is not None:
            return rule
    bare = (called[1] if called else asked).rpartition(".")[2]
    operation = SPELLINGS.get(bare) or _operations().get(_plain(bare))
    if operation is not None:
        return TABLE[operation]
    if bare in REFUSED:
        return bare
    if called is not None and _plain(bare) in _rules():
        return _rules()[_plain(bare)]
    _fail(asked, bare)


_SHORT, _LONG = 2, 60
_LISTED = "chainrule explain lists all of them"


def _fail(asked: str, bare: str) -> NoReturn:
    known = [*RULES, *SPELLINGS, *REFUSED]
    word = bare.lower()
    close, inside = None, []
    # Of one or two letters, nearly everything is near to something.
    if len(word) > _SHORT:
        close = nearest(word, known) or nearest(_without_rule(word), known)
        inside = sorted(each for each in known if word in each.lower())
    quoted = f"'{close}'" if close and " " in close else close
    fail(
        "name",
        f"there is no rule and no operation called {asked[:_LONG] or 'nothing'}",
        notes=[*(["there are: " + ", ".join(inside[:8])] if inside else []), _LISTED],
        suggestion=close and f"chainrule explain {quoted}",
    )


def _plain(name: str) -> str:
    """A name without what people write in different ways."""
    text = _without_rule(name.lower().removeprefix("the "))
    return re.sub(r"[\s_-]+", "", text) or text


def _without_rule(name: str) -> str:
    return re.sub(r"[\s_-]+(rule|law)$", "", name)


@cache
def _rules() -> Mapping[str, Rule]:
    """Every rule by its plain name and by what it is called too."""
    return {_plain(name): rule for rule in RULES.values() for name in (*rule.aliases, rule.name)}


@cache
def _operations() -> Mapping[str, str]:
    """Every operation by its plain spellings; classes of torch are called like functions."""
    known = {_plain(spelling): name for spelling, name in SPELLINGS.items()}
    losses = {f"{plain}loss": name for plain, name in known.items()}
    return {**losses, **known}
