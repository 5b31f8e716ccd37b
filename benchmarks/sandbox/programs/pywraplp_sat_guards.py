"""Guards of a museum: four-hour duties that start every two hours, round the clock (CP-SAT by pywraplp)."""

from ortools.linear_solver import pywraplp

need = [4, 3, 3, 5, 9, 12, 14, 11, 13, 10, 8, 6]
pay = [66, 66, 64, 58, 52, 50, 50, 50, 52, 55, 60, 64]
periods = len(need)

solver = pywraplp.Solver.CreateSolver("SAT")
begin = [solver.IntVar(0, 20, f"begin_{p}") for p in range(periods)]
for p in range(periods):
    solver.Add(begin[p] + begin[p - 1] >= need[p])
solver.Minimize(sum(pay[p] * begin[p] for p in range(periods)))

status = solver.Solve()
names = {pywraplp.Solver.OPTIMAL: "optimal", pywraplp.Solver.FEASIBLE: "feasible"}
print("Result:", names.get(status, "none"))
print("Objective:", int(round(solver.Objective().Value())))
