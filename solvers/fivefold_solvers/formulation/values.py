"""Untyped written values (`Any`) looked at as typed lists and objects."""

from typing import Any, TypeGuard


def is_object(value: Any) -> TypeGuard[dict[Any, Any]]:
    """Whether a written value is an object."""
    return isinstance(value, dict)


def is_list(value: Any) -> TypeGuard[list[Any] | tuple[Any, ...]]:
    """Whether a written value is a list or a tuple."""
    return isinstance(value, list | tuple)


def is_number(value: Any) -> TypeGuard[int | float]:
    """Whether a written value is a number; truth values are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)
