"""The search for better prompts: propose, try on training cases, compare on search cases, promote through the gate.

Training cases are shown to the proposer; search cases only score; gate cases are looked at once, at the end.
"""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from fivefold_prompts.optimizer.attempt import Attempt, Result, Rules
from fivefold_prompts.optimizer.budget import Budget, Caps, OverBudget
from fivefold_prompts.optimizer.calls import Calls
from fivefold_prompts.optimizer.candidate import Candidate, Parameter, candidate_id, faults
from fivefold_prompts.optimizer.edits import Limits, leaking
from fivefold_prompts.optimizer.feedback import signature
from fivefold_prompts.optimizer.gate import Admission, GateRules, admit, noise_floor
from fivefold_prompts.optimizer.leaks import Guard
from fivefold_prompts.optimizer.ledger import Ledger, shuffled
from fivefold_prompts.optimizer.memory import Memory, Trial, change
from fivefold_prompts.optimizer.merge import merged
from fivefold_prompts.optimizer.pool import Member, Pool, member
from fivefold_prompts.optimizer.proposers import Proposer, View, optoprime
from fivefold_prompts.optimizer.question import Example
from fivefold_prompts.optimizer.rollout import Ask, Cost, Evaluate, Rollout

HELPS = "helps on the runs that were shown"


class Settings(BaseModel):
    """How a search goes; it is written down at the start and cannot change afterwards."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: int = 0
    """All draws depend on it."""
    steps: int = Field(default=20, ge=1)
    """How often candidates are asked for."""
    directions: int = Field(default=3, ge=1)
    """Candidates wanted in a step."""
    batch: int = Field(default=12, ge=1)
    """Training cases that are run in a step."""
    examples: int = Field(default=6, ge=1)
    """Runs that are shown to the proposer; a candidate must be better on these first."""
    pool: int = Field(default=32, ge=2)
    """Most candidates kept."""
    caps: Caps = Caps()
    """The budget."""
    rollout_most: Cost = Cost(rollouts=1)
    """What one run costs at most."""
    ask_most: Cost = Cost()
    """What one reply costs at most."""
    gate: GateRules = GateRules()
    """When a candidate is promoted."""
    characters: int = Field(default=48_000, ge=2_000)
    """Most characters of a question, about four a token."""
    memory: int = Field(default=5, ge=0)
    """Earlier trials that are shown."""
    noise: int | None = Field(default=None, ge=0)
    """Search cases on which the candidate in use is run a second time; None: all."""
    one_seed: bool = False
    """Whether all runs have the seed of the search, as suits an LLM at temperature 0 whose replies are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What is to be improved, and the functions that run it."""

    parameters: Sequence[Parameter]
    start: Mapping[str, str]
    """The candidate in use."""
    evaluate: Evaluate
    ask: Ask
    train: Sequence[str]
    search: Sequence[str]
    gate: Sequence[str]
    types: Mapping[str, str] = field(default_factory=dict[str, str])
    """Type of each case's problem."""
    guard: Guard | None = None
    limits: Limits = Limits()  # noqa: RUF009 - frozen
    documentation: Mapping[str, str] | None = None
    """What each step of the system does."""
    proposer: Proposer = optoprime
    parallel: int = 1
    """Runs at once."""
    about: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What else the search depends on, as plain data; a search that goes on must be given the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What came of a search."""

    promoted: Mapping[str, str] | None
    """The candidate that should come into use; None: what is in use stays."""
    admission: Admission | None
    """What the gate said; None where nothing was worth its look."""
    best: Member
    """The highest on the search cases; its score is too high by the search itself."""
    pool: tuple[Member, ...]
    results: Mapping[str, int]
    """How often each result of asking, and each decision, came."""
    noise: float
    spent: Cost
    stopped: str
    """`steps` or why earlier."""


@dataclass(slots=True)
class _State:
    task: Task
    settings: Settings
    ledger: Ledger
    calls: Calls
    pool: Pool
    memory: Memory
    tried: set[str]
    results: dict[str, int] = field(default_factory=dict[str, int])


def optimize(task: Task, settings: Settings, ledger: Ledger) -> Report:
    """Search for better prompts; with the ledger of a search that was killed, go on with it to the same end.

    Raises:
        ValueError: the task contradicts itself.
        OverBudget: not even the first look at the candidate in use would fit.
        OutsideFault: a call failed three times for reasons outside; run it again later to go on.
        LedgerError: the ledger is of another search.
    """
    _check(task)
    ledger.add("begun", "begun", _begun(task, settings))
    budget = Budget(settings.caps)
    calls = Calls(
        task.evaluate,
        task.ask,
        ledger,
        budget,
        seed=settings.seed,
        rollout_most=settings.rollout_most,
        ask_most=settings.ask_most,
        parallel=task.parallel,
        one_seed=settings.one_seed,
    )
    budget.keep_back(settings.rollout_most.times(2 * len(task.gate)))
    state = _State(task, settings, ledger, calls, Pool(settings.pool), Memory(), {candidate_id(task.start)})
    first = calls.rollouts(task.start, "search", task.search)
    twice = shuffled(sorted(task.search), settings.seed, "noise")[: settings.noise]
    again = calls.rollouts(task.start, "search", twice, sample=1)
    noise = noise_floor({case: first[case] for case in twice}, again)
    state.pool.add(member(candidate_id(task.start), task.start, None, -1, first, task.types))
    stopped = "steps"
    try:
        for step in range(settings.steps):
            _step(state, step)
    except OverBudget as reason:
        stopped = f"budget: {reason}"
    best = state.pool.best()
    admission = None
    if best.id != candidate_id(task.start):
        budget.keep_back(Cost())
        admission = _gate(state, best, noise)
    promoted = admission is not None and admission.promoted
    # What stopped it may name seconds, which differ between equal searches: a note.
    ledger.add("ended", "ended", {"best": best.id, "promoted": promoted}, {"stopped": stopped})
    return Report(
        promoted=best.candidate if promoted else None,
        admission=admission,
        best=best,
        pool=tuple(state.pool.members),
        results=dict(sorted(state.results.items())),
        noise=noise,
        spent=budget.spent,
        stopped=stopped,
    )


def _check(task: Task) -> None:
    if wrong := faults(task.parameters, task.start):
        raise ValueError("; ".join(wrong))
    parts = [*task.train, *task.search, *task.gate]
    if not (task.train and task.search and task.gate) or len(set(parts)) < len(parts):
        raise ValueError("`train`, `search` and `gate` each need cases, and no case may be in them twice")


def _begun(task: Task, settings: Settings) -> dict[str, Any]:
    return {
        "settings": settings.model_dump(mode="json"),
        "start": dict(task.start),
        "parameters": [parameter.model_dump(mode="json") for parameter in task.parameters],
        "train": list(task.train),
        "search": list(task.search),
        "gate": list(task.gate),
        "types": dict(task.types),
        "about": dict(task.about),
        "proposer": getattr(task.proposer, "__name__", type(task.proposer).__name__),
    }


def _step(state: _State, step: int) -> None:
    """Ask for candidates from one of the pool, try each, and together those that helped."""
    task, settings = state.task, state.settings
    parent = state.pool.breeder(settings.seed, step)
    runs = _batch(state, parent, step)
    shown = chosen(runs, settings.examples)
    before = {case: runs[case] for case in shown}
    if all(rollout.right for rollout in before.values()):
        _count(state, "nothing failed")
        return
    tried: list[tuple[Attempt, Trial]] = []
    for made in task.proposer(_view(state, parent.candidate, before, step, parent.id), state.calls.ask):
        tried += _first_look(state, parent, made, before, step)
    _second_look(state, parent, tried, step)
    for number, (made, trial) in enumerate(tried):
        _count(state, str(made.result))
        if made.candidate is not None:
            _count(state, trial.outcome)
        state.memory.trials.append(trial)
        state.ledger.add("proposal", f"proposal/{step}/{number}", _proposal(parent, made, trial))


def _batch(state: _State, parent: Member, step: int) -> dict[str, Rollout]:
    """Run training cases until there is enough to show, or a batch is full."""
    settings = state.settings
    cases = shuffled(sorted(state.task.train), settings.seed, "batch", step)[: settings.batch]
    runs: dict[str, Rollout] = {}
    for first in range(0, len(cases), settings.examples):
        runs |= state.calls.rollouts(parent.candidate, "train", cases[first : first + settings.examples])
        if sum(not rollout.right for rollout in runs.values()) >= settings.examples - settings.examples // 3:
            break
    return runs


def _view(state: _State, candidate: Candidate, runs: Mapping[str, Rollout], step: int, tried_from: str) -> View:
    task, settings = state.task, state.settings
    return View(
        candidate=candidate,
        parameters=task.parameters,
        examples=[Example(case, task.types.get(case, "problem"), rollout) for case, rollout in runs.items()],
        tried=state.memory.told(tried_from, settings.memory),
        scored=[(one.candidate, one.score) for one in sorted(state.pool.members, key=lambda one: (one.score, one.id))],
        rules=Rules(task.guard, task.limits, frozenset(state.tried), task.start),
        seed=settings.seed,
        step=step,
        directions=settings.directions,
        documentation=task.documentation,
        characters=settings.characters,
    )


def _first_look(
    state: _State, parent: Member, made: Attempt, before: Mapping[str, Rollout], step: int
) -> list[tuple[Attempt, Trial]]:
    """Try a candidate on the runs that it was made for; where these fail in a new way, let it be carried on once."""
    if made.candidate is None:
        return [(made, Trial(parent.id, "", f"{made.result}: {made.reason}"))]
    after, trial = _on_shown(state, parent, made.candidate, before)
    tried = [(made, trial)]
    if trial.outcome == HELPS or not _fails_anew(before, after):
        return tried
    view = replace(_view(state, made.candidate, after, step, candidate_id(made.candidate)), directions=1)
    for carried in state.task.proposer(view, state.calls.ask):
        if carried.candidate is None:
            tried.append((carried, Trial(parent.id, "", f"{carried.result}: {carried.reason}")))
        else:
            tried.append((carried, _on_shown(state, parent, carried.candidate, before)[1]))
    return tried


def _on_shown(
    state: _State, parent: Member, candidate: Candidate, before: Mapping[str, Rollout]
) -> tuple[dict[str, Rollout], Trial]:
    """What failed is run first: where nothing of it gets better, what was right need not be run."""
    state.tried.add(candidate_id(candidate))
    failed = {case: rollout for case, rollout in before.items() if not rollout.right}
    after = state.calls.rollouts(candidate, "train", list(failed))
    rise, _ = paired(failed, after)
    if rise > 0:
        after |= state.calls.rollouts(candidate, "train", [case for case in before if case not in failed])
        rise, _ = paired(before, after)
    outcome = HELPS if rise > 0 else "no better on the runs that were shown"
    return after, Trial(parent.id, change(parent.candidate, candidate), outcome, rise)


def _second_look(state: _State, parent: Member, tried: list[tuple[Attempt, Trial]], step: int) -> None:
    """Try what helped on other problems: together first, as that is one look, and one by one where that fails."""
    helped = [place for place, (_, trial) in enumerate(tried) if trial.outcome == HELPS]
    helped.sort(key=lambda place: -(tried[place][1].rise or 0))
    texts = [made.candidate for made, _ in (tried[place] for place in helped) if made.candidate is not None]
    if len(texts) > 1 and _together(state, parent, texts, tried, step):
        for place in helped:
            made, trial = tried[place]
            if trial.outcome == HELPS:
                tried[place] = made, replace(trial, outcome="kept, together with others")
        return
    for place in helped:
        made, trial = tried[place]
        if made.candidate is not None and trial.outcome == HELPS:
            tried[place] = made, _on_search(state, parent, made.candidate, step)


def _together(
    state: _State, parent: Member, texts: Sequence[Candidate], tried: list[tuple[Attempt, Trial]], step: int
) -> bool:
    """Try what helped of a step in one candidate, which may be one of them already; return whether it was kept."""
    made = merged(parent.candidate, texts, {one.name: one for one in state.task.parameters})
    same = next((place for place, (one, _) in enumerate(tried) if one.candidate == made), None)
    if same is None:
        if candidate_id(made) in state.tried or leaking(state.task.guard, state.task.start, made):
            return False
        state.tried.add(candidate_id(made))
    trial = _on_search(state, parent, made, step)
    if same is None:
        tried.append((Attempt(Result.MERGED, made, "", (), Cost()), trial))
    else:
        tried[same] = tried[same][0], trial
    return trial.outcome == "kept"


def _on_search(state: _State, parent: Member, candidate: Candidate, step: int) -> Trial:
    """Try a candidate on a quarter of the search cases, then on all."""
    task = state.task
    changed = change(parent.candidate, candidate)
    order = shuffled(sorted(task.search), state.settings.seed, "quarter")
    quarter = order[: math.ceil(len(order) / 4)]
    rise, error = paired(
        state.calls.rollouts(parent.candidate, "search", quarter), state.calls.rollouts(candidate, "search", quarter)
    )
    if rise < -error:
        return Trial(parent.id, changed, "worse on other problems", rise)
    runs = state.calls.rollouts(candidate, "search", task.search)
    state.pool.add(member(candidate_id(candidate), candidate, parent.id, step, runs, task.types))
    rise, _ = paired(state.calls.rollouts(parent.candidate, "search", task.search), runs)
    return Trial(parent.id, changed, "kept" if rise > 0 else "no better on other problems", rise)


def _fails_anew(before: Mapping[str, Rollout], after: Mapping[str, Rollout]) -> bool:
    """Whether a run that failed fails in another way now, no lower on the ladder."""
    return any(
        not before[case].right
        and not after[case].right
        and after[case].score >= before[case].score
        and signature(after[case]) != signature(before[case])
        for case in before
        if case in after
    )


def _gate(state: _State, best: Member, noise: float) -> Admission:
    task = state.task
    before = state.calls.rollouts(task.start, "gate", task.gate)
    after = state.calls.rollouts(best.candidate, "gate", task.gate)
    admission = admit(before, after, task.types, state.settings.gate, noise)
    state.ledger.add("gate", f"gate/{best.id}", admission.model_dump(mode="json"))
    return admission


def chosen(runs: Mapping[str, Rollout], most: int) -> list[str]:
    """Return the cases to show: of all kinds of failure by turns, the largest first, and up to two right ones."""
    kinds: dict[str, list[str]] = {}
    for case, rollout in runs.items():
        if not rollout.right:
            kinds.setdefault(signature(rollout), []).append(case)
    ordered = sorted(kinds.values(), key=lambda cases: -len(cases))
    right = [case for case, rollout in runs.items() if rollout.right][: min(2, most // 3)]
    turns = itertools.chain.from_iterable(itertools.zip_longest(*ordered))
    failed = [case for case in turns if case is not None]
    return failed[: most - len(right)] + right


def paired(before: Mapping[str, Rollout], after: Mapping[str, Rollout]) -> tuple[float, float]:
    """Return mean and standard error of the rise of the score on the same cases."""
    rises = [after[case].score - before[case].score for case in sorted(before)]
    mean = sum(rises) / len(rises)
    spread = sum((rise - mean) ** 2 for rise in rises) / max(1, len(rises) - 1)
    return mean, math.sqrt(spread / len(rises))


def _proposal(parent: Member, made: Attempt, trial: Trial) -> dict[str, Any]:
    return {
        "parent": parent.id,
        "candidate": made.candidate,
        "result": made.result,
        "reason": made.reason,
        "replies": list(made.replies),
        "change": trial.change,
        "outcome": trial.outcome,
        "rise": trial.rise,
    }


def _count(state: _State, name: str) -> None:
    state.results[name] = state.results.get(name, 0) + 1
