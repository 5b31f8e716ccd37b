"""Questions which places to open, and formulations in which nothing is a yes or no."""

from typing import Literal

import pytest

from fivefold.checks import check_openings, check_text
from fivefold_solvers.formulation.elements import Constraint, Formulation, Objective, Variable


def _kiosks(domain: Literal["continuous", "binary"]) -> Formulation:
    return Formulation(
        variables=(Variable(name="sold"), Variable(name="open_kiosk", domain=domain)),
        objective=Objective(sense="minimize", expression="300*open_kiosk + 2*sold"),
        constraints=(),
    )


@pytest.mark.parametrize(
    "text",
    [
        "A town decides which kiosks to open at least cost.",
        "Which of the three river sites should be built?",
        "Find the cheapest choice of which depots it should rent.",
        "A kiosk sells ice at 2 a piece. If any ice is sold, which is up to it, a fixed fee of 300 is due.",
        "There is a set-up cost of $300 whenever at least one kiosk sells, which is paid once.",
    ],
)
def test_opening_without_a_yes_or_no_is_told(text: str) -> None:
    (finding,) = check_openings(_kiosks("continuous"), text)
    assert finding.code == "no-opening" and finding.message.endswith("no decision is a yes or no")
    assert finding in check_text(_kiosks("continuous"), text)
    assert check_openings(_kiosks("binary"), text) == []


def test_a_cost_of_any_amount_at_all_may_be_told_by_numbers_and_conditions() -> None:
    text = "If any ice is sold a fixed fee of 300 is due."
    whole = Variable(name="sold", domain="integer")
    counted = Formulation(variables=(whole,), objective=Objective(sense="minimize", expression="2*sold"))
    assert [finding.code for finding in check_openings(counted, text)] == ["no-opening"]
    limited = Variable(name="open", domain="integer", upper=1)
    assert check_openings(counted.model_copy(update={"variables": (whole, limited)}), text) == []
    row = Constraint(name="fee", expression="implies(sold >= 1, paid >= 300)")
    assert check_openings(counted.model_copy(update={"constraints": (row,)}), text) == []


@pytest.mark.parametrize(
    "text",
    [
        "Which kiosk sells the most when all are open?",
        "Decide which blend of teas to sell, and how many tons.",
        "Kiosks that are open sell ice. Minimize the cost.",
        "The fixed cost of 300 is paid in any case. If any ice is left, it melts.",
        "If any kiosk is damaged it is mended. Set-up costs are not considered.",
    ],
)
def test_other_questions_ask_for_no_opening(text: str) -> None:
    assert check_openings(_kiosks("continuous"), text) == []
