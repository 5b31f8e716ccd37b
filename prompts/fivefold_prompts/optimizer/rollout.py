"""What came of one candidate on one case: how far it got, what can be said of it, what it cost."""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any, Literal, TypedDict

from pydantic import BaseModel, ConfigDict, Field


class Stage(StrEnum):
    """How far a run got, from nothing to the right answer."""

    NO_REPLY = "no_reply"
    UNREADABLE = "unreadable"
    """The LLM's reply could not be read."""
    ERRORS = "errors"
    """A formulation was read, and the checks before solving found errors in it."""
    CRASHED = "crashed"
    """The program failed."""
    NO_OPTIMUM = "no_optimum"
    """The solver ended without an optimal solution."""
    REFUTED = "refuted"
    """A check after solving falsified the answer."""
    SUSPICIOUS = "suspicious"
    """Nothing falsified it, but a check is in doubt."""
    CONSISTENT = "consistent"
    """Nothing falsified it; it is not the right answer."""
    RIGHT = "right"


LADDER: Mapping[Stage, float] = {
    Stage.NO_REPLY: 0.0,
    Stage.UNREADABLE: 0.05,
    Stage.ERRORS: 0.10,
    Stage.CRASHED: 0.20,
    Stage.NO_OPTIMUM: 0.35,
    Stage.REFUTED: 0.42,
    Stage.SUSPICIOUS: 0.46,
    Stage.CONSISTENT: 0.50,
    Stage.RIGHT: 1.0,
}
"""Score of each stage, for the search only; what is promoted is decided by right or not right."""

Comparison = Literal["better", "worse", "magnitude"]
"""A wrong objective beside the reference, with the problem's own sense; `magnitude`: ten times off or more."""


class Cost(BaseModel):
    """What something cost, or may cost at most."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rollouts: int = Field(default=0, ge=0)
    """Runs of the system on a case."""
    tokens: int = Field(default=0, ge=0)
    """Tokens in and out."""
    money: float = Field(default=0.0, ge=0)
    """In whatever currency all prices are."""
    seconds: float = Field(default=0.0, ge=0)
    """Time of work; of what ran side by side, the sum."""

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(
            rollouts=self.rollouts + other.rollouts,
            tokens=self.tokens + other.tokens,
            # Rounded, so that the order in which costs are summed makes no difference.
            money=round(self.money + other.money, 9),
            seconds=round(self.seconds + other.seconds, 9),
        )

    def times(self, count: int) -> "Cost":
        """Return the cost of `count` such things one after another."""
        return Cost(
            rollouts=self.rollouts * count,
            tokens=self.tokens * count,
            money=self.money * count,
            seconds=self.seconds * count,
        )


class Rollout(BaseModel):
    """One candidate on one case. It holds neither the reference nor a number derived from it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stage: Stage
    """How far it got."""
    comparison: Comparison | None = None
    """How a wrong objective stands to the reference; None where that is not known or the answer is right."""
    status: str = ""
    """What the solver said, in a word or two."""
    conflict: tuple[str, ...] = ()
    """Names of constraints that cannot hold together."""
    judged: Literal["label", "verdict"] = "label"
    """What says that an answer is right: the known one, or that no check found fault with it."""
    remarks: tuple[str, ...] = ()
    """What a person said of what a step wrote for this case."""
    spans: tuple[dict[str, Any], ...] = ()
    """The run's spans, as in its trace."""
    values: dict[str, str] = {}
    """Texts of values by SHA-256; those that matter are enough."""
    cost: Cost = Cost(rollouts=1)
    """What the run cost."""

    @property
    def right(self) -> bool:
        """Whether the answer is taken as right: all that counts for promotion."""
        return self.stage is Stage.RIGHT

    @property
    def score(self) -> float:
        """Rung of the ladder, for the search."""
        return LADDER[self.stage]


class OutsideFault(Exception):
    """The world outside failed: endpoint down, disk full. Such a run has no score and is tried again."""


Evaluate = Callable[[Mapping[str, str], str, int], Rollout]
"""Runs a candidate (prompt name to text) on the case of that id with that seed.

Whatever a candidate did wrong is a `Rollout`; only an `OutsideFault` may be raised. The same arguments must give
the same rollout for a search to be repeatable; calls may come from several threads.
"""


class Turn(TypedDict):
    """One message of a talk with an LLM."""

    role: Literal["system", "user", "assistant"]
    content: str


class Answer(BaseModel):
    """An LLM's reply."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str
    """The reply as it came."""
    cost: Cost = Cost()
    """What it cost."""


Ask = Callable[[Sequence[Turn], int], Answer]
"""Asks an LLM: the messages, and which of several samples is meant; an `OutsideFault` may be raised."""
