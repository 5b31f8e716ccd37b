"""A benchmark problem with everything published about its answer, and how a published answer is read."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, cast

from pydantic import BaseModel, ConfigDict, Field

from fivefold_solvers.result import Termination

Expected = Literal["optimal", "infeasible", "unbounded", "no_optimum", "unknown"]
ENDINGS: dict[Termination, Expected] = {
    Termination.OPTIMAL: "optimal",
    Termination.INFEASIBLE: "infeasible",
    Termination.UNBOUNDED: "unbounded",
    Termination.INFEASIBLE_OR_UNBOUNDED: "no_optimum",
}
"""How a solve may end among these; any other end is unknown."""
Status = Literal["agreed", "verified", "reproduced", "single", "disputed", "ambiguous", "ill_posed", "no_solution"]

CLEAN: tuple[Status, ...] = ("agreed", "verified", "reproduced")
"""What the headline set `clean` is made of: labels that somebody else confirms."""
NO_OPTIMUM_NUMBERS = (-9999.0, -99999.0)
"""What published files write for "there is no optimum"."""
_NO_OPTIMUM = re.compile(r"\s*(no (best|optimal|feasible)? ?solution( found)?|infeasible|unbounded|none)\.?\s*", re.I)
_THOUSANDS = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?")


class Label(BaseModel):
    """One published answer for a text."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    """Whose answer it is, as in `Source.label`."""
    value: float | None = None
    """None where that version says that there is no optimum, or says nothing."""
    values: tuple[float, ...] = ()
    """All values that version accepts, where it accepts several."""
    source: str = ""
    """Repository and file."""
    benchmark: str = ""
    """Another benchmark with the same text; empty for its own."""
    revised: bool = False
    """Whether that version changed the text: its answer then belongs to another question."""
    says: str = ""
    """What that version says beside a number, such as `infeasible`."""
    reason: str = ""
    """Why that version differs, or how far to trust it."""


class Case(BaseModel):
    """One problem of a benchmark; the only structure of the house that holds answers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    """Unique in its benchmark."""
    benchmark: str
    """Name in the registry, or of the caller's own file."""
    question: str
    """The problem in words, as published."""
    answer: float | None = None
    """Best-known objective value; None without an optimum, or where none is known."""
    answer_published: float | str | None = None
    """What most papers score against, as it is written there."""
    expected: Expected = "unknown"
    """How the problem ends; `no_optimum` is infeasible or unbounded where labels do not say which."""
    status: Status = "single"
    """How well the answer is confirmed."""
    kind: str = ""
    """Class of the problem in the words of its authors."""
    group: str = ""
    """Same for near-duplicates, across benchmarks; pooled numbers count groups."""
    split: str = ""
    """`dev` or `held-out` where the file says so."""
    subsets: tuple[str, ...] = ()
    """Published sub-sets that it belongs to."""
    flags: tuple[str, ...] = ()
    """Why its status is what it is."""
    quantities: dict[str, float] = Field(default_factory=dict)
    """All published quantities by name, the objective normally last; only OptiBench and NL4OPT-E have them."""
    labels: tuple[Label, ...] = ()
    """Every published answer, side by side."""
    answer_rounded: bool = False
    """Whether the best-known answer is known to two decimals only."""

    @property
    def is_clean(self) -> bool:
        """Whether its label is confirmed by somebody else."""
        return self.status in CLEAN


class PublishedAnswer(NamedTuple):
    """A published answer, read."""

    value: float | None = None
    expected: Expected = "unknown"
    quantities: Mapping[str, float] = MappingProxyType({})
    values: tuple[float, ...] = ()


def as_number(raw: object) -> float | None:
    """Return a finite number, also one written as text; None for everything else."""
    if isinstance(raw, str):
        text = raw.strip()
        raw = text.replace(",", "") if _THOUSANDS.fullmatch(text) else text
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        return None
    try:
        value = float(raw)
    except (ValueError, OverflowError):
        return None
    return value if math.isfinite(value) else None


def says_no_optimum(raw: object) -> bool:
    """Whether a published answer, or what a program printed, says that there is no optimum."""
    if isinstance(raw, str) and _NO_OPTIMUM.fullmatch(raw):
        return True
    return as_number(raw) in NO_OPTIMUM_NUMBERS


def read_answer(raw: object) -> PublishedAnswer:
    """Read an answer as the published files write it: number, text, list of accepted values or named quantities."""
    if isinstance(raw, dict):
        return _read_quantities(cast(dict[str, Any], raw))
    if isinstance(raw, str) and raw.strip().startswith("["):
        try:
            raw = json.loads(raw)
        except ValueError:
            return PublishedAnswer()
    if isinstance(raw, list | tuple):
        values = numbers_of(cast(list[Any], raw))
        return PublishedAnswer(values[0], "optimal", values=values) if values else PublishedAnswer()
    if says_no_optimum(raw):
        return PublishedAnswer(expected=_ending(raw))
    value = as_number(raw)
    return PublishedAnswer() if value is None else PublishedAnswer(value, "optimal")


def numbers_of(raw: Iterable[object]) -> tuple[float, ...]:
    """Return those of several values that are numbers."""
    return tuple(value for entry in raw if (value := as_number(entry)) is not None)


def quantities_of(raw: Mapping[str, object]) -> dict[str, float]:
    """Return those of several named values that are numbers."""
    return {name: value for name, entry in raw.items() if (value := as_number(entry)) is not None}


def _read_quantities(raw: Mapping[str, object]) -> PublishedAnswer:
    if not raw:
        return PublishedAnswer()
    last = list(raw.values())[-1]
    if says_no_optimum(last):
        return PublishedAnswer(expected=_ending(last))
    value = as_number(last)
    return PublishedAnswer() if value is None else PublishedAnswer(value, "optimal", quantities_of(raw))


def _ending(raw: object) -> Expected:
    text = str(raw).strip().lower().rstrip(".")
    return "infeasible" if text == "infeasible" else "unbounded" if text == "unbounded" else "no_optimum"
