"""When two numbers agree, in the ways that the field compares them; all finite, none raises."""

from __future__ import annotations


def relative(value: float, key: float, tolerance: float) -> bool:
    """Relative to the key, absolute below 1."""
    return abs(value - key) <= tolerance * max(1.0, abs(key))


def relative_to_key_and_one(value: float, key: float, tolerance: float) -> bool:
    """Relative to the key's size plus one, the bound included."""
    return abs(value - key) / (abs(key) + 1) <= tolerance


def below_relative_to_key_and_one(value: float, key: float, tolerance: float) -> bool:
    """Relative to the key's size plus one, the bound left out."""
    return abs(value - key) / (abs(key) + 1) < tolerance


def rounded_relative(value: float, key: float, tolerance: float) -> bool:
    """Relative after both are rounded to whole numbers: below 20 and 5 % this means equal after rounding."""
    whole_value, whole_key = round(value), round(key)
    if whole_key == 0:
        return abs(whole_value) <= tolerance
    return abs((whole_value - whole_key) / whole_key) <= tolerance


def absolute(value: float, key: float, tolerance: float) -> bool:
    """Absolute, the bound left out."""
    return abs(value - key) < tolerance


def decimals_or_relative(value: float, key: float, tolerance: float) -> bool:
    """To the decimals that the key is written with, at least two, or relative; a difference of 1 where it is 0."""
    _, _, behind = repr(key).partition(".")
    places = max(2, len(behind)) if "e" not in behind else 2
    difference = abs(value - key)
    if difference < 10.0**-places:
        return True
    return difference <= 1 if key == 0 else abs(difference / key) <= tolerance


def equal(value: float, key: float, tolerance: float) -> bool:
    """The same number; the tolerance is there to be widened."""
    return abs(value - key) <= tolerance
