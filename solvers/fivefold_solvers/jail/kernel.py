"""The kernel calls that Python's standard library lacks, by ctypes; each failure is an `OSError` that says which.

Functions of libc are looked up when called, so the module can be imported where the kernel has none of them.
"""

import ctypes
import errno
import os
import struct
from collections.abc import Collection

PR_SET_PDEATHSIG = 1
PR_GET_DUMPABLE = 3
PR_SET_DUMPABLE = 4
PR_SET_NAME = 15
PR_GET_NAME = 16
PR_CAPBSET_READ = 23
PR_CAPBSET_DROP = 24
PR_SET_NO_NEW_PRIVS = 38
PR_GET_NO_NEW_PRIVS = 39
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_CLEAR_ALL = 4

CLONE_NEWNS = 0x00020000
CLONE_NEWCGROUP = 0x02000000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_RDONLY = 0x1
MS_NOSUID = 0x2
MS_NODEV = 0x4
MS_NOEXEC = 0x8
MS_REMOUNT = 0x20
MS_BIND = 0x1000
MS_REC = 0x4000
MS_PRIVATE = 0x40000
MNT_DETACH = 0x2

# These are the same on every 64-bit architecture: numbers from 424 on are shared.
NR_CLOSE_RANGE = 436
NR_MOUNT_SETATTR = 442

_AT_FDCWD = -100
_AT_RECURSIVE = 0x8000
_MOUNT_ATTR_RDONLY = 0x1
_MOUNT_ATTR_NOSUID = 0x2
_MOUNT_ATTR_NODEV = 0x4
_MOUNT_ATTR_NOEXEC = 0x8
_LAST_POSSIBLE_CAPABILITY = 63
_NAME_BYTES = 15

# What statvfs says of a mount, and the flag that keeps it so over a remount. A user namespace may not take them away.
_KEPT_ON_REMOUNT = (
    (2, MS_NOSUID),
    (4, MS_NODEV),
    (8, MS_NOEXEC),
    (1024, 1024),  # noatime
    (2048, 2048),  # nodiratime
    (4096, 0x200000),  # relatime
)

# Version 3 and this process; then three sets of 64 bits. Made here, because a new array type costs much after a fork.
_CAPABILITY_HEADER = ctypes.create_string_buffer(struct.pack("=Ii", 0x20080522, 0), 8)
_NO_CAPABILITIES = ctypes.create_string_buffer(24)

_libc = ctypes.CDLL(None, use_errno=True)
_syscall = _libc.syscall
_syscall.restype = ctypes.c_long


def failed(what: str) -> OSError:
    """The error of the libc call just made, as an exception that names the call."""
    code = ctypes.get_errno()
    return OSError(code, f"{what}: {os.strerror(code)}")


def call(name: str, *arguments: object) -> int:
    """Call a libc function that returns an int; -1 raises.

    Args:
        name: The function.
        *arguments: int, bytes, None or ctypes values.

    Raises:
        OSError: The call failed, or this libc has no such function (ENOSYS).
    """
    try:
        function = getattr(_libc, name)
    except AttributeError:
        raise OSError(errno.ENOSYS, f"{name}: not in this C library") from None
    result: int = function(*arguments)
    if result == -1:
        raise failed(name)
    return result


def syscall(number: int, what: str, *arguments: object) -> int:
    """Make a system call by number; every argument is passed as a full word.

    Args:
        number: The call's number on this architecture.
        what: Its name, for the error.
        *arguments: int (also negative), bytes, None, or ctypes references.

    Raises:
        OSError: The call failed.
    """
    words = [ctypes.c_long(argument) if isinstance(argument, int) else argument for argument in arguments]
    result: int = _syscall(ctypes.c_long(number), *words)
    if result == -1:
        raise failed(what)
    return result


def prctl(option: int, a: int = 0, b: int = 0, c: int = 0, d: int = 0) -> int:
    """`prctl(2)` with plain numbers; returns what the kernel returns."""
    word = ctypes.c_ulong
    return call("prctl", option, word(a), word(b), word(c), word(d))


def no_new_privileges() -> None:
    """No program started from here on can gain rights; Landlock and seccomp require it of plain users."""
    prctl(PR_SET_NO_NEW_PRIVS, 1)


def not_dumpable() -> None:
    """No core file, and no other process of this user may trace this one or read its memory."""
    prctl(PR_SET_DUMPABLE, 0)


def die_with_parent(signal: int) -> None:
    """Be sent `signal` when the thread that forked this process ends; does nothing where it has ended already."""
    prctl(PR_SET_PDEATHSIG, signal)


def set_name(name: str) -> None:
    """Set the name that `ps` and `top` show; all beyond 15 bytes is cut off."""
    buffer = ctypes.create_string_buffer(name.encode()[:_NAME_BYTES])
    prctl(PR_SET_NAME, ctypes.addressof(buffer))


def unshare(flags: int) -> None:
    """Leave the shared namespaces named by `CLONE_NEW*` flags for new ones."""
    call("unshare", flags)


def set_hostname(name: str) -> None:
    """Set the host name of this UTS namespace."""
    raw = name.encode()
    call("sethostname", raw, ctypes.c_size_t(len(raw)))


def mount(source: str | None, target: str, fstype: str | None, flags: int, data: str | None = None) -> None:
    """`mount(2)`.

    Raises:
        OSError: It failed; the message names the target.
    """
    words = [None if text is None else os.fsencode(text) for text in (source, target, fstype, data)]
    try:
        call("mount", *words[:3], ctypes.c_ulong(flags), words[3])
    except OSError as error:
        raise OSError(error.errno, f"mount {fstype or source or ''} on {target}: {_reason(error)}") from None


def unmount(target: str, flags: int = 0) -> None:
    """`umount2(2)`."""
    try:
        call("umount2", os.fsencode(target), flags)
    except OSError as error:
        raise OSError(error.errno, f"unmount {target}: {_reason(error)}") from None


def pivot_root(new: str, old: str) -> None:
    """Make `new` (a mount point) the root of this mount namespace and put the old root on `old`."""
    call("pivot_root", os.fsencode(new), os.fsencode(old))


def mount_read_only(path: str, recursive: bool = True, *, devices: bool = False, programs: bool = True) -> None:
    """Make the mount at `path` read-only, without set-user-id files and without device files.

    Args:
        path: A mount point.
        recursive: Also every mount below it.
        devices: Leave device files usable.
        programs: Leave files executable (and shared libraries loadable).

    Raises:
        OSError: It failed; some mounts below `path` may have been changed.
    """
    bits = _MOUNT_ATTR_RDONLY | _MOUNT_ATTR_NOSUID
    bits |= 0 if devices else _MOUNT_ATTR_NODEV
    bits |= 0 if programs else _MOUNT_ATTR_NOEXEC
    attributes = struct.pack("=4Q", bits, 0, 0, 0)
    try:
        syscall(
            NR_MOUNT_SETATTR,
            f"make {path} read-only",
            _AT_FDCWD,
            os.fsencode(path),
            _AT_RECURSIVE if recursive else 0,
            attributes,
            len(attributes),
        )
    except OSError as error:
        # Before Linux 5.12 there is no such call, and some containers refuse calls they do not know.
        if error.errno not in (errno.ENOSYS, errno.EPERM):
            raise
        flags = MS_RDONLY | MS_NOSUID | (0 if devices else MS_NODEV) | (0 if programs else MS_NOEXEC)
        _remount(path, flags)
        for point in _mounts_below(path) if recursive else ():
            try:
                _remount(point, flags)
            except (FileNotFoundError, NotADirectoryError):
                continue  # another mount lies over it: nobody can reach it


def _remount(path: str, flags: int) -> None:
    now = os.statvfs(path).f_flag
    kept = sum(flag for bit, flag in _KEPT_ON_REMOUNT if now & bit)
    mount(None, path, None, MS_REMOUNT | MS_BIND | flags | kept)


def _mounts_below(path: str) -> list[str]:
    top = os.path.realpath(path)
    inside = top.rstrip("/") + "/"
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as lines:
        points = [_unescape(line.split(" ")[4]) for line in lines]
    return sorted({point for point in points if point.startswith(inside)})


def _unescape(field: str) -> str:
    for code, character in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        field = field.replace(code, character)
    return field


def empty_bounding_set() -> None:
    """No capability can be gained by starting a program, here and in all children; current ones stay.

    Where the right to do so is gone already, the set stays: without the start of a privileged program, which
    `no_new_privileges` makes harmless, nothing can be taken from it.
    """
    for capability in range(_LAST_POSSIBLE_CAPABILITY + 1):
        try:
            prctl(PR_CAPBSET_DROP, capability)
        except OSError as error:
            # EINVAL: this kernel has no capability of that number, nor of a higher one.
            if error.errno not in (errno.EPERM, errno.EINVAL):
                raise
            return


def drop_capabilities(bounding: bool = True) -> None:
    """Give up every capability for good: effective, permitted, inheritable, ambient and bounding set.

    Args:
        bounding: False where `empty_bounding_set` has been done in an ancestor, which saves 40 calls.
    """
    if bounding:
        empty_bounding_set()
    try:
        prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
    call("capset", _CAPABILITY_HEADER, _NO_CAPABILITIES)


def close_other(keep: Collection[int]) -> None:
    """Close every descriptor that is not in `keep`, 0 to 2 included."""
    first = 0
    for kept in sorted(keep):
        _close_range(first, kept - 1)
        first = kept + 1
    _close_range(first, 0xFFFFFFFF)


def _close_range(first: int, last: int) -> None:
    if first > last:
        return
    try:
        syscall(NR_CLOSE_RANGE, "close_range", first, last, 0)
    except OSError:
        # Before Linux 5.9 there is no such call; what is above the limit cannot be open.
        os.closerange(first, min(last + 1, max(os.sysconf("SC_OPEN_MAX"), 256)))


def _reason(error: OSError) -> str:
    return os.strerror(error.errno or 0)
