"""What a program sees of its surroundings: a scratch folder of its own and an environment without secrets."""

import contextlib
import os
import shutil
import stat
import tempfile
from collections.abc import Generator, Mapping
from pathlib import Path

from fivefold_solvers.sandbox.errors import ScratchError

PROGRAM_FILE = "program.py"
"""Name of the source in the scratch folder, and so in tracebacks."""

KEPT_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    # Some processors are misdetected by OpenBLAS and crash or compute wrongly unless told what they are.
    "OPENBLAS_CORETYPE",
    "OPENBLAS_L2_SIZE",
)
"""Variables of the parent that a program gets; everything else is left behind, so no secret gets through."""


def child_environment(base: Mapping[str, str], scratch: Path) -> dict[str, str]:
    """Return the environment of a program: `KEPT_VARIABLES` of `base` and what every program gets."""
    return {
        **{name: base[name] for name in KEPT_VARIABLES if name in base},
        "PATH": "/usr/bin:/bin",
        "HOME": str(scratch),
        "TMPDIR": str(scratch),
        "LANG": "C.UTF-8",
        # The order of Python's sets is part of what a solver sees: the same program gives the same run.
        "PYTHONHASHSEED": "0",
        # Each thread's malloc arena reserves 64 MiB of the limited address space; CP-SAT starts many threads.
        "MALLOC_ARENA_MAX": "2",
    }


def inherited_environment() -> Mapping[str, str]:
    """Return the parent's environment; the one place of this package that reads it."""
    return os.environ


@contextlib.contextmanager
def scratch_folder(source: str) -> Generator[Path]:
    """Make a fresh private folder holding the program, and remove it whatever happens.

    Raises:
        ScratchError: the folder could not be made or the program not be written.
    """
    try:
        # The real path, because that is what the program's tracebacks name.
        folder = Path(tempfile.mkdtemp(prefix="fivefold-run-")).resolve()
    except OSError as error:
        raise ScratchError(
            f"No scratch folder could be made in {tempfile.gettempdir()!r}: {error}. "
            "Free some space there, or set TMPDIR to a folder that can be written."
        ) from error
    try:
        try:
            # Lone surrogates are not text: the child's own compiler says so, as a result and not an error.
            (folder / PROGRAM_FILE).write_bytes(source.encode("utf-8", "surrogatepass"))
        except OSError as error:
            raise ScratchError(
                f"The program could not be written to {str(folder)!r}: {error}. Free some space there."
            ) from error
        yield folder
    finally:
        remove_folder(folder)


def remove_folder(folder: Path) -> None:
    """Remove a scratch folder, even one whose program took away its own permissions."""
    shutil.rmtree(folder, ignore_errors=True)
    if not folder.exists():
        return
    with contextlib.suppress(OSError):
        folder.chmod(stat.S_IRWXU)
        for place, folders, _ in os.walk(folder):
            for name in folders:
                if not os.path.islink(os.path.join(place, name)):
                    os.chmod(os.path.join(place, name), stat.S_IRWXU)
    shutil.rmtree(folder, ignore_errors=True)
