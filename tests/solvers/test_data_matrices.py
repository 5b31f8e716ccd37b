"""Matrices with more than a matrix: a supply beside it, a demand below it, cells in which nothing stands."""

from pathlib import Path

import pytest

from fivefold_solvers.data.bind import Bound, bind
from fivefold_solvers.data.margins import with_margins
from fivefold_solvers.data.propose import propose
from fivefold_solvers.data.read import read
from fivefold_solvers.data.table import DataTable
from fivefold_solvers.data.text_tables import tables_in
from fivefold_solvers.formulation.elements import Constraint, Formulation, Parameter, Set

TABLEAU = """pit;Ely;Fen;Gow;loads
Ash;4;7;9;30
Bay;6;3;8;25
Cot;5;5;2;40
{foot}
"""
HINTS = {"PITS": "haul.pit", "YARDS": "haul.(header)", "fee": "haul", "loads": "haul.loads"}


def tables(folder: Path, text: str) -> tuple[DataTable, ...]:
    (folder / "haul.csv").write_text(text)
    return with_margins(read(folder / "haul.csv"))


def asked(*more: Parameter, pairs: bool = False) -> Formulation:
    over = ("(p, y) in ROADS",) if pairs else ("p in PITS", "y in YARDS")
    sets = (Set(name="PITS"), Set(name="YARDS"), *((Set(name="ROADS"),) if pairs else ()))
    return Formulation(sets=sets, parameters=(Parameter(name="fee", index=over), *more))


def bound(formulation: Formulation, found: tuple[DataTable, ...], **hints: str) -> Bound:
    known = {one.name for one in (*formulation.sets, *formulation.parameters)}
    said = {name: place for name, place in {**HINTS, **hints}.items() if name in known}
    return bind(formulation, propose(formulation, found, hints=said), found)


@pytest.mark.parametrize("foot", ["Needs;20;35;15;", "Weekly demand;20;35;15;-"])
def test_a_row_at_the_foot_of_a_matrix_is_a_table_of_its_own(foot: str, tmp_path: Path) -> None:
    found = tables(tmp_path, TABLEAU.format(foot=foot))
    label = foot.partition(";")[0]
    assert [(one.name, len(one)) for one in found] == [("haul", 3), (f"haul_{label.replace(' ', '_')}", 3)]
    loads, need = Parameter(name="loads", index=("p in PITS",)), Parameter(name="need", index=("y in YARDS",))
    got = bound(asked(loads, need), found, need=f"{found[1].name}.{label}")
    assert got.ok, got.main
    assert got.columns.sets["YARDS"].decoded() == ["Ely", "Fen", "Gow"]
    values = {name: one.values.tolist() for name, one in got.columns.parameters.items()}
    assert values == {"fee": [4, 7, 9, 6, 3, 8, 5, 5, 2], "loads": [30, 25, 40], "need": [20, 35, 15]}


@pytest.mark.parametrize(
    "foot",
    ["Demand Hill;20;35;15;10", "Dee;20;35;15;10", "Needs;20;;15;", "Order 4;1;2;3;4\nStock 5;1;2;3;4"],
    ids=["a name", "no quantity", "a gap", "names with numbers"],
)
def test_a_last_row_that_may_be_a_member_stays(foot: str, tmp_path: Path) -> None:
    found = tables(tmp_path, TABLEAU.format(foot=foot))
    assert [one.name for one in found] == ["haul"] and len(found[0]) == 3 + len(foot.splitlines())


def test_a_total_in_the_corner_belongs_to_no_column(tmp_path: Path) -> None:
    found = tables(tmp_path, TABLEAU.replace("loads", "supply").format(foot="Demand;20;35;15;95"))
    assert found[1].column("Demand").values.tolist() == [20, 35, 15]


def test_the_fees_of_a_table_with_one_row_for_each_kind_stay(tmp_path: Path) -> None:
    text = "kind;Ely;Fen\nDemand;3;4\nCost;5;6\nCapacity;9;9\nStock;2;1\n"
    assert [len(one) for one in tables(tmp_path, text)] == [4]


@pytest.mark.parametrize("place", ["haul.(header)", "haul.headers", "haul.Ely, Fen, Gow", "haul.Fen", "haul"])
def test_headers_are_named_in_more_than_one_way(place: str, tmp_path: Path) -> None:
    found = tables(tmp_path, TABLEAU.format(foot=""))
    loads = Parameter(name="loads", index=("p in PITS",))
    got = bound(asked(loads), found, YARDS=place)
    assert got.ok and got.columns.sets["YARDS"].decoded() == ["Ely", "Fen", "Gow"], got.main
    assert len(got.columns.parameters["fee"].values) == 9


def test_a_header_that_nothing_is_taken_from_is_still_a_fault(tmp_path: Path) -> None:
    given = Formulation(
        sets=(Set(name="PITS"), Set(name="YARDS", elements=("Ely", "Fen"))),
        parameters=(Parameter(name="fee", index=("p in PITS", "y in YARDS")),),
    )
    got = bound(given, tables(tmp_path, "pit;Ely;Fen;Gow\nAsh;4;7;9\nBay;6;3;8\n"))
    assert got.main is not None and "the header 'Gow' is not in YARDS" in got.main.message


GAPS = "pit;Ely;Fen;Gow\nAsh;4;-;9\nBay;;3;8\nCot;5;5;n/a\n"


def test_a_set_of_pairs_has_those_whose_cell_holds_a_number(tmp_path: Path) -> None:
    got = bound(asked(pairs=True), tables(tmp_path, GAPS), ROADS="haul")
    assert got.ok, got.main
    pairs = [("Ash", "Ely"), ("Ash", "Gow"), ("Bay", "Fen"), ("Bay", "Gow"), ("Cot", "Ely"), ("Cot", "Fen")]
    assert got.columns.sets["ROADS"].decoded() == pairs
    assert got.columns.parameters["fee"].values.tolist() == [4, 9, 3, 8, 5, 5]


def test_a_set_of_pairs_of_ticks_has_those_that_are_ticked(tmp_path: Path) -> None:
    got = bound(asked(pairs=True), tables(tmp_path, "pit;Ely;Fen;Gow\nAsh;x;;x\nBay;;x;\n"), ROADS="haul")
    assert got.columns.sets["ROADS"].decoded() == [("Ash", "Ely"), ("Ash", "Gow"), ("Bay", "Fen")]


def test_a_dash_is_a_blank_cell_where_there_is_a_default(tmp_path: Path) -> None:
    found = tables(tmp_path, GAPS)
    plain = bound(asked(), found)
    assert plain.main is not None and "'-' is not a number" in plain.main.message
    with_default = Formulation(
        sets=(Set(name="PITS"), Set(name="YARDS")),
        parameters=(Parameter(name="fee", index=("p in PITS", "y in YARDS"), default=99),),
    )
    got = bound(with_default, found)
    assert got.ok and sorted(got.columns.parameters["fee"].values.tolist()) == [3, 4, 5, 5, 8, 9]


# --- in a text -------------------------------------------------------------------------------------------


def only(text: str) -> DataTable:
    (found,) = tables_in(text)
    return found.table


def test_thousands_in_a_text_are_no_decimals() -> None:
    table = only("Hiring costs 2.5 times more.\n\ncrane  fee (EUR)  days\nA      1,200      12\nB      2,350      9\n")
    assert table.column("fee").values.tolist() == [1200, 2350]
    table = only("Depots:\n\ndepot | rent | room\n--- | --- | ---\nA | $41,500 | 5,200\nB | $29,900 | 3,000\n")
    assert table.column("rent").values.tolist() == [41500, 29900]
    assert table.column("room").values.tolist() == [5200, 3000] and not table.findings
    table = only("Ein Kran kostet 2,5 mal so viel.\n\nKran  Miete\nA     1,250\nB     2,350\n")
    assert table.column("Miete").values.tolist() == [1.25, 2.35]


def test_a_header_over_two_lines_is_one() -> None:
    table = only(
        "Feed:\nGrain     Price     Protein  In store\n          (EUR/t)   (%)      (kg)\n"
        "Oats        190       11       500\nFish meal   870       62        40\nLime         38        0       120\n"
    )
    assert [(one.name, one.unit) for one in table.columns] == [
        ("Grain", ""), ("Price", "EUR/t"), ("Protein", "%"), ("In store", "kg"),
    ]  # fmt: skip
    assert table.column("Protein").values.tolist() == [11, 62, 0]
    table = only(
        "          Labour  Steel\nProduct   hours   kg      Profit\n"
        "Vice      3       8       21\nJack      5       14      40\n"
    )
    assert [one.name for one in table.columns] == ["Product", "Labour hours", "Steel", "Profit"]


def test_a_blank_cell_of_an_aligned_table_is_known_by_its_place() -> None:
    table = only("crew   Mon   Tue   Wed\nred      3     4     5\nblue     2           6\ngreen          1     7\n")
    assert table.column("Tue").values[[0, 2]].tolist() == [4, 1] and table.column("Tue").blanks.tolist() == [0, 1, 0]
    assert tables_in("crew    Mon    Tue\nred       3      4\nblue  2\ngreen     1      5\n") == []


def test_a_blank_corner_without_a_line_before_it_stays() -> None:
    table = only("Distances:\n\n | Ayr | Bute\n--- | --- | ---\nCrail | 4 | 7\nDoune | 6 | 3\n")
    assert [column.name for column in table.columns] == ["column_1", "Ayr", "Bute"]


def test_the_number_of_a_table_is_no_part_of_its_name() -> None:
    assert only("Table 2. Hire of boats\nboat  fee\nGull  30\nTern  45\n").name == "Hire of boats"


# --- sets of pairs ---------------------------------------------------------------------------------------

CREW = "name,days,pay,skill\nAnn,4,180,senior\nBo,5,200,junior\nCy,4,190,senior\n"


@pytest.mark.parametrize("place", ["crew.name, crew.skill", "crew.name, skill", "crew.name and crew.skill"])
@pytest.mark.parametrize("row", ["sum(on[n] for (n, k) in KIND if k == 'senior') >= 1", "{member} >= 1"])
def test_the_columns_that_are_listed_are_the_pairs(place: str, row: str, tmp_path: Path) -> None:
    (tmp_path / "crew.csv").write_text(CREW)
    member = "sum(on[n] for n in NAMES if (n, 'senior') in KIND)"
    formulation = Formulation(
        sets=(Set(name="NAMES"), Set(name="KIND")),
        constraints=(Constraint(name="skilled", expression=row.format(member=member)),),
    )
    found = read(tmp_path / "crew.csv")
    got = bind(formulation, propose(formulation, found, hints={"NAMES": "crew.name", "KIND": place}), found)
    assert got.ok, got.main
    assert got.columns.sets["KIND"].decoded() == [("Ann", "senior"), ("Bo", "junior"), ("Cy", "senior")]
    assert got.columns.sets["NAMES"].decoded() == ["Ann", "Bo", "Cy"]


def test_supplies_that_add_up_to_nothing_may_be_negative(tmp_path: Path) -> None:
    asked = Formulation(sets=(Set(name="NODES"),), parameters=(Parameter(name="supply", index=("n in NODES",)),))
    for last, told in ((-12, []), (-9, ["negative"])):
        found = tables(tmp_path, f"node;supply\na;7\nb;5\nc;0\nd;{last}\n")
        assert [one.code for one in bind(asked, propose(asked, found), found).findings] == told
