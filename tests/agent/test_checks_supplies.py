"""Supplies, needs and choices: rows turned round, used up or given to each, and where the words do not tell."""

from typing import Literal

import pytest

from fivefold.checks import check_shape, check_supplies
from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.elements import Constraint, Formulation, Objective, Parameter, Set, Variable

BREAD = (
    "A rye loaf takes 3 kg of flour and a spelt loaf 2 kg. Each night 90 kg of flour are available. "
    "Customers have ordered 25 rye loaves. The bakery has 700 tins and 44 trays."
)


def bakery(*rows: str, sense: Literal["minimize", "maximize"] = "minimize") -> Formulation:
    """Rye and spelt loaves."""
    return Formulation(
        variables=(Variable(name="rye", domain="integer"), Variable(name="spelt", domain="integer")),
        objective=Objective(sense=sense, expression="rye + spelt"),
        constraints=tuple(Constraint(name=f"r{place}", expression=row) for place, row in enumerate(rows, 1)),
    )


def codes(text: str, *rows: str) -> list[str]:
    return [finding.code for finding in check_supplies(bakery(*rows), text)]


def test_what_the_words_say_is_left_alone() -> None:
    assert codes(BREAD, "3*rye + 2*spelt <= 90", "rye >= 25", "rye + spelt <= 44", "700 >= 4*rye + 2*spelt") == []
    assert codes(BREAD, "rye == 25") == []  # what is ordered may be made exactly
    assert check_supplies(bakery("rye <= 25", sense="maximize"), BREAD) == []  # no more may be sold than is asked for


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("3*rye + 2*spelt >= 90", "supply-turned"),
        ("90 <= 3*rye + 2*spelt", "supply-turned"),
        ("3*rye + 2*spelt == 90", "supply-exact"),
        ("rye <= 25", "need-turned"),
        ("4*rye + 2*spelt >= 700", "supply-turned"),
        ("rye + spelt >= 44", "supply-turned"),  # in the list behind `has`
    ],
)
def test_supplies_and_needs_that_are_turned_are_found(row: str, code: str) -> None:
    assert codes(BREAD, row) == [code]


def test_one_supply_of_all_that_each_row_has_to_itself_is_found() -> None:
    (finding,) = check_supplies(bakery("3*rye <= 90", "2*spelt <= 90"), BREAD)
    assert finding.code == "supply-each" and "90 is stated once" in finding.message
    assert codes(BREAD.replace("90 kg", "90 kg for each kind"), "3*rye <= 90", "2*spelt <= 90") == []
    assert codes(BREAD, "3*rye <= 90", "3*spelt <= 90") == []  # the same bread in two nights


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("The school has 310 pupils.", "rye >= 310"),
        ("There are 90 kg available, of which at least 20 must be used.", "3*rye >= 20"),
        ("If 90 kg are available, bread is baked.", "3*rye >= 90"),
        ("Ms Ito has 90 dollars to invest.", "rye + spelt == 90"),
        ("They have 90 kg, and 90 loaves are ordered.", "3*rye >= 90"),
        ("A mix of 90 kg is made.", "3*rye >= 90"),
    ],
)
def test_words_that_may_be_read_in_two_ways_are_left_alone(text: str, row: str) -> None:
    assert codes(text, row) == []


def test_a_table_is_what_its_name_says() -> None:
    def shop(relation: str) -> Formulation:
        return Formulation.model_validate({
            "sets": [{"name": "B", "elements": ("north", "south")}],
            "parameters": [{"name": "capacity", "index": ["b in B"], "values": [7, 8]}],
            "variables": [{"name": "bake", "index": ["b in B"]}],
            "objective": {"sense": "maximize", "expression": "sum(bake[b] for b in B)"},
            "constraints": [{"name": "r", "forall": ["b in B"], "expression": f"bake[b] {relation} capacity[b]"}],
        })  # fmt: skip

    assert check_supplies(shop("<="), "Bread is baked.") == check_supplies(shop("=="), "Bread is baked.") == []
    assert [finding.code for finding in check_supplies(shop(">="), "Bread is baked.")] == ["supply-turned"]


def test_a_yes_or_no_that_may_be_two_is_found() -> None:
    def pools(*rows: str, upper: int | None = None, description: str = "whether the pool is built") -> list[str]:
        formulation = Formulation(
            variables=(
                Variable(name="pool", domain="integer", upper=upper, description=description),
                Variable(name="park", domain="binary"),
            ),
            objective=Objective(sense="maximize", expression="pool + park"),
            constraints=tuple(Constraint(name=f"r{place}", expression=row) for place, row in enumerate(rows, 1)),
        )
        return [finding.code for finding in check_shape(check(formulation)) if finding.code == "choice-counted"]

    assert pools("3*pool + 2*park <= 9") == ["choice-counted"]
    assert pools("3*pool + 2*park <= 5") == pools("pool <= park") == pools("pool + park == 1") == []
    assert pools("3*pool <= 9", upper=1) == pools("3*pool <= 9", description="pools that are built") == []


WELLS = "Wells send water to farms at least cost. The farms need 30, 45 and 20 loads; each well sends at least 10."


WATERING = "sum(fee[w, f]*sent[w, f] for w in W for f in F)"


def wells(row: str, goal: str = WATERING, sense: Literal["minimize", "maximize"] = "minimize") -> Formulation:
    return Formulation(
        sets=(Set(name="W", elements=(1, 2)), Set(name="F", elements=("a", "b", "c"))),
        parameters=(
            Parameter(name="fee", index=("w in W", "f in F"), values=[[1, 2, 3], [3, 2, 1]]),
            Parameter(name="need", index=("f in F",), values=[30, 45, 20], description="loads a farm needs"),
        ),
        variables=(Variable(name="sent", index=("w in W", "f in F"), lower=0),),
        objective=Objective(sense=sense, expression=goal),
        constraints=(Constraint(name="watered", forall=("f in F",), expression=row),),
    )


def test_a_table_of_needs_that_only_bounds_from_above_is_told() -> None:
    turned = "sum(sent[w, f] for w in W) <= need[f]"
    assert [one.code for one in check_supplies(wells(turned), WELLS)] == ["need-turned"]
    assert check_supplies(wells(turned.replace("<=", ">=")), WELLS) == []
    assert check_supplies(wells(turned, sense="maximize"), WELLS) == []
    assert check_supplies(wells(turned), WELLS + " A load short costs 90.") == []
    both = f"{WATERING} + sum(need[f] for f in F)"
    assert check_supplies(wells(turned, both), WELLS) == []  # it has another use


LISTED = "Ely needs 180 loaves, Ware 220, the old mill 150 and Kirby Wharf 95. Sid makes 70 and eats 12."


@pytest.mark.parametrize(
    ("row", "found"), [("rye <= 180", 1), ("rye <= 220", 1), ("rye <= 150", 1), ("rye <= 95", 1), ("rye <= 70", 0)]
)
def test_what_a_list_needs_is_said_once(row: str, found: int) -> None:
    assert codes(LISTED, row) == ["need-turned"] * found


def test_what_is_left_over_at_a_cost_is_used_up() -> None:
    milk = Formulation(
        variables=tuple(Variable(name=name) for name in ("cheese", "yoghurt", "sewer")),
        objective=Objective(sense="maximize", expression="0.5*cheese + 0.4*yoghurt - 0.1*sewer"),
        constraints=(Constraint(name="milk", expression="cheese + yoghurt + sewer == 900"),),
    )
    text = "A dairy has 900 litres of milk. What is not used goes down the sewer at 0.10 euros a litre."
    assert check_supplies(milk, text) == []
    earns = milk.objective.model_copy(update={"expression": "0.5*cheese + 0.4*yoghurt"})
    assert [one.code for one in check_supplies(milk.model_copy(update={"objective": earns}), text)] == ["supply-exact"]


def test_cash_that_goes_on_into_the_next_year_is_used_up() -> None:
    text = "A club has 640 euros. The bank pays 3 % a year, a bond 8 % after two years. How much is there at most?"
    first = "bank1 + bond1 == 640"

    def years(*rows: str) -> list[str]:
        names = ("bank1", "bond1", "bank2", "bond2")
        formulation = Formulation(
            variables=tuple(Variable(name=name) for name in names),
            objective=Objective(sense="maximize", expression="1.03*bank2 + 1.08*bond1"),
            constraints=tuple(Constraint(name=f"r{place}", expression=row) for place, row in enumerate(rows)),
        )
        return [finding.code for finding in check_supplies(formulation, text)]

    assert years(first, "bank2 + bond2 == 1.03*bank1") == []
    assert years(first) == years(first, "bond1 == 2*bank1") == years(first, "bank1 + bond1 + bank2 == 9") != []
