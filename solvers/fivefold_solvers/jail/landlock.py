"""Landlock: which files this process and its children may touch, for good; no TCP; no signals to the outside.

Rights and structures: https://docs.kernel.org/userspace-api/landlock.html
"""

import errno
import functools
import os
import stat
import struct
from collections.abc import Iterable, Sequence

from fivefold_solvers.jail import kernel

# Shared by every architecture.
NR_CREATE_RULESET = 444
NR_ADD_RULE = 445
NR_RESTRICT_SELF = 446

_VERSION_ASKED = 1
_RULE_PATH_BENEATH = 1
_LOG_NOTHING = 1

EXECUTE = 1 << 0
WRITE_FILE = 1 << 1
READ_FILE = 1 << 2
READ_DIR = 1 << 3
REMOVE_DIR = 1 << 4
REMOVE_FILE = 1 << 5
MAKE_DIR = 1 << 7
MAKE_REG = 1 << 8
REFER = 1 << 13
TRUNCATE = 1 << 14
IOCTL_DEV = 1 << 15

_READABLE = READ_FILE | READ_DIR
_WRITABLE = _READABLE | WRITE_FILE | REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_REG | REFER | TRUNCATE
_OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV

_ABI_REFER, _ABI_TRUNCATE, _ABI_TCP, _ABI_IOCTL, _ABI_SCOPES, _ABI_LOG = 2, 3, 4, 5, 6, 7
_FIRST_ABI_RIGHTS = (1 << 13) - 1
_TCP_BIND_AND_CONNECT = 0b11
_ABSTRACT_UNIX_AND_SIGNALS = 0b11


@functools.cache
def abi() -> int:
    """The Landlock version of the running kernel; 0 where it has none or it is switched off."""
    try:
        return kernel.syscall(NR_CREATE_RULESET, "landlock_create_ruleset", None, 0, _VERSION_ASKED)
    except OSError:
        return 0


def handled(version: int) -> int:
    """Every file right that Landlock of this version can refuse, as a bit set."""
    rights = _FIRST_ABI_RIGHTS
    rights |= REFER if version >= _ABI_REFER else 0
    rights |= TRUNCATE if version >= _ABI_TRUNCATE else 0
    rights |= IOCTL_DEV if version >= _ABI_IOCTL else 0
    return rights


def open_paths(paths: Iterable[str | os.PathLike[str]]) -> list[int]:
    """Open files and folders for `restrict`, once for many children.

    What is missing or out of reach is left out, and what lies inside another of them: that one's rights reach down.

    Returns:
        Descriptors that name a place and can neither read nor write; closed on exec.
    """
    descriptors: list[int] = []
    folder = None
    # Sorted, a folder comes before all that lies in it.
    for place in sorted({os.path.realpath(path) + "/" for path in paths}):
        if folder is not None and place.startswith(folder):
            continue
        try:
            descriptors.append(os.open(place[:-1] or "/", os.O_PATH | os.O_CLOEXEC))
        except (FileNotFoundError, NotADirectoryError, PermissionError):
            continue
        folder = place
    return descriptors


def restrict(readable: Sequence[int], writable: Sequence[int]) -> None:
    """Refuse this thread and its children, for good, all files but the given ones, as far as the kernel can.

    Args:
        readable: Descriptors of files and folders whose content may be read and listed, but not executed.
        writable: The same for what may also be written, made, moved and removed (regular files and folders only).

    Raises:
        OSError: Landlock is missing (ENOSYS) or a step failed; then nothing is restricted.
    """
    version = abi()
    if not version:
        raise OSError(errno.ENOSYS, "landlock: not in this kernel, or switched off")
    kernel.no_new_privileges()
    ruleset = _create(version)
    try:
        for descriptors, rights in ((readable, _READABLE), (writable, _WRITABLE)):
            for descriptor in descriptors:
                _allow(ruleset, descriptor, rights & handled(version))
        # What LLM-written programs try in vain would fill the host's audit log.
        kernel.syscall(NR_RESTRICT_SELF, "landlock_restrict_self", ruleset, _LOG_NOTHING if version >= _ABI_LOG else 0)
    finally:
        os.close(ruleset)


def _create(version: int) -> int:
    fields = [handled(version)]
    # A kernel refuses a longer structure than the one it knows.
    if version >= _ABI_TCP:
        fields.append(_TCP_BIND_AND_CONNECT)
    if version >= _ABI_SCOPES:
        fields.append(_ABSTRACT_UNIX_AND_SIGNALS)
    attributes = struct.pack(f"={len(fields)}Q", *fields)
    return kernel.syscall(NR_CREATE_RULESET, "landlock_create_ruleset", attributes, len(attributes), 0)


def _allow(ruleset: int, descriptor: int, rights: int) -> None:
    if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
        # A right of folders on a file is an error to the kernel.
        rights &= _OF_FILES
    rule = struct.pack("=Qi", rights, descriptor)
    kernel.syscall(NR_ADD_RULE, "landlock_add_rule", ruleset, _RULE_PATH_BENEATH, rule, 0)
