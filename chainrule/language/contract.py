"""Sums of products from einsum patterns: letters become running indices, repeated ones are summed."""

from __future__ import annotations

from dataclasses import dataclass

from chainrule.diagnostics import fail
from chainrule.graph import Operand
from chainrule.language.reader import Reader, Value
from chainrule.shapes import Dim, Shape, show
from chainrule.source import Span
from chainrule.terms import Apply, Term, slot


@dataclass(frozen=True, slots=True)
class Pattern:
    """``ik,kj->ij`` taken apart; an operand's letters may contain ``...`` once."""

    operands: tuple[str, ...]
    output: str

    @staticmethod
    def of(text: str) -> Pattern:
        """The pattern that ``text`` spells; without an arrow the output has the letters met once, sorted."""
        left, arrow, output = text.replace(" ", "").partition("->")
        if not arrow:
            letters = left.replace(",", "").replace(".", "")
            output = ("..." if "..." in left else "") + "".join(
                sorted(c for c in set(letters) if letters.count(c) == 1)
            )
        return Pattern(tuple(left.split(",")), output)

    def fits(self, ranks: list[int]) -> bool:
        """Whether operands of these ranks can be read by the pattern."""
        return len(ranks) == len(self.operands) and all(
            rank >= len(letters) - 3 if "..." in letters else rank == len(letters)
            for letters, rank in zip(self.operands, ranks, strict=True)
        )


@dataclass(frozen=True, slots=True)
class Unified:
    """Operands read by a pattern: their axes spelled in letters, and the length that belongs to each letter.

    The axes under ``...`` are spelled with digits, counted from the last.
    """

    spelled: tuple[str, ...]
    lengths: dict[str, Dim]

    @property
    def batch(self) -> list[str]:
        """The letters of the axes under ``...``, in order."""
        return sorted((letter for letter in self.lengths if letter.isdigit()), reverse=True)

    def output(self, letters: str) -> list[str]:
        """The letters of an output, its ``...`` spelled out."""
        before, dots, after = letters.partition("...")
        return [*before, *(self.batch if dots else []), *after]


def unify(reader: Reader, pattern: Pattern, operands: list[tuple[Value, Span]], what: str) -> Unified:
    """The lengths of a pattern's letters.

    Raises:
        ChainRuleError: ``shape``, when a letter has two lengths; both operands are shown.
    """
    known: dict[str, tuple[Dim, int]] = {}
    spelled = [
        _spell(letters, len(v.shape)) for letters, (v, _) in zip(pattern.operands, operands, strict=True)
    ]
    for position, (letters, (value, _)) in enumerate(zip(spelled, operands, strict=True)):
        for letter, dim in zip(letters, value.shape, strict=True):
            first = known.get(letter)
            if first is None or (first[0] == 1 and letter.isdigit()):
                known[letter] = (dim, position)
            elif dim != first[0] and not (dim == 1 and letter.isdigit()):
                _fail_letter(reader, letter, spelled, operands, (first[1], position), what)
    return Unified(tuple(spelled), {letter: dim for letter, (dim, _) in known.items()})


def contract(reader: Reader, pattern: Pattern, operands: list[tuple[Value, Span]], what: str) -> int:
    """The node of the contraction of ``operands``, which fit the pattern.

    Raises:
        ChainRuleError: ``shape``, when a letter has two lengths; both operands are shown.
    """
    unified = unify(reader, pattern, operands, what)
    lengths = unified.lengths
    out = unified.output(pattern.output)
    order = {letter: number for number, letter in enumerate([*out, *(c for c in lengths if c not in out)])}
    reads = [
        Operand(
            reader.materialise(value),
            tuple(
                None if dim == 1 and lengths[c] != 1 else order[c]
                for c, dim in zip(letters, value.shape, strict=True)
            ),
        )
        for letters, (value, _) in zip(unified.spelled, operands, strict=True)
    ]
    kernel: Term = slot(0) if len(reads) == 1 else Apply("mul", tuple(slot(k) for k in range(len(reads))))
    return reader.graph.indexed(kernel, reads, tuple(lengths[c] for c in order), len(out))


def _spell(letters: str, rank: int) -> str:
    """The letters of each axis, with digits (counted from the last) for the axes under ``...``."""
    if "..." not in letters:
        return letters
    before, after = letters.split("...")
    extra = rank - len(before) - len(after)
    return before + "".join(str(k) for k in reversed(range(extra))) + after


def _fail_letter(
    reader: Reader,
    letter: str,
    spelled: list[str],
    operands: list[tuple[Value, Span]],
    places: tuple[int, int],
    what: str,
) -> None:
    (a, span_a), (b, span_b) = operands[places[0]], operands[places[1]]
    text_a, text_b = reader.source.slice(span_a), reader.source.slice(span_b)
    if places[0] == places[1]:
        fail(
            "shape",
            f"{what} needs a square matrix",
            reader.label(span_a, show(a.shape)),
            notes=[f"the lengths of {text_a} are {' and '.join(map(str, a.shape))}; they must be equal"],
        )
    axis_a, axis_b = spelled[places[0]].index(letter), spelled[places[1]].index(letter)
    dim_a, dim_b = a.shape[axis_a], b.shape[axis_b]
    first = f"the {_ordinal(axis_a, len(a.shape))} of {text_a} ({dim_a})"
    second = f"the {_ordinal(axis_b, len(b.shape))} of {text_b} ({dim_b})"
    notes = [f"{what} needs {first} to equal {second}"]
    suggestion = None
    if what == "@" and _fits_transposed(a.shape, b.shape):
        suggestion = f"{text_a} @ {text_b}.T"
    elif what == "@" and _fits_transposed(b.shape, a.shape, left=True):
        suggestion = f"{text_a}.T @ {text_b}"
    elif isinstance(dim_a, str) or isinstance(dim_b, str):
        notes.append("if the two lengths are always equal, declare them by the same name")
    fail(
        "shape",
        "these two shapes do not fit together",
        reader.label(span_a, show(a.shape)),
        reader.label(span_b, show(b.shape)),
        notes=notes,
        suggestion=suggestion,
    )


def _ordinal(axis: int, rank: int) -> str:
    if rank == 1:
        return "length"
    if axis == rank - 1:
        return "last length"
    return ("first", "second", "third")[axis] + " length" if axis < 3 else f"length at axis {axis}"


def _fits_transposed(kept: Shape, turned: Shape, left: bool = False) -> bool:
    """Whether turning the second matrix round would make the product fit."""
    if len(turned) != 2 or not kept:
        return False
    if left:
        inner = kept[-2] if len(kept) > 1 else kept[0]
        return turned[0] == inner
    return turned[1] == kept[-1]
