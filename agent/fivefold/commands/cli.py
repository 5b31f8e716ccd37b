"""The command `fivefold`: its own commands, those on a saved formulation, and what other rooms add.

Exit codes: 0 done (for `solve`: an optimal solution was found); 1 it ran, but no optimal solution came of it, or
fault was found; 2 the caller's mistake; 3 the outside world failed; 130 stopped by Ctrl-C.
"""

from __future__ import annotations

import argparse
import difflib
import io
import sys
from collections.abc import Callable, Sequence
from importlib import metadata
from typing import Any, NoReturn

from fivefold.commands import doctor
from fivefold.commands import formulation as formulation_commands
from fivefold.commands import solve as solve_command
from fivefold.errors import FivefoldError, OutsideError
from fivefold.version import own_version

GROUP = "fivefold.commands"
"""Entry-point group: a module with `add_parser(subparsers)` and `run(args, settings) -> int`."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that knows no quotation marks or accents gets escapes instead of nothing.
            stream.reconfigure(errors="backslashreplace")
    parser, commands = _parser()
    args, unknown = parser.parse_known_args(argv)
    if unknown:
        asked = " FILE ".join(filter(None, (args.command, getattr(args, "question", None))))
        asked = " ".join(filter(None, (asked, getattr(args, "action", None))))
        parser.error(f"unrecognized arguments: {' '.join(unknown)}; `fivefold {asked} --help` lists them")
    if args.version:
        print(f"fivefold {own_version()}")
        return 0
    if args.command is None:
        parser.print_help()
        return 0
    try:
        from fivefold.settings import from_environment

        code = commands[args.command](args, from_environment())
        sys.stdout.flush()
        return code
    except FivefoldError as fault:
        print(f"fivefold: {fault}", file=sys.stderr)
        return fault.exit_code
    except KeyboardInterrupt:
        print("fivefold: stopped", file=sys.stderr)
        return solve_command.INTERRUPTED
    except BrokenPipeError:
        solve_command.settle_stdout()
        return 0
    except OSError as fault:
        solve_command.settle_stdout()
        print(f"fivefold: {fault.strerror or fault}: {fault.filename or 'writing output'}", file=sys.stderr)
        return OutsideError.exit_code


Command = Callable[[argparse.Namespace, Any], int]


class _Parser(argparse.ArgumentParser):
    """A parser whose messages also say how to mend what was typed."""

    def error(self, message: str) -> NoReturn:
        """Say what cannot be read, and end with exit code 2."""
        missing = message.partition("required: ")[2]
        if missing and not missing.startswith("-") and "--data" in self.format_usage():
            message += "; if it stands behind `--data`, name it before: `--data` takes all that follows it"
        _, wrong, rest = message.partition("invalid choice: ")
        if wrong:
            names = [name.strip("'\" )") for name in rest.replace("(choose from ", ",").split(",")]
            near = difflib.get_close_matches(names[0], [name.strip() for name in names[1:]], 1)
            message += f"; did you mean `{near[0]}`?" if near else ""
        super().error(message)


def _parser() -> tuple[argparse.ArgumentParser, dict[str, Command]]:
    parser = _Parser(
        prog="fivefold",
        description="From a decision problem in words to a checked formulation, a solver program and a solution.",
        epilog="The LLM: OPENAI_BASE_URL, OPENAI_API_KEY and FIVEFOLD_LLM name an endpoint; without one the "
        "embedded LLM is used.",
    )
    parser.add_argument("--version", action="store_true", help="show program's version number and exit")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND")
    from fivefold.llm.local import commands as model_commands

    solve_command.add_parser(subparsers)
    formulation_commands.add_parsers(subparsers)
    model_commands.add_parser(subparsers)
    doctor.add_parser(subparsers)
    found: dict[str, Command] = {
        "solve": solve_command.run,
        "runs": solve_command.run_runs,
        "model": model_commands.run,
        "doctor": doctor.run,
        **dict.fromkeys(formulation_commands.COMMANDS, formulation_commands.run),
    }
    for entry in metadata.entry_points(group=GROUP):
        module = entry.load()
        module.add_parser(subparsers)
        found[entry.name] = module.run
    return parser, found


if __name__ == "__main__":
    sys.exit(main())
