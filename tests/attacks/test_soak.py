"""Many programs, good and bad, leave nothing behind that adds up."""

import subprocess
import sys

import pytest

from tests.attacks.driver import ROOT
from tests.attacks.soak import ALLOWED, Look, grown

PROGRAMS = 150
"""`python -m tests.attacks.soak` runs 10,000."""


@pytest.mark.skipif(sys.platform != "linux", reason="it counts in /proc")
def test_nothing_grows():
    command = [sys.executable, "-m", "tests.attacks.soak", str(PROGRAMS)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"| {PROGRAMS} |" in done.stdout


def test_growth_is_seen():
    first = Look(100, 1.0, 4, 20, 60, 80, 0, 0)
    assert grown(first, Look(9999, 99.0, 4 + ALLOWED.processes, 20, 60, 80, 0, 0)) == []
    assert grown(first, Look(200, 2.0, 9, 20, 60, 90, 0, 1)) == [
        "processes: 4 at first, 9 now",
        "zygote_mib: 80 at first, 90 now",
        "shared_objects: 0 at first, 1 now",
    ]
