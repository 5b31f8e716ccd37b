"""The candidates that ran on all search cases: who is best, who is best at some type of problem, who breeds."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fivefold_prompts.optimizer.candidate import Candidate
from fivefold_prompts.optimizer.ledger import draw
from fivefold_prompts.optimizer.rollout import Rollout

_Z90 = 1.645


@dataclass(frozen=True, slots=True)
class Member:
    """One candidate of the pool."""

    id: str
    candidate: Candidate
    parent: str | None
    step: int
    score: float
    """Mean rung on the search cases."""
    right: Mapping[str, tuple[int, int]]
    """By problem type: cases right, cases."""

    @property
    def length(self) -> int:
        """Characters of all its texts."""
        return sum(map(len, self.candidate.values()))


def member(
    id: str,
    candidate: Candidate,
    parent: str | None,
    step: int,
    runs: Mapping[str, Rollout],
    types: Mapping[str, str],
) -> Member:
    """Return a candidate with what came of it on the search cases."""
    right: dict[str, tuple[int, int]] = {}
    for case, rollout in sorted(runs.items()):
        done, count = right.get(types.get(case, ""), (0, 0))
        right[types.get(case, "")] = (done + rollout.right, count + 1)
    score = sum(rollout.score for rollout in runs.values()) / max(1, len(runs))
    return Member(id, candidate, parent, step, score, right)


@dataclass(slots=True)
class Pool:
    """At most so many members; who is worse than another at everything goes first."""

    size: int = 32
    members: list[Member] = field(default_factory=list[Member])

    def add(self, new: Member) -> None:
        """Take a member in; the best one and the first one never go."""
        self.members.append(new)
        if len(self.members) > self.size:
            front = {one.id for kind in self.front().values() for one in kind}
            free = [one for one in self.members[1:] if one is not self.best()]
            self.members.remove(min(free, key=lambda one: (one.id in front, one.score, one.id)))

    def best(self) -> Member:
        """Return the member with the highest score; of equals the shortest, then the earliest."""
        return min(self.members, key=lambda one: (-one.score, one.length, one.step, one.id))

    def front(self) -> dict[str, list[Member]]:
        """Return by problem type who may be best at it: whose interval reaches what the leader got.

        Whoever is nowhere better than another, and somewhere clearly worse, is not on it.
        """
        found: dict[str, list[Member]] = {}
        free = [one for one in self.members if not any(_dominates(other, one) for other in self.members)]
        for kind in sorted({kind for one in free for kind in one.right}):
            shares = [(one, *one.right[kind]) for one in free if kind in one.right]
            lead = max(right / count for _, right, count in shares)
            found[kind] = [one for one, right, count in shares if wilson_upper(right, count) + 1e-9 >= lead]
        return found

    def breeder(self, seed: int, step: int) -> Member:
        """Draw whom the next candidates come from: half the time the best, a third the front, else anyone."""
        kind = draw(seed, "breeder", step)
        pick = draw(seed, "which", step)
        if kind < 0.5:
            return self.best()
        if kind < 0.85:
            return _drawn([one for members in self.front().values() for one in members], pick)
        return _drawn(self.members, pick)


def _dominates(one: Member, other: Member) -> bool:
    """Whether one is at least as good at every type, and at some better by more than the standard error."""
    better = False
    for kind, (right, count) in other.right.items():
        own = one.right.get(kind, (0, count))[0]
        if own < right:
            return False
        share = right / count
        better = better or own - right > math.sqrt(max(share * (1 - share), 0.25 / count) * count)
    return better


def wilson_upper(right: int, count: int) -> float:
    """Return the upper end of the 90 % interval of a share, after Wilson."""
    share, z2 = right / count, _Z90**2
    spread = _Z90 * math.sqrt(share * (1 - share) / count + z2 / (4 * count**2))
    return (share + z2 / (2 * count) + spread) / (1 + z2 / count)


def _drawn(members: Sequence[Member], pick: float) -> Member:
    return members[int(pick * len(members))]
