"""Large problems: the form they are asked for in, answers with room to end, and numbers that are no amounts."""

import json
import time
from pathlib import Path

import pytest

from fivefold import asolve
from fivefold.checks.gaps import gaps
from fivefold.checks.numbers import check_numbers, unused
from fivefold.checks.off_by_one import check_off_by_one
from fivefold.checks.places import places, replaced
from fivefold.checks.switches import switches
from fivefold.checks.unexplained import unexplained
from fivefold.nodes.read import wants_sets
from fivefold.nodes.sources import with_sources
from fivefold.problem import quantities
from fivefold.reading.labels import labels, numbered_things
from fivefold.tools import ROOM
from fivefold_solvers.formulation.elements import Constraint, Formulation, Objective, Parameter, Set, Variable
from tests.agent.solving import RIGHT, TOYS, TOYS_DECLARED, TOYS_OPTIMUM, kind_of, settings_for
from tests.scripted_llm import Answer, Json, ScriptedLLM, completion, status

KILNS = (
    "Kiln 0 and Kiln 1 fire bowls in Shift 0, Shift 1, Shift 2, Shift 3 and Shift 4. Firing costs $30 in Kiln 0 and "
    "$35 in Kiln 1. Minimize the cost of 90 bowls."
)
FLIGHTS = (
    "Decide when flights flight_0, flight_1, flight_2, flight_3 and flight_4 leave, 3 minutes apart; minimize delay."
)


@pytest.mark.parametrize(
    ("text", "sets"),
    [
        (KILNS, True),
        (KILNS.replace("Shift 2, Shift 3 and Shift 4", "Shift 2"), False),
        (FLIGHTS, False),
        (FLIGHTS.replace("apart", "apart for any pair of flights"), True),
        (TOYS, False),
    ],
)
def test_what_crosses_numbered_things_is_asked_for_with_sets(text: str, sets: bool) -> None:
    assert wants_sets(text) == sets


def named(text: str) -> list[str]:
    found = labels(text)
    return [quantity.written for quantity in quantities(text) if quantity.start in found]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Rules:\n1. Spend at most 70.\n2. Hire 3.\n\n3. **Rest**: 9 hours.\n", ["1", "2", "3"]),
        ("Rules:\n- (1) Spend 70.\n- (2) Hire 3.", ["1", "2"]),
        ("It must (1) spend 70, (2) hire 3 and (3) rest 9 hours.", ["1", "2", "3"]),
        ("First rules. 1. Spend 70. 2. Hire 3.", ["1", "2"]),
        ("Ovens bake\n12. That is all; 2. Not more.", []),
        ("Tank 0 holds 8, Tank 1 holds 9.", ["0", "1"]),
        ("It must be 0, be 1 or be 15.", []),
        ("Weights, scaled up by a factor of 10,000, come to 7 and 9.", ["10,000"]),
        ("In week 2 demand 40 is scaled by a factor of 3.", []),
        ("A large constant (50000) switches rows off; big-M is 800.", ["50000", "800"]),
        ("A large number of 60 guests may come, but a large number (900) is used.", ["900"]),
    ],
)
def test_numbers_that_are_no_amounts(text: str, names: list[str]) -> None:
    assert named(text) == names


def test_how_many_things_are_told_apart() -> None:
    assert numbered_things(KILNS) == {"kiln": 2, "shift": 5}
    assert numbered_things(FLIGHTS) == {"flight": 5}


def test_a_sum_that_the_text_works_out_is_no_number_of_its_own() -> None:
    text = "Say A and B are taken: 14 + 23 + 5 = **42**. This is no sum: 14 + 5 = 20."
    assert [quantity.written for quantity in unused(text, {14.0, 23.0, 5.0})] == ["20"]


def cut(text: str, tokens: int) -> Json:
    """An answer that was cut after so many tokens."""
    body = completion(text, finish_reason="length")
    body["usage"] |= {"completion_tokens": tokens, "total_tokens": 7 + tokens}
    return body


async def test_a_slow_llm_is_not_asked_for_a_longer_answer(tmp_path: Path) -> None:
    def rule(request: Json) -> Answer:
        if kind_of(request) == "declare":
            return json.dumps(TOYS_DECLARED)
        time.sleep(0.2)
        return cut(json.dumps(RIGHT), 1)

    with ScriptedLLM(rule) as server:
        outcome = await asolve(TOYS, settings=settings_for(server.base_url, tmp_path))
    assert outcome.objective == pytest.approx(TOYS_OPTIMUM) and outcome.usage.calls == 2


TOUR = (
    "A guide walks from hut A to the huts B, C, D and E and back, and visits all five huts once. Minimize the way. "
    "From A it is 11 km to B, 12 km to C, 13 km to D and 14 km to E."
)


def tour(last: float, *, sets: int = 5) -> Formulation:
    """A tour through huts whose places in it are numbered."""
    return Formulation(
        sets=(Set(name="H", elements=tuple("ABCDEFGHIJ"[:sets])),),
        variables=(
            Variable(name="go", index=("a in H", "b in H if a != b"), domain="binary"),
            Variable(name="turn", index=("a in H",), upper=last),
        ),
        objective=Objective(sense="minimize", expression="sum(13*go[a, b] for a in H for b in H if a != b)"),
        constraints=(
            Constraint(
                name="order",
                forall=("a in H", "b in H if a != b and b != 'A'"),
                expression="turn[b] >= turn[a] + 1 - 5*(1 - go[a, b])",
            ),
        ),
    )


def test_the_order_of_a_tour_moves_no_limit() -> None:
    assert not check_off_by_one(tour(4), TOUR)
    hours = Formulation(
        variables=(Variable(name="x"), Variable(name="y")),
        objective=Objective(sense="maximize", expression="x + y"),
        constraints=(Constraint(name="hours", expression="x + y <= 90 - 1"),),
    )
    assert check_off_by_one(hours, "There are 90 hours for x and y. Maximize their sum.")


def batches(late: str, *, big: float = 700) -> Formulation:
    """Two batches in one kiln, one of which goes first."""
    return Formulation(
        parameters=(Parameter(name="big_M", values=big),),
        variables=(
            Variable(name="a"),
            Variable(name="b"),
            Variable(name="end"),
            Variable(name="first", domain="binary"),
        ),
        objective=Objective(sense="minimize", expression="end"),
        constraints=(
            Constraint(name="one", expression=f"b >= a + 30 - {late}*(1 - first)"),
            Constraint(name="two", expression=f"a >= b + 40 - {late}*first"),
            Constraint(name="done", expression="end >= a + 30"),
            Constraint(name="both", expression="end >= b + 40"),
        ),
    )


KILN = "Batch A takes 30 minutes and batch B 40 minutes in the same kiln. Minimize when both are done."


@pytest.mark.parametrize("late", ["700", "big_M"])
def test_a_number_that_switches_rows_off_needs_no_sentence(late: str) -> None:
    formulation = batches(late)
    assert switches(formulation) == {700}
    assert not [one for one in check_numbers(formulation, KILN) if one.code == "number-unexplained"]
    assert not unexplained(formulation, KILN)


def test_the_one_of_what_is_not_chosen_is_no_amount_of_the_text() -> None:
    formulation = batches("700")
    assert [place.value for place in places(formulation) if place.element == "one"] == [30, 700]
    moved = next(place for place in places(formulation) if place.value == 30)
    assert replaced(formulation, {moved: 31}).constraints[0].expression == "b >= a + 31 - 700*(1 - first)"


def test_a_capacity_that_the_text_lacks_is_still_told() -> None:
    formulation = Formulation(
        variables=(Variable(name="a"), Variable(name="open", domain="binary")),
        objective=Objective(sense="maximize", expression="a - 30*open"),
        constraints=(Constraint(name="room", expression="a <= 700*open"),),
    )
    assert not switches(formulation)
    assert [one.code for one in check_numbers(formulation, KILN)].count("number-unexplained") == 1


def test_how_many_elements_a_set_has_needs_no_sentence() -> None:
    assert not unexplained(tour(4), TOUR) and not unexplained(tour(6), TOUR)
    assert [place.value for place in unexplained(tour(17), TOUR)] == [17]


def test_pairs_in_brackets_are_two_numbers() -> None:
    written = [quantity.written for quantity in quantities("[35,940], [7, 12], [1,200,300] and (1,200) or 3,400")]
    assert written == ["35", "940", "7", "12", "1,200,300", "1,200", "3,400"]


def quoted(name: str, values: object) -> str:
    text = (
        "A mill grinds rye and oats. Grinding takes 3, 5, 4 and 9 minutes on Mondays; drying takes 9, 4, 5 and 3 "
        "minutes. Weights in any order are 5, 3, 9 and 4.\n- 31 sacks on Monday\n- 47 sacks on Friday\n- Rent is 50"
    )
    table = Parameter(name="table", index=("t in T",), values=values, description=name)
    source = with_sources(Formulation(parameters=(table,)), text).parameters[0].source
    return "" if source is None else source.quote


@pytest.mark.parametrize(
    ("name", "values", "quote"),
    [
        ("minutes", [3, 5, 4, 9], "Grinding takes 3, 5, 4 and 9 minutes on Mondays;"),
        ("minutes", {"a": [9, 4], "b": [5, 3]}, "drying takes 9, 4, 5 and 3 minutes."),
        ("minutes", [[5, 3], [9, 4]], "Weights in any order are 5, 3, 9 and 4."),
        ("sacks", [31, 47, 50], "- 31 sacks on Monday"),
        ("barrels", [31, 47, 50], ""),
        ("minutes", [3, 9, 5], ""),
    ],
)
def test_a_table_quotes_the_sentence_that_has_its_numbers_in_order(name: str, values: object, quote: str) -> None:
    assert quoted(name, values) == quote


async def test_a_cut_answer_gets_room_to_end(tmp_path: Path) -> None:
    allowed: list[int] = []

    def rule(request: Json) -> Answer:
        if kind_of(request) == "declare":
            allowed.append(request["max_tokens"])
            whole = json.dumps(TOYS_DECLARED)
            return cut(whole[:60], allowed[0]) if len(allowed) == 1 else whole
        return json.dumps(RIGHT)

    with ScriptedLLM(rule) as server:
        outcome = await asolve(TOYS, settings=settings_for(server.base_url, tmp_path))
    assert outcome.objective == pytest.approx(TOYS_OPTIMUM) and outcome.usage.calls == 3
    assert allowed[1] == ROOM * allowed[0]


async def test_a_cut_answer_is_taken_as_far_as_it_goes_where_no_longer_one_comes(tmp_path: Path) -> None:
    asked: list[int] = []

    def rule(request: Json) -> Answer:
        if kind_of(request) == "declare":
            return json.dumps(TOYS_DECLARED)
        asked.append(request["max_tokens"])
        if len(asked) == 1:
            return cut(json.dumps(RIGHT), asked[0])
        return status(400, "the context length is exceeded")

    with ScriptedLLM(rule) as server:
        outcome = await asolve(TOYS, settings=settings_for(server.base_url, tmp_path))
    assert outcome.objective == pytest.approx(TOYS_OPTIMUM) and len(asked) == 2


def test_an_example_that_is_only_supposed_needs_no_row() -> None:
    text = "At most 70 hours. For example, if the last batch ends at 12.5, the day ends at 12.5. For example, 9 is odd."
    assert [quantity.written for quantity in unused(text, set())] == ["70", "9"]


@pytest.mark.parametrize(
    "text",
    [
        "Kiln 0 can only fire bowls, Kiln 1 can only fire jugs. A kiln can only fire one thing.",
        "Costs:\n- Firing (a bowl):\n  - Kiln 0: 7\n  - Kiln 1: 9\n- Glazing (a bowl):\n  - Kiln 0: 3\n",
    ],
)
def test_nothing_is_missing_beside_names_and_in_headings(text: str) -> None:
    assert gaps(text) == []


def test_an_item_without_its_number_is_missed() -> None:
    assert gaps("Costs:\n- Firing:\n- Glazing: 4\n- Drying: 7\n") == [16]


async def test_a_round_trip_as_it_is_written_in_haste_is_solved(tmp_path: Path) -> None:
    names = [f"Farm {number}" for number in range(4)]
    table = [[None, 31, 92, 43], [31, None, 54, 85], [92, 54, None, 26], [43, 85, 26, None]]
    said = "; ".join(f"{a} to {b} {table[i][j]} km" for i, a in enumerate(names) for j, b in enumerate(names) if i != j)
    text = (
        f"A vet starts at Farm 0, visits each farm once and comes back. Minimize the way. The pairs of farms: {said}."
    )
    reply = {
        "sets": [{"name": "F", "elements": names}],
        "parameters": [{"name": "km", "index": ["i in F", "j in F"], "values": table}],
        "variables": [
            {"name": "drive", "index": ["i in F", "j in F", "i != j"], "domain": "binary"},
            {"name": "turn", "index": ["i in F"], "upper": 3},
        ],
        "objective": {"sense": "minimize", "expression": "sum(km[i, j]*drive[i, j] for i in F for j in F)"},
        "constraints": [
            {"name": "leave", "forall": ["i in F"], "expression": "sum(drive[i, j] for j in F) == 1"},
            {"name": "come", "forall": ["j in F"], "expression": "sum(drive[i, j] for i in F) == 1"},
            {
                "name": "onward",
                "forall": ["i in F - {'Farm 0'}", "j in F: j != F[0]"],
                "expression": "turn[i] - turn[j] + 4*drive[i, j] <= 3",
            },
        ],
    }
    with ScriptedLLM(lambda _: json.dumps(reply)) as server:
        outcome = await asolve(text, form="indexed", settings=settings_for(server.base_url, tmp_path))
    assert outcome.objective == pytest.approx(31 + 54 + 26 + 43) and outcome.usage.calls == 1
    assert outcome.verdict.grade == "consistent"
