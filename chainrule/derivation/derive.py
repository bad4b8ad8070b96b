"""The one function that makes a derivation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from chainrule.calculus.reverse import reverse
from chainrule.claim import Claim
from chainrule.derivation.branches import of_branches
from chainrule.derivation.corners import with_corners
from chainrule.derivation.curves import off_the_curve, without_a_root
from chainrule.derivation.data import (
    Adjoint,
    Check,
    Derivation,
    Factor,
    Gradient,
    InputPart,
    Options,
    Quantity,
    StatementPart,
    Trouble,
)
from chainrule.derivation.directions import said
from chainrule.derivation.factors import factor, repeated, statement_part
from chainrule.derivation.gradients import adjoint, gradient, higher, pushed_part, sweep
from chainrule.derivation.layouts import laid_out
from chainrule.derivation.numbers import Numbers, numbers
from chainrule.derivation.outcomes import At, finished
from chainrule.derivation.stability import advice
from chainrule.derivation.study import Study, study
from chainrule.derivation.sweeps import sweeps
from chainrule.derivation.taylor import expansion
from chainrule.derivation.troubles import kinks, masked, undefined_statements, without_kinks
from chainrule.derivation.values import Given, bound_lengths, given_values, missing_values
from chainrule.diagnostics import fail
from chainrule.graph import Input
from chainrule.language.elaborate import elaborate
from chainrule.language.parser import parse_program
from chainrule.language.pipeline import Pipeline, Statement, Variable
from chainrule.notation.text import text
from chainrule.numeric.tensors import Tensor
from chainrule.proof import Prover, Verdict
from chainrule.shapes import Shape, entries
from chainrule.source import Source
from chainrule.terms import Apply, Partial, Term, walk

MANY = 8
LARGE = 4_096


def derive(  # noqa: PLR0913 - keyword-only, and each of them is something that callers may say
    source: Source,
    options: Options | None = None,
    *,
    shapes: Mapping[str, Shape] | None = None,
    words: Mapping[str, Sequence[str]] | None = None,
    at: Sequence[Source] = (),
    arrays: Mapping[str, object] | None = None,
    tangent: Sequence[Source] | Mapping[str, object] = (),
    cotangent: object = None,
) -> Derivation:
    """Derive every factor and gradient of a program, evaluate them at the given values, and prove them.

    shapes and words: shapes and assumption words of inputs, said outside the program.
    at: texts of values, in the language. arrays: values from Python, by name.
    tangent: directions of inputs, as texts or by name; cotangent: weights of the output, as a text or as
    numbers. With either, their products with the derivative are derived in the place of whole gradients.

    Raises:
        ChainRuleError: the program, the call or a value is wrong, or a budget ran out.
    """
    asked = options or Options()
    program = parse_program(source)
    along = said(program, tangent, cotangent)
    if along and asked.order > 1:
        fail("unsupported", "products with a direction or a cotangent are of first order only")
    given = given_values(program, at, arrays or {}, along.fresh)
    known = {name: shape for name, shape in given.shapes.items() if name not in along.fresh}
    pipeline = elaborate(program, shapes, words, {**along.shapes_of_inputs(program), **known})
    lengths = bound_lengths(pipeline, given)
    detailed, pushes = asked.detail == "rules", asked.mode == "forward"
    subject = study(pipeline, asked.of, along.wrt(asked.wrt), asked.convention, detailed, pushes)
    statements = [statement_part(subject, statement) for statement in pipeline.statements]
    both = sweeps(subject, along, asked.mode, given, lengths) if along or asked.mode != "reverse" else None
    if not along:
        sweep(subject, lengths)
    factors = _factors(subject)
    gradients = [] if along else _gradients(subject, factors, asked)
    adjoints = _adjoints(subject)
    found = _numbers(subject, given, lengths, statements, factors, gradients, adjoints, asked)
    prover = _prover(pipeline) if asked.verify else None
    gradients_done = _finished_gradients(subject, prover, gradients, found)
    troubles: list[Trouble] = []
    if found is not None:
        values = _point(subject, given)
        output = found.quantity(subject.nodes[subject.output])
        troubles = kinks(subject, values, lengths)
        gradients_done = tuple(masked(subject, part, output, values, lengths) for part in gradients_done)
        if any(trouble.kind == "kink" for trouble in troubles):
            gradients_done = with_corners(subject, gradients_done, values, lengths)
        troubles += of_branches(subject, values, lengths)
        troubles += undefined_statements(subject, statements, found, values, lengths)
    taylor = None
    if asked.taylor is not None:
        point = None if found is None else _point(subject, given)
        taylor = expansion(subject, asked, point, lengths, troubles, prover)
    products, modes = None, None
    if both is not None:
        products, modes = finished(
            both, asked.mode, _at(subject, given, lengths, found, asked, troubles), prover
        )
    notes, warnings = _remarks(subject, lengths)
    warnings += off_the_curve(subject, found)
    notes += without_a_root(subject, given)
    return Derivation(
        pipeline=pipeline,
        options=asked,
        output=subject.output,
        inputs=tuple(_input(subject, part.name, found) for part in pipeline.inputs),
        statements=tuple(_finished_statement(subject, part, found) for part in statements),
        factors=tuple(
            without_kinks(subject, _finished_factor(subject, prover, part, found), troubles)
            for part in factors.values()
        ),
        gradients=gradients_done,
        adjoints=tuple(replace(part, value=_value(found, part.node)) for part in adjoints),
        value=_value(found, subject.nodes[subject.output]),
        lengths=lengths,
        troubles=tuple(troubles),
        notes=tuple(notes),
        warnings=tuple(warnings),
        taylor=taylor,
        stability=advice(subject.pipeline.statements),
        pushed=_pushed(subject, gradients),
        products=products or (),
        modes=modes,
    )


# --- parts ---------------------------------------------------------------------------------------------


def _factors(subject: Study) -> dict[tuple[str, str], Factor]:
    """The factors of every edge that matters, from the output back."""
    found = {}
    for statement in reversed(subject.pipeline.statements):
        if statement.name not in subject.moving:
            continue
        for name in statement.depends_on:
            if name in subject.moving:
                made = factor(subject, statement, name)
                if made is not None:
                    found[statement.name, name] = made
    return found


def _gradients(subject: Study, factors: dict[tuple[str, str], Factor], asked: Options) -> list[Gradient]:
    """Gradients of every order up to the one asked for; mixed ones once for each unordered choice."""
    out = [laid_out(subject, gradient(subject, name, factors, asked.layout), factors) for name in subject.wrt]
    latest = [gradient(subject, name, {}, "gradient") for name in subject.wrt] if asked.order > 1 else []
    for _ in range(1, asked.order):
        place = {name: k for k, name in enumerate(subject.wrt)}
        latest = [
            higher(subject, lower, name, "gradient")
            for lower in latest
            for name in subject.wrt
            if place[name] >= place[lower.wrt[-1]]
        ]
        out += latest
    return out


def _adjoints(subject: Study) -> list[Adjoint]:
    """∂output/∂name for every named intermediate on the way, from the output back."""
    names = [s.name for s in reversed(subject.pipeline.statements)]
    return [
        adjoint(subject, name)
        for name in names
        if name != subject.output and subject.nodes[name] in subject.adjoints
    ]


def _pushed(subject: Study, gradients: Sequence[Gradient]) -> tuple[Adjoint, ...]:
    """∂name/∂input for each name, in order, where forward accumulation writes gradients through them."""
    through = any(isinstance(inner, Partial) for part in gradients for inner in walk(part.index))
    return tuple(pushed_part(subject, node) for node in subject.pushed) if through else ()


# --- numbers ---------------------------------------------------------------------------------------------


def _numbers(  # noqa: PLR0913 - it gathers every part that has a value
    subject: Study,
    given: Given,
    lengths: Mapping[str, int],
    statements: Sequence[StatementPart],
    factors: Mapping[tuple[str, str], Factor],
    gradients: Sequence[Gradient],
    adjoints: Sequence[Adjoint],
    asked: Options,
) -> Numbers | None:
    """Everything evaluated, if every input that matters has a value."""
    inputs = [part.name for part in subject.pipeline.inputs]
    inputs += [part.name for part in subject.pipeline.roots]
    if missing_values(subject.pipeline, given, inputs) or subject.pipeline.functions:
        return None
    values = _point(subject, given)
    parts: list[StatementPart | Factor | Adjoint | Gradient] = [
        *statements,
        *factors.values(),
        *adjoints,
        *gradients,
    ]
    residuals = [part.residual for part in subject.pipeline.roots if part.residual is not None]
    wanted = [*values, *(part.node for part in parts), *residuals]
    return numbers(
        subject.pipeline.graph,
        wanted,
        values,
        lengths,
        exact=asked.exact,
        symbolic=asked.exact and not asked.float,
    )


def _point(subject: Study, given: Given) -> dict[int, Tensor]:
    """The values of the inputs, and of names that equations define, by node."""
    parts: list[Variable | Statement] = [*subject.pipeline.inputs, *subject.pipeline.roots]
    return {part.node: given.tensors[part.name] for part in parts}


def _at(
    subject: Study,
    given: Given,
    lengths: Mapping[str, int],
    found: Numbers | None,
    asked: Options,
    troubles: Sequence[Trouble],
) -> At | None:
    """The values that products are evaluated at; None where something has none."""
    if found is None:
        return None
    return At(
        values=_point(subject, given),
        lengths=lengths,
        output=found.quantity(subject.nodes[subject.output]),
        exact=asked.exact,
        symbolic=asked.exact and not asked.float,
        kinked=asked.convention == "error" and any(one.kind == "kink" for one in troubles),
    )


def _value(found: Numbers | None, node: int) -> Quantity | None:
    return None if found is None else found.quantity(node)


def _finished_statement(subject: Study, part: StatementPart, found: Numbers | None) -> StatementPart:
    residual = subject.statements[part.name].residual
    return replace(
        part,
        value=_value(found, part.node),
        residual=None if residual is None else _value(found, residual),
    )


def _input(subject: Study, name: str, found: Numbers | None) -> InputPart:
    part = next(part for part in subject.pipeline.inputs if part.name == name)
    return InputPart(
        name,
        part.shape,
        ("real", *(word for word in part.assumptions if word != "real")),
        name in subject.wrt,
        part.shaped,
        _value(found, part.node),
    )


# --- proof ------------------------------------------------------------------------------------------------


def _prover(pipeline: Pipeline) -> Prover:
    assumptions = {part.node: frozenset(part.assumptions) for part in pipeline.inputs}
    return Prover(pipeline.graph, pipeline.functions, assumptions)


def _check(verdict: Verdict) -> Check:
    return Check(verdict.ok, verdict.method, verdict.max_error)


def _finished_factor(subject: Study, prover: Prover | None, part: Factor, found: Numbers | None) -> Factor:
    check = None
    if prover is not None:
        statement = subject.statements[part.of]
        given = tuple(subject.nodes[name] for name in statement.depends_on)
        claim = contracted(subject, statement, part, given)
        check = _check(prover.check(claim))
    return replace(part, value=_value(found, part.node), check=check)


def contracted(subject: Study, statement: Statement, part: Factor, given: tuple[int, ...]) -> Claim:
    """The claim about a factor: its whole Jacobian, or for a large one the pullback of a random cotangent."""
    graph = subject.pipeline.graph
    source = subject.nodes[part.wrt]
    shape = graph.shape(part.jacobian)
    if entries(dim if isinstance(dim, int) else 1 for dim in shape) <= LARGE:
        return Claim(statement.node, ((source, part.jacobian),), given)
    cotangent = graph.add(Input(f"cotangent of {part.of}", graph.shape(statement.node)))
    pulled = reverse(
        graph, statement.node, [source], seed=cotangent, local=True, convention=subject.convention
    )
    return Claim(statement.node, ((source, pulled[source]),), (*given, cotangent), cotangent=cotangent)


def _finished_gradients(
    subject: Study, prover: Prover | None, parts: Sequence[Gradient], found: Numbers | None
) -> tuple[Gradient, ...]:
    """Gradients with values and verdicts; many first-order ones are checked together, in one direction."""
    first = [part for part in parts if part.order == 1]
    joint = None
    if prover is not None and len(first) > MANY:
        joint = _check(prover.check(_claim(subject, subject.nodes[subject.output], first)))
    out = []
    for part in parts:
        check = joint if part.order == 1 else None
        if prover is not None and check is None:
            of = subject.nodes[subject.output]
            if part.order > 1:
                of = next(p.jacobian for p in parts if p.wrt == part.wrt[:-1])
            check = _check(prover.check(_claim(subject, of, [part])))
        out.append(replace(part, value=_value(found, part.node), check=check))
    return tuple(out)


def _claim(subject: Study, of: int, parts: Sequence[Gradient]) -> Claim:
    """The claim that the gradients' nodes are the derivatives of node ``of``."""
    moving = [subject.nodes[part.wrt[-1]] for part in parts]
    inputs = [part.node for part in subject.pipeline.inputs]
    given = tuple(dict.fromkeys([*inputs, *moving]))
    symmetric = frozenset(subject.nodes[p.wrt[-1]] for p in parts if subject.symmetric(p.wrt[-1]))
    return Claim(of, tuple(zip(moving, (p.jacobian for p in parts), strict=True)), given, symmetric)


# --- remarks -----------------------------------------------------------------------------------------------


def _remarks(subject: Study, lengths: Mapping[str, int]) -> tuple[list[str], list[str]]:
    """What was assumed, and what should worry the reader."""
    notes = list(subject.pipeline.notes)
    if lengths:
        notes.append(
            "at the given values " + ", ".join(f"{name} = {value}" for name, value in lengths.items())
        )
    notes += _broadcasts(subject)
    for name in subject.too_large:
        notes.append(
            f"{name} has too many entries to push each of them forward: its gradient was pulled back instead"
        )
    for term in subject.relied_on:
        notes.append(f"{text(term)} is declared with rows that sum to one, and the short forms rely on that")
    if subject.away_from:
        norms = " and ".join(map(text, subject.away_from))
        notes.append(f"the short forms take {norms} to be other than 0; what is divided by 0 counts as 0")
    if any(_uses(statement.term, "log") for statement in subject.pipeline.statements):
        notes.append("log is the natural logarithm")
    return notes, []


def _broadcasts(subject: Study) -> list[str]:
    """Broadcasting both ways: what was repeated forwards is summed backwards."""
    out = []
    for statement in subject.pipeline.statements:
        for name in statement.depends_on:
            if name in subject.moving and statement.name in subject.moving:
                for told in repeated(subject, statement, name):
                    where = told.partition(" is repeated ")[2]
                    over = where.replace("along", "over").replace("in every entry", "over all entries")
                    out.append(
                        f"{statement.name} repeats {name} {where}, so the gradient of {name} is summed {over}"
                    )
    return out[:MANY]


def _uses(term: Term, op: str) -> bool:
    return any(isinstance(part, Apply) and part.op == op for part in walk(term))
