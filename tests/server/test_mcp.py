"""Tools for agents, called by the protocol's own client: new and old protocol, over HTTP and over standard streams."""

import asyncio
import os
import sys
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal

import httpx
import pytest

mcp = pytest.importorskip("mcp", reason="the extra `mcp` is not installed")

from mcp import Client, StdioServerParameters  # noqa: E402
from mcp.client.session import ClientRequestContext  # noqa: E402
from mcp.client.streamable_http import streamable_http_client  # noqa: E402
from mcp.shared._httpx_utils import create_mcp_http_client  # noqa: E402
from mcp_types import ElicitRequestFormParams, ElicitRequestParams, ElicitResult, TextContent  # noqa: E402

from fivefold_server.config import Config  # noqa: E402
from fivefold_server.security.callers import first_token  # noqa: E402
from fivefold_server.store.database import Database  # noqa: E402
from tests.agent.solving import TOYS, TOYS_OPTIMUM, settings_for, toys  # noqa: E402
from tests.agent.test_data_problems import FREIGHT, OPTIMUM, ORDERS, QUARRIES, TEXT, written  # noqa: E402
from tests.agent.test_data_problems import replying as in_turn  # noqa: E402
from tests.scripted_llm import Fault, Json, ScriptedLLM  # noqa: E402
from tests.server.serving import ENDED, POTTERY, POTTERY_OPTIMUM, Running, serving, waited  # noqa: E402

OLD, NEW = "legacy", "auto"
HOLED = TOYS.replace("There are 120 hours and 140 boards. ", "")
"""Without the amounts there is something to ask."""
ANSWER = "There are 120 hours and 140 boards."


@pytest.fixture(scope="module")
def llm() -> Iterator[ScriptedLLM]:
    with ScriptedLLM(toys()) as found:
        yield found


@pytest.fixture(scope="module")
def server(llm: ScriptedLLM, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with serving(Config(settings=settings_for(llm.base_url, tmp_path_factory.mktemp("server")))) as running:
        yield running


class Person:
    """Answers what a client is asked."""

    def __init__(self, action: Literal["accept", "decline"], answer: str = "") -> None:
        self.asked: list[str] = []
        self._reply = ElicitResult(action=action, content={"answer": answer} if answer else None)

    async def __call__(self, context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
        assert isinstance(params, ElicitRequestFormParams)
        self.asked.append(params.message)
        return self._reply


async def called(client: Client, tool: str, /, **asked: Any) -> Json:
    """Call a tool, which must do it; return the facts with the words under `words`."""
    answer = await client.call_tool(tool, asked)
    (content,) = answer.content
    assert isinstance(content, TextContent) and not answer.is_error, answer
    return {**answer.structured_content, "words": content.text}


async def refused(client: Client, tool: str, /, **asked: Any) -> str:
    """Call a tool, which must refuse; return its words."""
    answer = await client.call_tool(tool, asked)
    (content,) = answer.content
    assert isinstance(content, TextContent) and answer.is_error and answer.structured_content is None
    return content.text


@pytest.mark.parametrize("mode", [NEW, OLD])
async def test_problem_in_words_is_solved_and_told_step_by_step(server: Running, llm: ScriptedLLM, mode: str) -> None:
    llm.rule = toys()
    heard: list[tuple[float, str | None]] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        heard.append((progress, message))

    async with Client(f"{server.url}/mcp", mode=mode) as client:
        answer = await client.call_tool("solve_problem", {"text": TOYS}, progress_callback=hear)
    facts: Json = answer.structured_content
    assert facts["objective"] == TOYS_OPTIMUM and facts["status"] == "succeeded" and facts["grade"] == "consistent"
    values = {table["name"]: table["rows"][0]["value"] for table in facts["variables"]}
    assert values == {"trains": 30, "boats": 20}
    assert "The greatest earnings are 310." in str(answer.content)
    assert [number for number, _ in heard] == sorted(number for number, _ in heard)
    assert "run: optimal, objective 310" in [message for _, message in heard]
    # The same problem is there for the pages.
    assert server.get(f"/problems/{facts['problem']}")["version"] == facts["version"] == 1


async def test_every_tool_says_what_it_takes_and_gives(server: Running) -> None:
    async with Client(f"{server.url}/mcp") as client:
        assert client.instructions and "solve_problem" in client.instructions
        tools = (await client.list_tools()).tools
    assert len(tools) == len({tool.name for tool in tools}) >= 15
    for tool in tools:
        assert tool.description and tool.output_schema and tool.output_schema["type"] == "object", tool.name
        for part in tool.input_schema["properties"].values():
            assert part.get("description"), (tool.name, part)


async def test_formulation_is_checked_solved_asked_about_and_taken_away(server: Running) -> None:
    async with Client(f"{server.url}/mcp") as client:
        checked = await called(client, "check_formulation", formulation=POTTERY)
        assert checked["ok"] and checked["class"] == "LP" and "can be built" in checked["words"]
        solved = await called(client, "solve_formulation", formulation=POTTERY)
        assert solved["objective"] == POTTERY_OPTIMUM and solved["holds"] is True
        kept = {"problem": solved["problem"]}
        shown = await called(client, "get_formulation", **kept)
        assert shown["version"] == 1 and "kiln" in shown["markdown"]
        again = await called(client, "solve_formulation", formulation=shown["markdown"], **kept)
        assert again["objective"] == POTTERY_OPTIMUM and again["version"] == 2
        change = {"changes": [{"kind": "drop", "text": "clay"}]}
        assert "480 to 550" in (await called(client, "what_if", **kept, **change))["words"]
        assert (await called(client, "why_not", **kept, decisions=["bowls >= 12"]))["better"] is not None
        assert "kiln" in (await called(client, "prices", **kept))["words"]
        assert (await called(client, "ranges", **kept, names=["kiln"]))["ranges"]
        assert (await called(client, "pareto", **kept, sense="minimize", expression="bowls", points=3))["points"]
        assert (await called(client, "alternatives", **kept, kind="freedom"))["ok"]
        program = await called(client, "export", form="py", run=solved["run"])
        assert "pyomo" in program["text"] and program["name"].endswith(".py")
        assert "bowls" in (await called(client, "export", form="lp", **kept))["text"]
        assert (await called(client, "get_run", run=solved["run"]))["answer"] == solved["answer"]
        listed = await called(client, "list_problems", search="Pottery")
        assert solved["problem"] in [one["id"] for one in listed["problems"]]


async def test_conflict_is_named(server: Running) -> None:
    tight = {**POTTERY, "constraints": [*POTTERY["constraints"], {"name": "order", "expression": "bowls >= 60"}]}
    async with Client(f"{server.url}/mcp") as client:
        solved = await called(client, "solve_formulation", formulation=tight)
        assert solved["status"] == "infeasible" and solved["objective"] is None
        why = await called(client, "diagnose", problem=solved["problem"], hard=["order"])
        assert not why["ok"] and "order" in why["words"] and why["relaxations"]


async def test_tables_come_as_text(server: Running, llm: ScriptedLLM) -> None:
    llm.rule = in_turn(written())
    tables = {"quarries": QUARRIES, "orders": ORDERS, "freight": FREIGHT}
    data = [{"name": f"{name}.csv", "content": text} for name, text in tables.items()]
    async with Client(f"{server.url}/mcp") as client:
        solved = await called(client, "solve_problem", text=TEXT, data=data)
        assert solved["objective"] == OPTIMUM
        assert len(server.get(f"/problems/{solved['problem']}/files")) == 3
        folder = [{"name": "../a.csv", "content": "a,b\n1,2\n"}]
        assert "no name of a file" in await refused(client, "solve_problem", text=TEXT, data=folder)
        ragged = [{"name": "a.json", "content": "{"}]
        assert "a.json" in await refused(client, "solve_problem", text=TEXT, data=ragged)


@pytest.mark.parametrize("mode", [NEW, OLD])
async def test_question_goes_to_the_person_and_the_answer_into_the_problem(
    server: Running, llm: ScriptedLLM, mode: str
) -> None:
    llm.rule = toys()
    person = Person("accept", ANSWER)
    async with Client(f"{server.url}/mcp", mode=mode, elicitation_callback=person) as client:
        solved = await called(client, "solve_problem", text=HOLED)
    assert solved["objective"] == TOYS_OPTIMUM
    assert person.asked and "?" in person.asked[0]
    said = server.get(f"/problems/{solved['problem']}/messages")
    assert [message["text"] for message in said if message["role"] == "user"] == [HOLED, ANSWER]


@pytest.mark.parametrize("mode", [NEW, OLD])
async def test_question_that_is_declined_is_passed(server: Running, llm: ScriptedLLM, mode: str) -> None:
    llm.rule = toys()
    person = Person("decline")
    async with Client(f"{server.url}/mcp", mode=mode, elicitation_callback=person) as client:
        solved = await called(client, "solve_problem", text=HOLED)
    assert person.asked and solved["status"] == "succeeded" and solved["objective"] == TOYS_OPTIMUM


@pytest.mark.parametrize("mode", [NEW, OLD])
async def test_question_is_in_the_result_where_nobody_can_be_asked(
    server: Running, llm: ScriptedLLM, mode: str
) -> None:
    llm.rule = toys()
    async with Client(f"{server.url}/mcp", mode=mode) as client:
        waits = await called(client, "solve_problem", text=HOLED)
        assert waits["status"] == "waiting" and "?" in waits["question"] and waits["objective"] is None
        assert waits["question"] in waits["words"] and "answer_question" in waits["words"]
        assert (await called(client, "get_run", run=waits["run"]))["question"] == waits["question"]
        solved = await called(client, "answer_question", run=waits["run"], text="120 hours and 140 boards")
        assert solved["run"] == waits["run"] and solved["objective"] == TOYS_OPTIMUM
        alone = await called(client, "solve_problem", text=HOLED, ask=False)
        assert alone["status"] == "succeeded", "nobody is asked"


async def test_formulation_is_shown_for_approval(server: Running, llm: ScriptedLLM) -> None:
    llm.rule = toys()
    person = Person("accept", "yes")
    async with Client(f"{server.url}/mcp", elicitation_callback=person) as client:
        solved = await called(client, "solve_problem", text=TOYS, approve=True)
    assert "2*trains + 3*boats" in person.asked[0] and "approv" not in solved["status"]
    assert solved["objective"] == TOYS_OPTIMUM


@pytest.mark.parametrize("mode", [NEW, OLD])
async def test_call_that_is_cancelled_takes_its_run_with_it(server: Running, llm: ScriptedLLM, mode: str) -> None:
    llm.rule = lambda request: Fault(kind="never")
    before = {run["id"] for run in server.get("/runs")}

    def begun() -> Json:
        new = [run for run in server.get("/runs?limit=200") if run["id"] not in before]
        return new[0] if new else {"status": ""}

    async with Client(f"{server.url}/mcp", mode=mode) as client:
        call = asyncio.create_task(client.call_tool("solve_problem", {"text": TOYS}))
        run = await asyncio.to_thread(waited, begun, lambda found: found["status"] == "running")
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
        over = await asyncio.to_thread(
            waited, lambda: server.get(f"/runs/{run['id']}"), lambda found: found["status"] in ENDED
        )
    assert over["status"] == "cancelled"


async def test_what_cannot_be_done_is_refused_with_the_mend(server: Running) -> None:
    broken = {**POTTERY, "constraints": [{"name": "kiln", "expression": "4*bowls + 10*pots <= 110"}]}
    async with Client(f"{server.url}/mcp") as client:
        checked = await called(client, "check_formulation", formulation=broken)
        assert not checked["ok"] and "pots" in checked["words"]
        assert "pots" in (await called(client, "solve_formulation", formulation=broken))["fault"]["detail"]
        assert "pots" in await refused(client, "prices", formulation=broken)
        assert "give `formulation` or `problem`" in await refused(client, "prices")
        assert "no such run" in await refused(client, "get_run", run="nowhere")
        assert "too short" in await refused(client, "solve_problem", text="hello")
        assert "takes run" in await refused(client, "get_run", name="x")
        assert "there is no tool 'fly'" in await refused(client, "fly")
        assert "asks nothing" in await refused(
            client, "answer_question", run=(await called(client, "solve_formulation", formulation=POTTERY))["run"],
            text="yes",
        )  # fmt: skip


@asynccontextmanager
async def as_user(url: str, token: str) -> AsyncGenerator[Client]:
    """A client that brings a token."""
    async with (
        create_mcp_http_client(headers={"Authorization": f"Bearer {token}"}) as http,
        Client(streamable_http_client(url, http_client=http)) as client,
    ):
        yield client


async def test_agents_reach_what_belongs_to_their_user_and_nothing_else(tmp_path: Path, llm: ScriptedLLM) -> None:
    config = Config(settings=settings_for(llm.base_url, tmp_path), auth=True)
    database = Database(config.database)
    tokens = [database.submit(lambda db, name=name: first_token(db, name)).result() for name in ("alice", "bob")]
    database.close()
    with serving(config) as server:
        url = f"{server.url}/mcp"
        async with httpx.AsyncClient(timeout=60) as http:
            nobody = await http.post(url, json={})
            assert nobody.status_code == 401 and nobody.headers["www-authenticate"].startswith("Bearer")
            foreign = await http.post(url, json={}, headers={"Origin": "http://evil.example"})
            assert foreign.status_code == 403
        async with as_user(url, tokens[0]) as alice:
            solved = await called(alice, "solve_formulation", formulation=POTTERY)
        problem, run = solved["problem"], solved["run"]
        theirs: list[tuple[str, Json]] = [
            ("get_run", {"run": run}),
            ("answer_question", {"run": run, "text": "yes"}),
            ("get_formulation", {"problem": problem}),
            ("export", {"form": "py", "run": run}),
            ("export", {"form": "lp", "problem": problem}),
            ("check_formulation", {"problem": problem}),
            ("solve_formulation", {"problem": problem}),
            ("solve_formulation", {"problem": problem, "formulation": POTTERY}),
            ("solve_problem", {"problem": problem, "text": TOYS}),
            ("prices", {"problem": problem}),
        ]
        async with as_user(url, tokens[1]) as bob:
            for tool, asked in theirs:
                words = await refused(bob, tool, **asked)
                assert "there is no" in words and "bowls" not in words, (tool, words)
            assert (await called(bob, "list_problems"))["total"] == 0
            resumed = await bob.session.call_tool("solve_problem", {"text": TOYS}, request_state=run)
            assert resumed.is_error and "no such run" in str(resumed.content)


async def test_session_answers_only_whoever_began_it(tmp_path: Path, llm: ScriptedLLM) -> None:
    config = Config(settings=settings_for(llm.base_url, tmp_path), auth=True)
    database = Database(config.database)
    alice, bob = (database.submit(lambda db, name=name: first_token(db, name)).result() for name in ("alice", "bob"))
    database.close()
    hello = {
        "jsonrpc": "2.0", "id": 1, "method": "initialize",
        "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}},
    }  # fmt: skip
    listing = {"jsonrpc": "2.0", "id": 2, "method": "tools/list"}
    kinds = {"Accept": "application/json, text/event-stream"}
    with serving(config) as server:
        async with httpx.AsyncClient(base_url=server.url, headers=kinds, timeout=60) as http:
            begun = await http.post("/mcp", json=hello, headers={"Authorization": f"Bearer {alice}"})
            session = {"Mcp-Session-Id": begun.headers["mcp-session-id"]}
            keys = [{"Authorization": f"Bearer {who}"} | session for who in (alice, bob)]
            codes = [(await http.post("/mcp", json=listing, headers=key)).status_code for key in keys]
    assert codes == [200, 404]


@pytest.mark.parametrize("mode", [NEW, OLD])
async def test_command_needs_no_server(tmp_path: Path, llm: ScriptedLLM, mode: str) -> None:
    """Over standard streams, once with a folder for what is made and once without."""
    llm.rule = toys()
    environ = {
        **os.environ, "FIVEFOLD_DATA_DIR": str(tmp_path / "data"), "FIVEFOLD_CACHE_DIR": str(tmp_path / "cache"),
        "OPENAI_BASE_URL": llm.base_url, "OPENAI_API_KEY": "any",
        "FIVEFOLD_DATABASE": "postgresql://nobody@127.0.0.1:9/shared",
    }  # fmt: skip
    kept = tmp_path / "kept"
    options = ["--data", str(kept)] if mode == NEW else []
    command = StdioServerParameters(
        command=sys.executable, args=["-m", "fivefold.commands.cli", "mcp", *options], env=environ
    )
    person = Person("accept", ANSWER)
    heard: list[str | None] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        heard.append(message)

    async with Client(command, mode=mode, elicitation_callback=person) as client:
        answer = await client.call_tool("solve_problem", {"text": HOLED}, progress_callback=hear)
        assert answer.structured_content["objective"] == TOYS_OPTIMUM and person.asked and len(heard) > 5
        solved = await called(client, "solve_formulation", formulation=POTTERY)
        assert solved["objective"] == POTTERY_OPTIMUM
        assert (await called(client, "list_problems"))["total"] == 2
    assert (kept / "server.sqlite").exists() == (mode == NEW)
    assert not (tmp_path / "data" / "server.sqlite").exists(), "nothing is kept that was not asked for"
