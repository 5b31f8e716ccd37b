"""What each command on a saved formulation takes on the command line; imports nothing that costs time."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_EDITS = {
    "--set": (
        "NAME=VALUE",
        "another value of a parameter, another limit of a constraint: demand=120, 'cost[north,2]=7', 'demand=[10, 20]'",
    ),
    "--scale": ("NAME=FACTOR", "a parameter times a factor: cost=1.1, 'cost[north,2]=0.9'"),
    "--drop": ("CONSTRAINT", "without a constraint: budget"),
    "--add": ("RELATION", "with one thing more asked for: 'x <= 3', 'ship[i,j] <= 50 for i in I for j in J'"),
    "--force": ("DECISION", "with a decision taken: 'open[a]=1'"),
    "--bound": ("RELATION", "other bounds of all entries of a variable, wider ones too: 'x <= 20'"),
    "--domain": ("NAME=DOMAIN", "a variable as continuous, integer or binary: trucks=continuous"),
}
"""Changes that `what-if` takes, with what they are followed by and what they do."""


REPORTS = ("html", "xlsx", "csv", "ipynb", "card.md")
"""Endings of the files that `report` writes."""


class _Change(argparse.Action):
    """Keep changes in the order in which they were typed."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        kept: list[tuple[str, str]] = list(getattr(namespace, "changes", None) or [])
        namespace.changes = [*kept, (str(option_string), str(values))]


def add_parsers(subparsers: Any) -> None:
    """Add all commands on a saved formulation to the command line."""
    _add_checking(subparsers)
    _add_running(subparsers)
    _add_verifying(subparsers)
    _add_revising(subparsers)
    _add_diagnosing(subparsers)
    _add_asking(subparsers)
    _add_analyzing(subparsers)
    _add_exchanging(subparsers)
    _add_reporting(subparsers)


def _formulation(parser: argparse.ArgumentParser, *, data: bool = True) -> None:
    """Add what every command that reads a formulation takes."""
    parser.add_argument("file", metavar="FILE", help="formulation.json or formulation.md; - for standard input")
    _common(parser, data=data, default=None)


def _common(parser: argparse.ArgumentParser, *, data: bool = True, default: Any = argparse.SUPPRESS) -> None:
    flag = False if default is None else default
    parser.add_argument("--json", action="store_true", default=flag, help="print one JSON document, and nothing else")
    if not data:
        return
    parser.add_argument(
        "--data", nargs="+", action="extend", default=default, metavar="[NAME=]PATH",
        help="CSV, XLSX, JSON or Markdown files with the data of sets and parameters",
    )  # fmt: skip
    parser.add_argument("--map", type=Path, default=default, metavar="FILE", help="a mapping.json: what is where in it")
    parser.add_argument("--write-map", type=Path, default=default, metavar="FILE", help="write the mapping, to change")
    parser.add_argument(
        "--replace", nargs="+", action="extend", default=default, metavar="NAME",
        help="sets and parameters taken from --data although the formulation has values for them",
    )  # fmt: skip


def _limit(parser: argparse.ArgumentParser, default: float = 60.0) -> None:
    parser.add_argument(
        "--time-limit", type=_positive, default=default, metavar="S", help=f"seconds for one solve ({default:g})"
    )


def _out(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-o", "--out", type=Path, metavar="FILE", help="write it there instead of printing it")


def _add_checking(subparsers: Any) -> None:
    check = subparsers.add_parser("check", help="say what is wrong or doubtful in a saved formulation")
    _formulation(check)
    render = subparsers.add_parser("render", help="write a saved formulation as Markdown, LaTeX or JSON")
    _formulation(render)
    render.add_argument("--as", dest="form", choices=("markdown", "latex", "json"), default="markdown")
    _out(render)


def _add_running(subparsers: Any) -> None:
    emit = subparsers.add_parser("emit", help="write a saved formulation as a stand-alone solver program")
    _formulation(emit)
    _library(emit)
    emit.add_argument("--time-limit", type=_positive, metavar="S", help="seconds that the program's solver gets")
    _out(emit)
    run = subparsers.add_parser("run", help="check, compile, run and audit a saved formulation; print the answer")
    _formulation(run)
    _library(run)
    _limit(run)
    run.add_argument("--out", type=Path, metavar="DIR", help="write formulation, program, result and answer there")
    audit = subparsers.add_parser("audit", help="recompute a result or a certificate, without a solver")
    _formulation(audit)
    audit.add_argument("--result", type=Path, metavar="FILE", help="result.json of a run")
    audit.add_argument(
        "--certificate", type=Path, metavar="FILE", help="certificate.json of a run; as FILE it takes what is beside it"
    )


def _add_verifying(subparsers: Any) -> None:
    verify = subparsers.add_parser("verify", help="try to falsify a formulation against its problem in words")
    verify.add_argument("file", metavar="FILE", help="formulation.json or .md, an LP or MPS file, or a Pyomo program")
    verify.add_argument("problem", metavar="PROBLEM", help="the problem's text, or a file that holds it")
    verify.add_argument("--mend", type=Path, metavar="FILE",
                        help="write the formulation there with what a rule can mend in it")  # fmt: skip
    _common(verify, default=None)
    _limit(verify)


def _library(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--library", choices=("pyomo", "ortools", "mathopt", "cpsat"), default="pyomo",
        help="of the program; ortools is whichever of mathopt and cpsat fits (pyomo)",
    )  # fmt: skip
    parser.add_argument("--solver", metavar="NAME", help="highs, scip, ipopt, cp_sat, glop, pdlp; left out: what fits")


def _add_revising(subparsers: Any) -> None:
    revise = subparsers.add_parser("revise", help="change a saved formulation in words; what is not named stays")
    _formulation(revise, data=False)
    revise.add_argument("request", metavar="WISH", help="what is to be changed, in words")
    revise.add_argument("--base-url", metavar="URL", help="OpenAI-compatible endpoint")
    revise.add_argument("--llm", metavar="NAME", help="name of the LLM at the endpoint")
    revise.add_argument("--llm-timeout", type=float, default=600.0, metavar="S", help="seconds for one answer (600)")
    _out(revise)


def _add_diagnosing(subparsers: Any) -> None:
    parser = subparsers.add_parser("diagnose", help="say why a saved formulation has no solution, or no best one")
    _formulation(parser)
    _limit(parser, 30.0)
    parser.add_argument(
        "--price", action="append", default=[], metavar="NAME=P",
        help="price of one unit by which a constraint, or the bounds of a variable, may move; inf: must not (1)",
    )  # fmt: skip
    parser.add_argument("--bounds", action="store_true", help="let the bounds of all variables move as well")
    parser.add_argument("--relative", action="store_true", help="count moves as shares of the limits that move")
    parser.add_argument("--count", type=_count, default=3, metavar="N", help="ways to make it feasible, at most (3)")


def _add_asking(subparsers: Any) -> None:
    parser = subparsers.add_parser("ask", help="answer a question in words about the best plan: why no chairs?")
    parser.add_argument(
        "file", metavar="FILE", help="outcome.json, or a formulation, or the folder of an --out; - for standard input"
    )
    _common(parser, default=None)
    parser.add_argument("words", metavar="QUESTION", help="such as 'why no chairs?' or 'what limits the profit?'")
    _limit(parser, 30.0)


def _add_analyzing(subparsers: Any) -> None:
    parser = subparsers.add_parser("analyze", help="say what the best solution means: prices, ranges, what if, why not")
    _formulation(parser)
    questions = parser.add_subparsers(dest="question", required=True, metavar="QUESTION")

    def question(name: str, text: str) -> argparse.ArgumentParser:
        added: argparse.ArgumentParser = questions.add_parser(name, help=text)
        _common(added)
        _limit(added)
        return added

    question("prices", "what one unit more of each limit is worth")
    ranges = question("ranges", "how far limits and objective coefficients may go before the answer changes")
    ranges.add_argument("names", nargs="*", metavar="NAME", help="constraints and variables, or entries: 'make[cake]'")
    what_if = question("what-if", "what changes in the best solution if something else changes")
    for option, (metavar, text) in _EDITS.items():
        what_if.add_argument(option, action=_Change, dest="changes", metavar=metavar, help=text)
    why_not = question("why-not", "what it would cost to take another decision, or what stands against it")
    why_not.add_argument("decisions", nargs="*", metavar="DECISION", help="e.g. 'open[a]=1' or 'make[cake] >= 1'")
    why_not.add_argument("--force", action="extend", nargs="+", dest="decisions", metavar="DECISION", help="the same")
    _add_alternatives(question("alternatives", "other solutions that are as good, or nearly so"))
    pareto = question("pareto", "the trade-off against a second objective")
    second = pareto.add_mutually_exclusive_group(required=True)
    second.add_argument("--minimize", metavar="EXPRESSION", help="the second objective")
    second.add_argument("--maximize", metavar="EXPRESSION", help="the second objective")
    pareto.add_argument("--name", default="second", help="what to call it (second)")
    pareto.add_argument("--points", type=_count, default=9, metavar="N", help="levels to look at (9)")
    _add_goal_seek(question("goal-seek", "for which value of a parameter the best objective reaches a target"))


def _add_alternatives(parser: argparse.ArgumentParser) -> None:
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--diverse", action="store_true", help="ones that differ as much as they can")
    kind.add_argument("--freedom", action="store_true", help="least and greatest value of every decision instead")
    parser.add_argument("--count", type=_count, default=5, metavar="N", help="how many (5)")
    parser.add_argument(
        "--within", type=_share, metavar="SHARE", help="loss at most, as a share of the best: 0.02 or 2%%"
    )
    parser.add_argument("--over", nargs="+", metavar="NAME", help="variables in which they must differ")


def _add_goal_seek(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("parameter", metavar="PARAMETER", help="the parameter, or an entry of it: 'cost[north,2]'")
    parser.add_argument("--from", dest="low", type=float, required=True, metavar="X", help="least value to look at")
    parser.add_argument("--to", dest="high", type=float, required=True, metavar="X", help="greatest value to look at")
    target = parser.add_mutually_exclusive_group(required=True)
    target.add_argument("--at-least", type=float, metavar="V", help="the target of the objective, from below")
    target.add_argument("--at-most", type=float, metavar="V", help="the target of the objective, from above")
    parser.add_argument("--grid", type=_grid, default=9, metavar="N", help="values to compute first (9)")


def _add_exchanging(subparsers: Any) -> None:
    export = subparsers.add_parser("export", help="write a saved formulation as an LP or MPS file")
    _formulation(export)
    export.add_argument("--as", dest="form", choices=("lp", "mps"), required=True)
    export.add_argument("--plain-names", action="store_true", help="call columns C0, C1, ... and rows R0, R1, ...")
    _out(export)
    reader = subparsers.add_parser("import", help="write an MPS or LP file as a formulation")
    reader.add_argument("file", metavar="FILE", help="a file ending in .mps or .lp, - for MPS on standard input")
    reader.add_argument("--as", dest="form", choices=("json", "markdown"), default="json")
    _common(reader, data=False, default=None)
    _out(reader)


def _add_reporting(subparsers: Any) -> None:
    report = subparsers.add_parser("report", help="write a page, spreadsheet, notebook or card to hand on")
    report.add_argument(
        "file", metavar="FILE",
        help="outcome.json, or a formulation, which is run, or the folder of an --out; - for standard input",
    )  # fmt: skip
    _common(report, default=None)
    report.add_argument("--as", dest="form", choices=REPORTS, help="without it as --out ends, else html")
    report.add_argument("--problem", metavar="TEXT", help="the problem of a formulation in words, or a file with it")
    report.add_argument("--title", default="", help="heads the file")
    _limit(report)
    _out(report)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"`{text}` is no number") from None


def _positive(text: str) -> float:
    value = _number(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return value


def _count(text: str) -> int:
    value = _number(text)
    if not (1 <= value <= 1000 and value.is_integer()):
        raise argparse.ArgumentTypeError(f"{text} is no whole number from 1 to 1000")
    return int(value)


def _grid(text: str) -> int:
    value = _count(text)
    if value < 2:
        raise argparse.ArgumentTypeError("at least 2 are needed")
    return value


def _share(text: str) -> float:
    value = _number(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not a share such as 0.02 or 2%")
    return value
