"""What a person changes in the workspace becomes something to learn from: a server, a scripted LLM, a real edit."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fivefold.commands import cli
from fivefold.settings import Settings
from fivefold_benchmarks.tuning.corrections import case_of, read_corrections, remarks
from fivefold_server.config import Config
from tests.benchmarks.tuning_shop import answer, question, shop
from tests.scripted_llm import ScriptedLLM
from tests.server.serving import POTTERY, Json, Running, serving
from tests.server.users import with_users


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("server")
    with ScriptedLLM(shop(lambda told: "It is as the text says.")) as llm:
        settings = Settings(base_url=llm.base_url, llm="scripted", cache_dir=folder / "cache", data_dir=folder / "data")
        with serving(Config(settings=settings)) as running:
            yield running


@pytest.fixture
def corrections(
    server: Running, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, Path]]:
    """`fivefold prompts corrections`: exit code, what it said on the error stream, the file."""

    def run(*arguments: str) -> tuple[int, str, Path]:
        out = tmp_path / "corrections.jsonl"
        code = cli.main(["prompts", "corrections", server.url, "--out", str(out), *arguments])
        return code, capsys.readouterr().err, out

    return run


def formulated(server: Running, number: int) -> tuple[str, int]:
    """A problem that the agent formulated, and the version, which forgets the boards."""
    options = {"rounds": 0, "checks": "text", "samples": 1}
    begun = server.post("/problems", text=question(number), options=options)
    server.ended(begun["run"]["id"])
    latest = server.get(f"/problems/{begun['problem']}/formulations/latest")
    assert latest["author"] == "agent" and len(latest["formulation"]["constraints"]) == 1
    return begun["problem"], latest["version"]


def with_boards(server: Running, problem: str, version: int, number: int) -> Json:
    boards = {"name": "boards", "expression": f"4*trains + boats <= {140 + number}"}
    operation = {"op": "add", "section": "constraints", "element": boards}
    return server.post(f"/problems/{problem}/formulations/{version}/edits", operations=[operation])


def test_an_edit_is_a_correction_with_what_was_said_and_what_was_meant(
    server: Running, corrections: Callable[..., Any]
):
    server.post("/problems", title="Nothing was said here")
    put_in = server.post("/problems", title="Pottery")["id"]
    server.post(f"/problems/{put_in}/formulations", formulation=POTTERY)
    untouched, _ = formulated(server, 5)
    code, err, _ = corrections()
    assert code == 2 and "nobody changed" in err

    problem, version = formulated(server, 1)
    edited = with_boards(server, problem, version, 1)
    code, err, out = corrections()
    assert code == 0, err
    (found,) = read_corrections(out)
    assert found.problem == question(1) and found.id == f"{problem}-{edited['version']}"
    assert len(found.before.constraints) == 1 and found.after.constraints[1].name == "boards"
    assert case_of(found).answer == answer(1)
    assert "prompt `constrain`" in remarks(found.before, found.after)[0]
    assert untouched not in out.read_text("utf-8")

    # Only what somebody approved, where that is wanted.
    assert corrections("--approved")[0] == 2
    server.post(f"/problems/{problem}/formulations/{edited['version']}/approve")
    assert corrections("--approved")[0] == 0

    # What is taken back to what the agent wrote is no correction.
    server.post(f"/problems/{problem}/formulations/{version}/restore")
    assert corrections()[0] == 2


def test_where_more_was_said_in_between_there_is_nothing_to_learn(server: Running, corrections: Callable[..., Any]):
    problem, version = formulated(server, 2)
    begun = server.post(f"/problems/{problem}/messages", text="No boats, please.", options={"rounds": 0})
    server.ended(begun["run"]["id"])
    latest = server.get(f"/problems/{problem}/formulations/latest")["version"]
    server.post(f"/problems/{problem}/formulations/{version}/restore")
    server.post(
        f"/problems/{problem}/formulations/{latest + 1}/edits",
        operations=[{"op": "drop", "section": "constraints", "name": first_row(server, problem)}],
    )
    _, err, out = corrections()
    assert f"left out: {problem}: more was said" in err
    assert not out.is_file() or problem not in out.read_text("utf-8")


def first_row(server: Running, problem: str) -> str:
    found: str = server.get(f"/problems/{problem}/formulations/latest")["formulation"]["constraints"][0]["name"]
    return found


def test_a_server_with_a_login_wants_a_token(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    token = tmp_path / "token"
    with with_users(tmp_path / "server") as users:
        token.write_text(users.add("carol") + "\n", "utf-8")
        command = ["prompts", "corrections", users.server.url]
        assert cli.main(command) == 2
        assert "(401); give its token with `--token-file`" in capsys.readouterr().err
        assert cli.main([*command, "--token-file", str(token)]) == 2
        assert "nobody changed" in capsys.readouterr().err
        assert cli.main([*command, "--token-file", str(tmp_path / "none")]) == 2
        assert "cannot read the token" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("address", "code", "said"),
    [("nowhere", 2, "no address"), ("http://127.0.0.1:1", 3, "no Fivefold server"), ("file:///etc", 2, "no address")],
)
def test_a_server_that_is_none_is_said(address: str, code: int, said: str, capsys: pytest.CaptureFixture[str]):
    assert cli.main(["prompts", "corrections", address]) == code
    assert said in capsys.readouterr().err
