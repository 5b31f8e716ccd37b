"""The commands on a saved formulation, from `check` to `report`.

What a command needs is imported when it runs: `fivefold --help` reads only the arguments.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from fivefold.commands.formulation.arguments import add_parsers

if TYPE_CHECKING:
    from fivefold.settings import Settings

__all__ = ["COMMANDS", "add_parsers", "run"]

COMMANDS = {
    "check": "checking",
    "render": "writing",
    "emit": "writing",
    "run": "running",
    "audit": "auditing",
    "verify": "verifying",
    "revise": "revising",
    "diagnose": "diagnosing",
    "analyze": "analyzing",
    "ask": "asking",
    "export": "exchanging",
    "import": "exchanging",
    "report": "reporting",
}
"""Each command and the module here that does it, in its function of that name (with `_command` behind)."""

Command = Callable[[argparse.Namespace, "Settings"], int]


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Do what the arguments ask for; return the exit code.

    With `--json`, an error is one JSON document on standard output too, so that a machine always gets one.
    """
    from fivefold.errors import FivefoldError

    try:
        module: Any = import_module(f"fivefold.commands.formulation.{COMMANDS[args.command]}")
        command: Command = getattr(module, f"{args.command}_command")
        return command(args, settings)
    except FivefoldError as fault:
        if getattr(args, "json", False):
            from fivefold.commands.formulation.showing import print_json

            findings = getattr(fault, "findings", ())
            print_json({"error": str(fault), "exit_code": fault.exit_code, "findings": findings})
        raise
