"""Numbers of the system calls that a solver program has an honest use for, on x86_64 and on aarch64.

From arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h of Linux; `-` where a machine lacks
the call. What is not here is refused (see `seccomp`).
"""

from dataclasses import dataclass

_TABLE = """
read 0 63; write 1 64; pread64 17 67; pwrite64 18 68; readv 19 65; writev 20 66; preadv 295 69; pwritev 296 70
preadv2 327 286; pwritev2 328 287; lseek 8 62; sendfile 40 71; copy_file_range 326 285; open 2 -; openat 257 56
close 3 57; close_range 436 436; dup 32 23; dup2 33 -; dup3 292 24; pipe 22 -; pipe2 293 59; fcntl 72 25
ioctl 16 29; stat 4 -; lstat 6 -; fstat 5 80; newfstatat 262 79; statx 332 291; statfs 137 43; fstatfs 138 44
access 21 -; faccessat 269 48; faccessat2 439 439; readlink 89 -; readlinkat 267 78; getdents 78 -
getdents64 217 61; getcwd 79 17; chdir 80 49; fchdir 81 50; mkdir 83 -; mkdirat 258 34; rmdir 84 -; unlink 87 -
unlinkat 263 35; rename 82 -; renameat 264 38; renameat2 316 276; ftruncate 77 46; fallocate 285 47; fsync 74 82
fdatasync 75 83; umask 95 166; brk 12 214; mmap 9 222; munmap 11 215; mprotect 10 226; mremap 25 216
madvise 28 233; msync 26 227; clone 56 220; exit 60 93; exit_group 231 94; futex 202 98
set_robust_list 273 99; rseq 334 293; set_tid_address 218 96; arch_prctl 158 -; prctl 157 167
restart_syscall 219 128; rt_sigaction 13 134; rt_sigprocmask 14 135; rt_sigreturn 15 139; rt_sigpending 127 136
rt_sigtimedwait 128 137; rt_sigsuspend 130 133; sigaltstack 131 132; pause 34 -; alarm 37 -; setitimer 38 103
getitimer 36 102; kill 62 129; tkill 200 130; tgkill 234 131; sched_yield 24 124; sched_getaffinity 204 123
sched_getparam 143 121; sched_getscheduler 145 120; sched_get_priority_max 146 125
sched_get_priority_min 147 126; getcpu 309 168; poll 7 -; ppoll 271 73; select 23 -; pselect6 270 72
epoll_create 213 -; epoll_create1 291 20; epoll_ctl 233 21; epoll_wait 232 -; epoll_pwait 281 22; eventfd 284 -
eventfd2 290 19; time 201 -; gettimeofday 96 169; clock_gettime 228 113; clock_getres 229 114
clock_nanosleep 230 115; nanosleep 35 101; times 100 153; getrusage 98 165; getrlimit 97 163; prlimit64 302 261
getpid 39 172; getppid 110 173; gettid 186 178; getpgrp 111 -; getuid 102 174; geteuid 107 175; getgid 104 176
getegid 108 177; getresuid 118 148; getresgid 120 150; getgroups 115 158; uname 63 160; sysinfo 99 179
getrandom 318 278; clone3 435 435; openat2 437 437
"""


@dataclass(frozen=True)
class Architecture:
    """What a seccomp filter must know of a machine."""

    audit: int
    """The kernel's AUDIT_ARCH_* number; a call through another table (32-bit) carries another one."""
    seccomp: int
    """Number of the call `seccomp` itself."""
    x32: bool
    """Whether numbers from 2**30 on lead into a second call table."""
    calls: dict[str, int]
    """Number of each call in the table that this machine has."""


def _numbers(column: int) -> dict[str, int]:
    rows = (entry.split() for entry in _TABLE.replace("\n", ";").split(";") if entry.strip())
    return {row[0]: int(row[column]) for row in rows if row[column] != "-"}


def architecture(machine: str) -> Architecture | None:
    """The facts for a machine as `uname -m` names it; None for one not supported."""
    if machine in ("x86_64", "amd64"):
        return Architecture(audit=0xC000003E, seccomp=317, x32=True, calls=_numbers(1))
    if machine in ("aarch64", "arm64"):
        return Architecture(audit=0xC00000B7, seccomp=277, x32=False, calls=_numbers(2))
    return None
