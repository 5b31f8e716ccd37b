"""Programs that are taken away run by themselves and come to the same objective."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fivefold.settings import Settings
from fivefold_server.config import Config
from tests.server.serving import POTTERY, POTTERY_OPTIMUM, Running, serving

WITHIN_S = 300


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("programs")
    with serving(Config(settings=Settings(data_dir=folder))) as running:
        yield running


def objective_of(source: str, folder: Path) -> float:
    """Run a program away from this repository, and return the objective that it reports."""
    (folder / "program.py").write_text(source, encoding="utf-8")
    environ = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    command = [sys.executable, "-I", "program.py"]
    done = subprocess.run(
        command, cwd=folder, env=environ, capture_output=True, text=True, timeout=WITHIN_S, check=False
    )
    assert done.returncode == 0, done.stderr
    (report,) = (line for line in done.stdout.splitlines() if line.startswith("FIVEFOLD_RESULT "))
    return float(json.loads(report.partition(" ")[2])["objective"])


def test_program_and_notebook_of_a_run_come_to_its_objective(server: Running, tmp_path: Path) -> None:
    problem = server.post("/problems", title="Pottery")["id"]
    server.post(f"/problems/{problem}/formulations", formulation=POTTERY)
    run = server.ended(server.post(f"/problems/{problem}/solve")["run"]["id"])["id"]
    assert server.get(f"/runs/{run}/solution")["objective"] == POTTERY_OPTIMUM
    program = server.http.get(f"/api/v1/runs/{run}/export.py")
    assert objective_of(program.text, tmp_path) == pytest.approx(POTTERY_OPTIMUM, rel=1e-9)
    cells = server.http.get(f"/api/v1/runs/{run}/export.ipynb").json()["cells"]
    source = "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    assert objective_of(source, tmp_path) == pytest.approx(POTTERY_OPTIMUM, rel=1e-9)
