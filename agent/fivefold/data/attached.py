"""Data that comes with a problem: files and frames, told to the LLM in a few lines and bound to what it writes."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fivefold.errors import CallerError
from fivefold.problem import DataSource
from fivefold_solvers.data.columns import Columns
from fivefold_solvers.data.fill import fill
from fivefold_solvers.data.finding import DataError, DataFinding, shown
from fivefold_solvers.data.keys import may_be_value
from fivefold_solvers.data.limits import Limits
from fivefold_solvers.data.mapping import DataMapping
from fivefold_solvers.data.margins import with_margins
from fivefold_solvers.data.needs import needs
from fivefold_solvers.data.propose import propose
from fivefold_solvers.data.read import read, read_all
from fivefold_solvers.data.summary import summaries
from fivefold_solvers.data.table import DataTable, Kind, matrix_columns
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.finding import Finding, Severity
from fivefold_solvers.formulation.values import is_list, is_object

_LEAST_ACROSS = 3
"""Columns of numbers from which on a table may be a matrix."""
_NAMED = re.compile(r"(?P<name>\w[\w .-]*)=(?P<path>.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Completed:
    """A formulation with the data of the tables, as far as it was found."""

    formulation: Formulation
    """With the data in it; as it was written where the data is too large for that, or at fault."""
    columns: Columns | None
    """Data that is too large to be written into the formulation."""
    mapping: DataMapping
    """Which column is which, and why."""
    findings: tuple[Finding, ...]
    """What is wrong, doubtful or worth knowing about the data."""


def attach(sources: Sequence[object], isolation: str = "none") -> tuple[tuple[DataTable, ...], tuple[DataSource, ...]]:
    """Read data sources; return their tables, and what a stored run keeps to read them again.

    Args:
        sources: paths (`name=path` gives the table its name), frames of pandas or polars, lists and mappings.
        isolation: least level of isolation at which a PDF file may be read.

    Raises:
        CallerError: one of them cannot be read; says which, where and how to mend it.
    """
    tables = tables_of(sources, "data", isolation)
    return tables, tuple(_kept(source) for source in sources)


def attach_again(kept: Sequence[DataSource], isolation: str = "none") -> tuple[DataTable, ...]:
    """Read the data of a stored run again.

    Raises:
        CallerError: a file is gone or was changed since, or the data was never in a file.
    """
    for source in kept:
        if not source.path:
            raise CallerError(f"the data '{source.name}' was no file and is not kept; give it again with `data`")
        if _digest(_path_of(source.path)) != source.sha256:
            raise CallerError(f"{source.path} was changed since the run began; start a new run, or put it back")
    return tables_of([source.path for source in kept], "data", isolation)


def tables_of(sources: Iterable[object], option: str = "--data", isolation: str = "none") -> tuple[DataTable, ...]:
    """Return the tables in data sources, each under a name of its own; `name=path` gives a table its name.

    Raises:
        CallerError: one of them cannot be read, or two tables have one name.
    """
    limits = Limits(isolation=isolation)
    try:
        named: list[DataTable] = []
        plain: list[object] = []
        for source in sources:
            match = _NAMED.fullmatch(source) if isinstance(source, str) and not Path(source).exists() else None
            if match is None:
                plain.append(source)
            else:
                named += read(match["path"], name=match["name"].strip(), limits=limits)
        found = with_margins((*named, *(read_all(*plain, limits=limits) if plain else ())))
    except DataError as fault:
        raise CallerError(f"{option}: {fault}") from None
    twice = {table.name for table in found if sum(other.name == table.name for other in found) > 1}
    if twice:
        raise CallerError(f"{option}: there are two tables named '{min(twice)}'; name one otherwise: other=PATH")
    return found


def told(tables: Sequence[DataTable]) -> str:
    """Return what the LLM is told of tables: as long for ten rows as for a million."""
    notes = [*map(_as_pairs, tables), *map(_as_matrix, tables)]
    return "\n\n".join([summaries(tables), *filter(None, notes)])


def _as_pairs(table: DataTable) -> str:
    """Return how a set of pairs is taken from a table with two columns of names, empty for any other table."""
    names = [column for column in table.columns if column.kind is Kind.TEXT]
    if len(names) < 2:
        return ""
    first, second = (f"{shown(table.name)}.{shown(column.name)}" for column in names[:2])
    return f'A set of pairs, gone through as (i, j), has "from": "{first}, {second}".'


def _as_matrix(table: DataTable) -> str:
    """Return how the sets of a table that may be a matrix are named, empty for a table that is none."""
    inner = matrix_columns(table)
    if len(inner) < _LEAST_ACROSS or not all(map(may_be_value, inner)) or len({one.unit for one in inner}) > 1:
        return ""
    name = shown(table.name)
    line = (
        f'If headers of "{name}" are members of a set, that set is "from": "{name}.(header)", and a parameter over '
        f'rows and headers "from": "{name}".'
    )
    holes = any(one.blanks.any() or one.kind is Kind.MIXED for one in inner)
    return f'{line} A set of pairs "from": "{name}" has those whose cell holds a number.' if holes else line


def hints_in(written: Mapping[str, Any]) -> dict[str, str]:
    """Return where a written formulation says that its data is: element to `table.column`."""
    found: dict[str, str] = {}
    for heading in ("sets", "parameters"):
        for block in _blocks(written, heading):
            if is_object(block):
                place: Any = block.get("from")
                if isinstance(place, str) and place.strip():
                    found[str(block.get("name", ""))] = place
    return found


def without_hints(written: Mapping[str, Any], hints: Mapping[str, str]) -> dict[str, Any]:
    """Return a written formulation whose elements that have data in tables are open.

    What the LLM wrote beside a source, the three rows that it saw mostly, is no data.
    """
    changed = dict(written)
    for heading, slot in (("sets", "elements"), ("parameters", "values")):
        if heading in written:
            changed[heading] = [_opened(block, hints, slot) for block in _blocks(written, heading)]
    return changed


def _blocks(written: Mapping[str, Any], heading: str) -> list[Any]:
    blocks = written.get(heading)
    return list(blocks) if is_list(blocks) else []


def _opened(block: Any, hints: Mapping[str, str], slot: str) -> Any:
    if not is_object(block):
        return block
    dropped = {"from", slot} if str(block.get("name", "")) in hints else {"from"}
    kept = {key: part for key, part in block.items() if key not in dropped}
    one: Any = block.get(slot)
    # A number beside a source is what its blank cells stand for.
    single = slot in dropped and slot == "values" and isinstance(one, int | float) and not isinstance(one, bool)
    return {**kept, "default": one} if single and block.get("index") else kept


def complete(formulation: Formulation, tables: Sequence[DataTable], hints: Mapping[str, str]) -> Completed:
    """Return a formulation with the data that it leaves open, taken from the tables."""
    mapping = propose(formulation, tables, hints=hints)
    filled = fill(formulation, mapping, tables)
    return Completed(filled.formulation, filled.columns, mapping, tuple(map(_finding, filled.findings)))


def columns_of(formulation: Formulation, mapping: DataMapping, tables: Sequence[DataTable]) -> Columns:
    """Return large data again, for a formulation that was completed before."""
    columns = fill(formulation, mapping, tables).columns
    assert columns is not None, "the same tables were too large before"
    return columns


def is_open(formulation: Formulation) -> bool:
    """Whether sets or parameters of a formulation are without data."""
    wanted = needs(formulation)
    return bool(wanted.open_sets or wanted.open_parameters)


def _finding(found: DataFinding) -> Finding:
    unitless = found.code == "unit-differs" and found.severity is Severity.WARNING
    return Finding(
        code=f"data-{found.code}",
        # The LLM was told the column's unit and has no place to write one.
        severity=Severity.NOTE if unitless else found.severity,
        where=found.place,
        message=f"{found.message} (and {found.count - 1} more like it)" if found.count > 1 else found.message,
        mend=_say_how(found),
    )


def _say_how(found: DataFinding) -> str:
    """Return the mend with what whoever writes the formulation can do."""
    if found.code == "open-element":
        return f'{found.mend}, or name its place: "from": "table.column"'
    if found.code in {"blank-cell", "not-a-number"} and found.mend.endswith("a default"):
        return f'{found.mend} ("values": the number), or run over a set of pairs "from": the table, which leaves it out'
    return found.mend


def _kept(source: object) -> DataSource:
    if not isinstance(source, str | Path):
        return DataSource(name=type(source).__name__)
    path = _path_of(str(source))
    written = str(source)[: -len(str(path))] if not Path(str(source)).exists() else ""
    return DataSource(name=path.name, path=f"{written}{path.resolve()}", sha256=_digest(path))


def _path_of(source: str) -> Path:
    match = None if Path(source).exists() else _NAMED.fullmatch(source)
    return Path(source if match is None else match["path"])


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as fault:
        raise CallerError(f"cannot read {path}: {fault.strerror}") from None
