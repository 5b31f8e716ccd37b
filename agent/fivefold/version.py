"""The version that is installed."""

from __future__ import annotations

from functools import cache


@cache
def own_version() -> str:
    """Return it as the package's metadata says; `unknown` where it is not installed."""
    from importlib import metadata  # slow to import, and slow to ask once for each of many runs

    try:
        return metadata.version("fivefold")
    except metadata.PackageNotFoundError:
        return "unknown"
