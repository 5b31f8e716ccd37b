"""Charts of what a run left, chosen by the structure of its formulation."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query

from fivefold.deliverables.charts.choose import charts_of
from fivefold.plain import plain
from fivefold_server.routes.own import OwnRun
from fivefold_server.routes.runs import left_of
from fivefold_server.schemas.charts import ChartKind, Charts
from fivefold_server.schemas.common import REFUSALS
from fivefold_server.security.callers import Caller, Ctx
from fivefold_server.store import formulations

router = APIRouter(prefix="/api/v1", tags=["runs"], responses=REFUSALS)


@router.get("/runs/{run_id}/charts", summary="The solution as charts")
async def charts(
    run: OwnRun,
    ctx: Ctx,
    caller: Caller,
    name: Annotated[str | None, Query(max_length=200, description="Only of this variable")] = None,
    kind: Annotated[ChartKind | None, Query(description="Drawn as this kind, where it fits")] = None,
) -> Charts:
    """Return a Vega-Lite specification for each variable, with the reason for its kind and the table behind it."""
    left, formulation = await left_of(ctx, caller.name, run)
    values = {} if left.result is None else left.result.values
    found = await ctx.work.do(charts_of, formulation, values, name, kind)
    latest = await ctx.database.read(partial(formulations.latest_number, problem=run.problem))
    stale = run.formulation is not None and run.formulation != latest
    shown = [{name: part for name, part in asdict(one).items() if name != "nodes"} for one in found]
    return Charts.model_validate(plain({"run": run.id, "stale": stale, "charts": shown}))
