"""Running data that is too large to be written into a program: built as arrays, solved in a solver's own process."""

from __future__ import annotations

import argparse

from fivefold.answer import spell_number
from fivefold.commands.formulation.given import Given
from fivefold.commands.formulation.showing import MAX_LINES, print_json, say
from fivefold.errors import CallerError
from fivefold_solvers.backends.reading import violation
from fivefold_solvers.backends.registry import UnusableError
from fivefold_solvers.backends.session import solve
from fivefold_solvers.backends.solved import Options, Solved
from fivefold_solvers.build.arrays import Arrays
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.result import FEASIBILITY_TOLERANCE


def solve_large(taken: Given, args: argparse.Namespace) -> int:
    """Solve arrays and print what is not zero; return 0 for an optimal solution that holds, else 1."""
    if args.out is not None:
        raise CallerError("--out: there is too much data to write it into files; --json prints the solution")
    arrays = taken.arrays()
    size = f"{arrays.column_count} variables, {arrays.row_count} rows, {len(arrays.columns)} non-zeros"
    say(f"the data is solved as arrays, not in a program: {size}")
    try:
        solved = solve(arrays, backend="auto", options=Options(time_limit_s=args.time_limit))
    except UnusableError as fault:
        raise CallerError(str(fault)) from None
    worst = None if solved.values is None else violation(arrays, solved.values)
    holds = solved.optimal and worst is not None and worst <= FEASIBILITY_TOLERANCE
    if args.json:
        values = None if solved.values is None else arrays.values_by_name(solved.values)
        print_json({
            "ok": holds, "termination": solved.termination, "solution_status": solved.solution_status,
            "objective": solved.objective, "bound": solved.bound, "values": values, "violation": worst,
            "backend": solved.backend, "wall_s": solved.wall_s, "mapping": taken.mapping, "findings": taken.findings,
        })  # fmt: skip
    else:
        print("\n".join(_lines(taken.formulation, arrays, solved)))
        checked = "" if worst is None else f"; recomputed: largest violation {worst:.2g}"
        print(f"({solved.backend} {solved.solver_version}; {solved.wall_s:.1f} s{checked})")
    return 0 if holds else 1


def _lines(formulation: Formulation, arrays: Arrays, solved: Solved) -> list[str]:
    if solved.values is None or solved.objective is None:
        return [f"There is no solution: the solver says {solved.termination}. {solved.message}".strip()]
    goal = formulation.objective
    unit = f" {goal.unit}" if goal.unit else ""
    lines = [f"{goal.description or goal.name}: {spell_number(solved.objective)}{unit}"]
    if not solved.optimal:
        lines.append("The solver stopped before it could say that nothing is better.")
    used: list[int] = (abs(solved.values) > FEASIBILITY_TOLERANCE).nonzero()[0].tolist()
    for column in used[:MAX_LINES]:
        lines.append(f"  {arrays.column_name(column)} = {spell_number(float(solved.values[column]))}")
    return [*lines, f"  ... and {len(used) - MAX_LINES} more (--json has all)"] if len(used) > MAX_LINES else lines
