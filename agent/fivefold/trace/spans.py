"""The parts of a trace as plain data."""

from dataclasses import dataclass, field
from typing import Any, Literal, TypedDict

SCHEMA = 1
"""Number of the file's format; a reader refuses what it does not know."""

Kind = Literal["llm", "solver", "code", "verify", "router", "tool"]
"""What a span mainly does."""
ErrorFamily = Literal[
    "parse", "schema", "static", "runtime", "timeout", "solver", "verify", "infra", "interrupted", "bug"
]
"""Where an error belongs; `interrupted` is a pause or a cancellation and no failure of the step."""


class LLMFacts(TypedDict, total=False):
    """What is kept of an LLM call."""

    name: str
    """Which LLM answered."""
    messages: str
    """SHA-256 of the messages."""
    reply: str
    """SHA-256 of the reply."""
    sampling: dict[str, Any]
    """Temperature and the like."""
    sample: int
    """Which of several samples of the same question."""
    input_tokens: int
    output_tokens: int
    finish_reason: str
    cached: bool
    """Whether the reply came from the cache."""


class SolverFacts(TypedDict, total=False):
    """What is kept of a solve."""

    name: str
    """The engine."""
    exit: str
    termination: str
    solution_status: str
    objective: float | None
    bound: float | None
    gap: float | None
    wall_s: float
    isolation: str
    variables: int
    constraints: int
    integers: int
    conflict: list[str]
    """Names of constraints that cannot hold together."""


class ErrorFacts(TypedDict, total=False):
    """What is kept of a failure."""

    family: ErrorFamily
    type: str
    message: str
    line: int
    excerpt: str
    """The lines of code around it."""


class VerdictFacts(TypedDict, total=False):
    """What is kept of one check."""

    check: str
    passed: bool
    severity: str
    message: str


@dataclass(frozen=True, slots=True)
class PromptRead:
    """One prompt that a span used."""

    name: str
    number: int
    sha256: str


@dataclass(slots=True, kw_only=True)
class Span:
    """One step of a run."""

    id: int
    """Counts from 1 in the order of starting."""
    parent_id: int | None
    """The span it ran in."""
    node: str
    """Name of the step."""
    visit: int
    """Counts how often this node has been entered, from 1."""
    kind: Kind
    """What it mainly does."""
    param_reads: list[PromptRead] = field(default_factory=list[PromptRead])
    """Prompts used, in order."""
    state_reads: dict[str, str] = field(default_factory=dict[str, str])
    """Key to SHA-256 of the value read."""
    state_writes: dict[str, str] = field(default_factory=dict[str, str])
    """Key to SHA-256 of the value written."""
    llm: LLMFacts | None = None
    """The LLM call, if this is one."""
    solver: SolverFacts | None = None
    """The solve, if this is one."""
    error: ErrorFacts | None = None
    """What went wrong."""
    verdicts: list[VerdictFacts] = field(default_factory=list[VerdictFacts])
    """What checks said."""
    t0: float = 0.0
    """Start, in seconds since 1970."""
    t1: float = 0.0
    """End, never before the start."""


@dataclass(frozen=True, slots=True)
class Blob:
    """The text of one value."""

    sha256: str
    """Of the whole text, secrets taken out."""
    text: str
    """The text, without its middle where it was longer than `VALUE_BYTES`."""
    size: int
    """Bytes of the whole text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunHeader:
    """What holds for a whole run."""

    run_id: str
    problem: str
    """SHA-256 of the problem's text."""
    seed: int | None
    versions: dict[str, str]
    """Of `fivefold`, `python` and whatever else the caller names."""
    started: str
    """Time of start, ISO 8601, UTC."""
    schema: int = SCHEMA


class Edge(TypedDict):
    """A value that one span wrote and a later one read."""

    source: int
    target: int
    key: str
    sha256: str


class Input(TypedDict):
    """A value that a span read and no span wrote."""

    target: int
    key: str
    sha256: str


class DataGraph(TypedDict):
    """Who read what from whom; edges lead from spans that ended earlier to later ones, so there is no circle."""

    nodes: list[dict[str, Any]]
    edges: list[Edge]
    inputs: list[Input]
