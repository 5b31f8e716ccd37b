"""Every attack at every level that this machine gives, as this user and as one who can do less."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from typing import NamedTuple

import pytest

from fivefold_solvers.sandbox.levels import Isolation
from fivefold_solvers.sandbox.runner import isolation
from tests.attacks import driver as driver_module
from tests.attacks.case import ALWAYS, LAYERS, LEVELS, Case
from tests.attacks.cases import CASES
from tests.attacks.driver import Driver, UnavailableError
from tests.attacks.host import Verdict

LAYERS_OFF = {"best": (), "confined": ("namespaces",)}
"""What is run: all that the machine gives, and the same without namespaces."""
AT_ONCE = max(2, os.cpu_count() or 1)
"""Drivers that run side by side; attacks on the clock mostly wait."""


class Where(NamedTuple):
    """One way of running attacks."""

    setting: str
    user: str


class Court:
    """Runs the attacks that were asked for, several drivers side by side, and keeps the verdicts."""

    def __init__(self, wanted: dict[Where, list[str]], found: Isolation) -> None:
        self.found = found
        self.verdicts = {(where, name): Future[Verdict]() for where, names in wanted.items() for name in names}
        self.turns = threading.Semaphore(AT_ONCE)
        self.threads = [threading.Thread(target=self.work, args=one) for one in wanted.items()]
        for thread in self.threads:
            thread.start()

    def work(self, where: Where, names: list[str]) -> None:
        """Run the attacks of one driver."""
        limited = self.found.level == "limited"
        driver = Driver(LAYERS_OFF[where.setting], limited=limited, user="nobody" if where.user == "nobody" else "own")
        with self.turns:
            for name in names:
                future = self.verdicts[where, name]
                if self.reason_to_skip(where, CASES[name]) is not None:
                    future.cancel()
                    continue
                try:
                    future.set_result(driver.verdict(name))
                except BaseException as error:
                    future.set_exception(error)
            driver.close()

    def level(self, where: Where) -> str:
        """Return the level that programs must be held at."""
        return self.found.level.value if where.setting == "best" else "confined"

    def reason_to_skip(self, where: Where, case: Case) -> str | None:
        """Return why an attack is not run here, or None."""
        if where.setting == "confined" and self.found.level != "strict":
            return f"the best level here is {self.found.level.value}: {'; '.join(self.found.missing)}"
        if self.found.level == "none":
            return f"nothing holds programs here: {'; '.join(self.found.missing)}"
        if LEVELS.index(self.level(where)) < LEVELS.index(case.least):
            return f"`{self.level(where)}` does not promise to hold it"
        if case.machines and os.uname().machine not in case.machines:
            return f"it is written for {', '.join(case.machines)}"
        return None


@pytest.fixture(scope="session")
def court(request: pytest.FixtureRequest, session_is_contained: None) -> Iterator[Court]:
    """Start all attacks that pytest was asked for, so that they run while verdicts are waited for."""
    wanted: dict[Where, list[str]] = {}
    for item in request.session.items:
        if isinstance(item, pytest.Function) and item.originalname == "test_an_attack_is_held":
            where = Where(item.callspec.params["setting"], item.callspec.params["user"])
            wanted.setdefault(where, []).append(item.callspec.params["name"])
    court = Court(wanted, isolation())
    yield court
    for thread in court.threads:
        thread.join()


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("user", ["own", "nobody"])
@pytest.mark.parametrize("setting", LAYERS_OFF)
def test_an_attack_is_held(request: pytest.FixtureRequest, court: Court, setting: str, user: str, name: str):
    where = Where(setting, user)
    if (gap := CASES[name].gaps.get(court.level(where))) is not None:
        request.applymarker(pytest.mark.xfail(reason=gap, strict=True))
    if (reason := court.reason_to_skip(where, CASES[name])) is not None:
        pytest.skip(reason)
    try:
        verdict = court.verdicts[where, name].result(timeout=600)
    except UnavailableError as error:
        pytest.skip(str(error))
    assert verdict.escapes == [], verdict.output
    assert verdict.wrong == [], verdict.output
    assert verdict.isolation == court.level(where)


def test_the_attacks_are_well_formed():
    assert len(CASES) >= 200
    for case in CASES.values():
        assert set(case.stopped_by) <= {*LAYERS, *ALWAYS} and case.least in LEVELS, case.name
        if not case.bare:
            compile(case.program({}), case.name, "exec")
            compile(case.program({}, case.first or ""), case.name, "exec")


def test_each_layer_stops_something():
    assert {layer for case in CASES.values() for layer in case.stopped_by} == {*LAYERS, *ALWAYS}


def test_whoever_holds_the_pipes_of_a_driver_does_not_hold_up_its_end(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(driver_module, "LISTEN_S", 0.2)
    driver = Driver()
    pipe = subprocess.PIPE
    process = subprocess.Popen(
        ["sh", "-c", "sleep 60 & echo $!; exec cat"], stdin=pipe, stdout=pipe, stderr=pipe, text=True
    )
    driver.process = process
    driver.listen(process)
    holder = driver.lines.get(timeout=60)
    began = time.monotonic()
    try:
        assert driver.close(kill=True) == -signal.SIGKILL
        assert time.monotonic() - began < 30
    finally:
        os.kill(int(holder or 0), signal.SIGKILL)
        for reader in driver.readers:
            reader.join(30)
        for stream in (process.stdout, process.stderr):
            assert stream is not None
            stream.close()
