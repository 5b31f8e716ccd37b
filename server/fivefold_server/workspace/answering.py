"""Every question about a best solution, answered from what a client asked."""

from __future__ import annotations

from typing import Any

from fivefold.errors import CallerError
from fivefold_server.schemas.questions import (
    AlternativesAsked,
    DiagnoseAsked,
    GoalAsked,
    ParetoAsked,
    PricesAsked,
    Question,
    RangesAsked,
    SliderAsked,
    WhatIfAsked,
    WhyNotAsked,
)
from fivefold_server.workspace import questions
from fivefold_server.workspace.sliding import asked_slider
from fivefold_solvers.formulation.elements import Formulation


def answered(formulation: Formulation, asked: Question, most_s: float) -> dict[str, Any]:
    """Return the answer: `ok`, `text` and the facts.

    Args:
        formulation: what is asked about.
        asked: the question.
        most_s: seconds at most for one solve, whatever was asked for.

    Raises:
        CallerError: the question cannot be asked like this.
    """
    limit_s = min(asked.time_limit_s, most_s)
    match asked:
        case DiagnoseAsked():
            return _diagnosed(formulation, asked, limit_s)
        case PricesAsked():
            return questions.asked_prices(formulation, limit_s)
        case RangesAsked():
            return questions.asked_ranges(formulation, asked.names, limit_s)
        case WhatIfAsked():
            changes = [(change.kind, change.text) for change in asked.changes]
            return questions.asked_what_if(formulation, changes, limit_s)
        case SliderAsked():
            return asked_slider(formulation, asked.kind, asked.name, limit_s)
        case WhyNotAsked():
            return questions.asked_why_not(formulation, asked.decisions, limit_s)
        case AlternativesAsked():
            return questions.asked_alternatives(
                formulation, kind=asked.kind, count=asked.count, within=asked.within, over=asked.over, limit_s=limit_s
            )
        case ParetoAsked():
            wanted = (asked.sense, asked.expression, asked.name, asked.points, limit_s)
            return questions.asked_pareto(formulation, *wanted)
        case GoalAsked():
            return _sought(formulation, asked, limit_s)
        case _:
            raise TypeError(f"nobody answers {type(asked).__name__}")


def _diagnosed(formulation: Formulation, asked: DiagnoseAsked, limit_s: float) -> dict[str, Any]:
    weights = {name: price for name, price in asked.weights.items() if price == price}
    if any(price <= 0 for price in weights.values()) or len(weights) < len(asked.weights):
        raise CallerError("a price is above 0; name what must not move in `hard`")
    return questions.diagnosed(formulation, asked.hard, weights, limit_s)


def _sought(formulation: Formulation, asked: GoalAsked, limit_s: float) -> dict[str, Any]:
    if (asked.at_least is None) == (asked.at_most is None):
        raise CallerError("give either `at_least` or `at_most`")
    return questions.asked_goal(
        formulation, asked.parameter, asked.low, asked.high, at_least=asked.at_least, at_most=asked.at_most,
        limit_s=limit_s,
    )  # fmt: skip
