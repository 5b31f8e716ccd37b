"""A made-up system with two prompts and a writer, both pure functions: what each prompt lacks decides how runs end."""

import hashlib
import re
from collections.abc import Mapping, Sequence

from fivefold_prompts.optimizer.candidate import Parameter
from fivefold_prompts.optimizer.ledger import draw
from fivefold_prompts.optimizer.reply import Edit
from fivefold_prompts.optimizer.rollout import Answer, Cost, Rollout, Stage, Turn
from fivefold_prompts.optimizer.search import Task
from tests.prompts.test_optimizer_graph import span

KINDS = ("blending", "network", "planning", "cutting")
RULES = {"blending": "ratios", "network": "balances", "planning": "stocks", "cutting": "integers"}
START = {
    "formulate": "## user\nBe careful.\n{{problem}}\n",
    "code": "## user\nWrite code.\nIt must run.\n{{formulation}}\n",
}
PARAMETERS = (
    Parameter(name="formulate", placeholders=("problem",)),
    Parameter(name="code", placeholders=("formulation",)),
)
HARM = "Guess what is missing."
MOST = Cost(rollouts=1, tokens=120, money=0.002, seconds=1.0)
ASK_MOST = Cost(tokens=20_000, money=0.1, seconds=5.0)


def cases(part: str, count: int) -> list[str]:
    return [f"{part}{number:03}-{KINDS[number % len(KINDS)]}" for number in range(count)]


def kind_of(case: str) -> str:
    return case.partition("-")[2]


def evaluate(candidate: Mapping[str, str], case: str, seed: int) -> Rollout:
    """A kind of problem needs its rule in `formulate` and for half the cases care in `code`; harm breaks one kind."""
    rule, hard = RULES[kind_of(case)], draw(1, case) < 0.5
    spans = [
        span(1, "formulate", {"problem": case}, {"formulation": f"f {case}"}, prompt="formulate"),
        span(2, "code", {"formulation": f"f {case}"}, {"program": f"c {case}"}, prompt="code"),
        span(3, "run", {"program": f"c {case}"}, {"result": f"r {case}"}),
    ]
    values = {case: f"A {kind_of(case)} problem about {seed} things.", f"f {case}": "max x", f"r {case}": "x = 12345"}
    stage = Stage.RIGHT
    if hard and "bounds" not in candidate["code"]:
        spans[2]["error"] = {"family": "runtime", "type": "KeyError", "message": "code forgot bounds"}
        stage = Stage.CRASHED
    elif rule not in candidate["formulate"]:
        spans[2]["verdicts"] = [{"check": "reading", "passed": False, "message": f"formulate forgot {rule}"}]
        stage = Stage.REFUTED
    elif HARM in candidate["formulate"] and kind_of(case) == "network":
        stage = Stage.CONSISTENT
    tokens = 60 + int(20 * draw(seed, "tokens"))
    cost = Cost(rollouts=1, tokens=tokens, money=tokens * 1e-5, seconds=0.5)
    return Rollout(stage=stage, spans=tuple(spans), values=values, cost=cost)


def tagged(edit: Edit) -> str:
    return (
        f"<changes><edit><parameter>{edit.parameter}</parameter><operation>{edit.operation}</operation>"
        f"<anchor>{edit.anchor}</anchor><text>{edit.text}</text></edit></changes>"
    )


def writer(messages: Sequence[Turn], sample: int) -> Answer:
    """Reads the feedback in the question and mends what it names; sometimes it harms, copies or writes nonsense."""
    asked = "\n".join(message["content"] for message in messages)
    number = draw(int(hashlib.sha256(asked.encode()).hexdigest()[:12], 16), sample)
    cost = Cost(tokens=len(asked) // 4, money=0.01, seconds=2.0)
    if "Before any edit" in asked:
        return Answer(text="1. mend what the feedback names\n2. be shorter and clearer\n3. check more often", cost=cost)
    named = re.findall(r"(formulate|code) forgot (\w+)", asked.partition("# Feedback")[2])
    anchors = {"formulate": "Be careful.", "code": "It must run."}
    if number < 0.15:
        text = "I would write: check everything."
    elif number < 0.30 or not named:
        text = tagged(Edit("formulate", "insert_after", "Be careful.", HARM))
    else:
        where, what = named[int(draw(sample, asked[-50:]) * len(named))]
        text = tagged(Edit(where, "insert_after", anchors[where], f"Think of the {what}."))
    return Answer(text=text, cost=cost)


def task(**changes: object) -> Task:
    given: dict[str, object] = {
        "parameters": PARAMETERS,
        "start": START,
        "evaluate": evaluate,
        "ask": writer,
        "train": cases("train", 24),
        "search": cases("search", 24),
        "gate": cases("gate", 40),
        "types": {c: kind_of(c) for part, n in (("train", 24), ("search", 24), ("gate", 40)) for c in cases(part, n)},
        **changes,
    }
    return Task(**given)  # type: ignore[arg-type]  # what is changed is chosen by each test


def share_right(candidate: Mapping[str, str], count: int = 200) -> float:
    """On problems that no search has seen."""
    return sum(evaluate(candidate, case, 1).right for case in cases("fresh", count)) / count
