"""What a run waits for, and what a person replies: a question about the text, or whether a formulation is meant so.

A run that waits is on the disk and takes nothing else; `fivefold.resume(run, reply=...)` goes on with it, from any
process.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from fivefold.errors import CallerError
from fivefold_solvers.data.needs import needs
from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.elements import Formulation

MAX_REPLY = 4_000
"""Characters of a reply in words."""
ReplyKind = Literal["answer", "skip", "approve", "edit", "change"]
"""To a question: an answer, or go on without one. To a formulation: it is right, this is right instead, or what to
change in words."""
SUITING: dict[str, tuple[ReplyKind, ...]] = {"question": ("answer", "skip"), "approval": ("approve", "edit", "change")}


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Pause(_Frozen):
    """What a run waits for."""

    id: str = ""
    """Names it; a reply may say which one it is for."""
    kind: Literal["question", "approval"]
    """Whether something is asked about the text, or a formulation is to be approved."""
    text: str
    """What is asked, in plain words."""
    why: str = ""
    """Why it is asked."""
    choices: tuple[str, ...] = ()
    """Answers to choose from; any other words are taken too."""
    default: str = ""
    """What is taken where nobody answers."""
    formulation: Formulation | None = None
    """The formulation that is asked about; None where there is none yet."""
    doubts: tuple[str, ...] = ()
    """What the checks say against the formulation, worst first."""
    changes: tuple[str, ...] = ()
    """What differs from the formulation that was shown before, line by line."""


class PersonReply(_Frozen):
    """What a person replies to a run that waits."""

    kind: ReplyKind
    """What is replied."""
    text: str = ""
    """The answer, or what to change."""
    formulation: Formulation | None = None
    """Of `edit`: the formulation that is meant."""
    to: str = ""
    """`Pause.id` that it is for; empty for whatever the run waits for."""


class Answered(_Frozen):
    """A question that was put to a person."""

    question: str
    """The question."""
    answer: str = ""
    """What was answered; empty where nobody did."""
    default: str = ""
    """What was taken where nobody did."""


Given = str | bool | Formulation | PersonReply
"""What stands for a reply: words, `True` for "approved", `False` for "go on without an answer", a formulation."""


def as_reply(pause: Pause, given: Given) -> PersonReply:
    """Return what is given as the reply to what a run waits for.

    Raises:
        CallerError: it does not suit what is waited for, or is for something that was replied to before.
    """
    reply = _spelled(pause, given)
    if reply.to and pause.id and reply.to != pause.id:
        raise CallerError("this was replied to already, and the run waits for something else now; look at it again")
    if reply.kind not in SUITING[pause.kind]:
        kinds = ", ".join(SUITING[pause.kind])
        raise CallerError(f"`{reply.kind}` is no reply to {'a' if pause.kind == 'question' else 'an'} {pause.kind}; "
                          f"there are {kinds}")  # fmt: skip
    if reply.kind in ("answer", "change") and not reply.text.strip():
        raise CallerError("the reply is empty; say it in a few words")
    if len(reply.text) > MAX_REPLY:
        raise CallerError(f"the reply has more than {MAX_REPLY:,} characters; say it in a few sentences")
    if reply.kind == "edit":
        _check_edit(reply.formulation)
    return reply


def _spelled(pause: Pause, given: Given) -> PersonReply:
    if isinstance(given, PersonReply):
        return given
    if isinstance(given, Formulation):
        return PersonReply(kind="edit", formulation=given)
    if isinstance(given, str):
        return PersonReply(kind="answer" if pause.kind == "question" else "change", text=given)
    return PersonReply(kind="approve" if given else "skip")


def _check_edit(formulation: Formulation | None) -> None:
    if formulation is None:
        raise CallerError("`edit` comes with a formulation; give it as `formulation`")
    wanted = needs(formulation)
    if wanted.open_sets or wanted.open_parameters:
        return  # its data is in tables, which the run has
    faults = [str(finding) for finding in check(formulation).findings if finding.severity == "error"]
    if faults:
        raise CallerError(f"the formulation cannot be solved as it is: {faults[0]}; mend it, or say what to change")
