"""When two set elements are the same, decided once: `"1"`, `1`, `1.0` and `"1.0"` are the integer 1, `"01"` is text."""

import re
from typing import cast

Atom = int | float | str
Key = tuple[Atom, ...]
"""The place of an entry: one atom per index; `()` for a scalar."""
Member = Atom | Key
"""An element of a set: an atom, or a tuple of atoms."""

_INTEGER = re.compile(r"[+-]?(?:0|[1-9][0-9]{0,299})\Z")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]{0,15})\.[0-9]{1,16}\Z")
INTEGER_BITS = 1000
"""Whole numbers with more bits are refused everywhere: they have no place in a float and cost unlimited time."""


class ElementError(ValueError):
    """The value cannot be a set element."""


def atom(raw: object) -> Atom:
    """Return the element that a raw value stands for.

    Raises:
        ElementError: the value is a truth value, null, a container, or not finite.
    """
    if isinstance(raw, bool) or raw is None:
        raise ElementError(f"`{raw}` cannot be a set element; use a name or a number")
    if isinstance(raw, int):
        if raw.bit_length() > INTEGER_BITS:
            raise ElementError("a set element must not be so large a number")
        return raw
    if isinstance(raw, float):
        if raw != raw or raw in (float("inf"), float("-inf")):
            raise ElementError("a set element must be finite")
        return int(raw) if raw.is_integer() else raw
    if isinstance(raw, str):
        text = raw.strip()
        if _INTEGER.match(text):
            return int(text)
        # JSON keys are always text, so a number that is an element must be found by its spelling.
        if _DECIMAL.match(text) and repr(float(text)) == text:
            return atom(float(text))
        return text
    raise ElementError(f"`{raw}` cannot be a set element; use a name or a number")


def member(raw: object) -> Member:
    """Return the set member that a raw value stands for: an atom, or a tuple of atoms for a list.

    Raises:
        ElementError: an atom cannot be one, or the list is empty.
    """
    if isinstance(raw, list | tuple):
        if not raw:
            raise ElementError("an empty list cannot be a set element; leave it out")
        parts = tuple(atom(part) for part in cast("list[object]", raw))
        return parts[0] if len(parts) == 1 else parts
    return atom(raw)


def as_key(value: Member) -> Key:
    """Return a member as a tuple."""
    return value if isinstance(value, tuple) else (value,)


def split_key(text: str, arity: int) -> Key | None:
    """Return the key that a JSON object's key writes, e.g. `"a,b"` or `"('a', 1)"`, or None at another length."""
    if arity == 1:
        return (atom(text.strip().strip("'\"")),)
    plain = text.strip().removeprefix("(").removesuffix(")").removeprefix("[").removesuffix("]")
    parts = [part.strip().strip("'\"") for part in plain.split(",")]
    return tuple(atom(part) for part in parts) if len(parts) == arity else None


def spell(value: Member) -> str:
    """Return a member as it is written in an expression."""
    if isinstance(value, tuple):
        return f"({', '.join(spell(part) for part in value)})"
    return repr(value)


def spell_place(key: Key) -> str:
    """Return an index as people write it, a tuple of one without brackets."""
    return spell(key) if len(key) != 1 else spell(next(iter(key)))


def spell_key(name: str, key: Key) -> str:
    """Return `name[key]`, or `name` for a scalar."""
    return f"{name}[{', '.join(spell(part) for part in key)}]" if key else name
