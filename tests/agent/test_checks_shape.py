"""Rows against bounds and one another: what is certain without words, and what right formulations may do."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fivefold.checks import check_shape, check_values
from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.elements import Constraint, Domain, Formulation, Objective, Parameter, Set, Variable
from fivefold_solvers.formulation.read import read
from tests.strategies import formulations

CORPUS = sorted((Path(__file__).parents[1] / "solvers" / "corpus").glob("*.json"))


def shaped(objective: str, *rows: str, sense: str = "maximize", **variables: Any) -> list[tuple[str, str]]:
    """Code and severity of every finding about plain variables, given as name and domain or bounds."""
    names = dict.fromkeys(w for w in " ".join([objective, *rows]).replace("*", " ").split() if w.isidentifier())
    formulation = Formulation(
        variables=tuple(Variable.model_validate({"name": name, **variables.get(name, {})}) for name in names),
        objective=Objective.model_validate({"sense": sense, "expression": objective}),
        constraints=tuple(Constraint(name=f"r{place}", expression=row) for place, row in enumerate(rows, 1)),
    )
    return [(finding.code, str(finding.severity)) for finding in check_shape(check(formulation))]


@pytest.mark.parametrize("rows", [("x + y >= 3",), ("x >= 2*y", "y <= 7"), ("x - y <= 4", "x >= 1")])
def test_an_objective_that_no_row_restrains_is_found(rows: tuple[str, ...]) -> None:
    assert shaped("3*x + 2*y", *rows) == [("unbounded", "warning")]


def test_a_restrained_objective_is_not_faulted() -> None:
    assert shaped("3*x + 2*y", "x + y <= 9") == []
    assert shaped("3*x + 2*y", "x + y >= 9", sense="minimize") == []
    assert shaped("3*x", "x - y == 4", "y <= 3") == []
    assert shaped("x", "x >= 2", x={"upper": 8}) == []
    assert shaped("x", "x*y <= 2", "x >= y") == []  # products are not gone through


@pytest.mark.parametrize(
    ("rows", "variables"),
    [
        (("x + y <= 3", "x + y >= 1"), {"x": {"lower": 2}, "y": {"lower": 2}}),
        (("x >= 2.2", "x <= 2.8"), {"x": {"domain": "integer"}}),
        (("x >= 5", "x <= 4"), {}),
        (("x + y == 5", "2*x + 2*y == 12"), {"x": {"upper": 9}, "y": {"upper": 9}}),
    ],
)
def test_rows_that_leave_no_room_are_found(rows: tuple[str, ...], variables: dict[str, Any]) -> None:
    assert ("no-room", "warning") in shaped("x", *rows, sense="minimize", **variables)


def test_room_for_one_whole_number_is_enough() -> None:
    assert shaped("x", "x >= 2.2", "x <= 3.1", x={"domain": "integer"}) == []
    assert shaped("x", "x >= 2.2", "x <= 2.8") == []


def test_several_limits_on_one_sum_are_found_once() -> None:
    assert shaped("x", "x + y + z <= 90", "x + y + z <= 70", "x + y + z <= 20") == [("dominated", "warning")]
    assert shaped("x", "2*x + y <= 90", "4*x + 2*y <= 180") == [("doubled", "warning")]
    assert shaped("x", "x + y <= 90", "x + y >= 20") == []
    assert shaped("x", "x <= 90", "x <= 70") == []  # demand and capacity of one product
    assert shaped("x", "2*x + y <= 90", "4*x + 2*y <= 400") == []  # two stuffs that happen to be in proportion


def test_what_bounds_imply_is_only_noted() -> None:
    assert shaped("x + y", "x + y <= 9", "x >= 0") == [("implied", "note")]
    assert shaped("a + b", "a + b <= 5", a={"domain": "binary"}, b={"domain": "binary"}) == [("implied", "note")]


def test_a_share_above_one_is_found() -> None:
    assert ("forced-zero", "warning") in shaped("x + y", "x + y <= 9", "x >= 30*x + 30*y")
    assert ("says-nothing", "warning") in shaped("x + y", "x + y <= 9", "x <= 30*x + 30*y")
    assert shaped("x + y", "x + y <= 9", "x >= 0.3*x + 0.3*y") == []
    assert shaped("x + y + z", "x + y <= 0", "z <= 2") == []  # kept at 0 on purpose


def test_equations_that_decide_everything_are_found() -> None:
    assert shaped("x + y", "2*x + y == 8", "x + 3*y == 9") == [("fixed", "warning")]
    assert shaped("x + y", "2*x + y == 8", "4*x + 2*y == 16") == [("doubled", "warning")]


def test_an_objective_that_equations_leave_one_value_is_found() -> None:
    assert shaped("x + y", "x + y == 8", "x <= 3") == [("goal-fixed", "warning")]
    assert shaped("6*x + 2*y + 4*z", "3*x + y == 8", "z + x == 3", "y - x - 2*z == 1") == [("fixed", "warning")]
    assert shaped("2*x + 4*y + 6*z", "x + y == 8", "y + 3*z == 3") == [("goal-fixed", "warning")]
    assert shaped("x*y", "x*y == 8", "x >= 2", "y >= 1") == [("goal-fixed", "warning")]
    assert shaped("x*y", "x*y == 8 + z", "x >= 2") == []
    assert shaped("x + 2*y", "x + y == 8", "x <= 3") == []
    assert shaped("z", "z == 3*x + 2*y", "x + y >= 4") == []  # a name for what is made best


def test_rows_of_an_index_are_named() -> None:
    formulation = Formulation(
        sets=(Set(name="I", elements=("a", "b")),),
        parameters=(Parameter(name="least", index=("I",), values=[3, 20]),),
        variables=(Variable(name="x", index=("I",), upper=9),),
        objective=Objective(sense="minimize", expression="sum(x[i] for i in I)"),
        constraints=(Constraint(name="least_of", forall=("i in I",), expression="x[i] >= least[i]"),),
    )
    (finding,) = check_shape(check(formulation))
    assert finding.code == "no-room" and "b" in finding.where


@pytest.mark.parametrize("path", CORPUS, ids=[path.stem for path in CORPUS])
def test_right_formulations_have_no_warning(path: Path) -> None:
    content = json.loads(path.read_text(encoding="utf-8"))
    formulation, _ = read(content["formulation"])
    assert formulation is not None
    warnings = [finding.code for finding in check_shape(check(formulation)) if finding.severity == "warning"]
    assert warnings == (["unbounded"] if content["status"] == "unbounded" and warnings else [])


def test_a_formulation_that_cannot_be_built_has_no_shape() -> None:
    broken = Formulation(variables=(Variable(name="x"),), constraints=(Constraint(name="r", expression="x <= q"),))
    assert check_shape(check(broken)) == []


NUMBERS = st.sampled_from(["0", "1", "3", "0.1", "1e-300", "1e300", "9" * 300, "7e-17"])


@given(
    st.lists(st.tuples(NUMBERS, NUMBERS, st.sampled_from(["<=", ">=", "=="]), NUMBERS), max_size=5),
    st.tuples(NUMBERS, NUMBERS),
    st.sampled_from(["continuous", "integer", "binary"]),
)
@example([("7e-17", "0", ">=", "1e300")], ("0", "0"), "integer")
@settings(max_examples=50)
def test_extreme_numbers_never_raise(
    rows: list[tuple[str, str, str, str]], gains: tuple[str, str], domain: Domain
) -> None:
    formulation = Formulation(
        variables=(Variable(name="x", domain=domain), Variable(name="y", lower="-inf", upper=5)),
        objective=Objective(sense="maximize", expression=f"{gains[0]}*x - {gains[1]}*y"),
        constraints=tuple(
            Constraint(name=f"r{place}", expression=f"{first}*x - {second}*y {relation} {limit}")
            for place, (first, second, relation, limit) in enumerate(rows)
        ),
    )
    for finding in check_shape(check(formulation)):
        assert finding.message and "nan" not in finding.message


@given(formulations())
@settings(max_examples=30)
def test_no_formulation_makes_it_raise(formulation: Formulation) -> None:
    check_shape(check(formulation))
    check_values(formulation, "How many nurses of each kind? Whole numbers only.", {})


@pytest.mark.parametrize(
    ("sense", "objective", "rows"),
    [
        ("minimize", "9*late", ("late <= start - 4", "start >= 6")),  # late >= start - 4, turned round
        ("maximize", "2*sold - 9*unmet_need", ("sold + unmet_need <= 50",)),
        ("minimize", "2*made + 3*overtime", ("made + stock >= 20", "overtime <= 8", "stock <= 5")),
    ],
)
def test_lateness_that_nothing_asks_for_is_found(sense: str, objective: str, rows: tuple[str, ...]) -> None:
    assert shaped(objective, *rows, sense=sense) == [("unasked", "warning")]


@pytest.mark.parametrize(
    ("objective", "rows"),
    [
        ("9*late", ("late >= start - 4", "start >= 6")),
        ("20*oak + 30*ash", ("oak + ash <= 55", "ash >= 20")),  # a choice that is not worth its cost
        ("5*under + 2*over", ("news + under - over == 25", "news <= 20")),
        ("2*made + 3*overtime", ("made - overtime <= 40", "made >= 45")),
    ],
)
def test_costs_that_a_row_asks_for_and_choices_are_left_alone(objective: str, rows: tuple[str, ...]) -> None:
    assert shaped(objective, *rows, sense="minimize") == []
