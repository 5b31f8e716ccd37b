"""Index ranges as people write them: `t in T: t > 1`, `t in T where t > 1`, `i in I, j in J, i != j`, `t in 1..12`.

What is read over is told; whatever is no range and no condition is left for `parse_ranges` to refuse.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from fivefold_solvers.formulation.slips import Token, joined, starts_range, tokens

_SUCH_THAT = re.compile(r",?\s*(?:\bsuch that\b|\bs\.t\.|\bwhere\b|\bwhenever\b|\bprovided that\b)")
_DOTS = re.compile(r"(?<![\w.])\{?\s*([A-Za-z_]\w*|\d+)\s*(?:\.\.\.?|…)\s*([A-Za-z_]\w*|\d+)\s*\}?(?![\w.])")
_QUOTES = re.compile(r"['\"]")
_RELATIONS = frozenset({"=", "==", "!=", "<>", "<", "<=", "=<", ">", ">=", "=>", "in", "not"})


def plain_ranges(texts: Sequence[str]) -> tuple[list[str], str]:
    """Return index ranges in the language's own spelling, and how they were written where that was otherwise."""
    ranges: list[str] = []
    for text in texts:
        parts = list(_parts(_spelled(text)))
        conditions = [_condition(part) for part in parts]
        if not any(conditions):
            ranges.append(_spelled(text))
        elif (conditions[0] and not ranges) or not all(map(_is_read, parts, conditions)):
            ranges.append(text)
        else:
            for part, condition in zip(parts, conditions, strict=True):
                if condition:
                    ranges[-1] += f" if {condition}"
                else:
                    ranges.append(joined(part))
    written = list(texts)
    return ranges, "" if ranges == written else f"`{', '.join(written)}` was read as `{', '.join(ranges)}`"


def dotted(text: str) -> str:
    """Return `1..12` as `range(1, 13)` and `1..N` as `range(1, N + 1)`; all else as it is."""
    if _QUOTES.search(text):
        return text
    return _DOTS.sub(lambda match: f"range({match[1]}, {_behind_last(match[2])})", text)


def _behind_last(last: str) -> str:
    return str(int(last) + 1) if last.isdigit() else f"{last} + 1"


def _spelled(text: str) -> str:
    return text if _QUOTES.search(text) else _SUCH_THAT.sub(" : ", dotted(text))


def _parts(text: str) -> Iterator[list[Token]]:
    """Yield what stands between the colons, commas and bars of a text, brackets kept whole."""
    part: list[Token] = []
    depth = 0
    pieces = tokens(text)
    for place, token in enumerate(pieces):
        depth += (token.text in "([{") - (token.text in ")]}") if token.kind == "operator" else 0
        bar = token.text == "|" and any(later.text in _RELATIONS for later in pieces[place + 1 :])
        if depth == 0 and (token.text in {":", ","} or bar):
            yield part
            part = []
        else:
            part.append(token)
    yield part


def _condition(part: list[Token]) -> str:
    """Return the condition that a part writes, empty where it is an index range or nothing to be read."""
    own = part[1:] if part and part[0].text in {"if", "and"} else part
    if not own or (own is part and starts_range(part, 0)):
        return ""
    return joined(own) if any(token.text in _RELATIONS for token in own) else ""


def _is_read(part: list[Token], condition: str) -> bool:
    """Return whether a part is a condition or a range with its index."""
    return bool(condition) or starts_range(part, 0)
