"""A search put together: which prompts may change, which cases are for what, and what it depends on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fivefold.errors import CallerError
from fivefold_benchmarks.case import Case
from fivefold_benchmarks.tuning.bounds import RunBounds
from fivefold_benchmarks.tuning.running import Agent, Workload
from fivefold_benchmarks.tuning.traces import DOCUMENTATION
from fivefold_prompts.optimizer.advice import advise
from fivefold_prompts.optimizer.candidate import Parameter
from fivefold_prompts.optimizer.leaks import Guard
from fivefold_prompts.optimizer.ledger import shuffled
from fivefold_prompts.optimizer.proposers import Proposer, at_random, optoprime, rewrite
from fivefold_prompts.optimizer.search import Task
from fivefold_prompts.optimizer.splits import SHARES, groups, split
from fivefold_prompts.sets import PromptSet
from fivefold_prompts.store import load

TUNED = (
    "declare",
    "declare_nonlinear",
    "constrain",
    "constrain_again",
    "constrain_missing",
    "formulate_indexed",
    "repair",
    "free_program",
    "repair_program",
    "derive_program",
)
"""The agent's prompts that a problem in words alone can meet."""
SCALARS: Mapping[str, Parameter] = {
    "rounds": Parameter(name="rounds", kind="integer", low=0, high=4, description="Repairs at most."),
    "samples": Parameter(name="samples", kind="integer", low=1, high=3, description="Independent derivations at most."),
    "form": Parameter(
        name="form",
        kind="choice",
        choices=("auto", "scalar", "indexed"),
        description="How formulations are asked for: plain variables, sets and indices, or by the size of the text.",
    ),
}
"""Settings of the agent that may change too, where they are named."""
PROPOSERS: Mapping[str, Proposer] = {
    "optoprime": optoprime,
    "advise": advise,
    "rewrite": rewrite,
    "random": at_random,
}
PARTS = ("train", "search", "gate")
_SPARE = "spare"


@dataclass(frozen=True, slots=True)
class Parts:
    """Which cases are for what; no case is in two, nor a near-duplicate of one."""

    train: tuple[str, ...]
    search: tuple[str, ...]
    gate: tuple[str, ...]


def key_of(case: Case) -> str:
    """Return the name of a case that no case of another benchmark has."""
    return f"{case.benchmark}/{case.id}"


def usable(cases: Sequence[Case], *, labels: bool) -> dict[str, Case]:
    """Return the cases by name; where labels score, those that have one.

    Raises:
        CallerError: none is left, or two have one name.
    """
    found = {key_of(case): case for case in cases}
    if len(found) < len(cases):
        raise CallerError("two problems have the same id and benchmark; ids must be unique")
    kept = {name: case for name, case in found.items() if not labels or case.expected != "unknown"}
    if not kept:
        raise CallerError("no problem has an answer to score by; give answers, or `--score verdict`")
    return kept


def deal(
    cases: Mapping[str, Case],
    *,
    seed: int,
    counts: Sequence[int] | None = None,
    corrected: frozenset[str] = frozenset(),
) -> Parts:
    """Deal cases out to training, search and gate, near-duplicates together and types over all parts.

    Args:
        cases: the cases by name.
        seed: what the deal depends on.
        counts: how many each part gets at most; the usual shares of all without.
        corrected: cases whose formulations people corrected: they are learned from, and what is like them is not
            used to score, unless there is nothing else.

    Raises:
        CallerError: there are too few cases.
    """
    problems = {name: case.question for name, case in cases.items()}
    types = {name: case.kind for name, case in cases.items()}
    alike = groups(problems)
    scored_too = corrected == frozenset(cases)
    near = {name for group in alike if not scored_too and corrected & set(group) for name in group}
    split_up = split(problems, types, seed, _shares(counts, len(cases)))
    dealt = {part: [name for name in names if name not in near] for part, names in split_up.items()}
    dealt["train"] = [*sorted(corrected & near), *dealt["train"]]
    if counts is not None:
        _fill_up(dealt, alike, counts, seed)
    found: list[tuple[str, ...]] = []
    for place, part in enumerate(PARTS):
        names = shuffled(sorted(dealt[part]), seed, "deal", part)
        names.sort(key=lambda name: name not in corrected)
        found.append(tuple(sorted(names[: counts[place]] if counts is not None else names)))
    if not all(found):
        sizes = ", ".join(f"{len(names)} for {part}" for part, names in zip(PARTS, found, strict=True))
        raise CallerError(f"{len(cases)} problems are too few: there would be {sizes}; give more, or other `--parts`")
    return Parts(*found)


def _shares(counts: Sequence[int] | None, cases: int) -> Mapping[str, float]:
    if counts is None:
        return SHARES
    spare = max(0, cases - sum(counts))
    return {name: count / max(1, cases) for name, count in zip((*PARTS, _SPARE), (*counts, spare), strict=True)}


def _fill_up(dealt: dict[str, list[str]], alike: Sequence[Sequence[str]], counts: Sequence[int], seed: int) -> None:
    """Give parts that came out too small what nobody needs: rounding by type and group takes a few."""
    spare = [group for group in alike if set(group) <= set(dealt[_SPARE])]
    waiting = shuffled(spare, seed, "spare")
    for part, count in zip(PARTS, counts, strict=True):
        while waiting and len(dealt[part]) < count:
            dealt[part] += waiting.pop()


def parameters(names: Sequence[str]) -> list[Parameter]:
    """Return what may be changed.

    Raises:
        CallerError: a name is no prompt of the agent.
    """
    if unknown := [name for name in names if name not in (*TUNED, *SCALARS)]:
        known = ", ".join((*TUNED, *SCALARS))
        raise CallerError(f"there is no prompt {', '.join(unknown)} to change; there are {known}")
    return [SCALARS.get(name) or _prompt(name) for name in dict.fromkeys(names)]


def _prompt(name: str) -> Parameter:
    version = load(name)
    return Parameter(name=name, description=version.description, placeholders=version.placeholders)


def start_of(used: PromptSet, names: Sequence[str], bounds: RunBounds) -> tuple[dict[str, str], dict[str, str]]:
    """Return the values in use of what may change, and those of a set that may not."""
    start = {name: used.values.get(name) or _shipped(name, bounds) for name in dict.fromkeys(names)}
    beside = {name: text for name, text in used.values.items() if name not in start}
    return start, {name: text for name, text in beside.items() if name in SCALARS or text != load(name).text}


def _shipped(name: str, bounds: RunBounds) -> str:
    return str(getattr(bounds, name)) if name in SCALARS else load(name).text


def task(
    work: Workload,
    agent: Agent,
    parts: Parts,
    start: Mapping[str, str],
    *,
    proposer: str = "optoprime",
    parallel: int = 1,
    about: Mapping[str, Any] | None = None,
) -> Task:
    """Return the search's task."""
    cases = work.cases
    answers = {name: case.answer for name, case in cases.items() if case.answer is not None}
    guard = Guard({name: case.question for name, case in cases.items()}, answers, known=start.values())
    return Task(
        parameters=parameters(list(start)),
        start=start,
        evaluate=agent.evaluate,
        ask=agent.ask,
        train=parts.train,
        search=parts.search,
        gate=parts.gate,
        types={name: cases[name].kind for name in (*parts.train, *parts.search, *parts.gate)},
        guard=guard,
        documentation=DOCUMENTATION,
        proposer=PROPOSERS[proposer],
        parallel=parallel,
        about={**depends_on(work), **agent.names, **(about or {})},
    )


def depends_on(work: Workload) -> dict[str, Any]:
    """Return what a search depends on beside its settings; problems and answers by hash alone."""
    cases = {name: _digest([case.question, case.answer, case.expected]) for name, case in sorted(work.cases.items())}
    corrections = {
        name: _digest([one.before.model_dump(mode="json"), one.after.model_dump(mode="json")])
        for name, one in sorted(work.corrections.items())
    }
    return {
        "score": work.score,
        "bounds": work.bounds.model_dump(mode="json"),
        "cases": _digest(cases),
        "corrections": _digest(corrections),
        "beside": _digest(dict(work.beside)),
    }


def _digest(data: object) -> str:
    return hashlib.sha256(json.dumps(data, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
