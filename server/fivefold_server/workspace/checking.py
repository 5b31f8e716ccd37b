"""A formulation as the text that is kept, and what checking it finds."""

from __future__ import annotations

import json
from typing import Any

from fivefold.errors import CallerError
from fivefold.plain import plain
from fivefold_solvers.data.needs import needs
from fivefold_solvers.formulation.check import check, summary
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.finding import Finding
from fivefold_solvers.formulation.json_text import from_json, to_json
from fivefold_solvers.formulation.lower import lower


def text_of(formulation: Formulation) -> str:
    """Return the JSON text of a formulation; the same element always gives the same bytes.

    Raises:
        CallerError: something in it is no text.
    """
    try:
        text = to_json(formulation)
        text.encode()
    except (UnicodeEncodeError, RecursionError):
        raise CallerError("the formulation holds halves of characters, or is too deep; write plain text") from None
    return text


def formulation_of(text: str) -> Formulation:
    """Return the formulation whose text was kept."""
    formulation, findings = from_json(text)
    assert formulation is not None, findings
    return formulation


def checks_of(formulation: Formulation) -> dict[str, Any]:
    """Return what checking finds: `ok`, `class`, `findings`, `summary`, and the names that still need data."""
    wanted = needs(formulation)
    missing = [*(one.name for one in wanted.open_sets), *(one.name for one in wanted.open_parameters)]
    checked = check(formulation)
    findings: list[Finding] = list(checked.findings)
    if checked.ok:
        # What cannot be made linear is found only on rewriting.
        findings += [finding for finding in lower(checked).errors if finding not in findings]
    faults = any(finding.severity == "error" for finding in findings)
    return {
        "ok": checked.ok and not faults,
        "class": None if checked.problem_class is None else str(checked.problem_class),
        "findings": [told(finding) for finding in findings],
        "summary": summary(checked).splitlines(),
        "needs_data": missing,
    }


def told(finding: Finding) -> dict[str, Any]:
    """Return a finding as data, with its words."""
    return {**finding.model_dump(mode="json"), "text": str(finding)}


def plain_formulation(text: str) -> Any:
    """Return a kept formulation as JSON-like data that every reader takes: infinite numbers are words."""
    return plain(json.loads(text))
