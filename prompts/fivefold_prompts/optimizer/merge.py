"""Several candidates that came from one: the changes of all of them in one candidate, where they do not collide."""

import difflib
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from fivefold_prompts.optimizer.candidate import Candidate, Parameter


class _Change(NamedTuple):
    """Lines `first` to `last` of the text before become others."""

    first: int
    last: int
    lines: tuple[str, ...]


def merged(before: Candidate, candidates: Sequence[Candidate], parameters: Mapping[str, Parameter]) -> dict[str, str]:
    """Return `before` with the changes of the candidates, the first ones first; what collides is left out."""
    made = dict(before)
    for name, parameter in parameters.items():
        others = [one[name] for one in candidates if one[name] != before[name]]
        if not others:
            continue
        value = _lines_merged(before[name], others) if parameter.textual else others[0]
        # Texts that were allowed one by one may be too long together.
        made[name] = value if parameter.fault(value) is None else others[0]
    return made


def _lines_merged(before: str, others: Sequence[str]) -> str:
    taken: list[_Change] = []
    for text in others:
        own = [_without_known(one, taken) for one in _changes(before, text)]
        if not any(_collide(one, other) for one in own for other in taken if one != other):
            taken += [one for one in own if one not in taken]
    lines = before.splitlines(keepends=True)
    # From the end; what is put in at the same place stands in the order of the candidates.
    order = sorted(range(len(taken)), key=lambda i: (-taken[i].first, -i))
    for change in (taken[i] for i in order):
        lines[change.first : change.last] = change.lines
    return "".join(lines)


def _changes(before: str, after: str) -> list[_Change]:
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    found = difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return [_Change(i1, i2, tuple(new[j1:j2])) for tag, i1, i2, j1, j2 in found if tag != "equal"]


def _without_known(change: _Change, taken: Sequence[_Change]) -> _Change:
    """Return an addition without the lines that another one has put in at the same place."""
    if change.first < change.last:
        return change
    known = {line for other in taken if other[:2] == change[:2] for line in other.lines}
    return change._replace(lines=tuple(line for line in change.lines if line not in known))


def _collide(one: _Change, other: _Change) -> bool:
    """Two additions at one place do not; whatever else touches the same lines does."""
    if one.first == one.last and other.first == other.last:
        return False
    return one.first < other.last and other.first < one.last
