"""Charts: the kind that the structure asks for, what is drawn, where nodes stand, and charts in a report."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fivefold.deliverables.charts.chart import Chart
from fivefold.deliverables.charts.choose import charts_of
from fivefold.deliverables.charts.layout import placed
from fivefold.deliverables.drawing import to_svg
from fivefold.settings import Settings
from fivefold_server.config import Config
from fivefold_solvers.analyze.instance import instance
from fivefold_solvers.backends.session import Session
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.json_text import from_json
from tests.server.serving import POTTERY, Running, serving

PROBLEMS = Path(__file__).parents[1] / "problems"
JOB_SHOP: dict[str, Any] = {
    "sets": [
        {"name": "J", "elements": ["chair", "desk"]},
        {"name": "M", "elements": ["saw", "lathe"]},
        {"name": "P", "elements": [["chair", "desk"]]},
    ],
    "parameters": [{"name": "took", "index": ["j in J", "m in M"], "values": [[3, 2], [2, 4]], "unit": "hours"}],
    "variables": [
        {"name": "begin", "index": ["j in J", "m in M"], "description": "start of the job", "unit": "hours"},
        {"name": "before", "index": ["(i, j) in P", "m in M"], "domain": "binary"},
        {"name": "over", "description": "when all is done", "unit": "hours"},
    ],
    "objective": {"sense": "minimize", "expression": "over"},
    "constraints": [
        {"name": "route", "forall": ["j in J"], "expression": "begin[j, 'saw'] + took[j, 'saw'] <= begin[j, 'lathe']"},
        {
            "name": "either",
            "forall": ["(i, j) in P", "m in M"],
            "expression": "begin[i, m] + took[i, m] <= begin[j, m] + 99*(1 - before[i, j, m])",
        },
        {
            "name": "or_else",
            "forall": ["(i, j) in P", "m in M"],
            "expression": "begin[j, m] + took[j, m] <= begin[i, m] + 99*before[i, j, m]",
        },
        {"name": "ready", "forall": ["j in J", "m in M"], "expression": "begin[j, m] + took[j, m] <= over"},
    ],
}
"""The fastest way through saw and lathe takes 9 hours: desk first saws 2, lathes to 6, the chair lathes 2 more."""
ENDS: dict[str, Any] = {
    "variables": [
        {"name": "dig_finished", "unit": "days"},
        {"name": "pour_finished", "unit": "days"},
        {"name": "build_finished", "unit": "days"},
    ],
    "objective": {"sense": "minimize", "expression": "build_finished"},
    "constraints": [
        {"name": "dig", "expression": "dig_finished >= 4"},
        {"name": "pour", "expression": "pour_finished >= dig_finished + 2"},
        {"name": "build", "expression": "build_finished >= pour_finished + 5"},
    ],
}
LEVELS: dict[str, Any] = {
    "sets": [{"name": "N", "elements": ["a", "b", "c"]}],
    "variables": [{"name": "height", "index": ["n in N"], "upper": 50}],
    "objective": {"sense": "minimize", "expression": "sum(height[n] for n in N)"},
    "constraints": [{"name": "steps", "expression": "height['a'] + 5 <= height['b']"}],
}
"""The form of a precedence, but nothing says that it is about time."""


def formulation_of(raw: dict[str, Any]) -> Formulation:
    formulation, findings = from_json(json.dumps(raw))
    assert formulation is not None, findings
    return formulation


def example(name: str) -> Formulation:
    return formulation_of(json.loads((PROBLEMS / f"{name}.json").read_text(encoding="utf-8"))["formulation"])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("server")
    with serving(Config(settings=Settings(cache_dir=folder / "cache", data_dir=folder / "data"))) as running:
        yield running


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    with Session("auto") as opened:
        yield opened


def drawn(session: Session, formulation: Formulation, **wanted: Any) -> dict[str, Chart]:
    base = instance(formulation)
    solved = session.solve(base.arrays)
    assert solved.values is not None
    values = base.solution(solved.values[: base.arrays.column_count])
    return {chart.name: chart for chart in charts_of(formulation, values, **wanted)}


@pytest.mark.parametrize(
    ("name", "variable", "kind", "why"),
    [
        ("product_mix", "decisions", "bar", "without index"),
        ("knapsack", "take", "bar", "one index"),
        ("assignment", "plays", "heat", "two indices"),
        ("transport_table", "ship", "heat", "two indices"),
        ("facility", "served", "heat", "two indices"),
        ("max_flow", "flow", "network", "share their nodes"),
        ("tour_circuit", "go", "network", "tour"),
        ("stock_weeks", "stock", "line", "stock[w - 1] stands beside"),
        ("shifts", "start", "line", "counts days"),
        ("unit_commitment", "power", "line", "runs in time"),
        ("unit_commitment", "on", "heat", "two indices"),
        ("kiln_queue", "start", "gantt", "no two of them overlap"),
        ("jobs_one_machine", "start", "gantt", "or the other way round"),
        ("jobs_one_machine", "before", "heat", "two indices"),
    ],
)
def test_kind_follows_structure(session: Session, name: str, variable: str, kind: str, why: str) -> None:
    chart = drawn(session, example(name))[variable]
    assert (chart.kind, chart.kinds[0]) == (kind, kind) and why in chart.reason


@pytest.mark.parametrize("path", sorted(PROBLEMS.glob("*.json")), ids=lambda path: path.stem)
def test_every_chart_holds_its_values_and_draws_without_a_browser(session: Session, path: Path) -> None:
    raw = json.loads(path.read_text(encoding="utf-8"))
    if raw["kind"] not in ("LP", "MILP") or raw["status"] != "optimal":
        pytest.skip("this problem has no solution to draw")
    for chart in drawn(session, example(path.stem)).values():
        text = json.dumps(chart.spec, allow_nan=False)
        assert "url" not in re.findall(r'"(\w+)":', text)
        assert chart.rows and all(len(row) == len(chart.columns) for row in chart.rows)
        assert chart.summary and chart.reason and chart.kind in chart.kinds
        svg = to_svg(chart)
        assert svg.startswith("<svg") and "nan" not in svg


def test_bars_are_the_values(session: Session) -> None:
    chart = drawn(session, formulation_of(POTTERY))["decisions"]
    assert chart.rows == (("bowls", 10.0), ("vases", 7.0))
    assert [row["value"] for row in chart.spec["data"]["values"]] == [10.0, 7.0]
    assert "largest is bowls with 10" in chart.summary
    assert to_svg(chart).count("<rect") == 2


def test_gantt_has_a_row_for_each_machine_and_durations_of_the_data(session: Session) -> None:
    chart = drawn(session, formulation_of(JOB_SHOP))["begin"]
    assert chart.kind == "gantt" and chart.columns == ("row", "task", "start", "end")
    tasks = {(row[0], row[1]): (row[2], row[3]) for row in chart.rows}
    assert {place: end - start for place, (start, end) in tasks.items()} == {
        ("saw", "chair"): 3, ("saw", "desk"): 2, ("lathe", "chair"): 2, ("lathe", "desk"): 4,
    }  # fmt: skip
    assert max(row[3] for row in chart.rows) == 8


def test_gantt_of_ends_without_index(session: Session) -> None:
    chart = drawn(session, formulation_of(ENDS))["decisions"]
    assert chart.kind == "gantt"
    assert chart.rows == (("dig_finished", 0, 4), ("pour_finished", 4, 6), ("build_finished", 6, 11))


def test_form_of_a_precedence_is_no_schedule_by_itself(session: Session) -> None:
    assert drawn(session, formulation_of(LEVELS))["height"].kind == "bar"


def test_other_kind_is_drawn_where_it_fits(session: Session) -> None:
    transport = example("transport_table")
    assert drawn(session, transport, name="ship", kind="network")["ship"].kind == "network"
    assert drawn(session, transport, name="ship", kind="gantt")["ship"].kind == "heat"
    assert drawn(session, transport, name="nothing") == {}


def test_large_solutions_are_cut_and_say_so() -> None:
    many = {"x": {(place,): float(place % 3) for place in range(500)}}
    (chart,) = charts_of(None, many)
    assert len(chart.rows) == 40 and chart.left_out == 460 and all(row[1] for row in chart.rows)
    huge = {"x": {(row, column): 1.0 for row in range(200) for column in range(200)}}
    (chart,) = charts_of(None, huge)
    assert chart.kind == "bar" and chart.kinds == ("bar",)


def test_nodes_stand_along_the_flow_and_apart_from_each_other() -> None:
    arcs = [("s", "a"), ("s", "b"), ("a", "t"), ("b", "t"), ("s", "t")]
    nodes = {node.name: node for node in placed(["t", "b", "s", "a"], arcs, arcs)}
    assert nodes["s"].x == 0 and nodes["t"].x == 1 and nodes["a"].x == nodes["b"].x == 0.5
    assert nodes["a"].y != nodes["b"].y
    tour = [("a", "c"), ("c", "b"), ("b", "a")]
    around = placed(["a", "b", "c"], tour, tour)
    assert [node.name for node in around] == ["a", "c", "b"] and len({(node.x, node.y) for node in around}) == 3
    assert placed(["a", "b", "c"], tour, tour) == around


def test_names_of_others_stay_text_in_a_drawing() -> None:
    (chart,) = charts_of(None, {"x": {("<script>",): 1.0, ('"b"',): 2.0}})
    assert "<script>" not in to_svg(chart) and "&lt;script&gt;" in to_svg(chart)


def test_charts_come_over_http_and_stand_in_the_report(server: Running) -> None:
    problem = server.post("/problems", title="Pottery")["id"]
    server.post(f"/problems/{problem}/formulations", formulation=POTTERY)
    run = server.post(f"/problems/{problem}/solve")["run"]["id"]
    server.ended(run)
    found = server.get(f"/runs/{run}/charts")
    (chart,) = found["charts"]
    assert not found["stale"] and chart["kind"] == "bar" and chart["rows"] == [["bowls", 10.0], ["vases", 7.0]]
    assert server.get(f"/runs/{run}/charts?name=nothing")["charts"] == []
    assert server.http.get(f"/api/v1/runs/{run}/charts?kind=pie").status_code == 422
    report = server.http.get(f"/api/v1/runs/{run}/export.html").text
    assert "<svg" in report and "bowls: 10" in report and "http" not in report.replace("http-equiv", "")
