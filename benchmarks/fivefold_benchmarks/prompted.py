"""Fivefold's own pipelines with a set of prompts that the user keeps, on this machine and on the nodes of a cluster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from fivefold.errors import CallerError
from fivefold.llm import LLM
from fivefold.prompts import sets_folder
from fivefold.settings import Settings, from_environment
from fivefold_benchmarks.baselines import Attempt, Bounds, Pipeline
from fivefold_benchmarks.pipelines import fivefold
from fivefold_prompts.sets import SETTINGS, SHIPPED, PromptSet, PromptSets, versions_of
from fivefold_prompts.version import PromptError


def chosen_set(name: str, settings: Settings) -> PromptSet | None:
    """Return the set of a tag, an id or a folder that `fivefold prompts export` wrote; None: the shipped prompts.

    Raises:
        CallerError: there is none, or its prompts cannot be used.
    """
    if name in ("", SHIPPED):
        return None
    sets = PromptSets(sets_folder(settings))
    try:
        kept = sets.get(sets.take(Path(name)) if Path(name).is_dir() else name)
        versions_of(kept)
    except PromptError as fault:
        raise CallerError(f"`--prompts`: {fault}") from fault
    return kept


def refs_of(kept: PromptSet | None) -> dict[str, str]:
    """Return the `ref` of each prompt of a set, by name."""
    return {} if kept is None else {name: version.ref for name, version in versions_of(kept).items()}


def check_fits(kept: PromptSet | None, pipelines: Mapping[str, Pipeline], names: Sequence[str]) -> None:
    """Refuse a set that changes none of the pipelines, or sets what one of them is there to set.

    Raises:
        CallerError: says which.
    """
    if kept is None:
        return
    own = {name: pipelines[name] for name in names if _is_own(pipelines[name])}
    if not own:
        raise CallerError("`--prompts` changes Fivefold's own pipelines, and none of those is to be run")
    for name, pipeline in own.items():
        fixed = pipeline.keywords if isinstance(pipeline, partial) else {}
        if both := [one for one in SETTINGS if one in fixed and one in kept.values]:
            raise CallerError(f"the set of prompts holds `{both[0]}`, which the pipeline {name} is there to set")


def with_set(pipelines: Mapping[str, Pipeline], kept: PromptSet | None) -> Mapping[str, Pipeline]:
    """Return the pipelines, Fivefold's own with a set of prompts."""
    if kept is None:
        return pipelines
    return {
        name: partial(_prompted, pipeline, kept) if _is_own(pipeline) else pipeline
        for name, pipeline in pipelines.items()
    }


def _is_own(pipeline: Pipeline) -> bool:
    return getattr(pipeline, "func", pipeline) is fivefold


async def _prompted(own: Any, kept: PromptSet, llm: LLM, question: str, *, bounds: Bounds) -> Attempt:
    # Another machine has another folder of sets; a set is kept by its content, so there it is the same one.
    id = PromptSets(sets_folder(from_environment())).put(kept.model_copy(update={"measured": ""}))
    made: Attempt = await own(llm, question, bounds=bounds, prompts=id)
    return made
