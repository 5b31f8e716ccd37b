"""The command `fivefold doctor`: what this machine has, what it can hold, and how to mend what is missing."""

from __future__ import annotations

import argparse
import json
import os
import platform
from dataclasses import asdict, dataclass
from importlib import metadata
from typing import TYPE_CHECKING, Any, Literal

from fivefold.errors import CallerError

if TYPE_CHECKING:
    from pathlib import Path

    from fivefold.settings import Settings

_LIBRARIES = ("pyomo", "highspy", "ortools", "pyscipopt", "xllamacpp", "vllm")
_OPTIONAL = {"pyscipopt": "nlp", "xllamacpp": "local", "vllm": "vllm"}
_MARKS = {"good": "ok", "note": "--", "bad": "!!"}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was looked at."""

    state: Literal["good", "note", "bad"]
    about: str
    found: str
    mend: str = ""


def add_parser(subparsers: Any) -> None:
    """Add `doctor` to the command line."""
    parser = subparsers.add_parser("doctor", help="say what this machine has and how well it holds programs")
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Print what was found; return 0 if programs can be run as well held as the settings ask, else 1."""
    lines = look(settings)
    if args.json:
        print(json.dumps([asdict(line) for line in lines], indent=2))
    else:
        for line in lines:
            print(f"{_MARKS[line.state]}  {line.about}: {line.found}")
            if line.mend:
                print(f"    {line.mend}")
    return 1 if any(line.state == "bad" for line in lines) else 0


def look(settings: Settings) -> list[Line]:
    """Return what this machine has: interpreter, libraries, isolation, folders, the LLM that would be asked."""
    return [
        Line("good", "Python", f"{platform.python_version()} on {platform.system()} {platform.release()}"),
        *map(_library, _LIBRARIES),
        *_isolation(settings),
        _folder("cache folder", settings.cache_dir),
        _folder("data folder", settings.data_dir),
        _llm(settings),
    ]


def _library(name: str) -> Line:
    try:
        return Line("good", name, metadata.version(name))
    except metadata.PackageNotFoundError:
        extra = _OPTIONAL.get(name)
        if extra is None:
            return Line("bad", name, "not installed", f"pip install {name}")
        return Line("note", name, "not installed (optional)", f"pip install 'fivefold[{extra}]'")


def _isolation(settings: Settings) -> list[Line]:
    from fivefold_solvers.sandbox import Level, SandboxError, isolation

    try:
        wanted = Level(settings.isolation)
    except ValueError:
        raise CallerError(
            f"FIVEFOLD_ISOLATION: there is no level {settings.isolation!r}; there are {', '.join(Level)}"
        ) from None
    try:
        found = isolation()
    except SandboxError as fault:
        return [Line("bad", "sandbox", str(fault))]
    if found.level.rank < wanted.rank:
        mend = f"FIVEFOLD_ISOLATION asks for '{wanted}': allow what is missing, or ask for less and trust the programs"
        state: Literal["good", "note", "bad"] = "bad"
    else:
        state = "good" if found.level.rank >= Level.CONFINED.rank else "note"
        mend = "" if state == "good" else "this is no security boundary: run only programs that you trust"
    words = f"programs are held at the level '{found.level}'"
    if found.held:
        words += f" ({len(found.held)} attempts to break out were stopped just now)"
    return [Line(state, "sandbox", words, mend), *(Line("note", "sandbox", reason) for reason in found.missing)]


def _folder(about: str, path: Path) -> Line:
    place = next((folder for folder in (path, *path.parents) if folder.exists()), path)
    if os.access(place, os.W_OK):
        return Line("good", about, str(path))
    variable = "FIVEFOLD_CACHE_DIR" if about.startswith("cache") else "FIVEFOLD_DATA_DIR"
    return Line("bad", about, f"{path} cannot be written", f"set {variable} to a folder that can be")


def _llm(settings: Settings) -> Line:
    if settings.base_url is not None:
        return Line("good", "LLM", f"{settings.llm or 'the first one'} at {settings.base_url}")
    from fivefold.llm.local import find

    if find(settings.data_dir) is not None:
        return Line("good", "LLM", "the embedded one, its weights are here")
    return Line(
        "note", "LLM", "none yet", "set OPENAI_BASE_URL to an endpoint, or fetch the embedded LLM: fivefold model pull"
    )
