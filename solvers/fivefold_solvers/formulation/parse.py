"""Expression text to tree: Python's own parser read into `expression` nodes; nothing is ever evaluated."""

import ast
import keyword
import math
import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple, cast

from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.slips import Token, mend, tokens

MAX_CHARACTERS = 20_000
MAX_DEPTH = 120


class Parsed(NamedTuple):
    """A tree and the slips that were mended on the way, one sentence each."""

    tree: e.Expression
    notes: tuple[str, ...]


class ExpressionError(Exception):
    """The text is no expression; `mend` says what to write instead."""

    def __init__(self, message: str, mend: str = "") -> None:
        super().__init__(f"{message}; {mend}" if mend else message)
        self.message = message
        self.mend = mend


_BINARY: dict[type[ast.operator], e.BinaryOperator] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
}
_RELATIONS: dict[type[ast.cmpop], e.Relation] = {
    ast.LtE: "<=",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.Lt: "<",
    ast.Gt: ">",
    ast.NotEq: "!=",
    ast.In: "in",
    ast.NotIn: "not in",
}
_REFUSED: dict[type[ast.AST], tuple[str, str]] = {
    ast.BitXor: ("`^` is not a power here", "use ** for powers"),
    ast.Attribute: ("`.` cannot be used in an expression", "write plain names and x[i]"),
    ast.Lambda: ("`lambda` is not part of the language", "write the expression itself"),
    ast.NamedExpr: ("`:=` is not part of the language", "declare a parameter with an expression"),
    ast.Starred: ("`*` before a name is not part of the language", "write the entries one by one"),
    ast.JoinedStr: ("f-strings are not part of the language", "write a plain quoted element"),
    ast.Slice: ("a slice is not part of the language", "write a sum over a range of the index"),
    ast.Dict: ("a dictionary cannot stand in an expression", "declare a parameter with a table"),
    ast.BitAnd: ("`&` is not part of the language", "write `and`"),
    ast.BitOr: ("`|` is not part of the language", "write `or`"),
    ast.Invert: ("`~` is not part of the language", "write `not`, or 1 - x for a binary"),
}


@lru_cache(maxsize=16_384)
def parse(text: str) -> Parsed:
    """Return the tree of an expression.

    Raises:
        ExpressionError: the text is not in the language; the message says where and what to write.
    """
    if not text.strip():
        raise ExpressionError("the expression is empty")
    if len(text) > MAX_CHARACTERS:
        raise ExpressionError(f"the expression has {len(text)} characters, more than {MAX_CHARACTERS}")
    mended = mend(text)
    _refuse_doubtful(tokens(mended.text))
    reader = _Reader()
    tree = reader.read(_python_tree(mended.text), 0)
    return Parsed(tree, mended.notes + tuple(reader.notes))


def _refuse_doubtful(pieces: list[Token]) -> None:
    """Refuse what Python would read in silence, but hardly as it was meant."""
    for place, token in enumerate(pieces):
        following = pieces[place + 1] if place + 1 < len(pieces) else Token("operator", "")
        before = pieces[place - 1] if place else following
        if token.kind == "number" and re.fullmatch(r"0\d+", token.text):
            raise ExpressionError(
                f"`{token.text}` is no number of its own",
                "write a thousand as 1000, without a comma or leading zeros",
            )
        if token.text == "%" and before.kind == "number" and following.text in {"+", "-"}:
            raise ExpressionError(
                f"`{before.text}% {following.text}` has two readings",
                f"write {before.text}/100 {following.text} ... for percent, brackets for a remainder",
            )
        if token.kind == following.kind == "text":
            raise ExpressionError(
                f"{token.text} and {following.text} stand side by side", "put a comma between the elements"
            )


@lru_cache(maxsize=16_384)
def parse_range(text: str) -> tuple[e.Clause, ...]:
    """Return the clauses of an index range: `i in I`, `(i, j) in ARCS if i < j`, or just `I`.

    A bare set name gets an index that cannot be referred to (`_1`), so that it hides nothing.

    Raises:
        ExpressionError: the text is no index range.
    """
    plain = text.strip().removeprefix("for all ").removeprefix("forall ").removeprefix("for ").strip()
    if plain.isidentifier() and not keyword.iskeyword(plain):
        # Python reads identifiers in this normal form, so that one name is one name wherever it stands.
        return (e.Clause(("_1",), e.Name(unicodedata.normalize("NFKC", plain))),)
    mend_hint = "write `i in I` or `t in T if t > first(T)`"
    try:
        tree = parse(f"{{0 for {plain}}}").tree
    except ExpressionError as fault:
        if "0 for" in fault.message:
            raise ExpressionError(f"`{text}` is no index range", mend_hint) from None
        raise
    if not isinstance(tree, e.Builder) or not tree.clauses:
        raise ExpressionError(f"`{text}` is no index range", mend_hint)
    return tree.clauses


def parse_ranges(texts: tuple[str, ...]) -> tuple[e.Clause, ...]:
    """Return the clauses of several index ranges; bare set names get `_1`, `_2`, ... in order."""
    clauses: list[e.Clause] = []
    for text in texts:
        for clause in parse_range(text):
            targets = clause.targets
            if targets == ("_1",):
                targets = (f"_{len(clauses) + 1}",)
            clauses.append(e.Clause(targets, clause.source, clause.conditions))
    return tuple(clauses)


def _python_tree(text: str) -> ast.expr:
    try:
        return ast.parse(text, mode="eval").body
    except SyntaxError as fault:
        shown = _indicator(text)
        if shown is not None:
            return shown
        raise _syntax_error(text, fault) from None
    except (ValueError, MemoryError, RecursionError):
        raise ExpressionError("the expression cannot be read", "write it shorter and flatter") from None


def _indicator(text: str) -> ast.expr | None:
    """`x <= 5 if y == 1` without `else` is the indicator form: `implies(y == 1, x <= 5)`."""
    at = _outer_if(text)
    if at is None:
        return None
    try:
        tree = ast.parse(f"[{text[:at]} for _ in _{text[at:]}]", mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None
    if not isinstance(tree, ast.ListComp) or len(tree.generators) != 1:
        return None
    conditions = tree.generators[0].ifs
    if len(conditions) != 1 or not isinstance(tree.elt, ast.Compare):
        return None
    return ast.Call(ast.Name("implies"), [conditions[0], tree.elt], [])


def _outer_if(text: str) -> int | None:
    """Return where the first ` if ` outside of brackets and quotes stands."""
    depth, quote = 0, ""
    for at, letter in enumerate(text):
        if quote or letter in "'\"":
            quote = "" if letter == quote else quote or letter
        elif letter in "([{":
            depth += 1
        elif letter in ")]}":
            depth -= 1
        elif depth == 0 and text.startswith(" if ", at):
            return at
    return None


def _syntax_error(text: str, fault: SyntaxError) -> ExpressionError:
    for arrow in ("=>", "->", "⇒", "→"):
        if arrow in text or (arrow == "->" and "- >" in text):
            return ExpressionError(f"`{arrow}` has two readings", "write implies(y == 1, x <= 5), or `>=`")
    place = max((fault.offset or 1) - 1, 0)
    near = text[max(place - 12, 0) : place + 12].strip()
    if text.count("(") != text.count(")"):
        return ExpressionError(f"the brackets of `{_short(text)}` do not match", "close every `(`")
    if text.count("[") != text.count("]"):
        return ExpressionError(f"the brackets of `{_short(text)}` do not match", "close every `[`")
    if "\\" in text or "_{" in text:
        return ExpressionError("LaTeX is not read here", "write sum(c[i]*x[i] for i in I) and <=")
    return ExpressionError(
        f"`{_short(text)}` is no expression near `{near}`",
        "write it like `2*x + sum(c[i]*y[i] for i in I) <= 10`",
    )


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."


class _Reader:
    """Turns Python's syntax tree into ours; collects notes."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def read(self, node: ast.AST, depth: int) -> e.Expression:
        if depth > MAX_DEPTH:
            raise ExpressionError(f"the expression is nested deeper than {MAX_DEPTH}", "write a sum over a set")
        below = depth + 1
        match node:
            case ast.Constant():
                return self.constant(node)
            case ast.Name(id=name):
                return e.Name(name)
            case ast.UnaryOp():
                return self.unary(node, below)
            case ast.BinOp(left=left, op=operator, right=right):
                if type(operator) not in _BINARY:
                    raise _refusal(operator)
                return e.Binary(_BINARY[type(operator)], self.read(left, below), self.read(right, below))
            case ast.Compare():
                return self.compare(node, below)
            case ast.BoolOp(op=operator, values=values):
                items = tuple(self.read(value, below) for value in values)
                return e.Logic("and" if isinstance(operator, ast.And) else "or", items)
            case ast.IfExp(test=test, body=body, orelse=otherwise):
                return e.Choice(*(self.read(part, below) for part in (test, body, otherwise)))
            case ast.Subscript():
                return self.item(node, below)
            case ast.Call():
                return self.call(node, below)
            case ast.Tuple(elts=items):
                return e.Group(tuple(self.read(item, below) for item in items))
            case ast.Set(elts=items) | ast.List(elts=items):
                return e.Builder(tuple(self.read(item, below) for item in items))
            case ast.SetComp(elt=body, generators=ranges) | ast.ListComp(elt=body, generators=ranges):
                return e.Builder((self.read(body, below),), self.clauses(ranges, below))
            case ast.GeneratorExp():
                raise ExpressionError("a `for` needs a function around it", "write sum(... for i in I)")
            case _:
                raise _refusal(node)

    def constant(self, node: ast.Constant) -> e.Expression:
        value = node.value
        if isinstance(value, bool):
            return e.Name(str(value))
        if isinstance(value, int | float):
            if isinstance(value, float) and not math.isfinite(value):
                raise ExpressionError("the number is too large", "write `inf` for no limit")
            if isinstance(value, int) and value.bit_length() > 1000:
                raise ExpressionError("the number is too large", "write `inf` for no limit")
            return e.Number(value)
        if isinstance(value, str):
            return e.Text(value)
        raise ExpressionError(f"`{value!r}` cannot stand in an expression")

    def unary(self, node: ast.UnaryOp, depth: int) -> e.Expression:
        if isinstance(node.op, ast.Invert):
            raise _refusal(node.op)
        operand = self.read(node.operand, depth)
        if isinstance(node.op, ast.Not):
            return e.Not(operand)
        return e.Negative(operand) if isinstance(node.op, ast.USub) else operand

    def compare(self, node: ast.Compare, depth: int) -> e.Expression:
        parts = [self.read(part, depth) for part in (node.left, *node.comparators)]
        if any(type(operator) not in _RELATIONS for operator in node.ops):
            raise ExpressionError("`is` is not part of the language", "write ==")
        links = tuple(
            e.Compare(_RELATIONS[type(operator)], left, right)
            for operator, left, right in zip(node.ops, parts, parts[1:], strict=False)
        )
        return links[0] if len(links) == 1 else e.Logic("and", links)

    def item(self, node: ast.Subscript, depth: int) -> e.Expression:
        if depth > MAX_DEPTH:
            raise ExpressionError(f"the expression is nested deeper than {MAX_DEPTH}", "write x[i, j]")
        inner = node.slice
        entries = inner.elts if isinstance(inner, ast.Tuple) else [inner]
        index = tuple(self.read(entry, depth) for entry in entries)
        if not index:
            raise ExpressionError("`[()]` gives no index", "write x[i], or x alone for a single number")
        owner = node.value
        if isinstance(owner, ast.Subscript):
            outer = self.item(owner, depth + 1)
            if isinstance(outer, e.Item):
                self.notes.append(f"`{outer.name}[..][..]` was read as `{outer.name}[.., ..]`")
                return e.Item(outer.name, outer.index + index)
        if not isinstance(owner, ast.Name):
            raise ExpressionError("only a declared name can have `[...]`", "write x[i, j]")
        return e.Item(owner.id, index)

    def call(self, node: ast.Call, depth: int) -> e.Expression:
        if not isinstance(node.func, ast.Name):
            raise ExpressionError("only a function's name can stand before `(`", "write `*` for a product")
        if node.keywords:
            raise ExpressionError(f"`{node.func.id}` takes no named arguments", "give them in order")
        name = node.func.id
        if len(node.args) == 1 and isinstance(node.args[0], ast.GeneratorExp | ast.ListComp):
            inner = node.args[0]
            if name in e.AGGREGATES:
                return e.Aggregate(name, self.read(inner.elt, depth), self.clauses(inner.generators, depth))
            if name in e.LOGIC_FUNCTIONS:
                return e.Call(name, (e.Builder((self.read(inner.elt, depth),), self.clauses(inner.generators, depth)),))
            raise _unknown_function(name)
        return e.Call(name, tuple(self.read(argument, depth) for argument in node.args))

    def clauses(self, ranges: list[ast.comprehension], depth: int) -> tuple[e.Clause, ...]:
        return tuple(
            e.Clause(
                _targets(part.target),
                self.read(part.iter, depth),
                tuple(self.read(condition, depth) for condition in part.ifs),
            )
            for part in ranges
        )


def _targets(node: ast.expr) -> tuple[str, ...]:
    if isinstance(node, ast.Name):
        return (node.id,)
    if isinstance(node, ast.Tuple) and node.elts and all(isinstance(part, ast.Name) for part in node.elts):
        return tuple(cast(ast.Name, part).id for part in node.elts)
    raise ExpressionError("an index must be a name", "write `for i in I` or `for (i, j) in ARCS`")


def _refusal(node: ast.AST) -> ExpressionError:
    message, mend_hint = _REFUSED.get(type(node), (f"`{type(node).__name__}` is not part of the language", ""))
    return ExpressionError(message, mend_hint)


def _unknown_function(name: str) -> ExpressionError:
    allowed = ", ".join(sorted(e.FUNCTIONS))
    return ExpressionError(f"unknown function '{name}'", f"allowed: {allowed}")
