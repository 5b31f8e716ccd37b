"""What commands print: results as one JSON document, long lists cut, files written whole or not at all."""

from __future__ import annotations

import contextlib
import json
import math
import sys
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any, cast

import numpy as np
from pydantic import BaseModel

from fivefold.errors import OutsideError
from fivefold_solvers.analyze.instance import Instance
from fivefold_solvers.build.arrays import Arrays

MAX_LINES = 40
"""Lines of a list that are printed for people; `--json` has them all."""


def print_json(value: object) -> None:
    """Print a result as JSON; infinite numbers are the texts `inf` and `-inf`, tables are `[index, value]` pairs."""
    print(json.dumps(plain(value), indent=2, ensure_ascii=False, allow_nan=False))


def plain(value: object) -> Any:
    """Return a result as JSON-like data; the arrays that a solver was given are left out."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, np.ndarray | np.generic):
        return plain(cast("Any", value).tolist())
    if isinstance(value, float):
        return value if math.isfinite(value) else None if math.isnan(value) else "inf" if value > 0 else "-inf"
    if is_dataclass(value) and not isinstance(value, type):
        own = {field.name: getattr(value, field.name) for field in fields(value)}
        return {name: plain(part) for name, part in own.items() if not isinstance(part, Arrays | Instance)}
    if isinstance(value, Mapping):
        table = cast("Mapping[object, object]", value)
        if all(isinstance(key, str) for key in table):
            return {str(key): plain(part) for key, part in table.items()}
        return [[plain(key), plain(part)] for key, part in table.items()]
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(part) for part in cast("list[object]", value)]
    return value if value is None or isinstance(value, bool | int | str) else str(value)


def cut(lines: list[str], most: int = MAX_LINES) -> list[str]:
    """Return so many lines at most, and how many were left out."""
    return lines if len(lines) <= most else [*lines[:most], f"... and {len(lines) - most} more (--json has all)"]


def say(*lines: object) -> None:
    """Print what is beside the answer to standard error."""
    for line in lines:
        print(line, file=sys.stderr)


def write_file(path: Path, text: str) -> None:
    """Write a file whole.

    Raises:
        OutsideError: it cannot be written.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(text, "utf-8")
        part.replace(path)
    except OSError as fault:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise OutsideError(f"cannot write {path}: {fault.strerror}; give another place") from None


def put(text: str, path: Path | None) -> None:
    """Write a text to a file, or print it."""
    if path is None:
        sys.stdout.write(text if text.endswith("\n") else f"{text}\n")
        return
    write_file(path, text)
    say(f"written to {path}")
