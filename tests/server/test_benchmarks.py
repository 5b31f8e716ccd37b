"""Runs of benchmarks as the server finds them in a folder, and their reports in a box of their own."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from fivefold.settings import Settings
from fivefold_benchmarks.case import Case
from fivefold_benchmarks.record import EvalRecord, RunConfig, RunInfo
from fivefold_benchmarks.record_book import RecordBook
from fivefold_benchmarks.rules.rule import Mark
from fivefold_server.config import Config
from tests.server.serving import Running, serving

INFO = RunInfo(
    run_id="r1", started="2026-01-02T03:04:05+00:00", config=RunConfig(pipelines=("direct", "fivefold"), samples=1),
    rule="some-rule", llm="a-small-llm", endpoint="http://127.0.0.1:1", version="0.1.0",
)  # fmt: skip
CASES = [Case(id=name, question=f"{name}?", answer=1.0, benchmark="own") for name in ("a", "b")]


def write_runs(folder: Path) -> None:
    """Write a run of two problems and two pipelines, of which one is half done, and a report."""
    with RecordBook.open(folder / "runs.sqlite") as book:
        book.begin(INFO, CASES)
        for pipeline, item, mark in (
            ("direct", "a", Mark.RIGHT),
            ("direct", "b", Mark.WRONG),
            ("fivefold", "a", Mark.RIGHT),
        ):
            name = next(one for one in book.cases("r1") if one.endswith(item))
            book.append(EvalRecord(run_id="r1", item=name, pipeline=pipeline, mark=mark, ran=True, prompt_tokens=10))
    (folder / "report").mkdir()
    (folder / "report" / "report.html").write_text("<!doctype html><script>document.title='own'</script>", "utf-8")
    (folder / "report" / "report.json").write_text(json.dumps({"infos": [{"run_id": "r1"}]}), "utf-8")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("server")
    runs = folder / "runs"
    runs.mkdir()
    write_runs(runs)
    (runs / "broken.sqlite").write_bytes(b"no database, but long enough to be looked at" * 40)
    (folder / "secret.html").write_text("secret", "utf-8")
    (runs / "link").symlink_to(folder)
    settings = Settings(cache_dir=folder / "cache", data_dir=folder / "data")
    with serving(Config(settings=settings, benchmarks=runs)) as running:
        yield running


def test_runs_are_listed_with_what_each_pipeline_came_to(server: Running) -> None:
    found = server.get("/benchmarks")
    (run,) = found["runs"]
    assert (run["id"], run["llm"], run["problems"], run["wanted"]) == ("r1", "a-small-llm", 2, 2)
    told = {one["name"]: (one["attempts"], one["right"], one["tokens"]) for one in run["pipelines"]}
    assert told == {"direct": (2, 1, 20), "fivefold": (1, 1, 10)}
    assert [(one["name"], one["runs"]) for one in found["reports"]] == [("report/report.html", ["r1"])]
    assert len(found["faults"]) == 1 and "broken.sqlite" in found["faults"][0]


def test_looking_changes_nothing(server: Running) -> None:
    folder = server.config.benchmarks
    assert folder is not None
    before = (folder / "runs.sqlite").read_bytes()
    server.get("/benchmarks")
    assert (folder / "runs.sqlite").read_bytes() == before
    with pytest.raises(sqlite3.OperationalError):
        sqlite3.connect(f"{(folder / 'runs.sqlite').as_uri()}?mode=ro", uri=True).execute("CREATE TABLE x (y)")


def test_report_comes_in_a_box_of_its_own_and_nothing_else_does(server: Running) -> None:
    sent = server.http.get("/api/v1/benchmarks/report?name=report/report.html")
    assert sent.status_code == 200 and "document.title" in sent.text
    policy = sent.headers["content-security-policy"]
    assert (
        policy.startswith("sandbox allow-scripts;") and "default-src 'none'" in policy and "same-origin" not in policy
    )
    for name in ("", "../secret.html", "link/secret.html", "report/report.json", "runs.sqlite", "/etc/passwd"):
        assert server.http.get("/api/v1/benchmarks/report", params={"name": name}).status_code == 404, name


def test_without_a_folder_nothing_is_shown(tmp_path: Path) -> None:
    with serving(Config(settings=Settings(cache_dir=tmp_path / "cache", data_dir=tmp_path / "data"))) as running:
        assert running.get("/benchmarks") == {"folder": None, "runs": [], "reports": [], "faults": []}
        assert running.http.get("/api/v1/benchmarks/report?name=report.html").status_code == 404
