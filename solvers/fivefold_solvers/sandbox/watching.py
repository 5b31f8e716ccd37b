"""What a running program uses, as the host's kernel counts it: threads, memory, disk."""

import contextlib
import errno
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from fivefold_solvers.result import Limits

RESIDENT_MIB = 256
"""Memory that the interpreter and the libraries really fill (measured: 180 MiB with all of OR-Tools)."""
DISK_BYTES = 32 * 1024 * 1024
DISK_FILES = 2048


@dataclass(frozen=True, slots=True)
class Usage:
    """A process and its folder, to be looked at again and again."""

    pid: int | None
    """Its id on the host, None where it cannot be known."""
    folder: Path | None
    """Its folder on the host; None where its file system has a quota of its own."""

    @classmethod
    def of(cls, pidfd: int, folder: Path | None) -> "Usage":
        """Return the usage of the process behind a pidfd."""
        pid = None
        with contextlib.suppress(OSError, ValueError, StopIteration):
            text = Path(f"/proc/self/fdinfo/{pidfd}").read_text()
            found = int(next(line for line in text.splitlines() if line.startswith("Pid:")).split()[1])
            pid = found if found > 0 else None
        return cls(pid, folder)

    def over(self, limits: Limits) -> str | None:
        """Return `processes`, `memory` or `disk` where there is too much of it, else None."""
        if self.pid is not None:
            with contextlib.suppress(OSError, ValueError):
                words = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
                threads, pages = int(words[17]), int(words[21])
                if threads > limits.processes:
                    return "processes"
                if pages * os.sysconf("SC_PAGE_SIZE") > (limits.memory_mib + RESIDENT_MIB) * 1024 * 1024:
                    return "memory"
        if self.folder is not None and _disk(self.folder / "work", self._unnamed()):
            return "disk"
        return None

    def _unnamed(self) -> int:
        """Return the bytes of files that the process has open but has removed."""
        size = 0
        with contextlib.suppress(OSError), os.scandir(f"/proc/{self.pid}/fd") as entries:
            for entry in entries:
                with contextlib.suppress(OSError):
                    facts = entry.stat()
                    size += facts.st_blocks * 512 if stat.S_ISREG(facts.st_mode) and facts.st_nlink == 0 else 0
        return size


def _disk(folder: Path, size: int) -> bool:
    """Return whether a folder holds too many files, or too many bytes on top of `size`."""
    count = 0
    todo = [str(folder)]
    while todo:
        try:
            with os.scandir(todo.pop()) as entries:
                for entry in entries:
                    count += 1
                    if count > DISK_FILES:
                        return True
                    if entry.is_dir(follow_symlinks=False):
                        todo.append(entry.path)
                    else:
                        with contextlib.suppress(FileNotFoundError):
                            size += entry.stat(follow_symlinks=False).st_blocks * 512
        except OSError as error:
            if error.errno == errno.ENAMETOOLONG:
                return True  # nested to hide what is in there
            continue
    return size > DISK_BYTES
