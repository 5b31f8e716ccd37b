"""The falsification battery: what must be true of every right formulation of a text, tried on one formulation.

    report = run_battery(formulation, text)
    report.falsified, report.findings()

No answer is known and no LLM is asked. What is violated comes with a witness that anyone can repeat. What holds
everywhere has not been falsified, which is less than right.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator

from fivefold.checks.battery.goal import check_goal
from fivefold.checks.battery.lab import Lab, OutOfTime, Relation
from fivefold.checks.battery.moves import check_moves
from fivefold.checks.battery.owners import check_owners
from fivefold.checks.battery.report import BatteryReport, RelationResult, Witness
from fivefold.checks.battery.rows import check_rows
from fivefold.checks.battery.sentences import check_sentences
from fivefold.checks.battery.wholes import check_wholes
from fivefold.checks.bindings import bound
from fivefold.checks.place_effects import effects
from fivefold.reading.claims import claims
from fivefold.reading.slots import TextReading, read_text
from fivefold_solvers.analyze.instance import instance
from fivefold_solvers.backends.registry import UnusableError
from fivefold_solvers.build.errors import BuildError
from fivefold_solvers.formulation.check import Checked, check
from fivefold_solvers.formulation.elements import Formulation, Objective
from fivefold_solvers.formulation.polynomial import Polynomial

__all__ = ["BatteryReport", "RelationResult", "Witness", "run_battery"]

READ = Relation("battery", "Only what can be built as rows and solved by a solver of arrays is tried.")


_kept: OrderedDict[tuple[str, str, float], BatteryReport] = OrderedDict()
_keeping = threading.Lock()
_MOST_KEPT = 32


def run_battery(formulation: Formulation, text: str, *, budget_s: float = 2.0) -> BatteryReport:
    """Return which relations a formulation of a text violates, as far as the budget of time goes.

    Args:
        formulation: the formulation, with its data.
        text: the problem in words.
        budget_s: seconds for all solves together; what is not reached in time abstains.
    """
    # Judging a formulation, mending it by rule and judging what was mended ask for the same again.
    key = repr(formulation), text, budget_s
    with _keeping:
        known = _kept.get(key)
    if known is not None:
        return known
    report = _run(formulation, text, budget_s)
    if report.ms < 500 * budget_s:  # else another time it might come farther
        with _keeping:
            _kept[key] = report
            while len(_kept) > _MOST_KEPT:
                _kept.popitem(last=False)
    return report


def _run(formulation: Formulation, text: str, budget_s: float) -> BatteryReport:
    begun = time.perf_counter()
    checked = check(formulation)
    if checked.grounded is None:
        return BatteryReport(results=(READ.abstained("the formulation has errors"),))
    reading = read_text(text, checked.grounded)
    results: list[RelationResult] = []
    solves = 0
    try:
        lab, goalless = _lab(formulation, checked, reading, budget_s)
    except (BuildError, UnusableError) as refused:
        results.append(READ.abstained(f"not solved here: {refused}"))
    except OutOfTime:
        results.append(READ.abstained("no time was given"))
    else:
        try:
            for relation in _relations(lab, budget_s, goalless=goalless):
                results += _timed(relation)
        finally:
            solves = lab.solves
            lab.close()
    return BatteryReport(results=tuple(results), solves=solves, ms=1000 * (time.perf_counter() - begun))


def _lab(formulation: Formulation, checked: Checked, reading: TextReading, budget_s: float) -> tuple[Lab, bool]:
    """Return where things are tried, and whether without the goal: a ratio is solved elsewhere, its rows can be here.

    Raises:
        BuildError: the rows cannot be built as arrays.
        UnusableError: no solver of arrays takes them.
        OutOfTime: the budget is spent.
    """
    try:
        return Lab(formulation, reading, instance(formulation), budget_s), False
    except (BuildError, UnusableError):
        goal = checked.rows.objective
        if not isinstance(goal, Polynomial) or not goal.beyond:
            raise
        alone = formulation.model_copy(update={"objective": Objective(sense="satisfy")})
        return Lab(alone, reading, instance(alone), budget_s), True


_Relations = tuple[Callable[[], Iterator[RelationResult]], ...]


def _relations(lab: Lab, budget_s: float, *, goalless: bool) -> _Relations:
    """Return what is tried, in order; without the goal only what holds of every plan."""
    moved = effects(lab.formulation, budget_s=budget_s)
    stated = claims(lab.reading)
    if goalless:
        return lambda: check_rows(lab, stated, moved), lambda: check_sentences(lab, stated, planned=False)
    found = bound(lab.reading, moved, lab.formulation)
    return (
        lambda: check_goal(lab),
        lambda: check_owners(lab, moved),
        lambda: check_rows(lab, stated, moved),
        lambda: check_wholes(lab),
        lambda: check_sentences(lab, stated),
        lambda: check_moves(lab, found, moved),
    )


def _timed(tried: Callable[[], Iterator[RelationResult]]) -> Iterator[RelationResult]:
    """Yield results with what each has cost; where time runs out, say so."""
    last = time.perf_counter()
    try:
        for result in tried():
            now = time.perf_counter()
            yield result.model_copy(update={"ms": 1000 * (now - last)})
            last = time.perf_counter()
    except OutOfTime:
        yield READ.abstained("the budget of time is spent")
