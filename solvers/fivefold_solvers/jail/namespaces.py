"""A process's own view of the machine: a small read-only root, and no network, processes or hosts to be seen."""

import os
import site
import stat
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from fivefold_solvers.jail import kernel

INSIDE_ID = 1000
"""User and group number inside the user namespace; outside it is whoever started the process."""
HOSTNAME = "sandbox"
SCRATCH = "/scratch"

_NAMESPACES = kernel.CLONE_NEWNS | kernel.CLONE_NEWNET | kernel.CLONE_NEWPID | kernel.CLONE_NEWIPC | kernel.CLONE_NEWUTS
_DEVICES = ("null", "zero", "full", "random", "urandom")
_EMPTY_FOLDERS = ("dev", "proc", "sys", "tmp")
# One is mounted over while the new root is built, inside the new mount namespace only; the host sees nothing of it.
_STAGES = ("/sys", "/mnt", "/media", "/srv", "/opt", "/proc")
_ROOT_OPTIONS = "mode=0755,size=256k,nr_inodes=4096"
_MOST_LINKS = 40
_SHARED_LIBRARIES = ("/lib", "/usr/lib", "/lib64", "/usr/lib64", "/lib32", "/usr/lib32", "/usr/local/lib")
_SYSTEM_DATA = ("/etc/ld.so.cache", "/etc/localtime", "/usr/share/zoneinfo")
_APPARMOR_SWITCH = "/proc/sys/kernel/apparmor_restrict_unprivileged_userns"


@dataclass
class _Plan:
    """What the new root holds: symbolic links (place to text) and real paths to bind."""

    links: dict[str, str] = field(default_factory=dict[str, str])
    binds: set[str] = field(default_factory=set[str])


def enter(readable: Sequence[str]) -> None:
    """Move this process into namespaces of its own, with a root that holds `readable`, read-only, and nothing else.

    The process must be fresh and have one thread. Afterwards it has every capability inside its user namespace and none
    outside, and an empty bounding set; its next child is process 1 of the new process namespace. Where user namespaces
    are forbidden, root with CAP_SYS_ADMIN gets the others all the same, and keeps its user number and capabilities.

    Args:
        readable: Absolute host paths of files and folders, which stay in their places; links on the way are kept.
            Missing ones and ones out of reach are left out.

    Raises:
        OSError: A namespace, a mount or a map was refused; the process is then in no state to go on.
        ValueError: A path is relative or the whole root.
    """
    plan = _plan(readable)
    _unshare()
    kernel.set_hostname(HOSTNAME)
    kernel.mount(None, "/", None, kernel.MS_REC | kernel.MS_PRIVATE)
    stage = _stage(plan)
    kernel.mount("tmpfs", stage, "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC, _ROOT_OPTIONS)
    _fill(stage, plan)
    os.chdir(stage)
    kernel.pivot_root(".", ".")
    # The old root now lies on top of the new one.
    kernel.unmount(".", kernel.MNT_DETACH)
    os.chdir("/")
    kernel.mount_read_only("/", recursive=False, programs=False)
    kernel.empty_bounding_set()


def _unshare() -> None:
    user, group = os.geteuid(), os.getegid()
    try:
        kernel.unshare(kernel.CLONE_NEWUSER)
    except OSError:
        if user != 0:
            raise
    else:
        _write_maps(user, group)
    kernel.unshare(_NAMESPACES)
    try:
        kernel.unshare(kernel.CLONE_NEWCGROUP)
    except OSError:
        # Before Linux 4.6, or built without: nothing of the sandbox rests on it, /sys is not there.
        return


def _write_maps(user: int, group: int) -> None:
    dumpable = kernel.prctl(kernel.PR_GET_DUMPABLE)
    # The files in /proc belong to root while the process is not dumpable, as it is after a change of user.
    kernel.prctl(kernel.PR_SET_DUMPABLE, 1)
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{INSIDE_ID} {user} 1"),
        ("gid_map", f"{INSIDE_ID} {group} 1"),
    ):
        try:
            descriptor = os.open(f"/proc/self/{name}", os.O_WRONLY | os.O_CLOEXEC)
            try:
                os.write(descriptor, text.encode())
            finally:
                os.close(descriptor)
        except OSError as error:
            raise OSError(error.errno, f"write {name}: {error.strerror}") from None
    kernel.prctl(kernel.PR_SET_DUMPABLE, 1 if dumpable == 1 else 0)


def _plan(readable: Iterable[str]) -> _Plan:
    plan = _Plan()
    for path in readable:
        _follow(path, plan)
    plan.binds = {path for path in plan.binds if not any(parent in plan.binds for parent in _parents(path))}
    plan.links = {
        place: text for place, text in plan.links.items() if not any(parent in plan.binds for parent in _parents(place))
    }
    return plan


def _follow(path: str, plan: _Plan) -> None:
    """Add the real path behind `path`, and every link on the way to it."""
    if not path.startswith("/"):
        raise ValueError(f"not an absolute path: {path!r}")
    todo = [part for part in reversed(path.split("/")) if part not in ("", ".")]
    links: dict[str, str] = {}
    hops = 0
    real = PurePosixPath("/")
    while todo:
        part = todo.pop()
        if part == "..":
            real = real.parent
            continue
        place = str(real / part)
        try:
            is_link = stat.S_ISLNK(os.lstat(place).st_mode)
        except OSError:
            return
        if not is_link:
            real = real / part
            continue
        hops += 1
        if hops > _MOST_LINKS:
            return
        text = links[place] = os.readlink(place)
        real = PurePosixPath("/") if text.startswith("/") else real
        todo.extend(part for part in reversed(text.split("/")) if part not in ("", "."))
    if real == PurePosixPath("/"):
        raise ValueError(f"the whole root cannot be made readable: {path!r}")
    plan.links.update(links)
    plan.binds.add(str(real))


def _parents(path: str) -> Iterator[str]:
    return (str(parent) for parent in PurePosixPath(path).parents)


def _stage(plan: _Plan) -> str:
    for stage in _STAGES:
        inside = stage + "/"
        if os.path.isdir(stage) and not any(f"{path}/".startswith(inside) for path in plan.binds):
            return os.path.realpath(stage)
    raise OSError(2, f"no folder to build the new root on: {', '.join(_STAGES)}")


def _fill(stage: str, plan: _Plan) -> None:
    for name in (*_EMPTY_FOLDERS, SCRATCH.lstrip("/")):
        os.mkdir(f"{stage}/{name}", 0o700 if name == SCRATCH.lstrip("/") else 0o755)
    for place, text in plan.links.items():
        os.makedirs(os.path.dirname(stage + place), mode=0o755, exist_ok=True)
        os.symlink(text, stage + place)
    for path in sorted(plan.binds):
        _bind(path, stage + path)
        kernel.mount_read_only(stage + path)
    for name in _DEVICES:
        if os.path.exists(f"/dev/{name}"):
            _bind(f"/dev/{name}", f"{stage}/dev/{name}")
            kernel.mount_read_only(f"{stage}/dev/{name}", devices=True, programs=False)


def _bind(path: str, target: str) -> None:
    if os.path.isdir(path):
        os.makedirs(target, mode=0o755, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), mode=0o755, exist_ok=True)
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644))
    # Recursive, because a plain user may not uncover what lies below another mount.
    kernel.mount(path, target, None, kernel.MS_BIND | kernel.MS_REC)


def private_scratch(path: str, size_bytes: int, inodes: int) -> None:
    """Give this process a mount namespace of its own, with an empty folder in memory at `path` that only it sees.

    Args:
        path: An existing folder.
        size_bytes: What all files in it may hold together.
        inodes: How many files and folders there may be.

    Raises:
        OSError: It was refused.
    """
    kernel.unshare(kernel.CLONE_NEWNS)
    kernel.mount(
        "tmpfs",
        path,
        "tmpfs",
        kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC,
        f"mode=0700,size={size_bytes},nr_inodes={inodes}",
    )


def available() -> str | None:
    """Try `enter` and `private_scratch` in a child; call it while this process has one thread.

    Returns:
        None where they work, else the reason in words.
    """
    if not sys.platform.startswith("linux"):
        return f"namespaces: not on {sys.platform}"
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.write(writer, (_try() or "").encode()[:4096])
            status = 0
        finally:
            os._exit(status)
    os.close(writer)
    with os.fdopen(reader, "rb") as stream:
        reason = stream.read().decode()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return reason or (None if status == 0 else f"the child that tried namespaces ended with {status}")


def _try() -> str | None:
    outside = os.geteuid()
    apparmor = _reads_one(_APPARMOR_SWITCH)
    try:
        enter(_SHARED_LIBRARIES)
        private_scratch(SCRATCH, 1 << 16, 16)
    except OSError as error:
        if error.errno in (1, 13) and apparmor and outside != 0:
            return f"{error.strerror} (AppArmor restricts user namespaces: {_APPARMOR_SWITCH})"
        return error.strerror
    return None


def _reads_one(path: str) -> bool:
    try:
        with open(path, encoding="utf-8") as file:
            return file.read().strip() == "1"
    except OSError:
        return False


def python_paths() -> list[str]:
    """What a Python program needs to read: standard library, installed packages, shared libraries, time zones.

    No programs, homes, settings or editable checkouts. Paths that do not exist are left out.
    """
    paths = [*_SHARED_LIBRARIES, *_SYSTEM_DATA]
    paths += [sysconfig.get_path(name) for name in ("stdlib", "platstdlib")]
    for prefix in {sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix}:
        paths += [os.path.join(prefix, name) for name in ("lib", "lib64")]
    library, folder = (str(sysconfig.get_config_var(name) or "") for name in ("INSTSONAME", "LIBDIR"))
    if library and folder:
        paths.append(os.path.join(folder, library))
    packages = {*site.getsitepackages(), os.path.dirname(sysconfig.get_path("purelib"))}
    paths += [
        entry
        for entry in sys.path
        if entry in packages or os.path.basename(entry) in ("site-packages", "dist-packages", "lib-dynload")
    ]
    return list(dict.fromkeys(os.path.normpath(path) for path in paths if os.path.isabs(path) and os.path.exists(path)))
