"""Names that an equation defines, at given values: whether these satisfy it."""

from __future__ import annotations

from chainrule.derivation.numbers import Numbers
from chainrule.derivation.study import Study
from chainrule.derivation.values import Given
from chainrule.notation.text import text

_SMALL = 1e-9


def off_the_curve(study: Study, found: Numbers | None) -> list[str]:
    """What to say where the given values do not satisfy an equation: the numbers are another curve's."""
    out = []
    for root in study.pipeline.roots:
        quantity = None if found is None or root.residual is None else found.quantity(root.residual)
        if quantity is None:
            continue
        sizes = [abs(entry) for entry in quantity.floats if entry is not None]
        if len(sizes) < len(quantity.floats):
            out.append(f"the equation of {root.name} is not defined at the given values")
        elif max(sizes, default=0.0) > _SMALL:
            left = quantity.exact[0] if quantity.exact and not quantity.shape else f"{max(sizes):.6g}"
            what = "is" if not quantity.shape else "has an entry of size"
            said = f"{text(root.term)} {what} {left}, not 0"
            out.append(
                f"the given values do not satisfy the equation of {root.name}: {said}, "
                "so the numbers belong to the neighbouring curve through this point"
            )
    return out


def without_a_root(study: Study, given: Given) -> list[str]:
    """What to say where all inputs have values but a name that an equation defines has none."""
    inputs = [part.name for part in study.pipeline.inputs]
    if not inputs or any(name not in given.tensors for name in inputs):
        return []
    return [
        f"{root.name} has no value, so there are no numbers: give one that makes {text(root.term)} zero"
        for root in study.pipeline.roots
        if root.name not in given.tensors
    ]
