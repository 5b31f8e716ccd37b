"""The command `fivefold serve`."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from fivefold.errors import CallerError

if TYPE_CHECKING:
    from fivefold.settings import Settings


def add_parser(subparsers: Any) -> None:
    """Add `serve` to the command line."""
    parser = subparsers.add_parser("serve", help="serve the web interface and the HTTP API")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1: this machine only)")
    parser.add_argument("--port", type=int, default=8765, help="port to listen on, 0 for a free one (8765)")
    parser.add_argument(
        "--auth", action="store_true", help="callers log in or bring a token; needed for other addresses"
    )
    parser.add_argument("--data", type=Path, metavar="DIR", help="folder of the server's database (the data folder)")
    parser.add_argument(
        "--database",
        metavar="URL",
        help="a Postgres instead of a file, postgresql://...; with a password in it set FIVEFOLD_DATABASE instead",
    )
    parser.add_argument(
        "--lease", type=float, default=15.0, metavar="S",
        help="seconds after which others on the same Postgres take up the runs of a server that went down (15)",
    )  # fmt: skip
    parser.add_argument(
        "--limit", action="append", default=[], metavar="NAME=N",
        help="another limit of those that `GET /api/v1/settings` tells, e.g. waiting=500",
    )  # fmt: skip
    parser.add_argument(
        "--allow-host", action="append", default=[], metavar="NAME", help="another name by which the server is called"
    )
    parser.add_argument("--https", action="store_true", help="a proxy in front speaks HTTPS: cookies are for that only")
    parser.add_argument("--llm", metavar="NAME", help="name of the LLM at the endpoint")
    parser.add_argument("--base-url", metavar="URL", help="OpenAI-compatible endpoint; without one the embedded LLM")
    parser.add_argument("--running", type=int, default=2, metavar="N", help="runs at once (2); 0: others do them")
    parser.add_argument(
        "--benchmarks", type=Path, metavar="DIR", help="folder with runs of `fivefold bench`, to be shown read-only"
    )
    parser.add_argument(
        "--token-for", metavar="USER", help="print a new token for a user, who is added if need be, and exit"
    )


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Serve until stopped; return 0."""
    try:
        from fivefold_server import serving
    except ModuleNotFoundError as fault:
        if fault.name and fault.name.partition(".")[0] in {"fastapi", "starlette", "uvicorn", "prometheus_client"}:
            raise CallerError(f"{fault.name} is not installed; pip install 'fivefold[server]'") from None
        raise
    if not 0 <= args.port <= 65535:
        raise CallerError(f"--port {args.port}: a port is from 0 to 65535")
    if not 0 <= args.running <= 256:
        raise CallerError(f"--running {args.running}: write a number from 0 to 256")
    if args.running == 0 and not (args.database or settings.database):
        raise CallerError("--running 0: nobody else can do the runs of a file; give a --database that others share")
    if urlsplit(str(args.database or "")).password:
        raise CallerError(
            "--database: everybody on this machine can read the password on a command line; "
            "set FIVEFOLD_DATABASE to the whole address instead"
        )
    if not 1 <= args.lease <= 600:
        raise CallerError(f"--lease {args.lease:g}: write seconds from 1 to 600")
    config = serving.configured(args, with_llm(args, settings))
    if args.token_for is not None:
        print(serving.new_token(config, args.token_for))
        return 0
    serving.serve(config, say=lambda line: print(line, file=sys.stderr, flush=True))
    return 0


def with_llm(args: argparse.Namespace, settings: Settings) -> Settings:
    """Return the settings with the endpoint and the LLM that were typed; a key stays with the endpoint it is for.

    Raises:
        CallerError: the endpoint is no URL.
    """
    base_url: str | None = args.base_url
    llm: str | None = args.llm or settings.llm
    if base_url is None:
        return replace(settings, llm=llm)
    place = urlsplit(base_url)
    if place.scheme not in {"http", "https"} or not place.netloc:
        raise CallerError("--base-url: it is no http(s) URL; give one like `http://localhost:8000/v1`")
    key = settings.api_key if base_url.rstrip("/") == (settings.base_url or "").rstrip("/") else None
    return replace(settings, base_url=base_url, llm=llm, api_key=key)
