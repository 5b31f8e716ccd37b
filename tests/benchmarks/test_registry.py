"""The registry: every address is pinned, every overlap is between known sets, what is shown of it."""

import json
import re
from pathlib import Path

import pytest

from fivefold.errors import CallerError
from fivefold_benchmarks.listing import listing
from fivefold_benchmarks.registry import BENCHMARKS, GITHUB, OVERLAPS, Benchmark, benchmark, overlaps


@pytest.mark.parametrize("entry", BENCHMARKS.values(), ids=lambda entry: entry.name)
def test_every_entry_says_where_it_is_from(entry: Benchmark) -> None:
    assert entry.rows > 0 and entry.licence
    assert bool(entry.sources) != bool(entry.needs_login)
    labels = [source.label for source in entry.sources]
    assert len(set(labels)) == len(labels)
    for source in entry.sources:
        for path in source.paths:
            assert re.fullmatch(r"[\w.-]+/[\w.-]+/[0-9a-f]{12,40}/[\w./-]+\.(json|jsonl|csv|txt)", path), path
        assert source.sha256 is None or re.fullmatch(r"[0-9a-f]{64}", source.sha256)
        assert source.reason or source is entry.sources[0]
    if entry.sources:
        assert entry.sources[0].family, "the version that gives the texts has a vote"


def test_all_sets_of_the_field_are_there() -> None:
    names = "optibench optmath_bench nl4opt nlp4lp mamo_easy mamo_complex industryor industryor_v1 complexor bwor"
    assert set(BENCHMARKS) == {*names.split(), "logior", "task3"}
    assert {"v166", "v193"} <= {source.subset for source in benchmark("optmath_bench").sources}
    assert len(benchmark("logior").sources[0].paths) == 2 * 92


def test_overlaps_are_between_known_sets() -> None:
    assert all({overlap.one, overlap.other} <= set(BENCHMARKS) for overlap in OVERLAPS)
    assert all(0 < overlap.shared <= BENCHMARKS[overlap.other].rows for overlap in OVERLAPS)
    assert [(o.one, o.other, o.shared) for o in overlaps({"optibench", "task3", "logior"})] == [
        ("optibench", "task3", 408)
    ]
    assert overlaps({"logior", "bwor"}) == []


def test_an_unknown_name_is_told_with_the_known_ones() -> None:
    with pytest.raises(CallerError, match=r"no benchmark `magic`; there are optibench, .*task3"):
        benchmark("magic")


def test_the_list_and_its_pages(tmp_path: Path) -> None:
    lines = listing(None, tmp_path).splitlines()
    assert len(lines) == 1 + len(BENCHMARKS)
    assert re.search(r"nlp4lp +269 +0 +login", lines[4])
    page = listing("task3", tmp_path)
    assert "shares 408 with optibench (equal text)" in page and GITHUB in page and "rights reserved" in page
    assert "give its rows with `--data`" in listing("nlp4lp", tmp_path)
    found = json.loads(listing(None, tmp_path, as_json=True))
    assert [entry["name"] for entry in found] == list(BENCHMARKS) and not any(entry["fetched"] for entry in found)
    assert json.loads(listing("bwor", tmp_path, as_json=True))["versions"][0]["label"] == "OR-LLM-Agent"
    source = benchmark("bwor").sources[0]
    file = tmp_path / "benchmarks" / "bwor" / source.path
    file.parent.mkdir(parents=True)
    file.write_bytes(b"")
    assert json.loads(listing("bwor", tmp_path, as_json=True))["fetched"] is True
