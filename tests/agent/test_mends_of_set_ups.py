"""A set-up cost for any amount at all becomes a yes or no with its cost, by rule."""

import pytest

from fivefold.formulations import run
from fivefold.mends.trying import mended
from fivefold.verdict.verification import verify
from fivefold_solvers.formulation.elements import Constraint, Domain, Formulation, Objective, Sense, Variable

TEXT = (
    "A kiln fires lamps at a profit of $3 each and vases at a profit of $5 each. A lamp takes 2 kg of clay and a vase "
    "4 kg. There are 90 kg of clay. If any lamps are fired, a set-up cost of $14 is incurred, and if any vases are "
    "fired, a set-up cost of $20 is incurred. Maximize the profit."
)
CLAY = "2*lamps + 4*vases <= 90"


def kiln(*rows: str, domain: Domain = "integer", sense: Sense = "maximize") -> Formulation:
    return Formulation(
        variables=tuple(Variable(name=name, domain=domain, description=f"{name} fired") for name in ("lamps", "vases")),
        objective=Objective(sense=sense, expression="3*lamps + 5*vases", description="profit"),
        constraints=tuple(Constraint(name=f"row_{at}", expression=row) for at, row in enumerate(rows)),
    )


@pytest.mark.parametrize("rows", [(CLAY,), (CLAY, "14*lamps + 20*vases <= 300")])
@pytest.mark.parametrize("domain", ["integer", "continuous"])
def test_each_gets_a_yes_or_no_and_a_row_that_spreads_the_cost_goes(rows: tuple[str, ...], domain: Domain) -> None:
    wrong = kiln(*rows, domain=domain)
    assert verify(wrong, TEXT).verdict.grade == "suspicious"
    better = mended(wrong, TEXT).formulation
    assert better.objective.expression == "3*lamps + 5*vases - 14*set_up_lamps - 20*set_up_vases"
    assert [row.name for row in better.constraints] == ["row_0", "set_up_lamps_if_used", "set_up_vases_if_used"]
    answer = run(better)
    # 45 lamps earn 135 and cost 14 once; vases beside them earn less than their 20.
    assert answer.result.objective == pytest.approx(121)
    assert answer.values["set_up_lamps"][()] == 1 and answer.values["set_up_vases"][()] == 0
    assert verify(better, TEXT).verdict.grade == "consistent"


@pytest.mark.parametrize(
    "text",
    [
        TEXT.replace("set-up cost", "fine").replace("$20", "$21"),
        TEXT.replace(
            "and if any vases are fired, a set-up cost of $20", "and $20 for the second batch of lamps, a cost that"
        ),
        "A kiln fires lamps at $3 each and vases at $5 each. A set-up cost of $14 was paid. There are 90 kg of clay.",
    ],
)
def test_other_costs_ask_for_no_decision(text: str) -> None:
    better = mended(kiln(CLAY), text).formulation
    assert [one.name for one in better.variables] == ["lamps", "vases"]


def test_a_formulation_that_has_its_yes_or_no_stays() -> None:
    plan = kiln(CLAY, "lamps <= 45*use_lamps", "vases <= 22*use_vases")
    switches = tuple(Variable(name=f"use_{one}", domain="binary") for one in ("lamps", "vases"))
    objective = Objective(sense="maximize", expression="3*lamps + 5*vases - 14*use_lamps - 20*use_vases")
    right = plan.model_copy(update={"variables": (*plan.variables, *switches), "objective": objective})
    assert mended(right, TEXT).formulation == right
