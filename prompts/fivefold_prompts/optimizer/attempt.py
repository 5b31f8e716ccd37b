"""One question answered: a new candidate, or a named reason why there is none; no reply is dropped in silence."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum

from fivefold_prompts.optimizer.candidate import Candidate, Parameter, candidate_id
from fivefold_prompts.optimizer.edits import EditFault, LeakFault, Limits, apply
from fivefold_prompts.optimizer.leaks import Guard
from fivefold_prompts.optimizer.reply import ReplyFault, read_reply
from fivefold_prompts.optimizer.rollout import Ask, Cost, Turn

REPAIRS = 2
"""How often a writer is asked again after a reply that could not be used."""


class Result(StrEnum):
    """What came of asking for a candidate."""

    ACCEPTED = "accepted"
    REPAIRED = "repaired"
    """Accepted, after the writer was told what was wrong."""
    NO_CHANGE = "no_change"
    """The writer said that nothing should change."""
    UNPARSABLE = "unparsable"
    INVALID = "invalid"
    LEAK = "leak"
    DUPLICATE = "duplicate"
    """A candidate that was tried before."""
    MERGED = "merged"
    """Nobody was asked: it is what helped of a step, together."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One question and what came of it."""

    result: Result
    candidate: dict[str, str] | None
    """The new candidate, where there is one."""
    reason: str
    """Why there is none, or what had to be repaired."""
    replies: tuple[str, ...]
    cost: Cost


@dataclass(frozen=True, slots=True)
class Rules:
    """What an edit must keep to."""

    guard: Guard | None = None
    limits: Limits = Limits()  # noqa: RUF009 - frozen
    tried: AbstractSet[str] = frozenset()
    """`candidate_id` of every candidate that there was."""
    origin: Candidate | None = None
    """What the search began with; beside it leaks are found that came bit by bit."""


def attempt(
    ask: Ask,
    messages: Sequence[Turn],
    candidate: Candidate,
    parameters: Mapping[str, Parameter],
    rules: Rules,
    sample: int,
) -> Attempt:
    """Ask for edits of a candidate, and again with the exact fault where a reply cannot be used."""
    asked: list[Turn] = list(messages)
    replies: list[str] = []
    cost = Cost()
    result, reason, told = Result.UNPARSABLE, "", ""
    for repair in range(REPAIRS + 1):
        answer = ask(asked, sample)
        replies.append(answer.text)
        cost += answer.cost
        try:
            edits = read_reply(answer.text)
            if not edits:
                return Attempt(Result.NO_CHANGE, None, reason, tuple(replies), cost)
            made = apply(
                edits,
                candidate,
                parameters,
                guard=rules.guard,
                limits=rules.limits,
                doubt_refuses=repair < REPAIRS,
                origin=rules.origin,
            )
        except ReplyFault as fault:
            result, reason = Result.UNPARSABLE, str(fault)
        except LeakFault as fault:
            result, reason = Result.LEAK, str(fault)
        except EditFault as fault:
            result, reason = Result.INVALID, str(fault)
        else:
            if candidate_id(made) not in rules.tried:
                result = Result.REPAIRED if repair else Result.ACCEPTED
                return Attempt(result, made, told, tuple(replies), cost)
            result, reason = Result.DUPLICATE, "exactly this was tried before; change something else"
        told = reason
        asked = [
            *messages,
            {"role": "assistant", "content": answer.text},
            {"role": "user", "content": f"That cannot be used: {reason}. Write the whole reply again."},
        ]
    return Attempt(result, None, reason, tuple(replies), cost)
