"""The parts of a derivation as Python sees them: thin frozen views with text, LaTeX, SymPy and numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chainrule.calculus.structure import Structure
from chainrule.derivation import data
from chainrule.diagnostics import fail
from chainrule.language.pipeline import Statement as Root
from chainrule.language.pipeline import Variable
from chainrule.shapes import Shape
from chainrule.terms import Entry, Symbol, Term


@dataclass(frozen=True, slots=True)
class Expression:
    """A formula. ``str`` gives it in the pipeline language.

    For tensors in index notation, ``sympy`` has Indexed, Sum and KroneckerDelta.
    """

    term: Term
    _whole: data.Derivation = field(repr=False, compare=False)

    @property
    def text(self) -> str:
        """The formula in the pipeline language."""
        from chainrule.notation.text import text

        return text(self.term)

    @property
    def latex(self) -> str:
        """The formula in LaTeX's math mode."""
        from chainrule.notation.latex import latex
        from chainrule.notation.style import Style

        return latex(self.term, Style(ranks=self._whole.ranks, shapes=self._whole.shapes))

    @property
    def sympy(self) -> Any:
        """The formula as a SymPy expression."""
        from chainrule.laws import LAWS
        from chainrule.notation.sympy_view import to_sympy

        words = {part.name: part.assumptions for part in self._whole.inputs}
        return to_sympy(self.term, words, LAWS.kernel)

    def __str__(self) -> str:
        return self.text

    def _repr_latex_(self) -> str:
        return f"${self.latex}$"


@dataclass(frozen=True, slots=True)
class Valued:
    """A part that has numbers where values were given."""

    _part: Any = field(repr=False)
    _whole: data.Derivation = field(repr=False, compare=False)

    @property
    def value(self) -> Any:
        """A float or nested lists of floats (None where undefined); None without values."""
        quantity = self._part.value
        return None if quantity is None else quantity.nested()

    @property
    def exact(self) -> Any:
        """The same entries spelled exactly (``"9/2"``); None where they are not known exactly."""
        quantity = self._part.value
        return None if quantity is None or quantity.exact is None else quantity.nested(quantity.exact)

    def _expression(self, term: Term) -> Expression:
        return Expression(term, self._whole)

    def _optional(self, term: Term | None) -> Expression | None:
        return None if term is None else Expression(term, self._whole)


def _assumed(part: data.Factor | data.Gradient) -> tuple[str, ...]:
    from chainrule.calculus.assumptions import spelled

    return tuple(map(spelled, part.assumes))


class Input(Valued):
    """An input of the program: ``name``, ``shape``, ``assumptions``, and whether it is ``differentiated``."""

    __slots__ = ()
    _part: data.InputPart

    @property
    def name(self) -> str:
        return self._part.name

    @property
    def shape(self) -> Shape:
        return self._part.shape

    @property
    def assumptions(self) -> tuple[str, ...]:
        return self._part.assumptions

    @property
    def differentiated(self) -> bool:
        return self._part.differentiated

    def __repr__(self) -> str:
        return f"<input {self.name}, shape {list(self.shape)}>"


class Statement(Valued):
    """A definition: its ``name``, ``shape`` and ``expression`` as written; ``index`` is one entry of it."""

    __slots__ = ()
    _part: data.StatementPart

    @property
    def name(self) -> str:
        return self._part.name

    @property
    def shape(self) -> Shape:
        return self._part.shape

    @property
    def depends_on(self) -> tuple[str, ...]:
        return self._part.depends_on

    @property
    def expression(self) -> Expression:
        return self._expression(self._part.term)

    @property
    def entry(self) -> Expression:
        """The name with its indices: what :attr:`index` is the value of."""
        name = Symbol(self.name)
        return self._expression(Entry(name, self._part.indices) if self._part.indices else name)

    @property
    def index(self) -> Expression:
        return self._expression(self._part.entry)

    @property
    def sympy(self) -> Any:
        return self.expression.sympy

    def __repr__(self) -> str:
        return f"<{self.name} = {self.expression}>"


class Factor(Valued):
    """One local derivative ∂of/∂wrt: ``label`` = ``index`` entry by entry, and a ``matrix`` form or None."""

    __slots__ = ()
    _part: data.Factor

    @property
    def of(self) -> str:
        return self._part.of

    @property
    def wrt(self) -> str:
        return self._part.wrt

    @property
    def rules(self) -> tuple[str, ...]:
        return self._part.rules

    @property
    def reason(self) -> str:
        return self._part.reason

    @property
    def assumes(self) -> tuple[str, ...]:
        """The conditions under which it exists, beyond what was declared: ``("x > 0",)``."""
        return _assumed(self._part)

    @property
    def steps(self) -> tuple[Any, ...]:
        """The lines that lead to it by named rules, each equal to the one before; empty unless asked for.

        What a line ``assumes`` is said on the first line that needs it.
        """
        return self._part.working.lines if self._part.working is not None else ()

    @property
    def listed(self) -> Expression | None:
        """All its entries, ``[[2 x_0 x_1, x_0²], [0, cos(x_1)]]``, where one alone says which are meant."""
        return None if self._part.listed is None else self._expression(self._part.listed)

    @property
    def diagonal(self) -> bool:
        """Whether the entries whose indices do not agree are zero."""
        return self._part.diagonal

    @property
    def label(self) -> Expression:
        return self._expression(self._part.label)

    @property
    def index(self) -> Expression:
        return self._expression(self._part.entry)

    @property
    def matrix(self) -> Expression | None:
        return self._optional(self._part.matrix)

    @property
    def acts_by(self) -> str | None:
        return self._part.acts_by

    @property
    def check(self) -> data.Check | None:
        return self._part.check

    @property
    def sympy(self) -> Any:
        return self.index.sympy

    def __repr__(self) -> str:
        return f"<{self.label} = {self.index}>"


class Derived(Valued):
    """What gradients and products of Jacobians have in common: formulas, lines, a value and its check."""

    __slots__ = ()
    _part: data.Gradient | data.Product

    @property
    def of(self) -> str:
        return self._part.of

    @property
    def wrt(self) -> tuple[str, ...]:
        """The names that it is a derivative by, or that move."""
        return self._part.wrt

    @property
    def shape(self) -> Shape:
        return self._part.shape

    @property
    def label(self) -> Expression:
        return self._expression(self._part.label)

    @property
    def index(self) -> Expression:
        return self._expression(self._part.index)

    @property
    def lines(self) -> tuple[tuple[Expression, str], ...]:
        """From the factors to the result: each formula equals the one before, and why."""
        return tuple((self._expression(line.term), line.why) for line in self._part.lines)

    @property
    def closed_form(self) -> Expression | None:
        """It in matrix notation, in terms of inputs where that stays short."""
        return self._optional(self._part.closed_form)

    @property
    def closed_form_named(self) -> Expression | None:
        """It in matrix notation, through the names of intermediates."""
        return self._optional(self._part.closed_form_named)

    @property
    def undefined(self) -> tuple[data.Trouble, ...]:
        """Where and why it does not exist at the given values."""
        return self._part.undefined

    @property
    def check(self) -> data.Check | None:
        return self._part.check

    def __repr__(self) -> str:
        return f"<{self.label} = {self.closed_form or self.index}>"


class Gradient(Derived):
    """∂of/∂wrt for the whole program; call it with values to evaluate it on NumPy arrays."""

    __slots__ = ()
    _part: data.Gradient

    @property
    def order(self) -> int:
        return self._part.order

    @property
    def layout(self) -> str:
        return self._part.layout

    @property
    def paths(self) -> tuple[tuple[str, ...], ...]:
        """At most twenty of the :attr:`path_count` ways from the input to the output."""
        return self._part.paths

    @property
    def path_count(self) -> int:
        return self._part.path_count

    @property
    def chain(self) -> Expression | None:
        return self._optional(self._part.chain)

    @property
    def structure(self) -> Structure | None:
        """What kind of matrix a Jacobian or a Hessian is, and why; None where its formula shows nothing."""
        return self._part.structure

    @property
    def assumes(self) -> tuple[str, ...]:
        """What the closed forms rely on: ``("sum(t) == 1",)``."""
        return _assumed(self._part)

    @property
    def layout_lines(self) -> tuple[Expression, ...]:
        """Products of Jacobian matrices in the order of a textbook layout, vectors for rows and columns."""
        return tuple(self._expression(line.term) for line in self._part.layout_lines)

    @property
    def layout_note(self) -> str:
        """How the layout differs; empty in the gradient layout."""
        return self._part.layout_note

    @property
    def corners(self) -> tuple[data.Corner, ...]:
        """Entries on a kink: what each convention gives there, and the slopes on either side."""
        return self._part.corners

    @property
    def sympy(self) -> Any:
        """The closed form of a number, and one entry of a tensor in index notation, as SymPy."""
        form = self.closed_form if not self.shape else None
        return (form or self.index).sympy

    def __call__(self, values: Mapping[str, Any] | None = None, /, **arrays: Any) -> Any:
        """The gradient at values, as a float64 NumPy array of its shape.

        values and arrays: numbers, nested lists or arrays by the names of inputs; what is missing keeps
        the value that the derivation was made with. Entries where the gradient is undefined are NaN.

        Raises:
            ChainRuleError: ``value`` or ``shape``, when a value is missing or does not fit.
        """
        from chainrule.laws import LAWS
        from chainrule.numeric.arrays import Arrays
        from chainrule.numeric.evaluate import evaluate, lengths_of
        from chainrule.numeric.tensors import Tensor
        from chainrule.numeric.values import from_python

        node = self._part.node
        assert node is not None
        given = {**(values or {}), **arrays}
        pipeline = self._whole.pipeline
        given_by_value: list[Variable | Root] = [*pipeline.inputs, *pipeline.roots]
        nodes = {part.name: part.node for part in given_by_value}
        tensors = {}
        parts: list[data.InputPart | data.StatementPart] = [*self._whole.inputs]
        parts += [part for part in self._whole.statements if part.implicit]
        for part in parts:
            if part.name in given:
                tensors[nodes[part.name]] = from_python(given.pop(part.name))
            elif part.value is not None:
                tensors[nodes[part.name]] = Tensor(part.value.floats, part.value.shape)
        if given:
            fail(
                "name",
                f"the program has no input {next(iter(given))}",
                notes=["its inputs: " + ", ".join(nodes)],
            )
        graph = self._whole.pipeline.graph
        found = evaluate(graph, [node], tensors, lengths_of(graph, tensors), Arrays(LAWS))
        return found[node]

    def __repr__(self) -> str:
        form = self.closed_form
        if form is None:
            return f"<{self.label} = {self.index}>"
        return f"<{self._expression(self._part.title)} = {form}>"


@dataclass(frozen=True, slots=True)
class Taylor:
    """The Taylor polynomial of ``of``: ``polynomial`` in powers of x - a, None for tensors.

    It exists up to the order ``reached`` (-1: not at all), and ``undefined`` says why no further.
    """

    _part: data.Expansion
    _whole: data.Derivation = field(repr=False)

    @property
    def of(self) -> str:
        return self._part.of

    @property
    def order(self) -> int:
        return self._part.order

    @property
    def reached(self) -> int:
        return self._part.reached

    @property
    def undefined(self) -> str | None:
        return self._part.undefined

    @property
    def polynomial(self) -> Expression | None:
        term = self._part.polynomial
        return None if term is None else Expression(term, self._whole)

    @property
    def coefficients(self) -> dict[tuple[str, ...], Any]:
        """The derivatives over their factorials, by the names differentiated by; without values None."""
        parts = ((term.wrt, term.value) for term in self._part.terms)
        return {wrt: None if value is None else value.nested() for wrt, value in parts}

    @property
    def check(self) -> data.Check | None:
        return self._part.check


class Product(Derived):
    """A Jacobian–vector product (along a direction) or a vector–Jacobian product (of a cotangent)."""

    __slots__ = ()
    _part: data.Product
