"""Rows that an LLM copied out of the prompt's example instead of the problem, where the two tell a like story."""

from __future__ import annotations

import re
from typing import cast

from fivefold.checks.standing import numbers_of
from fivefold.state import Json

_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?")


def without_copied(written: Json, example: str, problem: str) -> Json:
    """Return an answer without the rows that stand in an example word for word, with a number that no problem says.

    Args:
        written: the LLM's objective and constraints.
        example: everything that it was told.
        problem: the text that it should have gone by.
    """
    rows = written.get("constraints")
    if not isinstance(rows, list):
        return written
    said = {one.value for one in numbers_of(problem)} | {one.value / 100 for one in numbers_of(problem)} | {0.0, 1.0}

    def is_copied(row: object) -> bool:
        expression = str(cast(Json, row).get("expression", "")) if isinstance(row, dict) else str(row)
        numbers = {float(number) for number in _NUMBER.findall(expression)}
        return bool(numbers - said) and expression in example

    return {**written, "constraints": [row for row in cast(list[object], rows) if not is_copied(row)]}
