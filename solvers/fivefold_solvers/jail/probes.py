"""A program that tries what no program may do; its text is run in a fresh child to see which layers hold.

It is run as the text of a program and never imported. `SEEN` is put in front of it: paths of a secret file and of a
folder on the host, and the ports of a listening TCP and UDP socket of the parent.
"""

import ctypes
import json
import os
import resource
import signal
import socket
import subprocess
import sys

SEEN: dict[str, object] = {}


def _secret() -> bool:
    with open(str(SEEN["secret"])) as file:
        return bool(file.read())


def _look() -> bool:
    return os.path.exists(str(SEEN["secret"]))


def _write() -> bool:
    with open(os.path.join(str(SEEN["folder"]), "planted"), "w") as file:
        return file.write("x") > 0


def _connect() -> bool:
    with socket.create_connection(("127.0.0.1", int(str(SEEN["tcp"]))), 0.2):
        return True


def _send() -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        return one.sendto(b"x", ("127.0.0.1", int(str(SEEN["udp"])))) > 0


def _fork() -> bool:
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return True


def _execute() -> bool:
    return subprocess.run([sys.executable, "-S", "-c", ""], timeout=2).returncode == 0


def _signal() -> bool:
    os.kill(os.getppid(), signal.SIGCONT)
    return True


def _trace() -> bool:
    # Seizing does not stop the parent, in case it works.
    ptrace_seize, parent = 0x4206, os.getppid()
    return int(ctypes.CDLL(None, use_errno=True).ptrace(ptrace_seize, parent, 0, 0)) == 0


def _raise_limit() -> bool:
    resource.setrlimit(resource.RLIMIT_CPU, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    return True


def _memory() -> bool:
    return len(bytearray(int(str(SEEN["too_much"])))) > 0


def _environment() -> bool:
    return "FIVEFOLD_PROBE_SECRET" in os.environ or any("KEY" in name or "TOKEN" in name for name in os.environ)


def _new_namespace() -> bool:
    return int(ctypes.CDLL(None, use_errno=True).unshare(0x10000000)) == 0


def _disk() -> bool:
    for number in range(5):
        with open(f"big{number}", "wb") as file:
            file.write(bytes(8 * 1024 * 1024))
    return True


ATTEMPTS = {
    "secret": _secret,
    "look": _look,
    "write": _write,
    "connect": _connect,
    "send": _send,
    "fork": _fork,
    "execute": _execute,
    "signal": _signal,
    "trace": _trace,
    "raise_limit": _raise_limit,
    "memory": _memory,
    "environment": _environment,
    "new_namespace": _new_namespace,
    "disk": _disk,
}


def _got_through(attempt: str) -> bool:
    try:
        return ATTEMPTS[attempt]()
    except BaseException:
        return False


if __name__ == "__main__":
    through = [str(attempt) for attempt in json.loads(str(SEEN["attempts"])) if _got_through(str(attempt))]
    print("PROBES " + json.dumps(through), flush=True)
