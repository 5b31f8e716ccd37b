"""Cases dealt out so that near-duplicates stay together: what is held out has no sibling in what is learned from."""

import re
from collections.abc import Mapping, Sequence

from fivefold_prompts.optimizer.ledger import draw
from fivefold_prompts.optimizer.numerals import canonical

ALIKE = 0.3
"""From this share of common five-word groups on, two problems are near-duplicates."""
_GRAM = 5
SHARES: Mapping[str, float] = {"train": 0.35, "search": 0.20, "gate": 0.30, "test": 0.15}
"""How much of the cases each part gets, about."""


def groups(problems: Mapping[str, str]) -> list[list[str]]:
    """Return the cases in groups of near-duplicates, whatever their numbers."""
    grams = {case: _grams(text) for case, text in sorted(problems.items())}
    holders: dict[str, list[str]] = {}
    for case, own in grams.items():
        for gram in own:
            holders.setdefault(gram, []).append(case)
    leader = {case: case for case in grams}
    for case, own in grams.items():
        common: dict[str, int] = {}
        for gram in own:
            for other in holders[gram]:
                if other < case:
                    common[other] = common.get(other, 0) + 1
        for other, count in common.items():
            if count >= ALIKE * len(own | grams[other]):
                leader[_top(leader, case)] = _top(leader, other)
    found: dict[str, list[str]] = {}
    for case in grams:
        found.setdefault(_top(leader, case), []).append(case)
    return list(found.values())


def split(
    problems: Mapping[str, str], types: Mapping[str, str], seed: int, shares: Mapping[str, float] = SHARES
) -> dict[str, list[str]]:
    """Deal the cases out, group by group, each problem type over all parts."""
    parts: dict[str, list[str]] = {name: [] for name in shares}
    by_type: dict[str, list[list[str]]] = {}
    for group in groups(problems):
        by_type.setdefault(types.get(group[0], ""), []).append(group)
    for kind, members in sorted(by_type.items()):
        members.sort(key=lambda group: (draw(seed, "split", kind, group[0]), group[0]))
        _deal(members, parts, shares)
    return {name: sorted(cases) for name, cases in parts.items()}


def _deal(members: Sequence[Sequence[str]], parts: dict[str, list[str]], shares: Mapping[str, float]) -> None:
    """Give each group to the part that lacks most."""
    given = dict.fromkeys(shares, 0)
    for group in members:
        total = sum(given.values()) + len(group)
        name = max(shares, key=lambda part: shares[part] * total - given[part])
        parts[name] += group
        given[name] += len(group)


def _grams(text: str) -> set[str]:
    words = re.findall(r"[^\W\d_]+|#", re.sub(r"\d[\d.,]*", "#", canonical(text).lower()))
    return {" ".join(words[i : i + _GRAM]) for i in range(max(1, len(words) - _GRAM + 1))}


def _top(leader: dict[str, str], case: str) -> str:
    while leader[case] != case:
        leader[case] = leader[leader[case]]
        case = leader[case]
    return case
