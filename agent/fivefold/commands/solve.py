"""The commands `fivefold solve` and `fivefold runs`."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Generator
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from fivefold.errors import CallerError, FivefoldError, LLMError, OutsideError

if TYPE_CHECKING:
    from fivefold.commands.progress import Progress
    from fivefold.outcome import Outcome
    from fivefold.settings import Settings

MAX_BYTES = 1_000_000
INTERRUPTED = 130


def add_parser(subparsers: Any) -> None:
    """Add `solve` and `runs` to the command line."""
    parser = subparsers.add_parser("solve", help="solve a decision problem given in words")
    parser.add_argument("problem", nargs="?", default="", help="the text, a file that holds it, or - (standard input)")
    parser.add_argument(
        "--data", nargs="+", action="extend", metavar="FILE", default=[],
        help="CSV, XLSX or JSON files with the numbers; name=FILE names a table",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print the whole outcome as JSON, and nothing else")
    parser.add_argument("--out", type=Path, metavar="DIR", help="write formulation, program, result and trace there")
    parser.add_argument("--trace", type=Path, metavar="FILE", help="write every step as JSON lines")
    parser.add_argument("--library", choices=("pyomo", "ortools"), help="of the program (pyomo)")
    parser.add_argument("--form", choices=("auto", "scalar", "indexed"), help="of the formulation (auto)")
    parser.add_argument("--no-standard", dest="standard", action="store_false", default=None,
                        help="let the LLM write what is a standard model, too")  # fmt: skip
    flag: dict[str, Any] = {"action": "store_true", "default": None}  # None: not typed, a resumed run keeps its own
    parser.add_argument("--free-program", **flag, help="let the LLM write the program itself")
    parser.add_argument("--rounds", type=int, metavar="N", help="repairs at most (2)")
    parser.add_argument("--checks", choices=("all", "text"), help="text: no re-solves to falsify it")
    parser.add_argument("--samples", type=int, metavar="N", help="independent derivations at most (1)")
    parser.add_argument("--risk", type=float, metavar="SHARE", help="accept no answer that is less sure, e.g. 0.1")
    parser.add_argument("--time-limit", type=float, metavar="S", help="seconds for one solve (60)")
    parser.add_argument("--max-seconds", type=float, metavar="S", help="seconds for all (1800)")
    parser.add_argument("--max-tokens", type=int, metavar="N", help="LLM tokens for all (40000)")
    parser.add_argument("--llm", metavar="NAME", help="name of the LLM at the endpoint")
    parser.add_argument("--base-url", metavar="URL", help="OpenAI-compatible endpoint")
    parser.add_argument("--llm-timeout", type=float, default=600.0, metavar="S", help="seconds for one answer (600)")
    parser.add_argument("--seed", type=int, metavar="N", help="seed of LLM sampling (0)")
    parser.add_argument("--prompts", metavar="SET", help="of `fivefold prompts`; the shipped ones without")
    parser.add_argument("--ask", action="store_true", help="ask on the terminal what the text leaves open")
    parser.add_argument("--approve", **flag, help="solve no formulation that was not approved")
    parser.add_argument("--resume", metavar="RUN", help="go on with a stopped or waiting run, and bounds given anew")
    parser.add_argument("--reply", metavar="TEXT", help="with --resume: answer, `yes`, a file, or what to change")
    parser.add_argument("--yes", action="store_true", help="fetch the embedded LLM without asking")
    parser.add_argument("--quiet", action="store_true", help="do not show the steps")
    subparsers.add_parser("runs", help="list runs that can be resumed")


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Solve and print; return 0 with an optimal solution, 1 without."""
    from fivefold.commands.progress import Progress

    progress = Progress(sys.stderr, quiet=args.quiet)
    with _terminable():
        try:
            text = problem_text(args.problem) if not args.resume or args.problem else ""
            if args.out is not None:
                _make_folder(args.out)
            outcome = _solve(text, args, settings, progress)
            progress.close()
            return _give(outcome, args)
        except KeyboardInterrupt:
            progress.close()
            print(f"fivefold: stopped{_resume_hint(progress)}", file=sys.stderr)
            return INTERRUPTED
        except LLMError as fault:
            progress.close()
            raise LLMError(f"{fault}{_resume_hint(progress)}", kind=fault.kind, status=fault.status) from None
        except FivefoldError:
            progress.close()
            raise


def _give(outcome: Outcome, args: argparse.Namespace) -> int:
    """Print the outcome, write its files, and return the exit code."""
    from fivefold.commands.report import outcome_json, outcome_text

    try:
        print(outcome_json(outcome) if args.json else outcome_text(outcome), flush=True)
    except BrokenPipeError:
        settle_stdout()  # whoever read it has seen enough; the files of `--out` are still wanted
    if outcome.waiting is not None:
        from fivefold.commands.dialogue import how_to_reply

        print(f"fivefold: {how_to_reply(outcome.waiting, outcome.run_id)}", file=sys.stderr)
    if args.out is not None:
        _write(outcome, args.out)
    return 0 if outcome.solved and outcome.verdict.accepted else 1


def run_runs(args: argparse.Namespace, settings: Settings) -> int:
    """Print the runs that can be resumed, latest first."""
    import asyncio

    from fivefold.api import unfinished_runs

    found = asyncio.run(unfinished_runs(settings))
    for name, step, text in found:
        print(f"{name}  at {step:<13} {' '.join(text.split())[:70]}")
    if not found:
        print("no run is waiting to be resumed", file=sys.stderr)
    return 0


def problem_text(given: str) -> str:
    """Return the text that the argument gives: itself, a file's content, or standard input.

    Raises:
        CallerError: nothing was given, or the file is missing, too large or not text.
    """
    if given == "-":
        if sys.stdin is None:
            raise CallerError("standard input is closed; give the problem's text, or a file that holds it")
        return _decoded(sys.stdin.buffer.read(MAX_BYTES + 1), "standard input")
    path = _as_file(given)
    if path is not None:
        try:
            with path.open("rb") as file:
                return _decoded(file.read(MAX_BYTES + 1), str(path))
        except OSError as fault:
            raise CallerError(f"cannot read {path}: {fault.strerror}; give a text file") from None
    if given and " " not in given.strip() and ("/" in given or given.endswith((".txt", ".md"))):
        raise CallerError(f"there is no file `{given}`; check the path, or give the problem as text in quotes")
    return given


def _as_file(given: str) -> Path | None:
    if not given.strip() or len(given) > 1024 or "\n" in given or "\0" in given:
        return None
    path = Path(given)
    try:
        if path.is_dir():
            raise CallerError(f"`{given}` is a folder; give a text file that holds one problem")
        return path if path.exists() else None
    except OSError:
        return None


def _decoded(data: bytes, where: str) -> str:
    if len(data) > MAX_BYTES:
        raise CallerError(
            f"{where} holds more than {MAX_BYTES // 1_000_000} MB; a problem in words is far shorter, state the "
            "decision and leave out what does not bear on it"
        )
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        mend = "give a text file"
        if where.lower().endswith((".xlsx", ".xlsm", ".xls", ".ods", ".pdf", ".docx")):
            mend = "give the problem in words; a file with its numbers is named with `--data`"
        raise CallerError(f"{where} is not UTF-8 text; {mend}") from None


def _solve(text: str, args: argparse.Namespace, settings: Settings, progress: Progress) -> Outcome:
    from fivefold.api import solve
    from fivefold.problem import Problem

    if args.reply is not None and not (args.resume or args.ask or args.approve):
        raise CallerError("`--reply` is for a run that waits; name it with `--resume` (`fivefold runs` lists them)")
    if not args.resume:
        if args.data and not text.strip():
            raise CallerError("the problem is empty; name it before `--data`, which takes all that follows it")
        Problem.from_text(text)
    _check_arguments(args, settings)
    if args.base_url is None and settings.base_url is None:
        from fivefold.llm.local.commands import ensure

        # `solve` starts it as well; here a person is there to be asked about the download.
        ensure(settings, yes=args.yes, ask=_ask, say=progress.say)
    trace = args.trace
    if trace is None and args.out is not None:
        trace = args.out / "trace.jsonl"
        if not args.resume:
            # The folder's own file of the run before; a trace named by `--trace` is never replaced.
            trace.unlink(missing_ok=True)
    common = {
        "data": args.data,
        "llm": args.llm,
        "base_url": args.base_url,
        "settings": settings,
        "llm_timeout_s": args.llm_timeout,
        "trace": trace,
        "on_event": progress.hear,
    }
    outcome = solve(text, resume=args.resume, **common, **_options(args))
    return _conversation(outcome, args, progress, common)


def _check_arguments(args: argparse.Namespace, settings: Settings) -> None:
    """Refuse what cannot be worked with before an LLM is fetched, started or asked for it.

    Raises:
        CallerError: an option, a data file, the run or the reply is not one.
    """
    from fivefold.data.attached import attach
    from fivefold.options import Options, options_with
    from fivefold.prompts import resumed_options, with_prompts_by_id

    if args.resume:
        import asyncio

        from fivefold.api import CHECKPOINTS
        from fivefold.graph import stored_state

        stored = asyncio.run(stored_state(args.resume, settings.data_dir / CHECKPOINTS))
        resumed_options(Options.model_validate(stored["options"]), _options(args), args.resume, settings)
        return
    with_prompts_by_id(options_with(None, _options(args)), settings)
    if args.data:
        attach(args.data, settings.isolation)


def _options(args: argparse.Namespace) -> dict[str, Any]:
    """Return the options that were typed; the others have the defaults of `Options`, or what a resumed run has."""
    from fivefold.commands.dialogue import can_ask

    given = (
        "library", "form", "standard", "rounds", "samples", "risk", "checks", "max_seconds", "max_tokens",
        "free_program", "prompts", "seed", "approve",
    )  # fmt: skip
    typed = {**{name: getattr(args, name) for name in given}, "time_limit_s": args.time_limit}
    # In a pipe nobody is there to be asked: the question is told with the answer.
    typed["ask"] = True if args.ask and can_ask(sys.stdin, sys.stderr) else None
    return {name: value for name, value in typed.items() if value is not None}


def _conversation(outcome: Outcome, args: argparse.Namespace, progress: Progress, common: dict[str, Any]) -> Outcome:
    """Go on with a run that waits, as far as somebody replies."""
    from fivefold.api import resume
    from fivefold.commands.dialogue import ask_person, can_ask, meant

    reply: str | None = args.reply
    again = _options(args) if args.resume else {}
    if reply is not None and outcome.waiting is None:
        raise CallerError("`--reply` is for a run that waits; leave it out, or name such a run with `--resume`")
    while (pause := outcome.waiting) is not None:
        if reply is not None:
            given = meant(pause, reply.strip())
        elif can_ask(sys.stdin, sys.stderr):
            given = ask_person(pause, progress.say, sys.stdin.readline)
        else:
            break
        reply = None
        outcome = resume(outcome.run_id, given, **common, **again)
    return outcome


@contextlib.contextmanager
def _terminable() -> Generator[None]:
    """Take SIGTERM like Ctrl-C: the program under way is killed, the trace is closed, the run can be resumed."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        on_interrupt = signal.getsignal(signal.SIGINT)
        if not callable(on_interrupt):
            raise KeyboardInterrupt
        on_interrupt(number, frame)

    # A shell that starts us in the background has Ctrl-C ignored. An event loop only takes an interrupt in an orderly
    # way where Ctrl-C has Python's own handler to replace; masked, Ctrl-C itself stays without effect.
    background = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    if background:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        signal.signal(signal.SIGINT, signal.default_int_handler)
    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
        if background:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # which also forgets one that came meanwhile
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def settle_stdout() -> None:
    """Print what waits; where that cannot be, send it nowhere, as Python would try again when it ends."""
    try:
        sys.stdout.flush()
    except OSError:
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _ask(question: str) -> bool:
    """Put a yes-or-no question; no terminal means no."""
    if sys.stdin is None or not sys.stdin.isatty():
        return False
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def _resume_hint(progress: Progress) -> str:
    return f"; what was done is kept: `fivefold solve --resume {progress.run_id}` goes on" if progress.begun else ""


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise CallerError(f"cannot make the folder {folder}: {fault.strerror}; give another `--out`") from None


def _write(outcome: Outcome, folder: Path) -> None:
    """Write the deliverables; what could not be written was printed before and is named here."""
    from fivefold.commands.report import files_of
    from fivefold.whole_file import write_whole

    files = files_of(outcome)
    for name, text in files.items():
        try:
            write_whole(folder / name, text.encode())
        except OSError as fault:
            raise OutsideError(
                f"cannot write {folder / name}: {fault.strerror}; the outcome was printed above and the run is kept: "
                f"`fivefold solve --resume {outcome.run_id} --out DIR` writes it again"
            ) from None
    print(f"written to {folder}: {', '.join(files)}", file=sys.stderr)
