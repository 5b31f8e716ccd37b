"""Set elements as integers: one identity for each distinct atom of a formulation.

Numbers have identities from 0 up, texts from -1 down. Nothing else in the build compares names or numbers of elements.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from fivefold_solvers.build.arrays import Floats, Integers
from fivefold_solvers.build.errors import NotVectorised
from fivefold_solvers.formulation.identity import Atom, atom

NOBODY = -(2**62)
"""The identity of what is no element of any set."""
_EXACT = 2**53
"""Whole numbers up to here are exact in a float."""
_MANY = 1000


class Pool:
    """Every atom that is an element of some set."""

    def __init__(self) -> None:
        self.numbers: Floats = np.empty(0)
        """Value of each number, by identity."""
        self.texts: list[str] = []
        """Each text; the identity of the text at place k is -1 - k."""
        self._of_text: dict[str, int] = {}
        self._run = False
        self._ascending: Floats = self.numbers
        self._order: Integers = np.empty(0, np.int64)

    def __len__(self) -> int:
        return len(self.numbers) + len(self.texts)

    def put_numbers(self, values: NDArray[np.int64] | Floats) -> Integers:
        """Return the identity of each number; new ones are taken in."""
        lowest, highest = (values.min(), values.max()) if values.size else (0, 0)
        if max(-lowest, highest) > _EXACT:
            raise NotVectorised("a set has elements beyond 2**53")
        if values.dtype != np.int64 or values.size <= _MANY or highest - lowest >= values.size:
            return self._put(values)
        # Columns of tuples say the same few numbers again and again.
        whole = values.astype(np.int64, copy=False)
        kinds = distinct_integers(whole)
        found = self._put(kinds)
        shift = int(found[0] - kinds[0])
        if (found - kinds == shift).all():
            return whole + shift if shift else whole
        table = np.empty(int(highest - lowest) + 1, np.int64)
        table[kinds - lowest] = found
        places: Integers = whole - int(lowest)
        return table[places]

    def _put(self, values: NDArray[np.int64] | Floats) -> Integers:
        wanted = values.astype(np.float64)
        found = self.find_numbers(wanted)
        new = found == NOBODY
        if new.any():
            fresh = np.unique(wanted[new])
            identities = np.arange(len(self.numbers), len(self.numbers) + len(fresh))
            self.numbers = np.concatenate([self.numbers, fresh])
            self._run = bool((self.numbers - self.numbers[0] == np.arange(len(self.numbers))).all())
            places = np.searchsorted(self._ascending, fresh)
            self._ascending = np.insert(self._ascending, places, fresh)
            self._order = np.insert(self._order, places, identities)
            found[new] = identities[np.searchsorted(fresh, wanted[new])]
        return found

    def find_numbers(self, values: Floats) -> Integers:
        """Return the identity of each number, `NOBODY` for those that are no element."""
        if not len(self._ascending):
            return np.full(values.shape, NOBODY, np.int64)
        if self._run:
            # The numbers are whole and one behind the other, as those of most formulations are.
            wanted = values - self.numbers[0]
            there = (wanted >= 0) & (wanted < len(self.numbers)) & (wanted == np.floor(wanted))
            if there.all():
                direct: Integers = wanted.astype(np.int64)
                return direct
            return np.where(there, np.where(there, wanted, 0).astype(np.int64), NOBODY)
        places = np.minimum(np.searchsorted(self._ascending, values), len(self._ascending) - 1)
        return np.where(self._ascending[places] == values, self._order[places], NOBODY)

    def put_text(self, text: str) -> int:
        """Return the identity of a text; a new one is taken in."""
        found = self._of_text.get(text)
        if found is None:
            self.texts.append(text)
            found = self._of_text[text] = -len(self.texts)
        return found

    def find_text(self, text: str) -> int:
        """Return the identity of a text, `NOBODY` where it is no element."""
        return self._of_text.get(text, NOBODY)

    def put_atom(self, value: Atom) -> int:
        """Return the identity of an atom; a new one is taken in."""
        if isinstance(value, str):
            return self.put_text(value)
        if abs(value) > _EXACT:
            raise NotVectorised("a set has elements beyond 2**53")
        return int(self.put_numbers(np.array([value], np.float64))[0])

    def put_atoms(self, values: Iterable[Atom]) -> Integers:
        """Return the identities of many atoms; new ones are taken in."""
        known = self._of_text
        # No text has the identity 0.
        return np.array([known.get(one) or self.put_atom(one) if isinstance(one, str) else self.put_atom(one)
                         for one in values], np.int64)  # fmt: skip

    def put_raw(self, raw: Sequence[object]) -> Integers:
        """Return the identities of written elements.

        Raises:
            ElementError: one cannot be an element.
        """
        kinds = set(map(type, raw))
        if kinds == {int} and _all_small(raw):
            return self.put_numbers(np.array(raw, np.int64))
        if kinds == {str}:
            known = {text: self.put_atom(atom(text)) for text in dict.fromkeys(raw)}
            return np.array([known[text] for text in raw], np.int64)
        return self.put_atoms(map(atom, raw))

    def atom(self, identity: int) -> Atom:
        """Return the atom of an identity, whole numbers as int."""
        if identity < 0:
            return self.texts[-1 - identity]
        value = float(self.numbers[identity])
        return int(value) if value.is_integer() else value

    def atoms(self, identities: Integers) -> list[Atom]:
        """Return the atoms of many identities."""
        if identities.size and identities.min() < 0:
            return [self.atom(identity) for identity in identities.tolist()]
        return [int(value) if value.is_integer() else value for value in self.numbers[identities].tolist()]

    def values(self, identities: Integers) -> Floats:
        """Return the numbers of identities; NaN for a text."""
        if not len(self.numbers):
            return np.full(identities.shape, np.nan)
        found = self.numbers[np.maximum(identities, 0)]
        return np.where(identities < 0, np.nan, found) if identities.size and identities.min() < 0 else found


def distinct_integers(values: Integers) -> Integers:
    """Return the distinct numbers, ascending."""
    lowest = int(values.min()) if values.size else 0
    width = int(values.max()) - lowest + 1 if values.size else 0
    if width > 8 * values.size:
        return np.unique(values)
    there = np.zeros(width, np.bool_)
    there[values - lowest] = True
    return np.flatnonzero(there) + lowest


def _all_small(raw: Iterable[object]) -> bool:
    return all(isinstance(value, int) and -_EXACT <= value <= _EXACT for value in raw)
