"""What a formulation itself says about its indices: members of sets it lists or computes, entries under conditions."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

import numpy as np

from fivefold_solvers.data.columns import Labels, ParameterColumn, SetColumn
from fivefold_solvers.data.inline import values_of
from fivefold_solvers.data.keys import labels
from fivefold_solvers.data.needs import Needs
from fivefold_solvers.formulation.elements import Formulation, Parameter, Set
from fivefold_solvers.formulation.ground import Grounded, ground
from fivefold_solvers.formulation.identity import Atom, Key, Member, as_key
from fivefold_solvers.formulation.names import check_names

DOMAIN_LIMIT = 200_000
"""Combinations of members up to which conditions of index ranges are evaluated."""


def set_column(name: str, members: Collection[Member]) -> SetColumn:
    """Return a set from its members as Python objects."""
    rows = [as_key(one) for one in members]
    parts: list[Labels] = []
    for place in range(len(rows[0]) if rows else 1):
        table: dict[Atom, int] = {}
        codes = np.array([table.setdefault(row[place], len(table)) for row in rows], np.int64)
        parts.append(labels(list(table), codes))
    return SetColumn(name, tuple(parts), len(rows))


def given_sets(formulation: Formulation, bound: Mapping[str, SetColumn]) -> dict[str, SetColumn]:
    """Return the sets that the formulation lists or computes, as far as they do not depend on what is missing."""
    found: dict[str, SetColumn] = {}
    own = [block for block in formulation.sets if block.elements is not None or block.expression is not None]
    if all(block.name in bound for block in own):
        return found
    # Sets of any size need not become Python objects where no set is computed from them.
    said = " ".join(text for block in own for text in (block.expression or "", *block.index))
    asked = set(re.findall(r"\w+", said))
    plain = tuple(
        _with_members(block, bound)
        for block in formulation.sets
        if block in own or (block.name in bound and block.name in asked)
    )
    for name, block in _grounded(Formulation(sets=plain)).sets.items():
        if name not in bound and () in block.table:
            found[name] = set_column(name, block.table[()].order)
    return found


def domain(
    formulation: Formulation, name: str, sets: Mapping[str, SetColumn], parameters: Mapping[str, ParameterColumn],
    wanted: Needs,
) -> frozenset[Key] | None:  # fmt: skip
    """Return every entry that a parameter with conditions in its index ranges has; None where that cannot be told."""
    combinations = 1
    for axis in wanted.parameters[name].axes:
        combinations *= sets[axis.set].size if axis.set in sets else 1
    if combinations > DOMAIN_LIMIT:
        return None
    said = " ".join(text for block in formulation.parameters if block.name == name for text in block.index)
    asked = set(re.findall(r"\w+", said))
    small = {key: column for key, column in sets.items() if column.size <= DOMAIN_LIMIT}
    if any(key in asked and key not in small for key in sets):
        return None
    blocks: list[Parameter] = []
    for block in formulation.parameters:
        if block.name == name:
            blocks.append(block.model_copy(update={"values": None, "expression": None, "default": 0}))
            break
        column = parameters.get(block.name)
        if column is not None and len(column.values) <= DOMAIN_LIMIT:
            values = values_of(column, [sets[axis] for axis in column.axes])
            blocks.append(block.model_copy(update={"values": values}))
        elif column is None and (block.values is not None or block.expression is not None):
            blocks.append(block)
    plain = tuple(_with_members(block, small) for block in formulation.sets)
    found = _grounded(Formulation(sets=plain, parameters=tuple(blocks))).parameters.get(name)
    return found.keys if found is not None and found.keys else None


def _with_members(block: Set, bound: Mapping[str, SetColumn]) -> Set:
    """Return a set with the members that were bound; sets that only data knows and nothing bound are empty."""
    if block.name in bound:
        return block.model_copy(update={"elements": tuple(bound[block.name].decoded()), "expression": None})
    if block.elements is None and block.expression is None:
        return block.model_copy(update={"elements": ()})
    return block


def _grounded(formulation: Formulation) -> Grounded:
    trees, _ = check_names(formulation)
    return ground(formulation, trees)[0]
