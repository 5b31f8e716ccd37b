"""Whole searches on a made-up landscape: they find what is to be found, spend what they may, and go on after a kill."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from fivefold_prompts.optimizer.budget import BoundBroken, Budget, Caps, OverBudget
from fivefold_prompts.optimizer.calls import Calls
from fivefold_prompts.optimizer.candidate import candidate_id
from fivefold_prompts.optimizer.leaks import Guard
from fivefold_prompts.optimizer.ledger import Ledger, LedgerError
from fivefold_prompts.optimizer.proposers import at_random, rewrite
from fivefold_prompts.optimizer.reply import Edit
from fivefold_prompts.optimizer.rollout import Answer, Cost, OutsideFault, Rollout, Stage
from fivefold_prompts.optimizer.search import Settings, chosen, optimize
from tests.prompts import optimizer_landscape as land

SETTINGS = Settings(seed=3, steps=8, rollout_most=land.MOST, ask_most=land.ASK_MOST)
SMALL = Settings(seed=1, steps=2, batch=4, examples=4, directions=2, rollout_most=land.MOST, ask_most=land.ASK_MOST)


TINY = SMALL.model_copy(update={"batch": 3, "examples": 2, "directions": 1, "seed": 2})


def small_task(**changes: object):
    return land.task(
        train=land.cases("train", 6), search=land.cases("search", 4), gate=land.cases("gate", 8), **changes
    )


def tiny_task(**changes: object):
    return land.task(
        train=land.cases("train", 4), search=land.cases("search", 2), gate=land.cases("gate", 3), **changes
    )


def test_a_search_mends_both_prompts_and_promotes(tmp_path: Path):
    with Ledger(tmp_path / "l.sqlite") as ledger:
        report = optimize(land.task(), SETTINGS, ledger)
    assert report.admission is not None and report.admission.promoted
    assert report.promoted is not None
    assert land.share_right(land.START) == 0
    assert land.share_right(report.promoted) > 0.7
    assert report.results["accepted"] >= 3
    assert report.noise == 0
    assert report.admission.p < 0.05 and report.admission.interval[0] > 0


def test_same_seed_same_search_whatever_runs_beside(tmp_path: Path):
    digests = set()
    for number, parallel in enumerate((1, 4)):
        with Ledger(tmp_path / f"{number}.sqlite") as ledger:
            optimize(small_task(parallel=parallel), SMALL, ledger)
            digests.add(ledger.digest())
    with Ledger(tmp_path / "other.sqlite") as ledger:
        optimize(small_task(), SMALL.model_copy(update={"seed": 2}), ledger)
        assert ledger.digest() not in digests
    assert len(digests) == 1


@pytest.mark.parametrize("proposer", [at_random, rewrite])
def test_controls_run_and_ship_nothing_worse(proposer, tmp_path: Path):
    with Ledger(tmp_path / "l.sqlite") as ledger:
        report = optimize(land.task(proposer=proposer), SETTINGS.model_copy(update={"steps": 3}), ledger)
    assert report.promoted is None or land.share_right(report.promoted) > 0
    assert sum(report.results.values()) >= 3


def test_gate_cases_are_never_shown_and_search_cases_only_score(tmp_path: Path):
    asked: list[str] = []

    def watched(messages, sample):
        asked.extend(message["content"] for message in messages)
        return land.writer(messages, sample)

    with Ledger(tmp_path / "l.sqlite") as ledger:
        optimize(small_task(ask=watched), SMALL, ledger)
        kinds = {event.kind for event in ledger.events()}
    assert asked and not any("gate0" in text or "search0" in text or "12345" in text for text in asked)
    assert kinds == {"begun", "rollout", "reply", "proposal", "gate", "ended"}


# --- going on after a kill -------------------------------------------------------------------------------


class Killed(BaseException):
    """The process ends here."""


class Dying(Ledger):
    """Ends before the write of that number."""

    def __init__(self, path: Path, at: int = -1) -> None:
        self.left = at
        super().__init__(path)
        # Nothing waits for the disk: the process goes on living here.
        self._base.execute("PRAGMA synchronous=OFF")

    def add(self, kind, key, body, note=None):
        if self.find(key) is None:
            if self.left == 0:
                raise Killed
            self.left -= 1
        return super().add(kind, key, body, note)


def test_killed_at_any_event_a_search_ends_as_if_nothing_had_been(tmp_path: Path):
    counted = {"n": 0}

    def counting(candidate, case, seed):
        counted["n"] += 1
        return land.evaluate(candidate, case, seed)

    with Ledger(tmp_path / "whole.sqlite") as ledger:
        whole_report = optimize(tiny_task(evaluate=counting), TINY, ledger)
        whole, events = ledger.digest(), len(ledger.events())
        assert {event.kind for event in ledger.events()} == {"begun", "rollout", "reply", "proposal", "gate", "ended"}
    rollouts = counted["n"]
    for at in range(events):
        counted["n"] = 0
        path = tmp_path / f"{at}.sqlite"
        with Dying(path, at) as ledger, pytest.raises(Killed):
            optimize(tiny_task(evaluate=counting), TINY, ledger)
        with Dying(path) as ledger:
            report = optimize(tiny_task(evaluate=counting), TINY, ledger)
            assert ledger.digest() == whole, at
        assert report == whole_report
        assert rollouts <= counted["n"] <= rollouts + 1, "at most the run in flight is made again"


KILLED = """
import os, signal, sys
from pathlib import Path
from fivefold_prompts.optimizer.ledger import Ledger
from fivefold_prompts.optimizer.search import optimize
from tests.prompts import optimizer_landscape as land
from tests.prompts.test_optimizer_search import SMALL, small_task
left = int(sys.argv[2])
def evaluate(candidate, case, seed):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return land.evaluate(candidate, case, seed)
with Ledger(Path(sys.argv[1])) as ledger:
    optimize(small_task(evaluate=evaluate, parallel=3), SMALL, ledger)
"""


@pytest.mark.parametrize("at", [3, 17])
def test_a_real_kill_loses_nothing(at: int, tmp_path: Path):
    path = tmp_path / "l.sqlite"
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(path), str(at)],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        check=False,
        capture_output=True,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    with Ledger(path) as ledger, Ledger(tmp_path / "whole.sqlite") as whole:
        before = len(ledger.events())
        assert before > 0
        optimize(small_task(), SMALL, ledger)
        optimize(small_task(), SMALL, whole)
        assert ledger.digest() == whole.digest()


def test_a_ledger_is_only_added_to_and_is_of_one_search(tmp_path: Path):
    import sqlite3

    path = tmp_path / "l.sqlite"
    with Ledger(path) as ledger:
        optimize(small_task(), SMALL, ledger)
        for statement in ("DELETE FROM events", "UPDATE events SET body = '{}'"):
            with pytest.raises(sqlite3.Error, match="only added to"):
                ledger._base.execute(statement)
        with pytest.raises(LedgerError, match="new file"):
            optimize(small_task(), SMALL.model_copy(update={"seed": 9}), ledger)
        with pytest.raises(LedgerError, match="cannot be opened"):
            Ledger(path)


def test_half_a_character_stops_no_search(tmp_path: Path) -> None:
    """An LLM may write one, JSON can carry it, and neither a database nor a file can."""

    def evaluate(candidate: object, case: str, seed: int) -> Rollout:
        return Rollout(stage=Stage.UNREADABLE, values={"a": "cut \ud83d off"})

    path = tmp_path / "l.sqlite"
    digests: list[str] = []
    for _ in range(2):
        with Ledger(path) as ledger:
            calls = Calls(
                evaluate, lambda *_: Answer(text="more \ud83d"), ledger, Budget(Caps()),
                seed=0, rollout_most=Cost(rollouts=1), ask_most=Cost(),
            )  # fmt: skip
            answer = calls.ask([{"role": "user", "content": "what?"}], 0)
            assert answer.text == "more ?"
            assert candidate_id({"formulate": answer.text})
            run = calls.rollouts({"formulate": "text"}, "train", ["one"])["one"]
            assert run.values == {"a": "cut \ud83d off"}
            digests.append(ledger.digest())
    assert digests[0] == digests[1]


# --- budget ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("meter", ["rollouts", "tokens", "money", "seconds"])
@pytest.mark.parametrize("share", [0.35, 0.5, 0.8])
def test_no_cap_is_overrun_and_the_gate_is_paid_for(meter: str, share: float, tmp_path: Path):
    with Ledger(tmp_path / "free.sqlite") as ledger:
        free = getattr(optimize(small_task(), SMALL, ledger).spent, meter)
    floor = getattr(land.MOST, meter) * 24 + 1e-6
    cap = max(floor, share * free)
    caps = Caps(**{meter: int(cap) + 1 if meter in ("rollouts", "tokens") else cap})
    with Ledger(tmp_path / "capped.sqlite") as ledger:
        report = optimize(small_task(), SMALL.model_copy(update={"caps": caps}), ledger)
    assert getattr(report.spent, meter) <= getattr(caps, meter)
    assert report.stopped == "steps" or report.stopped.startswith("budget")
    assert report.best.id == candidate_id(land.START) or report.admission is not None


def test_what_cannot_be_paid_is_not_begun(tmp_path: Path):
    called: list[str] = []

    def evaluate(candidate, case, seed):
        called.append(case)
        return land.evaluate(candidate, case, seed)

    caps = Caps(rollouts=20)
    with Ledger(tmp_path / "l.sqlite") as ledger, pytest.raises(OverBudget, match="rollouts"):
        optimize(small_task(evaluate=evaluate), SMALL.model_copy(update={"caps": caps}), ledger)
    assert len(called) <= 4


def test_reservations_hold_under_threads():
    budget = Budget(Caps(tokens=1000))
    refused: list[int] = []

    def spend() -> None:
        for _ in range(40):
            try:
                with budget.reserve(Cost(tokens=30)) as held:
                    held.use(Cost(tokens=20))
            except OverBudget:
                refused.append(1)

    threads = [threading.Thread(target=spend) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 900 <= budget.spent.tokens <= 1000
    assert refused


def test_a_bound_that_is_not_true_stops_the_search_and_what_it_bought_is_kept(tmp_path: Path):
    wrong = SMALL.model_copy(update={"rollout_most": Cost(rollouts=1, tokens=10)})
    with Ledger(tmp_path / "l.sqlite") as ledger:
        with pytest.raises(BoundBroken, match="tokens"):
            optimize(small_task(), wrong, ledger)
        assert len(ledger.events("rollout")) == 4


def test_a_writer_that_copies_problems_gets_nothing_through(tmp_path: Path):
    problem = "A dairy turns milk into butter and cream and must decide how much of both it makes on every day"
    task = small_task(
        guard=Guard({"train000": problem}),
        ask=lambda messages, sample: Answer(
            text=land.tagged(Edit("formulate", "insert_after", "Be careful.", problem))
        ),
    )
    with Ledger(tmp_path / "l.sqlite") as ledger:
        report = optimize(task, SMALL.model_copy(update={"directions": 1}), ledger)
        told = [event.body["outcome"] for event in ledger.events("proposal")]
    assert report.results == {"leak": 2} and report.promoted is None
    assert all("words in a row" in outcome and "dairy" not in outcome for outcome in told)


# --- the world outside -----------------------------------------------------------------------------------


def calls(evaluate, ledger: Ledger) -> Calls:
    return Calls(
        evaluate, lambda m, s: Answer(text=""), ledger, Budget(Caps()), seed=1,
        rollout_most=Cost(rollouts=1), ask_most=Cost(), pause=0.0,
    )  # fmt: skip


def test_faults_outside_are_tried_again_and_never_scored(tmp_path: Path):
    failures = {"left": 2}

    def evaluate(candidate, case, seed):
        if failures["left"]:
            failures["left"] -= 1
            raise OutsideFault("endpoint down")
        return Rollout(stage=Stage.RIGHT)

    with Ledger(tmp_path / "l.sqlite") as ledger:
        assert calls(evaluate, ledger).rollouts({"p": "x"}, "train", ["a"])["a"].right
        failures["left"] = 9
        with pytest.raises(OutsideFault):
            calls(evaluate, ledger).rollouts({"p": "x"}, "train", ["b"])
        assert [event.key.split("/")[2] for event in ledger.events("rollout")] == ["a"]


def test_parts_do_not_share_results(tmp_path: Path):
    with Ledger(tmp_path / "l.sqlite") as ledger:
        made = calls(lambda c, case, seed: Rollout(stage=Stage.RIGHT), ledger)
        made.rollouts({"p": "x"}, "train", ["a"])
        made.rollouts({"p": "x"}, "gate", ["a"])
        made.rollouts({"p": "x"}, "gate", ["a"])
        assert len(ledger.events("rollout")) == 2


def test_shown_are_failures_of_all_kinds_and_some_right_ones():
    stages = [Stage.RIGHT] * 4 + [Stage.CRASHED] * 5 + [Stage.UNREADABLE] * 3 + [Stage.NO_REPLY]
    runs = {f"c{i}": Rollout(stage=stage) for i, stage in enumerate(stages)}
    shown = [runs[case].stage for case in chosen(runs, 6)]
    assert shown == [Stage.CRASHED, Stage.UNREADABLE, Stage.NO_REPLY, Stage.CRASHED] + [Stage.RIGHT] * 2


def test_a_task_that_contradicts_itself_is_refused(tmp_path: Path):
    with Ledger(tmp_path / "l.sqlite") as ledger:
        with pytest.raises(ValueError, match="in them twice"):
            optimize(land.task(gate=land.cases("search", 8)), SMALL, ledger)
        with pytest.raises(ValueError, match="no value"):
            optimize(land.task(start={"code": land.START["code"]}), SMALL, ledger)
