"""From what the kernel and the pipes said of a run to its `ExecutionResult`."""

import math
import re
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fivefold_solvers.result import (
    ExecutionResult,
    Exit,
    Limits,
    Report,
    SolutionStatus,
    last_report,
    relative_gap,
    report_values,
)
from fivefold_solvers.sandbox.capture import Capture

_OUT_OF_MEMORY = re.compile(r"^(?:[\w.]*MemoryError\b|OSError: \[Errno 12\]|.*\bstd::bad_alloc\b)", re.MULTILINE)
_NEAR = 0.9
_MEASURES = ("subreaper", "guarded", "no_new_privileges", "clean_environment")


@dataclass(slots=True)
class Facts:
    """What is known of a run apart from its output; nothing of it comes from the program's own words."""

    stopped: str | None = None
    """Why the parent ended it: `wall`, `output`, `cancelled`, or None."""
    note: str = ""
    """The same in words, for people."""
    why: str | None = None
    """Why the supervisor ended it: `processes`, `memory`, `asked`, or None."""
    began: bool = False
    """Whether the child came as far as the program."""
    isolation: str = "none"
    """How well the program was held, as seen and not as asked for."""
    start_failed: str | None = None
    """Why the program's interpreter did not start."""
    reported: bool = False
    """Whether the supervisor lived to say how it ended."""
    returncode: int | None = None
    """Exit code of the program, negative for a signal."""
    cpu_s: float = 0.0
    """CPU seconds of the program."""
    peak_kib: int = 0
    """Most memory it held at once."""
    wall_s: float = 0.0
    """Seconds from start to end by the parent's clock."""

    def learn(self, line: dict[str, Any]) -> None:
        """Take one line of the supervisor."""
        if "start_failed" in line:
            self.start_failed = str(line["start_failed"])
        elif "guarded" in line:
            self.began = True
            held = not line["limits_missing"] and all(line[name] is True for name in _MEASURES)
            self.isolation = "limited" if held else "none"
        elif "why" in line:
            self.reported = True
            self.why = line["why"]
            self.returncode = line.get("returncode")
            self.cpu_s = float(line.get("cpu_s", 0.0))
            self.peak_kib = int(line.get("peak_kib", 0))


def execution_result(facts: Facts, out: Capture, err: Capture, limits: Limits, scratch: Path) -> ExecutionResult:
    """Return the result of a run that ended one way or another."""
    # The folder's random name would make equal runs look different, and nobody can open it afterwards.
    stdout, stderr = (_named(stream.text(), scratch) for stream in (out, err))
    report = _finite(last_report("\n".join(map(_one_line, out.reports))))
    how, note = _exit(facts, stderr, report, limits)
    if note:
        stderr = f"{stderr.rstrip()}\n[sandbox] {note}\n".lstrip("\n")
    result = ExecutionResult(
        exit=how,
        stdout=stdout,
        stderr=stderr,
        returncode=facts.returncode,
        wall_s=facts.wall_s,
        isolation=facts.isolation,
        cpu_s=facts.cpu_s,
    )
    if report is None:
        return result
    return result.model_copy(
        update={
            "termination": report.termination,
            "solution_status": report.solution_status,
            "objective": report.objective,
            "bound": report.bound,
            "gap": relative_gap(report.objective, report.bound),
            "values": report_values(report),
            "solver": report.solver,
            "solver_version": report.solver_version,
        }
    )


def _named(text: str, scratch: Path) -> str:
    """Return a text without the folder that a run had on the host."""
    return text.replace(f"{scratch}/work/", "").replace(f"{scratch}/", "")


def _exit(facts: Facts, stderr: str, report: Report | None, limits: Limits) -> tuple[Exit, str]:
    """Return how the program ended and what to add to its standard error."""
    code = facts.returncode
    if facts.stopped == "wall":
        return Exit.TIMED_OUT, facts.note
    if facts.stopped is not None:
        return Exit.KILLED, facts.note
    if facts.why == "memory":
        return Exit.OUT_OF_MEMORY, f"killed: held more than {limits.memory_mib} MiB"
    if facts.why == "processes":
        return Exit.KILLED, f"killed: had more than {limits.processes} processes and threads"
    if facts.why == "disk":
        return Exit.KILLED, "killed: wrote more files or more bytes than its folder may hold"
    if not facts.reported or code is None:
        return Exit.KILLED, "killed: its supervisor was ended, by the program or from outside"
    spent = facts.cpu_s >= limits.cpu_s * _NEAR
    if code == -signal.SIGXCPU or (code == -signal.SIGKILL and spent):
        return Exit.TIMED_OUT, f"killed: used more than {limits.cpu_s:g} s of CPU time"
    if code == -signal.SIGSYS:
        return Exit.KILLED, "killed: it made a system call that is not allowed"
    if code == -signal.SIGKILL:
        if facts.peak_kib >= limits.memory_mib * 1024 * _NEAR:
            return Exit.OUT_OF_MEMORY, "killed near its memory limit"
        return Exit.KILLED, "killed by SIGKILL from outside the sandbox, or by the program itself"
    if code != 0:
        if _OUT_OF_MEMORY.search(stderr[-8192:]):
            return Exit.OUT_OF_MEMORY, ""
        return Exit.CRASHED, f"ended by {_signal_name(-code)}" if code < 0 else ""
    return (Exit.OK, "") if report is not None else (Exit.NO_RESULT, "")


def _one_line(line: bytes) -> str:
    """Return a result line as text that `str.splitlines` leaves whole; JSON allows these three in strings."""
    text = line.decode("utf-8", "replace")
    return text.replace("\u2028", r"\u2028").replace("\u2029", r"\u2029").replace("\x85", r"\u0085")


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _finite(report: Report | None) -> Report | None:
    """Return the report without numbers that are none; an objective like that means there is no solution."""
    if report is None:
        return None
    update: dict[str, Any] = {}
    if report.bound is not None and not math.isfinite(report.bound):
        update["bound"] = None
    if report.objective is not None and not math.isfinite(report.objective):
        update |= {"objective": None, "solution_status": SolutionStatus.NONE}
    update["values"] = {
        name: [(index, value) for index, value in entry if value is not None and math.isfinite(value)]
        if isinstance(entry, list)
        else (entry if entry is not None and math.isfinite(entry) else None)
        for name, entry in report.values.items()
    }
    return report.model_copy(update=update)
