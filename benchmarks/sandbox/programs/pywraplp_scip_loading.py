"""Spread ten crates over three barges so that the freight earned is highest (generalized assignment, SCIP)."""

import json
import time

from ortools.linear_solver import pywraplp

freight = [
    [31, 27, 22], [18, 21, 25], [40, 33, 36], [15, 19, 14], [29, 24, 30],
    [36, 38, 29], [22, 17, 20], [27, 31, 26], [12, 16, 18], [33, 30, 37],
]  # fmt: skip
tonnes = [
    [9, 8, 7], [6, 6, 8], [12, 10, 11], [5, 6, 5], [8, 8, 9],
    [11, 12, 9], [7, 5, 6], [8, 10, 9], [4, 5, 6], [10, 9, 11],
]  # fmt: skip
capacity = [24, 26, 22]


def main():
    solver = pywraplp.Solver.CreateSolver("SCIP")
    crates, barges = range(len(freight)), range(len(capacity))
    x = [[solver.BoolVar(f"x[{i},{b}]") for b in barges] for i in crates]
    for i in crates:
        solver.Add(sum(x[i]) <= 1)
    for b in barges:
        solver.Add(sum(tonnes[i][b] * x[i][b] for i in crates) <= capacity[b])
    # crates 2 and 5 are for the same customer: both or none
    solver.Add(sum(x[2]) == sum(x[5]))
    solver.Maximize(solver.Sum(freight[i][b] * x[i][b] for i in crates for b in barges))
    t0 = time.perf_counter()
    status = solver.Solve()
    t1 = time.perf_counter()
    if status != pywraplp.Solver.OPTIMAL:
        print("The problem does not have an optimal solution.")
        return
    print("Freight:", round(solver.Objective().Value()))
    print("FIVEFOLD_RESULT " + json.dumps({
        "termination": "optimal",
        "solution_status": "optimal",
        "objective": round(solver.Objective().Value(), 6),
        "bound": round(solver.Objective().BestBound(), 6),
        "values": {},
        "solver": "scip",
        "solve_s": t1 - t0,
    }))  # fmt: skip


if __name__ == "__main__":
    main()
