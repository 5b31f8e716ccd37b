"""Cut curtain rods of 540 cm into ordered lengths from as few rods as possible (all patterns listed)."""

import itertools

import pyomo.environ as pyo

ROD = 540
orders = {210: 34, 160: 45, 135: 52, 95: 61}
lengths = list(orders)


def patterns():
    ranges = [range(ROD // length + 1) for length in lengths]
    for counts in itertools.product(*ranges):
        used = sum(c * length for c, length in zip(counts, lengths))
        # only patterns into which no further piece fits
        if used <= ROD and ROD - used < min(lengths):
            yield counts


P = list(patterns())
model = pyo.ConcreteModel()
model.K = pyo.RangeSet(0, len(P) - 1)
model.cut = pyo.Var(model.K, domain=pyo.NonNegativeIntegers)
model.rods = pyo.Objective(expr=sum(model.cut[k] for k in model.K), sense=pyo.minimize)
model.orders = pyo.Constraint(
    range(len(lengths)), rule=lambda m, i: sum(P[k][i] * m.cut[k] for k in m.K) >= orders[lengths[i]]
)

results = pyo.SolverFactory("appsi_highs").solve(model)
print("Patterns considered:", len(P))
print("Termination:", results.solver.termination_condition)
for k in model.K:
    count = round(pyo.value(model.cut[k]))
    if count:
        print(f"{count:3d} x", " + ".join(f"{c}x{length}" for c, length in zip(P[k], lengths) if c))
print("Objective:", round(pyo.value(model.rods)))
