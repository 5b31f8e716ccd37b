"""Tables that a reply of an LLM gives as lists of entries, as objects keyed by element.

A closed schema cannot name the elements of a set as keys, so that a table may come entry by entry.
"""

from typing import Any

from fivefold_solvers.formulation.values import is_list, is_object


def with_tables(reply: Any) -> Any:
    """Return a reply with the entry lists of its parameters and sets as objects keyed by element.

    Anything else is left as it is, so that any JSON value may be given.
    """
    if not is_object(reply):
        return reply
    changed = dict(reply)
    for heading, slot, word in (("parameters", "values", "value"), ("sets", "elements", "members")):
        if is_list(reply.get(heading)):
            changed[heading] = [
                {**element, slot: _keyed(element[slot], word)} if is_object(element) and slot in element else element
                for element in reply[heading]
            ]
    return changed


def _keyed(entries: Any, word: str) -> Any:
    """Return `[{"key": ["a", 1], "value": 5}]` as `{"a": {"1": 5}}`; a key that comes twice is left to be refused."""
    if not is_list(entries) or not entries:
        return entries
    table: dict[str, Any] = {}
    for entry in entries:
        if not is_object(entry) or entry.keys() != {"key", word}:
            return entries
        key: Any = entry["key"]
        parts = [str(part) for part in key] if is_list(key) else [str(key)]
        place: Any = table
        for part in parts[:-1]:
            place = place.setdefault(part, {}) if is_object(place) else None
        if not parts or not is_object(place) or parts[-1] in place:
            return entries
        place[parts[-1]] = entry[word]
    return table
