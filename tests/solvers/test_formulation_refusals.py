"""What a naive runner accepts in silence or dies of: refused with place, reason and mend, or handled right."""

from typing import Any

import pytest

from fivefold_solvers.formulation.check import check, summary
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.read import read
from tests.formulation_helpers import refused, rows, strict, texts, tolerant, written

N3 = {"N": [1, 2, 3]}
X_OVER_N = [{"name": "x", "index": ["i in N"], "upper": 10}]


# Silent wrong answers -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["Minimize", "MIN", "minimise", "minimization"])
def test_other_spellings_of_a_sense_keep_their_direction(word: str) -> None:
    reading = read(written("x >= 1", objective={"sense": word, "expression": "x"}))
    assert reading.formulation is not None
    assert reading.formulation.objective.sense == "minimize"
    assert any("was read as minimize" in str(found) for found in reading.findings)


def test_an_unknown_sense_is_refused() -> None:
    reading = read(written("x >= 1", objective={"sense": "optimize", "expression": "x"}))
    assert reading.formulation is None
    assert "optimize" in str(reading.findings[-1])


@pytest.mark.parametrize("text", ["x <= 7^2", "x^2 <= 9"])
def test_a_caret_is_no_power(text: str) -> None:
    refused(tolerant(text), "constraint 'c1'", "^", "use ** for powers")


def test_a_power_of_ten_is_no_product_with_a_variable() -> None:
    variables = [{"name": name, "upper": 9} for name in ("e1", "e2", "x")]
    found = strict("3e1 + 2.5e2 + x <= 900", variables=variables)
    refused(found, "constraint 'c1'", "`3e1` is the number 30, and 'e1' is declared", "`*e1`, or 30")
    refused(found, "`2.5e2` is the number 250")
    assert rows(strict("3*e1 + 2.5e3*x <= 9e3 + 1e-1*e2", variables=variables))


def test_one_element_has_many_spellings() -> None:
    checked = strict(
        "x[1] + x['2'] + x['03'] + x[1.5] <= cost['1'] + cost['1.5']",
        sets={"N": ["1", 2, "03", 1.5]},
        parameters={"cost": {"index": ["i in N"], "values": {"1": 5, "2": 6, "03": 7, "1.5": 8}, "default": 0}},
        variables=X_OVER_N,
    )
    assert rows(checked) == ["1 x[03] + 1 x[1] + 1 x[1.5] + 1 x[2] + -13 <= 0"]


def test_an_element_of_a_tuple_has_many_spellings() -> None:
    parameters = {"d": {"index": ["(i, j) in A"], "values": {"1,2": 5, "('2', \"3\")": 6}}}
    checked = strict("x <= sum(d[i, j] for (i, j) in A)", sets={"A": [["1", 2], [2, "3"]]}, parameters=parameters)
    assert rows(checked) == ["1 x + -11 <= 0"]


def test_a_key_outside_a_sparse_table_is_no_default() -> None:
    parameters = {"d": {"index": ["i in N"], "values": {"1": 5}, "default": 0}}
    assert rows(strict("x <= d[1] + d[2]", sets=N3, parameters=parameters)) == ["1 x + -5 <= 0"]
    refused(strict("x <= d['01']", sets=N3, parameters=parameters), "d['01'] does not exist")


@pytest.mark.parametrize("values", [[1, 2], [1, 2, 3, 4]])
def test_lists_have_exactly_the_length_of_the_set(values: list[int]) -> None:
    checked = strict("x <= d[1]", sets=N3, parameters={"d": {"index": ["i in N"], "values": values}})
    refused(checked, "parameter 'd'", f"a list of {len(values)} values", "N with 3 elements")


def test_nested_lists_have_exactly_the_lengths_of_their_sets() -> None:
    sets = {"N": [1, 2, 3], "M": ["a", "b"]}
    short = {"index": ["i in N", "j in M"], "values": [[1, 2], [3, 4], [5]]}
    refused(strict("x <= d[1, 'a']", sets=sets, parameters={"d": short}), "a list of 1 values at 3", "M with 2")
    deep = {"index": ["i in N"], "values": [[1], [2], [3]]}
    refused(strict("x <= d[1]", sets=sets, parameters={"d": deep}), "nested too deep")


def test_entries_outside_the_index_set_are_refused() -> None:
    values = {"1": 1, "2": 2, "3": 3, "4": 4}
    checked = strict("x <= d[1]", sets=N3, parameters={"d": {"index": ["i in N"], "values": values}})
    refused(checked, "parameter 'd'", "entry 4 is outside its index set", "1, 2, 3")


def test_an_entry_given_twice_is_refused() -> None:
    parameters = {"d": {"index": ["i in N"], "values": {"1": 1, " 1": 2, "2": 2, "3": 3}}}
    refused(strict("x <= d[1]", sets=N3, parameters=parameters), "entry 1 is there twice")


def test_a_missing_entry_is_named() -> None:
    parameters = {"d": {"index": ["i in N"], "values": {"1": 1}}}
    refused(strict("x <= d[1]", sets=N3, parameters=parameters), "no value for 2, 3", "`default`")


@pytest.mark.parametrize("bounds", [{"upper": 5}, {"lower": -1}, {"lower": 0.5}])
def test_bounds_of_a_binary_are_not_ignored(bounds: dict[str, float]) -> None:
    refused(strict("y <= 1", variables=[{"name": "y", "domain": "binary", **bounds}]), "a binary has bounds", "integer")


def test_bounds_that_fix_a_binary_hold() -> None:
    checked = strict("x + y <= 1", variables=[{"name": "x"}, {"name": "y", "domain": "binary", "lower": 1}])
    assert checked.grounded is not None
    assert checked.grounded.variables["y"].bounds == {(): (1, 1)}


@pytest.mark.parametrize("bound", [{}, {"lower": None}])
def test_a_missing_lower_bound_is_zero(bound: dict[str, Any]) -> None:
    checked = strict("x <= 3", variables=[{"name": "x", **bound}])
    assert checked.grounded is not None
    assert checked.grounded.variables["x"].bounds == {(): (0, float("inf"))}


def test_a_free_variable_that_makes_the_objective_unlimited_is_named() -> None:
    checked = strict("x >= 1", variables=[{"name": "x"}, {"name": "z", "lower": "-inf"}], objective="x + z")
    assert "z improves the objective without end" in texts(checked)


def test_two_indices_over_one_set_keep_their_names() -> None:
    variables = [{"name": "x", "index": ["i in N", "j in N if i != j"], "upper": "cap[i, j]"}]
    parameters = {"cap": {"index": ["i in N", "j in N"], "values": [[0, 1, 2], [3, 4, 5], [6, 7, 8]]}}
    checked = strict("x[1, 2] >= 1", sets=N3, variables=variables, parameters=parameters)
    assert checked.grounded is not None
    uppers = {key: upper for key, (_, upper) in checked.grounded.variables["x"].bounds.items()}
    assert uppers == {(1, 2): 1, (1, 3): 2, (2, 1): 3, (2, 3): 5, (3, 1): 6, (3, 2): 7}
    doubled = strict("x[1, 2] >= 1", sets=N3, variables=[{"name": "x", "index": ["n in N", "n in N"]}])
    refused(doubled, "index 'n' is used twice", "its own name")


@pytest.mark.parametrize(
    ("sets", "parameters", "variables"),
    [
        (N3, {"x": 3}, [{"name": "x"}]),
        ({"x": [1]}, {}, [{"name": "x"}]),
        ({"d": [1]}, {"d": 3}, [{"name": "x"}]),
    ],
)
def test_two_elements_with_one_name_are_refused(sets: Any, parameters: Any, variables: Any) -> None:
    refused(strict("x <= 1", sets=sets, parameters=parameters, variables=variables), "has the same name")


def test_an_index_that_is_also_a_table_is_refused() -> None:
    parameters = {"t": {"index": ["i in N"], "values": [1, 2, 3]}}
    refused(strict("x <= sum(t[t] for t in N)", sets=N3, parameters=parameters), "index 't' hides the parameter 't'")


def test_a_sum_without_a_range_is_refused() -> None:
    refused(strict("sum(x) <= 1", sets=N3, variables=X_OVER_N), "sum(x[i] for i in I)")
    refused(strict("x <= 1", sets=N3, variables=X_OVER_N), "variable 'x' has 1 indices", "write x[i]")


def test_what_says_nothing_is_told() -> None:
    variables = [{"name": "x", "index": ["i in N"]}, {"name": "idle"}]
    checked = strict(
        "1 <= 2",
        ("i in N if i > 5", "x[i] <= 1"),
        "sum(x[i] for i in N) >= 1",
        sets={**N3, "M": [1]},
        parameters={"p": 3},
        variables=variables,
        objective="sum(x[i] for i in N)",
    )
    found = texts(checked)
    assert "constraint 'c1': `1 <= 2` is always true" in found
    assert "constraint 'c2': its index ranges match nothing" in found
    assert "set 'M': nothing uses it" in found
    assert "parameter 'p': nothing uses it" in found
    assert "variable 'idle': no constraint and no objective uses it" in found


@pytest.mark.parametrize(
    ("variable", "words"),
    [
        ({"lower": 5, "upper": 1}, "lower bound 5 is above upper bound 1"),
        ({"lower": "inf"}, "leave no value"),
        ({"domain": "integer", "lower": 0.2, "upper": 0.8}, "no whole number between"),
        ({"upper": 10**400}, "too large"),
    ],
)
def test_impossible_bounds_are_refused_even_when_unused(variable: dict[str, Any], words: str) -> None:
    refused(strict("x <= 1", variables=[{"name": "x"}, {"name": "z", **variable}]), "variable 'z'", words)


def test_an_index_never_hides_a_declared_name() -> None:
    variables = [{"name": "u", "index": ["n in N"], "upper": "n - 1"}]
    checked = strict("u[1] >= 0", sets=N3, parameters={"n": 11}, variables=variables)
    refused(checked, "variable 'u'", "index 'n' hides the parameter 'n'")
    bare = [{"name": "u", "index": ["N"], "upper": "n - 1"}]
    checked = strict("u[1] >= 0", sets=N3, parameters={"n": 11}, variables=bare)
    assert checked.grounded is not None
    assert set(checked.grounded.variables["u"].bounds.values()) == {(0, 10)}


def test_the_summary_shows_bounds_rows_and_non_zeros() -> None:
    variables = [{"name": "u", "index": ["i in N"], "upper": "2*i"}]
    shown = summary(strict(("i in N", "u[i] + u[1] <= 3"), sets=N3, variables=variables))
    assert "class LP" in shown
    assert "0 <= u <= 2..6, continuous, 3 entries" in shown
    assert "constraint c1: 3 rows, 5 non-zeros" in shown


# Messages ------------------------------------------------------------------------------------------------------


def test_an_entry_outside_its_set_names_the_place_and_the_mend() -> None:
    variables = [{"name": "inv", "index": ["t in T"]}]
    checked = strict(("t in T", "inv[t] == inv[t - 1] + 1"), sets={"T": "range(1, 7)"}, variables=variables)
    refused(checked, "constraint 'c1' at t=1", "inv[0] does not exist", "if t > first(T)", "prev(t)")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x <= 5 or x >= 8", ()),
        ("x <= (3 if y == 1 else 4)", ("depends on variable y", "conditions may use data only", "implies(")),
        ("x <= sum(2 for i in N if x >= i)", ("depends on variable x", "data only")),
        ("x <= final(N)", ("unknown function 'final'", "allowed: abs, all")),
        ("x <= lost", ("'lost' is not declared", "declare it")),
        ("x <= Meaties", ("Meaties is an element of F", "['Meaties']")),
        ("2*x + y", ("row without a comparison", "add <=")),
        ("x > 3", ("`>` is not allowed", "use >=")),
        ("x < 3", ("`<` is not allowed", "use <=")),
        ("x != 3", ("`!=` is not allowed between continuous", "how far apart")),
        ("(x >= 1) + y <= 1", ("counts a condition", "declare a binary")),
        ("x[1] <= 3", ("variable 'x' has no index", "write x")),
        ("x(1) <= 3", ("variable 'x' is no function", "write x*(1)")),
        ("x <= N", ("is a set, not a number",)),
        ("x <= 1/0", ("divides by zero",)),
        ("x <= sqrt(0 - 1)", ("has no value at -1",)),
        ("x <= inf", ("not finite",)),
        ("x // 2 <= 1", ("cannot be used on variables",)),
        ("floor(x) <= 1", ("may use data only",)),
        ("x <= max(i for i in N if i > 9)", ("nothing to choose from",)),
        ("x <= prev(1)", ("does not say in which set", "prev(1, T)")),
        ("x <= prev(1, N)", ("1 is the first element of N", "if t > first(T)")),
        ("all_different(x, y)", ("whole numbers", "variable x is continuous", "integer")),
        ("circuit(y for i in N for j in N)", ("an arc from 1 to itself", "if i != j")),
        ("circuit(y for i in N)", ("needs arcs", "circuit(x[i, j]")),
        ("no_overlap(x, y)", ("pairs of a start and a duration",)),
        ("implies(x <= 5, y == 1) + 1 <= 3", ("constraint of its own",)),
        ("min(x) <= 2", ("takes 2 or more arguments", "min(x[i] for i in I)")),
        ("sum(_k for _k in N) <= x", ("index '_k' cannot be referred to",)),
        ("3 <= 2", ("can never be true", "off by 1")),
    ],
)
def test_messages_name_the_place_the_fault_and_the_mend(text: str, words: tuple[str, ...]) -> None:
    checked = strict(text, sets={**N3, "F": ["Meaties"]})
    if words:
        refused(checked, "constraint 'c1'", *words)
    else:
        assert checked.ok


def test_a_condition_on_a_continuous_variable_needs_a_binary() -> None:
    from fivefold_solvers.formulation.lower import lower

    found = lower(strict("implies(x >= 5, y == 1)"))
    refused(found, "constraint 'c1'", "`x >= 5` is not about binaries", "declare a binary")


def test_a_text_value_is_named() -> None:
    refused(strict("x <= M", parameters={"M": "a lot"}), "parameter 'M'", "a text value", "'a lot'")


def test_a_missing_index_in_a_constraint_by_name_shows_how_to_go_over() -> None:
    variables = [{"name": "z", "index": ["N", "N"], "domain": "binary"}]
    refused(strict("circuit(z)", sets=N3, variables=variables), "write circuit(z[i, j] for i in N for j in N)")


def test_chained_comparisons_are_two_rows() -> None:
    assert rows(strict("2 <= x <= 5")) == ["-1 x + 2 <= 0", "1 x + -5 <= 0"]


def test_all_findings_come_at_once() -> None:
    checked = strict("x <= lost", "gone[1] >= 2", "x ^ 2 <= 3", objective="nowhere")
    assert {found.where for found in checked.errors} == {
        "constraint 'c1'", "constraint 'c2'", "constraint 'c3'", "the objective",
    }  # fmt: skip


def test_many_faults_of_one_kind_are_one_finding() -> None:
    checked = strict(("i in N", "x[i] <= x[i + 10]"), sets=N3, variables=X_OVER_N)
    assert len(checked.errors) == 1
    assert "and 2 more of this kind" in str(checked.errors[0])
    assert str(checked.errors[0]).startswith("constraint 'c1' at i=1:")


def test_a_finding_after_a_failed_sum_names_only_its_own_indices() -> None:
    checked = strict(
        ("i in N", "sum(x[j + 10] for j in N if i == 1) + (1/0 if i == 2 else 0) <= 1"), sets=N3, variables=X_OVER_N
    )
    assert [found.where for found in checked.errors] == ["constraint 'c1' at i=1, j=1", "constraint 'c1' at i=2"]


@pytest.mark.parametrize("name", ["2x", "for", "my var", "sum", "pi", "len", "__x"])
def test_names_are_identifiers_and_no_words_of_the_language(name: str) -> None:
    refused(check(Formulation.model_validate(written("1 <= 2", variables=[{"name": name}]))), "call it ")


def test_a_formulation_without_variables_is_refused() -> None:
    refused(check(Formulation()), "it has no variables")


@pytest.mark.parametrize(
    ("block", "words"),
    [
        ({"elements": [1, "1"]}, "1 is listed twice"),
        ({"elements": [[1, 2], [1, 2, 3]]}, "different lengths"),
        ({"elements": [None]}, "cannot be a set element"),
        ({"elements": [True]}, "cannot be a set element"),
        ({"elements": [float("nan")]}, "must be finite"),
        ({"elements": [10**400]}, "must not be so large"),
        ({"elements": [1], "expression": "{1}"}, "both elements and an expression"),
        ({}, "neither elements nor expression"),
        ({"expression": "x"}, "`x` is not a set"),
        ({"expression": "range(x, 3)"}, "variable x stands where only data may"),
        ({"index": ["i in N"], "elements": {"1": [1], "2": [2]}}, "no subset for 3"),
        ({"index": ["i in N"], "elements": {"1": [1], "2": [2], "3": [], "4": []}}, "subset 4 is for no index"),
        ({"index": ["i in N"], "elements": [1]}, "one subset per index"),
    ],
)
def test_faults_of_sets_are_named(block: dict[str, Any], words: str) -> None:
    refused(strict("x <= 1", sets={"N": [1, 2, 3], "S": block}), "set 'S'", words)
