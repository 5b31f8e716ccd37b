"""OptoPrime and OPRO of trace-opt 0.1.3.8 behind lines of JSON; runs in an environment of its own.

In: one job a line. Out: calls (`evaluate`, `ask`, `best`), each answered by a line, and `done` with the candidate.
"""

import os

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

import contextlib
import json
import random
import sys
import types

with contextlib.redirect_stdout(sys.stderr):
    from opto import trace
    from opto.optimizers import OPRO, OptoPrime
    from opto.trace.nodes import GRAPH

LETTER = "d\u0435f"
"""`def` with a letter that looks alike: texts with `def` go through a formatter for code and are dropped."""


class OverBudget(Exception):
    """The other side pays no more."""


def call(**asked):
    """Ask the other side."""
    print(json.dumps(asked), file=OUT, flush=True)
    answer = json.loads(sys.stdin.readline())
    if answer.get("over"):
        raise OverBudget
    return answer


def evaluate(job, candidate, part, cases):
    """Run a candidate on cases."""
    texts = {name: text.replace(LETTER, "def") for name, text in candidate.items()}
    return call(call="evaluate", candidate=texts, part=part, cases=cases)["runs"]


def search(job):
    """Follow the optimizer for as long as somebody pays; return the last candidate, or the best validated."""
    GRAPH.clear()
    options = job["options"]
    bent = (lambda text: text.replace("def", LETTER)) if options["mended"] else (lambda text: text)
    straight = (lambda text: text.replace(LETTER, "def")) if options["mended"] else (lambda text: text)
    prompts = {name: trace.node(bent(text), trainable=True, name=name) for name, text in job["start"].items()}

    def llm(messages, **_):
        told = [{"role": one["role"], "content": straight(one["content"])} for one in messages]
        text = bent(call(call="ask", messages=told)["text"])
        message = types.SimpleNamespace(message=types.SimpleNamespace(content=text))
        return types.SimpleNamespace(choices=[message])

    kind = OPRO if options["kind"] == "opro" else OptoPrime
    optimizer = kind(list(prompts.values()), llm=llm, memory_size=options["memory"])
    draws = random.Random(job["seed"])
    best, best_score, step = dict(job["start"]), -1.0, 0
    try:
        while True:
            now = {name: one.data for name, one in prompts.items()}
            if options["validate"] and step % options["validate"] == 0:
                runs = evaluate(job, now, "search", job["search"])
                score = sum(run["score"] for run in runs) / len(runs)
                if score > best_score:
                    best, best_score = now, score
                    call(call="best", candidate={name: straight(text) for name, text in best.items()})
            elif not options["validate"]:
                best = now
                call(call="best", candidate={name: straight(text) for name, text in best.items()})
            cases = draws.sample(job["train"], options["batch"])
            runs = evaluate(job, now, "train", cases)
            step += 1
            if kind is OptoPrime and all(run["score"] >= 1 for run in runs):
                continue
            outputs = [ran(prompts, case, run) for case, run in zip(cases, runs, strict=True)]
            told = "\n".join(f"ID [{n}]: {run['feedback']}" for n, run in enumerate(runs))
            if kind is OPRO:
                told = f"Score {sum(run['score'] for run in runs) / len(runs):.3f}"
            optimizer.zero_feedback()
            optimizer.backward(together(*outputs), told)
            with contextlib.redirect_stdout(sys.stderr):
                optimizer.step()
    except OverBudget:
        return {name: straight(text) for name, text in best.items()}


@trace.bundle(description="[formulate] It writes a formulation of a problem.", traceable_code=False)
def formulate(problem, prompt, value):
    """It writes a formulation of a problem."""
    return value


@trace.bundle(description="[code] It writes a program for a formulation.")
def code(formulation, prompt, value):
    """It writes a program for a formulation."""
    return value


@trace.bundle(description="[run] It runs a program.")
def run_program(program, value):
    """It runs a program."""
    return value


@trace.bundle(description="[together] All results in one.")
def together(*results):
    """All results in one."""
    return "\n".join(f"ID [{n}]: {result}" for n, result in enumerate(results))


def ran(prompts, case, run):
    """Return the result of a run as a node of the graph."""
    formulation = formulate(trace.node(run["problem"], name="problem"), prompts["formulate"], run["formulation"])
    program = code(formulation, prompts["code"], run["program"])
    return run_program(program, run["result"])


if __name__ == "__main__":
    import warnings

    warnings.simplefilter("ignore")
    OUT = sys.stdout
    sys.stdout = sys.stderr
    for line in sys.stdin:
        print(json.dumps({"call": "done", "candidate": search(json.loads(line))}), file=OUT, flush=True)
