"""Two derivations of one problem against each other: on its own numbers, and on other numbers put in both alike.

    found = compare(first, second, text)
    found.agrees, found.difference

A second derivation is made without a look at the first. Where both give the same optimum also with other numbers, the
same mistake would have to be in both; where they do not, at least one is wrong, and the smallest difference in
elements says where to look.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping, Sequence

from pydantic import BaseModel, ConfigDict

from fivefold.checks.canonical import canonical
from fivefold.checks.difference import Difference, Pair, differences, exchanged, paired
from fivefold.checks.optima import Optima, OutOfTimeError, same_optimum, same_value
from fivefold.checks.perturbed import Number, changes, common_numbers, held_in_common
from fivefold.checks.standing import Name, Standing, standing
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.program import Program

_DRAWS = 4
"""How many changes of numbers are drawn for each trial that shows something."""
_SHOWN = 6
_ALONE = 8
"""How many numbers are tried alone to find the one at which two derivations part."""
_STATUS = {"infeasible": "no solution", "unbounded": "no end", "neither": "no best solution", "unsettled": "no answer"}


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Derivation(_Frozen):
    """One way from a text to an optimum: a formulation, or a program that an LLM wrote itself."""

    formulation: Formulation | None = None
    """The five elements; None where there is a program only."""
    program: Program | None = None
    """The program; looked at only where there is no formulation."""
    objective: float | None = None
    """Its optimum on the text's own numbers; None where it has none."""
    sense: str | None = None
    """`minimize` or `maximize`; None where it is not known."""

    @property
    def derived(self) -> Formulation | Program | None:
        """What was derived."""
        return self.formulation or self.program


class Change(_Frozen):
    """A number of the text that was changed in both derivations."""

    written: str
    """How the text writes it."""
    before: float
    """Its value; of `20%` the 20."""
    after: float
    """What was put in its place."""


class Trial(_Frozen):
    """Both derivations on other numbers."""

    changed: tuple[Change, ...]
    """What was changed, the same in both."""
    first: float | None = None
    """Optimum of the first; None without one."""
    second: float | None = None
    """Optimum of the second; None without one."""
    status: tuple[str, str] = ("unsettled", "unsettled")
    """What came of each: `optimal`, `infeasible`, `unbounded`, `neither` (one of these two) or `unsettled`."""
    same: bool | None = None
    """Whether both are the same; None where one came to no end."""


class Agreement(_Frozen):
    """Whether two derivations say the same."""

    instance: bool | None
    """Whether their optima are the same on the text's own numbers; None where one has none."""
    trials: tuple[Trial, ...] = ()
    """What came of other numbers; none are tried where both are the same row by row."""
    agrees: bool
    """Whether something was compared and nothing is different. It does not mean that they are right."""
    identical: bool = False
    """Whether both are the same row by row, whatever their variables are called."""
    difference: tuple[str, ...] = ()
    """The smallest difference that was found, in plain words; empty where they agree."""


def compare(first: Derivation, second: Derivation, text: str, *, trials: int = 4, budget_s: float = 3.0) -> Agreement:
    """Return whether two derivations of a text agree, and what sets them apart.

    Args:
        first: one derivation.
        second: another one.
        text: the problem in words.
        trials: how often other numbers are tried.
        budget_s: seconds for all of it; what is not reached in time is not compared.
    """
    begun = time.perf_counter()
    instance = None
    if first.objective is not None and second.objective is not None:
        instance = same_value(first.objective, second.objective)
    if first.derived is None or second.derived is None:
        return Agreement(instance=instance, agrees=instance is True)
    pair = None
    if first.formulation is not None and second.formulation is not None:
        pair = paired((first.formulation, second.formulation))
    if pair is not None and not differences(pair):
        words = ["both say the same; one of the two optima is not the best"] * (instance is False)
        return Agreement(instance=instance, agrees=not words, identical=True, difference=tuple(words))
    deadline = begun + budget_s
    with Optima(deadline) as one, Optima(deadline) as other:
        comparison = _Comparison((first, second), (one, other), pair, text)
        tried = tuple(comparison.tried(trials)) if instance is not False else ()
        apart = instance is False or any(trial.same is False for trial in tried)
        agrees = not apart and (instance is True or any(trial.same for trial in tried))
        words = comparison.smallest(tried) if apart else []
    return Agreement(instance=instance, trials=tried, agrees=agrees, difference=tuple(words))


class _Comparison:
    """Two derivations with their solvers, and what was tried on them."""

    def __init__(
        self, both: tuple[Derivation, Derivation], optima: tuple[Optima, Optima], pair: Pair | None, text: str
    ) -> None:
        self.both, self.optima, self.pair, self.text = both, optima, pair, text
        self.standing: tuple[Standing, Standing] | None = None
        self.numbers: list[Number] = []
        self.data: list[dict[Name, float]] = []

    def tried(self, trials: int) -> Iterator[Trial]:
        """Yield trials until one tells the two apart, as many as are wanted, or time is over."""
        own = tuple(standing(side.derived, self.text) for side in self.both if side.derived is not None)
        if own[0] is None or own[1] is None:
            return
        self.standing = own[0], own[1]
        self.numbers = common_numbers(own[0], own[1], self.text, self.pair)
        if not self.numbers:
            return
        count = 0
        try:
            for draw in range(_DRAWS * trials):
                values = changes(self.numbers, draw)
                trial = self._trial(values)
                if trial is None:
                    continue
                if trial.same is not None:
                    self.data.append(values)
                yield trial
                count += 1
                if trial.same is False or count == trials:
                    return
        except OutOfTimeError:
            return

    def _trial(self, values: dict[Name, float]) -> Trial | None:
        """Return a trial; None where neither has an optimum, so that nothing was seen, or it is not the same change."""
        forms = self._forms(values)
        found = self.optima[0].of(forms[0]), self.optima[1].of(forms[1])
        same = same_optimum(*found)
        if same and found[0].value is None:
            return None
        if same is False:
            if not self._alike(forms):
                return None
            # Each by the other's solver, which comes from another point.
            found = self.optima[1].of(forms[0], seed=1), self.optima[0].of(forms[1], seed=1)
            same = same_optimum(*found)
        return Trial(
            changed=tuple(self._changed(values)),
            first=found[0].value,
            second=found[1].value,
            status=(found[0].status, found[1].status),
            same=same,
        )

    def _alike(self, forms: tuple[Formulation | Program, Formulation | Program]) -> bool:
        """Whether what both had in common is still the same in both."""
        first, second = forms
        if self.pair is None or isinstance(first, Program) or isinstance(second, Program):
            return True
        return held_in_common(self.pair, canonical(first), canonical(second)) is not None

    def _changed(self, values: dict[Name, float]) -> Iterator[Change]:
        for number in self.numbers:
            if number.name in values:
                quantity = number.quantity
                yield Change(written=quantity.written, before=quantity.value, after=values[number.name])

    def smallest(self, tried: Sequence[Trial]) -> list[str]:
        """Return the smallest difference that makes the two differ, in words."""
        if self.pair is None:
            return [self._parting(tried)]
        listed = differences(self.pair)
        if len(listed) > 1:
            with contextlib.suppress(OutOfTimeError):
                listed = [found for found in listed if self._explains(found)] or listed
        return [found.words for found in listed[:_SHOWN]]

    def _parting(self, tried: Sequence[Trial]) -> str:
        """Return where a program and something else part: one changed number, if one is enough."""
        if not self.data:
            found = " and ".join(f"{side.objective:g}" for side in self.both if side.objective is not None)
            return f"on the text's own numbers the optima are {found}"
        with contextlib.suppress(OutOfTimeError):
            for name, value in list(self.data[-1].items())[:_ALONE]:
                trial = self._trial({name: value})
                if trial is not None and trial.same is False:
                    return _told(trial)
        return _told(tried[-1])

    def _explains(self, difference: Difference) -> bool:
        """Whether the first has the optima of the second, on all data, once it has one element of it."""
        for values in [*reversed(self.data), dict[Name, float]()]:
            forms = self._forms(values)
            assert isinstance(forms[0], Formulation) and isinstance(forms[1], Formulation) and self.pair is not None
            pair = held_in_common(self.pair, canonical(forms[0]), canonical(forms[1]))
            other = None if pair is None else exchanged(forms[0], pair, difference)
            if other is None or not same_optimum(self.optima[0].of(other), self.optima[1].of(forms[1])):
                return False
        return True

    def _forms(self, values: Mapping[Name, float]) -> tuple[Formulation | Program, Formulation | Program]:
        """Return both with other numbers."""
        first, second = self.both[0].derived, self.both[1].derived
        assert first is not None and second is not None
        if not values or self.standing is None:
            return first, second
        return self.standing[0].changed(values), self.standing[1].changed(values)


def _told(trial: Trial) -> str:
    """Return in words what a trial showed."""
    changed = ", ".join(f"{change.written} as {change.after:g}" for change in trial.changed)
    came = [
        f"{value:g}" if value is not None else _STATUS[status]
        for value, status in zip((trial.first, trial.second), trial.status, strict=True)
    ]
    return f"with {changed} the first has {came[0]}, the second {came[1]}"
