"""A small press refines two seeds into three oils (LP with GLOP)."""

import json
import time

from ortools.linear_solver import pywraplp

solver = pywraplp.Solver.CreateSolver("GLOP")
if solver is None:
    raise RuntimeError("GLOP is not available")

rape = solver.NumVar(0, 900, "rape")
flax = solver.NumVar(0, 650, "flax")
cold = solver.NumVar(0, 210, "cold")  # litres sold
frying = solver.NumVar(0, solver.infinity(), "frying")
varnish = solver.NumVar(0, 160, "varnish")
cake = solver.NumVar(0, solver.infinity(), "cake")

solver.Add(cold + frying <= 0.38 * rape + 0.12 * flax)
solver.Add(varnish <= 0.27 * flax)
solver.Add(cold <= 0.45 * (cold + frying + varnish))
solver.Add(cake == 0.55 * rape + 0.58 * flax)
hours = solver.Add(0.04 * rape + 0.05 * flax + 0.06 * cold + 0.02 * frying + 0.09 * varnish <= 75)

solver.Maximize(6.9 * cold + 2.4 * frying + 5.7 * varnish + 0.31 * cake - 0.62 * rape - 0.88 * flax)

start = time.perf_counter()
status = solver.Solve()
elapsed = time.perf_counter() - start

if status == pywraplp.Solver.OPTIMAL:
    print("Objective value = %.5f" % solver.Objective().Value())
    for v in solver.variables():
        print(f"{v.name()} = {v.solution_value():.4f}")
    print("an hour more is worth %.4f" % hours.dual_value())
    print("FIVEFOLD_RESULT " + json.dumps({
        "termination": "optimal", "solution_status": "optimal", "objective": solver.Objective().Value(),
        "values": {v.name(): v.solution_value() for v in solver.variables()},
        "solver": "glop", "solve_s": elapsed,
    }))  # fmt: skip
