"""Whoever is killed at whatever moment: nothing is left, and the next run is right."""

import subprocess
import sys

import pytest

from tests.attacks.killing import ROOT, VICTIMS

ROUNDS = 20
"""`python -m tests.attacks.killing` does 200."""

GAPS = {
    "spare": "a spare child that has died is given the next program all the same",
    "zygote": "the folder of a child that a dead zygote cannot make any more stays",
}
"""What is known to go wrong."""


@pytest.mark.skipif(sys.platform != "linux", reason="there are no zygotes elsewhere")
@pytest.mark.parametrize("victim", VICTIMS)
def test_nothing_is_left_of_the_killed(request: pytest.FixtureRequest, victim: str):
    if victim in GAPS:
        request.applymarker(pytest.mark.xfail(reason=GAPS[victim], strict=victim == "spare"))
    command = [sys.executable, "-m", "tests.attacks.killing", victim, "--rounds", str(ROUNDS)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
