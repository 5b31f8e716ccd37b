"""Measures what is asked of texts from which numbers were deleted, and whether complete texts are left in peace.

    python benchmarks/verdict/deleted.py                                 # the problems of tests/problems
    python benchmarks/verdict/deleted.py --hand FOLDER --items FOLDER    # right formulations of other texts

Of each drawn problem one to three facts are deleted: the number is left out, `some` stands in its place, or its clause
or sentence goes. Each is looked for twice: by the text alone, and with the formulation that still has the number, as
if an LLM had made it up. No text is printed.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from verdict_cases import Case, by_hand, from_folder

from fivefold.checks.bindings import how_stated, same_number
from fivefold.checks.missing import missing_facts
from fivefold.checks.optima import Optima, OutOfTimeError
from fivefold.checks.places import Place, places
from fivefold.checks.readings import readings
from fivefold.checks.unexplained import impact
from fivefold.clarification import HIGH_IMPACT, MissingFact, question_for
from fivefold.reading.entities import stems
from fivefold.reading.slots import Slot, TextReading, read_text
from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.elements import Formulation

ROOT = Path(__file__).resolve().parents[2]
_NEAR = 80
"""Characters from a deletion within which a question is about it."""
_BREAKS = re.compile(r"[,;:.()|\n]|\b(?:and|while|but|whereas)\b")
_SIGN = re.compile(r"\\?[$€£]\s*$")
HOWS = ("number left out", "number is `some`", "clause left out", "sentence left out")


@dataclass(frozen=True, slots=True)
class Fact:
    """A number that was deleted."""

    value: float
    kind: str
    how: str
    nouns: frozenset[str]
    place: int
    """Where it was, in the text as it is now."""
    matters: bool = True
    """Whether the optimum changes where the formulation has half or twice as much."""


@dataclass(frozen=True, slots=True)
class Deleted:
    """A problem without some of its facts."""

    case: Case
    text: str
    facts: tuple[Fact, ...]


def main() -> None:
    """Delete, ask, count, print the tables."""
    asked = _arguments().parse_args()
    cases = list(by_hand(asked.hand, asked.items) if asked.hand else from_folder(asked.problems))
    drawn = random.Random(asked.seed).sample(cases, min(asked.most, len(cases)))
    cut = [found for case in drawn if (found := deleted(case, asked.seed)) is not None]
    for way in ("text alone", "with the formulation"):
        print(f"\n### {way}\n")
        _print(*_counted(cut, way != "text alone", asked.show))
    if not asked.incomplete:
        _complete(cases, asked.show)


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Delete facts of texts and count which of them are asked for.")
    parser.add_argument("--problems", type=Path, default=ROOT / "tests" / "problems", help="folder of problems")
    parser.add_argument("--hand", type=Path, help="folder of files with id and formulation, instead of problems")
    parser.add_argument("--items", type=Path, help="folder of JSON lines with the texts of --hand")
    parser.add_argument("--seed", type=int, default=1, help="what is drawn by chance")
    parser.add_argument("--most", type=int, default=100, help="problems to delete facts of")
    parser.add_argument("--show", action="store_true", help="write every miss and every false question to stderr")
    parser.add_argument("--incomplete", action="store_true", help="leave complete problems out")
    return parser


def deleted(case: Case, seed: int) -> Deleted | None:
    """Return a problem without one to three of its facts; None where it has none that the formulation holds."""
    checked = check(case.formulation)
    if checked.grounded is None:
        return None
    reading = read_text(case.text, checked.grounded)
    there = places(case.formulation)
    needed = [slot for slot in reading.slots if _needed(slot, there)]
    chance = random.Random(f"{seed} {case.name}")
    chance.shuffle(needed)
    cuts: list[tuple[int, int, str, list[Fact]]] = []
    wanted = chance.choice((1, 1, 2, 3))
    for slot in needed:
        if len(cuts) == wanted:
            break
        how = chance.choice(HOWS)
        start, end, put = _cut(reading, slot, how)
        if any(start < other[1] + 2 and other[0] < end + 2 for other in cuts):
            continue
        gone = [one for one in needed if start <= one.quantity.start < end]
        cuts.append((start, end, put, [Fact(s.quantity.value, s.kind, how, s.nouns, 0) for s in gone]))
    if not cuts:
        return None
    text, facts = case.text, list[Fact]()
    for start, end, put, own in sorted(cuts, key=lambda cut: -cut[0]):
        shift = len(put) - (end - start)
        facts = [replace(fact, place=fact.place + shift) for fact in facts] + [replace(f, place=start) for f in own]
        text = text[:start] + put + text[end:]
    with Optima(time.perf_counter() + 10.0) as optima:
        tried = tuple(replace(fact, matters=_matters(case.formulation, there, fact, optima)) for fact in facts)
    return Deleted(case, text, tried)


def _matters(formulation: Formulation, there: Sequence[Place], fact: Fact, optima: Optima) -> bool:
    """Whether the optimum depends on a fact; where that cannot be told, it is taken to."""
    same = [place for place in there if any(same_number(abs(place.value), v) for v in _ways(fact.value))]
    try:
        base = optima.of(formulation)
        changes = [impact(formulation, place, base, optima) for place in same[:6]]
    except OutOfTimeError:
        return True
    return any(change is None or change > HIGH_IMPACT for change in changes)


def _needed(slot: Slot, there: Sequence[Place]) -> bool:
    """Whether a formulation holds a number as it stands; ones and zeros may be there unwritten."""
    value = slot.quantity.value
    return value not in {0.0, 1.0} and any(how_stated(slot.quantity, abs(place.value)) for place in there)


def _cut(reading: TextReading, slot: Slot, how: str) -> tuple[int, int, str]:
    """Return what goes and what stands there instead."""
    text, begin = reading.text, slot.quantity.start
    end = begin + len(slot.quantity.written)
    first, last = reading.sentences.span(slot.sentence)
    if how == "sentence left out":
        return first, last, " "
    if how == "clause left out":
        before = [match.start() for match in _BREAKS.finditer(text, first, begin)]
        after = _BREAKS.search(text, end, last)
        return (before[-1] if before else first), (after.start() if after else last), " "
    sign = _SIGN.search(text, first, begin)
    return (sign.start() if sign else begin), end, "some" if how == "number is `some`" else ""


def _hit(fact: Fact, asked: MissingFact, cut: Deleted) -> bool:
    """Whether a question is about a deleted fact."""
    if asked.value is not None and any(same_number(asked.value, v) for v in _ways(fact.value)):
        return True
    if asked.place >= 0 and abs(asked.place - fact.place) <= _NEAR:
        return "\n" not in cut.text[min(asked.place, fact.place) : max(asked.place, fact.place)]
    nouns = fact.nouns - {"unit"}
    return fact.how.endswith("left out") and asked.kind != "gap" and bool(nouns & stems(asked.question))


def _ways(value: float) -> Iterator[float]:
    yield from (value, value / 100, 1 - value, 1 - value / 100, 1 + value / 100, 1 + value)


def _counted(cut: Sequence[Deleted], formulated: bool, show: bool) -> tuple[Counter[str], Counter[str]]:
    """Return how many facts there are and are found, by kind; and what became of the problems."""
    facts, problems = Counter[str](), Counter[str]()
    for one in cut:
        found = missing_facts(one.text, one.case.formulation if formulated else None)
        best = question_for(found, ())
        picked = [fact for fact in found if best is not None and fact.question == best.text]
        problems["all"] += 1
        problems["facts"] += len(found)
        problems["asked"] += best is not None
        problems["about a deleted fact"] += any(_hit(fact, asked, one) for asked in picked for fact in one.facts)
        for fact in one.facts:
            hit = any(_hit(fact, asked, one) for asked in found)
            depends = ["the optimum depends on it"] if fact.matters else []
            for name in ("all", *depends, fact.how, f"kind {fact.kind}"):
                facts[f"{name} all"] += 1
                facts[f"{name} found"] += hit
            if show and not hit and fact.matters:
                around = one.text[max(0, fact.place - 60) : fact.place] + "⟦⟧" + one.text[fact.place : fact.place + 60]
                print(f"MISS {one.case.name} {fact.value:g} {fact.kind} {fact.how}: {around!r}", file=sys.stderr)
    return facts, problems


def _print(facts: Counter[str], problems: Counter[str]) -> None:
    print("| deleted | facts | asked for |\n|---|--:|--:|")
    names = [name.removesuffix(" all") for name in facts if name.endswith(" all")]
    for name in [
        "all",
        "the optimum depends on it",
        *(n for n in HOWS if n in names),
        *sorted(n for n in names if n.startswith("kind ")),
    ]:
        count = facts[f"{name} all"]
        print(f"| {name.removeprefix('kind ')} | {count} | {_share(facts[f'{name} found'], count)} |")
    count = problems["all"]
    print(
        f"\n{count} problems, {problems['facts'] / max(1, count):.2f} things found missing a problem; "
        f"a question for {_share(problems['asked'], count)}, "
        f"of these about a deleted fact {_share(problems['about a deleted fact'], problems['asked'])}."
    )


def _complete(cases: Sequence[Case], show: bool) -> None:
    """Print how many complete problems get a question."""
    asked = Counter[str]()
    for case in cases:
        alone = question_for(missing_facts(case.text, None), ())
        facts = missing_facts(case.text, case.formulation)
        told = readings(case.formulation, case.text, budget_s=3.0)
        both = question_for(facts, told)
        asked["text alone"] += alone is not None
        asked["with the formulation"] += question_for(facts, ()) is not None
        asked["with the formulation and its readings"] += both is not None
        asked["readings told"] += bool(told)
        if show and (alone or both):
            print(f"ASKED {case.name}: {alone} / {both}", file=sys.stderr)
    print(f"\n### {len(cases)} complete problems\n")
    for name, count in asked.items():
        print(f"- {name}: {_share(count, len(cases))}")


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "-"


if __name__ == "__main__":
    main()
