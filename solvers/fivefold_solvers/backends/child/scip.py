"""SCIP in its process: mixed-integer programs, with a quadratic objective of any shape."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fivefold_solvers.backends.child.held import Fields, Held

pyscipopt: Any = importlib.import_module("pyscipopt")

VERSION: str = str(pyscipopt.Model().version())
_NO_BOUND = 1e20
"""Bounds and right-hand sides of this size are none, for SCIP by itself as for HiGHS."""
_INFINITY = 1e30
"""What SCIP takes for infinite otherwise: an objective beyond its own 1e20 would end as unbounded or infeasible."""
Tell = Callable[[Mapping[str, Any], Fields | None], None]


def statuses() -> list[str]:
    """Return every name of the solver's own status, as `getStatus` spells it."""
    names = importlib.import_module("pyscipopt.scip").PY_SCIP_STATUS
    return sorted(name.lower() for name in dir(names) if not name.startswith("_"))


def load(header: Mapping[str, Any], fields: Mapping[str, NDArray[Any]]) -> Loaded:
    """Return a program as it was sent."""
    return Loaded(Held(bool(header["maximize"]), float(header["offset"]), dict(fields)))


class Loaded:
    """One program; it is built anew for every solve."""

    def __init__(self, held: Held) -> None:
        self.held = held
        self.solver: Any = None

    def interrupt(self) -> None:
        """Ask the solve that is going on to end with what it has."""
        if self.solver is not None:
            self.solver.interruptSolve()

    def change(self, header: Mapping[str, Any], changes: Fields) -> None:
        """Take over a change."""
        self.held.apply(header, changes)

    def solve(self, header: Mapping[str, Any], arrays: Fields, tell: Tell) -> tuple[dict[str, Any], Fields]:
        """Solve, and return what was found."""
        solver, places = _build(self.held)
        if header["time_limit"] is not None:
            solver.setParam("limits/time", float(header["time_limit"]))
        solver.setParam("limits/gap", float(header["gap"]))
        solver.setParam("randomization/randomseedshift", int(header["seed"]))
        for name, value in header["solver_options"].items():
            solver.setParam(name, value)
        if "start" in arrays:
            start = solver.createPartialSol()
            for place, value in zip(places, arrays["start"].tolist(), strict=True):
                solver.setSolVal(start, place, value)
            solver.addSol(start)
        self.solver = solver
        tell({"event": "loaded"}, None)
        started = time.perf_counter()
        # The plain call would keep the other threads, and so the parent's word, waiting.
        solver.optimizeNogil()
        if solver.getStatus() == "inforunbd":
            solver.freeTransform()
            solver.setParam("presolving/maxrounds", 0)
            solver.optimizeNogil()
        return self._report(solver, places, time.perf_counter() - started)

    def _report(self, solver: Any, places: list[Any], took: float) -> tuple[dict[str, Any], Fields]:
        status = str(solver.getStatus())
        found = solver.getNSols() > 0 and status not in ("unbounded", "inforunbd", "infeasible")
        bound = float(solver.getDualbound())
        reply: dict[str, Any] = {
            "status": status,
            "solve_s": took,
            "feasible": found,
            "objective": None,
            "bound": bound if abs(bound) < solver.infinity() else None,
            "iterations": 0,
            "nodes": int(solver.getNTotalNodes()),
        }
        results: dict[str, NDArray[Any]] = {}
        if found:
            best = solver.getBestSol()
            results["values"] = np.array([solver.getSolVal(best, place) for place in places], dtype=float)
        return reply, results


def _build(held: Held) -> tuple[Any, list[Any]]:
    solver, fields = pyscipopt.Model(), held.fields
    solver.hideOutput()
    solver.setParam("numerics/infinity", _INFINITY)
    lower = [None if value <= -_NO_BOUND else value for value in fields["lower"].tolist()]
    upper = [None if value >= _NO_BOUND else value for value in fields["upper"].tolist()]
    kinds = ["I" if whole else "C" for whole in fields["integer"]]
    sides = zip(lower, upper, kinds, fields["cost"].tolist(), strict=True)
    places = [solver.addVar("", kind, low, high, cost) for low, high, kind, cost in sides]
    starts, columns = fields["starts"].tolist(), fields["columns"].tolist()
    coefficients = fields["coefficients"].tolist()
    for row, (low, high) in enumerate(zip(fields["row_lower"].tolist(), fields["row_upper"].tolist(), strict=True)):
        terms = range(starts[row], starts[row + 1])
        # SCIP takes no row of nothing: such a row is one of a variable that is 0.
        entries = [coefficients[k] * places[columns[k]] for k in terms] or [1.0 * solver.addVar("", "C", 0, 0)]
        body = pyscipopt.quicksum(entries)
        low, high = -_INFINITY if low <= -_NO_BOUND else low, _INFINITY if high >= _NO_BOUND else high
        solver.addCons(pyscipopt.ExprCons(body, low, high))
    if held.quadratic:
        _quadratic(solver, held, places)
    solver.addObjoffset(held.offset)
    (solver.setMaximize if held.maximize else solver.setMinimize)()
    return solver, places


def _quadratic(solver: Any, held: Held, places: list[Any]) -> None:
    """Put the quadratic terms under one more variable: SCIP's own objective is linear."""
    fields = held.fields
    terms = zip(fields["q_rows"].tolist(), fields["q_columns"].tolist(), fields["q_values"].tolist(), strict=True)
    total = pyscipopt.quicksum(value * places[first] * places[second] for first, second, value in terms)
    height = solver.addVar("", "C", None, None, 1.0)
    solver.addCons(height <= total if held.maximize else height >= total)
