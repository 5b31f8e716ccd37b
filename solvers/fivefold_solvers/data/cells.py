"""Cells of a text file as arrays: where each begins, which are numbers, which texts are the same.

Works on blocks of UTF-8 bytes, a column at a time, without a Python object per cell.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Array = NDArray[Any]

LONGEST_NUMBER = 24
_WIDEST = 512
"""Bytes of a cell up to which texts are compared as arrays; longer ones one by one."""
_DIGITS_OF_INT64 = 18
_PAD = bytes(_WIDEST + 8)
_TENS = 10.0 ** np.arange(23)
_SPACE, _HASH, _ZERO, _MINUS, _PLUS = b" #0-+"
_NUMERIC = np.zeros(256, bool)
_NUMERIC[list(b"0123456789+-.eE")] = True


@dataclass(frozen=True, slots=True)
class Fields:
    """The cells of one column in one block."""

    data: Array
    """The bytes of the block, padded so that a window at any cell stays inside."""
    starts: Array
    """Shape (rows,): where each cell begins."""
    lengths: Array
    """Shape (rows,): its bytes, without spaces around it."""

    def some(self, most: int) -> list[str]:
        """Return the first cells that are not blank as texts."""
        places = np.flatnonzero(self.lengths[: 4 * most])[:most]
        return [self.text(int(place)) for place in places]

    def text(self, place: int) -> str:
        """Return one cell."""
        start = int(self.starts[place])
        return self.data[start : start + int(self.lengths[place])].tobytes().decode("utf-8", "replace")

    def at(self, places: Array) -> Fields:
        """Return the cells of some rows."""
        return Fields(self.data, self.starts[places], self.lengths[places])


@dataclass(frozen=True, slots=True)
class Grid:
    """The cells of one block, and what was left out of it."""

    fields: tuple[Fields, ...]
    """One per column."""
    kept: Array
    """Which rows of the block these are, counted from 0."""
    count: int
    """Rows in the block, whatever became of them."""
    comments: Array
    """Rows that were comments."""
    wide_comments: Array
    """Those of them that have as many cells as a row of data."""
    ragged: tuple[tuple[int, int], ...]
    """Row and number of cells of the first rows that have too few or too many."""
    ragged_count: int
    """How many such rows there are."""


def cut(block: bytes, delimiter: int, width: int, *, newline: int = 10, comments: bool = True) -> Grid:
    """Return the cells of a block that ends with a line end; blank rows and comments are left out."""
    data = np.frombuffer(block + _PAD, np.uint8)
    body = data[: len(block)]
    ends = np.flatnonzero((body == delimiter) | (body == newline))
    last = np.flatnonzero(body[ends] == newline)
    counts = np.diff(last, prepend=-1)
    line_ends = ends[last]
    line_starts = np.concatenate((np.zeros(1, np.int64), line_ends[:-1] + 1))
    blank = line_ends - line_starts == counts - 1
    comment = (data[line_starts] == _HASH) & ~blank if comments else np.zeros(len(last), bool)
    whole = counts >= width
    index = (last - counts + 1)[:, None] + np.arange(width)
    keep = whole & ~comment & ~blank
    index = index[keep]
    stops = ends[index]
    starts = np.where(index > 0, ends[index - 1] + 1, 0)
    if (counts > width).any():
        # Cells beyond the last column are no harm where they are empty.
        extra = (line_ends - ends[np.minimum(last - counts + width, last)]) - (counts - width)
        ragged = (~whole | ((counts > width) & (extra > 0))) & ~comment & ~blank
    else:
        ragged = ~whole & ~comment & ~blank
    lengths = _trimmed(data, starts, stops)
    used = (lengths > 0).any(axis=1) if width else np.zeros(0, bool)
    if not used.all():
        starts, lengths, kept = starts[used], lengths[used], np.flatnonzero(keep)[used]
    else:
        kept = np.flatnonzero(keep)
    places = np.flatnonzero(ragged)
    return Grid(
        fields=tuple(
            Fields(data, np.ascontiguousarray(starts[:, place]), np.ascontiguousarray(lengths[:, place]))
            for place in range(width)
        ),
        kept=kept,
        count=len(last),
        comments=np.flatnonzero(comment),
        wide_comments=np.flatnonzero(comment & (counts == width)) if width > 1 else np.zeros(0, np.int64),
        ragged=tuple((int(row), int(counts[row])) for row in places[:5]),
        ragged_count=len(places),
    )


def _trimmed(data: Array, starts: Array, stops: Array) -> Array:
    """Return the lengths of cells without the spaces around them; `starts` is moved in place."""
    while (lead := (data[starts] <= _SPACE) & (starts < stops)).any():
        starts += lead
    stops = stops.copy()
    while (trail := (data[stops - 1] <= _SPACE) & (stops > starts)).any():
        stops -= trail
    return stops - starts


@dataclass(frozen=True, slots=True)
class Numbers:
    """Cells read as plain numbers."""

    values: Array
    """int64 where all are whole, else float64; 0 where `odd` or `blank`."""
    odd: Array
    """Cells that are something else than a plain number."""
    blank: Array
    """Cells with nothing in them."""


def numbers(fields: Fields, decimal: int) -> Numbers:
    """Read every cell that is a plain number: digits, a sign, a decimal sign, an exponent."""
    blank = fields.lengths == 0
    if not len(blank):
        return Numbers(np.zeros(0, np.int64), blank, blank)
    longest = int(fields.lengths.max())
    width = max(1, min(longest, LONGEST_NUMBER))
    letters = np.ascontiguousarray(sliding_window_view(fields.data, width)[fields.starts].T)
    signed = (letters[0] == _MINUS) | (letters[0] == _PLUS)
    mantissa = np.zeros(len(blank), np.int64)
    bad = fields.lengths > width
    points = np.zeros(len(blank), np.uint8)
    digits, scale = points.copy(), points.copy()
    for place in range(width):
        letter = letters[place]
        active = fields.lengths > place
        digit = letter - np.uint8(_ZERO)
        step = active & (digit <= 9)
        point = active & (letter == decimal)
        rest = active & ~step & ~point
        bad |= rest & ~signed if place == 0 else rest
        mantissa = np.where(step, mantissa * 10 + digit, mantissa)
        points += point
        digits += step
        scale += step & (points > 0)
    fine = ~bad & ~blank & (points <= 1) & (digits > 0) & (digits <= _DIGITS_OF_INT64)
    # Codes such as 007 are no numbers: as an integer they would be another name.
    leading = letters[np.minimum(1, width - 1)] if width > 1 else letters[0]
    first = np.where(signed, leading, letters[0])
    fine &= ~((first == _ZERO) & (digits - scale > 1))
    mantissa[letters[0] == _MINUS] *= -1
    mantissa[~fine] = 0
    if not points[fine].any():
        return _with_exponents(fields, mantissa, fine, blank, decimal)
    exact = np.abs(mantissa) < 2**53
    values = mantissa / _TENS[np.minimum(scale, 22)]
    return _with_exponents(fields, values, fine & exact, blank, decimal)


def _with_exponents(fields: Fields, values: Array, fine: Array, blank: Array, decimal: int) -> Numbers:
    """Read the cells with an exponent or more digits than are exact in one division the slow and right way."""
    odd = ~fine & ~blank
    places = np.flatnonzero(odd & (fields.lengths <= LONGEST_NUMBER + 8))
    if not len(places):
        return Numbers(values, odd, blank)
    width = int(fields.lengths[places].max())
    letters = sliding_window_view(fields.data, width)[fields.starts[places]].copy()
    letters[np.arange(width) >= fields.lengths[places][:, None]] = 0
    if decimal != ord("."):
        letters[letters == ord(".")] = ord("x")
        letters[letters == decimal] = ord(".")
    plain = (_NUMERIC[letters] | (letters == 0)).all(axis=1)
    # Longer whole numbers would lose digits without a word, and codes such as 007 their zeros.
    point = ((letters == ord(".")) | (letters == ord("e")) | (letters == ord("E"))).any(axis=1)
    zero = (letters[:, 0] == _ZERO) & (width > 1)
    if width > 1:
        zero &= _digit(letters[:, 1])
    plain &= point & ~zero
    if not plain.any():
        return Numbers(values, odd, blank)
    places, texts = places[plain], letters[plain].view(f"S{width}")[:, 0]
    try:
        found = texts.astype(np.float64)
    except ValueError:
        return Numbers(values, odd, blank)
    values = values.astype(np.float64)
    values[places] = found
    odd[places] = ~np.isfinite(found)
    return Numbers(values, odd, blank)


def _digit(letters: Array) -> Array:
    return (letters >= _ZERO) & (letters < _ZERO + 10)


def distinct(fields: Fields) -> tuple[Array, list[str]]:
    """Return for each cell the place of its text in the list of distinct texts, -1 where it is blank.

    The list is in order of first appearance.
    """
    filled = np.flatnonzero(fields.lengths)
    codes = np.full(len(fields.lengths), -1, np.int64)
    if not len(filled):
        return codes, []
    some = fields if len(filled) == len(codes) else fields.at(filled)
    found = _by_hash(some) if int(some.lengths.max()) <= _WIDEST else None
    if found is None:
        table: dict[str, int] = {}
        codes[filled] = [table.setdefault(some.text(place), len(table)) for place in range(len(filled))]
        return codes, list(table)
    first, inverse = found
    order = np.argsort(first, kind="stable")
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    codes[filled] = rank[inverse]
    starts, stops = some.starts[first[order]], (some.starts + some.lengths)[first[order]]
    raw = some.data.tobytes()
    pairs = zip(cast("list[int]", starts.tolist()), cast("list[int]", stops.tolist()), strict=True)
    return codes, [raw[start:stop].decode("utf-8", "replace") for start, stop in pairs]


def _by_hash(fields: Fields) -> tuple[Array, Array] | None:
    """Return the first place of each distinct text and which of them each cell is; None where hashes collide."""
    windows = sliding_window_view(fields.data, 8)
    masks = np.array([(1 << (8 * size)) - 1 for size in range(9)], np.uint64)
    words: list[Array] = []
    for offset in range(0, int(fields.lengths.max()), 8):
        # Where a cell has ended, the window may lie anywhere inside the data: its mask is 0.
        inside = np.clip(fields.lengths - offset, 0, 8)
        word = np.ascontiguousarray(windows[fields.starts + offset]).view("<u8")[:, 0]
        words.append(word & masks[inside])
    mixed = words[0]
    for word in words[1:]:
        mixed = (mixed ^ (mixed >> np.uint64(29))) * np.uint64(0x9E3779B97F4A7C15) ^ word
    _, first, inverse = np.unique(mixed, return_index=True, return_inverse=True)
    if len(words) > 1 and not all(np.array_equal(word, word[first][inverse]) for word in words):
        return None
    return first, inverse
