"""OptiBench's way: enough problems of each kind, and every quantity right, read by name and by an LLM."""

import json
from pathlib import Path
from typing import Any

import pytest

from fivefold.commands import cli
from fivefold_benchmarks.case import Case
from fivefold_benchmarks.drawing import of_each_kind, short_of
from fivefold_benchmarks.record import EvalRecord
from fivefold_benchmarks.rereading import output_of
from fivefold_benchmarks.rules import Mark, Prediction, rule
from tests.scripted_llm import Answer, Json, ScriptedLLM

KINDS = ("linear-notable", "linear-table", "nonlinear-notable", "nonlinear-table")
PROGRAM = """```python
import pyomo.environ as pyo

model = pyo.ConcreteModel()
model.plain = pyo.Var(initialize=2)
model.striped = pyo.Var(initialize=3)
model.objective = pyo.Objective(expr=model.plain + 2 * model.striped, sense=pyo.maximize)
print("OBJECTIVE:", pyo.value(model.objective))
```"""


def problem(n: int, kind: str, **fields: Any) -> Case:
    return Case(id=f"p-{n}", benchmark="mugs", question=f"Mugs {n}", kind=kind, **fields)


def test_so_many_of_each_kind_are_drawn() -> None:
    cases = [problem(n, KINDS[n % 4], group=f"g{n % 8}") for n in range(40)]
    drawn = of_each_kind(cases, 3)
    assert [sum(case.kind == kind for case in drawn) for kind in KINDS] == [3, 3, 3, 3]
    assert drawn == [case for case in cases if case in drawn] == of_each_kind(cases, 3)
    assert of_each_kind(cases, 3, seed=1) != drawn
    for kind in KINDS:  # two problems in five wordings each: both are there, and one of them twice
        assert len({case.group for case in drawn if case.kind == kind}) == 2
    assert short_of(drawn, 3) == [] and short_of(drawn[:-1], 3) == [f"mugs: {drawn[-1].kind} has 2 of 3"]
    assert of_each_kind(cases, 99) == cases and of_each_kind(cases, 0) == []
    one_kind = of_each_kind([case for case in cases if case.kind == KINDS[0]], 3)
    assert one_kind == [case for case in drawn if case.kind == KINDS[0]]


def test_what_an_llm_read_is_judged_where_it_read() -> None:
    case = problem(0, "linear-table", answer_published=8.0, quantities={"Plain mugs": 2.0, "Earnings": 8.0})
    entry = rule("optibench-all-llm")
    answer = Prediction(objective=8.0, status="optimal", quantities={"plain": 2.0})
    assert entry(answer, case) is Mark.NOT_APPLICABLE
    for read, said in [
        ({"Plain mugs": 2.00005, "Earnings": 8.0}, Mark.RIGHT),
        ({"Plain mugs": 2.0002, "Earnings": 8.0}, Mark.WRONG),
        ({"Earnings": 8.0}, Mark.WRONG),
        ({}, Mark.WRONG),
    ]:
        assert entry(answer.model_copy(update={"read": read}), case) is said
    assert entry(Prediction(read={}), case) is Mark.WRONG


def test_the_llm_is_shown_what_an_answer_reports() -> None:
    record = EvalRecord(
        run_id="r", item="i", pipeline="p", objective=8.0, quantities={"x": 2.0}, result={"stdout": "cups: 2\n"}
    )
    assert output_of(record) == "cups: 2\nx = 2\nobjective = 8"


def scripted(request: Json) -> Answer:
    """The program above; as a reader, the striped mugs of linear problems with a table are taken for 4."""
    told = request["messages"][-1]["content"]
    if "Wanted:" not in told:
        return PROGRAM
    assert "plain = 2\nstriped = 3\nobjective = 8" in told and "model.plain" in told
    wanted = told.rpartition("Wanted:")[2].strip()
    value = {
        "White mugs": 2.0,
        "Patterned mugs": 4.0 if "Mugs 1:" in told or "Mugs 5:" in told else 3.0,
        "Earnings": 8.0,
    }[wanted]
    return json.dumps({"value": value})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Problems whose quantities have other names than the variables of the program, two of each kind."""
    answers = {"White mugs": 2.0, "Patterned mugs": 3.0, "Earnings": 8.0}
    rows = [
        {"id": f"o-{n}", "question": f"Mugs {n}: how many?", "type": KINDS[n % 4], "answer": 8.0, "answers": answers}
        for n in range(8)
    ]
    (tmp_path / "optibench.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return tmp_path


def test_the_table_by_kind_under_both_rules(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = str(folder / "runs.sqlite")
    with ScriptedLLM(scripted) as server:
        url = ["--base-url", server.base_url]
        run = ["bench", "run", "optibench", "--data", str(folder), "--per-kind", "1", "--pipelines", "direct"]
        assert cli.main([*run, "--out", record, "--quiet", *url]) == 0
        before = capsys.readouterr().out
        assert all(f"| {kind} | primary, primary-published | 1 of 1" in before for kind in KINDS)
        assert all(f"| {kind} | optibench-all | 0 of 1" in before for kind in KINDS)
        assert "optibench-all-llm" not in before
        assert cli.main(["bench", "reread", record, *url]) == 0
        assert capsys.readouterr().out.startswith("4 answers read")
        asked = len(server.requests)
        assert cli.main(["bench", "reread", record, *url]) == 0
        assert "nothing is left to read" in capsys.readouterr().err and len(server.requests) == asked
    assert cli.main(["bench", "report", record, "--rule", "optibench-all-llm", "--out", str(folder / "out")]) == 0
    after = capsys.readouterr().out
    for kind in KINDS:
        assert f"| {kind} | optibench-all-llm | {int(kind != 'linear-table')} of 1" in after
    assert "reread 4 answers, quantities read by" in after
    assert cli.main(["bench", "report", record, "--rule", "sirl-1e-6-flip"]) == 0
    assert "The rule `sirl-1e-6-flip` can judge none of the answers: it wants objectives of" in capsys.readouterr().out
    row = json.loads((folder / "out" / "answers-direct.jsonl").read_text("utf-8").split("\n")[0])
    assert set(row["prediction"]["read"]) == {"White mugs", "Patterned mugs", "Earnings"}
    assert cli.main(["bench", "rescore", str(folder / "out" / "answers-direct.jsonl")]) == 0
    again = capsys.readouterr().out
    for name, right in [("primary", 4), ("optibench-all", 0), ("optibench-all-llm", 3)]:
        assert f"| optibench | {name} | {'best-known' if name == 'primary' else 'published'} | {right} | 4 |" in again
