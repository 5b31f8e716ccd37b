"""Runs of `fivefold bench` and their reports, as they are found in a folder; nothing is changed there.

The files of runs are SQLite: `docs/batch.md` says what is in them. They are read as files, so that the server needs
nothing of what made them.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any

MOST_FILES = 200
_DEPTH = 3
_REPORT = "report.html"
_PIPELINES = """
SELECT pipeline, count(*), sum(json_extract(body, '$.mark') = 'right'), sum(json_extract(body, '$.ran')),
       sum(json_extract(body, '$.prompt_tokens') + json_extract(body, '$.completion_tokens')),
       sum(json_extract(body, '$.wall_s'))
FROM record WHERE run_id = ? GROUP BY pipeline ORDER BY min(rowid)
"""


def runs_in(folder: Path) -> dict[str, Any]:
    """Return every run and every report below a folder, the latest run first."""
    runs: list[dict[str, Any]] = []
    faults: list[str] = []
    for path in _files(folder, ".sqlite"):
        try:
            runs += _runs_of(path, str(path.relative_to(folder)))
        except (sqlite3.DatabaseError, ValueError, KeyError, OSError) as fault:
            faults.append(f"{path.relative_to(folder)} cannot be read as a file of runs: {fault}")
    reports = [_report(path, folder) for path in _files(folder, ".html") if path.name == _REPORT]
    runs.sort(key=lambda run: str(run["started"]), reverse=True)
    return {"runs": runs, "reports": reports, "faults": faults}


def report_at(folder: Path, name: str) -> Path | None:
    """Return the report of a name that `runs_in` gave; None where there is none of that name."""
    return next((path for path in _files(folder, ".html") if _named(path, folder) == name), None)


def _files(folder: Path, ending: str) -> Iterator[Path]:
    """Yield the files of an ending, not too deep and not too many; links lead nowhere."""

    def below(here: Path, depth: int) -> Iterator[Path]:
        for path in sorted(here.iterdir()):
            if path.is_symlink() or path.name.startswith("."):
                continue
            if path.is_file() and path.suffix == ending:
                yield path
            elif path.is_dir() and depth < _DEPTH:
                yield from below(path, depth + 1)

    return islice(below(folder, 1), MOST_FILES) if folder.is_dir() else iter(())


def _runs_of(path: Path, name: str) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=5)) as db:
        return [_run(db, json.loads(info), name) for (info,) in db.execute("SELECT info FROM run ORDER BY place")]


def _run(db: sqlite3.Connection, info: dict[str, Any], name: str) -> dict[str, Any]:
    (problems,) = db.execute("SELECT count(*) FROM item WHERE run_id = ?", (info["run_id"],)).fetchone()
    config = info["config"]
    found = {row[0]: row[1:] for row in db.execute(_PIPELINES, (info["run_id"],))}
    pipelines: list[dict[str, Any]] = []
    for pipeline in dict.fromkeys([*config["pipelines"], *found]):
        count, right, ran, tokens, wall_s = found.get(pipeline, (0, 0, 0, 0, 0.0))
        pipelines.append({
            "name": pipeline, "attempts": count, "right": right or 0, "ran": ran or 0, "tokens": tokens or 0,
            "wall_s": wall_s or 0.0,
        })  # fmt: skip
    return {
        "id": info["run_id"], "file": name, "started": info["started"], "llm": info["llm"], "rule": info["rule"],
        "version": info["version"], "commit": info.get("commit", ""), "problems": problems,
        "samples": config.get("samples", 1), "wanted": problems * config.get("samples", 1), "pipelines": pipelines,
    }  # fmt: skip


def _report(path: Path, folder: Path) -> dict[str, Any]:
    """Return a report's name and the runs that it is about, as the JSON beside it says."""
    beside = path.with_suffix(".json")
    runs: list[str] = []
    try:
        if beside.is_file():
            runs = [info["run_id"] for info in json.loads(beside.read_text("utf-8")).get("infos", [])]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        runs = []  # a report without its JSON is shown all the same
    return {"name": _named(path, folder), "runs": runs, "bytes": path.stat().st_size}


def _named(path: Path, folder: Path) -> str:
    return str(path.relative_to(folder)) if path.name == _REPORT else ""
