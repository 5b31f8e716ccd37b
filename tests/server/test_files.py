"""Data files over HTTP: uploaded, looked at, bound, run."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fivefold.settings import Settings
from fivefold_server.config import Config, Limits
from fivefold_server.workspace.binding import Given, tables_of
from fivefold_server.workspace.kept import FileKey, KeptTables
from fivefold_solvers.data.limits import Limits as DataLimits
from fivefold_solvers.sandbox import Isolation, Level
from tests.agent.solving import settings_for
from tests.agent.test_data_problems import FREIGHT, OPTIMUM, ORDERS, QUARRIES, TEXT, replying, written
from tests.scripted_llm import ScriptedLLM
from tests.server.serving import Json, Running, serving
from tests.solvers.pdf_files import pdf, ruled

TRANSPORT: Json = {
    "title": "Transport",
    "sets": [{"name": "PLANTS"}, {"name": "CITIES"}],
    "parameters": [
        {"name": "supply", "index": ["i in PLANTS"], "unit": "t"},
        {"name": "demand", "index": ["j in CITIES"]},
        {"name": "cost", "index": ["i in PLANTS", "j in CITIES"]},
    ],
    "variables": [{"name": "ship", "index": ["i in PLANTS", "j in CITIES"]}],
    "objective": {"sense": "minimize", "expression": "sum(cost[i,j]*ship[i,j] for i in PLANTS for j in CITIES)"},
    "constraints": [
        {"name": "have", "forall": ["i in PLANTS"], "expression": "sum(ship[i,j] for j in CITIES) <= supply[i]"},
        {"name": "need", "forall": ["j in CITIES"], "expression": "sum(ship[i,j] for i in PLANTS) >= demand[j]"},
    ],
}
FILES = {
    "plants.csv": "plant,supply (t)\nAachen,30\nBremen,40\n",
    "cities.csv": "city,demand\nOslo,20\nParis,25\n",
    "costs.csv": "plant;Oslo;Paris\nAachen;4,5;1\nBremen;3;2\n",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("server")
    settings = Settings(cache_dir=folder / "cache", data_dir=folder / "data")
    with serving(Config(settings=settings, limits=Limits(body_bytes=100_000, file_rows=1000, files=4))) as running:
        yield running


@pytest.fixture
def problem(server: Running) -> str:
    made = server.post("/problems", title="Transport")
    server.post(f"/problems/{made['id']}/formulations", formulation=TRANSPORT)
    return str(made["id"])


def upload(server: Running, problem: str, name: str, content: str | bytes, code: int = 201) -> Json:
    answer = server.http.post(
        f"/api/v1/problems/{problem}/files",
        params={"name": name},
        content=content,
        headers={"Content-Type": "application/octet-stream"},
    )
    assert answer.status_code == code, answer.text
    found: Json = answer.json()
    return found


def test_files_are_bound_and_solved(server: Running, problem: str) -> None:
    for name, content in FILES.items():
        upload(server, problem, name, content)
    assert server.get(f"/problems/{problem}/formulations/latest")["checks"]["needs_data"][:2] == ["PLANTS", "CITIES"]
    told = server.post(f"/problems/{problem}/data/propose")
    assert not told["mapping"]["open"] and "costs" in told["text"]
    bound = server.post(f"/problems/{problem}/data/bind")
    assert bound["version"]["version"] == 2 and bound["version"]["ok"]
    assert bound["version"]["note"] == "data from plants.csv, cities.csv, costs.csv"
    run = server.ended(server.post(f"/problems/{problem}/solve")["run"]["id"])
    solution = server.get(f"/runs/{run['id']}/solution?nonzero=true")
    assert solution["objective"] == pytest.approx(85)
    (table,) = solution["variables"]
    assert table["columns"] == ["PLANTS", "CITIES"] and table["entries"] == 4 and table["shown"] == 2
    assert {tuple(row["key"]): row["value"] for row in table["rows"]} == {
        ("Bremen", "Oslo"): 20,
        ("Aachen", "Paris"): 25,
    }


def test_file_is_looked_at_page_by_page(server: Running, problem: str) -> None:
    told = upload(server, problem, "many.csv", "item,weight\n" + "".join(f"a{n},{n}\n" for n in range(300)))
    assert told["tables"][0]["rows"] == 300 and told["tables"][0]["columns"][1]["type"] == "integer"
    page = server.get(f"/files/{told['file']['id']}/preview?offset=298")
    assert page["rows"] == [["a298", "298"], ["a299", "299"]] and page["numbers"] == [300, 301]
    assert page["total"] == 300 and page["columns"] == ["item", "weight"]
    assert server.http.delete(f"/api/v1/files/{told['file']['id']}").status_code == 204
    assert server.get(f"/problems/{problem}/files") == []


def test_data_that_does_not_fit_names_file_row_and_mend(server: Running, problem: str) -> None:
    for name, content in FILES.items():
        upload(server, problem, name, content.replace("40", "forty"))
    answer = server.http.post(f"/api/v1/problems/{problem}/data/bind", json={})
    assert answer.status_code == 422
    finding = answer.json()["findings"][0]
    assert (finding["file"], finding["row"]) == ("plants.csv", 3) and finding["mend"]


@pytest.mark.parametrize(
    ("name", "content", "code", "said"),
    [
        ("a.exe", b"MZ\x90\x00", 422, ".csv"),
        ("a.csv", b"", 422, ""),
        ("a.csv", b"MZ\x90\x00\x03\x00\x00", 422, ""),
        ("a.xlsx", b"PK\x03\x04 broken", 422, ""),
        ("../a.csv", b"a,b\n1,2\n", 422, "without a folder"),
        ("a.csv", b"a,b\n" + b"1,2\n" * 1001, 422, "rows"),
        ("a.csv", b"a,b\n" * 30_000, 413, ""),
    ],
)
def test_what_is_no_data_is_refused(
    server: Running, problem: str, name: str, content: bytes, code: int, said: str
) -> None:
    refused = upload(server, problem, name, content, code)
    assert refused["status"] == code and said in str(refused)
    assert server.get(f"/problems/{problem}/files") == []


def test_as_many_rows_as_are_allowed_are_taken(server: Running, problem: str) -> None:
    told = upload(server, problem, "full.csv", b"a,b\n" + b"1,2\n" * 1000)
    assert told["tables"][0]["rows"] == 1000
    refused = upload(server, problem, "more.csv", b"a,b\n" + b"1,2\n" * 1001, 422)
    assert "more than 1,000 rows" in str(refused) and "split it" in str(refused)


def test_large_sheet_is_refused_by_its_rows(server: Running, problem: str) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    for rows, code in ((1000, 201), (1001, 422)):
        book: Any = openpyxl.Workbook()
        for number in range(rows + 1):
            book.active.append([number or "number", "x"])
        raw = io.BytesIO()
        book.save(raw)
        told = upload(server, problem, f"{rows}.xlsx", raw.getvalue(), code)
    assert "more than 1,000 rows" in str(told)


def test_more_data_than_a_formulation_holds_says_the_way(server: Running, problem: str) -> None:
    many = {
        "sets": [{"name": "I"}, {"name": "J"}],
        "parameters": [{"name": "cost", "index": ["i in I", "j in J"]}],
        "variables": [{"name": "x", "index": ["i in I", "j in J"]}],
        "objective": {"sense": "minimize", "expression": "sum(cost[i,j]*x[i,j] for i in I for j in J)"},
        "constraints": [],
    }
    server.post(f"/problems/{problem}/formulations", formulation=many)
    header = "i," + ",".join(f"j{number}" for number in range(200))
    lines = [f"i{row}," + ",".join("1" for _ in range(200)) for row in range(101)]
    upload(server, problem, "cost.csv", "\n".join([header, *lines]))
    answer = server.http.post(f"/api/v1/problems/{problem}/data/bind", json={})
    assert answer.status_code == 422 and "fivefold solve --data" in answer.text, answer.text


def test_tables_that_were_read_are_kept_up_to_a_size() -> None:
    csv = b"item,weight\n" + b"".join(b"a%d,1\n" % number for number in range(1000))
    one, two, three = (tables_of([Given(f"{name}.csv", csv)], DataLimits(rows=1000)) for name in "abc")
    alone = KeptTables()
    alone.put(FileKey("a.csv", "1", 1000), one)
    keeps = KeptTables(2 * alone.size)
    keeps.put(FileKey("a.csv", "1", 1000), one)
    keeps.put(FileKey("b.csv", "2", 1000), two)
    assert keeps.get(FileKey("a.csv", "1", 1000)) is one
    keeps.put(FileKey("c.csv", "3", 1000), three)
    assert keeps.get(FileKey("b.csv", "2", 1000)) is None and keeps.size == 2 * alone.size
    assert keeps.get(FileKey("a.csv", "1", 999)) is None
    small = KeptTables(alone.size - 1)
    small.put(FileKey("a.csv", "1", 1000), one)
    assert small.size == 0


def test_names_and_numbers_of_files_are_bounded(server: Running, problem: str) -> None:
    for number in range(4):
        upload(server, problem, f"{number}.csv", "a,b\n1,2\n")
    assert upload(server, problem, "5.csv", "a,b\n1,2\n", 409)["code"] == "too-many-files"


def test_cells_are_changed_and_what_is_no_plain_text_is_refused(server: Running) -> None:
    problem = server.post("/problems", title="Cells")["id"]
    path, as_bytes = f"/api/v1/problems/{problem}/files?name=", {"Content-Type": "application/octet-stream"}
    content = b"good;profit\nbowl;20,5\nvase, tall;40\n"
    file = server.http.post(f"{path}profits.csv", content=content, headers=as_bytes).json()["file"]["id"]
    change = [{"row": 1, "column": 1, "text": "45"}]
    answer = server.http.patch(f"/api/v1/files/{file}/cells", json={"cells": change})
    assert answer.status_code == 200, answer.text
    (kept,) = server.get(f"/problems/{problem}/files")
    assert kept["id"] == answer.json()["file"]["id"] != file and kept["name"] == "profits.csv"
    rows = server.get(f"/files/{kept['id']}/preview")["rows"]
    assert rows == [["bowl", "20.5"], ["vase, tall", "45"]]
    assert [one["kind"] for one in server.events(problem)][-2:] == ["file.removed", "file.added"]
    outside = [{"row": 7, "column": 1, "text": "45"}]
    assert server.http.patch(f"/api/v1/files/{kept['id']}/cells", json={"cells": outside}).status_code == 422
    other = server.http.post(f"{path}more.json", content=b'[{"good": "bowl", "cost": 3}]', headers=as_bytes)
    refused = server.http.patch(f"/api/v1/files/{other.json()['file']['id']}/cells", json={"cells": change})
    assert refused.status_code == 422 and "cannot be changed here" in refused.json()["detail"]


def test_cells_of_a_sheet_are_changed_and_solved(server: Running) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book: Any = openpyxl.Workbook()
    book.active.title = "Plants"
    for row in (["plant", "supply (t)"], ["Aachen", 30], ["Bremen", 40]):
        book.active.append(row)
    cities = book.create_sheet("Cities")
    for row in (["city", "demand"], ["Oslo", 20], ["Paris", 25]):
        cities.append(row)
    raw = io.BytesIO()
    book.save(raw)
    problem = server.post("/problems", title="Sheets")["id"]
    server.post(f"/problems/{problem}/formulations", formulation=TRANSPORT)
    first = upload(server, problem, "sites.xlsx", raw.getvalue())["file"]["id"]
    upload(server, problem, "costs.csv", FILES["costs.csv"])
    change = {"table": "Cities", "cells": [{"row": 1, "column": 1, "text": "10"}]}
    answer = server.http.patch(f"/api/v1/files/{first}/cells", json=change)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert [table["table"] for table in told["tables"]] == ["Plants", "Cities"] and told["file"]["id"] != first
    assert server.get(f"/files/{told['file']['id']}/preview?table=Cities")["rows"] == [["Oslo", "20"], ["Paris", "10"]]
    server.post(f"/problems/{problem}/data/bind")
    run = server.ended(server.post(f"/problems/{problem}/solve")["run"]["id"])
    assert server.get(f"/runs/{run['id']}/solution")["objective"] == pytest.approx(70)
    lost = {**change, "table": "Countries"}
    refused = server.http.patch(f"/api/v1/files/{told['file']['id']}/cells", json=lost)
    assert refused.status_code == 422 and "Plants, Cities" in refused.text


def test_a_pdf_is_refused_where_it_cannot_be_held_as_the_settings_ask(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("pdfplumber", reason="pdfplumber is not installed: pip install 'fivefold[pdf]'")
    weak = Isolation(Level.LIMITED, ("no seccomp: it is not there",))
    monkeypatch.setattr("fivefold_solvers.sandbox.runner.isolation", lambda *_: weak)
    settings = Settings(cache_dir=tmp_path / "cache", data_dir=tmp_path / "data", isolation="confined")
    with serving(Config(settings=settings)) as held:
        problem = str(held.post("/problems", title="Prices")["id"])
        refused = upload(held, problem, "prices.pdf", pdf(ruled([["good", "price"], ["bowl", "20"]])), code=422)
    assert "'confined' is asked for" in str(refused)


def test_files_of_a_problem_are_given_to_what_is_said(tmp_path: Path) -> None:
    tables = {"quarries": QUARRIES, "orders": ORDERS, "freight": FREIGHT}
    with ScriptedLLM(replying(written())) as llm, serving(Config(settings=settings_for(llm.base_url, tmp_path))) as own:
        problem = own.post("/problems", title="Gravel")["id"]
        for name, content in tables.items():
            upload(own, problem, f"{name}.csv", content)
        run = own.ended(own.post(f"/problems/{problem}/messages", text=TEXT)["run"]["id"])
        assert run["status"] == "succeeded", run["error"]
        assert own.get(f"/runs/{run['id']}/solution")["objective"] == pytest.approx(OPTIMUM)
        assert "Hohenfels" in str(own.get(f"/problems/{problem}/formulations/latest")["formulation"])
        more = {"do": "scale_parameter", "parameter": "ordered", "factor": 1.1}
        llm.rule = replying({"changes": [more]}, written())
        path = f"/problems/{problem}/messages"
        run = own.ended(own.post(path, text="All sites order 10 % more.")["run"]["id"])
        assert run["asked"]["change"]["version"] == 1 and len(llm.requests) == 2
        solution = own.get(f"/runs/{run['id']}/solution")
        assert solution["objective"] > OPTIMUM and solution["verdict"]["grade"] == "consistent"
        # With other files what stands is written anew: its data is not theirs.
        (old,) = (one["id"] for one in own.get(f"/problems/{problem}/files") if one["name"] == "freight.csv")
        assert own.http.delete(f"/api/v1/files/{old}").status_code == 204
        upload(own, problem, "freight.csv", FREIGHT.replace("Airport,6", "Airport,5"))
        run = own.ended(own.post(path, text="Take the new freight rates.")["run"]["id"])
        assert "change" not in run["asked"]
        assert own.get(f"/runs/{run['id']}/solution")["objective"] == pytest.approx(OPTIMUM - 60)
