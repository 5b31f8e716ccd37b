"""No test reaches a real LLM, the network or the user's own caches, whatever the machine's environment says.

Tests marked `llm` are the exception that the marker names: they keep the user's data folder, so that the
weights are fetched once a machine, and may go out to fetch them.
"""

import ipaddress
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# A busy machine is not a fault of the code, and the same change gets the same answer wherever it is judged.
settings.register_profile(
    "house", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize="CI" in os.environ
)
settings.load_profile("house")

# A shell that starts tests in its background lets them and all their children ignore Ctrl-C, which some of them press.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

LEADS_OUTSIDE = ("OPENAI_", "FIVEFOLD_", "LANGSMITH_", "LANGCHAIN_", "HF_")
"""What could point a test at an endpoint, a tracing service or somebody's cache starts with one of these."""
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")

DATA_FOLDER = ("FIVEFOLD_DATA_DIR", "XDG_DATA_HOME")
USERS_DATA_FOLDER = {name: os.environ.get(name) for name in DATA_FOLDER}

REAL_CALLS = {name: getattr(socket.socket, name) for name in ("connect", "connect_ex", "sendto")}
REAL_LOOK_UP = socket.getaddrinfo


class OutgoingConnectionError(Exception):
    """A test tried to reach something outside this machine; it is not an `OSError`, so no retry hides it."""


def clean_environment(patch: pytest.MonkeyPatch, folder: Path, *, keep_data: bool) -> None:
    """Unset what could lead outside and point every cache below `folder`."""
    for name in list(os.environ):
        if name.startswith(LEADS_OUTSIDE) or name.upper() in PROXIES:
            patch.delenv(name)
    patch.setenv("FIVEFOLD_CACHE_DIR", str(folder / "cache"))
    for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        patch.setenv(name, str(folder / name.lower()))
    for name in DATA_FOLDER:
        value = USERS_DATA_FOLDER[name] if keep_data else str(folder / name.lower())
        if value is None:
            patch.delenv(name, raising=False)
        else:
            patch.setenv(name, value)


def is_outside(address: object) -> bool:
    """Return whether a socket address names another machine; every name but localhost counts as one."""
    if not isinstance(address, tuple) or not address:
        return False  # a Unix socket
    host = str(address[0])
    if host in ("", "localhost"):
        return False
    try:
        ip = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return True
    return not (ip.is_loopback or ip.is_unspecified)


def block_outgoing(patch: pytest.MonkeyPatch) -> None:
    """Let the sockets of this process reach this machine only, and look up no other name."""

    def refuse_outside(address: object) -> None:
        if is_outside(address):
            raise OutgoingConnectionError(f"a test tried to reach {address!r}; only tests marked `llm` may")

    def guarded(name: str) -> Any:
        def call(self: socket.socket, *args: Any) -> Any:
            refuse_outside(args[-1])
            return REAL_CALLS[name](self, *args)

        return call

    def look_up(host: Any, *args: Any, **kwargs: Any) -> Any:
        refuse_outside((host.decode() if isinstance(host, bytes) else host or "",))
        return REAL_LOOK_UP(host, *args, **kwargs)

    for name in REAL_CALLS:
        patch.setattr(socket.socket, name, guarded(name))
    patch.setattr(socket, "getaddrinfo", look_up)


def allow_outgoing(patch: pytest.MonkeyPatch) -> None:
    """Undo `block_outgoing` for one test."""
    for name, call in REAL_CALLS.items():
        patch.setattr(socket.socket, name, call)
    patch.setattr(socket, "getaddrinfo", REAL_LOOK_UP)


@pytest.fixture(scope="session", autouse=True)
def session_is_contained(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Contain the fixtures of wider scope too; a run of `llm` tests alone keeps the data folder in them."""
    only_llm = all(item.get_closest_marker("llm") for item in request.session.items)
    with pytest.MonkeyPatch.context() as patch:
        clean_environment(patch, tmp_path_factory.mktemp("session"), keep_data=only_llm)
        if not only_llm:
            block_outgoing(patch)
        yield


@pytest.fixture(autouse=True)
def each_test_is_contained(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, session_is_contained: None
) -> Iterator[None]:
    """Give each test folders of its own; an `llm` test keeps the user's data folder and may go out."""
    needs_llm = request.node.get_closest_marker("llm") is not None
    with pytest.MonkeyPatch.context() as patch:
        clean_environment(patch, tmp_path_factory.mktemp("home"), keep_data=needs_llm)
        if needs_llm:
            allow_outgoing(patch)
        yield
