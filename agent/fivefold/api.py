"""The Python face: `solve`, `asolve`, `stream`. The only place where an `Outcome` is made."""

from __future__ import annotations

import asyncio
import threading
import time
import uuid
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fivefold.clarification import Reading
from fivefold.derivations import Derived
from fivefold.errors import CallerError
from fivefold.events import Event
from fivefold.options import Options
from fivefold.outcome import Outcome, Round, UsageReport
from fivefold.problem import Problem
from fivefold.settings import Settings, from_environment
from fivefold.verdict import Verdict, verdict_of
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.finding import Finding
from fivefold_solvers.program import Program
from fivefold_solvers.result import ExecutionResult

if TYPE_CHECKING:
    from fivefold.graph import Waiting
    from fivefold.llm import LLM
    from fivefold.state import Candidate, State
    from fivefold.tools import Tools
    from fivefold_solvers.data.mapping import DataMapping
    from fivefold_solvers.data.table import DataTable

CHECKPOINTS = "runs.sqlite"
"""File in the data folder that keeps every step of every run."""


def solve(problem: str | Problem, **arguments: Any) -> Outcome:
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
    llm: str | LLM | None = None,
    base_url: str | None = None,
    api_key: str | None = None,
    options: Options | None = None,
    settings: Settings | None = None,
    llm_timeout_s: float = 600.0,
    trace: Path | str | None = None,
    checkpoint: bool = True,
    resume: str | None = None,
    run_id: str | None = None,
    on_event: Callable[[Event], None] | None = None,
    **changed: Any,
) -> Outcome:
    """Return everything that comes of a problem in words; a problem without a solution is an outcome too.

    Args:
        problem: the text, or a `Problem`.
        data: what holds the numbers that the text does not: paths of CSV, XLSX or JSON files (`name=path` names a
            table), frames, lists and mappings.
        llm: name of the LLM at the endpoint, or a connected `fivefold.llm.LLM`.
        base_url: OpenAI-compatible endpoint; without one that of the environment, else the embedded LLM.
        api_key: key for `base_url`.
        options: bounds and choices; single ones may be given by name as well, e.g. `rounds=0`.
        settings: instead of the environment.
        llm_timeout_s: seconds at most for one request; not used with a connected `LLM`.
        trace: file that gets every span as it ends (JSON lines).
        checkpoint: whether every step is kept, so that a killed run can be resumed.
        resume: id of an unfinished run to go on with, under its options; `problem` must be the same text or empty.
        run_id: id for a new run; made up unless given.
        on_event: called with each `Event` as it happens.
        **changed: single options by name.

    Raises:
        CallerError: the arguments or the text cannot be worked with.
        OutsideError: this machine cannot keep or run what is needed; the message says what.
        LLMError: the LLM endpoint failed and retries did not help; the run can be resumed.
    """
    settings = settings or from_environment()
    _check_key(api_key, base_url, settings)
    chosen = _options(options, changed)
    name = resume or run_id or uuid.uuid4().hex[:12]
    checkpoints = settings.data_dir / CHECKPOINTS if checkpoint or resume else None
    if resume is None:
        stated, tables = await asyncio.to_thread(_attached, problem, data, chosen)
    else:
        stated, chosen, tables = await _resumed(name, problem, data, settings)
    start = _start(name, stated, chosen) if resume is None else None
    tell = on_event or _silent
    tell(Event(kind="run", message=name, data={"run_id": name, "resumed": resume is not None}))
    clock = time.perf_counter()
    async with _connected(llm, base_url, api_key, settings, llm_timeout_s, tell) as connected:
        tools = _tools(connected, chosen, tell, settings, tables)
        final = await _recorded(start, name, stated, tools, checkpoints, trace, settings, api_key)
        outcome = _outcome(name, stated, final, tools, time.perf_counter() - clock)
    tell(Event(kind="done", message=str(outcome.verdict.grade), data={"outcome": outcome}))
    return outcome


async def stream(problem: str | Problem, **arguments: Any) -> AsyncGenerator[Event]:
    """Yield what happens while a problem is solved; the last event, `done`, carries the `Outcome`.

    Takes the arguments of `asolve`. Leaving the loop early cancels the run.
    """
    queue: asyncio.Queue[Event | None] = asyncio.Queue()
    listening: dict[str, Any] = {**arguments, "on_event": queue.put_nowait}
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


def _silent(event: Event) -> None:
    """Hear an event and do nothing."""


def _check_key(api_key: str | None, base_url: str | None, settings: Settings) -> None:
    if api_key is not None and base_url is None and settings.base_url is None:
        raise CallerError("`api_key` is given without an endpoint; give `base_url` too, or set `OPENAI_BASE_URL`")


def _options(options: Options | None, changed: dict[str, Any]) -> Options:
    from pydantic import ValidationError

    try:
        return Options.model_validate({**(options or Options()).model_dump(), **changed})
    except ValidationError as fault:
        problem = fault.errors()[0]
        place = ".".join(map(str, problem["loc"]))
        known = ", ".join(Options.model_fields)
        raise CallerError(f"option `{place}`: {problem['msg']}; there are {known}") from None


def _attached(given: str | Problem, data: Sequence[object], options: Options) -> tuple[Problem, tuple[DataTable, ...]]:
    """Return the problem with where its data is, and the data."""
    problem = given if isinstance(given, Problem) else Problem.from_text(given)
    if not data:
        return problem, ()
    if options.free_program:
        raise CallerError(
            "`free_program` cannot be had with data: the LLM would have to copy what it never sees; "
            "leave one of them out"
        )
    from fivefold.attached import attach

    tables, sources = attach(data)
    return problem.model_copy(update={"data": sources}), tables


def _attached_again(problem: Problem, data: Sequence[object]) -> tuple[DataTable, ...]:
    """Return the data of a stored run: as it is given again, else from where it was."""
    if not problem.data and not data:
        return ()
    from fivefold.attached import attach, attach_again

    if not data:
        return attach_again(problem.data)
    tables, sources = attach(data)
    if [one.sha256 for one in sources] != [one.sha256 for one in problem.data]:
        raise CallerError("this run began with other data; give the same, or start a new run")
    return tables


def _start(name: str, problem: Problem, options: Options) -> State:
    started: Any = {"run_id": name, "problem": problem.model_dump(), "options": options.model_dump()}
    return started  # type: ignore[no-any-return]  # the graph fills the other keys of `State`


async def _resumed(
    name: str, problem: str | Problem, data: Sequence[object], settings: Settings
) -> tuple[Problem, Options, tuple[DataTable, ...]]:
    """Return problem, options and data of a stored run.

    Raises:
        CallerError: there is no such run, or the text given is another one.
    """
    from fivefold.graph import stored_state

    stored = await stored_state(name, settings.data_dir / CHECKPOINTS)
    kept = Problem.model_validate(stored["problem"])
    given = problem if isinstance(problem, Problem) or not problem.strip() else Problem.from_text(problem)
    if isinstance(given, Problem) and given.text != kept.text:
        raise CallerError(f"run `{name}` is about another problem; leave the text out, or start a new run")
    tables = await asyncio.to_thread(_attached_again, kept, data)
    return kept, Options.model_validate(stored["options"]), tables


@asynccontextmanager
async def _connected(
    llm: str | LLM | None,
    base_url: str | None,
    api_key: str | None,
    settings: Settings,
    timeout_s: float,
    tell: Callable[[Event], None],
) -> AsyncGenerator[LLM]:
    from fivefold.llm import LLM, RetryEvent

    if isinstance(llm, LLM):
        yield llm
        return
    named: str | None = llm
    identity: str | None = None
    if base_url is None and settings.base_url is None:
        base_url, api_key, named = await asyncio.to_thread(_embedded, settings, llm)
        identity = f"embedded {named}"

    def retried(event: RetryEvent) -> None:
        tell(Event(kind="retry", message=str(event), data={"kind": event.kind, "wait_s": event.wait_s}))

    async with LLM.connect(
        settings,
        base_url=base_url,
        api_key=api_key,
        llm=named,
        timeout_s=timeout_s,
        on_retry=retried,
        identity=identity,
    ) as connected:
        yield connected


def _embedded(settings: Settings, llm: str | None) -> tuple[str, str, str]:
    """Return the embedded LLM's endpoint, starting it where its weights are there.

    Raises:
        CallerError: they are not, and nobody is there to ask about a download of a gigabyte.
    """
    from fivefold.llm.local import find
    from fivefold.llm.local.commands import ensure

    if find(settings.data_dir) is None:
        raise CallerError(
            "no LLM is configured: set `OPENAI_BASE_URL` (and `OPENAI_API_KEY`), give `base_url`, or fetch the "
            "embedded LLM once with `fivefold model pull`"
        )
    base_url, api_key, name = ensure(settings, yes=True, ask=lambda _: True, say=lambda _: None)
    return base_url, api_key, llm or name


def _tools(
    llm: LLM, options: Options, tell: Callable[[Event], None], settings: Settings, tables: tuple[DataTable, ...]
) -> Tools:
    from fivefold.llm import Budget
    from fivefold.tools import Tools
    from fivefold_solvers.sandbox import Level, SandboxError, warm

    try:
        isolation = Level(settings.isolation)
    except ValueError:
        levels = ", ".join(Level)
        raise CallerError(f"FIVEFOLD_ISOLATION: there is no level {settings.isolation!r}; there are {levels}") from None

    def get_ready() -> None:
        # What keeps programs from being run is said when one is.
        with suppress(SandboxError):
            warm(options.library)

    # The libraries are loaded while the LLM thinks.
    threading.Thread(target=get_ready, name="fivefold-warm", daemon=True).start()
    budget = Budget(max_tokens=options.max_tokens, max_seconds=options.max_seconds)
    return Tools(llm=llm, options=options, budget=budget, tell=tell, tables=tables, isolation=isolation)


async def _recorded(
    start: State | None,
    name: str,
    problem: Problem,
    tools: Tools,
    checkpoints: Path | None,
    trace: Path | str | None,
    settings: Settings,
    api_key: str | None,
) -> State:
    """Run the graph inside a trace record."""
    from fivefold.graph import run_graph
    from fivefold.trace import record

    path = Path(trace) if trace is not None else None
    secrets = [key for key in (api_key, settings.api_key) if key]
    with record(problem=problem.text, seed=tools.options.seed, run_id=name, path=path, secrets=secrets):
        return await run_graph(start, name, tools, checkpoints)


def _mapping(best: Candidate | None) -> DataMapping | None:
    kept = None if best is None else best.get("mapping")
    if kept is None:
        return None
    from fivefold_solvers.data.mapping import DataMapping

    return DataMapping.model_validate(kept)


def _outcome(name: str, problem: Problem, final: State, tools: Tools, wall_s: float) -> Outcome:
    best = final.get("best") or final.get("candidate")
    findings = tuple(Finding.model_validate(finding) for finding in (best or {}).get("findings", ()))
    formulation = best["formulation"] if best else None
    program, result = (best["program"], best["result"]) if best else (None, None)
    built = None if formulation is None else Formulation.model_validate(formulation)
    stored = final.get("verdict")
    usage = tools.usage
    return Outcome(
        run_id=name,
        problem=problem,
        formulation=built,
        mapping=_mapping(best),
        program=None if program is None else Program.model_validate(program),
        why=best.get("why", "") if best else "",
        result=None if result is None else ExecutionResult.model_validate(result),
        verdict=Verdict.model_validate(stored) if stored else verdict_of(findings, solved=False),
        findings=findings,
        assumptions=() if built is None else built.assumptions,
        explanation=final.get("explanation", ""),
        question=final.get("question", ""),
        readings=tuple(Reading.model_validate(one) for one in final.get("readings", ())),
        derivations=tuple(Derived.model_validate(one) for one in final.get("derivations", ())),
        rounds=tuple(Round.model_validate(turn) for turn in final.get("rounds", ())),
        stopped=final.get("stopped", ""),
        usage=UsageReport(
            calls=usage.calls,
            prompt_tokens=usage.prompt_tokens,
            completion_tokens=usage.completion_tokens,
            llm_s=usage.seconds,
            solver_s=tools.solver_s,
            wall_s=wall_s,
            cached_calls=tools.cached_calls,
        ),
    )
