"""A run on the nodes of a Ray cluster, one of them lost half-way, ends with the records of a run on this machine."""

import importlib.util
import subprocess
import time
from pathlib import Path

import pytest

from fivefold.commands import cli
from fivefold_benchmarks.record import same_records
from fivefold_benchmarks.record_book import RecordBook
from tests.benchmarks.ray_nodes import DidNotStartError, reachable, two_nodes
from tests.benchmarks.running import bench, by_key, printing, problem_file, slow
from tests.scripted_llm import ScriptedLLM

COUNT = 24
WHOLE_S = 400


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="Ray is not installed (extra `ray`)")
def test_two_nodes_one_of_them_lost_give_the_records_of_one_machine(tmp_path: Path) -> None:
    problems = problem_file(tmp_path, COUNT)
    try:
        with (
            ScriptedLLM(slow(printing, 0.05, 0.5)) as server,
            two_nodes() as nodes,
            reachable(server.base_url, nodes.head) as url,
        ):
            begin = ["run", problems, "--pipelines", "direct", "--run-id", "r", "--base-url", url, "--quiet"]
            begin += ["--concurrency", 4]
            here = bench(*begin, "--out", tmp_path / "here.sqlite", folder=tmp_path / "one")
            _, err = here.communicate(timeout=WHOLE_S)
            assert here.returncode == 0, err

            far = [*begin, "--out", tmp_path / "far.sqlite", "--engine", "ray", "--address", nodes.address]
            run = bench(*far, folder=tmp_path / "two")
            wait_for_records(tmp_path / "far.sqlite", COUNT // 4, run)
            nodes.kill(1)
            _, err = run.communicate(timeout=WHOLE_S)
            assert run.returncode == 0, err
    except DidNotStartError as fault:
        pytest.skip(f"Ray does not start here: {fault}")
    with RecordBook.open(tmp_path / "here.sqlite") as first, RecordBook.open(tmp_path / "far.sqlite") as second:
        one, other = by_key(first, "r"), by_key(second, "r")
        assert len(one) == COUNT and same_records(one, other)
        assert all(second.trace("r", key) for key in other)
        kinds = [event.kind for event in second.events("r")]
        assert kinds.count("node joined") == 2 and "node lost" in kinds


def wait_for_records(record: Path, count: int, run: "subprocess.Popen[str]") -> None:
    """Wait until a run has so many records and is still under way."""
    give_up = time.monotonic() + WHOLE_S
    while time.monotonic() < give_up:
        assert run.poll() is None, run.communicate()[1]
        if record.exists():
            with RecordBook.open(record) as book:
                if book.runs() and len(book.done("r")) >= count:
                    return
        time.sleep(0.05)
    raise AssertionError(f"fewer than {count} records after {WHOLE_S} s")


def test_what_a_cluster_cannot_do_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    problems, record = str(problem_file(tmp_path, 1)), str(tmp_path / "runs.sqlite")
    if importlib.util.find_spec("ray") is not None:
        pytest.skip("Ray is installed")
    with ScriptedLLM(printing) as server:
        arguments = ["bench", "run", problems, "--out", record, "--base-url", server.base_url, "--engine", "ray"]
        assert cli.main(arguments) == 2
    assert "pip install 'fivefold[ray]'" in capsys.readouterr().err
