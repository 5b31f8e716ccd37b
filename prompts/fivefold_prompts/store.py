"""The prompts that come with the package, as readable files: `library/<name>/v001.md` and so on."""

import re
from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable

from fivefold_prompts.version import PromptError, PromptVersion, parse

_FILE = re.compile(r"v(\d{3,})\.md")


def packaged_library() -> Traversable:
    """Return the folder of the prompts that come with the package."""
    return resources.files("fivefold_prompts") / "library"


def load(name: str, number: int | None = None, *, library: Traversable | None = None) -> PromptVersion:
    """Return one version of a prompt, the latest unless a number is given.

    Raises:
        PromptError: there is no such prompt or version, or its file is not well formed.
    """
    library = packaged_library() if library is None else library
    if name not in (known := names(library)):
        raise PromptError(f"There is no prompt {name!r}. There are: {', '.join(known) or 'none'}.")
    files = _files(library / name)
    chosen = max(files, default=0) if number is None else number
    if chosen not in files:
        there = ", ".join(map(str, files)) or "none"
        raise PromptError(f"The prompt {name!r} has no version {chosen}. There are: {there}.")
    return _read(files[chosen], name, chosen)


def versions(library: Traversable | None = None) -> Iterator[PromptVersion]:
    """Yield every version of every prompt, by name and number.

    Raises:
        PromptError: a file is not well formed, or a version is missing in the row.
    """
    library = packaged_library() if library is None else library
    for name in names(library):
        files = _files(library / name)
        if list(files) != list(range(1, len(files) + 1)):
            raise PromptError(f"The prompt {name!r} has the versions {list(files)}; number them from 1 without a gap.")
        for number, file in files.items():
            yield _read(file, name, number)


def names(library: Traversable | None = None) -> list[str]:
    """Return the names of all prompts, sorted."""
    library = packaged_library() if library is None else library
    if not library.is_dir():
        return []
    return sorted(entry.name for entry in library.iterdir() if entry.is_dir() and entry.name.isidentifier())


def _files(folder: Traversable) -> dict[int, Traversable]:
    """Return the files of one prompt by number, in order; anything else in the folder is a slip."""
    files: dict[int, Traversable] = {}
    for entry in folder.iterdir():
        found = _FILE.fullmatch(entry.name)
        if found is None:
            raise PromptError(f"`{folder.name}/{entry.name}` is no prompt; call its versions `v001.md` and so on.")
        files[int(found[1])] = entry
    return dict(sorted(files.items()))


def _read(file: Traversable, name: str, number: int) -> PromptVersion:
    place = f"library/{name}/{file.name}"
    try:
        version = parse(file.read_text("utf-8"))
    except (PromptError, OSError, UnicodeDecodeError) as error:
        raise PromptError(f"{place}: {error}") from error
    if (version.name, version.number) != (name, number):
        raise PromptError(
            f"{place} says it is {version.name!r} number {version.number}; name and number must be its place."
        )
    return version
