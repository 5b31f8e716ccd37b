import asyncio
import json
import sqlite3
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from fivefold.errors import LLMError
from fivefold.llm import LLM, RetryPolicy
from fivefold.llm.reply_cache import ReplyCache, StoredReply
from fivefold.settings import Settings
from tests.scripted_llm import ScriptedLLM, first, in_turn

HELLO = [{"role": "user", "content": "a secret plan"}]
QUICK = RetryPolicy(attempts=2, base_s=0.005)

ASK_IN_ANOTHER_PROCESS = """
import asyncio, json, sys
from pathlib import Path
from fivefold.llm import LLM
from fivefold.settings import Settings

async def main(base_url, folder):
    async with LLM.connect(Settings(base_url=base_url, llm="x", cache_dir=Path(folder))) as llm:
        reply = await llm.ask([{"role": "user", "content": "a secret plan"}])
        print(json.dumps([reply.text, reply.cached, reply.usage.seconds, "openai" in sys.modules]))

asyncio.run(main(*sys.argv[1:]))
"""

WRITE_FROM_ANOTHER_PROCESS = """
import asyncio, sys
from pathlib import Path
from fivefold.llm.reply_cache import ReplyCache, StoredReply

async def main(path, name):
    cache = ReplyCache(Path(path))
    reply = StoredReply(text=name, finish_reason="stop", prompt_tokens=1, completion_tokens=1, seconds=1.0)
    print(set(await asyncio.gather(*(cache.put(f"{name} {n}", reply) for n in range(25)))))

asyncio.run(main(*sys.argv[1:]))
"""


def settings_for(server: ScriptedLLM, folder: Path) -> Settings:
    return replace(Settings(), base_url=server.base_url, llm="x", cache_dir=folder)


async def test_the_same_question_is_answered_from_the_disk(tmp_path: Path) -> None:
    with ScriptedLLM(in_turn("one two", "three")) as server:
        async with LLM.connect(settings_for(server, tmp_path)) as llm:
            fresh = await llm.ask(HELLO)
        async with LLM.connect(settings_for(server, tmp_path)) as llm:
            kept = await llm.ask(HELLO)
        async with LLM.connect(settings_for(server, tmp_path), cache=False) as llm:
            anew = await llm.ask(HELLO)
    assert kept.cached and not fresh.cached and not anew.cached
    assert replace(kept, usage=replace(kept.usage, cached=False)) == fresh
    assert anew.text == "three" and len(server.requests) == 2


async def test_every_part_of_the_question_counts(tmp_path: Path) -> None:
    with ScriptedLLM(lambda _: "{}") as server:
        settings = settings_for(server, tmp_path)
        async with LLM.connect(settings) as llm:
            base = await llm.ask(HELLO)
            others = [
                await llm.ask([{"role": "system", "content": "a secret plan"}]),
                await llm.ask(HELLO, max_tokens=5),
                await llm.ask(HELLO, temperature=0.5),
                await llm.ask(HELLO, seed=1),
                await llm.ask(HELLO, stop=["x"]),
                await llm.ask(HELLO, schema={"type": "object"}),
            ]
        async with LLM.connect(settings, llm="y") as llm:
            others.append(await llm.ask(HELLO))
        async with LLM.connect(settings, top_rung="text") as llm:
            others.append(await llm.ask(HELLO, schema={"type": "object"}))
    assert len({base.request_hash, *(reply.request_hash for reply in others)}) == 9 == len(server.requests)
    assert not any(reply.cached for reply in others)


async def test_another_process_reads_the_reply_without_a_request_or_the_sdk(tmp_path: Path) -> None:
    with ScriptedLLM(lambda _: "kept") as server:
        async with LLM.connect(settings_for(server, tmp_path)) as llm:
            reply = await llm.ask(HELLO)
        command = [sys.executable, "-c", ASK_IN_ANOTHER_PROCESS, server.base_url, str(tmp_path)]
        done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, timeout=60, check=True)
    assert json.loads(done.stdout) == ["kept", True, reply.usage.seconds, False] and len(server.requests) == 1


async def test_many_tasks_write_at_once(tmp_path: Path) -> None:
    caches = [ReplyCache(tmp_path / "replies.sqlite") for _ in range(2)]

    def reply(number: int) -> StoredReply:
        return StoredReply(
            text=f"reply {number}",
            finish_reason="stop",
            prompt_tokens=1,
            completion_tokens=2,
            seconds=0.5,
            notes=("n",),
        )

    notes = await asyncio.gather(*(caches[n % 2].put(str(n % 20), reply(n % 20)) for n in range(40)))
    found = await asyncio.gather(*(caches[0].get(str(n)) for n in range(20)))
    assert set(notes) == {None} and found == [(reply(n), None) for n in range(20)]


def test_several_processes_write_at_once(tmp_path: Path) -> None:
    path = tmp_path / "replies.sqlite"
    command = [sys.executable, "-c", WRITE_FROM_ANOTHER_PROCESS, str(path)]
    writers = [subprocess.Popen([*command, name], stdout=subprocess.PIPE, text=True) for name in ("a", "b", "c")]
    assert [writer.communicate(timeout=60)[0] for writer in writers] == ["{None}\n"] * 3
    with sqlite3.connect(path) as db:
        counts = db.execute("SELECT text, count(*) FROM reply GROUP BY text ORDER BY text").fetchall()
    db.close()
    assert counts == [("a", 25), ("b", 25), ("c", 25)]


async def test_failures_and_questions_are_not_stored(tmp_path: Path) -> None:
    with ScriptedLLM(first(2, 500, lambda _: "ok")) as server:
        async with LLM.connect(settings_for(server, tmp_path), retry=QUICK) as llm:
            with pytest.raises(LLMError):
                await llm.ask(HELLO)
            assert (await llm.ask(HELLO)).text == "ok"
    path = tmp_path / "llm" / "replies.sqlite"
    with sqlite3.connect(path) as db:
        assert db.execute("SELECT count(*) FROM reply").fetchone() == (1,)
    db.close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert b"secret plan" not in path.read_bytes()


@pytest.mark.parametrize("damage", ["text", "middle", "notes"])
async def test_a_broken_cache_is_moved_aside_and_told(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "llm" / "replies.sqlite"
    with ScriptedLLM(lambda _: "ok") as server:
        settings = settings_for(server, tmp_path)
        async with LLM.connect(settings) as llm:
            await llm.ask(HELLO)
        if damage == "notes":
            with sqlite3.connect(path) as db:
                db.execute("UPDATE reply SET notes = 'not json'")
            db.close()
        else:
            raw = bytearray(path.read_bytes())
            start = 0 if damage == "text" else 4096
            raw[start : start + 2000] = b"\xff" * 2000
            path.write_bytes(raw)
        async with LLM.connect(settings) as llm:
            reply = await llm.ask(HELLO)
            again = await llm.ask(HELLO)
    assert reply.text == "ok" and not reply.cached and "was broken" in reply.notes[0]
    assert again.cached and again.notes == ()
    assert [kept for kept in path.parent.iterdir() if ".broken-" in kept.name]


async def test_a_cache_that_cannot_be_written_does_not_stop_a_run(tmp_path: Path) -> None:
    (tmp_path / "llm").write_text("a file where the folder should be")
    with ScriptedLLM(lambda _: "ok") as server:
        async with LLM.connect(settings_for(server, tmp_path)) as llm:
            reply = await llm.ask(HELLO)
    assert reply.text == "ok" and "reply cache not used" in reply.notes[0]
