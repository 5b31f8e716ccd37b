"""The commands `render` and `emit`: a formulation as text for people, and as a solver program."""

from __future__ import annotations

import argparse

from fivefold.commands.formulation.given import given, tell
from fivefold.commands.formulation.showing import print_json, put
from fivefold.formulations import compiled, lowered
from fivefold.settings import Settings
from fivefold_solvers.formulation.json_text import to_json
from fivefold_solvers.formulation.latex import to_latex
from fivefold_solvers.formulation.markdown import to_markdown

_FORMS = {"markdown": to_markdown, "latex": to_latex, "json": to_json}


def render_command(args: argparse.Namespace, settings: Settings) -> int:
    """Print the formulation in another form."""
    taken = given(args, settings)
    tell(taken.findings, args)
    text = _FORMS[args.form](taken.whole)
    if args.json:
        print_json({"form": args.form, "text": text, "findings": taken.findings})
    else:
        put(text, args.out)
    return 0


def emit_command(args: argparse.Namespace, settings: Settings) -> int:
    """Print the program of the formulation."""
    taken = given(args, settings)
    tell(taken.findings, args)
    ready = lowered(taken.whole)
    program, why = compiled(ready, args.library, solver=args.solver, time_limit_s=args.time_limit)
    if args.json:
        print_json({**program.model_dump(mode="json"), "why": why, "findings": taken.findings})
    else:
        put(program.source, args.out)
    return 0
