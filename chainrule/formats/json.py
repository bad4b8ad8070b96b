"""The ``json`` format: a derivation as the object that other programs rely on, written piece by piece."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from math import isfinite
from typing import Any

from chainrule.derivation.data import (
    Adjoint,
    Advice,
    Carried,
    Check,
    Corner,
    Derivation,
    Equation,
    Expansion,
    ExpansionTerm,
    Factor,
    Gradient,
    InputPart,
    Modes,
    Product,
    Quantity,
    Seed,
    StatementPart,
    SweepRow,
    Trouble,
    WorkedLine,
    Working,
)
from chainrule.diagnostics import FORMAT_VERSION
from chainrule.laws import LAWS
from chainrule.notation import latex, text
from chainrule.notation.style import Style
from chainrule.notation.sympy_text import srepr
from chainrule.terms import ZERO, Apply, Entry, Index, Symbol, Term

MAX_PATHS = 20
MAX_LINES = 200

Data = dict[str, Any]


def write(derivation: Derivation) -> Iterator[str]:
    """The object as text, an element of a list at a time: one line for each statement, factor, gradient."""
    parts = _Parts(derivation)
    program = derivation.pipeline.source.text
    yield f'{{"format_version": {_dumped(FORMAT_VERSION)},\n'
    yield f' "program": {{"text": {_dumped(_encodable(program))}, "output": {_dumped(derivation.output)},\n'
    yield from _list("  ", "statements", map(parts.statement, derivation.statements))
    yield "},\n"
    yield from _list(" ", "inputs", map(parts.input, derivation.inputs))
    yield f',\n "value": {_dumped(_floats(derivation.value))},\n'
    yield from _list(" ", "factors", map(parts.factor, derivation.factors))
    yield ",\n"
    yield from _list(" ", "gradients", map(parts.gradient, derivation.gradients))
    yield ",\n"
    yield from _list(" ", "adjoints", map(parts.adjoint, derivation.adjoints))
    yield ",\n"
    yield from _list(" ", "troubles", map(parts.trouble, derivation.troubles))
    yield f',\n "taylor": {_dumped(parts.taylor(derivation.taylor))}'
    yield ",\n"
    yield from _list(" ", "stability", map(parts.advice, derivation.stability))
    yield from _asked_for(derivation, parts)
    options = derivation.options
    yield f',\n "layout": {_dumped(options.layout)}, "convention": {_dumped(options.convention)},'
    yield f'\n "lengths": {_dumped(dict(derivation.lengths))},'
    yield f'\n "notes": {_dumped(list(derivation.notes))},'
    yield f'\n "warnings": {_dumped(list(derivation.warnings))}}}\n'


def _asked_for(derivation: Derivation, parts: _Parts) -> Iterator[str]:
    """What is there only where it was asked for: products, and the two modes side by side."""
    directional = [part for part in derivation.products if part.kind == "tangent"]
    pulled = [part for part in derivation.products if part.kind == "cotangent"]
    if directional:
        yield f',\n "directional": {_dumped(parts.product(directional[0]))}'
    if pulled:
        yield ",\n"
        yield from _list(" ", "vjp", map(parts.product, pulled))
    if derivation.modes is not None:
        yield f',\n "modes": {_dumped(parts.modes(derivation.modes))}'


def _list(indent: str, name: str, items: Iterable[Data]) -> Iterator[str]:
    """``"name": […]`` with an item a line."""
    yield f'{indent}"{name}": ['
    separator = "\n"
    for item in items:
        yield f"{separator}{indent} {_dumped(item)}"
        separator = ",\n"
    yield "]"


def _dumped(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, allow_nan=False)


def _encodable(program: str) -> str:
    """The program's text without the halves of characters that a command line may bring."""
    return program.encode("utf-8", "replace").decode("utf-8")


class _Parts:
    """The parts of one derivation as JSON data."""

    def __init__(self, derivation: Derivation) -> None:
        self.detailed = derivation.options.detail == "rules"
        self._latex = latex.LatexPrinter(Style(ranks=derivation.ranks, shapes=derivation.shapes))
        self._words = {part.name: part.assumptions for part in derivation.inputs}

    # --- expressions --------------------------------------------------------------------------------------

    def spelled(self, term: Term) -> Data:
        """A term as text and LaTeX."""
        return {"text": text.text(term), "latex": self._latex.write(term)}

    def expression(self, term: Term) -> Data:
        """A term as text, LaTeX and SymPy."""
        return {**self.spelled(term), "sympy": srepr(term, self._words, LAWS.kernel)}

    def equation(self, left: Term, right: Term) -> Data:
        """``left = right`` as text and LaTeX."""
        return {
            "text": f"{text.text(left)} = {text.text(right)}",
            "latex": f"{self._latex.write(left)} = {self._latex.write(right)}",
        }

    def chain(self, term: Term) -> Data:
        """A product as its factors before they are multiplied."""
        if isinstance(term, Apply) and term.op == "mul":
            return {"text": text.chain(term.args), "latex": self._latex.chain(term.args)}
        return self.spelled(term)

    # --- parts --------------------------------------------------------------------------------------------

    def input(self, part: InputPart) -> Data:
        return {
            "name": part.name,
            "shape": list(part.shape),
            "differentiated": part.differentiated,
            "assumptions": list(part.assumptions) or ["real"],
            "shaped": part.shaped,
            "value": _floats(part.value),
            "exact": _exact(part.value),
        }

    def statement(self, part: StatementPart) -> Data:
        return {
            "name": part.name,
            "shape": list(part.shape),
            "depends_on": list(part.depends_on),
            "implicit": part.implicit,
            "expression": self.expression(part.term),
            "index": self.equation(ZERO, part.entry)
            if part.implicit
            else self.equation(_entry(part.name, part.indices), part.entry),
            "value": _floats(part.value),
            "exact": _exact(part.value),
            **({"residual": _floats(part.residual)} if part.implicit else {}),
        }

    def factor(self, part: Factor) -> Data:
        matrix = None
        worked = part.working or (None if part.equation is None else part.equation.working)
        if part.matrix is not None:
            matrix = {**self.spelled(part.matrix), "acts_by": part.acts_by}
        return {
            "of": part.of,
            "wrt": part.wrt,
            "rules": list(part.rules),
            "reason": part.reason,
            "index": {
                **self.equation(part.label, part.entry),
                "sympy": srepr(part.entry, self._words, LAWS.kernel),
            },
            "diagonal": part.diagonal,
            "assumes": list(map(self.assumed, part.assumes)),
            "listed": None if part.listed is None else self.spelled(part.listed),
            "matrix": matrix,
            **self.differentiated(part.equation),
            "steps": _steps(worked, self) if self.detailed and worked else [],
            "differential": _rewritten(part.differential, part.label, self) if self.detailed else [],
            "value": _floats(part.value),
            "exact": _exact(part.value),
            "check": _check(part.check),
        }

    def differentiated(self, part: Equation | None) -> Data:
        """Of a name that an equation defines: the two sides of dF = 0."""
        if part is None:
            return {}
        sides = {"residual": part.residual, "by_name": part.own, "by_other": part.other}
        return {
            "equation": {key: None if term is None else self.spelled(term) for key, term in sides.items()}
        }

    def gradient(self, part: Gradient) -> Data:
        lines = part.lines if len(part.lines) <= MAX_LINES else (*part.lines[: MAX_LINES - 1], part.lines[-1])
        form = None if part.closed_form is None else self.expression(part.closed_form)
        named = None if part.closed_form_named is None else self.expression(part.closed_form_named)
        return {
            "of": part.of,
            "wrt": list(part.wrt),
            "order": part.order,
            "shape": list(part.shape),
            "layout": part.layout,
            "assumes": list(map(self.assumed, part.assumes)),
            "layout_lines": [{**self.chain(line.term), "why": line.why} for line in part.layout_lines],
            "layout_note": part.layout_note or None,
            "paths": [list(path) for path in part.paths[:MAX_PATHS]],
            "path_count": str(part.path_count),
            "paths_left_out": str(max(0, part.path_count - min(MAX_PATHS, len(part.paths)))),
            "chain": None if part.chain is None else self.chain(part.chain),
            "lines": [
                {
                    **(self.chain(line.term) if line is part.lines[0] else self.spelled(line.term)),
                    "why": line.why,
                    "assumes": list(map(self.assumed, line.assumes)),
                }
                for line in lines
            ],
            "lines_left_out": len(part.lines) - len(lines),
            "steps": _steps(part.working, self) if self.detailed and part.working else [],
            "closed_form": form,
            "closed_form_named": named,
            "index": {**self.spelled(part.index), "label": self.spelled(part.label)},
            "structure": _structure(part),
            "value": _floats(part.value),
            "exact": _exact(part.value),
            "undefined": [self.trouble(trouble) for trouble in part.undefined] or None,
            "corners": [_corner(corner) for corner in part.corners],
            "check": _check(part.check),
        }

    def adjoint(self, part: Adjoint) -> Data:
        return {
            "name": part.name,
            "expression": None if part.expression is None else self.expression(part.expression),
            "index": self.equation(part.label, part.index),
            "value": _floats(part.value),
            "exact": _exact(part.value),
        }

    def taylor(self, part: Expansion | None) -> Data | None:
        if part is None:
            return None
        about = {name: None if at is None else self.expression(at) for name, at in part.about.items()}
        return {
            "of": part.of,
            "wrt": list(part.wrt),
            "order": part.order,
            "reached": part.reached,
            "about": about,
            "terms": [self.expansion_term(term) for term in part.terms],
            "polynomial": None if part.polynomial is None else self.expression(part.polynomial),
            "undefined": part.undefined,
            "check": _check(part.check),
        }

    def expansion_term(self, part: ExpansionTerm) -> Data:
        return {
            "wrt": list(part.wrt),
            "factorial": str(part.factorial),
            "derivative": None if part.derivative is None else self.expression(part.derivative),
            "derivative_value": _floats(part.derivative_value),
            "derivative_exact": _exact(part.derivative_value),
            "coefficient": None if part.coefficient is None else self.expression(part.coefficient),
            "value": _floats(part.value),
            "exact": _exact(part.value),
        }

    def assumed(self, part: Term | str) -> Data:
        return {"text": part, "latex": None} if isinstance(part, str) else self.spelled(part)

    def advice(self, part: Advice) -> Data:
        return {
            "statement": part.statement,
            "part": self.spelled(part.part),
            "stable": self.spelled(part.stable),
            "spelling": part.spelling,
            "why": part.why,
            "sentence": part.sentence,
        }

    def product(self, part: Product) -> Data:
        form, named = part.closed_form, part.closed_form_named
        return {
            "of": part.of,
            "wrt": list(part.wrt),
            "name": part.symbol.name,
            "seeds": [self.seed(seed) for seed in part.seeds],
            "shape": list(part.shape),
            "index": {**self.spelled(part.index), "label": self.spelled(part.label)},
            "lines": [{**self.spelled(line.term), "why": line.why} for line in part.lines],
            "closed_form": None if form is None else self.expression(form),
            "closed_form_named": None if named is None else self.expression(named),
            "value": _floats(part.value),
            "exact": _exact(part.value),
            "undefined": [self.trouble(trouble) for trouble in part.undefined] or None,
            "check": _check(part.check),
        }

    def seed(self, part: Seed) -> Data:
        return {
            "of": part.of,
            "name": part.symbol.name,
            "shape": list(part.shape),
            "expression": None if part.term is None else self.expression(part.term),
            "value": _floats(part.value),
            "exact": _exact(part.value),
        }

    def modes(self, part: Modes) -> Data:
        return {
            "mode": part.mode,
            "wrt": list(part.wrt),
            "tangents": [self.seed(seed) for seed in part.tangents],
            "cotangents": [self.seed(seed) for seed in part.cotangents],
            "rows": [self.row(row) for row in part.rows],
            "multiplications": part.multiplications,
            "sweeps": {"forward": part.forward_sweeps, "reverse": part.reverse_sweeps},
            "check": _check(part.agree),
        }

    def row(self, part: SweepRow) -> Data:
        return {
            "name": part.name,
            "value": _floats(part.value),
            "tangent": self.carried(part.tangent),
            "adjoint": self.carried(part.adjoint),
            "multiplications": part.multiplications,
        }

    def carried(self, part: Carried | None) -> Data | None:
        if part is None:
            return None
        return {
            "name": part.symbol.name,
            "equation": None if part.term is None else self.equation(part.label, part.term),
            "value": _floats(part.value),
            "exact": _exact(part.value),
        }

    def trouble(self, part: Trouble) -> Data:
        return {
            "kind": part.kind,
            "statement": part.statement,
            "entry": list(part.entry),
            "part": self.spelled(part.part),
            "sentence": part.sentence,
        }


def _corner(part: Corner) -> Data:
    return {
        "entry": list(part.entry),
        "value": part.used,
        "conventions": dict(part.others),
        "ends": list(part.ends),
        "left": _side(part.left),
        "right": _side(part.right),
        "sentence": part.sentence,
    }


def _side(value: float | None) -> Any:
    """A one-sided slope; JSON has no token for an infinity."""
    return value if value is None or isfinite(value) else "infinity" if value > 0 else "-infinity"


def _steps(working: Working, parts: _Parts) -> list[Data]:
    """The lines of a derivation, each from the line before; ``lets`` with the lines of their own."""
    return _rewritten(working.lines, working.label, parts)


def _rewritten(lines: Sequence[WorkedLine], before: Term, parts: _Parts) -> list[Data]:
    found = []
    for line in lines:
        if line.rules:
            lets = [{"name": text.text(let.name), "is": parts.spelled(let.term)} for let in line.lets]
            found.append(
                {
                    "rule": ", ".join(line.rules),
                    "before": parts.spelled(before),
                    "after": parts.spelled(line.term),
                    "why": line.why,
                    "assumes": list(map(parts.assumed, line.assumes)),
                    "lets": lets,
                    "steps": [step for let in line.lets for step in _steps(let.working, parts)],
                }
            )
        before = line.term
    return found


def _structure(part: Gradient) -> Data | None:
    found = part.structure
    return None if found is None else {"words": list(found.words), "rank": found.rank, "text": found.text}


def _entry(name: str, indices: tuple[Index, ...]) -> Term:
    return Entry(Symbol(name), indices) if indices else Symbol(name)


def _floats(value: Quantity | None) -> Any:
    if value is None:
        return None
    entries = value.floats
    if not all(entry is None or isfinite(entry) for entry in entries):
        entries = tuple(entry if entry is not None and isfinite(entry) else None for entry in entries)
    return value.nested(entries)


def _exact(value: Quantity | None) -> Any:
    return None if value is None or value.exact is None else value.nested(value.exact)


def _check(check: Check | None) -> Data | None:
    if check is None:
        return None
    error = check.max_error
    finite = error if error is None or isfinite(error) else None
    return {"ok": check.ok, "method": check.method, "max_error": finite}
