"""Forward and reverse accumulation side by side, name by name, and what each of them multiplies."""

from __future__ import annotations

from collections.abc import Sequence

from chainrule.derivation.data import Carried, Derivation, Modes, Quantity, Seed, SweepRow
from chainrule.document import (
    Block,
    Cell,
    Equality,
    Factors,
    Heading,
    Inline,
    Math,
    Paragraph,
    Piece,
    Relation,
    Table,
    Verdict,
    Words,
)
from chainrule.report.numbers import brief
from chainrule.report.view import View
from chainrule.shapes import Dim, bind, length_term, times
from chainrule.terms import Symbol, integer

_COUNTED = (
    "The cost of a rule is how often it multiplies a tangent or an adjoint by a local derivative in one "
    "sweep. It is the same in either mode: the rule is used as it stands, or transposed. Additions, factors "
    "1 and −1, and making the local derivatives, which either mode does once, are not counted."
)
_HIDDEN = "?"
_MOST_NAMED = 4


def mode_blocks(derivation: Derivation, view: View) -> list[Block]:
    """The table of the sweeps, name by name; with both modes also what they cost."""
    modes = derivation.modes
    if modes is None or view.partial or (view.detail == "summary" and derivation.products):
        return []
    forward = any(row.tangent is not None for row in modes.rows)
    reverse = any(row.adjoint is not None for row in modes.rows)
    valued = any(one.value is not None for row in modes.rows for one in (row.tangent, row.adjoint) if one)
    blocks: list[Block] = [
        Heading((Words(_title(forward, reverse)),)),
        Paragraph(_meaning(derivation, modes, forward, reverse)),
        _formulas(derivation, modes, forward, reverse, view, valued),
    ]
    if valued:
        blocks += [*_first_sweeps(derivation, modes), _values(modes, forward, reverse, view)]
    if modes.mode == "both":
        blocks += _costs(derivation, modes)
    if modes.agree is not None:
        blocks.append(_agreement(modes))
    return blocks


def _title(forward: bool, reverse: bool) -> str:
    if forward and reverse:
        return "Forward and reverse, side by side"
    return "Forward, from the inputs on" if forward else "In reverse, from the output back"


def _meaning(derivation: Derivation, modes: Modes, forward: bool, reverse: bool) -> Inline:
    """What tangents and adjoints are, and where the sweeps start."""
    out: list[Piece] = []
    if forward:
        out += [Words("A tangent is how a name moves when "), *_started(modes.tangents)]
        out += [Words(": read down. " if reverse else ".")]
    if reverse:
        (seed,) = modes.cotangents
        out += [Words("An adjoint is the derivative of ")]
        if seed.shape:
            out += [Words("Σ "), Math(seed.symbol), Words("·"), Math(Symbol(derivation.output))]
        else:
            out += [Math(seed.symbol), Words("·"), Math(Symbol(derivation.output))]
        out += [Words(" by a name"), Words(": read up." if forward else ".")]
    return tuple(out)


def _started(seeds: Sequence[Seed]) -> list[Piece]:
    """``x moves by ẋ and w by ẇ``; the first few."""
    out: list[Piece] = []
    shown = seeds if len(seeds) <= _MOST_NAMED else seeds[: _MOST_NAMED - 1]
    for place, seed in enumerate(shown):
        last = place == len(seeds) - 1
        out += [Words(" and " if last else ", ")] if place else []
        out += [Math(Symbol(seed.of)), Words(" by " if place else " moves by "), Math(seed.symbol)]
    more = len(seeds) - len(shown)
    return [*out, Words(f" and {more} more by theirs")] if more else out


# --- tables ------------------------------------------------------------------------------------------------


def _formulas(
    derivation: Derivation, modes: Modes, forward: bool, reverse: bool, view: View, valued: bool
) -> Table:
    """One row a name: tangent, adjoint, and with both modes the cost of its statement's rule."""
    head: list[Inline] = [()]
    head += [(Words("tangent"),)] if forward else []
    head += [(Words("adjoint"),)] if reverse else []
    head += [(Words("cost"),)] if modes.mode == "both" else []
    # Seeds show their numbers here only where no table of numbers follows.
    seeds = {} if valued else {seed.symbol: seed for seed in (*modes.tangents, *modes.cotangents)}
    statements = {part.name for part in derivation.statements}
    rows: list[tuple[Cell, ...]] = []
    for row in modes.rows:
        cells: list[Cell] = [(Math(Symbol(row.name)),)]
        cells += [_carried(row.tangent, seeds, view)] if forward else []
        cells += [_carried(row.adjoint, seeds, view)] if reverse else []
        cells += [_count(row) if row.name in statements else ()] if modes.mode == "both" else []
        rows.append(tuple(cells))
    return Table(tuple(head), tuple(rows))


def _carried(one: Carried | None, seeds: dict[Symbol, Seed], view: View) -> Cell:
    if one is None:
        return (Math(integer(0)),)
    if one.term is not None:
        return Equality((Math(one.label),), (Math(one.term),))
    seed = seeds.get(one.symbol)
    if seed is not None and seed.value is not None:
        return Equality((Math(one.label),), brief(seed.value, view))
    return (Math(one.label),)


def _count(row: SweepRow) -> Inline:
    return (Words(_HIDDEN),) if row.multiplications is None else (Math(length_term(row.multiplications)),)


def _first_sweeps(derivation: Derivation, modes: Modes) -> list[Block]:
    """That the numbers are those of the first of many sweeps, where nobody said a direction."""
    out: list[Piece] = []
    ahead, back = bind((modes.forward_sweeps, modes.reverse_sweeps), derivation.lengths)
    for seeds, count, mode in ((modes.tangents, ahead, "forward"), (modes.cotangents, back, "reverse")):
        seed = next((seed for seed in seeds if seed.unit is not None), None)
        if seed is None or count == 1:
            continue
        first = " is 1" if not seed.shape else " is 1 in its first entry"
        out += [Words(", and of " if out else "The numbers are those of "), Words("the first of ")]
        out += [Math(length_term(count)), Words(f" {mode} sweeps: "), Math(seed.symbol), Words(first)]
    return [Paragraph((*out, Words(", and all else is 0.")))] if out else []


def _values(modes: Modes, forward: bool, reverse: bool, view: View) -> Table:
    """The same rows in numbers."""
    head: list[Inline] = [(), (Words("value"),)]
    head += [(Words("tangent"),)] if forward else []
    head += [(Words("adjoint"),)] if reverse else []
    rows = []
    for row in modes.rows:
        cells: list[Cell] = [(Math(Symbol(row.name)),), _brief(row.value, view)]
        cells += [_number(row.tangent, view)] if forward else []
        cells += [_number(row.adjoint, view)] if reverse else []
        rows.append(tuple(cells))
    return Table(tuple(head), tuple(rows))


def _number(one: Carried | None, view: View) -> Inline:
    return (Math(integer(0)),) if one is None else _brief(one.value, view)


def _brief(value: Quantity | None, view: View) -> Inline:
    return () if value is None else brief(value, view)


# --- costs -------------------------------------------------------------------------------------------------


def _costs(derivation: Derivation, modes: Modes) -> list[Block]:
    """How many sweeps either mode takes for the whole derivative, and which is cheaper."""
    head: tuple[Inline, ...] = ((), (Words("sweeps"),), (Words("multiplications"),))
    counts = (("forward", modes.forward_sweeps), ("reverse", modes.reverse_sweeps))
    rows: list[tuple[Cell, ...]] = [
        ((Words(mode),), (Math(length_term(count)),), _total(count, modes)) for mode, count in counts
    ]
    return [
        Table(head, tuple(rows)),
        Paragraph(_cheaper(derivation, modes)),
        Paragraph((Words(_COUNTED),), "note"),
    ]


def _total(sweeps: Dim, modes: Modes) -> Inline:
    """4 · 5 = 20; with symbolic lengths the product alone."""
    one = modes.multiplications
    if one is None:
        return (Words(_HIDDEN),)
    whole = (Math(length_term(times((sweeps, one)))),)
    if sweeps == 1 or one in (0, 1):
        return whole
    factors = Factors((length_term(sweeps), length_term(one)))
    if isinstance(sweeps, int) and isinstance(one, int):
        return (factors, Relation("="), *whole)
    return (factors,)


def _cheaper(derivation: Derivation, modes: Modes) -> Inline:
    """One sentence: which mode is cheaper here, and why."""
    ahead, back = bind((modes.forward_sweeps, modes.reverse_sweeps), derivation.lengths)
    order = _compared(ahead, back)
    why = (
        Words("forward takes one sweep for each entry of "),
        *_listed(modes.wrt),
        *_in_brackets(ahead),
        Words(", reverse one for each entry of "),
        Math(Symbol(derivation.output)),
        *_in_brackets(back),
    )
    if order is None:
        return (Words("Which is cheaper depends on the lengths: "), *why, Words("."))
    start = {1: "Reverse is cheaper here: ", -1: "Forward is cheaper here: ", 0: "Both cost the same here: "}
    return (Words(start[order]), *why, Words("."))


def _in_brackets(count: Dim) -> Inline:
    return (Words(" ("), Math(length_term(count)), Words(")"))


def _listed(names: Sequence[str]) -> list[Piece]:
    """``X, w and b``; of many the first few."""
    out: list[Piece] = []
    shown = names if len(names) <= _MOST_NAMED else names[: _MOST_NAMED - 1]
    for place, name in enumerate(shown):
        last = place == len(names) - 1
        out += [Words(" and " if last else ", ")] if place else []
        out.append(Math(Symbol(name)))
    more = len(names) - len(shown)
    return [*out, Words(f" and {more} more")] if more else out


def _compared(a: Dim, b: Dim) -> int | None:
    """1 where a is larger for all lengths (but for 1), -1 where b is, 0 where they are equal; else None."""
    if a == b:
        return 0
    if isinstance(a, int) and isinstance(b, int):
        return 1 if a > b else -1
    if b == 1:
        return 1
    return -1 if a == 1 else None


def _agreement(modes: Modes) -> Verdict:
    """Whether both modes give what an independent check gives."""
    assert modes.agree is not None
    both = "forward and reverse accumulation"
    if modes.agree.ok:
        return Verdict(True, (Words(f"{both} agree with an independent check"),))
    if modes.agree.ok is None:
        return Verdict(None, (Words(f"{both} could not be checked independently"),))
    return Verdict(False, (Words(f"an independent check disagrees with {both}: do not rely on it"),))
