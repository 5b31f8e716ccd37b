"""The falsification battery: silent on right formulations, with a witness on wrong ones."""

from typing import Any

import pytest

from fivefold.checks.battery import BatteryReport, run_battery
from fivefold.checks.missing import missing_facts
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.finding import Severity
from fivefold_solvers.formulation.read import read

TEXT = """A boatyard builds rowing boats and sailing boats. Each rowing boat takes 20 hours of carpentry and 4 litres of
varnish. Each sailing boat takes 50 hours of carpentry and 9 litres of varnish. There are 1200 hours of carpentry
available, and the yard has available 220 litres of varnish. The yard must build at least 6 rowing boats. The number
of sailing boats must not exceed the number of rowing boats. At most 18 sailing boats can be launched. The profit per
rowing boat is $310 and the profit per sailing boat is $820. How many boats of each kind should be built to maximize
profit?"""
ROWS = {
    "carpentry": "20*rowing + 50*sailing <= 1200",
    "varnish": "4*rowing + 9*sailing <= 220",
    "least": "rowing >= 6",
    "balance": "sailing <= rowing",
    "launch": "sailing <= 18",
}
OBJECTIVE = "310*rowing + 820*sailing"
BLEND = """A mill mixes feed from barley and maize. A sack of barley contains 7 units of protein and costs $12. A sack
of maize contains 4 units of protein and costs $8. The mix must hold at least 300 units of protein. At least 30% of
the sacks must be maize, and the total number of sacks must be at least 40. Find the mix with the minimum total cost."""


def boats(
    objective: str = OBJECTIVE, sense: str = "maximize", domain: str = "integer", **rows: str | None
) -> Formulation:
    """Return the right formulation of the boatyard, with other rows where they are given; None leaves one out."""
    written = {name: text for name, text in {**ROWS, **rows}.items() if text is not None}
    return formulation_of(
        {
            "variables": [
                {"name": "rowing", "domain": "integer", "description": "rowing boats built"},
                {"name": "sailing", "domain": domain, "description": "sailing boats built"},
            ],
            "objective": {"sense": sense, "expression": objective},
            "constraints": [{"name": name, "expression": text} for name, text in written.items()],
        }
    )


def feed(objective: str = "12*barley + 8*maize", **rows: str) -> Formulation:
    written = {
        "protein": "7*barley + 4*maize >= 300",
        "share": "maize >= 0.3*(barley + maize)",
        "sacks": "barley + maize >= 40",
    } | rows
    return formulation_of(
        {
            "variables": [{"name": "barley", "unit": "sacks"}, {"name": "maize", "unit": "sacks"}],
            "objective": {"sense": "minimize", "expression": objective},
            "constraints": [{"name": name, "expression": text} for name, text in written.items()],
        }
    )


def formulation_of(raw: dict[str, Any]) -> Formulation:
    found = read(raw).formulation
    assert found is not None
    return found


def codes(report: BatteryReport) -> set[str]:
    return {finding.code.removeprefix("falsified-") for finding in report.findings()}


@pytest.mark.parametrize(
    ("formulation", "text"),
    [
        (boats(), TEXT),
        (feed(), BLEND),
        (boats(sailing_again="2*sailing <= 36"), TEXT),
        (boats(launch=None, cap="18 >= sailing"), TEXT),
    ],
)
def test_a_right_formulation_is_not_falsified(formulation: Formulation, text: str) -> None:
    report = run_battery(formulation, text, budget_s=20)
    assert not report.findings(), report.findings()
    held = {result.relation for result in report.results if result.outcome == "held"}
    assert {"objective-as-stated", "row-as-stated", "sentence-enforced", "requirement-monotone"} <= held
    assert ("limit-monotone" in held) == (text is TEXT)
    assert report.solves > 10 and report.ms > 0


def test_the_same_is_not_tried_twice() -> None:
    report = run_battery(boats(), TEXT, budget_s=20)
    assert run_battery(boats(), TEXT, budget_s=20) is report
    assert run_battery(boats(), f"{TEXT} ", budget_s=20) is not report


def test_an_indexed_formulation_is_read_like_a_scalar_one() -> None:
    raw: dict[str, Any] = {
        "sets": [{"name": "B", "elements": ["rowing", "sailing"]}, {"name": "R", "elements": ["carpentry", "varnish"]}],
        "parameters": [
            {"name": "takes", "index": ["b in B", "r in R"], "values": [[20, 4], [50, 9]]},
            {"name": "there", "index": ["r in R"], "values": [1200, 220]},
            {"name": "profit", "index": ["b in B"], "values": [310, 820]},
        ],
        "variables": [{"name": "build", "index": ["b in B"], "domain": "integer"}],
        "objective": {"sense": "maximize", "expression": "sum(profit[b]*build[b] for b in B)"},
        "constraints": [
            {"name": "use", "forall": ["r in R"], "expression": "sum(takes[b, r]*build[b] for b in B) <= there[r]"},
            {"name": "least", "expression": "build['rowing'] >= 6"},
            {"name": "balance", "expression": "build['sailing'] <= build['rowing']"},
            {"name": "launch", "expression": "build['sailing'] <= 18"},
        ],
    }
    assert not run_battery(formulation_of(raw), TEXT, budget_s=20).findings()
    raw["parameters"][0]["values"] = [[50, 4], [20, 9]]
    assert "row-as-stated" in codes(run_battery(formulation_of(raw), TEXT, budget_s=20))


@pytest.mark.parametrize(
    ("formulation", "expected"),
    [
        (boats(least="rowing <= 6"), "sentence-enforced"),
        (boats(balance=None), "sentence-obeyed"),
        (boats(balance="rowing <= sailing"), "row-as-stated"),
        (boats(carpentry="50*rowing + 20*sailing <= 1200"), "number-of-decision"),
        (boats(varnish="4*rowing - 9*sailing <= 220"), "in-proportion"),
        (boats(varnish="4*rowing + 9*sailing == 220"), "limit-not-exact"),
        (boats(varnish="4*rowing + 9*sailing <= 220 - 1"), "limit-as-stated"),
        (boats(varnish="4*rowing <= 220", more="9*sailing <= 220"), "row-as-stated"),
        (boats(varnish="4*rowing + 9*sailing >= 220"), "limit-monotone"),
        (boats(objective="820*rowing + 310*sailing"), "objective-as-stated"),
        (boats(objective="820*sailing"), "objective-as-stated"),
        (boats(sense="minimize"), "sense-as-stated"),
        (boats(domain="continuous"), "domains-alike"),
    ],
)  # fmt: skip
def test_a_mistake_is_falsified(formulation: Formulation, expected: str) -> None:
    report = run_battery(formulation, TEXT, budget_s=20)
    assert expected in codes(report), report.findings()


def test_an_answer_that_breaks_a_sentence_is_an_error_with_a_witness() -> None:
    report = run_battery(boats(balance=None, launch="sailing <= 20", least="rowing >= 5"), TEXT, budget_s=20)
    assert report.falsified
    broken = [finding for finding in report.findings() if finding.severity is Severity.ERROR]
    assert {finding.code for finding in broken} == {"falsified-sentence-obeyed"}
    result = next(result for result in report.of("sentence-obeyed") if "must not exceed" in result.where)
    assert result.witness is not None and result.witness.after is not None and result.witness.after > 0
    assert result.why and "sailing" in result.witness.words


def test_shares_totals_and_requirements_are_read() -> None:
    assert "row-as-stated" in codes(run_battery(feed(share="maize <= 0.3*(barley + maize)"), BLEND, budget_s=20))
    poor = feed(sacks="barley >= 0", protein="7*barley + 4*maize >= 30")
    assert "sentence-obeyed" in codes(run_battery(poor, BLEND.replace("300", "30"), budget_s=20))
    turned = run_battery(feed(protein="7*barley + 4*maize <= 300"), BLEND, budget_s=20)
    assert "requirement-monotone" in codes(turned) or "sentence-enforced" in codes(turned)


def test_an_equation_that_leaves_something_over_asks_for_no_exact_amount() -> None:
    text = "A smithy must deliver 45 and 60 gates in the next two months. A gate that is kept costs 2 a month, one "
    text += "built in the first month 30, one in the second 34. Find the cheapest plan."
    names = ("built1", "built2", "kept")
    smithy = formulation_of({
        "variables": [{"name": name, "domain": "integer", "description": f"gates {name}"} for name in names],
        "objective": {"sense": "minimize", "expression": "30*built1 + 34*built2 + 2*kept"},
        "constraints": [
            {"name": "first", "expression": "built1 - 45 == kept"},
            {"name": "second", "expression": "kept + built2 - 60 == 0"},
        ],
    })  # fmt: skip
    assert "limit-not-exact" not in codes(run_battery(smithy, text, budget_s=20))


def test_words_that_state_no_condition_for_all_cases_are_left_alone() -> None:
    text = TEXT.replace(
        "must not exceed the number of rowing boats", "must not exceed the number of rowing boats by more than 4"
    )
    text = text.replace("The yard must build at least 6", "If the pier is open, the yard must build at least 6")
    report = run_battery(boats(balance="sailing <= rowing + 4", least=None), text, budget_s=20)
    assert not report.findings(), report.findings()


def test_what_cannot_be_solved_as_arrays_abstains() -> None:
    raw = {
        "variables": [{"name": "side", "upper": 9}],
        "objective": {"sense": "minimize", "expression": "exp(side) + 3*side"},
        "constraints": [{"expression": "side >= 2"}],
    }
    report = run_battery(formulation_of(raw), "A square field needs a side of at least 2 metres, as cheap as possible.")
    assert [result.outcome for result in report.results] == ["abstained"]
    broken = formulation_of({**raw, "constraints": [{"expression": "side >= widht"}]})
    assert run_battery(broken, "a side of at least 2").results[0].reason == "the formulation has errors"


def test_an_infeasible_formulation_has_no_optimum_to_move() -> None:
    report = run_battery(boats(more="rowing + sailing >= 5000"), TEXT, budget_s=20)
    assert not report.falsified
    assert [result.outcome for result in report.of("limit-monotone")] == ["abstained"]


def test_the_budget_of_time_is_kept() -> None:
    report = run_battery(boats(), TEXT, budget_s=0.0)
    assert not report.findings() and report.results[0].outcome == "abstained"
    assert BatteryReport.model_validate_json(report.model_dump_json()) == report


RATES = (
    "A print shop makes posters, flyers and banners. A poster earns $8 and takes 3 minutes, a flyer earns $2 and takes"
    " 1 minute, a banner earns $38 and takes 15 minutes. At least 40 of each product must be printed and at most 900 "
    "pieces in total. Maximize the profit rate, which is total profit divided by total minutes."
)


def test_the_rows_of_a_ratio_are_held_against_the_text() -> None:
    """No solver of arrays takes the ratio; what the rows allow does not depend on it."""
    goal = "(8*posters + 2*flyers + 38*banners) / (3*posters + flyers + 15*banners)"
    names = ("posters", "flyers", "banners")

    def read_with(*least: str) -> Formulation:
        found = read(
            {
                "variables": [{"name": name, "domain": "integer"} for name in names],
                "objective": {"sense": "maximize", "expression": goal},
                "constraints": [
                    {"name": "pieces", "expression": "posters + flyers + banners <= 900"},
                    *({"name": f"least_{name}", "expression": f"{name} >= 40"} for name in least),
                ],
            }
        ).formulation
        assert found is not None
        return found

    report = run_battery(read_with("posters"), RATES, budget_s=20)
    broken = {result.reason for result in report.of("sentence-enforced") if result.outcome == "violated"}
    assert broken == {"flyers >= 40", "banners >= 40"}
    assert not run_battery(read_with(*names), RATES, budget_s=20).findings()


def test_a_number_may_hold_a_decision_against_the_one_it_is_said_of() -> None:
    text = "A county shares 150 tonnes of salt among the districts Hill and Vale. Hill has 20 km of road, Vale 40 km. "
    text += "The district that gets the least per km shall get as much per km as possible. How much does each get?"

    def shared(hill: str, vale: str) -> Formulation:
        return formulation_of({
            "variables": [
                {"name": "hill", "description": "tonnes for Hill"}, {"name": "vale", "description": "tonnes for Vale"},
                {"name": "least", "description": "least amount per km"},
            ],
            "objective": {"sense": "maximize", "expression": "least"},
            "constraints": [
                {"name": "salt", "expression": "hill + vale <= 150"},
                {"name": "in_hill", "expression": hill}, {"name": "in_vale", "expression": vale},
            ],
        })  # fmt: skip

    right = shared("20*least <= hill", "40*least <= vale")
    assert "number-of-decision" not in codes(run_battery(right, text, budget_s=20))
    assert not [fact for fact in missing_facts(text, right) if fact.kind == "constant"]


def test_what_says_how_far_a_goal_is_missed_owns_no_numbers() -> None:
    text = (
        "A school hires teachers and aides. It wants to teach 300 pupils. A teacher teaches 25 pupils, costs 4 units, "
    )
    text += (
        "an aide teaches 10 pupils and costs 1.5 units. It has 40 units. Each pupil short of the goal counts 3 points. "
    )
    text += "How many of each keep the points lowest?"
    raw = {
        "variables": [
            {"name": "teachers", "domain": "integer"}, {"name": "aides", "domain": "integer"},
            {"name": "short_pupils", "description": "pupils short of the goal"},
        ],
        "objective": {"sense": "minimize", "expression": "3*short_pupils"},
        "constraints": [
            {"name": "pupils", "expression": "25*teachers + 10*aides + short_pupils >= 300"},
            {"name": "money", "expression": "4*teachers + 1.5*aides <= 40"},
        ],
    }  # fmt: skip
    assert not [one for one in run_battery(formulation_of(raw), text, budget_s=20).findings() if "number" in one.code]


@pytest.mark.parametrize(("fee", "told"), [(12, False), (-12, True)])
def test_a_need_that_nobody_would_exceed_may_be_an_equation(fee: int, told: bool) -> None:
    text = "The school must get at least 40 desks and the hall must get at least 70 chairs. A desk costs 12 and a "
    text += "chair costs 5. What is cheapest?"
    order = formulation_of({
        "variables": [{"name": name, "domain": "integer", "upper": 200} for name in ("desks", "chairs")],
        "objective": {"sense": "minimize", "expression": f"{fee}*desks + 5*chairs"},
        "constraints": [
            {"name": "school", "expression": "desks == 40"},
            {"name": "hall", "expression": "chairs >= 70"},
        ],
    })  # fmt: skip
    assert ("limit-not-exact" in codes(run_battery(order, text, budget_s=20))) == told
