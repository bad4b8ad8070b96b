"""A syntax tree as one line of text with all its brackets, for tests that a person can read."""

from __future__ import annotations

from chainrule.language import syntax


def outline(node: syntax.Node) -> str:
    """``a*b/c`` becomes ``((a * b) / c)``; a flat sum or product has one pair of brackets."""
    match node:
        case syntax.Sum(terms=terms, signs=signs):
            rest = [f" {'-+'[sign > 0]} {outline(term)}" for term, sign in zip(terms, signs, strict=True)]
            return f"({''.join(rest).removeprefix(' + ')})"
        case syntax.Product(factors=factors):
            return f"({' * '.join(map(outline, factors))})"
        case syntax.Quotient(numerator=a, denominator=b):
            return f"({outline(a)} / {outline(b)})"
        case syntax.MatrixProduct(left=a, right=b):
            return f"({outline(a)} @ {outline(b)})"
        case syntax.Power(base=a, exponent=b):
            return f"({outline(a)} ** {outline(b)})"
        case syntax.Comparison(operator=sign, left=a, right=b):
            return f"({outline(a)} {sign} {outline(b)})"
        case syntax.Negation(operand=a):
            return f"(-{outline(a)})"
        case syntax.Bars(operand=a):
            return f"|{outline(a)}|"
    return _closed(node)


def _closed(node: syntax.Node) -> str:
    """The outline of what needs no brackets."""
    match node:
        case syntax.Name(name=text) | syntax.Number(text=text):
            return text
        case syntax.FileValue(path=path):
            return f"@<{path}>"
        case syntax.ListLiteral(items=items):
            return f"[{', '.join(map(outline, items))}]"
        case syntax.TupleLiteral(items=items):
            return f"tuple({', '.join(map(outline, items))})"
        case syntax.Subscript(base=base, items=items):
            return f"{outline(base)}[{', '.join(map(_item, items))}]"
        case syntax.Call(function=function):
            return function.name + _arguments(node)
        case syntax.Method(base=base, name=name, called=called):
            return f"{outline(base)}.{name.name}{_arguments(node) if called else ''}"
    return repr(getattr(node, "value", None))


def _arguments(node: syntax.Call | syntax.Method) -> str:
    keywords = [f"{word.name.name}={outline(word.value)}" for word in node.keywords]
    return f"({', '.join([*map(outline, node.arguments), *keywords])})"


def _item(item: syntax.Item) -> str:
    match item:
        case syntax.Index(value=value):
            return str(value)
        case syntax.Slice(start=start, stop=stop, step=step):
            return ":".join("" if bound is None else str(bound) for bound in (start, stop, step))
        case syntax.Dots():
            return "..."
        case syntax.Nothing():
            return "None"


def statement_outline(statement: syntax.Statement) -> str:
    """The outline of a statement."""
    match statement:
        case syntax.Definition(name=name, parameters=None, value=value):
            return f"{name.name} = {outline(value)}"
        case syntax.Definition(name=name, parameters=parameters, value=value):
            return f"{name.name}({', '.join(p.name for p in parameters or ())}) = {outline(value)}"
        case syntax.Declaration(name=name, shape=shape, words=words):
            parts = [word.name for word in words]
            if shape is not None:
                parts.insert(0, f"[{', '.join(outline(dim) for dim in shape.dims)}]")
            return f"{name.name} : {', '.join(parts)}"
        case syntax.Bare(value=value):
            return outline(value)
