"""HiGHS in its process: linear, mixed-integer and convex quadratic programs, kept loaded between solves."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fivefold_solvers.backends.child.held import ROW_FIELDS, Fields, Held, row_of_nonzero
from fivefold_solvers.backends.squares import objective_scale

highspy: Any = importlib.import_module("highspy")

VERSION: str = highspy.Highs().version()
_ROWWISE, _TRIANGULAR = 2, 1
_EVENT_S = 0.1
_TINY = 1e-9
_SCALE = "user_objective_scale"
_ADDED = 1e-7
"""HiGHS adds half of this times the square of every variable to a quadratic objective of scale 1."""
_COUNTS = 1e-7
"""Share of the objective above which what is added may have moved its optimum."""
_OPEN = "kUnboundedOrInfeasible"
_SETTLED = {"kOptimal": "kUnbounded", "kInfeasible": "kInfeasible"}
"""What an open question comes to, by what came of the program without its objective."""
_KINDS = ("MipImprovingSolution", "MipInterrupt", "SimplexInterrupt", "IpmInterrupt")
Tell = Callable[[Mapping[str, Any], Fields | None], None]


def statuses() -> list[str]:
    """Return every name of the solver's own status."""
    return sorted(highspy.HighsModelStatus.__members__)


def load(header: Mapping[str, Any], fields: Mapping[str, NDArray[Any]]) -> Loaded:
    """Return a program as it was sent, loaded."""
    return Loaded(Held(bool(header["maximize"]), float(header["offset"]), dict(fields)))


class Loaded:
    """One program inside HiGHS."""

    def __init__(self, held: Held) -> None:
        self.held = held
        self.stopped = False
        self.settled = ""
        self.settling = False
        self.options: dict[str, Any] = {}
        self.last_event = 0.0
        self.solver: Any = highspy.Highs()
        self.solver.setOptionValue("output_flag", False)
        _done(_pass(self.solver, held), "loading the program")

    def interrupt(self) -> None:
        """Ask the solve that is going on to end with what it has."""
        self.stopped = True

    def change(self, header: Mapping[str, Any], changes: Fields) -> None:
        """Take over a change, so that the next solve starts from the last one's basis."""
        held, solver = self.held, self.solver
        if held.maximize != bool(header["maximize"]):
            sense = highspy.ObjSense.kMaximize if header["maximize"] else highspy.ObjSense.kMinimize
            solver.changeObjectiveSense(sense)
        if held.offset != float(header["offset"]):
            solver.changeObjectiveOffset(float(header["offset"]))
        before = held.rows
        held.apply(header, changes)
        if held.rows < before or "keep_rows" in header:
            gone = np.arange(int(header["keep_rows"]), before, dtype=np.int32)
            _done(solver.deleteRows(gone.size, gone), "dropping rows")
        if "new.starts" in changes:
            lower, upper, starts = changes["new.row_lower"], changes["new.row_upper"], changes["new.starts"]
            indices, values = changes["new.columns"], changes["new.coefficients"]
            added = solver.addRows(lower.size, lower, upper, values.size, _int(starts[:-1]), _int(indices), values)
            _done(added, "adding rows")
        self._entries(changes)

    def _entries(self, changes: Fields) -> None:
        """Give changed entries to HiGHS; `held` has them already."""
        held, solver, fields = self.held, self.solver, self.held.fields
        if "cost.at" in changes:
            at = _int(changes["cost.at"])
            _done(solver.changeColsCost(at.size, at, fields["cost"][at]), "changing the objective")
        if any(f"{name}.at" in changes for name in ("lower", "upper", "integer")):
            at = _together(changes, "lower", "upper", "integer")
            lower, upper = held.bounds()
            _done(solver.changeColsBounds(at.size, at, lower[at], upper[at]), "changing bounds")
        if "integer.at" in changes:
            at = _int(changes["integer.at"])
            kinds = fields["integer"][at].astype(np.uint8)
            _done(solver.changeColsIntegrality(at.size, at, kinds), "changing domains")
        if any(f"{name}.at" in changes for name in ROW_FIELDS):
            at = _together(changes, *ROW_FIELDS)
            lower, upper = fields["row_lower"][at], fields["row_upper"][at]
            _done(solver.changeRowsBounds(at.size, at, lower, upper), "changing right-hand sides")
        if "coefficients.at" in changes:
            rows = row_of_nonzero(fields["starts"])
            for at, value in zip(changes["coefficients.at"], changes["coefficients"], strict=True):
                solver.changeCoeff(int(rows[at]), int(held.fields["columns"][at]), float(value))

    def solve(self, header: Mapping[str, Any], arrays: Fields, tell: Tell) -> tuple[dict[str, Any], Fields]:
        """Solve, and return what was found; incumbents are told on the way."""
        self.stopped = False
        self._set_options(header)
        mixed = self.held.integers
        self._listen(tell, mixed)
        if "start" in arrays:
            start = arrays["start"]
            self.solver.setSolution(start.size, np.arange(start.size, dtype=np.int32), start)
        tell({"event": "loaded"}, None)
        started = time.perf_counter()
        self._settle(header, started)
        return self._report(header, mixed, time.perf_counter() - started)

    def _settle(self, header: Mapping[str, Any], started: float) -> None:
        """Run the solver, again where it is left open what the answer is."""
        self._run(header, started)
        if self._open("kUnknown"):
            # The basis of the last solve may lead nowhere.
            self.solver.clearSolver()
            self._run(header, started)
        if self._open(_OPEN, "kSolveError"):
            # Presolve leaves open which of the two it is, or has led to a point that is wrong by a hair.
            self.solver.setOptionValue("presolve", "off")
            self._run(header, started)
            self.solver.setOptionValue("presolve", self.options.get("presolve", "choose"))
        if self.held.quadratic:
            self._settle_far_out(header, started)
        self.settled = ""
        if self._open(_OPEN) and not self.held.quadratic:
            self._settle_by_feasibility(header, started)

    def _settle_far_out(self, header: Mapping[str, Any], started: float) -> None:
        """Solve again at a larger scale of the objective where the squares that HiGHS adds to it count."""
        usual = scale = int(self.solver.getOptionValue(_SCALE)[1])
        for _ in range(2):
            point = np.array(self.solver.getSolution().col_value)
            squares = _ADDED / 2 ** (scale + 1) * float(point @ point)
            share = squares / max(1.0, abs(self.solver.getInfo().objective_function_value))
            if self.stopped or self.solver.getModelStatus().name != "kOptimal" or share < _COUNTS:
                break
            self._run_scaled(scale + 10, header, started)
            if self.solver.getModelStatus().name not in ("kOptimal", "kUnbounded"):
                self._run_scaled(scale, header, started)
                break
            scale += 10
        self.solver.setOptionValue(_SCALE, usual)

    def _run_scaled(self, scale: int, header: Mapping[str, Any], started: float) -> None:
        self.solver.setOptionValue(_SCALE, scale)
        self._run(header, started)

    def _scale(self) -> dict[str, int]:
        fields = self.held.fields
        squares = fields["q_values"][fields["q_rows"] == fields["q_columns"]]
        return {_SCALE: objective_scale(squares.tolist())} if squares.size else {}

    def _settle_by_feasibility(self, header: Mapping[str, Any], started: float) -> None:
        """Solve without the objective: whether there is any solution says which of the two it is."""
        cost = self.held.fields["cost"]
        at = np.arange(cost.size, dtype=np.int32)
        _done(self.solver.changeColsCost(at.size, at, np.zeros(at.size)), "leaving the objective out")
        self.settling = True
        self._run(header, started)
        self.settling = False
        self.settled = _SETTLED.get(self.solver.getModelStatus().name, _OPEN)
        _done(self.solver.changeColsCost(at.size, at, cost), "putting the objective back")

    def _open(self, *statuses: str) -> bool:
        return not self.stopped and self.solver.getModelStatus().name in statuses

    def _run(self, header: Mapping[str, Any], started: float) -> None:
        limit, spent = header["time_limit"], time.perf_counter() - started
        # The solver's clock runs on from solve to solve.
        end = highspy.kHighsInf if limit is None else self._clock() + max(0.0, limit - spent)
        self.solver.setOptionValue("time_limit", end)
        self.solver.run()

    def _clock(self) -> float:
        return float(self.solver.getRunTime())

    def _set_options(self, header: Mapping[str, Any]) -> None:
        wanted: dict[str, Any] = {
            "mip_rel_gap": header["gap"],
            "threads": header["threads"],
            "random_seed": header["seed"],
            **self._scale(),
            **header["solver_options"],
        }
        if wanted == self.options:
            return
        if wanted["threads"] != self.options.get("threads"):
            highspy.Highs.resetGlobalScheduler(True)
        self.solver.resetOptions()
        self.solver.setOptionValue("output_flag", False)
        for name, value in wanted.items():
            _done(self.solver.setOptionValue(name, value), f"setting option {name} = {value!r}")
        self.options = wanted

    def _listen(self, tell: Tell, mixed: bool) -> None:
        """Have the solver call back: for incumbents and bounds of integer programs, and to be interrupted."""

        def called(kind: Any, message: str, out: Any, into: Any, data: Any) -> None:
            into.user_interrupt = self.stopped
            if not mixed or self.settling or kind not in mixed_kinds:
                return
            improved = kind == types.kCallbackMipImprovingSolution
            now = time.perf_counter()
            if not improved and now - self.last_event < _EVENT_S:
                return
            self.last_event = now
            objective = out.objective_function_value if improved else out.mip_primal_bound
            event = {"event": "progress", "objective": objective, "bound": out.mip_dual_bound, "improved": improved}
            tell(event, {"values": np.array(out.mip_solution)} if improved else None)

        types = highspy.cb.HighsCallbackType
        mixed_kinds = (types.kCallbackMipImprovingSolution, types.kCallbackMipInterrupt)
        self.solver.setCallback(called, None)
        for name in _KINDS:
            kind = getattr(types, f"kCallback{name}")
            # Calls at every iteration cost more than a small program takes.
            if name.startswith("Mip") == mixed and (mixed or self.held.fields["columns"].size > 5_000):
                self.solver.startCallback(kind)
            else:
                self.solver.stopCallback(kind)
        self.last_event = time.perf_counter()

    def _said(self) -> str:
        """Return the status; of a program without variables HiGHS looks at no row."""
        name, fields = self.settled or str(self.solver.getModelStatus().name), self.held.fields
        broken = bool((fields["row_lower"] > 0).any() or (fields["row_upper"] < 0).any())
        return "kInfeasible" if name == "kModelEmpty" and broken else name

    def _report(self, header: Mapping[str, Any], mixed: bool, took: float) -> tuple[dict[str, Any], Fields]:
        solver = self.solver
        status, info, solution = solver.getModelStatus(), solver.getInfo(), solver.getSolution()
        reply: dict[str, Any] = {
            "status": self._said(),
            "solve_s": took,
            "feasible": info.primal_solution_status == int(highspy.SolutionStatus.kSolutionStatusFeasible),
            "objective": info.objective_function_value,
            "bound": info.mip_dual_bound if mixed else None,
            "iterations": max(info.simplex_iteration_count, info.qp_iteration_count, 0),
            "nodes": max(info.mip_node_count, 0),
        }
        results: dict[str, NDArray[Any]] = {}
        # Of a program without variables HiGHS says optimal, and gives no values.
        if solution.value_valid or not self.held.columns:
            results["values"] = np.array(solution.col_value, dtype=float)
        if solution.dual_valid and not mixed:
            results["duals"] = np.array(solution.row_dual, dtype=float)
            results["reduced_costs"] = np.array(solution.col_dual, dtype=float)
        want = header["want"]
        if "basis" in want and not mixed:
            results |= _basis(solver)
        if "ranging" in want and not mixed and status == highspy.HighsModelStatus.kOptimal:
            results |= _ranging(solver)
        if "iis" in want and status == highspy.HighsModelStatus.kInfeasible and not mixed:
            results |= _from_ray(solver, self.held) or _iis(solver)
            solver.setOptionValue("iis_strategy", 0)
            solver.setOptionValue("presolve", self.options.get("presolve", "choose"))
        return reply, results


def _pass(solver: Any, held: Held) -> Any:
    fields = held.fields
    order = np.lexsort((fields["q_columns"], fields["q_rows"]))
    first, second, value = (fields[name][order] for name in ("q_rows", "q_columns", "q_values"))
    # HiGHS takes half of x'Qx with the lower triangle by columns.
    value = np.where(first == second, 2 * value, value)
    quadratic_starts = np.searchsorted(first, np.arange(held.columns + 1 if value.size else 0))
    return solver.passModel(
        held.columns, held.rows, fields["coefficients"].size, value.size, _ROWWISE, _TRIANGULAR,
        -1 if held.maximize else 1, held.offset,
        fields["cost"], *held.bounds(), fields["row_lower"], fields["row_upper"],
        _int(fields["starts"]), _int(fields["columns"]), fields["coefficients"],
        _int(quadratic_starts), _int(second), value, _int(fields["integer"]),
    )  # fmt: skip


def _basis(solver: Any) -> dict[str, NDArray[Any]]:
    basis = solver.getBasis()
    if not basis.valid:
        return {}
    sides = {"basis_columns": basis.col_status, "basis_rows": basis.row_status}
    return {name: np.array([int(status) for status in side], dtype=np.int8) for name, side in sides.items()}


def _ranging(solver: Any) -> dict[str, NDArray[Any]]:
    status, found = solver.getRanging()
    if status == highspy.HighsStatus.kError or not found.valid:
        return {}
    columns, rows = solver.getNumCol(), solver.getNumRow()
    sizes = {"col_cost": columns, "col_bound": columns, "row_bound": rows}
    results: dict[str, NDArray[Any]] = {}
    for name, size in sizes.items():
        for way in ("dn", "up"):
            record = getattr(found, f"{name}_{way}")
            # Some releases answer with a record that is longer than there are columns.
            results[f"{name}_{way}"] = np.array(record.value_[:size], dtype=float)
            results[f"{name}_{way}_objective"] = np.array(record.objective_[:size], dtype=float)
    return results


def _from_ray(solver: Any, held: Held) -> dict[str, NDArray[Any]]:
    """Return the rows and columns of a proof of infeasibility: much faster than `getIis`, often nearly minimal."""
    if not solver.getDualRayExist()[1]:
        # Presolve finds infeasibility without a proof.
        solver.setOptionValue("presolve", "off")
        solver.run()
    _, found, ray = solver.getDualRay()
    if not found:
        return {}
    weights = np.array(ray, dtype=float)
    weights[np.abs(weights) < _TINY * np.abs(weights).max(initial=0.0)] = 0.0
    of_nonzero = weights[row_of_nonzero(held.fields["starts"])] * held.fields["coefficients"]
    pull = np.bincount(held.fields["columns"], of_nonzero, minlength=held.columns)
    size = np.bincount(held.fields["columns"], np.abs(of_nonzero), minlength=held.columns)
    rows, columns = np.flatnonzero(weights), np.flatnonzero(np.abs(pull) > _TINY * np.maximum(size, 1e-300))
    both = int(highspy.IisBoundStatus.kIisBoundStatusBoxed)
    return {
        "iis_row_index": _int(rows),
        "iis_row_bound": np.full(rows.size, both, np.int32),
        "iis_col_index": _int(columns),
        "iis_col_bound": np.full(columns.size, both, np.int32),
    }


def _iis(solver: Any) -> dict[str, NDArray[Any]]:
    """Return a conflicting set as HiGHS says it; it may be empty, or not minimal."""
    strategy = highspy.IisStrategy
    solver.setOptionValue("iis_strategy", int(strategy.kIisStrategyFromLp) | int(strategy.kIisStrategyIrreducible))
    status, found = solver.getIis()
    if status == highspy.HighsStatus.kError or not found.valid_:
        return {}
    names = ("col_index", "col_bound", "row_index", "row_bound")
    return {f"iis_{name}": np.array([int(entry) for entry in getattr(found, f"{name}_")], np.int32) for name in names}


def _together(changes: Fields, *names: str) -> NDArray[Any]:
    return _int(np.unique(np.concatenate([changes[f"{name}.at"] for name in names if f"{name}.at" in changes])))


def _int(array: NDArray[Any]) -> NDArray[Any]:
    return np.ascontiguousarray(array, dtype=np.int32)


def _done(status: Any, what: str) -> None:
    if status == highspy.HighsStatus.kError:
        raise RuntimeError(f"HiGHS refused {what}")
