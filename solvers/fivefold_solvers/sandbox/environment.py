"""What a program sees of its surroundings: a scratch folder of its own and an environment without secrets."""

import contextlib
import os
import re
import stat
import tempfile
from collections.abc import Generator, Iterator, Mapping, Sequence
from pathlib import Path

from fivefold_solvers.sandbox.errors import DataError, ScratchError

DataFile = tuple[str, int, int]
"""A data file as it is handed in: its name, its size in bytes, an open descriptor."""
MOST_FILES = 64
_NAME = re.compile(r"[A-Za-z0-9_][\w. -]{0,126}", re.ASCII)

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


def make_folder() -> Path:
    """Make a fresh private folder, known by the id of this process.

    Raises:
        ScratchError: it could not be made.
    """
    try:
        # The real path, because that is what the program's tracebacks name.
        return Path(tempfile.mkdtemp(prefix=f"fivefold-run-{os.getpid()}-")).resolve()
    except OSError as error:
        raise ScratchError(
            f"No scratch folder could be made in {tempfile.gettempdir()!r}: {error}. "
            "Free some space there, or set TMPDIR to a folder that can be written."
        ) from error


def run_folder(files: Sequence[DataFile] = ()) -> Path:
    """Make a folder for one run: `work` to write in and, where there are data files, `data` to read from.

    Raises:
        ScratchError: it could not be made or filled.
    """
    folder = make_folder()
    try:
        (folder / "work").mkdir(mode=0o700)
        if files:
            (folder / "data").mkdir(mode=0o700)
            for name, size, descriptor in files:
                _copy(descriptor, folder / "data" / name, size)
            (folder / "data").chmod(0o500)
            (folder / "work" / "data").symlink_to("../data")
    except OSError as error:
        remove_folder(folder)
        raise ScratchError(
            f"The files of a run could not be written to {folder}: {error}. Free some space there."
        ) from error
    return folder


def _copy(descriptor: int, target: Path, size: int) -> None:
    with target.open("xb") as file:
        place = 0
        while place < size and (piece := os.pread(descriptor, min(1 << 20, size - place), place)):
            file.write(piece)
            place += len(piece)
    target.chmod(0o400)


@contextlib.contextmanager
def scratch_folder(source: str, files: Sequence[DataFile] = ()) -> Generator[Path]:
    """Make a fresh private folder to work in, holding the program, and remove it whatever happens.

    Raises:
        ScratchError: the folder could not be made or the program not be written.
    """
    folder = run_folder(files)
    try:
        try:
            # Lone surrogates are not text: the child's own compiler says so, as a result and not an error.
            (folder / "work" / PROGRAM_FILE).write_bytes(source.encode("utf-8", "surrogatepass"))
        except OSError as error:
            raise ScratchError(
                f"The program could not be written to {str(folder)!r}: {error}. Free some space there."
            ) from error
        yield folder / "work"
    finally:
        remove_folder(folder)


@contextlib.contextmanager
def opened(files: Mapping[str, Path]) -> Generator[list[DataFile]]:
    """Open data files to be handed in.

    Raises:
        DataError: one is missing, is no regular file, or has a name that is none.
    """
    if len(files) > MOST_FILES:
        raise DataError(f"A program can be given {MOST_FILES} data files, not {len(files)}. Put some together.")
    found: list[DataFile] = []
    try:
        for name, path in files.items():
            if not _NAME.fullmatch(name) or name.endswith("."):
                raise DataError(f"{name!r} cannot be the name of a data file: use letters, digits, '_', '-' and '.'.")
            try:
                descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
            except OSError as error:
                raise DataError(f"The data file {str(path)!r} cannot be read: {error.strerror}.") from error
            facts = os.fstat(descriptor)
            found.append((name, facts.st_size, descriptor))
            if not stat.S_ISREG(facts.st_mode):
                raise DataError(f"The data file {str(path)!r} is no regular file.")
        yield found
    finally:
        for _, _, descriptor in found:
            os.close(descriptor)


def sweep_folders() -> None:
    """Remove run folders of processes that were killed before they could."""
    for folder in Path(tempfile.gettempdir()).glob("fivefold-run-[0-9]*-*"):
        pid = int(folder.name.split("-")[2])
        with contextlib.suppress(OSError):
            if folder.stat().st_uid == os.getuid() and not _alive(pid):
                remove_folder(folder)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def remove_folder(folder: Path) -> None:
    """Remove a run's folder, however deep it was nested and whatever rights were taken from it.

    Folders within folders are first moved to the top, so that neither recursion nor a path can be too long.
    """
    try:
        top = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return
    try:
        names = iter(range(1_000_000_000))
        while _emptied(top, names):
            pass
    finally:
        os.close(top)
    with contextlib.suppress(OSError):
        folder.rmdir()


def _emptied(top: int, names: Iterator[int]) -> bool:
    """Remove the files of a folder, and move what its sub-folders hold up to it; return whether it did anything."""
    done = False
    for entry in os.listdir(top):
        try:
            os.unlink(entry, dir_fd=top)
        except OSError:
            with contextlib.suppress(OSError):
                _hollow(top, entry, names)
                os.rmdir(entry, dir_fd=top)
                done = True
    return done


def _hollow(top: int, name: str, names: Iterator[int]) -> None:
    """Move everything in one sub-folder up to the top."""
    os.chmod(name, stat.S_IRWXU, dir_fd=top)
    below = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=top)
    try:
        for entry in os.listdir(below):
            try:
                os.unlink(entry, dir_fd=below)
            except OSError:
                with contextlib.suppress(OSError):
                    # A folder can only be moved by who may change it.
                    os.chmod(entry, stat.S_IRWXU, dir_fd=below)
                os.rename(entry, f"moved-{next(names)}", src_dir_fd=below, dst_dir_fd=top)
    finally:
        os.close(below)
