"""Benchmark items from files, and the rule that says which value is right."""

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fivefold.errors import CallerError
from fivefold_benchmarks.items import Item, is_right, read_items


def items_of(folder: Path, text: str) -> list[Item]:
    path = folder / "items.jsonl"
    path.write_text(text, "utf-8", newline="")
    return list(read_items(path))


def test_rows_become_items(tmp_path: Path) -> None:
    text = (
        '\ufeff{"id": "a", "question": "How many?", "answer": 12, "type": "LP", "other": [1]}\r\n\n'
        '{"id": 7, "question": "Line\u2028separator", "answer": null, "kind": "MILP", "type": "LP"}\n'
        '{"id": "c", "question": "q", "answer": "No Best Solution"}'
    )
    assert items_of(tmp_path, text) == [
        Item("a", "How many?", 12.0, "LP"),
        Item("7", "Line\u2028separator", None, "MILP"),
        Item("c", "q", None, ""),
    ]
    assert items_of(tmp_path, "") == []


@pytest.mark.parametrize(
    "line", ["{", "[1]", "5", '"text"', "{}", '{"id": 1, "question": "q"}', '{"question": "q", "answer": 1}', "null"]
)
def test_a_line_that_is_no_item_is_named(tmp_path: Path, line: str) -> None:
    good = json.dumps({"id": "a", "question": "q", "answer": 1})
    with pytest.raises(CallerError, match=r"line 2 of .*items.jsonl is no item; each line needs `id`"):
        items_of(tmp_path, f"{good}\n{line}\n")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(CallerError, match=r"cannot read the items of .*none.jsonl.*give a file of JSON lines"):
        list(read_items(tmp_path / "none.jsonl"))
    (tmp_path / "bytes.jsonl").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CallerError, match="cannot read the items"):
        list(read_items(tmp_path / "bytes.jsonl"))


@pytest.mark.parametrize(
    ("value", "answer", "right"),
    [
        (100.0, 100.0, True),
        (100.009, 100.0, True),
        (100.011, 100.0, False),
        (-100.009, -100.0, True),
        (100.0, -100.0, False),
        (0.00009, 0.0, True),
        (0.00011, 0.0, False),
        (None, 5.0, False),
        (5.0, None, False),
        (None, None, False),
        (math.inf, 5.0, False),
        (math.nan, 5.0, False),
        (5.0, math.nan, False),
    ],
)
def test_which_value_is_right(value: float | None, answer: float | None, right: bool) -> None:
    assert is_right(value, answer) is right


@given(st.floats(-1e9, 1e9), st.floats(-0.99e-4, 0.99e-4))
def test_a_value_within_the_tolerance_is_right(answer: float, by: float) -> None:
    assert is_right(answer + by * max(1.0, abs(answer)), answer)
    assert not is_right(answer + 1.01e-4 * max(1.0, abs(answer)), answer)
