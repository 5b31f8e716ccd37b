"""Which prompts a run uses: those that come with the package, or a set that `fivefold prompts` keeps."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fivefold.errors import CallerError
from fivefold.options import Options, options_resumed, options_with
from fivefold.settings import Settings
from fivefold_prompts.version import PromptVersion

FOLDER = "prompts"
"""Folder of the sets in the data folder."""


def sets_folder(settings: Settings) -> Path:
    """Return the folder that keeps this user's sets of prompts."""
    return settings.data_dir / FOLDER


def with_prompts_by_id(options: Options, settings: Settings) -> Options:
    """Return the options with the set of prompts named for good, and with the settings that it holds.

    A tag may move while a run waits to be resumed. Settings of a set go before those of the caller: prompts and
    settings were found good together.

    Raises:
        CallerError: there is no such set, or a setting of it cannot be.
    """
    if not options.prompts:
        return options
    from pydantic import ValidationError

    from fivefold_prompts.sets import SETTINGS, SHIPPED, PromptSets
    from fivefold_prompts.version import PromptError

    if options.prompts == SHIPPED:
        return options.model_copy(update={"prompts": ""})
    try:
        kept = PromptSets(sets_folder(settings)).get(options.prompts)
        held = {name: value for name, value in kept.values.items() if name in SETTINGS}
        return Options.model_validate({**options.model_dump(), **held, "prompts": kept.id})
    except (PromptError, ValidationError) as fault:
        raise CallerError(f"option `prompts`: {fault}") from fault


def resumed_options(kept: Options, changed: Mapping[str, Any], run: str, settings: Settings) -> Options:
    """Return the options with which a stored run goes on, given those that are to be different now.

    Raises:
        CallerError: what is given is no option, or none that can change in a run that has begun.
    """
    named = dict(changed)
    if "prompts" in named:
        # A run keeps the id of its set, a caller may name its tag.
        named["prompts"] = with_prompts_by_id(options_with(None, {"prompts": named["prompts"]}), settings).prompts
    return options_resumed(kept, named, run)


def prompts_chosen(options: Options, settings: Settings) -> Mapping[str, PromptVersion]:
    """Return the prompts of the chosen set by name; none where none is chosen.

    Raises:
        CallerError: the set is gone, or does not fit the prompts that it takes the place of.
    """
    if not options.prompts:
        return {}
    from fivefold_prompts.sets import PromptSets, versions_of
    from fivefold_prompts.version import PromptError

    try:
        return versions_of(PromptSets(sets_folder(settings)).get(options.prompts))
    except PromptError as fault:
        raise CallerError(f"option `prompts`: {fault}") from fault
