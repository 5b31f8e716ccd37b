"""Several runs in one report, other rules over the same answers, several samples, the embedded LLM."""

import json
from pathlib import Path
from typing import Any

import pytest

from fivefold.commands import cli
from fivefold.errors import CallerError
from fivefold.llm.local import commands
from fivefold_benchmarks.case import Case
from fivefold_benchmarks.collected import collected, opened
from fivefold_benchmarks.endpoints import EMBEDDED
from fivefold_benchmarks.record import EvalRecord, same_records
from fivefold_benchmarks.record_book import RecordBook
from fivefold_benchmarks.report import Prices, facts_of
from fivefold_benchmarks.report_markdown import to_markdown
from tests.benchmarks.running import by_key, cases, info_of, printing, problem_file
from tests.scripted_llm import ScriptedLLM

Json = dict[str, Any]


def answered(run_id: str, case: Case, pipeline: str, objective: float | None, **fields: Any) -> EvalRecord:
    mark = "right" if objective is not None and objective == case.answer else "wrong"
    name = f"{case.benchmark}/{case.id}"
    given: Json = {"ran": objective is not None, "mark": mark, "kind": case.kind, "answer": case.answer, **fields}
    return EvalRecord.model_validate(
        {"run_id": run_id, "item": name, "pipeline": pipeline, "objective": objective, "ending": "optimal", **given}
    )


def published() -> list[Case]:
    return [case.model_copy(update={"answer_published": case.answer}) for case in cases(4)]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Run `a` of one and run `b` of two pipelines on the same four problems."""
    path = tmp_path / "runs.sqlite"
    with RecordBook.open(path) as book:
        for run_id, pipelines in (("a", ["direct"]), ("b", ["direct", "fivefold"])):
            book.begin(info_of(run_id, pipelines), published())
            for pipeline in pipelines:
                for n, case in enumerate(cases(4)):
                    value = 10.0 * n if pipeline == "fivefold" or n < 2 else 10.4 * n
                    book.append(answered(run_id, case, pipeline, value), f"trace of {run_id} {pipeline}")
    return path


def test_runs_are_put_side_by_side(file: Path) -> None:
    runs = opened([f"{file}#a", f"{file}#b"])
    assert runs.pipelines == ("direct", "direct (b)", "fivefold") and runs.expected == len(runs.records) == 12
    facts = facts_of(runs)
    assert [(one.name, one.right.count) for one in facts.pipelines] == [
        ("direct", 2), ("direct (b)", 2), ("fivefold", 4)
    ]  # fmt: skip
    assert [(one.first, one.second, one.only_first) for one in facts.comparisons] == [
        ("direct (b)", "direct", 0), ("fivefold", "direct", 2)
    ]  # fmt: skip
    traces = {runs.trace_of(record) for record in runs.records}
    assert traces == {"trace of a direct", "trace of b direct", "trace of b fivefold"}
    assert [record.pipeline for record in opened([f"{file}#all"]).records] == [r.pipeline for r in runs.records]
    assert facts.unlike == ()


def test_what_cannot_be_put_side_by_side_is_named(file: Path, tmp_path: Path) -> None:
    with RecordBook.open(tmp_path / "other.sqlite") as book:
        changed = [case.model_copy(update={"question": "Another question"}) for case in cases(4)]
        book.begin(info_of("c", ["vote"]).model_copy(update={"llm": "another"}), changed)
    with pytest.raises(CallerError, match="is not the same problem in a and c"):
        opened([f"{file}#a", str(tmp_path / "other.sqlite")])
    with RecordBook.open(tmp_path / "third.sqlite") as book:
        book.begin(info_of("d", ["vote"], max_tokens=9).model_copy(update={"llm": "another"}), published())
    runs = opened([f"{file}#a", str(tmp_path / "third.sqlite")])
    assert runs.unlike == ["d: llm: scripted then, another now", "d: config max_tokens: 40000 then, 9 now"]
    text = to_markdown(facts_of(runs))
    assert "Not made alike, d: llm: scripted then, another now." in text
    with pytest.raises(CallerError, match="no run `x`"):
        opened([f"{file}#x"])


def test_the_same_answers_under_other_rules(file: Path) -> None:
    facts = facts_of(opened([f"{file}#b"]), Prices(1.0, 2.0))
    found = {(one.rule, one.kind, one.pipeline): (one.right.count, one.right.n) for one in facts.scores}
    assert found["primary", "", "direct"] == (2, 4) and found["orlm", "", "direct"] == (4, 4)
    assert found["primary", "LP", "direct"] == (1, 2) and found["primary", "MILP", "fivefold"] == (2, 2)
    assert not any(rule == "optibench-all" for rule, _, _ in found), "no problem has published quantities"
    assert [one.usd for one in facts.pipelines] == [0.0, 0.0]
    loose = facts_of(opened([f"{file}#b"], "orlm"))
    assert [one.right.count for one in loose.pipelines] == [4, 4] and loose.rule == "orlm"
    text = to_markdown(loose)
    assert "Right is what the rule `orlm` accepts" in text and "crates: by kind of problem" in text


def test_all_quantities_by_kind(tmp_path: Path) -> None:
    problems = [
        Case(id=f"o-{n}", benchmark="optibench", question=f"Toys {n}", answer=5.0, expected="optimal",
             kind="linear-table" if n else "nonlinear-notable", answer_published=5.0,
             quantities={"Number of trains": 2.0, "Earnings": 5.0})
        for n in range(2)
    ]  # fmt: skip
    with RecordBook.open(tmp_path / "runs.sqlite") as book:
        book.begin(info_of("a", ["direct"]), problems)
        for n, case in enumerate(problems):
            book.append(answered("a", case, "direct", 5.0, quantities={"trains": 2.0 + n}))
        facts = facts_of(collected(book, book.run()))
    found = {(one.rule, one.kind): (one.right.count, one.right.n) for one in facts.scores}
    assert found["primary", "linear-table"] == found["primary", "nonlinear-notable"] == (1, 1)
    assert found["optibench-all", "linear-table"] == (0, 1) and found["optibench-all", "nonlinear-notable"] == (1, 1)
    assert facts.sets[0].own_rule == "optibench-all" and "459 problems" in facts.sets[0].remark
    assert "| linear-table | optibench-all | 0 of 1" in to_markdown(facts)


def test_several_samples_as_one_answer(tmp_path: Path) -> None:
    values = {0: (0.0, 7.0, 0.0), 1: (10.0, 3.0, 4.0), 2: (1.0, 1.0, 20.0), 3: (None, None, None)}
    with RecordBook.open(tmp_path / "runs.sqlite") as book:
        book.begin(info_of("a", ["fivefold"], samples=3), cases(4))
        for n, case in enumerate(cases(4)):
            for sample, value in enumerate(values[n]):
                trust = 0.9 if sample == 2 else 0.5
                verdict = {"confidence": trust, "verdict": "consistent"} if value is not None else {}
                book.append(answered("a", case, "fivefold", value, sample=sample, **verdict))
        (one,) = facts_of(collected(book, book.run())).pipelines
    # Problem 0: two of three; 1: three values, the first wins; 2: the wrong one is more frequent, the right one surer.
    assert one.any_right == 0.75 and one.majority == 0.5 and one.most_trusted == 0.5


def test_the_embedded_llm_is_started_where_no_endpoint_is_given(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    problems, record = str(problem_file(tmp_path, 2)), tmp_path / "runs.sqlite"
    begin = ["bench", "run", problems, "--pipelines", "direct", "--quiet"]
    started: list[Json] = []

    def served_by(server: ScriptedLLM) -> None:
        def ensure(*_: object, **said: Any) -> tuple[str, str, str]:
            started.append(said)
            return server.base_url, "key", "small"

        monkeypatch.setattr(commands, "ensure", ensure)

    with ScriptedLLM(printing, key="key") as server:
        served_by(server)
        assert cli.main([*begin, "--yes", "--out", str(record), "--run-id", "one"]) == 0
        assert started[0]["yes"] and len(server.requests) == 2
    with ScriptedLLM(printing, key="key") as other:  # another port, as after a restart
        served_by(other)
        assert cli.main(["bench", "resume", str(record)]) == 0
        assert cli.main([*begin, "--out", str(record), "--run-id", "two"]) == 0
        assert other.requests == [], "replies are kept under the LLM, not under its port"
    with RecordBook.open(record) as book:
        assert {info.endpoint for info in book.runs()} == {EMBEDDED} and {info.llm for info in book.runs()} == {"small"}
        assert same_records(by_key(book, "one"), by_key(book, "two"))
    assert json.dumps(started[1]["yes"]) == "false"
    capsys.readouterr()
