"""Everything that came of one problem."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from fivefold.answer import whole_values
from fivefold.clarification import Reading
from fivefold.problem import Problem
from fivefold.scenario import Scenario
from fivefold.verdict import Verdict
from fivefold.verdict.derivations import Derived
from fivefold.waiting import Answered, Pause
from fivefold_solvers.data.mapping import DataMapping
from fivefold_solvers.formulation.elements import Assumption, Formulation
from fivefold_solvers.formulation.finding import Finding
from fivefold_solvers.program import Program
from fivefold_solvers.result import ExecutionResult


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class UsageReport(_Frozen):
    """What a run took."""

    calls: int = 0
    """Answers of the LLM; this and what follows counts over all parts of a resumed run."""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    llm_s: float = 0.0
    """Seconds of the LLM; a cached answer counts with its first cost."""
    solver_s: float = 0.0
    """Seconds of solver programs."""
    wall_s: float = 0.0
    """Seconds from the start to the end of the call; after a resume, of the last part."""
    cached_calls: int = 0
    """Answers that came from the reply cache."""


class Round(_Frozen):
    """One turn of the repair loop, or another derivation."""

    round: int
    """0 for the first formulation of a derivation."""
    derivation: int = 0
    """Which derivation it belongs to: 0 for the first, whose faults are repaired."""
    told: tuple[str, ...] = ()
    """The faults that the LLM was told."""
    changed: tuple[str, ...] = ()
    """What it changed, one line per element."""
    mended: tuple[str, ...] = ()
    """What was edited by rule after it was written, and why."""
    penalty: float = 0.0
    """Weighted faults after this round."""
    kept: bool = True
    """Whether this candidate is the best so far."""
    repeated: bool = False
    """Whether the LLM had written exactly this before."""


class Outcome(_Frozen):
    """What came of a problem: the five elements, a program, its result, the verdict on it and its explanation."""

    run_id: str
    """Names the run in traces and for resuming."""
    problem: Problem
    formulation: Formulation | None = None
    """The five elements; None where only a free program came of it, or nothing."""
    mapping: DataMapping | None = None
    """Which column of the data is which; None without data."""
    program: Program | None = None
    """The program that was run; None also where the data was too large for one and was solved as arrays."""
    why: str = ""
    """Why the program is for its library and solver."""
    result: ExecutionResult | None = None
    """What running it gave."""
    verdict: Verdict
    """What the checks say."""
    findings: tuple[Finding, ...] = ()
    """Everything found and mended on the way to the kept formulation."""
    assumptions: tuple[Assumption, ...] = ()
    """What the formulation settles that the text leaves open."""
    explanation: str = ""
    """The answer in plain words."""
    question: str = ""
    """The one thing to ask a person, because the text leaves it open and the answer depends on it; else empty."""
    waiting: Pause | None = None
    """What the run waits for; `fivefold.resume` goes on with it. None where it has ended."""
    answers: tuple[Answered, ...] = ()
    """What was asked of a person, and the answers; `problem.text` holds them too."""
    readings: tuple[Reading, ...] = ()
    """Other readings of the text that have another optimum, each with both optima, the largest change first."""
    derivations: tuple[Derived, ...] = ()
    """Independent derivations of the problem, where more than one was asked for: which of them agree."""
    scenarios: tuple[Scenario, ...] = ()
    """The further questions of the text ("if the price were 9 instead, ...?"), each with its changed formulation."""
    rounds: tuple[Round, ...] = ()
    """The repair loop, turn by turn."""
    stopped: str = ""
    """Why the loop ended before the checks were content: a spent budget, an LLM that repeats itself; else empty."""
    resumable: bool = False
    """Whether something outside failed on the way to a better answer, and `fivefold.resume` tries it again."""
    usage: UsageReport = UsageReport()

    @property
    def objective(self) -> float | None:
        """Objective value of the solution; None without a solution, or where any feasible one will do.

        Where `solved` is False it is that of the best solution found when the solver stopped, so others may be better.
        """
        return self.result.objective if self.result is not None and self.result.has_solution else None

    @property
    def solved(self) -> bool:
        """Whether a solver calls the solution optimal and no check refuted it."""
        return self.result is not None and self.result.solved and self.verdict.grade != "refuted"

    @property
    def values(self) -> dict[str, dict[tuple[int | float | str, ...], float]]:
        """Values of the variables by name and index, those of whole numbers whole; empty without a solution.

        `result.values` are the solver's own, which may be a hair off: 22.9999999 for 23.
        """
        return {} if self.result is None else whole_values(self.formulation, self.result.values)
