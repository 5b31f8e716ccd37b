"""What was tried from a candidate and what came of it, refused edits and their reasons among it."""

import difflib
import re
from dataclasses import dataclass, field

from fivefold_prompts.optimizer.candidate import Candidate

_CHANGE = 400


@dataclass(frozen=True, slots=True)
class Trial:
    """One edit that was tried."""

    parent: str
    """`candidate_id` of what it started from."""
    change: str
    """What it changed; empty where no candidate came of it."""
    outcome: str
    """`kept`, or why not."""
    rise: float | None = None
    """How the score on the search cases changed, as far as they were run."""


@dataclass(slots=True)
class Memory:
    """All trials of a search, in order."""

    trials: list[Trial] = field(default_factory=list[Trial])

    def told(self, parent: str, most: int = 5) -> list[str]:
        """Return the latest trials from a parent, one line each and every line once, the newest last."""
        lines = [_line(trial) for trial in self.trials if trial.parent == parent]
        latest = list(dict.fromkeys(reversed(lines)))[:most]
        return latest[::-1]


def change(before: Candidate, after: Candidate) -> str:
    """Return what two candidates differ in: per parameter the words taken out in [-...-] and put in in {+...+}."""
    told = [
        f"{name}: {_word_change(before[name], after[name])}"
        for name in sorted(before)
        if after.get(name, before[name]) != before[name]
    ]
    text = "; ".join(told)
    return text if len(text) <= _CHANGE else f"{text[: _CHANGE // 2]} ... {text[-_CHANGE // 2 :]}"


def _word_change(before: str, after: str) -> str:
    old, new = re.findall(r"\S+", before), re.findall(r"\S+", after)
    pieces: list[str] = []
    for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            out = f"[-{' '.join(old[i1:i2])}-]" if i2 > i1 else ""
            pieces.append(out + (f"{{+{' '.join(new[j1:j2])}+}}" if j2 > j1 else ""))
    return " ".join(pieces) or "line breaks only"


def _line(trial: Trial) -> str:
    rise = "" if trial.rise is None else f" ({100 * trial.rise:+.0f} points)"
    return f"- {trial.outcome}{rise}: {trial.change or 'no candidate'}"
