"""What the names of a program stand for, found before anything is computed.

One pass over the statements tells definitions, declarations, functions, data and inputs apart, refuses
what is defined twice or used too early, and gives a shape to inputs of which nobody said one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from chainrule.diagnostics import Label, fail, nearest
from chainrule.language import syntax
from chainrule.language.pipeline import ASSUMPTIONS
from chainrule.ops import SPELLINGS, TABLE
from chainrule.ops.table import Composite, Contraction, Pointwise, Structured
from chainrule.shapes import Shape, show
from chainrule.source import Source, Span

RESERVED = ("pi", "inf")
CONSTRUCTORS = ("zeros", "ones", "full", "eye", "arange", "linspace", "rand", "randn")
_SPARE_LENGTHS = ("n", "m", "k", "N", "d", "len_1")
_REDUCING_CONTRACTIONS = ("dot", "inner")


@dataclass(slots=True)
class Scope:
    """The names of one program."""

    source: Source
    definitions: dict[str, syntax.Definition] = field(default_factory=dict)
    functions: dict[str, syntax.Definition] = field(default_factory=dict)
    abstract: dict[str, Span] = field(default_factory=dict)
    data: dict[str, syntax.Definition] = field(default_factory=dict)
    inputs: dict[str, Span] = field(default_factory=dict)
    shapes: dict[str, Shape] = field(default_factory=dict)
    shaped: dict[str, str] = field(default_factory=dict)
    shape_spans: dict[str, Span] = field(default_factory=dict)
    words: dict[str, tuple[str, ...]] = field(default_factory=dict)
    lengths: dict[str, None] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def variables(self) -> Iterator[str]:
        """Every name that holds a tensor."""
        yield from self.inputs
        yield from self.definitions

    def holds(self, name: str) -> bool:
        """Whether ``name`` is a variable here, and so not callable and no constant."""
        return name in self.inputs or name in self.definitions


def resolve(program: syntax.Program, shapes: Mapping[str, Shape], values: Mapping[str, Shape]) -> Scope:
    """The scope of ``program``, with ``shapes`` said outside of it and the shapes of given ``values``.

    Raises:
        ChainRuleError: ``redefinition``, ``self-reference``, ``name`` or ``shape``.
    """
    scope = Scope(program.source)
    program = _name_bare(program)
    for statement in program.statements:
        if isinstance(statement, syntax.Declaration):
            _declare(scope, statement)
        elif isinstance(statement, syntax.Definition):
            _define(scope, statement)
    given = dict.fromkeys([*shapes, *values])
    known = set(scope.definitions) | set(scope.data)
    _find_inputs(scope, program, known | set(scope.shapes) | set(scope.words) | set(given))
    _take_outside_shapes(scope, shapes, values)
    _infer_generic(scope)
    return scope


def _name_bare(program: syntax.Program) -> syntax.Program:
    """The program with a last bare expression turned into the definition of ``out``."""
    *rest, last = program.statements
    for statement in rest:
        if isinstance(statement, syntax.Bare):
            fail(
                "syntax",
                "this expression has no name",
                Label(program.source, statement.span),
                notes=["only the last statement may be a bare expression; it is then called out"],
                suggestion=f"y = {program.source.slice(statement.span)}"[:80],
            )
    if not isinstance(last, syntax.Bare):
        return program
    taken = {s.name.name for s in rest if not isinstance(s, syntax.Bare)}
    taken |= {name.name for name in names_in(last.value)}
    name = next(word for word in ("out", "result", "out_1", "out_2") if word not in taken)
    named = syntax.Definition(syntax.Name(name, last.span), None, last.value, last.span)
    return syntax.Program((*rest, named), program.source)


def is_data(value: syntax.Node) -> bool:
    """Whether the right side of a definition is literal data."""
    if isinstance(value, (syntax.ListLiteral, syntax.FileValue)):
        return True
    if isinstance(value, syntax.Call) and value.function.name in CONSTRUCTORS:
        return all(_constant(part, lists=True) for part in value.arguments) and all(
            _constant(word.value, lists=True) for word in value.keywords
        )
    return _constant(value, lists=False)


def _constant(value: syntax.Node, lists: bool) -> bool:
    if isinstance(value, (syntax.Number, syntax.Text, syntax.Truth, syntax.Nothing)):
        return True
    if isinstance(value, syntax.Name):
        return value.name in ("pi", "e", "inf")
    if isinstance(value, (syntax.ListLiteral, syntax.TupleLiteral)):
        return lists and all(_constant(part, lists) for part in value.items)
    if isinstance(value, (syntax.Comparison, syntax.Subscript, syntax.Method, syntax.FileValue)):
        return False
    if isinstance(value, syntax.Call):
        return plain_function(value) is not None and all(_constant(a, False) for a in value.arguments)
    return all(_constant(part, False) for part in parts(value))


def plain_function(node: syntax.Call) -> Pointwise | None:
    """The function that a literal number may apply (``sqrt(2)``): a primitive with all of its arguments."""
    op = TABLE.get(SPELLINGS.get(node.function.name, ""))
    if not isinstance(op, Pointwise) or op.law is not None or node.keywords:
        return None
    return op if len(node.arguments) == len(op.signature.parameters) else None


def parts(node: syntax.Node) -> tuple[syntax.Node, ...]:
    """The expressions directly inside an expression."""
    match node:
        case syntax.Sum(terms=inner) | syntax.Product(factors=inner):
            return inner
        case syntax.Quotient(numerator=a, denominator=b) | syntax.Power(base=a, exponent=b):
            return (a, b)
        case syntax.MatrixProduct(left=a, right=b) | syntax.Comparison(left=a, right=b):
            return (a, b)
        case syntax.Negation(operand=a) | syntax.Bars(operand=a):
            return (a,)
        case syntax.Call(arguments=inner, keywords=words):
            return (*inner, *(word.value for word in words))
        case syntax.Method(base=base, arguments=inner, keywords=words):
            return (base, *inner, *(word.value for word in words))
        case syntax.Subscript(base=base):
            return (base,)
        case syntax.ListLiteral(items=inner) | syntax.TupleLiteral(items=inner):
            return inner
    return ()


def names_in(node: syntax.Node) -> Iterator[syntax.Name]:
    """Every name that is read in an expression, left to right."""
    stack = [node]
    while stack:
        top = stack.pop()
        if isinstance(top, syntax.Name):
            yield top
        stack.extend(reversed(parts(top)))


def calls_in(node: syntax.Node) -> Iterator[syntax.Call]:
    """Every call ``f(…)`` in an expression, the outer ones first."""
    stack = [node]
    while stack:
        top = stack.pop()
        if isinstance(top, syntax.Call):
            yield top
        stack.extend(reversed(parts(top)))


# --- definitions and declarations -------------------------------------------------------------------


def _define(scope: Scope, statement: syntax.Definition) -> None:
    name = statement.name
    _refuse_reserved(scope, name)
    earlier = scope.definitions.get(name.name) or scope.data.get(name.name) or scope.functions.get(name.name)
    if earlier is not None:
        fail(
            "redefinition",
            f"{name.name} is defined twice",
            Label(scope.source, name.span, "defined again here"),
            Label(scope.source, earlier.name.span, "first defined here"),
            notes=["a name stands for one value; give the second one a name of its own"],
            suggestion=f"{name.name}_new",
        )
    if statement.parameters is not None:
        scope.functions[name.name] = statement
    elif not statement.implicit and is_data(statement.value):
        scope.data[name.name] = statement
    else:
        scope.definitions[name.name] = statement


def _refuse_reserved(scope: Scope, name: syntax.Name) -> None:
    if name.name in RESERVED:
        fail(
            "name",
            f"{name.name} is a constant and cannot be defined",
            Label(scope.source, name.span),
            suggestion=f"{name.name}_0",
        )


def _declare(scope: Scope, statement: syntax.Declaration) -> None:
    name = statement.name
    _refuse_reserved(scope, name)
    words = [word.name for word in statement.words]
    for word in statement.words:
        if word.name not in (*ASSUMPTIONS, "function"):
            close = nearest(word.name, (*ASSUMPTIONS, "function"))
            notes = ["assumptions: " + ", ".join(ASSUMPTIONS) + "; or function"]
            if close is None:
                notes.append(f"a number is declared as {name.name} : [], a vector as {name.name} : [n]")
            fail(
                "name",
                f"{word.name} is not an assumption",
                Label(scope.source, word.span),
                notes=notes,
                suggestion=close,
            )
    if "function" in words:
        if len(words) > 1 or statement.shape is not None:
            fail(
                "type",
                "an abstract function has neither shape nor assumptions",
                Label(scope.source, statement.span),
            )
        scope.abstract[name.name] = name.span
        return
    if statement.shape is not None and name.name in scope.shapes:
        fail(
            "redefinition",
            f"the shape of {name.name} is declared twice",
            Label(scope.source, statement.span, "declared again here"),
            Label(scope.source, scope.shape_spans[name.name], "first declared here"),
        )
    scope.words[name.name] = (*scope.words.get(name.name, ()), *words)
    if statement.shape is not None:
        scope.shapes[name.name] = shape_of(statement.shape)
        scope.shape_spans[name.name] = statement.shape.span


def shape_of(shape: syntax.Shape) -> Shape:
    """The lengths of a written shape."""
    return tuple(d.name if isinstance(d, syntax.Name) else int(d.value) for d in shape.dims)


# --- inputs -------------------------------------------------------------------------------------------


def _find_inputs(scope: Scope, program: syntax.Program, known: set[str]) -> None:
    """Every name that is used and not defined is an input; use before definition is refused."""
    for shape in scope.shapes.values():
        scope.lengths.update((dim, None) for dim in shape if isinstance(dim, str))
    seen: set[str] = set()
    values = (part.value for part in program.statements if not isinstance(part, syntax.Declaration))
    called = {call.function.name for value in values for call in calls_in(value)}
    for statement in program.statements:
        if isinstance(statement, syntax.Declaration):
            name = statement.name.name
            if name not in scope.abstract and name not in scope.definitions:
                scope.inputs.setdefault(name, statement.name.span)
            continue
        _refuse_early_calls(scope, statement, seen)
        bound = _bound_names(statement)
        for read in names_in(statement.value):
            if read.name not in bound:
                _read(scope, read, statement, seen, known, called)
        if isinstance(statement, syntax.Definition):
            seen.add(statement.name.name)
            if statement.name.name in scope.data:
                scope.inputs.setdefault(statement.name.name, statement.name.span)


def _refuse_early_calls(scope: Scope, statement: syntax.Definition | syntax.Bare, seen: set[str]) -> None:
    """A function may be used only after its definition, so that writing it out comes to an end."""
    for call in calls_in(statement.value):
        word = call.function
        if word.name not in scope.functions or word.name in seen:
            continue
        own = isinstance(statement, syntax.Definition) and statement.name.name == word.name
        fail(
            "self-reference" if own else "name",
            f"{word.name} is defined in terms of itself"
            if own
            else f"{word.name} is used before it is defined",
            Label(scope.source, word.span, "used here"),
            Label(scope.source, scope.functions[word.name].name.span, "defined here"),
        )


def _bound_names(statement: syntax.Statement) -> set[str]:
    if isinstance(statement, syntax.Definition) and statement.parameters is not None:
        return {parameter.name for parameter in statement.parameters}
    return set()


def _read(
    scope: Scope,
    name: syntax.Name,
    statement: syntax.Statement,
    seen: set[str],
    known: set[str],
    called: set[str],
) -> None:
    word = name.name
    if word in RESERVED or (word in scope.lengths and word not in known):
        return
    defined = word in scope.definitions or word in scope.data
    if isinstance(statement, syntax.Definition) and statement.name.name == word and defined:
        if statement.implicit:
            return
        fail(
            "self-reference",
            f"{word} is defined in terms of itself",
            Label(scope.source, name.span, "used here"),
            Label(scope.source, statement.name.span, "while it is being defined here"),
            suggestion=f"{word}_new = ...",
        )
    if defined and word not in seen:
        place = scope.definitions.get(word) or scope.data[word]
        fail(
            "name",
            f"{word} is used before it is defined",
            Label(scope.source, name.span, "used here"),
            Label(scope.source, place.name.span, "defined here"),
            notes=["statements are read from first to last; move the definition up"],
        )
    if defined or (word == "e" and word not in known):
        return
    if word in scope.functions or word in scope.abstract:
        fail(
            "type",
            f"{word} is a function; it needs an argument here",
            Label(scope.source, name.span),
            suggestion=f"{word}(x)",
        )
    # A single letter that nothing calls is the t of x = sin(t), not the transposition.
    if word in SPELLINGS and word not in known and (len(word) > 1 or word in called):
        fail(
            "type",
            f"{word} is an operation; it needs an argument here",
            Label(scope.source, name.span),
            notes=[f"to use {word} as a variable, declare it: {word} : []"],
            suggestion=f"{word}(x)",
        )
    scope.inputs.setdefault(word, name.span)


def _take_outside_shapes(scope: Scope, shapes: Mapping[str, Shape], values: Mapping[str, Shape]) -> None:
    """Shapes from the program, from outside and from values; how each came about."""
    for name in (*shapes, *values):
        if name not in scope.inputs and not _is_implicit(scope, name):
            _unknown_input(scope, name)
    for name, shape in scope.shapes.items():
        if name in scope.definitions:
            continue
        scope.shaped[name] = "declared"
        _unify(scope, name, shape, shapes.get(name))
    for name, shape in shapes.items():
        scope.shapes[name] = shape
        scope.shaped[name] = "declared"
        scope.lengths.update((dim, None) for dim in shape if isinstance(dim, str))
    for name, shape in values.items():
        if name not in scope.shapes:
            scope.shapes[name], scope.shaped[name] = shape, "value"


def _is_implicit(scope: Scope, name: str) -> bool:
    """Whether an equation defines ``name``: its value cannot be computed, so it may be given."""
    return name in scope.definitions and scope.definitions[name].implicit


def _unify(scope: Scope, name: str, declared: Shape, said: Shape | None) -> None:
    fits = said is not None and len(said) == len(declared)
    if said is None or (
        fits and all(isinstance(a, str) or a == b for a, b in zip(declared, said, strict=True))
    ):
        return
    fail(
        "shape",
        f"{name} is declared with shape {show(declared)} and given shape {show(said)}",
        Label(scope.source, scope.shape_spans[name], "declared here"),
    )


def _unknown_input(scope: Scope, name: str) -> None:
    if name in scope.definitions:
        fail(
            "name",
            f"{name} is computed by the program, so it cannot be given a shape or a value",
            Label(scope.source, scope.definitions[name].name.span, "defined here"),
        )
    close = nearest(name, scope.inputs)
    fail(
        "name",
        f"the program has no input {name}",
        notes=["its inputs: " + (", ".join(scope.inputs) or "none")],
        suggestion=close,
    )


# --- shapes of which nobody said anything ----------------------------------------------------------------


def _infer_generic(scope: Scope) -> None:
    """Give [n] to the unshaped inputs of a reduction whose operand has no shape; the rest are scalars."""
    shaped = {name for name in scope.inputs if scope.shapes.get(name)}
    for name, definition in scope.definitions.items():
        for call in _reductions(scope, definition.value):
            _give_length(scope, call, shaped)
        if _is_shaped(scope, definition.value, shaped):
            shaped.add(name)
    for name in scope.inputs:
        if name not in scope.shapes:
            scope.shapes[name], scope.shaped[name] = (), "scalar"


def _reductions(scope: Scope, node: syntax.Node) -> list[syntax.Node]:
    """The reducing calls of an expression, the inner ones first."""
    found: list[syntax.Node] = []
    stack = [node]
    while stack:
        top = stack.pop()
        if _reduces(scope, top):
            found.append(top)
        if isinstance(top, syntax.Call) and top.function.name in scope.functions:
            stack.append(scope.functions[top.function.name].value)
        stack.extend(parts(top))
    return found[::-1]


def _is_shaped(scope: Scope, node: syntax.Node, shaped: set[str]) -> bool:
    """Whether any name outside of reductions has a shape."""
    if _reduces(scope, node):
        return False
    if isinstance(node, syntax.Name):
        return node.name in shaped
    return any(_is_shaped(scope, part, shaped) for part in parts(node))


def _give_length(scope: Scope, call: syntax.Node, shaped: set[str]) -> None:
    """One generic shape for the open inputs that reach ``call`` through elementwise operations alone."""
    still_open: dict[str, None] = {}
    through: set[str] = set()
    stack = list(parts(call))
    while stack:
        top = stack.pop()
        if isinstance(top, syntax.Name):
            if top.name in shaped:
                return
            if top.name in scope.inputs and top.name not in scope.shapes:
                still_open[top.name] = None
            elif top.name in scope.definitions and top.name not in through:
                through.add(top.name)
                stack.append(scope.definitions[top.name].value)
        elif not _reduces(scope, top):
            stack.extend(parts(top))
    if not still_open:
        return
    length = next(n for n in _SPARE_LENGTHS if n not in scope.lengths and not scope.holds(n))
    scope.lengths[length] = None
    names = [name for name in scope.inputs if name in still_open]
    for name in names:
        scope.shapes[name], scope.shaped[name] = (length,), "generic"
    shaped |= through | set(names)
    verb = "is taken as a vector" if len(names) == 1 else "are taken as vectors"
    scope.notes.append(f"{' and '.join(names)} {verb} of length {length}, since no shape is given")


def _reduces(scope: Scope, node: syntax.Node) -> bool:
    if isinstance(node, syntax.Call):
        word = node.function.name
    elif isinstance(node, syntax.Method):
        word = node.name.name
    else:
        return False
    op = TABLE.get(SPELLINGS.get(word, ""))
    if op is None or scope.holds(word) or word in scope.functions:
        return False
    if isinstance(op, Contraction):
        return op.name in _REDUCING_CONTRACTIONS
    return isinstance(op, Composite) or (isinstance(op, Structured) and op.shape != "take")
