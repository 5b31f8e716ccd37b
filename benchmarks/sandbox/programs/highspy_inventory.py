"""Six months of a sledge maker: make, store, overtime; built column by column and row by row (LP, highspy)."""

import json
import time

import highspy

demand = [120, 90, 140, 260, 310, 180]
regular, overtime, holding = 38.0, 51.0, 2.75
normal_most, over_most, store_most = 170, 60, 220

h = highspy.Highs()
h.setOptionValue("log_to_console", False)
inf = highspy.kHighsInf
months = len(demand)
# columns: make, over, stock for each month in turn
for month in range(months):
    h.addVar(0, normal_most)
    h.addVar(0, over_most)
    h.addVar(20 if month == months - 1 else 0, store_most)
    h.changeColCost(3 * month, regular + 0.5 * month)
    h.changeColCost(3 * month + 1, overtime + 0.5 * month)
    h.changeColCost(3 * month + 2, holding)
for month in range(months):
    columns, entries = [3 * month, 3 * month + 1, 3 * month + 2], [1.0, 1.0, -1.0]
    right = float(demand[month])
    if month:
        columns.append(3 * month - 1)
        entries.append(1.0)
    else:
        right -= 15  # in store at the start
    h.addRow(right, right, len(columns), columns, entries)
for month in range(1, months):  # making may rise by no more than 80 a month
    h.addRow(-inf, 80.0, 4, [3 * month, 3 * month + 1, 3 * month - 3, 3 * month - 2], [1.0, 1.0, -1.0, -1.0])

begin = time.perf_counter()
h.run()
seconds = time.perf_counter() - begin

status = h.modelStatusToString(h.getModelStatus())
column = list(h.getSolution().col_value)
print(status, h.getInfo().objective_function_value)
for month in range(months):
    make, over, stock = column[3 * month : 3 * month + 3]
    print(f"month {month + 1}: make {make:.1f} overtime {over:.1f} stock {stock:.1f}")
print("FIVEFOLD_RESULT " + json.dumps({
    "termination": "optimal" if status == "Optimal" else "unknown",
    "solution_status": "optimal" if status == "Optimal" else "none",
    "objective": h.getInfo().objective_function_value,
    "values": {name: [[[m + 1], column[3 * m + k]] for m in range(months)]
               for k, name in enumerate(("make", "over", "stock"))},
    "solver": "highs",
    "solve_s": seconds,
}))  # fmt: skip
