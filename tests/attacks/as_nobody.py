"""Starts Python as the user `nobody`, who can do less than anybody: `as_nobody.py ARGUMENTS OF PYTHON`.

A Python below a private home cannot be started by anybody else. In a mount namespace of its own the private folders
on the way are covered by empty ones that can be entered, with only what is needed mounted back into them; the host
sees nothing of it. Where that cannot be done it ends with code 77 and says why.
"""

import ctypes
import os
import pwd
import site
import stat
import sys
import tempfile
from pathlib import Path
from typing import NoReturn

SKIPPED = 77
MS_BIND, MS_REC, MS_PRIVATE, CLONE_NEWNS = 4096, 16384, 1 << 18, 0x20000

libc = ctypes.CDLL(None, use_errno=True)


def skip(reason: str) -> NoReturn:
    """End without having started anything."""
    print(f"programs cannot be run as `nobody`: {reason}", file=sys.stderr)
    sys.exit(SKIPPED)


def mount(source: str, target: str, kind: str | None, flags: int, options: str | None = None) -> None:
    words = [None if word is None else word.encode() for word in (source, target, kind, options)]
    if libc.mount(words[0], words[1], words[2], ctypes.c_ulong(flags), words[3]) != 0:
        skip(f"mount on {target}: {os.strerror(ctypes.get_errno())}")


def is_open(folder: Path) -> bool:
    """Return whether anybody may enter a folder."""
    return bool(folder.stat().st_mode & stat.S_IXOTH)


def closed_folder(path: Path) -> Path | None:
    """Return the topmost folder on the way to a path that not everybody may enter."""
    return next((folder for folder in [*reversed(path.parents), path] if folder.is_dir() and not is_open(folder)), None)


def open_up(paths: list[Path]) -> None:
    """Make paths reachable for everybody, in a mount namespace of this process."""
    needed: dict[Path, list[Path]] = {}
    for path in sorted(set(paths), key=lambda path: len(path.parts)):
        if path.exists() and (closed := closed_folder(path)) is not None:
            needed.setdefault(closed, []).append(path)
    if not needed:
        return
    if libc.unshare(CLONE_NEWNS) != 0:
        skip(f"unshare: {os.strerror(ctypes.get_errno())}")
    mount("none", "/", None, MS_REC | MS_PRIVATE)
    for closed, below in needed.items():
        kept = [(path, os.open(path, os.O_PATH)) for path in below]
        if any(path == closed for path in below):
            skip(f"{closed} itself is private")
        mount("tmpfs", str(closed), "tmpfs", 0, "mode=0755,size=1m")
        for path, descriptor in kept:
            if path.is_relative_to(closed) and not path.exists():
                path.mkdir(parents=True)
                mount(f"/proc/self/fd/{descriptor}", str(path), None, MS_BIND | MS_REC)
            os.close(descriptor)


def main() -> None:
    """Become `nobody` and run Python."""
    if os.geteuid() != 0:
        skip("only root can become another user")
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        skip("there is no such user")
    root = Path(__file__).resolve().parents[2]
    executable = Path(sys.executable)
    folders = [root, *map(Path, (sys.prefix, sys.base_prefix, *site.getsitepackages()))]
    while executable.is_symlink():
        executable = executable.parent / executable.readlink()
        folders.append(executable.parent.parent)
    open_up([Path(os.path.abspath(folder)) for folder in folders] + [folder.resolve() for folder in folders])
    os.setgroups([])
    os.setgid(nobody.pw_gid)
    os.setuid(nobody.pw_uid)
    os.chdir(root)
    for folder in (root / "tests", Path(sys.base_prefix), Path(sys.prefix)):
        if not os.access(folder, os.R_OK | os.X_OK):
            skip(f"it cannot read {folder}")
    if not os.access(tempfile.gettempdir(), os.W_OK):
        skip(f"it cannot write to {tempfile.gettempdir()}")
    environment = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"}
    if "TMPDIR" in os.environ:
        environment["TMPDIR"] = os.environ["TMPDIR"]
    os.execve(sys.executable, [sys.executable, *sys.argv[1:]], environment)


if __name__ == "__main__":
    main()
