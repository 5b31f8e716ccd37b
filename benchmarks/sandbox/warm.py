"""A long-lived Python that has one family's libraries imported and `exec`s one program after the other.

    python warm.py pyomo        # or ortools

This is the limit that no way of running programs beats, and it is not safe: a program can do anything to the
process, and so to every later program. `bench.py` starts one a family, because highspy and OR-Tools cannot be
imported in one process. It reads one path a line and answers with one line of JSON.
"""

import gc
import importlib
import json
import os
import sys
import tempfile
import time
import traceback
from typing import Any

IMPORTS = {
    "pyomo": ("pyomo.environ", "highspy", "numpy"),
    "ortools": ("ortools.sat.python.cp_model", "ortools.math_opt.python.mathopt", "ortools.linear_solver.pywraplp"),
}


def execute(source: str, path: str) -> int:
    """Run a source as `__main__` and return the exit code it would have had."""
    names: dict[str, Any] = {"__name__": "__main__", "__file__": path}
    try:
        exec(compile(source, path, "exec"), names)
    except SystemExit as request:
        return request.code if isinstance(request.code, int) else int(request.code is not None)
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def once(path: str) -> dict[str, Any]:
    """Run one program with its standard output, native code's included, in a file; return what was measured."""
    with open(path, encoding="utf-8") as file:
        source = file.read()
    with tempfile.TemporaryFile() as output:
        os.dup2(output.fileno(), 1)
        cpu, wall = time.process_time(), time.perf_counter()
        code = execute(source, path)
        sys.stdout.flush()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        os.dup2(2, 1)
        output.seek(0)
        stdout = output.read().decode("utf-8", "replace")
    gc.collect()  # between two programs, on nobody's clock
    return {"wall_s": wall, "cpu_s": cpu, "stdout": stdout, "code": code}


def main() -> None:
    """Import, then serve until standard input ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    for name in IMPORTS[sys.argv[1]]:
        importlib.import_module(name)
    for line in sys.stdin:
        print(json.dumps(once(line.rstrip("\n"))), file=answers, flush=True)


if __name__ == "__main__":
    main()
