"""Cutting patterns: what they give is in no text, and the sizes that they keep to stand in no row."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from fivefold.checks import check_text
from fivefold.checks.cut_patterns import NONE, cut_patterns
from fivefold.checks.missing import missing_facts
from fivefold.formulations import loads
from fivefold_solvers.formulation.elements import Formulation

TEXT = (
    "A mill cuts paper rolls that are 84 cm wide. It needs 31 rolls of 36 cm, 24 rolls of 28 cm and 17 rolls of 20 cm. "
    "How many wide rolls does it need at least?"
)
PATTERNS = ((2, 0, 0), (1, 1, 1), (1, 0, 2), (0, 3, 0), (0, 2, 1), (0, 1, 2), (0, 0, 4))
NEEDS = (31, 24, 17)


def cutting(patterns: Sequence[Sequence[float]] = PATTERNS, *, indexed: bool = True) -> Formulation:
    """The rolls to be cut by each pattern."""
    if indexed:
        return loads(json.dumps({
            "sets": [{"name": "P", "elements": list(range(len(patterns)))}, {"name": "S", "elements": [1, 2, 3]}],
            "parameters": [
                {"name": "gives", "index": ["p in P", "s in S"], "values": patterns},
                {"name": "need", "index": ["s in S"], "values": NEEDS},
            ],
            "variables": [{"name": "cut", "index": ["p in P"], "domain": "integer"}],
            "objective": {"sense": "minimize", "expression": "sum(cut[p] for p in P)"},
            "constraints": [
                {"name": "needs", "forall": ["s in S"], "expression": "sum(gives[p, s]*cut[p] for p in P) >= need[s]"}
            ],
        }))  # fmt: skip
    names = [f"pattern{place}" for place in range(len(patterns))]
    sums = [" + ".join(f"{one[size]}*{name}" for name, one in zip(names, patterns, strict=True)) for size in range(3)]
    return loads(json.dumps({
        "variables": [{"name": name, "domain": "integer", "description": f"rolls cut by {name}"} for name in names],
        "objective": {"sense": "minimize", "expression": " + ".join(names)},
        "constraints": [
            {"name": f"size{at}", "expression": f"{total} >= {need}"}
            for at, (total, need) in enumerate(zip(sums, NEEDS, strict=True))
        ],
    }))  # fmt: skip


@pytest.mark.parametrize("indexed", [True, False])
def test_patterns_that_fit_account_for_sizes_and_length(indexed: bool) -> None:
    formulation = cutting(indexed=indexed)
    assert cut_patterns(formulation, TEXT).numbers == {36, 28, 20, 84}
    assert not check_text(formulation, TEXT)
    assert not [fact for fact in missing_facts(TEXT, formulation) if fact.kind == "constant"]


def test_a_pattern_longer_than_what_is_cut_accounts_for_nothing() -> None:
    assert cut_patterns(cutting([*PATTERNS, (1, 1, 2)]), TEXT) == NONE
    assert "number-unused" in [one.code for one in check_text(cutting([*PATTERNS, (1, 1, 2)]), TEXT)]


@pytest.mark.parametrize("text", [
    TEXT.replace("84 cm", "400 cm"),
    "A mill needs 31 reams, 24 boxes and 17 rolls.",
])  # fmt: skip
def test_texts_that_cut_nothing_of_the_kind(text: str) -> None:
    assert cut_patterns(cutting(), text) == NONE


def test_fractions_of_pieces_are_no_patterns() -> None:
    assert cut_patterns(cutting([(0.5, 1, 0), *PATTERNS]), TEXT) == NONE


def test_how_many_pieces_a_pattern_gives_needs_no_word() -> None:
    text = TEXT.replace("24 rolls", "25 rolls")  # without it 4 is 24 less 20
    formulation = cutting(indexed=False)
    rows = tuple(
        row.model_copy(update={"expression": row.expression.replace(">= 24", ">= 25")})
        for row in formulation.constraints
    )
    assert not check_text(formulation.model_copy(update={"constraints": rows}), text)
