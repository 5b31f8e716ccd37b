"""The language reference says what is so: its example is sound, what it calls refused is, and its mends are read."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.markdown import from_markdown, to_markdown
from fivefold_solvers.formulation.parse import ExpressionError, parse
from fivefold_solvers.formulation.read import read

DOC = (Path(__file__).parents[2] / "docs" / "formulation-language.md").read_text(encoding="utf-8")


def table_below(heading: str) -> list[list[str]]:
    """Return the cells of the first table below a heading, without its two top lines."""
    lines = DOC.split(heading, 1)[1].splitlines()
    start = next(place for place, line in enumerate(lines) if line.startswith("|"))
    rows: list[list[str]] = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        rows.append([part.strip() for part in line.strip("|").split(" | ")])
    return rows


def codes(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


def test_the_example_is_sound() -> None:
    block = re.search(r"```json\n(.*?)```", DOC, re.DOTALL)
    assert block is not None
    reading = read(json.loads(block[1]))
    assert reading.formulation is not None and reading.findings == ()
    checked = check(reading.formulation)
    assert checked.ok and checked.findings == ()
    assert from_markdown(to_markdown(reading.formulation)) == (reading.formulation, [])


@pytest.mark.parametrize("cells", table_below("## What is refused"), ids=lambda cells: cells[0])
def test_what_is_refused_is_refused_and_its_mend_is_read(cells: list[str]) -> None:
    refused, mends = codes(cells[0]), codes(cells[1])
    assert len(refused) == 1
    with pytest.raises(ExpressionError):
        parse(refused[0])
    for mend in mends:
        assert parse(mend).notes == ()


@pytest.mark.parametrize("cells", table_below("### Constraints by name"), ids=lambda cells: cells[0])
def test_constraints_by_name_are_sound_in_the_form_shown(cells: list[str]) -> None:
    formulation: dict[str, Any] = {
        "sets": [{"name": name, "elements": ["a", "b", "c"]} for name in ("I", "J", "N")],
        "parameters": [{"name": "time", "index": ["j in J"], "values": [1, 2, 3]}],
        "variables": [
            {"name": "y", "domain": "binary"},
            {"name": "start", "index": ["j in J"], "upper": 9},
            {"name": "x", "upper": 9},
            {"name": "n", "domain": "integer", "upper": 9},
        ],
        "objective": {"sense": "satisfy"},
        "constraints": [{"name": "c", "expression": codes(cells[0])[0]}],
    }
    index = {"all_different": ["i in I"], "circuit": ["i in N", "j in N if i != j"]}.get(cells[0][1:].split("(")[0])
    if index is not None:
        domain = "integer" if len(index) == 1 else "binary"
        formulation["variables"][2] = {
            "name": "x",
            "index": index,
            "domain": domain,
            "upper": 1 + 2 * (len(index) == 1),
        }
    reading = read(formulation)
    assert reading.formulation is not None
    assert check(reading.formulation).ok


def test_every_function_is_named() -> None:
    named = set(re.findall(r"\w+", " ".join(codes(re.sub(r"```.*?```", "", DOC, flags=re.DOTALL)))))
    assert named >= e.FUNCTIONS
