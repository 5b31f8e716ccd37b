"""The three problems that `stages.py` carries from files to a solver: written once, with data files of any size."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape

import numpy as np

from fivefold_solvers.formulation.elements import Formulation

Cell = str | int
Rows = Iterator[tuple[Cell, ...]]


class Sheet(NamedTuple):
    """One table of data, its rows made while they are written."""

    name: str
    headers: tuple[str, ...]
    rows: Callable[[], Rows]


TRANSPORT = Formulation.model_validate({
    "sets": [{"name": "PLANTS"}, {"name": "CITIES"}],
    "parameters": [
        {"name": "cost", "index": ["i in PLANTS", "j in CITIES"]},
        {"name": "supply", "index": ["i in PLANTS"]},
        {"name": "demand", "index": ["j in CITIES"]},
    ],
    "variables": [{"name": "ship", "index": ["i in PLANTS", "j in CITIES"]}],
    "objective": {"sense": "minimize", "expression": "sum(cost[i, j]*ship[i, j] for i in PLANTS for j in CITIES)"},
    "constraints": [
        {"name": "leave", "forall": ["i in PLANTS"], "expression": "sum(ship[i, j] for j in CITIES) <= supply[i]"},
        {"name": "meet", "forall": ["j in CITIES"], "expression": "sum(ship[i, j] for i in PLANTS) >= demand[j]"},
    ],
})  # fmt: skip

STOCK = Formulation.model_validate({
    "sets": [{"name": "ITEMS"}, {"name": "PERIODS"}],
    "parameters": [
        {"name": "demand", "index": ["i in ITEMS", "t in PERIODS"]},
        {"name": "price", "index": ["i in ITEMS"]},
        {"name": "keep", "index": ["i in ITEMS"]},
        {"name": "start", "index": ["i in ITEMS"]},
        {"name": "use", "index": ["i in ITEMS"]},
        {"name": "room", "index": ["t in PERIODS"]},
    ],
    "variables": [
        {"name": "make", "index": ["i in ITEMS", "t in PERIODS"]},
        {"name": "left", "index": ["i in ITEMS", "t in PERIODS"]},
    ],
    "objective": {
        "sense": "minimize",
        "expression": "sum(price[i]*make[i, t] + keep[i]*left[i, t] for i in ITEMS for t in PERIODS)",
    },
    "constraints": [
        {
            "name": "balance",
            "forall": ["i in ITEMS", "t in PERIODS"],
            "expression": "(left[i, prev(t)] if t > first(PERIODS) else start[i]) + make[i, t]"
            " == demand[i, t] + left[i, t]",
        },
        {
            "name": "capacity",
            "forall": ["t in PERIODS"],
            "expression": "sum(use[i]*make[i, t] for i in ITEMS) <= room[t]",
        },
    ],
})  # fmt: skip

ASSIGNMENT = Formulation.model_validate({
    "sets": [{"name": "TASKS"}, {"name": "WORKERS"}, {"name": "PAIRS"}],
    "parameters": [
        {"name": "cost", "index": ["(t, w) in PAIRS"]},
        {"name": "need", "index": ["t in TASKS"]},
        {"name": "most", "index": ["w in WORKERS"]},
    ],
    "variables": [{"name": "assign", "index": ["(t, w) in PAIRS"], "domain": "binary"}],
    "objective": {"sense": "minimize", "expression": "sum(cost[t, w]*assign[t, w] for (t, w) in PAIRS)"},
    "constraints": [
        {
            "name": "done",
            "forall": ["k in TASKS"],
            "expression": "sum(assign[t, w] for (t, w) in PAIRS if t == k) == need[k]",
        },
        {
            "name": "busy",
            "forall": ["k in WORKERS"],
            "expression": "sum(assign[t, w] for (t, w) in PAIRS if w == k) <= most[k]",
        },
    ],
})  # fmt: skip

FORMULATIONS = {"transport": TRANSPORT, "stock": STOCK, "assignment": ASSIGNMENT}
_SHAPES = {10: (2, 5), 1_000: (25, 40), 100_000: (250, 400), 1_000_000: (1_000, 1_000)}
_PERIODS = {10: 2, 1_000: 20, 100_000: 50, 1_000_000: 200}
_WAYS = 10
"""Workers who can do a task."""


def sheets(case: str, rows: int) -> list[Sheet]:
    """Return the tables of a case, the largest with so many rows (10, 1,000, 100,000 or 1,000,000)."""
    return {"transport": _transport, "stock": _stock, "assignment": _assignment}[case](rows)


def _transport(rows: int) -> list[Sheet]:
    plants, cities = _SHAPES[rows]
    chance = np.random.default_rng(1)
    cost = chance.integers(1, 1000, (plants, cities)).tolist()
    demand = chance.integers(1, 50, cities)
    supply = int(2 * demand.sum() / plants) + 1
    return [
        Sheet("plants", ("plant", "supply"), lambda: ((f"plant {i}", supply) for i in range(plants))),
        Sheet("cities", ("city", "demand"), lambda: ((f"city {j}", int(demand[j])) for j in range(cities))),
        Sheet(
            "costs",
            ("plant", "city", "cost"),
            lambda: ((f"plant {i}", f"city {j}", cost[i][j]) for i in range(plants) for j in range(cities)),
        ),
    ]


def _stock(rows: int) -> list[Sheet]:
    periods = _PERIODS[rows]
    items = rows // periods
    chance = np.random.default_rng(2)
    demand = chance.integers(0, 20, (items, periods))
    use = chance.integers(1, 4, items)
    rest = chance.integers(1, 9, (items, 3)).tolist()
    room = int(2 * (use[:, None] * demand).sum() / periods) + 1
    numbers = demand.tolist()
    return [
        Sheet(
            "items",
            ("item", "price", "keep", "start", "use"),
            lambda: ((f"item {i}", *rest[i], int(use[i])) for i in range(items)),
        ),
        Sheet("periods", ("period", "room"), lambda: ((t, room) for t in range(1, periods + 1))),
        Sheet(
            "demand",
            ("item", "period", "demand"),
            lambda: ((f"item {i}", t + 1, numbers[i][t]) for i in range(items) for t in range(periods)),
        ),
    ]


def _assignment(rows: int) -> list[Sheet]:
    tasks, workers = max(2, rows // _WAYS), max(5, rows // _WAYS)
    ways = rows // tasks
    chance = np.random.default_rng(3)
    # Worker t + 0 can do task t, so that there is a solution; the others are spread over all workers.
    beside = np.arange(ways) * (workers // ways) + chance.integers(0, workers // ways, (tasks, ways))
    beside[:, 0] = 0
    worker = ((np.arange(tasks)[:, None] + beside) % workers).tolist()
    cost = chance.integers(1, 100, (tasks, ways)).tolist()
    return [
        Sheet("tasks", ("task", "need"), lambda: ((f"task {t}", 1) for t in range(tasks))),
        Sheet("workers", ("worker", "most"), lambda: ((f"worker {w}", 1) for w in range(workers))),
        Sheet(
            "pairs",
            ("task", "worker", "cost"),
            lambda: ((f"task {t}", f"worker {worker[t][k]}", cost[t][k]) for t in range(tasks) for k in range(ways)),
        ),
    ]


def write_csv(tables: Iterable[Sheet], folder: Path) -> list[Path]:
    """Write each table to a file of its own."""
    paths: list[Path] = []
    for table in tables:
        path = folder / f"{table.name}.csv"
        with path.open("w", encoding="utf-8") as file:
            file.write(",".join(table.headers) + "\n")
            file.writelines(",".join(map(str, row)) + "\n" for row in table.rows())
        paths.append(path)
    return paths


_SPACE = "http://schemas.openxmlformats.org"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def write_xlsx(tables: list[Sheet], folder: Path) -> list[Path]:
    """Write all tables into one spreadsheet as spreadsheet programs do, with texts in a table of their own."""
    path = folder / "data.xlsx"
    shared: dict[str, int] = {}
    places = range(1, len(tables) + 1)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as book:
        for place, table in zip(places, tables, strict=True):
            with book.open(f"xl/worksheets/sheet{place}.xml", "w", force_zip64=True) as file:
                file.write(f'<worksheet xmlns="{_SPACE}/spreadsheetml/2006/main"><sheetData>'.encode())
                lines = _lines(table, shared)
                while part := "".join(islice(lines, 10_000)):
                    file.write(part.encode())
                file.write(b"</sheetData></worksheet>")
        texts = "".join(f"<si><t>{escape(text)}</t></si>" for text in shared)
        book.writestr("xl/sharedStrings.xml", f'<sst xmlns="{_SPACE}/spreadsheetml/2006/main">{texts}</sst>')
        names = "".join(
            f'<sheet name="{table.name}" sheetId="{place}" r:id="rId{place}"/>'
            for place, table in zip(places, tables, strict=True)
        )
        book.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{_SPACE}/spreadsheetml/2006/main" '
            f'xmlns:r="{_SPACE}/officeDocument/2006/relationships"><sheets>{names}</sheets></workbook>',
        )
        kinds = [f"worksheets/sheet{place}.xml" for place in places]
        _links(book, [*zip(kinds, ["worksheet"] * len(kinds), strict=True), ("sharedStrings.xml", "sharedStrings")])
    return [path]


def _lines(table: Sheet, shared: dict[str, int]) -> Iterator[str]:
    rows = [table.headers, *()]
    for number, row in enumerate((own for part in (iter(rows), table.rows()) for own in part), start=1):
        cells = "".join(
            f'<c r="{chr(65 + place)}{number}"><v>{cell}</v></c>'
            if isinstance(cell, int)
            else f'<c r="{chr(65 + place)}{number}" t="s"><v>{shared.setdefault(cell, len(shared))}</v></c>'
            for place, cell in enumerate(row)
        )
        yield f'<row r="{number}">{cells}</row>'


def _links(book: zipfile.ZipFile, parts: list[tuple[str, str]]) -> None:
    """Write what says which part of the archive is what."""
    relation, package = f"{_SPACE}/officeDocument/2006/relationships", f"{_SPACE}/package/2006"
    listed = "".join(
        f'<Relationship Id="rId{place}" Type="{relation}/{kind}" Target="{target}"/>'
        for place, (target, kind) in enumerate(parts, start=1)
    )
    book.writestr(
        "xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{package}/relationships">{listed}</Relationships>'
    )
    book.writestr(
        "_rels/.rels",
        f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" '
        f'Type="{relation}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    )
    told = "".join(f'<Override PartName="/xl/{target}" ContentType="{_TYPES}.{kind}+xml"/>' for target, kind in parts)
    book.writestr(
        "[Content_Types].xml",
        f'<Types xmlns="{package}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPES}.sheet.main+xml"/>{told}</Types>',
    )
