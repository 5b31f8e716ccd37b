"""Which decisions a question names: `chairs` all entries `make['chair', t]`, `chairs in March` one of them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from fivefold.reading.entities import Entry, stem, stems
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.ground import Grounded
from fivefold_solvers.formulation.identity import spell_key

Part = int | float | str
MAX_ENTRIES = 20_000
"""Entries of one variable up to which they are looked through."""
_WORD = re.compile(r"[^\W_]+")
_TOLD_BY = re.compile(r"([^\W\d_]+) (\d+)\b")
_TOLD_BY_ANY = re.compile(r"([^\W\d_]+) (\w+)\b")


def decisions_named(words: str, formulation: Formulation, grounded: Grounded) -> tuple[Entry, ...]:
    """Return the entries of the one variable that some words fit best; none where they name no decision.

    Of an indexed variable those entries are meant whose index parts the words name, any where they name none.
    """
    best: tuple[tuple[int, int], tuple[Entry, ...]] = ((0, 0), ())
    labels = [stems(f"{one.name} {one.description}") for one in formulation.variables]
    common = {word for word in labels[0] if all(word in label for label in labels)} if len(labels) > 1 else set[str]()
    for variable, label in zip(formulation.variables, labels, strict=True):
        keys = list(grounded.variables[variable.name].bounds)
        if len(keys) > MAX_ENTRIES:
            continue
        parts = [_said_parts({key[at] for key in keys}, stems(kind), words) for at, kind in enumerate(variable.index)]
        chosen = [key for key in keys if all(not named or key[at] in named for at, named in enumerate(parts))]
        fit = sum(1 for named in parts if named), len((label - common) & _said(words, label))
        if chosen and fit > best[0]:
            best = fit, tuple((variable.name, key) for key in chosen)
    return best[1]


def _said(words: str, label: frozenset[str]) -> frozenset[str]:
    """Return the stems of some words; digits count behind a word of the label only: `product 2`, not `2 chairs`."""
    numbered = {number for word, number in _TOLD_BY.findall(words) if stem(word) in label}
    return frozenset(word for word in stems(words) if not word.isdigit()) | numbered


def _said_parts(parts: set[Part], kind: frozenset[str], words: str) -> frozenset[Part]:
    """Return the elements of one index that are named: texts by all their words, numbers behind their set's name."""
    said = frozenset(stem(word) for word in _WORD.findall(words))
    behind = {second for first, second in _TOLD_BY_ANY.findall(words) if stem(first) in kind}
    found: set[Part] = set()
    for part in parts:
        own = _WORD.findall(str(part).replace("_", " "))
        # A letter or a number alone is a name where a word says of what, a capital letter anywhere but as an article.
        if len(own) == 1 and (own[0].isdigit() or len(own[0]) == 1):
            capital = own[0].isupper() and own[0] not in "AI" and re.search(rf"\b{own[0]}\b", words)
            named = own[0] in behind or capital
        else:
            named = own and said.issuperset(map(stem, own))
        if named:
            found.add(part)
    return frozenset(found)


def sum_of(entries: Sequence[Entry]) -> str:
    """Return the sum of some entries as the formulation language writes it."""
    return " + ".join(spell_key(*entry) for entry in entries)
