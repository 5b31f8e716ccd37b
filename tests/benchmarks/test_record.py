"""The record of runs: only added to, safe between processes, whole after a cut write."""

import random
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from fivefold.errors import CallerError
from fivefold_benchmarks.case import Case
from fivefold_benchmarks.record import CLOCKS, EvalRecord, Key, same_records
from fivefold_benchmarks.record_book import RecordBook
from fivefold_benchmarks.rules.rule import Mark
from tests.benchmarks.running import ROOT, by_key, cases, info_of


def record(item: str, **fields: object) -> EvalRecord:
    return EvalRecord.model_validate({"run_id": "r", "item": item, "pipeline": "direct", **fields})


def test_what_is_stored_comes_back(tmp_path: Path) -> None:
    kept = record(
        "crates/crate-1", objective=10.0, answer=10.0, mark=Mark.RIGHT, ending="optimal", quantities={"x": 1.5},
        result={"exit": "ok"}, prompt_tokens=3, completion_tokens=4, verdict="consistent", confidence=0.8,
    )  # fmt: skip
    problems = cases(3)
    with RecordBook.open(tmp_path / "new" / "runs.sqlite") as book:
        book.begin(info_of(), problems)
        assert book.append(kept, "line one\nline two")
        assert book.cases("r") == {f"crates/{case.id}": case for case in problems}
    with RecordBook.open(tmp_path / "new" / "runs.sqlite", create=False) as book:
        assert book.records("r") == [kept] and book.done("r") == {kept.key}
        assert book.trace("r", kept.key) == "line one\nline two"
        assert book.trace("r", Key("crates/crate-2", "direct", 0)) == ""
        assert [event.kind for event in book.events("r")] == ["begun"]
    assert kept.right and kept.tokens == 7
    assert kept.prediction.objective == 10.0 and kept.prediction.ended == "ok"
    assert record("a", result={"exit": "timed_out"}).prediction.ended == "timed_out"
    assert record("a").prediction.ended == "failed"


def test_the_first_record_stays_and_nothing_can_be_changed(tmp_path: Path) -> None:
    path = tmp_path / "runs.sqlite"
    with RecordBook.open(path) as book:
        book.begin(info_of(), cases(1))
        assert book.append(record("crates/crate-0", status="first"), "trace")
        assert not book.append(record("crates/crate-0", status="second"), "other")
        assert [kept.status for kept in book.records("r")] == ["first"]
        assert book.trace("r", Key("crates/crate-0", "direct", 0)) == "trace"
        with pytest.raises(CallerError, match="has a run `r`"):
            book.begin(info_of(), cases(1))
    db = sqlite3.connect(path)
    for table in ("run", "item", "record", "trace", "event"):
        for change in (f"UPDATE {table} SET run_id = 'x'", f"DELETE FROM {table}"):
            with pytest.raises(sqlite3.IntegrityError, match="only added"):
                db.execute(change)
    db.close()
    with pytest.raises(ValidationError):
        record("a").status = "other"  # type: ignore[misc]  # frozen, which is what is tested


def test_two_problems_of_one_name_are_refused_and_leave_nothing(tmp_path: Path) -> None:
    with RecordBook.open(tmp_path / "runs.sqlite") as book:
        with pytest.raises(CallerError, match="share a name"):
            book.begin(info_of(), [*cases(2), *cases(1)])
        assert book.runs() == []
        with pytest.raises(CallerError, match="has no run yet"):
            book.run()
        book.begin(info_of("one"), cases(1))
        book.begin(info_of("two"), cases(1))
        assert book.run().run_id == "two" and book.run("one").run_id == "one"
        with pytest.raises(CallerError, match="`three`; there are: one, two"):
            book.run("three")


def test_what_is_no_record_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CallerError, match="no file of runs"):
        RecordBook.open(tmp_path / "none.sqlite", create=False)
    with pytest.raises(CallerError, match="no file of runs"):
        RecordBook.open(tmp_path)
    (tmp_path / "text").write_text("x" * 5000, "utf-8")
    with pytest.raises(CallerError, match="is no file of runs"):
        RecordBook.open(tmp_path / "text")


def test_half_characters_can_be_stored(tmp_path: Path) -> None:
    with RecordBook.open(tmp_path / "runs.sqlite") as book:
        book.begin(info_of(), cases(1))
        book.append(record("crates/crate-0", program="print('\ud83d')", result={"stdout": "a\udc00"}))
        assert book.records("r")[0].program == "print('?')" and book.records("r")[0].result == {"stdout": "a?"}


def test_a_repeat_may_differ_in_clocks_only() -> None:
    one = {Key("a", "direct", 0): record("a", llm_s=1.0, finished="then", cached_calls=0)}
    other = {Key("a", "direct", 0): record("a", llm_s=2.0, finished="now", cached_calls=3)}
    assert same_records(one, other)
    assert EvalRecord.model_fields.keys() > CLOCKS
    for field, value in (("objective", 1.0), ("program", "p"), ("prompt_tokens", 1), ("error", "e")):
        assert not same_records(one, {Key("a", "direct", 0): record("a", **{field: value})})
    assert not same_records(one, {})


WRITING = """
import sys
from pathlib import Path
from fivefold_benchmarks.record import EvalRecord
from fivefold_benchmarks.record_book import RecordBook
with RecordBook.open(Path(sys.argv[1])) as book:
    fresh = sum(
        book.append(EvalRecord(run_id="r", item=f"crates/crate-{n}", pipeline="direct", status=sys.argv[2]), "t" * 500)
        for n in range(60)
    )
print(fresh)
"""


def test_processes_that_write_at_once_store_each_record_once(tmp_path: Path) -> None:
    path = tmp_path / "runs.sqlite"
    with RecordBook.open(path) as book:
        book.begin(info_of(), cases(60))
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITING, str(path), name], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for name in ("one", "two", "three")
    ]
    fresh = [int(writer.communicate(timeout=60)[0]) for writer in writers]
    assert sum(fresh) == 60
    with RecordBook.open(path) as book:
        assert len(by_key(book, "r")) == 60


def test_new_files_can_be_opened_by_processes_at_once(tmp_path: Path) -> None:
    opening = (
        "import sys; from pathlib import Path; from fivefold_benchmarks.record_book import RecordBook; "
        "RecordBook.open(Path(sys.argv[1])).close()"
    )
    writers = [
        subprocess.Popen([sys.executable, "-c", opening, str(tmp_path / "runs.sqlite")], cwd=ROOT) for _ in range(4)
    ]
    assert [writer.wait(60) for writer in writers] == [0] * 4


def test_a_cut_write_loses_the_last_record_at_most(tmp_path: Path) -> None:
    path = tmp_path / "runs.sqlite"
    wal = Path(f"{path}-wal")
    sizes: list[int] = []
    with RecordBook.open(path) as book:
        book.begin(info_of(), cases(20))
        for n in range(20):
            book.append(record(f"crates/crate-{n}", program="x" * 300), "trace")
            sizes.append(wal.stat().st_size)
        for place in range(12):
            cut = random.Random(place).randrange(sizes[0], sizes[-1])
            copy = tmp_path / f"copy-{place}.sqlite"
            shutil.copy(path, copy)
            Path(f"{copy}-wal").write_bytes(wal.read_bytes()[:cut])
            whole = sum(size <= cut for size in sizes)
            with RecordBook.open(copy) as cut_book:
                kept = cut_book.records("r")
                assert [one.item for one in kept] == [f"crates/crate-{n}" for n in range(whole)]
                assert all(cut_book.trace("r", one.key) for one in kept)
                assert cut_book.append(record(f"crates/crate-{whole}"))


def test_a_case_without_a_benchmark_keeps_its_id(tmp_path: Path) -> None:
    with RecordBook.open(tmp_path / "runs.sqlite") as book:
        book.begin(info_of(), [Case(id="a", benchmark="", question="?")])
        assert list(book.cases("r")) == ["a"]
