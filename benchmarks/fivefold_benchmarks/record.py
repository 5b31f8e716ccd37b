"""What is kept of a run: its configuration and stamps, and one record for every attempt."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple, cast

from pydantic import BaseModel, ConfigDict, field_validator

from fivefold_benchmarks.case import Case, Expected
from fivefold_benchmarks.rules.rule import Ended, Mark, Prediction

CLOCKS = frozenset({"cached_calls", "llm_s", "run_s", "wall_s", "finished"})
"""Fields of a record that a repeat of the same run may change."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RunConfig(_Frozen):
    """What was asked for; together with the items it says what a run consists of."""

    pipelines: tuple[str, ...]
    """Names of the pipelines, the baseline of ratios first."""
    samples: int = 1
    """Attempts for each item and pipeline."""
    seed: int = 0
    """Seed of the LLM's sampling and of the choice of items."""
    temperature: float = 0.0
    """Sampling temperature where a pipeline asks for 0; several samples need one above 0 to differ."""
    max_tokens: int = 40_000
    """LLM tokens for one attempt, question and answer together."""
    max_seconds: float = 1800.0
    """Seconds for one attempt, without its wait for the LLM's turn."""
    prompts: str = ""
    """Id of the set of prompts that Fivefold's own pipelines use; empty: those that come with the package."""


class RunInfo(_Frozen):
    """One run: its configuration and the stamps that say with what it was made."""

    run_id: str
    """Names the run in its file."""
    started: str
    """ISO 8601, UTC."""
    config: RunConfig
    """What was asked for."""
    rule: str
    """Name of the rule that said what is right when the records were made."""
    llm: str
    """Name of the LLM at its endpoint."""
    endpoint: str
    """Where it was asked; holds no key."""
    version: str
    """Version of Fivefold."""
    commit: str = ""
    """Git commit of the project; empty where it is no checkout."""
    dirty: bool = False
    """Whether the checkout held changes that are not in that commit."""
    prompts: dict[str, str] = {}
    """The `ref` of every prompt in force, by name."""
    packages: dict[str, str] = {}
    """Versions of Python and of the packages that results can depend on."""
    data: dict[str, str] = {}
    """SHA-256 of each file of items, by the file's name."""


class EvalRecord(_Frozen):
    """What one pipeline made of one item, once; also for a crash."""

    run_id: str
    """The run it belongs to."""
    item: str
    """Name of the problem: benchmark and id."""
    pipeline: str
    """Name of the pipeline."""
    sample: int = 0
    """Counts the attempts at the same item from 0."""
    kind: str = ""
    """Kind of the problem."""
    answer: float | None = None
    """The reference value; None where the reference says that there is no optimum."""
    objective: float | None = None
    """The value that the pipeline reports."""
    ending: Expected = "unknown"
    """What the solver said: `optimal`, or explicitly that there is no optimum."""
    quantities: dict[str, float] | None = None
    """Values of the variables by name; None where the pipeline does not report them."""
    mark: Mark = Mark.WRONG
    """What the run's rule said of it."""
    ran: bool = False
    """Whether a program ended well and reported a value."""
    status: str = ""
    """How it ended, in a word or two."""
    verdict: str = ""
    """Grade of the verdict; empty for a pipeline that gives none."""
    confidence: float | None = None
    """Confidence of the verdict, 0 to 1; None where there is none."""
    formulation: str = ""
    """The formulation as Markdown, or the text elements of a pipeline that writes them."""
    program: str = ""
    """Source of the program whose value was reported, or of the last one that was tried."""
    result: dict[str, Any] = {}
    """How that program ended: exit, termination, solution status, bound, tails of its output."""
    prompt_tokens: int = 0
    """Tokens of all questions; a reply from the cache counts like the first one."""
    completion_tokens: int = 0
    """Tokens of all answers."""
    calls: int = 0
    """Answers of the LLM."""
    cached_calls: int = 0
    """How many of them came from the reply cache."""
    corrections: int = 0
    """Times that the pipeline corrected itself."""
    llm_s: float = 0.0
    """Seconds of the LLM; a reply from the cache counts with those of the first one."""
    run_s: float = 0.0
    """Seconds in solver programs."""
    wall_s: float = 0.0
    """Seconds from start to end, without the wait for the LLM's turn."""
    read: dict[str, float] | None = None
    """Published quantities as an LLM read them off the output; None: not read. Kept beside the record, not in it."""
    error: str = ""
    """The end of the traceback, for a crash."""
    finished: str = ""
    """ISO 8601, UTC."""

    @field_validator("*", mode="before")
    @classmethod
    def _storable(cls, value: object) -> object:
        """Take halves of characters out of texts: LLMs and programs write them, and no file can hold them."""
        return _whole(value)

    @property
    def right(self) -> bool:
        """Whether the run's rule accepted it."""
        return self.mark is Mark.RIGHT

    @property
    def prediction(self) -> Prediction:
        """The answer as scoring rules take it."""
        how = str(self.result.get("exit", ""))
        ended: Ended = "ok" if how in ("ok", "no_result") else "timed_out" if how == "timed_out" else "failed"
        return Prediction(
            objective=self.objective, status=self.ending, ended=ended, quantities=self.quantities, read=self.read
        )

    @property
    def key(self) -> Key:
        """What there is one record of."""
        return Key(self.item, self.pipeline, self.sample)

    @property
    def tokens(self) -> int:
        """Tokens of questions and answers together."""
        return self.prompt_tokens + self.completion_tokens

    def repeatable(self) -> dict[str, Any]:
        """Return the fields that are a repeat of the run has too: all but clocks, its name and what was read."""
        return self.model_dump(mode="json", exclude={*CLOCKS, "run_id", "read"})


class Key(NamedTuple):
    """What there is one record of in a run."""

    item: str
    pipeline: str
    sample: int


class RunEvent(NamedTuple):
    """Something that happened to a run as a whole."""

    at: str
    kind: str
    detail: str


def _whole(value: object) -> object:
    if isinstance(value, Mark) or not isinstance(value, str | dict):
        return value
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    return {_whole(key): _whole(entry) for key, entry in cast(dict[object, object], value).items()}


def name_of(case: Case) -> str:
    """Return the name of a problem in a run: benchmark and id."""
    return f"{case.benchmark}/{case.id}" if case.benchmark else case.id


def now() -> str:
    """Return the time in ISO 8601, UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def same_records(one: Mapping[Key, EvalRecord], other: Mapping[Key, EvalRecord]) -> bool:
    """Whether two runs came to the same, clocks aside."""
    return one.keys() == other.keys() and all(one[key].repeatable() == other[key].repeatable() for key in one)
