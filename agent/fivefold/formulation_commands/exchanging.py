"""The commands `export` and `import`: LP and MPS files, which every solver reads and writes."""

from __future__ import annotations

import argparse
from pathlib import Path

from fivefold.errors import CallerError, OutsideError
from fivefold.formulation_commands.from_arrays import formulation_of
from fivefold.formulation_commands.given import given, tell, text_given
from fivefold.formulation_commands.showing import print_json, put, say
from fivefold.settings import Settings
from fivefold_solvers.build.lp import to_lp
from fivefold_solvers.build.mps import MpsError, from_mps, to_mps
from fivefold_solvers.formulation.json_text import to_json
from fivefold_solvers.formulation.markdown import to_markdown
from fivefold_solvers.program import Program
from fivefold_solvers.result import Exit, Limits
from fivefold_solvers.sandbox import SandboxError
from fivefold_solvers.sandbox import run as run_program

_LP_KIB = 16 * 1024
"""Largest MPS text that is made of an LP file."""
_MARK = "--- what HiGHS read ---"
_READ_LP = f"""
import highspy

solver = highspy.Highs()
solver.setOptionValue("output_flag", False)
status = solver.readModel("data/program.lp")
if status == highspy.HighsStatus.kError:
    raise SystemExit("HiGHS cannot read it")
solver.writeModel("program.mps")
print("{_MARK}")
print(open("program.mps").read())
"""


def export_command(args: argparse.Namespace, settings: Settings) -> int:
    """Print the LP or MPS text of the formulation."""
    taken = given(args)
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
    if path.suffix.lower() == ".lp":
        text = _mps_of_lp(path, settings)
    try:
        arrays = from_mps(text)
    except MpsError as fault:
        raise CallerError(f"{args.file}: {fault}; free MPS with names without spaces is read") from None
    where = "standard input" if args.file == "-" else path.name
    formulation = formulation_of(arrays, "" if args.file == "-" else path.stem, where)
    if args.json:
        print_json({"formulation": formulation})
        return 0
    put(to_json(formulation) if args.form == "json" else to_markdown(formulation), args.out)
    say(f"{len(formulation.variables)} variables, {len(formulation.constraints)} constraints")
    return 0


def _mps_of_lp(path: Path, settings: Settings) -> str:
    """Return an LP file as MPS text; HiGHS reads it, in a process that is held like any program.

    Raises:
        CallerError: HiGHS cannot read it.
        OutsideError: this machine cannot run programs, or not as well held as asked.
    """
    reader = Program(source=_READ_LP, library="pyomo", solver="highs")
    try:
        result = run_program(
            reader, Limits(wall_s=60, output_kib=_LP_KIB), files={"program.lp": path}, at_least=settings.isolation
        )
    except SandboxError as fault:
        raise OutsideError(str(fault)) from fault
    if result.exit not in {Exit.OK, Exit.NO_RESULT} or result.returncode:
        lines = (result.stderr.strip() or "it did not end").splitlines()
        raise CallerError(f"{path}: {lines[-1][:300]}; write it as MPS, or check its sections")
    text = result.stdout.partition(f"{_MARK}\n")[2]
    if len(result.stdout) >= _LP_KIB * 1024 or "ENDATA" not in text:
        raise CallerError(f"{path} is too large to be read this way; write it as MPS")
    return text
