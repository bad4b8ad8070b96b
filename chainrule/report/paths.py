"""The paths from an input to the output, and what each contributes as a product of factors."""

from __future__ import annotations

from chainrule.derivation.data import Gradient
from chainrule.document import Block, Factors, Math, Paragraph, Path, Picture, Piece, Words
from chainrule.terms import Apply, Number, Partial, Summation, Symbol, Term

_MOST_PATHS, _FEW_PATHS = 8, 5


def path_blocks(part: Gradient, alone: bool) -> list[Block]:
    """The one path if it is to be drawn here; several with what each contributes."""
    if part.path_count == 1:
        return [Picture((Path(part.paths[0]),))] if alone else []
    if not part.paths:
        return []
    name, of = Math(Symbol(part.wrt[0])), Math(Symbol(part.of))
    count = _thousands(part.path_count)
    text = f" along {count} paths, and the contributions add:"
    shown = contributions(part)
    if len(shown) > _MOST_PATHS or len(shown) < part.path_count:
        shown = shown[:_FEW_PATHS]
    blocks: list[Block] = [Paragraph((name, Words(" reaches "), of, Words(text))), Picture(shown)]
    more = part.path_count - len(shown)
    if more:
        blocks.append(Paragraph((Words(f"… and {_thousands(more)} more paths."),)))
    return blocks


def two_meanings(part: Gradient) -> list[Block]:
    """What d and ∂ are where both are about the same two names: one of several ways leads straight on."""
    if part.path_count < 2 or not any(len(path) == 2 for path in part.paths):
        return []
    assert isinstance(part.title, Partial)
    direct = Math(Partial(part.title.of, part.title.wrt))
    words = " counts every way, ", " only the direct one, with all other names held fixed."
    return [Paragraph((Math(part.title), Words(words[0]), direct, Words(words[1])))]


def contributions(part: Gradient) -> tuple[Path, ...]:
    """The listed paths; with labels and values where every path's product is at hand."""
    chain, product = part.chain, part.lines[0].term if part.lines else None
    if part.layout == "gradient" and len(part.layout_lines) > 1:
        chain, product = (line.term for line in part.layout_lines[:2])
    if (
        len(part.paths) == part.path_count
        and isinstance(chain, Apply)
        and isinstance(product, Apply)
        and chain.op == product.op == "add"
        and len(chain.args) == len(product.args) == len(part.paths)
    ):
        return tuple(
            Path(names, (unmultiplied(label, True),), (unmultiplied(value, True),))
            for names, label, value in zip(part.paths, chain.args, product.args, strict=True)
        )
    return tuple(Path(names) for names in part.paths)


def unmultiplied(term: Term, always: bool = False) -> Piece:
    """A product as its factors before they are multiplied, where that is what it is; also under a sum."""
    body = term.body if isinstance(term, Summation) else term
    if isinstance(body, Apply) and body.op == "mul" and (always or _is_raw(body)):
        return Factors(body.args, term.indices if isinstance(term, Summation) else ())
    return Math(term)


def _is_raw(term: Apply) -> bool:
    later = any(isinstance(part, Number) for part in term.args[1:])
    return later or any(isinstance(part, Apply) and part.op == "mul" for part in term.args)


def _thousands(count: int) -> str:
    """A count in groups of three digits; of a huge one its power of ten."""
    if count < 10**15:
        return f"{count:,}".replace(",", " ")
    return f"about 10^{int((count.bit_length() - 1) * 0.30103)}"
