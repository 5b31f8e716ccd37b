"""Questions about a version's best solution, answered by solving, never by an LLM."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec

from fastapi import APIRouter

from fivefold.errors import CallerError
from fivefold_server.routes.own import OwnVersion
from fivefold_server.schemas.common import REFUSALS
from fivefold_server.schemas.questions import (
    AlternativesAsked,
    DiagnoseAsked,
    GoalAsked,
    ParetoAsked,
    PricesAsked,
    RangesAsked,
    Reply,
    WhatIfAsked,
    WhyNotAsked,
)
from fivefold_server.security.callers import Ctx
from fivefold_server.workspace import questions
from fivefold_solvers.formulation.elements import Formulation

router = APIRouter(
    prefix="/api/v1/problems/{problem_id}/formulations/{version}", tags=["questions"], responses=REFUSALS
)
Rest = ParamSpec("Rest")


async def _answered(
    ctx: Ctx,
    found: OwnVersion,
    ask: Callable[Concatenate[Formulation, Rest], dict[str, Any]],
    *args: Rest.args,
    **kwargs: Rest.kwargs,
) -> Reply:
    return Reply.model_validate(await ctx.work.do(ask, found.formulation, *args, **kwargs))


def _limit(ctx: Ctx, wanted: float) -> float:
    return min(wanted, ctx.config.limits.question_s)


@router.post("/diagnose", summary="Why is there no solution, or no best one?")
async def diagnose(found: OwnVersion, asked: DiagnoseAsked, ctx: Ctx) -> Reply:
    """Say what conflicts and what would mend it at which price, or what has no end."""
    weights = {name: price for name, price in asked.weights.items() if price == price}
    if any(price <= 0 for price in weights.values()) or len(weights) < len(asked.weights):
        raise CallerError("a price is above 0; name what must not move in `hard`")
    limit_s = _limit(ctx, asked.time_limit_s)
    return await _answered(ctx, found, questions.diagnosed, asked.hard, weights, limit_s)


@router.post("/prices", summary="What is one unit more of each limit worth?")
async def prices(found: OwnVersion, asked: PricesAsked, ctx: Ctx) -> Reply:
    """Say dual values and reduced costs, both sides where they differ, in words."""
    return await _answered(ctx, found, questions.asked_prices, _limit(ctx, asked.time_limit_s))


@router.post("/ranges", summary="How far may limits and coefficients go?")
async def ranges(found: OwnVersion, asked: RangesAsked, ctx: Ctx) -> Reply:
    """Say the ranges within which the answer, or its price, stays."""
    return await _answered(ctx, found, questions.asked_ranges, asked.names, _limit(ctx, asked.time_limit_s))


@router.post("/what-if", summary="What changes if something else changes?")
async def what_if(found: OwnVersion, asked: WhatIfAsked, ctx: Ctx) -> Reply:
    """Solve before and after, and say what differs."""
    changes = [(change.kind, change.text) for change in asked.changes]
    return await _answered(ctx, found, questions.asked_what_if, changes, _limit(ctx, asked.time_limit_s))


@router.post("/why-not", summary="What would another decision cost?")
async def why_not(found: OwnVersion, asked: WhyNotAsked, ctx: Ctx) -> Reply:
    """Force the decisions, and say what they cost or what stands against them."""
    return await _answered(ctx, found, questions.asked_why_not, asked.decisions, _limit(ctx, asked.time_limit_s))


@router.post("/alternatives", summary="What else is as good?")
async def alternatives(found: OwnVersion, asked: AlternativesAsked, ctx: Ctx) -> Reply:
    """Say the next best solutions, different ones, or the room of every decision."""
    return await _answered(
        ctx, found, questions.asked_alternatives, kind=asked.kind, count=asked.count, within=asked.within,
        over=asked.over, limit_s=_limit(ctx, asked.time_limit_s),
    )  # fmt: skip


@router.post("/pareto", summary="What is the trade-off against a second objective?")
async def pareto(found: OwnVersion, asked: ParetoAsked, ctx: Ctx) -> Reply:
    """Say points of which none is beaten."""
    limit_s = _limit(ctx, asked.time_limit_s)
    wanted = (asked.sense, asked.expression, asked.name, asked.points, limit_s)
    return await _answered(ctx, found, questions.asked_pareto, *wanted)


@router.post("/goal-seek", summary="What must a parameter be?")
async def goal_seek(found: OwnVersion, asked: GoalAsked, ctx: Ctx) -> Reply:
    """Say for which of its values the best objective reaches the target."""
    if (asked.at_least is None) == (asked.at_most is None):
        raise CallerError("give either `at_least` or `at_most`")
    return await _answered(
        ctx, found, questions.asked_goal, asked.parameter, asked.low, asked.high, at_least=asked.at_least,
        at_most=asked.at_most, limit_s=_limit(ctx, asked.time_limit_s),
    )  # fmt: skip
