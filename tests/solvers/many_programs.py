"""Runs many programs of one library: the library is imported once, every program runs in a fork of its own.

Usage: `python many_programs.py <module to import> <folder>`; reads `<name>.py`, writes `<name>.out` beside it.
Solver libraries survive a fork as long as nothing was solved before it.
"""

import importlib
import os
import runpy
import sys
import traceback
from pathlib import Path


def main(modules: list[str], folder: Path) -> None:
    """Run every program in the folder, one after the other."""
    for module in modules:
        importlib.import_module(module)
    for program in sorted(folder.glob("*.py")):
        child = os.fork()
        if child == 0:
            run(program)
        os.waitpid(child, 0)


def run(program: Path) -> None:
    """Run one program with its output in a file, and end this process."""
    out = os.open(program.with_suffix(".out"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(out, 1)
    os.dup2(out, 2)
    code = 0
    try:
        runpy.run_path(str(program), run_name="__main__")
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main(sys.argv[1].split(","), Path(sys.argv[2]))
