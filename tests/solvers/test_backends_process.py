"""The solver processes: crashes, time-outs, stopping, what they inherit, and that they end with their parent."""

import gc
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fivefold_solvers.backends import frames, worker
from fivefold_solvers.backends.registry import BACKENDS
from fivefold_solvers.backends.session import Session, solve
from fivefold_solvers.backends.solved import Event, Options
from fivefold_solvers.backends.worker import taken
from fivefold_solvers.build.arrays import Arrays, Quadratic
from fivefold_solvers.result import SolutionStatus, Termination
from tests.solvers.random_programs import INF, feasible_program, program
from tests.solvers.scarce import files_open, open_files, room_for


def hard_program(n: int = 100, m: int = 40) -> Arrays:
    draw = np.random.default_rng(0)
    matrix = draw.integers(0, 100, (m, n)).astype(float)
    rows = [(-INF, list(body), float(np.floor(body.sum() / 2))) for body in matrix]
    return program("maximize", draw.integers(1, 100, n).tolist(), [(0, 1)] * n, rows, integer=True)


def test_the_parent_loads_no_solver_library() -> None:
    code = (
        "import sys; sys.path.insert(0, '.')\n"
        "from tests.solvers.random_programs import feasible_program\n"
        "from fivefold_solvers.backends.session import solve\n"
        "from fivefold_solvers.backends.registry import BACKENDS\n"
        "for b in BACKENDS.values(): b.available()\n"
        "assert solve(feasible_program(0)).optimal\n"
        "print([m for m in ('highspy', 'ortools', 'pyscipopt') if m in sys.modules])\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_an_improving_solution_comes_as_an_event_and_can_end_the_search() -> None:
    seen: list[Event] = []

    def enough(event: Event) -> bool:
        seen.append(event)
        return sum(one.improved for one in seen) >= 2

    solved = solve(hard_program(), on_event=enough)
    assert solved.termination is Termination.OTHER_LIMIT
    assert solved.solution_status is SolutionStatus.FEASIBLE
    assert solved.events == tuple(seen)
    objectives = [event.objective for event in solved.events if event.improved]
    assert objectives == sorted(objectives, key=lambda value: value or 0)
    assert solved.objective is not None and solved.objective >= max(value or 0 for value in objectives) - 1e-6
    assert solved.bound is not None and solved.bound >= solved.objective and solved.gap is not None


@pytest.mark.parametrize("after_s", [0.0, 0.05, 0.4])
@pytest.mark.parametrize("name", ["highs", "scip", "cpsat"])
def test_another_thread_can_stop_a_solve_before_and_while_it_searches(name: str, after_s: float) -> None:
    if BACKENDS[name].available() is not None:
        pytest.skip("not installed")
    hard = hard_program(140, 60)

    def stop() -> None:
        while not session._solving:
            time.sleep(0.001)
        time.sleep(after_s)
        session.stop()

    with Session(name) as session:
        threading.Thread(target=stop, daemon=True).start()
        solved = session.solve(hard, options=Options(time_limit_s=60))
        assert solved.termination is Termination.OTHER_LIMIT
        # A word that comes too late stops nothing.
        session.stop()
        assert session.solve(feasible_program(1, integer=True)).optimal


def test_a_time_limit_leaves_the_best_so_far() -> None:
    solved = solve(hard_program(140, 60), options=Options(time_limit_s=0.6))
    assert solved.termination is Termination.TIME_LIMIT
    assert solved.solution_status is SolutionStatus.FEASIBLE
    assert solved.objective is not None and solved.bound is not None and solved.bound >= solved.objective
    assert solved.wall_s < 30


def test_the_clock_of_one_solve_does_not_run_on_into_the_next() -> None:
    hard = hard_program(140, 60)
    with Session(options=Options(time_limit_s=0.4)) as session:
        for step in range(3):
            cost = hard.cost.copy()
            cost[0] += step
            solved = session.solve(replace(hard, cost=cost))
            assert solved.feasible and (solved.solve_s > 0.3 or "killed" in solved.message)


def test_a_solver_that_does_not_stop_is_killed_and_the_next_solve_works() -> None:
    hard = hard_program(140, 60)
    with Session() as session:
        session.solve(feasible_program(0))
        held = session._worker
        assert held is not None
        freeze = threading.Timer(0.6, os.kill, (held.process.pid, signal.SIGSTOP))
        freeze.start()
        solved = session.solve(hard, options=Options(time_limit_s=1.2))
        assert solved.termination is Termination.TIME_LIMIT and "killed" in solved.message
        assert 1.4 <= solved.wall_s < 8 and not held.alive
        # What it had told before is not lost.
        assert solved.solution_status is SolutionStatus.FEASIBLE
        assert session.solve(feasible_program(1)).optimal


def test_a_crash_is_a_result_and_the_next_solve_works() -> None:
    with Session() as session:
        first = session.solve(feasible_program(0))
        held = session._worker
        assert held is not None
        held.process.kill()
        held.process.wait()
        assert session.solve(feasible_program(0)).objective == first.objective
        held = session._worker
        assert held is not None
        threading.Timer(0.3, os.kill, (held.process.pid, signal.SIGSEGV)).start()
        solved = session.solve(hard_program(140, 60))
        assert solved.termination is Termination.ERROR and "signal 11" in solved.message
        assert session.solve(feasible_program(0)).objective == first.objective


def test_an_unknown_option_is_told_and_does_no_harm() -> None:
    with Session() as session:
        solved = session.solve(feasible_program(0), options=Options(solver={"no_such_option": 1}))
        assert solved.termination is Termination.ERROR and "no_such_option" in solved.message
        assert session.solve(feasible_program(0)).optimal
    assert solve(feasible_program(0), presolve="off", simplex_strategy=4).optimal


def test_no_secret_reaches_a_solver_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIVEFOLD_TEST_SECRET", "sesame")
    with Session() as session:
        from fivefold_solvers.backends import worker

        worker.close_all()
        session.solve(feasible_program(0))
        assert session._worker is not None
        environment = Path(f"/proc/{session._worker.process.pid}/environ").read_bytes()
    assert b"sesame" not in environment and b"LANG" in environment


@pytest.mark.parametrize("name", ["highs", "cpsat", "scip"])
def test_a_solver_process_ends_with_its_parent_even_amid_a_solve(name: str) -> None:
    if BACKENDS[name].available() is not None:
        pytest.skip("not installed")
    code = (
        "import sys, threading; sys.path.insert(0, '.')\n"
        "from tests.solvers.test_backends_process import hard_program\n"
        "from tests.solvers.random_programs import feasible_program\n"
        "from fivefold_solvers.backends.session import Session\n"
        f"session = Session({name!r})\n"
        "session.solve(feasible_program(0, integer=True))\n"
        "print(session._worker.process.pid, flush=True)\n"
        "session.solve(hard_program(160, 80))\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    time.sleep(0.5)
    assert Path(f"/proc/{child}").exists()
    parent.kill()
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 60
    while _running(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _running(child)


def _running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_sessions_side_by_side_do_not_wait_for_each_other() -> None:
    with Session() as one, Session() as two:
        a, b = one.solve(feasible_program(1)), two.solve(feasible_program(2))
        assert one._worker is not two._worker
        assert one.solve(feasible_program(1)).objective == a.objective
        assert two.solve(feasible_program(2)).objective == b.objective


def test_a_process_is_used_again() -> None:
    with taken("highspy") as worker:
        first = worker.process.pid
    with Session() as session:
        session.solve(feasible_program(0))
        assert session._worker is not None and session._worker.process.pid == first


def test_small_resolves_take_about_a_millisecond() -> None:
    arrays = feasible_program(1, n=10, m=8)
    with Session() as session:
        session.solve(arrays)
        took: list[float] = []
        for step in range(100):
            cost = arrays.cost.copy()
            cost[0] += step % 5
            begun = time.perf_counter()
            assert session.solve(replace(arrays, cost=cost)).optimal
            took.append(time.perf_counter() - begun)
    # The best of many, so that a busy machine says nothing about us.
    assert min(took) < 5e-3


def test_frames_carry_arrays_of_every_kind_and_refuse_others() -> None:
    read, write = os.pipe()
    sent = {
        "flags": np.array([1, 0], np.int8),
        "numbers": np.array([0.5, INF, -INF]),
        "none": np.zeros(0),
        "places": np.array([7], np.int32),
    }
    frames.write_frame(write, {"op": "x", "value": INF}, sent)
    header, arrays = frames.read_frame(read)
    assert header == {"op": "x", "value": INF}
    assert all((arrays[name] == array).all() and arrays[name].dtype == array.dtype for name, array in sent.items())
    with pytest.raises(frames.LateError):
        frames.read_frame(read, time.monotonic() + 0.01)
    frames.write_frame(write, {}, {"objects": np.array(["a"])})
    with pytest.raises(frames.ClosedError, match="none of ours"):
        frames.read_frame(read)
    os.close(write)
    with pytest.raises(frames.ClosedError):
        frames.read_frame(read)
    os.close(read)
    large = {"values": np.arange(300_000.0)}
    read, write = os.pipe()
    thread = threading.Thread(target=frames.write_frame, args=(write, {}, large))
    thread.start()
    assert (frames.read_frame(read)[1]["values"] == large["values"]).all()
    thread.join()
    os.close(read)
    with pytest.raises(frames.ClosedError):
        frames.write_frame(write, {}, large)
    os.close(write)


def test_a_session_that_nobody_closes_leaves_nothing_behind() -> None:
    session = Session()
    session.solve(feasible_program(0))
    assert session._worker is not None
    pid = session._worker.process.pid
    del session
    gc.collect()
    assert not _running(pid)


def test_a_forked_process_leaves_the_solver_of_its_parent_alone() -> None:
    code = (
        "import os, sys; sys.path.insert(0, '.')\n"
        "from tests.solvers.random_programs import feasible_program\n"
        "from fivefold_solvers.backends.session import Session, solve\n"
        "solve(feasible_program(0))\n"
        "session = Session(); first = session.solve(feasible_program(0)).objective\n"
        "child = os.fork()\n"
        "if child == 0:\n"
        "    assert solve(feasible_program(0)).objective == first\n"
        "    assert session.solve(feasible_program(0)).objective == first\n"
        "    del session\n"
        "    sys.exit(0)\n"
        "assert os.waitpid(child, 0)[1] == 0\n"
        "assert session.solve(feasible_program(0)).objective == first\n"
        "session.close(); assert solve(feasible_program(0)).objective == first; print('fine')\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert run.stdout.strip() == "fine", run.stderr


def test_a_quadratic_program_changes_between_solves() -> None:
    arrays = feasible_program(2, n=4, m=3, quadratic=True)
    cost = arrays.cost + 1
    assert arrays.quadratic is not None
    steeper = arrays.quadratic._replace(values=2 * arrays.quadratic.values)
    with Session() as session:
        for step in (
            arrays,
            replace(arrays, cost=cost),
            replace(arrays, quadratic=steeper),
            replace(arrays, quadratic=None),
        ):
            assert session.solve(step).objective == pytest.approx(solve(step).objective, rel=1e-5, abs=1e-5)


def curved_program(n: int = 2_100) -> Arrays:
    """Return a convex quadratic program that HiGHS has to walk through for many seconds."""
    draw, places = np.random.default_rng(0), np.arange(n, dtype=np.int32)
    first, second = np.concatenate([places, places[:-1]]), np.concatenate([places, places[1:]])
    order = np.lexsort((second, first))
    values = np.where(first == second, 2.0, -1.9)
    plain = program("minimize", draw.normal(size=n).tolist(), [(-1, 1)] * n, [(1, [1.0] * n, 1)])
    return replace(plain, quadratic=Quadratic(first[order], second[order], values[order]))


def test_a_solver_that_does_not_listen_to_a_stop_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """HiGHS asks nobody while it solves a quadratic program."""
    monkeypatch.setattr(worker, "PATIENCE_S", 0.2)
    worker.close_all()
    try:
        arrays = curved_program()
        with Session(options=Options(time_limit_s=None)) as session:
            stopping = threading.Timer(0.2, session.stop)
            stopping.start()
            solved = session.solve(arrays)
            stopping.join()
            assert solved.termination is Termination.OTHER_LIMIT
            assert "did not listen" in solved.message
            assert session.solve(feasible_program(0)).optimal
    finally:
        worker.close_all()


@pytest.mark.skipif(sys.platform != "linux", reason="descriptors are counted in /proc")
def test_where_no_files_can_be_opened_nothing_is_left_open() -> None:
    worker.close_all()
    gc.collect()
    before = open_files()
    for room in (0, 1, 4, 6):
        with room_for(room):
            solved = solve(feasible_program(0))
        assert solved.termination is Termination.ERROR and "open files" in solved.message
        worker.close_all()
        assert open_files() == before, room
    assert solve(feasible_program(0)).optimal


def test_building_a_program_takes_nothing_of_the_time_to_solve_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """SCIP's program is built entry by entry: a solve that was counted meanwhile was killed amid its search."""
    begun: list[float] = []
    deadline = worker._deadline

    def noted(limit_s: float | None) -> float | None:
        begun.append(time.monotonic())
        return deadline(limit_s)

    rows = [(-INF, [1.0] * 300, 1e6)] * 200
    arrays = program("maximize", [1.0] * 300, [(0, 1)] * 300, rows, integer=True)
    with Session("scip", options=Options(time_limit_s=60)) as session:
        assert session.solve(feasible_program(0, integer=True)).optimal
        monkeypatch.setattr(worker, "_deadline", noted)
        asked = time.monotonic()
        assert session.solve(arrays).optimal
        answered = time.monotonic()
        monkeypatch.undo()
    assert len(begun) == 1
    assert begun[0] - asked > (answered - begun[0]) / 4


def test_a_solve_is_stopped_in_a_process_with_very_many_files_open() -> None:
    worker.close_all()
    try:
        with files_open(1100), Session() as session:
            stopping = threading.Timer(0.5, session.stop)
            stopping.start()
            solved = session.solve(hard_program(140, 60), options=Options(time_limit_s=60))
            stopping.join()
            assert solved.termination is Termination.OTHER_LIMIT
    finally:
        worker.close_all()
