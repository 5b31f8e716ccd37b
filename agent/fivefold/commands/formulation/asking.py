"""The command `ask`: a question in words about the best plan, answered by solving."""

from __future__ import annotations

import argparse

from fivefold.commands.formulation.given import file_of, given, outcome_in, tell, text_given
from fivefold.commands.formulation.showing import print_json
from fivefold.errors import CallerError
from fivefold.inquiry.ask import ask
from fivefold.settings import Settings
from fivefold.verdict import Verdict
from fivefold_solvers.formulation.elements import Formulation


def ask_command(args: argparse.Namespace, settings: Settings) -> int:
    """Print the answer; return 0 with one, 1 where there is no plan to ask about."""
    formulation, verdict = _asked_about(args, settings)
    reply = ask(formulation, args.words, verdict=verdict, limit_s=args.time_limit)
    if args.json:
        print_json({"ok": reply.ok, "text": reply.text})
    else:
        print(reply.text)
    return 0 if reply.ok else 1


def _asked_about(args: argparse.Namespace, settings: Settings) -> tuple[Formulation, Verdict | None]:
    args.file = file_of(args.file)
    outcome = None if args.data is not None or args.file == "-" else outcome_in(text_given(args.file), args.file)
    if outcome is None:
        taken = given(args, settings)
        tell(taken.findings, args)
        return taken.whole, None
    if outcome.formulation is None:
        raise CallerError(f"{args.file}: no formulation came of the problem, so there is no plan to ask about")
    return outcome.formulation, outcome.verdict
