"""The command `verify`: the verdict on a formulation of somebody else's, and what could be mended in it by rule."""

from __future__ import annotations

import argparse
from pathlib import Path

from fivefold.commands.formulation.given import Given, given, text_given
from fivefold.commands.formulation.showing import cut, print_json, say, write_formulation
from fivefold.commands.solve import problem_text
from fivefold.errors import CallerError
from fivefold.mends import Mended, mended
from fivefold.reading.further import without_further
from fivefold.settings import Settings
from fivefold.verdict import Grade
from fivefold.verdict.verification import Verification, foreign, verify

_FOREIGN = {".lp", ".mps", ".py"}


def verify_command(args: argparse.Namespace, settings: Settings) -> int:
    """Print the verdict; return 0 where nothing speaks against the formulation, else 1."""
    text = problem_text(args.problem)
    if not text.strip():
        raise CallerError("verify: the problem is empty; give its words, or the file that holds them")
    taken = _taken(args, settings)
    formulation, from_data = taken.whole, _from_data(taken)
    limit_s, isolation = args.time_limit, settings.isolation
    found = verify(formulation, text, from_data=from_data, time_limit_s=limit_s, isolation=isolation)
    # What rules propose goes by the numbers of the text, of which data from files has none.
    mends = None if _fine(found) or from_data else mended(formulation, without_further(text))
    if args.mend is not None:
        if mends is not None and mends.mends:
            write_formulation(args.mend, mends.formulation)
        else:
            say(f"no rule can mend anything in it: {args.mend} is not written")
    if args.json:
        result = None if found.answer is None else found.answer.result
        print_json({"ok": _fine(found), "verdict": found.verdict, "findings": found.findings, "result": result,
                    "formulation": formulation,
                    "mends": [str(one) for one in mends.mends] if mends else []})  # fmt: skip
    else:
        print("\n".join([*_lines(found), *_mends(mends, args.mend), f"verdict: {found.verdict.grade}"]))
    return 0 if _fine(found) else 1


def _taken(args: argparse.Namespace, settings: Settings) -> Given:
    """Return what is to be looked at, with the data of its data files."""
    path = Path(args.file)
    if path.suffix.lower() not in _FOREIGN:
        return given(args, settings)
    if args.data is not None:
        raise CallerError(f"verify: {path.name} holds all its data; leave --data out, or give a formulation.json")
    return Given(foreign(path, text_given(args.file), isolation=settings.isolation))


def _from_data(taken: Given) -> frozenset[str]:
    return frozenset(one.element for one in taken.mapping.bindings) if taken.mapping is not None else frozenset()


def _fine(found: Verification) -> bool:
    return found.verdict.grade in {Grade.CONSISTENT, Grade.CONFIRMED}


def _mends(mends: Mended | None, kept: Path | None) -> list[str]:
    """Return what could be edited so that fewer faults are left."""
    if mends is None or not mends.mends:
        return []
    where = f"it is in {kept}" if kept is not None else "--mend FILE writes it"
    left = "no check finds fault with it then" if mends.after == 0 else "fewer faults are left then"
    return [f"By rule it could be mended ({where}; {left}):", *(f"  - {one}" for one in mends.mends)]


def _lines(found: Verification) -> list[str]:
    lines = [found.answer.text] if found.answer is not None else ["It cannot be solved as it is."]
    doubts = cut([f"  - {line}" for line in found.verdict.feedback])
    lines += (
        ["What the checks doubt:", *doubts]
        if doubts
        else ["No check found fault with it; that does not prove it right."]
    )
    return lines
