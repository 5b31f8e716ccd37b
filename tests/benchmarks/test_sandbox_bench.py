"""The programs of the sandbox benchmark have their optima when the sandbox runs them, and the benchmark works."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fivefold_solvers.program import Library, Program
from fivefold_solvers.result import Exit, Limits, SolutionStatus
from fivefold_solvers.sandbox import run

FOLDER = Path(__file__).parents[2] / "benchmarks" / "sandbox"
PROGRAMS = sorted((FOLDER / "programs").glob("*.py"))

# Each worked out a second time, apart from the program and by other means.
OPTIMA: dict[str, float] = {
    # Backtracking over vans; 540 litres cannot go into five of 100.
    "cpsat_bin_packing": 6,
    # Backtracking over slots: no plan with five.
    "cpsat_exam_slots": 6,
    # All orders of the jobs on the three machines.
    "cpsat_job_shop": 150,
    # SCIP, one binary variable for each week that a nurse may work.
    "cpsat_nurse_rota": 52,
    # All subsets; no other reaches it.
    "cpsat_project_choice": 254,
    # All tours; no other is as short.
    "cpsat_tour": 207,
    # All subsets.
    "highspy_capital_budget": 154,
    # SCIP on the dual.
    "highspy_inventory": 45902.5,
    # OR-Tools' network simplex.
    "highspy_min_cost_flow": 1361,
    # All plants' depots opened or not, network simplex for what they send.
    "mathopt_depots": 1939,
    # OR-Tools' push-relabel.
    "mathopt_max_flow": 91,
    # A best fit goes through three of the points: all triples.
    "numpy_least_absolute": 6.2929637842,
    # The column player's side: 69/63.
    "numpy_matrix_game": 69 / 63,
    # All permutations.
    "pyomo_assignment": 128,
    # SCIP on the dual.
    "pyomo_blending": 4296.9333333,
    # SCIP on the arc-flow formulation.
    "pyomo_cutting_stock": 51,
    # SCIP on the dual.
    "pyomo_diet": 38.684585114,
    # All sets of sites, network simplex for the trips.
    "pyomo_facility_location": 4666.75,
    # All subsets.
    "pyomo_knapsack": 303,
    # Dynamic programming over whole units in stock.
    "pyomo_lot_sizing": 6680,
    # SCIP on the dual of the relaxation, which has whole optima: hours of a shift are consecutive.
    "pyomo_pandas_staffing": 2688,
    # All active sets of the conditions of Karush, Kuhn and Tucker.
    "pyomo_portfolio_qp": 0.009210242408829,
    # SCIP on the dual.
    "pyomo_production_mix": 1883.3333333,
    # All subsets.
    "pyomo_set_cover": 59,
    # OR-Tools' network simplex.
    "pyomo_transport": 869.2,
    # All tours; only the same one backwards is as short.
    "pyomo_tsp_mtz": 80.3,
    # SCIP, one binary variable for each of a generator's 256 plans.
    "pyomo_unit_commitment": 24100.5,
    # SCIP on the dual.
    "pywraplp_glop_refinery": 1710.2777587,
    # Dynamic programming over periods, for every number of guards in the first.
    "pywraplp_sat_guards": 2760,
    # Dynamic programming over what room the barges have left.
    "pywraplp_scip_loading": 238,
}
WITHOUT_RESULT_LINE = {"cpsat_bin_packing", "pyomo_assignment", "pyomo_cutting_stock", "pywraplp_sat_guards"}


def library_of(source: str) -> Library:
    if "cp_model" in source:
        return "cpsat"
    return "mathopt" if "ortools" in source else "pyomo"


def test_every_program_has_an_optimum() -> None:
    assert {path.stem for path in PROGRAMS} == OPTIMA.keys()
    assert len(PROGRAMS) == 30


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_program_reaches_its_optimum_in_the_sandbox(path: Path) -> None:
    source = path.read_text("utf-8")
    program = Program(source=source, library=library_of(source), solver="highs", path="free")
    result = run(program, Limits(wall_s=120.0))
    assert result.stderr == ""
    if path.stem in WITHOUT_RESULT_LINE:
        assert result.exit is Exit.NO_RESULT
        said = re.search(r"^Objective: (\S+)$", result.stdout, re.MULTILINE)
        assert said, result.stdout
        objective = float(said[1])
    else:
        assert (result.exit, result.solution_status) == (Exit.OK, SolutionStatus.OPTIMAL), result.stdout
        assert result.objective is not None
        objective = result.objective
    assert objective == pytest.approx(OPTIMA[path.stem], rel=1e-6)


# --- the benchmark ---------------------------------------------------------------------------------------

BENCH = [sys.executable, str(FOLDER / "bench.py")]
TWO = ["--programs", "highspy_inventory", "pywraplp_glop_refinery"]


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, Any]]]:
    """What a quick run printed and wrote."""
    samples = tmp_path_factory.mktemp("bench") / "samples.json"
    done = subprocess.run(
        [*BENCH, "--quick", *TWO, "--json", str(samples)], capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    yield done.stdout, json.loads(samples.read_text("utf-8"))


def rows_of(printed: str, heading: str) -> dict[str, list[str]]:
    """The cells of the table below a heading, by what stands in its first column."""
    section = printed.partition(heading)[2].partition("###")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")][2:]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {row[0]: row[1:] for row in cells}


@pytest.mark.slow
def test_quick_run_prints_every_table(quick: tuple[str, dict[str, Any]]) -> None:
    printed, written = quick
    arms = rows_of(printed, "### 2 programs")
    assert {"subprocess", "limited", "warm exec (unsafe)"} <= arms.keys()
    assert all(row[-2] == "2/2" for row in arms.values()), printed
    assert arms["subprocess"][4:7] == ["1.0", "1.0", "1.0"]
    assert arms["limited"][-1] == "limited"
    assert set(rows_of(printed, "### By library")) == {"highspy", "pywraplp"}
    assert set(rows_of(printed, "### By program")) == {"highspy_inventory", "pywraplp_glop_refinery"}
    assert {"subprocess", "limited", "warm exec (unsafe)"} <= rows_of(printed, "### Empty program").keys()
    assert rows_of(printed, "### Programs a second")["subprocess"]
    assert "All outputs are the same." in printed
    assert len(written["samples"]) == 2 * len(arms)


@pytest.mark.slow
def test_every_arm_costs_time_and_the_warm_one_least(quick: tuple[str, dict[str, Any]]) -> None:
    _, written = quick
    wall: dict[tuple[str, str], float] = {}
    for arm, program, _, wall_s, cpu_s, stdout, ended_well, _ in written["samples"]:
        assert wall_s > 0 and cpu_s > 0 and ended_well
        assert "FIVEFOLD_RESULT" in stdout
        wall[arm, program] = wall_s
    for program in {program for _, program in wall}:
        assert wall["warm exec (unsafe)", program] < wall["subprocess", program]
    assert set(map(len, written["empty"].values())) == {5}


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="children are seen in /proc")
def test_interrupted_run_prints_what_it_has_and_leaves_nothing_running() -> None:
    bench = subprocess.Popen(
        [*BENCH, "--repeats", "50", *TWO], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip
    try:
        below = Path(f"/proc/{bench.pid}/task/{bench.pid}/children")
        deadline = time.monotonic() + 60.0
        # The arms are under way when there is a child besides a fresh interpreter.
        while len(children := below.read_text().split()) < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        begun = {pid: _begun(pid) for pid in children}
        os.killpg(bench.pid, signal.SIGINT)
        stdout, stderr = bench.communicate(timeout=60)
    finally:
        bench.kill()
        bench.wait()
    assert (bench.returncode, stderr) == (130, ""), stdout + stderr
    assert "Interrupted." in stdout
    assert not [pid for pid, at in begun.items() if at is not None and _begun(pid) == at]


def _begun(pid: str) -> str | None:
    """When a process began, which tells it from a later one with the same number; None where there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except FileNotFoundError:
        return None


def test_unknown_program_is_told() -> None:
    done = subprocess.run([*BENCH, "--programs", "nosuch"], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert "no program's name holds nosuch" in done.stderr


def test_readme_has_the_place_for_the_tables() -> None:
    readme = (FOLDER / "README.md").read_text("utf-8")
    assert readme.index("<!-- printed by bench.py: begin -->") < readme.index("<!-- printed by bench.py: end -->")
