"""Cases of a benchmark: from the cache that `fetch` fills, or from files of the caller's own."""

from __future__ import annotations

from pathlib import Path

from fivefold.errors import CallerError
from fivefold_benchmarks.case import Case
from fivefold_benchmarks.loaders.fetching import Fetched, cached, fetch
from fivefold_benchmarks.loaders.unified import read_unified
from fivefold_benchmarks.loaders.upstream import cases
from fivefold_benchmarks.registry import BENCHMARKS, Benchmark, benchmark

__all__ = ["Fetched", "fetch", "file_of", "load"]


def load(name: str | Benchmark, *, data: Path | None = None, cache_dir: Path | None = None) -> list[Case]:
    """Return the cases of a benchmark.

    Args:
        name: Name in the registry, or an entry of the caller's own; with `data`, any name.
        data: A folder with `<name>.jsonl`, or one such file; its rows are taken as they are.
        cache_dir: Where `fetch` put the files; needed without `data`.

    Raises:
        CallerError: no such benchmark or file, not fetched yet, or a row that is none; says how to mend it.
        OutsideError: a file in the cache changed, or is no list of problems.
    """
    title = name if isinstance(name, str) else name.name
    if data is not None:
        return list(read_unified(file_of(title, data), title))
    entry = benchmark(name) if isinstance(name, str) else name
    if entry.needs_login:
        raise CallerError(f"{title} wants a login ({entry.needs_login}): give its rows with `--data`")
    if cache_dir is None:
        raise CallerError(f"say where the files of {title} are: `data` or `cache_dir`")
    return cases(entry, cached(entry, cache_dir))


def file_of(name: str, data: Path) -> Path:
    """Return the file with the rows of a benchmark: `data` itself, or the one of that name in the folder.

    Raises:
        CallerError: there is none in the folder.
    """
    if not data.is_dir():
        return data
    path = data / f"{name}.jsonl"
    if not path.is_file():
        there = ", ".join(sorted(file.stem for file in data.glob("*.jsonl"))) or "no JSON lines at all"
        known = "" if name in BENCHMARKS else f" (and no benchmark of that name; there are {', '.join(BENCHMARKS)})"
        raise CallerError(f"there is no `{name}.jsonl` in `{data}`{known}; there is {there}")
    return path
