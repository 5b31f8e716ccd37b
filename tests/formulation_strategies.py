"""Hypothesis strategies for reading and checking: any JSON, valid formulations with something spoiled, arithmetic."""

import copy
from typing import Any

from hypothesis import strategies as st

from tests.formulation_helpers import written

HEADINGS = ("sets", "parameters", "variables", "objective", "constraints", "assumptions", "title", "version", "data")
FIELDS = (
    "name", "index", "elements", "expression", "values", "default", "domain", "lower", "upper", "sense", "forall",
    "source", "description", "unit", "bounds", "lhs", "rhs", "type", "min",
)  # fmt: skip
PIECES = (
    "x", "y", "N", "T", "cost", "cap", "i", "j", "1", "2", "0", "10**6", "'a'", "(", ")", "[", "]", "{", "}", ",",
    "+", "-", "*", "/", "**", "//", "%", "<=", ">=", "==", "=", "<", "!=", " for ", " in ", " if ", " else ", " and ",
    " or ", "not ", "sum", "max", "min", "abs", "prod", "range", "first", "prev", "len", "ord", "implies", "circuit",
    "all_different", "no_overlap", "inf", "x[i]", "x[i, j]", "cost[i]", "sum(x[i] for i in N)", "sqrt", "log", "^", "|",
)  # fmt: skip


def texts() -> st.SearchStrategy[str]:
    """Return expression-like texts, most of them broken, and any text."""
    return st.lists(st.sampled_from(PIECES), max_size=12).map("".join) | st.text(max_size=12)


def json_values() -> st.SearchStrategy[Any]:
    """Return any JSON value, with the field names and texts of formulations over-represented."""
    leaf = st.none() | st.booleans() | st.integers() | st.floats() | texts() | st.just(10**400)
    keys = st.sampled_from(HEADINGS + FIELDS) | st.text(max_size=4)
    return st.recursive(
        leaf, lambda below: st.lists(below, max_size=3) | st.dictionaries(keys, below, max_size=4), max_leaves=16
    )


VALID = written(
    ("i in N if i > first(N)", "x[i] <= x[prev(i)] + cap*y"),
    ("(i, j) in A", "x[i] + x[j] >= cost[i]"),
    "sum(cost[i]*x[i] for i in N) <= 100",
    "implies(y == 1, abs(x[1]) <= 3)",
    "all_different(k[i] for i in N)",
    "max(x[i] for i in N) <= 20 if y == 0",
    sets={"N": [1, 2, 3], "A": [[1, 2], [2, 3]], "T": "range(1, 4)",
          "S": {"index": ["i in N"], "elements": {"1": [1], "2": [], "3": [2, 1]}}},
    parameters={
        "cost": {"index": ["i in N"], "values": [4, 5, 6]},
        "cap": 7,
        "d": {"index": ["i in N", "t in T"], "values": {"1,1": 3}, "default": 0},
        "twice": {"index": ["t in T"], "expression": "2*sum(d[i, t] for i in N)"},
    },
    variables=[
        {"name": "x", "index": ["i in N"], "upper": "2*cost[i]"},
        {"name": "y", "domain": "binary"},
        {"name": "k", "index": ["i in N"], "domain": "integer", "upper": 9},
    ],
    objective="sum(x[i] for i in N) + sum(twice[t] for t in T)*y",
)  # fmt: skip


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Return every container and key in a JSON value."""
    found: list[tuple[Any, Any]] = []
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in list(entries):
        found.append((value, key))
        found += _places(inner)
    return found


@st.composite
def spoiled(draw: st.DrawFn) -> dict[str, Any]:
    """Return a valid formulation with some parts deleted, doubled, renamed, exchanged or overwritten."""
    whole: dict[str, Any] = copy.deepcopy(VALID)
    for _ in range(draw(st.integers(1, 4))):
        places = _places(whole)
        owner, key = draw(st.sampled_from(places))
        other, elsewhere = draw(st.sampled_from(places))
        change = draw(st.sampled_from(["delete", "double", "rename", "swap", "text", "json", "edit"]))
        old = owner[key]
        if change == "delete":
            del owner[key]
        elif change == "double" and isinstance(owner, list):
            owner.insert(key, copy.deepcopy(old))
        elif change == "rename" and isinstance(owner, dict):
            owner[draw(st.sampled_from(HEADINGS + FIELDS) | st.text(max_size=3))] = owner.pop(key)
        elif change == "swap":
            owner[key] = copy.deepcopy(other[elsewhere])
        elif change == "text":
            owner[key] = draw(texts())
        elif change == "json":
            owner[key] = draw(json_values())
        elif isinstance(old, str) and old:
            place = draw(st.integers(0, len(old) - 1))
            owner[key] = old[:place] + draw(st.sampled_from(PIECES) | st.characters()) + old[place + 1 :]
    return whole


def arithmetic() -> st.SearchStrategy[str]:
    """Return texts of arithmetic over `a`, `b`, `d[i]` and N that mean the same in Python."""
    leaf = st.sampled_from(["a", "b", "d[1]", "d[2]", "0", "1", "2", "7", "0.5", "2.25"])
    return st.recursive(leaf, _wider, max_leaves=10)


def _wider(below: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    def form(pattern: str, count: int) -> st.SearchStrategy[str]:
        return st.tuples(*[below] * count).map(lambda parts: pattern.format(*parts))

    patterns = [
        ("({} + {})", 2), ("({} - {})", 2), ("({} * {})", 2), ("({} / {})", 2), ("({} // {})", 2), ("({} % ({}))", 2),
        ("({} ** 2)", 1), ("(-{})", 1), ("{} - {} * {}", 3), ("-{} ** 2", 1), ("abs({})", 1),
        ("min({}, {})", 2), ("max({}, {}, {})", 3),
        ("({} if {} < {} else {})", 4), ("({} if {} == {} or not {} >= {} else {})", 6),
        ("(3 if {} <= {} <= {} else 4)", 3),
        ("sum({} * i for i in N)", 1), ("sum(d[i] for i in N if i != {})", 1), ("max({} - d[i] for i in N)", 1),
        ("sum(i * j for i in N for j in N if j > i and {} > 0)", 1),
        ("(1 if all(d[i] > {} for i in N) else 2)", 1), ("(1 if any(d[i] > {} for i in N) else 2)", 1),
    ]  # fmt: skip
    return st.one_of(*(form(pattern, count) for pattern, count in patterns))
