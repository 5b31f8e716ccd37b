"""What analyses of the best plan find, as JSON-like data: the same on the command line and over HTTP."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal

import numpy as np

from fivefold.editing.typed import edits, entry, typed_constraint
from fivefold.errors import CallerError
from fivefold.plain import plain
from fivefold_solvers.analyze.alternatives import Alternatives
from fivefold_solvers.analyze.instance import Instance
from fivefold_solvers.analyze.interval import Interval
from fivefold_solvers.analyze.prices import Prices
from fivefold_solvers.analyze.ranges import Ranges
from fivefold_solvers.analyze.what_if import Comparison, what_if, why_not
from fivefold_solvers.backends.session import Session
from fivefold_solvers.backends.solved import Solved
from fivefold_solvers.build.arrays import Block

Facts = dict[str, Any]
Kind = Literal["constraint", "variable"]
Place = tuple[Kind, int]
"""A row or a column, by its number."""
MAX_RANGES = 40
"""Ranges that are computed in one question where none are named."""


def solved_facts(solved: Solved) -> Facts:
    """Return what is told of a solve; values are told by name elsewhere."""
    names = ("termination", "solution_status", "backend", "objective", "bound", "wall_s", "message")
    return {name: plain(getattr(solved, name)) for name in names}


def prices_facts(found: Prices) -> Facts:
    """Return what one unit more of each limit is worth."""
    rows = [{**plain(price), "binding": price.binding} for price in (*found.rows, *found.bounds)]
    facts: Facts = {"prices": rows, "integers_held": found.held, "unique": found.unique, "how": found.how}
    return {"solved": solved_facts(found.solved), **facts}


def range_places(base: Instance, names: Sequence[str], solved: Solved) -> list[Place]:
    """Return rows and columns by name; without names the rows that bind and the columns with a cost.

    Raises:
        CallerError: there is no such constraint, variable or entry.
    """
    arrays = base.arrays
    own = dict.fromkeys(constraint.name for constraint in base.formulation.constraints)
    if not names:
        values = solved.row_values if solved.row_values is not None else np.zeros(arrays.row_count)
        room = np.minimum(np.abs(values - arrays.row_lower), np.abs(arrays.row_upper - values))
        rows: list[int] = np.flatnonzero(room <= 1e-6).tolist()
        columns: list[int] = np.flatnonzero(arrays.cost).tolist()
        return [
            *(("constraint", row) for row in rows if arrays.row_block(row).name in own),
            *(("variable", column) for column in columns if arrays.column_block(column).name in base.own),
        ]
    found: list[Place] = []
    for text in names:
        name, key = entry(base.formulation, text, f"'{text}'")
        blocks: list[tuple[Kind, Block]] = [
            *(("constraint", block) for block in arrays.constraints if block.name == name and name in own),
            *(("variable", block) for block in arrays.variables if block.name == name and name in base.own),
        ]
        if not blocks:
            parameter = any(block.name == name for block in base.formulation.parameters)
            hint = "; of a parameter ask `goal-seek`" if parameter else ""
            there = ", ".join([*own, *base.own])
            raise CallerError(f"there is no constraint or variable '{name}'; there are {there}{hint}")
        for kind, block in blocks:
            place = None if key is None else block.keys.find(key)
            if key is not None and place is None:
                raise CallerError(f"there is no entry {text.strip()}; there is {block.entry_name(0)}, for one")
            chosen = range(block.start, block.end) if place is None else (block.start + place,)
            found.extend((kind, one) for one in chosen)
    return found


def ranged(
    base: Instance, solved: Solved, places: Iterable[Place], session: Session, limit_s: float
) -> tuple[list[tuple[Kind, str, Interval]], list[str]]:
    """Return the ranges of rows and columns with kind and name, and the names of those of which none can be claimed."""
    found: list[tuple[Kind, str, Interval]] = []
    silent: list[str] = []
    with Ranges(base, solved, session, limit_s=limit_s) as ranges:
        for kind, place in places:
            row = kind == "constraint"
            one = ranges.row(place) if row else ranges.cost(place)
            name = base.arrays.row_name(place) if row else base.arrays.column_name(place)
            if one is None:
                silent.append(name)
            else:
                found.append((kind, name, one))
    return found, silent


def decided(base: Instance, decisions: Sequence[str], limit_s: float) -> Comparison:
    """Return what it costs to take other decisions, as people type them, or what stands against them.

    Raises:
        CallerError: one of them cannot be read.
    """
    if len(decisions) == 1:
        wanted = typed_constraint(base.formulation, "decision", decisions[0], f"'{decisions[0]}'")
        if not wanted.forall:
            return why_not(base, wanted.expression, limit_s=limit_s)
    return what_if(base, edits(base.formulation, [("--force", text) for text in decisions]), limit_s=limit_s)


def compared_facts(found: Comparison) -> Facts:
    """Return what came of a change; with `solution` where there is one."""
    facts = {
        "asked": found.asked, "before": solved_facts(found.before), "after": solved_facts(found.after),
        "difference": found.difference, "better": found.better, "changes": plain(found.values),
        "nearest": found.nearest, "conflict": plain(found.conflict), "how": found.how,
    }  # fmt: skip
    if found.after.values is not None:
        facts["solution"] = plain(found.changed.solution(found.after.values))
    return facts


def alternatives_facts(base: Instance, found: Alternatives) -> Facts:
    """Return other solutions, and what is known of their number."""
    alternatives = [
        {
            "objective": one.objective,
            "proven": one.proven,
            "changes": plain(one.changes),
            "values": plain(base.solution(one.values[: base.arrays.column_count])),
        }
        for one in found.found
    ]
    return {"alternatives": alternatives, "complete": found.complete, "unique": found.unique, "how": found.how}
