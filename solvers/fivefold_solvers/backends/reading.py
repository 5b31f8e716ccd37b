"""A solver's answer read into `Solved`: statuses by the back-end's table, values checked against the program."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fivefold_solvers.backends.backend import Backend
from fivefold_solvers.backends.solved import Basis, Event, Range, Ranging, Solved, SolverIis
from fivefold_solvers.build.arrays import Arrays, Floats
from fivefold_solvers.result import FEASIBILITY_TOLERANCE, INTEGRALITY_TOLERANCE, SolutionStatus, Termination

_WRONG = 10.0
"""How many times its tolerance a back-end may be off before its solution is thrown away."""

_RESOLUTION = 2.0**-42
"""Share of the size of a row's terms that sums of doubles cannot resolve, as the audit has it."""

Results = dict[str, NDArray[Any]]


def violation(arrays: Arrays, values: Floats, row_values: Floats | None = None) -> float:
    """Return the largest violation of a row or bound, relative to max(1, abs(limit)); integrality counts as well.

    What sums of doubles lose in terms that are much larger than the limit is not held against a row.
    """
    if row_values is None:
        row_values = arrays.row_values(values)
    worst = _excess(arrays.row_lower, arrays.row_upper, row_values)
    if worst > FEASIBILITY_TOLERANCE:
        terms = replace(arrays, coefficients=np.abs(arrays.coefficients)).row_values(np.abs(values))
        worst = _excess(arrays.row_lower, arrays.row_upper, row_values, _RESOLUTION * terms)
    worst = max(0.0, worst, _excess(arrays.lower, arrays.upper, values))
    if arrays.integer.any():
        whole = values[arrays.integer]
        off = float(np.abs(whole - np.round(whole)).max())
        worst = max(worst, off if off > INTEGRALITY_TOLERANCE else 0.0)
    return worst if math.isfinite(worst) else math.inf


def _excess(low: Floats, high: Floats, own: Floats, allowed: Floats | float = 0.0) -> float:
    """Return the largest excess over a limit, relative to max(1, abs(limit)), beyond what is allowed."""
    worst = -math.inf
    for limit, excess in ((low, low - own), (high, own - high)) if own.size else ():
        # An infinite limit is never violated: its excess is -inf, its size counts as 1.
        size = np.maximum(1.0, np.abs(np.where(np.isfinite(limit), limit, 1.0)))
        worst = max(worst, float(((excess - allowed) / size).max()))
    return worst


def read_reply(
    used: Backend,
    version: str,
    arrays: Arrays,
    reply: dict[str, Any],
    results: Results,
    progress: tuple[tuple[Event, ...], float],
) -> Solved:
    """Return what a back-end answered."""
    meaning = used.statuses.get(reply["status"])
    termination = Termination.UNKNOWN if meaning is None else meaning.termination
    status = SolutionStatus.NONE if meaning is None else meaning.solution
    if termination is Termination.TIME_LIMIT and reply.get("stopped"):
        termination = Termination.OTHER_LIMIT
    message = f"{used.name} stopped with {reply['status']!r}, which is not known here" if meaning is None else ""
    values = results.get("values") if status is not SolutionStatus.NONE else None
    if status is SolutionStatus.FEASIBLE and not reply["feasible"]:
        values = None
    row_values: Floats | None = None
    off = 0.0
    if values is not None:
        values = _rounded(arrays, values)
        row_values = arrays.row_values(values)
        off = violation(arrays, values, row_values)
        if not off <= _WRONG * used.tolerance:
            message = f"{used.name} called a point {status} that violates the program by {off:.3g}; it is left out"
            termination, values, row_values = Termination.ERROR, None, None
    if values is None:
        status = SolutionStatus.NONE
    objective = None if values is None else arrays.objective(values)
    optimal = status is SolutionStatus.OPTIMAL
    continuous = not arrays.integer.any()
    bound = _bound(reply["bound"], termination)
    if optimal and bound is None:
        bound = objective
    return Solved(
        termination=termination,
        solution_status=status,
        backend=used.name,
        solver_version=version,
        objective=objective,
        bound=bound,
        values=values,
        row_values=row_values,
        duals=results.get("duals") if optimal and continuous else None,
        reduced_costs=results.get("reduced_costs") if optimal and continuous else None,
        basis=_basis(results),
        ranging=_ranging(results) if optimal else None,
        iis=_iis(results),
        events=progress[0],
        violation=max(0.0, off),
        solve_s=reply["solve_s"],
        wall_s=progress[1],
        iterations=int(reply["iterations"]),
        nodes=int(reply["nodes"]),
        message=message,
    )


def _rounded(arrays: Arrays, values: Floats) -> Floats:
    """Return the values with integers whole where they are so within the tolerance and stay feasible."""
    if not arrays.integer.any():
        return values
    near = np.round(values)
    close = arrays.integer & (np.abs(values - near) <= INTEGRALITY_TOLERANCE)
    if bool((values[close] == near[close]).all()):
        return values
    whole = np.where(close, near, values)
    # Rounding can break a row with large coefficients (big-M): then the solver's own point is the better one.
    return whole if violation(arrays, whole) <= max(1e-9, violation(arrays, values)) * 2 else values


def _bound(raw: float | None, termination: Termination) -> float | None:
    if raw is None or not math.isfinite(raw) or abs(raw) >= 1e20:
        return None
    useful = (Termination.OPTIMAL, Termination.TIME_LIMIT, Termination.OTHER_LIMIT)
    return float(raw) if termination in useful else None


def _basis(results: Results) -> Basis | None:
    if "basis_columns" not in results:
        return None
    return Basis(results["basis_columns"].astype(np.int32), results["basis_rows"].astype(np.int32))


def _ranging(results: Results) -> Ranging | None:
    if "col_cost_dn" not in results:
        return None

    def read(name: str) -> Range:
        return Range(*(results[f"{name}_{end}"] for end in ("dn", "dn_objective", "up", "up_objective")))

    return Ranging(read("col_cost"), read("col_bound"), read("row_bound"))


def _iis(results: Results) -> SolverIis | None:
    if "iis_row_index" not in results:
        return None
    names = ("col_index", "col_bound", "row_index", "row_bound")
    return SolverIis(*(results[f"iis_{name}"].astype(np.int32) for name in names))
