"""Replies of a well-meaning LLM to the example problems, as a rule for `ScriptedLLM`: the rest of a run is real."""

import json
from collections.abc import Sequence
from typing import Any

from tests.scripted_llm import Answer, Json


def formulation(sense: str, objective: str, rows: Sequence[str], **variables: str) -> Json:
    """Both answers of the scalar form in one: names with their meanings, objective and rows."""
    return {
        "variables": [{"name": n, "meaning": meaning, "domain": "integer"} for n, meaning in variables.items()],
        "objective": {"sense": sense, "meaning": "what is " + sense[:-1] + "ed", "expression": objective},
        "constraints": [{"meaning": f"row {number}", "expression": row} for number, row in enumerate(rows, 1)],
    }


BAKERY = formulation(
    "maximize",
    "29*rye_trays + 31*walnut_trays",
    ["4*rye_trays + 7*walnut_trays <= 64", "3*rye_trays + 2*walnut_trays <= 30", "walnut_trays >= 3"],
    rye_trays="trays of rye bread",
    walnut_trays="trays of walnut bread",
)
TRANSPORT = formulation(
    "minimize",
    "4*alder_marl + 7*alder_nettle + 6*alder_orme + 5*birch_marl + 3*birch_nettle + 8*birch_orme",
    [
        "alder_marl + alder_nettle + alder_orme <= 70",
        "birch_marl + birch_nettle + birch_orme <= 85",
        "alder_marl + birch_marl == 45",
        "alder_nettle + birch_nettle == 60",
        "alder_orme + birch_orme == 35",
    ],
    **{
        f"{spring}_{town}": f"crates from {spring.title()} to {town.title()}"
        for spring in ("alder", "birch")
        for town in ("marl", "nettle", "orme")
    },
)
# As a standard model: the names first, then the numbers.
TRANSPORT |= {
    "SOURCES": ["Alder", "Birch"],
    "CUSTOMERS": ["Marl", "Nettle", "Orme"],
    "supply": {"Alder": 70, "Birch": 85},
    "demand": {"Marl": 45, "Nettle": 60, "Orme": 35},
    "unit_cost": {"Alder": {"Marl": 4, "Nettle": 7, "Orme": 6}, "Birch": {"Marl": 5, "Nettle": 3, "Orme": 8}},
}
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
NEEDED = (5, 4, 4, 6, 7, 10, 8)
"""People needed from Monday to Sunday in the staffing example."""
STAFFING = formulation(
    "minimize",
    " + ".join(_DAYS),
    [f"{' + '.join(_DAYS[(day - back) % 7] for back in range(5))} >= {needed}" for day, needed in enumerate(NEEDED)],
    **{day: f"people who start on {day.title()}" for day in _DAYS},
)
STAFFING |= {
    "DAYS": [day.title() for day in _DAYS],
    "needed": {day.title(): needed for day, needed in zip(_DAYS, NEEDED, strict=True)},
    "days_in_a_row": 5,
}
KNOWN = {"bakery prepares": BAKERY, "spring-water": TRANSPORT, "tool-hire": STAFFING}
"""Words of a problem to its formulation."""


def answer(request: Json) -> Answer:
    """Answer the question for variables, or the one for objective and constraints, of a known problem.

    Asked for changes it names none: where the wish has numbers, the whole is formulated again.
    """
    asked: dict[str, Any] = request["response_format"]["json_schema"]["schema"]["properties"]
    if "changes" in asked:
        return json.dumps({"changes": []})
    told = " ".join(" ".join(message["content"].split()) for message in request["messages"])
    (known,) = (reply for words, reply in KNOWN.items() if words in told)
    return json.dumps({part: known[part] for part in asked})
