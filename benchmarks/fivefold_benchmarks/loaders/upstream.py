"""Reads the files that the authors publish: JSON lists, JSON lines under any name, CSV, a folder for each problem."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from fivefold.errors import OutsideError
from fivefold_benchmarks.case import Case, Label, PublishedAnswer, as_number, read_answer, says_no_optimum
from fivefold_benchmarks.loaders.groups import grouped, normalised
from fivefold_benchmarks.loaders.labels import is_rounded, vote
from fivefold_benchmarks.registry import Benchmark, Source

_QUESTION = ("en_question", "question", "Question", "description")
_ANSWER = ("en_answer", "answer", "Answer", "results", "obj")
_ID = ("id", "index")
_KIND = ("type", "Type", "kind", "problem_class", "difficulty")

Record = dict[str, Any]


class Row(NamedTuple):
    """One problem as one version has it."""

    id: str
    question: str
    raw: object
    answer: PublishedAnswer
    kind: str


def cases(entry: Benchmark, files: Iterable[tuple[Source, list[Path]]]) -> list[Case]:
    """Return the problems of a benchmark: texts of its first version, answers of all versions with the same text.

    Raises:
        OutsideError: a file cannot be read as problems.
    """
    versions = [(source, list(rows(source, paths))) for source, paths in files]
    by_text: dict[str, list[tuple[Source, Row]]] = {}
    for source, found in versions:
        for row in found:
            by_text.setdefault(normalised(row.question), []).append((source, row))
    first, main = versions[0]
    families = {source.label: source.family for source, _ in versions if source.family}
    rounding = [source.label for source, _ in versions if source.rounded]
    ids = _unique_ids(entry.name, main)
    return grouped(
        [
            _case(entry.name, own_id, row, [(first, row), *_others(first, by_text[normalised(row.question)])],
                  families, rounding)
            for own_id, row in zip(ids, main, strict=True)
        ]
    )  # fmt: skip


def _others(first: Source, rows_of_text: list[tuple[Source, Row]]) -> list[tuple[Source, Row]]:
    """Return the answers of the other versions, one of each."""
    latest = {source.label: (source, row) for source, row in rows_of_text if source.label != first.label}
    return list(latest.values())


def _unique_ids(name: str, found: list[Row]) -> list[str]:
    """Return the authors' numbers where they have some that are unique, else places from 0."""
    given = [row.id for row in found]
    if "" in given or len(set(given)) < len(given):
        given = [str(place) for place in range(len(found))]
    return [f"{name}-{number}" for number in given]


def _case(
    name: str,
    own_id: str,
    row: Row,
    versions: list[tuple[Source, Row]],
    families: dict[str, str],
    rounding: list[str],
) -> Case:
    labels = tuple(_label(source, version) for source, version in versions)
    answer, expected, status = vote(labels, families)
    named = [dict(version.answer.quantities) for _, version in versions if version.answer.quantities]
    return Case(
        id=own_id,
        benchmark=name,
        question=row.question,
        answer=answer,
        answer_published=row.raw if isinstance(row.raw, float | int | str) else row.answer.value,
        expected=expected,
        status=status,
        kind=row.kind,
        subsets=tuple(dict.fromkeys(source.subset for source, _ in versions if source.subset)),
        quantities=named[0] if named else {},
        labels=labels,
        answer_rounded=is_rounded(answer, labels, rounding),
    )


def _label(source: Source, row: Row) -> Label:
    ends = row.answer.expected in ("infeasible", "unbounded", "no_optimum")
    return Label(
        version=source.label,
        value=row.answer.value,
        values=row.answer.values,
        source=source.path,
        says=row.answer.expected.replace("_", " ") if ends else "",
        reason=source.reason,
    )


def rows(source: Source, paths: list[Path]) -> Iterator[Row]:
    """Yield the problems of one version.

    Raises:
        OutsideError: a file is no list of problems.
    """
    records = _folders(source, paths) if source.numbers else _records(paths[0])
    for place, record in enumerate(records, start=1):
        question, raw = _first(record, _QUESTION), _first(record, _ANSWER)
        if not isinstance(question, str) or not question.strip():
            if source.family and not any(record.values()):
                continue
            known = ", ".join(_QUESTION)
            raise OutsideError(f"problem {place} of `{paths[0]}` has no text ({known}); it has {[*record]}")
        if record.get("status") not in (None, "optimal") and says_no_optimum(record["status"]):
            raw = record["status"]
        number, kind = _first(record, _ID), _first(record, _KIND)
        yield Row("" if number is None else str(number), question, raw, read_answer(raw), str(kind or ""))


def _first(record: Record, names: tuple[str, ...]) -> Any:
    return next((record[name] for name in names if record.get(name) is not None), None)


def _folders(source: Source, paths: list[Path]) -> Iterator[Record]:
    """Yield one record for each pair of files, `question.txt` and `answer.json`."""
    width = len(source.files)
    for place in range(0, len(paths), width):
        question, answer = paths[place : place + width]
        [record] = _records(answer)
        number = as_number(question.parent.name.rpartition("_")[2])
        yield {**record, "id": int(number or 0), "question": _text(question).strip()}


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as fault:
        raise OutsideError(f"cannot read `{path}`: {fault}; delete it and fetch again") from None


def _records(path: Path) -> list[Record]:
    """Return the records of a file, whatever of JSON, JSON lines and CSV it is."""
    text = _text(path).strip()
    try:
        if text.startswith("["):
            found: list[Any] = json.loads(text)
        elif text.startswith("{"):
            found = _json_lines(text)
        else:
            found = list(csv.DictReader(io.StringIO(text)))
        if not found or not all(isinstance(record, dict) for record in found):
            raise ValueError("no list of records")
    except (ValueError, csv.Error) as fault:
        raise OutsideError(f"`{path}` is no list of problems ({fault}); delete it and fetch again") from None
    return found


def _json_lines(text: str) -> list[Record]:
    """Read objects one a line, or one object, maybe of numbered problems."""
    try:
        whole: dict[str, Any] = json.loads(text)
    except ValueError:
        return [json.loads(line) for line in text.split("\n") if line.strip()]
    if whole and all(isinstance(value, dict) for value in whole.values()):
        return [{"id": key, **value} for key, value in whole.items()]
    return [whole]
