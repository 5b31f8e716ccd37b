"""Data files: what is in them, which column is which, and their numbers put into a formulation."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from fivefold.errors import CallerError
from fivefold.formulations import FaultyError
from fivefold.plain import plain
from fivefold_server.config import Config
from fivefold_server.workspace.kept import FileKey, KeptTables
from fivefold_solvers.data.bind import bind
from fivefold_solvers.data.columns import Columns
from fivefold_solvers.data.finding import DataError, DataFinding, refusal
from fivefold_solvers.data.inline import inline
from fivefold_solvers.data.limits import Limits
from fivefold_solvers.data.mapping import Binding, DataMapping, show
from fivefold_solvers.data.needs import needs
from fivefold_solvers.data.propose import propose
from fivefold_solvers.data.read import named_apart, read
from fivefold_solvers.data.summary import facts
from fivefold_solvers.data.table import DataTable
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.finding import Severity


class Given(NamedTuple):
    """A data file as it came."""

    name: str
    content: bytes


_KEPT = KeptTables()


def limits_of(config: Config) -> Limits:
    """Return how large data files may be on a server, and how well reading them has to be held."""
    return Limits(rows=config.limits.file_rows, isolation=config.settings.isolation)


def tables_of(files: Sequence[Given], limits: Limits) -> tuple[DataTable, ...]:
    """Return the tables of files.

    Raises:
        DataError: one of them cannot be read; says where and how to mend it.
    """
    return named_apart(table for file in files for table in _read(file, limits))


def kept(name: str, sha256: str, rows: int) -> tuple[DataTable, ...] | None:
    """Return the tables of a file that was read a short while ago, None where they are not kept."""
    return _KEPT.get(FileKey(name, sha256, rows))


def _read(file: Given, limits: Limits) -> tuple[DataTable, ...]:
    key = FileKey(file.name, hashlib.sha256(file.content).hexdigest(), limits.rows)
    found = _KEPT.get(key)
    if found is None:
        with on_disk([file]) as (path,):
            found = read(path, limits=limits)
        _KEPT.put(key, found)
    return found


def table_facts(tables: Sequence[DataTable]) -> list[dict[str, Any]]:
    """Return headers, types, ranges, first rows and findings of tables."""
    return [{**facts(table), "reading": table.reading, "all_findings": findings(table.findings)} for table in tables]


def named(tables: Sequence[DataTable], name: str | None) -> DataTable | None:
    """Return a table by its name, the first one without a name; None where there is no such table."""
    return next((table for table in tables if name in (None, table.name)), None)


def rows_of(table: DataTable, offset: int, limit: int) -> list[list[str]]:
    """Return a page of a table's cells as text."""
    places = range(offset, min(offset + limit, len(table)))
    return [[column.text(place) for column in table.columns] for place in places]


def proposal(formulation: Formulation, tables: Sequence[DataTable], replace: Sequence[str]) -> dict[str, Any]:
    """Return which column seems to be which, with the questions that are open."""
    mapping = propose(formulation, tables, _known(formulation, replace))
    return {"mapping": mapping.model_dump(mode="json"), "text": show(mapping)}


def bound(
    formulation: Formulation, tables: Sequence[DataTable], replace: Sequence[str], chosen: Sequence[Binding]
) -> tuple[Formulation, DataMapping, list[Any]]:
    """Return the formulation with the files' data written into it, the mapping, and what was noted.

    Raises:
        FaultyError: the data does not fit; the findings name file, row and column.
        DataError: there is more data than is written into a formulation.
    """
    mapping = propose(formulation, tables, _known(formulation, replace)).choose(*chosen)
    if not mapping.bindings and not mapping.open:
        raise CallerError("the formulation has values for all its sets and parameters; name in `replace` what to take")
    found = bind(formulation, mapping, tables)
    if not found.ok:
        faults = [finding for finding in found.findings if finding.severity is Severity.ERROR]
        raise FaultyError("the data does not fit the formulation", faults)
    return _inlined(formulation, found.columns), mapping, findings(found.findings)


def _inlined(formulation: Formulation, columns: Columns) -> Formulation:
    try:
        return inline(formulation, columns)
    except DataError as fault:
        if fault.finding.code != "too-large":
            raise
        mend = "sum rows up, or solve it with `fivefold solve --data`, where large data stays in its files"
        raise refusal("too-large", fault.finding.message, mend) from None


def findings(found: Sequence[DataFinding]) -> list[Any]:
    """Return findings as data with their words."""
    return [{**plain(finding), "text": str(finding)} for finding in found[:100]]


def _known(formulation: Formulation, names: Sequence[str]) -> Sequence[str]:
    wanted = needs(formulation)
    for name in names:
        if name not in wanted.sets and name not in wanted.parameters:
            there = ", ".join([*wanted.sets, *wanted.parameters]) or "none"
            raise CallerError(f"there is no set or parameter '{name}'; there are {there}")
    return names


@contextmanager
def on_disk(files: Sequence[Given]) -> Generator[list[Path]]:
    """Put files into a folder of their own for as long as they are read."""
    with tempfile.TemporaryDirectory(prefix="fivefold-data-") as folder:
        paths: list[Path] = []
        for number, file in enumerate(files):
            path = Path(folder, str(number), Path(file.name).name)
            path.parent.mkdir()
            path.write_bytes(file.content)
            paths.append(path)
        yield paths


__all__ = [
    "Binding", "DataError", "DataMapping", "Given", "bound", "kept", "named", "on_disk", "proposal", "rows_of",
    "table_facts", "tables_of",
]  # fmt: skip
