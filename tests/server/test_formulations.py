"""The workspace of a formulation over HTTP: versions, edits, runs, questions, files to take away. No LLM takes part."""

import ast
import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest

from fivefold.settings import Settings
from fivefold_server.config import Config
from fivefold_solvers.build.lp_read import from_lp
from fivefold_solvers.build.mps import from_mps
from tests.server.serving import POTTERY, POTTERY_OPTIMUM, Json, Running, serving


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("server")
    with serving(Config(settings=Settings(cache_dir=folder / "cache", data_dir=folder / "data"))) as running:
        yield running


@pytest.fixture
def problem(server: Running) -> str:
    made = server.post("/problems", title="Pottery")
    server.post(f"/problems/{made['id']}/formulations", formulation=POTTERY)
    return str(made["id"])


def edit(server: Running, problem: str, version: int, *operations: Json, **more: Any) -> Json:
    return server.post(f"/problems/{problem}/formulations/{version}/edits", operations=list(operations), **more)


def element_texts(server: Running, problem: str, version: int) -> dict[str, str]:
    """The bytes of each element in the text that is kept."""
    text = server.http.get(f"/api/v1/problems/{problem}/formulations/{version}/export.json").text
    found: dict[str, str] = {}
    for section in ("sets", "parameters", "variables", "constraints"):
        for element in json.loads(text)[section]:
            body = json.dumps(element, indent=2, ensure_ascii=False).replace("\n", "\n    ")
            assert text.count(body) == 1
            found[element["name"]] = body
    return found


def test_edits_make_versions_and_leave_the_rest_byte_for_byte(server: Running, problem: str) -> None:
    changed = edit(
        server,
        problem,
        1,
        {"op": "change", "section": "constraints", "name": "clay", "fields": {"expression": "3*bowls + 2*vases <= 50"}},
        {"op": "add", "section": "constraints", "element": {"name": "shelf", "expression": "bowls <= 20"}},
        note="more clay",
    )
    assert (changed["version"], changed["parent"], changed["author"], changed["latest"]) == (2, 1, "user", True)
    assert changed["ok"] and changed["class"] == "LP" and changed["note"] == "more clay"
    before, after = element_texts(server, problem, 1), element_texts(server, problem, 2)
    assert {name for name in after if before.get(name) != after[name]} == {"clay", "shelf"}
    dropped = edit(server, problem, 2, {"op": "drop", "section": "constraints", "name": "shelf"})
    assert [row["name"] for row in dropped["formulation"]["constraints"]] == ["kiln", "clay"]


def test_renaming_changes_what_refers_to_it(server: Running, problem: str) -> None:
    renamed = edit(server, problem, 1, {"op": "rename", "name": "bowls", "to": "dishes"})
    formulation = renamed["formulation"]
    assert renamed["ok"] and formulation["objective"]["expression"] == "20*dishes + 40*vases"
    assert [row["expression"] for row in formulation["constraints"]] == [
        "4*dishes + 10*vases <= 110",
        "3*dishes + 2*vases <= 44",
    ]
    before, after = element_texts(server, problem, 1), element_texts(server, problem, 2)
    assert before["vases"] == after["vases"]


@pytest.mark.parametrize(
    ("operation", "said"),
    [
        ({"op": "drop", "section": "constraints", "name": "oven"}, "there are kiln, clay"),
        ({"op": "rename", "name": "bowls", "to": "vases"}, "taken"),
        ({"op": "add", "section": "variables", "element": {"name": "kiln"}}, "taken"),
        ({"op": "add", "section": "variables", "element": {"name": "x", "domain": "whole"}}, "domain"),
        ({"op": "change", "section": "variables", "name": "bowls", "fields": {"uper": 3}}, "uper"),
        ({"op": "explode"}, "body.operations.0"),
    ],
)
def test_impossible_edits_say_why(server: Running, problem: str, operation: Json, said: str) -> None:
    answer = server.http.post(f"/api/v1/problems/{problem}/formulations/1/edits", json={"operations": [operation]})
    assert answer.status_code == 422 and said in json.dumps(answer.json())
    assert len(server.get(f"/problems/{problem}/formulations")) == 1


def test_faulty_edit_is_kept_with_its_findings(server: Running, problem: str) -> None:
    fields = {"expression": "3*bowls + 2*jugs <= 50"}
    changed = edit(server, problem, 1, {"op": "change", "section": "constraints", "name": "clay", "fields": fields})
    assert not changed["ok"] and "jugs" in changed["checks"]["findings"][0]["text"]
    answer = server.http.post(f"/api/v1/problems/{problem}/formulations/2/prices", json={})
    assert answer.status_code == 422 and "jugs" in answer.json()["findings"][0]["text"]


def test_preview_keeps_nothing_and_stale_edits_are_refused(server: Running, problem: str) -> None:
    drop = {"op": "drop", "section": "constraints", "name": "clay"}
    seen = edit(server, problem, 1, drop, preview=True)
    assert seen["diff"]["elements"] == [{"section": "constraints", "name": "clay", "change": "dropped", "fields": {}}]
    assert len(server.get(f"/problems/{problem}/formulations")) == 1
    edit(server, problem, 1, drop)
    answer = server.http.post(f"/api/v1/problems/{problem}/formulations/1/edits", json={"operations": [drop]})
    assert answer.status_code == 409 and answer.json()["latest"] == 2


def test_versions_are_compared_restored_and_approved(server: Running, problem: str) -> None:
    bound = {"op": "change", "section": "variables", "name": "bowls", "fields": {"upper": 5}}
    edit(server, problem, 1, bound, {"op": "retitle", "title": "Pots"})
    diff = server.get(f"/problems/{problem}/formulations/diff?a=1&b=2")
    assert diff["elements"][0]["fields"] == {"upper": [None, 5]} and "+# Pots" in diff["text"]
    back = server.post(f"/problems/{problem}/formulations/1/restore")
    heads = server.get(f"/problems/{problem}/formulations")
    assert back["version"] == 3 and heads[2]["sha256"] == heads[0]["sha256"] != heads[1]["sha256"]
    approved = server.post(f"/problems/{problem}/formulations/3/approve")
    assert approved["approved"] and server.post(f"/problems/{problem}/formulations/3/approve") == approved
    kinds = [event["kind"] for event in server.events(problem)]
    assert kinds.count("formulation.approved") == 1 and kinds.count("formulation.version") == 3


def test_markdown_goes_in_and_comes_back(server: Running, problem: str) -> None:
    rendered = server.get(f"/problems/{problem}/formulations/1/render")
    assert rendered["latex"].startswith("\\begin{align*}") and "## Constraints" in rendered["markdown"]
    formulas = {one["name"]: one["latex"] for one in rendered["elements"]}
    assert formulas["kiln"] == r"4\, \mathit{bowls} + 10\, \mathit{vases} \le 110" or "\\le 110" in formulas["kiln"]
    assert set(formulas) == {"bowls", "vases", "profit", "kiln", "clay"}
    again = server.post(f"/problems/{problem}/formulations", text=rendered["markdown"], note="from Markdown")
    assert again["version"] == 2 and again["formulation"]["constraints"][0]["expression"] == "4*bowls + 10*vases <= 110"
    answer = server.http.post(f"/api/v1/problems/{problem}/formulations", json={"text": "no formulation"})
    assert answer.status_code == 422


def test_version_is_run_without_an_llm(server: Running, problem: str) -> None:
    run = server.ended(server.post(f"/problems/{problem}/solve", library="pyomo")["run"]["id"])
    assert run["status"] == "succeeded" and run["formulation"] == 1
    solution = server.get(f"/runs/{run['id']}/solution")
    assert solution["objective"] == pytest.approx(POTTERY_OPTIMUM) and solution["unit"] == "EUR"
    assert solution["audit"]["holds"] and solution["verdict"] is None
    steps = [event["data"]["step"] for event in server.events(problem) if event["kind"] == "step.finished"]
    assert steps == ["check", "emit", "run", "audit"]
    edit(server, problem, 1, {"op": "drop", "section": "constraints", "name": "clay"})
    assert server.get(f"/runs/{run['id']}/solution")["stale"]


@pytest.mark.parametrize(("bound", "status"), [("bowls >= 100", "infeasible"), (None, "unbounded")])
def test_runs_without_a_solution_say_so(server: Running, problem: str, bound: str | None, status: str) -> None:
    add = {"op": "add", "section": "constraints", "element": {"name": "order", "expression": bound}}
    drops = [{"op": "drop", "section": "constraints", "name": name} for name in ("kiln", "clay")]
    edit(server, problem, 1, *([add] if bound else drops))
    run = server.ended(server.post(f"/problems/{problem}/solve")["run"]["id"])
    assert run["status"] == status
    found = server.post(f"/problems/{problem}/formulations/2/diagnose", hard=["order"] if bound else [])
    assert not found["ok"]
    if bound:
        assert {part["element"] for part in found["conflict"]["clauses"]} >= {"order"}
        moved = {move["clause"]["element"] for way in found["relaxations"] for move in way["moves"]}
        assert moved and "order" not in moved
    else:
        assert found["direction"] is not None


def test_questions_are_answered_by_solving(server: Running, problem: str) -> None:
    base = f"/problems/{problem}/formulations/1"
    prices = server.post(f"{base}/prices")
    worth = {price["clause"]["element"]: price["value"] for price in prices["prices"]}
    assert worth["kiln"] == pytest.approx(40 / 11) and prices["ok"]
    ranges = server.post(f"{base}/ranges", names=["kiln"])
    assert ranges["ranges"][0]["name"] == "kiln" and ranges["ranges"][0]["value"] == 110
    what = server.post(f"{base}/what-if", changes=[{"kind": "drop", "text": "clay"}])
    assert what["difference"] > 0 and what["better"]
    why = server.post(f"{base}/why-not", decisions=["bowls >= 12"])
    assert why["difference"] < 0
    assert server.post(f"{base}/why-not", decisions=["bowls >= 120"])["conflict"]
    assert server.post(f"{base}/alternatives", kind="freedom", within=0.1)["freedom"]
    assert server.post(f"{base}/pareto", sense="minimize", expression="bowls")["points"]
    answer = server.http.post(f"/api/v1{base}/what-if", json={"changes": [{"kind": "set", "text": "oven=3"}]})
    assert answer.status_code == 422 and "there is no parameter 'oven'" in answer.json()["detail"]


def test_goal_is_sought_over_a_parameter(server: Running, problem: str) -> None:
    edit(
        server,
        problem,
        1,
        {"op": "add", "section": "parameters", "element": {"name": "heat", "values": 110}},
        {
            "op": "change",
            "section": "constraints",
            "name": "kiln",
            "fields": {"expression": "4*bowls + 10*vases <= heat"},
        },
    )
    sought = {"parameter": "heat", "low": 100, "high": 140, "at_least": 500}
    found = server.post(f"/problems/{problem}/formulations/2/goal-seek", **sought)
    assert found["ok"] and 110 < found["crossings"][0]["value"] < 120


def test_code_is_given_in_every_library(server: Running, problem: str) -> None:
    codes = {code["library"]: code for code in server.get(f"/problems/{problem}/formulations/1/code")}
    assert set(codes) == {"pyomo", "mathopt", "cpsat"}
    for code in codes.values():
        assert (code["source"] is None) == (code["refused"] is not None)
        ast.parse(code["source"] or "")
    assert codes["pyomo"]["solver"] == "highs"
    assert server.http.get(f"/api/v1/problems/{problem}/formulations/1/code?library=gams").status_code == 422


def test_every_file_can_be_taken_away(server: Running, problem: str) -> None:
    run = server.ended(server.post(f"/problems/{problem}/solve")["run"]["id"])

    def taken(ending: str) -> bytes:
        answer = server.http.get(f"/api/v1/runs/{run['id']}/export.{ending}")
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-disposition"] == f'attachment; filename="pottery-v1-solved.{ending}"'
        return answer.content

    ast.parse(taken("py"))
    assert from_lp(taken("lp").decode()).row_count == 2 and from_mps(taken("mps").decode()).column_count == 2
    assert b"\\begin{align*}" in taken("tex") and b"## Variables" in taken("md")
    assert json.loads(taken("json"))["constraints"][0]["name"] == "kiln"
    assert taken("csv").decode().splitlines() == ["variable,value,unit", "bowls,10,", "vases,7,"]
    book = json.loads(taken("ipynb"))
    assert book["nbformat"] == 4 and [cell["cell_type"] for cell in book["cells"]].count("code") == 1
    assert json.loads(taken("result.json"))["result"]["objective"] == pytest.approx(POTTERY_OPTIMUM)
    assert b"not falsified" in taken("card.md")
    html = taken("html").decode()
    assert "<script" not in html and "http" not in html and "480" in html
    with zipfile.ZipFile(io.BytesIO(taken("xlsx"))) as sheets:
        assert "xl/worksheets/sheet1.xml" in sheets.namelist()
    assert server.http.get(f"/api/v1/runs/{run['id']}/export.exe").status_code == 404
    early = server.http.get(f"/api/v1/problems/{problem}/formulations/1/export.csv")
    assert early.status_code == 422 and early.json()["code"] == "needs-run"
