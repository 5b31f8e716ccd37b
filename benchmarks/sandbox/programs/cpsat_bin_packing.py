"""Pack sixteen instrument cases into as few vans as possible."""

from ortools.sat.python import cp_model

volumes = [48, 37, 52, 19, 33, 27, 41, 22, 56, 15, 30, 44, 25, 38, 18, 35]
capacity = 100
vans = 8

model = cp_model.CpModel()
inside = [[model.new_bool_var(f"inside_{i}_{v}") for v in range(vans)] for i in range(len(volumes))]
used = [model.new_bool_var(f"used_{v}") for v in range(vans)]
for i in range(len(volumes)):
    model.add_exactly_one(inside[i])
for v in range(vans):
    model.add(sum(volumes[i] * inside[i][v] for i in range(len(volumes))) <= capacity * used[v])
for v in range(vans - 1):
    model.add(used[v] >= used[v + 1])
# the harp (0) and the drums (8) must not share a van with each other
for v in range(vans):
    model.add_at_most_one([inside[0][v], inside[8][v]])
model.minimize(sum(used))

solver = cp_model.CpSolver()
solver.parameters.max_time_in_seconds = 30.0
status = solver.solve(model)
if status == cp_model.OPTIMAL:
    print("Total volume:", sum(volumes))
    print("Objective:", round(solver.objective_value))
else:
    print("Status:", solver.status_name(status))
