"""Tolerant reading: every slip of form that has one reading is mended with a note; nothing ambiguous is."""

from typing import Any

import pytest

from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.finding import Severity
from fivefold_solvers.formulation.read import Reading, read
from tests.formulation_helpers import written

GOAL = {"sense": "minimize", "expression": "0"}


def reading(**parts: Any) -> Reading:
    raw: dict[str, Any] = {"variables": [{"name": "x"}], "objective": GOAL, "constraints": []}
    return read({**raw, **parts})


def formulation(found: Reading) -> Formulation:
    assert found.formulation is not None, found.findings
    return found.formulation


def said(found: Reading, words: str, severity: Severity = Severity.NOTE) -> None:
    assert any(words in str(one) and one.severity is severity for one in found.findings), found.findings


def refused(found: Reading, *words: str) -> None:
    assert found.formulation is None
    assert any(all(word in str(one) for word in words) for one in found.findings), found.findings


def test_a_clean_formulation_has_no_notes() -> None:
    found = read(written("x + y <= 3", objective={"sense": "maximize", "expression": "x"}))
    assert formulation(found) and found.findings == ()


def test_what_is_written_reads_back_as_itself() -> None:
    first = formulation(read(written("x + y <= 3", ("i in N", "x >= c[i]"), sets={"N": [1, 2]},
                                     parameters={"c": {"index": ["i in N"], "values": [1, 2]}})))  # fmt: skip
    assert read(first.model_dump(mode="json", exclude_defaults=True)).formulation == first
    assert read(first.model_dump(mode="json")).formulation == first


@pytest.mark.parametrize(
    ("variable", "wanted", "note"),
    [
        ({"domain": "int"}, {"domain": "integer"}, "domain 'int' was read as integer"),
        ({"type": "Binary"}, {"domain": "binary"}, "domain 'Binary' was read as binary"),
        ({"domain": "nonnegative integer"}, {"domain": "integer"}, "was read as integer"),
        ({"domain": "non-negative"}, {"domain": "continuous", "lower": 0}, "was read as continuous"),
        ({"domain": "free"}, {"domain": "continuous", "lower": "-inf"}, "was read as continuous"),
        ({"lb": 1, "ub": 5}, {"lower": 1, "upper": 5}, ""),
        ({"bounds": [1, None]}, {"lower": 1, "upper": None}, ""),
        ({"lower": None, "upper": "Infinity"}, {"lower": 0, "upper": "inf"}, ""),
        ({"upper": "1,200"}, {"upper": 1200}, "the text '1,200' was read as 1200"),
        ({"upper": "none"}, {"upper": None}, ""),
    ],
)
def test_words_of_variables(variable: dict[str, Any], wanted: dict[str, Any], note: str) -> None:
    found = reading(variables=[{"name": "x", **variable}])
    block = formulation(found).variables[0]
    assert {slot: getattr(block, slot) for slot in wanted} == wanted
    if note:
        said(found, note)


@pytest.mark.parametrize(
    ("variable", "words"),
    [
        ({"domain": "integer or binary"}, ("has no one reading",)),
        ({"domain": "non-integer"}, ("has no one reading",)),
        ({"domain": "complex"}, ("has no one reading", "continuous, integer or binary")),
        ({"upper": {"a": 1}}, ("upper bound is no number", "declare a parameter x_upper")),
        ({"upper": [1, 2]}, ("declare a parameter x_upper",)),
        ({"lower": True}, ("lower bound is no number",)),
    ],
)
def test_variables_with_no_one_reading(variable: dict[str, Any], words: tuple[str, ...]) -> None:
    refused(reading(variables=[{"name": "x", **variable}]), "variable 'x'", *words)


@pytest.mark.parametrize(
    ("objective", "sense", "expression", "note"),
    [
        ({"sense": "Maximise", "expression": "x"}, "maximize", "x", "sense 'Maximise' was read as maximize"),
        ("Minimize: 2*x", "minimize", "2*x", "sense 'Minimize' was read as minimize"),
        ("max 2*x", "maximize", "2*x", "sense 'max' was read as maximize"),
        ({"sense": "minimize", "expression": "Z = 2*x"}, "minimize", "2*x", "`Z =` before the expression"),
        ({"sense": "minimize", "expression": "max(x, 2)"}, "minimize", "max(x, 2)", ""),
        ([{"direction": "min", "formula": "x"}], "minimize", "x", "was read as minimize"),
    ],
)
def test_words_of_objectives(objective: Any, sense: str, expression: str, note: str) -> None:
    found = reading(objective=objective)
    assert (formulation(found).objective.sense, formulation(found).objective.expression) == (sense, expression)
    if note:
        said(found, note)


@pytest.mark.parametrize(
    ("objective", "words"),
    [
        ({"sense": "optimize", "expression": "x"}, ("its sense is 'optimize'", "minimize, maximize or satisfy")),
        ({"expression": "x"}, ("its sense is ''",)),
        ({"sense": "maximize", "expression": "minimize x"}, ("both 'maximize' and 'minimize'",)),
        ([{"sense": "min", "expression": "x"}, {"sense": "max", "expression": "x"}], ("not one objective", "weights")),
        (5, ("not one objective",)),
    ],
)
def test_objectives_with_no_one_reading(objective: Any, words: tuple[str, ...]) -> None:
    refused(reading(objective=objective), "the objective", *words)


def test_a_missing_objective_is_told() -> None:
    said(reading(objective=None), "there is no objective", Severity.WARNING)


@pytest.mark.parametrize(
    ("constraint", "forall", "expression", "note"),
    [
        ("x <= 5", (), "x <= 5", ""),
        ("limit: x <= 5", (), "x <= 5", ""),
        ({"name": "k", "expression": "limit: x <= 5"}, (), "x <= 5", "the label 'limit' before the expression"),
        ("x = 5", (), "x == 5", "`=` was read as `==`"),
        ("x ≤ 5", (), "x <= 5", "`≤` was read as `<=`"),
        ("x >= i for i in N", ("i in N",), "x >= i", "behind the expression was read as its forall"),
        ("x >= i, for all i in N if i > 1", ("i in N if i > 1",), "x >= i", "was read as its forall"),
        ({"expression": "x >= i", "for_all": {"i": "N"}}, ("i in N",), "x >= i", ""),
        ({"expression": "x >= i for i in N", "forall": "i in N"}, ("i in N",), "x >= i", "read as its forall"),
        ({"lhs": "x", "sense": "<=", "rhs": 5}, (), "x <= 5", ""),
    ],
)
def test_forms_of_constraints(constraint: Any, forall: tuple[str, ...], expression: str, note: str) -> None:
    found = reading(sets=[{"name": "N", "elements": [1, 2]}], constraints=[constraint])
    block = formulation(found).constraints[0]
    assert (block.forall, block.expression) == (forall, expression)
    assert check(formulation(found)).ok, check(formulation(found)).findings
    if note:
        said(found, note)


def test_two_different_ranges_of_one_constraint_are_refused() -> None:
    sets = [{"name": "N", "elements": [1, 2]}]
    found = reading(sets=sets, constraints=[{"expression": "x >= i for i in N", "forall": ["j in N"]}])
    refused(found, "index ranges twice")


@pytest.mark.parametrize(
    ("parameter", "wanted", "note"),
    [
        ({"value": "$1,200"}, {"values": 1200}, "the text '$1,200' was read as 1200"),
        ({"value": "12.5%"}, {"values": 0.125}, "was read as 0.125"),
        ({"values": [7]}, {"values": 7}, "a table of one value was read as a scalar"),
        ({"values": "2*3"}, {"expression": "2*3"}, ""),
        ({"expression": 5}, {"values": 5}, ""),
        ({"values": [1, 2]}, {"index": ("N",)}, "its table was read as indexed by N"),
        ({"values": {"a": 1, "b": 2, "c": 3}}, {"index": ("M",)}, "its table was read as indexed by M"),
    ],
)
def test_forms_of_parameters(parameter: dict[str, Any], wanted: dict[str, Any], note: str) -> None:
    sets = [{"name": "N", "elements": [1, 2]}, {"name": "M", "elements": ["a", "b", "c"]}]
    found = reading(sets=sets, parameters=[{"name": "p", **parameter}])
    block = formulation(found).parameters[0]
    assert {slot: getattr(block, slot) for slot in wanted} == wanted
    if note:
        said(found, note)


def test_a_table_that_fits_two_sets_is_not_given_one() -> None:
    sets = [{"name": "N", "elements": [1, 2]}, {"name": "M", "elements": ["a", "b"]}]
    found = reading(sets=sets, parameters=[{"name": "p", "values": [1, 2]}])
    assert "a table but no index" in str(check(formulation(found)).errors)


def test_both_values_and_an_expression_are_refused() -> None:
    found = reading(parameters=[{"name": "p", "values": 3, "expression": "4"}])
    assert "both values and an expression" in str(check(formulation(found)).errors)


@pytest.mark.parametrize(
    ("raw", "elements", "expression"),
    [("a, b", ("a", "b"), None), ("range(1, 3)", None, "range(1, 3)"), (["a"], ("a",), None)],
)
def test_forms_of_sets(raw: Any, elements: Any, expression: Any) -> None:
    block = formulation(reading(sets=[{"name": "S", "members": raw}])).sets[0]
    assert (block.elements, block.expression) == (elements, expression)


def test_objects_keyed_by_name_and_other_headings() -> None:
    found = read({"formulation": {
        "Sets": {"N": ["a", "b"]}, "params": {"c": {"a": 1, "b": 2}, "k": 3},
        "Decision Variables": {"x": {"domain": "binary"}},
        "goal": "min x", "subject to": {"one": "x >= k - 2"},
    }})  # fmt: skip
    got = formulation(found)
    assert [got.sets[0].elements, got.parameters[0].index, got.parameters[1].values] == [("a", "b"), ("N",), 3]
    assert (got.variables[0].domain, got.constraints[0].name, got.objective.sense) == ("binary", "one", "minimize")
    said(found, "an object keyed by name was read as a list")


def test_what_is_not_read_is_told() -> None:
    found = reading(extra=1, constraints=[{"name": "k", "expression": "x <= 1", "where": "i > 2"}])
    said(found, "the formulation: 'extra' was not read", Severity.WARNING)
    said(found, "constraint 'k': 'where' was not read", Severity.WARNING)


# Names -------------------------------------------------------------------------------------------------------------

FLEET = {"sets": [{"name": "V", "elements": ["bus", "big truck"]}]}


@pytest.mark.parametrize(
    ("names", "text", "wanted", "note"),
    [
        (["minibus"], "minibuses <= 5", "minibus <= 5", "'minibuses' was read as 'minibus'"),
        (["vans"], "van <= 5", "vans <= 5", "'van' was read as 'vans'"),
        (["is_open"], "IsOpen <= 1", "is_open <= 1", "'IsOpen' was read as 'is_open'"),
        (["factories"], "factory <= 1", "factories <= 1", "'factory' was read as 'factories'"),
        (["number of vans"], "2*number of vans <= 1", "2*number_of_vans <= 1", "the name was read as number_of_vans"),
    ],
)
def test_spellings_of_names(names: list[str], text: str, wanted: str, note: str) -> None:
    found = reading(variables=[{"name": name} for name in names], constraints=[text])
    assert formulation(found).constraints[0].expression.replace(" * ", "*") == wanted
    said(found, note)


@pytest.mark.parametrize(
    ("names", "text", "words"),
    [
        (["van", "vans"], "Vans <= 5", "'Vans' is not declared; did you mean"),
        (["minivan", "minivans"], "miniVan <= 5", "did you mean"),
        (["truck"], "trucking <= 5", "did you mean 'truck'?"),
        (["truck"], "boat <= 5", "use one of: truck"),
    ],
)
def test_names_with_two_readings_or_none_are_left(names: list[str], text: str, words: str) -> None:
    found = reading(variables=[{"name": name} for name in names], constraints=[text])
    assert formulation(found).constraints[0].expression == text
    assert words in str(check(formulation(found)).errors[0])


def test_a_constraint_is_never_used_as_a_variable() -> None:
    found = reading(
        constraints=[{"name": "budget", "expression": "x <= 1"}, {"name": "k", "expression": "Budgets <= 2"}]
    )
    assert formulation(found).constraints[1].expression == "Budgets <= 2"
    assert "'Budgets' is not declared" in str(check(formulation(found)).errors[0])


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("x[bus] <= 5", "x['bus'] <= 5"), ("x_bus <= 5", "x['bus'] <= 5"), ("x['bus'] <= 5", "x['bus'] <= 5")],
)
def test_elements_without_quotes(text: str, wanted: str) -> None:
    found = reading(**FLEET, variables=[{"name": "x", "index": ["v in V"]}], constraints=[text])
    assert formulation(found).constraints[0].expression == wanted
    assert check(formulation(found)).ok


def test_an_unbound_index_is_not_taken_for_its_set() -> None:
    found = reading(**FLEET, variables=[{"name": "x", "index": ["v in V"]}], constraints=["x[v] <= 5"])
    assert formulation(found).constraints[0].expression == "x[v] <= 5"
    assert "'v' is not declared" in str(check(formulation(found)).errors[0])


def test_an_index_of_a_sum_is_left_alone() -> None:
    text = "sum(x[truck] for truck in V) <= 5"
    found = reading(**FLEET, variables=[{"name": "x", "index": ["v in V"]}, {"name": "trucks"}], constraints=[text])
    assert formulation(found).constraints[0].expression == text


@pytest.mark.parametrize("raw", [None, 5, "text", [], [1], {"a": 1}])
def test_what_is_no_formulation_is_refused_or_empty(raw: Any) -> None:
    found = read(raw)
    assert found.formulation is None or not check(found.formulation).ok


def test_a_trailing_underscore_is_a_name_like_any_other() -> None:
    found = read(written("run_ + lambda_ <= 4", variables=[{"name": "run_"}, {"name": "lambda_"}]))
    assert found.formulation is not None
    assert [variable.name for variable in found.formulation.variables] == ["run_", "lambda_"]
    assert not found.findings
    both = read(written("run_ + run <= 4", variables=[{"name": "run_"}, {"name": "run"}]))
    assert both.formulation is not None and not both.findings
    assert both.formulation.constraints[0].expression == "run_ + run <= 4"
    words = read(written("x <= 4", variables=[{"name": "x"}, {"name": "run (hours)"}, {"name": "__"}]))
    assert words.formulation is not None
    assert [variable.name for variable in words.formulation.variables] == ["x", "run_hours", "name"]


def test_a_constraint_called_as_a_function_leaves_the_function_alone() -> None:
    later = {"name": "later", "forall": ["t in T if t != first(T)"], "expression": "x[t] >= x[prev(t)]"}
    found = reading(
        sets=[{"name": "T", "elements": ["May", "June"]}],
        variables=[{"name": "x", "index": ["t in T"]}],
        constraints=[{"name": "first", "expression": "x['May'] >= 1"}, later],
    )
    assert [row.name for row in formulation(found).constraints] == ["first_", "later"]
    assert check(formulation(found)).ok
