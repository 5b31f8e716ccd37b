"""Attacks on the kernel's surface: calls that no solver needs, other ways to make calls, undoing the locks.

Each call is an attack of its own, because a filter may end the program at the first. The arguments are such that
the call does nothing on a machine that allows it; what counts is whether the kernel looked at them.
"""

from fivefold_solvers.result import Exit
from tests.attacks.case import Case

HELD = (Exit.NO_RESULT, Exit.KILLED)

CALLS: dict[str, tuple[int, str]] = {
    "io_uring_setup": (425, "1, ctypes.byref(store)"),
    "io_setup": (206, "1, ctypes.byref(store)"),
    "bpf": (321, "0, ctypes.byref(store), 72"),
    "perf_event_open": (298, "ctypes.byref(store), 0, -1, -1, 0"),
    "userfaultfd": (323, "1"),
    "add_key": (248, "b'user', b'x', b'y', 1, -3"),
    "request_key": (249, "b'user', b'x', None, -3"),
    "keyctl": (250, "0, -3, 0"),
    "modify_ldt": (154, "0, ctypes.byref(store), 16"),
    "personality": (135, "0x0040000"),
    "inotify_init1": (294, "0"),
    "fanotify_init": (300, "0, 0"),
    "shmget": (29, "0, 4096, 0o600"),
    "semget": (64, "0, 1, 0o600"),
    "msgget": (68, "0, 0o600"),
    "mq_open": (240, "HOST['mark'].encode(), 0, 0, None"),
    "memfd_create": (319, "b'x', 0"),
    "memfd_secret": (447, "0"),
    "unshare_user": (272, "0x10000000"),
    "unshare_mount": (272, "0x00020000"),
    "unshare_net": (272, "0x40000000"),
    "setns": (308, "-1, 0"),
    "mount": (165, "b'x', b'.', b'no-such-fs', 0, None"),
    "umount2": (166, "b'no-such-folder', 0"),
    "pivot_root": (155, "b'no-such-folder', b'no-such-folder'"),
    "chroot": (161, "b'no-such-folder'"),
    "open_tree": (428, "-100, b'no-such-folder', 0"),
    "move_mount": (429, "-100, b'no-such-folder', -100, b'no-such-folder', 0"),
    "fsopen": (430, "b'no-such-fs', 0"),
    "fspick": (433, "-100, b'no-such-folder', 0"),
    "mount_setattr": (442, "-100, b'no-such-folder', 0, ctypes.byref(store), 32"),
    "listmount": (458, "ctypes.byref(store), ctypes.byref(store), 8, 0"),
    "name_to_handle_at": (303, "-100, b'.', ctypes.byref(store), ctypes.byref(store, 64), 0"),
    "kexec_load": (246, "0, 0, None, 0"),
    "init_module": (175, "None, 0, b''"),
    "finit_module": (313, "-1, b'', 0"),
    "delete_module": (176, "b'no-such-module', 0x800"),
    "reboot": (169, "0, 0, 0, None"),
    "swapon": (167, "b'no-such-file', 0"),
    "swapoff": (168, "b'no-such-file'"),
    "acct": (163, "b'no-such-file'"),
    "quotactl": (179, "0, None, 0, None"),
    "syslog": (103, "10, None, 0"),
    "sethostname": (170, "b'x', 1000"),
    "setdomainname": (171, "b'x', 1000"),
    "clock_settime": (227, "1, ctypes.byref(store)"),
    "iopl": (172, "3"),
    "ioperm": (173, "0x378, 1, 1"),
    "process_madvise": (440, "-1, None, 0, 0, 0"),
    "kcmp": (312, "HOST['bystander'], HOST['bystander'], 0, 0, 0"),
    "pidfd_open": (434, "HOST['bystander'], 0"),
    "move_pages": (279, "HOST['bystander'], 0, None, None, None, 0"),
    "migrate_pages": (256, "HOST['bystander'], 0, None, None"),
    "vmsplice": (278, "-1, None, 0, 0"),
    "splice": (275, "-1, None, -1, None, 0, 0"),
    "execveat": (322, "-1, b'', None, None, 0x1000"),
    "uselib": (134, "b'no-such-file'"),
    "remap_file_pages": (216, "0, 0, 0, 0, 0"),
    "vhangup": (153, ""),
    "ioprio_set": (251, "1, HOST['bystander'], 0"),
    "sched_setattr": (314, "0, ctypes.byref(store), 0"),
    "seccomp_listener": (317, "1, 8, None"),
}
"""Name -> number on x86-64 and arguments; `store` is a kilobyte of zeros."""


FOR_THE_PRIVILEGED = {
    *("perf_event_open", "fanotify_init", "unshare_mount", "unshare_net", "mount", "pivot_root", "move_mount"),
    *("fsopen", "fspick", "mount_setattr", "kexec_load", "init_module", "finit_module", "delete_module", "reboot"),
    *("swapon", "swapoff", "acct", "syslog", "sethostname", "setdomainname", "iopl", "ioperm", "vhangup"),
    "sched_setattr",
}
"""Calls that do nothing without a capability either, and programs have none."""
NOT_IN_EVERY_KERNEL = {"uselib", "memfd_secret", "listmount", "userfaultfd", "io_setup", "bpf"}


def kernel_call(name: str) -> Case:
    """Return the attack that makes one system call."""
    number, arguments = CALLS[name]
    return Case(
        name=f"call_{name}",
        what=f"the system call {name.replace('_', ' ') if name.startswith('unshare') else name}",
        stopped_by=(
            "seccomp",
            *(("privileges",) if name in FOR_THE_PRIVILEGED else ()),
            *(("kernel",) if name in NOT_IN_EVERY_KERNEL else ()),
        ),
        machines=("x86_64",),
        exits=HELD,
        source=f"store = ctypes.create_string_buffer(1024)\nmay_not({name!r}, {number}, {arguments})",
    )


OTHER_WAYS = [
    Case(
        name="calls_by_x32_numbers",
        what="system calls by their numbers for 32-bit pointers, which filters forget",
        stopped_by=("seccomp", "kernel"),
        exits=HELD,
        machines=("x86_64",),
        source="""
for number in (39, 57):
    pid = call(0x40000000 | number)
    if pid == 0:
        os._exit(0)
    if pid > 0:
        escaped(f"number {number}")
""",
    ),
    Case(
        name="calls_by_32_bit_gate",
        what="system calls by int 0x80, where numbers mean other calls",
        stopped_by=("seccomp",),
        exits=(Exit.KILLED, Exit.CRASHED),
        machines=("x86_64",),
        finishes=False,
        source="""
import mmap
page = mmap.mmap(-1, 4096, prot=7)
page.write(b"\\xb8\\x14\\x00\\x00\\x00\\xcd\\x80\\xc3")  # mov eax, 20 (getpid); int 0x80; ret
function = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))
if function() == os.getpid():
    escaped("getpid by int 0x80")
""",
    ),
    Case(
        name="undo_the_filter",
        what="switch the filter of system calls off, or put a kinder one in front",
        stopped_by=("seccomp",),
        source="""
class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]
allow = ctypes.create_string_buffer(b"\\x06\\x00\\x00\\x00\\x00\\x00\\xff\\x7f", 8)  # return SECCOMP_RET_ALLOW
program = Program(1, ctypes.addressof(allow))
for mode in (0, 2):
    print("prctl(PR_SET_SECCOMP) ->", libc.prctl(22, mode, ctypes.byref(program), 0, 0))
def fork():
    if os.fork() == 0:
        os._exit(0)
attempt("fork", fork)
""",
    ),
    Case(
        name="undo_the_file_rules",
        what="make file rules that allow everything, become readable to others, then read",
        stopped_by=("landlock", "namespaces"),
        exits=HELD,
        machines=("x86_64",),
        source="""
libc.prctl(4, 1, 0, 0, 0)  # PR_SET_DUMPABLE
rules = ctypes.c_uint64(0xFFF)
fd = call(444, ctypes.byref(rules), 8, 0)
print("ruleset", fd, "restricted", call(446, fd, 0))
attempt("read", lambda: open(HOST["canary"]).read())
attempt("list", os.listdir, HOST["folder"])
""",
    ),
    Case(
        name="undo_the_limits",
        what="raise the limits of memory, time, files and processes",
        stopped_by=("seccomp", "rlimits"),
        source="""
import resource
for name in ("AS", "CPU", "FSIZE", "NOFILE", "CORE", "STACK", "MEMLOCK"):
    kind = getattr(resource, "RLIMIT_" + name)
    soft, hard = resource.getrlimit(kind)
    if hard == resource.RLIM_INFINITY:
        escaped(f"{name} has no limit") if name in ("AS", "CPU", "FSIZE") else None
        continue
    try:
        resource.setrlimit(kind, (hard + 4096, hard + 4096))
        escaped(f"raised {name}")
    except (OSError, ValueError) as error:
        print("refused:", name, error)
""",
    ),
    Case(
        name="vdso_and_threads",
        what="look for a thread without the filter: threads made before and after it",
        stopped_by=("seccomp",),
        source="""
import threading
def fork():
    try:
        pid = os.fork()
    except OSError as error:
        print("refused:", error)
        return
    if pid == 0:
        os._exit(0)
    escaped("a thread may fork")
thread = threading.Thread(target=fork)
thread.start()
thread.join()
if len(threading.enumerate()) > 1:
    escaped("there are other threads")
""",
    ),
]

CASES = [*(kernel_call(name) for name in CALLS), *OTHER_WAYS]
