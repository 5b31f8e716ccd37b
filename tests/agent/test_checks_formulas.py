"""Formulas that a text writes, plain or in LaTeX, against the rows, goal and domains of a formulation."""

import pytest

from fivefold.checks.battery.goal import stated_objective
from fivefold.checks.domain_formulas import check_domain_formulas
from fivefold.mends import mended
from fivefold.reading.claims import claims
from fivefold.reading.slots import TextReading, read_text
from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.elements import Constraint, Domain, Formulation, Objective, Variable


def formulated(
    *rows: str, names: tuple[str, ...] = ("x1", "x2"), goal: str = "", domain: Domain = "integer"
) -> Formulation:
    variables = tuple(Variable(name=name, description=name.replace("_", " "), domain=domain) for name in names)
    constraints = tuple(Constraint(name=f"row_{at}", expression=row) for at, row in enumerate(rows))
    objective = Objective(sense="maximize", expression=goal or " + ".join(names))
    return Formulation(variables=variables, objective=objective, constraints=constraints)


def reading(text: str, *names: str) -> TextReading:
    grounded = check(formulated(names=names or ("x1", "x2"))).grounded
    assert grounded is not None
    return read_text(text, grounded)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"$2x_1 + 3x_2 \leq 12$, $x_1 - x_2 \ge -4$", ["2*x1 + 3*x2 <= 12", "-1*x1 + x2 <= 4"]),
        ("x1 + x2 >= 4; 2 x1 <= 9 - x2.", ["x1 + x2 >= 4", "2*x1 + x2 <= 9"]),
        ("0 <= x1 <= 5 and x2 < 7", ["x1 <= 5", "x2 <= 6"]),
        (r"\begin{align} x_{1} + x_{2} &\leq 1,200 \\ 2x_1 &\geq 40 \end{align}", ["x1 + x2 <= 1200", "2*x1 >= 40"]),
        ("(1) x1 + x2 <= 9 (2) x1 >= 2", ["x1 + x2 <= 9", "x1 >= 2"]),
        ("The plan has x₁ + x₂ = 40 hours.", ["x1 + x2 == 40"]),
    ],
)
def test_a_formula_is_read_where_each_name_is_a_decision(text: str, expected: list[str]) -> None:
    assert [claim.said for claim in claims(reading(text))] == expected


@pytest.mark.parametrize(
    "text",
    [
        "Row 2 x1 + x2 <= 4.",
        "- x1 + x2 <= 3",
        "If x1 >= 3, x1 + x2 <= 7.",
        "x1^2 + x2 <= 9",
        "x1*x2 <= 9",
        "2(x1 + x2) <= 9",
        "x1/2 + x2 <= 9",
        "2 times x1 <= 9",
        "For example x1 + x2 <= 3 would be too little.",
        "x1 + x2 + x3 <= 9",
        "x1 + x2 <= 40% of all",
        "Either x1 + x2 <= 3 or x1 >= 5.",
        r"$\sum_i x_i \leq 4$, $x_1 + x_2 \leq 4 \forall t$",
        "x1 = 3",
    ],
)
def test_what_is_no_sum_of_decisions_is_left_alone(text: str) -> None:
    assert claims(reading(text)) == ()


def test_a_text_may_name_its_own_decisions() -> None:
    let = "Let x be the number of cakes and y be the number of pies. x + 2y <= 30."
    beside = "A bakery makes cakes ($x$) and pies ($y$), where $x + 2y <= 30$."
    for text in (let, beside):
        assert [claim.said for claim in claims(reading(text, "cakes", "pies"))] == ["cakes + 2*pies <= 30"]
    both = "Let x be the number of cakes. Let x be the number of pies. x + 2y <= 30."
    assert claims(reading(both, "cakes", "pies")) == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"Maximize $Z = 3x_1 - 2x_2$ subject to $x_1 \leq 4$.", [True, 3.0, -2.0]),
        ("min 3*x1 + 2*x2", [False, 3.0, 2.0]),
        ("Maximize the profit 3x1 + 2x2.", [True, 3.0, 2.0]),
        ("Maximize 3x1^2 + x2.", None),
        ("Maximize 3x1 + 2x2. Then minimize x1 + x2.", None),
        ("Maximize 3x1 + 2x2 + x3.", None),
    ],
)
def test_a_goal_is_read_where_it_is_one_sum(text: str, expected: list[object] | None) -> None:
    found = stated_objective(reading(text))
    assert (found and [found.up, *found.weights.values()]) == expected


def test_words_are_no_formula() -> None:
    assert stated_objective(reading("Maximize revenue from 3 kites.", "kites", "bows")) is None


def test_rows_and_goal_are_mended_as_the_text_writes_them() -> None:
    text = r"Maximize $3x_1 + 2x_2$ subject to $2x_1 + 3x_2 \leq 12$ and $x_1 + x_2 \leq 5$, with $x_1, x_2$ integer."
    right = ("2*x1 + 3*x2 <= 12", "x1 + x2 <= 5")
    for rows, goal in (
        (("3*x1 + 2*x2 <= 12", right[1]), "3*x1 + 2*x2"),
        ((right[0], "x1 + x2 >= 5"), "3*x1 + 2*x2"),
        ((right[0],), "3*x1 + 2*x2"),
        (right, "2*x1 + 3*x2"),
    ):
        found = mended(formulated(*rows, goal=goal), text, budget_s=60).formulation
        assert {row.expression for row in found.constraints} == set(right)
        assert found.objective.expression == "3*x1 + 2*x2"
    assert mended(formulated(*right, goal="3*x1 + 2*x2"), text).mends == ()
    divided = formulated(*right, goal="3*x1 + 2*x2", domain="continuous")
    assert {v.domain for v in mended(divided, text, budget_s=60).formulation.variables} == {"integer"}


@pytest.mark.parametrize(
    ("text", "domain", "expected"),
    [
        (r"$x_1, x_2 \in \mathbb{Z}$", "continuous", 2),
        ("x1 and x2 are integers", "continuous", 2),
        ("x1 integer", "continuous", 1),
        ("x1, x2 in R", "continuous", 2),
        ("x1, x2 in R, x1 >= 0, x2 >= 0", "continuous", 0),
        (r"$x_1, x_2 \in \mathbb{R}_+$", "continuous", 0),
        ("x1, x2 are real numbers and non-negative", "integer", 2),
        ("x1, x3 are integers", "continuous", 0),
        ("x1 is in the barn", "continuous", 0),
        ("x1 and x2 are integers", "integer", 0),
    ],
)
def test_domains_in_formulas_are_held_against_those_of_the_variables(text: str, domain: Domain, expected: int) -> None:
    assert len(check_domain_formulas(formulated(domain=domain), text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("There can be at most 5 chairs and at least 3 tables.", ["limit", "requirement"]),
        ("It has at most 5 % lime and at least 40 kg of oats.", ["limit", "requirement"]),
        ("Make 5 chairs at least.", ["requirement"]),
        ("Make 5 chairs or more and 3 tables at least.", ["requirement", "requirement"]),
    ],
)
def test_at_least_is_said_of_the_number_behind_it(text: str, expected: list[str]) -> None:
    assert [slot.kind for slot in reading(text).slots] == expected
