"""Re-creation of what two published scorers do to a program that misses the key: other programs, until one meets it.

This is how published numbers came about; it is not scoring. Our own numbers never use it. The altered programs are
run like any other and their objectives kept in `Prediction.altered`. Beside gurobipy, which the originals know, the
words of Pyomo are exchanged, so that the effect can be measured on the programs that are run here.
"""

from __future__ import annotations

import re
from collections.abc import Callable

FLIP = "flip"

_TO_INTEGER = {"GRB.CONTINUOUS": "GRB.INTEGER", "NonNegativeReals": "NonNegativeIntegers", "pyo.Reals": "pyo.Integers"}
_TO_CONTINUOUS = {whole: real for real, whole in _TO_INTEGER.items()}
_CLOSED = {" > ": " >= ", " < ": " <= "}
_TO_MAXIMUM = {"GRB.MINIMIZE": "GRB.MAXIMIZE", "pyo.minimize": "pyo.maximize"}
_TO_MINIMUM = {largest: least for least, largest in _TO_MAXIMUM.items()}
_VARIABLE = re.compile(r"(\.addVars?\()((?:[^()]|\([^()]*\))*)\)")


def _exchange(words: dict[str, str]) -> Callable[[str], str]:
    def altered(program: str) -> str:
        for old, new in words.items():
            program = program.replace(old, new)
        return program

    return altered


def _flip(program: str) -> str:
    """Exchange integer and continuous; variables of gurobipy without a type become integer."""
    if any(word in program for word in _TO_CONTINUOUS):
        return _exchange(_TO_CONTINUOUS)(program)
    changed = _exchange(_TO_INTEGER)(program)
    if changed != program or "vtype" in program:
        return changed
    return _VARIABLE.sub(lambda call: f"{call[1]}{_with_type(call[2])})", program)


def _with_type(arguments: str) -> str:
    given = arguments.rstrip().rstrip(",")
    return f"{given}, vtype=GRB.INTEGER" if given else "vtype=GRB.INTEGER"


_ALTERATIONS: dict[str, Callable[[str], str]] = {
    "to-integer": _exchange(_TO_INTEGER),
    "to-continuous": _exchange(_TO_CONTINUOUS),
    "closed-inequalities": _exchange(_CLOSED),
    "to-maximum": _exchange(_TO_MAXIMUM),
    "to-minimum": _exchange(_TO_MINIMUM),
    FLIP: _flip,
}
OPTMATH_ALTERATIONS = tuple(name for name in _ALTERATIONS if name != FLIP)


def altered_programs(program: str) -> dict[str, str]:
    """Return the altered programs by name, without those that an alteration leaves as they are."""
    altered = {name: alter(program) for name, alter in _ALTERATIONS.items()}
    return {name: text for name, text in altered.items() if text != program}
