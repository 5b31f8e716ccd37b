"""Data files over the wire."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from fivefold_server.schemas.common import Asked, Finding, Sent
from fivefold_server.schemas.formulations import Version
from fivefold_solvers.data.mapping import Binding, DataMapping


class DataFile(Sent):
    """A data file."""

    id: str
    """Its id."""
    problem: str
    """Id of its problem."""
    name: str
    """Its name."""
    size: int
    """Bytes."""
    sha256: str
    """Hash of its bytes."""
    created: float
    """When it was made, in seconds since 1970."""


class FileSummary(Sent):
    """What is in a data file."""

    file: DataFile
    """The file."""
    tables: list[dict[str, Any]]
    """Of each table: name, rows, columns with type, unit and range, first rows, how it was read, findings."""


class TablePage(Sent):
    """Some rows of a table."""

    table: str
    """Name of the table."""
    columns: list[str]
    """Headers, in file order."""
    total: int
    """Rows in all."""
    offset: int
    """Rows that were passed over."""
    rows: list[list[str]]
    """Cells as text, row by row."""
    numbers: list[int]
    """Number of each row as an editor or a spreadsheet shows it."""


class Cell(Asked):
    """A cell of a table with another text."""

    row: int = Field(ge=0, le=100_000_000)
    """Its row, from 0, without the headers."""
    column: int = Field(ge=0, le=100_000)
    """Its column, from 0."""
    text: str = Field(max_length=1000)
    """What stands there now."""


class CellsAsked(Asked):
    """Change cells of a table in a data file: plain text or a spreadsheet."""

    table: str | None = Field(default=None, max_length=200)
    """Name of the table; the first without it."""
    cells: list[Cell] = Field(min_length=1, max_length=10_000)
    """The cells; all or none."""


class ProposeAsked(Asked):
    """Which column is which?"""

    files: list[str] = Field(default=[], max_length=100)
    """Ids of data files; all of the problem without any."""
    version: int | None = Field(default=None, ge=1, le=1_000_000)
    """Of the formulation; the latest without it."""
    replace: list[str] = Field(default=[], max_length=1000)
    """Sets and parameters to take from the files although the formulation has values for them."""


class BindAsked(ProposeAsked):
    """Put the files' data into the formulation, as a new version."""

    bindings: list[Binding] = Field(default=[], max_length=1000)
    """Where data is, in place of what would be proposed."""
    note: str = Field(default="", max_length=1000)
    """Why, for the list of versions."""


class Proposal(Sent):
    """Which column seems to be which."""

    mapping: DataMapping
    """What is settled, and what is open with its candidates."""
    text: str
    """The same as Markdown."""


class Bound(Sent):
    """A version with data from files."""

    version: Version
    """The version that was made."""
    mapping: DataMapping
    """Which data is taken from where."""
    findings: list[Finding]
    """What was noted on reading the data."""
