"""What `bench run`, `resume`, `reread`, `report` and `compare` take, apart from what they do; see `arguments`."""

from __future__ import annotations

import argparse
from pathlib import Path

DEFAULT_FILE = Path("runs.sqlite")
DEFAULT_PIPELINES = "direct,fivefold"


def add_problem_arguments(parser: argparse.ArgumentParser, *, at_least_one: bool) -> None:
    """Add what says which problems are taken."""
    add = parser.add_argument
    several = "+" if at_least_one else "*"
    add("problems", nargs=several, metavar="PROBLEMS", help="benchmarks by name, or files of JSON lines")
    add("--data", type=Path, metavar="DIR", help="folder with the problems of named benchmarks")
    add("--ids", type=Path, metavar="FILE", help="ids to take, one a line")
    add("--clean", action="store_true", help="only problems whose answer somebody else confirms")
    add("--per-kind", type=int, metavar="N", help="problems of each kind to draw by the seed, near-duplicates last")
    add("--limit", type=int, metavar="N", help="problems to draw by the seed; all without it")


def add_run_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `bench run` takes."""
    add_problem_arguments(parser, at_least_one=True)
    add = parser.add_argument
    add("--pipelines", default=DEFAULT_PIPELINES, metavar="A,B", help=f"({DEFAULT_PIPELINES})")
    add("--prompts", default="", metavar="SET", help="of `fivefold prompts`, or a folder; the shipped ones without")
    add("--samples", type=int, default=1, metavar="N", help="attempts for each problem and pipeline (1)")
    add("--seed", type=int, default=0, help="of sampling and of what is drawn (0)")
    add("--temperature", type=float, default=0.0, help="of sampling where a pipeline asks for 0 (0)")
    add("--max-tokens", type=int, default=40_000, metavar="N", help="LLM tokens for an attempt (40000)")
    add("--max-seconds", type=float, default=1800.0, metavar="S", help="for an attempt (1800)")
    add("--rule", default="primary", help="what counts as right (primary)")
    add("--out", type=Path, default=DEFAULT_FILE, metavar="FILE", help=f"record ({DEFAULT_FILE})")
    add("--run-id", metavar="NAME", help="name of the run; made up unless given")
    _add_llm_arguments(parser)


def add_resume_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `bench resume` takes."""
    _add_run_choice(parser)
    parser.add_argument("--anyway", action="store_true", help="go on though prompts, packages or code have changed")
    _add_llm_arguments(parser)


def add_reread_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `bench reread` takes."""
    _add_run_choice(parser)
    _add_endpoint_arguments(parser)


def add_report_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `bench report` takes."""
    add = parser.add_argument
    add("runs", nargs="*", default=[str(DEFAULT_FILE)], metavar="FILE[#RUN]",
        help="runs to set side by side, the latest of a file unless named; `FILE#all` are all of it")  # fmt: skip
    add("--rule", help="what counts as right (the rule of the run)")
    add("--prices", type=float, nargs=2, metavar=("READ", "WRITTEN"), help="US dollars for a million tokens")
    add("--out", type=Path, metavar="DIR", help="write report.md, .json, .html and answers as rows")
    add("--json", action="store_true", help="print the report as JSON instead of Markdown")


def add_compare_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `bench compare` takes."""
    parser.add_argument("first", metavar="FILE[#RUN][:PIPELINE]", help="a run, the latest unless named")
    parser.add_argument("second", metavar="FILE[#RUN][:PIPELINE]", help="what it is compared with")
    parser.add_argument("--json", action="store_true", help="print it as JSON instead of Markdown")


def _add_run_choice(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, nargs="?", default=DEFAULT_FILE, metavar="FILE", help="the record")
    parser.add_argument("--run", metavar="NAME", help="the run; the latest without it")


def _add_endpoint_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--concurrency", type=int, default=16, metavar="N", help="questions at once at most (16)")
    add("--base-url", metavar="URL", help="OpenAI-compatible endpoint; `embedded` or none: the embedded LLM")
    add("--yes", action="store_true", help="fetch the embedded LLM without asking")
    add("--llm", metavar="NAME", help="name of the LLM at the endpoint")


def _add_llm_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    _add_endpoint_arguments(parser)
    add("--engine", choices=("here", "ray"), default="here", help="where attempts are made (here)")
    add("--address", default="auto", metavar="ADDRESS", help="of the Ray cluster (auto: the one that runs here)")
    add("--quiet", action="store_true", help="do not show how far it is")
