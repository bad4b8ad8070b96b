"""From a derivation to a document for people: what is said, in which order, in how much detail."""

from __future__ import annotations

from chainrule.derivation.data import Check, Derivation, Factor, Gradient, Product
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
from chainrule.report.equations import equation_blocks
from chainrule.report.factors import factor_blocks
from chainrule.report.gradients import gradient_blocks, refers_to_adjoints
from chainrule.report.modes import mode_blocks
from chainrule.report.numbers import quantity, rounded
from chainrule.report.products import product_blocks
from chainrule.report.statements import statement_blocks, value_block
from chainrule.report.taylor import taylor_blocks
from chainrule.report.view import View
from chainrule.report.working import hinted_blocks, legend
from chainrule.terms import Symbol, Term

_FEW = 5


def document(derivation: Derivation, view: View | None = None) -> Document:
    """The document of a derivation, as much of it as ``view`` asks for.

    For a hint the derivation must have been made with the detail ``rules``.
    """
    chosen = view or View()
    blocks: list[Block] = []
    if not chosen.partial:
        blocks += statement_blocks(derivation, chosen)
        blocks += _picture(derivation)
        blocks += value_block(derivation, chosen)
    if chosen.hint is not None:
        return Document(
            _title(derivation),
            (*blocks, *hinted_blocks(derivation, chosen.hint)),
            derivation.ranks,
            derivation.shapes,
        )
    if chosen.detail != "summary":
        blocks += equation_blocks(derivation, chosen)
        blocks += factor_blocks(derivation, chosen)
    blocks += _adjoints(derivation)
    blocks += gradient_blocks(derivation, chosen)
    if chosen.detail == "rules":
        blocks += legend(derivation)
    blocks += taylor_blocks(derivation, chosen)
    blocks += mode_blocks(derivation, chosen)
    blocks += product_blocks(derivation, chosen)
    if (
        not derivation.gradients
        and not derivation.products
        and derivation.value is not None
        and not chosen.partial
    ):
        blocks.append(
            Values((Value((Math(Symbol(derivation.output)),), quantity(derivation.value, chosen)),))
        )
    blocks += _remarks(derivation)
    blocks += _verdict(derivation)
    return Document(_title(derivation), tuple(blocks), derivation.ranks, derivation.shapes)


def _title(derivation: Derivation) -> str:
    if derivation.products:
        moved = ", ".join(dict.fromkeys(name for part in derivation.products for name in part.wrt))
        kind = "along" if derivation.products[0].kind == "tangent" else "pulled back to"
        return f"The derivative of {derivation.output} {kind} {moved}"
    names = ", ".join(dict.fromkeys(part.wrt[-1] for part in derivation.gradients))
    highest = max((part.order for part in derivation.gradients), default=0)
    kinds = {1: "The gradient", 2: "The first and second derivatives"}
    kind = kinds.get(highest, f"The derivatives up to order {highest}")
    return f"{kind} of {derivation.output} with respect to {names}" if names else derivation.output


def _picture(derivation: Derivation) -> list[Block]:
    """How inputs reach the output, where every one of them does it along a single path."""
    first = [part for part in derivation.gradients if part.order == 1]
    if len(first) != 1 or first[0].path_count != 1:
        return []
    return [Picture((Path(first[0].paths[0]),))]


def _adjoints(derivation: Derivation) -> list[Block]:
    """∂out/∂(each name), or ∂(each name)/∂input, where gradients are written through them."""
    parts = derivation.pushed or derivation.adjoints
    if not parts or not refers_to_adjoints(derivation):
        return []
    rows = tuple(Row((Math(part.label),), (Math(part.index),)) for part in parts)
    way = "From the inputs on" if derivation.pushed else "From the output back"
    return [Heading((Words(f"{way}, name by name"),)), Equations(rows)]


def _remarks(derivation: Derivation) -> list[Block]:
    shown: list[Gradient | Product] = [*derivation.gradients, *derivation.products]
    told = {trouble.sentence for part in shown for trouble in part.undefined}
    sentences: dict[str, None] = {}
    for trouble in derivation.troubles:
        beyond = any(sentence.startswith(trouble.sentence) for sentence in told)
        if not beyond and not _told_of_taylor(derivation, trouble.sentence):
            sentences[trouble.sentence] = None
    corners = [corner.sentence for part in derivation.gradients for corner in part.corners]
    blocks: list[Block] = [
        Paragraph((Words(sentence),), "trouble")
        for sentence in (
            *_first_few(list(sentences), "more places are like these"),
            *_first_few(corners, "more entries of gradients sit on kinks like these"),
        )
    ]
    blocks += [Paragraph((Words(text),), "warning") for text in derivation.warnings]
    blocks += [Paragraph((Words(advice.sentence),), "note") for advice in derivation.stability]
    blocks += [Paragraph((Words(text),), "note") for text in derivation.notes]
    return blocks


def _told_of_taylor(derivation: Derivation, sentence: str) -> bool:
    return derivation.taylor is not None and sentence in (derivation.taylor.undefined or "")


def _first_few(sentences: list[str], more: str) -> list[str]:
    """At most a few sentences, and how many more there are."""
    if len(sentences) <= _FEW:
        return sentences
    return [*sentences[: _FEW - 1], f"{len(sentences) - _FEW + 1} {more}"]


# --- the verdict --------------------------------------------------------------------------------------


def _verdict(derivation: Derivation) -> list[Block]:
    """Whether factors and gradients agree with the independent check, and which do not."""
    parts: list[Factor | Gradient | Product] = [
        *derivation.factors,
        *derivation.gradients,
        *derivation.products,
    ]
    checked = [(part.label, part.check) for part in parts if part.check is not None]
    taylor = derivation.taylor
    if taylor is not None and taylor.check is not None:
        checked.append((Symbol(f"T_{taylor.reached}"), taylor.check))
    if not checked:
        return []
    checks = [check for _, check in checked]
    wrong = [pair for pair in checked if pair[1].ok is False]
    undecided = sum(1 for check in checks if check.ok is None)
    if wrong:
        return [_disagreement(wrong)]
    if undecided == len(checked):
        return [Verdict(None, (Words("nothing of this could be checked independently"),))]
    if undecided:
        text = f"{undecided} of {len(checked)} results could not be checked independently; all others agree"
        return [Verdict(None, (Words(text), *_difference(checks)))]
    too = ", and so does the Taylor polynomial" if taylor is not None and taylor.check is not None else ""
    return [Verdict(True, (Words(_agreement(derivation) + too), *_difference(checks)))]


def _disagreement(wrong: list[tuple[Term, Check]]) -> Verdict:
    content: list[Piece] = [Words("an independent check disagrees with ")]
    for place, (label, _) in enumerate(wrong[:_FEW]):
        content += [Words(", "), Math(label)] if place else [Math(label)]
    if len(wrong) > _FEW:
        content.append(Words(f" and {len(wrong) - _FEW} more"))
    content += _difference([check for _, check in wrong])
    return Verdict(False, (*content, Words(": do not rely on it")))


def _agreement(derivation: Derivation) -> str:
    if derivation.products:
        return _products_agree(derivation)
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


def _products_agree(derivation: Derivation) -> str:
    what = "the product" if len(derivation.products) == 1 else "every product"
    if derivation.factors:
        return f"every factor and {what} agree with an independent check"
    return f"{what} agrees with an independent check"


def _difference(checks: list[Check]) -> list[Piece]:
    errors = [check.max_error for check in checks if check.max_error is not None]
    if not errors:
        return []
    largest = max(errors)
    if largest == 0:
        return [Words(" (exactly)")]
    return [Words(" (largest difference "), Figure(rounded(largest)), Words(")")]
