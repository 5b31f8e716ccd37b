"""Data in the forms that people have it in: Python's own, other encodings, spellings that differ between files."""

from pathlib import Path

import pandas as pd  # type: ignore[import-untyped]  # ships no types
import pytest

from fivefold_solvers.data.bind import bind
from fivefold_solvers.data.columns import Columns
from fivefold_solvers.data.finding import DataError
from fivefold_solvers.data.numerals import mend_of
from fivefold_solvers.data.propose import propose
from fivefold_solvers.data.read import read, read_all
from fivefold_solvers.formulation.elements import Constraint, Formulation, Objective, Parameter, Set, Variable
from fivefold_solvers.formulation.finding import Severity
from tests.solvers.data_cases import Told, tell
from tests.solvers.test_data_bind import entries as keyed
from tests.solvers.test_data_bind import fine

openpyxl = pytest.importorskip("openpyxl")

WELLS = Formulation(sets=(Set(name="WELLS"),), parameters=(Parameter(name="flow", index=("w in WELLS",)),))
LIFTS = Formulation(
    sets=(Set(name="SHEDS"), Set(name="YARDS")),
    parameters=(
        Parameter(name="stock", index=("s in SHEDS",)),
        Parameter(name="need", index=("y in YARDS",)),
        Parameter(name="haul", index=("s in SHEDS", "y in YARDS")),
    ),
)
LIFT_FILES = {
    "sheds.csv": "shed,stock\nEast,9\nWest,7\n",
    "yards.csv": "yard,need\nMill,4\nPort,6\n",
    "haul.csv": "shed,Mill,Port\nEast,1,2\nWest,3,5\n",
}
PIPES = Formulation(
    sets=(Set(name="NODES"),),
    parameters=(Parameter(name="toll", index=("i in NODES", "j in NODES"), default=0),),
    variables=(Variable(name="x", index=("i in NODES", "j in NODES")),),
    objective=Objective(sense="minimize", expression="sum(toll[i, j]*x[i, j] for i in NODES for j in NODES)"),
    constraints=(Constraint(name="go", expression="sum(x[i, j] for i in NODES for j in NODES) >= 1"),),
)


def entries(columns: Columns, name: str) -> dict[object, float]:
    """Return the entries of a parameter, those over one set by their member."""
    return {key if len(key) > 1 else next(iter(key)): value for key, value in keyed(columns, name).items()}


def told_of(formulation: Formulation, *sources: object) -> Told:
    tables = read_all(*sources)
    mapping = propose(formulation, tables)
    bound = bind(formulation, mapping, tables)
    return Told(bound.findings, bound, mapping, tables)


def test_a_mapping_names_frames_beside_other_data() -> None:
    flows = pd.DataFrame({"well": ["north", "south"], "flow": [3, 4]})
    more = (Parameter(name="limit"), Parameter(name="cost", index=("w in WELLS",)))
    pumps = Formulation(sets=WELLS.sets, parameters=(*WELLS.parameters, *more))
    data = {"flows": flows, "limit": 5, "cost": {"north": 1, "south": 2}}
    columns = fine(told_of(pumps, data))
    assert entries(columns, "flow") == {"north": 3, "south": 4}
    assert entries(columns, "cost") == {"north": 1, "south": 2}
    assert columns.parameters["limit"].values.tolist() == [5]


def test_mappings_with_pairs_as_keys_are_long_tables() -> None:
    haul = {("East", "Mill"): 1, ("East", "Port"): 2, ("West", "Mill"): 3, ("West", "Port"): 5}
    data = {"stock": {"East": 9, "West": 7}, "need": {"Mill": 4, "Port": 6}, "haul": haul}
    columns = fine(told_of(LIFTS, data))
    assert entries(columns, "need") == data["need"] and entries(columns, "haul") == haul
    assert [column.name for column in read(haul, name="haul")[0].columns] == ["key_1", "key_2", "haul"]


def test_lists_without_names_are_told_what_they_lack() -> None:
    wells = Formulation(sets=(Set(name="WELLS", elements=("A", "B")),), parameters=WELLS.parameters)
    (fault,) = told_of(wells, {"flow": [3, 4], "depth": [5, 6]}).main
    assert "names no member of WELLS ('A', 'B'): only numbers stand there" in fault.message


def test_tables_that_were_read_before_are_taken(tmp_path: Path) -> None:
    path = tmp_path / "wells.csv"
    path.write_bytes("well,flow\nŁódź,3\nKraków,4\n".encode("cp1250"))
    (table,) = read(path, encoding="cp1250")
    assert read(table) == (table,) and read([table]) == (table,)
    columns = fine(told_of(WELLS, read(path, encoding="cp1250")))
    assert entries(columns, "flow") == {"Łódź": 3, "Kraków": 4}


def test_an_encoding_that_is_only_supposed_is_told(tmp_path: Path) -> None:
    told = tell(tmp_path, {"wells.csv": "well,flow\nA,2\nŁódź,3\n".encode("cp1250")}, WELLS)
    (note,) = told.findings
    assert (note.code, note.severity, note.row) == ("guessed-encoding", Severity.NOTE, 3)
    assert "'£ódŸ'" in note.message and "encoding=" in note.mend
    assert not tell(tmp_path, {"wells.csv": "well;flow (€)\nA;2\nB;3\n".encode("cp1252")}, WELLS).findings


def test_spaces_that_no_one_sees_part_no_names(tmp_path: Path) -> None:
    files = {"wells.csv": "well,flow\nOld\u00a0well,3\nNew,4\n", "cost.csv": "well,cost\nOld well,5\nNew,6\n"}
    both = Formulation(sets=WELLS.sets, parameters=(*WELLS.parameters, Parameter(name="cost", index=("w in WELLS",))))
    assert entries(fine(tell(tmp_path, files, both)), "cost") == {"Old well": 5, "New": 6}
    frame = pd.DataFrame({"well": ["Old\u00a0well", "New"], "flow": [3, 4]})
    assert entries(fine(told_of(both, frame, tmp_path / "cost.csv")), "flow") == {"Old well": 3, "New": 4}


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ("NEW,5\nOLD,6\n", "one has 'New' where the other has 'NEW'"),
        ("New,5\nMid,6\n", "only the first has 'Old'"),
        ("New,5\nOld,6\nMid,7\n", ""),
    ],
)
def test_two_places_of_a_set_say_how_they_differ(other: str, words: str, tmp_path: Path) -> None:
    both = Formulation(sets=WELLS.sets, parameters=(*WELLS.parameters, Parameter(name="cost", index=("w in WELLS",))))
    told = tell(tmp_path, {"flows.csv": "well,flow\nOld,3\nNew,4\n", "costs.csv": "well,cost\n" + other}, both)
    assert told.main and words in told.main[0].message


def test_headers_in_capitals_are_named_with_the_members_they_should_be(tmp_path: Path) -> None:
    told = tell(tmp_path, {**LIFT_FILES, "haul.csv": "shed,MILL,PORT\nEast,1,2\nWest,3,5\n"}, LIFTS)
    assert [str(one) for one in told.main] == [
        "haul.csv, row 1, column 'MILL': the header 'MILL' is not in YARDS; did you mean 'Mill'?",
        "haul.csv, row 1, column 'PORT': the header 'PORT' is not in YARDS; did you mean 'Port'?",
    ]


def test_a_table_that_names_no_member_says_which(tmp_path: Path) -> None:
    told = tell(tmp_path, {**LIFT_FILES, "haul.csv": "shed,H1,H2\nEast,1,2\nWest,3,5\n"}, LIFTS)
    words = "the table 'haul' is named like it, but names no member of YARDS ('Mill', 'Port'): 'H1', 'H2' stand there"
    assert [one.code for one in told.main] == ["open-element"] and words in told.main[0].message


def test_ids_that_lost_their_zeros_are_named(tmp_path: Path) -> None:
    files = {"wells.csv": "well,kind\n007,a\n012,b\n", "flows.csv": "id,flow\n7,3\n12,4\n"}
    (fault,) = tell(tmp_path, files, WELLS).main
    assert (fault.file, fault.row) == ("flows.csv", 2) and "did you mean '007'?" in fault.mend


@pytest.mark.parametrize("header", ["from,to,toll", "city_from,city_to,toll"])
def test_places_that_only_the_roads_between_them_name(header: str, tmp_path: Path) -> None:
    told = tell(tmp_path, {"roads.csv": f"{header}\nA,B,1\nB,C,2\nA,C,4\n"}, PIPES)
    columns = fine(told)
    assert columns.sets["NODES"].decoded() == ["A", "B", "C"]
    assert entries(columns, "toll") == {("A", "B"): 1, ("B", "C"): 2, ("A", "C"): 4}


def test_a_list_of_the_places_goes_before_the_ends_of_roads(tmp_path: Path) -> None:
    files = {"nodes.csv": "node\nA\nB\n", "roads.csv": "from,to,toll\nA,B,1\nB,C,2\n"}
    (fault,) = tell(tmp_path, files, PIPES).main
    assert fault.code == "foreign-key" and "'C' is not in NODES" in fault.message


def test_one_end_that_is_named_for_a_set_brings_the_other(tmp_path: Path) -> None:
    (tmp_path / "roads.csv").write_text("from,to,toll\nA,B,1\nB,b,2\n")
    tables = read_all(tmp_path / "roads.csv")
    mapping = propose(PIPES, tables, hints={"NODES": "roads.from"})
    assert mapping.binding("NODES").columns == ("from", "to")  # type: ignore[union-attr]
    alike = bind(PIPES, mapping, tables).main
    assert alike is not None and "'b' and 'B'" in alike.message and alike.row == 3


def test_formulas_without_value_that_nothing_is_taken_from(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["well", "flow", "twice"], ["A", 3, "=B2*2"], ["B", 4, "=B3*2"], ["Total", "=SUM(B2:B3)", None]):
        book.active.append(row)
    book.save(tmp_path / "wells.xlsx")
    told = told_of(WELLS, tmp_path / "wells.xlsx")
    assert entries(fine(told), "flow") == {"A": 3, "B": 4}
    assert [(one.code, one.severity) for one in told.findings] == [
        ("no-stored-value", Severity.WARNING), ("total-left-out", Severity.NOTE),
    ]  # fmt: skip
    twice = Formulation(sets=WELLS.sets, parameters=(Parameter(name="twice", index=("w in WELLS",)),))
    main = told_of(twice, tmp_path / "wells.xlsx").main
    assert "column 'twice' of wells.xlsx is named like it and is empty" in main[0].message


def test_a_column_named_for_the_set_goes_before_the_first_one_of_its_sheet(tmp_path: Path) -> None:
    told = tell(tmp_path, {"wells.csv": "region,well,flow\nN,A,3\nN,B,4\nS,C,4\n"}, WELLS)
    assert fine(told).sets["WELLS"].decoded() == ["A", "B", "C"]


@pytest.mark.parametrize(("name", "words"), [("a.sqlite", "pandas.read_sql"), ("a.parquet", "pandas.read_parquet")])
def test_files_that_are_not_read_say_what_reads_them(name: str, words: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"x")
    with pytest.raises(DataError, match=words):
        read(tmp_path / name)


def test_the_mend_of_a_number_before_what_no_one_sees() -> None:
    assert mend_of("1.234,5\ufeff", ",") == "write 1234.5"


def test_a_column_of_one_letter_is_no_column_of_ticks(tmp_path: Path) -> None:
    crates = Formulation(
        sets=(Set(name="KINDS"), Set(name="DOORS")),
        parameters=(Parameter(name="load", index=("k in KINDS", "d in DOORS")),),
    )
    told = tell(tmp_path, {"load.csv": "kind,door,load\nX,left,1\nX,right,2\n"}, crates)
    assert entries(fine(told), "load") == {("X", "left"): 1, ("X", "right"): 2}


def test_words_beside_a_matrix_describe_its_rows(tmp_path: Path) -> None:
    files = {**LIFT_FILES, "haul.csv": "shed,owner,Mill,Port,Total\nEast,Ann,1,2,3\nWest,Bo,3,5,8\n"}
    told = tell(tmp_path, files, LIFTS)
    assert entries(fine(told), "haul")[("West", "Port")] == 5
    assert {one.code for one in told.findings} == {"foreign-header"}


def test_a_note_beside_the_table_of_a_sheet_is_told(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["well", "flow"], ["A", 3], ["B", 4], [], [None, None, None, None, "made by Otto"]):
        book.active.append(row)
    book.save(tmp_path / "wells.xlsx")
    told = told_of(WELLS, tmp_path / "wells.xlsx")
    assert entries(fine(told), "flow") == {"A": 3, "B": 4}
    (note,) = told.findings
    assert (note.code, note.severity, note.row) == ("beside-table", Severity.WARNING, 5)
    assert "made by Otto" in note.message


def test_headings_over_headers_that_come_twice(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in ([None, "Saw", None, "Paint", None], ["item", "h", "c", "h", "c"], ["A", 1, 2, 3, 4], ["B", 5, 6, 7, 8]):
        book.active.append(row)
    book.active.merge_cells("B1:C1")
    book.active.merge_cells("D1:E1")
    book.save(tmp_path / "items.xlsx")
    (table,) = read(tmp_path / "items.xlsx")
    assert [column.header for column in table.columns] == ["item", "Saw h", "Saw c", "Paint h", "Paint c"]
