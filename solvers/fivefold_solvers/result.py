"""What came of running a program: three separate questions, never folded into one word.

`Exit` says how the child process ended, `Termination` why the solver stopped, `SolutionStatus` what it left.

Conventions used everywhere in Fivefold:

* *gap*: ``abs(objective - bound) / max(1e-10, abs(objective))``.
* *bound*: a proven lower bound on the optimum when minimizing, an upper bound when maximizing.
* *dual value* of a row: change of the optimal objective per unit increase of the row's right-hand side,
  in the problem's own sense (positive where more right-hand side raises the objective value).
"""

import json
import math
from enum import StrEnum
from typing import Any, Literal, cast

from pydantic import BaseModel, ConfigDict, ValidationError, field_serializer, field_validator

FEASIBILITY_TOLERANCE = 1e-6
"""Largest accepted violation of a row or bound, absolute, scaled by max(1, abs(right-hand side))."""
INTEGRALITY_TOLERANCE = 1e-5
"""Largest accepted distance of an integer variable from an integer."""
OPTIMALITY_TOLERANCE = 1e-6
"""Relative gap at which a solver may stop and say optimal."""
COMPARISON_TOLERANCE = 1e-6
"""Relative difference at which two objective values count as the same."""

RESULT_PREFIX = "FIVEFOLD_RESULT "
"""A program reports on one line of standard output that starts with this and continues with JSON."""

Index = tuple[int | float | str, ...]
"""The place of one entry of an indexed variable; the empty tuple for a scalar."""


class Exit(StrEnum):
    """How the child process ended."""

    OK = "ok"
    CRASHED = "crashed"
    TIMED_OUT = "timed_out"
    OUT_OF_MEMORY = "out_of_memory"
    KILLED = "killed"
    NO_RESULT = "no_result"


class Termination(StrEnum):
    """Why the solver stopped."""

    OPTIMAL = "optimal"
    INFEASIBLE = "infeasible"
    UNBOUNDED = "unbounded"
    INFEASIBLE_OR_UNBOUNDED = "infeasible_or_unbounded"
    TIME_LIMIT = "time_limit"
    OTHER_LIMIT = "other_limit"
    ERROR = "error"
    UNKNOWN = "unknown"


class SolutionStatus(StrEnum):
    """What the solver left behind."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    NONE = "none"


class Limits(BaseModel):
    """What one run of a program may use."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    wall_s: float = 60.0
    """Wall-clock seconds, after which the whole process group is killed."""
    cpu_s: float = 600.0
    """CPU seconds of the process, all threads together."""
    memory_mib: int = 4096
    """Address space beyond what the interpreter needs, in MiB."""
    output_kib: int = 1024
    """Output kept per stream, in KiB; four times as much kills the program."""
    processes: int = 64
    """Processes and threads the program may have at once."""


class Report(BaseModel):
    """The JSON that a program prints behind `RESULT_PREFIX`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    termination: Termination
    solution_status: SolutionStatus
    objective: float | None = None
    bound: float | None = None
    values: dict[str, float | list[tuple[list[int | float | str], float | None]] | None] = {}
    """Per variable name: a number, or a list of ``[index, number]`` pairs, e.g. ``[[["cake", 1], 3.0]]``."""
    solver: str = ""
    solver_version: str = ""
    solve_s: float | None = None


class ExecutionResult(BaseModel):
    """Everything that is known of one run of one program. A crash or an infeasible model is data, not an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    exit: Exit
    """How the child process ended."""
    termination: Termination = Termination.UNKNOWN
    """Why the solver stopped, as the program printed it."""
    solution_status: SolutionStatus = SolutionStatus.NONE
    """What the solver left, as the program printed it."""
    objective: float | None = None
    """Objective value of the solution, None without one."""
    bound: float | None = None
    """Proven bound on the optimum, None where the solver gave none."""
    gap: float | None = None
    """Relative gap, see the module's text; None without an objective and a bound."""
    values: dict[str, dict[Index, float]] = {}
    """Per variable, the value at each index; a scalar variable has the one index `()`."""
    stdout: str = ""
    """Standard output, head and tail where it was longer than `Limits.output_kib`."""
    stderr: str = ""
    """Standard error, treated like standard output."""
    returncode: int | None = None
    """Exit code of the process; negative for a signal; None if it never ran."""
    wall_s: float = 0.0
    """Wall-clock seconds from start to end of the child."""
    cpu_s: float = 0.0
    """CPU seconds of the child, all threads together, as the kernel counted them."""
    solver: str = ""
    """The engine that the program said it used."""
    solver_version: str = ""
    """Its version, as the program said."""
    isolation: str = "none"
    """How well the child was confined: `strict`, `confined`, `limited` or `none`, as a self-test found."""
    evidence: Literal["printed", "audited"] = "printed"
    """What stands behind objective and values: only what the program printed, or also a recomputation of them from
    the formulation and its data. A program can print anything."""

    @field_serializer("values", when_used="json")
    def _values_as_pairs(self, values: dict[str, dict[Index, float]]) -> dict[str, list[tuple[list[Any], float]]]:
        """JSON has no tuple keys: values become lists of `[index, value]`, which validation reads back."""
        return {name: [(list(index), value) for index, value in table.items()] for name, table in values.items()}

    @field_validator("values", mode="before")
    @classmethod
    def _values_from_pairs(cls, values: object) -> object:
        if not isinstance(values, dict):
            return values
        read: dict[object, object] = {}
        for name, table in cast(dict[object, object], values).items():
            pairs = cast(list[tuple[list[Any], Any]], table)
            read[name] = {tuple(index): value for index, value in pairs} if isinstance(table, list | tuple) else table
        return read

    @property
    def solved(self) -> bool:
        """Whether the program ended well with a solution that its solver calls optimal."""
        return self.has_solution and self.solution_status is SolutionStatus.OPTIMAL

    @property
    def has_solution(self) -> bool:
        """Whether the program ended well with a solution, if not with one that its solver calls optimal."""
        return self.exit is Exit.OK and self.solution_status is not SolutionStatus.NONE


def relative_gap(objective: float | None, bound: float | None) -> float | None:
    """Return ``abs(objective - bound) / max(1e-10, abs(objective))``, or None where either is missing."""
    if objective is None or bound is None or not (math.isfinite(objective) and math.isfinite(bound)):
        return None
    return abs(objective - bound) / max(1e-10, abs(objective))


def last_report(stdout: str) -> Report | None:
    """Return the last well-formed result line of a program's output, or None."""
    for line in reversed(stdout.split("\n")):
        if line.startswith(RESULT_PREFIX):
            try:
                raw: Any = json.loads(line.removeprefix(RESULT_PREFIX))
                json.dumps(raw, ensure_ascii=False).encode()  # halves of characters are no text and cannot be stored
                return Report.model_validate(raw)
            except (ValueError, ValidationError, RecursionError):
                continue
    return None


def report_values(report: Report) -> dict[str, dict[Index, float]]:
    """Return the values of a report as `ExecutionResult.values`; entries without a number are left out."""
    values: dict[str, dict[Index, float]] = {}
    for name, entry in report.values.items():
        alone: list[tuple[list[int | float | str], float | None]] = [([], entry if isinstance(entry, float) else None)]
        pairs = entry if isinstance(entry, list) else alone
        values[name] = {tuple(index): value for index, value in pairs if value is not None}
    return values
