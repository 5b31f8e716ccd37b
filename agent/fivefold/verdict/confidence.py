"""How often answers that look like this one were right: a calibrated number, never a proof.

A logistic regression on what the checks and the other derivations say, fitted on problems with known answers
(docs/verdict.md says which, with which LLM, and how well it held on problems it was not fitted on). With a stronger
LLM the shares are higher; `benchmarks/verdict/risk.py --fit` fits them anew.
"""

from __future__ import annotations

import math
from typing import NamedTuple


class Signs(NamedTuple):
    """What is known of a solved answer."""

    agreeing: int
    """Independent derivations that come to the same."""
    differing: int
    """Those that come to something else."""
    penalty: float
    """Weighted doubts of the checks."""
    program: bool
    """Whether it is a program of the LLM's own, whose elements cannot be checked."""
    repaired: bool = False
    """Whether the LLM wrote it again because of what the checks had found: it has then seen what they look for."""
    curved: bool = False
    """Whether words or formulation go beyond sums; most checks read sums only, so their silence says less there."""


COEFFICIENTS = (1.971, 1.285, -0.986, -0.785, -2.251, -1.691, -1.794)
"""Of `features`, in their order."""


def features(signs: Signs) -> tuple[float, ...]:
    """Return the numbers that the regression is over."""
    return (
        1.0,
        float(signs.agreeing > 0),
        float(min(signs.differing, 2)) if not signs.agreeing else 0.0,
        min(signs.penalty, 6.0) / 2,
        float(signs.program),
        float(signs.repaired and not signs.agreeing),
        float(signs.curved),
    )


def confidence(signs: Signs) -> float:
    """Return the share of answers with such signs that were right."""
    score = sum(a * b for a, b in zip(COEFFICIENTS, features(signs), strict=True))
    return 1 / (1 + math.exp(-score))
