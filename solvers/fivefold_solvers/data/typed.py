"""The type of a column, decided by all of its cells: numbers, dates, yes and no, text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fivefold_solvers.data.cells import Fields, distinct
from fivefold_solvers.data.cells import numbers as plain_numbers
from fivefold_solvers.data.dates import read_dates
from fivefold_solvers.data.numerals import MARKS, TRUTHS, Numeral, read_number, with_known_unit
from fivefold_solvers.data.table import Kind

Array = NDArray[Any]

OTHER_SIGN = "decimal sign"
"""How it begins what is told of a column that has another decimal sign than the file."""
SHARE = "share"
"""Unit of a column whose cells have percent signs: 12% is 0.12."""
_LOOK = 1000
"""Distinct texts that are looked at before a column of many is taken for text."""


@dataclass(frozen=True, slots=True)
class Typed:
    """The cells of a column and what was found about them."""

    kind: Kind
    values: Array
    categories: tuple[str, ...] | None = None
    blank: Array | None = None
    unit: str = ""
    """Unit or currency that stands beside every number."""
    remarks: tuple[str, ...] = ()
    """How its cells were read, in words."""
    doubt: str = ""
    """Why the reading may not be the one that is meant."""


def from_fields(blocks: Sequence[Fields], decimal: str = ".") -> Typed:
    """Return the typed cells of a column that lies in blocks of bytes."""
    if not sum(len(block.lengths) for block in blocks):
        return Typed(Kind.EMPTY, np.zeros(0, np.int64), ())
    sample = next((texts for block in blocks if (texts := block.some(50))), list[str]())
    if any(read_number(text, decimal) is not None for text in sample):
        found = _numeric(blocks, decimal)
        if found is not None:
            return found
    return from_codes(*merged(map(distinct, blocks)), decimal)


def from_texts(texts: Sequence[str], decimal: str = ".") -> Typed:
    """Return the typed cells of a column of texts; blank ones are empty."""
    table: dict[str, int] = {}
    codes = np.array([table.setdefault(text, len(table)) if text else -1 for text in texts], np.int64)
    return from_codes(codes, list(table), decimal)


def merged(parts: Iterable[tuple[Array, list[str]]]) -> tuple[Array, list[str]]:
    """Return codes and distinct texts of several blocks together, spaces of any kind around texts stripped."""
    table: dict[str, int] = {}
    codes: list[Array] = []
    for own, texts in parts:
        places = np.full(len(texts) + 1, -1, np.int64)
        for place, text in enumerate(texts):
            plain = text.strip()
            if plain:
                places[place] = table.setdefault(plain, len(table))
        codes.append(places[own])
    return np.concatenate(codes) if codes else np.zeros(0, np.int64), list(table)


def _numeric(blocks: Sequence[Fields], decimal: str) -> Typed | None:
    """Return a column of numbers, None where a cell is none."""
    values: list[Array] = []
    blanks: list[Array] = []
    odd: dict[str, Numeral] = {}
    plain = False
    for block in blocks:
        found = plain_numbers(block, ord(decimal))
        own = found.values
        places = np.flatnonzero(found.odd)
        plain = plain or len(places) + int(found.blank.sum()) < len(found.blank)
        if len(places):
            codes, texts = distinct(block.at(places))
            read = [odd.get(text) or _number(text, decimal) for text in texts]
            if any(one is None for one in read):
                return None
            known = {text: one for text, one in zip(texts, read, strict=True) if one is not None}
            odd |= known
            if own.dtype != np.int64 or not all(_whole(one) for one in known.values()):
                own = own.astype(np.float64)
            own[places] = np.array([one.value for one in known.values()])[codes]
        values.append(own)
        blanks.append(found.blank)
    return _numbers_of(values, blanks, list(odd.values()), plain)


def _whole(one: Numeral) -> bool:
    """Whether a number is whole and exact."""
    return not one.percent and one.value.is_integer() and abs(one.value) < 2**53


def _number(text: str, decimal: str) -> Numeral | None:
    """Return the number of a cell; None for codes such as 007, which would lose their zeros."""
    digits = text.strip().lstrip("+-")
    if len(digits) > 1 and digits[0] == "0" and digits[1].isdigit():
        return None
    found = read_number(text, decimal)
    # A whole number beyond int64 would be rounded without a word.
    return None if found is not None and digits.isdigit() and len(digits) > 18 else found


def _numbers_of(values: list[Array], blanks: list[Array], odd: list[Numeral], plain: bool) -> Typed:
    whole = np.concatenate(values)
    blank = np.concatenate(blanks)
    if blank.all():
        return Typed(Kind.EMPTY, np.full(len(blank), -1, np.int64), ())
    remarks, unit, doubt = _remarks(odd, plain)
    kind = Kind.INTEGER if whole.dtype == np.int64 else Kind.NUMBER
    return Typed(kind, whole, None, blank if blank.any() else None, unit, remarks, doubt)


def _remarks(odd: Sequence[Numeral], plain: bool) -> tuple[tuple[str, ...], str, str]:
    """Return how odd numbers were read, their unit, and what is doubtful about them."""
    remarks: list[str] = []
    doubt = ""
    if any(one.percent for one in odd):
        remarks.append("percent signs read: 12% is 0.12")
        if plain or not all(one.percent for one in odd):
            doubt = "some numbers have a percent sign and some have none"
    currencies = list(dict.fromkeys(one.currency for one in odd if one.currency))
    if len(currencies) > 1:
        doubt = f"its numbers are in {' and '.join(currencies[:3])}"
    if currencies:
        remarks.append(f"currency {currencies[0]} beside the numbers")
    if any(one.grouped for one in odd):
        remarks.append("thousands separators left out")
    unit = SHARE if remarks and not doubt and odd[0].percent else ""
    return tuple(remarks), currencies[0] if len(currencies) == 1 else unit, doubt


def from_codes(codes: Array, texts: Sequence[str], decimal: str = ".") -> Typed:
    """Return the typed cells of a column of texts, given as codes into the distinct ones, -1 where blank."""
    if not texts:
        return Typed(Kind.EMPTY, codes, ())
    if len(texts) <= 6 and all(text.lower() in TRUTHS for text in texts) and any(len(text) > 1 for text in texts):
        return Typed(Kind.TRUTH, codes, tuple(texts))
    signs = {text.lower() for text in texts}
    # A column of nothing but `x` names one thing; only beside blank cells is the letter a tick.
    if len(codes) > 1 and signs <= MARKS and ("x" not in signs or bool((codes < 0).any())):
        return Typed(Kind.INTEGER, (codes >= 0).astype(np.int64), remarks=(f"'{texts[0]}' is 1, a blank cell 0",))
    look = texts[:_LOOK]
    if read_dates(look) is not None and (dates := read_dates(texts)) is not None:
        again: dict[str, int] = {}
        places = np.array([again.setdefault(text, len(again)) for text in dates[0]] + [-1], np.int64)
        remark = (f"dates read {dates[1]}",) if dates[1].endswith("first") else ()
        doubt = dates[1] if not remark else ""
        return Typed(Kind.DATE, places[codes], tuple(again), remarks=remark, doubt=doubt)
    for sign in (decimal, "," if decimal == "." else "."):
        if all(_number(text, sign) for text in look):
            found = [_number(text, sign) for text in texts]
            if all(found):
                remark = () if sign == decimal else (f"{OTHER_SIGN} {sign!r} in this column",)
                return _recoded(codes, [one for one in found if one is not None], remark)
    first = with_known_unit(look[0], decimal)
    units = {first[1]} if first is not None else set[str]()
    if first is not None:
        pairs = [with_known_unit(text, decimal) for text in texts]
        if all(pair is not None and pair[1] in units for pair in pairs):
            unit = first[1]
            numbers = [Numeral(pair[0]) for pair in pairs if pair is not None]
            typed = _recoded(codes, numbers, (f"unit {unit} beside the numbers",))
            return Typed(typed.kind, typed.values, None, typed.blank, unit, typed.remarks)
    # Codes such as 007 and 100 are names, whichever of them could be a number.
    names = all(text.isdigit() and len(text) <= 18 for text in look)
    some = not names and any(_number(text, decimal) is not None for text in look)
    return Typed(Kind.MIXED if some else Kind.TEXT, codes, tuple(texts))


def _recoded(codes: Array, found: list[Numeral], remarks: tuple[str, ...]) -> Typed:
    """Return numbers for codes into their distinct texts."""
    blank = codes < 0
    table = np.array([one.value for one in found] + [0.0])
    if all(map(_whole, found)):
        table = table.astype(np.int64)
    more, unit, doubt = _remarks(found, any(not one.percent for one in found))
    kind = Kind.INTEGER if table.dtype == np.int64 else Kind.NUMBER
    return Typed(kind, table[codes], None, blank if blank.any() else None, unit, remarks + more, doubt)
