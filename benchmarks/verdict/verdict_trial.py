"""One problem tried: its mutants are made once, and every check looks at them and at the right formulation."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from pydantic import TypeAdapter
from verdict_cases import Case

from fivefold.checks import check_shape, check_text, check_values
from fivefold.checks.battery import run_battery
from fivefold_benchmarks.mutants import judged
from fivefold_solvers.analyze.instance import instance
from fivefold_solvers.backends.registry import UnusableError
from fivefold_solvers.backends.session import solve
from fivefold_solvers.backends.solved import Options
from fivefold_solvers.build.errors import BuildError
from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.finding import Finding, Severity

Alarm = tuple[str, str]
"""Check, and what tells its findings apart: the place, or the message where there is no place."""
Group = tuple[str, Callable[[Formulation, str], list[Finding]]]


@dataclass(slots=True)
class Wrong:
    """A mutant and the checks that find it, those left out that say the same of the right formulation."""

    kind: str
    what: str
    optimum_equal: bool
    status: str
    """Why its solver stopped."""
    caught: list[str] = field(default_factory=list[str])


@dataclass(slots=True)
class Trial:
    """What the checks make of one problem."""

    name: str
    wrong: list[Wrong] = field(default_factory=list[Wrong])
    false_alarms: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """Checks and their messages on the right formulation."""
    refused: dict[str, int] = field(default_factory=dict[str, int])
    """Mutants in which the static check finds errors, by kind."""
    left_out: dict[str, int] = field(default_factory=dict[str, int])
    """Mutants that mean the same as far as can be told, and those that cannot be decided."""
    ms: dict[str, float] = field(default_factory=dict[str, float])
    """Milliseconds of each group of checks, over all formulations of the problem."""
    formulations: int = 0
    """How many were looked at."""


def made(case: Case, seed: int, most: int) -> dict[str, Any]:
    """Return the mutants of a problem as data."""
    found = list(judged(case.formulation, seed, most))
    left_out = Counter(mutant.fate for mutant in found if mutant.fate in {"equivalent", "undecided"})
    return {
        "name": case.name,
        "refused": Counter(mutant.kind for mutant in found if mutant.fate == "refused"),
        "left_out": left_out,
        "wrong": [
            {
                "kind": mutant.kind,
                "what": mutant.what,
                "optimum_equal": mutant.optimum_equal,
                "status": mutant.status,
                "formulation": mutant.formulation.model_dump(mode="json"),
            }
            for mutant in found
            if mutant.fate == "wrong"
        ],
    }


def tried(
    case: Case, mutants: dict[str, Any], groups: Collection[str] = (), before: Trial | None = None
) -> dict[str, Any]:
    """Return what every check says of a problem's right formulation and of its mutants.

    Args:
        case: the problem.
        mutants: what `made` returned.
        groups: the groups of checks that look, all where empty.
        before: what was found of the same mutants earlier; of the other groups it is kept.
    """
    trial = Trial(case.name, refused=mutants["refused"], left_out=mutants["left_out"])
    asked = [group for group in _GROUPS if not groups or group[0] in groups]
    right = _alarms(trial, case.formulation, case.text, asked)
    trial.false_alarms = [(check_name, message) for (check_name, _), message in right.items()]
    for raw in mutants["wrong"]:
        alarms = _alarms(trial, Formulation.model_validate(raw["formulation"]), case.text, asked)
        caught = sorted({name for name, place in alarms if (name, place) not in right})
        trial.wrong.append(Wrong(raw["kind"], raw["what"], raw["optimum_equal"], raw["status"], caught))
    if before is not None:
        _keep(trial, before, {name for name, _ in asked})
    return asdict(trial)


def _keep(trial: Trial, before: Trial, again: set[str]) -> None:
    """Add what the groups that did not look again found before."""

    def kept(name: str) -> bool:
        return name.split(":")[0] not in again

    trial.false_alarms += [alarm for alarm in before.false_alarms if kept(alarm[0])]
    for mutant, old in zip(trial.wrong, before.wrong, strict=True):
        mutant.caught = sorted({*mutant.caught, *filter(kept, old.caught)})
    trial.ms |= {group: spent for group, spent in before.ms.items() if kept(group)}


def read_trial(raw: dict[str, Any]) -> Trial:
    """Return a trial from its data."""
    return TypeAdapter(Trial).validate_python(raw)


def _alarms(trial: Trial, formulation: Formulation, text: str, groups: Sequence[Group]) -> dict[Alarm, str]:
    """Return what groups of checks say of a formulation, and count how long they take."""
    found: dict[Alarm, str] = {}
    trial.formulations += 1
    for group, findings in groups:
        begun = time.perf_counter()
        for finding in findings(formulation, text):
            if finding.severity is not Severity.NOTE:
                found[f"{group}: {finding.code}", finding.where or finding.message] = str(finding)
        trial.ms[group] = trial.ms.get(group, 0.0) + 1000 * (time.perf_counter() - begun)
    return found


def _static(formulation: Formulation, text: str) -> list[Finding]:
    checked = check(formulation)
    return [*checked.findings, *check_shape(checked)]


def _values(formulation: Formulation, text: str) -> list[Finding]:
    """Return what the best solution itself shows; nothing where arrays cannot hold the formulation."""
    try:
        built = instance(formulation)
        solved = solve(built.arrays, backend="auto", options=Options(time_limit_s=2.0))
    except (BuildError, UnusableError):
        return []
    if not solved.optimal:
        return []
    return check_values(formulation, text, built.solution(solved.solution()))


def _battery(formulation: Formulation, text: str) -> list[Finding]:
    return list(run_battery(formulation, text).findings())


_GROUPS: tuple[Group, ...] = (("static", _static), ("text", check_text), ("values", _values), ("battery", _battery))
"""The checks in the order in which they run, by what they look at."""
