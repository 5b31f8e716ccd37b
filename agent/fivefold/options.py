"""What a caller may set for one run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fivefold.errors import CallerError


class Options(BaseModel):
    """Bounds and choices of one run; all have defaults that suit a small local LLM."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    library: Literal["pyomo", "ortools"] = "pyomo"
    """Modelling library of the emitted program."""
    rounds: int = Field(default=2, ge=0, le=20)
    """Repairs at most."""
    mends: bool = True
    """Edit by rule what the text states in so many words and the formulation does not, before the LLM is asked again;
    needs `checks="all"`."""
    checks: Literal["all", "text"] = "all"
    """`all` also tries to falsify what was solved: by its rows, its values and re-solves with other data; `text` only
    reads formulation and text."""
    samples: int = Field(default=1, ge=1, le=20)
    """Independent derivations at most; no more are made once two agree."""
    risk: float | None = Field(default=None, ge=0, le=1)
    """Share of wrong answers that is borne: an answer that is less sure is not accepted, and the verdict says so."""
    max_tokens: int = Field(default=40_000, ge=100)
    """LLM tokens at most, question and answer together; the step that is under way is finished."""
    max_seconds: float = Field(default=1800.0, gt=0)
    """Seconds at most for the whole run, checked between steps."""
    time_limit_s: float = Field(default=60.0, gt=0)
    """Seconds at most for one solve."""
    free_program: bool = False
    """Let the LLM write the program itself instead of a formulation."""
    ask: bool = False
    """Wait for a person's answer where the text leaves open what the answer depends on."""
    approve: bool = False
    """Wait for a person's approval before a formulation is solved."""
    form: Literal["auto", "scalar", "indexed"] = "auto"
    """How the LLM is asked to write: plain variables, or sets and indices; `auto` goes by the size of the text."""
    standard: bool = True
    """Where a text tells of a standard model and of nothing beside it, let the LLM read its data alone; needs
    `form="auto"`."""
    prompts: str = ""
    """Set of prompts to use, by its tag or id (`fivefold prompts list`); empty: those that come with the package."""
    seed: int = 0
    """Seed of LLM sampling; the same seed, LLM and prompts repeat a run."""


KEPT_IN_A_RUN = ("library", "form", "standard", "free_program", "prompts", "seed")
"""Options by which all steps of a run go: another value needs a new run."""


def options_with(options: Options | Mapping[str, Any] | None, changed: Mapping[str, Any]) -> Options:
    """Return options with single ones changed by name.

    Raises:
        CallerError: there is no such option, or it cannot have that value.
    """
    try:
        return Options.model_validate({**Options.model_validate(options or {}).model_dump(), **changed})
    except ValidationError as fault:
        first = fault.errors()[0]
        name = ".".join(map(str, first["loc"]))
        if first["type"] == "extra_forbidden":
            raise CallerError(f"there is no option `{name}`; there are {', '.join(Options.model_fields)}") from None
        said = first["msg"].replace("Input should", "it should")
        raise CallerError(f"option `{name}` cannot be {first['input']!r}: {said}") from None


def options_named(options: Options | Mapping[str, Any] | None, changed: Mapping[str, Any]) -> dict[str, Any]:
    """Return those options that a caller has given a value, and not the defaults of the others.

    Raises:
        CallerError: there is no such option, or it cannot have that value.
    """
    options_with(options, changed)
    named = options.model_dump(exclude_unset=True) if isinstance(options, Options) else options or {}
    return {**named, **changed}


def options_resumed(kept: Options, changed: Mapping[str, Any], run: str) -> Options:
    """Return the options with which a stored run goes on: those that it began with, and what is given now.

    Raises:
        CallerError: what is given is no option, or none that can change in a run that has begun.
    """
    options = options_with(kept, changed)
    for name in KEPT_IN_A_RUN:
        before, now = getattr(kept, name), getattr(options, name)
        if now != before:
            raise CallerError(
                f"run `{run}` began with the option `{name}` {before!r}, which all its steps go by, and not {now!r}; "
                "leave it out, or start a new run"
            )
    return options


def refuse_for_ended(kept: Options, wanted: Options, run: str) -> None:
    """Refuse options that nothing can come of, since the run has no step left.

    Raises:
        CallerError: one of them is not what the run went by.
    """
    changed = [name for name in Options.model_fields if getattr(kept, name) != getattr(wanted, name)]
    if changed:
        names = ", ".join(f"`{name}`" for name in changed)
        raise CallerError(
            f"run `{run}` has ended, so that {names} would change nothing; leave that out to see its outcome, "
            "or start a new run"
        )
