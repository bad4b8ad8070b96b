"""Pages and the table of contents, put together from the rulebook, the op table and derivations."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from chainrule.diagnostics import ChainRuleError
from chainrule.language.contract import Pattern
from chainrule.language.elaborate import kernel
from chainrule.ops import FAMILIES, SPELLINGS
from chainrule.ops.readings import SENTENCES, TEXTBOOK, WORDS
from chainrule.ops.rule import Rule
from chainrule.ops.rulebook import RULES
from chainrule.ops.table import Composite, Contraction, Declaration, Pointwise, Structured
from chainrule.pages import claims
from chainrule.pages.curves import curves
from chainrule.pages.data import Chapter, Contents, Equation, Page
from chainrule.pages.derived import derived
from chainrule.pages.examples import call, is_derived, worked
from chainrule.pages.finding import REFUSED, found
from chainrule.pages.laws import equations, ranks, ways
from chainrule.terms import Apply, Entry, Index, Length, Summation, Symbol, Term, slot, substitute

_GROUPS: Mapping[str, str] = {
    "calculus": "the rules of calculus",
    "tensors": "the rules for tensors",
    "algebra": "the rules of algebra",
}
"""The chapters of the rules, by group."""

_FEW, _MOST = 3, 7
"""How many pages one is sent to."""

_LOSS = re.compile(r"reduced\((.*), reduction=reduction\)")


def page(name: str, example: bool = True) -> Page:
    """The page of the rule or operation that ``name`` means, with its worked example if asked for.

    Raises:
        ChainRuleError: ``name``, where nothing is called so or nearly so.
    """
    entry = found(name)
    if isinstance(entry, str):
        what, instead = REFUSED[entry]
        return Page("refused", entry, "", instead, sentence=f"{entry} {what}.")
    built = _of_rule(entry) if isinstance(entry, Rule) else _of_operation(entry)
    return replace(built, example=worked(entry)) if example else built


def contents() -> Contents:
    """All pages, without their examples: rules first."""
    rules = tuple(
        Chapter(title, tuple(_of_rule(rule) for rule in RULES.values() if rule.group == group))
        for group, title in _GROUPS.items()
    )
    operations = tuple(
        Chapter(title, tuple(_listed(op) for op in family)) for title, family in FAMILIES.items()
    )
    return Contents(rules, operations)


def _of_rule(rule: Rule) -> Page:
    return Page(
        "rule",
        rule.name,
        _GROUPS[rule.group],
        rule.why,
        title=rule.title,
        spellings=rule.aliases,
        laws=equations(rule),
        when=rule.when,
        ways=ways(rule),
        ranks=ranks(rule),
        also=rule.also,
    )


# --- operations ---------------------------------------------------------------------------------------


def _listed(op: Declaration) -> Page:
    """What the table of contents says of an operation."""
    return Page(
        "operation",
        op.name,
        _family(op),
        op.why,
        spellings=op.aliases,
        call=call(op),
        sentence=SENTENCES.get(op.name, ""),
        also=_also(op),
    )


def _family(op: Declaration) -> str:
    return next(title for title, family in FAMILIES.items() if op in family)


def _of_operation(op: Declaration) -> Page:
    listed = _listed(op)
    if isinstance(op, Pointwise):
        return replace(
            listed,
            laws=claims.pointwise_laws(op),
            claims=claims.slopes(op),
            domain=claims.where_true(op.domain, op),
            jumps=claims.where_true(op.jumps, op),
            corners=claims.corners(op),
            curves=curves(op),
        )
    built = _claimed(listed, op) if isinstance(op, Structured) else _program(listed, op)
    return _with_derived(built, op) if is_derived(op) else built


def _claimed(listed: Page, op: Structured) -> Page:
    """An operation with structure: its law and its pullbacks, for the smallest operands."""
    where = claims.setting(op)
    found_claims = claims.pullbacks(op, where)
    return replace(
        listed,
        laws=claims.structured_laws(op, where),
        claims=found_claims,
        back=any(claim.right is not None or claim.text for claim in found_claims),
        generic=claims.generic(op, where),
        domain=claims.tensor_domain(op, where),
        corners=claims.tensor_corners(op, where),
        ranks={} if where is None else where.ranks,
        words=_words(op.law, *op.pullbacks),
    )


def _words(*texts: str | None) -> tuple[tuple[str, str], ...]:
    """What the words mean that only the op table speaks, where they occur."""
    return tuple(
        (word, meaning)
        for word, meaning in WORDS.items()
        if any(re.search(rf"\b{word}\(", text) for text in texts if text)
    )


def _program(listed: Page, op: Contraction | Composite) -> Page:
    if isinstance(op, Contraction):
        return replace(listed, patterns=op.patterns)
    built = replace(listed, program=op.program, words=_words(op.program))
    loss = _LOSS.fullmatch(op.program)
    law = _loss(op, loss[1]) if loss is not None else None
    if law is None:
        return built
    return replace(built, laws=(Equation(_LOSS_OF_ONE, law),), words=(), entrywise=True)


_LOSS_OF_ONE = Symbol("loss")


def _loss(op: Composite, text: str) -> Term | None:
    """The loss of one entry (or row): as the books have it, or where it is a function of numbers."""
    names = op.signature.parameters
    if op.name in TEXTBOOK:
        tensors = dict.fromkeys(names[: op.tensors], ("n",))
        return claims.read(TEXTBOOK[op.name], claims.Setting(tensors, (), {}))
    table: dict[Term, Term] = {slot(k): Symbol(name) for k, name in enumerate(names)}
    try:
        return substitute(kernel(text, names), table)
    except ChainRuleError:
        return None


def _with_derived(built: Page, op: Contraction | Structured | Composite) -> Page:
    """With the pullbacks that reverse accumulation finds for a call of the operation."""
    found_derived = derived(op)
    if found_derived is None:
        return built
    laws = [Equation(Symbol(found_derived.value), found_derived.call)]
    laws += [law for law in built.laws if not (isinstance(law.right, Apply) and law.right.op == op.name)]
    if isinstance(op, Contraction):
        laws += _contracted(op, found_derived.operands, found_derived.value)
    return replace(
        built,
        laws=tuple(laws),
        claims=found_derived.claims,
        back=any(claim.right is not None for claim in found_derived.claims),
        ranks=found_derived.ranks,
        value=found_derived.value,
        cotangent=found_derived.cotangent,
    )


def _contracted(op: Contraction, operands: Mapping[str, int], value: str) -> tuple[Equation, ...]:
    """The entry of a contraction, by the pattern that fits the operands."""
    for text in op.patterns:
        pattern = Pattern.of(text.replace("...", ""))
        if pattern.fits(list(operands.values())):
            break
    else:
        return ()
    factors = [_entry(name, letters) for name, letters in zip(operands, pattern.operands, strict=True)]
    bound = dict.fromkeys("".join(pattern.operands))
    gone = tuple(Index(letter) for letter in bound if letter not in pattern.output)
    body = Apply("mul", tuple(factors)) if len(factors) > 1 else factors[0]
    right = Summation(gone, (Length("n"),) * len(gone), body) if gone else body
    return (Equation(_entry(value, pattern.output), right),)


def _entry(name: str, letters: Iterable[str]) -> Term:
    indices = tuple(map(Index, letters))
    return Entry(Symbol(name), indices) if indices else Symbol(name)


def _also(op: Declaration) -> tuple[str, ...]:
    """Rules and operations to read about next: those of the same name, and those that point here."""
    names = (op.name, *op.aliases)
    same = [f"{rule} rule" for rule in RULES if rule in names]
    # Where a rule has the same name, it is meant by the name alone.
    meant = f"{op.name}()" if op.name in RULES else op.name
    pointing = [rule.name for rule in RULES.values() if meant in rule.also]
    used = _mentioned(op)
    telling = dict.fromkeys([*same, *(name for name in pointing if name not in names), *used])
    near = [] if len(telling) >= _FEW else _neighbours(op)
    return tuple(dict.fromkeys([*telling, *near]))[:_MOST]


def _neighbours(op: Declaration) -> list[str]:
    """The operations beside this one in its family."""
    family = list(FAMILIES[_family(op)])
    place = family.index(op)
    return [each.name for each in family[max(0, place - 2) : place + 3] if each is not op]


def _mentioned(op: Declaration) -> list[str]:
    """Operations that the texts of an operation speak of."""
    texts: list[str] = [TEXTBOOK.get(op.name, "")]
    match op:
        case Pointwise():
            texts += [op.law or "", *(text or "" for text in op.derivatives)]
        case Structured():
            texts += [op.law or "", *(text or "" for text in op.pullbacks)]
        case Composite():
            texts.append(op.program)
    words = [word for text in texts for word in re.findall(r"([a-z_][a-z_0-9]*)\(", text)]
    known = [SPELLINGS[word] for word in words if word in SPELLINGS]
    return [name for name in dict.fromkeys(known) if name != op.name and name != "where"]
