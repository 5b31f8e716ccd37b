"""Slips of people's files that would give a wrong number without a word: every one is read as meant, or told."""

from pathlib import Path

import pytest

from fivefold_solvers.data.bind import Bound, bind
from fivefold_solvers.data.propose import propose
from fivefold_solvers.data.read import read
from fivefold_solvers.formulation.elements import Constraint, Formulation, Parameter, Set, Variable


def _bound(folder: Path, text: str, unit: str = "") -> Bound:
    """Return the demand of sites that a file gives."""
    path = folder / "demand.csv"
    path.write_text(text, encoding="utf-8")
    formulation = Formulation(
        sets=(Set(name="SITES"),), parameters=(Parameter(name="demand", index=("i in SITES",), unit=unit),)
    )
    tables = read(path)
    return bind(formulation, propose(formulation, tables), tables)


def _values(bound: Bound) -> dict[object, float]:
    assert bound.ok, bound.main
    sites = bound.columns.sets["SITES"].decoded()
    return dict(zip(sites, bound.columns.parameters["demand"].values.tolist(), strict=True))


def _codes(bound: Bound) -> list[str]:
    return [finding.code for finding in bound.findings]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('site,demand\nA,"0,125"\nB,"2,250"\nC,900\n', [0.125, 2.25, 900]),
        ("site;demand\nA;0,125\nB;2,250\n", [0.125, 2.25]),
        ("site;demand\nA;0.125\nB;2.250\n", [0.125, 2.25]),
        ("site;demand\nA;1234,567\nB;2,250\n", [1234.567, 2.25]),
        ("site;demand\nA;1\u2019500.50\nB;2\u2019250\n", [1500.5, 2250]),
        ('site,demand\nA,"1,500"\nB,"2,250"\nC,900\n', [1500, 2250, 900]),
    ],
)
def test_a_sign_that_cannot_separate_thousands_is_the_decimal_sign(
    tmp_path: Path, text: str, expected: list[float]
) -> None:
    bound = _bound(tmp_path, text)
    assert list(_values(bound).values()) == expected
    assert not bound.findings


@pytest.mark.parametrize(
    "text", ["A,7\nB,2\n", "A,12.5\nB,2\n", "site,\nA,7\nB,2\n", "Demand of May\n\nA,7\nB,2\n", "A,2000\nB,2040\n"]
)
def test_the_first_entry_of_a_file_without_header_is_kept_and_told(tmp_path: Path, text: str) -> None:
    bound = _bound(tmp_path, text)
    assert list(_values(bound)) == ["A", "B"]
    assert _codes(bound) == ["no-header"]


def test_a_number_that_may_be_a_header_or_an_entry_is_told(tmp_path: Path) -> None:
    bound = _bound(tmp_path, "site,2024\nA,3\nB,2\n")
    assert _values(bound) == {"A": 3, "B": 2}
    assert _codes(bound) == ["doubtful-header"]
    (tmp_path / "years.csv").write_text("site,2024,2025\nA,3,2\nB,2,5\n")
    assert not read(tmp_path / "years.csv")[0].findings


@pytest.mark.parametrize("name", ["Total demand", "Demand total", "Insgesamt", "\u03a3", "Total for all sites"])
def test_a_total_by_any_name_is_left_out(tmp_path: Path, name: str) -> None:
    bound = _bound(tmp_path, f"site,demand\nA,7\nB,2\n{name},9\n")
    assert _values(bound) == {"A": 7, "B": 2}
    assert _codes(bound) == ["total-left-out"]


@pytest.mark.parametrize("last", ["All sites,20", "Total Wines,11", "Region North,20"])
def test_what_may_be_a_total_is_told(tmp_path: Path, last: str) -> None:
    bound = _bound(tmp_path, f"site,demand\nA,7\nB,2\nC,11\n{last}\n")
    assert len(_values(bound)) == 4
    assert _codes(bound) == ["maybe-total"]


def test_an_average_below_is_no_member_and_signs_are_no_totals(tmp_path: Path) -> None:
    bound = _bound(tmp_path, "site,demand\nA,7\nB,2\nAverage,4.5\n")
    assert not bound.ok
    assert _codes(bound) == ["total-row"]
    assert list(_values(_bound(tmp_path, "site,demand\nA,7\n*,2\n+,9\n"))) == ["A", "*", "+"]


def test_sums_of_huge_numbers_are_no_fault(tmp_path: Path) -> None:
    bound = _bound(tmp_path, f"site,demand\nA,{2**62}\nB,{2**62}\nC,8e307\nD,9e307\nE,8e307\nTotal,1\n")
    assert not bound.ok


@pytest.mark.parametrize(
    ("header", "unit", "factor"),
    [
        ("demand (1000 t)", "t", 1000),
        ("demand (in thousands)", "t", 1000),
        ("demand (thousands of t)", "t", 1000),
        ("demand (k EUR)", "EUR", 1000),
        ("demand (EUR '000)", "EUR", 1000),
        ("demand (Mio. EUR)", "EUR", 1000000),
        ("demand (ct)", "USD", 0.01),
        ("demand (EUR/100 km)", "EUR/km", 0.01),
    ],
)
def test_words_for_many_in_a_header_count(tmp_path: Path, header: str, unit: str, factor: float) -> None:
    bound = _bound(tmp_path, f"site,{header}\nA,85\nB,90\n", unit)
    assert _codes(bound) == ["unit-differs"]
    assert bound.main is not None
    assert f"multiply the cells by {factor:.12g} and" in bound.main.mend


@pytest.mark.parametrize("header", ["demand (2024)", "demand (EUR)", "demand (2024 EUR)", "demand (forecast)"])
def test_what_is_no_other_unit_is_not_held_against_a_column(tmp_path: Path, header: str) -> None:
    assert not _bound(tmp_path, f"site,{header}\nA,85\nB,90\n", "EUR").findings


def test_percents_are_not_taken_for_shares_or_shares_for_percents(tmp_path: Path) -> None:
    assert _values(_bound(tmp_path, "site,demand\nA,85%\nB,90%\n")) == {"A": 0.85, "B": 0.9}
    assert _values(_bound(tmp_path, "site,demand (%)\nA,85%\nB,90%\n")) == {"A": 0.85, "B": 0.9}
    assert _values(_bound(tmp_path, "site,demand %\nA,85\nB,90\n", "%")) == {"A": 85, "B": 90}
    for header in ("demand", "demand (%)"):
        signs = _bound(tmp_path, f"site,{header}\nA,85%\nB,90%\n", "%")
        assert _codes(signs) == ["unit-differs"]
        assert not signs.ok
    bare = _bound(tmp_path, "site,demand (%)\nA,85\nB,90\n")
    assert _values(bare) == {"A": 85, "B": 90}
    assert _codes(bare) == ["unit-differs"]


@pytest.mark.parametrize(
    ("members", "expression", "told"),
    [
        ("1 3 2", "stock[t] == stock[prev(t)] + demand[t]", True),
        ("W1 W3 W2", "stock[t] == stock[prev(t)] + demand[t]", True),
        ("2026-01-31 2026-03-31 2026-02-28", "stock[t] <= demand[first(T)]", True),
        ("1 2 3", "stock[t] == stock[prev(t)] + demand[t]", False),
        ("3 2 1", "stock[t] >= demand[t]", False),
        ("May March June", "stock[t] == stock[prev(t)] + demand[t]", False),
    ],
)
def test_periods_out_of_order_are_told_where_order_counts(
    tmp_path: Path, members: str, expression: str, told: bool
) -> None:
    formulation = Formulation(
        sets=(Set(name="T"),),
        parameters=(Parameter(name="demand", index=("t in T",)),),
        variables=(Variable(name="stock", index=("t in T",)),),
        constraints=(Constraint(name="balance", forall=("t in T",), expression=expression),),
    )
    path = tmp_path / "demand.csv"
    path.write_text("t,demand\n" + "".join(f"{one},{place}\n" for place, one in enumerate(members.split(), 1)))
    tables = read(path)
    bound = bind(formulation, propose(formulation, tables), tables)
    assert bound.ok, bound.main
    assert _codes(bound) == (["not-in-order"] if told else [])
    if told:
        assert bound.findings[0].row == 4
        assert members.replace(" ", ", ") in bound.findings[0].message


def test_a_number_cut_in_two_by_its_comma_is_an_error(tmp_path: Path) -> None:
    bound = _bound(tmp_path, "site,demand\nA,1,5\nB,2,25\n")
    assert not bound.ok
    assert "cut-number" in _codes(bound)
    assert _bound(tmp_path, "site,demand\nA,1,late\nB,2,\n").ok


@pytest.mark.parametrize("cells", ["010 020", "1.2M 5M", "'10 '20", "5t 7kg"])
def test_a_column_of_texts_that_is_named_like_a_parameter_is_why_it_has_no_place(tmp_path: Path, cells: str) -> None:
    first, second = cells.split()
    bound = _bound(tmp_path, f"site,demand\nA,{first}\nB,{second}\n")
    assert bound.main is not None
    assert f"column 'demand' of demand.csv is named like it and holds no numbers, but '{first}'" in bound.main.message


def test_a_parameter_whose_set_has_no_place_says_so(tmp_path: Path) -> None:
    path = tmp_path / "demand.csv"
    path.write_text("place,other,dist\nA,B,1\nB,A,2\n")
    formulation = Formulation(
        sets=(Set(name="N"),), parameters=(Parameter(name="dist", index=("i in N", "j in N if i != j")),)
    )
    tables = read(path)
    told = [str(finding) for finding in bind(formulation, propose(formulation, tables), tables).findings]
    assert any("its set `N` has none either" in one for one in told)


@pytest.mark.parametrize(
    ("shown", "unit", "expected"),
    [("0%", "", "share"), ("0.0%", "%", "share"), ('0"%"', "%", "%"), ("0.00", "%", "%"), ("0%", "EUR", "EUR")],
)
def test_numbers_that_a_spreadsheet_shows_in_percent_are_shares(
    tmp_path: Path, shown: str, unit: str, expected: str
) -> None:
    openpyxl = pytest.importorskip("openpyxl", reason="the extra `data` is not installed")
    book = openpyxl.Workbook()
    for row in (["Shares of May"], [], ["site", f"demand ({unit})" if unit else "demand"], ["A", 0.12], ["B", 0.05]):
        book.active.append(row)
    book.active["B4"].number_format = book.active["B5"].number_format = shown
    book.save(tmp_path / "demand.xlsx")
    column = read(tmp_path / "demand.xlsx")[0].column("demand")
    assert column.unit == expected
    assert column.values.tolist() == [0.12, 0.05]


@pytest.mark.parametrize(("last", "told"), [("Row sum,9,13", True), ("Rome,9,12", False)])
def test_a_column_that_adds_up_a_matrix_is_told(tmp_path: Path, last: str, told: bool) -> None:
    header, *sums = last.split(",")
    path = tmp_path / "cost.csv"
    path.write_text(f"plant,Oslo,Paris,{header}\nA,4,5,{sums[0]}\nB,6,7,{sums[1]}\n")
    formulation = Formulation(
        sets=(Set(name="PLANTS"), Set(name="SHOPS")),
        parameters=(Parameter(name="cost", index=("i in PLANTS", "j in SHOPS")),),
    )
    tables = read(path)
    bound = bind(formulation, propose(formulation, tables), tables)
    assert bound.ok, bound.main
    assert _codes(bound) == (["maybe-total"] if told else [])


@pytest.mark.parametrize(
    ("cell", "mend"),
    [("1O", "write a plain number, such as 12.5"), ("2k", "write a plain number, such as 12.5"), ("20*", "write 20"),
     ("12 kg", "write 12 and put the unit 'kg' into the header"), ("7 crates", "write 7 and put the unit 'crates'")],
)  # fmt: skip
def test_only_what_is_plainly_a_unit_is_read_off_a_number(tmp_path: Path, cell: str, mend: str) -> None:
    bound = _bound(tmp_path, f"site,demand\nA,{cell}\nB,2\n")
    assert bound.main is not None
    assert bound.main.mend.startswith(mend)
