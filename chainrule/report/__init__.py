"""From a derivation to a document for people: what is said, in which order, in how much detail."""

from __future__ import annotations

from chainrule.derivation.data import Check, Derivation
from chainrule.document import (
    Block,
    Document,
    Equations,
    Figure,
    Heading,
    Math,
    Paragraph,
    Path,
    Picture,
    Piece,
    Row,
    Value,
    Values,
    Verdict,
    Words,
)
from chainrule.report.factors import factor_blocks
from chainrule.report.gradients import gradient_blocks, refers_to_adjoints
from chainrule.report.numbers import quantity, rounded
from chainrule.report.statements import statement_blocks, value_block
from chainrule.report.view import View
from chainrule.terms import Symbol

_MOST_PATHS = 6


def document(derivation: Derivation, view: View | None = None) -> Document:
    """The document of a derivation, as much of it as ``view`` asks for."""
    chosen = view or View()
    blocks: list[Block] = []
    if not chosen.partial:
        blocks += statement_blocks(derivation, chosen)
        blocks += _picture(derivation)
        blocks += value_block(derivation, chosen)
    if chosen.detail != "summary":
        blocks += factor_blocks(derivation, chosen)
    blocks += _adjoints(derivation)
    blocks += gradient_blocks(derivation, chosen)
    if not derivation.gradients and derivation.value is not None and not chosen.partial:
        blocks.append(
            Values((Value((Math(Symbol(derivation.output)),), quantity(derivation.value, chosen)),))
        )
    blocks += _remarks(derivation)
    blocks += _verdict(derivation)
    return Document(_title(derivation), tuple(blocks), derivation.ranks)


def _title(derivation: Derivation) -> str:
    names = ", ".join(dict.fromkeys(part.wrt[-1] for part in derivation.gradients))
    return f"The gradient of {derivation.output} with respect to {names}" if names else derivation.output


def _picture(derivation: Derivation) -> list[Block]:
    """How inputs reach the output, where every one of them does it along a single path."""
    first = [part for part in derivation.gradients if part.order == 1]
    if len(first) != 1 or first[0].path_count != 1:
        return []
    return [Picture((Path(first[0].paths[0]),))]


def _adjoints(derivation: Derivation) -> list[Block]:
    """∂out/∂(each name) from the output back, where gradients are written through them."""
    if not derivation.adjoints or not refers_to_adjoints(derivation):
        return []
    rows = tuple(Row((Math(part.label),), (Math(part.index),)) for part in derivation.adjoints)
    return [Heading((Words("From the output back, name by name"),)), Equations(rows)]


def _remarks(derivation: Derivation) -> list[Block]:
    told = {trouble.sentence for part in derivation.gradients for trouble in part.undefined}
    blocks: list[Block] = []
    for trouble in derivation.troubles:
        if trouble.sentence not in told:
            told.add(trouble.sentence)
            blocks.append(Paragraph((Words(trouble.sentence),), "trouble"))
    blocks += [Paragraph((Words(text),), "warning") for text in derivation.warnings]
    blocks += [Paragraph((Words(text),), "note") for text in derivation.notes]
    return blocks


# --- the verdict --------------------------------------------------------------------------------------


def _verdict(derivation: Derivation) -> list[Block]:
    """Whether factors and gradients agree with the independent check, and which do not."""
    parts = [*derivation.factors, *derivation.gradients]
    checked = [(part, part.check) for part in parts if part.check is not None]
    if not checked:
        return []
    wrong = [part for part, check in checked if check.ok is False]
    open_ = [part for part, check in checked if check.ok is None]
    if wrong:
        content: list[Piece] = [Words("an independent check disagrees with ")]
        for place, part in enumerate(wrong[:5]):
            content += [Words(", ")] if place else []
            content.append(Math(part.label))
        content += [Words(f" and {len(wrong) - 5} more")] if len(wrong) > 5 else []
        content += _difference([part.check for part in wrong])
        return [Verdict(False, (*content, Words(": do not rely on it")))]
    if open_:
        some = "nothing" if len(open_) == len(checked) else f"{len(open_)} of {len(checked)} results not"
        text = (
            f"{some} could be checked independently"
            if some == "nothing"
            else f"{some} checked: nothing was decided"
        )
        return [Verdict(None, (Words(text),))]
    return [Verdict(True, (Words(_agreement(derivation)), *_difference([check for _, check in checked])))]


def _agreement(derivation: Derivation) -> str:
    count = len(derivation.gradients)
    if not derivation.factors:
        return (
            "the gradient agrees with an independent check"
            if count == 1
            else "every gradient agrees with an independent check"
        )
    if count == 0:
        return "every factor agrees with an independent check"
    if len(derivation.factors) == 1 and count == 1:
        return "the factor and the gradient agree with an independent check"
    products = "the product" if count == 1 else "every product"
    return f"every factor and {products} agree with an independent check"


def _difference(checks: list[Check | None]) -> list[Piece]:
    errors = [check.max_error for check in checks if check is not None and check.max_error is not None]
    if not errors:
        return []
    largest = max(errors)
    if largest == 0:
        return [Words(" (exactly)")]
    return [Words(" (largest difference "), Figure(rounded(largest)), Words(")")]
