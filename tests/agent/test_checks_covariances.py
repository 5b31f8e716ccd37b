"""The variance of a portfolio holds each covariance twice."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fivefold.checks.covariances import check_covariances
from fivefold.formulations import loads

TEXT = (
    "Bonds have variance 0.04, land has 0.09, and their covariance is -0.012. Spread the money with the least variance."
)


def portfolio(expression: str, **more: Any) -> list[str]:
    formulation = {
        "variables": [{"name": "bonds"}, {"name": "land"}],
        "objective": {"sense": "minimize", "expression": expression},
        "constraints": [{"name": "whole", "expression": "bonds + land == 1"}],
        **more,
    }
    return [f"{one.code} {one.message}" for one in check_covariances(loads(json.dumps(formulation)), TEXT)]


def test_a_covariance_that_is_added_once_is_found() -> None:
    assert portfolio("0.04*bonds**2 + 0.09*land**2 - 0.012*bonds*land") == [
        "covariance-once it has -0.012 for bonds times land, the covariance once"
    ]


@pytest.mark.parametrize("expression", [
    "0.04*bonds**2 + 0.09*land**2 - 2*0.012*bonds*land",
    "0.04*bonds**2 + 0.09*land**2 - 0.012*bonds*land - 0.012*land*bonds",
    "0.5*(0.04*bonds**2 + 0.09*land**2) - 0.012*bonds*land",  # half of the variance is least where it is
    "0.04*bonds**2 + 0.09*land**2",
    "0.04*bonds + 0.09*land",
])  # fmt: skip
def test_other_sums_are_left_alone(expression: str) -> None:
    assert portfolio(expression) == []


def test_a_table_is_summed_in_both_directions() -> None:
    more = {
        "sets": [{"name": "S", "elements": ["bonds", "land"]}],
        "parameters": [{"name": "cov", "index": ["i in S", "j in S"], "values": [[0.04, -0.012], [-0.012, 0.09]]}],
        "variables": [{"name": "put", "index": ["i in S"]}],
        "constraints": [{"name": "whole", "expression": "sum(put[i] for i in S) == 1"}],
    }
    assert portfolio("sum(cov[i, j]*put[i]*put[j] for i in S for j in S)", **more) == []
    assert len(portfolio("sum(cov[i, j]*put[i]*put[j] for i in S for j in S if i == j or i == first(S))", **more)) == 1
