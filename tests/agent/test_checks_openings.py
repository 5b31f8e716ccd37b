"""Questions which places to open, and formulations in which nothing is a yes or no."""

from typing import Literal

import pytest

from fivefold.checks import check_openings, check_text
from fivefold_solvers.formulation.elements import Formulation, Objective, Variable


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
    ],
)
def test_opening_without_a_yes_or_no_is_told(text: str) -> None:
    (finding,) = check_openings(_kiosks("continuous"), text)
    assert finding.code == "no-opening" and "which" in finding.message.lower()
    assert finding in check_text(_kiosks("continuous"), text)
    assert check_openings(_kiosks("binary"), text) == []


@pytest.mark.parametrize(
    "text",
    [
        "Which kiosk sells the most when all are open?",
        "Decide which blend of teas to sell, and how many tons.",
        "Kiosks that are open sell ice. Minimize the cost.",
    ],
)
def test_other_questions_ask_for_no_opening(text: str) -> None:
    assert check_openings(_kiosks("continuous"), text) == []
