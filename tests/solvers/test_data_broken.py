"""Broken files: each ends in exactly one main message that says where the fault is and how it is mended."""

import gzip
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from fivefold_solvers.data.finding import DataError, DataFinding
from fivefold_solvers.data.limits import Limits
from fivefold_solvers.data.read import read
from fivefold_solvers.formulation.elements import Formulation, Parameter, Set
from tests.solvers.data_cases import CITIES, COSTS, FILES, GENERAL, tell


class Broken(NamedTuple):
    name: str
    file: str
    text: str | bytes
    code: str
    row: int | None
    column: str
    message: str
    mend: str


COST = "cost (EUR/t)"
DEMAND = "demand (t)"

BINDING = [
    Broken("not available", "costs.csv", COSTS.replace(",3\n", ",n/a\n"), "not-a-number", 6, COST, "'n/a'",
           "leave the cell blank"),
    Broken("unit in a cell", "costs.csv", COSTS.replace(",3\n", ",12 kg\n"), "not-a-number", 6, COST, "'12 kg'",
           "write 12 and put the unit 'kg' into the header"),
    Broken("decimal comma in a cell", "costs.csv", COSTS.replace(",3\n", ',"1.234,5"\n'), "not-a-number", 6, COST,
           "'1.234,5'", "write 1234.5"),
    Broken("not a number by its own words", "costs.csv", COSTS.replace(",3\n", ",NaN\n"), "not-a-number", 6, COST,
           "'NaN'", "write the number"),
    Broken("infinite", "costs.csv", COSTS.replace(",3\n", ",inf\n"), "not-a-number", 6, COST, "'inf'",
           "write a finite number"),
    Broken("spreadsheet error", "costs.csv", COSTS.replace(",3\n", ",#DIV/0!\n"), "not-a-number", 6, COST,
           "'#DIV/0!'", "write the number"),
    Broken("date for a number", "costs.csv", COSTS.replace(",3\n", ",2026-03-01\n"), "not-a-number", 6, COST,
           "'2026-03-01'", "write a plain number"),
    Broken("two numbers in a cell", "costs.csv", COSTS.replace(",3\n", ",3-4\n"), "not-a-number", 6, COST, "'3-4'",
           "write a plain number"),
    Broken("blank value", "costs.csv", COSTS.replace(",3\n", ",\n"), "blank-cell", 6, COST, "blank",
           "give the parameter a default"),
    Broken("missing key", "costs.csv", COSTS.replace("Bremen,Oslo,3\n", ""), "missing-key", 6, COST,
           "('Bremen', 'Oslo')", "add a row"),
    Broken("missing member of a single index", "cities.csv",
           CITIES.replace("Oslo,25", "Oslo,"), "blank-cell", 3, DEMAND, "blank", "write the number"),
    Broken("duplicate", "costs.csv", COSTS + "Bremen,Paris,2\n", "duplicate", 8, COST, "same as in row 7",
           "remove one"),
    Broken("contradiction", "costs.csv", COSTS + "Bremen,Paris,7\n", "contradiction", 8, COST, "7 here and 2 in row 7",
           "keep one"),
    Broken("other case", "costs.csv", COSTS.replace("Bremen,Oslo", "Bremen,OSLO"), "foreign-key", 6, "city", "'OSLO'",
           "did you mean 'Oslo'?"),
    Broken("slip of spelling", "costs.csv", COSTS.replace("Bremen,Oslo", "Bremn,Oslo"), "foreign-key", 6, "plant",
           "'Bremn'", "did you mean 'Bremen'?"),
    Broken("two spaces", "costs.csv", COSTS.replace("Bremen,New York", "Bremen,New  York"), "foreign-key", 5, "city",
           "'New York' is not in CITIES", "did you mean 'New York'?"),
    Broken("hyphen for a space", "costs.csv", COSTS.replace("Bremen,New York", "Bremen,New-York"), "foreign-key", 5,
           "city", "'New-York'", "did you mean 'New York'?"),
    Broken("foreign key", "costs.csv", COSTS + "Bremen,Xanten,7\n", "foreign-key", 8, "city", "'Xanten'",
           "add it to CITIES"),
    Broken("blank key", "costs.csv", COSTS.replace("Bremen,Oslo", "Bremen,"), "blank-key", 6, "city", "blank",
           "write the name"),
    Broken("total among entries", "costs.csv", COSTS + "Total,Paris,27\n", "total-row", 8, "plant",
           "looks like a total", "remove the row"),
    Broken("total among members", "cities.csv", CITIES + "Total,61\n", "total-row", 5, "city", "looks like a total",
           "remove the row"),
    Broken("members alike", "cities.csv", CITIES + "paris,0\n", "alike", 5, "city", "'Paris' (row 4)",
           "spell them the same"),
    Broken("unit a thousand times too small", "costs.csv", COSTS.replace("EUR/t", "EUR/kg"), "unit-differs", 1,
           "cost (EUR/kg)", "EUR/kg", "multiply the cells by 1000"),
    Broken("unit of something else", "cities.csv", CITIES.replace("(t)", "[h]"), "unit-differs", 1, "demand [h]",
           "in h", "correct the header"),
    Broken("other currency", "costs.csv", COSTS.replace("EUR/t", "USD/t"), "unit-differs", 1, "cost (USD/t)", "USD/t",
           "correct the header"),
    Broken("negative demand", "cities.csv", CITIES.replace("Oslo,25", "Oslo,-25"), "negative", 3, DEMAND, "-25",
           "correct the sign"),
    Broken("less supply than demand", "cities.csv", CITIES.replace("Oslo,25", "Oslo,250"), "no-balance", 4, DEMAND,
           "215 too little", "correct one of them"),
    Broken("too many digits", "general.csv", GENERAL.replace("1000", "9007199254740993"), "beyond-2^53", 2, "value",
           "9007199254740993", "larger unit"),
    Broken("more digits than int64", "general.csv", GENERAL.replace("1000", "92233720368547758080"), "beyond-2^53", 2,
           "value", "92233720368547758080", "larger unit"),
    Broken("two values for one number", "general.csv", GENERAL + "budget,2000\n", "not-one-value", 4, "value",
           "2 rows", "keep one row"),
    Broken("mixed currencies", "costs.csv", COSTS.replace(",9\n", ",€9\n").replace(",8\n", ",$8\n"), "mixed-notation",
           2, COST, "€ and $", "in the same way"),
    Broken("percent in one cell", "costs.csv", COSTS.replace(",9\n", ",9%\n"), "mixed-notation", 2, COST,
           "percent sign", "in the same way"),
    Broken("foreign header of a matrix", "costs.csv", "plant,New York,Oslo,Pari\nAachen,9,4.5,1\nBremen,8,3,2\n",
           "foreign-header", 1, "Pari", "'Pari' is not in CITIES", "did you mean 'Paris'?"),
    Broken("blank in a matrix", "costs.csv", "plant,New York,Oslo,Paris\nAachen,9,4.5,1\nBremen,8,,2\n",
           "blank-cell", 3, "Oslo", "blank", "write the number"),
    Broken("text in a matrix", "costs.csv", "plant,New York,Oslo,Paris\nAachen,9,4.5,1\nBremen,8,?,2\n",
           "not-a-number", 3, "Oslo", "'?'", "write the number"),
    Broken("row missing in a matrix", "costs.csv", "plant,New York,Oslo,Paris\nAachen,9,4.5,1\n",
           "missing-key", 2, "(header)", "('Bremen', 'New York')", "add a row"),
]  # fmt: skip

READING = [
    Broken("empty", "costs.csv", "", "empty-file", 1, "", "is empty", "write a header row"),
    Broken("only spaces", "costs.csv", " \n \n", "empty-file", 1, "", "is empty", "write a header row"),
    Broken("only comments", "costs.csv", "# a\n# b\n", "empty-file", 1, "", "no rows", "write a header row"),
    Broken("header only", "costs.csv", "plant,city,cost\n", "no-rows", 1, "", "no rows", "write one row per entry"),
    Broken("blank rows only", "costs.csv", "plant,city,cost\n,,\n,,\n", "no-rows", 1, "", "no rows", "write one row"),
    Broken("bytes of a program", "costs.csv", b"plant,city\nAachen,\0\0\n", "not-text", 2, "", "NUL",
           "export it again"),
    Broken("packed", "costs.csv", gzip.compress(COSTS.encode()), "not-text", None, "", "gzip", "save it as CSV"),
    Broken("old spreadsheet", "costs.csv", b"\xd0\xcf\x11\xe0" + bytes(100), "not-text", None, "", "Excel",
           "save it as CSV"),
    Broken("open quote", "costs.csv", COSTS.replace("Bremen,Oslo", '"Bremen,Oslo'), "bad-quotes", 6, "", "not closed",
           "close every quote"),
    Broken("open quote in the header", "costs.csv", '"' + COSTS, "bad-quotes", 1, "", "not closed",
           "close every quote"),
    Broken("same header twice", "costs.csv", COSTS.replace("city", "plant", 1), "duplicate-header", 1, "plant",
           "columns 1 and 2", "its own header"),
    Broken("a cell too many", "costs.csv", COSTS.replace(",4.5", ",4,5"), "ragged-row", 3, COST,
           "4 cells, the header has 3", "quote cells"),
    Broken("a cell too few", "costs.csv", COSTS.replace("Oslo,4.5", "Oslo"), "ragged-row", 3, COST,
           "2 cells, the header has 3", "add the missing"),
    Broken("no header", "general.csv", "1,2\n3,4\n", "no-header", 1, "column_1", "numbers only", "row of column names"),
    Broken("cells without header", "costs.csv", COSTS.replace("city", "", 1), "no-column-name", 2, "column_2",
           "no header", "give it a header"),
    Broken("no JSON", "costs.json", '[{"plant": "Aachen",\n"city": }]', "bad-json", 2, "", "no JSON", "mend the text"),
    Broken("key twice", "costs.json", '[{"plant": "Aachen",\n"plant": 2}]', "duplicate-key", 2, "",
           "'plant' comes twice", "once"),
    Broken("nested cell", "costs.json", '[{"plant": 1}, {"plant": [1, 2]}]', "nested-cell", 2, "plant", "a list",
           "one record per entry"),
    Broken("nested without end", "costs.json", "[" * 100_000, "bad-json", None, "", "nested too deep",
           "write records"),
    Broken("no table", "costs.json", "3", "no-table", 1, "", "no table", "write records"),
    Broken("broken line", "costs.jsonl", '{"plant": 1}\n{"plant": \n', "bad-json", 2, "", "no JSON", "mend the text"),
    Broken("no zip", "costs.xlsx", COSTS, "bad-xlsx", None, "", "not a zip", "save it as .xlsx"),
    Broken("unknown ending", "costs.doc", COSTS, "unknown-ending", None, "", "'.doc'", "use .csv"),
]  # fmt: skip


def check(broken: Broken, finding: DataFinding) -> None:
    assert finding.code == broken.code, finding
    assert finding.file == broken.file
    assert finding.row == broken.row
    assert finding.column == broken.column
    assert broken.message in finding.message
    assert broken.mend in finding.mend
    for part in (broken.file, broken.message, broken.mend, broken.column):
        assert part in str(finding)


@pytest.mark.parametrize("broken", BINDING, ids=lambda broken: broken.name)
def test_broken_data_has_one_main_message(broken: Broken, tmp_path: Path) -> None:
    told = tell(tmp_path, {**FILES, broken.file: broken.text})
    assert [finding.code for finding in told.main] == [broken.code], "\n".join(map(str, told.findings))
    check(broken, told.main[0])
    assert told.bound is not None
    assert told.bound.main == told.main[0]


@pytest.mark.parametrize("broken", READING, ids=lambda broken: broken.name)
def test_broken_file_has_one_main_message(broken: Broken, tmp_path: Path) -> None:
    path = tmp_path / broken.file
    path.write_bytes(broken.text if isinstance(broken.text, bytes) else broken.text.encode())
    try:
        found = [finding for table in read(path) for finding in table.findings]
    except DataError as fault:
        found = [fault.finding]
    assert len(found) == 1, "\n".join(map(str, found))
    check(broken, found[0])


def test_enough_broken_files() -> None:
    assert len(BINDING) + len(READING) >= 40
    assert len({broken.name for broken in (*BINDING, *READING)}) == len(BINDING) + len(READING)


def test_whole_files_have_no_message(tmp_path: Path) -> None:
    told = tell(tmp_path, FILES)
    assert told.findings == ()
    assert told.bound is not None and told.bound.ok


def refused(call: Callable[[], object]) -> DataFinding:
    with pytest.raises(DataError) as caught:
        call()
    return caught.value.finding


def test_missing_file_names_its_neighbours(tmp_path: Path) -> None:
    (tmp_path / "cost.csv").write_text(COSTS)
    found = refused(lambda: read(tmp_path / "costs.csv"))
    assert (found.code, found.file, found.mend) == ("no-file", "costs.csv", "there are cost.csv")
    assert refused(lambda: read(tmp_path)).message == "it is a folder"
    assert refused(lambda: read(tmp_path / "no" / "file.csv")).mend == "check its path"


def test_only_spreadsheets_have_sheets(tmp_path: Path) -> None:
    (tmp_path / "costs.csv").write_text(COSTS)
    assert refused(lambda: read(tmp_path / "costs.csv", sheet="a")).code == "no-sheet"


def test_ten_million_columns_end_in_one_message(tmp_path: Path) -> None:
    (tmp_path / "wide.csv").write_bytes(b"a," * 10**7 + b"\n" + b"1," * 100 + b"\n")
    found = refused(lambda: read(tmp_path / "wide.csv"))
    assert (found.code, found.file, found.row) == ("too-large", "wide.csv", 1)
    assert "long form" in found.mend


def test_sizes_are_limited(tmp_path: Path) -> None:
    (tmp_path / "long.csv").write_text("a,b\n" + "1,2\n" * 200)
    assert "200" in refused(lambda: read(tmp_path / "long.csv", limits=Limits(rows=100))).message
    assert refused(lambda: read(tmp_path / "long.csv", limits=Limits(file_bytes=100))).code == "too-large"
    assert refused(lambda: read({"a": list(range(9))}, limits=Limits(cells=8))).code == "too-large"


def test_formulas_are_only_data(tmp_path: Path) -> None:
    (tmp_path / "risky.csv").write_text("name,cost\n\"=cmd|' /C calc'!A0\",1\n@SUM(1),2\n+1+1,3\n")
    table = read(tmp_path / "risky.csv")[0]
    assert table.column("name").categories == ("=cmd|' /C calc'!A0", "@SUM(1)", "+1+1")


def archive(files: dict[str, bytes]) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, text in files.items():
            packed.writestr(name, text)
    return raw.getvalue()


def test_zip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    (tmp_path / "bomb.xlsx").write_bytes(archive({"xl/workbook.xml": b" " * (80 * 2**20)}))
    found = refused(lambda: read(tmp_path / "bomb.xlsx"))
    assert found.code == "too-large" and "80 MiB" in found.message and found.mend == "save the data as CSV"


def test_entities_are_refused(tmp_path: Path) -> None:
    text = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><workbook>&a;</workbook>'
    (tmp_path / "laugh.xlsx").write_bytes(archive({"xl/workbook.xml": text}))
    assert "entities" in refused(lambda: read(tmp_path / "laugh.xlsx")).message


def test_archive_that_is_no_spreadsheet(tmp_path: Path) -> None:
    (tmp_path / "other.xlsx").write_bytes(archive({"readme.txt": b"hello"}))
    found = refused(lambda: read(tmp_path / "other.xlsx"))
    assert found.code == "bad-xlsx" and "save it as .xlsx" in found.mend


ROADS = Formulation(
    sets=(Set(name="NODES"), Set(name="ROADS")),
    parameters=(Parameter(name="length", index=("(i, j) in ROADS",)),),
)


def test_tuples_that_are_in_no_set(tmp_path: Path) -> None:
    files = {
        "nodes.csv": "node\nA\nB\nC\n",
        "roads.csv": "from,to\nA,B\nB,C\n",
        "length.csv": "from,to,length\nA,B,3\nB,c,4\n",
    }
    told = tell(tmp_path, files, ROADS)
    assert [(one.code, one.row, one.column, one.mend) for one in told.main] == [
        ("foreign-key", 3, "to", "did you mean 'C'?")
    ]
    told = tell(tmp_path, {**files, "length.csv": "from,to,length\nA,B,3\nA,C,4\n"}, ROADS)
    assert [(one.code, one.row) for one in told.main] == [("foreign-key", 3)]
    assert "(A, C) is not in ROADS" in told.main[0].message


def test_members_of_two_types(tmp_path: Path) -> None:
    formulation = Formulation(sets=(Set(name="PLANTS"),), parameters=(Parameter(name="supply", index=("PLANTS",)),))
    text = "plant,supply\nAachen,1\nBremen,2\n7,3\nCalais,4\nDelft,5\n"
    told = tell(tmp_path, {"plants.csv": text}, formulation)
    assert [(one.code, one.row, one.column, one.mend) for one in told.main] == [
        ("mixed-types", 4, "plant", "correct it if it is a slip")
    ]
    assert "'7' is a number among texts" in told.main[0].message
