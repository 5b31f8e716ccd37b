"""Three generators of an island over eight hours: which run, how much (unit commitment)."""

import json
import time

import pyomo.environ as pyo

load = [0, 62, 88, 135, 160, 148, 110, 95, 70]
gens = {
    "diesel": dict(pmin=8, pmax=60, cost=41.0, noload=55, start=90),
    "gas": dict(pmin=25, pmax=90, cost=29.5, noload=140, start=260),
    "steam": dict(pmin=40, pmax=110, cost=22.0, noload=310, start=700),
}
on_before = {"diesel": 0, "gas": 1, "steam": 0}
ramp = {"diesel": 60, "gas": 45, "steam": 35}

m = pyo.ConcreteModel()
m.T = pyo.RangeSet(1, 8)
m.G = pyo.Set(initialize=list(gens))
m.p = pyo.Var(m.G, m.T, domain=pyo.NonNegativeReals)
m.on = pyo.Var(m.G, m.T, domain=pyo.Binary)
m.start = pyo.Var(m.G, m.T, domain=pyo.Binary)

m.cost = pyo.Objective(
    expr=sum(
        gens[g]["cost"] * m.p[g, t] + gens[g]["noload"] * m.on[g, t] + gens[g]["start"] * m.start[g, t]
        for g in m.G
        for t in m.T
    )
)
m.balance = pyo.Constraint(m.T, rule=lambda m, t: sum(m.p[g, t] for g in m.G) == load[t])
m.low = pyo.Constraint(m.G, m.T, rule=lambda m, g, t: m.p[g, t] >= gens[g]["pmin"] * m.on[g, t])
m.high = pyo.Constraint(m.G, m.T, rule=lambda m, g, t: m.p[g, t] <= gens[g]["pmax"] * m.on[g, t])
m.reserve = pyo.Constraint(m.T, rule=lambda m, t: sum(gens[g]["pmax"] * m.on[g, t] for g in m.G) >= 1.1 * load[t])


@m.Constraint(m.G, m.T)
def starting(m, g, t):
    before = on_before[g] if t == 1 else m.on[g, t - 1]
    return m.start[g, t] >= m.on[g, t] - before


@m.Constraint(m.G, m.T)
def ramping(m, g, t):
    if t == 1:
        return pyo.Constraint.Skip
    return m.p[g, t] - m.p[g, t - 1] <= ramp[g] + gens[g]["pmin"] * m.start[g, t]


begin = time.perf_counter()
res = pyo.SolverFactory("appsi_highs").solve(m)
took = time.perf_counter() - begin
if res.solver.termination_condition != pyo.TerminationCondition.optimal:
    raise SystemExit("not solved")

for g in m.G:
    print(f"{g:7s}", " ".join(f"{abs(pyo.value(m.p[g, t])):6.1f}" for t in m.T))
print(f"cost {pyo.value(m.cost):.2f}")
print("FIVEFOLD_RESULT " + json.dumps({
    "termination": "optimal", "solution_status": "optimal", "objective": pyo.value(m.cost),
    "values": {"on": [[[g, t], round(pyo.value(m.on[g, t]))] for g in m.G for t in m.T]},
    "solver": "highs", "solve_s": took,
}))  # fmt: skip
