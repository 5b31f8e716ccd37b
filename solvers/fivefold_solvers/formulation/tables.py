"""Written parameter values to a table: every entry there, none foreign, every length exact, every value a number."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fivefold_solvers.formulation.identity import Key, spell, split_key
from fivefold_solvers.formulation.scope import EvaluationError, Members


def read_table(raw: Any, keys: list[Key], axes: list[Members], default: float | None) -> dict[Key, float]:
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
    if keys == [()] and not axes:
        return {(): _scalar(raw)}
    if not isinstance(raw, dict | list | tuple):
        if raw is None and default is not None:
            return {}
        what = "it has no values" if raw is None else f"it has the one value {raw!r} for {len(keys)} entries"
        raise EvaluationError(what, "give a table, or a `default` for all entries")
    found = dict(_from_lists(raw, axes, ()) if isinstance(raw, list | tuple) else _from_object(raw, keys))
    return _complete(found, keys, default)


def _scalar(raw: Any) -> float:
    if isinstance(raw, dict | list | tuple):
        raise EvaluationError("it has a table but no index", 'give it an index, e.g. ["i in I"]')
    if raw is None:
        raise EvaluationError("it has no value", "give a number")
    return _number(raw, "")


def _number(raw: Any, where: str) -> float:
    if isinstance(raw, int | float):
        return int(raw) if isinstance(raw, bool) else raw
    what = "a text value" if isinstance(raw, str) else "no number"
    raise EvaluationError(f"it has {what}{where}: {raw!r}", "write a plain number")


def _from_lists(raw: Any, axes: list[Members], key: Key) -> Iterator[tuple[Key, float]]:
    """Yield the entries of nested lists; one level of lists per axis."""
    if not axes:
        place = f" at {spell(key if len(key) > 1 else key[0])}" if key else ""
        if isinstance(raw, list | tuple | dict):
            raise EvaluationError(f"its table is nested too deep{place}", "one level of lists per index")
        if raw is not None:
            yield key, _number(raw, place)
        return
    axis = axes[0]
    if not isinstance(raw, list | tuple):
        raise EvaluationError(f"it has {raw!r} where a list over {axis} is due", "one level of lists per index")
    if len(raw) != len(axis.order):
        name = axis.name or "the index set"
        raise EvaluationError(
            f"a list of {len(raw)} values meets {name} with {len(axis.order)} elements",
            "give exactly one value per element, in the order of the set",
        )
    for value, inner in zip(axis.order, raw, strict=True):
        part = value if isinstance(value, tuple) else (value,)
        yield from _from_lists(inner, axes[1:], key + part)


def _from_object(raw: dict[str, Any], keys: list[Key]) -> Iterator[tuple[Key, float]]:
    """Yield the entries of an object keyed by `"a,b"`, or nested key by key."""
    known = set(keys)
    arity = len(keys[0]) if keys else 1
    for key, value in _flat(raw, arity, ()):
        if key not in known:
            shown = ", ".join(spell(other if len(other) > 1 else other[0]) for other in keys[:5])
            raise EvaluationError(
                f"entry {spell(key if len(key) > 1 else key[0])} is outside its index set "
                f"(which has {shown}{', ...' if len(keys) > 5 else ''})",
                "leave it out, or add the element to the set",
            )
        if value is not None:
            yield key, _number(value, f" at {spell(key if len(key) > 1 else key[0])}")


def _flat(raw: Any, arity: int, key: Key) -> Iterator[tuple[Key, Any]]:
    left = arity - len(key)
    if left == 0:
        yield key, raw
        return
    if not isinstance(raw, dict):
        raise EvaluationError(
            f"`{raw!r}` stands where an object keyed by {left} more indices is due", "nest one object per index"
        )
    for text, inner in raw.items():
        for parts in range(left, 0, -1):
            part = split_key(str(text), parts)
            if part is not None and (parts == left or isinstance(inner, dict)):
                yield from _flat(inner, arity, key + part)
                break
        else:
            raise EvaluationError(f"key '{text}' does not fit {left} indices", 'write "a,b"')


def _complete(found: dict[Key, float], keys: list[Key], default: float | None) -> dict[Key, float]:
    missing = [key for key in keys if key not in found]
    if missing and default is None:
        shown = ", ".join(spell(key if len(key) > 1 else key[0]) for key in missing[:5])
        more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
        raise EvaluationError(f"it has no value for {shown}{more}", "add them, or give a `default`")
    return {key: found[key] for key in keys if key in found}
