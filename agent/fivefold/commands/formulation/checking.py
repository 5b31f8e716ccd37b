"""The command `check`: everything that can be said of a formulation before a solver sees it."""

from __future__ import annotations

import argparse

from fivefold.commands.formulation.given import given, text_given
from fivefold.commands.formulation.showing import cut, print_json, say
from fivefold.formulations import reading
from fivefold.settings import Settings
from fivefold_solvers.data.needs import needs
from fivefold_solvers.formulation.check import check, summary
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.finding import Severity
from fivefold_solvers.formulation.lower import lower


def check_command(args: argparse.Namespace, settings: Settings) -> int:
    """Print findings and what a solver will see; return 0 where it can be built, else 1."""
    if args.data is None and args.file != "-":
        found = reading(text_given(args.file))
        if found.formulation is None:
            return _show(args, list(found.findings), "", None)
        _hint_at_data(found.formulation)
    taken = given(args, settings)
    if taken.columns is not None:
        built = taken.arrays()
        seen = f"{built.column_count} variables, {built.row_count} rows, {len(built.columns)} non-zeros"
        return _show(args, list(taken.findings), seen, None)
    checked = check(taken.formulation)
    findings: list[object] = [*taken.findings, *checked.findings]
    if checked.ok:
        # What cannot be made linear is found only on rewriting.
        findings += [finding for finding in lower(checked).errors if finding not in findings]
    kind = None if checked.problem_class is None else str(checked.problem_class)
    return _show(args, findings, summary(checked), kind)


def _hint_at_data(formulation: Formulation) -> None:
    wanted = needs(formulation)
    if wanted.open_sets or wanted.open_parameters:
        say("the formulation leaves data to files; name them with --data FILE ...")


def _show(args: argparse.Namespace, findings: list[object], seen: str, kind: str | None) -> int:
    order = [Severity.ERROR, Severity.WARNING, Severity.NOTE]
    ranked = sorted(findings, key=lambda finding: order.index(_severity(finding)))
    errors = sum(_severity(finding) is Severity.ERROR for finding in ranked)
    if args.json:
        print_json({"ok": not errors, "class": kind, "findings": ranked, "summary": seen.splitlines()})
        return 1 if errors else 0
    lines = cut([f"{_severity(finding)}: {finding}" for finding in ranked])
    for line in [*lines, *cut(seen.splitlines())]:
        print(line)
    warnings = sum(_severity(finding) is Severity.WARNING for finding in ranked)
    print(
        f"{_many(errors, 'error')}, {_many(warnings, 'warning')}" if errors or warnings else "nothing wrong was found"
    )
    return 1 if errors else 0


def _severity(finding: object) -> Severity:
    return Severity(getattr(finding, "severity", Severity.ERROR))


def _many(count: int, word: str) -> str:
    return f"{count or 'no'} {word}{'' if count == 1 else 's'}"
