"""Numbers on different scales and units that do not add up: seeded slips, and right rows in many spellings."""

import json
import time
from pathlib import Path

import pytest

from fivefold.checks import check_scales, check_text, check_units
from fivefold.checks.measures import NONE, declared_unit, stated_units
from fivefold_solvers.formulation.elements import Constraint, Formulation, Objective, Parameter, Set, Source, Variable
from fivefold_solvers.formulation.read import read

PROBLEMS = sorted((Path(__file__).parents[1] / "problems").glob("*.json"))


def rows(*expressions: str, objective: str = "0", **meaning: str) -> Formulation:
    return Formulation(
        variables=tuple(Variable(name=name, description=words) for name, words in meaning.items()),
        objective=Objective(sense="maximize", expression=objective),
        constraints=tuple(Constraint(name=f"r{place}", expression=row) for place, row in enumerate(expressions, 1)),
    )


def codes(formulation: Formulation, text: str) -> list[str]:
    return [finding.code for finding in [*check_scales(formulation, text), *check_units(formulation, text)]]


PAIR = {"pots": "number of pots", "pans": "number of pans"}
SEEDED = [
    ("At least 30% of the goods are pots.", "pots >= 30*(pots + pans)", "pots >= 0.3*(pots + pans)", "percent"),
    ("Pots are at most 45 percent.", "pots <= 45*pots + 45*pans", "100*pots <= 45*pots + 45*pans", "percent"),
    ("A pot costs 1.6 million, a pan 2.5 million; there are 6 million.", "1.6*pots + 2.5*pans <= 6000000",
     "1600000*pots + 2500000*pans <= 6000000", "scale"),
    ("A pot costs 35 cents and a pan $2; there are $80.", "35*pots + 2*pans <= 80", "0.35*pots + 2*pans <= 80",
     "scale"),
    ("A pot press makes 40 pots a day. Shops take at least 520 a week.", "40*pots >= 520",
     "40*7*pots >= 520", "period"),
    ("A wheel gives 15 pots daily; an order asks for 300 a month.", "15*pots >= 300", "15*30*pots >= 300", "period"),
    ("A pot takes 12 minutes and a pan 18 minutes; the kiln runs 40 hours.", "12*pots + 18*pans <= 40",
     "12*pots + 18*pans <= 40*60", "unit-scale"),
    ("A pot takes 250 grams of clay, a pan 400 g; there are 90 kg.", "250*pots + 400*pans <= 90",
     "0.25*pots + 0.4*pans <= 90", "unit-scale"),
    ("A pot takes 3 kg of clay and 7 minutes, a pan takes 4 kg and 9 minutes; there are 95 kg.",
     "3*pots + 9*pans <= 95", "3*pots + 4*pans <= 95", "units"),
    ("A pot takes 3 hours and earns $11, a pan takes 4 hours and earns $8; there are 95 hours.",
     "11*pots + 8*pans <= 95", "3*pots + 4*pans <= 95", "units"),
    ("A pot needs 600 ml of glaze and a pan 900 ml; 30 litres are there.", "600*pots + 900*pans <= 30",
     "600*pots + 900*pans <= 30000", "unit-scale"),
    ("A pot needs 25 cm of wire and a pan 60 cm; 45 metres are there.", "25*pots + 60*pans <= 45",
     "0.25*pots + 0.6*pans <= 45", "unit-scale"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "wrong", "right", "code"), SEEDED, ids=[text[:35] for text, *_ in SEEDED])
def test_a_seeded_slip_of_scale_or_unit_is_found(text: str, wrong: str, right: str, code: str) -> None:
    assert code in codes(rows(wrong, **PAIR), text)
    assert codes(rows(right, **PAIR), text) == []


SILENT = [
    ("Oil has 8 percent fat, milk 3 percent; the mix needs 5 percent.", "8*pots + 3*pans >= 5*(pots + pans)"),
    ("30% of 30 pots.", "pots >= 30*pans"),
    ("A press makes 40 sheets a day, 40 rolls a week; 520 a week are asked for.", "40*pots >= 520"),
    ("A pot takes an hour and a pan 2 hours; there are 30 hours.", "pots + 2*pans <= 30"),
    ("A pot takes 3 hours and a pan 3 kg; there are 70 hours.", "3*pots + 3*pans <= 70"),
    ("A pot gives $900 per hectare and year, a pan $1,300; the goal is $5,000.", "900*pots + 1300*pans >= 5000"),
    ("In $5x + 8y \\le 30$ hours count twice: 30 hours.", "5*pots + 8*pans <= 30"),
    ("The 12 second best of 40 pots.", "12*pots <= 40"),
    ("The kiln runs 40 hours; 5 of 6 pots.", "5*pots <= 40"),
]


@pytest.mark.parametrize(("text", "row"), SILENT, ids=[text[:35] for text, _ in SILENT])
def test_numbers_of_unsure_meaning_are_not_faulted(text: str, row: str) -> None:
    assert codes(rows(row, **PAIR), text) == []


def test_periods_of_variables_that_are_times_are_not_compared() -> None:
    text = "A press makes 40 sheets a day. There are to be 520 sheets a week."
    assert codes(rows("40*days >= 520", days="days that the press runs"), text) == []
    assert codes(rows("40*presses >= 520", presses="presses bought"), text) == ["period"]


def test_the_finding_quotes_the_sentence() -> None:
    text = "Wool is dear. A pot takes 12 minutes. The kiln runs 40 hours."
    (finding,) = check_units(rows("12*pots <= 40", **PAIR), text)
    assert "“The kiln runs 40 hours.”" in finding.message and finding.where == "constraint 'r1'"


def test_an_objective_in_another_unit_than_its_words_is_found() -> None:
    text = "A pot takes 3 hours and earns $11, a pan takes 4 hours and earns $8."
    wrong = rows(objective="3*pots + 4*pans", **PAIR)
    described = wrong.objective.model_copy(update={"description": "total profit"})
    assert [f.code for f in check_units(wrong.model_copy(update={"objective": described}), text)] == ["units"]
    declared = wrong.objective.model_copy(update={"unit": "EUR"})
    assert [f.code for f in check_units(wrong.model_copy(update={"objective": declared}), text)] == ["units"]
    right = wrong.objective.model_copy(update={"description": "total profit", "expression": "11*pots + 8*pans"})
    assert check_units(wrong.model_copy(update={"objective": right}), text) == []


def indexed(hours_unit: str, row: str) -> Formulation:
    return Formulation(
        sets=(Set(name="I", elements=("a", "b")),),
        parameters=(
            Parameter(name="hours", index=("I",), values=[1.5, 2], unit=hours_unit),
            Parameter(name="price", index=("I",), values=[7, 9], unit="$ per piece"),
            Parameter(name="weight", index=("I",), values=[3, 5], unit="kg per piece"),
            Parameter(name="time", values=40, unit="hours"),
        ),
        variables=(Variable(name="make", index=("I",), unit="pieces"),),
        objective=Objective(sense="maximize", expression="sum(price[i]*make[i] for i in I)", unit="$"),
        constraints=(Constraint(name="shop", expression=row),),
    )


def test_declared_units_are_multiplied_through_tables() -> None:
    right = "sum(hours[i]*make[i] for i in I) <= time"
    assert check_units(indexed("hours per piece", right), "") == []
    assert check_units(indexed("", right), "") == []
    assert [f.code for f in check_units(indexed("minutes per piece", right), "")] == ["unit-scale"]
    assert [f.code for f in check_units(indexed("h", "sum(weight[i]*make[i] for i in I) <= time"), "")] == ["units"]
    assert [f.code for f in check_units(indexed("h", "sum(make[i] for i in I) <= time"), "")] == ["units"]


def test_units_of_variables_follow_from_the_rows() -> None:
    formulation = Formulation(
        parameters=(
            Parameter(name="pay", values=20, unit="$ per hour"),
            Parameter(name="budget", values=900, unit="$"),
            Parameter(name="load", values=50, unit="kg"),
        ),
        variables=(Variable(name="x"),),
        objective=Objective(sense="maximize", expression="x"),
        constraints=(
            Constraint(name="paid", expression="pay*x <= budget"),
            Constraint(name="carried", expression="x <= load"),
        ),
    )
    (finding,) = check_units(formulation, "")
    assert finding.where == "constraint 'carried'" and "time" in finding.message and "mass" in finding.message


def test_units_in_words() -> None:
    assert str(declared_unit("kg per hour")) == "mass per time" and str(declared_unit("$")) == "money"
    assert declared_unit("loaves") == NONE == declared_unit("pieces per day")
    for unsure in ("", "units", "days", "100 g", "m²", "square feet", "thousand dollars", "mm x"):
        assert declared_unit(unsure) is None
    stated = stated_units("It takes 12 minutes, $5 per kg, 12 lb of 3 square feet, 30 km, 25% and 7 machine hours.")
    assert {value: str(unit) for value, unit in stated.items()} == {
        5.0: "money",
        3.0: "length^2",
        30.0: "length",
        0.25: "a count",
        7.0: "time",
    }
    assert stated_units("£9 for 4 pounds") == stated_units("£9")


@pytest.mark.parametrize("path", PROBLEMS, ids=[path.stem for path in PROBLEMS])
def test_right_formulations_are_not_faulted(path: Path) -> None:
    content = json.loads(path.read_text(encoding="utf-8"))
    formulation, _ = read(content["formulation"])
    assert formulation is not None
    older = {"number-unused", "number-unexplained", "nouns", "relation", "sense", "term-twice"}
    found = [str(f) for f in check_text(formulation, content["text"]) if f.severity != "note" and f.code not in older]
    assert found == []


def test_large_formulations_are_checked_fast() -> None:
    text = " ".join(
        f"Plant {k} makes at most {k + 3} tonnes of stuff each day, twice as many as ever." for k in range(400)
    )
    large = rows(
        *(f"{k % 9 + 2}*x{k} + x{k + 1} <= {k + 3}" for k in range(400)), **{f"x{k}": f"part {k}" for k in range(401)}
    )
    quoted = large.model_copy(
        update={
            "constraints": tuple(
                r.model_copy(update={"source": Source(kind="stated", quote="at most")}) for r in large.constraints
            )
        }
    )
    before = time.process_time()
    codes(quoted, text)
    assert time.process_time() - before < 5


def test_a_width_beside_data_that_is_per_cent_too() -> None:
    formulation = Formulation(
        sets=(Set(name="S", elements=("sand", "clay")),),
        parameters=(Parameter(name="least", index=("s in S",), values=(20, 35)),),
        variables=(Variable(name="share", index=("s in S",)),),
        objective=Objective(sense="maximize", expression="sum(share[s] for s in S)"),
        constraints=(Constraint(name="most", forall=("s in S",), expression="100*share[s] <= least[s] + 1.5"),),
    )
    assert codes(formulation, "At least 20% sand and 35% clay, and no more than 1.5% above them.") == []


def test_a_price_before_a_bracket_is_a_price_of_each() -> None:
    text = "Sell wine at $31 a bottle, juice at $17. There are 640 litres of grapes. More cost $5."
    names = {"white": "litres of white wine", "red": "litres of red wine", "juice": "litres of juice", "more": "more"}
    for revenue in ("31*(white + red) + 17*juice - 5*more", "31*white + 31*red + 17*juice - 5*more"):
        assert codes(rows("white + red + juice <= 640 + more", objective=revenue, **names), text) == []


POINTS = (
    "Of the hedges 18 % are clipped today. A shear raises this by 3 percentage points and a saw by 1 percentage point. "
    "At least 40 % must be reached at the least cost; a shear costs 70 euros and a saw 30."
)


@pytest.mark.parametrize("row", ["18 + 3*shears + saws >= 40", "0.18 + 0.03*shears + 0.01*saws >= 0.4"])
def test_percentage_points_are_added_to_a_percentage(row: str) -> None:
    formulation = rows(row, objective="70*shears + 30*saws", shears="shears bought", saws="saws bought")
    goal = formulation.objective.model_copy(update={"sense": "minimize"})
    assert check_text(formulation.model_copy(update={"objective": goal}), POINTS) == []


def test_a_share_beside_percentage_points_is_still_a_share() -> None:
    text = f"{POINTS} At least 35% of the tools are shears."
    assert codes(rows("shears >= 35*(shears + saws)", shears="shears", saws="saws"), text) == ["percent"]
