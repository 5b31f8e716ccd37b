"""Goods that come from nowhere at a place of a network, and the many ways in which right formulations balance one."""

from __future__ import annotations

from typing import Any

import pytest

from fivefold.verdict.verification import verify
from fivefold_solvers.formulation.read import read

GAS = (
    "Gas flows from field K, which gives up to 90 units a day, to the towns L, M and N, which need 20, 30 and 25 units "
    "a day. A pipe from K to L costs 2 per unit, from K to M 5, from L to M 2, from L to N 6, and from M to N 1. What "
    "is the cheapest way to meet the needs?"
)
FIELD, L, M, N = "kl + km <= 90", "kl - lm - ln == 20", "km + lm - mn == 30", "ln + mn == 25"
ARCS = ("kl", "km", "lm", "ln", "mn")
COST = "2*kl + 5*km + 2*lm + 6*ln + mn"


def told(text: str, raw: dict[str, Any]) -> list[str]:
    """What is said of flows when a formulation is verified."""
    formulation = read(raw).formulation
    assert formulation is not None
    found = verify(formulation, text)
    assert found.answer is not None and found.answer.result.solved, found.findings
    return [str(one) for one in found.findings if one.code == "flow"]


def gas(*rows: str, objective: str = COST) -> list[str]:
    said = [{"name": arc, "description": f"units from {arc[0].upper()} to {arc[1].upper()}"} for arc in ARCS]
    constraints = [{"name": f"r{at}", "expression": row} for at, row in enumerate(rows)]
    goal = {"sense": "minimize", "expression": objective}
    return told(GAS, {"variables": said, "objective": goal, "constraints": constraints})


@pytest.mark.parametrize(
    "rows",
    [
        (FIELD, L, M, N),
        (FIELD, "kl >= 20 + lm + ln", "km + lm >= 30 + mn", "ln + mn >= 25"),
        (FIELD, "lm + ln <= kl - 20", "30 <= km + lm - mn", N),
    ],
)
def test_balances_of_any_writing_are_not_told(rows: tuple[str, ...]) -> None:
    assert gas(*rows) == []


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ((FIELD, "kl == 20", M, N), "55 leave L and 20 come to it"),
        ((FIELD, "kl - lm - ln <= 20", "km + lm - mn <= 30", N), "leave"),
        ((FIELD, L, "km + lm + mn == 30", N), "25 leave M and 5 come to it"),
        ((FIELD, L, "km + lm == 30", N), "no row says that no more leaves M"),
        ((FIELD, "kl >= 20", "km + lm >= 30", "ln + mn >= 25"), " leave L and 20 come to it"),
    ],
)
def test_what_comes_from_nowhere_is_told_with_its_place(rows: tuple[str, ...], words: str) -> None:
    (said,) = gas(*rows)
    assert words in said
    assert "write kl == lm + ln, with what L itself" in said or "write km + lm == mn, with what M itself" in said


FLOUR = (
    "A miller ships flour from two mills with 60 and 50 sacks over two depots to three bakeries that need 30, "
    "40 and 25 sacks. To the depots a sack costs 3 and 5 from the first mill, 4 and 2 from the second; from the first "
    "depot it costs 6, 4 and 7 to the bakeries, the second 5, 8 and 3. Nothing stays there. What is cheapest?"
)


def flour(*more: dict[str, Any], **parts: Any) -> list[str]:
    """Two families that meet in the depots, with what ties them."""
    rows = [
        {"name": "have", "forall": ["m in M"], "expression": "sum(to[m, d] for d in D) <= have[m]"},
        {"name": "need", "forall": ["b in B"], "expression": "sum(on[d, b] for d in D) >= need[b]"},
        *more,
    ]
    paid = "sum(cost_in[m, d]*to[m, d] for m in M for d in D) + sum(cost_out[d, b]*on[d, b] for d in D for b in B)"
    return told(FLOUR, {
        "sets": [{"name": "M", "elements": [1, 2]}, {"name": "D", "elements": ["east", "west"]},
                 {"name": "B", "elements": [1, 2, 3]}],
        "parameters": [
            {"name": "have", "index": ["m in M"], "values": [60, 50]},
            {"name": "need", "index": ["b in B"], "values": [30, 40, 25]},
            {"name": "cost_in", "index": ["m in M", "d in D"], "values": [[3, 5], [4, 2]]},
            {"name": "cost_out", "index": ["d in D", "b in B"], "values": [[6, 4, 7], [5, 8, 3]]},
        ],
        "variables": [
            {"name": "to", "index": ["m in M", "d in D"], "description": "sacks from mill to depot"},
            {"name": "on", "index": ["d in D", "b in B"], "description": "sacks from depot to bakery"},
            *parts.get("variables", []),
        ],
        "objective": {"sense": "minimize", "expression": paid},
        "constraints": rows,
    })  # fmt: skip


def test_families_that_meet_in_a_set_are_tied_there() -> None:
    comes, goes = "sum(to[m, d] for m in M)", "sum(on[d, b] for b in B)"
    each = ["d in D"]
    assert flour({"name": "depot", "forall": each, "expression": f"{comes} == {goes}"}) == []
    kept = {"name": "kept", "index": each, "description": "sacks at a depot"}
    counted = {"name": "kept_is", "forall": each, "expression": f"kept[d] == {comes}"}
    spent = {"name": "spent", "forall": each, "expression": f"{goes} <= kept[d]"}
    assert flour(counted, spent, variables=[kept]) == []
    (said,) = flour({"name": "depot", "forall": each, "expression": f"{comes} <= {goes}"})
    assert "leave" in said and "east" in said
    whole = {
        "name": "whole",
        "expression": f"sum(to[m, d] for m in M for d in D) == {goes[:-1]} for d in D)",
    }
    (said,) = flour(whole)
    assert "no row ties the two" in said


def test_lines_that_are_asked_for_alone_and_shifts_go_on_nowhere() -> None:
    lines = [{"name": name, "domain": "integer", "description": f"buses from {start} to {end}"}
             for name, start, end in (("ab", "Ash", "Birch"), ("bc", "Birch", "Cedar"))]  # fmt: skip
    rows = [{"name": "r1", "expression": "40*ab >= 200"}, {"name": "r2", "expression": "40*bc >= 300"}]
    goal = {"sense": "minimize", "expression": "90*ab + 70*bc"}
    text = (
        "Buses run between the stations Ash, Birch and Cedar. Each carries 40 people. 200 people go from Ash to Birch "
    )
    text += (
        "and 300 from Birch to Cedar. A bus costs 90 from Ash to Birch and 70 from Birch to Cedar. Minimize the cost."
    )
    assert told(text, {"variables": lines, "objective": goal, "constraints": rows}) == []
