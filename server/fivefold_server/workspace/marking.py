"""A formulation as text: what reading and checking it finds, each finding with the line that it is about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from fivefold.deliverables.found import checks_of, told
from fivefold.editing.differences import difference
from fivefold.formulations import reading
from fivefold_solvers.formulation.elements import Formulation

_LINE = re.compile(r"\bline (\d{1,7})\b")
_NAME = re.compile(r"'([^']+)'")
_HEADING = re.compile(r"#+\s*(objective|goal)\b", re.IGNORECASE)


def marked(text: str, before: Formulation) -> dict[str, Any]:
    """Return whether a text is a formulation, its class, what was found in which line, and what it would change."""
    found = reading(text)
    findings = [told(finding) for finding in found.findings]
    formulation = found.formulation
    checks: dict[str, Any] = {"ok": False, "class": None}
    changes: list[dict[str, Any]] = []
    if formulation is not None:
        checks = checks_of(formulation)
        findings += checks["findings"]
        changes = difference(before, formulation)["elements"]
    lines = text.splitlines()
    return {
        "ok": checks["ok"],
        "class": checks["class"],
        "findings": [{**finding, "line": line_of(finding["where"], lines)} for finding in findings],
        "changes": changes,
    }


def line_of(where: str, lines: Sequence[str]) -> int | None:
    """Return the number of the line, from 1, that the place of a finding is in; None where no line is meant."""
    told_line = _LINE.search(where)
    if told_line is not None:
        return min(int(told_line.group(1)), max(1, len(lines)))
    name = _NAME.search(where)
    if name is not None:
        word = re.compile(rf"(?<!\w){re.escape(name.group(1))}(?!\w)")
        items = [number for number, line in enumerate(lines, start=1) if word.search(line)]
        # An element is declared where its name stands in bold letters, or else first.
        bold = [number for number in items if re.search(r"^\s*[-*+]\s*(\*\*|\"name\")", lines[number - 1])]
        own = [number for number in bold if f"**{name.group(1)}**" in lines[number - 1]]
        return next(iter([*own, *bold, *items]), None)
    if "objective" in where:
        heads = (number for number, line in enumerate(lines, start=1) if _HEADING.match(line))
        return next(heads, None)
    return None
