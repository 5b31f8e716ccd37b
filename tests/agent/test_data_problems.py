"""Problems whose numbers are in files or frames: from words and columns to a checked, solved formulation."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pandas as pd  # type: ignore[import-untyped]  # ships no types
import pytest

from fivefold.api import asolve, solve
from fivefold.change import Change
from fivefold.commands.report import files_of, outcome_text
from fivefold.errors import CallerError, LLMError
from fivefold_solvers.formulation.finding import Severity
from tests.agent.solving import settings_for
from tests.scripted_llm import Answer, Fault, Json, ScriptedLLM

TEXT = (
    "Ship gravel from quarries to sites at least freight cost. No quarry loads more than its capacity, every site gets "
    "the tonnes that it ordered."
)
QUARRIES = "quarry,capacity (t)\nHohenfels,120\nSteinau,90\n"
ORDERS = "site,ordered (t)\nAirport,60\nBridge,85\nSchool,40\n"
FREIGHT = (
    "quarry,site,freight (EUR/t)\nHohenfels,Airport,6\nHohenfels,Bridge,9\nHohenfels,School,7\n"
    "Steinau,Airport,8\nSteinau,Bridge,4\nSteinau,School,10\n"
)
OPTIMUM = 60 * 6 + 85 * 4 + 40 * 7


def written(**places: str) -> Json:
    """The formulation as an LLM writes it; `places` changes where its data is said to be."""
    said = {
        "QUARRIES": "quarries.quarry", "SITES": "orders.site", "capacity": "quarries.capacity",
        "ordered": "orders.ordered", "freight": "freight.freight",
    } | places  # fmt: skip

    def block(name: str, *index: str, **more: Any) -> Json:
        return {"name": name, "index": list(index), "description": "", "from": said[name], **more}

    return {
        "sets": [{"name": one, "elements": [], "description": "", "from": said[one]} for one in ("QUARRIES", "SITES")],
        "parameters": [
            block("capacity", "q in QUARRIES", values=None),
            block("ordered", "s in SITES", values=[1, 2, 3]),
            block("freight", "q in QUARRIES", "s in SITES", values=None),
        ],
        "variables": [
            {"name": "sent", "index": ["q in QUARRIES", "s in SITES"], "domain": "continuous", "lower": 0,
             "upper": None, "description": "tonnes sent"}
        ],
        "objective": {
            "sense": "minimize", "description": "freight cost",
            "expression": "sum(freight[q, s]*sent[q, s] for q in QUARRIES for s in SITES)",
        },
        "constraints": [
            {"name": "capacity", "forall": ["q in QUARRIES"], "description": "",
             "expression": "sum(sent[q, s] for s in SITES) <= capacity[q]"},
            {"name": "demand", "forall": ["s in SITES"], "description": "",
             "expression": "sum(sent[q, s] for q in QUARRIES) >= ordered[s]"},
        ],
    }  # fmt: skip


def replying(*answers: Answer) -> Any:
    left = [json.dumps(answer) if isinstance(answer, dict) else answer for answer in answers]
    return lambda request: left.pop(0) if len(left) > 1 else left[0]


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    for name, text in (("quarries", QUARRIES), ("orders", ORDERS), ("freight", FREIGHT)):
        (tmp_path / f"{name}.csv").write_text(text, "utf-8")
    return [str(tmp_path / f"{name}.csv") for name in ("quarries", "orders", "freight")]


def test_data_from_files_is_bound_where_the_llm_says(files: list[str], tmp_path: Path) -> None:
    with ScriptedLLM(replying(written())) as server:
        outcome = solve(TEXT, data=files, settings=settings_for(server.base_url, tmp_path))
        (request,) = server.requests
    assert outcome.objective == OPTIMUM and outcome.solved
    assert outcome.result is not None and outcome.result.evidence == "audited"
    assert outcome.mapping is not None and len(outcome.mapping.bindings) == 5
    # What the LLM copied from the three rows that it saw is no data.
    assert outcome.formulation is not None and outcome.formulation.parameters[1].values == [60, 85, 40]
    shown = " ".join(message["content"] for message in request["messages"])
    assert '"ordered": integer in t, 3 distinct, from 40 to 85' in shown
    assert "freight[freight] by quarry, site" in outcome_text(outcome)
    assert json.loads(files_of(outcome)["mapping.json"])["bindings"][0]["element"] == "QUARRIES"


def test_frames_and_places_that_are_named_loosely(tmp_path: Path) -> None:
    quarries = pd.DataFrame({"quarry": ["Hohenfels", "Steinau"], "capacity": [120, 90]})
    orders = [{"site": "Airport", "ordered": 60}, {"site": "Bridge", "ordered": 85}, {"site": "School", "ordered": 40}]
    freight = pd.DataFrame({"q": ["Hohenfels"] * 3 + ["Steinau"] * 3, "s": ["Airport", "Bridge", "School"] * 2,
                            "eur": [6, 9, 7, 8, 4, 10]})  # fmt: skip
    data = [{"quarries": quarries, "freight": freight}, orders]
    answer = written(SITES="site", ordered="ordered", capacity="", freight="freight.eur")
    with ScriptedLLM(replying(answer)) as server:
        outcome = solve(TEXT, data=data, settings=settings_for(server.base_url, tmp_path))
    assert outcome.objective == OPTIMUM


def test_faults_of_the_data_are_told_with_file_row_and_column(files: list[str], tmp_path: Path) -> None:
    Path(files[2]).write_text(FREIGHT.replace("Steinau,Bridge,4", "Steinau,Brdge,4"), "utf-8")
    with ScriptedLLM(replying(written())) as server:
        outcome = solve(TEXT, data=files, rounds=0, settings=settings_for(server.base_url, tmp_path))
    assert outcome.result is None and outcome.verdict.grade == "unsolved"
    (fault,) = (one for one in outcome.findings if one.severity is Severity.ERROR and "Brdge" in one.message)
    assert fault.where == "freight.csv, row 6, column 'site'"
    assert "did you mean 'Bridge'" in str(fault)
    assert len(server.requests) == 1, "no program is asked for that could not have the data"


def test_the_llm_is_told_what_no_column_was_found_for(files: list[str], tmp_path: Path) -> None:
    lost = written(capacity="")
    lost["parameters"][0]["name"] = "loads"
    lost["constraints"][0]["expression"] = "sum(sent[q, s] for s in SITES) <= loads[q]"
    with ScriptedLLM(replying(lost, written())) as server:
        outcome = solve(TEXT, data=files, settings=settings_for(server.base_url, tmp_path))
    assert outcome.objective == OPTIMUM
    assert '"from": "table.column"' in server.requests[1]["messages"][-1]["content"]


def test_what_the_llm_is_told_does_not_grow_with_the_data(tmp_path: Path) -> None:
    lengths: list[int] = []
    for count in (10, 100_000):
        sites = pd.DataFrame(
            {"site": [f"S{n:06}" for n in range(count)], "ordered": [n % 50 + 1 for n in range(count)]}
        )
        with ScriptedLLM(replying(_one_quarry())) as server:
            outcome = solve(
                TEXT, data=[{"orders": sites}], settings=settings_for(server.base_url, tmp_path / str(count))
            )
            lengths.append(len(json.dumps(server.requests[0]["messages"])))
        assert outcome.objective == sum(n % 50 + 1 for n in range(count))
        assert outcome.solved and outcome.result is not None and outcome.result.evidence == "audited"
        assert (outcome.program is None) == (count > 10), "large data is solved as arrays"
    assert abs(lengths[1] - lengths[0]) <= 20, "but for the digits of counts and ranges"


def _one_quarry() -> Json:
    return {
        "sets": [{"name": "SITES", "elements": [], "description": "", "from": "orders.site"}],
        "parameters": [
            {"name": "ordered", "index": ["s in SITES"], "values": None, "description": "", "from": "orders.ordered"}
        ],
        "variables": [{"name": "sent", "index": ["s in SITES"], "domain": "continuous", "lower": 0, "upper": None,
                       "description": "tonnes"}],
        "objective": {"sense": "minimize", "expression": "sum(sent[s] for s in SITES)", "description": "tonnes"},
        "constraints": [{"name": "demand", "forall": ["s in SITES"], "expression": "sent[s] >= ordered[s]",
                         "description": ""}],
    }  # fmt: skip


def test_a_stopped_run_reads_its_data_again_and_refuses_changed_data(files: list[str], tmp_path: Path) -> None:
    settings = settings_for("http://127.0.0.1:1/v1", tmp_path)
    with ScriptedLLM(lambda request: Fault(kind="hang_up")) as server:
        settings = settings_for(server.base_url, tmp_path)
        with pytest.raises(LLMError):
            solve(TEXT, data=files, run_id="gravel", settings=settings, llm_timeout_s=2)
    with ScriptedLLM(replying(written())) as server:
        settings = settings_for(server.base_url, tmp_path)
        kept = Path(files[1]).read_text("utf-8")
        Path(files[1]).write_text(ORDERS.replace("60", "61"), "utf-8")
        with pytest.raises(CallerError, match=r"orders\.csv was changed since the run began"):
            solve("", resume="gravel", settings=settings)
        with pytest.raises(CallerError, match="began with other data"):
            solve("", resume="gravel", data=files, settings=settings)
        Path(files[1]).write_text(kept, "utf-8")
        assert solve("", resume="gravel", settings=settings).objective == OPTIMUM


@pytest.mark.parametrize(
    ("data", "more", "message"),
    [
        (["no.csv"], {}, "data: .*no.csv"),
        ([3], {}, "`int` cannot be read as data"),
        (["quarries.csv"], {"free_program": True}, "cannot be had with data"),
    ],
)
def test_data_that_cannot_be_used(
    files: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: list[Any], more: Json, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CallerError, match=message):
        asyncio.run(asolve(TEXT, data=data, settings=settings_for("http://127.0.0.1:1/v1", tmp_path), **more))


def test_a_number_beside_a_source_is_what_its_blank_cells_stand_for(files: list[str], tmp_path: Path) -> None:
    Path(files[1]).write_text("site,ordered (t)\nAirport,60\nBridge,-\nSchool,40\n", "utf-8")
    reply = written()
    next(one for one in reply["parameters"] if one["name"] == "ordered")["values"] = 0
    with ScriptedLLM(replying(reply)) as server:
        outcome = solve(TEXT, data=files, settings=settings_for(server.base_url, tmp_path))
    assert outcome.objective == 60 * 6 + 40 * 7
    assert "blank cells of ordered take its default 0" in " ".join(map(str, outcome.findings))


def test_a_unit_that_the_llm_has_no_place_for_brings_no_repair(files: list[str], tmp_path: Path) -> None:
    Path(files[0]).write_text("quarry,capacity (%)\nHohenfels,120\nSteinau,90\n", "utf-8")
    with ScriptedLLM(replying(written())) as server:
        outcome = solve(TEXT, data=files, settings=settings_for(server.base_url, tmp_path))
        assert len(server.requests) == 1
    found = next(one for one in outcome.findings if one.code == "data-unit-differs")
    assert found.severity is Severity.NOTE and "the column is in %" in found.message


def test_the_words_need_not_explain_the_data_of_a_formulation_that_is_changed(files: list[str], tmp_path: Path) -> None:
    wish: Json = {"changes": [{"do": "scale_parameter", "parameter": "ordered", "factor": 1.1}]}
    with ScriptedLLM(replying(written(), wish)) as server:
        settings = settings_for(server.base_url, tmp_path)
        first = solve(TEXT, data=files, settings=settings)
        assert first.formulation is not None
        change = Change(formulation=first.formulation, request="All sites order 10 % more.")
        outcome = solve(first.problem, data=files, change=change, settings=settings)
        assert len(server.requests) == 2
    assert outcome.objective == pytest.approx(1.1 * OPTIMUM + 3.5 * (9 - 4))
    assert [str(one) for one in outcome.findings if one.severity is not Severity.NOTE] == []


def test_a_repair_asks_for_all_that_the_reply_must_hold(files: list[str], tmp_path: Path) -> None:
    """It asked for objective and constraints only, and an answer with no more than that could not be read."""
    turned = written()
    turned["constraints"][1]["expression"] = "sum(sent[q, s] for q in QUARRIES) <= ordered[s]"
    with ScriptedLLM(replying(turned, written())) as server:
        outcome = solve(TEXT, data=files, settings=settings_for(server.base_url, tmp_path))
        again = server.requests[1]["messages"][-1]["content"]
    assert "Write sets, parameters, variables, objective and constraints again" in again
    assert outcome.objective == OPTIMUM
