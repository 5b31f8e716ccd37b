"""What somebody says to a run that waits, as the reply that it is; never the name of a file of this machine."""

from __future__ import annotations

from fivefold.commands.dialogue import LETTERS
from fivefold.waiting import Pause, PersonReply

PASSES = frozenset({"", "skip", "pass", "i don't know", "i do not know", "don't know", "no idea", "?"})
"""Answers that mean: go on without one."""
YES = frozenset({"y", "yes", "ok", "okay", "approve", "approved", "solve", "solve it"})
"""Words that mean: the formulation is right."""


def reply_of(pause: Pause, text: str) -> PersonReply:
    """Return the reply that some words are: to a question a letter, an answer or none, to a formulation a yes or not.

    Raises:
        CallerError: nothing was said to a formulation.
    """
    said = text.strip()
    bare = said.casefold().rstrip(".!")
    if pause.kind == "approval":
        return PersonReply(kind="approve" if bare in YES else "change", text=said, to=pause.id)
    if bare in PASSES:
        return PersonReply(kind="skip", text=said, to=pause.id)
    lettered = dict(zip(LETTERS, pause.choices, strict=False))
    return PersonReply(kind="answer", text=lettered.get(said, said), to=pause.id)
