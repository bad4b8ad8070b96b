"""A derivative worked out line by line, as on paper: one rule a line, until nothing is left to differentiate.

A line is a term in which ``∂(part)/∂(leaf)`` stands wherever something has still to be differentiated. What
a person sees at once (powers, table functions, sums of them) is done in one line; a rule that leaves
something open (product, quotient, chain, …) has a line of its own; long parts get a name: let u = ….
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from chainrule.algebra import tidy
from chainrule.calculus.deltas import eliminate
from chainrule.calculus.lines import Let, Line, Working, restated, same, with_letters, written_out
from chainrule.calculus.rewriting import algebra_rule, bare, picked
from chainrule.calculus.rules import Application, application, plus, reaches, times
from chainrule.calculus.trigonometry import pythagorean
from chainrule.indices import free_letters
from chainrule.notation.text import text
from chainrule.ops import TABLE
from chainrule.ops.rulebook import RULES
from chainrule.ops.table import Pointwise
from chainrule.shapes import Dim
from chainrule.terms import (
    ZERO,
    Apply,
    Entry,
    Partial,
    Summation,
    Symbol,
    Term,
    substitute,
    walk,
)

MOST_LINES = 40
WIDE = 72
LONG = 16
DEEPEST = 4

_NAMES = ("u", "v", "w", "s", "r", "q")
_LINEAR = frozenset({"identity", "constant", "constant multiple", "sum", "difference"})


@dataclass(frozen=True, slots=True)
class Resolved:
    """The derivative of an entry of an operation on whole tensors; ``lets`` name its arguments."""

    term: Term
    rule: str
    why: str
    lets: tuple[Let, ...] = ()


Resolver = Callable[["Work", Apply, tuple[Term, ...], int], Resolved]


@dataclass
class Work:
    """What all lines of one derivative share.

    leaf: what is differentiated with respect to. lengths: of the index letters. taken: names in use.
    output: the entry of the whole statement and its name, where a function may be written through it.
    resolver: how to differentiate an operation on whole tensors.
    shortened: does the sums over entries that are known to add up to 1.
    naming: whether long parts get names.
    """

    leaf: Term
    convention: str
    lengths: dict[str, Dim]
    taken: set[str]
    resolver: Resolver
    output: tuple[Term, Term] | None = None
    total: bool = False
    shortened: Callable[[Term], Term] = lambda term: term
    naming: bool = True
    _open: set[Term] = field(default_factory=set)

    def working(self, of: Term, label: Partial, wanted: Term | None = None, depth: int = 0) -> Working:
        """The lines from ``label`` to ``wanted``, where that is given, and to what identities make of it.

        Raises:
            LookupError: no rule differentiates some part.
        """
        current: Term = self.pending(of)
        lines: list[Line] = [] if label == current else [Line(current, (), "")]
        lets: list[Let] = []
        while len(lines) < MOST_LINES:
            line = self._next(current, depth)
            if line is None:
                break
            lets += line.lets
            lines.append(line)
            current = self._picked(line.term, lines)
        if lets:
            current = bare(written_out(current, lets, self.leaf))
            lines.append(Line(current, ("substitute back",), RULES["substitute back"].why))
            current = self._picked(current, lines)
        for form in (tidy(current), *(() if wanted is None else (wanted,))):
            current = _goes_on(lines, current, form)
        for rule, identity in (("Pythagoras", pythagorean), ("sums to one", self.shortened)):
            form = identity(current)
            if form != current:
                lines.append(Line(form, (rule,), RULES[rule].why))
                current = form
        return Working(label, of, tuple(lines))

    def _picked(self, current: Term, lines: list[Line]) -> Term:
        """``current`` with every delta that ties a letter of a sum used up, on a line of its own."""
        found = bare(picked(current, self.lengths))
        if found != current:
            lines.append(Line(found, ("picking out",), RULES["picking out"].why))
        return found

    def pending(self, term: Term) -> Partial:
        """``∂term/∂leaf``, still to be done."""
        return Partial(term, (self.leaf,), self.total)

    def name(self) -> Symbol:
        """A new name for a part."""
        numbered = (f"{letter}{n}" for n in range(1, 100) for letter in _NAMES[:3])
        found = next(name for name in (*_NAMES, *numbered) if name not in self.taken)
        self.taken.add(found)
        return Symbol(found)

    def along(self, of: Term, label: Partial, mover: Symbol) -> Working:
        """The lines of ``of`` where ``mover`` moves with the leaf too: its derivative is left standing.

        Raises:
            LookupError: no rule differentiates some part.
        """
        stand_in = Apply(f"%{mover.name}", (self.leaf,))
        self._open.add(stand_in)
        found = self.working(substitute(of, {mover: stand_in}), self.pending(stand_in))
        return replace(restated(found, {stand_in: mover}), label=label)

    # --- one line -------------------------------------------------------------------------------------

    def _next(self, current: Term, depth: int) -> Line | None:
        """The line after ``current``, or None where nothing is left to differentiate."""
        left = list(self._left(current))
        if not left:
            return None
        seen = {part: self._at_sight(part.of) for part in left}
        for part in left:
            if seen[part] is None:
                return self._by_rule(current, part, left, depth)
        table: dict[Term, Term] = {}
        rules: dict[str, None] = {}
        for part, found in seen.items():
            assert found is not None
            table[part] = found[0]
            rules.update(dict.fromkeys(found[1]))
        return Line(bare(substitute(current, table)), _telling(rules), _together(left, rules))

    def _left(self, current: Term) -> Iterator[Partial]:
        """What still has to be differentiated, from left to right; the derivatives of names wait."""
        found: dict[Partial, None] = {}
        for part in walk(current):
            if isinstance(part, Partial) and part.wrt == (self.leaf,) and part.of not in self._open:
                found[part] = None
        return (part for part in found if not self._is_named(part.of))

    def _is_named(self, term: Term) -> bool:
        base = term.base if isinstance(term, Entry) else term
        return base in self._open

    def _at_sight(self, term: Term) -> tuple[Term, tuple[str, ...]] | None:
        """The derivative of what a person does without a thought, and the rules that it takes."""
        if self._is_named(term):
            return self.pending(term), ()
        if self._is_structured(term):
            return None
        applied = application(term, self.leaf, self.convention)
        if applied.rule in ("identity", "constant"):
            return applied.combine(()), (applied.rule,)
        if applied.slopes:
            if len(applied.parts) > 1:
                return None
            if self._is_named(applied.parts[0]):
                return times(applied.slopes[0], self.pending(applied.parts[0])), ("chain", applied.rule)
            if not self._is_leaf(applied.parts[0]):
                return None
            inner = application(applied.parts[0], self.leaf, self.convention).combine(())
            return times(self._through_output(term, applied.slopes[0]), inner), (applied.rule,)
        if applied.rule not in _LINEAR and applied.rule != "linearity of the sum":
            return None
        parts = [self._at_sight(part) for part in applied.parts]
        known = [part for part in parts if part is not None]
        if len(known) < len(parts):
            return None
        rules = dict.fromkeys([applied.rule, *(rule for part in known for rule in part[1])])
        value = bare(applied.combine([part[0] for part in known]))
        if isinstance(term, Summation):
            if not _LINEAR.issuperset(set(rules) - {"linearity of the sum", "linear sum"}):
                return None
            one = isinstance(self.leaf, Entry)
            return bare(eliminate(value, self.lengths)), ("linear sum",) if one else tuple(rules)
        return value, tuple(rules)

    def _is_leaf(self, term: Term) -> bool:
        return term == self.leaf or (
            isinstance(term, Entry) and isinstance(self.leaf, Entry) and term.base == self.leaf.base
        )

    def _is_structured(self, term: Term) -> bool:
        """Whether a term is (an entry of) an operation on whole tensors that reads the leaf."""
        base = term.base if isinstance(term, Entry) else term
        if not isinstance(base, Apply) or not reaches(base, self.leaf):
            return False
        return isinstance(term, Entry) or _on_tensors(base)

    def _through_output(self, term: Term, slope: Term) -> Term:
        if self.output is None or term != self.output[0]:
            return slope
        return substitute(slope, {term: self.output[1]})

    # --- a rule that leaves something open --------------------------------------------------------------

    def _by_rule(self, current: Term, first: Partial, left: Sequence[Partial], depth: int) -> Line:
        """The rule of the first open part, applied to every part that begins with the same rule."""
        opened = self._opened(first.of, depth)
        table: dict[Term, Term] = {first: opened.term}
        following = bare(substitute(current, table))
        if self.naming and opened.nameable and len(text(following)) > WIDE and depth < DEEPEST:
            named = self._with_names(first.of, opened, depth)
            if named is not None:
                return Line(
                    bare(substitute(current, {first: named.term})), named.rules, named.why, named.lets
                )
        rules = dict.fromkeys(opened.rules)
        if not opened.lets:
            for other in left:
                if other != first and self._at_sight(other.of) is None and not self._is_structured(other.of):
                    again = self._opened(other.of, depth)
                    if again.kind == opened.kind and not again.lets:
                        table[other] = again.term
                        rules.update(dict.fromkeys(again.rules))
        inside = opened.inside if len(table) == 1 else None
        return Line(bare(substitute(current, table)), tuple(rules), opened.why, opened.lets, inside)

    def _opened(self, term: Term, depth: int) -> _Opened:
        """One rule applied to ``term``; a constant in front does not count, nor do constants in a sum."""
        if self._is_structured(term):
            base, indices = (term.base, term.indices) if isinstance(term, Entry) else (term, ())
            assert isinstance(base, Apply)
            found = self.resolver(self, base, indices, depth)
            self._open.update(let.symbol for let in found.lets)
            chained = ("chain",) if found.lets else ()
            return _Opened(found.term, (*chained, found.rule), found.why, (), found.lets)
        applied = application(term, self.leaf, self.convention)
        if applied.rule == "constant multiple":
            (part,) = applied.parts
            seen = self._at_sight(part)
            inner = _Opened(*seen, "") if seen is not None else self._opened(part, depth)
            rules = tuple(dict.fromkeys(("constant multiple", *inner.rules)))
            why = f"{applied.why}; {inner.why}"
            return _Opened(
                applied.combine([inner.term]), rules, why, inner.nameable, inner.lets, inner.inside
            )
        if applied.slopes:
            return self._chained(term, applied)
        if applied.rule in ("sum", "difference"):
            return self._term_by_term(applied, depth)
        if applied.rule == "general power":
            base, exponent = applied.parts
            inside = Apply("mul", (exponent, Apply("log", (base,))))
            return _Opened(
                times(term, self.pending(inside)), (applied.rule,), applied.why, (inside,), (), base
            )
        if isinstance(term, Summation) and isinstance(term.body, Summation):
            inner = self._opened(term.body, depth)
            return replace(inner, term=applied.combine([inner.term]))
        parts = [ZERO if not reaches(part, self.leaf) else self._soon(part) for part in applied.parts]
        return _Opened(applied.combine(parts), (applied.rule,), applied.why, tuple(applied.parts))

    def _soon(self, part: Term) -> Term:
        """A part that is left to differentiate; the variable itself is done at once."""
        if not self._is_leaf(part):
            return self.pending(part)
        return application(part, self.leaf, self.convention).combine(())

    def _chained(self, term: Term, applied: Application) -> _Opened:
        slopes = [self._through_output(term, slope) for slope in applied.slopes]
        terms = [times(slope, self._soon(part)) for slope, part in zip(slopes, applied.parts, strict=True)]
        if len(terms) == 1:
            inside = applied.parts[0]
            return _Opened(terms[0], ("chain", applied.rule), applied.why, (inside,), (), inside)
        why = f"{RULES['several arguments'].why}; {applied.why}"
        return _Opened(plus(*terms), ("several arguments", applied.rule), why, applied.parts)

    def _term_by_term(self, applied: Application, depth: int) -> _Opened:
        moving = [part for part in applied.parts if reaches(part, self.leaf)]
        if len(moving) == 1:
            only = self._opened(moving[0], depth)
            parts = [only.term if part == moving[0] else ZERO for part in applied.parts]
            again = tuple(dict.fromkeys((applied.rule, *only.rules)))
            return replace(only, term=bare(applied.combine(parts)), rules=again)
        rules = {applied.rule: None}
        parts = []
        for part in applied.parts:
            inner = None if self._is_structured(part) else application(part, self.leaf, self.convention)
            if inner is not None and inner.rule == "constant":
                parts.append(ZERO)
            elif inner is not None and inner.rule == "constant multiple":
                rules["constant multiple"] = None
                parts.append(inner.combine([self._soon(inner.parts[0])]))
            else:
                parts.append(self._soon(part))
        return _Opened(applied.combine(parts), tuple(rules), applied.why, tuple(applied.parts))

    def _with_names(self, term: Term, opened: _Opened, depth: int) -> _Opened | None:
        """The same rule with its long parts under names of their own, each worked out by itself."""
        lets: list[Let] = []
        stand_ins: dict[Term, Term] = {}
        names: dict[Term, Term] = {}
        base = self.leaf.base if isinstance(self.leaf, Entry) else self.leaf
        for part in dict.fromkeys(opened.nameable):
            if len(text(part)) < LONG or not reaches(part, self.leaf) or self._is_structured(part):
                continue
            name = with_letters(self.name(), free_letters(part))
            shape = tuple(self.lengths[letter.name] for letter in free_letters(part))
            lets.append(Let(name, part, self.working(part, self.pending(name), depth=depth + 1), shape))
            # It moves with the leaf, and no rule looks into it.
            stand_ins[part] = Apply(f"%{text(name)}", (base, *free_letters(part)))
            names[stand_ins[part]] = name
        if not lets:
            return None
        again = self._opened(substitute(term, stand_ins), depth)
        self._open.update(let.symbol for let in lets)
        return replace(opened, term=substitute(again.term, names), lets=tuple(lets))


@dataclass(frozen=True, slots=True)
class _Opened:
    """A derivative after one rule: ``nameable`` parts may be given names, ``inside`` is a chain rule's u."""

    term: Term
    rules: tuple[str, ...]
    why: str
    nameable: tuple[Term, ...] = ()
    lets: tuple[Let, ...] = ()
    inside: Term | None = None

    @property
    def kind(self) -> frozenset[str]:
        """What a person applies to several parts at once: the chain rule, whatever the functions are."""
        rules = frozenset(self.rules) - _LINEAR
        return frozenset({"chain"}) if "chain" in rules else rules or frozenset(self.rules)


def _goes_on(lines: list[Line], current: Term, form: Term) -> Term:
    """``form``, as a line of algebra, or in the place of the last line where nothing else would be told."""
    rules, why = algebra_rule(current, form)
    if lines and (same(form, current) or lines[-1].rules == rules):
        lines[-1] = replace(lines[-1], term=form)
    else:
        lines.append(Line(form, rules, why))
    return form


def _telling(rules: Mapping[str, None]) -> tuple[str, ...]:
    telling = tuple(rule for rule in rules if rule not in ("constant", "identity"))
    return telling or tuple(rules)


def _together(left: Collection[Partial], rules: Collection[str]) -> str:
    if "linear sum" in rules:
        return RULES["linear sum"].why
    return "each at sight" if len(left) > 1 or len(rules) > 1 else ""


def _on_tensors(term: Apply) -> bool:
    return term.op in TABLE and not isinstance(TABLE[term.op], Pointwise)
