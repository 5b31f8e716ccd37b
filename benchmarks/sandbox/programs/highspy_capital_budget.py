"""Nine investments over three budget years (MILP, highspy)."""

import json
import time

import highspy
import numpy as np

worth = np.array([24, 41, 17, 33, 52, 28, 36, 14, 45])
spend = np.array([
    [11, 18, 6, 13, 22, 9, 15, 5, 20],
    [7, 12, 9, 16, 14, 13, 10, 4, 17],
    [5, 16, 4, 8, 19, 11, 14, 7, 9],
])  # fmt: skip
budget = [62, 58, 55]

h = highspy.Highs()
h.setOptionValue("output_flag", False)
h.setOptionValue("mip_rel_gap", 0.0)
pick = [h.addBinary(name=f"pick{k}") for k in range(len(worth))]
for year in range(3):
    h.addConstr(sum(float(spend[year, k]) * pick[k] for k in range(len(worth))) <= budget[year])
h.addConstr(pick[4] + pick[8] <= 1)  # same site
h.addConstr(pick[6] <= pick[1])  # 6 builds on 1

t = time.perf_counter()
h.maximize(sum(float(worth[k]) * pick[k] for k in range(len(worth))))
t = time.perf_counter() - t

if h.getModelStatus() == highspy.HighsModelStatus.kOptimal:
    chosen = [k for k in range(len(worth)) if h.val(pick[k]) > 0.5]
    print("worth", round(h.getObjectiveValue(), 6), "chosen", chosen)
    print("spent per year", spend[:, chosen].sum(axis=1).tolist())
    print("FIVEFOLD_RESULT " + json.dumps({
        "termination": "optimal", "solution_status": "optimal", "objective": round(h.getObjectiveValue(), 6),
        "values": {"pick": [[[k], int(k in chosen)] for k in range(len(worth))]},
        "solver": "highs", "solve_s": t,
    }))  # fmt: skip
