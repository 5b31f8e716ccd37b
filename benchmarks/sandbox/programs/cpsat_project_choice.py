"""Which repairs does a harbour make this year? Budget, crews, and rules between repairs."""

import json
import time

from ortools.sat.python import cp_model

#            worth, cost (thousand), crew weeks
projects = {
    "quay": (83, 410, 26),
    "crane": (61, 280, 9),
    "dredge": (74, 360, 18),
    "lights": (23, 65, 4),
    "store": (47, 230, 21),
    "rails": (39, 175, 14),
    "fence": (12, 40, 6),
    "pump": (34, 120, 7),
    "radio": (19, 55, 2),
    "ramp": (45, 190, 13),
}

model = cp_model.CpModel()
do = {name: model.new_bool_var(name) for name in projects}
model.add(sum(projects[p][1] * do[p] for p in projects) <= 1100)
model.add(sum(projects[p][2] * do[p] for p in projects) <= 70)
model.add_implication(do["crane"], do["quay"])  # the new crane stands on the new quay
model.add_implication(do["rails"], do["store"])
model.add_bool_or([do["dredge"], do["ramp"]])
model.add_at_most_one([do["store"], do["ramp"]])
both = model.new_bool_var("both")  # lights and radio share one trench: 6 extra worth
model.add_multiplication_equality(both, [do["lights"], do["radio"]])
model.maximize(sum(projects[p][0] * do[p] for p in projects) + 6 * both)

solver = cp_model.CpSolver()
solver.parameters.random_seed = 7
t = time.perf_counter()
status = solver.solve(model)
t = time.perf_counter() - t

chosen = [p for p in projects if solver.value(do[p])]
print("status", solver.status_name(status))
print("worth", solver.objective_value, "with", " ".join(chosen))
print("spent", sum(projects[p][1] for p in chosen), "crew weeks", sum(projects[p][2] for p in chosen))
print("FIVEFOLD_RESULT " + json.dumps({
    "termination": "optimal", "solution_status": "optimal", "objective": solver.objective_value,
    "bound": solver.best_objective_bound,
    "values": {"do": [[[p], solver.value(do[p])] for p in projects]},
    "solver": "cp_sat", "solve_s": t,
}))  # fmt: skip
