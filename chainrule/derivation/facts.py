"""What is known of a program before the lines of a derivative begin."""

from __future__ import annotations

from collections.abc import Sequence

from chainrule.calculus.assumptions import Assumption, assumptions_of
from chainrule.calculus.conditions import Facts
from chainrule.derivation.study import Study
from chainrule.terms import walk


def facts(study: Study, assumes: Sequence[Assumption] = ()) -> Facts:
    """What is known where the lines begin, and their conditions as they are said of all of them together."""
    known = {name: words for name, words in study.words.items() if words}
    return Facts(known, study.defined, study.unit_rows, assumes)


def of_inputs(study: Study) -> tuple[Assumption, ...]:
    """What the statements assume of inputs alone."""
    known = facts(study).known
    found = [one for part in study.statements.values() for one in assumptions_of(part.term, known)]
    return tuple(one for one in found if isinstance(one, str) or not study.defined.keys() & set(walk(one)))
