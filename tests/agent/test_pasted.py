"""Tables pasted into the text of a problem: large ones are bound like files, small ones are for the LLM to read."""

import json
from itertools import permutations
from pathlib import Path

import pytest

from fivefold.api import solve
from fivefold.change import Change
from fivefold.data.attached import tables_of, told
from fivefold.data.pasted import pasted_tables, with_pasted
from fivefold.problem import Problem
from tests.agent.solving import settings_for
from tests.scripted_llm import Json, ScriptedLLM

WORDS = (
    "A museum hangs pictures on a wall of 900 cm. Each picture hangs or stays in store. Which pictures should hang so "
    "that the visitors' votes for them are as many as possible?"
)
WIDTHS = [90, 120, 60, 75, 200, 140, 110, 85, 95, 130, 70, 160, 55, 180, 100, 65, 150, 125, 105, 80, 115, 170]
VOTES = [31, 44, 18, 20, 75, 52, 29, 33, 36, 41, 15, 66, 21, 59, 38, 24, 47, 49, 26, 30, 40, 58]
NAMES = [f"P{number:02}" for number in range(1, len(WIDTHS) + 1)]


def _table(rows: int, separator: str = "\t") -> str:
    lines = [("picture", "width (cm)", "votes"), *zip(NAMES, WIDTHS, VOTES, strict=True)][: rows + 1]
    return "\n".join(separator.join(map(str, line)) for line in lines)


def _reply(table: str) -> Json:
    def parameter(name: str, column: str) -> Json:
        return {
            "name": name,
            "index": ["p in PICTURES"],
            "values": None,
            "description": name,
            "from": f"{table}.{column}",
        }

    return {
        "sets": [{"name": "PICTURES", "elements": [], "description": "pictures", "from": f"{table}.picture"}],
        "parameters": [
            parameter("width", "width"),
            parameter("votes", "votes"),
            {"name": "wall", "index": [], "values": 900, "description": "width of the wall", "from": ""},
        ],
        "variables": [
            {"name": "hung", "index": ["p in PICTURES"], "domain": "binary", "description": "whether it hangs"}
        ],
        "objective": {"sense": "maximize", "expression": "sum(votes[p]*hung[p] for p in PICTURES)"},
        "constraints": [
            {"name": "fits", "forall": [], "expression": "sum(width[p]*hung[p] for p in PICTURES) <= wall"}
        ],
    }


def _most(room: int) -> int:
    """The most votes that fit, by dynamic programming."""
    best = [0] * (room + 1)
    for width, votes in zip(WIDTHS, VOTES, strict=True):
        for left in range(room, width - 1, -1):
            best[left] = max(best[left], best[left - width] + votes)
    return best[room]


@pytest.mark.parametrize("separator", ["\t", ",", ";", " | "])
def test_large_table_in_the_text_is_bound_and_never_copied(separator: str, tmp_path: Path) -> None:
    text = f"{WORDS}\n\n{_table(22, separator)}\n\nAll of this holds for the summer."
    with ScriptedLLM(lambda _: json.dumps(_reply("table_1"))) as server:
        outcome = solve(text, settings=settings_for(server.base_url, tmp_path))
        (request,) = server.requests
    asked = " ".join(message["content"] for message in request["messages"])
    assert "(table table_1)\n\nAll of this holds" in asked and '"width": integer in cm, 19 distinct' not in asked
    assert NAMES[10] not in asked and "22 rows" in asked
    assert outcome.objective == _most(900)
    assert not [str(one) for one in outcome.findings if one.severity != "note"], (
        "numbers of the table are no stray ones"
    )
    assert outcome.problem.text == text and outcome.problem.pasted == ("table_1",)


def test_a_fault_in_the_table_is_told_with_its_row_in_the_text(tmp_path: Path) -> None:
    text = f"{WORDS}\n\n{_table(22).replace('140', 'wide')}"
    with ScriptedLLM(lambda _: json.dumps(_reply("table_1"))) as server:
        outcome = solve(text, rounds=0, settings=settings_for(server.base_url, tmp_path))
    faults = " ".join(str(one) for one in outcome.findings)
    assert "the problem text, row 9, column 'width (cm)': 'wide' is not a number" in faults


def test_stopped_run_goes_on_with_the_tables_of_its_text(tmp_path: Path) -> None:
    text = f"{WORDS}\n\n{_table(22)}"

    with ScriptedLLM(lambda _: json.dumps(_reply("table_1"))) as server:
        settings = settings_for(server.base_url, tmp_path)
        begun = solve(text, approve=True, settings=settings)
        assert begun.waiting is not None and begun.objective is None
        outcome = solve("", resume=begun.run_id, reply=True, settings=settings)
    assert outcome.objective == _most(900)


@pytest.mark.parametrize(
    "table",
    [
        _table(12),
        "\n".join(f"Oven {number}: {number + 3}, {number + 5}, {number + 9}, {number + 20}" for number in range(1, 15)),
        "kind\t"
        + "\t".join(NAMES)
        + "\nwidth\t"
        + "\t".join(map(str, WIDTHS))
        + "\nvotes\t"
        + "\t".join(map(str, VOTES)),
        "\n".join(f"{a}, {b}" for a, b in zip(WIDTHS, VOTES, strict=True)),
    ],
    ids=["few numbers", "no header", "kinds in rows", "numbers alone"],
)
def test_other_tables_stay_in_the_text(table: str) -> None:
    problem = Problem.from_text(f"{WORDS}\n\n{table}")
    assert with_pasted(problem) == problem and pasted_tables(problem) == ()


def test_tables_get_names_that_no_other_table_has() -> None:
    named = f"Pictures of the house:\n\n{_table(22)}"
    text = "\n\n".join([WORDS, named, named.replace("\t", ";"), _table(22)])
    problem = with_pasted(Problem.from_text(text), ["table_2", "x"])
    assert problem.pasted == ("Pictures_of_the_house", "table_1", "table_3")
    assert [table.name for table in pasted_tables(problem)] == list(problem.pasted)
    assert problem.words.count("(table ") == 3 and "\t" not in problem.words


@pytest.mark.parametrize("edits", [True, False], ids=["edited", "written anew"])
def test_change_in_words_keeps_the_tables_of_the_text(edits: bool, tmp_path: Path) -> None:
    text = f"{WORDS}\n\n{_table(22)}"
    anew = _reply("table_1")
    anew["parameters"][2]["values"] = 500
    edit: Json = {"changes": [{"do": "set_value", "parameter": "wall", "index": [], "value": 500}]}

    def reply(request: Json) -> str:
        asked = " ".join(message["content"] for message in request["messages"])
        if "The wall has only 500 cm now." not in asked:
            return json.dumps(_reply("table_1"))
        if "(table table_1)" not in asked:
            return json.dumps(edit if edits else {"changes": []})
        assert NAMES[10] not in asked
        return json.dumps(anew)

    with ScriptedLLM(reply) as server:
        settings = settings_for(server.base_url, tmp_path)
        begun = solve(text, settings=settings)
        assert begun.objective == _most(900) and begun.formulation is not None
        change = Change(formulation=begun.formulation, request="The wall has only 500 cm now.")
        outcome = solve(text, change=change, settings=settings)
    assert outcome.objective == _most(500)
    doubts = [str(one) for one in outcome.findings if one.severity != "note"]
    assert len(doubts) == (not edits), "only the 900 of the words, where all is written anew"


FIELDWORK = """A farm shares out its tractors for a day, one to each field and at most one field to a tractor. The
table has the hours; a dash means that the tractor is too wide. How are the total hours fewest?

Tractor | North | East | South | West | Mere | Hill
---|---|---|---|---|---|---
Fendt | 5 | - | 4 | 7 | 3 | 6
Deere | 6 | 4 | 5 | - | 4 | 8
Case | 3 | 6 | - | 5 | 7 | 4
Claas | 8 | 5 | 6 | 4 | - | 7
Valtra | 4 | 7 | 3 | 6 | 5 | -
Kubota | 7 | 3 | 8 | 5 | 6 | 5
Massey | - | 6 | 7 | 3 | 4 | 6
"""


def _tractors(pairs: bool) -> Json:
    over = "(t, f) in CAN" if pairs else "t in TRACTORS, f in FIELDS"
    index = [over] if pairs else over.split(", ")
    loops = f"for {over}" if pairs else "for t in TRACTORS for f in FIELDS"
    sets = {"TRACTORS": "table_1.Tractor", "FIELDS": "table_1.(header)"} | ({"CAN": "table_1"} if pairs else {})
    of_field = "sum(goes[t, g] for (t, g) in CAN if g == f)" if pairs else "sum(goes[t, f] for t in TRACTORS)"
    of_tractor = "sum(goes[u, f] for (u, f) in CAN if u == t)" if pairs else "sum(goes[t, f] for f in FIELDS)"
    return {
        "sets": [{"name": one, "elements": [], "description": "", "from": place} for one, place in sets.items()],
        "parameters": [{"name": "hours", "index": index, "values": None, "description": "", "from": "table_1"}],
        "variables": [{"name": "goes", "index": index, "domain": "binary", "description": "tractor goes to field"}],
        "objective": {"sense": "minimize", "expression": f"sum(hours[t, f]*goes[t, f] {loops})"},
        "constraints": [
            {"name": "done", "forall": ["f in FIELDS"], "expression": f"{of_field} == 1"},
            {"name": "one_field", "forall": ["t in TRACTORS"], "expression": f"{of_tractor} <= 1"},
        ],
    }


def test_pairs_without_a_number_are_left_out_where_the_llm_runs_over_a_set_of_pairs(tmp_path: Path) -> None:
    replies = [_tractors(pairs=False), _tractors(pairs=True)]
    with ScriptedLLM(lambda _: json.dumps(replies.pop(0))) as server:
        outcome = solve(FIELDWORK, settings=settings_for(server.base_url, tmp_path))
        asked, again = (request["messages"][-1]["content"] for request in server.requests)
    assert '"North": number, 6 distinct, 1 blank or "-"' in asked
    assert '"from": "table_1.(header)"' in asked and 'A set of pairs "from": "table_1"' in asked
    assert "'-' is not a number" in again and "run over a set of pairs" in again
    assert outcome.objective == _fewest_hours()


def _fewest_hours() -> int:
    """The fewest hours, over all ways to give the fields to tractors."""
    rows = [line.split(" | ")[1:] for line in FIELDWORK.splitlines() if line.count(" | ") == 6][1:]
    ways = permutations(rows, 6)
    return min(
        sum(int(row[field]) for field, row in enumerate(way))
        for way in ways
        if all(row[field] != "-" for field, row in enumerate(way))
    )


def test_how_a_set_of_pairs_of_columns_is_named_is_told() -> None:
    tables = tables_of([{"roads": [{"from": "Ayr", "to": "Bute", "km": 4}, {"from": "Bute", "to": "Ayr", "km": 5}]}])
    assert 'A set of pairs, gone through as (i, j), has "from": "roads.from, roads.to".' in told(tables)
    assert "pairs" not in told(tables_of([{"towns": [{"town": "Ayr", "need": 4}, {"town": "Bute", "need": 3}]}]))
