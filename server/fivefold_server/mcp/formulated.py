"""Which formulation a call means: one that it brings, or a version that is kept."""

from __future__ import annotations

import json
from functools import partial

from fivefold.deliverables.found import checks_of
from fivefold.errors import CallerError
from fivefold.formulations import loads
from fivefold_server.errors import Refusal, not_found
from fivefold_server.mcp.calling import Call
from fivefold_server.mcp.shapes import About
from fivefold_server.routes.formulations import keep
from fivefold_server.routes.own import held
from fivefold_server.store import formulations, problems
from fivefold_server.store.formulations import NewVersion
from fivefold_server.workspace.checking import text_of
from fivefold_solvers.formulation.elements import Formulation


async def meant(call: Call, asked: About) -> Formulation:
    """Return the formulation that is asked about.

    Raises:
        Refusal: it is not clear which, or there is no such version.
        CallerError: it cannot be read.
    """
    if asked.formulation is None:
        if asked.problem is None:
            raise Refusal(422, "caller", "it is not clear which formulation", "give `formulation` or `problem`")
        return (await held(call.ctx, call.owner, asked.problem, asked.version)).formulation
    if asked.version is not None:
        raise Refusal(422, "caller", "`version` names one that is kept", "leave out `version` or `formulation`")
    return await call.ctx.work.do(_read, asked.formulation)


async def put_in(call: Call, asked: About) -> tuple[str, int]:
    """Return problem and number of the version that is to be run; a formulation that the call brings is kept first.

    Raises:
        Refusal: it is not clear which, or there is no such problem or version.
        CallerError: it cannot be read.
    """
    ctx, owner = call.ctx, call.owner
    formulation = await meant(call, asked)
    if asked.formulation is None:
        found = await held(ctx, owner, asked.problem or "", asked.version)
        return found.row.problem, found.row.version
    checks = await ctx.work.do(checks_of, formulation)
    problem = asked.problem
    if problem is None:
        title = formulation.title or "A formulation"
        problem = await ctx.database.write(partial(problems.add, owner=owner, title=title))
    elif await ctx.database.read(partial(problems.one, owner=owner, name=problem)) is None:
        raise not_found("such problem")
    parent = await ctx.database.read(partial(formulations.latest_number, problem=problem))
    kept = await keep(ctx, owner, problem, NewVersion(text_of(formulation), checks, parent, "user"))
    return kept.problem, kept.version


def _read(given: str | dict[str, object]) -> Formulation:
    if isinstance(given, str):
        return loads(given)
    try:
        return loads(json.dumps(given))
    except RecursionError:
        raise CallerError("the formulation is too deep; a formulation has a few levels only") from None
