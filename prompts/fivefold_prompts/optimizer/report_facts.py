"""What a search did, folded from its ledger: candidates with their scores, proposals, the gate, what was spent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fivefold_prompts.optimizer.candidate import candidate_id
from fivefold_prompts.optimizer.gate import Admission, noise_floor
from fivefold_prompts.optimizer.ledger import Event, Ledger, LedgerError
from fivefold_prompts.optimizer.rollout import Cost, Rollout
from fivefold_prompts.optimizer.search import Settings


@dataclass(frozen=True, slots=True)
class Scored:
    """A candidate that ran on all search cases."""

    id: str
    parent: str | None
    step: int
    """-1 for what is in use."""
    score: float
    """Mean rung on the search cases."""
    right: int
    cases: int
    spent: Cost
    """All that the search had spent when the last of its runs ended."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """One candidate that was asked for, and what came of it."""

    step: int
    number: int
    parent: str
    id: str | None
    candidate: Mapping[str, str] | None
    result: str
    reason: str
    replies: tuple[str, ...]
    outcome: str
    rise: float | None


@dataclass(frozen=True, slots=True)
class TypeRow:
    """One problem type in the gate."""

    kind: str
    cases: int
    before: int
    after: int
    won: int
    lost: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """A whole search, or as far as it came."""

    settings: Settings
    proposer: str
    start: Mapping[str, str]
    sizes: Mapping[str, int]
    """Cases of each part."""
    scored: Sequence[Scored]
    proposals: Sequence[Proposal]
    admission: Admission | None
    gate_types: Sequence[TypeRow]
    gate_tokens: tuple[int, int]
    """Tokens in the gate: what is in use, the candidate."""
    noise: float | None
    best: str | None
    """Id of the highest on the search cases; None where the search has not ended."""
    stopped: str
    spent: Mapping[str, Cost]
    """By what it was spent on."""

    @property
    def total(self) -> Cost:
        """All that was spent."""
        return sum(self.spent.values(), Cost())

    def texts(self, id: str) -> Mapping[str, str]:
        """Return the values of a candidate."""
        if id == candidate_id(self.start):
            return self.start
        return next(one.candidate for one in self.proposals if one.id == id and one.candidate is not None)


def read_facts(path: Path) -> Facts:
    """Return what a ledger holds of its search.

    Raises:
        LedgerError: there is no such file, it is no ledger, or nothing was begun in it.
    """
    if not path.is_file():
        raise LedgerError(f"There is no ledger {str(path)!r}; name the file that the search wrote.")
    with Ledger(path) as ledger:
        events = ledger.events()
    begun = next((event.body for event in events if event.kind == "begun"), None)
    if begun is None:
        raise LedgerError(f"No search was begun in the ledger {path.name!r}.")
    return _folded(begun, events)


def _folded(begun: Mapping[str, Any], events: Sequence[Event]) -> Facts:
    proposals = [_proposal(event) for event in events if event.kind == "proposal"]
    ended = next((event for event in events if event.kind == "ended"), None)
    gate = next((event for event in events if event.kind == "gate"), None)
    start = candidate_id(begun["start"])
    runs = _runs(events)
    after = runs.get(("gate", 0, gate.key.partition("/")[2]), {}) if gate else {}
    before = runs.get(("gate", 0, start), {})
    first, again = runs.get(("search", 0, start), {}), runs.get(("search", 1, start), {})
    noisy = len(again) == len(begun["search"])
    return Facts(
        settings=Settings.model_validate(begun["settings"]),
        proposer=begun["proposer"],
        start=begun["start"],
        sizes={part: len(begun[part]) for part in ("train", "search", "gate")},
        scored=_scored(start, len(begun["search"]), proposals, events),
        proposals=proposals,
        admission=Admission.model_validate(gate.body) if gate else None,
        gate_types=_gate_types(before, after, begun["types"]),
        gate_tokens=(sum(run.cost.tokens for run in before.values()), sum(run.cost.tokens for run in after.values())),
        noise=noise_floor(again, first) if noisy else None,
        best=ended.body["best"] if ended else None,
        stopped=str(ended.note.get("stopped", "")) if ended else "the search has not ended",
        spent=_spent(events),
    )


def _proposal(event: Event) -> Proposal:
    body = event.body
    _, step, number = event.key.split("/")
    return Proposal(
        int(step),
        int(number),
        body["parent"],
        candidate_id(body["candidate"]) if body["candidate"] is not None else None,
        body["candidate"],
        body["result"],
        body["reason"],
        tuple(body["replies"]),
        body["outcome"],
        body["rise"],
    )


def _place(key: str) -> tuple[str, str, int, str]:
    """Return part, case, sample and candidate of a rollout's key; a case may hold slashes."""
    _, part, rest = key.split("/", 2)
    case, sample, candidate = rest.rsplit("/", 2)
    return part, case, int(sample), candidate


def _cost(event: Event) -> Cost:
    return Cost(**event.body["cost"], seconds=event.note.get("seconds", 0.0))


def _runs(events: Iterable[Event]) -> dict[tuple[str, int, str], dict[str, Rollout]]:
    """Return the runs by part, sample and candidate."""
    found: dict[tuple[str, int, str], dict[str, Rollout]] = {}
    for event in events:
        if event.kind == "rollout":
            part, case, sample, candidate = _place(event.key)
            found.setdefault((part, sample, candidate), {})[case] = Rollout.model_validate(event.body)
    return found


def _scored(start: str, cases: int, proposals: Sequence[Proposal], events: Iterable[Event]) -> list[Scored]:
    """Return who ran on all search cases, in the order in which that was known."""
    origin: dict[str, tuple[str | None, int]] = {start: (None, -1)}
    origin |= {one.id: (one.parent, one.step) for one in proposals if one.id is not None}
    runs: dict[str, list[Rollout]] = {}
    found: list[Scored] = []
    total = Cost()
    for event in events:
        if event.kind not in ("rollout", "reply"):
            continue
        total += _cost(event)
        if event.kind == "reply":
            continue
        part, _, sample, candidate = _place(event.key)
        if (part, sample) != ("search", 0):
            continue
        own = runs.setdefault(candidate, [])
        own.append(Rollout.model_validate(event.body))
        if len(own) == cases and candidate in origin:
            parent, step = origin[candidate]
            score = sum(run.score for run in own) / cases
            found.append(Scored(candidate, parent, step, score, sum(run.right for run in own), cases, total))
    return found


def _gate_types(
    before: Mapping[str, Rollout], after: Mapping[str, Rollout], types: Mapping[str, str]
) -> tuple[TypeRow, ...]:
    by_type: dict[str, list[str]] = {}
    for case in sorted(after):
        by_type.setdefault(types.get(case, ""), []).append(case)
    return tuple(
        TypeRow(
            kind,
            len(cases),
            sum(before[case].right for case in cases),
            sum(after[case].right for case in cases),
            sum(after[case].right and not before[case].right for case in cases),
            sum(before[case].right and not after[case].right for case in cases),
        )
        for kind, cases in sorted(by_type.items())
    )


def _spent(events: Iterable[Event]) -> dict[str, Cost]:
    found: dict[str, Cost] = {
        name: Cost() for name in ("training runs", "search runs", "gate runs", "questions to the LLM")
    }
    names = {"train": "training runs", "search": "search runs", "gate": "gate runs"}
    for event in events:
        if event.kind == "rollout":
            found[names[_place(event.key)[0]]] += _cost(event)
        elif event.kind == "reply":
            found["questions to the LLM"] += _cost(event)
    return found
