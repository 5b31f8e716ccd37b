"""Fivefold in somebody else's project: the wheel, in another environment, beside folders named like our rooms."""

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from tests import example_replies
from tests.scripted_llm import ScriptedLLM
from tests.test_examples import BAKERY_OPTIMUM

ROOT = Path(__file__).parent.parent
ROOMS = ("agent", "solvers", "prompts", "benchmarks", "server", "tests")

PROGRAM = f"""
import importlib
from pathlib import Path

here = Path(__file__).parent
for room in {ROOMS!r}:
    assert Path(importlib.import_module(room).__file__) == here / room / "__init__.py", room
    assert importlib.import_module(room + ".own").OWNER == "the other project"

import fivefold

assert "site-packages" in Path(fivefold.__file__).parts, fivefold.__file__
text = (here / "problem.txt").read_text("utf-8")
base_url = (here / "endpoint.txt").read_text("utf-8")
outcome = fivefold.solve(text, base_url=base_url)
assert outcome.verdict.grade == "consistent", outcome.verdict
print("objective", outcome.objective)

import agent
assert agent.NAME == "agent of the other project"
"""


def share_other_packages(folder: Path) -> None:
    """Let a fresh environment see what is installed here, except Fivefold itself.

    Downloading 300 MB would test the registry. The editable install of this repository works through a .pth
    file, which is read in site folders only and not in a folder that a .pth file adds.
    """
    (site,) = folder.glob("lib/python*/site-packages") if os.name != "nt" else [folder / "Lib" / "site-packages"]
    shared = Path(pytest.__file__).parent.parent
    (site / "shared.pth").write_text(f"{shared}\n", "utf-8")


@pytest.mark.slow
def test_wheel_works_in_a_project_with_folders_of_our_names(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "dist")]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    environment = tmp_path / "environment"
    venv.create(environment, with_pip=False, symlinks=os.name != "nt")
    scripts = environment / ("Scripts" if os.name == "nt" else "bin")
    python = scripts / "python"
    # In this order: an installer that saw the shared packages might take Fivefold for installed there.
    install_wheel(wheel, python)
    share_other_packages(environment)

    project = tmp_path / "project"
    for room in ROOMS:
        (project / room).mkdir(parents=True)
        (project / room / "__init__.py").write_text(f'NAME = "{room} of the other project"\n', "utf-8")
        (project / room / "own.py").write_text('OWNER = "the other project"\n', "utf-8")
    (project / "main.py").write_text(PROGRAM, "utf-8")
    shutil.copy(ROOT / "examples" / "bakery.txt", project / "problem.txt")
    with ScriptedLLM(example_replies.answer) as server:
        (project / "endpoint.txt").write_text(server.base_url, "utf-8")
        solved = run([str(python), "main.py"], project)
        assert solved.stdout.splitlines()[-1] == f"objective {float(BAKERY_OPTIMUM)}"
        # The command, in the project's own folder, must not pick up its `agent` or `solvers` either.
        command = [str(scripts / "fivefold"), "solve", "problem.txt", "--quiet", "--base-url", server.base_url]
        assert f"objective {BAKERY_OPTIMUM}; verdict: consistent" in run(command, project).stdout
        assert server.errors == []


def install_wheel(wheel: Path, python: Path) -> None:
    """Install the wheel alone with pip or uv, whichever is here; neither asks a registry."""
    uv = shutil.which("uv")
    if uv is not None:
        command = [uv, "pip", "install", "--offline", "--no-deps", "--python", str(python), str(wheel)]
    else:
        command = [
            sys.executable,
            "-m",
            "pip",
            "--python",
            str(python),
            "install",
            "--no-index",
            "--no-deps",
            str(wheel),
        ]
    subprocess.run(command, check=True, capture_output=True)


def run(command: list[str], folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run a command of the other project and insist that it went well."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done
