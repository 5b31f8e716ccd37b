"""Attacks that want out, or in: the host listens on everything that can be connected to and sees who came."""

from fivefold_solvers.result import Exit
from tests.attacks.case import Case

CASES = [
    Case(
        name="tcp",
        what="connect to listeners on this machine, over IPv4 and IPv6",
        stopped_by=("seccomp", "namespaces", "landlock"),
        source="""
import socket
def visit(family, address):
    with socket.socket(family) as s:
        s.settimeout(1)
        s.connect(address)
        s.sendall(b"hello")
attempt("IPv4", visit, socket.AF_INET, ("127.0.0.1", HOST["tcp"]))
attempt("this host", visit, socket.AF_INET, ("0.0.0.0", HOST["tcp"]))
if HOST["tcp6"]:
    attempt("IPv6", visit, socket.AF_INET6, ("::1", HOST["tcp6"]))
attempt("create_connection", socket.create_connection, ("127.0.0.1", HOST["tcp"]), 1)
""",
        harmless=True,
    ),
    Case(
        name="tcp_in_other_words",
        what="reach a TCP listener by fast open, by MPTCP and by SCTP, which connect differently",
        stopped_by=("seccomp", "namespaces"),
        source="""
import socket
address = ("127.0.0.1", HOST["tcp"])
def fast_open():
    with socket.socket() as s:
        s.settimeout(1)
        s.sendto(b"hello", socket.MSG_FASTOPEN, address)
def by_protocol(number):
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, number) as s:
        s.settimeout(1)
        s.connect(address)
attempt("fast open", fast_open)
attempt("MPTCP", by_protocol, 262)
attempt("SCTP", by_protocol, 132)
""",
        harmless=True,
    ),
    Case(
        name="http",
        what="fetch a page with the standard library",
        stopped_by=("seccomp", "namespaces", "landlock"),
        source="""
import urllib.request
attempt("urlopen", urllib.request.urlopen, f"http://127.0.0.1:{HOST['tcp']}/", timeout=1)
""",
    ),
    Case(
        name="udp",
        what="send a datagram, connected or not",
        stopped_by=("seccomp", "namespaces"),
        source="""
import socket
def send(connected):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        if connected:
            s.connect(("127.0.0.1", HOST["udp"]))
            s.send(b"hello")
        else:
            s.sendto(b"hello", ("127.0.0.1", HOST["udp"]))
attempt("sendto", send, False)
attempt("connect and send", send, True)
""",
        harmless=True,
    ),
    Case(
        name="names",
        what="ask for a name, which would leave in a datagram",
        stopped_by=("seccomp", "namespaces"),
        source="""
import socket
attempt("getaddrinfo", socket.getaddrinfo, "secret.example.invalid", 80)
attempt("gethostbyname", socket.gethostbyname, "secret.example.invalid")
""",
    ),
    Case(
        name="unix_socket",
        what="connect to a service of this machine by its file",
        stopped_by=("seccomp", "namespaces"),
        source="""
import socket
for kind, path in ((socket.SOCK_STREAM, HOST["unix"]), (socket.SOCK_DGRAM, HOST["unix_datagram"])):
    def visit():
        with socket.socket(socket.AF_UNIX, kind) as s:
            s.connect(path)
            s.send(b"hello")
    attempt(path, visit)
""",
        harmless=True,
    ),
    Case(
        name="abstract_socket",
        what="connect to a service of this machine by a name that no file stands for",
        stopped_by=("seccomp", "namespaces", "landlock"),
        source="""
import socket
def visit():
    with socket.socket(socket.AF_UNIX) as s:
        s.connect("\\0" + HOST["abstract"])
        s.send(b"hello")
attempt("abstract", visit)
""",
        harmless=True,
    ),
    Case(
        name="other_families",
        what="sockets of families that most firewalls do not look at",
        stopped_by=("seccomp",),
        source="""
import socket
for name, family, kind, protocol in (
    ("netlink", 16, socket.SOCK_RAW, 0), ("packet", 17, socket.SOCK_RAW, 0x0300), ("key", 15, socket.SOCK_RAW, 2),
    ("vsock", 40, socket.SOCK_STREAM, 0), ("alg", 38, 5, 0), ("can", 29, socket.SOCK_RAW, 1), ("xdp", 44, 3, 0),
    ("raw", socket.AF_INET, socket.SOCK_RAW, 1), ("bluetooth", 31, socket.SOCK_RAW, 1), ("tipc", 30, 5, 0),
    ("rds", 21, 5, 0), ("qipcrtr", 42, 2, 0), ("smc", 43, 1, 0), ("unix", socket.AF_UNIX, 1, 0),
):
    attempt(name, socket.socket, family, kind, protocol)
""",
    ),
    Case(
        name="socket_pairs",
        what="memory and open files parked in a pair of sockets",
        stopped_by=("seccomp",),
        source="""
import socket
attempt("socketpair", socket.socketpair)
""",
        harmless=True,
    ),
    Case(
        name="open_a_door",
        what="listen, so that somebody can come in",
        stopped_by=("seccomp", "landlock"),
        source="""
import socket
def listen():
    with socket.socket() as s:
        s.bind(("0.0.0.0", 0))
        s.listen()
        return s.getsockname()
attempt("listen", listen)
""",
        harmless=True,
    ),
    Case(
        name="sockets_by_number",
        what="the same by raw system calls, past Python",
        stopped_by=("seccomp", "namespaces"),
        machines=("x86_64",),
        source="""
import socket, struct
for kind, port in ((2, HOST["udp"]), (1, HOST["tcp"])):
    fd = call(41, 2, kind, 0)
    if fd >= 0:
        address = struct.pack("=H", 2) + struct.pack("!H4s8x", port, bytes([127, 0, 0, 1]))
        if call(42, fd, address, len(address)) == 0 and call(1, fd, b"hello", 5) == 5:
            escaped(f"sent to port {port}")
""",
        exits=(Exit.NO_RESULT,),
        harmless=True,
    ),
]
