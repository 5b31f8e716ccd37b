"""Questions about a version's best solution, answered by solving, never by an LLM."""

from __future__ import annotations

from dataclasses import asdict

from fastapi import APIRouter

from fivefold.deliverables.charts.chart import Chart
from fivefold.deliverables.charts.curve import over, trade_off
from fivefold_server.routes.own import OwnVersion
from fivefold_server.schemas.common import REFUSALS
from fivefold_server.schemas.questions import (
    AlternativesAsked,
    DiagnoseAsked,
    GoalAsked,
    ParetoAsked,
    PricesAsked,
    Question,
    RangesAsked,
    Reply,
    SliderAsked,
    WhatIfAsked,
    WhyNotAsked,
)
from fivefold_server.security.callers import Ctx
from fivefold_server.workspace.answering import answered

router = APIRouter(
    prefix="/api/v1/problems/{problem_id}/formulations/{version}", tags=["questions"], responses=REFUSALS
)


async def _reply(ctx: Ctx, found: OwnVersion, asked: Question) -> Reply:
    most_s = ctx.config.limits.question_s
    return Reply.model_validate(await ctx.work.do(answered, found.formulation, asked, most_s))


def _with(reply: Reply, chart: Chart | None) -> Reply:
    """Return an answer with its chart, where it has one."""
    shown = None if chart is None else {name: part for name, part in asdict(chart).items() if name != "nodes"}
    return reply.model_copy(update={"chart": shown})


@router.post("/diagnose", summary="Why is there no solution, or no best one?")
async def diagnose(found: OwnVersion, asked: DiagnoseAsked, ctx: Ctx) -> Reply:
    """Say what conflicts and what would mend it at which price, or what has no end."""
    return await _reply(ctx, found, asked)


@router.post("/prices", summary="What is one unit more of each limit worth?")
async def prices(found: OwnVersion, asked: PricesAsked, ctx: Ctx) -> Reply:
    """Say dual values and reduced costs, both sides where they differ, in words."""
    return await _reply(ctx, found, asked)


@router.post("/ranges", summary="How far may limits and coefficients go?")
async def ranges(found: OwnVersion, asked: RangesAsked, ctx: Ctx) -> Reply:
    """Say the ranges within which the answer, or its price, stays."""
    return await _reply(ctx, found, asked)


@router.post("/what-if", summary="What changes if something else changes?")
async def what_if(found: OwnVersion, asked: WhatIfAsked, ctx: Ctx) -> Reply:
    """Solve before and after, and say what differs."""
    return await _reply(ctx, found, asked)


@router.post("/slider", summary="How far may one number be slid?")
async def slider(found: OwnVersion, asked: SliderAsked, ctx: Ctx) -> Reply:
    """Say what it is, the ends of a slider for it, and the range within which its price or the solution stays."""
    return await _reply(ctx, found, asked)


@router.post("/why-not", summary="What would another decision cost?")
async def why_not(found: OwnVersion, asked: WhyNotAsked, ctx: Ctx) -> Reply:
    """Force the decisions, and say what they cost or what stands against them."""
    return await _reply(ctx, found, asked)


@router.post("/alternatives", summary="What else is as good?")
async def alternatives(found: OwnVersion, asked: AlternativesAsked, ctx: Ctx) -> Reply:
    """Say the next best solutions, different ones, or the room of every decision."""
    return await _reply(ctx, found, asked)


@router.post("/pareto", summary="What is the trade-off against a second objective?")
async def pareto(found: OwnVersion, asked: ParetoAsked, ctx: Ctx) -> Reply:
    """Say points of which none is beaten."""
    reply = await _reply(ctx, found, asked)
    facts = reply.model_dump()
    points = [(point["first"], point["second"]) for point in facts["points"]]
    return _with(reply, trade_off(facts["names"], points))


@router.post("/goal-seek", summary="What must a parameter be?")
async def goal_seek(found: OwnVersion, asked: GoalAsked, ctx: Ctx) -> Reply:
    """Say for which of its values the best objective reaches the target."""
    reply = await _reply(ctx, found, asked)
    objective = found.formulation.objective
    target = asked.at_most if asked.at_least is None else asked.at_least
    assert target is not None, "one of both is given"
    return _with(
        reply, over(asked.parameter, objective.description or objective.name, reply.model_dump()["grid"], target)
    )
