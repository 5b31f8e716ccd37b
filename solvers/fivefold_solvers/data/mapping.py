"""Which column is which set, index and value: data that people and LLMs read, choose from and change."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from fivefold_solvers.data.finding import shown

HEADER = "(header)"
"""Stands for the headers of a matrix where a column name is due."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Binding(_Frozen):
    """Where the members of a set or the entries of a parameter are."""

    element: str
    """Name of the set or parameter."""
    kind: Literal["set", "parameter"]
    """Which of the two."""
    table: str
    """Name of the table."""
    columns: tuple[str, ...] = ()
    """One column per atom of a member or key; `(header)` where the headers of a matrix are meant."""
    value: str = ""
    """Column of the values; empty for a set, and for a matrix, whose values are in all columns left."""
    where: tuple[str, str] | None = None
    """Only rows that have this text in this column; None for all rows."""
    score: float = 1.0
    """How sure the proposal is, from 0 to 1."""
    reason: str = ""
    """Why, in words."""

    @property
    def source(self) -> str:
        """Where the data is, in words."""
        keys = ", ".join(shown(column) for column in self.columns)
        rows = f" where {shown(self.where[0])} is '{shown(self.where[1])}'" if self.where else ""
        if self.kind == "set":
            return f"{shown(self.table)}[{keys}]{rows}"
        value = shown(self.value) if self.value else "all other columns"
        return f"{shown(self.table)}[{value}]" + (f" by {keys}" if keys else "") + rows


class Question(_Frozen):
    """An element for which the tables leave open where its data is."""

    element: str
    """Name of the set or parameter."""
    kind: Literal["set", "parameter"]
    """Which of the two."""
    reason: str
    """Why it is open."""
    candidates: tuple[Binding, ...] = ()
    """What could be meant, best first; empty where nothing fits."""


class DataMapping(_Frozen):
    """Where all data of a formulation is, and what is still open."""

    bindings: tuple[Binding, ...] = ()
    """One per set or parameter that is settled."""
    open: tuple[Question, ...] = ()
    """What is not; nothing is guessed."""

    def binding(self, element: str) -> Binding | None:
        """Return the binding of a set or parameter, None where there is none."""
        return next((one for one in self.bindings if one.element == element), None)

    def choose(self, *chosen: Binding) -> DataMapping:
        """Return the mapping with these bindings in place of what it had for their elements."""
        names = {one.element for one in chosen}
        return DataMapping(
            bindings=(*(one for one in self.bindings if one.element not in names), *chosen),
            open=tuple(one for one in self.open if one.element not in names),
        )

    def pick(self, element: str, number: int = 1) -> DataMapping:
        """Return the mapping with one of an open element's candidates chosen, by its number in what is told.

        Raises:
            KeyError: the element is not open, or has no such candidate.
        """
        for question in self.open:
            if question.element == element and 1 <= number <= len(question.candidates):
                return self.choose(question.candidates[number - 1])
        raise KeyError(f"'{element}' has no candidate {number}")


def show(mapping: DataMapping) -> str:
    """Return a mapping as Markdown: a table of what is settled, a list of what is open."""
    lines = ["| element | kind | data | sure | why |", "|---|---|---|---:|---|"]
    lines += [
        f"| {one.element} | {one.kind} | {_cell(one.source)} | {one.score:.0%} | {_cell(one.reason)} |"
        for one in mapping.bindings
    ]
    lines = lines if mapping.bindings else []
    if mapping.open:
        lines += ["", "Open:", ""] if lines else ["Open:", ""]
    for question in mapping.open:
        lines.append(f"- {question.kind} `{question.element}`: {question.reason}")
        lines += [
            f"  {place}. {one.source} ({one.score:.0%}: {one.reason})"
            for place, one in enumerate(question.candidates, start=1)
        ]
    return "\n".join(lines) or "Nothing to bind."


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
