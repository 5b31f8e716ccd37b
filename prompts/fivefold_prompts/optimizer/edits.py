"""Edits carried out on a candidate, all or none: every limit on what may be changed is enforced here."""

import difflib
import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fivefold_prompts.optimizer.candidate import Candidate, Parameter
from fivefold_prompts.optimizer.leaks import Guard
from fivefold_prompts.optimizer.reply import Edit


@dataclass(frozen=True, slots=True)
class Limits:
    """How far one step may go."""

    growth: float = 1.3
    """A text's length over the one before, once it is over `slack`."""
    mutation: float = 0.3
    """Share of the words that may change, once more than `words` do."""
    slack: int = 400
    """Characters by which any text may grow."""
    words: int = 60
    """Words that may change in any text."""


class EditFault(Exception):
    """Edits cannot be carried out; the message says how to mend them."""


class LeakFault(EditFault):
    """Edits would copy a problem or give an answer away."""


def apply(
    edits: Sequence[Edit],
    candidate: Candidate,
    parameters: Mapping[str, Parameter],
    *,
    guard: Guard | None = None,
    limits: Limits | None = None,
    doubt_refuses: bool = True,
    origin: Candidate | None = None,
) -> dict[str, str]:
    """Return the candidate with all edits carried out.

    What is copied bit by bit over several steps is found beside the `origin`, from which the first one was made.

    Raises:
        EditFault: an edit cannot be carried out, or what comes of it is not allowed; LeakFault if it is a leak.
    """
    limits = limits or Limits()
    by_name: dict[str, list[Edit]] = {}
    for edit in edits:
        if edit.parameter not in parameters:
            known = ", ".join(f"`{name}`" for name in parameters)
            raise EditFault(f"there is no variable `{edit.parameter}`; there are {known}")
        by_name.setdefault(edit.parameter, []).append(edit)
    changed = dict(candidate)
    for name, wanted in by_name.items():
        parameter, before = parameters[name], candidate[name]
        after = _edited(parameter, before, wanted)
        if fault := parameter.fault(after):
            raise EditFault(fault)
        if parameter.textual:
            _within(limits, name, before, after)
            _no_leak(guard, name, before, after, doubt_refuses, (origin or candidate)[name])
        changed[name] = after
    if changed == dict(candidate):
        raise EditFault("the edits change nothing; say <no_change/> if that is meant")
    return changed


def _edited(parameter: Parameter, before: str, edits: Sequence[Edit]) -> str:
    whole = [edit for edit in edits if edit.operation in ("replace_all", "set_value")]
    if not parameter.textual and [edit.operation for edit in edits] != ["set_value"]:
        raise EditFault(f"`{parameter.name}` is a single value; change it with one `set_value`")
    if parameter.textual and any(edit.operation == "set_value" for edit in edits):
        raise EditFault(f"`{parameter.name}` is a text; `set_value` is for numbers and choices")
    if whole:
        if len(edits) > 1:
            raise EditFault(f"`{parameter.name}` is replaced as a whole and edited as well; do one of the two")
        ending = "\n" if parameter.textual and before.endswith("\n") and not whole[0].text.endswith("\n") else ""
        return whole[0].text + ending
    return _spliced(parameter.name, before, edits)


def _spliced(name: str, before: str, edits: Sequence[Edit]) -> str:
    pieces: list[tuple[int, int, str]] = []
    for edit in edits:
        count = before.count(edit.anchor)
        if count != 1:
            raise EditFault(
                f"the anchor {edit.anchor[:80]!r} is in `{name}` {count} times; copy a part that is there once"
            )
        first = before.index(edit.anchor)
        last = first + len(edit.anchor)
        if edit.operation == "insert_after":
            first = last = len(before) if (end := before.find("\n", last)) < 0 else end
            pieces.append((first, last, "\n" + edit.text))
        elif edit.operation == "delete":
            lone = before[:first].endswith("\n") and before[last : last + 1] == "\n"
            pieces.append((first, last + lone, ""))
        else:
            pieces.append((first, last, edit.text))
    pieces.sort(key=lambda piece: piece[:2])
    if any(one[1] > other[0] for one, other in itertools.pairwise(pieces)):
        raise EditFault(f"two edits of `{name}` touch the same part; make one of them")
    after = before
    for first, last, text in reversed(pieces):
        after = after[:first] + text + after[last:]
    return after


def _within(limits: Limits, name: str, before: str, after: str) -> None:
    most = max(limits.growth * len(before), len(before) + limits.slack)
    if len(after) > most:
        raise EditFault(f"`{name}` would have {len(after)} characters; in one step it may grow to {most:.0f}")
    old, new = re.findall(r"\S+", before), re.findall(r"\S+", after)
    kept = sum(block.size for block in difflib.SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks())
    changed, allowed = max(len(old), len(new)) - kept, max(limits.words, limits.mutation * len(old))
    if changed > allowed:
        raise EditFault(f"{changed} words of `{name}` would change; in one step at most {allowed:.0f} may")


def leaking(guard: Guard | None, before: Candidate, after: Candidate) -> bool:
    """Return whether what one candidate says beyond another is certainly a leak."""
    if guard is None:
        return False
    return any(leak.certain for name, text in after.items() for leak in guard.leaks(text, before[name]))


def _no_leak(guard: Guard | None, name: str, before: str, after: str, doubt_refuses: bool, origin: str) -> None:
    found = guard.leaks(after, before) if guard else []
    if guard and origin != before:
        found += [leak for leak in guard.leaks(after, origin) if leak.certain and leak not in found]
    told = [leak.message for leak in found if leak.certain or doubt_refuses]
    if told:
        raise LeakFault(f"`{name}`: " + "; ".join(told))
