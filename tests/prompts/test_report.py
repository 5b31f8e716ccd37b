"""The page of a search says what the ledger says, stands alone, and lets no text of others become markup."""

from html.parser import HTMLParser
from pathlib import Path

import pytest

from fivefold_prompts.optimizer.attempt import Result
from fivefold_prompts.optimizer.budget import Caps
from fivefold_prompts.optimizer.leaks import Guard
from fivefold_prompts.optimizer.ledger import Ledger, LedgerError
from fivefold_prompts.optimizer.reply import Edit
from fivefold_prompts.optimizer.report import write_report
from fivefold_prompts.optimizer.report_diff import word_diff
from fivefold_prompts.optimizer.report_facts import read_facts
from fivefold_prompts.optimizer.rollout import Answer, Cost
from fivefold_prompts.optimizer.search import Report, optimize
from tests.prompts import optimizer_landscape as land
from tests.prompts.test_optimizer_search import SETTINGS, SMALL, Dying, Killed, small_task

VOID = {"meta", "circle", "line", "path", "br"}


class Page(HTMLParser):
    """All tags must be closed in order; keeps what there is."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data + " "


def searched(path: Path, **changes: object) -> Report:
    caps = Caps(rollouts=900, tokens=900_000)
    with Dying(path) as ledger:
        return optimize(land.task(**changes), SETTINGS.model_copy(update={"caps": caps}), ledger)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Report, Path, Page, str]:
    folder = tmp_path_factory.mktemp("report")
    report = searched(folder / "l.sqlite")
    html = write_report(folder / "l.sqlite", folder / "new" / "page.html").read_text("utf-8")
    return report, folder / "l.sqlite", Page(html), html


def test_the_page_is_whole_and_loads_and_runs_nothing(made: tuple[Report, Path, Page, str]):
    _, _, page, html = made
    assert page.open == []
    assert not {"script", "link", "img", "iframe", "object", "form"} & set(page.tags)
    assert not {"src", "href", "onload", "onclick"} & {name for name, _ in page.attributes}
    assert "://" not in html and "url(" not in html
    assert "default-src 'none'" in html


def test_the_page_says_what_the_search_reported(made: tuple[Report, Path, Page, str]):
    report, path, page, _ = made
    facts = read_facts(path)
    assert facts.total == report.spent and facts.noise == report.noise
    assert facts.stopped == report.stopped and facts.best == report.best.id
    assert {one.id: one.score for one in facts.scored} == pytest.approx({one.id: one.score for one in report.pool})
    assert report.admission is not None and facts.admission == report.admission
    assert (sum(row.won for row in facts.gate_types), sum(row.lost for row in facts.gate_types)) == (
        report.admission.won,
        report.admission.lost,
    )
    for told in (
        f"{report.spent.rollouts} of 900",
        f"{report.spent.tokens:,} of 900,000",
        f"{report.admission.p:.4g}",
        f"{report.admission.won} and {report.admission.lost}",
        "promoted",
        report.best.id,
        "Think of the bounds.",
        "no better on the runs that were shown",
    ):
        assert told in page.text, told
    assert all(f"{one.step + 1}.{one.number + 1} " in page.text for one in facts.proposals)
    assert page.tags.count("ins") >= 5 and page.tags.count("svg") == 3


def test_curve_points_stand_where_the_money_was_spent(made: tuple[Report, Path, Page, str]):
    facts = read_facts(made[1])
    assert [one.spent.rollouts for one in facts.scored] == sorted(one.spent.rollouts for one in facts.scored)
    assert facts.scored[0].step == -1 and facts.scored[0].spent.rollouts == 24
    assert facts.scored[-1].spent.rollouts + 80 <= facts.total.rollouts


HOSTILE = "</pre></details><script>alert(1)</script><img src=x onerror=alert(2)>\"'&\x07\u202e"


def test_hostile_texts_stay_texts(tmp_path: Path):
    def ask(messages, sample):
        edit = Edit("formulate", "insert_after", "Be careful.", HOSTILE.split("\x07")[0])
        return Answer(text=f"{HOSTILE}{land.tagged(edit)}", cost=Cost(tokens=9))

    searched(tmp_path / "l.sqlite", ask=ask)
    html = write_report(tmp_path / "l.sqlite", tmp_path / "p.html").read_text("utf-8")
    page = Page(html)
    assert not {"script", "img"} & set(page.tags) and page.open == []
    assert "alert(1)" in page.text and "\\u202e" in page.text and "\x07" not in html and "\u202e" not in html


def test_a_leak_is_an_alarm_and_nothing_promoted_is_said(tmp_path: Path):
    problem = "A dairy turns milk into butter and cream and must decide how much of both it makes on every day"
    edit = Edit("formulate", "insert_after", "Be careful.", problem)
    report = searched(
        tmp_path / "l.sqlite",
        guard=Guard({"train000": problem}),
        ask=lambda messages, sample: Answer(text=land.tagged(edit)),
    )
    page = Page(write_report(tmp_path / "l.sqlite", tmp_path / "p.html").read_text("utf-8"))
    facts = read_facts(tmp_path / "l.sqlite")
    assert [one.result for one in facts.proposals] == [Result.LEAK] * report.results["leak"]
    assert "words in a row are those of a problem" in page.text
    assert "Nothing was better than what is in use" in page.text and "still fresh" in page.text


@pytest.mark.parametrize("at", [1, 9, 30])
def test_a_search_that_was_killed_has_a_page_as_well(at: int, tmp_path: Path):
    path = tmp_path / "l.sqlite"
    with Dying(path, at) as ledger, pytest.raises(Killed):
        optimize(small_task(), SMALL, ledger)
    page = Page(write_report(path, tmp_path / "p.html").read_text("utf-8"))
    assert "has not ended" in page.text and page.open == []


def test_what_is_no_search_is_refused(tmp_path: Path):
    with pytest.raises(LedgerError, match="no ledger"):
        write_report(tmp_path / "none.sqlite", tmp_path / "p.html")
    assert not (tmp_path / "none.sqlite").exists()
    with Ledger(tmp_path / "empty.sqlite"):
        pass
    with pytest.raises(LedgerError, match="No search was begun"):
        write_report(tmp_path / "empty.sqlite", tmp_path / "p.html")


def test_a_word_diff_shows_all_changes_and_the_lines_around():
    before = "one two three " * 40 + "the end"
    after = before.replace("the end", "an end") + "\nmore <b>"
    html = word_diff(before, after)
    assert "<del>the</del><ins>an</ins>" in html and "more &lt;b&gt;" in html
    assert "[…]" in html and len(html) < 500
    assert "⏎" in word_diff("a\nb", "a\n\nb")
    assert "<ins>" not in word_diff("same", "same")
