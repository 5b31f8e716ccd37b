"""Job shop of a bookbindery: four orders over fold, sew and press, done as early as possible."""

import json
import time

from ortools.sat.python import cp_model

# per order: (machine, minutes) in the order of the work; machines: 0 fold, 1 sew, 2 press
jobs = [
    [(0, 25), (1, 40), (2, 30)],
    [(1, 15), (0, 35), (2, 45)],
    [(0, 30), (2, 20), (1, 50)],
    [(2, 35), (1, 25), (0, 20)],
]
horizon = sum(minutes for job in jobs for _, minutes in job)

model = cp_model.CpModel()
on_machine = {0: [], 1: [], 2: []}
ends = []
for number, job in enumerate(jobs):
    previous_end = 0
    for step, (machine, minutes) in enumerate(job):
        start = model.new_int_var(0, horizon, f"start_{number}_{step}")
        end = model.new_int_var(0, horizon, f"end_{number}_{step}")
        on_machine[machine].append(model.new_interval_var(start, minutes, end, f"task_{number}_{step}"))
        model.add(start >= previous_end)
        previous_end = end
    ends.append(previous_end)
for intervals in on_machine.values():
    model.add_no_overlap(intervals)
makespan = model.new_int_var(0, horizon, "makespan")
model.add_max_equality(makespan, ends)
model.minimize(makespan)

solver = cp_model.CpSolver()
solver.parameters.max_time_in_seconds = 20
began = time.perf_counter()
status = solver.solve(model)
seconds = time.perf_counter() - began

print("status:", solver.status_name(status))
print("makespan:", int(solver.objective_value), "minutes")
print("FIVEFOLD_RESULT " + json.dumps({
    "termination": "optimal" if status == cp_model.OPTIMAL else "time_limit",
    "solution_status": "optimal" if status == cp_model.OPTIMAL else "feasible",
    "objective": solver.objective_value,
    "bound": solver.best_objective_bound,
    "values": {"makespan": solver.value(makespan)},
    "solver": "cp_sat",
    "solve_s": seconds,
}))  # fmt: skip
