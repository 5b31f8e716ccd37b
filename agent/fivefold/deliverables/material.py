"""What files are made of: the formulation, and what its run left, where there was one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.program import Program
from fivefold_solvers.result import ExecutionResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """Everything that a file may tell of."""

    title: str
    problem: str
    """The problem in words, empty where there are none."""
    version: int | None
    """Number of the version."""
    formulation: Formulation | None
    checks: dict[str, Any]
    """What checking the formulation found."""
    program: Program | None = None
    """The program that was run; None before the first run."""
    result: ExecutionResult | None = None
    text: str = ""
    """The answer in words."""
    verdict: dict[str, Any] | None = None
    audit: dict[str, Any] | None = None
    """The recomputation of the result."""
    made: str = ""
    """When, and with which version of Fivefold."""


def entries(material: Material) -> list[tuple[str, tuple[Any, ...], float, str]]:
    """Return name, index, value and unit of every entry of the solution."""
    if material.result is None:
        return []
    known = () if material.formulation is None else material.formulation.variables
    units = {variable.name: variable.unit for variable in known}
    names = [name for name in material.result.values if not units or name in units]
    return [
        (name, key, value, units.get(name, ""))
        for name in names
        for key, value in material.result.values[name].items()
    ]  # fmt: skip


def facts(material: Material) -> list[tuple[str, str]]:
    """Return the headline: what came of it, in pairs of a word and what it is."""
    result, formulation = material.result, material.formulation
    found: list[tuple[str, str]] = []
    if formulation is not None:
        goal = formulation.objective
        found.append(("Goal", f"{goal.sense} {goal.description or goal.name}".strip()))
        found.append(("Class", str(material.checks.get("class") or "cannot be built yet")))
    if result is not None:
        unit = "" if formulation is None or not formulation.objective.unit else f" {formulation.objective.unit}"
        found.append(("Termination", str(result.termination)))
        if result.objective is not None:
            found.append(("Objective", f"{result.objective:.10g}{unit}"))
        if result.gap is not None:
            found.append(("Gap", f"{result.gap:.3g}"))
        found.append(("Solver", f"{result.solver} {result.solver_version}".strip()))
        found.append(("Solve time", f"{result.wall_s:.2f} s"))
    if material.verdict is not None:
        found.append(("Checks", str(material.verdict.get("grade", ""))))
    if material.audit is not None:
        rows = len(material.audit["rows"])
        held = f"not falsified: objective and {rows} rows hold"
        found.append(("Recomputed", held if material.audit["holds"] else "falsified: it does not hold"))
    return found


def checked_lines(material: Material) -> list[str]:
    """Return how far the answer was checked, a line for each thing found."""
    lines: list[str] = []
    findings = material.checks.get("findings", [])
    lines += [f"{finding['severity']}: {finding['text']}" for finding in findings]
    if material.verdict is not None:
        lines += [f"{check['severity']}: {check['message']}" for check in material.verdict.get("checks", [])]
    if material.audit is not None:
        lines += [f"falsified: {fault}" for fault in material.audit["faults"]]
        if material.audit["holds"]:
            lines.append("objective and rows were recomputed without a solver: not falsified")
    return [*dict.fromkeys(lines), "that nothing is better is the solver's word"]


def assumption_lines(material: Material) -> list[str]:
    """Return what the formulation rests on that the text does not state."""
    formulation = material.formulation
    if formulation is None:
        return ["a program that an LLM wrote by itself; nothing could be checked against a formulation"]
    return assumed(formulation) or ["no assumption was noted"]


def assumed(formulation: Formulation) -> list[str]:
    """Return what a formulation says of its own that its problem does not state."""
    made = [one.text + (f" ({one.reason})" if one.reason else "") for one in formulation.assumptions]
    for element in formulation.elements():
        if element.source is not None and element.source.kind != "stated":
            made.append(f"`{element.name}` is {element.source.kind}: {element.source.reason or 'no reason was given'}")
    return made
