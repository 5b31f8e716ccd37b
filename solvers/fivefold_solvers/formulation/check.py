"""Everything that can be said of a formulation before a solver sees it, in one call."""

from __future__ import annotations

from dataclasses import dataclass, field

from fivefold_solvers.formulation.classify import ProblemClass, classify
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.finding import Finding, error, errors
from fivefold_solvers.formulation.ground import Grounded, ground
from fivefold_solvers.formulation.names import check_names
from fivefold_solvers.formulation.polynomial import Polynomial
from fivefold_solvers.formulation.rows import Rows, expand
from fivefold_solvers.formulation.strict import mend_strict
from fivefold_solvers.formulation.structure import check_structure


@dataclass(frozen=True, slots=True)
class Checked:
    """A formulation after the check; `grounded`, `rows` and `problem_class` are there where it can be built."""

    formulation: Formulation
    findings: tuple[Finding, ...]
    grounded: Grounded | None = None
    rows: Rows = field(default_factory=Rows)
    problem_class: ProblemClass | None = None
    written: Grounded | None = None
    """What was lowered to `grounded`; a ratio that was multiplied out can still be seen there to have no value."""

    @property
    def ok(self) -> bool:
        """Whether it can be built."""
        return self.grounded is not None

    @property
    def errors(self) -> tuple[Finding, ...]:
        """What stops it from being built."""
        return tuple(errors(self.findings))


def check(formulation: Formulation) -> Checked:
    """Return all findings about a formulation and, where it can be built, its grounded form.

    Names and forms come first, then the data, then the rows: a later stage runs only on what the earlier
    ones found sound, and each stage reports all it sees.
    """
    if not formulation.variables:
        return Checked(formulation, (error("no-variables", "the formulation", "it has no variables", "declare some"),))
    trees, findings = check_names(formulation)
    if findings:
        return Checked(formulation, tuple(findings))
    grounded, findings = ground(formulation, trees)
    if errors(findings):
        return Checked(formulation, tuple(findings))
    findings += mend_strict(grounded)
    rows, found = expand(grounded)
    findings += found
    if errors(findings):
        return Checked(formulation, tuple(findings))
    findings += check_structure(grounded, trees, rows)
    return Checked(formulation, tuple(findings), grounded, rows, classify(grounded, rows))


def summary(checked: Checked) -> str:
    """Return what a solver will see, one line per element: ranges of bounds, rows, non-zeros."""
    if checked.grounded is None:
        return ""
    lines = [f"class {checked.problem_class}"]
    for name, block in checked.grounded.variables.items():
        lowers, uppers = {low for low, _ in block.bounds.values()}, {high for _, high in block.bounds.values()}
        if block.bounds:
            shown = f"{_range(lowers)} <= {name} <= {_range(uppers)}"
            lines.append(f"variable {shown}, {block.element.domain}, {len(block.bounds)} entries")
    grouped = checked.rows.by_constraint()
    for constraint in checked.grounded.constraints:
        rows = grouped.get(constraint.element.name, [])
        nonzeros = sum(len(row.body.linear) for row in rows if isinstance(row.body, Polynomial))
        lines.append(f"constraint {constraint.element.name}: {len(rows) or 'logic'} rows, {nonzeros} non-zeros")
    return "\n".join(lines)


def _range(values: set[float]) -> str:
    low, high = min(values), max(values)
    return f"{low:g}" if low == high else f"{low:g}..{high:g}"
