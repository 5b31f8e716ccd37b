"""The command group `fivefold prompts`: sets of prompts that the user keeps, and the search for better ones.

`fivefold` finds it through the entry-point group `fivefold.commands`. What an action does is imported when it runs.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from fivefold_benchmarks import prompts_arguments
from fivefold_benchmarks.bench_command import Subparsers

if TYPE_CHECKING:
    from fivefold.settings import Settings


class Action(NamedTuple):
    """One `fivefold prompts ACTION`."""

    help: str
    add_arguments: Callable[[argparse.ArgumentParser], None]


ACTIONS: dict[str, Action] = {
    "list": Action("the sets that are kept, with their tags", prompts_arguments.add_list_arguments),
    "show": Action("what a set holds, where it comes from and why it is in use", prompts_arguments.add_show_arguments),
    "diff": Action("what two sets differ in", prompts_arguments.add_diff_arguments),
    "tag": Action("let a tag stand at a set", prompts_arguments.add_tag_arguments),
    "rollback": Action("let a tag stand where it stood before", prompts_arguments.add_rollback_arguments),
    "export": Action("write a set as files to read and change", prompts_arguments.add_export_arguments),
    "import": Action("keep a set from files", prompts_arguments.add_import_arguments),
    "corrections": Action(
        "what people changed in the workspace, to learn from", prompts_arguments.add_corrections_arguments
    ),
    "optimize": Action(
        "search for better prompts; promote only through the gate", prompts_arguments.add_optimize_arguments
    ),
    "report": Action("a page about a search", prompts_arguments.add_report_arguments),
}


def add_parser(subparsers: Subparsers) -> None:
    """Add `prompts ACTION` to the command line."""
    parser = subparsers.add_parser("prompts", help="prompts: list, compare, take back, optimize them")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    for name, action in ACTIONS.items():
        action.add_arguments(actions.add_parser(name, help=action.help))


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Do what `args`, parsed by the parser above, ask for; return the exit code."""
    if args.action == "optimize":
        from fivefold_benchmarks.tuning import optimizing

        return optimizing.optimize(args, settings)
    if args.action == "corrections":
        from fivefold_benchmarks.tuning import workspace

        return workspace.corrections(args, settings)
    from fivefold_benchmarks import prompts_actions

    return prompts_actions.ACTIONS[args.action](args, settings)
