"""In the jail there is nothing of the host but what was given: for root, for a plain user, without user namespaces."""

import errno
import importlib
import os
import socket
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fivefold_solvers.jail import kernel, landlock, namespaces, seccomp
from tests.solvers.forked import NOBODY, ended, errno_of, value_of

no_namespaces = namespaces.available()
pytestmark = pytest.mark.skipif(no_namespaces is not None, reason=f"no namespaces here: {no_namespaces}")
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
USERS = [False, pytest.param(True, marks=needs_root)]
LIBRARIES = ["/lib", "/usr/lib", "/lib64", "/usr/lib64"]


def in_jail(function: Callable[[], object], readable: list[str], *, nobody: bool = False) -> Any:
    """Run a function as process 1 of a jail."""

    def outer() -> Any:
        namespaces.enter(readable)
        return value_of(function)

    return value_of(outer, nobody=nobody)


@pytest.fixture
def given(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that is given, with a link to it, beside one that is not; all can be read by everybody."""
    top = tmp_path_factory.mktemp("given")
    folder = top
    while folder not in (Path(tempfile.gettempdir()), Path(folder.anchor)) and folder.stat().st_uid == os.geteuid():
        folder.chmod(0o755)
        folder = folder.parent
    (top / "real" / "below").mkdir(parents=True)
    (top / "real" / "file").write_text("content", encoding="utf-8")
    (top / "secret").mkdir()
    (top / "secret" / "file").write_text("secret", encoding="utf-8")
    (top / "link").symlink_to("real")
    (top / "absolute").symlink_to(top / "link" / "below" / "..")
    return top


@pytest.mark.parametrize("nobody", USERS)
def test_the_root_holds_what_was_given_in_its_place_and_nothing_else(given: Path, nobody: bool):
    def look() -> dict[str, Any]:
        return {
            "root": sorted(os.listdir("/")),
            "dev": sorted(os.listdir("/dev")),
            "empty": [os.listdir(folder) for folder in ("/proc", "/sys", "/scratch")],
            "given": sorted(os.listdir(given)),
            "text": (given / "absolute" / "file").read_text(encoding="utf-8"),
            "links": [os.readlink(given / "link"), os.readlink(given / "absolute")],
            "ids": [os.getpid(), os.getuid(), os.getgid()],
            "host": os.uname().nodename,
        }

    readable = [
        str(given / "absolute"),
        str(given / "real" / "below"),
        str(given / "real"),
        str(given / "missing"),
        *LIBRARIES,
    ]
    seen = in_jail(look, readable, nobody=nobody)
    top = {"dev", "proc", "scratch", "sys", "tmp", "usr", given.parts[1]} | {
        Path(path).parts[1] for path in LIBRARIES if os.path.lexists(path)
    }
    assert set(seen["root"]) == top
    assert set(seen["dev"]) <= {"full", "null", "random", "urandom", "zero"} and "null" in seen["dev"]
    assert seen["empty"] == [[], [], []]
    assert seen["given"] == ["absolute", "link", "real"]
    assert (seen["text"], seen["links"]) == ("content", ["real", str(given / "link" / "below" / "..")])
    assert seen["ids"] == [1, namespaces.INSIDE_ID, namespaces.INSIDE_ID]
    assert seen["host"] == namespaces.HOSTNAME


@pytest.mark.parametrize("nobody", USERS)
@pytest.mark.parametrize("old_kernel", [False, True])
def test_nothing_in_it_can_be_written(given: Path, old_kernel: bool, nobody: bool, monkeypatch: pytest.MonkeyPatch):
    if old_kernel:
        # A number that no kernel knows stands for the call that an old kernel lacks.
        monkeypatch.setattr(kernel, "NR_MOUNT_SETATTR", 9_999)

    def write() -> dict[str, int]:
        places = ["/", "/tmp", "/dev", "/scratch", "/proc", str(given), str(given / "real"), "/usr", "/usr/lib"]
        results = {place: errno_of(lambda place=place: os.mkdir(f"{place}/new")) for place in places}
        results["file"] = errno_of(lambda: os.close(os.open(given / "real" / "file", os.O_WRONLY)))
        results["mode"] = errno_of(lambda: os.chmod(given / "real" / "file", 0o777))
        results["device"] = errno_of(lambda: os.chmod("/dev/null", 0o777))
        return results

    results = in_jail(write, [str(given / "real"), *LIBRARIES], nobody=nobody)
    # To somebody else's files and folders a plain user has no right in the first place.
    assert set(results.values()) == ({errno.EROFS, errno.EACCES} if nobody else {errno.EROFS}), results
    assert not any(path.name == "new" for path in given.rglob("*"))


@pytest.mark.parametrize("nobody", USERS)
def test_devices_work(nobody: bool):
    def use() -> list[object]:
        with open("/dev/null", "wb") as null, open("/dev/urandom", "rb") as chance, open("/dev/zero", "rb") as zero:
            return [null.write(b"x"), len(chance.read(8)), zero.read(2).hex(), errno_of(fill)]

    def fill() -> None:
        with open("/dev/full", "wb", buffering=0) as full:
            full.write(b"x")

    assert in_jail(use, LIBRARIES, nobody=nobody) == [1, 8, "0000", errno.ENOSPC]


@pytest.mark.parametrize("nobody", USERS)
def test_no_network_and_no_foreign_processes(nobody: bool):
    outside = os.getpid()
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as abstract:
        address = server.getsockname()
        abstract.bind(f"\0fivefold-jail-{outside}")
        abstract.listen()
        name = abstract.getsockname()

        def reach() -> list[int]:
            with socket.socket() as tcp, socket.socket(socket.AF_UNIX) as unix:
                return [
                    errno_of(lambda: tcp.connect(address)),
                    errno_of(lambda: unix.connect(name)),
                    errno_of(lambda: os.kill(outside, 0)),
                    os.getppid(),
                ]

        assert in_jail(reach, LIBRARIES, nobody=nobody) == [errno.ENETUNREACH, errno.ECONNREFUSED, errno.ESRCH, 0]


@pytest.mark.parametrize("nobody", USERS)
def test_scratch_is_private_and_has_limits(nobody: bool):
    def run() -> list[object]:
        namespaces.private_scratch("/scratch", 1 << 20, 8)
        os.chdir("/scratch")
        info = os.stat(".")
        flags = os.statvfs(".").f_flag
        Path("mine").write_text("x", encoding="utf-8")
        many = errno_of(lambda: [Path(f"f{number}").touch() for number in range(20)])
        return [
            os.listdir(".").count("mine"),
            info.st_mode & 0o777,
            flags & (os.ST_NOSUID | os.ST_NODEV | os.ST_NOEXEC) == os.ST_NOSUID | os.ST_NODEV | os.ST_NOEXEC,
            errno_of(lambda: Path("mine").write_bytes(bytes(2 << 20))),
            many,
        ]

    def two() -> list[object]:
        first = value_of(run)
        return [*first, os.listdir("/scratch"), value_of(run) == first]

    assert in_jail(two, LIBRARIES, nobody=nobody) == [1, 0o700, True, errno.ENOSPC, errno.ENOSPC, [], True]


def test_what_is_mounted_below_is_read_only_too(given: Path):
    def outer() -> int:
        # Somebody's own mount below a given folder, as root of a user namespace around the jail.
        become_root_of_a_namespace()
        kernel.mount("t", str(given / "real" / "below"), "tmpfs", 0)
        namespaces.enter([str(given / "real")])
        return value_of(lambda: errno_of(lambda: os.mkdir(given / "real" / "below" / "new")))

    assert value_of(outer) == errno.EROFS


def become_root_of_a_namespace() -> None:
    user, group = os.geteuid(), os.getegid()
    kernel.unshare(kernel.CLONE_NEWUSER | kernel.CLONE_NEWNS)
    Path("/proc/self/setgroups").write_text("deny", encoding="utf-8")
    Path("/proc/self/uid_map").write_text(f"0 {user} 1", encoding="utf-8")
    Path("/proc/self/gid_map").write_text(f"0 {group} 1", encoding="utf-8")


def forbid_user_namespaces() -> None:
    become_root_of_a_namespace()
    Path("/proc/sys/user/max_user_namespaces").write_text("0", encoding="utf-8")


def test_root_does_without_user_namespaces(given: Path):
    def outer() -> list[object]:
        forbid_user_namespaces()
        assert namespaces.available() is None
        namespaces.enter([str(given / "real"), *LIBRARIES])
        return value_of(inner)

    def inner() -> list[object]:
        namespaces.private_scratch("/scratch", 1 << 20, 64)
        kernel.drop_capabilities()
        Path("/scratch/file").write_text("x", encoding="utf-8")
        return [os.getpid(), os.getuid(), errno_of(lambda: os.mkdir("/new")), sorted(os.listdir(given))]

    assert value_of(outer) == [1, 0, errno.EROFS, ["real"]]


def test_where_they_are_forbidden_it_says_why():
    def child() -> list[object]:
        forbid_user_namespaces()
        kernel.drop_capabilities()
        before = os.listdir("/proc/self/fd")
        return [namespaces.available(), before == os.listdir("/proc/self/fd")]

    reason, nothing_leaked = value_of(child)
    assert reason.startswith("unshare: ") and nothing_leaked


def test_nothing_is_left_on_the_host(given: Path):
    places = ["/", "/tmp", "/mnt", "/srv", "/sys", "/dev", "/proc/self/ns"]
    before = [sorted(os.listdir(place)) for place in places if os.path.isdir(place)]
    mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8")
    in_jail(lambda: None, [str(given / "real")])
    assert [sorted(os.listdir(place)) for place in places if os.path.isdir(place)] == before
    assert Path("/proc/self/mountinfo").read_text(encoding="utf-8") == mounts


@pytest.mark.parametrize("path", ["relative", "/", "/usr/..", "//"])
def test_the_whole_root_cannot_be_given(path: str):
    with pytest.raises(ValueError, match=r"not an absolute path|the whole root"):
        namespaces.enter([path])


def test_circular_links_are_left_out(tmp_path: Path):
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    (tmp_path / "c").symlink_to(tmp_path / "missing")
    assert in_jail(lambda: os.path.lexists(tmp_path), [str(tmp_path / "a"), str(tmp_path / "c")]) is False


def test_python_needs_neither_homes_nor_settings_nor_programs():
    paths = namespaces.python_paths()
    assert all(os.path.isabs(path) and os.path.exists(path) for path in paths)
    assert len(paths) == len(set(paths))
    forbidden = {"/", "/root", "/home", "/etc", "/usr", "/tmp", "/usr/bin", "/bin", sys.prefix, sys.base_prefix}
    forbidden |= {os.path.expanduser("~"), os.getcwd()}
    assert not forbidden & {os.path.realpath(path) for path in paths}
    assert not any(path.endswith("/bin") for path in paths)
    assert any(os.path.exists(os.path.join(path, "json", "__init__.py")) for path in paths)


PROGRAM = """
import json, os, tempfile, threading, zoneinfo
import pyomo.environ as pyo
model = pyo.ConcreteModel()
model.x = pyo.Var(range(6), domain=pyo.Integers, bounds=(0, 9))
model.cap = pyo.Constraint(expr=sum((i + 2) * model.x[i] for i in range(6)) <= 41)
model.value = pyo.Objective(expr=sum((3 * i + 1) * model.x[i] for i in range(6)), sense=pyo.maximize)
solver = pyo.SolverFactory("appsi_highs")
solver.highs_options = {"threads": 2}
solver.solve(model)
with tempfile.NamedTemporaryFile("w", dir=".") as file:
    file.write("x")
open("out.json", "w").write(json.dumps(pyo.value(model.value)))
zoneinfo.ZoneInfo("Europe/Vienna")
answer = json.load(open("out.json"))
"""


@pytest.mark.skipif(seccomp.supported() is not None, reason=f"no filter of system calls: {seccomp.supported()}")
def test_an_honest_program_runs_under_every_layer_at_once():
    compiled = seccomp.compile_filter()

    def run() -> object:
        paths = namespaces.python_paths()
        opened = landlock.open_paths([*paths, "/dev/urandom"])
        null = landlock.open_paths(["/dev/null"])
        namespaces.private_scratch("/scratch", 32 << 20, 2048)
        kernel.drop_capabilities(bounding=False)
        kernel.not_dumpable()
        if landlock.abi():
            landlock.restrict(opened, [*null, *landlock.open_paths(["/scratch"])])
        os.chdir("/scratch")
        os.environ.update(TMPDIR="/scratch", HOME="/scratch", OPENBLAS_NUM_THREADS="1")
        seccomp.install(compiled)
        scope: dict[str, Any] = {"__name__": "__main__"}
        exec(compile(PROGRAM, "program", "exec"), scope)
        return scope["answer"]

    def outer() -> object:
        # Pyomo makes a named semaphore when it is imported, which needs a writable /dev/shm.
        importlib.import_module("pyomo.environ")
        namespaces.enter(namespaces.python_paths())
        return value_of(run)

    assert value_of(outer) == 93


def test_capabilities_are_gone_after_the_bounding_set():
    def sets() -> list[int]:
        kernel.drop_capabilities(bounding=False)
        return [kernel.prctl(kernel.PR_CAPBSET_READ, number) for number in range(38)]

    assert set(in_jail(sets, LIBRARIES)) == {0}


@needs_root
def test_a_process_that_changed_user_can_enter():
    def child() -> int:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
        kernel.not_dumpable()
        namespaces.enter(LIBRARIES)
        return kernel.prctl(kernel.PR_GET_DUMPABLE)

    assert value_of(child) == 0
    assert ended(lambda: None).status == 0
