"""What a run of one program comes back as: every way to end, the result line, the output."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from fivefold_solvers.program import Program
from fivefold_solvers.result import RESULT_PREFIX, ExecutionResult, Exit, Limits, SolutionStatus, Termination
from fivefold_solvers.sandbox import DataError, Isolation, IsolationError, Level, SandboxError, isolation, run
from fivefold_solvers.sandbox.environment import KEPT_VARIABLES
from fivefold_solvers.sandbox.errors import ScratchError, StartError
from fivefold_solvers.sandbox.layers import ALL, WITHOUT_NAMESPACES
from fivefold_solvers.sandbox.pool import close_all, zygotes
from fivefold_solvers.sandbox.runner import run_layered
from fivefold_solvers.sandbox.zygotes import zygote_environment
from tests.solvers.sandbox_census import busy_children
from tests.solvers.scarce import files_open, open_files, room_for

REPORT = {
    "termination": "optimal",
    "solution_status": "optimal",
    "objective": 10.0,
    "bound": 9.0,
    "values": {"x": 2.0, "ship": [[["plant", 1], 3.0], [["plant", 2], None]]},
    "solver": "highs",
    "solver_version": "1.14",
}
LINE = f"print({RESULT_PREFIX + json.dumps(REPORT)!r})\n"


def program(source: str) -> Program:
    return Program(source=source, library="pyomo", solver="highs")


def go(source: str, **limits: float) -> ExecutionResult:
    return run(program(source), Limits.model_validate({"wall_s": 20.0, **limits}))


@pytest.fixture(autouse=True)
def scratch_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    yield
    close_all()  # its spare children may have folders there
    assert list(tmp_path.glob("fivefold-run-*")) == []


def test_a_good_run_is_told_in_full():
    result = go(LINE + "import sys; print('note', file=sys.stderr)")
    assert result.exit is Exit.OK and result.solved and result.returncode == 0
    assert (result.objective, result.bound, result.gap) == (10.0, 9.0, 0.1)
    assert result.values == {"x": {(): 2.0}, "ship": {("plant", 1): 3.0}}
    assert (result.solver, result.solver_version) == ("highs", "1.14")
    assert result.stderr == "note\n" and result.stdout.startswith(RESULT_PREFIX)
    assert 0 < result.wall_s < 20
    assert result.isolation == str(isolation().level)


@pytest.mark.parametrize(
    ("source", "how", "code"),
    [
        ("print('hello')", Exit.NO_RESULT, 0),
        ("raise SystemExit(3)", Exit.CRASHED, 3),
        ("raise SystemExit('words')", Exit.CRASHED, 1),
        ("raise KeyboardInterrupt", Exit.CRASHED, -2),
        ("import os; os._exit(0)", Exit.NO_RESULT, 0),
        ("import os; os.abort()", Exit.CRASHED, -6),
        ("import ctypes; ctypes.string_at(8)", Exit.CRASHED, -11),
        ("import os; os.kill(os.getpid(), 9)", Exit.KILLED, -9),
        ("raise MemoryError", Exit.OUT_OF_MEMORY, 1),
        ("this is no Python", Exit.CRASHED, 1),
        ("x = '\ud800'", Exit.CRASHED, 1),
        ("x = '\0'", Exit.CRASHED, 1),
        ("", Exit.NO_RESULT, 0),
        ("input()", Exit.CRASHED, 1),
    ],
)
def test_each_way_to_end(source: str, how: Exit, code: int):
    result = go(source)
    assert (result.exit, result.returncode) == (how, code), result.stderr
    assert not result.solved and result.objective is None


def test_a_crash_after_the_result_keeps_the_claim_but_is_no_success():
    result = go(LINE + "import os; os.abort()")
    assert result.exit is Exit.CRASHED and result.objective == 10.0 and not result.solved


def test_a_result_before_exit_without_flush_counts():
    result = go(f"import os\nos.write(1, {(RESULT_PREFIX + json.dumps(REPORT)).encode()!r})\nos._exit(0)")
    assert result.exit is Exit.OK and result.objective == 10.0


def test_a_wall_limit_and_what_was_said_before_it():
    result = go("print('before', flush=True)\nimport time; time.sleep(60)", wall_s=1.5)
    assert result.exit is Exit.TIMED_OUT and result.stdout == "before\n" and result.wall_s < 20
    assert "longer than 1.5 s" in result.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="there are no zygotes elsewhere")
@pytest.mark.parametrize(("source", "renewed"), [("import time; time.sleep(60)", True), ("while True: pass", False)])
def test_after_a_program_that_waited_out_its_time_others_get_a_fresh_parent(source: str, renewed: bool):
    """What it waited for may be a lock that it was forked with, which those after it would wait for as well."""
    close_all()
    assert go("print(1)").stdout == "1\n"
    (before,) = [zygote.pid for zygote in zygotes()]
    assert go(source, wall_s=1.5).exit is Exit.TIMED_OUT
    assert go("print(2)").stdout == "2\n"
    (after,) = [zygote.pid for zygote in zygotes()]
    assert (after != before) is renewed


@pytest.mark.parametrize("wall", [0.0, -1.0, float("nan")])
def test_a_limit_that_is_none_ends_at_once(wall: float):
    assert go("print(1)", wall_s=wall, cpu_s=wall).exit is Exit.TIMED_OUT


def test_no_limit_at_all_is_fine():
    result = go(LINE, wall_s=float("inf"), cpu_s=float("inf"), memory_mib=10**12)
    assert result.exit is Exit.OK


def test_a_traceback_names_the_programs_own_lines_and_no_folder():
    result = go("import math\n\ndef f():\n    return math.sqrt(-1)\n\nf()\n")
    assert 'File "program.py", line 6, in <module>' in result.stderr
    assert 'File "program.py", line 4, in f' in result.stderr
    assert "return math.sqrt(-1)" in result.stderr and "fivefold-run" not in result.stderr


def test_equal_programs_say_the_same():
    source = "print([*{'a', 'b', 'c', 'd', 'e'}]); import os; print(os.path.abspath('model.lp')); 1/0"
    first, second = go(source), go(source)
    assert (first.stdout, first.stderr) == (second.stdout, second.stderr)
    assert "\nmodel.lp\n" in first.stdout


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "[1, 2]",
        "[" * 60_000,
        '{"termination": "splendid", "solution_status": "optimal"}',
        '{"termination": "optimal", "solution_status": "optimal", "objective": "10 apples"}',
        '{"termination": "optimal", "solution_status": "optimal", "objective": 1' + "0" * 5000 + "}",
        '{"termination": "optimal", "solution_status": "optimal", "objective": 1' + "0" * 400 + "}",
        '{"termination": "optimal"',
        "",
    ],
)
def test_a_malformed_result_is_none(text: str):
    result = go(f"print({RESULT_PREFIX + text!r})")
    assert result.exit in (Exit.NO_RESULT, Exit.OK) and result.objective is None
    assert not (result.exit is Exit.OK and result.solved)
    ExecutionResult.model_validate_json(result.model_dump_json(exclude={"values"}))


def test_the_last_well_formed_result_counts():
    other = json.dumps({**REPORT, "objective": 7.0})
    result = go(f"print({RESULT_PREFIX + other!r})\n{LINE}print({RESULT_PREFIX + 'half a'!r})")
    assert result.exit is Exit.OK and result.objective == 10.0


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_that_are_none(number: str):
    claim = RESULT_PREFIX + json.dumps(REPORT).replace("10.0", number)
    result = go(f"print({claim!r})")
    assert result.objective is None and result.gap is None and not result.solved
    claim = RESULT_PREFIX + json.dumps(REPORT).replace("9.0", number).replace("3.0", number)
    result = go(f"print({claim!r})")
    assert result.solved and result.bound is None and result.values["ship"] == {}


def test_names_may_hold_any_character():
    report = {**REPORT, "values": {"x": [[["a\u2028b\x85c", 1], 1.0]]}}
    claim = RESULT_PREFIX + json.dumps(report, ensure_ascii=False)
    assert go(f"print({claim!r})").values["x"] == {("a\u2028b\x85c", 1): 1.0}


def test_an_infeasible_problem_is_a_good_run():
    report = {"termination": "infeasible", "solution_status": "none", "bound": float("inf")}
    result = go(f"print({RESULT_PREFIX + json.dumps(report)!r})")
    assert (result.exit, result.termination) == (Exit.OK, Termination.INFEASIBLE)
    assert result.solution_status is SolutionStatus.NONE and result.bound is None


def test_a_long_output_keeps_head_tail_and_the_result_before_it():
    result = go(LINE + "print('first'); print('x' * 3000); print('last')", output_kib=1)
    assert result.exit is Exit.OK and result.objective == 10.0
    assert result.stdout.startswith(RESULT_PREFIX) and result.stdout.endswith("last\n")
    assert "bytes left out" in result.stdout and len(result.stdout) < 1200


def test_a_result_longer_than_what_is_kept_still_counts():
    values = [[[i], float(i)] for i in range(400)]
    claim = RESULT_PREFIX + json.dumps({**REPORT, "values": {"x": values}})
    assert len(claim) > 2048
    assert go(f"print({claim!r})", output_kib=2).values["x"][(399,)] == 399.0


def test_output_that_is_no_text():
    result = go(r"import sys; sys.stdout.buffer.write(b'\xff\x00\x1b[2J\nok\n')")
    assert result.exit is Exit.NO_RESULT and result.stdout == "\ufffd\x00\x1b[2J\nok\n"


def test_closed_streams_do_not_end_the_run():
    result = go("import os, time\nos.close(1); os.close(2)\ntime.sleep(0.3)\nos._exit(5)")
    assert (result.exit, result.returncode) == (Exit.CRASHED, 5) and result.wall_s >= 0.3


def test_lines_come_as_they_are_written():
    seen: list[tuple[str, str]] = []
    source = "import sys\nprint('one'); print('two', end='')\nprint('bad', file=sys.stderr)"
    run(program(source), on_line=lambda stream, line: seen.append((stream, line)))
    assert sorted(seen) == [("stderr", "bad"), ("stdout", "one"), ("stdout", "two")]


def test_what_a_listener_raises_ends_the_run_and_is_raised():
    def refuse(stream: str, line: str) -> None:
        raise LookupError(line)

    with pytest.raises(LookupError, match="one"):
        run(program("import time\nprint('one', flush=True)\ntime.sleep(60)"), on_line=refuse)


def test_an_interrupt_of_the_caller_leaves_nothing():
    def interrupt(stream: str, line: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(program("import time\nprint('on', flush=True)\ntime.sleep(60)"), on_line=interrupt)
    assert busy_children() == 0


def test_the_environment_holds_no_secret(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Haswell")
    result = go("import os, json; print(json.dumps(dict(os.environ)))")
    environment: dict[str, str] = json.loads(result.stdout)
    own = {"PATH", "HOME", "TMPDIR", "LANG", "PYTHONHASHSEED", "MALLOC_ARENA_MAX", "PYTHONDONTWRITEBYTECODE"}
    threads = {"MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"}
    assert set(environment) - own - threads <= set(KEPT_VARIABLES)
    assert environment["HOME"] == environment["TMPDIR"]


def test_what_says_which_processor_this_is_is_handed_on():
    base = {"OPENBLAS_CORETYPE": "Haswell", "OPENAI_API_KEY": "sk-very-secret", "OMP_NUM_THREADS": "7"}
    environment = zygote_environment(base)
    assert environment["OPENBLAS_CORETYPE"] == "Haswell" and "sk-very-secret" not in environment.values()
    assert environment["OMP_NUM_THREADS"] == "1"


def test_the_program_is_where_it_should_be():
    source = """
import os, sys, pathlib
here = pathlib.Path.cwd()
assert here == pathlib.Path.home() == pathlib.Path(__file__).parent, here
assert here.stat().st_mode & 0o077 == 0
assert str(here) not in sys.path and "" not in sys.path and sys.argv == ["program.py"]
assert sys.stdin.read() == ""
pathlib.Path("own").mkdir(); pathlib.Path("own/file").write_text("x"); os.remove("own/file"); os.rmdir("own")
"""
    assert go(source).exit is Exit.NO_RESULT


def test_data_files_are_there_and_cannot_be_changed(tmp_path: Path):
    for name in ("a.csv", "b 2.txt"):
        (tmp_path / name).write_text(name)
    source = """
import os
print(sorted(os.listdir("data")), open("data/a.csv").read(), open("data/b 2.txt").read())
for attempt in (lambda: open("data/a.csv", "a"), lambda: open("data/new", "w"), lambda: os.remove("data/a.csv")):
    try:
        attempt()
        print("CHANGED")
    except OSError:
        pass
"""
    for layers in (ALL, WITHOUT_NAMESPACES):
        files = {name: tmp_path / name for name in ("a.csv", "b 2.txt")}
        result = run_layered(program(source), Limits(wall_s=20), layers, files=files)
        assert result.stdout == "['a.csv', 'b 2.txt'] a.csv b 2.txt\n", result
    assert (tmp_path / "a.csv").read_text() == "a.csv"


@pytest.mark.parametrize(("name", "words"), [("../x", "letters, digits"), ("x", "cannot be read"), ("d", "no regular")])
def test_a_data_file_that_cannot_be_handed_in_is_an_error(tmp_path: Path, name: str, words: str):
    (tmp_path / "d").mkdir()
    with pytest.raises(DataError, match=words):
        run(program("1"), files={name: tmp_path / name})


def test_a_level_that_cannot_be_had_is_an_error_and_one_that_can_is_none(monkeypatch: pytest.MonkeyPatch):
    here = isolation().level
    assert run(program("print(1)"), at_least=here).isolation == here
    weak = Isolation(Level.LIMITED, ("no seccomp: it is not there",))
    monkeypatch.setattr("fivefold_solvers.sandbox.runner.isolation", lambda *_: weak)
    with pytest.raises(IsolationError, match=r"at the level 'limited' here, and 'confined' is asked for: no seccomp"):
        run(program("print(1)"), at_least="confined")
    assert run(program("print(1)"), at_least="limited").isolation == "limited"


def test_another_interpreter_can_be_named(tmp_path: Path):
    link = tmp_path / "other-python"
    link.symlink_to(os.path.realpath(sys.executable))
    result = run(program("import sys; print(sys.executable)"), python=str(link))
    assert result.stdout.strip() == str(link)


@pytest.mark.parametrize("make", [lambda p: p / "missing", lambda p: p], ids=["missing", "folder"])
def test_an_interpreter_that_cannot_be_started_is_an_error(tmp_path: Path, make: Callable[[Path], Path]):
    with pytest.raises(StartError, match="Give the path of a Python"):
        run(program("1"), python=str(make(tmp_path)))


def test_no_room_for_a_scratch_folder_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    run_layered(program("1"), Limits(wall_s=20), WITHOUT_NAMESPACES, spare=False)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "missing"))
    with pytest.raises(ScratchError, match="set TMPDIR") as caught:
        run_layered(program("1"), Limits(wall_s=20), WITHOUT_NAMESPACES, spare=False)
    assert isinstance(caught.value, SandboxError)


def test_a_sandbox_that_does_not_come_up_is_an_error(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sys.executable", "/bin/false")
    with pytest.raises(StartError, match="working Python"):
        go("1")


WITHOUT_CALL = """
import ctypes, struct, sys
number = int(sys.argv[1])
# Answer one system call as a kernel does that lacks it.
code = struct.pack("=HBBI HBBI HBBI HBBI", 0x20, 0, 0, 0, 0x15, 0, 1, number, 6, 0, 0, 0x50026, 6, 0, 0, 0x7FFF0000)
buffer = ctypes.create_string_buffer(code)
program = struct.pack("=HxxxxxxQ", 4, ctypes.addressof(buffer))
libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(38, 1, 0, 0, 0) == 0
assert libc.prctl(22, 2, ctypes.create_string_buffer(program), 0, 0) == 0
from fivefold_solvers.program import Program
from fivefold_solvers.sandbox import isolation, run
result = run(Program(source="print(6 * 7)", library="pyomo", solver="highs"))
print(result.stdout.strip(), result.isolation, isolation().level, *isolation().missing, sep="|")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the calls are Linux's")
@pytest.mark.parametrize(("number", "layer"), [(444, "landlock"), (317, "seccomp")])
def test_a_kernel_without_a_layer_runs_programs_and_says_what_is_missing(number: int, layer: str):
    if layer == "seccomp" and os.uname().machine != "x86_64":
        pytest.skip("the number of this call is that of x86-64")
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_CALL, str(number)], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"42|limited|limited|no {layer}: "), done.stdout


@pytest.mark.skipif(sys.platform != "linux", reason="descriptors are counted in /proc")
def test_where_no_files_can_be_opened_nothing_is_left_open() -> None:
    if isolation().level.rank < Level.CONFINED.rank:
        pytest.skip("programs are not forked from a zygote here")

    def fresh() -> ExecutionResult:
        return run_layered(program("print(1)"), Limits(wall_s=20.0), ALL, spare=False)

    assert fresh().stdout == "1\n"
    before = open_files()
    for room in (1, 3, 5, 7):
        with room_for(room), pytest.raises(StartError, match="open files"):
            fresh()
        assert open_files() == before, room
    assert fresh().stdout == "1\n"


@pytest.mark.skipif(sys.platform != "linux", reason="there are no zygotes elsewhere")
def test_a_process_with_very_many_files_open_runs_programs() -> None:
    close_all()
    try:
        with files_open(1100):
            for _ in range(2):  # the second has a spare child
                assert go("print(1)").stdout == "1\n"
            assert go("import time; time.sleep(60)", wall_s=0.5).exit is Exit.TIMED_OUT
    finally:
        close_all()
