"""The command `fivefold mcp`."""

from __future__ import annotations

import argparse
import tempfile
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fivefold.errors import CallerError

if TYPE_CHECKING:
    from fivefold.settings import Settings

NEEDED = {"mcp", "mcp_types", "fastapi", "starlette", "uvicorn", "prometheus_client"}


def add_parser(subparsers: Any) -> None:
    """Add `mcp` to the command line."""
    parser = subparsers.add_parser("mcp", help="offer Fivefold's tools to agents over standard input and output")
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="folder that keeps problems and results; without it they are forgotten"
    )
    parser.add_argument("--running", type=int, default=2, metavar="N", help="runs at once (2)")


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Answer until the client hangs up; return 0."""
    import asyncio

    try:
        from fivefold_server.config import Config, Limits
        from fivefold_server.mcp.stdio import speak
    except ModuleNotFoundError as fault:
        if fault.name and fault.name.partition(".")[0] in NEEDED:
            raise CallerError(f"{fault.name} is not installed; pip install 'fivefold[mcp]'") from None
        raise
    if not 1 <= args.running <= 64:
        raise CallerError(f"--running {args.running}: write a number from 1 to 64")
    folder = nullcontext(args.data) if args.data else tempfile.TemporaryDirectory(prefix="fivefold-mcp-")
    # What is done here is one's own: it does not go into the database that servers share.
    own = replace(settings, database=None)
    with folder as data:
        asyncio.run(speak(Config(settings=own, data_dir=Path(data), limits=Limits(running=args.running))))
    return 0
