"""What the server is told when it starts: where it listens, where it keeps things, what it allows."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, cast

from fivefold.errors import CallerError
from fivefold.settings import Settings

DATABASE = "server.sqlite"
"""File in the data folder that holds everything the server keeps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one server allows; all of it is told by `GET /api/v1/settings`."""

    body_bytes: int = 20 * 2**20
    """Largest body of a request; a data file is one."""
    file_rows: int = 1_000_000
    """Rows that a data file may have."""
    files: int = 20
    """Data files of a problem."""
    running: int = 2
    """Runs under way at once; 0 where other servers on the same Postgres do them."""
    computing: int = 2
    """Runs that compute at once; the others wait for the LLM, for a solver, or for their turn. Python lets one thread
    compute at a time, so that more of them would only hold up answers."""
    waiting: int = 100
    """Runs that wait."""
    waiting_each: int = 20
    """Runs of one user that wait."""
    working: int = 2
    """Computations at once beside the runs: checks, audits, questions about a solution."""
    working_waiting: int = 32
    """Computations that wait."""
    attempts: int = 3
    """How often a run is taken up by itself after a server went down in the middle of the same step."""
    lease_s: float = 15.0
    """Seconds after which a server that is not heard of is given up, and others go on with its runs."""
    requests_per_minute: int = 1200
    """Requests of one client."""
    logins_per_minute: int = 10
    """Attempts to log in from one address."""
    streams: int = 40
    """Live streams of one user."""
    solve_s: float = 600.0
    """Longest time limit of a solve that a caller may ask for."""
    watch_after_s: float = 3.0
    """Seconds of a program after which the same is solved in a process that tells its progress and can be stopped."""
    reply_s: float = 30 * 86_400.0
    """Seconds for which a run waits for a person; then it is cancelled, and can still be resumed."""
    question_s: float = 60.0
    """Longest time limit of one question about a solution."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """How a server is set up."""

    settings: Settings = field(default_factory=Settings)
    """Which LLM is asked, and where Fivefold keeps its own things."""
    data_dir: Path | None = None
    """Folder of the server's database; None: the data folder of the settings."""
    database_url: str | None = field(default=None, repr=False)
    """Address of a Postgres database that is used instead of a file, and that other servers may use too."""
    host: str = "127.0.0.1"
    """Address that is listened on."""
    port: int = 8765
    """Port that is listened on; 0 takes a free one."""
    auth: bool = False
    """Whether callers have to log in or bring a token."""
    allowed_hosts: tuple[str, ...] = ()
    """Names by which the server may be called, besides the address it listens on and those of this machine."""
    secure_cookies: bool = False
    """Whether cookies are for HTTPS only; set it where a proxy in front speaks HTTPS."""
    benchmarks: Path | None = None
    """Folder with runs and reports of `fivefold bench`, which administrators may see; None shows none."""
    limits: Limits = field(default_factory=Limits)
    """What is allowed."""

    @property
    def database(self) -> Path:
        """File that keeps everything, unless Postgres does."""
        return (self.data_dir or self.settings.data_dir) / DATABASE

    @property
    def place(self) -> Path | str:
        """Where everything is kept: the file, or the address of Postgres."""
        return self.database_url or self.database

    @property
    def hosts(self) -> frozenset[str]:
        """Names in lower case that a request's `Host` may have."""
        return frozenset({"localhost", "127.0.0.1", "[::1]", self.host.lower(), *map(str.lower, self.allowed_hosts)})


def check_config(config: Config) -> Config:
    """Return the configuration if it is safe to serve.

    Raises:
        CallerError: it would let anybody on the network in.
    """
    if not config.auth and not is_loopback(config.host):
        raise CallerError(
            f"{config.host} can be reached from other machines, and nobody would have to log in; "
            "add --auth, or serve on 127.0.0.1"
        )
    return config


def changed(limits: Limits, changes: Sequence[str]) -> Limits:
    """Return limits with some of them changed, each given as `name=number`.

    Raises:
        CallerError: there is no such limit, or that is no number above 0.
    """
    known: dict[str, type[int] | type[float]] = {one.name: type(getattr(limits, one.name)) for one in fields(limits)}
    for change in changes:
        name, _, text = change.partition("=")
        if name not in known:
            raise CallerError(f"--limit {change}: there is no such limit; there are {', '.join(known)}")
        try:
            number = known[name](text)
        except ValueError:
            number = 0
        if not 0 < number < 2**53:
            raise CallerError(
                f"--limit {change}: write a {'number' if known[name] is float else 'whole number'} above 0"
            )
        limits = replace(limits, **cast(Any, {name: number}))
    return limits


def is_loopback(host: str) -> bool:
    """Return whether an address can be reached from this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
