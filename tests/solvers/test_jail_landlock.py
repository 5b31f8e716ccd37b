"""Landlock: only the given files and folders can be touched, in the given way, at every version of it."""

import contextlib
import errno
import os
import signal
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from fivefold_solvers.jail import landlock
from tests.solvers.forked import NOBODY, ended, errno_of, value_of

pytestmark = pytest.mark.skipif(landlock.abi() == 0, reason="this kernel has no Landlock, or it is switched off")
USERS = [False, pytest.param(True, marks=pytest.mark.skipif(os.geteuid() != 0, reason="only root can become nobody"))]


@pytest.fixture
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folders to read, to write and neither, open to everybody."""
    top = tmp_path_factory.mktemp("place")
    for folder in (top, *top.parents):
        if folder.stat().st_uid == os.geteuid() and folder != Path("/") and folder.is_relative_to("/tmp"):
            with contextlib.suppress(PermissionError):
                folder.chmod(folder.stat().st_mode | 0o755)
    for name in ("read", "write", "other"):
        (top / name).mkdir()
        (top / name / "file").write_text("content", encoding="utf-8")
        (top / name / "folder").mkdir()
        if os.geteuid() == 0:
            for path in (top / name, top / name / "file", top / name / "folder"):
                os.chown(path, NOBODY, NOBODY)
    return top


def shut_in(place: Path) -> None:
    landlock.restrict(landlock.open_paths([place / "read"]), landlock.open_paths([place / "write", "/dev/null"]))


def tries(place: Path) -> dict[str, int]:
    """What goes in each folder, by error number."""
    results: dict[str, int] = {}
    for name in ("read", "write", "other"):
        folder = place / name
        actions: dict[str, Callable[[], object]] = {
            "read": (folder / "file").read_bytes,
            "list": lambda folder=folder: os.listdir(folder),
            "append": lambda folder=folder: os.close(os.open(folder / "file", os.O_WRONLY | os.O_APPEND)),
            "create": lambda folder=folder: (folder / "new").write_text("x", encoding="utf-8"),
            "mkdir": (folder / "newfolder").mkdir,
            "move": lambda folder=folder: os.rename(folder / "file", folder / "folder" / "file"),
            "truncate": lambda folder=folder: os.truncate(folder / "folder" / "file", 1),
            "remove": (folder / "folder" / "file").unlink,
            "rmdir": (folder / "folder").rmdir,
            "symlink": lambda folder=folder: os.symlink("x", folder / "link"),
            "fifo": lambda folder=folder: os.mkfifo(folder / "fifo"),
            "socket": lambda folder=folder: bound(folder / "socket"),
        }
        results |= {f"{name} {what}": errno_of(action) for what, action in actions.items()}
    return results


def bound(path: Path) -> None:
    # The name of a socket is short, that of a test's folder may not be.
    os.chdir(path.parent)
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(path.name)


@pytest.mark.parametrize("nobody", USERS)
def test_each_folder_allows_what_was_given_and_no_more(place: Path, nobody: bool):
    def child() -> dict[str, int]:
        shut_in(place)
        return tries(place)

    results = value_of(child, nobody=nobody)
    free = {what for what, code in results.items() if code == 0}
    assert free == {"read read", "read list"} | {
        f"write {what}" for what in ("read", "list", "append", "create", "mkdir", "move", "truncate", "remove", "rmdir")
    }
    assert set(results.values()) <= {0, errno.EACCES, errno.EXDEV, errno.ENOENT}, results


@pytest.mark.parametrize("version", [1, 2, 3, 4, 5, 6, 7])
def test_older_versions_still_shut_the_files_in(place: Path, version: int, monkeypatch: pytest.MonkeyPatch):
    if version > landlock.abi():
        pytest.skip(f"this kernel has Landlock {landlock.abi()}")
    monkeypatch.setattr(landlock, "abi", lambda: version)

    def child() -> dict[str, int]:
        shut_in(place)
        return tries(place)

    results = value_of(child)
    free = {what for what, code in results.items() if code == 0}
    assert {"read read", "write create", "write mkdir", "write append"} <= free
    # Version 1 knows no moves between folders and refuses them all; below 3 truncation is left to the system calls.
    assert ("write move" in free) == (version >= 2)
    outside = {what for what in free if what.startswith("other") or what in ("read append", "read create")}
    assert outside <= (set() if version >= 3 else {"other truncate", "read truncate"})


def test_single_files_can_be_given(place: Path):
    def child() -> list[int]:
        landlock.restrict(
            landlock.open_paths([place / "read" / "file"]), landlock.open_paths([place / "write" / "file"])
        )
        return [
            errno_of(action)
            for action in (
                (place / "read" / "file").read_bytes,
                lambda: (place / "read" / "file").write_bytes(b"x"),
                lambda: (place / "write" / "file").write_bytes(b"x"),
                (place / "write" / "file").unlink,
                lambda: os.listdir(place / "read"),
            )
        ]

    assert value_of(child) == [0, errno.EACCES, 0, errno.EACCES, errno.EACCES]


def test_a_null_device_can_be_written(place: Path):
    def child() -> int:
        shut_in(place)
        with open("/dev/null", "w", encoding="utf-8") as null:
            return null.write("x")

    assert value_of(child) == 1


def test_nothing_is_executed(place: Path):
    program = place / "read" / "program"
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(0o755)

    def child() -> int:
        landlock.restrict(landlock.open_paths([place / "read", "/usr", "/bin", "/lib", "/lib64"]), [])
        return errno_of(lambda: os.execv(str(program), ["program"]))

    assert value_of(child) == errno.EACCES


def test_a_second_ruleset_gives_nothing_back(place: Path):
    def child() -> list[int]:
        shut_in(place)
        landlock.restrict([], landlock.open_paths([place]))
        return [errno_of((place / "other" / "file").read_bytes), errno_of((place / "write" / "file").read_bytes)]

    assert value_of(child) == [errno.EACCES, 0]


@pytest.mark.skipif(landlock.abi() < 4, reason="TCP needs Landlock 4")
def test_no_tcp(place: Path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()

        def child() -> list[int]:
            shut_in(place)
            with socket.socket() as one, socket.socket() as two:
                return [errno_of(lambda: one.connect(address)), errno_of(lambda: two.bind(("127.0.0.1", 0)))]

        assert value_of(child) == [errno.EACCES, errno.EACCES]


@pytest.mark.skipif(landlock.abi() < 6, reason="signal and socket scopes need Landlock 6")
def test_no_signals_and_no_abstract_sockets_to_the_outside(place: Path):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(f"\0fivefold-{os.getpid()}")
        server.listen()
        name = server.getsockname()
        outside = os.getpid()

        def child() -> list[int]:
            shut_in(place)
            with socket.socket(socket.AF_UNIX) as mine:
                own = errno_of(lambda: os.kill(os.getpid(), 0))
                return [errno_of(lambda: os.kill(outside, 0)), errno_of(lambda: mine.connect(name)), own]

        assert value_of(child) == [errno.EPERM, errno.EPERM, 0]


def test_threads_are_shut_in_and_signals_within_work(place: Path):
    def child() -> list[int]:
        shut_in(place)
        seen: list[int] = []
        thread = threading.Thread(target=lambda: seen.append(errno_of((place / "other" / "file").read_bytes)))
        thread.start()
        thread.join()
        signal.signal(signal.SIGUSR1, lambda *_: seen.append(1))
        signal.raise_signal(signal.SIGUSR1)
        return seen

    assert value_of(child) == [errno.EACCES, 1]


def test_missing_and_nested_paths_are_left_out(place: Path):
    opened = landlock.open_paths(
        [place / "missing", place / "read" / "file" / "below", place / "read", place / "read/file"]
    )
    try:
        assert len(opened) == 1
        assert os.path.samestat(os.fstat(opened[0]), (place / "read").stat())
    finally:
        for descriptor in opened:
            os.close(descriptor)


def test_without_landlock_it_says_so(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(landlock, "abi", lambda: 0)
    result = ended(lambda: landlock.restrict([], []))
    assert "landlock: not in this kernel" in result.error


def test_a_wrong_descriptor_is_an_error_and_leaks_none():
    def child() -> list[object]:
        before = os.listdir("/proc/self/fd")
        return [errno_of(lambda: landlock.restrict([9999], [])), before == os.listdir("/proc/self/fd")]

    assert value_of(child) == [errno.EBADF, True]
