"""Two derivations of one problem: alike in any form, told apart where they differ, and never for the wrong reason."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from fivefold.checks.agreement import Agreement, Derivation, compare
from fivefold.checks.canonical import Line, canonical, row_text, spelled
from fivefold.checks.difference import differences, paired
from fivefold.checks.perturbed import common_numbers, drawn
from fivefold.checks.program_numbers import literals, rewritten
from fivefold.checks.standing import standing
from fivefold.problem import Quantity
from fivefold_benchmarks.mutants import mutants
from fivefold_solvers.backends.session import solve
from fivefold_solvers.build.from_rows import from_checked
from fivefold_solvers.emit.free import free_program
from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.lower import lower

PROBLEMS = Path(__file__).parent.parent / "problems"
TEXT = (
    "A potter turns bowls and jugs. A bowl takes 3 hours at the wheel and 0.8 kg of clay, a jug takes 5 hours and "
    "1.7 kg. There are 90 hours and 28 kg of clay a week. A bowl earns 14 euros and a jug 23 euros. A shop has "
    "ordered at least 4 jugs. How many of each should be made to earn the most?"
)
ROWS = {"wheel": "3*bowls + 5*jugs <= 90", "clay": "0.8*bowls + 1.7*jugs <= 28", "shop": "jugs >= 4"}


def scalar(rows: dict[str, str] = ROWS, goal: str = "14*bowls + 23*jugs", **other: Any) -> Formulation:
    """The potter's formulation, or a variant of it."""
    domain = other.get("domain", "integer")
    names = other.get("names", ("bowls", "jugs"))
    return Formulation.model_validate(
        {
            "variables": [{"name": name, "domain": domain} for name in names],
            "objective": {"sense": other.get("sense", "maximize"), "expression": goal},
            "constraints": [{"name": name, "expression": text} for name, text in rows.items()],
        }
    )


INDEXED = Formulation.model_validate(
    {
        "sets": [{"name": "P", "elements": ["jug", "bowl"]}, {"name": "R", "elements": ["clay", "wheel"]}],
        "parameters": [
            {"name": "gain", "index": ["p in P"], "values": [23, 14]},
            {"name": "use", "index": ["r in R", "p in P"], "values": [[1.7, 0.8], [5, 3]]},
            {"name": "stock", "index": ["r in R"], "values": {"clay": 28, "wheel": 90}},
            {"name": "order", "index": ["p in P"], "values": {"jug": 4, "bowl": 0}},
        ],
        "variables": [{"name": "made", "index": ["p in P"], "domain": "integer"}],
        "objective": {"sense": "maximize", "expression": "sum(gain[p]*made[p] for p in P)"},
        "constraints": [
            {"name": "ordered", "forall": ["p in P"], "expression": "made[p] >= order[p]"},
            {"name": "limit", "forall": ["r in R"], "expression": "sum(use[r, p]*made[p] for p in P) <= stock[r]"},
        ],
    }
)


def optimum(formulation: Formulation) -> float | None:
    return solve(from_checked(lower(check(formulation))), backend="auto").objective


def derived(formulation: Formulation) -> Derivation:
    return Derivation(formulation=formulation, objective=optimum(formulation), sense=formulation.objective.sense)


def against(other: Formulation, text: str = TEXT, first: Formulation | None = None) -> Agreement:
    return compare(derived(first or scalar()), derived(other), text, budget_s=20)


def words(found: Agreement) -> str:
    assert found.agrees is False
    return " / ".join(found.difference)


# Equal in another form


@pytest.mark.parametrize(
    "other",
    [
        INDEXED,
        scalar({"c": "1.7*jugs + 0.8*bowls <= 28", "b": "-jugs <= -4", "a": "-6*bowls >= 10*jugs - 180"}),
        scalar(
            {"a": "3*n1 + 5*n2 <= 90", "b": "0.8*n1 + 1.7*n2 <= 28", "c": "n2 >= 4"},
            "14*n1 + 23*n2",
            names=("n1", "n2"),
        ),
        scalar(ROWS | {"again": "3*bowls + 5*jugs <= 90"}),
    ],
    ids=["indexed", "scaled and turned", "renamed", "said twice"],
)
def test_the_same_rows_in_another_form_are_identical(other: Formulation) -> None:
    found = against(other)
    assert (found.agrees, found.identical, found.instance, found.difference) == (True, True, True, ())


def test_an_equation_is_two_limits() -> None:
    text = "Mix 40 litres from red at 3 euros and blue at 5 euros with at least 10 litres of blue at least cost."
    one = {"whole": "red + blue == 40", "b": "blue >= 10"}
    two = {"most": "red + blue <= 40", "least": "2*red + 2*blue >= 80", "b": "blue >= 10"}
    forms = [scalar(rows, "3*red + 5*blue", names=("red", "blue"), sense="minimize") for rows in (one, two)]
    assert against(forms[1], text, forms[0]).identical


def test_slack_variables_and_a_variable_for_the_objective_agree_on_other_numbers() -> None:
    rows = {"wheel": "3*bowls + 5*jugs + left == 90", "clay": "0.8*bowls + 1.7*jugs <= 28", "shop": "jugs >= 4"}
    rows["worth"] = "earned == 14*bowls + 23*jugs"
    other = Formulation.model_validate(
        {
            "variables": [
                {"name": "bowls", "domain": "integer"}, {"name": "jugs", "domain": "integer"},
                {"name": "left"}, {"name": "earned", "lower": "-inf"},
            ],
            "objective": {"sense": "maximize", "expression": "earned"},
            "constraints": [{"name": name, "expression": text} for name, text in rows.items()],
        }
    )  # fmt: skip
    found = against(other)
    assert found.agrees and not found.identical
    assert len(found.trials) == 4 and all(trial.same for trial in found.trials)
    assert all(change.after != change.before for trial in found.trials for change in trial.changed)


def test_big_numbers_of_another_size_agree() -> None:
    text = (
        "A mill may rent a kiln for 35 euros a day. With it up to 26 tiles can be burnt at 3 euros each and sold at 7 "
        "euros; clay is there for 19 tiles. How many should be burnt to earn the most?"
    )

    def mill(big: int) -> Formulation:
        return Formulation.model_validate(
            {
                "variables": [{"name": "tiles"}, {"name": "kiln", "domain": "binary"}],
                "objective": {"sense": "maximize", "expression": "7*tiles - 3*tiles - 35*kiln"},
                "constraints": [
                    {"name": "burnt", "expression": f"tiles <= {big}*kiln"},
                    {"name": "clay", "expression": "tiles <= 19"},
                ],
            }
        )

    found = against(mill(500), text, mill(26))
    assert found.agrees and not found.identical
    # 500 is none of the text's numbers: what it is big enough for is not known, so no limit is moved.
    assert {change.written for trial in found.trials for change in trial.changed} <= {"35", "3", "7"}


@pytest.mark.parametrize("path", sorted(PROBLEMS.glob("*.json")), ids=lambda path: path.stem)
def test_every_problem_is_the_same_with_its_rows_shuffled_turned_and_scaled(path: Path) -> None:
    formulation = Formulation.model_validate(json.loads(path.read_text("utf-8"))["formulation"])
    own = canonical(formulation)
    assert own is not None
    pair = paired((formulation, formulation))
    assert pair is not None and differences(pair) == []
    if own.opaque or len(own.columns) > 60:
        return
    chance = random.Random(path.stem)
    names = {at: f"{name}_{place}" for place, (at, (name, _)) in enumerate(enumerate(own.columns))}
    rows: list[str] = []
    for line in own.rows.values():
        factor = chance.choice([2, 0.5, -1, -3])
        turned = {"<=": ">=", ">=": "<="}.get(line.relation, line.relation) if factor < 0 else line.relation
        terms = {term: factor * value for term, value in line.terms.items()}
        rows.append(row_text(Line(terms, turned, factor * line.limit), names))
    chance.shuffle(rows)
    variables = [
        {"name": names[at], "domain": "integer" if own.integer[at] else "continuous", "lower": low, "upper": high}
        for at, (low, high) in own.bounds.items()
    ]
    other = Formulation.model_validate(
        {
            "variables": [{**v, "lower": str(v["lower"]), "upper": str(v["upper"])} for v in variables],
            "objective": {"sense": own.sense, "expression": spelled(own.goal, names)},
            "constraints": [{"name": f"r{at}", "expression": row} for at, row in enumerate(rows)],
        }
    )
    again = canonical(other)
    assert again is not None
    assert (again.bounds, again.integer) == (own.bounds, own.integer)
    assert again.goal == pytest.approx(dict(own.goal))
    faces = {face for line in own.rows.values() for face in line.faces()}
    assert {face for line in again.rows.values() for face in line.faces()} == faces


# Told apart


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (scalar({name: text for name, text in ROWS.items() if name != "shop"}), "`jugs` is at least 4"),
        (scalar({name: text for name, text in ROWS.items() if name != "wheel"}), "only the first has `3*bowls"),
        (scalar(ROWS | {"wheel": "3*bowls + 5*jugs >= 90"}), "wheel says <= in the first, >= in the second"),
        (scalar(ROWS | {"clay": "0.8*bowls + 1.9*jugs <= 28"}), "clay has 1.7 in the first and 1.9 in the second"),
        (scalar(goal="14*bowls + 32*jugs"), "23 and 32 for `jugs`"),
        (scalar(domain="continuous"), "takes whole numbers only in the first"),
        (scalar(sense="minimize"), "the first says maximize, the second minimize"),
    ],
    ids=["bound", "row", "relation", "number", "objective", "domain", "sense"],
)  # fmt: skip
def test_the_element_that_differs_is_named(other: Formulation, said: str) -> None:
    assert said in words(against(other))


def test_of_two_differences_only_the_one_that_matters_is_told() -> None:
    other = scalar(ROWS | {"clay": "0.8*bowls + 1.7*jugs <= 82", "some": "bowls + jugs >= 0.5"})
    assert against(other).difference == ("clay has 28 in the first and 82 in the second, on the constant side",)


def test_a_missing_row_that_does_not_bind_shows_on_other_numbers() -> None:
    text = TEXT.replace("23 euros", "30 euros")
    first = scalar(goal="14*bowls + 30*jugs")
    other = scalar({name: row for name, row in ROWS.items() if name != "shop"}, "14*bowls + 30*jugs")
    rows = {"wheel": ROWS["wheel"], "clay": "0.8*bowls + 1.7*jugs <= 82", "shop": ROWS["shop"]}
    loose = scalar(rows, "14*bowls + 30*jugs")
    for variant in (other, loose):
        found = against(variant, text, first)
        if found.instance:
            assert not found.agrees and found.trials[-1].same is False
        assert found.difference


def test_mutants_with_the_same_optimum_are_mostly_told_apart() -> None:
    told = count = 0
    for name in ("blending", "fixed_charge", "diet"):
        raw = json.loads((PROBLEMS / f"{name}.json").read_text("utf-8"))
        formulation = Formulation.model_validate(raw["formulation"])
        for mutant in mutants(formulation, seed=1, most=1):
            if mutant.optimum_equal:
                count += 1
                told += not against(mutant.formulation, raw["text"], formulation).agrees
    assert count >= 6
    assert told >= 0.4 * count


# Never for the wrong reason


def numbers(first: Formulation, second: Formulation, text: str = TEXT) -> set[float]:
    one, two = standing(first, text), standing(second, text)
    assert one is not None and two is not None
    return {number.quantity.value for number in common_numbers(one, two, text, paired((first, second)))}


def test_a_number_in_one_of_them_only_is_not_changed() -> None:
    other = scalar(ROWS | {"clay": "1.7*jugs <= 28"})
    assert 0.8 not in numbers(scalar(), other)
    assert {14.0, 23.0, 90.0, 28.0} <= numbers(scalar(), other)


def test_a_number_that_the_text_says_twice_is_changed_only_where_both_are_the_same() -> None:
    text = TEXT.replace("14 euros", "5 euros")
    first = scalar(goal="5*bowls + 23*jugs")
    assert 5.0 in numbers(first, scalar(ROWS | {"clay": "0.8*bowls + 1.7*jugs == 28"}, "5*bowls + 23*jugs"), text)
    assert 5.0 not in numbers(first, scalar(ROWS | {"wheel": "3*bowls + 5*jugs == 90"}, "5*bowls + 23*jugs"), text)


def test_beside_a_number_of_unknown_origin_only_the_objective_is_changed() -> None:
    other = scalar(ROWS | {"clay": "0.8*bowls + 1.7*jugs <= 33"})
    assert numbers(scalar(), other) == {14.0, 23.0}


def test_without_an_optimum_nothing_is_claimed() -> None:
    one, none = derived(scalar()), Derivation()
    assert compare(one, none, TEXT) == Agreement(instance=None, agrees=False)
    faulty = scalar(ROWS | {"what": "3*cups <= 4"})
    found = compare(one, Derivation(formulation=faulty, objective=one.objective), TEXT, budget_s=10)
    assert found.instance is True and found.agrees
    assert all(trial.same is None for trial in found.trials)


def test_no_time_means_no_trials() -> None:
    found = compare(derived(scalar()), derived(scalar(ROWS | {"some": "bowls + jugs >= 1"})), TEXT, budget_s=0)
    assert (found.agrees, found.trials) == (True, ())


def test_two_optima_of_the_same_rows_are_an_error_of_a_solver() -> None:
    one = derived(scalar())
    found = compare(one, one.model_copy(update={"objective": 3.0}), TEXT)
    assert found.identical and "not the best" in words(found)


@pytest.mark.parametrize(
    ("quantity", "factor", "value"),
    [
        ((20, True), 6.0, 87),
        ((0.5, False), 1.1, 0.55),
        ((3, False), 1.1, 4),
        ((1, False), 0.4, 2),
        ((9, False), 0.4, 4),
    ],
)
def test_whole_numbers_stay_whole_and_shares_stay_shares(
    quantity: tuple[float, bool], factor: float, value: float
) -> None:
    assert drawn(Quantity(*quantity, "", 0), factor) == pytest.approx(value, abs=0.05)


# Programs

SOURCE = """import pyomo.environ as pyo

model = pyo.ConcreteModel()
model.b = pyo.Var(domain=pyo.NonNegativeIntegers)
model.j = pyo.Var(domain=pyo.NonNegativeIntegers)
hours = {"b": 3, "j": 5}
model.wheel = pyo.Constraint(expr=hours["b"]*model.b + hours["j"]*model.j <= 90)
model.clay = pyo.Constraint(expr=0.8*model.b + 1.7*model.j <= 28)
model.shop = pyo.Constraint(expr=model.j >= 4)
model.objective = pyo.Objective(expr=14*model.b + 23*model.j, sense=pyo.maximize)
"""


def program(source: str = SOURCE, objective: float | None = None) -> Derivation:
    return Derivation(program=free_program(source, time_limit_s=5), objective=objective, sense="maximize")


def test_a_program_and_a_formulation_agree_on_other_numbers() -> None:
    found = compare(derived(scalar()), program(objective=optimum(scalar())), TEXT, trials=2, budget_s=20)
    assert found.agrees and found.instance and not found.identical
    assert [trial.same for trial in found.trials] == [True, True]


def test_a_program_parts_at_a_number() -> None:
    first = scalar({name: row for name, row in ROWS.items() if name != "shop"})
    found = compare(derived(first), program(objective=optimum(first)), TEXT, budget_s=20)
    if found.instance:
        assert found.trials[-1].same is False
    assert (found.difference and "the first has" in found.difference[0]) or "optima" in found.difference[0]


def test_a_program_that_crashes_says_nothing() -> None:
    found = compare(derived(scalar()), program(SOURCE + "raise ValueError\n", optimum(scalar())), TEXT, trials=1)
    assert found.agrees and all(trial.same is None for trial in found.trials)
    assert compare(derived(scalar()), program("model = (\n", 1.0), TEXT).trials == ()


def test_literals_that_shape_a_program_are_none_of_the_text() -> None:
    own = program("a = {7: 2.5}\nfor i in range(3):\n    b = a[7]**2 + 11*i\nc = -40 + 1e3\n").program
    assert own is not None
    found = literals(own)
    assert found is not None
    assert [literal.value for literal in found.amounts] == [2.5, 11.0, 40.0, 1000.0]
    assert {7.0, 3.0, 2.0} <= found.shapes


def test_a_literal_is_replaced_where_it_stands() -> None:
    own = program("name = 'é'; a = 0.8; b = -28\n").program
    assert own is not None
    found = literals(own)
    assert found is not None
    changed = rewritten(own, dict(zip(found.amounts, (1.25, 30.0), strict=True)))
    assert changed.source.startswith("name = 'é'; a = 1.25; b = -30\n")
