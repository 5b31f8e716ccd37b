"""How emitted programs read: pieces of source, whole programs, rows with whole numbers."""

import ast
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fivefold_solvers.emit import NotExpressibleError, emit, select, text
from fivefold_solvers.emit.whole import NotWholeError, common_scale, whole_scale
from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.ground import Grounded
from fivefold_solvers.formulation.lower import lower
from fivefold_solvers.program import Library

atoms = st.integers() | st.text(max_size=6) | st.floats(allow_nan=False, allow_infinity=False)


def grounded(**raw: Any) -> Grounded:
    checked = check(Formulation.model_validate(raw))
    assert checked.grounded is not None, checked.errors
    return checked.grounded


@given(st.lists(atoms, max_size=40, unique=True))
def test_list_literals_read_back(items: list[Any]) -> None:
    assert ast.literal_eval(text.list_literal(map(text.member, items))) == items


@given(st.dictionaries(st.tuples(atoms, atoms), st.integers(), max_size=30))
def test_table_literals_read_back(table: dict[Any, int]) -> None:
    assert ast.literal_eval(text.table_literal({key: repr(value) for key, value in table.items()})) == table


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_read_back(value: float) -> None:
    assert ast.literal_eval(text.number(value)) == value


@given(
    st.lists(st.text(max_size=20).map(repr) | st.sampled_from(["x[i, j]", "(a - b)", "sum(x for x in y)"]), min_size=1)
)
def test_broken_lines_mean_the_same(terms: list[str]) -> None:
    expression = " + ".join(terms)
    lines = text.broken("value = ", expression)
    assert ast.dump(ast.parse("\n".join(lines))) == ast.dump(ast.parse(f"value = {expression}"))


def test_long_expressions_break_at_outer_operators() -> None:
    expression = " + ".join(f"sum(cost_{k}[i]*x_{k}[i] for i in I)" for k in range(6))
    lines = text.broken("m.total = f(", expression, ")")
    assert len(lines) > 3 and all(len(line) <= text.WIDTH for line in lines)
    assert all(line.strip().startswith(("sum", "+ sum")) for line in lines[1:-1])


PLAN: dict[str, Any] = {
    "title": "Bakery",
    "sets": [{"name": "T", "elements": ["mon", "tue", "wed"], "description": "days"}],
    "parameters": [
        {"name": "demand", "index": ["t in T"], "values": [3, 4, 5], "unit": "loaves"},
        {"name": "double", "index": ["t in T"], "expression": "2*demand[t]"},
    ],
    "variables": [{"name": "bake", "index": ["T"], "upper": 9}, {"name": "stock", "index": ["t in T"]}],
    "objective": {"sense": "minimize", "expression": "sum(bake[t] + 2*stock[t] for t in T)"},
    "constraints": [
        {
            "name": "balance",
            "forall": ["t in T"],
            "expression": "(stock[prev(t)] if t > first(T) else 1) + bake[t] == demand[t] + stock[t]",
            "description": "bread is sold or kept",
        }
    ],
}
LINES: dict[Library, list[str]] = {
    "pyomo": [
        "# days",
        "T = ['mon', 'tue', 'wed']",
        "# [loaves]",
        "demand = {'mon': 3, 'tue': 4, 'wed': 5}",
        "double = {t: 2*demand[t] for t in T}",
        "m.bake = pyo.Var(T, domain=pyo.Reals, bounds=(0, 9))",
        "m.stock = pyo.Var(T, domain=pyo.NonNegativeReals)",
        "m.objective = pyo.Objective(expr=sum(m.bake[t] + 2*m.stock[t] for t in T), sense=pyo.minimize)",
        "# bread is sold or kept",
        "@m.Constraint(T)",
        "def balance(m, t):",
    ],
    "mathopt": [
        'bake = {t: m.add_variable(lb=0, ub=9, name=f"bake[{t!r}]") for t in T}',
        "m.minimize(mathopt.fast_sum(bake[t] + 2*stock[t] for t in T))",
        "for t in T:",
    ],
}


@pytest.mark.parametrize("library", ["pyomo", "mathopt"])
def test_programs_read_like_the_formulation(library: Library) -> None:
    source = emit(grounded(**PLAN), library, time_limit_s=5.0).source
    lines = source.splitlines()
    place = -1
    for wanted in LINES[library]:
        assert wanted in lines[place + 1 :], f"{wanted!r} is missing or out of order in:\n{source}"
        place = lines.index(wanted, place + 1)
    assert "T[T.index(t) - 1]] if t != T[0] else 1" in source
    assert "TIME_LIMIT_S = 5.0" in source
    assert max(map(len, lines)) <= 110


def test_a_program_imports_its_library_and_the_standard_library_only() -> None:
    allowed: dict[Library, set[str]] = {"pyomo": {"pyomo"}, "mathopt": {"ortools"}}
    for library, own in allowed.items():
        tree = ast.parse(emit(grounded(**PLAN), library).source)
        modules = {
            alias.name.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
        }
        modules |= {str(node.module).split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        assert modules - {"json", "math", "time", "datetime"} == own


@pytest.mark.parametrize(
    ("values", "scale"),
    [([1, 2.0], 1), ([0.1, 0.35], 20), ([1 / 3, 0.5], 6), ([0.1 + 0.2], 10), ([1e-6], 10**6), ([], 1)],
)
def test_scale_of_fractions(values: list[float], scale: int) -> None:
    assert common_scale(values) == scale


@pytest.mark.parametrize("values", [[0.1234567891], [2**0.5], [1 / 999983, 1 / 999979]])
def test_no_scale_is_guessed(values: list[float]) -> None:
    with pytest.raises(NotWholeError):
        common_scale(values)


@pytest.mark.parametrize(
    ("row", "scale"),
    [
        ("0.5*x + 0.5*x <= 3", 2),
        ("x/4 + y/6 <= 1", 12),
        ("2*(0.25*x + y) <= 1.5*y + 3", 2),
        ("0.3*(x - 0.5*y) <= 1", 20),
        ("sum(0.2*k*x for k in range(1, 6)) <= 6", 5),
        ("x + y <= 3", 1),
        ("-(x - 1)/2 <= (0.5 if 1 < 2 else 0.25)*y", 2),
        ("0.5 + 0.5 + x <= y + 4", 1),
    ],
)
def test_scale_of_rows_loses_nothing(row: str, scale: int) -> None:
    problem = grounded(
        variables=[{"name": name, "domain": "integer", "upper": 9} for name in "xy"],
        objective={"sense": "maximize", "expression": "x + y"},
        constraints=[{"name": "r", "expression": row}],
    )
    checked = check(problem.formulation)
    found = whole_scale(problem.constraints[0], checked.rows.rows, problem)
    assert found == scale


def test_what_cannot_be_lowered_is_refused_with_the_place_to_look() -> None:
    variables = [{"name": "x"}, {"name": "y"}]
    row = {"name": "c", "expression": "max(x, y) >= 3"}
    lowered = lower(check(Formulation.model_validate({"variables": variables, "constraints": [row]})))
    assert lowered.errors
    for write in (lambda: emit(lowered.grounded, "pyomo"), lambda: select(lowered.grounded)):
        with pytest.raises(NotExpressibleError, match=r"it has errors.*`lower\(...\).errors`"):
            write()
