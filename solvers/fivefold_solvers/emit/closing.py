"""The end of every program: what people read, and the one line that Fivefold reads."""

from __future__ import annotations

import re

from fivefold_solvers.emit import text
from fivefold_solvers.emit.spelling import Speller
from fivefold_solvers.result import RESULT_PREFIX

_LINES = 300
"""Values that are shown to people; the result line has all."""
_REPORT = '''\
def shown(number):
    """Return a number with at most six decimals and no needless zeros."""
    if number is None:
        return "-"
    whole, _, decimals = f"{round(number, 6) + 0.0:.6f}".partition(".")
    return f"{whole}.{decimals.rstrip('0')}".rstrip(".")


def finite(number):
    """Return a number, None for infinity and what is no number."""
    return number if number is not None and math.isfinite(number) else None


print(f"Status:    {termination}, solution: {solution_status}")
if objective is not None:
    print("Objective: " + @OBJECTIVE@ + " = " + shown(objective) + @UNIT@)
label = {
    (name, index): name + (repr(list(index)) if index else "")
    for name, entries in values.items()
    for index, number in entries.items()
    if number is not None and abs(number) > 1e-6
}
width = max(map(len, label.values()), default=0)
for (name, index), entry in list(label.items())[:@LINES@]:
    print(f"  {entry:<{width}} = {shown(values[name][index])}")
if len(label) > @LINES@:
    print(f"  ... and {len(label) - @LINES@} more that are not 0")
if values and not label:
    print("  all variables are 0")

report = {
    "termination": termination,
    "solution_status": solution_status,
    "objective": finite(objective),
    "bound": finite(bound),
    "values": {
        name: finite(entries[()]) if () in entries
        else [[list(index), finite(number)] for index, number in entries.items()]
        for name, entries in values.items()
    },
    "solver": @SOLVER@,
    "solver_version": solver_version,
    "solve_s": round(solve_s, 6),
}
print("@PREFIX@" + json.dumps(report, allow_nan=False, separators=(",", ":")))
'''


def report_section(speller: Speller, solver: str) -> list[str]:
    """Return the lines that print status, objective and values; they need the names that `Solve` sets."""
    objective = speller.grounded.formulation.objective
    name = f"{objective.sense} {text.clean(objective.name)}"
    unit = f" {text.clean(objective.unit)}" if objective.unit else ""
    parts = {
        "@OBJECTIVE@": repr(name),
        "@UNIT@": repr(unit),
        "@SOLVER@": repr(solver),
        "@PREFIX@": RESULT_PREFIX,
        "@LINES@": str(_LINES),
    }
    # In one pass, so that a mark inside a formulation's text stays text.
    source = re.sub("@[A-Z]+@", lambda match: parts[match.group()], _REPORT)
    return [*text.heading("Report"), "", *source.splitlines()]
