"""What the language can say, each by an example that comes out as the right rows, tables and classes."""

from typing import Any

import pytest

from fivefold_solvers.formulation.classify import ProblemClass, convex_objective
from fivefold_solvers.formulation.identity import Key
from fivefold_solvers.formulation.scope import Members
from tests.formulation_helpers import refused, rows, strict

MONTHS = {"T": ["jan", "feb", "mar"]}
OVER_T = [{"name": "s", "index": ["t in T"]}]


def table(name: str, values: Any, sets: dict[str, Any], index: list[str], **more: Any) -> dict[Key, float]:
    """Return the table of a parameter."""
    parameters = {name: {"index": index, "values": values, **more}}
    checked = strict("x >= 0", sets=sets, parameters=parameters)
    assert checked.grounded is not None, checked.findings
    return checked.grounded.parameters[name].table


def members(sets: dict[str, Any], name: str = "S") -> dict[Key, Members]:
    """Return the members of a set, or of its subsets."""
    checked = strict("x >= 0", sets=sets)
    assert checked.grounded is not None, checked.findings
    return checked.grounded.sets[name].table


def test_first_last_prev_next_and_len_of_text_elements() -> None:
    checked = strict(
        ("t in T if t > first(T)", "s[t] >= s[prev(t)] + 1"),
        ("t in T if t < last(T)", "s[next(t)] <= 2*s[t]"),
        "s[last(T)] - s[first(T)] <= len(T) + ord('feb', T)",
        sets=MONTHS,
        variables=OVER_T,
    )
    assert rows(checked) == ["1 s[feb] + -1 s[jan] + -1 >= 0", "-1 s[feb] + 1 s[mar] + -1 >= 0"]
    assert rows(checked, "c2") == ["1 s[feb] + -2 s[jan] <= 0", "-2 s[feb] + 1 s[mar] <= 0"]
    assert rows(checked, "c3") == ["-1 s[jan] + 1 s[mar] + -5 <= 0"]


def test_order_is_the_order_of_the_set_and_not_of_the_numbers() -> None:
    checked = strict(
        ("t in T", "s[t] == (s[prev(t)] if t > first(T) else 5)"), sets={"T": [22, 23, 0, 1]}, variables=OVER_T
    )
    assert rows(checked) == [
        "1 s[22] + -5 == 0", "-1 s[22] + 1 s[23] == 0", "1 s[0] + -1 s[23] == 0", "-1 s[0] + 1 s[1] == 0",
    ]  # fmt: skip


def test_a_number_beside_a_text_element_is_refused() -> None:
    refused(strict(("t in T if t > 1", "s[t] >= 0"), sets=MONTHS, variables=OVER_T), "compares 'jan' with 1 by size")


def test_a_condition_on_the_next_number() -> None:
    checked = strict(("k in K if k + 1 in K", "x >= k"), sets={"K": [1, 2, 5, 6]})
    assert rows(checked) == ["1 x + -1 >= 0", "1 x + -5 >= 0"]


def test_a_cyclic_wrap() -> None:
    checked = strict(("t in T", "s[prev(t) if t > first(T) else last(T)] <= s[t]"), sets=MONTHS, variables=OVER_T)
    assert rows(checked) == [
        "-1 s[jan] + 1 s[mar] <= 0", "-1 s[feb] + 1 s[jan] <= 0", "1 s[feb] + -1 s[mar] <= 0",
    ]  # fmt: skip


def test_sets_of_tuples_and_sums_over_a_part_of_them() -> None:
    checked = strict(
        ("n in N", "sum(f[i, j] for (i, j) in ARCS if i == n) - sum(f[a] for a in ARCS if a in INTO) == 0"),
        "f['a', 'b'] >= 1",
        ("(_, j) in ARCS", "f['a', j] <= 5"),
        sets={"N": ["a", "b"], "ARCS": [["a", "b"], ["a", "c"], ["b", "c"]], "INTO": [["b", "c"]]},
        variables=[{"name": "f", "index": ["a in ARCS"]}],
    )
    assert rows(checked)[0] == "1 f[a, b] + 1 f[a, c] + -1 f[b, c] == 0"
    assert rows(checked, "c3") == ["1 f[a, b] + -5 <= 0", "1 f[a, c] + -5 <= 0", "1 f[a, c] + -5 <= 0"]


def test_flow_over_arcs() -> None:
    checked = strict(
        ("n in N", "sum(f[i, j] for (i, j) in ARCS if i == n) <= 1"),
        "f['a', 'b'] >= 1",
        sets={"N": ["a", "b"], "ARCS": [["a", "b"], ["a", "c"], ["b", "c"]]},
        variables=[{"name": "f", "index": ["ARCS"]}],
    )
    assert rows(checked) == ["1 f[a, b] + 1 f[a, c] + -1 <= 0", "1 f[b, c] + -1 <= 0"]
    assert rows(checked, "c2") == ["1 f[a, b] + -1 >= 0"]


def test_sparse_index_sets() -> None:
    checked = strict(
        ("i in N", "sum(f[i, j] for j in N if i != j) <= 1"),
        sets={"N": [1, 2, 3]},
        variables=[{"name": "f", "index": ["i in N", "j in N if i != j"]}],
    )
    assert rows(checked)[0] == "1 f[1, 2] + 1 f[1, 3] + -1 <= 0"


def test_computed_parameters_in_any_order() -> None:
    parameters = {
        "cost": {"index": ["i in N"], "values": [1, 2]},
        "twice": {"index": ["i in N"], "expression": "2*cost[i]"},
        "total": {"expression": "sum(twice[i] for i in N) ** 2 % 7"},
    }
    for ordered in (parameters, dict(reversed(parameters.items()))):
        assert rows(strict("x <= total + twice[2]", sets={"N": [1, 2]}, parameters=ordered)) == ["1 x + -5 <= 0"]


@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        ("range(1, 4)", (1, 2, 3)),
        ("{i for i in N if i != 2}", (1, 3)),
        ("{(i, j) for i in N for j in N if i < j}", ((1, 2), (1, 3), (2, 3))),
        ("{2*i + 1 for i in N}", (3, 5, 7)),
        ("[3, 'a']", (3, "a")),
        ("N", (1, 2, 3)),
    ],
)
def test_ranges_and_subsets(expression: str, wanted: tuple[object, ...]) -> None:
    assert members({"N": [1, 2, 3], "S": expression})[()].order == wanted


def test_indexed_subsets() -> None:
    listed = members({"N": ["a", "b"], "S": {"index": ["i in N"], "elements": {"a": [1, 2], "b": []}}})
    assert {key: found.order for key, found in listed.items()} == {("a",): (1, 2), ("b",): ()}
    built = members({"N": [1, 2, 3], "S": {"index": ["i in N"], "expression": "{j for j in N if j > i}"}})
    assert {key: found.order for key, found in built.items()} == {(1,): (2, 3), (2,): (3,), (3,): ()}
    checked = strict(
        ("i in N", "sum(j for j in S[i]) <= x"),
        sets={"N": ["a", "b"], "S": {"index": ["i in N"], "elements": {"a": [1, 2], "b": []}}},
    )
    assert rows(checked) == ["-1 x + 3 <= 0", "-1 x <= 0"]


SETS = {"N": ["a", "b"], "M": [1, 2], "A": [["a", 1], ["b", 2]], "C": ["Paris, France", "Rome"]}


@pytest.mark.parametrize(
    ("index", "values"),
    [
        (["i in N", "j in M"], [[1, 2], [3, 4]]),
        (["N", "M"], {"a": {"1": 1, "2": 2}, "b": {"1": 3, "2": 4}}),
        (["N", "M"], {"a,1": 1, "a,2": 2, "('b', 1)": 3, "b, 2": 4}),
        (["N", "M"], {"a": [1, 2], "b": [3, 4]}),
        (["N", "M"], [{"1": 1, "2": 2}, {"1": 3, "2": 4}]),
    ],
)
def test_tables_may_be_lists_objects_or_both(index: list[str], values: Any) -> None:
    assert table("d", values, SETS, index) == {("a", 1): 1, ("a", 2): 2, ("b", 1): 3, ("b", 2): 4}


def test_tables_over_tuples_and_names_with_commas() -> None:
    assert table("d", [5, 6], SETS, ["A"]) == {("a", 1): 5, ("b", 2): 6}
    assert table("d", {"a,1": 5, "b,2": 6}, SETS, ["(i, j) in A"]) == {("a", 1): 5, ("b", 2): 6}
    wanted = {("Paris, France", "a"): 1, ("Paris, France", "b"): 2, ("Rome", "a"): 3, ("Rome", "b"): 4}
    values = {"Paris, France": {"a": 1, "b": 2}, "Rome": {"a": 3, "b": 4}}
    assert table("d", values, SETS, ["C", "N"]) == wanted


def test_default_tables() -> None:
    parameters = {"d": {"index": ["i in N", "j in N"], "values": {"1,2": 7}, "default": 1}}
    checked = strict(("i in N", "x >= sum(d[i, j] for j in N)"), sets={"N": [1, 2]}, parameters=parameters)
    assert rows(checked) == ["1 x + -8 >= 0", "1 x + -2 >= 0"]


def test_the_indicator_form() -> None:
    checked = strict("x <= 5 if y == 1")
    assert checked.ok
    assert [(row.kind, row.places) for row in checked.rows.logic] == [
        ("implies", frozenset({("x", ()), ("y", ())})),
    ]


def test_conditions_on_data_choose_rows() -> None:
    checked = strict(("i in N", "implies(i > 1, x <= i)"), ("i in N", "x >= 1 if i == 1 else x >= 2"), "1 < 2 or 2 < 1",
                     sets={"N": [1, 2]})  # fmt: skip
    assert rows(checked) == ["0 <= 0", "1 x + -2 <= 0"]
    assert rows(checked, "c2") == ["1 x + -1 >= 0", "1 x + -2 >= 0"]
    assert not checked.rows.logic


@pytest.mark.parametrize(
    ("objective", "constraint", "domain", "wanted"),
    [
        ("x", "x >= 1", "continuous", "LP"),
        ("x", "x >= 1", "integer", "MILP"),
        ("abs(x - 3)", "x >= 1", "continuous", "MILP"),
        ("x**2", "x >= 1", "continuous", "QP"),
        ("(x - 1)*(x - 1)", "x >= 1", "integer", "MIQP"),
        ("x", "x*x >= 1", "continuous", "NLP"),
        ("x / (x + 1)", "x >= 1", "continuous", "NLP"),
        ("exp(x)", "x >= 1", "integer", "MINLP"),
        ("x", "all_different(x, x + 1)", "integer", "CP"),
        ("x", "implies(y == 1, x >= 1)", "continuous", "MILP"),
    ],
)
def test_classes(objective: str, constraint: str, domain: str, wanted: str) -> None:
    variables = [{"name": "x", "domain": domain, "upper": 9}]
    if "y" in constraint:
        variables.append({"name": "y", "domain": "binary"})
    checked = strict(constraint, variables=variables, objective=objective)
    assert checked.problem_class is ProblemClass(wanted), checked.findings


@pytest.mark.parametrize(
    ("text", "convex"), [("x*x + z*z - x*z", True), ("x*x - z*z", False), ("x*z", False), ("1e-9*x*z", False)]
)
def test_convexity(text: str, convex: bool) -> None:
    checked = strict("x + z >= 1", variables=[{"name": "x"}, {"name": "z"}], objective=text)
    assert checked.grounded is not None
    assert convex_objective(checked.grounded, checked.rows) is convex
