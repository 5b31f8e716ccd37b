"""The schemas that hold an LLM to the language, and rows merged in a repair."""

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fivefold.checks.curves import beyond_sums, is_curved
from fivefold.nodes.repair import merged
from fivefold.nodes.writing import (
    added_rows_schema,
    declared_names,
    indexed_schema,
    rows_schema,
    variables_schema,
)
from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.parse import parse
from fivefold_solvers.formulation.read import read

NAMES = ["kites", "flags", "kites_big"]


def patterns(names: list[str]) -> tuple[str, str]:
    """The patterns of an objective's and of a row's expression."""
    schema = rows_schema(names)["properties"]
    row = schema["constraints"]["items"]
    return (
        schema["objective"]["properties"]["expression"]["pattern"],
        row["properties"]["expression"]["pattern"],
    )


def accepts(pattern: str, text: str) -> bool:
    return re.search(pattern, text) is not None


@pytest.mark.parametrize(
    "text",
    ["7", "kites", "2*kites + 3.5*flags", "-kites - -2*flags", "(kites + flags)*0.3", "kites**2/flags", "kites_big*2"],
)
def test_arithmetic_over_declared_names_can_be_written(text: str) -> None:
    goal, row = patterns(NAMES)
    assert accepts(goal, text) and not accepts(row, text)
    for relation in ("<=", ">=", "=="):
        assert accepts(row, f"{text} {relation} {text}") and not accepts(goal, f"{text} {relation} {text}")


@pytest.mark.parametrize(
    "text",
    [
        "pi*kites**2",
        "max(40/(2*kites), 20/(3*flags), kites_big)",
        "(3*kites + 2*flags) / (kites + flags)",
        "kites - sqrt(kites**2 + (3 - flags)**2) * 2",
        "100*(1 - exp(-0.1*kites))",
    ],
)
def test_functions_can_be_written_only_where_the_words_call_for_them(text: str) -> None:
    goal = rows_schema(NAMES, functions=True)["properties"]["objective"]["properties"]["expression"]["pattern"]
    assert accepts(goal, text)
    assert parse(text)
    if "pi" in text or "(" in text.replace(" (", "").lstrip("("):
        assert not accepts(patterns(NAMES)[0], text)
    for broken in (f"{text}, kites", f"{text} + max(kites)", f"{text} + root(kites)", f"{text} + pip"):
        assert not accepts(goal, broken)


@pytest.mark.parametrize(
    ("text", "beyond"),
    [
        ("Maximize the ratio of total profit to total hours.", True),
        ("An open tank with a square base holds 32 cubic metres and has a radius of 2 m.", True),
        ("The price falls by $2 for every additional crate sold.", True),
        ("Minimize the maximum load of the four machines.", True),
        ("Each poster costs $3. Profit is (40 - 0.1*x) * x.", True),
        ("Minimize the cost per kWh produced.", True),
        (
            "A shed takes 12 square feet and 3 cubic metres of concrete; 400 are free. Maximize profit.",
            False,
        ),
        ("A bakery earns $3 a loaf. Maximize the profit per week.", False),
        ("**Bold** headings and * lists * do not count. Minimize the total number of trips per hour.", False),
    ],
)
def test_words_that_speak_of_more_than_sums_are_known(text: str, beyond: bool) -> None:
    assert beyond_sums(text) is beyond


@pytest.mark.parametrize(
    "text",
    [
        "ships",
        "2*kite",
        "kitesflags",
        "2 kites",
        "kites = 3",
        "kites + flags < 3",
        "sum(kites)",
        "kites[1]",
        "kites; import os",
        "",
        "2*",
        "kites\n",
    ],
)
def test_nothing_else_can_be_written(text: str) -> None:
    goal, row = patterns(NAMES)
    assert re.fullmatch(goal[1:-1], text) is None
    assert re.fullmatch(row[1:-1], f"{text} <= 3") is None


def _wider(below: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    joined = st.tuples(below, st.sampled_from([" + ", " - ", "*", "/", "**"]), below).map("".join)
    return joined | below.map("({})".format) | below.map("-({})".format)


TERMS = st.sampled_from([*NAMES, "0", "3", "0.25", "-kites"])


@given(st.recursive(TERMS, _wider, max_leaves=8), st.sampled_from(["<=", ">=", "=="]))
@settings(max_examples=100)
def test_what_the_pattern_accepts_is_read_as_written(text: str, relation: str) -> None:
    goal, row = patterns(NAMES)
    if not accepts(goal, text):
        # A minus behind a bracket or another minus is all that the pattern leaves out.
        assert re.search(r"\(-|--", text), text
        return
    tree = parse(f"{text} {relation} 5").tree
    assert accepts(row, f"{text} {relation} 5") and isinstance(tree, e.Compare) and tree.relation == relation
    assert {node.name for node in e.walk(tree) if isinstance(node, e.Name)} <= set(NAMES)


@given(st.from_regex(patterns(["x", "y_2"])[1], fullmatch=True))
@settings(max_examples=60)
def test_whatever_the_grammar_writes_with_closed_brackets_is_read(text: str) -> None:
    if _closed(text) and not re.search(r"(?<![\d.])0\d", text):
        assert isinstance(parse(text).tree, e.Compare)


def _closed(text: str) -> bool:
    """Whether the brackets of each side close in order."""
    for side in re.split("<=|>=|==", text):
        depth = 0
        for sign in side:
            depth += {"(": 1, ")": -1}.get(sign, 0)
            if depth < 0:
                return False
        if depth:
            return False
    return True


def test_names_that_can_be_used_are_taken_from_any_answer() -> None:
    entries: list[Any] = [{"name": "kites"}, {"name": "kites"}, {"name": "2x"}, {"name": "a b"}, {"name": 5}, "flags",
                          {}, None, {"name": "for"}, {"name": "größe"}, {"name": "x\n"}]  # fmt: skip
    assert declared_names({"variables": entries}) == ["kites", "größe"]
    assert declared_names({"variables": {"name": "x"}}) == [] == declared_names({})


def _objects(node: Any) -> list[dict[str, Any]]:
    found = [node] if isinstance(node, dict) and node.get("type") == "object" else []
    parts = node.values() if isinstance(node, dict) else node if isinstance(node, list) else []
    return found + [inner for part in parts for inner in _objects(part)]


@pytest.mark.parametrize(
    "schema", [variables_schema(), rows_schema(["x"]), added_rows_schema(["x"]), indexed_schema()], ids=str
)
def test_every_object_is_closed_and_all_its_keys_required(schema: dict[str, Any]) -> None:
    for block in _objects(schema):
        assert block["additionalProperties"] is False and block["required"] == list(block["properties"])


def row(expression: str) -> dict[str, object]:
    return {"meaning": "m", "expression": expression}


def test_a_new_row_takes_the_place_of_the_one_with_its_numbers() -> None:
    old = [row("2*x + 3*y <= 40"), row("x <= y"), row("x >= 7")]
    new = [row("2*x + 3*y >= 40"), row("y <= 9")]
    assert merged(old, new) == [row("x <= y"), row("x >= 7"), *new]


def test_a_row_that_is_there_is_not_added_again() -> None:
    old = [row("x <= y"), row("x - 1*y >= 0")]
    assert merged(old, [row("x <= y"), row("y <= 2*x")]) == [*old, row("y <= 2*x")]
    assert merged(old, []) == old and merged([], old) == old


def test_digits_in_names_are_no_numbers() -> None:
    old = [row("x_5 + y <= 1")]
    assert merged(old, [row("5*y <= 1")]) == [*old, row("5*y <= 1")]


@given(*[st.lists(st.none() | st.text(max_size=4) | st.builds(row, st.text("x15. +<=", max_size=8)), max_size=4)] * 2)
def test_rows_of_any_form_are_merged(known: list[object], new: list[object]) -> None:
    both = merged(known, new)
    assert all(entry in known or entry in new for entry in both)


@pytest.mark.parametrize(
    ("goal", "row", "curved"),
    [
        ("3*x + 2*y", "x + y <= 4", False),
        ("3*(x + y)/7", "max(x, y) <= 4", False),
        ("x*y", "x + y <= 4", True),
        ("x + y", "x/(x + y) <= 0.4", True),
        ("x + y", "sqrt(x) + y <= 4", True),
        ("x**2 + y", "x + y <= 4", True),
    ],
)
def test_formulations_that_go_beyond_sums_are_known(goal: str, row: str, curved: bool) -> None:
    found = read(
        {
            "variables": [{"name": "x"}, {"name": "y"}],
            "objective": {"sense": "maximize", "expression": goal},
            "constraints": [{"name": "limit", "expression": row}],
        }
    ).formulation
    assert is_curved("Carts and vans earn money.", found) is curved
    assert is_curved("Maximize the ratio of profit to hours.", found)
    assert not is_curved("Carts and vans earn money.", None)


def test_a_row_of_the_same_meaning_with_another_number_takes_the_place_of_the_old_one() -> None:
    """It stood beside it, both could not hold, and a rule then loosened the right one."""
    old = [row("150 + made - 560 == kept") | {"meaning": "stock of week 1"}, row("made <= 400") | {"meaning": "press"}]
    new = [row("150 + made - 510 == kept") | {"meaning": "Stock of week 1 "}]
    assert merged(old, new) == [old[1], *new]
    other = [row("kept <= 300") | {"meaning": "stock of week 1"}]
    assert merged(old, other) == [*old, *other]
