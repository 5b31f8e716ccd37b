"""Wrong formulations made from right ones, to see which checks find what: `mutants(formulation)`.

A mutant has one mistake of a kind that people and LLMs make. What the static check refuses is told apart, and what
means the same as before is left out, as far as solving both on their own and on changed data can tell.

    for mutant in mutants(formulation, seed=1, most=3):
        print(mutant.kind, mutant.what, mutant.optimum_equal)
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Literal

from fivefold_benchmarks.mutants_edits import Edit
from fivefold_benchmarks.mutants_meaning import Meaning, Solved, alike, solved
from fivefold_benchmarks.mutants_numbers import number_edits
from fivefold_benchmarks.mutants_rows import BIG_NUMBER, row_edits
from fivefold_benchmarks.mutants_terms import term_edits
from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.elements import Formulation

Fate = Literal["wrong", "refused", "equivalent", "undecided"]
"""It means something else; the static check finds errors; no difference was found; no solver here can tell."""
_PATIENCE = 4
"""How many edits of a kind that pass the static check are tried for each mutant that is asked for."""
_REFUSALS = 12
"""How many edits of a kind may be refused for each mutant that is asked for."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """A formulation with one mistake."""

    kind: str
    """What kind of mistake."""
    formulation: Formulation
    """The formulation with the mistake."""
    what: str
    """What was done, in words."""
    fate: Fate = "wrong"
    """What became of it."""
    optimum_equal: bool = False
    """Whether its optimum is that of the right formulation, although it means something else."""
    status: str = ""
    """Why its solver stopped: `optimal`, `infeasible`, `unbounded`; `other` where no solver here can tell."""


def mutants(formulation: Formulation, seed: int = 0, most: int | None = None) -> Iterator[Mutant]:
    """Yield formulations that pass the static check without errors and mean something else.

    Args:
        formulation: a right formulation with all its data.
        seed: what is drawn by chance: which edits are tried, which numbers are taken, on which data is compared.
        most: how many of a kind; all where None.
    """
    yield from (mutant for mutant in judged(formulation, seed, most) if mutant.fate == "wrong")


def judged(
    formulation: Formulation, seed: int = 0, most: int | None = None, kinds: Collection[str] | None = None
) -> Iterator[Mutant]:
    """Yield all mutants that were tried, whatever became of them.

    Args:
        formulation: a right formulation with all its data.
        seed: as in `mutants`.
        most: how many wrong ones of a kind; all where None.
        kinds: which kinds of mistakes; all where None.
    """
    meaning = Meaning(formulation, seed)
    if not meaning.checked.ok:
        return
    for kind, listed in _by_kind(formulation, seed).items():
        if kinds is not None and kind not in kinds:
            continue
        fates: Counter[Fate] = Counter()
        for edit in listed:
            mutant = _judged(meaning, edit)
            if mutant is not None:
                yield mutant
                fates[mutant.fate] += 1
            if most is not None and _enough(fates, most):
                break


def edits(formulation: Formulation, seed: int = 0) -> Iterator[Edit]:
    """Yield every mistake that can be made in a formulation, whatever it means."""
    chance = random.Random(seed)
    yield from row_edits(formulation)
    yield from term_edits(formulation)
    yield from number_edits(formulation, chance)


def _enough(fates: Counter[Fate], most: int) -> bool:
    passed = fates.total() - fates["refused"]
    return fates["wrong"] >= most or passed >= most * _PATIENCE or fates["refused"] >= most * _REFUSALS


def _by_kind(formulation: Formulation, seed: int) -> dict[str, list[Edit]]:
    kinds: dict[str, list[Edit]] = {}
    for edit in edits(formulation, seed):
        kinds.setdefault(edit.kind, []).append(edit)
    for kind, listed in kinds.items():
        random.Random(f"{seed} {kind}").shuffle(listed)
    return kinds


def _judged(meaning: Meaning, edit: Edit) -> Mutant | None:
    """Return what became of an edit; None where it leaves every word as it is."""
    formulation = edit.apply(meaning.formulation)
    if formulation == meaning.formulation:
        return None
    answer = solved(check(formulation))
    fate, equal = _fate(meaning, edit, answer)
    return Mutant(edit.kind, formulation, edit.what, fate, equal, answer.status)


def _fate(meaning: Meaning, edit: Edit, answer: Solved) -> tuple[Fate, bool]:
    """Return what became of an edit, and whether the optimum stayed."""
    if answer.status == "refused":
        return "refused", False
    if not (answer.decided and meaning.own.decided):
        return "undecided", False
    if not alike(meaning.own, answer):
        return "wrong", False
    # A big number is right or wrong for the data at hand; other data would need another one.
    differs = meaning.differs(edit.apply, answer, own_data_only=edit.kind == BIG_NUMBER)
    if differs is None:
        return "undecided", True
    return ("wrong" if differs else "equivalent"), True
