"""A week's rota of a small ward: who works which shift so that most wishes come true."""

import json
import time

from ortools.sat.python import cp_model

NURSES = ["Ines", "Jon", "Kaya", "Lev", "Mia"]
DAYS, SHIFTS = 7, 2
# wish[nurse][day] = wanted shift, or None
WISH = [
    [0, 0, None, 1, 1, None, 0],
    [1, 1, 0, None, None, 0, 0],
    [None, 0, 0, 1, 0, 1, None],
    [0, None, 1, 1, 0, 0, 1],
    [1, 0, None, 0, None, 1, 1],
]
WEIGHT = [3, 2, 4, 2, 3]


def main():
    model = cp_model.CpModel()
    x = {}
    for n in range(len(NURSES)):
        for d in range(DAYS):
            for s in range(SHIFTS):
                x[n, d, s] = model.new_bool_var(f"x_{n}_{d}_{s}")
    for d in range(DAYS):
        model.add_exactly_one(x[n, d, 0] for n in range(len(NURSES)))
        model.add(sum(x[n, d, 1] for n in range(len(NURSES))) == 2)
        for n in range(len(NURSES)):
            model.add_at_most_one(x[n, d, s] for s in range(SHIFTS))
    for n in range(len(NURSES)):
        model.add(sum(x[n, d, s] for d in range(DAYS) for s in range(SHIFTS)) >= 4)
        model.add(sum(x[n, d, s] for d in range(DAYS) for s in range(SHIFTS)) <= 5)
        for d in range(DAYS - 1):  # no early shift after a late one
            model.add_implication(x[n, d, 1], x[n, d + 1, 0].negated())

    model.maximize(
        sum(WEIGHT[n] * x[n, d, WISH[n][d]] for n in range(len(NURSES)) for d in range(DAYS) if WISH[n][d] is not None)
    )
    solver = cp_model.CpSolver()
    t0 = time.time()
    status = solver.Solve(model)
    t1 = time.time()
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        print("no rota")
        return
    print(f"Weighted wishes granted: {solver.ObjectiveValue():.0f}")
    print("FIVEFOLD_RESULT " + json.dumps({
        "termination": "optimal",
        "solution_status": "optimal" if status == cp_model.OPTIMAL else "feasible",
        "objective": solver.ObjectiveValue(),
        "bound": solver.BestObjectiveBound(),
        "values": {},
        "solver": "cp_sat",
        "solve_s": t1 - t0,
    }))  # fmt: skip


main()
