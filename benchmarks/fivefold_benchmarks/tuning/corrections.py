"""What people changed in formulations: feedback on the step that wrote them, and cases whose answer is known.

A correction is a problem with its formulation before and after a person changed it. It is kept as a line of a file
(`problem`, `before`, `after`, and `id` if wanted) or as a folder with `problem.txt`, `before.json` and `after.json`
(or `.md`), as `fivefold solve --out` writes them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from fivefold import formulations
from fivefold.checks.difference import Kind, differences, paired
from fivefold.errors import CallerError, FivefoldError
from fivefold_benchmarks.case import Case
from fivefold_solvers.formulation.elements import Formulation

MOST = 4
"""Differences that are told of one formulation."""
_OF_VARIABLES: frozenset[Kind] = frozenset({"variable", "domain", "bound"})
_SIDES = ("before", "after")


@dataclass(frozen=True, slots=True)
class Correction:
    """One formulation that a person changed."""

    id: str
    problem: str
    before: Formulation
    after: Formulation


def remarks(before: Formulation, after: Formulation) -> tuple[str, ...]:
    """Return what an edit says of the step that wrote the formulation: what is different, and under which prompt.

    The words hold numbers of the problem; `feedback` covers them, as all that comes from runs.
    """
    pair = paired((before, after))
    if pair is None:
        return ("A person wrote another formulation than the step `formulate`: it could not be compared.",)
    told: list[str] = []
    for found in differences(pair)[:MOST]:
        prompt = "declare" if found.kind in _OF_VARIABLES else "constrain"
        if before.sets:
            prompt = "formulate_indexed"
        told.append(
            f"A person corrected what the step `formulate` wrote (prompt `{prompt}`; the first is what it wrote, "
            f"the second what is meant): {found.words}"
        )
    return tuple(told)


def read_corrections(path: Path) -> list[Correction]:
    """Return the corrections of a file of JSON lines, or of a folder.

    Raises:
        CallerError: there are none, or one cannot be read; says which.
    """
    found = list(_of_folder(path) if path.is_dir() else _of_file(path))
    if not found:
        raise CallerError(f"`{path}` holds no corrections; give JSON lines with `problem`, `before` and `after`")
    if len({one.id for one in found}) < len(found):
        raise CallerError(f"two corrections in `{path}` have one id; ids must be unique")
    return found


def case_of(correction: Correction, *, isolation: str = "none") -> Case:
    """Return a correction as a case: its answer is the optimum of what the person meant.

    Raises:
        CallerError: that has no optimum, so there is nothing to learn towards.
        OutsideError: this machine cannot run programs.
    """
    try:
        result = formulations.run(correction.after, isolation=isolation).result
    except formulations.FaultyError as fault:
        raise CallerError(f"correction `{correction.id}`: the formulation after it has errors: {fault}") from fault
    if not result.solved or result.objective is None:
        raise CallerError(
            f"correction `{correction.id}`: the formulation after it has no optimum ({result.termination})"
        )
    return Case(
        id=correction.id,
        benchmark="corrections",
        question=correction.problem,
        answer=result.objective,
        expected="optimal",
        kind="corrected",
    )


def _of_file(path: Path) -> Iterator[Correction]:
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as fault:
        raise CallerError(f"cannot read the corrections of `{path}`: {fault}") from None
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield _of_row(line, number, path)


def _of_row(line: str, number: int, path: Path) -> Correction:
    where = f"line {number} of `{path}`"
    try:
        data: object = json.loads(line)
    except ValueError as fault:
        raise CallerError(f"{where} is no JSON: {fault}") from None
    row = cast("dict[str, Any]", data) if isinstance(data, dict) else {}
    if missing := [name for name in ("problem", *_SIDES) if not row.get(name)]:
        raise CallerError(f"{where} is no correction: it lacks {', '.join(f'`{name}`' for name in missing)}")
    texts = [row[side] if isinstance(row[side], str) else json.dumps(row[side]) for side in _SIDES]
    return _correction(str(row.get("id") or f"correction-{number}"), str(row["problem"]), texts, where)


def _of_folder(path: Path) -> Iterator[Correction]:
    for problem in sorted(path.rglob("problem.txt")):
        folder = problem.parent
        files = [next(iter(sorted(folder.glob(f"{side}.*"))), None) for side in _SIDES]
        if missing := [side for side, file in zip(_SIDES, files, strict=True) if file is None]:
            raise CallerError(f"the folder `{folder}` lacks `{missing[0]}.json`; put the formulation there")
        try:
            texts = [file.read_text("utf-8") for file in files if file is not None]
            text = problem.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as fault:
            raise CallerError(f"cannot read the correction in `{folder}`: {fault}") from None
        name = folder.relative_to(path).as_posix()
        yield _correction(f"correction-{name}", text, texts, f"`{folder}`")


def _correction(id: str, problem: str, texts: Sequence[str], where: str) -> Correction:
    try:
        before, after = (
            formulations.loads(text, where=f"`{side}` of {where}") for side, text in zip(_SIDES, texts, strict=True)
        )
    except FivefoldError as fault:
        raise CallerError(str(fault)) from fault
    return Correction(id, problem, before, after)
