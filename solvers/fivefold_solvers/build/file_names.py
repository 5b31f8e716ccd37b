"""Names of columns and rows that every reader of LP and MPS files takes: plain letters and digits, all distinct."""

from __future__ import annotations

import re

from fivefold_solvers.build.arrays import Block
from fivefold_solvers.formulation.identity import Atom

_ODD = re.compile(r"[^A-Za-z0-9_]+")
_LONGEST = 200
_WORDS = frozenset(
    ("free", "inf", "infinity", "st", "min", "max", "minimize", "maximize", "minimum", "maximum", "bound", "bounds",
     "end", "gen", "general", "generals", "int", "integer", "integers", "bin", "binary", "binaries", "semi", "semis",
     "sos", "sos1", "sos2")
)  # fmt: skip
"""Words that LP files use themselves."""
_EXPONENT = re.compile(r"[eE][0-9]*(_|\Z)")
"""Readers of LP files may take `e1` for a number."""


def file_names(
    blocks: tuple[Block, ...], prefix: str, *, readable: bool = True, taken: tuple[str, ...] = ()
) -> list[str]:
    """Return one name per column or row.

    Args:
        blocks: all variables or all constraints.
        prefix: what names start with that could not start otherwise, and the whole name but a number if not readable.
        readable: whether names hold the element's name and the index, as in `x_a_2`.
        taken: names that none may have.
    """
    if not readable:
        return [f"{prefix}{place}" for place in range(sum(block.size for block in blocks))]
    found: list[str] = list(taken)
    spelled: dict[Atom, str] = {}
    for block in blocks:
        head = _plain(block.name, prefix) + (f"_part{block.part}" if block.part else "")
        for key in block.decoded():
            parts = [head]
            for atom in key:
                text = spelled.get(atom)
                if text is None:
                    text = spelled[atom] = _spelled(atom)
                parts.append(text)
            found.append("_".join(parts)[:_LONGEST])
    return _distinct(found)[len(taken) :]


def _plain(text: str, prefix: str) -> str:
    plain = _ODD.sub("_", text)
    odd = not plain[:1].isalpha() or _EXPONENT.match(plain) or plain.lower() in _WORDS
    return f"{prefix}_{plain}" if odd else plain


def _spelled(atom: Atom) -> str:
    # A minus sign must not vanish: x[-1] and x[1] are two entries.
    text = atom if isinstance(atom, str) else str(atom).replace("-", "m").replace(".", "p")
    return _ODD.sub("_", text)


def _distinct(names: list[str]) -> list[str]:
    """Return the names, those that come again with a number behind them."""
    if len(set(names)) == len(names):
        return names
    taken = set(names)
    seen: set[str] = set()
    for place, name in enumerate(names):
        if name in seen:
            number = 2
            while f"{name}__{number}" in taken:
                number += 1
            names[place] = f"{name}__{number}"
            taken.add(names[place])
        seen.add(name)
    return names
