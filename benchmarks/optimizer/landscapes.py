"""Made-up systems with two prompts: what each prompt says decides how runs end, and the best there is is known.

Problems have a type, the types a Zipf distribution. A type needs a clause in `formulate`, in some landscapes one in
`code` as well. Other clauses do nothing, or break a type without a word. `LANDSCAPES` lists what is hard in each.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from fivefold_prompts.optimizer.candidate import Parameter
from fivefold_prompts.optimizer.ledger import draw
from fivefold_prompts.optimizer.rollout import Cost, Rollout, Stage
from tests.prompts.test_optimizer_graph import span

TOPICS = ("ratios", "balances", "stocks", "integers", "setups", "penalties")
"""What each type's problems need named in `formulate`."""
CODE_TOPICS = ("bounds", "indices")
"""What runs need handled in `code`, by turns."""
VOCABULARY = (*TOPICS, *CODE_TOPICS, "units", "names", "signs", "totals")
"""What somebody who sees no feedback would guess."""
START = {
    "formulate": "## user\nYou define the formulation.\nBe careful.\n{{problem}}\n",
    "code": "## user\nYou define the code.\nIt must run.\n{{formulation}}\n",
}
PARAMETERS = (
    Parameter(name="formulate", placeholders=("problem",)),
    Parameter(name="code", placeholders=("formulation",)),
)
BRIDGES = {(0, 1), (2, 3), (4, 5)}
"""Types whose clauses get into each other's way."""


def good(topic: str) -> str:
    """Return the clause that helps."""
    return f"Name all {topic} there are."


def weak(topic: str) -> str:
    """Return one that sounds alike and does nothing."""
    return f"Keep {topic} in mind."


def bad(topic: str) -> str:
    """Return one that breaks another type."""
    return f"Leave {topic} out where they seem small."


def bridge(one: str, other: str) -> str:
    """Return the clause that keeps two others from getting into each other's way."""
    return f"Keep {one} and {other} apart."


FILLER = (
    "Take a deep breath, think step by step about everything that may matter here, and make sure that your work is"
    " complete, consistent, well structured and pleasant to read."
)


@dataclass(frozen=True, slots=True)
class Landscape:
    """What is hard about a system."""

    name: str
    told: str
    easy: float = 0.3
    """Share of problems that need nothing."""
    both: bool = False
    """Whether a problem needs its clause in both prompts."""
    mixing: bool = False
    """Whether two clauses of neighbours need a third."""
    rivals: bool = False
    """Whether the clause of one type breaks its neighbour."""
    noise: float = 0.0
    """Share of runs that end otherwise than they should."""
    length: bool = False
    """Whether long prompts fail."""
    hopeless: bool = False
    """Whether no clause helps."""


LANDSCAPES = {
    one.name: one
    for one in (
        Landscape("a", "single fault: one clause a type, in one prompt"),
        Landscape("b", "two prompts must change together", easy=0.1, both=True),
        Landscape("c", "clauses get into each other's way until a third is there", mixing=True),
        Landscape("d", "one run in ten ends otherwise than it should", noise=0.1),
        Landscape("e", "long prompts fail", length=True),
        Landscape("f", "what helps one type breaks another, without a word", rivals=True),
        Landscape("g", "nothing helps, some of it harms, one run in ten is chance", noise=0.1, hopeless=True),
    )
}


@cache
def cases(part: str, count: int, seed: int = 0) -> tuple[str, ...]:
    """Return so many cases of a part; their types follow Zipf's law."""
    weights = [1 / (rank + 1) for rank in range(len(TOPICS))]
    reach = list(itertools.accumulate(weight / sum(weights) for weight in weights))
    kinds = (draw(seed, "kind", part, number) for number in range(count))
    return tuple(f"{part}{number:04}-{_rank(reach, kind)}" for number, kind in enumerate(kinds))


def _rank(reach: list[float], value: float) -> int:
    return next((rank for rank, upto in enumerate(reach) if value < upto), len(reach) - 1)


def kind_of(case: str) -> int:
    """Return the type of a case's problem."""
    return int(case.rpartition("-")[2])


@cache
def problem_text(case: str) -> str:
    """Return the problem in words, unlike any other."""
    made = ["".join("bdfgklmnprst"[int(12 * draw(3, case, i, j))] + "aeiou"[int(5 * draw(4, case, i, j))]
                    for j in range(3)) for i in range(7)]  # fmt: skip
    return (
        f"A plant called {made[0]} ships {made[1]}, {made[2]} and {made[3]} to {made[4]} and wants to know how much of"
        f" each {made[5]} it should send while {made[6]} lasts, so that it earns as much as it can?"
    )


def evaluate(land: Landscape, candidate: Mapping[str, str], case: str, seed: int) -> Rollout:
    """Return what comes of two prompts on a case."""
    kind = kind_of(case)
    problem, formulation, program = problem_text(case), f"maximize earnings of {case[-1]}", f"solve({case[-1]})"
    spans = [
        span(1, "formulate", {"problem": problem}, {"formulation": formulation}, prompt="formulate"),
        span(2, "code", {"formulation": formulation}, {"program": program}, prompt="code"),
        span(3, "run", {"program": program}, {"result": f"r {case}"}),
    ]
    stage = _stage(land, candidate, case, kind, spans)
    if land.noise and draw(seed, "noise", case, *sorted(candidate.values())) < land.noise:
        stage = Stage.CONSISTENT if stage is Stage.RIGHT else Stage.RIGHT
        for one in spans:
            one["error"], one["verdicts"] = None, []
    values = {problem: problem, formulation: formulation, program: program, f"r {case}": "earnings 12345"}
    tokens = 500 + sum(map(len, candidate.values())) // 4
    return Rollout(stage=stage, spans=tuple(spans), values=values, cost=Cost(rollouts=1, tokens=tokens))


def _stage(land: Landscape, candidate: Mapping[str, str], case: str, kind: int, spans: list[dict[str, Any]]) -> Stage:
    formulate, code = candidate["formulate"], candidate["code"]
    if "{{problem}}" not in formulate or "{{formulation}}" not in code:
        return Stage.NO_REPLY
    if land.length and len(f"{formulate} {code}".split()) > 30 + 90 * draw(5, "room", case):
        return Stage.UNREADABLE
    needs = draw(6, "needs", case) >= land.easy
    topic, handled = TOPICS[kind], CODE_TOPICS[kind % 2]
    if land.both and needs and good(handled) not in code:
        spans[2]["error"] = {"family": "runtime", "type": "KeyError", "message": f"{handled} are not handled"}
        return Stage.CRASHED
    if needs and (land.hopeless or good(topic) not in formulate):
        spans[2]["verdicts"] = [{"check": f"{topic}-named", "passed": False, "message": f"{topic} are missing"}]
        return Stage.REFUTED
    neighbour = TOPICS[kind ^ 1]
    if good(topic) in formulate and good(neighbour) in formulate:
        first, second = sorted((topic, neighbour), key=TOPICS.index)
        if land.mixing and bridge(first, second) not in formulate:
            message = f"{first} and {second} are mixed up"
            spans[2]["verdicts"] = [{"check": "not-mixed-up", "passed": False, "message": message}]
            return Stage.REFUTED
    if land.rivals and good(neighbour) in formulate and kind < 4:
        return Stage.CONSISTENT
    broken = (TOPICS[(TOPICS.index(one) + 2) % len(TOPICS)] for one in TOPICS if bad(one) in formulate + code)
    broken_too = (TOPICS[0] for one in VOCABULARY[len(TOPICS) :] if bad(one) in formulate + code)
    return Stage.CONSISTENT if topic in (*broken, *broken_too) else Stage.RIGHT


def with_clauses(clauses: list[str], code: list[str]) -> dict[str, str]:
    """Return the two prompts with clauses put in."""
    return {
        "formulate": START["formulate"].replace("Be careful.\n", "\n".join(["Be careful.", *clauses]) + "\n"),
        "code": START["code"].replace("It must run.\n", "\n".join(["It must run.", *code]) + "\n"),
    }


def accuracy(land: Landscape, candidate: Mapping[str, str], count: int = 600) -> float:
    """Return the share right of problems that no search has seen, without noise."""
    spans: list[dict[str, Any]] = [{}, {}, {}]
    ends = (_stage(land, candidate, case, kind_of(case), spans) for case in cases("fresh", count))
    return sum(stage is Stage.RIGHT for stage in ends) / count


@cache
def optimum(name: str) -> float:
    """Return the best share right that clauses can bring."""
    land = LANDSCAPES[name]
    bridges = [bridge(TOPICS[one], TOPICS[other]) for one, other in sorted(BRIDGES)] if land.mixing else []
    code = [good(topic) for topic in CODE_TOPICS] if land.both else []
    sets = itertools.product((False, True), repeat=len(TOPICS)) if land.rivals else [(True,) * len(TOPICS)]
    choices = ([good(topic) for topic, taken in zip(TOPICS, chosen, strict=True) if taken] for chosen in sets)
    return max(accuracy(land, with_clauses([*chosen, *bridges], code)) for chosen in choices)
