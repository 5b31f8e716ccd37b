"""Data as columns: the same program as with the data written in the formulation, and faults with element and key."""

import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fivefold_solvers.build.errors import BuildError, NotVectorised
from fivefold_solvers.build.from_rows import from_checked
from fivefold_solvers.build.vectorised import arrays_of, build
from fivefold_solvers.data.columns import Labels, ParameterColumn, SetColumn
from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.ground import Grounded
from fivefold_solvers.formulation.identity import Atom, as_key
from tests.formulation_helpers import written
from tests.solvers.build_agreement import assert_same
from tests.solvers.build_strategies import index_formulations

Columns = dict[str, SetColumn | ParameterColumn]


def labels(atoms: list[Atom]) -> Labels:
    """Return atoms as reading a file gives them."""
    if all(isinstance(value, int) for value in atoms):
        return Labels(np.array(atoms, np.int64))
    if not any(isinstance(value, str) for value in atoms):
        return Labels(np.array(atoms, np.float64))
    kinds = list(dict.fromkeys(atoms))
    return Labels(np.array([kinds.index(value) for value in atoms], np.int64), np.array(kinds, object))


def set_column(name: str, members: list[Any]) -> SetColumn:
    parts = list(zip(*(as_key(value) for value in members), strict=True)) or [()]
    return SetColumn(name, tuple(labels(list(part)) for part in parts), len(members))


def columns_of(grounded: Grounded, shuffle: random.Random) -> Columns:
    """Return what is written in a formulation as columns, where sets are plain and parameters go over named sets."""
    found: Columns = {}
    for name, block in grounded.sets.items():
        if isinstance(block.element.elements, tuple):
            found[name] = set_column(name, list(block.table[()].order))
    for name, block in grounded.parameters.items():
        sources = [clause.source.name for clause in block.clauses if isinstance(clause.source, e.Name)]
        if block.element.expression is not None or not set(sources) <= found.keys():
            continue
        entries = list(block.table.items())
        shuffle.shuffle(entries)
        codes: list[list[int]] = [[] for _ in sources]
        for key, _ in entries:
            rest = key
            for place, source in enumerate(sources):
                order = grounded.sets[source].table[()]
                width = len(as_key(order.order[0]))
                part, rest = rest[:width], rest[width:]
                codes[place].append(order.position[part if width > 1 else part[0]])
        found[name] = ParameterColumn(
            name,
            tuple(sources),
            tuple(np.array(own, np.int64) for own in codes),
            np.array([value for _, value in entries], np.float64),
            block.element.default,
        )
    return found


def emptied(whole: Formulation, columns: Columns) -> Formulation:
    """Return a formulation without the data that is there as columns."""
    return whole.model_copy(
        update={
            "sets": tuple(b.model_copy(update={"elements": ()}) if b.name in columns else b for b in whole.sets),
            "parameters": tuple(
                b.model_copy(update={"values": None, "expression": None}) if b.name in columns else b
                for b in whole.parameters
            ),
        }
    )


@given(index_formulations(), st.randoms(use_true_random=False))
@settings(max_examples=100)
def test_columns_say_the_same_as_written_data(raw: dict[str, Any], shuffle: random.Random) -> None:
    whole = Formulation.model_validate(raw)
    checked = check(whole)
    if checked.grounded is None:
        return
    columns = columns_of(checked.grounded, shuffle)
    assert {"N", "S", "A", "c", "d", "w", "e", "g"} <= columns.keys()
    try:
        found = build(emptied(whole, columns), columns)
    except NotVectorised:
        return
    assert_same(found, from_checked(checked))


ROADS = written(
    ("n in N", "sum(x[i, j] for (i, j) in A if i == n) <= cap[n]"),
    sets={"N": [], "A": []},
    parameters={
        "cap": {"index": ["n in N"]},
        "cost": {"index": ["(i, j) in A"]},
        "far": {"index": ["i in N", "j in N if i != j"], "default": 0.5},
    },
    variables=[{"name": "x", "index": ["(i, j) in A"]}],
    objective="sum((cost[i, j] + far[i, j])*x[i, j] for (i, j) in A)",
)


def roads(**changed: SetColumn | ParameterColumn) -> Columns:
    """Return data for `ROADS`, some of it changed."""
    one = np.array([0, 1, 2])
    return {
        "N": set_column("N", ["a", "b", "c"]),
        "A": set_column("A", [("a", "b"), ("b", "c"), ("a", "c")]),
        "cap": ParameterColumn("cap", ("N",), (one,), np.array([5.0, 6.0, 7.0])),
        "cost": ParameterColumn("cost", ("A",), (one[::-1],), np.array([3.0, 2.0, 1.0])),
        "far": ParameterColumn("far", ("N", "N"), (np.array([0, 1]), np.array([2, 2])), np.array([8.0, 9.0])),
        **changed,
    }


def test_a_sparse_network() -> None:
    arrays = build(Formulation.model_validate(ROADS), roads())
    assert arrays.cost.tolist() == [1.5, 11, 11]
    assert [arrays.row(row)[0].tolist() for row in range(3)] == [[0, 2], [1], []]
    assert arrays.row_upper.tolist() == [5, 6, 7] and arrays.row_name(1) == "c1['b']"
    assert arrays.column_name(2) == "x['a', 'c']" and arrays.variables[0].keys.find(("b", "c")) == 1


one = np.array([0, 1, 2])
FAULTS: list[tuple[Columns, str]] = [
    ({"N": set_column("N", ["a", "b", "a"])}, "set 'N': 'a' is listed twice"),
    ({"A": set_column("A", [("a", "b"), ("b", "c"), ("a", "b")])}, r"set 'A': \('a', 'b'\) is listed twice"),
    ({"cap": ParameterColumn("cap", ("N",), (one[:2],), np.ones(2))}, "parameter 'cap': it has no value for 'c'"),
    ({"cap": ParameterColumn("cap", ("N",), (one * 0,), np.ones(3))}, "parameter 'cap': entry 'a' is there twice"),
    ({"cap": ParameterColumn("cap", ("N",), (one,), np.array([1, np.nan, 2]))}, "parameter 'cap': a value is not fin"),
    ({"cost": ParameterColumn("cost", ("A",), (one[1:],), np.ones(2))}, r"it has no value for \('a', 'b'\)"),
    (
        {"far": ParameterColumn("far", ("N", "N"), (one[:1], one[:1]), np.ones(1))},
        r"parameter 'far': entry \('a', 'a'\) is outside its index set",
    ),
    (
        {"A": set_column("A", [("a", "b"), ("b", "c"), ("d", "c")])},
        r"the objective at i='d', j='c': far\['d', 'c'\]",
    ),
    ({"other": set_column("other", [1])}, "data 'other': no set or parameter has this name"),
]


@pytest.mark.parametrize(("changed", "message"), FAULTS, ids=[message[:30] for _, message in FAULTS])
def test_faults_of_data_name_element_and_key(changed: Columns, message: str) -> None:
    with pytest.raises(BuildError, match=message):
        build(Formulation.model_validate(ROADS), roads(**changed))


def test_a_huge_sparse_table_stays_sparse() -> None:
    size = 3_000
    raw = written(
        "sum(far[i, j]*x[i] for (i, j) in A) <= 1",
        sets={"N": [], "A": []},
        parameters={"far": {"index": ["i in N", "j in N"], "default": 2}},
        variables=[{"name": "x", "index": ["i in N"]}],
    )
    columns: Columns = {
        "N": SetColumn("N", (Labels(np.arange(size)),), size),
        "A": set_column("A", [(0, 1), (0, 2999), (2999, 5)]),
        "far": ParameterColumn("far", ("N", "N"), (np.array([0, 2999]), np.array([2999, 6])), np.array([7.0, 9.0])),
    }
    arrays = build(Formulation.model_validate(raw), columns)
    assert arrays.columns.tolist() == [0, 2999] and arrays.coefficients.tolist() == [9, 2]


def test_the_plain_path_takes_columns_too() -> None:
    raw = {**ROADS, "constraints": [{"name": "c1", "expression": "max(x[i, j] for (i, j) in A) <= 4"}]}
    whole = Formulation.model_validate(raw)
    with pytest.raises(NotVectorised):
        build(whole, roads())
    arrays = arrays_of(whole, roads())
    assert arrays.cost[:3].tolist() == [1.5, 11, 11] and arrays.row_count > 3


def test_columns_that_do_not_fit_the_index_are_left_to_the_plain_path() -> None:
    column = ParameterColumn("cap", ("A",), (np.arange(3),), np.ones(3))
    with pytest.raises(NotVectorised, match="cap go over"):
        build(Formulation.model_validate(ROADS), roads(cap=column))
