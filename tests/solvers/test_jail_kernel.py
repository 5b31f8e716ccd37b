"""The kernel calls do what they say, as root and as a plain user, and errors name the call."""

import ctypes
import errno
import os
import signal
import time
from pathlib import Path

import pytest

from fivefold_solvers.jail import kernel, namespaces
from tests.solvers import forked
from tests.solvers.forked import ended, errno_of, value_of

USERS = [False, pytest.param(True, marks=pytest.mark.skipif(os.geteuid() != 0, reason="only root can become nobody"))]
no_namespaces = namespaces.available()
needs_namespaces = pytest.mark.skipif(no_namespaces is not None, reason=f"no namespaces here: {no_namespaces}")


def status_lines() -> dict[str, str]:
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return {line.split(":")[0]: line.split(":", 1)[1].strip() for line in lines}


@pytest.mark.parametrize("nobody", USERS)
def test_no_capability_is_left_in_any_set(nobody: bool):
    def drop() -> dict[str, str]:
        kernel.drop_capabilities()
        kernel.drop_capabilities()
        return {name: text for name, text in status_lines().items() if name.startswith("Cap")}

    sets = value_of(drop, nobody=nobody)
    if nobody:
        # Without the right to shrink it the bounding set stays; nothing can be taken from it.
        sets.pop("CapBnd")
    assert {int(text, 16) for text in sets.values()} == {0}, sets


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has capabilities to lose")
def test_root_without_capabilities_is_just_a_user(tmp_path: Path):
    foreign = tmp_path / "foreign"
    foreign.write_text("x", encoding="utf-8")
    foreign.chmod(0)
    os.chown(foreign, 4321, 4321)

    def read() -> list[int]:
        before = errno_of(lambda: foreign.read_text(encoding="utf-8"))
        kernel.drop_capabilities()
        mounts = errno_of(lambda: kernel.mount("tmpfs", str(tmp_path), "tmpfs", 0))
        return [before, errno_of(lambda: foreign.read_text(encoding="utf-8")), mounts]

    assert value_of(read) == [0, errno.EACCES, errno.EPERM]


@pytest.mark.parametrize("nobody", USERS)
def test_a_process_can_be_named_and_locked(nobody: bool):
    def lock() -> list[object]:
        kernel.no_new_privileges()
        kernel.not_dumpable()
        kernel.die_with_parent(signal.SIGKILL)
        kernel.set_name("a-name-that-is-too-long")
        name = ctypes.create_string_buffer(16)
        kernel.prctl(kernel.PR_GET_NAME, ctypes.addressof(name))
        return [kernel.prctl(kernel.PR_GET_NO_NEW_PRIVS), kernel.prctl(kernel.PR_GET_DUMPABLE), name.value.decode()]

    assert value_of(lock, nobody=nobody) == [1, 0, "a-name-that-is-"]


def test_a_child_ends_with_its_parent():
    reader, writer = os.pipe()

    def parent() -> None:
        ready, told = os.pipe()
        if os.fork() == 0:
            kernel.die_with_parent(signal.SIGKILL)
            os.write(told, b"x")
            signal.pause()
            os._exit(0)
        os.read(ready, 1)

    assert ended(parent).status == 0
    os.close(writer)
    # The grandchild holds the other end until it is dead.
    assert os.read(reader, 1) == b""
    os.close(reader)


def test_all_other_descriptors_are_closed():
    def close() -> list[int]:
        kept = [os.dup(0), os.dup(0), os.dup2(0, 300)]
        os.dup2(0, 301)
        report = max(map(int, os.listdir("/proc/self/fd")))
        assert report >= 301
        # The pipe that the answer goes through is not known here: keep what was open at the start.
        before = {fd for fd in range(300) if errno_of(lambda fd=fd: os.fstat(fd)) == 0} - {kept[0]}
        kernel.close_other({*before, 300})
        return [errno_of(lambda fd=fd: os.fstat(fd)) for fd in (kept[0], kept[1], 300, 301)]

    assert value_of(close) == [errno.EBADF, 0, 0, errno.EBADF]


def test_nothing_kept_is_nothing_open():
    def close() -> None:
        kernel.close_other(())
        os._exit(7 if all(errno_of(lambda fd=fd: os.fstat(fd)) for fd in range(1000)) else 8)

    assert ended(close).status == 7


def test_errors_say_which_call_on_what():
    with pytest.raises(OSError, match="mount tmpfs on /no/such/place") as caught:
        kernel.mount("tmpfs", "/no/such/place", "tmpfs", 0)
    assert caught.value.errno in (errno.ENOENT, errno.EPERM)
    with pytest.raises(OSError, match="unmount /no/such/place"):
        kernel.unmount("/no/such/place")
    with pytest.raises(OSError, match="prctl: Invalid argument"):
        kernel.prctl(999_999)
    with pytest.raises(OSError, match="no_such_function: not in this C library"):
        kernel.call("no_such_function")


@needs_namespaces
@pytest.mark.parametrize("nobody", USERS)
@pytest.mark.parametrize("old_kernel", [False, True])
def test_mounts_below_become_read_only_too(old_kernel: bool, nobody: bool, monkeypatch: pytest.MonkeyPatch):
    if old_kernel:
        # A call that no kernel has stands for one that an old kernel lacks.
        monkeypatch.setattr(kernel, "NR_MOUNT_SETATTR", 9_999)

    def tree() -> list[int]:
        user, group = os.geteuid(), os.getegid()
        kernel.prctl(kernel.PR_SET_DUMPABLE, 1)
        kernel.unshare(kernel.CLONE_NEWUSER | kernel.CLONE_NEWNS)
        Path("/proc/self/setgroups").write_text("deny", encoding="utf-8")
        Path("/proc/self/uid_map").write_text(f"0 {user} 1", encoding="utf-8")
        Path("/proc/self/gid_map").write_text(f"0 {group} 1", encoding="utf-8")
        top, below = "/mnt", "/mnt/be low"
        kernel.mount("t", top, "tmpfs", kernel.MS_NOEXEC)
        os.mkdir(below)
        kernel.mount("t", below, "tmpfs", 0)
        os.mkdir(f"{below}/file")
        kernel.mount_read_only(top)
        os.umask(0)
        flags = os.statvfs(below).f_flag
        assert flags & (os.ST_NOSUID | 4) == os.ST_NOSUID | 4
        assert os.statvfs(top).f_flag & 8, "a flag that was there must stay"
        return [errno_of(lambda place=place: os.mkdir(f"{place}/new")) for place in (top, below)]

    assert value_of(tree, nobody=nobody) == [errno.EROFS, errno.EROFS]


def test_a_child_that_hangs_is_ended_whatever_its_parent_does_at_an_alarm(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(forked, "SECONDS", 1)
    before = signal.signal(signal.SIGALRM, signal.SIG_IGN)
    try:
        assert ended(lambda: time.sleep(60)).status == -signal.SIGALRM
    finally:
        signal.signal(signal.SIGALRM, before)
