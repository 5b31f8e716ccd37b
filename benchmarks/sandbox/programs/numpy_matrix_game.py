"""Best mixed strategy of the row player in a zero-sum game, from a payoff matrix to HiGHS by arrays."""

import json
import time

import numpy as np
from highspy import Highs, HighsLp, HighsModelStatus, MatrixFormat, ObjSense, kHighsInf

payoff_table = np.array([
    [3, -2, 4, 1],
    [-1, 5, -3, 2],
    [2, 1, 0, -4],
    [-2, 3, 2, 3],
    [4, -3, 1, 0],
])  # fmt: skip


def solve_game(payoff):
    rows, cols = payoff.shape
    lp = HighsLp()
    lp.num_col_, lp.num_row_ = rows + 1, cols + 1
    lp.sense_ = ObjSense.kMaximize
    lp.col_cost_ = np.append(np.zeros(rows), 1.0)
    lp.col_lower_ = np.append(np.zeros(rows), -kHighsInf)
    lp.col_upper_ = np.append(np.ones(rows), kHighsInf)
    # for every column j: sum_i payoff[i, j] p_i - v >= 0, and the chances add up to one
    a = np.vstack([np.column_stack([payoff.T, -np.ones(cols)]), np.append(np.ones(rows), 0.0)])
    lp.row_lower_ = np.append(np.zeros(cols), 1.0)
    lp.row_upper_ = np.append(np.full(cols, kHighsInf), 1.0)
    lp.a_matrix_.format_ = MatrixFormat.kRowwise
    lp.a_matrix_.start_ = np.arange(0, a.size + 1, a.shape[1])
    lp.a_matrix_.index_ = np.tile(np.arange(a.shape[1]), a.shape[0])
    lp.a_matrix_.value_ = a.ravel()
    highs = Highs()
    highs.silent()
    highs.passModel(lp)
    clock = time.perf_counter()
    highs.run()
    clock = time.perf_counter() - clock
    assert highs.getModelStatus() == HighsModelStatus.kOptimal
    return np.array(highs.getSolution().col_value), clock


solution, seconds = solve_game(payoff_table)
strategy, game_value = solution[:-1], float(solution[-1])
print("strategy:", np.round(strategy, 6).tolist())
print("value of the game:", round(game_value, 6))
print("FIVEFOLD_RESULT " + json.dumps({
    "termination": "optimal", "solution_status": "optimal", "objective": round(game_value, 9),
    "values": {"p": [[[i], round(float(p), 9)] for i, p in enumerate(strategy)]},
    "solver": "highs", "solve_s": seconds,
}))  # fmt: skip
