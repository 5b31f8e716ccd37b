"""What the commands of this room take, apart from what they do, so that `fivefold --help` loads none of it."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_list_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `bench list` takes."""
    parser.add_argument("name", nargs="?", metavar="NAME", help="tell all about one benchmark")
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def add_fetch_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `bench fetch` takes."""
    parser.add_argument("names", nargs="+", metavar="NAME", help="benchmarks, or `all` that want no login")
    parser.add_argument("--mirror", metavar="URL", help="what stands before OWNER/REPOSITORY/COMMIT/FILE")
    parser.add_argument("--first-only", action="store_true", help="texts and published answers, no labels of others")
    parser.add_argument("--timeout", type=float, default=30.0, metavar="SECONDS", help="longest silence (default: 30)")


def add_rescore_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `bench rescore` takes."""
    parser.add_argument("file", type=Path, metavar="FILE", help="recorded answers as JSON lines")
    parser.add_argument("--data", type=Path, metavar="DIR", help="folder with the problems and best-known answers")
