"""What is wrong, doubtful or worth knowing about a piece of data, with its file, sheet, row and column and the mend."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict

from fivefold_solvers.formulation.finding import Severity

SHOWN = 40
"""Characters of a cell that are shown anywhere."""


class DataFinding(BaseModel):
    """One result of reading, matching or checking data; its text goes to people and to the LLM alike."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    """Stable name of the rule, e.g. `blank-cell`."""
    severity: Severity
    """Whether the data can be used."""
    message: str
    """What is wrong."""
    mend: str = ""
    """What to do about it."""
    file: str = ""
    """Name of the file or frame, without its folder."""
    sheet: str = ""
    """Name of the sheet, empty where there are none."""
    row: int | None = None
    """Number of the row as an editor or a spreadsheet shows it (the first is 1), None where it is about no row."""
    column: str = ""
    """Header of the column as written, empty where it is about none."""
    count: int = 1
    """How many places have the same fault; `row` is the first of them."""

    @property
    def place(self) -> str:
        """File, sheet, row and column in words, as far as they are known."""
        parts = [self.file, f"sheet '{self.sheet}'" if self.sheet else ""]
        parts += [f"row {self.row}" if self.row is not None else "", f"column '{self.column}'" if self.column else ""]
        return ", ".join(part for part in parts if part)

    def __str__(self) -> str:
        text = f"{self.place}: {self.message}" if self.place else self.message
        if self.count > 1:
            text += f" (and {self.count - 1} more like it)"
        return f"{text}; {self.mend}" if self.mend else text


class DataError(Exception):
    """Data that cannot be read at all; carries the finding that says why and how to mend it."""

    def __init__(self, finding: DataFinding) -> None:
        super().__init__(str(finding))
        self.finding = finding


def refusal(
    code: str, message: str, mend: str, *, file: str = "", sheet: str = "", row: int | None = None, column: str = ""
) -> DataError:
    """Return the error for data that cannot be read."""
    return DataError(
        DataFinding(
            code=code,
            severity=Severity.ERROR,
            message=message,
            mend=mend,
            file=file,
            sheet=sheet,
            row=row,
            column=column,
        )
    )


def main_finding(findings: Iterable[DataFinding]) -> DataFinding | None:
    """Return the finding to mend first: the first error, else the first warning; None where there is neither."""
    ranked = [finding for finding in findings if finding.severity is not Severity.NOTE]
    return min(ranked, key=lambda finding: finding.severity is not Severity.ERROR, default=None)


def shown(cell: object) -> str:
    """Return a cell's text cut short and without control characters, fit for messages and prompts."""
    text = cell if isinstance(cell, str) else str(cell)
    text = "".join(letter if letter.isprintable() else " " for letter in text[: 4 * SHOWN])
    text = " ".join(text.split())
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"
