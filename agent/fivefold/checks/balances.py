"""Balances over time: what was there and what comes in is what goes out and what is left.

    stock[t] == stock[t-1] + make[t] - demand[t]

Looked at are rows that hold an amount that is kept, by its own name, at one time and at the time before.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fivefold.checks.sums import tree_of
from fivefold.checks.wording import stems
from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.elements import Constraint, Formulation
from fivefold_solvers.formulation.finding import Finding, warning

_KEPT = frozenset({"stock", "inventory", "level", "storage", "stored", "reserve", "reservoir"})
_OWED = frozenset({"owed", "owe", "backlog", "backorder", "debt", "arrear"})
"""What is kept too, and grows by what goes out."""
_OUT = frozenset({"demand", "need", "sale", "sell", "sold"})
_IN = frozenset({"make", "made", "produce", "production", "buy", "bought", "purchase", "inflow"})
"""Words that say for certain which way something goes; orders and deliveries go either way."""


@dataclass(frozen=True, slots=True)
class _Term:
    """One term of a balance, brought to the left side."""

    sign: int
    name: str
    earlier: bool
    """Whether it is of the time before."""


def check_balances(formulation: Formulation) -> list[Finding]:
    """Return a warning for a balance over time that takes off what comes in, adds what goes out, or is no equation."""
    words = {element.name: stems(element.name.replace("_", " ")) for element in formulation.elements()}
    kept = {
        v.name for v in formulation.variables if v.index and v.domain != "binary" and _is_kept(v.name, v.description)
    }
    return [found for row in formulation.constraints for found in _row(row, kept, words)][:1] if kept else []


def _is_kept(name: str, description: str) -> bool:
    own = stems(name.replace("_", " "))
    kept = bool(own & (_KEPT | _OWED)) and not own & {"safety", "cost", "capacity"}
    return kept and "whether" not in description.lower()


def _row(row: Constraint, kept: set[str], words: dict[str, frozenset[str]]) -> Iterator[Finding]:
    tree = tree_of(row.expression)
    if not isinstance(tree, e.Compare) or tree.relation not in {"==", "<=", ">="}:
        return
    found = [*_terms(tree.left, 1), *_terms(tree.right, -1)]
    for name in kept:
        own = [term for term in found if term.name == name]
        before, now = [term for term in own if term.earlier], [term for term in own if not term.earlier]
        flows = [term for term in found if term.name not in kept]
        if len(before) != 1 or len(now) > 1 or not flows or len(own) != len(before) + len(now):
            continue
        message = _fault(tree.relation, before[0], now, flows, words)
        if message:
            where = f"constraint '{row.name}'"
            more, less = ("falls due", "is delivered") if words[name] & _OWED else ("comes in", "goes out")
            mend = f"write {name} now == {name} before + what {more} - what {less}"
            yield warning("balance", where, f"`{row.expression}` {message}", mend)


def _fault(relation: str, before: _Term, now: list[_Term], flows: list[_Term], words: dict[str, frozenset[str]]) -> str:
    if not now:
        moving = any(words.get(term.name, frozenset()) & (_IN | _OUT) for term in flows)
        return f"has {before.name} of the time before but not what is left of it" if relation == "==" and moving else ""
    if before.sign == now[0].sign:
        return f"adds {before.name} of the time before to that of now"
    if words.get(before.name, frozenset()) & _OWED:
        return ""
    for term in flows:
        own = words.get(term.name, frozenset())
        goes_out, comes_in = bool(own & _OUT), bool(own & _IN)
        if goes_out != comes_in and term.sign == (before.sign if goes_out else now[0].sign):
            return f"adds {term.name} to what is kept" if goes_out else f"takes {term.name} off what is kept"
    known = all(words.get(term.name, frozenset()) & (_IN | _OUT) for term in flows)
    return "is no equation, so that amounts get lost or come from nowhere" if relation != "==" and known else ""


def _terms(node: e.Expression, sign: int) -> Iterator[_Term]:
    match node:
        case e.Binary("+" | "-" as operator, left, right):
            yield from _terms(left, sign)
            yield from _terms(right, -sign if operator == "-" else sign)
        case e.Negative(operand):
            yield from _terms(operand, -sign)
        case e.Binary("*", left, right):
            names = [part for side in (left, right) for part in e.walk(side) if isinstance(part, e.Item | e.Name)]
            items = [part for part in names if isinstance(part, e.Item)]
            if items:
                yield _Term(sign, items[-1].name, _is_earlier(items[-1]))
        case e.Choice(_, then, otherwise):
            both = [*_terms(then, sign), *_terms(otherwise, sign)]
            yield from [term for term in both if term.earlier] or both[:1]
        case e.Item(name):
            yield _Term(sign, name, _is_earlier(node))
        case e.Aggregate("sum", body):
            yield from _terms(body, sign)
        case _:
            return


def _is_earlier(item: e.Item) -> bool:
    return any(
        (isinstance(at, e.Call) and at.function == "prev")
        or (isinstance(at, e.Binary) and at.operator == "-" and isinstance(at.right, e.Number))
        for at in item.index
    )
