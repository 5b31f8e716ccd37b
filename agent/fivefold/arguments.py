"""What `solve` and its kin take by name, for editors and type checkers; `asolve` says what each is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypedDict

if TYPE_CHECKING:
    from fivefold.change import Change
    from fivefold.events import Event
    from fivefold.keeper import Keeper
    from fivefold.llm import LLM
    from fivefold.options import Options
    from fivefold.settings import Settings
    from fivefold.waiting import Given


class OptionsByName(TypedDict, total=False):
    """The fields of `Options`, each of which can be given alone."""

    library: Literal["pyomo", "ortools"]
    rounds: int
    mends: bool
    checks: Literal["all", "text"]
    samples: int
    risk: float | None
    max_tokens: int
    max_seconds: float
    time_limit_s: float
    standard: bool
    free_program: bool
    ask: bool
    approve: bool
    form: Literal["auto", "scalar", "indexed"]
    prompts: str
    seed: int


class ResumeArguments(OptionsByName, total=False):
    """What `resume` takes beside the run and the reply."""

    data: Sequence[object]
    llm: str | LLM | None
    base_url: str | None
    api_key: str | None
    options: Options | None
    settings: Settings | None
    llm_timeout_s: float
    trace: Path | str | None
    checkpoint: bool | Keeper
    on_event: Callable[[Event], None] | None


class Arguments(ResumeArguments, total=False):
    """What `solve` and `stream` take beside the problem."""

    change: Change | None
    resume: str | None
    reply: Given | None
    run_id: str | None
