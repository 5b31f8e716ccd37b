"""The commands `export` and `import`: LP and MPS files, which every solver reads and writes."""

from __future__ import annotations

import argparse
from pathlib import Path

from fivefold.commands.formulation.given import given, tell, text_given
from fivefold.commands.formulation.showing import print_json, put, say
from fivefold.errors import CallerError
from fivefold.from_arrays import formulation_of
from fivefold.settings import Settings
from fivefold_solvers.build.lp import to_lp
from fivefold_solvers.build.lp_read import LpError, from_lp
from fivefold_solvers.build.mps import MpsError, from_mps, to_mps
from fivefold_solvers.formulation.json_text import to_json
from fivefold_solvers.formulation.markdown import to_markdown


def export_command(args: argparse.Namespace, settings: Settings) -> int:
    """Print the LP or MPS text of the formulation."""
    taken = given(args, settings)
    tell(taken.findings, args)
    arrays = taken.arrays()
    readable = not args.plain_names
    if args.form == "lp":
        text = to_lp(arrays, readable=readable)
    else:
        text = to_mps(arrays, readable=readable, title=taken.formulation.title or "fivefold")
    if args.json:
        counts = {"columns": arrays.column_count, "rows": arrays.row_count, "nonzeros": len(arrays.columns)}
        print_json({"form": args.form, "text": text, **counts, "findings": taken.findings})
    else:
        put(text, args.out)
    return 0


def import_command(args: argparse.Namespace, settings: Settings) -> int:
    """Print the formulation of an MPS or LP file."""
    text = text_given(args.file)
    path = Path(args.file)
    if path.suffix.lower() not in {".mps", ".lp"} and args.file != "-":
        raise CallerError(f"import: `{args.file}` ends neither in .mps nor in .lp; other files are not read")
    assumed: list[str] = []
    try:
        arrays = from_lp(text) if path.suffix.lower() == ".lp" else from_mps(text, assumed)
    except LpError as fault:
        raise CallerError(f"{args.file}: {fault}") from None
    except MpsError as fault:
        raise CallerError(f"{args.file}: {fault}; free MPS with names without spaces is read") from None
    where = "standard input" if args.file == "-" else path.name
    formulation = formulation_of(arrays, "" if args.file == "-" else path.stem, where, assumed)
    if args.json:
        print_json({"formulation": formulation})
        return 0
    put(to_json(formulation) if args.form == "json" else to_markdown(formulation), args.out)
    counts = ((len(formulation.variables), "variable"), (len(formulation.constraints), "constraint"))
    for text in assumed:
        say(f"assumed: {text}")
    say(", ".join(f"{count} {what}{'' if count == 1 else 's'}" for count, what in counts))
    return 0
