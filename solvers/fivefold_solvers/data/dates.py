"""Dates as people and programs write them; text in ISO order where day and month cannot be mixed up."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(Z|[+-]\d{2}:?\d{2})?)?")
_PARTS = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})")


def read_dates(texts: Sequence[str]) -> tuple[list[str], str] | None:
    """Return all texts as ISO dates and a remark about them; None where one of them is no date.

    Dates such as 03/04/2026 are put in order only where some date of the column has a day above 12;
    else they stay as written and the remark says so. `3.4.2026` is day first.
    """
    if not texts:
        return None
    if all(_ISO.fullmatch(text) for text in texts):
        return list(texts), ""
    found = [_PARTS.fullmatch(text) for text in texts]
    parts = [(int(one[1]), int(one[3]), int(one[4]), one[2]) for one in found if one]
    if len(parts) < len(texts):
        return None
    dotted = all(sign == "." for *_, sign in parts)
    day_first = dotted or any(first > 12 for first, *_ in parts)
    month_first = any(second > 12 for _, second, *_ in parts)
    if day_first == month_first:
        return (list(texts), "day and month cannot be told apart") if not day_first else None
    try:
        ordered = [(year, second, first) if day_first else (year, first, second) for first, second, year, _ in parts]
        return [date(*one).isoformat() for one in ordered], "day first" if day_first else "month first"
    except ValueError:
        return None
