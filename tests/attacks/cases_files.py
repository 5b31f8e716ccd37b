"""Attacks on files: reading, writing, changing what belongs to others, and ways around a refusal."""

from fivefold_solvers.result import Exit
from tests.attacks.case import Case

CASES = [
    Case(
        name="read_system_files",
        what="read what says who and what this machine is",
        stopped_by=("landlock", "namespaces"),
        source="""
for path in ("/etc/passwd", "/etc/shadow", "/etc/hostname", "/proc/version", "/proc/mounts", "/proc/net/tcp",
             "/sys/kernel/uevent_seqnum", "/proc/1/environ", "/proc/1/cmdline"):
    attempt(path, lambda: len(open(path, "rb").read(80)))
""",
        harmless=True,
    ),
    Case(
        name="list_folders",
        what="see which files, users and processes there are",
        stopped_by=("landlock", "namespaces"),
        source="""
for path in ("/home", "/var/log", "/dev/shm", "/run", "/etc/ssl", HOST["folder"], HOST["temp"]):
    attempt(f"list {path}", os.listdir, path)
""",
        harmless=True,
    ),
    Case(
        name="list_the_root",
        what="list the root folder, those below it, and the folder above the own one",
        stopped_by=("landlock",),
        source="""
for path in ("/", "..", "/etc", "/proc", "/tmp", "/root"):
    attempt(f"list {path}", os.listdir, path)
""",
        harmless=True,
    ),
    Case(
        name="read_a_secret",
        what="read a file that only this user may read, by every call that opens one",
        stopped_by=("landlock", "namespaces"),
        source="""
import linecache, mmap, shutil, sqlite3
path = HOST["canary"]
attempt("open", lambda: open(path).read())
attempt("os.open", os.open, path, os.O_RDONLY)
attempt("read-write", os.open, path, os.O_RDWR)
attempt("copy", shutil.copyfile, path, "copy")
attempt("execv", os.execv, path, [path])
fd = libc.open(path.encode(), os.O_RDONLY)
if fd >= 0:
    escaped("open of the C library")
if linecache.getlines(path):
    escaped("linecache")
try:
    sqlite3.connect(path).execute("select * from sqlite_master")
    escaped("sqlite read it")
except sqlite3.DatabaseError as error:
    print("refused:", error)
try:
    ctypes.CDLL(path)
except OSError as error:
    if "invalid ELF" in str(error) or "too short" in str(error):
        escaped("the loader read it")
""",
        harmless=True,
    ),
    Case(
        name="read_a_secret_by_detours",
        what="reach the file by links, by .., by /proc and by the other's own root",
        stopped_by=("landlock", "namespaces"),
        source="""
path = HOST["canary"]
def by(what, make, way):
    try:
        make()
    except OSError as error:
        print("refused:", what, error)
    attempt(what, lambda: open(way).read())
by("symbolic link", lambda: os.symlink(path, "link"), "link")
by("hard link", lambda: os.link(path, "hard"), "hard")
by("link to the folder", lambda: os.symlink(HOST["folder"], "folder"), "folder/" + os.path.basename(path))
by("many ..", lambda: None, "../" * 40 + path.lstrip("/"))
for way in ("/proc/self/root", "/proc/self/cwd/" + "../" * 40, f"/proc/{HOST['client']}/root", "/proc/1/root"):
    by(way, lambda: None, way + path)
by("rename", lambda: os.rename(path, "moved"), "moved")
""",
    ),
    Case(
        name="read_a_secret_by_handle",
        what="open a file by its handle, past every path",
        stopped_by=("seccomp", "privileges"),
        exits=(Exit.NO_RESULT,),
        machines=("x86_64",),
        source="""
handle, mount_id = (ctypes.c_uint8 * 136)(), ctypes.c_int()
handle[0] = 128
for path in (HOST["canary"], "/", "."):
    if call(303, -100, path.encode(), ctypes.byref(handle), ctypes.byref(mount_id), 0) >= 0:
        root = os.open(".", os.O_RDONLY)
        may_not("open_by_handle_at", 304, root, ctypes.byref(handle), os.O_RDONLY)
may_not("open_by_handle_at", 304, -100, ctypes.byref(handle), os.O_RDONLY)
""",
    ),
    Case(
        name="look_at_outside",
        what="learn size, owner and times of files outside, without opening them",
        stopped_by=("namespaces",),
        least="strict",
        source="""
for path in (HOST["canary"], HOST["folder"], "/etc/shadow", "/proc/1"):
    attempt(f"stat {path}", os.stat, path)
    attempt(f"access {path}", lambda: os.access(path, os.F_OK) or os.stat(path))
""",
        harmless=True,
    ),
    Case(
        name="write_outside",
        what="make files in every place that this user can write to, or the libraries are in",
        stopped_by=("landlock", "namespaces"),
        source="""
import sysconfig, numpy
places = ["/tmp", "/var/tmp", "/dev/shm", "/run", "/etc", "/", "/dev", "/proc", HOST["temp"], HOST["folder"]]
places += [HOST["home"], sysconfig.get_path("stdlib"), sysconfig.get_path("purelib"), os.path.dirname(numpy.__file__)]
for place in places:
    path = os.path.join(place, HOST["mark"] + ".pth")
    attempt(f"make {path}", os.open, path, os.O_WRONLY | os.O_CREAT, 0o600)
    attempt(f"make folder in {place}", os.mkdir, path + ".d")
    attempt(f"link in {place}", os.symlink, "/", path + ".l")
    attempt(f"move to {place}", lambda: (open("own", "w").close(), os.rename("own", path + ".m")))
""",
    ),
    Case(
        name="write_beside",
        what="make files in the folder above the own one",
        stopped_by=("landlock",),
        source="""
path = os.path.join("..", HOST["mark"])
attempt("make a file", os.open, path, os.O_WRONLY | os.O_CREAT, 0o600)
attempt("make a folder", os.mkdir, path + ".d")
attempt("link", os.symlink, "/", path + ".l")
attempt("move", lambda: (open("own", "w").close(), os.rename("own", path + ".m")))
""",
    ),
    Case(
        name="unnamed_files_outside",
        what="fill other file systems with files that have no name",
        stopped_by=("landlock", "namespaces"),
        source="""
for place in ("/tmp", "/var/tmp", "/dev/shm", HOST["temp"], HOST["folder"]):
    attempt(f"O_TMPFILE in {place}", os.open, place, os.O_TMPFILE | os.O_RDWR, 0o600)
""",
        harmless=True,
    ),
    Case(
        name="shared_memory_files",
        what="leave 16 MiB in shared memory that outlives the run",
        stopped_by=("landlock", "namespaces"),
        source="""
import _posixshmem
attempt("shared memory", _posixshmem.shm_open, "/" + HOST["mark"], os.O_RDWR | os.O_CREAT, mode=0o600)
attempt("/dev/shm", lambda: open("/dev/shm/" + HOST["mark"], "wb").write(bytes(1 << 20)))
fd = libc.shm_open(("/" + HOST["mark"]).encode(), os.O_RDWR | os.O_CREAT, 0o600)
if fd >= 0:
    escaped("shm_open")
""",
    ),
    Case(
        name="damage_a_file",
        what="shorten, overwrite, rename and remove a file of this user",
        stopped_by=("landlock", "namespaces"),
        source="""
path = HOST["canary"]
attempt("truncate", os.truncate, path, 0)
attempt("append", lambda: open(path, "a").write("x"))
attempt("rename", os.rename, path, path + ".gone")
attempt("replace", lambda: (open("own", "w").close(), os.replace("own", path)))
attempt("unlink", os.unlink, path)
attempt("rmdir", os.rmdir, HOST["folder"])
""",
    ),
    Case(
        name="change_what_is_said_of_a_file",
        what="mode, owner, times and attributes of files outside (to what they are)",
        stopped_by=("seccomp", "namespaces"),
        source="""
path = HOST["canary"]
attempt("chmod", os.chmod, path, 0o600)
attempt("chown", os.chown, path, -1, -1)
attempt("utime", os.utime, path, (1, 1))
attempt("setxattr", os.setxattr, path, "user.x", b"1")
attempt("fchmodat", os.chmod, os.path.basename(path), 0o600, dir_fd=None)
""",
    ),
    Case(
        name="change_the_libraries",
        what="change the libraries that the next program will load",
        stopped_by=("landlock", "namespaces"),
        exits=(Exit.NO_RESULT,),
        source="""
import numpy, highspy, sysconfig
for path in (numpy.__file__, highspy.__file__, os.path.join(sysconfig.get_path("stdlib"), "this.py")):
    attempt(f"open {path}", os.open, path, os.O_RDWR)
    attempt(f"append {path}", os.open, path, os.O_WRONLY | os.O_APPEND)
    attempt(f"rename {path}", os.rename, path, path)
""",
    ),
    Case(
        name="change_modes_of_the_libraries",
        what="change mode and times of the libraries (to what they are)",
        stopped_by=("seccomp", "namespaces"),
        source="""
import numpy
path = numpy.__file__
try:
    info = os.stat(path)
    mode, times = info.st_mode & 0o7777, (info.st_atime_ns, info.st_mtime_ns)
except OSError:
    mode, times = 0o644, (0, 0)
attempt("chmod", os.chmod, path, mode)
attempt("utime", lambda: os.utime(path, ns=times))
""",
    ),
    Case(
        name="locks_and_leases",
        what="hold up everybody who wants to change a library: leases on its files",
        stopped_by=("seccomp",),
        source="""
import fcntl, numpy
with open(numpy.__file__) as file:
    attempt("lease", fcntl.fcntl, file, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    attempt("notify", fcntl.fcntl, file, fcntl.F_SETSIG, 12)
folder = os.open(os.path.dirname(numpy.__file__), os.O_RDONLY)
attempt("dnotify", fcntl.fcntl, folder, fcntl.F_NOTIFY, fcntl.DN_ACCESS)
""",
    ),
    Case(
        name="devices",
        what="open devices: memory, disks, the kernel's log, virtual machines, network cards",
        stopped_by=("landlock", "namespaces"),
        source="""
for name in ("mem", "kmsg", "kvm", "vda", "sda", "nvme0n1", "fuse", "net/tun", "loop-control", "ptmx", "tty",
             "vhost-net", "console", "vsock", "hwrng", "rtc0", "cpu/0/msr", "mapper/control", "uinput"):
    attempt(name, os.open, "/dev/" + name, os.O_RDONLY | os.O_NONBLOCK)
""",
        harmless=True,
    ),
    Case(
        name="kernel_settings",
        what="open settings of the kernel for writing (and write nothing)",
        stopped_by=("landlock", "namespaces"),
        source="""
for path in ("/proc/sys/kernel/core_pattern", "/proc/sys/vm/overcommit_memory", "/proc/sys/kernel/randomize_va_space",
             "/proc/sysrq-trigger", "/proc/self/uid_map", "/proc/self/setgroups", "/proc/self/attr/current",
             "/proc/self/coredump_filter", "/proc/self/timerslack_ns", "/proc/self/clear_refs",
             "/sys/fs/cgroup/cgroup.procs", "/sys/fs/cgroup/pids/cgroup.procs", "/sys/power/state"):
    attempt(path, os.open, path, os.O_WRONLY)
""",
        harmless=True,
    ),
    Case(
        name="scratch_of_others",
        what="find the working folders of other runs",
        stopped_by=("landlock", "namespaces"),
        source="""
import glob, tempfile
here = os.getcwd()
above = {os.path.dirname(os.path.dirname(place)) for place in (here, tempfile.gettempdir())}
for place in {*above, HOST["temp"]} - {"/"}:
    attempt(f"list {place}", os.listdir, place)
    for path in glob.glob(os.path.join(place, "*", "*")):
        if not os.path.realpath(path).startswith(os.path.realpath(here)):
            escaped(f"sees {path}")
""",
        exits=(Exit.NO_RESULT,),
    ),
    Case(
        name="data_files",
        what="change the data files that were handed in",
        stopped_by=(),
        data=True,
        source="""
path = "data/table.csv"
if open(path).read() != "a,b\\n1,2\\n":
    print("WRONG: the data file is not as it was handed in")
attempt("write", open, path, "a")
attempt("read-write", os.open, path, os.O_RDWR)
attempt("truncate", os.truncate, path, 0)
attempt("unlink", os.unlink, path)
attempt("rename", os.rename, path, "data/other.csv")
attempt("a new file beside it", open, "data/new.csv", "w")
""",
        hides=("WRONG:",),
    ),
    Case(
        name="mounts",
        what="mount, unmount, remount and change the root",
        stopped_by=("seccomp",),
        source="""
os.mkdir("here")
def checked(what, value):
    if value == 0:
        escaped(what)
    else:
        print("refused:", what, errno.errorcode[ctypes.get_errno()])
MS_REMOUNT, MS_BIND, CLONE_NEWUSER, CLONE_NEWNS = 32, 4096, 0x10000000, 0x20000
checked("remount", libc.mount(None, b"/", None, MS_REMOUNT | MS_BIND, None))
checked("a file system that there is not", libc.mount(b"x", b"here", b"no-such-fs", 0, None))
checked("chroot", libc.chroot(b"here"))
checked("unshare of users and mounts", libc.unshare(CLONE_NEWUSER | CLONE_NEWNS))
checked("tmpfs", libc.mount(b"x", b"here", b"tmpfs", 0, None))
""",
    ),
]
