"""What a run waits for, asked on a terminal; in a pipe, how to reply later."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from fivefold.errors import CallerError, FivefoldError
from fivefold.waiting import Given, Pause, as_reply
from fivefold_solvers.formulation.markdown import to_markdown

Say = Callable[[str], None]
LETTERS = "abcdefgh"
"""What answers to choose from are called."""


def can_ask(stdin: TextIO | None, stderr: TextIO | None) -> bool:
    """Whether there is a person to ask: both ends are a terminal."""
    return stdin is not None and stderr is not None and stdin.isatty() and stderr.isatty()


def ask_person(pause: Pause, say: Say, read: Callable[[], str]) -> Given:
    """Put what a run waits for to a person until the reply suits.

    Args:
        pause: what the run waits for.
        say: writes one line.
        read: reads one line; empty at the end of the input.

    Raises:
        KeyboardInterrupt: there is no more input; the run goes on waiting.
    """
    _show(pause, say)
    while True:
        line = read()
        if not line:
            raise KeyboardInterrupt
        try:
            given = meant(pause, line.strip())
            as_reply(pause, given)
        except FivefoldError as fault:
            say(str(fault))
        else:
            return given


def _show(pause: Pause, say: Say) -> None:
    if pause.kind == "approval" and pause.formulation is not None:
        say(to_markdown(pause.formulation).strip())
        for line in (*pause.changes, *pause.doubts):
            say(f"  {line}")
    say(f"\n{pause.text}")
    say(pause.why)
    for letter, choice in zip(LETTERS, pause.choices, strict=False):
        say(f"  {letter})  {choice}")
    if pause.kind == "question":
        how = "Write an answer, or its letter" if pause.choices else "Write an answer"
        say(f"{how}; Enter alone goes on without: {pause.default}.")
    else:
        say("Enter alone solves it; name a file to solve the formulation in it instead, or say what to change.")


def meant(pause: Pause, line: str) -> Given:
    """Return the reply that a line is: to a question a letter or words, to a formulation a yes, a file or words.

    Raises:
        FivefoldError: it names a file that holds no formulation.
    """
    if pause.kind == "question":
        lettered = dict(zip(LETTERS, pause.choices, strict=False))
        return lettered.get(line, line) if line else False
    if line.lower() in {"", "y", "yes"}:
        return True
    if line.endswith((".json", ".md")) and " " not in line:
        from fivefold.formulations import loads

        try:
            return loads(Path(line).read_text("utf-8"))
        except (OSError, UnicodeDecodeError) as fault:
            raise CallerError(f"cannot read {line}: {fault}; name a file that holds a formulation") from None
    return line


def how_to_reply(pause: Pause, run_id: str) -> str:
    """Return how a run that waits is gone on with, for whoever finds it in a pipe."""
    said = {"question": "'ANSWER'", "approval": "yes"}[pause.kind]
    return f"the run waits: {pause.text} `fivefold solve --resume {run_id} --reply {said}` goes on"
