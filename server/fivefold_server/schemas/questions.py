"""Questions about the best solution over the wire."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from fivefold_server.schemas.common import Asked, Sent


class Question(Asked):
    """A question about a formulation's best solution, or its absence."""

    time_limit_s: float = Field(default=30.0, gt=0, le=600)
    """Seconds for one solve; the server cuts it to its own limit."""


class PricesAsked(Question):
    """What is one unit more of each limit worth?"""


class RangesAsked(Question):
    """How far may limits and objective coefficients go before the answer changes?"""

    names: list[str] = Field(default=[], max_length=100)
    """Constraints and variables, or entries such as `make[cake]`; what matters first without names."""


class WhatIfChange(Asked):
    """One change, as people type it."""

    kind: Literal["set", "scale", "limit", "drop", "add", "force", "bound", "domain"]
    """What is done."""
    text: str = Field(min_length=1, max_length=2000)
    """`demand=120`, `cost[north,2]=7` (set); `demand=1.1` or `=110%` (scale); `flour=80`, the number on the right side
    of a constraint (limit); a name (drop); a relation (add, force); `x <= 20` (bound); `x=integer` (domain)."""


class WhatIfAsked(Question):
    """What changes in the best solution if something else changes?"""

    changes: list[WhatIfChange] = Field(min_length=1, max_length=50)
    """Made together."""


class SliderAsked(Question):
    """What is one number, and how far may it go before its price changes?"""

    kind: Literal["set", "limit"]
    """Whether it is a parameter, or the number on the right side of a constraint."""
    name: str = Field(min_length=1, max_length=500)
    """The parameter, an entry such as `cost[north,2]`, or the constraint."""


class WhyNotAsked(Question):
    """What would it cost to take another decision, or what stands against it?"""

    decisions: list[str] = Field(min_length=1, max_length=20)
    """Such as `open[a]=1` or `make[cake] >= 1`."""


class AlternativesAsked(Question):
    """What else is as good, or nearly so?"""

    kind: Literal["next", "diverse", "freedom"] = "next"
    """The next best, ones that differ as much as they can, or least and greatest value of every decision."""
    count: int = Field(default=3, ge=1, le=20)
    """How many."""
    within: float | None = Field(default=None, ge=0, le=10)
    """Loss at most, as a share of the best objective."""
    over: list[str] | None = Field(default=None, max_length=100)
    """Variables in which they must differ."""


class ParetoAsked(Question):
    """What is the trade-off against a second objective?"""

    sense: Literal["minimize", "maximize"]
    """Which way is better."""
    expression: str = Field(min_length=1, max_length=5000)
    """The second objective."""
    name: str = Field(default="second", max_length=100)
    """What to call it."""
    points: int = Field(default=7, ge=2, le=25)
    """Levels to look at."""


class GoalAsked(Question):
    """For which value of a parameter does the best objective reach a target?"""

    parameter: str = Field(min_length=1, max_length=500)
    """A parameter, or an entry such as `cost[north,2]`."""
    low: float = Field(ge=-1e15, le=1e15)
    """Least value to look at."""
    high: float = Field(ge=-1e15, le=1e15)
    """Greatest value to look at."""
    at_least: float | None = Field(default=None, ge=-1e15, le=1e15)
    """The target from below; give this or `at_most`."""
    at_most: float | None = Field(default=None, ge=-1e15, le=1e15)
    """The target from above."""


class DiagnoseAsked(Question):
    """Why is there no solution, or no best one?"""

    hard: list[str] = Field(default=[], max_length=1000)
    """Constraints, and variables with their bounds, that must not move: facts, not policy."""
    weights: dict[str, float] = Field(default={}, max_length=1000)
    """Price of one unit by which another may move; 1 unless given."""


class Reply(BaseModel):
    """An answer: in words, and the facts behind them."""

    model_config = ConfigDict(extra="allow", use_attribute_docstrings=True)

    ok: bool
    """Whether there is an answer; a problem without a solution has none."""
    text: str
    """The answer in the problem's names."""


class AuditReply(Sent):
    """A result recomputed from the formulation and its data, without any solver."""

    holds: bool
    """Whether no fault was found: the result is not falsified."""
    objective: float | None
    """The recomputed objective; None where it cannot be."""
    exact: bool
    """Whether no number was rounded."""
    faults: list[str]
    """Every way in which the result does not hold."""
    rows: list[dict[str, Any]]
    """Every row: constraint, place, slack, whether it binds, violation, both sides."""
    worst: dict[str, Any]
    """Largest deviation of rows, bounds and integrality."""


class VariableTable(Sent):
    """The values of one variable."""

    name: str
    """Its name."""
    description: str
    """What it means."""
    unit: str
    """Unit of measure."""
    domain: str
    """Which numbers it may take."""
    columns: list[str]
    """One name for each index."""
    entries: int
    """Entries in all."""
    shown: int
    """Entries after the filter."""
    rows: list[dict[str, Any]]
    """`key` (a list) and `value`, one page of them."""


class Solution(Sent):
    """A solution as tables."""

    run: str
    """The run that it belongs to; None where it belongs to none."""
    status: str
    """Status of the run."""
    stale: bool
    """Whether there is a later version of the formulation."""
    objective: float | None
    """Value of the objective; None without a solution."""
    bound: float | None
    """Proven bound on the optimum; None where the solver gave none."""
    gap: float | None
    """Relative gap; None without objective and bound."""
    sense: str | None
    """`minimize`, `maximize` or `satisfy`."""
    objective_name: str | None
    """What the objective measures."""
    unit: str | None
    """Unit of measure."""
    termination: str | None
    """Why the solver stopped."""
    solution_status: str | None
    """What the solver left."""
    solver: str | None
    """The solver and its version."""
    wall_s: float | None
    """Seconds that the program ran."""
    text: str
    """The answer in words."""
    verdict: dict[str, Any] | None
    """What the checks say, as the agent gave it; None for a run without LLM."""
    audit: dict[str, Any] | None
    """The recomputation at the end of a run without LLM, without its rows."""
    variables: list[VariableTable]
    """One table a variable."""
