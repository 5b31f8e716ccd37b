"""The command `fivefold doctor`: what this machine has, what it can hold, and how to mend what is missing."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
from dataclasses import asdict, dataclass
from importlib import metadata
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from pathlib import Path

    from fivefold.settings import Settings

_SOLVERS = {
    "highspy": ("solver HiGHS", "linear, integer and convex quadratic programs", None),
    "ortools": ("solvers CP-SAT, GLOP, PDLP", "constraint programs and linear programs", None),
    "pyscipopt": ("solver SCIP", "nonlinear programs, to the global optimum", "nlp"),
    "casadi": ("solver Ipopt", "large nonlinear programs, to a local optimum", "ipopt"),
}
"""By library: what it brings, what for, and the extra where it is optional."""
_ENDPOINT_S = 10.0
"""How long an endpoint may take to list its LLMs."""
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
    """Return what this machine has: solvers, isolation, folders, hardware, engines, the LLM that would be asked."""
    return [
        Line("good", "Python", f"{platform.python_version()} on {platform.system()} {platform.release()}"),
        _library("pyomo", "Pyomo", "the modelling library of most programs", None),
        *(_library(name, *about) for name, about in _SOLVERS.items()),
        *_isolation(settings),
        _folder("cache folder", settings.cache_dir),
        _folder("data folder", settings.data_dir),
        *_engines(settings),
        _server(settings),
        _llm(settings),
    ]


def _library(name: str, about: str, use: str, extra: str | None) -> Line:
    try:
        return Line("good", about, f"{name} {metadata.version(name)}: {use}")
    except metadata.PackageNotFoundError:
        if extra is None:
            return Line("bad", about, f"{name} is not installed: {use}", f"pip install {name}")
        return Line("note", about, f"not installed (optional): {use}", f"pip install 'fivefold[{extra}]'")


def _engines(settings: Settings) -> list[Line]:
    """Return what an LLM could run on here: GPUs, processor and memory, llama.cpp, vLLM."""
    from fivefold.llm.local.hardware import gpu_words, look
    from fivefold.llm.local.vllm import Vllm, find_vllm

    hardware = look()
    gpus = gpu_words(hardware.gpus)
    installed = find_vllm(settings.vllm_python)
    vllm = Vllm(hardware=hardware, installed=installed)
    lines = [
        Line("good", "GPU", gpus) if hardware.gpus else Line("note", "GPU", "none that `nvidia-smi` lists"),
        Line("good", "processor", hardware.processor_words()),
        _library("xllamacpp", "engine llama.cpp", "the embedded LLM, on the processor", "local"),
    ]
    if installed is None or vllm.missing() is not None:
        found = "not installed (optional)" if installed is None else f"{installed.words()}, of no use here"
        return [*lines, Line("note", "engine vLLM", found, vllm.missing() or "")]
    where = "on the processor" if installed.for_processor or not hardware.gpus else f"on {gpus}"
    return [*lines, Line("good", "engine vLLM", f"{installed.words()}, {where}")]


def _server(settings: Settings) -> Line:
    from fivefold.llm.local.server import status

    now = status(settings.data_dir)
    if now.phase == "stopped":
        return Line("good", "local server", "none is running")
    found = f"{now.llm} on {now.engine}, {now.phase}"
    if now.phase == "dead":
        return Line("note", "local server", found, "fivefold model start")
    return Line("good", "local server", f"{found}, at {now.base_url}")


def _isolation(settings: Settings) -> list[Line]:
    from fivefold_solvers.sandbox import Level, SandboxError, isolation

    wanted = Level(settings.isolation)
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
        return _endpoint(settings)
    from fivefold.llm.local import find
    from fivefold.llm.local.server import serving

    there = serving(settings.data_dir)
    if there is not None:
        return Line("good", "LLM", f"{there.llm}, of the local server")
    if find(settings.data_dir) is not None:
        return Line("good", "LLM", "the embedded one, its weights are here")
    return Line(
        "note", "LLM", "none yet", "set OPENAI_BASE_URL to an endpoint, or fetch the embedded LLM: fivefold model pull"
    )


def _endpoint(settings: Settings) -> Line:
    """Ask the endpoint which LLMs it has."""
    from fivefold.errors import LLMError
    from fivefold.llm import LLM
    from fivefold.llm.retry import RetryPolicy

    async def ask() -> list[str]:
        async with LLM.connect(settings, timeout_s=_ENDPOINT_S, retry=RetryPolicy(attempts=1)) as llm:
            return await llm.list_llms()

    try:
        listed = asyncio.run(ask())
    except LLMError as fault:
        return Line("bad", "LLM", f"{settings.base_url} does not answer", str(fault))
    wanted = settings.llm or (listed[0] if listed else None)
    if wanted not in listed:
        names = ", ".join(listed[:5]) or "none"
        return Line("bad", "LLM", f"{settings.base_url} has no {wanted or 'LLM'}", f"FIVEFOLD_LLM: it lists {names}")
    return Line("good", "LLM", f"{wanted} at {settings.base_url}, which answers")
