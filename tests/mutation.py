"""A campaign against the tests of the op table: every formula is spoiled in every small way, one at a time.

``python -m tests.mutation [NAME …] [--jobs 2]`` spoils the declarations of the named operations (of all,
without names), runs the checks of that operation on each, and lists what no check noticed. It ends with status
1 when there is such a survivor that is not listed in ``EQUIVALENT`` with the reason why it is no error, or an
entry there that is no survivor. Operations with structure are judged by torch, which must be installed.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from chainrule.calculus.rules import derive
from chainrule.derivation.data import Options
from chainrule.derivation.derive import derive as derive_program
from chainrule.diagnostics import ChainRuleError
from chainrule.language.elaborate import elaborate
from chainrule.language.parser import parse_expression, parse_program
from chainrule.ops import TABLE
from chainrule.ops.table import (
    BY_LAW,
    UNSUPPORTED,
    Composite,
    Contraction,
    Declaration,
    Kink,
    Pointwise,
    Structured,
)
from chainrule.source import Source
from tests.equivalent_mutants import EQUIVALENT
from tests.generated import oracle
from tests.generated.uses import agrees_with_torch, samples_are_proved, shares_at_ties
from tests.ops import pointwise_checks, structured_checks
from tests.ops.test_contractions import CASES, agrees_with_numpy, fitting

# What takes the place of a function: one that is easily confused with it.
_CONFUSED = {
    **dict.fromkeys(("sin", "cosh"), "cos"), "cos": "sin", "sinh": "cosh", "tan": "cot", "cot": "tan",
    "tanh": "sigmoid", "coth": "tanh", "sigmoid": "tanh", "exp": "expm1", "expm1": "exp", "log": "log1p",
    "log1p": "log", "sqrt": "cbrt", "floor": "ceil", "ceil": "floor", "trunc": "floor", "sign": "abs",
    "abs": "sign", "maximum": "minimum", "minimum": "maximum", "digamma": "loggamma", "erfc": "erf",
    "atan": "asin", "asin": "atan", "acos": "asin", "atanh": "atan", "softplus": "sigmoid", "sum": "mean",
    "mean": "sum", "max": "mean", "inv": "pinv", "eigvalsh": "svdvals", "svdvals": "sqrt", "softmax": "sigmoid",
    "log_softmax": "softmax", "standardized": "rms_scaled", "rms_scaled": "standardized", "norm": "sum",
    "clip_min": "clip_max", "expm_frechet": "lyapunov", "softmin": "softmax", "flip": "roll", "var": "std",
}  # fmt: skip
_OTHER_DEFAULTS = {"mean": "sum", "True": "False", "False": "True"}

_OPERATORS = {ast.Add: ("+", "-"), ast.Sub: ("-", "+"), ast.Mult: ("*", "/"), ast.Div: ("/", "*")}
_COMPARISONS = {
    ast.Gt: (">", (">=", "<")), ast.GtE: (">=", (">", "<")), ast.Lt: ("<", ("<=", ">")),
    ast.LtE: ("<=", ("<", ">")), ast.Eq: ("==", ("!=", ">=")), ast.NotEq: ("!=", ("==", ">")),
}  # fmt: skip


# Matrices on either side of where an operation is defined, and whether it is defined there.
_SINGULAR, _NEGATIVE, _POSITIVE = "x = [[1, 2], [2, 4]]", "x = [[1, 2], [2, 1]]", "x = [[2, 3], [1, 2]]"
_SMALL = "x = [[1, 0], [0, 0.5]]"
EDGES = {
    "inv": ((_SINGULAR, False), (_NEGATIVE, True), (_POSITIVE, True)),
    "slogdet": ((_SINGULAR, False), (_NEGATIVE, True), (_POSITIVE, True)),
    "logdet": ((_SINGULAR, False), (_NEGATIVE, False), (_POSITIVE, True), (_SMALL, True)),
}


REFUSED = {"dropout": ("x : [2, 3]; out = dropout(x)", "x : [2, 3]; out = dropout(x, 0.3)")}


@dataclass(frozen=True)
class Mutant:
    """A declaration with one part spoiled: ``field`` is set to ``value``; ``text`` tells what that is."""

    op: Declaration
    field: str
    value: Any
    text: str

    @property
    def label(self) -> tuple[str, str, str]:
        return (self.op.name, self.field, self.text)


# --- spoiling a formula ---------------------------------------------------------------------------------


def spoiled_texts(text: str) -> Iterator[str]:
    """``text`` with one small error, in every way."""
    seen = {text}
    tree = ast.parse(text, mode="eval")
    is_condition = isinstance(tree.body, ast.Compare)
    for node in ast.walk(tree):
        for start, stop, new in _edits(text, node):
            # In a condition 1 stands for any number but 0.
            other = "0" if is_condition and text[start:stop] == "1" else new
            found = text[:start] + other + text[stop:]
            if found not in seen:
                seen.add(found)
                yield found


def spoiled_program(text: str) -> Iterator[str]:
    """A formula, or a program of several statements, with one small error in one of them."""
    statements = text.split(";")
    for place, statement in enumerate(statements):
        head, sign, right = statement.rpartition(" = ")
        for new in spoiled_texts(right.strip() if sign or len(statements) > 1 else right):
            changed = f"{head}{sign}{new}" if sign else new
            yield ";".join((*statements[:place], changed, *statements[place + 1 :]))


def _edits(text: str, node: ast.AST) -> Iterator[tuple[int, int, str]]:
    """Stretches of ``text`` to be replaced, each an error of its own."""
    if not isinstance(node, ast.expr):
        return
    start, stop = node.col_offset, node.end_col_offset or 0
    if isinstance(node, ast.Attribute):
        yield start, stop, _segment(text, node.value)
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        left, right = _segment(text, node.left), _segment(text, node.right)
        for new in (left, right, f"{_bracketed(right)} @ {_bracketed(left)}"):
            yield start, stop, f"({new})"
    elif isinstance(node, ast.BinOp):
        left, right = _segment(text, node.left), _segment(text, node.right)
        if type(node.op) in _OPERATORS:
            sign, other = _OPERATORS[type(node.op)]
            place = text.index(sign, node.left.end_col_offset)
            yield place, place + 1, other
        yield start, stop, f"({left})"
        if not isinstance(node.op, (ast.Pow, ast.Div)):
            yield start, stop, f"({right})"
    elif isinstance(node, ast.UnaryOp):
        yield start, stop, _segment(text, node.operand)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        for new in _changed_pattern(node.value):
            yield start, stop, f'"{new}"'
    elif isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        if not isinstance(node.value, bool):
            yield start, stop, _changed_number(text[start:stop])
    elif isinstance(node, ast.Compare):
        sign, others = _COMPARISONS[type(node.ops[0])]
        place = text.index(sign, node.left.end_col_offset)
        for other in others:
            yield place, place + len(sign), other
    elif isinstance(node, ast.Call):
        yield from _call_edits(text, node)
    elif isinstance(node, ast.Name) and node.id in ("a", "b", "x", "y", "g"):
        yield start, stop, {"a": "b", "b": "a", "x": "y", "y": "x", "g": "(-g)"}[node.id]


def _bracketed(text: str) -> str:
    """The text as an operand of a product of matrices."""
    return text if text.isidentifier() else f"({text})"


def _call_edits(text: str, node: ast.Call) -> Iterator[tuple[int, int, str]]:
    name = node.func
    assert isinstance(name, ast.Name)
    if name.id in _CONFUSED:
        yield name.col_offset, name.end_col_offset or 0, _CONFUSED[name.id]
    if len(node.args) >= 2 and name.id not in ("maximum", "minimum"):
        first, second = node.args[-2:]
        swapped = (
            _segment(text, second) + text[first.end_col_offset : second.col_offset] + _segment(text, first)
        )
        yield first.col_offset, second.end_col_offset or 0, swapped
    for word in node.keywords:
        if isinstance(word.value, ast.Constant) and word.value.value is True:
            yield word.value.col_offset, word.value.end_col_offset or 0, "False"


def _changed_pattern(pattern: str) -> list[str]:
    """An einsum pattern with the letters of a part in another order, or one of them left out at the end."""
    operands, arrow, output = pattern.partition("->")
    parts = [*operands.split(","), output] if arrow else operands.split(",")
    out = []
    for k, part in enumerate(parts):
        letters = part.replace("...", "")
        if len(letters) >= 2:
            turned = part.replace(letters, letters[::-1], 1)
            changed = [*parts[:k], turned, *parts[k + 1 :]]
            out.append(",".join(changed[:-1]) + "->" + changed[-1] if arrow else ",".join(changed))
    if arrow and output.replace("...", ""):
        out.append(f"{operands}->{output[:-1]}")
    return out


def _segment(text: str, node: ast.expr) -> str:
    return text[node.col_offset : node.end_col_offset]


def _changed_number(text: str) -> str:
    """The number with its first digit that is not 0 raised by one."""
    match = re.search(r"[1-9]", text)
    if match is None:
        return "1"
    digit = str((int(match[0]) + 1) % 10 or 1)
    return text[: match.start()] + digit + text[match.end() :]


# --- spoiling a declaration -----------------------------------------------------------------------------


def mutants(op: Declaration) -> Iterator[Mutant]:
    """Every spoiled version of a declaration."""
    for name in ("law", "step", "domain", "jumps", "program"):
        text = getattr(op, name, None)
        if text is not None:
            for new in spoiled_program(text):
                yield Mutant(op, name, new, new)
    for name in ("domain", "jumps"):
        if getattr(op, name, None) is not None:
            yield Mutant(op, name, None, "left out")
    for name in ("derivatives", "pullbacks"):
        yield from _in_tuple(op, name)
    if isinstance(op, (Pointwise, Structured)):
        yield from _kinks(op)
    if isinstance(op, Pointwise):
        yield Mutant(op, "rational", not op.rational, str(not op.rational))
        yield from _libraries(op)
    if isinstance(op, Contraction):
        yield from _patterns(op)
    if isinstance(op, (Structured, Composite)):
        yield from _signatures(op)


def _signatures(op: Structured | Composite) -> Iterator[Mutant]:
    """Another default of an option; another pattern of axes."""
    # The language reads the defaults of composites; of the others it prints them.
    defaults = op.signature.defaults if isinstance(op, Composite) else ()
    for place, (name, default) in enumerate(defaults):
        other = _OTHER_DEFAULTS.get(default) or (_changed_number(default) if default[0].isdigit() else None)
        if other is not None:
            pairs = (*op.signature.defaults[:place], (name, other), *op.signature.defaults[place + 1 :])
            value = replace(op.signature, defaults=pairs)
            yield Mutant(op, "signature", value, f"{name}={other}")
    if isinstance(op, Structured) and "->" in op.shape:
        for new in _changed_shapes(op.shape):
            yield Mutant(op, "shape", new, new)


def _changed_shapes(pattern: str) -> list[str]:
    operands, _, output = pattern.partition("->")
    own = output.replace("...", "")
    outputs = [output[:-1], output.replace(own, own[::-1]) if own else "...i"]
    changed = [f"{operands}->{new}" for new in outputs]
    changed += [pattern.replace("ii", "ij", 1), pattern.replace("...", "")]
    return [new for new in dict.fromkeys(changed) if new != pattern]


def _in_tuple(op: Declaration, name: str) -> Iterator[Mutant]:
    texts = getattr(op, name, ())
    for place, text in enumerate(texts):
        for new in spoiled_texts(text) if text not in (None, BY_LAW, UNSUPPORTED) else ():
            yield Mutant(op, f"{name}[{place}]", (*texts[:place], new, *texts[place + 1 :]), new)
    if len(texts) >= 2 and texts[-1] != texts[-2]:
        yield Mutant(op, name, (*texts[:-2], texts[-1], texts[-2]), "the last two swapped")


def _kinks(op: Pointwise | Structured) -> Iterator[Mutant]:
    for place, kink in enumerate(op.kinks):
        if kink.at == "ties":
            continue
        changed = [replace(kink, between=kink.between[::-1])]
        changed += [replace(kink, at=new) for new in spoiled_texts(kink.at)]
        changed += [replace(kink, between=(new, kink.between[1])) for new in spoiled_texts(kink.between[0])]
        changed += [replace(kink, between=(kink.between[0], new)) for new in spoiled_texts(kink.between[1])]
        if kink.torch != "undefined":
            changed += [replace(kink, torch=new) for new in spoiled_texts(kink.torch)]
        for new_kink in changed:
            value = (*op.kinks[:place], new_kink, *op.kinks[place + 1 :])
            yield Mutant(op, f"kinks[{place}]", value, _kink_text(new_kink))
        yield Mutant(op, f"kinks[{place}]", op.kinks[:place] + op.kinks[place + 1 :], "left out")


def _kink_text(kink: Kink) -> str:
    return f"{kink.at}: {kink.between[0]} to {kink.between[1]}, {kink.torch}"


def _libraries(op: Pointwise) -> Iterator[Mutant]:
    """Another function of the library in the place of the one named."""
    wrong = {
        "numpy": "hypot" if len(op.signature.parameters) == 2 else "arctan",
        "mpmath": "hypot" if len(op.signature.parameters) == 2 else "atan",
        "sympy": "atan2" if len(op.signature.parameters) == 2 else "atan",
    }
    for name, other in wrong.items():
        if getattr(op, name) not in (None, other):
            yield Mutant(op, name, other, other)


def _patterns(op: Contraction) -> Iterator[Mutant]:
    for place, pattern in enumerate(op.patterns):
        operands, _, output = pattern.partition("->")
        others = [f"{operands}->{output[::-1].replace('...', '')}", f"{operands}->{output[1:]}"]
        others += [f"{','.join(reversed(operands.split(',')))}->{output}"]
        for new in dict.fromkeys(others):
            if new != pattern:
                value = (*op.patterns[:place], new, *op.patterns[place + 1 :])
                yield Mutant(op, f"patterns[{place}]", value, new)


# --- the campaign ---------------------------------------------------------------------------------------


@contextmanager
def spoiled(mutant: Mutant) -> Iterator[None]:
    """The table with the mutant in it: every reader of the table sees it."""
    name = mutant.field.partition("[")[0]
    kept = getattr(mutant.op, name)
    derive.cache_clear()
    object.__setattr__(mutant.op, name, mutant.value)
    try:
        yield
    finally:
        object.__setattr__(mutant.op, name, kept)
        derive.cache_clear()


def _contraction_checks(op: Contraction) -> None:
    for case, _, ranks in CASES:
        if case is op:
            pattern = fitting(op, ranks)
            assert pattern is not None
            agrees_with_numpy(op, pattern, ranks)


def checks(op: Declaration) -> tuple[Callable[[Any], None], ...]:
    """What judges an operation of this family, the quickest first."""
    if isinstance(op, Pointwise):
        return pointwise_checks.CHECKS
    if isinstance(op, Contraction):
        return (_contraction_checks, agrees_with_torch)
    if isinstance(op, Structured) and _is_along_axes(op):
        return (*structured_checks.CHECKS, agrees_with_torch, shares_at_ties, refusals)
    return (agrees_with_torch, samples_are_proved, shares_at_ties, refusals)


def _is_along_axes(op: Structured) -> bool:
    """Whether the samples are data and one call, which many digits can follow."""
    return "->" not in op.shape and op.shape != "move" and op.name not in ("one_hot", "reshape")


def refusals(op: Any) -> None:
    """What is wrong is refused, and what is undefined is told."""
    for program in (*op.errors, *REFUSED.get(op.name, ())):
        with pytest.raises(ChainRuleError):
            elaborate(parse_program(Source(program)))
    for values, sound in EDGES.get(op.name, ()):
        program = Source(f"x : [2, 2]; out = {op.name}(x)")
        found = derive_program(program, Options(verify=False), at=[Source(values)])
        assert bool(found.troubles) != sound, (op.name, values)
        condition = parse_expression(Source(f"where({op.domain}, 1, 0)"))
        matrix = np.array(ast.literal_eval(values.partition(" = ")[2]), dtype=float)
        assert bool(oracle.Interpreter({"x": matrix}, {}).run(condition)) == sound, (op.name, values)


def noticed_by(op: Declaration) -> str | None:
    """The first check that fails, or None."""
    for check in checks(op):
        try:
            check(op)
        except (
            pytest.fail.Exception,
            AssertionError,
            ArithmeticError,
            ChainRuleError,
            LookupError,
            NameError,
            TypeError,
            ValueError,
        ):
            return check.__name__
    return None


def _tell(line: str) -> None:
    sys.stdout.write(line + "\n")


@dataclass(frozen=True)
class Tried:
    """What became of the mutants of one operation."""

    tally: Counter[str]
    survivors: frozenset[tuple[str, str, str]]
    words: tuple[str, ...] = ()


def tried(name: str) -> Tried:
    """Spoil one operation in every way."""
    op = TABLE[name]
    already = noticed_by(op)
    if already is not None:
        words = (f"not tried: {name} fails {already} unspoiled",)
        return Tried(Counter(["not tried: the declaration fails already"]), frozenset(), words)
    tally: Counter[str] = Counter()
    survivors = set()
    for mutant in mutants(op):
        with spoiled(mutant):
            found = noticed_by(op)
        tally[found or "survived"] += 1
        if found is None and not same_where_pieces_meet(mutant):
            survivors.add(mutant.label)
    return Tried(tally, frozenset(survivors))


def campaign(names: list[str], jobs: int = 1) -> int:
    """Spoil the operations and tell what was not noticed; the number of unexplained results."""
    tally: Counter[str] = Counter()
    survivors: set[tuple[str, str, str]] = set()
    ops = [name for name in TABLE if not names or name in names]
    with ProcessPoolExecutor(jobs) as pool:
        for found in pool.map(tried, ops):
            tally.update(found.tally)
            survivors |= found.survivors
            for line in (
                *found.words,
                *(
                    f"no check noticed:  {'  '.join(label)}"
                    for label in sorted(found.survivors - {*EQUIVALENT})
                ),
            ):
                _tell(line)
    return _report(tally, survivors, {label for label in EQUIVALENT if label[0] in ops})


def same_where_pieces_meet(mutant: Mutant) -> bool:
    """Whether a law differs only in which piece holds where two meet.

    An operation without jumps has the same value on both: a mutant that has another is noticed as a jump.
    """
    if mutant.field != "law" or not isinstance(mutant.op, Pointwise) or mutant.op.jumps is not None:
        return False
    old, new = (re.sub("([<>])=", r"\1", text or "") for text in (mutant.op.law, mutant.text))
    return old == new


def _report(
    tally: Counter[str], survivors: set[tuple[str, str, str]], equivalent: set[tuple[str, str, str]]
) -> int:
    for check, count in tally.most_common():
        _tell(f"{count:6} {check}")
    open_ = sorted(survivors - equivalent)
    stale = sorted(equivalent - survivors)
    for label in open_:
        _tell("survived:  " + "  ".join(label))
    for label in stale:
        _tell("listed as equivalent, but noticed or not made:  " + "  ".join(label))
    equal = tally["survived"] - len(open_)
    _tell(f"{sum(tally.values())} mutants: {len(open_)} survivors, {equal} equivalent, the others noticed")
    return len(open_) + len(stale)


def main() -> int:
    """The campaign as it was asked for on the command line; the status."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description="Spoiled declarations")
    parser.add_argument("names", nargs="*", help="operations; all of them where none is named")
    parser.add_argument("--jobs", type=int, default=1, help="how many processes")
    asked = parser.parse_args()
    return bool(campaign(asked.names, asked.jobs))


if __name__ == "__main__":
    sys.exit(main())
