"""Reports: the numbers by hand, the page alone and safe, two sides compared, the commands."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from fivefold.commands import cli
from fivefold.errors import CallerError
from fivefold_benchmarks.collected import collected
from fivefold_benchmarks.comparison import comparisons, opened_side
from fivefold_benchmarks.comparison import to_markdown as compared
from fivefold_benchmarks.record import EvalRecord, Key
from fivefold_benchmarks.record_book import RecordBook
from fivefold_benchmarks.report import facts_of, risk_coverage
from fivefold_benchmarks.report_files import write_report
from fivefold_benchmarks.report_kinds import by_kind
from fivefold_benchmarks.report_markdown import to_markdown
from fivefold_benchmarks.report_svg import Bar, Dot, curve_chart, share_chart
from fivefold_benchmarks.report_trace import steps
from fivefold_benchmarks.rules.rule import Mark
from fivefold_benchmarks.statistics import wilson
from tests.benchmarks.running import cases, do, info_of, printing, problem_file
from tests.scripted_llm import ScriptedLLM

HOSTILE = "</pre></details><script>alert('x')</script><img src=http://evil.example/a.png onerror=alert(1)>\"'&"


def kept(n: int, pipeline: str, right: bool, **fields: Any) -> EvalRecord:
    value: Json = {"objective": 1.0, "ran": True, "answer": 1.0 if right else 2.0, "kind": "LP" if n % 2 else "MILP"}
    mark = Mark.RIGHT if right else Mark.WRONG
    return EvalRecord.model_validate(
        {"run_id": "r", "item": f"crates/crate-{n}", "pipeline": pipeline, "mark": mark, **value, **fields}
    )


Json = dict[str, Any]


@pytest.fixture
def book(tmp_path: Path) -> Any:
    """A run of two pipelines on six problems: `direct` right on 0 and 1, `fivefold` on all but 0."""
    with RecordBook.open(tmp_path / "runs.sqlite") as opened:
        opened.begin(info_of(pipelines=["direct", "fivefold"]), cases(6))
        for n in range(6):
            opened.append(kept(n, "direct", n < 2, prompt_tokens=10 * n, completion_tokens=5, llm_s=float(n), calls=1))
            grade = "consistent" if n > 1 else "suspicious"
            opened.append(
                kept(n, "fivefold", n > 0, verdict=grade, prompt_tokens=100, completion_tokens=20, calls=2, run_s=0.5)
            )  # fmt: skip
        yield opened


def test_the_numbers_are_those_of_the_records(book: RecordBook) -> None:
    facts = facts_of(collected(book, book.run()))
    direct, fivefold = facts.pipelines
    assert (facts.problems, facts.groups, facts.missing) == (6, 6, 0)
    assert (direct.right.count, direct.right.n) == (2, 6)
    assert (direct.right.low, direct.right.high) == pytest.approx(wilson(2, 6))
    assert fivefold.ratio == 2.5 and direct.ratio == 1.0 and fivefold.any_right is None
    assert [(group.name, group.right.count, group.right.n) for group in direct.by_kind] == [
        ("LP", 1, 3),
        ("MILP", 1, 3),
    ]
    assert [(group.name, group.right.count, group.right.n) for group in fivefold.by_grade] == [
        ("consistent", 4, 4), ("suspicious", 1, 2)
    ]  # fmt: skip
    assert [(point.level, point.coverage, point.risk) for point in fivefold.risk_coverage] == [
        ("consistent", pytest.approx(4 / 6), 0.0), ("suspicious", 1.0, pytest.approx(1 / 6))
    ]  # fmt: skip
    assert [(point.level, point.risk) for point in direct.risk_coverage] == [("all answers", pytest.approx(4 / 6))]
    assert direct.tokens.total == 180 and direct.tokens.median == 30 and direct.llm_s.most == 5.0
    assert fivefold.run_s.total == 3.0 and fivefold.calls == 12


def test_where_it_fails_and_what_it_costs_is_said_in_words(book: RecordBook) -> None:
    text = to_markdown(facts_of(collected(book, book.run())))
    assert "fivefold is not right on 1 of 6: another value 1." in text
    assert "It is right least often on MILP (2 of 3), LP (3 of 3)." in text
    assert "0 of 6 problems are right with none of the pipelines: " not in text
    assert "fivefold takes 120 tokens and 0.0 s of the LLM for a problem, 144 tokens for a right answer" in text


def test_many_kinds_of_few_problems_are_put_together(tmp_path: Path) -> None:
    with RecordBook.open(tmp_path / "kinds.sqlite") as book:
        book.begin(info_of(pipelines=["direct"]), cases(20))
        for n in range(20):
            kind = "frequent" if n < 6 else f"rare {n}"
            book.append(kept(n, "direct", n % 2 == 0).model_copy(update={"kind": kind}))
        pipelines = facts_of(collected(book, book.run())).pipelines
    found = {kind: (own["direct"].count, own["direct"].n) for kind, own in by_kind(pipelines).items()}
    assert found == {"frequent": (3, 6), "kinds of under 5 problems": (7, 14)}
    assert len(pipelines[0].by_kind) == 15


def test_confidence_goes_before_grades() -> None:
    records = [
        kept(0, "p", True, verdict="suspicious", confidence=0.9),
        kept(1, "p", False, verdict="consistent", confidence=0.2),
        kept(2, "p", False, objective=None, verdict="unsolved"),
    ]
    points = risk_coverage(records)
    assert [(point.level, point.coverage, point.risk) for point in points] == [
        ("confidence 0.90", pytest.approx(1 / 3), 0.0), ("confidence 0.20", pytest.approx(2 / 3), 0.5)
    ]  # fmt: skip


def test_samples_of_a_problem_are_one_observation(tmp_path: Path) -> None:
    with RecordBook.open(tmp_path / "samples.sqlite") as book:
        book.begin(info_of(pipelines=["direct"], samples=2), cases(4))
        for n in range(4):
            for sample in range(2):
                book.append(kept(n, "direct", sample == 0 and n < 2, sample=sample))
        (direct,) = facts_of(collected(book, book.run())).pipelines
    assert direct.attempts == 8 and (direct.right.count, direct.right.n) == (1, 4)
    assert direct.any_right == 0.5


def test_what_is_missing_and_what_cannot_be_judged_is_said(tmp_path: Path) -> None:
    with RecordBook.open(tmp_path / "part.sqlite") as book:
        book.begin(info_of(pipelines=["direct"]), cases(4))
        book.append(kept(0, "direct", False, mark=Mark.NOT_APPLICABLE))
        book.append(kept(1, "direct", False, objective=None, ran=False, status="crashed: it | broke"))
        facts = facts_of(collected(book, book.run()))
    assert facts.missing == 2 and facts.pipelines[0].not_applicable == 1 and facts.pipelines[0].right.n == 1
    text = to_markdown(facts)
    assert "**not complete**: 2 attempts" in text and "| crashed | 1 |" in text


VOID = {"meta", "input", "img"}


class Page(HTMLParser):
    """What a page holds, and whether its elements are closed in order."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_stands_alone_and_nothing_in_it_is_code(tmp_path: Path) -> None:
    hostile: Json = dict.fromkeys(("status", "verdict", "formulation", "program", "error"), HOSTILE)
    with RecordBook.open(tmp_path / "runs.sqlite") as book:
        info = info_of(run_id=f"r{HOSTILE}", pipelines=["direct", f"p{HOSTILE}"])
        problems = [case.model_copy(update={"question": HOSTILE, "kind": HOSTILE}) for case in cases(2)]
        book.begin(info, problems)
        for pipeline in info.config.pipelines:
            one = kept(0, pipeline, True, run_id=info.run_id, result={HOSTILE: HOSTILE}, **hostile)
            book.append(one, trace_of(HOSTILE))
        facts = facts_of(collected(book, info))
        paths = write_report(collected(book, info), facts, tmp_path / "out")
    assert [path.name for path in paths[:3]] == ["report.md", "report.json", "report.html"]
    source = (tmp_path / "out" / "report.html").read_text("utf-8")
    page = Page()
    page.feed(source)
    page.close()
    assert page.open == []
    assert sum(tag == "script" for tag, _ in page.tags) == 1 and not any(tag == "img" for tag, _ in page.tags)
    given = {name for _, attributes in page.tags for name in attributes}
    assert not given & {"onerror", "onload", "onclick", "src"}
    links = [attributes["href"] or "" for _, attributes in page.tags if "href" in attributes]
    assert links and all(link.startswith("#") for link in links)
    addresses = set(re.findall(r"https?:[\w./]*", source))
    assert "default-src 'none'" in source and all("http://evil.example/a.png".startswith(one) for one in addresses)
    assert page.text.count("alert('x')") > 10


def trace_of(text: str) -> str:
    """The lines of a trace with one question."""
    lines: list[Json] = [
        {"type": "run", "run_id": "x", "problem": "", "seed": 0, "versions": {}, "started": "", "schema": 1},
        {"type": "blob", "sha256": "m", "text": json.dumps([{"role": "user", "content": text}]), "size": 1},
        {"type": "blob", "sha256": "r", "text": text, "size": 1},
        {"type": "span", "id": 1, "parent_id": None, "node": text, "visit": 1, "kind": "llm", "param_reads": [],
         "llm": {"messages": "m", "reply": "r", "input_tokens": 3, "output_tokens": 4}, "t0": 1.0, "t1": 3.5},
    ]  # fmt: skip
    return "".join(json.dumps(line) + "\n" for line in lines)


def test_the_steps_of_a_trace() -> None:
    (step,) = steps(trace_of("say it"))
    assert (step.name, step.seconds, step.tokens) == ("say it", 2.5, 7)
    assert step.asked == "[user]\nsay it" and step.replied == "say it"
    assert steps("") == () and steps("no trace\n") == ()


def test_a_chart_shows_shares_where_they_are(book: RecordBook) -> None:
    facts = facts_of(collected(book, book.run()))
    chart = share_chart([Bar("all", facts.pipelines[0].name, facts.pipelines[0].right)], "right")
    (x,) = re.findall(r'circle cx="([\d.]+)"', chart)
    assert float(x) == pytest.approx(220 + 450 * 2 / 6, abs=0.1)
    assert "<title>all, direct: 2 of 6</title>" in chart


def test_a_pipeline_has_one_colour_in_all_charts() -> None:
    chart = curve_chart({"direct": [], "fivefold": [Dot(1, 0.5, "all")]}, x_name="answered", y_name="wrong")
    assert '<i class="s1"></i>fivefold' in chart and "direct" not in chart
    assert 'class="s1"' in chart.partition("<svg")[2] and 'class="s0"' not in chart


def test_problems_that_name_no_kind_are_not_told_apart_by_it(tmp_path: Path) -> None:
    with RecordBook.open(tmp_path / "runs.sqlite") as book:
        book.begin(info_of(), [case.model_copy(update={"kind": ""}) for case in cases(2)])
        for n in range(2):
            book.append(kept(n, "direct", n == 1).model_copy(update={"kind": ""}), trace_of("Say it"))
        told = to_markdown(facts_of(collected(book, book.run())))
    assert "Right by kind of problem" not in told and "what went wrong" in told


def test_two_pipelines_are_compared_in_pairs(book: RecordBook) -> None:
    (found,) = comparisons(opened_side(f"{book.path}:direct"), opened_side(f"{book.path}#r:fivefold"))
    assert (found.both_right, found.only_first, found.only_second, found.both_wrong) == (1, 1, 4, 0)
    assert found.p == pytest.approx(2 * (1 + 5) / 2**5)
    assert found.difference == pytest.approx(-0.5) and found.low < -0.5 < found.high
    assert [pair.item for pair in found.differing] == [f"crates/crate-{n}" for n in (0, 2, 3, 4, 5)]
    assert [pair.first_right for pair in found.differing] == [True, False, False, False, False]
    text = compared(found)
    assert "| **direct right** | 1 | 1 |" in text and "| **direct wrong** | 4 | 0 |" in text
    assert "exact McNemar p = 0.375" in text
    both = comparisons(opened_side(str(book.path)), opened_side(str(book.path)))
    assert [one.p for one in both] == [1.0, 1.0]


def test_sides_that_cannot_be_compared_are_named(book: RecordBook, tmp_path: Path) -> None:
    with pytest.raises(CallerError, match="no pipeline `magic`; there are direct, fivefold"):
        opened_side(f"{book.path}:magic")
    with pytest.raises(CallerError, match="no file of runs"):
        opened_side(str(tmp_path / "none.sqlite"))
    with pytest.raises(CallerError, match="no pipeline in common"):
        comparisons(
            SimpleNamespace(by_pipeline={"a": {}, "b": {}}),  # type: ignore[arg-type]  # all that is looked at
            SimpleNamespace(by_pipeline={"c": {}}),  # type: ignore[arg-type]
        )


async def test_the_commands_tell_what_a_run_came_to(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with ScriptedLLM(printing) as server, RecordBook.open(Path("runs.sqlite")) as book:
        from fivefold_benchmarks.pipelines import PIPELINES

        info = info_of(pipelines=["direct"])
        book.begin(info, cases(3))
        await do(book, info, server.base_url, dict(PIPELINES), tmp_path)
        assert steps(book.trace("r", Key("crates/crate-1", "direct", 0)))[0].name == "baseline_direct"
    assert cli.main(["bench", "report", "--out", "out"]) == 0
    printed = capsys.readouterr().out
    assert "| direct | 3 | 2 |" in printed and "in 3 attempts (prompts, examples, memories) held no 13 words" in printed
    assert cli.main(["bench", "report", "runs.sqlite", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["pipelines"][0]["right"]["count"] == 2
    assert cli.main(["bench", "compare", "runs.sqlite", "runs.sqlite", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["both_right"] == 2
    assert cli.main(["bench", "rescore", "out/answers-direct.jsonl"]) == 0
    assert "| crates | primary | best-known | 2 | 3 |" in capsys.readouterr().out
    assert cli.main(["bench", "report", "other.sqlite"]) == 2
    assert "no file of runs" in capsys.readouterr().err


def test_the_callers_mistakes_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    problems, record = str(problem_file(tmp_path, 2)), str(tmp_path / "runs.sqlite")
    for arguments, said in [
        (["--pipelines", "direct,magic"], "no pipeline magic; there are direct"),
        (["--rule", "magic"], "no scoring rule `magic`"),
        (["--concurrency", "0"], "`--concurrency` must be at least 1"),
        (["--ids", str(tmp_path / "none")], "cannot read the ids"),
        (["--limit", "0"], "no problem is left"),
        (["--clean"], "no problem is left"),
        ([], "there is no LLM to ask"),
    ]:
        assert cli.main(["bench", "run", problems, "--out", record, *arguments]) == 2, said
        assert said in capsys.readouterr().err
