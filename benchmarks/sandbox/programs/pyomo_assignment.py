"""Six restorers, six paintings: who works on which so that the hours are fewest?"""

import pyomo.environ as pyo

hours = [
    [21, 34, 18, 27, 40, 25],
    [29, 23, 31, 22, 35, 30],
    [17, 38, 26, 33, 28, 24],
    [32, 27, 20, 25, 37, 19],
    [26, 30, 24, 29, 22, 36],
    [35, 25, 28, 31, 33, 23],
]
people = ["Ada", "Bo", "Cleo", "Dag", "Eva", "Finn"]
n = len(people)

model = pyo.ConcreteModel()
model.I = pyo.RangeSet(0, n - 1)
model.J = pyo.RangeSet(0, n - 1)
model.x = pyo.Var(model.I, model.J, domain=pyo.Binary)
model.obj = pyo.Objective(expr=sum(hours[i][j] * model.x[i, j] for i in model.I for j in model.J))
model.one_each = pyo.ConstraintList()
for i in model.I:
    model.one_each.add(sum(model.x[i, j] for j in model.J) == 1)
for j in model.J:
    model.one_each.add(sum(model.x[i, j] for i in model.I) == 1)
# Dag is allergic to the varnish of painting 5
model.x[3, 5].fix(0)

pyo.SolverFactory("appsi_highs").solve(model)

for i in model.I:
    for j in model.J:
        if pyo.value(model.x[i, j]) > 0.5:
            print(f"{people[i]} restores painting {j} ({hours[i][j]} h)")
print("Objective:", pyo.value(model.obj))
