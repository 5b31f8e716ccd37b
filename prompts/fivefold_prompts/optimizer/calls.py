"""Calls to the outside, each paid for before, written down after, and never made twice."""

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from fivefold_prompts.optimizer.budget import Budget
from fivefold_prompts.optimizer.candidate import Candidate, candidate_id
from fivefold_prompts.optimizer.ledger import Event, Ledger, draw
from fivefold_prompts.optimizer.rollout import Answer, Ask, Cost, Evaluate, OutsideFault, Rollout, Turn

_T = TypeVar("_T")
TRIES = 3
"""How often a call is made that fails for reasons outside; then the search stops, and can go on later."""


class Calls:
    """The given functions behind ledger and budget."""

    def __init__(
        self,
        evaluate: Evaluate,
        ask: Ask,
        ledger: Ledger,
        budget: Budget,
        *,
        seed: int,
        rollout_most: Cost,
        ask_most: Cost,
        parallel: int = 1,
        pause: float = 1.0,
        one_seed: bool = False,
    ) -> None:
        """Take the functions, and what one call of each costs at most."""
        self._evaluate, self._ask = evaluate, ask
        self._ledger, self._budget = ledger, budget
        self._seed, self._parallel, self._pause = seed, parallel, pause
        self._rollout_most, self._ask_most = rollout_most, ask_most
        self._one_seed = one_seed
        self._charged: set[str] = set()

    def rollouts(self, candidate: Candidate, part: str, cases: Sequence[str], sample: int = 0) -> dict[str, Rollout]:
        """Return what comes of a candidate on the cases of a part; all candidates get the same seeds.

        Raises:
            OverBudget: not all that are missing would fit; none was begun.
        """
        name = candidate_id(candidate)
        keys = {case: f"rollout/{part}/{case}/{sample}/{name}" for case in cases}
        found = {case: self._found(key) for case, key in keys.items()}
        missing = [case for case, event in found.items() if event is None]

        def run(case: str) -> Rollout:
            seed = self._seed_of(part, case, sample)
            rollout = _persistent(lambda: self._evaluate(candidate, case, seed), self._pause)
            self._write("rollout", keys[case], rollout)
            held.use(rollout.cost)
            return rollout

        with self._budget.reserve(self._rollout_most.times(len(missing))) as held:
            if self._parallel > 1 and len(missing) > 1:
                with ThreadPoolExecutor(min(self._parallel, len(missing))) as threads:
                    fresh = dict(zip(missing, threads.map(run, missing), strict=True))
            else:
                fresh = {case: run(case) for case in missing}
        return {case: fresh[case] if event is None else _rollout(event) for case, event in found.items()}

    def ask(self, messages: Sequence[Turn], sample: int) -> Answer:
        """Return the reply of the LLM.

        Raises:
            OverBudget: it would not fit; it was not asked.
        """
        told = json.dumps([dict(message) for message in messages], sort_keys=True, ensure_ascii=False)
        key = f"ask/{sample}/{hashlib.sha256(told.encode('utf-8', 'backslashreplace')).hexdigest()}"
        if (event := self._found(key)) is not None:
            return Answer(text=event.body["text"], cost=_cost(event))
        with self._budget.reserve(self._ask_most) as held:
            answer = _whole(_persistent(lambda: self._ask(messages, sample), self._pause))
            self._write("reply", key, answer)
            held.use(answer.cost)
        return answer

    def _seed_of(self, part: str, case: str, sample: int) -> int:
        return self._seed + sample if self._one_seed else int(draw(self._seed, "run", part, case, sample) * 2**31)

    def _found(self, key: str) -> Event | None:
        """Return what is written; what an earlier part of the search paid is counted when it is first met."""
        event = self._ledger.find(key)
        if event is not None and key not in self._charged:
            self._charged.add(key)
            self._budget.charge(_cost(event))
        return event

    def _write(self, kind: str, key: str, item: Rollout | Answer) -> None:
        body = item.model_dump(mode="json")
        body["cost"].pop("seconds")
        # A set of strings is safe to add to from several threads.
        self._charged.add(key)
        self._ledger.add(kind, key, body, {"seconds": item.cost.seconds})


def _persistent(call: Callable[[], _T], pause: float) -> _T:
    for attempt in range(TRIES - 1):
        try:
            return call()
        except OutsideFault:
            time.sleep(pause * 2**attempt)
    return call()


def _whole(answer: Answer) -> Answer:
    """Return an answer without halves of characters, which no prompt could be saved with."""
    return answer.model_copy(update={"text": answer.text.encode("utf-8", "replace").decode()})


def _cost(event: Event) -> Cost:
    return Cost(**event.body["cost"], seconds=event.note["seconds"])


def _rollout(event: Event) -> Rollout:
    return Rollout.model_validate({**event.body, "cost": _cost(event)})
