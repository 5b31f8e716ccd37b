"""Whoever is killed at whatever moment: nothing is left, and the next run is right."""

import subprocess
import sys

import pytest

from tests.attacks.killing import ROOT, VICTIMS

ROUNDS = 20
"""`python -m tests.attacks.killing` does 200."""


@pytest.mark.skipif(sys.platform != "linux", reason="there are no zygotes elsewhere")
@pytest.mark.parametrize("victim", VICTIMS)
def test_nothing_is_left_of_the_killed(victim: str):
    command = [sys.executable, "-m", "tests.attacks.killing", victim, "--rounds", str(ROUNDS)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
