"""CP-SAT in its process: programs of whole numbers only, which come with whole coefficients."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fivefold_solvers.backends.child.held import Fields

cp_model: Any = importlib.import_module("ortools.sat.python.cp_model")

VERSION: str = importlib.import_module("ortools").__version__
_EVENT_S = 0.1
Tell = Callable[[Mapping[str, Any], Fields | None], None]


def statuses() -> list[str]:
    """Return every name of the solver's own status."""
    kinds: Any = cp_model.OPTIMAL.__class__
    return sorted(kinds.__members__)


def load(header: Mapping[str, Any], fields: Fields) -> Loaded:
    """Return a program as it was sent; its numbers are whole."""
    return Loaded(header, fields)


class Loaded:
    """One program of whole numbers; it is built anew for every solve."""

    def __init__(self, header: Mapping[str, Any], fields: Fields) -> None:
        self.header, self.fields = header, fields
        self.solver: Any = None
        self.stopped = False

    def interrupt(self) -> None:
        """Ask the solve that is going on to end with what it has."""
        self.stopped = True
        if self.solver is not None:
            self.solver.stop_search()

    def change(self, header: Mapping[str, Any], fields: Fields) -> None:
        """Take over a change; changes come as the whole program, whose scaling may differ."""
        self.header, self.fields = header, fields

    def solve(self, header: Mapping[str, Any], arrays: Fields, tell: Tell) -> tuple[dict[str, Any], Fields]:
        """Solve, and return what was found; incumbents are told on the way."""
        program, places = self._build(arrays)
        self.stopped = False
        self.solver = solver = cp_model.CpSolver()
        _set(solver.parameters, header)
        callback = _Incumbents(places, header["scale"], tell)
        solver.best_bound_callback = callback.bound_moved
        tell({"event": "loaded"}, None)
        started = time.perf_counter()
        status = solver.solve(program, callback)
        took = time.perf_counter() - started
        name = solver.status_name(status)
        found = name in ("OPTIMAL", "FEASIBLE")
        reply: dict[str, Any] = {
            "status": name,
            "stopped": self.stopped,
            "solve_s": took,
            "feasible": found,
            "objective": None,
            "bound": solver.best_objective_bound / header["scale"] if found else None,
            "iterations": solver.num_conflicts,
            "nodes": solver.num_branches,
        }
        solution = solver.response_proto.solution if found else ()
        return reply, {"values": np.array(list(solution), dtype=float)} if found else {}

    def _build(self, arrays: Fields) -> tuple[Any, list[Any]]:
        fields = self.fields
        program = cp_model.CpModel()
        lower, upper = fields["lower"].tolist(), fields["upper"].tolist()
        places = [program.new_int_var(low, max(low, high), "") for low, high in zip(lower, upper, strict=True)]
        if any(low > high for low, high in zip(lower, upper, strict=True)):
            # CP-SAT takes no variable without values; what is never true says the same.
            program.add_bool_or([])
        starts, columns = fields["starts"].tolist(), fields["columns"].tolist()
        coefficients = fields["coefficients"].tolist()
        sides = zip(fields["row_lower"].tolist(), fields["row_upper"].tolist(), strict=True)
        for row, (low, high) in enumerate(sides):
            begin, end = starts[row], starts[row + 1]
            terms = [places[column] for column in columns[begin:end]]
            total = cp_model.LinearExpr.weighted_sum(terms, coefficients[begin:end])
            program.add_linear_constraint(total, low, high)
        if fields["cost"].any() or self.header["offset"]:
            total = cp_model.LinearExpr.weighted_sum(places, fields["cost"].tolist()) + int(self.header["offset"])
            (program.maximize if self.header["maximize"] else program.minimize)(total)
        if "start" in arrays:
            for place, value in zip(places, arrays["start"].tolist(), strict=True):
                program.add_hint(place, round(value))
        return program, places


class _Incumbents(cp_model.CpSolverSolutionCallback):  # type: ignore[misc]  # the library is loaded at run time
    """Tells of every better solution, and of the bound from time to time."""

    def __init__(self, places: list[Any], scale: float, tell: Tell) -> None:
        cp_model.CpSolverSolutionCallback.__init__(self)
        self.places, self.scale, self.tell = places, scale, tell
        self.last = time.perf_counter()
        self.best: float | None = None

    def on_solution_callback(self) -> None:
        """Tell of a solution."""
        self.last = time.perf_counter()
        self.best = self.objective_value / self.scale
        values: NDArray[Any] = np.array([self.value(place) for place in self.places], dtype=float)
        bound = self.best_objective_bound / self.scale
        self.tell({"event": "progress", "objective": self.best, "bound": bound, "improved": True}, {"values": values})

    def bound_moved(self, bound: float) -> None:
        """Tell of a better bound."""
        if time.perf_counter() - self.last >= _EVENT_S:
            self.last = time.perf_counter()
            told = {"event": "progress", "objective": self.best, "bound": bound / self.scale, "improved": False}
            self.tell(told, None)


def _set(parameters: Any, header: Mapping[str, Any]) -> None:
    if header["time_limit"] is not None:
        parameters.max_time_in_seconds = max(1e-3, header["time_limit"])
    parameters.relative_gap_limit = header["gap"]
    # One worker searches with one strategy only; the portfolio needs some.
    parameters.num_workers = header["threads"]
    parameters.random_seed = header["seed"]
    for name, value in header["solver_options"].items():
        setattr(parameters, name, value)
