"""With what a run is made: commit, prompts, packages, data. The same stamps, seed and LLM repeat a run."""

from __future__ import annotations

import hashlib
import platform
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from fivefold.errors import CallerError
from fivefold_benchmarks.record import RunConfig, RunInfo
from fivefold_prompts.store import load, names

PACKAGES = ("pydantic", "openai", "langgraph", "pyomo", "highspy", "ortools", "pyscipopt", "numpy")
"""Packages whose versions results can depend on."""
_GIT_S = 10.0


def stamps(data: Iterable[Path] = (), prompts: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return the stamps of this moment as fields of `RunInfo`.

    Args:
        data: the files of problems.
        prompts: the `ref` of each prompt that takes the place of a shipped one, by name.

    Raises:
        CallerError: a file of problems cannot be read.
    """
    commit, dirty = _checkout(Path(__file__).resolve().parent)
    return {
        "version": _version("fivefold") or "unknown",
        "commit": commit,
        "dirty": dirty,
        "prompts": {name: load(name).ref for name in names()} | dict(prompts or {}),
        "packages": {"python": platform.python_version()}
        | {name: version for name in PACKAGES if (version := _version(name))},
        "data": {path.name: _sha256(path) for path in data},
    }


GRAVE = ("llm", "rule", "prompts")
"""What must be the same for a run to go on."""
LIGHT = ("version", "commit", "dirty", "packages")
"""What may change results, and mostly does not."""


def differences(then: RunInfo, now: RunInfo, names: Iterable[str]) -> list[str]:
    """Return in words which of the named fields of two runs are not the same, one line each."""
    found: list[str] = []
    for name in names:
        one, other = _table(getattr(then, name)), _table(getattr(now, name))
        for key in {**one, **other}:
            if one.get(key) != other.get(key):
                found.append(f"{f'{name} {key}'.strip()}: {one.get(key)} then, {other.get(key)} now")
    return found


def _table(value: str | bool | dict[str, str] | RunConfig) -> dict[str, str]:
    if isinstance(value, RunConfig):
        # Which pipelines it has makes no number of a run another one.
        return {name: str(entry) for name, entry in value if name != "pipelines"}
    return value if isinstance(value, dict) else {"": str(value)}


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def _sha256(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as fault:
        raise CallerError(f"cannot read {path}: {fault.strerror}") from None


def _checkout(folder: Path) -> tuple[str, bool]:
    """Return the commit of the checkout that holds this file, and whether files of it are changed."""
    git = shutil.which("git")
    if git is None or _git(git, folder, "ls-files", "--error-unmatch", Path(__file__).name) is None:
        return "", False
    commit = _git(git, folder, "rev-parse", "HEAD") or ""
    changed = _git(git, folder, "status", "--porcelain", "--untracked-files=no")
    return commit, bool(commit) and bool(changed)


def _git(git: str, folder: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            [git, "-C", str(folder), *arguments], capture_output=True, text=True, timeout=_GIT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
