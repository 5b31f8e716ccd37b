"""Data of size: fast, in arrays, and the same as a slow reading says."""

import csv
import time
from pathlib import Path

import numpy as np

from fivefold_solvers.data.bind import bind
from fivefold_solvers.data.propose import propose
from fivefold_solvers.data.read import read
from fivefold_solvers.data.summary import summary
from fivefold_solvers.formulation.elements import Formulation, Parameter, Set

ROWS = 100_000
SECONDS = 20.0
"""Far above what it takes (README in benchmarks/data), so that a busy machine does not fail."""


def big_file(folder: Path) -> Path:
    path = folder / "costs.csv"
    lines = (f"p{row // 100},c{row % 100},{(row * 7919) % 100_003 / 1000:.3f}" for row in range(ROWS))
    path.write_text("plant,city,cost\n" + "\n".join(lines) + "\n")
    return path


def test_a_hundred_thousand_rows(tmp_path: Path) -> None:
    path = big_file(tmp_path)
    began = time.perf_counter()
    (table,) = read(path)
    assert time.perf_counter() - began < SECONDS
    assert len(summary(table)) < 600
    with path.open(newline="") as file:
        rows = list(csv.reader(file))[1:]
    assert table.column("cost").values.tolist() == [float(row[2]) for row in rows]
    city = table.column("city")
    assert city.categories is not None and len(city.categories) == 100
    assert [city.categories[code] for code in city.values[:5000].tolist()] == [row[1] for row in rows[:5000]]


def test_a_hundred_thousand_entries_are_bound(tmp_path: Path) -> None:
    tables = read(big_file(tmp_path))
    formulation = Formulation(
        sets=(Set(name="PLANTS"), Set(name="CITIES")),
        parameters=(Parameter(name="cost", index=("i in PLANTS", "j in CITIES")),),
    )
    began = time.perf_counter()
    bound = bind(formulation, propose(formulation, tables), tables)
    assert time.perf_counter() - began < SECONDS
    assert bound.ok, bound.findings
    column = bound.columns.parameters["cost"]
    assert (bound.columns.sets["PLANTS"].size, bound.columns.sets["CITIES"].size) == (1000, 100)
    assert column.values.dtype == np.float64 and all(codes.dtype == np.int64 for codes in column.codes)
    assert column.values[123 * 100 + 45] == (12_345 * 7919) % 100_003 / 1000
    assert (column.codes[0][12_345], column.codes[1][12_345]) == (123, 45)


def test_one_gap_among_a_hundred_thousand(tmp_path: Path) -> None:
    path = big_file(tmp_path)
    text = path.read_text()
    path.write_text(text.replace("p777,c42,", "p777,c43,"))
    tables = read(path)
    formulation = Formulation(
        sets=(Set(name="PLANTS"), Set(name="CITIES")),
        parameters=(Parameter(name="cost", index=("i in PLANTS", "j in CITIES")),),
    )
    (found,) = bind(formulation, propose(formulation, tables), tables).findings
    assert (found.code, found.row) == ("contradiction", 77745)
    path.write_text("\n".join(line for line in text.split("\n") if not line.startswith("p777,c42,")))
    tables = read(path)
    (found,) = bind(formulation, propose(formulation, tables), tables).findings
    assert found.code == "missing-key" and "('p777', 'c42')" in found.message
