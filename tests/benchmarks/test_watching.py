"""What a person sees of a run: where the whole of it stands, also after a resume."""

import io

from fivefold_benchmarks.rules import Mark
from fivefold_benchmarks.runner import open_gate
from fivefold_benchmarks.watching import ProgressLine
from tests.benchmarks.test_record import record


def test_a_resumed_run_counts_what_was_done_before() -> None:
    earlier = [record("crates/a", mark=Mark.RIGHT, ran=True), record("crates/b", mark=Mark.WRONG)]
    out = io.StringIO()
    line = ProgressLine(3, earlier, out)
    line.recorded(record("crates/c", mark=Mark.RIGHT, ran=True), open_gate(4)[0])
    assert out.getvalue().startswith("3/3  2 of 3 right, 2 ran  ")
    line.close()
