"""Two-step supply of seed: plants to depots to farms, depots opened at a fixed cost (MILP with SCIP)."""

import json
import time

from ortools.math_opt.python import mathopt

plants = {"P1": 190, "P2": 160}
depots = {"North": (230, 140), "East": (180, 110), "South": (260, 170), "West": (150, 90)}  # fixed cost, size
farms = {"F1": 34, "F2": 47, "F3": 28, "F4": 55, "F5": 39, "F6": 42}
inbound = {"P1": {"North": 3, "East": 5, "South": 6, "West": 2}, "P2": {"North": 5, "East": 2, "South": 3, "West": 6}}
outbound = {
    "North": [4, 2, 7, 6, 8, 5],
    "East": [7, 5, 3, 4, 6, 9],
    "South": [8, 7, 4, 3, 2, 5],
    "West": [3, 5, 8, 7, 9, 3],
}


def main() -> None:
    model = mathopt.Model(name="seed")
    is_open = {d: model.add_binary_variable(name=f"open {d}") for d in depots}
    x = {(p, d): model.add_variable(lb=0, name=f"{p}>{d}") for p in plants for d in depots}
    y = {(d, f): model.add_variable(lb=0, name=f"{d}>{f}") for d in depots for f in farms}
    for p, most in plants.items():
        model.add_linear_constraint(sum(x[p, d] for d in depots) <= most)
    for d, (_, size) in depots.items():
        model.add_linear_constraint(sum(x[p, d] for p in plants) - sum(y[d, f] for f in farms) == 0)
        model.add_linear_constraint(sum(x[p, d] for p in plants) <= size * is_open[d])
    for f, need in farms.items():
        model.add_linear_constraint(sum(y[d, f] for d in depots) == need)
    cost = sum(depots[d][0] * is_open[d] for d in depots)
    cost += sum(inbound[p][d] * x[p, d] for p in plants for d in depots)
    cost += sum(outbound[d][k] * y[d, f] for d in depots for k, f in enumerate(farms))
    model.minimize(cost)

    t = time.perf_counter()
    result = mathopt.solve(model, mathopt.SolverType.GSCIP)
    t = time.perf_counter() - t
    if result.termination.reason != mathopt.TerminationReason.OPTIMAL:
        raise RuntimeError(f"not optimal: {result.termination}")
    values = result.variable_values()
    print("open:", [d for d in depots if values[is_open[d]] > 0.5])
    print("cost:", round(result.objective_value(), 4))
    print("FIVEFOLD_RESULT " + json.dumps({
        "termination": "optimal", "solution_status": "optimal", "objective": round(result.objective_value(), 6),
        "values": {"open": [[[d], round(values[is_open[d]])] for d in depots]},
        "solver": "scip", "solve_s": t,
    }))  # fmt: skip


if __name__ == "__main__":
    main()
