"""JSON of formulations: exact in and out, faults with their place, and tables that come entry by entry."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fivefold_solvers.formulation.elements import (
    Formulation,
    Parameter,
    Variable,
)
from fivefold_solvers.formulation.entries import with_tables
from fivefold_solvers.formulation.json_text import from_json, to_json
from fivefold_solvers.formulation.read import read
from tests.strategies import formulations


@given(formulations())
@settings(max_examples=60, deadline=None)
def test_json_in_is_json_out(formulation: Formulation) -> None:
    text = to_json(formulation)
    assert "Infinity" not in text.replace('"Infinity"', "")
    assert from_json(text) == (formulation, [])
    assert from_json(to_json(formulation, indent=None)) == (formulation, [])


@given(st.text(max_size=40) | st.text('{}[]":,1ea ', max_size=30))
@settings(max_examples=100, deadline=None)
def test_any_text_is_read_or_refused(text: str) -> None:
    formulation, findings = from_json(text)
    assert (formulation is None) == bool(findings)


def test_infinite_numbers_stay_valid_json_and_nan_is_null() -> None:
    formulation = Formulation(
        title="to Infinity",
        parameters=(Parameter(name="p", index=("I",), values=[float("inf"), float("-inf"), float("nan")]),),
        variables=(Variable(name="x", lower=float("-inf")),),
    )
    text = to_json(formulation, indent=None)
    assert '"values": [1e999, -1e999, null]' in text
    assert '"title": "to Infinity"' in text
    back, _ = from_json(text)
    assert back is not None and back.variables[0].lower == float("-inf")


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("{", "line 1, column 2", "name"),
        ("[1]", "", "Formulation"),
        ('{"variables": [{"name": "x", "domain": "real"}]}', "variables[0] (x).domain", "'continuous'"),
        ('{"constraints": [{"name": "c"}]}', "constraints[0] (c).expression", "required"),
        ('{"sets": [{"name": "I", "colour": 1}]}', "sets[0] (I).colour", "not permitted"),
        ('{"sets": [{"name": "I", "elements": 5}]}', "sets[0] (I).elements", "valid"),
        ("[" * 100_000, "", "deep"),
        ("9" * 5000, "", "long"),
    ],
)
def test_faults_have_their_place(text: str, place: str, message: str) -> None:
    formulation, findings = from_json(text)
    assert formulation is None
    assert findings[0].where == place
    assert message in findings[0].message


def test_a_reply_with_entry_lists_is_read_with_its_tables() -> None:
    reply = {
        "title": "",
        "sets": [
            {"name": "I", "description": "", "source": None, "index": [], "elements": ["a", "b,c"], "expression": None},
            {
                "name": "S",
                "description": "",
                "source": {"kind": "stated", "quote": "a may use 1", "reason": ""},
                "index": ["i in I"],
                "elements": [{"key": ["a"], "members": [1]}, {"key": ["b,c"], "members": []}],
                "expression": None,
            },
        ],
        "parameters": [
            {
                "name": "p",
                "description": "",
                "source": None,
                "index": ["i in I", "j in I"],
                "values": [{"key": ["a", "b,c"], "value": 5}, {"key": ["b,c", "a"], "value": 7}],
                "expression": None,
                "default": 0,
                "unit": "",
            }
        ],
        "variables": [],
        "objective": {
            "name": "cost", "description": "", "source": None, "sense": "satisfy", "expression": "0", "unit": "",
        },
        "constraints": [],
        "assumptions": [],
    }  # fmt: skip
    formulation = read(with_tables(reply)).formulation
    assert formulation is not None
    assert formulation.parameters[0].values == {"a": {"b,c": 5}, "b,c": {"a": 7}}
    assert formulation.sets[1].elements == {"a": (1,), "b,c": ()}


@pytest.mark.parametrize(
    "values",
    [
        5,
        None,
        [1, 2],
        [[1], [2]],
        [],
        [{"key": ["a"], "value": 1}, {"key": ["a"], "value": 2}],
        [{"key": [], "value": 1}],
        [{"key": ["a"], "value": 1}, {"key": ["a", "b"], "value": 2}],
    ],
)
def test_values_that_are_no_clear_entries_stay_as_they_are(values: Any) -> None:
    reply = {"parameters": [{"name": "p", "values": values}]}
    assert with_tables(reply) == reply


@pytest.mark.parametrize("reply", [None, 5, [], {"parameters": 5}, {"parameters": [5], "sets": None}])
def test_any_json_may_be_given(reply: Any) -> None:
    assert with_tables(reply) == reply
