"""The record of a run: nesting, values, secrets, the file and who read what from whom."""

import asyncio
import json
from contextvars import copy_context
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from fivefold.errors import CallerError, LLMError, OutsideError
from fivefold.trace import Trace, record, span
from fivefold.trace.values import VALUE_BYTES, Redactor, as_text, sha256_of


class Note(BaseModel):
    words: str
    numbers: dict[tuple[str, int], float] = {}


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_spans_nest_and_count_their_visits():
    with record(problem="p", seed=7) as trace:
        for _ in range(2):
            with span("repair", kind="router"), span("ask", kind="llm"):
                pass
    told = [(s.id, s.parent_id, s.node, s.visit, s.kind) for s in trace.spans]
    assert told == [
        (2, 1, "ask", 1, "llm"),
        (1, None, "repair", 1, "router"),
        (4, 3, "ask", 2, "llm"),
        (3, None, "repair", 2, "router"),
    ]
    assert all(s.t0 <= s.t1 for s in trace.spans)
    assert trace.header.seed == 7 and trace.header.versions.keys() == {"fivefold", "python"}


async def test_tasks_nest_in_the_span_that_started_them():
    async def child(n: int) -> None:
        with span("child", kind="tool") as s:
            await asyncio.sleep(0.001 * (5 - n))
            s.writes(n=n)
            with span("grandchild", kind="code"):
                await asyncio.sleep(0)

    async def one_run(text: str) -> Trace:
        with record(problem=text) as trace, span("parent", kind="router"):
            await asyncio.gather(*(child(n) for n in range(5)))
        return trace

    traces = await asyncio.gather(*(one_run(f"p{i}") for i in range(3)))
    for trace in traces:
        by_id = {s.id: s for s in trace.spans}
        assert len(by_id) == 11
        for s in trace.spans:
            wanted = {"grandchild": "child", "child": "parent"}.get(s.node)
            assert (by_id[s.parent_id].node if s.parent_id else None) == wanted
        assert sorted(s.visit for s in trace.spans if s.node == "child") == [1, 2, 3, 4, 5]


def test_without_a_record_a_span_is_forgotten():
    with span("alone", kind="tool") as s:
        s.reads(a=1)
        s.asked("question", "answer", {"name": "some"})
    assert s.keep("x") == ""


def test_threads_may_record_too():
    with record(problem="p") as trace:

        def work() -> None:
            with span("thread", kind="code") as s:
                s.writes(a=1)

        context = copy_context()
        asyncio.run(asyncio.wait_for(_in_thread(context.run, work), 5))
    assert [s.node for s in trace.spans] == ["thread"]


async def _in_thread(function: Any, *arguments: Any) -> None:
    await asyncio.to_thread(function, *arguments)


def test_equal_values_are_kept_once_and_data_as_json():
    with record(problem="p") as trace:
        with span("a", kind="code") as s:
            s.writes(x={"b": 1, "a": [1.5, None]}, note=Note(words="é", numbers={("a", 1): 2.0}))
        with span("b", kind="code") as s:
            s.reads(x={"a": (1.5, None), "b": 1}, text="plain")
    first, second = trace.spans
    assert first.state_writes["x"] == second.state_reads["x"]
    assert trace.value(first.state_writes["x"]) == '{"a": [1.5, null], "b": 1}'
    assert json.loads(trace.value(first.state_writes["note"])) == {"words": "é", "numbers": {"a,1": 2.0}}
    assert trace.value(second.state_reads["text"]) == "plain" and len(trace.blobs) == 3


def test_what_cannot_be_told_in_json_does_not_end_the_run():
    circle: list[Any] = []
    circle.append(circle)
    with record(problem="\ud800") as trace, span("a", kind="code") as s:
        s.writes(circle=circle, odd=object(), surrogate="\ud800", deep={"\ud800": 1}, nan=float("nan"))
    written = {key: trace.value(sha) for key, sha in trace.spans[0].state_writes.items()}
    assert written["circle"] == '"<list>"' and written["odd"] == '"<object>"'
    assert written["surrogate"] == "\\ud800" and written["nan"] == "NaN"


@given(st.integers(0, 3 * VALUE_BYTES), st.sampled_from(["a", "é", "€", "😀"]))
def test_long_values_keep_head_tail_and_hash(length: int, letter: str):
    text = "head" + letter * (length // len(letter.encode())) + "tail"
    with record(problem="p") as trace, span("a", kind="code") as s:
        sha256 = s.keep(text)
    blob = trace.blobs[sha256]
    assert sha256 == sha256_of(text) and blob.size == len(text.encode())
    assert blob.text.startswith("head") and blob.text.endswith("tail")
    assert (blob.text == text) == (blob.size <= VALUE_BYTES)
    assert len(blob.text.encode()) <= VALUE_BYTES + 200


KEY = 'p"ass\\wörd'


def test_no_secret_reaches_trace_or_file(tmp_path: Path):
    path = tmp_path / "run.jsonl"
    others = ["sk-proj-abcdefgh12345678ABC", "hf_aBcDeFgHiJkLmNoP1234", "eyJhbGciOi.J9.x-y_z", "user:hunter22"]
    text = f"{KEY} {others[0]} {others[1]} Authorization: Bearer {others[2]} http://{others[3]}@host/"
    with (
        record(problem="p", path=path, secrets=[KEY, ""]) as trace,
        pytest.raises(LLMError),
        span("a", kind="llm") as s,
    ):
        s.reads(plain=text, inside={"deep": [text]})
        s.asked([{"role": "user", "content": text}], text, {"name": "some", "finish_reason": text})
        s.judged({"check": "c", "passed": False, "message": text})
        s.solved({"name": text})
        raise LLMError(text)
    kept = path.read_text("utf-8") + repr(trace)
    for secret in (*others, KEY, json.dumps(KEY)[1:-1], "ass\\\\wörd", "sswörd"):
        assert secret not in kept
    assert "http://[secret]@host/" in kept and "Bearer [secret]" in kept


@pytest.mark.parametrize(
    "text",
    ["a risk-averse-portfolio-with-2-assets", "task-1234567890-1234567890", "sk-short", "see http://host:80/a@b"],
)
def test_harmless_texts_stay(text: str):
    assert Redactor([]).text(text) == text


def test_the_graph_leads_from_the_last_writer_of_the_value_read():
    with record(problem="p") as trace:
        with span("read", kind="code") as s:
            s.reads(problem="words")
            s.writes(a=1)
        with span("first", kind="llm") as s:
            s.reads(a=1)
            s.writes(b="old")
        with span("second", kind="llm") as s:
            s.writes(b="new")
        with span("third", kind="llm") as s:
            s.writes(b="old")
        with span("last", kind="code") as s:
            s.reads(b="old", a=1)
    graph = trace.graph()
    assert [n["node"] for n in graph["nodes"]] == ["read", "first", "second", "third", "last"]
    assert [(e["source"], e["target"], e["key"]) for e in graph["edges"]] == [
        (1, 2, "a"),
        (4, 5, "b"),
        (1, 5, "a"),
    ]
    assert [(i["target"], i["key"]) for i in graph["inputs"]] == [(1, "problem")]
    assert json.loads(json.dumps(graph)) == graph


def test_a_trace_comes_back_as_it_was_from_both_files(tmp_path: Path):
    path = tmp_path / "run.jsonl"
    with record(problem="p", path=path, seed=1, versions={"highs": "1.14"}) as trace:
        with span("a", kind="llm") as s:
            s.prompt("formulate", 3, "ab" * 32)
            s.reads(problem="p")
            s.asked(["m"], "reply", {"name": "some", "input_tokens": 3, "cached": False})
        with span("b", kind="solver") as s:
            s.solved({"name": "highs", "exit": "ok", "objective": 1.5, "gap": None})
            s.judged({"check": "bounds", "passed": True})
    assert Trace.read(path) == trace
    whole = tmp_path / "whole.jsonl"
    trace.write(whole)
    assert Trace.read(whole) == trace
    assert [p.name for p in sorted(tmp_path.iterdir())] == ["run.jsonl", "whole.jsonl"]
    assert lines_of(path)[0]["type"] == "run" and lines_of(path)[0]["schema"] == 1
    assert trace.value((trace.spans[0].llm or {}).get("reply", "")) == "reply"


def test_each_span_is_in_the_file_as_soon_as_it_ends(tmp_path: Path):
    path = tmp_path / "run.jsonl"
    with record(problem="p", path=path):
        for n in range(3):
            with span("a", kind="code") as s:
                s.writes(n=n)
            assert len(Trace.read(path).spans) == n + 1


def test_a_file_cut_anywhere_gives_what_was_whole_and_the_run_goes_on(tmp_path: Path):
    path, cut = tmp_path / "run.jsonl", tmp_path / "cut.jsonl"
    with record(problem="p", run_id="r", path=path):
        for n in range(3):
            with span("a", kind="code") as s:
                s.writes(n=f"é{n}")
    data = path.read_bytes()
    first_line = data.index(b"\n") + 1
    for size in range(0, len(data), 7):
        cut.write_bytes(data[:size])
        if size < first_line:
            with pytest.raises(CallerError, match="no header"):
                Trace.read(cut)
            done = 0
        else:
            done = len(Trace.read(cut).spans)
        with record(problem="p", run_id="r", path=cut) as trace, span("a", kind="code"):
            pass
        assert trace.spans[-1].id == trace.spans[-1].visit == done + 1
        assert Trace.read(cut) == trace


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no header"),
        ("no json\n", "line 1"),
        ("[1]\n", "line 1"),
        ('{"type": "span"}\n', "not the header"),
        ('{"type": "run", "schema": 99}\n', "format 99"),
        ('{"type": "run", "schema": 1, "more": 1}\n', "line 1"),
    ],
)
def test_what_is_no_trace_is_refused(tmp_path: Path, text: str, message: str):
    path = tmp_path / "run.jsonl"
    path.write_text(text)
    with pytest.raises(CallerError, match=message):
        Trace.read(path)


def test_a_broken_line_in_the_middle_is_refused(tmp_path: Path):
    path = tmp_path / "run.jsonl"
    with record(problem="p", path=path), span("a", kind="code"):
        pass
    header = path.read_bytes().splitlines(keepends=True)[0]
    for line in (b"\xff\n", b"{}\n", b'{"type": "odd"}\n', b'{"type": "span", "id": 1}\n'):
        path.write_bytes(header + line)
        with pytest.raises(CallerError, match="line 2"):
            Trace.read(path)


def test_another_file_is_not_overwritten(tmp_path: Path):
    path = tmp_path / "run.jsonl"
    with record(problem="p", run_id="r", path=path):
        pass
    for problem, run_id in (("p", "other"), ("other", "r"), ("p", None)):
        with pytest.raises(CallerError, match="another run"), record(problem=problem, run_id=run_id, path=path):
            pass
    path.write_text("my diary")
    with pytest.raises(CallerError, match="not overwritten"), record(problem="p", path=path):
        pass
    assert path.read_text() == "my diary"
    with pytest.raises(OutsideError), record(problem="p", path=tmp_path / "missing" / "x"):
        pass
    with pytest.raises(CallerError, match="ordinary"), record(problem="p", path=tmp_path):
        pass
    with pytest.raises(CallerError):
        Trace.read(tmp_path / "nothing")


@pytest.mark.parametrize(
    ("error", "family"),
    [
        (LLMError("down"), "infra"),
        (OSError("disk"), "infra"),
        (TimeoutError("late"), "timeout"),
        (asyncio.CancelledError(), "interrupted"),
        (KeyboardInterrupt(), "interrupted"),
        (ZeroDivisionError("no"), "bug"),
    ],
)
def test_what_is_raised_is_noted_and_raised_on(error: BaseException, family: str):
    with record(problem="p") as trace, pytest.raises(type(error)), span("a", kind="code"):
        raise error
    facts = trace.spans[0].error or {}
    assert facts == {"family": family, "type": type(error).__name__, "message": str(error)}


def test_a_pause_of_the_graph_is_no_failure():
    from langgraph.errors import GraphInterrupt

    with record(problem="p") as trace, pytest.raises(GraphInterrupt), span("clarify", kind="router"):
        raise GraphInterrupt(())
    assert (trace.spans[0].error or {}).get("family") == "interrupted"


def test_a_file_that_fails_later_costs_the_file_and_not_the_run(caplog: pytest.LogCaptureFixture, tmp_path: Path):
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    path = tmp_path / "run.jsonl"
    try:
        with record(problem="p", run_id="r", path=path) as trace:
            with span("a", kind="code"):
                pass
            resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, hard))
            with span("b", kind="code") as s:
                for n in range(20):
                    s.writes(**{f"k{n}": str(n) * VALUE_BYTES})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "given up" in caplog.text and path.stat().st_size <= 1 << 20
    assert [s.node for s in trace.spans] == ["a", "b"] and len(trace.blobs) == 20
    assert [s.node for s in Trace.read(path).spans] == ["a"]


@given(st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5), max_size=5))
def test_the_text_of_a_value_does_not_depend_on_order(value: dict[str, Any]):
    assert as_text(value) == as_text(dict(reversed(value.items())))
