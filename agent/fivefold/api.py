"""The Python face: `solve`, `asolve`, `stream`, and `resume`, `aresume` for runs that wait or were stopped."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from fivefold.computing import computed
from fivefold.connecting import connected_llm, tools_for
from fivefold.ending import outcome_of
from fivefold.errors import CallerError
from fivefold.events import Event
from fivefold.options import Options, options_named, options_with
from fivefold.outcome import Outcome
from fivefold.problem import Problem
from fivefold.prompts import resumed_options, with_prompts_by_id
from fivefold.settings import Settings, from_environment

if TYPE_CHECKING:
    from fivefold.arguments import Arguments, OptionsByName, ResumeArguments
    from fivefold.change import Change
    from fivefold.graph import Reached, Waiting
    from fivefold.keeper import Keeper
    from fivefold.llm import LLM
    from fivefold.state import State
    from fivefold.tools import Tools
    from fivefold.waiting import Given
    from fivefold_solvers.data.table import DataTable

CHECKPOINTS = "runs.sqlite"
"""File in the data folder that keeps every step of every run."""


def solve(problem: str | Problem, **arguments: Unpack[Arguments]) -> Outcome:
    """Solve a problem and wait for it; see `asolve` for the arguments.

    Raises:
        CallerError: as `asolve`, and inside a running event loop, where `await asolve(...)` is due.
    """
    if _inside_loop():
        raise CallerError("`solve` cannot run inside an event loop; write `await fivefold.asolve(...)`")
    return asyncio.run(asolve(problem, **arguments))


async def asolve(
    problem: str | Problem,
    *,
    data: Sequence[object] = (),
    change: Change | None = None,
    llm: str | LLM | None = None,
    base_url: str | None = None,
    api_key: str | None = None,
    options: Options | None = None,
    settings: Settings | None = None,
    llm_timeout_s: float = 600.0,
    trace: Path | str | None = None,
    checkpoint: bool | Keeper = True,
    resume: str | None = None,
    reply: Given | None = None,
    run_id: str | None = None,
    on_event: Callable[[Event], None] | None = None,
    **changed: Unpack[OptionsByName],
) -> Outcome:
    """Return everything that comes of a problem in words; a problem without a solution is an outcome too.

    Args:
        problem: the text, or a `Problem`.
        data: paths of data files (`name=path` names a table), frames, lists and mappings; one alone needs no list.
        change: a formulation of this problem that stands and what is to be different in it, in words.
        llm: name of the LLM at the endpoint, or a connected `fivefold.llm.LLM`.
        base_url: OpenAI-compatible endpoint; without one that of the environment, else the embedded LLM.
        api_key: key for `base_url`.
        options: bounds and choices; single ones may be given by name as well (`changed`), e.g. `rounds=0`.
        settings: instead of the environment.
        llm_timeout_s: seconds at most for one request; not used with a connected `LLM`.
        trace: file that gets every span as it ends (JSON lines).
        checkpoint: whether every step is kept, so that a killed run can be resumed; or who keeps it.
        resume: id of an unfinished run to go on with; bounds given now change, `problem` must be the same or empty.
        reply: with `resume`, what a person says to `Outcome.waiting`; see `fivefold.waiting.Given`.
        run_id: id for a new run; made up unless given.
        on_event: called with each `Event` as it happens.

    Raises:
        CallerError: the arguments or the text cannot be worked with.
        OutsideError: this machine cannot keep or run what is needed; the message says what.
        LLMError: the LLM endpoint failed and retries did not help; the run can be resumed.
    """
    settings = settings or from_environment()
    data = data if isinstance(data, list | tuple) else (data,)  # one file or frame alone is taken as meant
    checkpoints = _checkpoints(checkpoint or resume is not None, settings)
    name = resume or run_id or uuid.uuid4().hex[:12]
    if resume is None:
        chosen = with_prompts_by_id(options_with(options, changed), settings)
        _check_waiting(chosen, checkpoints, reply)
        stated, tables = await computed(_attached, problem, data, chosen, settings.isolation, change is not None)
    else:
        stated, chosen, tables = await _resumed(name, problem, data, checkpoints, options, changed, settings)
    start = _start(name, stated, chosen, change) if resume is None else None
    tell, clock = on_event or _silent, time.perf_counter()
    tell(Event(kind="run", message=name, data={"run_id": name, "resumed": start is None}))
    async with connected_llm(llm, base_url, api_key, settings, llm_timeout_s, tell) as connected:
        tools = tools_for(connected, chosen, tell, settings, tables)
        reached = await _recorded(start, name, stated, tools, checkpoints, trace, settings, api_key, reply)
    return _told(outcome_of(name, reached, tools, time.perf_counter() - clock), tell)


def resume(run: str, reply: Given | None = None, **arguments: Unpack[ResumeArguments]) -> Outcome:
    """Go on with a run that waits for a reply or was stopped, and wait for it; see `asolve`."""
    return solve("", resume=run, reply=reply, **arguments)


async def aresume(run: str, reply: Given | None = None, **arguments: Unpack[ResumeArguments]) -> Outcome:
    """Go on with a run that waits for a reply or was stopped; see `asolve`."""
    return await asolve("", resume=run, reply=reply, **arguments)


async def stream(problem: str | Problem, **arguments: Unpack[Arguments]) -> AsyncGenerator[Event]:
    """Yield what happens while a problem is solved; the last event, `done`, carries the `Outcome`.

    A run that has to wait for a person tells what for, `question` or `approval`, and then ends with `done` too. Takes
    the arguments of `asolve`. Leaving the loop early cancels the run.
    """
    queue: asyncio.Queue[Event | None] = asyncio.Queue()
    also = arguments.get("on_event") or _silent

    def hear(event: Event) -> None:
        queue.put_nowait(event)
        also(event)

    listening: dict[str, Any] = {**arguments, "on_event": hear}
    running = asyncio.create_task(asolve(problem, **listening))
    running.add_done_callback(lambda _: queue.put_nowait(None))
    try:
        while (event := await queue.get()) is not None:
            yield event
        await running
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def unfinished_runs(settings: Settings | None = None) -> list[Waiting]:
    """Return the runs that can be resumed, latest first.

    Raises:
        OutsideError: the checkpoints cannot be read.
    """
    from fivefold.graph import unfinished

    return await unfinished((settings or from_environment()).data_dir / CHECKPOINTS)


def _inside_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _checkpoints(kept: bool | Keeper, settings: Settings) -> Path | Keeper | None:
    if isinstance(kept, bool):
        return settings.data_dir / CHECKPOINTS if kept else None
    return kept


def _check_waiting(options: Options, checkpoints: Path | Keeper | None, reply: Given | None) -> None:
    if reply is not None:
        raise CallerError("`reply` is for a run that waits; name it with `resume`")
    if checkpoints is None and (options.ask or options.approve):
        raise CallerError("a run that waits for a person has to be kept; leave `checkpoint=False` out, or do not ask")
    if options.approve and options.free_program:
        raise CallerError("with `free_program` there is no formulation to approve; leave one of the two out")


def _told(outcome: Outcome, tell: Callable[[Event], None]) -> Outcome:
    """Tell how far a run came, and return it."""
    pause = outcome.waiting
    if pause is not None:
        tell(Event(kind=pause.kind, message=pause.text, data={"pause": pause}))
    said = "waits for a reply" if pause is not None else str(outcome.verdict.grade)
    tell(Event(kind="done", message=said, data={"outcome": outcome}))
    return outcome


def _silent(event: Event) -> None:
    """Hear an event and do nothing."""


def _attached(
    given: str | Problem, data: Sequence[object], options: Options, isolation: str, changing: bool
) -> tuple[Problem, tuple[DataTable, ...]]:
    """Return the problem with where its data is, and the data."""
    problem = given if isinstance(given, Problem) else Problem.from_text(given)
    if data and options.free_program:
        raise CallerError(
            "`free_program` cannot be had with data: the LLM would have to copy what it never sees; "
            "leave one of them out"
        )
    tables: tuple[DataTable, ...] = ()
    if data:
        from fivefold.data.attached import attach

        tables, sources = attach(data, isolation)
        problem = problem.model_copy(update={"data": sources})
    if options.free_program or options.form != "auto":
        return problem, tables
    from fivefold.data.pasted import pasted_tables, with_pasted

    problem = with_pasted(problem, [table.name for table in tables], changing=changing)
    return problem, (*tables, *pasted_tables(problem))


def _attached_again(problem: Problem, data: Sequence[object], isolation: str) -> tuple[DataTable, ...]:
    """Return the data of a stored run: as it is given again, else from where it was."""
    if not problem.data and not data and not problem.pasted:
        return ()
    from fivefold.data.attached import attach, attach_again
    from fivefold.data.pasted import pasted_tables

    if not data:
        return (*attach_again(problem.data, isolation), *pasted_tables(problem))
    tables, sources = attach(data, isolation)
    if [one.sha256 for one in sources] != [one.sha256 for one in problem.data]:
        raise CallerError("this run began with other data; give the same, or start a new run")
    return (*tables, *pasted_tables(problem))


def _start(name: str, problem: Problem, options: Options, change: Change | None) -> State:
    started: Any = {"run_id": name, "problem": problem.model_dump(), "options": options.model_dump()}
    if change is not None:
        from pydantic import ValidationError

        from fivefold.change import Change
        from fivefold.nodes.check import standing_candidate
        from fivefold_solvers.formulation.check import check

        try:
            change = Change.model_validate(change)
        except ValidationError:
            raise CallerError("`change` is no wish; give `fivefold.Change(formulation=..., request='...')`") from None
        wrong = check(change.formulation).errors
        if wrong or not change.request.strip():
            what = f"the formulation has errors; mend them first: {wrong[0]}" if wrong else "the wish is empty"
            raise CallerError(what)
        started |= {"candidate": standing_candidate(change.formulation), "request": change.request.strip()}
    return started  # type: ignore[no-any-return]  # the graph fills the other keys of `State`


async def _resumed(
    name: str,
    problem: str | Problem,
    data: Sequence[object],
    checkpoints: Path | Keeper | None,
    options: Options | None,
    changed: Mapping[str, Any],
    settings: Settings,
) -> tuple[Problem, Options, tuple[DataTable, ...]]:
    """Return problem, options and data of a stored run.

    Raises:
        CallerError: there is no such run, the text given is another one, or an option cannot change in it.
    """
    from fivefold.graph import stored_state

    assert checkpoints is not None, "what is resumed has been kept"
    stored = await stored_state(name, checkpoints)
    kept = Problem.model_validate(stored["problem"])
    given = problem if isinstance(problem, Problem) or not problem.strip() else Problem.from_text(problem)
    if isinstance(given, Problem) and given.text != stored.get("stated", kept.text):
        raise CallerError(f"run `{name}` is about another problem; leave the text out, or start a new run")
    began = Options.model_validate(stored["options"])
    chosen = resumed_options(began, options_named(options, changed), name, settings)
    tables = await computed(_attached_again, kept, data, settings.isolation)
    return kept, chosen, tables


async def _recorded(
    start: State | None,
    name: str,
    problem: Problem,
    tools: Tools,
    checkpoints: Path | Keeper | None,
    trace: Path | str | None,
    settings: Settings,
    api_key: str | None,
    reply: Given | None,
) -> Reached:
    """Run the graph inside a trace record."""
    from fivefold.graph import run_graph
    from fivefold.trace import record

    path = Path(trace) if trace is not None else None
    secrets = [key for key in (api_key, settings.api_key) if key]
    with record(problem=problem.text, seed=tools.options.seed, run_id=name, path=path, secrets=secrets):
        return await run_graph(start, name, tools, checkpoints, reply)
