"""Written parameter values to a table: every entry there, none foreign, every length exact, every value a number."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, product
from typing import TypeGuard

from fivefold_solvers.formulation.identity import INTEGER_BITS, Key, as_key, spell_place, split_key
from fivefold_solvers.formulation.scope import EvaluationError, Members


def read_table(raw: object, keys: list[Key], axes: list[Members], default: float | None) -> dict[Key, float]:
    """Return the number at every key.

    Args:
        raw: a number; nested lists in set order (only where `axes` is given); nested objects keyed by element,
            or one object keyed by `"a,b"`.
        keys: the entries that the parameter has, in order.
        axes: the sets of the indices where these form a full grid, else empty.
        default: the value of the entries that the table leaves out; these are not in the result.

    Raises:
        EvaluationError: says which entry is missing, foreign or not a number, or which length is wrong.
    """
    if raw is None and default is not None:
        return {}
    if keys == [()] and not axes:
        return {(): _scalar(raw)}
    if not _is_table(raw):
        what = "it has no values" if raw is None else f"it has the one value {_short(raw)} for {len(keys)} entries"
        raise EvaluationError(what, "give a table, or a `default` for all entries")
    if not _is_object(raw) and not axes:
        what = "its values are a list, but its index ranges are no full grid of sets"
        raise EvaluationError(what, 'write an object keyed by element, {"a,b": 1}')
    return _complete(_entries(raw, keys, axes), keys, default)


def _entries(raw: object, keys: list[Key], axes: list[Members]) -> dict[Key, float]:
    known = set(keys)
    arity = len(keys[0]) if keys else max(len(axes), 1)
    found: dict[Key, float] = {}
    for key, value in _flat(raw, arity, axes, ()):
        if key not in known:
            shown = ", ".join(spell_place(other) for other in keys[:5])
            raise EvaluationError(
                f"entry {spell_place(key)} is outside its index set "
                f"(which has {shown or 'no element'}{', ...' if len(keys) > 5 else ''})",
                "leave it out, or add the element to the set",
            )
        if value is None:
            continue
        if key in found:
            raise EvaluationError(f"entry {spell_place(key)} is there twice", "give each entry once")
        found[key] = _number(value, f" at {spell_place(key)}")
    return found


_HOLES = frozenset({"", "-", "--", "—", "x", "na", "n/a", "nan", "none", "null", "inf", "infinity", "+inf", "∞"})
"""Words in a cell of a table that holds no number."""


def written_entries(raw: object, axes: list[Members]) -> dict[Key, float] | None:
    """Return the numbers of a table with holes, by key; None where it has no hole, or no number.

    Args:
        raw: nested lists in set order, or objects keyed by element.
        axes: the set of each index, of single elements.

    Raises:
        EvaluationError: it is no such table.
    """
    keys: list[Key] = list(product(*(axis.order for axis in axes)))  # type: ignore[arg-type]  # single elements
    known, found = set(keys), dict[Key, float]()
    for key, value in _flat(raw, len(axes), axes, ()):
        hole = value is None or (isinstance(value, str) and value.strip().lower() in _HOLES)
        if hole or (isinstance(value, float) and not math.isfinite(value)):
            continue
        if key not in known or key in found:
            return None
        found[key] = _number(value, f" at {spell_place(key)}")
    return {key: found[key] for key in keys if key in found} if 0 < len(found) < len(keys) else None


def _is_object(raw: object) -> TypeGuard[dict[object, object]]:
    return isinstance(raw, dict)


def _is_list(raw: object) -> TypeGuard[list[object] | tuple[object, ...]]:
    return isinstance(raw, list | tuple)


def _is_table(raw: object) -> bool:
    return _is_object(raw) or _is_list(raw)


def _short(raw: object) -> str:
    text = repr(raw)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _scalar(raw: object) -> float:
    if _is_table(raw):
        raise EvaluationError("it has a table but no index", 'give it an index, e.g. ["i in I"]')
    if raw is None:
        raise EvaluationError("it has no value", "give a number")
    return _number(raw, "")


def _number(raw: object, where: str) -> float:
    if _is_table(raw):
        raise EvaluationError(f"its table is nested too deep{where}", "one level of lists or objects per index")
    if isinstance(raw, int) and raw.bit_length() > INTEGER_BITS:
        raise EvaluationError(f"its value{where} is too large for a number", "leave unlimited bounds out")
    if isinstance(raw, int | float):
        return int(raw) if isinstance(raw, bool) else raw
    what = "a text value" if isinstance(raw, str) else "no number"
    raise EvaluationError(f"it has {what}{where}: {_short(raw)}", "write a plain number")


def _flat(raw: object, arity: int, axes: list[Members], key: Key) -> Iterator[tuple[Key, object]]:
    """Yield every entry of nested lists and objects; `axes` are the sets of the indices that are left."""
    left = arity - len(key)
    if left <= 0:
        yield key, raw
    elif _is_object(raw):
        yield from _from_object(raw, arity, axes, key)
    elif _is_list(raw) and axes:
        yield from _from_list(raw, arity, axes, key)
    else:
        due = f"a list over {axes[0]}" if axes else f"an object keyed by {left} more indices"
        place = f" at {spell_place(key)}" if key else ""
        raise EvaluationError(f"it has {_short(raw)}{place} where {due} is due", "one level of lists per index")


def _from_list(raw: Sequence[object], arity: int, axes: list[Members], key: Key) -> Iterator[tuple[Key, object]]:
    axis = axes[0]
    if len(raw) != len(axis.order):
        name = axis.name or "the index set"
        place = f" at {spell_place(key)}" if key else ""
        raise EvaluationError(
            f"a list of {len(raw)} values{place} meets {name} with {len(axis.order)} elements",
            "give exactly one value per element, in the order of the set",
        )
    for value, inner in zip(axis.order, raw, strict=True):
        yield from _flat(inner, arity, axes[1:], key + as_key(value))


def _from_object(
    raw: Mapping[object, object], arity: int, axes: list[Members], key: Key
) -> Iterator[tuple[Key, object]]:
    left = arity - len(key)
    for text, inner in raw.items():
        # Objects below this one say how many indices the key stands for, so that an element may hold a comma.
        levels = _depth(inner, left)
        width = left - levels
        if levels and axes and not _is_object(inner):
            width = sum(map(_width, axes[: len(axes) - levels]))
        part = split_key(str(text), width) if width > 0 else None
        if part is None:
            raise EvaluationError(f"key '{text}' does not fit {left} indices", 'write "a,b"')
        yield from _flat(inner, arity, _axes_behind(axes, width), key + part)


def _axes_behind(axes: list[Members], width: int) -> list[Members]:
    """Return the sets of the indices behind so many atoms of a key; none where a tuple would be cut."""
    for place, axis in enumerate(axes):
        if width == 0:
            return axes[place:]
        width -= _width(axis)
    return []


def _width(axis: Members) -> int:
    return len(as_key(axis.order[0])) if axis.order else 1


def _depth(raw: object, most: int) -> int:
    """Return how many levels of objects and lists a value has, looking at the first entry of each."""
    depth = 0
    while depth < most and _is_table(raw):
        depth += 1
        raw = next(iter(raw.values() if _is_object(raw) else raw if _is_list(raw) else ()), None)
    return depth


def _complete(found: dict[Key, float], keys: list[Key], default: float | None) -> dict[Key, float]:
    missing = [key for key in keys if key not in found]
    if missing and default is None:
        shown = ", ".join(spell_place(key) for key in islice(missing, 5))
        more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
        raise EvaluationError(f"it has no value for {shown}{more}", "add them, or give a `default`")
    return {key: found[key] for key in keys if key in found}
