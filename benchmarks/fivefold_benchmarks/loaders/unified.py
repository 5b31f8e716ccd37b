"""Reads unified rows: one JSON object a line with the text, the best-known and every published answer.

A row needs `id` and `question`; everything else is optional, so a file of the caller's own is read too. What has no
`answer` can be run; no rule scores it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from pydantic import ValidationError

from fivefold.errors import CallerError
from fivefold_benchmarks.case import Case, Expected, Label, Status, numbers_of, quantities_of, read_answer
from fivefold_benchmarks.loaders.labels import ending, is_rounded

_ROUNDING = ("LLMOPT", "SIRL")
"""What the names of versions that publish two decimals begin with."""


def read_unified(path: Path, benchmark: str) -> Iterator[Case]:
    """Yield the cases of a file of unified rows.

    Raises:
        CallerError: the file cannot be read, or a line is no row; says which line and what is wrong.
    """
    try:
        lines = path.read_text("utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as fault:
        why = fault.strerror if isinstance(fault, OSError) else str(fault)
        raise CallerError(f"cannot read the problems of `{path}`: {why}; give a file of JSON lines") from None
    seen: set[str] = set()
    for place, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            case = case_of(json.loads(line), benchmark)
        except (ValueError, KeyError, TypeError, AttributeError) as fault:
            raise CallerError(f"line {place} of `{path}` is no problem: {_why(fault)}") from None
        if case.id in seen:
            raise CallerError(f"line {place} of `{path}`: the id `{case.id}` is there twice; ids must be unique")
        seen.add(case.id)
        yield case


def case_of(row: dict[str, Any], benchmark: str) -> Case:
    """Return the case of one unified row.

    Raises:
        KeyError: `id` or `question` is missing.
        ValueError: a field is not what it should be.
    """
    answer = row.get("answer")
    published = row.get("answer_published", answer)
    read = read_answer(answer)
    labels = tuple(_label(entry) for entry in row.get("alt_answers") or ())
    status: Status = row.get("status") or "single"
    own = [label for label in labels if not label.benchmark]
    versions = [label.version for label in own if label.version.startswith(_ROUNDING)]
    return Case(
        id=str(row["id"]),
        benchmark=str(row.get("benchmark") or benchmark),
        question=row["question"],
        answer=read.value,
        answer_published=published if isinstance(published, int | float | str) else None,
        expected=_expected(row, read.expected, labels),
        status=status,
        kind=str(row.get("kind") or row.get("type") or ""),
        group=str(row.get("group") or ""),
        split=str(row.get("split") or ""),
        subsets=tuple(row.get("subsets") or ()),
        flags=tuple(row.get("flags") or ()),
        quantities=quantities_of(row.get("answers") or {}) or dict(read.quantities),
        labels=labels,
        answer_rounded=is_rounded(read.value, own, versions),
    )


def _expected(row: dict[str, Any], read: Expected, labels: tuple[Label, ...]) -> Expected:
    """Return how a problem ends: as the row says, else as its answer and labels do."""
    said = row.get("expected")
    if said is not None:
        return cast(Expected, said)  # `Case` refuses what is none
    if read != "unknown" or row.get("status") != "no_solution":
        return read
    return ending(label.says for label in labels)


def _label(entry: dict[str, Any]) -> Label:
    read = read_answer(entry.get("value"))
    return Label(
        version=str(entry["version"]),
        value=read.value,
        values=numbers_of(entry.get("values") or ()) or read.values,
        source=str(entry.get("source") or ""),
        benchmark=str(entry.get("benchmark") or ""),
        revised=bool(entry.get("question_revised")),
        says=str(entry.get("status") or ""),
        reason=str(entry.get("note") or ""),
    )


def _why(fault: Exception) -> str:
    if isinstance(fault, KeyError):
        return f"it has no `{fault.args[0]}`; each line needs `id` and `question`, and `answer` to be scored"
    if isinstance(fault, ValidationError):
        first = fault.errors()[0]
        return f"`{'.'.join(map(str, first['loc']))}`: {first['msg']}"
    if isinstance(fault, json.JSONDecodeError):
        return f"no JSON ({fault})"
    return "each line is a JSON object with `id`, `question` and, to be scored, `answer`"
