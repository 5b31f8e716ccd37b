"""Whatever bytes come: a table or one message, never another exception."""

import io
import random
import warnings
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fivefold_solvers.data.bind import bind
from fivefold_solvers.data.csv_file import CsvOptions, read_csv
from fivefold_solvers.data.finding import DataError
from fivefold_solvers.data.json_file import read_json
from fivefold_solvers.data.limits import Limits
from fivefold_solvers.data.mapping import show
from fivefold_solvers.data.propose import propose
from fivefold_solvers.data.read import read_all
from fivefold_solvers.data.summary import summary
from fivefold_solvers.data.table import DataTable
from fivefold_solvers.data.text_tables import tables_in
from fivefold_solvers.data.xlsx_file import read_xlsx
from tests.solvers.data_cases import CITIES, COSTS, FILES, TRANSPORT, write

openpyxl = pytest.importorskip("openpyxl")

bits = st.sampled_from([
    "a", "b", "1", "2.5", "-3", "1e5", "", " ", ",", ",", ",", ";", "\t", "\n", "\n", "\n", '"', '""', "#", "|", "\r\n",
    "1.234,5", "n/a", "%", "€", "(", ")", "[kg]", "\u00a0", "\ufeff", "\x1f", "\x1e", "\x0b", "\x0c", "\x85", "\u2028",
    "é", "日本", "😀", "inf", "nan", "2026-01-01", "1/2/2026", "007", "9" * 25, "x" * 600, "=", "'", "true", "1e999",
])  # fmt: skip
texts = st.lists(bits, max_size=40).map("".join)


def consistent(table: DataTable) -> None:
    assert len({len(column.values) for column in table.columns} | {len(table)}) == 1
    assert len({column.name for column in table.columns}) == len(table.columns)
    for column in table.columns:
        assert len(column.blanks) == len(table)
        if column.categories is not None and len(table):
            assert column.values.min() >= -1 and column.values.max() < max(1, len(column.categories))
            assert len(set(column.categories)) == len(column.categories)
        for place in range(min(3, len(table))):
            column.text(place)
    assert list(table.rows) == sorted(set(table.rows.tolist()))
    summary(table)


@settings(max_examples=400, deadline=None)
@given(texts)
def test_any_text(text: str) -> None:
    try:
        table = read_csv(text.encode(), "t.csv", "t", CsvOptions(), Limits())
    except DataError:
        return
    consistent(table)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes(raw: bytes) -> None:
    for read in (
        lambda: read_csv(raw, "t.csv", "t", CsvOptions(), Limits()),
        lambda: read_json(raw, "t.json", "t", Limits()),
        lambda: read_xlsx(raw, "t.xlsx", "t", None, None, Limits()),
    ):
        with pytest.raises(DataError) if not raw else _either():
            read()


class _either:
    def __enter__(self) -> None: ...

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> bool:
        return kind is not None and issubclass(kind, DataError)


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(10**20), 10**20), st.floats(), bits),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(bits, inner, max_size=4)),
    max_leaves=14,
)


@settings(max_examples=250, deadline=None)
@example({"a": {"a": None, "b": {}}, "b": {"a": {}}})
@given(json_values)
def test_any_json(value: object) -> None:
    import json

    with _either():
        for table in read_json(json.dumps(value).encode(), "t.json", "t", Limits()):
            consistent(table)


@settings(max_examples=200, deadline=None)
@given(texts)
def test_any_text_of_a_problem(text: str) -> None:
    for found in tables_in(text):
        consistent(found.table)
        assert 0 <= found.start < found.end <= len(text)


@settings(max_examples=120, deadline=None)
@given(texts, texts, texts)
def test_any_files_are_bound_or_told(costs: str, cities: str, general: str) -> None:
    files = {"costs": COSTS + costs, "cities": CITIES + cities, "general": "name,value\nbudget,3\n" + general}
    try:
        tables = [read_csv(text.encode(), f"{name}.csv", name, CsvOptions(), Limits()) for name, text in files.items()]
    except DataError:
        return
    mapping = propose(TRANSPORT, tables)
    show(mapping)
    bound = bind(TRANSPORT, mapping, tables)
    assert not bound.ok  # there is no supply
    for finding in bound.findings:
        assert str(finding).isprintable() and len(str(finding)) < 900


def test_damaged_spreadsheets(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["city", "demand"], ["Oslo", 3], ["Rome", "x"]):
        book.active.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    raw = buffer.getvalue()
    chance = random.Random(7)
    for _ in range(60):
        damaged = bytearray(raw)
        for _ in range(chance.randrange(1, 20)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with _either():
                for table in read_xlsx(
                    bytes(damaged[: chance.randrange(len(raw))]), "t.xlsx", "t", None, None, Limits()
                ):
                    consistent(table)
            with _either():
                for table in read_xlsx(bytes(damaged), "t.xlsx", "t", None, None, Limits()):
                    consistent(table)


def test_odd_names_in_mapping_and_messages(tmp_path: Path) -> None:
    evil = "a|b\n`rm`\x1b[0m " + "z" * 100
    tables = read_all({"evil": [{evil: "x", "demand": 1}]}, *write(tmp_path, {"plants.csv": FILES["plants.csv"]}))
    mapping = propose(TRANSPORT, tables)
    text = show(mapping)
    assert "\x1b" not in text and "z" * 60 not in text
    for finding in bind(TRANSPORT, mapping, tables).findings:
        assert "\x1b" not in str(finding)
