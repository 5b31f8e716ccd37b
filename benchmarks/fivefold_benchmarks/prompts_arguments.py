"""What the actions of `fivefold prompts` take, apart from what they do, so that `fivefold --help` loads none of it."""

from __future__ import annotations

import argparse
from pathlib import Path

from fivefold_benchmarks.run_arguments import add_problem_arguments

DEFAULT_LEDGER = Path("prompts.sqlite")
DEFAULT_SERVER = "http://127.0.0.1:8765"
DEFAULT_CORRECTIONS = Path("corrections.jsonl")
DEFAULT_TAG = "promoted"
SET = "SET"


def add_list_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `prompts list` takes."""
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def add_show_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `prompts show` takes."""
    parser.add_argument("set", nargs="?", default="shipped", metavar=SET, help="tag, id, or `shipped` (shipped)")
    parser.add_argument("--prompt", metavar="NAME", help="the text of one prompt, and nothing else")
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def add_diff_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `prompts diff` takes."""
    parser.add_argument("before", metavar=SET, help="tag, id, or `shipped`")
    parser.add_argument("after", metavar=SET, help="what it is compared with")
    parser.add_argument("--words", action="store_true", help="mark changed words instead of lines")


def add_tag_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `prompts tag` takes."""
    parser.add_argument("tag", metavar="TAG", help="small letters, digits, - and _")
    parser.add_argument("set", metavar=SET, help="where it shall stand: tag, id, or `shipped`")
    parser.add_argument("--why", default="", metavar="TEXT", help="the reason, kept with the move")


def add_rollback_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `prompts rollback` takes."""
    parser.add_argument("tag", nargs="?", default=DEFAULT_TAG, metavar="TAG", help=f"({DEFAULT_TAG})")
    parser.add_argument("--why", default="", metavar="TEXT", help="the reason, kept with the move")


def add_export_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `prompts export` takes."""
    parser.add_argument("set", metavar=SET, help="tag, id, or `shipped`")
    parser.add_argument("folder", type=Path, metavar="DIR", help="a new folder: one file a prompt")


def add_import_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `prompts import` takes."""
    parser.add_argument("folder", type=Path, metavar="DIR", help="what `prompts export` wrote, as it is or changed")
    parser.add_argument("--author", default="", metavar="NAME", help="who changed it")
    parser.add_argument("--tag", metavar="TAG", help="let this tag stand at it")


def add_corrections_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `prompts corrections` takes."""
    add = parser.add_argument
    add("server", nargs="?", default=DEFAULT_SERVER, metavar="URL", help=f"of `fivefold serve` ({DEFAULT_SERVER})")
    add("--out", type=Path, default=DEFAULT_CORRECTIONS, metavar="FILE", help=f"({DEFAULT_CORRECTIONS})")
    add("--token-file", type=Path, metavar="FILE", help="holds the token, where the server has a login")
    add("--approved", action="store_true", help="only versions that somebody approved")


def add_report_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `prompts report` takes."""
    parser.add_argument("file", type=Path, nargs="?", default=DEFAULT_LEDGER, metavar="FILE", help="a search's ledger")
    parser.add_argument("--out", type=Path, metavar="FILE", help="page to write (the ledger's name with .html)")


def add_optimize_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `prompts optimize` takes."""
    add_problem_arguments(parser, at_least_one=False)
    add = parser.add_argument
    add("--corrections", type=Path, metavar="PATH", help="formulations before and after a person changed them")
    add("--parts", metavar="T,S,G", help="cases to train, search and gate (35, 20 and 30 %%, the rest is not used)")
    add("--score", choices=("labels", "verdict"), default="labels", help="what is right: the known answer, or no fault")
    add("--tune", metavar="A,B", help="prompts that may change, also rounds, samples, form (all prompts)")
    add("--start", default="shipped", metavar=SET, help="set to start from (shipped)")
    add("--tag", default=DEFAULT_TAG, metavar="TAG", help=f"stands at what is promoted ({DEFAULT_TAG})")
    add(
        "--out",
        type=Path,
        default=DEFAULT_LEDGER,
        metavar="FILE",
        help=f"the ledger; goes on if there ({DEFAULT_LEDGER})",
    )
    add("--resume", type=Path, metavar="FILE", help="go on with this ledger, with what it was begun with")
    add("--quiet", action="store_true", help="do not show how far it is")
    _add_search_arguments(parser)
    _add_run_arguments(parser)
    _add_budget_arguments(parser)


def _add_search_arguments(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("the search")
    add = group.add_argument
    add("--steps", type=int, default=20, metavar="N", help="how often candidates are asked for (20)")
    add("--directions", type=int, default=3, metavar="N", help="candidates in a step (3)")
    add("--batch", type=int, default=12, metavar="N", help="training cases run in a step (12)")
    add("--examples", type=int, default=6, metavar="N", help="runs shown to the writer (6)")
    add("--allow-trade", action="store_true", help="a type of problem may get worse where all together get better")
    add("--noise", type=int, metavar="N", help="search cases on which the start is run twice (all)")
    proposers = ("optoprime", "advise", "rewrite", "random")
    add("--proposer", choices=proposers, default="optoprime", help="who writes (optoprime); advise: for small LLMs")
    add("--writer", metavar="NAME", help="LLM that writes prompts (the agent's)")
    add("--writer-url", metavar="URL", help="its endpoint (the agent's)")
    add("--writer-tokens", type=int, default=2_000, metavar="N", help="tokens of its reply (2000)")
    add("--writer-temperature", type=float, default=0.7, metavar="X", help="of its sampling (0.7)")
    add("--characters", type=int, default=48_000, metavar="N", help="of a question to it at most (48000)")
    add("--seed", type=int, default=0, help="of all that is drawn (0)")


def _add_run_arguments(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("a run of the agent")
    add = group.add_argument
    add("--rounds", type=int, default=2, metavar="N", help="repairs at most (2)")
    add("--samples", type=int, default=1, metavar="N", help="independent derivations at most (1)")
    add("--form", choices=("auto", "scalar", "indexed"), default="auto", help="of the formulation")
    add("--temperature", type=float, default=0.0, metavar="X", help="of the LLM (0)")
    add("--max-tokens", type=int, default=20_000, metavar="N", help="LLM tokens of a run at most (20000)")
    add("--max-seconds", type=float, default=900.0, metavar="S", help="seconds of a run at most (900)")
    add("--concurrency", type=int, default=1, metavar="N", help="runs at once (1)")
    add("--base-url", metavar="URL", help="OpenAI-compatible endpoint; without one the embedded LLM")
    add("--llm", metavar="NAME", help="name of the LLM at the endpoint")


def _add_budget_arguments(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("the budget of the search; what a step may need is set apart before it begins")
    add = group.add_argument
    add("--cap-rollouts", type=int, metavar="N", help="runs of the agent")
    add("--cap-tokens", type=int, metavar="N", help="tokens of agent and writer")
    add("--cap-seconds", type=float, metavar="S", help="seconds of work; of what runs side by side, the sum")
    add("--cap-money", type=float, metavar="X", help="money, with `--price`")
    add("--price", metavar="R,W", help="of a million tokens read and written by the agent's LLM")
    add("--writer-price", metavar="R,W", help="the same of the writer (the agent's)")
