"""Relations of rows: a row that holds a stated limit is the row that the sentence states, no tighter and no other."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from fivefold.checks.battery.lab import Lab, Relation, clearly_above, value_of
from fivefold.checks.battery.lines import Line, lines_of, says
from fivefold.checks.battery.report import RelationResult, Witness
from fivefold.checks.bindings import how_stated, same_number
from fivefold.checks.place_effects import Effect
from fivefold.checks.places import Place
from fivefold.reading.claim import Claim
from fivefold.reading.entities import Entry
from fivefold.reading.slots import Slot
from fivefold_solvers.formulation.identity import Key, spell_key
from fivefold_solvers.formulation.polynomial import Polynomial

_ENOUGH = {"limit": "<=", "requirement": ">="}
_MEND = "write the row as the sentence states it"
AS_STATED = Relation(
    "row-as-stated",
    "A row that holds the limit of a sentence restricts what the sentence restricts, and no more.",
    _MEND,
)
NOT_EXACT = Relation(
    "limit-not-exact", "What is at most or at least some amount may also be less or more than it.", "write <= or >="
)
NO_MORE = Relation(
    "limit-as-stated", "A stated limit stands in its row as it is, with nothing added to it.", "write the stated number"
)
ONCE = Relation(
    "limit-once",
    "One limit on several things together is one row, not a row for each of them.",
    "add them up in one row",
)
ALIKE = Relation(
    "in-proportion",
    "What the text counts of one thing for several decisions is added up in the same way for all of them.",
    "write each number as it is stated, with the same sign",
)
_STRICT = re.compile(
    r"\b(?:more than|less than|fewer than|over|under|exceed|below|above|between|minus|plus|already)\b", re.I
)
_EACH = re.compile(
    r"\b(?:each|every|both|either|any|per|respective(?:ly)?|all|between|same|individual(?:ly)?|one|neither|nor|"
    r"never|always|at (?:any|all) times?|an? (?:hour|day|night|week|month|quarter|season|year))\b",
    re.I,
)
_TAKEN_OFF = re.compile(
    r"\b(?:minus|less|difference|subtract\w*|net|loss\w*|reduc\w*|decreas\w*|remov\w*|lower\w*|deduct\w*)\b", re.I
)


def check_rows(
    lab: Lab, claims: Sequence[Claim], moved: Mapping[Place, tuple[Effect, ...]]
) -> Iterator[RelationResult]:
    """Yield every row that differs from the sentence whose limit it holds."""
    lines = list(lines_of(lab.built.checked.rows.rows))
    for claim in claims:
        yield _as_stated(lab, claim, claims, lines)
    limited: dict[Slot, list[Line]] = {}
    for place, does in moved.items():
        slot = _stated_limit(lab, place, does)
        if slot is not None:
            held = {(effect.name, effect.key) for effect in does}
            rows = [line for line in lines if (line.name, line.key) in held]
            limited.setdefault(slot, []).extend(rows)
            yield from _limits(lab, slot, rows, lines)
    for slot, rows in limited.items():
        yield from _once(lab, slot, rows)
    yield from _signs(lab, moved, lines)


def _as_stated(lab: Lab, claim: Claim, claims: Sequence[Claim], lines: Sequence[Line]) -> RelationResult:
    where = f"“{claim.quote}”"
    if any(says(line, claim) for line in lines):
        return AS_STATED.held(claim.said, where)
    support = set(claim.weights)
    own = [line for line in lines if same_number(line.limit, claim.limit)]
    rivals = [other for other in claims if same_number(other.limit, claim.limit)]
    if claim.limit == 0:
        own = [line for line in own if set(line.weights) == support]
        rivals = [other for other in rivals if set(other.weights) == support]
    told = [slot for slot in lab.reading.slots if how_stated(slot.quantity, claim.limit) is not None]
    if len(own) > 1 and len(rivals) == 1 and claim.limit and len(told) == 1 and _split(own, support):
        names = ", ".join(line.label for line in own[:3])
        words = f"the text says {claim.said}, but the rows {names} limit its parts each on its own"
        return AS_STATED.violated(Witness(change="none", words=words), claim.said, where)
    if len(own) != 1 or len(rivals) != 1 or (claim.limit and len(told) != 1) or set(own[0].weights) - support:
        return AS_STATED.abstained("no single row can be told to be that of the sentence", where)
    line = own[0]
    row = " + ".join(f"{weight:g}*{spell_key(*entry)}" for entry, weight in line.weights.items())
    words = f"the text says {claim.said}, but row {line.label} is {row} {line.relation} {line.limit:g}"
    return AS_STATED.violated(Witness(change="none", words=words.replace("+ -", "- ")), claim.said, where)


def _split(lines: Sequence[Line], support: set[Entry]) -> bool:
    """Whether rows share out among them what a sentence limits together."""
    parts = [frozenset(line.weights) for line in lines]
    return set[Entry]().union(*parts) == support and sum(map(len, parts)) == len(support)


def _stated_limit(lab: Lab, place: Place, does: tuple[Effect, ...]) -> Slot | None:
    """Return the limit or requirement that the constant side of a row holds, where no other number can be meant."""
    told = [slot for slot in lab.reading.slots if how_stated(slot.quantity, place.value) is not None]
    if not does or any(effect.kind != "row" or effect.entry is not None for effect in does) or not place.value:
        return None
    if len(told) != 1 or told[0].kind not in _ENOUGH or told[0].conditional or told[0].quantity.percent:
        return None
    return told[0]


def _limits(lab: Lab, slot: Slot, rows: Sequence[Line], lines: Sequence[Line]) -> Iterator[RelationResult]:
    """Yield what is wrong with the rows whose constant side is a stated limit."""
    where = f"“{lab.reading.quote(slot)}”"
    stated = slot.quantity.value
    strict = _STRICT.search(lab.reading.sentences.words(slot.sentence)) is not None
    exact = [
        line
        for line in rows
        if line.relation == "==" and same_number(line.limit, stated) and not _balances(line, lines)
    ]
    harmless = bool(exact) and slot.kind == "requirement" and _costs_nothing(lab, {line.name for line in exact})
    for line in rows:
        if line in exact:
            if harmless:
                yield NOT_EXACT.held(f"{line.label}: nothing is better where more is allowed", where)
                continue
            words = f"row {line.label} has the left side equal to {line.limit:g}, but the text gives a {slot.kind}"
            yield NOT_EXACT.violated(Witness(change="none", words=words), line.label, where)
        elif _a_little_off(line.limit, stated) and not strict:
            words = f"the text says {slot.quantity.written}, but row {line.label} stops at {line.limit:g}"
            witness = Witness(change="none", before=stated, after=line.limit, words=words)
            yield NO_MORE.violated(witness, line.label, where)


def _costs_nothing(lab: Lab, names: set[str]) -> bool:
    """Whether the best plan stays as good where needs may be exceeded that equations meet."""
    sense = lab.formulation.objective.sense
    if sense == "satisfy":
        return False
    lower, upper = lab.arrays.row_lower.copy(), lab.arrays.row_upper.copy()
    for block in lab.arrays.constraints:
        own = slice(block.start, block.end)
        if block.name in names:
            turned = upper[own] < 0
            lower[own], upper[own] = np.where(turned, -np.inf, lower[own]), np.where(turned, upper[own], np.inf)
    loose = value_of(lab.solve(replace(lab.arrays, row_lower=lower, row_upper=upper)), sense)
    best = value_of(lab.base, sense)
    if loose is None or best is None:
        return False
    return not (clearly_above(loose, best) or clearly_above(best, loose))


def _balances(line: Line, lines: Sequence[Line]) -> bool:
    """Whether an equation has something over: `made - kept == 40` asks for 40 at least, `kept + more == 60` goes on."""
    equations = [other for other in lines if other.relation == "=="]
    added = {entry for other in equations for entry, weight in other.weights.items() if weight > 0}
    taken = {entry for other in equations for entry, weight in other.weights.items() if weight < 0}
    signs = {weight > 0 for weight in line.weights.values()}
    return len(signs) > 1 or bool(added & taken & set(line.weights))


def _once(lab: Lab, slot: Slot, rows: Sequence[Line]) -> Iterator[RelationResult]:
    """Yield where one limit on several things is written as a limit on each of them; `4*11` is another limit."""
    rows = [line for line in rows if same_number(line.limit, slot.quantity.value)]
    supports = [frozenset(line.weights) for line in rows]
    apart = len(frozenset[Entry]().union(*supports)) == sum(map(len, supports))
    sentence = lab.reading.sentences.statement(slot.sentence)
    if len(rows) > 1 and apart and not _EACH.search(sentence):
        names = ", ".join(line.label for line in rows[:3])
        words = f"the text states {slot.quantity.written} once, but it limits {names} each on its own"
        yield ONCE.violated(Witness(change="none", words=words), names, f"“{lab.reading.quote(slot)}”")


def _a_little_off(limit: float, stated: float) -> bool:
    return any(same_number(abs(limit - stated), step) for step in (1.0, 0.01, 0.001)) and not same_number(limit, stated)


def _signs(lab: Lab, moved: Mapping[Place, tuple[Effect, ...]], lines: Sequence[Line]) -> Iterator[RelationResult]:
    """Yield every row or objective that takes off for one decision what it adds for the others."""
    objective = lab.built.checked.rows.objective
    sums: list[tuple[str, Key, Mapping[Entry, float]]] = [(line.name, line.key, line.weights) for line in lines]
    if isinstance(objective, Polynomial) and objective.degree == 1:
        sums.append(("", (), objective.linear))
    # A coefficient that several numbers move is worked out, such as a price less a cost.
    movers = Counter((effect.name, effect.key, effect.entry) for does in moved.values() for effect in does)
    by_row: dict[tuple[str, Key], list[tuple[Entry, Slot]]] = {}
    for place, does in moved.items():
        told = [slot for slot in lab.reading.slots if how_stated(slot.quantity, place.value) is not None]
        for effect in does:
            if effect.entry is not None and len(does) == 1 and movers[effect.name, effect.key, effect.entry] == 1:
                own = [
                    slot
                    for slot in told
                    if slot.owner is not None and lab.reading.entities[slot.owner].entry == effect.entry
                ]
                if len(own) == 1:
                    by_row.setdefault((effect.name, effect.key), []).append((effect.entry, own[0]))
    for name, key, weights in sums:
        yield from _odd_one(lab, name, key, weights, by_row.get((name, key), []))


def _odd_one(
    lab: Lab, name: str, key: Key, weights: Mapping[Entry, float], told: Sequence[tuple[Entry, Slot]]
) -> Iterator[RelationResult]:
    groups: dict[tuple[frozenset[str], str, bool], dict[Entry, Slot]] = {}
    for entry, slot in told:
        if slot.nouns and entry in weights and slot.quantity.value:
            groups.setdefault((slot.nouns, slot.kind, slot.quantity.percent), {})[entry] = slot
    for group in groups.values():
        rates = {entry: weights[entry] / slot.quantity.value for entry, slot in group.items()}
        sentences = " ".join(lab.reading.quote(slot) for slot in group.values())
        usual = max(rates.values(), key=lambda rate: sum(same_number(rate, other) for other in rates.values()))
        odd = [entry for entry, rate in rates.items() if not same_number(rate, usual)]
        if not any(same_number(abs(usual), as_it_is) for as_it_is in (1.0, 0.01)):
            continue
        slot = next(iter(group.values()))
        # In the objective a number of unclear kind may be a gain for one decision and a loss for another.
        two_signs = _TAKEN_OFF.search(sentences) is not None or (not name and slot.kind == "unclear")
        if not odd or (two_signs and all(same_number(abs(rates[entry]), abs(usual)) for entry in odd)):
            continue
        slot = group[odd[0]]
        label = f"row {spell_key(name, key)}" if name else "the objective"
        rest = ", ".join(f"{weights[entry]:g} for {spell_key(*entry)}" for entry in group if entry not in odd)
        words = (
            f"{label} has {weights[odd[0]]:g} for {spell_key(*odd[0])} and {rest}, "
            f"but the text states {slot.quantity.written} {' '.join(sorted(slot.nouns))} of it, counted like the others"
        )
        witness = Witness(change="none", before=slot.quantity.value, after=weights[odd[0]], words=words)
        yield ALIKE.violated(witness, label, label)
