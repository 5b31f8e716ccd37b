"""Names for rows that the LLM only described: `hours_available` says more than `constraint_1`."""

from __future__ import annotations

import keyword
import re
import unicodedata
from typing import cast

from fivefold.state import Json
from fivefold_solvers.formulation.expression import FUNCTIONS

MAX_WORDS = 4
MAX_NAME = 32
_EMPTY_WORDS = {
    "a", "all", "an", "and", "any", "are", "at", "be", "by", "can", "cannot", "each", "every", "for", "from", "has",
    "have", "in", "is", "it", "its", "must", "no", "not", "of", "on", "or", "should", "so", "such", "than", "that",
    "the", "their", "there", "this", "to", "was", "were", "which", "will", "with",
}  # fmt: skip


def named_rows(rows: list[object], taken: set[str]) -> list[object]:
    """Return the rows, each described one without a name under a name of its own.

    Args:
        rows: constraints as the LLM wrote them; what is no object, or has no description, stays as it is.
        taken: names that are used elsewhere.
    """
    used = {name.lower() for name in taken}
    found: list[object] = []
    for row in rows:
        fields = _fields(row)
        meaning = fields.get("meaning") or fields.get("description")
        name = "" if fields.get("name") or not isinstance(meaning, str) else name_of(meaning)
        if not name:
            found.append(row)
            continue
        unique = free_name(name, used)
        used.add(unique)
        found.append({**fields, "name": unique})
    return found


def free_name(name: str, used: set[str]) -> str:
    """Return the name, or the first of `name_2`, `name_3`, ... that nothing has; `used` holds small letters."""
    number, unique = 1, name
    while unique in used:
        number += 1
        unique = f"{name}_{number}"
    return unique


def _fields(row: object) -> Json:
    return {str(key): value for key, value in cast(dict[object, object], row).items()} if isinstance(row, dict) else {}


def names_in(formulation: Json) -> set[str]:
    """Return the names that a formulation in JSON gives to its elements."""
    found: set[str] = set()
    for part in ("sets", "parameters", "variables", "constraints"):
        blocks = formulation.get(part)
        for block in cast(list[object], blocks) if isinstance(blocks, list) else []:
            name = _fields(block).get("name")
            found |= {str(name)} if name else set()
    return found


def name_of(meaning: str) -> str:
    """Return a short identifier made of the telling words of a description; empty where it has none in Latin."""
    plain = unicodedata.normalize("NFKD", meaning).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", plain.lower())
    telling = [word for word in words if word not in _EMPTY_WORDS] or words
    name = ""
    for word in telling[:MAX_WORDS]:
        longer = f"{name}_{word}" if name else word[:MAX_NAME]
        if len(longer) > MAX_NAME:
            break
        name = longer
    if name[:1].isdigit():
        name = f"row_{name}"
    return f"{name}_row" if keyword.iskeyword(name) or name in FUNCTIONS else name
