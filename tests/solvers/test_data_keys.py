"""Keys of many rows: quick ways give what the plain ones do, and time grows with the data only."""

import math
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fivefold_solvers.build.pool import Pool
from fivefold_solvers.build.vectorised import build
from fivefold_solvers.data.bind import bind
from fivefold_solvers.data.bind_set import bare
from fivefold_solvers.data.keys import atoms_of, first_seen, labels, ranked, some_atoms
from fivefold_solvers.data.propose import propose
from fivefold_solvers.data.read import read, read_all
from fivefold_solvers.data.table import Column, Kind
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.identity import Atom, atom
from tests.formulation_helpers import written

SPELLINGS = st.text() | st.sampled_from(["7", "7.0", "007", "+3", "-2.50", " a ", "b\u2003", "é", "²", "1e3", "x 1"])
NUMBERS = st.lists(st.integers(-5, 20) | st.sampled_from([-(2**62), 2**62]), min_size=1, max_size=40)


@given(st.lists(SPELLINGS))
def test_atoms_of_texts_are_those_of_each(texts: list[str]) -> None:
    found = atoms_of(texts)
    assert found == list(map(atom, texts)) and list(map(type, found)) == [type(atom(text)) for text in texts]


@given(st.text())
def test_a_bare_name_has_letters_and_digits_only(text: str) -> None:
    assert bare(text) == ("".join(letter for letter in text.casefold() if letter.isalnum()) or text)


@given(NUMBERS, st.booleans())
def test_ranks_count_numbers_by_first_appearance(values: list[int], whole: bool) -> None:
    codes, first = ranked(np.array(values, np.int64 if whole else np.float64))
    own: list[float] = list(values) if whole else list(map(float, values))
    kinds = list(dict.fromkeys(own))
    assert codes.tolist() == [kinds.index(value) for value in own]
    assert first.tolist() == [own.index(value) for value in kinds]


@given(st.lists(st.integers(0, 9), max_size=40), st.sampled_from([10, 10**12]))
def test_where_a_code_comes_first(codes: list[int], space: int) -> None:
    assert first_seen(np.array(codes, np.int64), space).tolist() == [codes.index(code) for code in codes]


@given(st.lists(st.integers(-9, 9) | st.floats() | st.sampled_from([2.0**60, 0.5]), max_size=30), st.integers(1, 9))
def test_some_elements_of_a_column_of_numbers_are_its_smallest(values: list[float], most: int) -> None:
    column = Column("a", "a", "", Kind.NUMBER, np.array(values, np.float64))
    kinds = sorted({float(value) for value in values[: 20 * most] if math.isfinite(value)})
    found = some_atoms(column, most)
    assert set(found) <= set(kinds) and len(found) == len(set(found)) <= most
    if all(map(math.isfinite, values)):
        assert found == kinds[:most]
        assert [type(one) for one in found] == [int if one.is_integer() else float for one in kinds[:most]]


@given(st.lists(st.integers(-3, 3) | st.sampled_from([2**62, -(2**63), 0.5, "a", "b"]), min_size=1, max_size=20))
def test_labels_give_back_what_they_were_made_of(atoms: list[Atom]) -> None:
    kinds = list(dict.fromkeys(atoms))
    made = labels(kinds, np.array([kinds.index(one) for one in atoms], np.int64))
    assert made.atoms() == [made.atom(place) for place in range(len(made))] == atoms
    assert made.categories is None or any(isinstance(one, str) for one in atoms)


def test_many_atoms_get_the_identities_that_each_gets() -> None:
    atoms: list[Atom] = ["a", 5, "b", "a", 2.5, "5x", 5, "b"]
    one, two = Pool(), Pool()
    assert one.put_atoms(atoms).tolist() == [two.put_atom(value) for value in atoms]
    assert one.texts == two.texts == ["a", "b", "5x"] and one.numbers.tolist() == two.numbers.tolist()


PAIRS = Formulation.model_validate(
    written(
        ("k in TASKS", "sum(x[t, w] for (t, w) in PAIRS if t == k) == 1"),
        parameters={"cost": {"index": ["(t, w) in PAIRS"]}},
        variables=[{"name": "x", "index": ["(t, w) in PAIRS"], "domain": "binary"}],
        objective="sum(cost[t, w]*x[t, w] for (t, w) in PAIRS)",
    )
    | {"sets": [{"name": "TASKS"}, {"name": "PAIRS"}]}
)


def pair_files(folder: Path, rows: Sequence[tuple[str, str]], costs: Sequence[tuple[str, str, int]]) -> list[str]:
    tasks = dict.fromkeys(first for first, _ in rows)
    texts = {
        "tasks": ["task", *map(str, tasks)],
        "pairs": ["task,worker", *(f"{first},{second}" for first, second in rows)],
        "cost": ["task,worker,cost", *(",".join(map(str, row)) for row in costs)],
    }
    for name, lines in texts.items():
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n")
    return [str(folder / f"{name}.csv") for name in texts]


@pytest.mark.parametrize("names", [("t{}", "w{}"), ("{}", "{}"), ("{}", "w{}")], ids=["texts", "numbers", "both"])
def test_entries_of_tuples_find_their_place_in_any_order(tmp_path: Path, names: tuple[str, str]) -> None:
    chance = np.random.default_rng(8)
    flat = chance.choice(400, 90, replace=False).tolist()
    rows = [(names[0].format(place // 20), names[1].format(place % 20)) for place in flat]
    order = chance.permutation(len(rows)).tolist()
    tables = read_all(*pair_files(tmp_path, rows, [(*rows[place], flat[place]) for place in order]))
    mapping = propose(PAIRS, tables)
    # Two columns of the same numbers could be either index.
    bound = bind(PAIRS, mapping.pick("cost", 1) if mapping.open else mapping, tables)
    assert bound.ok, bound.findings
    cost = bound.columns.parameters["cost"]
    assert cost.codes[0].tolist() == order and cost.values.tolist() == [flat[place] for place in order]
    arrays = build(PAIRS, bound.columns)
    assert arrays.cost.tolist() == flat


def test_a_tuple_that_is_not_in_the_set_is_named(tmp_path: Path) -> None:
    rows = [("t1", "w1"), ("t1", "w2"), ("t2", "w1")]
    tables = read_all(*pair_files(tmp_path, rows, [(*row, 3) for row in (*rows[:2], ("t2", "w2"), rows[2])]))
    (found,) = bind(PAIRS, propose(PAIRS, tables), tables).findings
    assert (found.code, found.row) == ("foreign-key", 4) and "(t2, w2) is not in PAIRS" in found.message


def test_binding_a_large_table_takes_a_fraction_of_reading_it(tmp_path: Path) -> None:
    size = 600
    lines = (f"p{row // size},c{row % size},{row % 977}" for row in range(size * size))
    path = tmp_path / "cost.csv"
    path.write_text("plant,city,cost\n" + "\n".join(lines) + "\n")
    formulation = Formulation.model_validate(
        {
            "sets": [{"name": "PLANTS"}, {"name": "CITIES"}],
            "parameters": [{"name": "cost", "index": ["i in PLANTS", "j in CITIES"]}],
        }
    )
    marks = [time.process_time()]
    tables = read(path)
    marks.append(time.process_time())
    mapping = propose(formulation, tables)
    marks.append(time.process_time())
    bound = bind(formulation, mapping, tables)
    marks.append(time.process_time())
    assert bound.ok and len(bound.columns.parameters["cost"].values) == size * size
    # Binding takes a tenth of it; sorting all entries once more would take as long as reading.
    assert marks[3] - marks[2] < marks[1] - marks[0] + 0.2
