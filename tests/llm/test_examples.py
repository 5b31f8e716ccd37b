"""A problem in words goes all the way through the installed command, with the real embedded LLM."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.test_examples import BAKERY_OPTIMUM, EXAMPLES

COMMAND = Path(sys.executable).parent / "fivefold"


@pytest.mark.llm
def test_bakery_is_solved_from_its_words(tmp_path: Path) -> None:
    done = subprocess.run(
        [COMMAND, "solve", "--yes", EXAMPLES / "bakery.txt"],
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(rf"\b{BAKERY_OPTIMUM}(\.0*)?\b", done.stdout), done.stdout + done.stderr
