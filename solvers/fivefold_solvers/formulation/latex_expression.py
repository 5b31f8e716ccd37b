r"""Expression trees as LaTeX: `sum(c[i]*x[i] for i in I)` becomes `\sum_{i \in I} c_{i} \, x_{i}`."""

from itertools import pairwise

from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.latex_text import name_to_latex, text_to_latex

_IMPLIES, _OR, _AND, _NOT, _COMPARE, _SUM, _PRODUCT, _FRACTION, _POWER, _ATOM = range(1, 11)
_RELATIONS: dict[e.Relation, str] = {
    "<=": r"\le",
    ">=": r"\ge",
    "==": "=",
    "<": "<",
    ">": ">",
    "!=": r"\ne",
    "in": r"\in",
    "not in": r"\notin",
}
_FUNCTIONS = {
    "exp": r"\exp",
    "log": r"\ln",
    "log10": r"\log_{10}",
    "log2": r"\log_{2}",
    "sin": r"\sin",
    "cos": r"\cos",
    "tan": r"\tan",
    "min": r"\min",
    "max": r"\max",
}
_AROUND = {
    "abs": (r"\left|", r"\right|"),
    "len": (r"\left|", r"\right|"),
    "floor": (r"\left\lfloor ", r"\right\rfloor"),
    "ceil": (r"\left\lceil ", r"\right\rceil"),
    "sqrt": (r"\sqrt{", "}"),
}
_OPERATORS = {
    "sum": r"\sum",
    "prod": r"\prod",
    "min": r"\min",
    "max": r"\max",
    "all": r"\bigwedge",
    "any": r"\bigvee",
}
_CONSTANTS = {"inf": r"\infty", "pi": r"\pi", "True": r"\text{true}", "False": r"\text{false}"}


def expression_to_latex(tree: e.Expression) -> str:
    """Return a tree as LaTeX for math mode, with only such commands as KaTeX knows."""
    return _latex(tree)[0]


def clause_to_latex(clause: e.Clause) -> str:
    r"""Return one index range: `i \in I : i \ne j`."""
    return r" :\, ".join(_range_parts(clause))


def _range_parts(clause: e.Clause) -> list[str]:
    r"""Return `i \in I` and the conditions."""
    targets = ", ".join(name_to_latex(target) for target in clause.targets)
    if len(clause.targets) > 1:
        targets = f"({targets})"
    return [rf"{targets} \in {_within(clause.source, _SUM)}", *(_within(part, _OR) for part in clause.conditions)]


def _within(node: e.Expression, least: int) -> str:
    text, level = _latex(node)
    return text if level >= least else rf"\left({text}\right)"


def _list(items: tuple[e.Expression, ...]) -> str:
    return ", ".join(_within(item, _IMPLIES) for item in items)


def _latex(node: e.Expression) -> tuple[str, int]:
    match node:
        case e.Number(value):
            return _number(value)
        case e.Text(value):
            return rf"\text{{{text_to_latex(value)}}}", _ATOM
        case e.Name(name):
            return _CONSTANTS.get(name) or name_to_latex(name), _ATOM
        case e.Item(name, index):
            return f"{name_to_latex(name)}_{{{','.join(_within(entry, _IMPLIES) for entry in index)}}}", _ATOM
        case e.Group(items):
            return rf"\left({_list(items)}\right)", _ATOM
        case e.Negative(operand):
            return f"-{_within(operand, _PRODUCT)}", _SUM
        case e.Binary():
            return _binary(node)
        case e.Compare(relation, left, right):
            return f"{_within(left, _SUM)} {_RELATIONS[relation]} {_within(right, _SUM)}", _COMPARE
        case e.Logic():
            return _logic(node)
        case e.Not(operand):
            return rf"\lnot {_within(operand, _ATOM)}", _NOT
        case e.Choice(test, then, otherwise):
            rows = rf"{_within(then, _IMPLIES)} & \text{{if }} {_within(test, _IMPLIES)} \\ "
            rows += rf"{_within(otherwise, _IMPLIES)} & \text{{otherwise}}"
            return rf"\begin{{cases}} {rows} \end{{cases}}", _SUM
        case e.Call(function, arguments):
            return _call(function, arguments)
        case e.Aggregate():
            return _aggregate(node)
        case e.Builder(items, clauses):
            return rf"\left\{{{_built(items, clauses)}\right\}}", _ATOM


def _number(value: int | float) -> tuple[str, int]:
    text = repr(value)
    if "e" in text:
        mantissa, _, exponent = text.partition("e")
        power = f"10^{{{int(exponent)}}}"
        return (power, _POWER) if mantissa == "1" else (rf"{mantissa} \times {power}", _PRODUCT)
    return text.removesuffix(".0"), _SUM if text.startswith("-") else _ATOM


def _binary(node: e.Binary) -> tuple[str, int]:
    left, right = node.left, node.right
    match node.operator:
        case "/":
            return rf"\frac{{{_latex(left)[0]}}}{{{_latex(right)[0]}}}", _FRACTION
        case "//":
            return rf"\left\lfloor \frac{{{_latex(left)[0]}}}{{{_latex(right)[0]}}} \right\rfloor", _ATOM
        case "**":
            return f"{{{_within(left, _ATOM)}}}^{{{_latex(right)[0]}}}", _POWER
        case "+" | "-":
            return f"{_within(left, _SUM)} {node.operator} {_within(right, _PRODUCT)}", _SUM
        case "%":
            return rf"{_closed(left)} \bmod {_within(right, _FRACTION)}", _PRODUCT
        case "*":
            second = _within(right, _PRODUCT) if _is_open(right) else _within(right, _FRACTION)
            gap = r" \cdot " if second[0].isdigit() or isinstance(right, e.Number) else r" \, "
            return f"{_closed(left)}{gap}{second}", _PRODUCT


def _closed(node: e.Expression) -> str:
    """Return a left factor; a sum at its end would swallow what follows."""
    return rf"\left({_latex(node)[0]}\right)" if _is_open(node) else _within(node, _PRODUCT)


def _is_open(node: e.Expression) -> bool:
    """Whether the text ends in the body of a sum or product, without a bracket behind it."""
    if isinstance(node, e.Aggregate):
        return node.function in {"sum", "prod"}
    return isinstance(node, e.Binary) and node.operator == "*" and _is_open(node.right)


def _logic(node: e.Logic) -> tuple[str, int]:
    chain = [item for item in node.items if isinstance(item, e.Compare)]
    linked = all(first.right == second.left for first, second in pairwise(chain))
    if node.operator == "and" and len(chain) == len(node.items) and linked:
        text = _within(chain[0].left, _SUM)
        return text + "".join(f" {_RELATIONS[c.relation]} {_within(c.right, _SUM)}" for c in chain), _COMPARE
    symbol, level = (r" \land ", _AND) if node.operator == "and" else (r" \lor ", _OR)
    return symbol.join(_within(item, level + 1) for item in node.items), level


def _call(function: str, arguments: tuple[e.Expression, ...]) -> tuple[str, int]:
    if function == "implies" and len(arguments) == 2:
        return rf"{_within(arguments[0], _OR)} \Rightarrow {_within(arguments[1], _OR)}", _IMPLIES
    if function in _AROUND and len(arguments) == 1:
        before, behind = _AROUND[function]
        return f"{before}{_latex(arguments[0])[0]}{behind}", _ATOM
    if function == "range" and 1 <= len(arguments) <= 2:
        first = "0" if len(arguments) == 1 else _latex(arguments[0])[0]
        return rf"\left\{{{first}, \ldots, {_one_less(arguments[-1])}\right\}}", _ATOM
    symbol = _FUNCTIONS.get(function) or rf"\operatorname{{{text_to_latex(function.replace('_', ''))}}}"
    inner = _list(arguments)
    if len(arguments) == 1 and isinstance(arguments[0], e.Builder) and arguments[0].items:
        inner = _built(arguments[0].items, arguments[0].clauses)
    return rf"{symbol}\left({inner}\right)", _ATOM


def _one_less(end: e.Expression) -> str:
    """The last element of a range, whose end is not in it."""
    match end:
        case e.Number(int(value)):
            return str(value - 1)
        case e.Binary("+", left, e.Number(1)):
            return _latex(left)[0]
        case _:
            return f"{_within(end, _SUM)} - 1"


def _aggregate(node: e.Aggregate) -> tuple[str, int]:
    operator = _OPERATORS.get(node.function, rf"\operatorname{{{node.function}}}")
    if node.function not in {"sum", "prod"}:
        parts = [part for clause in node.clauses for part in _range_parts(clause)]
        return rf"{operator}_{{{_below(parts)}}} \left({_latex(node.body)[0]}\right)", _ATOM
    signs = " ".join(f"{operator}_{{{_below(_range_parts(clause))}}}" for clause in node.clauses)
    body = _within(node.body, _PRODUCT if node.function == "sum" else _FRACTION)
    return f"{signs} {body}", _PRODUCT


def _below(parts: list[str]) -> str:
    lines = r" \\ ".join(parts)
    return lines if len(parts) == 1 else rf"\substack{{{lines}}}"


def _built(items: tuple[e.Expression, ...], clauses: tuple[e.Clause, ...]) -> str:
    if not clauses:
        return _list(items)
    ranges = r",\; ".join(part for clause in clauses for part in _range_parts(clause))
    return rf"{_list(items)} \mid {ranges}"
