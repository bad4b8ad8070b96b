"""A derivation as data: statements, local factors, gradients, values, checks. Formats print it.

Everything symbolic is a written term: expressions over names (``Symbol``), or index notation
(``Entry``, ``Summation``). Numbers are :class:`Quantity`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chainrule.calculus import lines as _lines
from chainrule.calculus.structure import Structure
from chainrule.language.pipeline import Pipeline
from chainrule.shapes import Dim, Shape
from chainrule.terms import Index, Partial, Symbol, Term

COTANGENT = "g"

# Formats know these as parts of the data.
Working = _lines.Working
WorkedLine = _lines.Line


@dataclass(frozen=True, slots=True)
class Quantity:
    """The entries of a tensor at the given values, row by row.

    ``floats`` has None where the number is not finite; ``exact`` spells each entry exactly (``27/4``),
    and is None where the values are not exact or the spelling would be long.
    """

    shape: tuple[int, ...]
    floats: tuple[float | None, ...]
    exact: tuple[str, ...] | None = None

    def nested(self, entries: tuple[Any, ...] | None = None) -> Any:
        """Entries (the floats unless others are given) as nested lists, or the one entry of a scalar."""
        flat = list(self.floats if entries is None else entries)
        for length in reversed(self.shape):
            flat = [flat[k : k + length] for k in range(0, len(flat), length)]
        return flat[0]


@dataclass(frozen=True, slots=True)
class Check:
    """The verdict of an independent check: ``ok`` is None where nothing could be decided."""

    ok: bool | None
    method: str
    max_error: float | None


@dataclass(frozen=True, slots=True)
class Trouble:
    """Where calculus bites at the given values.

    ``kind``: ``kink``, ``jump``, ``pole``, ``domain``, ``overflow``, ``undefined``, or ``nan`` where only
    libraries fail. ``statement`` and
    ``entry`` say where, ``part`` is the sub-expression, ``sentence`` the whole story for people.
    """

    kind: str
    statement: str
    entry: tuple[int, ...]
    part: Term
    sentence: str


@dataclass(frozen=True, slots=True)
class Corner:
    """An entry of a gradient whose number is a matter of convention, because values sit on a kink.

    ``used`` is the number given (None: none is), ``others`` what other conventions give, by name. ``ends``
    are the numbers with every slope at the left and at the right end of its subgradients. ``left`` and
    ``right`` are the one-sided derivatives of the output by the entry, measured: ±inf where they grow
    without bound, None where none shows.
    """

    entry: tuple[int, ...]
    used: float | None
    others: tuple[tuple[str, float | None], ...]
    ends: tuple[float | None, float | None]
    left: float | None
    right: float | None
    sentence: str


@dataclass(frozen=True, slots=True)
class Advice:
    """A ``part`` of a statement that is right on paper and fails in floats.

    ``stable`` in its place does not; ``spelling`` is the whole statement, stable throughout, as program text.
    """

    statement: str
    part: Term
    stable: Term
    spelling: str
    why: str
    sentence: str


@dataclass(frozen=True, slots=True)
class InputPart:
    """An input of the program; ``shaped`` as in :class:`chainrule.language.pipeline.Variable`."""

    name: str
    shape: Shape
    assumptions: tuple[str, ...]
    differentiated: bool
    shaped: str
    value: Quantity | None


@dataclass(frozen=True, slots=True)
class StatementPart:
    """A definition: ``term`` as written; ``indices`` and ``entry`` say name[indices] = entry.

    Of an ``implicit`` one ``term`` and ``entry`` are what the name makes 0; ``residual`` is their value.
    """

    name: str
    shape: Shape
    node: int
    term: Term
    indices: tuple[Index, ...]
    entry: Term
    depends_on: tuple[str, ...]
    value: Quantity | None
    implicit: bool = False
    residual: Quantity | None = None


@dataclass(frozen=True, slots=True)
class Equation:
    """How a factor dy/dx follows from F = 0: ``own`` is ∂F/∂y, ``other`` ∂F/∂x; None where they are long.

    ``working`` differentiates F line by line while y moves with x, where that was asked for.
    """

    residual: Term
    own: Term | None
    other: Term | None
    working: Working | None = None


@dataclass(frozen=True, slots=True)
class Factor:
    """One local derivative ∂of/∂wrt, for one edge of the dependency graph.

    ``label`` is ∂of[…]/∂wrt[…] and ``entry`` its value in index notation. Where ``diagonal``, the entries
    whose indices do not agree are zero and the indices of the label agree already.
    ``node`` computes its value: the tensor of slopes where it is elementwise, else the whole Jacobian,
    which ``jacobian`` always is. ``matrix`` is the matrix form or None, and ``acts_by`` how it meets the
    cotangent. ``working`` are the lines that lead to it, where they were asked for; ``equation`` is there
    where an equation defines ``of``. ``assumes`` are the conditions under which it exists: comparisons, or
    sentences where there is none.
    ``listed`` is the whole derivative, entry by entry in the shape of ``jacobian``, where ``entry`` would
    have to say which number each letter is.
    ``differential`` are the lines of what matrices make, in differentials, from d(of) to where ``read_off``
    stands: a number's gradient or a vector's Jacobian matrix.
    """

    of: str
    wrt: str
    node: int
    jacobian: int
    of_indices: tuple[Index, ...]
    wrt_indices: tuple[Index, ...]
    label: Term
    entry: Term
    diagonal: bool
    rules: tuple[str, ...]
    reason: str
    working: Working | None
    matrix: Term | None
    acts_by: str | None
    value: Quantity | None
    check: Check | None
    equation: Equation | None = None
    assumes: tuple[Term | str, ...] = ()
    listed: Term | None = None
    differential: tuple[WorkedLine, ...] = ()
    read_off: Term | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a gradient's derivation: equal to the line before, and why, and what that assumes."""

    term: Term
    why: str
    assumes: tuple[Term | str, ...] = ()


@dataclass(frozen=True, slots=True)
class Gradient:
    """∂of/∂wrt for the whole program; ``wrt`` has one name for each order.

    ``label`` and ``index`` give it in index notation, ``title`` is ∂of/∂wrt without indices.
    ``lines`` lead from the chain of factors to the result. ``closed_form`` is in terms of inputs where
    that stays short, ``closed_form_named`` in terms of named intermediates; None where no matrix form
    exists. ``paths`` lists at most twenty of the ``path_count`` ways from the input to the output.
    ``shape`` is the output's shape followed by each input's, turned as ``layout`` asks; ``node`` computes
    it, and ``jacobian`` is the node before any turning. Where ``diagonal``, the letters of ``label`` agree
    already and all other entries are zero. ``structure`` says what kind of matrix a Jacobian or Hessian is.
    ``working`` are the rules that lead from the derivative of one order less to one of a higher order, where
    they were asked for. ``corners`` are entries on a kink.
    ``layout_lines`` are products of Jacobian matrices in the order of a textbook layout, with vectors for
    rows and columns (in the gradient layout, where Jacobian matrices are listed), and ``layout_note`` says
    how that layout differs. ``assumes`` is what the closed forms rely on.
    """

    of: str
    wrt: tuple[str, ...]
    node: int
    jacobian: int
    shape: Shape
    layout: str
    paths: tuple[tuple[str, ...], ...]
    path_count: int
    title: Term
    label: Term
    index: Term
    chain: Term | None
    lines: tuple[Line, ...]
    closed_form: Term | None
    closed_form_named: Term | None
    value: Quantity | None
    undefined: tuple[Trouble, ...]
    check: Check | None
    diagonal: bool = False
    working: Working | None = None
    structure: Structure | None = None
    corners: tuple[Corner, ...] = ()
    layout_lines: tuple[Line, ...] = ()
    layout_note: str = ""
    assumes: tuple[Term | str, ...] = ()

    @property
    def order(self) -> int:
        return len(self.wrt)


@dataclass(frozen=True, slots=True)
class Adjoint:
    """∂output/∂name for a named intermediate, as one statement: its local expression and index line."""

    name: str
    node: int
    label: Term
    expression: Term | None
    index: Term
    value: Quantity | None


@dataclass(frozen=True, slots=True)
class ExpansionTerm:
    """One term of a Taylor polynomial: the derivative by ``wrt`` (none: the value itself) over ``factorial``.

    ``derivative`` is its formula, None where that is long; ``coefficient`` the term of a symbolic point, and
    ``value`` the number or tensor of a given one (``derivative_value``: before it is divided).
    """

    wrt: tuple[str, ...]
    factorial: int
    label: Partial | None
    derivative: Term | None
    coefficient: Term | None
    value: Quantity | None
    derivative_value: Quantity | None


@dataclass(frozen=True, slots=True)
class Expansion:
    """The Taylor polynomial of ``of`` in the names ``wrt`` up to ``order``, or as far as it is ``reached``.

    ``about`` gives the point: a number, a symbol, or None for a tensor (whose values the inputs have).
    ``polynomial`` is in terms of x − a; None for tensors. ``undefined`` says why there is none, or no more.
    """

    of: str
    wrt: tuple[str, ...]
    order: int
    reached: int
    about: Mapping[str, Term | None]
    terms: tuple[ExpansionTerm, ...]
    polynomial: Term | None
    undefined: str | None
    check: Check | None


@dataclass(frozen=True, slots=True)
class Seed:
    """What a sweep starts from: the direction in which input ``of`` moves, or the weights of output ``of``.

    ``symbol`` is its name in formulas, ``node`` its node. ``term`` is the expression that it was given as;
    None where it is data or open. ``unit`` is the one entry that is 1 where nobody said a direction.
    """

    of: str
    symbol: Symbol
    node: int
    shape: Shape
    term: Term | None
    unit: tuple[int, ...] | None
    value: Quantity | None


@dataclass(frozen=True, slots=True)
class Product:
    """A Jacobian–vector product (``kind`` tangent) or a vector–Jacobian product (cotangent).

    A tangent is how ``of`` changes when every input of ``seeds`` moves along its seed, and has its shape; a
    cotangent is ∂(Σ seed·of)/∂wrt, and has the shape of ``wrt``. ``label`` = ``index`` entry by entry;
    ``lines`` begin with the form through names. The closed forms are those of a :class:`Gradient`.
    """

    kind: str
    of: str
    wrt: tuple[str, ...]
    seeds: tuple[Seed, ...]
    symbol: Symbol
    node: int
    shape: Shape
    label: Term
    index: Term
    lines: tuple[Line, ...]
    closed_form: Term | None
    closed_form_named: Term | None
    value: Quantity | None
    undefined: tuple[Trouble, ...]
    check: Check | None


@dataclass(frozen=True, slots=True)
class Carried:
    """What a sweep carries for one name: ``symbol`` = ``term``, through its neighbours; None for a seed."""

    symbol: Symbol
    node: int
    label: Term
    term: Term | None
    value: Quantity | None


@dataclass(frozen=True, slots=True)
class SweepRow:
    """One name in both sweeps; ``multiplications`` are those of its statement's rule.

    They are None for an input, and where an operation hides how many it takes.
    """

    name: str
    value: Quantity | None
    tangent: Carried | None
    adjoint: Carried | None
    multiplications: Dim | None


@dataclass(frozen=True, slots=True)
class Modes:
    """Forward and reverse accumulation side by side; ``mode`` tells which of them was asked for.

    ``multiplications`` are those of one sweep in either mode (None where they cannot be told),
    ``forward_sweeps`` and ``reverse_sweeps`` how many sweeps the whole derivative takes. ``agree`` is the
    verdict of the independent check on both.
    """

    mode: str
    rows: tuple[SweepRow, ...]
    tangents: tuple[Seed, ...]
    cotangents: tuple[Seed, ...]
    wrt: tuple[str, ...]
    multiplications: Dim | None
    forward_sweeps: Dim
    reverse_sweeps: Dim
    agree: Check | None


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for, beyond the program."""

    of: str | None = None
    wrt: tuple[str, ...] = ()
    order: int = 1
    taylor: int | None = None
    layout: str = "gradient"
    convention: str = "torch"
    detail: str = "factors"
    verify: bool = True
    exact: bool = True
    float: bool = True
    mode: str = "reverse"


@dataclass(frozen=True, slots=True)
class Derivation:
    """Everything that was derived from one program.

    ``lengths`` are the symbolic lengths that the given values fix. ``troubles`` are kinks and undefined
    points met at the values; ``stability`` names what may fail in floats; ``notes`` say what was assumed,
    ``warnings`` what should worry the reader.
    ``pushed`` are ∂name/∂input where forward accumulation writes its gradients through them.
    """

    pipeline: Pipeline
    options: Options
    output: str
    inputs: tuple[InputPart, ...]
    statements: tuple[StatementPart, ...]
    factors: tuple[Factor, ...]
    gradients: tuple[Gradient, ...]
    adjoints: tuple[Adjoint, ...]
    value: Quantity | None
    lengths: Mapping[str, int]
    troubles: tuple[Trouble, ...]
    notes: tuple[str, ...]
    warnings: tuple[str, ...]
    taylor: Expansion | None = None
    stability: tuple[Advice, ...] = ()
    pushed: tuple[Adjoint, ...] = ()
    products: tuple[Product, ...] = ()
    modes: Modes | None = None

    @property
    def verified(self) -> bool | None:
        """Whether every check passed; None when nothing was checked."""
        parts: list[Factor | Gradient | Product | Expansion] = [
            *self.factors,
            *self.gradients,
            *self.products,
        ]
        parts += [] if self.taylor is None else [self.taylor]
        checks = [part.check for part in parts if part.check is not None]
        if self.modes is not None and self.modes.agree is not None:
            checks.append(self.modes.agree)
        return all(check.ok is not False for check in checks) if checks else None

    @property
    def ranks(self) -> dict[str, int]:
        """The number of axes of every name, for printers."""
        parts: list[InputPart | StatementPart] = [*self.inputs, *self.statements]
        own = {part.name: len(part.shape) for part in parts}
        # The cotangent in a factor's matrix form has the shape of a statement.
        moved = {f"d{name}": rank for name, rank in own.items()}
        return {COTANGENT: max(own.values(), default=0), **moved, **self._carried_ranks(own), **own}

    @property
    def shapes(self) -> dict[str, Shape]:
        """The shape of every input and statement, for printers."""
        parts: list[InputPart | StatementPart] = [*self.inputs, *self.statements]
        return {part.name: part.shape for part in parts}

    def _carried_ranks(self, own: Mapping[str, int]) -> dict[str, int]:
        """The number of axes of tangents and adjoints: those of the names that they belong to."""
        if self.modes is None:
            return {}
        out = {seed.symbol.name: len(seed.shape) for seed in (*self.modes.tangents, *self.modes.cotangents)}
        for row in self.modes.rows:
            pair = (one for one in (row.tangent, row.adjoint) if one is not None)
            out.update((one.symbol.name, own[row.name]) for one in pair)
        return out
