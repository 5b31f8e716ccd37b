"""What the tools do: each takes its call and what was asked, and gives words and facts."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from fivefold.deliverables.found import checks_of
from fivefold.options import Options
from fivefold_server.errors import Refusal, not_found
from fivefold_server.mcp import shapes
from fivefold_server.mcp.calling import Call, Found, Told
from fivefold_server.mcp.following import answered, followed, own_run
from fivefold_server.mcp.formulated import meant, put_in
from fivefold_server.mcp.results import result_of
from fivefold_server.routes.asking import about_the_answer
from fivefold_server.routes.exports import file_of, material_of_run, material_of_version
from fivefold_server.routes.files import added, check_name
from fivefold_server.routes.own import held
from fivefold_server.routes.problems import title_of
from fivefold_server.routes.starting import from_words, of_version, start
from fivefold_server.schemas.formulations import Checks
from fivefold_server.schemas.questions import Question, Reply
from fivefold_server.store import audit, problems
from fivefold_server.store.connection import Db
from fivefold_server.store.events import News
from fivefold_server.store.runs import RunRow
from fivefold_server.workspace.answering import answered as replied
from fivefold_server.workspace.binding import Given, limits_of, tables_of
from fivefold_server.workspace.checking import plain_formulation
from fivefold_solvers.formulation.markdown import to_markdown


async def solve_problem(call: Call, asked: shapes.SolveProblem) -> Found:
    """Begin a run from words, or go on with the one whose question this call answers."""
    if call.resumed is None:
        return await followed(call, await _begun(call, asked))
    run = await own_run(call, call.resumed)
    if call.given is None:
        return await result_of(call.ctx, call.owner, run)
    return await followed(call, await answered(call, run, call.given))


async def _begun(call: Call, asked: shapes.SolveProblem) -> RunRow:
    ctx, owner = call.ctx, call.owner
    given = [Given(table.name, table.content.encode("utf-8", "replace")) for table in asked.data]
    for table in given:
        check_name(table.name)
    if given:
        await ctx.work.do(tables_of, given, limits_of(ctx.config))

    about = None
    if asked.problem is not None and not given:
        about = await about_the_answer(ctx, owner, asked.problem, asked.text)
    if about is not None:
        return await start(ctx, owner, None, about)
    options = Options(time_limit_s=asked.time_limit_s, ask=asked.ask, approve=asked.approve)

    def work(db: Db) -> tuple[RunRow, Sequence[News]]:
        if asked.problem is not None and problems.one(db, owner, asked.problem) is None:
            raise not_found("such problem")
        name = asked.problem or problems.add(db, owner, title_of(asked.text))
        news: list[News] = []
        kept: list[str] = []
        for table in given:
            row, told = added(db, owner=owner, problem=name, file=table, most=ctx.config.limits.files)
            kept.append(row.id)
            news += told
        run, told = from_words(
            db, owner=owner, problem=name, text=asked.text, options=options, llm=None, limits=ctx.config.limits,
            files=kept,
        )  # fmt: skip
        return run, [*news, *told]

    return await start(ctx, owner, None, work)


async def answer_question(call: Call, asked: shapes.Answer) -> Found:
    """Answer what a run asks, and follow the run that goes on."""
    run = await own_run(call, asked.run)
    return await followed(call, await answered(call, run, asked.text))


async def check_formulation(call: Call, asked: shapes.Check) -> Found:
    """Check a formulation without any solver."""
    found = await call.ctx.work.do(checks_of, await meant(call, asked))
    lines = [*found["summary"], *(finding["text"] for finding in found["findings"])]
    head = f"It can be built: {found['class']}." if found["ok"] else "It cannot be built yet."
    return Told("\n".join([head, *lines]), Checks.model_validate(found))


async def solve_formulation(call: Call, asked: shapes.SolveFormulation) -> Found:
    """Run a formulation, and audit what the solver said."""
    problem, version = await put_in(call, asked)
    limit_s = min(asked.time_limit_s, call.ctx.config.limits.solve_s)
    how: dict[str, Any] = {"library": asked.library, "solver": asked.solver, "time_limit_s": limit_s}
    work = partial(of_version, owner=call.owner, problem=problem, version=version, asked=how)
    return await followed(call, await start(call.ctx, call.owner, None, work))


async def ask(call: Call, asked: shapes.About) -> Found:
    """Answer a question about a formulation by solving."""
    assert isinstance(asked, Question), "only questions come here"
    formulation = await meant(call, asked)
    reply = await call.ctx.work.do(replied, formulation, asked, call.ctx.config.limits.question_s)
    return Told(reply["text"], Reply.model_validate(reply))


async def get_run(call: Call, asked: shapes.GetRun) -> Found:
    """Look at a run, over or not."""
    return await result_of(call.ctx, call.owner, await own_run(call, asked.run))


async def list_problems(call: Call, asked: shapes.ListProblems) -> Found:
    """List problems, the last changed first."""
    find = partial(problems.every, owner=call.owner, search=asked.search, offset=0, limit=asked.limit)
    rows, total = await call.ctx.database.read(find)
    listed = [{"id": row.id, "title": row.title, "status": row.status, "version": row.version} for row in rows]
    lines = [f"{row.id}  {row.status or 'not run'}  {row.title}" for row in rows]
    return Told("\n".join(lines) or "There are none.", shapes.Problems(problems=listed, total=total))


async def get_formulation(call: Call, asked: shapes.GetFormulation) -> Found:
    """Look at a version of a formulation."""
    found = await held(call.ctx, call.owner, asked.problem, asked.version)
    checks = await call.ctx.work.do(checks_of, found.formulation)
    text = to_markdown(found.formulation)
    shown = shapes.Shown(
        problem=found.row.problem,
        version=found.row.version,
        markdown=text,
        formulation=plain_formulation(found.row.text),
        ok=checks["ok"],
        findings=[finding["text"] for finding in checks["findings"]],
    )
    return Told(text, shown)


async def export(call: Call, asked: shapes.Export) -> Found:
    """Make a file of a run or of a version."""
    if (asked.run is None) == (asked.problem is None):
        raise Refusal(422, "caller", "it is not clear what to export", "give either `run` or `problem`")
    if asked.run is not None:
        material = await material_of_run(call.ctx, call.owner, await own_run(call, asked.run))
    else:
        found = await held(call.ctx, call.owner, asked.problem or "", asked.version)
        material = await material_of_version(call.ctx, call.owner, found)
    file = await file_of(call.ctx, material, asked.form)
    about = asked.model_dump(exclude_none=True)
    await call.ctx.database.write(partial(audit.add, who=call.owner, what="export", about=about))
    text = file.content if isinstance(file.content, str) else file.content.decode()
    return Told(text, shapes.File(name=file.name, media_type=file.media_type, text=text))
