"""The trials of tests/prompts, counted: A/A, replies, attribution, kills, leaks, budgets; a Markdown table each."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from attacks import CLEAN, PROBLEM_WAYS, ROW_WAYS, Attack, RowAttack, answer_ways

from fivefold_prompts.optimizer.budget import Budget, Caps, OverBudget
from fivefold_prompts.optimizer.gate import admit
from fivefold_prompts.optimizer.graph import minimal, run_graph
from fivefold_prompts.optimizer.leaks import Guard
from fivefold_prompts.optimizer.reply import ReplyFault, read_reply
from fivefold_prompts.optimizer.rollout import Cost
from fivefold_prompts.optimizer.search import optimize
from fivefold_prompts.store import versions
from tests.prompts import optimizer_landscape as land
from tests.prompts import test_optimizer_reply as replies
from tests.prompts import test_optimizer_search as searches
from tests.prompts.test_optimizer_gate import runs
from tests.prompts.test_optimizer_graph import made_up_run

ROOT = Path(__file__).resolve().parents[2]


def equal_pairs(times: int = 1000) -> str:
    """E0: a noisy system against itself through the gate."""
    lines = ["| cases | right by chance in | pairs | p below .05 | promoted |", "|--:|---|--:|--:|--:|"]
    for cases in (60, 120, 300):
        for told, chances in (("half of the cases", [0.5]), ("a third of them", [0.05, 0.5, 0.95])):
            draws = random.Random(cases)
            said = [_equal_pair(cases, chances, draws) for _ in range(times)]
            low = sum(p <= 0.05 for p, _ in said) / times
            promoted = sum(promoted for _, promoted in said) / times
            lines.append(f"| {cases} | {told} | {times} | {low:.1%} | {promoted:.1%} |")
    return "\n".join(lines) + "\n"


def _equal_pair(cases: int, chances: list[float], draws: random.Random) -> tuple[float, bool]:
    chance = [draws.choice(chances) for _ in range(cases)]
    first, second = ([draws.random() < p for p in chance] for _ in range(2))
    said = admit(runs(first), runs(second), {})
    return said.p, said.promoted


def broken_replies() -> str:
    """E1: replies whole, bent and mangled.

    Silent: nothing comes of one and nothing is said. Corrupt: something else comes of it than is written.
    """
    whole = [form.replace("{}", replies.tagged(*replies.GOOD)) for form in ("{}", "Sure!\n{}\nDone.", "```\n{}\n```")]
    whole.append(replies.as_json(*replies.GOOD))
    used = sum(read_reply(reply) == replies.GOOD for reply in whole)
    refused = sum(_refused(reply) for reply in replies.REFUSED.values())
    replies.ENDS.clear()
    # It fails at the first reply that is dropped without a word or writes what does not stand in it.
    replies.test_mangled_replies_are_refused_or_say_what_is_written()
    mangled = sum(replies.ENDS.values())
    taken = replies.ENDS["accepted"] + replies.ENDS["repaired"]
    return (
        "| replies | number | used whole | refused with a reason | silent | corrupt |\n|---|--:|--:|--:|--:|--:|\n"
        f"| whole, in four dresses | {len(whole)} | {used} | {len(whole) - used} | 0 | 0 |\n"
        f"| bent in a known way | {len(replies.REFUSED)} | {len(replies.REFUSED) - refused} | {refused} | 0 | 0 |\n"
        f"| hurt in one to three places | {mangled} | {taken} | {mangled - taken} | 0 | 0 |\n"
    )


def _refused(reply: str) -> bool:
    try:
        read_reply(reply)
    except ReplyFault as fault:
        return bool(str(fault))
    return False


def attributions() -> str:
    """E2: graphs of runs with loops and failures, made in many threads at once, beside what is true by construction."""
    lines = ["| runs at once | steps | wrong edges | wrong prompts | microseconds a step |", "|--:|--:|--:|--:|--:|"]
    for threads in (1, 8, 64):
        made = [made_up_run(seed) for seed in range(max(64, threads))]
        with ThreadPoolExecutor(threads) as pool:
            graphs = list(pool.map(run_graph, [spans for spans, _, _ in made]))
        wrong = sum(set(graph.edges) != edges for graph, (_, edges, _) in zip(graphs, made, strict=True))
        blamed = sum(graph.parameters != users for graph, (_, _, users) in zip(graphs, made, strict=True))
        steps = sum(len(spans) for spans, _, _ in made)
        before = time.process_time()
        for spans, _, _ in made:
            minimal(run_graph(spans))
        each = (time.process_time() - before) / steps * 1e6
        lines.append(f"| {threads} | {steps} | {wrong} | {blamed} | {each:.1f} |")
    return "\n".join(lines) + "\n"


def kills(signals: int = 10) -> str:
    """E5: killed before every event, and by SIGKILL at random runs; the digest and the runs made again."""
    with tempfile.TemporaryDirectory() as folder:
        at_events = _killed_at_events(Path(folder))
        by_signal = _killed_by_signal(Path(folder), signals)
    return (
        "| killed | times | same digest | runs made again, most |\n|---|--:|--:|--:|\n"
        f"| before each event | {at_events[0]} | {at_events[1]} | {at_events[2]} |\n"
        f"| by SIGKILL, three runs at once | {by_signal[0]} | {by_signal[1]} | {by_signal[2]} |\n"
    )


def _killed_at_events(folder: Path) -> tuple[int, int, int]:
    made = {"n": 0}

    def counting(candidate: Mapping[str, str], case: str, seed: int) -> land.Rollout:
        made["n"] += 1
        return land.evaluate(candidate, case, seed)

    def search(path: Path, at: int = -1) -> tuple[str, int]:
        with searches.Dying(path, at) as ledger:
            optimize(searches.tiny_task(evaluate=counting), searches.TINY, ledger)
            return ledger.digest(), len(ledger.events())

    digest, events = search(folder / "whole.sqlite")
    whole, same, again = made["n"], 0, 0
    for at in range(events):
        made["n"] = 0
        try:
            search(folder / f"{at}.sqlite", at)
        except searches.Killed:
            same += search(folder / f"{at}.sqlite")[0] == digest
        again = max(again, made["n"] - whole)
    return events, same, again


def _killed_by_signal(folder: Path, times: int) -> tuple[int, int, int]:
    with searches.Dying(folder / "beside.sqlite") as ledger:
        optimize(searches.small_task(), searches.SMALL, ledger)
        digest, rollouts = ledger.digest(), len(ledger.events("rollout"))
    draws = random.Random(5)
    same, again = 0, 0
    for number in range(times):
        path = folder / f"signal{number}.sqlite"
        at = draws.randint(2, rollouts - 1)
        command = [sys.executable, "-c", searches.KILLED, str(path), str(at)]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(command, cwd=ROOT, env=environment, check=False, capture_output=True)
        assert done.returncode == -signal.SIGKILL, done.stderr
        with searches.Dying(path) as ledger:
            kept = len(ledger.events("rollout"))
            optimize(searches.small_task(), searches.SMALL, ledger)
            same += ledger.digest() == digest
        again = max(again, at - 1 - kept)
    return times, same, again


def leaks() -> str:
    """E6: each way to copy, on every problem of tests/problems; and prompts that copy nothing."""
    raw, problems, answers = _problems()
    prompts = [version.text for version in versions()]
    guard = Guard(problems, answers, known=prompts)
    told: list[tuple[str, int, int]] = []
    for name, attack in {**PROBLEM_WAYS, **answer_ways()}.items():
        cases = [case for case in problems if _fits(name, problems[case], answers.get(case))]
        told.append((name, sum(_caught(guard, attack, case, problems, answers) for case in cases), len(cases)))
    told.insert(0, ("five words a step", sum(_bit_by_bit(guard, text) for text in problems.values()), len(problems)))
    rows = [(name, *_rows_caught(guard, attack, raw)) for name, attack in ROW_WAYS.items()]
    strange = sum(_rows_caught(_without(raw, case, prompts), ROW_WAYS["a row of its formulation"], {case: one})[0]
                  for case, one in raw.items())  # fmt: skip
    alarms = [text for text in CLEAN if guard.leaks(text)]
    shipped = [text for text in prompts if any(leak.certain for leak in guard.leaks(text))]
    copies = len(PROBLEM_WAYS) + 1
    groups = (("copies of the problem", told[:copies]), ("rows and names", rows), ("the answer", told[copies:]))
    told += rows
    caught, tried = sum(one[1] for one in told), sum(one[2] for one in told)
    lines = ["| what is put into a prompt | ways | tried | caught |", "|---|--:|--:|--:|"]
    for name, group in groups:
        tried_here = sum(one[2] for one in group)
        lines.append(f"| {name} | {len(group)} | {tried_here} | {sum(one[1] for one in group) / tried_here:.1%} |")
    lines.append(f"| in all | {len(told)} | {tried} | {caught / tried:.1%} |")
    lines += ["", "Ways that are not always caught:", "", "| way | tried | caught |", "|---|--:|--:|"]
    lines += [f"| {name} | {n} | {found / n:.0%} |" for name, found, n in told if found < n]
    lines += [
        "",
        f"False alarms: {len(alarms)} of {len(CLEAN)} clean prompts, {len(shipped)} of {len(prompts)} shipped; "
        f"{strange} of {rows[0][2]} rows of problems that the guard was not given.",
    ]
    return "\n".join(lines) + "\n"


def _problems() -> tuple[dict[str, dict[str, Any]], dict[str, str], dict[str, float]]:
    raw: dict[str, dict[str, Any]] = {
        path.stem: json.loads(path.read_text("utf-8")) for path in sorted((ROOT / "tests" / "problems").glob("*.json"))
    }
    answers = {name: float(one["objective"]) for name, one in raw.items() if one.get("objective") is not None}
    return raw, {name: one["text"] for name, one in raw.items()}, answers


def _rows_caught(guard: Guard, attack: RowAttack, raw: Mapping[str, Mapping[str, Any]]) -> tuple[int, int]:
    """Return how often a way to write rows was found, and on how many problems it says anything."""
    written = [text for case, one in raw.items() if (text := attack(one, random.Random(case)))]
    return sum(any(leak.certain for leak in guard.leaks(text)) for text in written), len(written)


def _without(raw: Mapping[str, Mapping[str, Any]], case: str, known: list[str]) -> Guard:
    return Guard({name: one["text"] for name, one in raw.items() if name != case}, known=known)


def _fits(name: str, text: str, answer: float | None) -> bool:
    """What hardly says anything is no leak: answers of fewer than three digits that count, texts with few numbers."""
    if name in PROBLEM_WAYS:
        long_words = len({word for word in text.split() if len(word) > 6})
        return (name != "only its numbers" or sum(sign.isdigit() for sign in text) >= 12) and (
            name != "only its long words" or long_words >= 10
        )
    return answer is not None and len(str(abs(round(answer))).rstrip("0")) >= 3


def _bit_by_bit(guard: Guard, text: str) -> bool:
    """Five words a step, each beside what the search began with."""
    words, before = text.split(), "## user\nBe careful.\n"
    pieces = (" ".join(words[:upto]) for upto in range(5, len(words) + 5, 5))
    return any(leak.certain for piece in pieces for leak in guard.leaks(f"{before}{piece}\n", before))


def _caught(guard: Guard, attack: Attack, case: str, problems: Mapping[str, str], answers: Mapping[str, float]) -> bool:
    text = attack(problems[case], answers.get(case, 0.0), random.Random(case))
    return any(leak.certain for leak in guard.leaks(f"## user\nBe careful.\n{text}\n", "## user\nBe careful.\n"))


def budgets(times: int = 10) -> str:
    """E7: caps at random values, runs side by side; what was spent beyond."""
    lines = ["| meter | searches | stopped by it | overshoot |", "|---|--:|--:|--:|"]
    draws = random.Random(7)
    for meter in ("rollouts", "tokens", "money", "seconds"):
        done = [_capped(meter, draws) for _ in range(times)]
        over = max(spent - cap for spent, cap, _ in done)
        lines.append(f"| {meter} | {times} | {sum(stopped for _, _, stopped in done)} | {max(0.0, over):g} |")
    lines.append(f"| 64 threads on one budget | 1 | 1 | {_threads()} |")
    return "\n".join(lines) + "\n"


def _capped(meter: str, draws: random.Random) -> tuple[float, float, bool]:
    floor = getattr(land.MOST, meter) * 24
    cap = floor * draws.uniform(1.05, 5)
    caps = Caps.model_validate({meter: int(cap) + 1 if meter in ("rollouts", "tokens") else cap})
    parallel = draws.choice([1, 4, 16])
    with tempfile.TemporaryDirectory() as folder, searches.Dying(Path(folder) / "l.sqlite") as ledger:
        settings = searches.SMALL.model_copy(update={"caps": caps, "seed": draws.randrange(1000)})
        try:
            report = optimize(searches.small_task(parallel=parallel), settings, ledger)
        except OverBudget:
            return 0.0, getattr(caps, meter), True
    return getattr(report.spent, meter), getattr(caps, meter), report.stopped.startswith("budget")


def _threads() -> int:
    budget = Budget(Caps(tokens=10_000))

    def spend() -> None:
        for _ in range(40):
            try:
                with budget.reserve(Cost(tokens=30)) as held:
                    held.use(Cost(tokens=20))
            except OverBudget:
                continue

    threads = [threading.Thread(target=spend) for _ in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return max(0, budget.spent.tokens - 10_000)


TRIALS: Mapping[str, Callable[[], str]] = {
    "e0": equal_pairs,
    "e1": broken_replies,
    "e2": attributions,
    "e5": kills,
    "e6": leaks,
    "e7": budgets,
}
