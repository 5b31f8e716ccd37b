"""A run that is killed at any moment and gone on with ends with the records of one that never was."""

import os
import random
import signal
import subprocess
from pathlib import Path

from fivefold_benchmarks.record import same_records
from fivefold_benchmarks.record_book import RecordBook
from tests.benchmarks.running import bench, by_key, printing, problem_file, slow
from tests.scripted_llm import ScriptedLLM

KILLS = int(os.environ.get("KILLS", "8"))
PROBLEMS = max(12, 2 * KILLS)
PIPELINES = "direct,five-text"
AT_ONCE = 4


def test_killed_at_random_moments_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    problems = problem_file(tmp_path, PROBLEMS)
    draw = random.Random(KILLS)
    with ScriptedLLM(slow(printing, 0.02, 0.3)) as server:
        asked = ["--base-url", server.base_url, "--concurrency", AT_ONCE]
        begin = ["run", problems, "--pipelines", PIPELINES, "--run-id", "r", *asked]

        whole = bench(*begin, "--out", tmp_path / "whole.sqlite", folder=tmp_path / "one")
        _, err = whole.communicate(timeout=1800)
        assert whole.returncode == 0, err
        needed = len(server.requests)

        record = tmp_path / "cut.sqlite"
        kills = 0
        while kills < KILLS:
            while server.came.acquire(blocking=False):
                pass
            begun = record.exists() and _has_run(record)
            arguments = ["resume", record, *asked] if begun else [*begin, "--out", record]
            part = bench(*arguments, folder=tmp_path / "two")
            while not server.came.acquire(timeout=0.1) and part.poll() is None:
                pass
            try:
                part.communicate(timeout=draw.uniform(0.0, 0.8))
                break  # it was done before it could be killed
            except subprocess.TimeoutExpired:
                part.send_signal(signal.SIGKILL)
                part.communicate()
                assert part.returncode == -signal.SIGKILL
                kills += 1
        end = bench("resume", record, *asked, folder=tmp_path / "two")
        _, err = end.communicate(timeout=1800)
        assert end.returncode == 0, err

    # On a busy machine a run may be done before the last kills: how many there were is for chance to say.
    assert kills >= min(KILLS, 2)
    with RecordBook.open(tmp_path / "whole.sqlite") as first, RecordBook.open(record) as second:
        one, other = by_key(first, "r"), by_key(second, "r")
        assert len(one) == PROBLEMS * 2
        assert same_records(one, other)
        assert all(second.trace("r", key) for key in other)
        assert [event.kind for event in second.events("r")].count("resumed") >= kills
    # What was answered before a kill is not asked again: only questions under way were lost.
    assert len(server.requests) <= 2 * needed + kills * AT_ONCE
    print(f"{kills} kills, {len(server.requests) - 2 * needed} questions asked twice, {needed} needed")


def _has_run(path: Path) -> bool:
    with RecordBook.open(path) as book:
        return bool(book.runs())


def test_an_interrupted_run_ends_what_is_under_way_and_goes_on(tmp_path: Path) -> None:
    problems = problem_file(tmp_path, 6)
    record = tmp_path / "runs.sqlite"
    with ScriptedLLM(slow(printing, 0.3, 0.5)) as server:
        asked = ["--base-url", server.base_url, "--concurrency", 2]
        part = bench("run", problems, "--pipelines", "direct", "--out", record, *asked, folder=tmp_path)
        server.came.acquire(timeout=60)
        part.send_signal(signal.SIGINT)
        _, err = part.communicate(timeout=60)
        assert part.returncode == 130, err
        assert "what is under way is finished" in err and "goes on" in err
        with RecordBook.open(record) as book:
            info = book.run()
            before = book.records(info.run_id)
        assert 1 <= len(before) < 6 and all(record.status != "" for record in before)
        end = bench("resume", record, *asked, folder=tmp_path)
        out, err = end.communicate(timeout=60)
        assert end.returncode == 0, err
    assert "| direct | 6 | 3 |" in out
    assert len(server.requests) == 6


def test_a_killed_run_names_what_has_changed_since(tmp_path: Path) -> None:
    problems = problem_file(tmp_path, 1)
    record = tmp_path / "runs.sqlite"
    with ScriptedLLM(printing, llms=["one", "other"]) as server:
        asked = ["--base-url", server.base_url]
        done = bench("run", problems, "--pipelines", "direct", "--out", record, *asked, folder=tmp_path)
        assert done.wait(60) == 0
        done.communicate()
        refused = bench("resume", record, *asked, "--llm", "other", folder=tmp_path)
        _, err = refused.communicate(timeout=60)
        assert refused.returncode == 2
        assert "llm: one then, other now" in err and "--anyway" in err
        taken = bench("resume", record, *asked, "--llm", "other", "--anyway", folder=tmp_path)
        taken.communicate(timeout=60)
        assert taken.returncode == 0
    with RecordBook.open(record) as book:
        assert any("llm: one then" in event.detail for event in book.events(book.run().run_id))
