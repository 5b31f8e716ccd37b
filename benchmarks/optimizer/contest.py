"""One search of one tool on one landscape: the same cases, writer, feedback and budget for all.

The budget is held from outside: what would go over it is refused, and the tool ends with the best that it has.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from environments import Other
from landscapes import CODE_TOPICS, PARAMETERS, START, TOPICS, Landscape, cases, evaluate, kind_of, problem_text
from writer import write

from fivefold_prompts.optimizer.budget import Caps
from fivefold_prompts.optimizer.feedback import feedback
from fivefold_prompts.optimizer.leaks import Guard
from fivefold_prompts.optimizer.ledger import draw
from fivefold_prompts.optimizer.proposers import Proposer
from fivefold_prompts.optimizer.report_facts import read_facts
from fivefold_prompts.optimizer.rollout import Answer, Cost, Rollout, Turn
from fivefold_prompts.optimizer.search import Settings, Task, optimize
from tests.prompts.test_optimizer_search import Dying

SIZES = {"train": 40, "search": 40}
GATE_SHARE, NOISE_SHARE = 1 / 10, 1 / 30
"""Of the budget in runs, the cases at our gate, which are run twice, and those that tell the noise."""
ROLLOUT_MOST = 1_000
"""Tokens of one run at most."""
ASK_MOST = 8_000


@dataclass(slots=True)
class Run:
    """What came of one search."""

    shipped: Mapping[str, str]
    rollouts: int
    tokens: int
    path: list[tuple[int, int, Mapping[str, str]]] = field(default_factory=list[tuple[int, int, Mapping[str, str]]])
    """Rollouts and tokens spent when the tool had a new best one, and which."""


class _Over(Exception):
    """It would not fit."""


@dataclass(slots=True)
class Meter:
    """A system and a writer behind a budget, for tools that hold none themselves."""

    land: Landscape
    seed: int
    caps: Caps
    rollouts: int = 0
    tokens: int = 0
    asked: int = 0
    path: list[tuple[int, int, Mapping[str, str]]] = field(default_factory=list[tuple[int, int, Mapping[str, str]]])

    def answer(self, line: dict[str, Any]) -> dict[str, Any]:
        """Answer one call of a tool."""
        try:
            if line["call"] == "evaluate":
                return {"runs": [self._run(line["candidate"], line["part"], case) for case in line["cases"]]}
            if line["call"] == "ask":
                return {"text": self._ask(line["messages"])}
        except _Over:
            return {"over": True}
        self.path.append((self.rollouts, self.tokens, line["candidate"]))
        return {}

    def _run(self, candidate: Mapping[str, str], part: str, case: str) -> dict[str, Any]:
        if self.caps.rollouts is not None and self.rollouts >= self.caps.rollouts:
            raise _Over
        rollout = evaluate(self.land, candidate, case, _run_seed(self.seed, part, case))
        self._pay(rollout.cost)
        values = list(rollout.values.values())
        names = ("problem", "formulation", "program", "result")
        # What is shown of results has its numbers covered, as in the questions of our own search.
        shown = dict(zip(names, [*values[:3], "earnings #"], strict=True))
        return {"score": rollout.score, "feedback": feedback(rollout), **shown}

    def _ask(self, messages: Sequence[Mapping[str, str]]) -> str:
        self.asked += 1
        asked = "\n".join(message["content"] for message in messages)
        text = write(asked, self.seed, self.asked)
        self._pay(Cost(tokens=(len(asked) + len(text)) // 4))
        return text

    def _pay(self, cost: Cost) -> None:
        self.rollouts += cost.rollouts
        self.tokens += cost.tokens
        if self.caps.tokens is not None and self.tokens > self.caps.tokens:
            raise _Over


def _run_seed(seed: int, part: str, case: str) -> int:
    return int(draw(seed, "run", part, case, 0) * 2**31)


def other(tool: Other, land: Landscape, seed: int, caps: Caps, options: Mapping[str, Any]) -> Run:
    """Let another tool search."""
    meter = Meter(land, seed, caps)
    job = {
        "seed": seed,
        "start": START,
        "train": list(cases("train", SIZES["train"], seed)),
        "search": list(cases("search", SIZES["search"], seed)),
        "options": {"rollouts": caps.rollouts, **options},
    }
    shipped = tool.work(job, meter.answer)
    return Run(shipped, meter.rollouts, meter.tokens, meter.path)


def ours(land: Landscape, seed: int, caps: Caps, proposer: Proposer, **changes: Any) -> Run:
    """Search with our own, the gate's cases paid out of the same budget."""
    rollouts = caps.rollouts or 600
    sizes = {**SIZES, "gate": round(GATE_SHARE * rollouts)}
    parts = {part: cases(part, count, seed) for part, count in sizes.items()}
    every = [case for part in parts.values() for case in part]

    def run(candidate: Mapping[str, str], case: str, run_seed: int) -> Rollout:
        return evaluate(land, candidate, case, run_seed)

    def ask(messages: Sequence[Turn], sample: int) -> Answer:
        asked = "\n".join(message["content"] for message in messages)
        text = write(asked, seed, sample)
        return Answer(text=text, cost=Cost(tokens=(len(asked) + len(text)) // 4))

    task = Task(
        parameters=PARAMETERS,
        start=START,
        evaluate=run,
        ask=ask,
        train=parts["train"],
        search=parts["search"],
        gate=parts["gate"],
        types={case: f"type {kind_of(case)}" for case in every},
        guard=Guard({case: problem_text(case) for case in every}, known=[*START.values(), *TOPICS, *CODE_TOPICS]),
        proposer=proposer,
    )
    given: dict[str, Any] = {
        "seed": seed,
        "steps": 400,
        "noise": round(NOISE_SHARE * rollouts),
        "caps": caps,
        "rollout_most": Cost(rollouts=1, tokens=ROLLOUT_MOST),
        "ask_most": Cost(tokens=ASK_MOST),
        "characters": 3 * ASK_MOST,
        **changes,
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "search.sqlite"
        # It waits for no disk.
        with Dying(path) as ledger:
            report = optimize(task, Settings(**given), ledger)
        facts = read_facts(path)
    best: list[tuple[int, int, Mapping[str, str]]] = []
    score = -1.0
    for one in facts.scored:
        if one.score > score:
            score = one.score
            best.append((one.spent.rollouts, one.spent.tokens, facts.texts(one.id)))
    return Run(report.promoted or START, report.spent.rollouts, report.spent.tokens, best)
