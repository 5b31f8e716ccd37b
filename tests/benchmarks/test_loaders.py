"""Benchmarks fetched over real HTTP and read: checksums, broken connections, formats, votes, near-duplicates."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fivefold.errors import CallerError, OutsideError
from fivefold_benchmarks.case import Case, Label, as_number, read_answer, says_no_optimum
from fivefold_benchmarks.loaders import fetch, load
from fivefold_benchmarks.loaders.groups import grouped
from fivefold_benchmarks.loaders.labels import decimals, is_rounded, vote
from fivefold_benchmarks.registry import Benchmark, Source
from tests.benchmarks.file_server import FileServer

TEXTS = [
    f"A mill grinds {n} sacks a day and sells them for {n + 3} each. How many in {n + 7} days?" for n in (4, 20, 51)
]
MAIN = Source(label="First", path="o/r/abc123/data/first.json", family="First", subset="all3")
COPY = Source(label="Copy", path="o/r/abc123/copy.jsonl", rounded=True, reason="two decimals")
FIXED = Source(label="Fixed", path="p/q/def456/fixed.csv", family="Fixed", subset="fixed2", reason="corrected")
MILLS = Benchmark(name="mills", rows=3, sources=(MAIN, COPY, FIXED), licence="own")

FILES = {
    MAIN.path: json.dumps(
        [
            {"en_question": TEXTS[0], "en_answer": "12.5", "id": 1, "type": "LP"},
            {"en_question": TEXTS[1], "en_answer": 7, "id": 2, "type": "LP"},
            {"en_question": TEXTS[2], "en_answer": "No Best Solution", "id": 3, "type": "MILP"},
        ]
    ).encode(),
    COPY.path: "\n".join(json.dumps({"question": text, "answer": 1.23}) for text in TEXTS[:1]).encode(),
    FIXED.path: (
        "\ufeffproblem_class,question,answer\n"
        f'x,{TEXTS[0].upper()},12.5004\nx,{TEXTS[1]},"[9.0, 9.5]"\nx,Another text,3\n'
    ).encode(),
}


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def test_fetched_once_then_read_from_the_cache(cache: Path) -> None:
    with FileServer(dict(FILES)) as server:
        told: list[str] = []
        files = fetch(MILLS, cache, mirror=server.address, tell=told.append)
        assert [file.is_new and file.is_first for file in files] == [True] * 3
        assert [file.sha256 for file in files] == [hashlib.sha256(FILES[s.path]).hexdigest() for s in MILLS.sources]
        assert told == [server.address + source.path for source in MILLS.sources]
        again = fetch(MILLS, cache, mirror=server.address)
        assert not any(file.is_new or file.is_first for file in again) and len(server.asked) == 3
    assert not list(cache.rglob("*.partial"))
    first, second, third = load(MILLS, cache_dir=cache)
    assert (first.id, first.answer, first.answer_published, first.status) == ("mills-1", 12.5004, "12.5", "agreed")
    assert [label.version for label in first.labels] == ["First", "Copy", "Fixed"]
    assert first.labels[1].reason == "two decimals" and first.subsets == ("all3", "fixed2")
    assert (second.answer, second.status, second.answer_published) == (9.0, "disputed", 7)
    assert second.labels[1].values == (9.0, 9.5)
    assert (third.answer, third.expected, third.status) == (None, "no_optimum", "no_solution")
    assert third.kind == "MILP" and not third.is_clean and first.is_clean


def test_labels_of_others_may_be_left_out_but_not_get_lost(cache: Path) -> None:
    with FileServer({MAIN.path: FILES[MAIN.path]}) as server:
        with pytest.raises(OutsideError, match=r"copy.jsonl is not there any more.*--first-only"):
            fetch(MILLS, cache, mirror=server.address)
        assert len(fetch(MILLS, cache, mirror=server.address, first_only=True)) == 1
        assert [len(case.labels) for case in load(MILLS, cache_dir=cache)] == [1, 1, 1]
        server.files.update(FILES)
        fetch(MILLS, cache, mirror=server.address)[1].path.unlink()
    with pytest.raises(CallerError, match=r"copy.jsonl is missing"):
        load(MILLS, cache_dir=cache)


def test_a_published_checksum_comes_before_everything(cache: Path) -> None:
    right = hashlib.sha256(FILES[MAIN.path]).hexdigest()
    pinned = replace(MILLS, sources=(replace(MAIN, sha256=right),))
    with FileServer(dict(FILES)) as server:
        [file] = fetch(pinned, cache, mirror=server.address)
        assert file.is_new and not file.is_first
        other = replace(MILLS, name="other", sources=(replace(MAIN, sha256="0" * 64),))
        with pytest.raises(OutsideError, match=r"first.json` changed at http.*but 0{64} as published"):
            fetch(other, cache, mirror=server.address)
    assert not list((cache / "benchmarks" / "other").rglob("*.json*"))


def test_another_content_later_is_refused(cache: Path) -> None:
    one = replace(MILLS, sources=(MAIN,))
    with FileServer(dict(FILES)) as server:
        [file] = fetch(one, cache, mirror=server.address)
        file.path.unlink()
        server.files[MAIN.path] += b"\n"
        with pytest.raises(OutsideError, match=r"changed at .*when it first came.*delete `.*mills` and fetch again"):
            fetch(one, cache, mirror=server.address)
        server.files[MAIN.path] = FILES[MAIN.path]
        assert fetch(one, cache, mirror=server.address)[0].is_first is False
        file.path.write_bytes(b"[]")
        with pytest.raises(OutsideError, match="changed on the disk"):
            fetch(one, cache, mirror=server.address)
        with pytest.raises(OutsideError, match="changed on the disk"):
            load(one, cache_dir=cache)
    (cache / "benchmarks" / "mills" / "hashes.json").write_text("{", "utf-8")
    with pytest.raises(OutsideError, match=r"record of checksums .* is damaged; delete"):
        load(one, cache_dir=cache)


@pytest.mark.parametrize("ranges", [True, False])
def test_a_broken_download_goes_on(cache: Path, ranges: bool) -> None:
    one = replace(MILLS, sources=(MAIN,))
    with FileServer(dict(FILES), breaks={MAIN.path: [40, 60 if ranges else 120]}, ranges=ranges) as server:
        fetch(one, cache, mirror=server.address)
    wanted = [wanted for _, wanted in server.asked]
    assert wanted == [None, "bytes=40-", "bytes=60-" if ranges else "bytes=120-"]
    assert len(load(one, cache_dir=cache)) == 3


def test_what_is_left_of_another_file_is_thrown_away(cache: Path) -> None:
    one = replace(MILLS, sources=(MAIN,))
    partial = cache / "benchmarks" / "mills" / (MAIN.path + ".partial")
    partial.parent.mkdir(parents=True)
    partial.write_bytes(b"x" * 10_000)
    with FileServer(dict(FILES)) as server:
        fetch(one, cache, mirror=server.address)
    assert len(load(one, cache_dir=cache)) == 3


def test_what_goes_wrong_is_said_with_its_mend(cache: Path, tmp_path: Path) -> None:
    one = replace(MILLS, sources=(MAIN,))
    with FileServer(dict(FILES)) as server:
        address = server.address
        for code, message in ((403, "wants a login"), (404, "not there any more.*--mirror"), (500, "try again later")):
            server.codes[MAIN.path] = code
            with pytest.raises(OutsideError, match=message):
                fetch(one, cache, mirror=address)
        del server.codes[MAIN.path]
        server.breaks[MAIN.path] = [40, 0, 0, 0]
        with pytest.raises(OutsideError, match=r"cannot reach .*what came so far is kept"):
            fetch(one, cache, mirror=address)
        assert (cache / "benchmarks" / "mills" / (MAIN.path + ".partial")).stat().st_size == 40
    with pytest.raises(OutsideError, match=r"cannot reach http://127.0.0.1:\d+/o/r/abc123.*with `--data`"):
        fetch(one, cache, mirror=address)
    with pytest.raises(CallerError, match=r"nlp4lp wants a login: accept its terms at https://.*--data"):
        fetch("nlp4lp", cache)
    with pytest.raises(CallerError, match="give its rows with `--data`"):
        load("nlp4lp", cache_dir=cache)
    with pytest.raises(CallerError, match="run `fivefold bench fetch logior`"):
        load("logior", cache_dir=cache)
    with pytest.raises(CallerError, match="`data` or `cache_dir`"):
        load("logior")
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(OutsideError, match="cannot be written"):
        fetch(one, tmp_path / "file", mirror=address)


def test_a_file_that_has_moved_is_followed_and_gone_on_with(cache: Path) -> None:
    one = replace(MILLS, sources=(MAIN,))
    with FileServer({"new/place": FILES[MAIN.path]}, breaks={"new/place": [40]}) as server, FileServer() as old:
        old.moved[MAIN.path] = f"{server.address}new/place"
        [file] = fetch(one, cache, mirror=old.address)
        assert file.sha256 == hashlib.sha256(FILES[MAIN.path]).hexdigest()
        assert server.asked == [("new/place", None), ("new/place", "bytes=40-")]
        old.moved[COPY.path] = f"{old.address}{COPY.path}"
        with pytest.raises(OutsideError, match=r"answered 302"):
            fetch(replace(MILLS, sources=(COPY,)), cache, mirror=old.address)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"\n<!DOCTYPE html><title>Log in</title>", "a web page, maybe to log in at"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00", "Git's note of a large file"),
    ],
)
def test_what_stands_for_a_file_is_not_taken_for_it(cache: Path, body: bytes, said: str) -> None:
    one = replace(MILLS, sources=(MAIN,))
    with FileServer({MAIN.path: body}) as server:
        with pytest.raises(OutsideError, match=f"{said}.*--data"):
            fetch(one, cache, mirror=server.address)
        server.files[MAIN.path] = FILES[MAIN.path]
        assert fetch(one, cache, mirror=server.address)[0].is_first
    assert len(load(one, cache_dir=cache)) == 3


def test_a_folder_for_each_problem(cache: Path) -> None:
    source = Source(
        label="Folders",
        path="o/r/abc123/prob_{n:03d}",
        family="F",
        numbers=(1, 2),
        files=("question.txt", "answer.json"),
    )
    entry = Benchmark(name="folders", rows=2, sources=(source,), licence="own")
    files = {
        "o/r/abc123/prob_001/question.txt": TEXTS[0].encode() + b"\n",
        "o/r/abc123/prob_001/answer.json": b'{"status": "optimal", "obj": 5.5}',
        "o/r/abc123/prob_002/question.txt": TEXTS[1].encode(),
        "o/r/abc123/prob_002/answer.json": b'{"status": "infeasible", "obj": null}',
    }
    with FileServer(files) as server:
        fetch(entry, cache, mirror=server.address)
    one, two = load(entry, cache_dir=cache)
    assert (one.id, one.question, one.answer) == ("folders-1", TEXTS[0], 5.5)
    assert (two.answer, two.expected) == (None, "infeasible")


QUANTITIES = {"Sacks": "3.0", "Profit": "12.0"}


@pytest.mark.parametrize(
    ("text", "answers"),
    [
        (json.dumps([{"question": "q", "results": QUANTITIES, "index": 4}]), [12.0]),
        (
            '{"Question": "q", "Answer": "1,250", "id": 1}\n\n{"Question": "r", "Answer": "-99999", "id": 2}',
            [1250.0, None],
        ),
        (json.dumps({"0": {"question": "q", "answer": 5}, "1": {"question": "r", "answer": None}}), [5.0, None]),
        ("id,en_question,en_answer\n1,q,2.5\n2,r,No Best Solution\n", [2.5, None]),
    ],
)
def test_whatever_the_format(cache: Path, text: str, answers: list[float | None]) -> None:
    one = replace(MILLS, sources=(MAIN,))
    with FileServer({MAIN.path: text.encode()}) as server:
        fetch(one, cache, mirror=server.address)
    found = load(one, cache_dir=cache)
    assert [case.answer for case in found] == answers
    if "results" in text:
        assert found[0].quantities == {"Sacks": 3.0, "Profit": 12.0} and found[0].id == "mills-4"


@pytest.mark.parametrize("text", ["", "[]", "[1]", "{", "404: not here", '[{"a": 1}]', '{"question": " "}', "\xff"])
def test_a_file_that_is_no_list_of_problems_is_named(cache: Path, text: str) -> None:
    one = replace(MILLS, sources=(MAIN,))
    with FileServer({MAIN.path: text.encode("latin-1")}) as server:
        fetch(one, cache, mirror=server.address)
    with pytest.raises(OutsideError, match=r"first.json"):
        load(one, cache_dir=cache)


# --- unified rows ----------------------------------------------------------------------------------------

ROW: dict[str, Any] = {
    "id": "m-1",
    "question": TEXTS[0],
    "answer": 12.5,
    "answer_published": 12,
    "answers": {"Sacks": 3, "Name": "text", "Profit": 12.5},
    "kind": "LP",
    "status": "agreed",
    "flags": ["checked"],
    "subsets": ["all3"],
    "group": "g1",
    "split": "dev",
    "source": "o/r@abc:data.json",
    "alt_answers": [
        {"value": 12.5, "version": "LLMOPT", "source": "a"},
        {"value": 12.5, "version": "SIRL-fixed", "source": "b", "question_revised": True},
        {"value": 3, "version": "Other", "source": "c", "benchmark": "else", "values": [3, 4], "note": "why"},
    ],
}


def rows(folder: Path, *found: dict[str, Any], name: str = "mills") -> Path:
    path = folder / f"{name}.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in found), "utf-8")
    return path


def test_unified_rows_are_taken_as_they_are(tmp_path: Path) -> None:
    path = rows(tmp_path, ROW, {"id": 2, "question": "q", "answer": None, "benchmark": "else", "type": "MILP"})
    first, second = load("mills", data=tmp_path)
    assert load("mills", data=path) == [first, second]
    assert (first.answer, first.answer_published, first.expected, first.status) == (12.5, 12.0, "optimal", "agreed")
    assert first.quantities == {"Sacks": 3.0, "Profit": 12.5} and first.answer_rounded
    assert (first.group, first.split, first.subsets, first.flags) == ("g1", "dev", ("all3",), ("checked",))
    assert [label.revised for label in first.labels] == [False, True, False]
    assert first.labels[2].values == (3.0, 4.0) and first.labels[2].benchmark == "else"
    assert (second.id, second.benchmark, second.kind, second.expected) == ("2", "else", "MILP", "unknown")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([], "no_optimum"),
        (["infeasible", "no solution"], "infeasible"),
        (["unbounded"], "unbounded"),
        (["infeasible", "unbounded"], "no_optimum"),
    ],
)
def test_how_a_problem_without_optimum_ends(tmp_path: Path, said: list[str], expected: str) -> None:
    labels = [{"value": None, "version": f"v{place}", "status": word} for place, word in enumerate(said)]
    rows(tmp_path, {"id": "a", "question": "q", "answer": None, "status": "no_solution", "alt_answers": labels})
    assert load("mills", data=tmp_path)[0].expected == expected


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "line 2 of .*no JSON"),
        ("[1]", "line 2 of .*JSON object"),
        ('{"id": 1, "answer": 2}', "has no `question`"),
        ('{"id": 1, "question": "q", "answer": 2, "status": "fine"}', "`status`: Input should be"),
        ('{"id": 1, "question": "q", "answer": 2, "expected": "soon"}', "`expected`: Input should be"),
        ('{"id": 1, "question": 7, "answer": 2}', "`question`: Input should be a valid string"),
        ('{"id": "m-1", "question": "q", "answer": 2}', "id `m-1` is there twice"),
    ],
)
def test_a_line_that_is_no_row_is_named(tmp_path: Path, line: str, message: str) -> None:
    path = rows(tmp_path, ROW)
    path.write_text(path.read_text("utf-8") + line + "\n", "utf-8")
    with pytest.raises(CallerError, match=message):
        load("mills", data=tmp_path)


def test_a_missing_file_is_told_with_those_that_are_there(tmp_path: Path) -> None:
    rows(tmp_path, ROW)
    with pytest.raises(CallerError, match=r"no `bwor.jsonl` in `.*`; there is mills$"):
        load("bwor", data=tmp_path)
    with pytest.raises(CallerError, match="no benchmark of that name; there are optibench"):
        load("magic", data=tmp_path)
    with pytest.raises(CallerError, match="cannot read the problems"):
        load("mills", data=tmp_path / "none.jsonl")


# --- answers, votes, groups ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "value", "expected"),
    [
        (3, 3.0, "optimal"),
        (" 172.5 ", 172.5, "optimal"),
        ("1,234,567.5", 1234567.5, "optimal"),
        ("1,5", None, "unknown"),
        ("No Best Solution", None, "no_optimum"),
        ("No Best Solution.", None, "no_optimum"),
        ("Infeasible", None, "infeasible"),
        ("unbounded", None, "unbounded"),
        (-99999, None, "no_optimum"),
        ("-9999.0", None, "no_optimum"),
        (None, None, "unknown"),
        ("", None, "unknown"),
        ("nan", None, "unknown"),
        (float("inf"), None, "unknown"),
        (10**400, None, "unknown"),
        (True, None, "unknown"),
        ([2, "x", 3], 2.0, "optimal"),
        ("[2.5, 3]", 2.5, "optimal"),
        ("[2.5", None, "unknown"),
        ([], None, "unknown"),
        ({}, None, "unknown"),
        ({"x": 1, "cost": "7.0"}, 7.0, "optimal"),
        ({"x": None, "cost": "Infeasible"}, None, "infeasible"),
    ],
)
def test_published_answers_are_read(raw: object, value: float | None, expected: str) -> None:
    read = read_answer(raw)
    assert (read.value, read.expected) == (value, expected)


def test_numbers_and_words() -> None:
    assert as_number("1e-05") == 1e-05 and as_number("12 tons") is None and as_number(b"3") is None
    assert says_no_optimum("no solution found") and not says_no_optimum("3") and not says_no_optimum(None)
    assert [decimals(value) for value in (None, 3.0, 2.5, 1e-5, 1.25e22, 0.1234)] == [0, 0, 1, 5, 0, 4]


def label(version: str, value: float | None, **more: Any) -> Label:
    return Label(version=version, value=value, **more)


FAMILIES = {"a": "A", "a2": "A", "b": "B", "c": "C"}


@pytest.mark.parametrize(
    ("labels", "answer", "status"),
    [
        ([label("a", 1.0)], 1.0, "single"),
        ([label("a", 1.0), label("copy", 2.0), label("copy2", 2.0)], 1.0, "single"),
        ([label("a", 1.0), label("b", 1.00001)], 1.00001, "agreed"),
        ([label("a", 1.0), label("b", 2.0), label("c", 1.0)], 1.0, "disputed"),
        ([label("a", 1.0), label("b", 2.0)], 2.0, "disputed"),
        ([label("a", 1.0), label("a2", 3.0), label("b", 3.0)], 3.0, "agreed"),
        ([label("a", 1.0), label("b", 5.0, revised=True)], 1.0, "single"),
        ([label("a", None, says="infeasible"), label("b", None, says="infeasible")], None, "no_solution"),
        ([label("a", 4.0), label("b", None, says="infeasible"), label("c", 4.0)], 4.0, "disputed"),
        ([label("copy", 4.0)], None, "single"),
    ],
)
def test_labellers_vote_and_copies_do_not(labels: list[Label], answer: float | None, status: str) -> None:
    assert vote(labels, FAMILIES)[::2] == (answer, status)


def test_answers_known_to_two_decimals() -> None:
    labels = [label("a", 1.25), label("fine", 1.2512)]
    assert is_rounded(1.25, labels, ["a"]) and not is_rounded(1.25, labels, ["fine"])
    assert not is_rounded(1.2512, labels, ["fine"]) and not is_rounded(None, labels, ["a"])
    assert not is_rounded(1.25, [], ["a"]) and not is_rounded(1.25, [*labels, label("b", 1.25)], ["a"])


def case(text: str, **more: Any) -> Case:
    return Case(id=text[:9], benchmark="mills", question=text, **more)


def test_near_duplicates_are_one_group() -> None:
    mill = "A mill grinds 40 sacks of wheat in 3 hours at 2.5 EUR each; 7 workers do it. How many sacks in 12 hours?"
    texts = [
        mill,
        mill.upper().replace(";", " -"),
        mill.replace("workers", "people").replace("wheat", "rye"),
        mill.replace("40", "41").replace("12", "13").replace("7", "9"),
        "Seven bakers need 40 ovens, 3 tables, 2.5 kilos, 7 bowls and 12 spoons.",
        "Short 1.",
    ]
    groups = [one.group for one in grouped([case(text) for text in texts])]
    assert groups[0] == groups[1] == groups[2] and len(set(groups[2:])) == 4
    alike = [case("One text", quantities={"a b": 1.0}), case("Two text", quantities={"A-B": 1.0})]
    assert len({one.group for one in grouped([*alike, case("Three", quantities={"A": 1.0})])}) == 2
    assert grouped([case(texts[0])])[0].group == grouped([case(texts[1]), case(texts[5])])[0].group
    assert grouped([]) == []
