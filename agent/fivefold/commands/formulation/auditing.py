"""The command `audit`: what a result claims, recomputed from the formulation and its data without a solver."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from fivefold.commands.formulation.given import given, tell, text_given
from fivefold.commands.formulation.showing import cut, print_json
from fivefold.errors import CallerError
from fivefold.formulations import lowered
from fivefold.settings import Settings
from fivefold_solvers.audit import Audit, CertificateError, audit, read_certificate, verify
from fivefold_solvers.diagnose.words import number
from fivefold_solvers.formulation.values import is_object
from fivefold_solvers.result import ExecutionResult, SolutionStatus


def audit_command(args: argparse.Namespace, settings: Settings) -> int:
    """Print whether a result holds; return 0 if it does, else 1."""
    if args.result is None:
        return _verify(args, settings)
    if args.certificate is not None:
        raise CallerError("audit: name a result or a certificate, not both")
    result = _result(str(args.result))
    taken = given(args, settings)
    tell(taken.findings, args)
    if result.solution_status is SolutionStatus.NONE or not result.values:
        raise CallerError(f"--result: {args.result} holds no solution to recompute ({result.termination})")
    found = audit(lowered(taken.whole), result)
    if args.json:
        print_json({"ok": not found.faults, "objective": found.objective, "claimed": result.objective,
                    "faults": found.faults, "residuals": found.residuals})  # fmt: skip
    else:
        print("\n".join(_lines(found, result)))
    return 1 if found.faults else 0


def _verify(args: argparse.Namespace, settings: Settings) -> int:
    """Check a certificate again; return 0 if it is not falsified, else 1."""
    path = args.certificate
    if path is None:
        # A certificate alone: `fivefold run --out` writes its formulation beside it.
        path, beside = Path(args.file), Path(args.file).with_name("formulation.json")
        if '"formulation_sha256"' not in text_given(args.file):
            raise CallerError(
                f"audit: {args.file} is no certificate; name what to audit with --result result.json or --certificate "
                "certificate.json, as `fivefold run --out DIR` writes them"
            )
        if not beside.is_file():
            raise CallerError(f"audit: there is no {beside}; name the formulation: fivefold audit FORMULATION "
                              f"--certificate {path}")  # fmt: skip
        args = argparse.Namespace(**{**vars(args), "file": str(beside)})
    try:
        held = read_certificate(text_given(str(path)))
    except CertificateError as fault:
        raise CallerError(f"audit: {path}: {fault}") from None
    taken = given(args, settings)
    found = verify(held, taken.whole)
    if args.json:
        print_json({"ok": not found.falsified, "verdict": found.verdict, "claim": held.claim, "reasons": found.reasons,
                    "found": found.found, "unchecked": found.unchecked})  # fmt: skip
        return 1 if found.falsified else 0
    parts = (("", found.reasons), ("Checked again:", found.found), ("Not checked:", found.unchecked))
    print(f"The certificate ({held.claim}) is {found.verdict}.")
    for heading, lines in parts:
        if lines:
            print("\n".join([*([heading] if heading else []), *cut([f"  - {line}" for line in lines])]))
    return 1 if found.falsified else 0


def _lines(found: Audit, result: ExecutionResult) -> list[str]:
    if found.faults:
        return ["The result does not hold for this formulation:", *cut([f"  - {fault}" for fault in found.faults])]
    worth = "" if found.objective is None else f" The objective is {number(found.objective)}."
    tight = sum(residual.binding for residual in found.residuals)
    text = (
        f"The result holds: all {len(found.residuals)} rows and all bounds are met.{worth} {tight} rows leave no room."
    )
    return [text, "That nothing is better is the solver's word; recomputing does not show it."]


def _result(path: str) -> ExecutionResult:
    """Return the result in a file: `result.json`, or the `result` within an outcome or what `run --json` prints.

    Raises:
        CallerError: there is none.
    """
    try:
        data: Any = json.loads(text_given(path))
    except (ValueError, RecursionError) as fault:
        raise CallerError(f"--result: {path} is no JSON: {fault}") from None
    if is_object(data) and is_object(data.get("result")):
        data = data["result"]
    try:
        return ExecutionResult.model_validate(data)
    except ValidationError as fault:
        first = fault.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"])) or "the top"
        message = f"--result: {path} is no result: {place}: {first['msg']}; `fivefold run FILE --out DIR` writes one"
        raise CallerError(message) from None
