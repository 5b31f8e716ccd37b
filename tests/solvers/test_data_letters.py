"""Workbooks whose sheets and columns have names of one letter, as in textbooks: bound rightly, or asked about."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from fivefold_solvers.data.bind import Bound, bind
from fivefold_solvers.data.mapping import HEADER, DataMapping
from fivefold_solvers.data.propose import propose
from fivefold_solvers.data.read import read, read_all
from fivefold_solvers.formulation.elements import Formulation, Parameter, Set

openpyxl = pytest.importorskip("openpyxl", reason="openpyxl is not installed: pip install 'fivefold[data]'")

Cells = Sequence[Sequence[object]]
FROM, TO = ["Aachen", "Bremen"], ["Oslo", "Paris", "Rome"]
SUPPLY, DEMAND, COST = [30.0, 40.0], [20.0, 25.0, 15.0], [9.0, 4.0, 1.0, 8.0, 3.0, 2.0]


def formulation(first: str, second: str, supply: str, demand: str, cost: str) -> Formulation:
    return Formulation(
        sets=(Set(name=first), Set(name=second)),
        parameters=(
            Parameter(name=supply, index=(f"k in {first}",)),
            Parameter(name=demand, index=(f"l in {second}",)),
            Parameter(name=cost, index=(f"k in {first}", f"l in {second}")),
        ),
    )


def pairs(names: list[str], values: list[float], *headers: str) -> Cells:
    return [list(headers), *([name, value] for name, value in zip(names, values, strict=True))]


def matrix(corner: str) -> Cells:
    return [[corner, *TO], *([name, *COST[3 * row : 3 * row + 3]] for row, name in enumerate(FROM))]


def bound(folder: Path, sheets: Mapping[str, Cells], asked: Formulation) -> tuple[Bound, DataMapping]:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(folder / "book.xlsx")
    tables = read_all(folder / "book.xlsx")
    mapping = propose(asked, tables)
    return bind(asked, mapping, tables), mapping


def check_whole(found: Bound, names: tuple[str, ...]) -> None:
    assert found.ok, found.main
    first, second, *parameters = names
    assert [str(atom) for atom in found.columns.sets[first].members[0].atoms()] == FROM
    assert [str(atom) for atom in found.columns.sets[second].members[0].atoms()] == TO
    values = [found.columns.parameters[name].values.tolist() for name in parameters]
    assert values == [SUPPLY, DEMAND, COST]


@pytest.mark.parametrize("case", [str, str.upper, str.lower])
def test_sheets_of_one_letter_in_any_case(case: Callable[[str], str], tmp_path: Path) -> None:
    names = ("I", "J", "s", "d", "c")
    i, j, s, d, c = map(case, names)
    sheets = {i: [[i], *([name] for name in FROM)], j: [[j], *([name] for name in TO)],
              s: pairs(FROM, SUPPLY, i, s), d: pairs(TO, DEMAND, j, d), c: matrix(i)}  # fmt: skip
    check_whole(bound(tmp_path, sheets, formulation(*names))[0], names)


def test_a_set_and_a_parameter_whose_names_differ_by_case_alone(tmp_path: Path) -> None:
    names = ("S", "D", "s", "d", "c")
    sheets = {"S": pairs(FROM, SUPPLY, "S", "s"), "D": pairs(TO, DEMAND, "D", "d"), "c": matrix("")}
    check_whole(bound(tmp_path, sheets, formulation(*names))[0], names)
    sheets = {"S": pairs(FROM, SUPPLY, "from", "s"), "D": pairs(TO, DEMAND, "to", "d"), "c": matrix("")}
    check_whole(bound(tmp_path, sheets, formulation(*names))[0], names)


def test_lists_and_matrices_without_sheets_of_their_sets(tmp_path: Path) -> None:
    names = ("I", "J", "s", "d", "c")
    sheets = {"s": pairs(FROM, SUPPLY, "", "s"), "d": pairs(TO, DEMAND, "", "d"), "c": matrix("c")}
    check_whole(bound(tmp_path, sheets, formulation(*names))[0], names)


def test_rows_and_headers_of_a_matrix_are_never_guessed(tmp_path: Path) -> None:
    asked = Formulation(
        sets=(Set(name="I"), Set(name="J")), parameters=(Parameter(name="c", index=("i in I", "j in J")),)
    )
    found, mapping = bound(tmp_path, {"c": matrix(""), "notes": [["year"], [2026]]}, asked)
    assert not found.ok
    open_sets = [question for question in mapping.open if question.kind == "set"]
    assert [question.element for question in open_sets] == ["I", "J"]
    for question in open_sets:
        assert {one.columns for one in question.candidates} == {(HEADER,), ("column_1",)}
    known = asked.model_copy(update={"sets": (Set(name="I", elements=tuple(FROM)), Set(name="J"))})
    found, mapping = bound(tmp_path, {"c": matrix(""), "notes": [["year"], [2026]]}, known)
    assert found.ok and not mapping.open
    assert found.columns.parameters["c"].values.tolist() == COST


def test_two_places_that_differ_by_case_are_asked_about(tmp_path: Path) -> None:
    asked = Formulation(
        sets=(Set(name="town", elements=tuple(TO)),), parameters=(Parameter(name="COST", index=("t in town",)),)
    )
    rows: Cells = [["town", "Cost", "cost"], *([name, 1, 2] for name in TO)]
    found, mapping = bound(tmp_path, {"prices": rows}, asked)
    assert not found.ok and [one.value for one in mapping.open[0].candidates] == ["Cost", "cost"]


def test_a_hint_goes_by_the_spelling_where_two_columns_differ_by_case(tmp_path: Path) -> None:
    (tmp_path / "towns.csv").write_text("s,S\n3,Oslo\n4,Rome\n")
    asked = Formulation(sets=(Set(name="S"),), parameters=(Parameter(name="s", index=("k in S",)),))
    tables = read(tmp_path / "towns.csv")
    mapping = propose(asked, tables, hints={"S": "towns.S", "s": "towns.s"})
    assert [(one.element, one.columns, one.value) for one in mapping.bindings] == [
        ("S", ("S",), ""),
        ("s", ("S",), "s"),
    ]


def test_the_first_row_of_a_list_is_no_header(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text(",d\nOslo,20\nParis,25\n")
    (table,) = read(tmp_path / "d.csv")
    assert len(table) == 2 and [column.name for column in table.columns] == ["column_1", "d"]
    (tmp_path / "titled.csv").write_text(",Demand in 2026\ntown,tons\nOslo,20\nParis,25\n")
    (table,) = read(tmp_path / "titled.csv")
    assert [column.name for column in table.columns] == ["town", "tons"]


HEADED = (
    "painter,barn,fence,gate\nAnn,7,4,9\nBo,5,8,6\n",
    {"PAINTERS": "minutes.painter", "JOBS": "minutes.fence"},
)


def test_a_header_that_is_named_for_a_set_stands_for_all_headers(tmp_path: Path) -> None:
    (tmp_path / "minutes.csv").write_text(HEADED[0])
    asked = Formulation(
        sets=(Set(name="PAINTERS"), Set(name="JOBS")),
        parameters=(Parameter(name="needed", index=("p in PAINTERS", "j in JOBS")),),
    )
    tables = read(tmp_path / "minutes.csv")
    for place in ("minutes", "minutes.barn"):
        mapping = propose(asked, tables, hints={**HEADED[1], "needed": place})
        sets = {one.element: one.columns for one in mapping.bindings if one.kind == "set"}
        assert sets == {"PAINTERS": ("painter",), "JOBS": ("(header)",)}
    mapping = propose(asked, tables, hints={**HEADED[1], "needed": "minutes"})
    found = bind(asked, mapping, tables)
    assert found.ok and found.columns.parameters["needed"].values.tolist() == [7, 4, 9, 5, 8, 6]


def test_a_column_of_numbers_that_another_parameter_has_is_no_header(tmp_path: Path) -> None:
    (tmp_path / "minutes.csv").write_text(HEADED[0])
    asked = Formulation(
        sets=(Set(name="PAINTERS"), Set(name="JOBS")),
        parameters=(
            Parameter(name="needed", index=("p in PAINTERS", "j in JOBS")),
            Parameter(name="gate", index=("p in PAINTERS",)),
        ),
    )
    hints = {**HEADED[1], "needed": "minutes", "gate": "minutes.gate"}
    tables = read(tmp_path / "minutes.csv")
    found = bind(asked, propose(asked, tables, hints=hints), tables)
    assert found.ok and found.columns.sets["JOBS"].decoded() == ["barn", "fence"]
    assert found.columns.parameters["needed"].values.tolist() == [7, 4, 5, 8]
    assert found.columns.parameters["gate"].values.tolist() == [9, 6]
