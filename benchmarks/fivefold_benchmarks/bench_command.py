"""The command group `fivefold bench`; `fivefold` finds it through the entry-point group `fivefold.commands`.

What an action does is imported when it runs: `fivefold --help` reads this module.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, Protocol

from fivefold_benchmarks import arguments, run_arguments

if TYPE_CHECKING:
    from fivefold.settings import Settings


class Subparsers(Protocol):
    """What `ArgumentParser.add_subparsers` returns, as far as it is used here."""

    def add_parser(self, name: str, *, help: str) -> argparse.ArgumentParser:
        """Add a sub-command."""
        ...


class Action(NamedTuple):
    """One `fivefold bench ACTION`."""

    help: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace, Settings], int]
    """Does it and returns the exit code; failures are raised as `FivefoldError`."""


def _list(args: argparse.Namespace, settings: Settings) -> int:
    from fivefold_benchmarks import listing

    print(listing.listing(args.name, settings.cache_dir, as_json=args.json))
    return 0


def _fetch(args: argparse.Namespace, settings: Settings) -> int:
    from fivefold_benchmarks.loaders import fetch, load
    from fivefold_benchmarks.registry import BENCHMARKS, GITHUB

    free = [name for name, entry in BENCHMARKS.items() if not entry.needs_login]
    for name in free if args.names == ["all"] else args.names:
        files = fetch(
            name,
            settings.cache_dir,
            mirror=args.mirror or GITHUB,
            first_only=args.first_only,
            timeout_s=args.timeout,
            tell=lambda url: print(f"fetching {url}", file=sys.stderr),
        )
        new, first = sum(file.is_new for file in files), sum(file.is_first for file in files)
        count = len(load(name, cache_dir=settings.cache_dir))
        print(f"{name}: {count} problems; {len(files)} files, {new} new, {first} checksums recorded for the first time")
    return 0


def _rescore(args: argparse.Namespace, settings: Settings) -> int:
    from fivefold_benchmarks.rescore import rescored_table

    print(rescored_table(args.file, args.data))
    return 0


def _run(args: argparse.Namespace, settings: Settings) -> int:
    from fivefold_benchmarks import run_commands

    return run_commands.run(args, settings)


def _resume(args: argparse.Namespace, settings: Settings) -> int:
    from fivefold_benchmarks import run_commands

    return run_commands.resume(args, settings)


def _reread(args: argparse.Namespace, settings: Settings) -> int:
    from fivefold_benchmarks import run_commands

    return run_commands.reread(args, settings)


def _report(args: argparse.Namespace, settings: Settings) -> int:
    from fivefold_benchmarks import run_commands

    return run_commands.report(args, settings)


def _compare(args: argparse.Namespace, settings: Settings) -> int:
    from fivefold_benchmarks import run_commands

    return run_commands.compare(args, settings)


ACTIONS: dict[str, Action] = {
    "list": Action("which benchmarks there are, and what is known of them", arguments.add_list_arguments, _list),
    "fetch": Action("download benchmarks to the cache, with checksums", arguments.add_fetch_arguments, _fetch),
    "rescore": Action("score recorded answers under every rule", arguments.add_rescore_arguments, _rescore),
    "run": Action("run pipelines over problems, each attempt recorded", run_arguments.add_run_arguments, _run),
    "resume": Action("go on with a stopped run", run_arguments.add_resume_arguments, _resume),
    "reread": Action(
        "have an LLM read all published quantities off recorded answers", run_arguments.add_reread_arguments, _reread
    ),
    "report": Action("tables and a page of a run", run_arguments.add_report_arguments, _report),
    "compare": Action("two runs or pipelines, paired", run_arguments.add_compare_arguments, _compare),
}


def add_parser(subparsers: Subparsers) -> None:
    """Add `bench ACTION` to the command line."""
    parser = subparsers.add_parser("bench", help="benchmarks: list, fetch, run and score them")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    for name, action in ACTIONS.items():
        action.add_arguments(actions.add_parser(name, help=action.help))


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Do what `args`, parsed by the parser above, ask for; return the exit code."""
    return ACTIONS[args.action].run(args, settings)
