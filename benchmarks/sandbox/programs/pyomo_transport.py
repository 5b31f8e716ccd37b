"""Ship flour from three mills to five bakeries at least cost."""

import json
import time

import pyomo.environ as pyo

supply = {"Nord": 95, "Mitte": 120, "Sued": 85}
demand = {"Aal": 42, "Birke": 58, "Ceder": 37, "Dorn": 66, "Esche": 51}
costs = {
    "Nord": [3.1, 5.4, 7.7, 8.2, 4.6],
    "Mitte": [4.9, 2.8, 4.1, 3.9, 6.3],
    "Sued": [8.4, 6.6, 2.2, 4.7, 5.9],
}
rate = {(i, j): costs[i][k] for i in supply for k, j in enumerate(demand)}

model = pyo.ConcreteModel(name="flour")
model.mills = pyo.Set(initialize=supply.keys())
model.bakeries = pyo.Set(initialize=demand.keys())
model.ship = pyo.Var(model.mills, model.bakeries, within=pyo.NonNegativeReals)


@model.Objective(sense=pyo.minimize)
def cost(m):
    return sum(rate[i, j] * m.ship[i, j] for i in m.mills for j in m.bakeries)


@model.Constraint(model.mills)
def available(m, i):
    return sum(m.ship[i, j] for j in m.bakeries) <= supply[i]


@model.Constraint(model.bakeries)
def served(m, j):
    return sum(m.ship[i, j] for i in m.mills) == demand[j]


opt = pyo.SolverFactory("highs")
begin = time.perf_counter()
res = opt.solve(model)
took = time.perf_counter() - begin
assert res.solver.termination_condition == pyo.TerminationCondition.optimal

print("Total cost = %.3f" % pyo.value(model.cost))
for i in model.mills:
    for j in model.bakeries:
        if model.ship[i, j].value > 1e-7:
            print("%-6s -> %-6s %7.2f" % (i, j, model.ship[i, j].value))
print("FIVEFOLD_RESULT " + json.dumps({
    "termination": "optimal", "solution_status": "optimal", "objective": pyo.value(model.cost),
    "values": {"ship": [[[i, j], model.ship[i, j].value] for i in model.mills for j in model.bakeries]},
    "solver": "highs", "solve_s": took,
}))  # fmt: skip
