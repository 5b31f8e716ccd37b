"""The command `report`: what came of a problem in one file to hand on, a page, a spreadsheet, a notebook or a card."""

from __future__ import annotations

import argparse

from fivefold.commands.formulation.arguments import REPORTS
from fivefold.commands.formulation.given import file_of, given, outcome_in, tell, text_given
from fivefold.commands.formulation.showing import print_json, say, write_file
from fivefold.commands.solve import problem_text
from fivefold.deliverables.forms import FORMS
from fivefold.deliverables.made import of_answer, of_outcome
from fivefold.deliverables.material import Material
from fivefold.errors import CallerError
from fivefold.formulations import run
from fivefold.settings import Settings


def report_command(args: argparse.Namespace, settings: Settings) -> int:
    """Write the file; return 0 where there is a solution to tell of, else 1."""
    form = _form(args)
    args.file = file_of(args.file)
    material = _material(args, settings)
    solved = material.result is not None and material.result.has_solution
    if FORMS[form].needs_run and not solved:
        raise CallerError(f"there is no solution, and .{form} tells of nothing else; take --as html or card.md")
    content = FORMS[form].make(material)
    if args.out is not None:
        write_file(args.out, content)
    if args.json:
        told = {"text": content} if args.out is None else {"written": str(args.out)}
        print_json({"ok": solved, "form": form, **told})
    elif args.out is not None:
        say(f"written to {args.out}")
    elif isinstance(content, str):
        print(content, end="")
    return 0 if solved else 1


def _form(args: argparse.Namespace) -> str:
    """Return the form that is asked for, or that the file's name says."""
    form: str | None = args.form
    if form is None and args.out is not None:
        form = next((one for one in REPORTS if args.out.name.lower().endswith(f".{one}")), None)
        if form is None:
            raise CallerError(f"--out: the ending of {args.out} says no form; name one with --as, or end it in .html")
    if form == "xlsx" and args.out is None:
        raise CallerError("a spreadsheet is no text; say where it goes with --out FILE")
    return form or "html"


def _material(args: argparse.Namespace, settings: Settings) -> Material:
    """Return what came of a problem that was solved, or of a formulation that is run now."""
    outcome = None if args.data is not None or args.file == "-" else outcome_in(text_given(args.file), args.file)
    if outcome is not None:
        if args.problem is not None:
            raise CallerError("--problem is for a formulation; an outcome holds the words of its problem")
        return of_outcome(outcome, args.title)
    words = "" if args.problem is None else problem_text(args.problem)
    taken = given(args, settings)
    tell(taken.findings, args)
    answer = run(taken.whole, time_limit_s=args.time_limit, isolation=settings.isolation)
    return of_answer(taken.whole, answer, words, args.title)
