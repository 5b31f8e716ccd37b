"""The command `revise`: change a saved formulation in words."""

from __future__ import annotations

import argparse

from fivefold.commands.formulation.given import text_given
from fivefold.commands.formulation.showing import print_json, say, write_formulation
from fivefold.formulations import loads
from fivefold.revision import revise
from fivefold.settings import Settings
from fivefold_solvers.formulation.json_text import to_json


def revise_command(args: argparse.Namespace, settings: Settings) -> int:
    """Print or write the changed formulation, and what differs; 1 where the LLM names no change."""
    formulation = loads(text_given(args.file), where=args.file)
    found = revise(
        formulation,
        args.request,
        llm=args.llm,
        base_url=args.base_url,
        settings=settings,
        llm_timeout_s=args.llm_timeout,
    )
    if not found.operations and not args.json:
        say(
            "The LLM names no change for this wish, so nothing is written. Members of sets cannot be added or removed "
            "this way; to leave one out, ask for its decisions to be 0, or for what it can supply to be 0."
        )
        return 1
    if not args.json:
        say(*found.findings)
    if args.out is not None:
        write_formulation(args.out, found.formulation)
    if args.json:
        print_json(found)
    elif args.out is None:
        say(found.difference)
        print(to_json(found.formulation))
    else:
        print(found.difference)
    return 0 if found.operations else 1
