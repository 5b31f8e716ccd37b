"""Standard models: each has the optimum that counting finds, and is taken only where a text tells of it alone."""

import json
from collections.abc import Iterator
from itertools import pairwise, permutations, product
from typing import Any

import pytest

from fivefold import Outcome, formulations, solve
from fivefold.standard.data import filled, members_in, names_schema, numbers_schema, tables_told
from fivefold.standard.model import StandardModel, library
from fivefold.standard.pairs import told_pairs
from fivefold.standard.recognize import recognized
from tests.agent.solving import TOYS_DECLARED, kind_of, replying, rows, settings_for
from tests.scripted_llm import Json, ScriptedLLM

TOUR = (
    "A vet in Aland drives to the farms of Bree, Crail and Dunne, each exactly once, and returns to Aland. "
    "From Aland it is 14 km to Bree, 9 km to Crail and 21 km to Dunne. From Bree it is 14 km to Aland, 17 km to Crail "
    "and 8 km to Dunne. From Crail it is 9 km to Aland, 17 km to Bree and 12 km to Dunne. From Dunne it is 21 km to "
    "Aland, 8 km to Bree and 12 km to Crail. Which tour is the shortest?"
)
WAYS = {
    "Aland": {"Bree": 14, "Crail": 9, "Dunne": 21},
    "Bree": {"Aland": 14, "Crail": 17, "Dunne": 8},
    "Crail": {"Aland": 9, "Bree": 17, "Dunne": 12},
    "Dunne": {"Aland": 21, "Bree": 8, "Crail": 12},
}
FLOW = (
    "Water runs through pipes from the Lake to the Town. From the Lake it can flow to Mill (40 litres a second), Park "
    "(30) and Quay (15), from Mill to Park (8) and Town (25), from Park to Quay (20) and Town (12), from Quay to Town "
    "(33). No pipe can carry more than its capacity. How much water can reach the Town at most?"
)
PIPES = {
    "Lake": {"Mill": 40, "Park": 30, "Quay": 15},
    "Mill": {"Park": 8, "Town": 25},
    "Park": {"Quay": 20, "Town": 12},
    "Quay": {"Town": 33},
}
PLACES = ["Lake", "Mill", "Park", "Quay", "Town"]
SUPPLY = (
    "Three bakeries may be opened: opening North costs 410 euros, opening South 275 and opening West 330. An open "
    "bakery has a capacity of 90, 60 and 75 loaves. The shops Elm and Fir have demands of 55 and 48 loaves. Delivering "
    "a loaf costs 2 euros per unit from North to Elm and 3 to Fir, from South 4 and 1, from West 5 and 6. "
    "What is the least total cost of opening and delivering?"
)
SUPPLIED: Json = {
    "opening_cost": {"North": 410, "South": 275, "West": 330},
    "capacity": {"North": 90, "South": 60, "West": 75},
    "demand": {"Elm": 55, "Fir": 48},
    "unit_cost": {"North": {"Elm": 2, "Fir": 3}, "South": {"Elm": 4, "Fir": 1}, "West": {"Elm": 5, "Fir": 6}},
}
FEED = (
    "A keeper mixes the day's feed of three bags. A bag of Oats costs 5 euros and provides 11 portions of starch and 4 "
    "of protein, Peas cost 7 euros and provide 6 and 13, Bran costs 3 euros and provides 7 and 2. At least 60 portions "
    "of starch and 45 of protein are needed. What is the lowest cost?"
)
FED: Json = {
    "cost": {"Oats": 5, "Peas": 7, "Bran": 3},
    "content": {
        "Oats": {"starch": 11, "protein": 4},
        "Peas": {"starch": 6, "protein": 13},
        "Bran": {"starch": 7, "protein": 2},
    },
    "least": {"starch": 60, "protein": 45},
}
MOVES = (
    "Depot Ash has 70 pallets but needs 35, depot Birch has 20 but needs 44, and depot Cedar has 31 and needs 42. "
    "Moving a pallet costs 6 euros from Ash to Birch, 9 from Ash to Cedar, 5 from Birch to Ash, 4 from Birch to Cedar, "
    "8 from Cedar to Ash and 3 from Cedar to Birch. What does it cost at least to give every depot what it needs?"
)
MOVED: Json = {
    "has": {"Ash": 70, "Birch": 20, "Cedar": 31},
    "needed": {"Ash": 35, "Birch": 44, "Cedar": 42},
    "unit_cost": {"Ash": {"Birch": 6, "Cedar": 9}, "Birch": {"Ash": 5, "Cedar": 4}, "Cedar": {"Ash": 8, "Birch": 3}},
}
SHIPPING = (
    "Two quarries, Rook and Swan, can supply 80 and 65 tons of gravel. Three sites, Alm, Bek and Cove, need 41, 38 and "
    "52 tons. Shipping a ton from Rook costs 7 to Alm, 9 to Bek and 13 to Cove, from Swan 8, 6 and 10. How is the "
    "gravel shipped at the lowest cost?"
)
SHIPPED: Json = {
    "supply": {"Rook": 80, "Swan": 65},
    "demand": {"Alm": 41, "Bek": 38, "Cove": 52},
    "unit_cost": {"Rook": {"Alm": 7, "Bek": 9, "Cove": 13}, "Swan": {"Alm": 8, "Bek": 6, "Cove": 10}},
}
TASKS = (
    "Each of the tasks Cut, Glue and Sand is assigned to exactly one of the joiners Ann, Bob and Cem, and nobody does "
    "more than one of them. Ann takes 31 minutes for Cut, 22 for Glue and 47 for Sand, Bob takes 26, 39 and 33, Cem "
    "takes 44, 18 and 29. What is the least total time?"
)
TIMES = {
    "Ann": {"Cut": 31, "Glue": 22, "Sand": 47},
    "Bob": {"Cut": 26, "Glue": 39, "Sand": 33},
    "Cem": {"Cut": 44, "Glue": 18, "Sand": 29},
}

CREW = (
    "A lift needs 3 guards on Monday, 2 on Tuesday, 4 on Wednesday, 5 on Thursday, 6 on Friday, 9 on Saturday and 7 on "
    "Sunday. Every guard works 4 days in a row and then has 3 days off. How many guards should there be at least?"
)
NEEDED = {"Monday": 3, "Tuesday": 2, "Wednesday": 4, "Thursday": 5, "Friday": 6, "Saturday": 9, "Sunday": 7}

CRATES = (
    "Crates are sent over the routes of a network of four hubs at the lowest cost. Ash has a net supply of 11 crates, "
    "Birch a net demand of 6, Cedar a net demand of 5, and Dogwood is balanced.\n"
    "Costs of sending a crate:\n"
    "- From Ash: 4 euros to Birch, 9 to Cedar and 2 to Dogwood.\n"
    "- From Birch: 3 euros to Ash, 1 to Cedar and 7 to Dogwood.\n"
    "- From Cedar: 8 euros to Ash, 2 to Birch and 3 to Dogwood.\n"
    "- From Dogwood: 5 euros to Ash, 1 to Birch and 6 to Cedar.\n"
    "Capacities of the routes, which no shipment may exceed:\n"
    "- From Ash\n  - to Birch: 4\n  - to Cedar: 6\n  - to Dogwood: 7\n"
    "- From Birch\n  - to Ash: 5\n  - to Cedar: 3\n  - to Dogwood: 8\n"
    "- From Cedar\n  - to Ash: 9\n  - to Birch: 7\n  - to Dogwood: 5\n"
    "- From Dogwood\n  - to Ash: 6\n  - to Birch: 5\n  - to Cedar: 9\n"
)
HUBS = ["Ash", "Birch", "Cedar", "Dogwood"]
FREIGHT = [[0, 4, 9, 2], [3, 0, 1, 7], [8, 2, 0, 3], [5, 1, 6, 0]]
ROUTES = [[0, 4, 6, 7], [5, 0, 3, 8], [9, 7, 0, 5], [6, 5, 9, 0]]
OVER = [11, -6, -5, 0]
ROOMS = [10, 8, 6, 4]
WIDE = [100] * 4
STORING = CRATES + "Storage capacities: 10 crates can be received in Ash, 8 in Birch, 6 in Cedar and 4 in Dogwood.\n"
KIOSKS = (
    "Exactly 2 of four squares are selected for a kiosk so that their total dispersion is as large as possible: "
    "maximize the sum of the distances over the selected pairs. The distance between Elm and Fir is 31, between Elm "
    "and Gum 12, between Elm and Hay 27, between Fir and Gum 44, between Fir and Hay 19 and between Gum and Hay 38."
)
APART = {
    ("Elm", "Fir"): 31,
    ("Elm", "Gum"): 12,
    ("Elm", "Hay"): 27,
    ("Fir", "Gum"): 44,
    ("Fir", "Hay"): 19,
    ("Gum", "Hay"): 38,
}
LANDINGS = (
    "Three aircraft land with as little penalty as possible. Ajax has a target of 21 minutes, may land from the "
    "earliest 15 to the latest 30, and costs a penalty of 7 a minute early and 9 a minute late. Blue has a target of "
    "22, earliest 16 and latest 33, and 5 early and 4 late. Core has a target of 24, earliest 17 and latest 35, and 6 "
    "early and 8 late. Separations: if Ajax lands before Blue, at least 3 minutes must lie between them. If Blue lands "
    "before Ajax, it must be 10. If Ajax lands before Core, it must be 11 minutes. If Core lands before Ajax, it must "
    "be 12. If Blue lands before Core, it must be 13. If Core lands before Blue, it must be 2."
)
LANDED: Json = {
    "target": {"Ajax": 21, "Blue": 22, "Core": 24},
    "earliest": {"Ajax": 15, "Blue": 16, "Core": 17},
    "latest": {"Ajax": 30, "Blue": 33, "Core": 35},
    "early_cost": {"Ajax": 7, "Blue": 5, "Core": 6},
    "late_cost": {"Ajax": 9, "Blue": 4, "Core": 8},
    "separation": {"Ajax": {"Blue": 3, "Core": 11}, "Blue": {"Ajax": 10, "Core": 13}, "Core": {"Ajax": 12, "Blue": 2}},
}


def model_named(name: str) -> StandardModel:
    return next(model for model in library() if model.name == name)


def best(name: str, text: str, members: dict[str, list[str]], numbers: Json) -> float:
    """Solve a standard model with data, which the text has to bear out."""
    model = model_named(name)
    assert members_in(members, model, text) == members
    formulation = filled(numbers, model, members, text)
    assert formulation is not None
    answer = formulations.run(formulation)
    assert answer.holds, answer.text
    assert answer.result.objective is not None
    return answer.result.objective


def pipes() -> Json:
    """The capacities of every pair: 0 where there is no pipe."""
    capacity = {i: {j: PIPES.get(i, {}).get(j, 0) for j in PLACES if j != i} for i in PLACES}
    return {"SOURCE": "Lake", "SINK": "Town", "capacity": capacity}


def test_a_tour_is_the_shortest_of_all_orders() -> None:
    farms = ("Bree", "Crail", "Dunne")
    tours = [("Aland", *order, "Aland") for order in permutations(farms)]
    shortest = min(sum(WAYS[i][j] for i, j in pairwise(tour)) for tour in tours)
    assert best("tour", TOUR, {"PLACES": list(WAYS)}, {"distance": WAYS}) == pytest.approx(shortest)


def test_a_flow_is_as_large_as_the_least_cut() -> None:
    cuts: list[int] = []
    for sides in product((True, False), repeat=3):
        inner = {"Lake", *(place for place, kept in zip(PLACES[1:4], sides, strict=True) if kept)}
        cuts.append(sum(size for i, ways in PIPES.items() for j, size in ways.items() if i in inner and j not in inner))
    assert best("maximum flow", FLOW, {"NODES": PLACES}, pipes()) == pytest.approx(min(cuts))


def test_facilities_cost_what_the_best_choice_of_them_costs() -> None:
    def costs(opened: tuple[bool, ...]) -> float:
        names = [name for name, there in zip(SUPPLIED["capacity"], opened, strict=True) if there]
        least = float("inf")
        # Whole loaves suffice: with whole capacities and demands some best transport plan is whole.
        for elm in product(range(56), repeat=max(0, len(names) - 1)):
            sent = dict(zip(names, (*elm, 55 - sum(elm)), strict=True)) if names else {}
            if not sent or min(sent.values()) < 0:
                continue
            room = {name: SUPPLIED["capacity"][name] - sent[name] for name in names}
            if min(room.values()) < 0 or sum(room.values()) < 48:
                continue
            cost, open_need = sum(SUPPLIED["unit_cost"][name]["Elm"] * amount for name, amount in sent.items()), 48
            for name in sorted(names, key=lambda one: SUPPLIED["unit_cost"][one]["Fir"]):
                amount = min(room[name], open_need)
                cost, open_need = cost + SUPPLIED["unit_cost"][name]["Fir"] * amount, open_need - amount
            least = min(least, cost)
        return least + sum(SUPPLIED["opening_cost"][name] for name in names)

    members = {"FACILITIES": ["North", "South", "West"], "CUSTOMERS": ["Elm", "Fir"]}
    expected = min(costs(opened) for opened in product((True, False), repeat=3))
    assert best("facility location", SUPPLY, members, SUPPLIED) == pytest.approx(expected)


def test_a_mix_is_the_cheapest_of_all_whole_ones() -> None:
    bags = product(range(12), repeat=3)
    fitting = (
        5 * oats + 7 * peas + 3 * bran
        for oats, peas, bran in bags
        if 11 * oats + 6 * peas + 7 * bran >= 60 and 4 * oats + 13 * peas + 2 * bran >= 45
    )
    members = {"ITEMS": ["Oats", "Peas", "Bran"], "NEEDS": ["starch", "protein"]}
    assert best("least cost mix", FEED, members, FED) == pytest.approx(min(fitting))


def test_what_is_moved_costs_as_little_as_any_whole_plan() -> None:
    plans = product(range(36), range(36))  # from Ash to Birch and to Cedar; the others have nothing to spare at first
    least = float("inf")
    for to_birch, to_cedar in plans:
        over = 20 + to_birch - 44  # what Birch has left to send on to Cedar
        short = max(0, 42 - 31 - to_cedar)
        if to_birch + to_cedar <= 35 and over >= short:
            least = min(least, 6 * to_birch + 9 * to_cedar + 4 * short)
        back = max(0, 44 - 20 - to_birch)  # or Cedar sends on to Birch
        if to_birch + to_cedar <= 35 and 31 + to_cedar - back >= 42:
            least = min(least, 6 * to_birch + 9 * to_cedar + 3 * back)
    assert best("redistribution", MOVES, {"PLACES": ["Ash", "Birch", "Cedar"]}, MOVED) == pytest.approx(least)


def test_transport_costs_as_little_as_any_whole_plan() -> None:
    costs = SHIPPED["unit_cost"]
    least = min(
        sum(
            costs["Rook"][site] * amount + costs["Swan"][site] * (SHIPPED["demand"][site] - amount)
            for site, amount in zip(SHIPPED["demand"], plan, strict=True)
        )
        for plan in product(range(42), range(39), range(53))
        if sum(plan) <= 80 and 131 - sum(plan) <= 65
    )
    members = {"SOURCES": ["Rook", "Swan"], "CUSTOMERS": ["Alm", "Bek", "Cove"]}
    assert best("transport", SHIPPING, members, SHIPPED) == pytest.approx(least)


def test_an_assignment_is_the_best_of_all() -> None:
    tasks = ["Cut", "Glue", "Sand"]
    least = min(sum(TIMES[who][task] for who, task in zip(order, tasks, strict=True)) for order in permutations(TIMES))
    members = {"WORKERS": list(TIMES), "TASKS": tasks}
    assert best("assignment", TASKS, members, {"cost": TIMES}) == pytest.approx(least)


def test_a_week_needs_as_few_people_as_any_search_finds() -> None:
    needed = list(NEEDED.values())
    # At most 9 begin on a day, and 7 days are searched from the day that most are needed on, with the least bound.
    least = -(-sum(needed) // 4)

    def works(starts: tuple[int, ...]) -> bool:
        return all(sum(starts[(day - back) % 7] for back in range(4)) >= needed[day] for day in range(7))

    def some(total: int, days: int) -> Iterator[tuple[int, ...]]:
        if days == 1:
            yield (total,)
            return
        for first in range(total + 1):
            for rest in some(total - first, days - 1):
                yield (first, *rest)

    expected = next(total for total in range(least, 20) if any(works(starts) for starts in some(total, 7)))
    numbers = {"needed": NEEDED, "days_in_a_row": 4}
    assert best("weekly staffing", CREW, {"DAYS": list(NEEDED)}, numbers) == pytest.approx(expected)


def least_flow(rooms: list[int]) -> float:
    """Return the least cost of the crates, one after the other over the cheapest way that is left.

    A hub is two nodes, where crates come in (4 to 7) and where they leave (0 to 3), and its room is the arc between.
    OR-Tools has this algorithm, but HiGHS cannot be loaded into a process after it.
    """
    left = {(i, j + 4): ROUTES[i][j] for i, j in permutations(range(4), 2)} | {(i + 4, i): rooms[i] for i in range(4)}
    cost = {(i, j + 4): FREIGHT[i][j] for i, j in permutations(range(4), 2)} | {(i + 4, i): 0 for i in range(4)}
    left |= {(j, i): 0 for i, j in left}
    cost |= {(j, i): -value for (i, j), value in cost.items()}
    over, total = dict(enumerate(OVER)), 0
    while any(amount > 0 for amount in over.values()):
        found: dict[int, tuple[int, list[tuple[int, int]]]] = {i: (0, []) for i, amount in over.items() if amount > 0}
        for _ in range(8):
            for (i, j), room in left.items():
                if room and i in found and found[i][0] + cost[i, j] < found.get(j, (10**6, []))[0]:
                    found[j] = (found[i][0] + cost[i, j], [*found[i][1], (i, j)])
        price, way = min(found[j] for j, amount in over.items() if amount < 0)
        for i, j in way:
            left[i, j], left[j, i] = left[i, j] - 1, left[j, i] + 1
        over[way[0][0]], over[way[-1][1]] = over[way[0][0]] - 1, over[way[-1][1]] + 1
        total += price
    return total


def pairs_of(names: list[str], matrix: list[list[int]]) -> dict[str, dict[str, int]]:
    return {i: {j: matrix[a][b] for b, j in enumerate(names) if b != a} for a, i in enumerate(names)}


@pytest.mark.parametrize("with_room", [False, True])
def test_a_flow_costs_what_a_network_algorithm_finds(with_room: bool) -> None:
    name, text = ("minimum cost flow with room", STORING) if with_room else ("minimum cost flow", CRATES)
    numbers: Json = {
        "supply": {"Ash": 11, "Birch": 0, "Cedar": 0, "Dogwood": 0},
        "demand": {"Ash": 0, "Birch": 6, "Cedar": 5, "Dogwood": 0},
        "unit_cost": pairs_of(HUBS, FREIGHT),
        "capacity": pairs_of(HUBS, ROUTES),
        "room": dict(zip(HUBS, ROOMS, strict=True)),
    }
    told = tables_told(model_named(name), {"NODES": HUBS}, text)
    assert told == {name: table for name, table in numbers.items() if name != "room"}
    assert best(name, text, {"NODES": HUBS}, numbers) == pytest.approx(least_flow(ROOMS if with_room else WIDE))
    assert least_flow(WIDE) < least_flow(ROOMS), "the rooms make a difference"


def test_what_is_told_of_each_place_needs_no_llm() -> None:
    rooms = "".join(f"{hub} can receive up to {room} crates in all.\n" for hub, room in zip(HUBS, ROOMS, strict=True))
    told = tables_told(model_named("minimum cost flow with room"), {"NODES": HUBS}, CRATES + rooms)
    assert told["room"] == dict(zip(HUBS, ROOMS, strict=True))
    some = CRATES + "".join(rooms.splitlines(keepends=True)[:2])
    assert "room" not in tables_told(model_named("minimum cost flow with room"), {"NODES": HUBS}, some)


def test_a_dispersion_is_the_largest_of_all_pairs() -> None:
    squares = ["Elm", "Fir", "Gum", "Hay"]
    once = {i: {j: APART.get((i, j), 0) for j in squares if j != i} for i in squares}
    kind = model_named("dispersion")
    assert tables_told(kind, {"PLACES": squares}, KIOSKS) == {"worth": once}
    twice = {i: {j: APART.get((i, j)) or APART[j, i] for j in squares if j != i} for i in squares}
    back = " ".join(f"The distance between {j} and {i} is {value}." for (i, j), value in APART.items())
    for text, worth in ((KIOSKS, once), (f"{KIOSKS} {back}", twice)):
        found = best("dispersion", text, {"PLACES": squares}, {"number": 2, "worth": worth})
        assert found == pytest.approx(max(APART.values())), "a pair counts once"


def test_landings_cost_as_little_as_any_whole_times() -> None:
    names = list(LANDED["target"])

    def cost(times: dict[str, int]) -> float:
        for i, j in permutations(names, 2):
            if times[i] <= times[j] < times[i] + LANDED["separation"][i][j]:
                return float("inf")
        off = {name: times[name] - LANDED["target"][name] for name in names}
        return sum(max(-off[one] * LANDED["early_cost"][one], off[one] * LANDED["late_cost"][one]) for one in names)

    windows = (range(LANDED["earliest"][one], LANDED["latest"][one] + 1) for one in names)
    least = min(cost(dict(zip(names, times, strict=True))) for times in product(*windows))
    assert tables_told(model_named("landing times"), {"FLIGHTS": names}, LANDINGS) == {
        "separation": LANDED["separation"]
    }
    assert best("landing times", LANDINGS, {"FLIGHTS": names}, LANDED) == pytest.approx(least)


TOLD = [
    ("minimum cost flow", CRATES),
    ("minimum cost flow with room", STORING),
    ("dispersion", KIOSKS),
    ("landing times", LANDINGS),
    ("tour", TOUR),
    ("maximum flow", FLOW),
    ("facility location", SUPPLY),
    ("least cost mix", FEED),
    ("redistribution", MOVES),
    ("transport", SHIPPING),
    ("assignment", TASKS),
    ("weekly staffing", CREW),
]


@pytest.mark.parametrize(("name", "text"), TOLD)
def test_a_text_is_known_by_its_words(name: str, text: str) -> None:
    assert name in [model.name for model in recognized(text)]


@pytest.mark.parametrize(
    ("text", "further"),
    [
        (TOUR, "Crail must be visited before Dunne."),
        (TOUR, "The vet must not drive directly from Bree to Dunne."),
        (FLOW, "Either the pipe from Mill to Park or the one from Park to Quay is used."),
        (SUPPLY, "If North is opened, then South must stay closed."),
        (SUPPLY, "Each shop can be served by only one bakery."),
        (SUPPLY, "At most two bakeries may be opened."),
        (FEED, "Bran must not be used with Peas."),
        (FEED, "At most 4 bags of Bran can be used."),
        (MOVES, "The lorry can only carry 12 pallets."),
        (SHIPPING, "At least half of the gravel of Alm has to come from Swan."),
        (CREW, "At least two guards have to be off on Sunday."),
        (TASKS, "Bob may not do Glue unless Ann does Cut."),
        (CRATES, "Opening a route has a fixed cost of 12 euros."),
        (CRATES, "Either Birch or Dogwood must not be passed."),
        (STORING, "At most two routes may leave Ash."),
        (KIOSKS, "Elm and Fir must not both be taken."),
        (LANDINGS, "Blue must land directly after Ajax."),
        (LANDINGS, "There are two runways."),
    ],
)
def test_a_text_that_tells_more_is_none(text: str, further: str) -> None:
    assert recognized(text) != []
    assert recognized(f"{text} {further}") == []


def test_a_short_text_is_left_to_the_llm() -> None:
    few = "Mill A can supply 20 tons, shop B needs 12 tons; shipping costs 3 per unit from A to B. What costs least?"
    assert recognized(few) == []


def test_the_answer_about_names_can_hold_nothing_else() -> None:
    flow = model_named("maximum flow")
    assert list(names_schema(flow)["properties"]) == ["NODES"]
    schema = numbers_schema(flow, {"NODES": ["Lake", "Mill", "Town"]})
    assert schema["properties"]["SOURCE"]["enum"] == ["Lake", "Mill", "Town"]
    assert list(schema["properties"]["capacity"]["properties"]["Mill"]["properties"]) == ["Lake", "Town"]


@pytest.mark.parametrize(
    "names",
    [
        None,
        [],
        {},
        {"PLACES": "Aland"},
        {"PLACES": ["Aland"]},
        {"PLACES": ["Aland", "Bree", "Bree"]},
        {"PLACES": ["Aland", "Bree", "Zwolle"]},
        {"PLACES": [f"Aland {number}" for number in range(60)]},
    ],
)
def test_names_that_the_text_lacks_are_not_taken(names: object) -> None:
    assert members_in(names, model_named("tour"), TOUR) is None


def test_more_tasks_than_workers_are_no_assignment() -> None:
    names = {"WORKERS": ["Ann", "Bob"], "TASKS": ["Cut", "Glue", "Sand"]}
    assert members_in(names, model_named("assignment"), TASKS) is None


def changed(numbers: dict[str, dict[str, int]], row: str, **entries: int) -> dict[str, dict[str, int]]:
    return {**numbers, row: {**numbers[row], **entries}}


TASK_SETS = {"WORKERS": list(TIMES), "TASKS": ["Cut", "Glue", "Sand"]}


@pytest.mark.parametrize(
    "times",
    [
        None,
        {},
        {"Ann": TIMES["Ann"]},
        changed(TIMES, "Bob", Glue=38),  # told nowhere
        changed(TIMES, "Bob", Glue=18),  # told once, and used twice
        {**TIMES, "Cem": TIMES["Bob"]},  # read from the line above
        {**TIMES, "Bob": {"Cut": 26, "Glue": "long", "Sand": 33}},
        {**TIMES, "Bob": {"Cut": 26, "Glue": True, "Sand": 33}},
    ],
)
def test_numbers_that_the_text_does_not_bear_out_are_not_taken(times: Any) -> None:
    model = model_named("assignment")
    assert filled({"cost": TIMES}, model, TASK_SETS, TASKS) is not None
    assert filled({"cost": times}, model, TASK_SETS, TASKS) is None


def test_source_and_sink_are_two() -> None:
    flow = model_named("maximum flow")
    assert filled({**pipes(), "SINK": "Lake"}, flow, {"NODES": PLACES}, FLOW) is None
    assert filled({**pipes(), "SINK": "Sea"}, flow, {"NODES": PLACES}, FLOW) is None


def test_a_way_told_once_is_as_long_back() -> None:
    text = (
        "A vet drives to each farm exactly once and returns. It is 14 km between Aland and Bree, 9 km between Aland "
        "and Crail, 21 km between Aland and Dunne, 17 km between Bree and Crail, 8 km between Bree and Dunne and 12 km "
        "between Crail and Dunne. Which tour is the shortest?"
    )
    names = list(WAYS)
    once = {i: {j: WAYS[i][j] if names.index(i) < names.index(j) else 0 for j in names if j != i} for i in names}
    assert best("tour", text, {"PLACES": names}, {"distance": once}) == best(
        "tour", TOUR, {"PLACES": names}, {"distance": WAYS}
    )


def test_parts_are_taken_where_the_text_speaks_of_what_can_be_split() -> None:
    members = {"ITEMS": ["Oats", "Peas", "Bran"], "NEEDS": ["starch", "protein"]}
    model = model_named("least cost mix")
    whole = filled(FED, model, members, FEED)
    parts = filled(FED, model, members, FEED.replace("A bag of Oats costs 5 euros", "Oats cost 5 euros per kg"))
    assert whole is not None and parts is not None
    assert [one.domain for one in (*whole.variables, *parts.variables)] == ["integer", "continuous"]
    assert [one.element for one in whole.assumptions] == ["amount"]
    assert parts.assumptions == ()


def solved(text: str, rule: Any, folder: Any, **options: Any) -> tuple[Outcome, list[str]]:
    """Solve with a scripted LLM; return the outcome, and what the LLM was asked for."""
    with ScriptedLLM(rule) as server:
        outcome = solve(text, settings=settings_for(server.base_url, folder), **options)
        return outcome, [kind_of(request) for request in server.requests]


def test_the_llm_reads_the_data_and_nothing_else(tmp_path: Any) -> None:
    outcome, asked = solved(TASKS, replying(names=TASK_SETS, numbers={"cost": TIMES}), tmp_path)
    assert asked == ["names", "numbers"]
    assert outcome.result is not None
    assert outcome.result.objective == pytest.approx(26 + 18 + 47 if 26 + 18 + 47 < 26 + 22 + 29 else 26 + 22 + 29)
    assert outcome.verdict.grade == "consistent", outcome.verdict.feedback
    assert outcome.formulation is not None
    assert outcome.formulation.title == "Assignment"
    assert {one.source.reason for one in outcome.formulation.constraints if one.source} == {
        "as in every problem of this kind: assignment"
    }


def test_where_a_text_tells_every_pair_by_name_the_llm_reads_no_number(tmp_path: Any) -> None:
    outcome, asked = solved(TOUR, replying(names={"PLACES": list(WAYS)}), tmp_path)
    assert asked == ["names"]
    assert outcome.result is not None
    assert outcome.result.objective == pytest.approx(14 + 8 + 12 + 9)
    assert outcome.verdict.grade == "consistent", outcome.verdict.feedback


def test_data_that_is_not_borne_out_is_left_and_the_llm_formulates(tmp_path: Any) -> None:
    made_up = {i: dict.fromkeys(row, 10) for i, row in TIMES.items()}
    declared = {"variables": [{"name": f"x{at}", "meaning": f"way {at}", "domain": "binary"} for at in (1, 2)]}
    rule = replying(
        names=TASK_SETS,
        numbers={"cost": made_up},
        declare=declared,
        rows=rows("31*x1 + 22*x2", "both: x1 + x2 >= 1", sense="minimize"),
        program="print(1)",
    )
    outcome, asked = solved(TASKS, rule, tmp_path, rounds=0)
    assert asked[:4] == ["names", "numbers", "declare", "rows"]
    assert outcome.formulation is not None
    assert [one.name for one in outcome.formulation.variables] == ["x1", "x2"]


@pytest.mark.parametrize("option", [{"standard": False}, {"form": "scalar"}])
def test_who_wants_the_llm_to_formulate_gets_it(option: Json, tmp_path: Any) -> None:
    rule = replying(declare=TOYS_DECLARED, rows=rows("trains", "all: trains + boats <= 14"), program="print(1)")
    _, asked = solved(TOUR, rule, tmp_path, rounds=0, mends=False, **option)
    assert asked[:2] == ["declare", "rows"]


def test_names_are_asked_for_in_the_words_of_the_model(tmp_path: Any) -> None:
    told: list[str] = []

    def rule(request: Json) -> str:
        told.append("\n".join(str(message["content"]) for message in request["messages"]))
        return json.dumps({"NODES": PLACES} if kind_of(request) == "names" else pipes())

    outcome, _ = solved(FLOW, rule, tmp_path)
    assert "- NODES: nodes of the network" in told[0]
    assert "SOURCE" not in told[0]
    assert "- SOURCE: node from which everything is sent" in told[1]
    assert outcome.result is not None
    assert outcome.result.objective == pytest.approx(25 + 12 + 33)


FARMS = {("Aland", "Bree"): 14, ("Aland", "Crail"): 9, ("Bree", "Aland"): 14, ("Bree", "Crail"): 17}


@pytest.mark.parametrize(
    "text",
    [
        "From Aland to Bree it is 14 km, to Crail 9. From Bree it is 14 km to Aland, and 17 to Crail.",
        "- Aland: 14 km to Bree, 9 to Crail\n- Bree: 14 to Aland, 17 to Crail",
        "It is 14 km from Aland to Bree, 9 km from Aland to Crail. If she starts from the farm Bree, it takes her 14 "
        "km to Aland and 17 km to Crail.",
        "From Aland (home): Bree 14, Crail 9; from Bree: Aland 14, Crail 17.",
        "There is a road from Aland to Bree of 14 km. There is a road from Aland to Crail of 9 km. Another leads from "
        "Bree to Aland with 14 km. Bree has a road of 17 km to Crail.",
    ],
)
def test_pairs_are_read_as_they_are_told(text: str) -> None:
    assert told_pairs(text, list(WAYS), list(WAYS)) == FARMS


def test_numbered_names_are_told_from_amounts() -> None:
    text = "From Relay Station 1 (source): Station 2 (7 Tbps) and Station 3 (2 Tbps). Relay Station 2: Station 3 (9)."
    stations = [f"Relay Station {number}" for number in (1, 2, 3)]
    one, two, three = stations
    assert told_pairs(text, stations, stations) == {(one, two): 7, (one, three): 2, (two, three): 9}


def test_nodes_that_are_numbers_are_told_from_amounts() -> None:
    text = "An edge from node 1 to node 2 has a capacity of 2. One from node 2 to node 3 has a capacity of 1."
    assert told_pairs(text, ["1", "2", "3"], ["1", "2", "3"]) == {("1", "2"): 2, ("2", "3"): 1}


def test_a_pair_told_twice_with_two_numbers_is_not_read() -> None:
    assert told_pairs("From Aland to Bree it is 14 km. From Aland to Bree it is 15 km.", list(WAYS), list(WAYS)) is None
