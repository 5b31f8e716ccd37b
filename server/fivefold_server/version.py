"""The version that is installed."""

from __future__ import annotations

from importlib import metadata


def _installed() -> str:
    try:
        return metadata.version("fivefold")
    except metadata.PackageNotFoundError:
        return "unknown"


VERSION = _installed()
"""As the package's metadata says."""
