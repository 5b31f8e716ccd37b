"""Inspection tour over nine weirs on a river system, as a circuit of arcs."""

import json
import time

from ortools.sat.python import cp_model

minutes = [
    [0, 18, 43, 37, 52, 29, 61, 47, 33],
    [21, 0, 26, 44, 39, 35, 55, 58, 28],
    [40, 24, 0, 31, 17, 49, 36, 62, 45],
    [39, 41, 34, 0, 22, 27, 30, 25, 51],
    [54, 42, 16, 20, 0, 46, 23, 48, 57],
    [32, 33, 47, 29, 50, 0, 38, 19, 24],
    [59, 53, 38, 27, 21, 40, 0, 26, 64],
    [45, 60, 59, 23, 46, 17, 28, 0, 31],
    [30, 27, 48, 53, 56, 22, 63, 34, 0],
]

model = cp_model.CpModel()
arcs, cost = [], []
for i, row in enumerate(minutes):
    for j, m in enumerate(row):
        if i != j:
            literal = model.new_bool_var(f"{i}_{j}")
            arcs.append((i, j, literal))
            cost.append(m * literal)
model.add_circuit(arcs)
model.minimize(sum(cost))

solver = cp_model.CpSolver()
before = time.perf_counter()
status = solver.solve(model)
after = time.perf_counter()
assert status == cp_model.OPTIMAL, solver.status_name(status)

after_of = {i: j for i, j, literal in arcs if solver.boolean_value(literal)}
tour = [0]
while after_of[tour[-1]] != 0:
    tour.append(after_of[tour[-1]])
print(f"shortest tour: {solver.objective_value:.0f} minutes over {len(tour)} weirs")
print("order:", tour)
print("FIVEFOLD_RESULT " + json.dumps({
    "termination": "optimal",
    "solution_status": "optimal",
    "objective": solver.objective_value,
    "bound": solver.best_objective_bound,
    "values": {"place": [[[k], weir] for k, weir in enumerate(tour)]},
    "solver": "cp_sat",
    "solve_s": after - before,
}))  # fmt: skip
