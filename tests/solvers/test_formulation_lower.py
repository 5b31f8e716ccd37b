"""Rewriting is exact: what is lowered has the same feasible points and the same best value as what was written."""

import itertools
import json
import random
import subprocess
import sys
from typing import Any

import pytest

from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.check import Checked
from fivefold_solvers.formulation.evaluate import bindings, evaluate, number
from fivefold_solvers.formulation.identity import Key
from fivefold_solvers.formulation.listed import entries
from fivefold_solvers.formulation.lower import lower
from fivefold_solvers.formulation.polynomial import Place, Polynomial
from fivefold_solvers.formulation.scope import Scope
from tests.formulation_helpers import refused, strict, texts

Point = dict[Place, int]


# What a formulation means, said once more and slowly -------------------------------------------------------------


def holds(node: e.Expression, scope: Scope) -> bool:
    """Return whether a row, logic or not, is true at the point that the scope's variables have."""
    match node:
        case e.Logic(operator, items):
            return (all if operator == "and" else any)(holds(item, scope) for item in items)
        case e.Not(operand):
            return not holds(operand, scope)
        case e.Call("implies", (condition, consequence)):
            return not holds(condition, scope) or holds(consequence, scope)
        case e.Call("all_different"):
            values = [entry.values[0] for entry in entries(node, scope)]
            return len(set(values)) == len(values)
        case e.Call("circuit"):
            return is_tour([entry.key for entry in entries(node, scope) if entry.values[0]],
                           {part for entry in entries(node, scope) for part in entry.key})  # fmt: skip
        case e.Call("no_overlap"):
            spans = [(float(s), float(s) + float(d)) for _, _, (s, d) in entries(node, scope)]  # type: ignore[arg-type]
            return all(a[1] <= b[0] or b[1] <= a[0] for a, b in itertools.combinations(spans, 2))
        case e.Choice(test, then, otherwise):
            return holds(then if holds(test, scope) else otherwise, scope)
        case _:
            return bool(evaluate(node, scope))


def is_tour(arcs: list[Key], nodes: set[Any]) -> bool:
    following = dict(arcs)  # type: ignore[arg-type]
    if len(arcs) != len(nodes) or set(following) != nodes:
        return False
    start = place = next(iter(sorted(nodes, key=repr)))
    for step in range(1, len(nodes) + 1):
        place = following[place]
        if place == start:
            return step == len(nodes)
    return False


def best(checked: Checked) -> float | None:
    """Return the best objective over all points of integer boxes, None where no point is feasible."""
    grounded = checked.grounded
    assert grounded is not None
    places = [(name, key) for name, block in grounded.variables.items() for key in block.bounds]
    ranges = [range(int(a), int(b) + 1) for block in grounded.variables.values() for a, b in block.bounds.values()]
    values: list[float] = []
    for combination in itertools.product(*ranges):
        point: Point = dict(zip(places, combination, strict=True))
        scope = grounded.scope()
        scope.variable = lambda name, key, point=point: point[name, key]
        rows = (holds(block.tree, scope) for block in grounded.constraints for _ in bindings(block.clauses, scope))
        if all(rows):
            value = number(grounded.objective, scope)
            assert not isinstance(value, Polynomial)
            values.append(value)
    sense = checked.formulation.objective.sense
    return None if not values else max(values) if sense == "maximize" else min(values)


# HiGHS, in one child process for all ------------------------------------------------------------------------------

CHILD = """
import json, sys
import highspy
def solve(program):
    h = highspy.Highs(); h.setOptionValue("output_flag", False); h.setOptionValue("mip_rel_gap", 0.0)
    for lower, upper, whole in program["columns"]:
        h.addVar(-highspy.kHighsInf if lower is None else lower, highspy.kHighsInf if upper is None else upper)
        if whole: h.changeColIntegrality(h.getNumCol() - 1, highspy.HighsVarType.kInteger)
    for column, cost in program["costs"]: h.changeColCost(column, cost)
    h.changeObjectiveOffset(program["offset"])
    if program["maximize"]: h.changeObjectiveSense(highspy.ObjSense.kMaximize)
    for relation, bound, columns, values in program["rows"]:
        low = -highspy.kHighsInf if relation == "<=" else bound
        high = highspy.kHighsInf if relation == ">=" else bound
        h.addRow(low, high, len(columns), columns, values)
    h.run()
    status = h.getModelStatus()
    return h.getInfo().objective_function_value if status == highspy.HighsModelStatus.kOptimal else str(status)
print(json.dumps([solve(program) for program in json.load(sys.stdin)]))
"""


def program(checked: Checked) -> dict[str, Any]:
    """Return a linear formulation as arrays."""
    grounded = checked.grounded
    assert grounded is not None
    columns: dict[Place, int] = {}
    bounds: list[tuple[float | None, float | None, bool]] = []
    for name, block in grounded.variables.items():
        for key, (low, high) in block.bounds.items():
            columns[name, key] = len(columns)
            limits = (None if abs(low) == float("inf") else low, None if abs(high) == float("inf") else high)
            bounds.append((*limits, block.element.domain != "continuous"))
    rows: list[Any] = []
    for row in checked.rows.rows:
        if isinstance(row.body, Polynomial):
            assert row.body.degree == 1, row
            rows.append(
                (row.relation, -row.body.constant, [columns[p] for p in row.body.linear], [*row.body.linear.values()])
            )
    assert not checked.rows.logic
    objective = checked.rows.objective
    linear = objective.linear if isinstance(objective, Polynomial) else {}
    assert not isinstance(objective, Polynomial) or objective.degree == 1
    return {
        "columns": bounds,
        "rows": rows,
        "costs": [(columns[place], cost) for place, cost in linear.items()],
        "offset": objective.constant if isinstance(objective, Polynomial) else objective,
        "maximize": checked.formulation.objective.sense == "maximize",
    }


def solved(programs: list[dict[str, Any]]) -> list[float | str]:
    done = subprocess.run(
        [sys.executable, "-c", CHILD],
        input=json.dumps(programs),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    found: list[float | str] = json.loads(done.stdout)
    return found


# Random formulations -----------------------------------------------------------------------------------------------

VARIABLES = [
    {"name": "u", "domain": "integer", "lower": -1, "upper": 2},
    {"name": "v", "index": ["i in N"], "domain": "integer", "lower": 0, "upper": "i"},
    {"name": "y", "domain": "binary"},
    {"name": "z", "domain": "binary"},
]


def amount(rng: random.Random, depth: int = 2) -> str:
    """Return a piecewise linear expression."""
    leaves = ["u", "v[1]", "v[2]", "y", "2*u", "v[1] - u", "3 - v[2]", "u + y", "1", "-2"]
    if depth == 0:
        return rng.choice(leaves)
    below = [amount(rng, depth - 1) for _ in range(3)]
    return rng.choice([
        f"abs({below[0]})", f"min({below[0]}, {below[1]})", f"max({below[0]}, {below[1]}, {below[2]})",
        f"({below[0]} + {below[1]})", f"({below[0]} - {below[1]})", f"-({below[0]})", f"2*({below[0]})",
        f"({below[0]})/-2",
        "sum(abs(v[i] - u) for i in N)", "max(v[i] - i*u for i in N)", "min(abs(v[i] - u) for i in N)",
        "sum((abs(v[i] - v[prev(i)]) if i > first(N) else u) for i in N)", below[0], below[1],
    ])  # fmt: skip


def row(rng: random.Random, depth: int = 1) -> str:
    """Return a row, plain or of logic."""
    relation, bound = rng.choice(["<=", ">=", "=="]), rng.randint(-2, 4)
    plain = f"{amount(rng)} {relation} {bound}"
    literal = rng.choice(
        ["y == 1", "z == 0", "y", "not z", "y == 1 and z == 1", "y == 0 or z >= 1", "not (y and z)", "3 > 2"]
    )
    if depth == 0:
        return rng.choice([plain, literal if "(" not in literal else plain])
    below = [row(rng, depth - 1) for _ in range(2)]
    simple = literal if "(" not in literal else "y == 1"
    return rng.choice([
        plain, plain, f"implies({simple}, {below[0]})", f"implies({simple}, {below[0]} and {below[1]})",
        f"({below[0]}) or ({below[1]})", f"({below[0]}) and ({below[1]})", f"({below[0]}) or {simple}", literal,
        "all_different(u, v[1], v[2])", "all_different(v[i] + i for i in N)", "no_overlap((v[1], 1), (v[2], y + 1))",
        "-1 <= u - v[1] <= 2", "implies(y == 1, implies(z == 0, u <= 0))",
    ])  # fmt: skip


def drawn(rng: random.Random) -> Checked:
    constraints: list[Any] = []
    for _ in range(rng.randint(1, 3)):
        text = row(rng)
        constraints.append(("i in N if v_is[i] >= 0", text) if rng.random() < 0.2 else text)
    constraints = [
        ("i in N", text[1].replace("v[1]", "v[i]")) if isinstance(text, tuple) else text for text in constraints
    ]
    sense = rng.choice(["minimize", "maximize"])
    objective = {"sense": sense, "expression": f"{amount(rng)} + u - v[1]"}
    return strict(*constraints, sets={"N": [1, 2]}, variables=VARIABLES, objective=objective)


def test_random_formulations_keep_their_best_value() -> None:
    rng = random.Random(4)
    cases: list[tuple[Checked, Checked]] = []
    while len(cases) < 120:
        checked = drawn(rng)
        if checked.ok:
            cases.append((checked, lower(checked)))
    for _, lowered in cases:
        # A row inside a logic constraint may turn out to be false whatever the variables are.
        assert lowered.ok or {found.code for found in lowered.errors} == {"never-true"}, texts(lowered)
    wanted = [best(checked) for checked, _ in cases]
    assert all(value is None for value, (_, lowered) in zip(wanted, cases, strict=True) if not lowered.ok)
    answers = iter(solved([program(lowered) for _, lowered in cases if lowered.ok]))
    found = [next(answers) if lowered.ok else "never true" for _, lowered in cases]
    assert sum(value is not None for value in wanted) > 40
    for (checked, lowered), value, answer in zip(cases, wanted, found, strict=True):
        shown = f"{checked.formulation}\n{lowered.formulation}"
        if value is None:
            assert isinstance(answer, str), f"infeasible, but {answer}: {shown}"
        else:
            assert answer == pytest.approx(value, abs=1e-4), shown


def test_circuits_and_spans_keep_their_best_value() -> None:
    def arcs(nodes: list[Any], objective: str, *rows: str) -> Checked:
        variables = [{"name": "x", "index": ["i in N", "j in N if i != j"], "domain": "binary"}]
        values = [[(3 * i * i + 5 * j + 7 * i * j) % 11 + 1 for j in range(len(nodes))] for i in range(len(nodes))]
        parameters = {"d": {"index": ["N", "N"], "values": values}}
        total = {"sense": objective, "expression": "sum(d[i, j]*x[i, j] for i in N for j in N if i != j)"}
        tour = "circuit(x[i, j] for i in N for j in N if i != j)"
        return strict(tour, *rows, sets={"N": nodes}, variables=variables, parameters=parameters, objective=total)

    cases = [
        arcs([4, 2, 7, 1], "maximize", "x[4, 2] + x[2, 4] == 0"),
        arcs(["a", "c", "b"], "minimize"),
        arcs(["a", "b", "c"], "minimize", "x['a', 'b'] + x['a', 'c'] == 0"),
        arcs(["a", "b"], "minimize"),
    ]
    lowered = [lower(checked) for checked in cases]
    for (checked, other), answer in zip(
        zip(cases, lowered, strict=True), solved([*map(program, lowered)]), strict=True
    ):
        wanted = best(checked)
        assert isinstance(answer, str) if wanted is None else answer == pytest.approx(wanted), texts(other)


# The form of the rewriting -----------------------------------------------------------------------------------------


def shape(checked: Checked) -> tuple[int, int]:
    """Return how many variables and how many binaries the rewriting added."""
    lowered = lower(checked)
    assert lowered.ok, texts(lowered)
    added = lowered.formulation.variables[len(checked.formulation.variables) :]
    return len(added), sum(variable.domain == "binary" for variable in added)


FREE = [{"name": "x", "lower": "-inf"}, {"name": "w"}]
BOXED = [{"name": "x", "lower": -5, "upper": 5}, {"name": "w", "upper": 9}]


@pytest.mark.parametrize(
    ("row", "sense", "objective"),
    [
        ("x >= 1", "minimize", "abs(x - 3)"),
        ("x >= 1", "minimize", "max(x, w, 3) - min(x, w)"),
        ("x >= 1", "maximize", "min(x - w, 2*w)"),
        ("abs(x - w) <= 4", "minimize", "x"),
        ("4 >= 2*max(x, w)", "minimize", "x"),
        ("min(x, w) >= 2", "minimize", "x"),
        ("5 - abs(x) >= -w", "minimize", "x"),
        ("x >= 1", "minimize", "max(abs(x), abs(w - 3))"),
    ],
)
def test_no_binaries_and_no_bounds_where_the_pressure_allows(row: str, sense: str, objective: str) -> None:
    checked = strict(row, variables=FREE, objective={"sense": sense, "expression": objective})
    count, binaries = shape(checked)
    assert count >= 1
    assert binaries == 0


@pytest.mark.parametrize(
    ("row", "sense", "objective"),
    [
        ("x >= 1", "maximize", "abs(x - 3)"),
        ("abs(x) >= 2", "minimize", "x"),
        ("max(x, w) == 3", "minimize", "x"),
        ("w <= max(x, 1)", "minimize", "x"),
    ],
)
def test_binaries_elsewhere_and_the_missing_bound_is_named(row: str, sense: str, objective: str) -> None:
    goal = {"sense": sense, "expression": objective}
    assert shape(strict(row, variables=BOXED, objective=goal))[1] >= 2
    refused(lower(strict(row, variables=FREE, objective=goal)), "it can only be rewritten linearly if", "give variable")


def test_an_indicator_row_names_the_bound_it_needs() -> None:
    variables = [{"name": "x"}, {"name": "y", "domain": "binary"}]
    found = lower(strict("implies(y == 1, x <= 5)", variables=variables))
    refused(found, "constraint 'c1'", "x has a finite upper bound", "give variable 'x' the upper bound")
    assert lower(strict("implies(y == 1, x >= 5)", variables=variables)).ok


def test_names_of_the_rewriting_are_new() -> None:
    checked = strict(
        "abs(x) >= 2", "sum(abs_1 for abs_1_is_1 in N) <= abs_2 + 10", sets={"N": [1, 2]},
        variables=[*BOXED, {"name": "abs_1"}], parameters={"abs_2": 1},
    )  # fmt: skip
    lowered = lower(checked)
    assert lowered.ok, texts(lowered)


def test_a_ratio_row_is_multiplied_out_where_the_sign_is_known() -> None:
    lowered = lower(strict("x / (x + w) <= 0.5", variables=[{"name": "x"}, {"name": "w", "lower": 1}]))
    assert lowered.problem_class == "LP"
    assert lowered.formulation.constraints[0].expression == "x <= 0.5*(x + w)"
    lowered = lower(strict("x / (x - w) <= 0.5", variables=[{"name": "x"}, {"name": "w"}]))
    assert lowered.problem_class == "NLP"


@pytest.mark.parametrize(
    ("sense", "objective", "row"),
    [
        ("maximize", "x / (w + 1)", "ratio_1 * (w + 1) <= x"),
        ("minimize", "x / (w + 1)", "ratio_1 * (w + 1) >= x"),
        ("minimize", "3 - x / (w + 1)", "ratio_1 * (w + 1) <= x"),
        ("minimize", "(x / (w + 1))**2", "ratio_1 * (w + 1) == x"),
    ],
)
def test_a_ratio_over_what_stays_above_0_is_multiplied_out(sense: str, objective: str, row: str) -> None:
    goal = {"sense": sense, "expression": objective}
    lowered = lower(strict("x >= 1", variables=[{"name": "x"}, {"name": "w"}], objective=goal))
    assert lowered.ok, texts(lowered)
    assert [one.expression.replace("*", " * ") for one in lowered.formulation.constraints[1:]] == [row]
    assert "/" not in lowered.formulation.objective.expression


@pytest.mark.parametrize(
    ("rows", "domain", "multiplied"),
    [
        (("x + w >= 50",), "continuous", True),  # the divisor is at least 100
        (("x >= 2",), "continuous", True),
        (("2*x - w >= 2",), "continuous", True),  # w may be 0, x then is 1
        (("w - 2*x >= 2",), "continuous", True),
        (("x + w <= 50",), "continuous", False),  # both may be 0, and anything near 0
        (("x + w <= 50",), "integer", True),  # 0 has no ratio, and 2 is next
        (("x - w >= -2",), "continuous", False),
    ],
)
def test_rows_and_whole_numbers_say_that_a_divisor_stays_above_0(
    rows: tuple[str, ...], domain: str, multiplied: bool
) -> None:
    variables = [{"name": name, "domain": domain} for name in "xw"]
    goal = {"sense": "maximize", "expression": "(x + 2) / (2*x + 3*w)"}
    lowered = lower(strict(*rows, variables=variables, objective=goal))
    assert lowered.ok, texts(lowered)
    assert ("/" not in lowered.formulation.objective.expression) is multiplied


def test_the_greater_of_two_ratios_is_a_row_each() -> None:
    crews = [{"name": name, "domain": "integer", "lower": 1} for name in "xw"]
    goal = {"sense": "minimize", "expression": "max(40/(2*x), 20/(3*w))"}
    lowered = lower(strict("x + w <= 12", variables=crews, objective=goal))
    assert lowered.ok, texts(lowered)
    assert {"ratio_1", "ratio_2", "max_1"} <= {one.name for one in lowered.formulation.variables}


def test_an_index_without_a_name_does_not_get_lost() -> None:
    variables = [{"name": "x", "index": ["j in N"], "lower": -5, "upper": 5}]
    checked = strict(("(_, j) in A", "abs(x[j]) >= 1"), ("N", "abs(x[1]) <= 4"),
                     sets={"N": [1, 2], "A": [[1, 1], [2, 1], [2, 2]]},
                     variables=variables)  # fmt: skip
    lowered = lower(checked)
    assert lowered.ok, texts(lowered)
    assert lowered.grounded is not None
    assert list(lowered.grounded.variables["abs_1"].bounds) == [(1,), (2,)]


def test_long_circuits_can_be_read_again() -> None:
    arcs = [arc for k in range(1, 200) for arc in ((0, k), (k, 0), (k, k + 1))]
    variables = [{"name": "x", "index": ["ARCS"], "domain": "binary"}]
    lowered = lower(
        strict("circuit(x[i, j] for (i, j) in ARCS)", sets={"ARCS": [*arcs, (200, 0)]}, variables=variables)
    )
    assert lowered.ok, texts(lowered)
