"""What checking a formulation and recomputing its result found, as data that files and pages show."""

from __future__ import annotations

from typing import Any

from fivefold.plain import plain
from fivefold_solvers.audit import Audit
from fivefold_solvers.data.needs import needs
from fivefold_solvers.formulation.check import check, summary
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.finding import Finding
from fivefold_solvers.formulation.lower import lower


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


def audit_facts(found: Audit) -> dict[str, Any]:
    """Return what recomputing found: faults, the objective, every row with its room, the largest deviations."""
    return {
        "holds": not found.faults,
        "objective": found.objective,
        "exact": found.exact,
        "faults": list(found.faults),
        "rows": [
            {
                "constraint": residual.constraint,
                "place": residual.place,
                "slack": plain(residual.slack),
                "binding": residual.binding,
                "violation": plain(residual.violation),
                "sides": plain(residual.sides),
            }
            for residual in found.residuals
        ],
        "worst": {name: plain(getattr(found, name)) for name in ("rows", "bounds", "integrality")},
    }
