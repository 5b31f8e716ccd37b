"""What a scoring rule is: data with a comparison and a judgement, so that all of them can be listed and tabled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict

from fivefold_benchmarks.case import Case, Expected, as_number, says_no_optimum

Ended = Literal["ok", "failed", "timed_out"]


class Mark(StrEnum):
    """What a rule says of an answer."""

    RIGHT = "right"
    WRONG = "wrong"
    NOT_APPLICABLE = "not applicable"
    """The rule needs what the case or the recorded answer does not have."""


class Prediction(BaseModel):
    """An answer to score: what a pipeline says of a problem, and how its program ended."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    objective: float | None = None
    """None without one; a value that is not finite counts as none."""
    status: Expected = "unknown"
    """What the solver said: `optimal`, or explicitly that there is no optimum; `unknown` is neither."""
    ended: Ended = "ok"
    """How the program ended; `failed` covers that there was none."""
    quantities: dict[str, float] | None = None
    """Values of its variables by name; None: not recorded."""
    read: dict[str, float] | None = None
    """Published quantities as an LLM read them off the output, by their names there; None: no LLM was asked."""
    altered: dict[str, float | None] | None = None
    """Objectives of altered programs by the name of the alteration (`rules.alterations`); None: not run."""

    @classmethod
    def of(cls, raw: object, *, ended: Ended = "ok") -> Prediction:
        """Return the prediction for a value as programs print it: a number, a text, None."""
        value = as_number(raw)
        if value is not None and not (isinstance(raw, str) and says_no_optimum(raw)):
            return cls(objective=value, status="optimal", ended=ended)
        return cls(status="no_optimum" if says_no_optimum(raw) else "unknown", ended=ended)

    @property
    def value(self) -> float | None:
        """The objective where it is a finite number."""
        return as_number(self.objective)

    @property
    def says_no_optimum(self) -> bool:
        """Whether it says explicitly that there is no optimum."""
        return self.status in ("infeasible", "unbounded", "no_optimum")


Agree = Callable[[float, float, float], bool]
"""From a value, a key and a tolerance, all finite, to whether they agree."""


Judge = Callable[["Rule", Prediction, Case], Mark]
"""From a rule, a prediction and a case to what the rule says of it."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One way to decide whether an answer is right."""

    name: str
    source: str
    """Paper or repository file that it is read from."""
    says: str
    """The rule in words."""
    agree: Agree = field(repr=False)
    """The comparison of two numbers."""
    tolerance: float
    """Its tolerance; every rule forgives more with a larger one."""
    judge: Judge = field(repr=False)
    """The whole rule: which key, and what counts where there is no number."""
    peeks: str = "nothing"
    """What it lets the key decide beside the comparison."""
    key: Literal["best-known", "published"] = "published"
    """Which answer it scores against."""
    wants: str = ""
    """What it wants to know beside a value and the published answer; without it the rule is not applicable."""

    def __call__(self, prediction: Prediction, case: Case) -> Mark:
        """Return what this rule says of an answer."""
        return self.judge(self, prediction, case)

    def agrees(self, value: float | None, key: float | None) -> bool:
        """Whether a value agrees with a key; False without either."""
        return value is not None and key is not None and self.agree(value, key, self.tolerance)


def mark(is_right: bool) -> Mark:
    """Return right or wrong."""
    return Mark.RIGHT if is_right else Mark.WRONG
