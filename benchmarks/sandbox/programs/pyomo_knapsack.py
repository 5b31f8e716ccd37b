"""Which exhibits go into the travelling show's one lorry?"""

import json
import time

import pyomo.environ as pyo

items = {
    "whale": (93, 410),
    "lamp": (31, 95),
    "loom": (58, 260),
    "globe": (44, 150),
    "engine": (77, 385),
    "piano": (49, 300),
    "armour": (36, 120),
    "canoe": (27, 88),
    "clock": (52, 190),
    "press": (66, 340),
    "mask": (14, 22),
    "orrery": (41, 105),
}
WEIGHT_LIMIT = 1150
MAX_PIECES = 7

model = pyo.ConcreteModel()
model.take = pyo.Var(list(items), domain=pyo.Binary)
model.appeal = pyo.Objective(expr=sum(items[k][0] * model.take[k] for k in items), sense=pyo.maximize)
model.weight = pyo.Constraint(expr=sum(items[k][1] * model.take[k] for k in items) <= WEIGHT_LIMIT)
model.pieces = pyo.Constraint(expr=sum(model.take[k] for k in items) <= MAX_PIECES)
model.either = pyo.Constraint(expr=model.take["globe"] + model.take["orrery"] <= 1)

t0 = time.perf_counter()
results = pyo.SolverFactory("appsi_highs").solve(model, tee=False)
t1 = time.perf_counter()

if results.solver.termination_condition == pyo.TerminationCondition.optimal:
    chosen = [k for k in items if pyo.value(model.take[k]) > 0.5]
    print("Optimal appeal:", round(pyo.value(model.appeal)))
    print("Chosen:", ", ".join(chosen))
    print("Weight:", sum(items[k][1] for k in chosen))
    print("FIVEFOLD_RESULT " + json.dumps({
        "termination": "optimal",
        "solution_status": "optimal",
        "objective": pyo.value(model.appeal),
        "values": {"take": [[[k], round(pyo.value(model.take[k]))] for k in items]},
        "solver": "highs",
        "solve_s": t1 - t0,
    }))  # fmt: skip
else:
    print("No optimal solution found:", results.solver.termination_condition)
