"""What `fivefold bench list` shows of the registry."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from fivefold_benchmarks.registry import BENCHMARKS, GITHUB, OVERLAPS, Benchmark, benchmark


def listing(name: str | None, cache_dir: Path, *, as_json: bool = False) -> str:
    """Return all benchmarks, or all about one, for people or as JSON.

    Raises:
        CallerError: there is no benchmark of that name.
    """
    if name is None:
        found = [_told(entry, cache_dir) for entry in BENCHMARKS.values()]
        return json.dumps(found, indent=1) if as_json else _table(found)
    told = _told(benchmark(name), cache_dir)
    return json.dumps(told, indent=1) if as_json else _page(told)


def _told(entry: Benchmark, cache_dir: Path) -> dict[str, Any]:
    return {
        "name": entry.name,
        "problems": entry.rows,
        "licence": entry.licence,
        "needs_login": entry.needs_login,
        "remark": entry.remark,
        "fetched": _is_fetched(entry, cache_dir),
        "versions": [
            {
                "label": source.label,
                "address": GITHUB + source.path,
                "sha256": source.sha256,
                "reason": source.reason,
                "two_decimals": source.rounded,
                "has_vote": bool(source.family),
            }
            for source in entry.sources
        ],
        "overlaps": [
            {"with": (overlap.one if overlap.other == entry.name else overlap.other), "problems": overlap.shared,
             "by": overlap.by}
            for overlap in OVERLAPS
            if entry.name in (overlap.one, overlap.other)
        ],
    }  # fmt: skip


def _is_fetched(entry: Benchmark, cache_dir: Path) -> bool:
    folder = cache_dir / "benchmarks" / entry.name
    paths = [folder / path for source in entry.sources for path in source.paths]
    return bool(paths) and all(path.is_file() for path in paths)


def _table(found: list[dict[str, Any]]) -> str:
    lines = [f"{'name':<14} {'problems':>8}  {'versions':>8}  {'fetched':<8} licence"]
    for told in found:
        fetched = "login" if told["needs_login"] else "yes" if told["fetched"] else "no"
        lines.append(
            f"{told['name']:<14} {told['problems']:>8}  {len(told['versions']):>8}  {fetched:<8} {told['licence']}"
        )
    return "\n".join(lines)


def _page(told: dict[str, Any]) -> str:
    lines = [f"{told['name']}: {told['problems']} problems", f"licence: {told['licence']}"]
    if told["remark"]:
        lines.append(f"note: {told['remark']}")
    if told["needs_login"]:
        lines.append(f"login: {told['needs_login']}; give its rows with `--data`")
    for version in told["versions"]:
        vote = "" if version["has_vote"] else "; a copy, without a vote on the answer"
        lines += [f"version {version['label']}: {version['reason'] or 'as published'}{vote}", f"  {version['address']}"]
    lines += [f"shares {shared['problems']} with {shared['with']} ({shared['by']})" for shared in told["overlaps"]]
    return "\n".join(lines)
