"""Benchmark items from JSON lines, and the rule that says whether an objective value is right."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fivefold.errors import CallerError

SCORE_TOLERANCE = 1e-4
"""Relative to max(1, abs(answer)): the primary rule."""


@dataclass(frozen=True, slots=True)
class Item:
    """One problem with its reference objective value."""

    id: str
    question: str
    answer: float | None
    """None where the reference says that there is no optimum."""
    kind: str = ""


def read_items(path: Path) -> Iterator[Item]:
    """Yield the items of a file in the unified row format (`id`, `question`, `answer`, `kind` or `type`).

    Raises:
        CallerError: the file cannot be read, or a line is no item; says which line.
    """
    try:
        lines = path.read_text("utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as fault:
        raise CallerError(f"cannot read the items of {path}: {fault}; give a file of JSON lines") from None
    for place, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            answer = row["answer"]
            value = float(answer) if isinstance(answer, int | float) else None
            kind = str(row.get("kind") or row.get("type") or "")
            yield Item(str(row["id"]), str(row["question"]), value, kind)
        except (ValueError, KeyError, TypeError, AttributeError):
            message = f"line {place} of {path} is no item; each line needs `id`, `question` and `answer`"
            raise CallerError(message) from None


def is_right(value: float | None, answer: float | None) -> bool:
    """Whether an objective value agrees with the reference to a relative 1e-4; False without either."""
    if value is None or answer is None or not math.isfinite(value):
        return False
    return abs(value - answer) <= SCORE_TOLERANCE * max(1.0, abs(answer))
