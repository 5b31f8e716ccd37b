"""MathOpt in its process: linear programs by GLOP and PDLP."""

from __future__ import annotations

import datetime
import importlib
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fivefold_solvers.backends.child.held import Fields, Held, row_of_nonzero

mathopt: Any = importlib.import_module("ortools.math_opt.python.mathopt")
interrupters: Any = importlib.import_module("ortools.util.python.solve_interrupter")
model_pb2: Any = importlib.import_module("ortools.math_opt.model_pb2")

VERSION: str = importlib.import_module("ortools").__version__
_OPEN = "INFEASIBLE_OR_UNBOUNDED"
_SETTLED = {"OPTIMAL": "UNBOUNDED", "FEASIBLE": "UNBOUNDED", "INFEASIBLE": "INFEASIBLE"}
"""What an open question comes to, by what came of the program without its objective."""
Tell = Callable[[Mapping[str, Any], Fields | None], None]


def statuses() -> list[str]:
    """Return every reason and limit that MathOpt knows."""
    reasons = [reason.name for reason in mathopt.TerminationReason]
    return sorted(reasons + [f"limit {limit.name}" for limit in mathopt.Limit])


def load(header: Mapping[str, Any], fields: Mapping[str, NDArray[Any]]) -> Loaded:
    """Return a program as it was sent."""
    return Loaded(Held(bool(header["maximize"]), float(header["offset"]), dict(fields)))


class Loaded:
    """One linear program; it is built anew for every solve."""

    def __init__(self, held: Held) -> None:
        self.held = held
        self.interrupter: Any = None

    def interrupt(self) -> None:
        """Ask the solve that is going on to end with what it has."""
        if self.interrupter is not None:
            self.interrupter.interrupt()

    def change(self, header: Mapping[str, Any], changes: Fields) -> None:
        """Take over a change."""
        self.held.apply(header, changes)

    def solve(self, header: Mapping[str, Any], arrays: Fields, tell: Tell) -> tuple[dict[str, Any], Fields]:
        """Solve, and return what was found."""
        program = mathopt.Model.from_model_proto(_proto(self.held))
        self.interrupter = interrupters.SolveInterrupter()
        tell({"event": "loaded"}, None)
        started = time.perf_counter()
        result = self._run(program, header, started)
        status = _status(result)
        if status == _OPEN:
            # Whether there is any solution settles it; presolve and first-order methods look at the dual alone.
            program.objective.clear()
            status = _SETTLED.get(_status(self._run(program, header, started)), _OPEN)
        return _report(self.held, result, status, time.perf_counter() - started)

    def _run(self, program: Any, header: Mapping[str, Any], started: float) -> Any:
        """Run the engine in what is left of the time."""
        limit, engine = header["time_limit"], header["engine_name"]
        left = None if limit is None else max(1e-3, limit - (time.perf_counter() - started))
        parameters = mathopt.SolveParameters(
            time_limit=None if left is None else datetime.timedelta(seconds=left),
            threads=header["threads"] if engine == "PDLP" else None,
            presolve=mathopt.Emphasis.OFF if header["solver_options"].get("presolve") == "off" else None,
        )
        if engine == "PDLP":
            criteria = parameters.pdlp.termination_criteria
            criteria.simple_optimality_criteria.eps_optimal_absolute = header["accuracy"]
            criteria.simple_optimality_criteria.eps_optimal_relative = header["accuracy"]
        kind = getattr(mathopt.SolverType, engine)
        return mathopt.solve(program, kind, params=parameters, interrupter=self.interrupter)


def _proto(held: Held) -> Any:
    """Return the program as MathOpt's message, filled column-wise rather than entry by entry."""
    fields, proto = held.fields, model_pb2.ModelProto()
    proto.variables.ids.extend(range(held.columns))
    proto.variables.lower_bounds.extend(fields["lower"].tolist())
    proto.variables.upper_bounds.extend(fields["upper"].tolist())
    proto.variables.integers.extend(fields["integer"].astype(bool).tolist())
    at = np.flatnonzero(fields["cost"])
    proto.objective.maximize, proto.objective.offset = held.maximize, held.offset
    proto.objective.linear_coefficients.ids.extend(at.tolist())
    proto.objective.linear_coefficients.values.extend(fields["cost"][at].tolist())
    proto.linear_constraints.ids.extend(range(held.rows))
    proto.linear_constraints.lower_bounds.extend(fields["row_lower"].tolist())
    proto.linear_constraints.upper_bounds.extend(fields["row_upper"].tolist())
    rows = row_of_nonzero(fields["starts"])
    order = np.lexsort((fields["columns"], rows))
    matrix = proto.linear_constraint_matrix
    matrix.row_ids.extend(rows[order].tolist())
    matrix.column_ids.extend(fields["columns"][order].tolist())
    matrix.coefficients.extend(fields["coefficients"][order].tolist())
    return proto


def _status(result: Any) -> str:
    """Return why the engine stopped, by one of the names of `statuses`."""
    termination = result.termination
    status = str(termination.reason.name)
    if status in ("FEASIBLE", "NO_SOLUTION_FOUND") and termination.limit is not None:
        status = f"limit {termination.limit.name}"
    return status


def _report(held: Held, result: Any, status: str, took: float) -> tuple[dict[str, Any], Fields]:
    found = status not in ("UNBOUNDED", _OPEN) and result.has_primal_feasible_solution()
    reply: dict[str, Any] = {
        "status": status,
        "solve_s": took,
        "feasible": found,
        "objective": result.objective_value() if found else None,
        "bound": result.termination.objective_bounds.dual_bound,
        "iterations": result.solve_stats.simplex_iterations + result.solve_stats.first_order_iterations,
        "nodes": 0,
    }
    results: dict[str, NDArray[Any]] = {}
    if found:
        results["values"] = _ordered(result.variable_values(), held.columns)
    if found and result.has_dual_feasible_solution():
        results["duals"] = _ordered(result.dual_values(), held.rows)
        results["reduced_costs"] = _ordered(result.reduced_costs(), held.columns)
    return reply, results


def _ordered(table: Mapping[Any, float], size: int) -> NDArray[Any]:
    values = np.zeros(size)
    for place, value in table.items():
        values[place.id] = value
    return values
