"""The command `run`: check, compile, run in the sandbox, recompute, and print the answer in the problem's words."""

from __future__ import annotations

import argparse
from pathlib import Path

from fivefold.commands.formulation.given import Given, given, tell
from fivefold.commands.formulation.large import solve_large
from fivefold.commands.formulation.showing import print_json, say, write_file
from fivefold.deliverables.made import of_answer
from fivefold.deliverables.page import to_html
from fivefold.deliverables.tabled import solution_csv
from fivefold.errors import CallerError
from fivefold.formulations import Answer, certified, run
from fivefold.settings import Settings
from fivefold_solvers.audit import CertificateError
from fivefold_solvers.formulation.json_text import to_json
from fivefold_solvers.formulation.markdown import to_markdown
from fivefold_solvers.result import SolutionStatus


def run_command(args: argparse.Namespace, settings: Settings) -> int:
    """Print the answer; return 0 for an optimal one that recomputing does not falsify, else 1."""
    if args.out is not None and args.out.exists() and not args.out.is_dir():
        raise CallerError(f"--out: {args.out} is a file; name a folder")
    taken = given(args, settings)
    tell(taken.findings, args)
    if taken.columns is not None:
        return solve_large(taken, args)
    answer = run(
        taken.formulation,
        library=args.library,
        solver=args.solver,
        time_limit_s=args.time_limit,
        isolation=settings.isolation,
    )
    if args.out is not None:
        _write(taken, answer, args.out)
    if args.json:
        print_json({
            "ok": answer.holds, "text": answer.text, "library": answer.program.library,
            "why": answer.why, "result": answer.result, "audit": answer.audit,
            "mapping": taken.mapping, "findings": taken.findings,
        })  # fmt: skip
    else:
        print(answer.text)
        print(_last_line(answer))
        if answer.result.solution_status is SolutionStatus.NONE and answer.result.exit == "ok":
            say(f"`fivefold diagnose {args.file}` says why")
    return 0 if answer.holds else 1


def _last_line(answer: Answer) -> str:
    result = answer.result
    engine = f"{result.solver or answer.program.solver} {result.solver_version}".strip()
    parts = [f"{answer.program.library}, {engine}", f"{result.wall_s:.1f} s", f"held: {result.isolation}"]
    if answer.audit is not None:
        rows = len(answer.audit.residuals)
        parts.append("recomputed: falsified" if answer.audit.faults else f"recomputed: objective and {rows} rows hold")
    return f"({'; '.join(parts)})"


def _write(taken: Given, answer: Answer, folder: Path) -> None:
    files = {
        "formulation.json": to_json(taken.formulation) + "\n",
        "formulation.md": to_markdown(taken.formulation),
        "program.py": answer.program.source,
        "result.json": answer.result.model_dump_json(indent=2) + "\n",
        "answer.txt": answer.text + "\n",
    }
    if answer.values:
        files["solution.csv"] = solution_csv(taken.formulation, answer.values)
    files["report.html"] = to_html(of_answer(taken.formulation, answer))
    try:
        files["certificate.json"] = certified(taken.formulation, answer.result).to_json()
    except CertificateError as fault:
        say(f"no certificate is written: {fault}")
    if taken.mapping is not None:
        files["mapping.json"] = taken.mapping.model_dump_json(indent=2) + "\n"
    for name, text in files.items():
        write_file(folder / name, text)
    say(f"written to {folder}: {', '.join(files)}")
