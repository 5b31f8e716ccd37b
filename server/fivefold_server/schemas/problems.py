"""Problems, messages, runs and events over the wire."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from fivefold.options import Options
from fivefold.problem import MAX_CHARACTERS
from fivefold.waiting import MAX_REPLY
from fivefold_server.schemas.common import Asked, Sent

RunStatus = Literal[
    "queued",
    "running",
    "waiting",
    "succeeded",
    "infeasible",
    "unbounded",
    "time_limit",
    "stopped",
    "failed",
    "cancelled",
    "interrupted_by_restart",
]
EventKind = Literal[
    "run.status",
    "step.started",
    "step.progress",
    "step.finished",
    "attempt.failed",
    "message.final",
    "formulation",
    "formulation.version",
    "formulation.approved",
    "code.version",
    "solver.log",
    "solver.progress",
    "solution",
    "question",
    "approval",
    "answered",
    "file.added",
    "file.removed",
    "problem.changed",
    "retry",
    "warning",
    "error",
]


class NewProblem(Asked):
    """A problem to work on."""

    text: str = Field(default="", max_length=MAX_CHARACTERS)
    """The problem in words; with it, a run begins. Empty: a problem for a formulation that is put in."""
    title: str = Field(default="", max_length=120)
    """A few words that name it; the first words of the text without it."""
    options: Options = Options()
    """Bounds and choices of the run."""
    llm: str | None = Field(default=None, max_length=200)
    """Name of the LLM at the configured endpoint; the configured one without it."""


class NewMessage(Asked):
    """What a user says in a conversation; it starts a run that changes what stands, or of all that was said so far."""

    text: str = Field(min_length=1, max_length=MAX_CHARACTERS)
    """What is said."""
    options: Options = Options()
    """Bounds and choices of the run."""
    llm: str | None = Field(default=None, max_length=200)
    """Name of the LLM; the configured one without it."""
    anew: bool = False
    """Write the whole formulation anew, though there is one that can be changed as is said."""


class Retitled(Asked):
    """Another title."""

    title: str = Field(min_length=1, max_length=120)
    """The title."""


class SolveAgain(Asked):
    """Run a version that is there, without any LLM."""

    version: int | None = Field(default=None, ge=1, le=1_000_000)
    """The version; the latest without it."""
    library: Literal["pyomo", "ortools", "mathopt", "cpsat"] = "pyomo"
    """Modelling library of the program."""
    solver: str | None = Field(default=None, max_length=40)
    """The solver to call; the one that fits without it."""
    time_limit_s: float = Field(default=60.0, gt=0, le=86_400)
    """Seconds for the solver."""


class Message(Sent):
    """What a user or the agent said."""

    id: int
    """Its id."""
    role: Literal["user", "agent"]
    """Who said it."""
    text: str
    """The words."""
    run: str | None
    """The run that it started, or that it came from."""
    created: float
    """When it was made, in seconds since 1970."""


class Waiting(Sent):
    """What a run waits for."""

    id: str
    """Names it; the reply goes to `/problems/{problem_id}/interrupts/{id}`."""
    kind: Literal["question", "approval"]
    """Whether the text leaves something open, or a formulation is to be approved."""
    text: str
    """What is asked, in plain words."""
    why: str
    """Why it is asked."""
    options: list[str]
    """Answers to choose from; any other words are taken too."""
    default: str
    """What is taken where nobody answers."""
    version: int | None
    """The version that is to be approved."""
    doubts: list[str]
    """What the checks say against it."""
    changes: list[str]
    """What differs from the one that was shown before."""


class PersonReplied(Asked):
    """A reply to what a run waits for."""

    kind: Literal["answer", "skip", "approve", "edit", "change"]
    """To a question: `answer`, or `skip` to go on without. To a formulation: `approve`, `edit` (another version is
    meant), or `change` in words."""
    text: str = Field(default="", max_length=MAX_REPLY)
    """The answer, or what to change."""
    version: int | None = Field(default=None, ge=1, le=1_000_000)
    """Of `edit`: the version that is meant; the latest without it."""


class Run(Sent):
    """One run."""

    id: str
    """Its id."""
    problem: str
    """Id of its problem."""
    kind: Literal["words", "formulation", "question"]
    """`words`: from the problem's text with the LLM; `formulation`: of a version, without any LLM; `question`:
    answers one about the best plan of a version, without any LLM."""
    status: RunStatus
    """`waiting`: for a person's answer or approval, see `waiting`."""
    position: int | None = None
    """Place in the queue, from 1, while it waits."""
    formulation: int | None
    """The version that it runs, or that it made."""
    stale: bool = False
    """Whether there is a later version than the one that it belongs to."""
    can_resume: bool = False
    """Whether it stopped halfway and `resume` goes on with it."""
    attempts: int
    """How often it was begun; more than 1 after a restart of the server."""
    asked: dict[str, Any]
    """Text or library, and options."""
    waiting: Waiting | None = None
    """What it waits for; None where it waits for nobody."""
    error: dict[str, Any] | None
    """Why it failed, or could not look for a better answer, as an error document."""
    created: float
    """When it was made, in seconds since 1970."""
    started: float | None
    """When it was begun, in seconds since 1970; None while it waits."""
    ended: float | None
    """When it was over, in seconds since 1970; None before."""


class Problem(Sent):
    """A problem as it is listed."""

    id: str
    """Its id."""
    title: str
    """A few words that name it."""
    created: float
    """When it was made, in seconds since 1970."""
    changed: float
    """When something last came to it, in seconds since 1970."""
    status: RunStatus | None
    """Status of its latest run; None before the first."""
    grade: str | None
    """What the checks said of that run's answer; None where they said nothing."""
    version: int | None
    """Number of its latest formulation; None before the first."""


class ProblemPage(Sent):
    """Some of a user's problems."""

    problems: list[Problem]
    """One page of them, the last changed first."""
    total: int
    """How many there are."""


class WholeProblem(Problem):
    """A problem with what belongs to it."""

    messages: list[Message]
    """What was said, in order."""
    runs: list[Run]
    """The latest first, twenty at most."""
    last_seq: int
    """Sequence number of the latest event of the user: a stream with `after` this number goes on from here."""


class Started(Sent):
    """A run that was put into the queue."""

    problem: str
    """Id of its problem."""
    run: Run
    """The run that it belongs to; None where it belongs to none."""
    events: str
    """Path of the problem's live events."""


class Event(Sent):
    """One thing that happened to a problem; the log is only appended to."""

    seq: int
    """Grows over all problems; `Last-Event-ID` and `after` take it."""
    ts: float
    """Seconds since 1970."""
    problem: str
    """Id of its problem."""
    run: str | None
    """The run that it belongs to; None where it belongs to none."""
    kind: EventKind
    """What happened; the fields of `data` for each kind are in docs/server.md."""
    data: dict[str, Any]
    """The facts; what there is for each kind is in docs/server.md."""


class EventPage(Sent):
    """Events behind a sequence number."""

    events: list[Event]
    """In order."""
    last_seq: int
    """What to give as `after` next."""
