"""What the tools take and give, as pydantic classes: their JSON schemas are what clients are told."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from fivefold.problem import MAX_CHARACTERS
from fivefold.waiting import MAX_REPLY
from fivefold_server.schemas.common import Asked, Sent
from fivefold_server.schemas.formulations import MAX_FORMULATION
from fivefold_server.schemas.questions import (
    AlternativesAsked,
    DiagnoseAsked,
    GoalAsked,
    ParetoAsked,
    PricesAsked,
    RangesAsked,
    VariableTable,
    WhatIfAsked,
    WhyNotAsked,
)

MAX_TABLE = 2_000_000
Id = Annotated[str, Field(min_length=1, max_length=64)]
Number = Annotated[int, Field(ge=1, le=1_000_000)]
Seconds = Annotated[float, Field(gt=0, le=86_400)]


class Table(Asked):
    """A data file as text."""

    name: str = Field(min_length=1, max_length=120)
    """Name with its ending: `.csv`, `.tsv`, `.md` (a Markdown table), `.json` or `.jsonl`."""
    content: str = Field(max_length=MAX_TABLE)
    """The text of the file."""


class SolveProblem(Asked):
    """A decision problem in words."""

    text: str = Field(min_length=1, max_length=MAX_CHARACTERS)
    """The problem: what is to be decided, what limits it, what is best; with its numbers, unless they are in `data`."""
    data: list[Table] = Field(default=[], max_length=20)
    """Tables with the numbers that the text does not have."""
    problem: Id | None = None
    """Id of a problem to go on with: the text is then added to what was said before."""
    time_limit_s: Seconds = 60.0
    """Seconds for one solve; the server cuts it to its own limit."""
    ask: bool = True
    """Whether you may be asked what the text leaves open; without it the most usual reading is taken and told."""
    approve: bool = False
    """Whether the formulation is shown for approval before it is solved."""


class Answer(Asked):
    """The answer to a question of a run, or what is said to a formulation that it shows for approval."""

    run: Id
    """The run that asks."""
    text: str = Field(min_length=1, max_length=MAX_REPLY)
    """The answer in words; `skip` goes on without one; to a formulation `yes`, or what to change."""


class About(Asked):
    """Which formulation is meant: give either the formulation itself, or a problem."""

    formulation: str | dict[str, Any] | None = Field(default=None, max_length=MAX_FORMULATION)
    """The five elements as JSON (an object, or its text) or as Markdown."""
    problem: Id | None = None
    """Id of a problem that is there."""
    version: Number | None = None
    """Version of that problem's formulation; the latest without it."""


class Check(About):
    """A formulation to check."""


class SolveFormulation(About):
    """A formulation to solve, without any LLM."""

    library: Literal["pyomo", "ortools", "mathopt", "cpsat"] = "pyomo"
    """Modelling library of the program."""
    solver: str | None = Field(default=None, max_length=40)
    """The solver to call; the one that fits without it."""
    time_limit_s: Seconds = 60.0
    """Seconds for the solver; the server cuts it to its own limit."""


class Diagnose(About, DiagnoseAsked):
    """Why is there no solution, or no best one?"""


class Prices(About, PricesAsked):
    """What is one unit more of each limit worth?"""


class Ranges(About, RangesAsked):
    """How far may limits and objective coefficients go before the answer changes?"""


class WhatIf(About, WhatIfAsked):
    """What changes in the best solution if something else changes?"""


class WhyNot(About, WhyNotAsked):
    """What would another decision cost, or what stands against it?"""


class Alternatives(About, AlternativesAsked):
    """What else is as good, or nearly so?"""


class Pareto(About, ParetoAsked):
    """What is the trade-off against a second objective?"""


class GoalSeek(About, GoalAsked):
    """For which value of a parameter does the best objective reach a target?"""


class GetRun(Asked):
    """A run to look at."""

    run: Id
    """Its id."""


class ListProblems(Asked):
    """Which problems are there?"""

    search: str = Field(default="", max_length=200)
    """Words in the title or the conversation."""
    limit: int = Field(default=20, ge=1, le=200)
    """How many at most."""


class GetFormulation(Asked):
    """A version of a problem's formulation to look at."""

    problem: Id
    """Id of the problem."""
    version: Number | None = None
    """The version; the latest without it."""


class Export(Asked):
    """A file to take away: of a run, or of a version."""

    form: Literal["py", "ipynb", "lp", "mps", "tex", "md", "json", "card.md", "html", "csv", "result.json"]
    """Its form; `csv` and `result.json` need a run."""
    run: Id | None = None
    """The run; with it the file tells of the solution too."""
    problem: Id | None = None
    """Instead of a run: a problem, whose formulation is taken."""
    version: Number | None = None
    """Version of that problem's formulation; the latest without it."""


class Fault(Sent):
    """Why there is no answer."""

    code: str
    """The kind of fault, stable."""
    detail: str
    """What went wrong."""
    mend: str
    """What to do about it; empty where nobody knows."""


class Doubt(Sent):
    """Something that a check found."""

    check: str
    """Name of the rule."""
    severity: str
    """`error`, `warning` or `note`."""
    message: str
    """What it found."""


class Solved(Sent):
    """What came of a run."""

    problem: str
    """Id of the problem; other tools take it."""
    run: str
    """Id of the run."""
    version: int | None
    """Version of the formulation that was solved; None where there is none."""
    status: str
    """`succeeded`, `infeasible`, `unbounded`, `time_limit`, `failed`, `cancelled`; `waiting` for an answer;
    `queued` or `running` where it is not over."""
    answer: str
    """The answer in words."""
    objective: float | None
    """Value of the objective; None without a solution."""
    sense: str | None
    """`minimize`, `maximize` or `satisfy`."""
    objective_name: str | None
    """What the objective measures."""
    unit: str | None
    """Unit of measure."""
    bound: float | None
    """Proven bound on the optimum; None where the solver gave none."""
    variables: list[VariableTable]
    """The values that are not 0, at most 200 of each variable; the form `csv` of `export` has all."""
    grade: str | None
    """What the checks say of a result from words: `confirmed`, `consistent`, `suspicious`, `refuted`, `unsolved`."""
    doubts: list[Doubt]
    """What the checks found."""
    holds: bool | None
    """Of a formulation that was run: whether recomputing found no fault; None where nothing was recomputed."""
    assumptions: list[str]
    """What the formulation settles that the text leaves open."""
    question: str
    """What to ask a person, because the answer depends on it; empty where there is nothing. While the run is
    `waiting`, `answer_question` takes the answer."""
    formulation: str
    """The five elements as Markdown; empty where there are none."""
    fault: Fault | None
    """Why the run failed."""


class Problems(Sent):
    """Problems that are there."""

    problems: list[dict[str, Any]]
    """Each with `id`, `title`, `status` of its latest run, and `version` of its latest formulation."""
    total: int
    """How many fit the search."""


class Shown(Sent):
    """A version of a formulation."""

    problem: str
    """Id of its problem."""
    version: int
    """Its number."""
    markdown: str
    """The five elements as Markdown."""
    formulation: dict[str, Any]
    """The same as data."""
    ok: bool
    """Whether it can be built."""
    findings: list[str]
    """What is wrong, doubtful or was mended."""


class File(Sent):
    """A file as text."""

    name: str
    """Its name."""
    media_type: str
    """What it is."""
    text: str
    """Its content."""
