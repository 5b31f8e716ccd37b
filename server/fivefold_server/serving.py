"""Listening: the address, the first token, and an orderly end."""

from __future__ import annotations

import argparse
import re
import socket
import sys
from collections.abc import Callable
from types import FrameType

import uvicorn
from fastapi import FastAPI

from fivefold.errors import CallerError
from fivefold.settings import Settings
from fivefold_server.app import create_app, stop_streams
from fivefold_server.config import Config, Limits, changed, check_config
from fivefold_server.lock import locked
from fivefold_server.schemas.accounts import USER_NAME
from fivefold_server.security.callers import first_token
from fivefold_server.store import accounts
from fivefold_server.store.connection import Db
from fivefold_server.store.database import Database

SWITCH_S = 0.0005
"""Seconds that a thread computes while others wait; with Python's own 5 ms each run would hold up answers."""
STOP_S = 3
"""Seconds that requests get to end when the server is told to stop."""
BACKLOG = 512


def configured(args: argparse.Namespace, settings: Settings) -> Config:
    """Return the configuration that the command line gives.

    Raises:
        CallerError: it would let anybody on the network in.
    """
    return check_config(
        Config(
            settings=settings,
            data_dir=args.data,
            database_url=args.database or settings.database,
            host=args.host,
            port=args.port,
            auth=args.auth,
            allowed_hosts=tuple(args.allow_host),
            secure_cookies=args.https,
            benchmarks=args.benchmarks,
            limits=changed(Limits(running=args.running, lease_s=args.lease), args.limit),
        )
    )


def serve(config: Config, say: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM; runs under way are taken up by the next server.

    Raises:
        CallerError: the address cannot be listened on, or another server holds the database.
        OutsideError: the database cannot be used.
    """
    with locked(config.place):
        token = _first(config)
    sys.setswitchinterval(SWITCH_S)
    app = create_app(config)
    listening = _listen(config)
    port = listening.getsockname()[1]
    url = f"http://{f'[{config.host}]' if ':' in config.host else config.host}:{port}"
    say(f"Fivefold listens on {url}")
    if token is not None:
        say(f"Log in with this token, which is printed once: {token}")
    settings = uvicorn.Config(
        app, log_level="warning", access_log=False, timeout_graceful_shutdown=STOP_S, lifespan="on", server_header=False
    )
    with listening:
        _Server(settings, app).run(sockets=[listening])


def new_token(config: Config, name: str) -> str:
    """Return a new token for a user, who is added where there is none.

    Raises:
        CallerError: the name is none, or a server holds the database: ask that one.
    """
    if re.fullmatch(USER_NAME, name) is None or name == accounts.LOCAL:
        raise CallerError(f"--token-for {name}: a name has letters, digits and . _ @ - and is not '{accounts.LOCAL}'")
    with locked(config.place):
        database = Database(config.place)
        try:
            return database.submit(lambda db: first_token(db, name)).result()
        finally:
            database.close()


class _Server(uvicorn.Server):
    """A server that ends its streams as soon as it is told to stop."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._app = app

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Take the signal to stop."""
        stop_streams(self._app)
        super().handle_exit(sig, frame)


def _first(config: Config) -> str | None:
    """See that the database can be used; return a token for the first administrator where one is needed.

    Raises:
        OutsideError: it cannot be used.
    """

    def make(db: Db) -> str | None:
        if not config.auth:
            return None
        known = [user for user in accounts.users(db) if user.name != accounts.LOCAL]
        return None if known else first_token(db)

    database = Database(config.place)
    try:
        return database.submit(make).result()
    finally:
        database.close()


def _listen(config: Config) -> socket.socket:
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((config.host, config.port))
    except (OSError, OverflowError) as fault:
        listening.close()
        mend = "choose another --port, or 0 for a free one"
        raise CallerError(f"cannot listen on {config.host}:{config.port}: {fault}; {mend}") from None
    listening.listen(BACKLOG)
    return listening
