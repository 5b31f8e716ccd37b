"""GEPA behind lines of JSON; runs in an environment of its own.

In: one job a line. Out: calls (`evaluate`, `ask`, `best`), each answered by a line, and `done` with the candidate.
"""

import contextlib
import json
import sys

import gepa
from gepa.core.adapter import EvaluationBatch


class OverBudget(Exception):
    """The other side pays no more."""


class Silent:
    """Takes what is logged."""

    def log(self, message):
        """Say nothing."""


def call(**asked):
    """Ask the other side."""
    print(json.dumps(asked), file=OUT, flush=True)
    answer = json.loads(sys.stdin.readline())
    if answer.get("over"):
        raise OverBudget
    return answer


class Adapter:
    """The system, for GEPA; remembers the best on the whole validation set, which is what GEPA returns."""

    propose_new_texts = None

    def __init__(self, job):
        self.search = set(job["search"])
        self.best, self.best_score = dict(job["start"]), -1.0

    def evaluate(self, batch, candidate, capture_traces=False):
        """Run a candidate on some cases."""
        part = "search" if set(batch) <= self.search else "train"
        runs = call(call="evaluate", candidate=candidate, part=part, cases=list(batch))["runs"]
        scores = [run["score"] for run in runs]
        if set(batch) == self.search and sum(scores) / len(scores) > self.best_score:
            self.best, self.best_score = dict(candidate), sum(scores) / len(scores)
            call(call="best", candidate=self.best)
        return EvaluationBatch(outputs=runs, scores=scores, trajectories=runs if capture_traces else None)

    def make_reflective_dataset(self, candidate, batch, components):
        """Tell the same of each run for every component, as GEPA's adapters for chains do."""
        records = [
            {
                "Inputs": run["problem"],
                "Generated Outputs": f"{run['formulation']}\n{run['program']}\n{run['result']}",
                "Feedback": run["feedback"],
            }
            for run in batch.trajectories
        ]
        return dict.fromkeys(components, records)


def search(job):
    """Let GEPA search for as long as somebody pays."""
    adapter = Adapter(job)

    def ask(prompt):
        messages = prompt if isinstance(prompt, list) else [{"role": "user", "content": prompt}]
        return call(call="ask", messages=messages)["text"]

    with contextlib.suppress(OverBudget):
        gepa.optimize(
            seed_candidate=job["start"],
            trainset=job["train"],
            valset=job["search"],
            adapter=adapter,
            reflection_lm=ask,
            module_selector=job["options"]["selector"],
            use_merge=job["options"]["merge"],
            max_metric_calls=job["options"]["rollouts"],
            seed=job["seed"],
            logger=Silent(),
            raise_on_exception=True,
        )
    return adapter.best


if __name__ == "__main__":
    OUT = sys.stdout
    sys.stdout = sys.stderr
    for line in sys.stdin:
        print(json.dumps({"call": "done", "candidate": search(json.loads(line))}), file=OUT, flush=True)
