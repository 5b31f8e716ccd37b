"""Numbers of a table that no row and no goal reads, beside others of the same table that are read.

`stock[t-1] + make[t] == need[t] + stock[t] for t in T if t > 2` beside a row of its own for the first week: nobody
delivers what week 2 needs, and the table itself is used. Looked up is what the formulation really reads.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.evaluate import bindings, data_number
from fivefold_solvers.formulation.finding import Finding, warning
from fivefold_solvers.formulation.ground import Grounded, ParameterBlock
from fivefold_solvers.formulation.identity import Key, spell_key
from fivefold_solvers.formulation.rows import expand
from fivefold_solvers.formulation.scope import EvaluationError

_MANY = 2_000
"""Of larger tables it is not told; their data is in files, and some of it is often for another question."""
_SHOWN = 3


class _Read(dict[Key, float]):
    """A table that keeps which of its entries were read."""

    def __init__(self, table: dict[Key, float]) -> None:
        super().__init__(table)
        self.read: set[Key] = set()

    def __getitem__(self, key: Key) -> float:
        self.read.add(key)
        return super().__getitem__(key)


def check_idle_entries(grounded: Grounded) -> Iterator[Finding]:
    """Yield a warning for each table of which a few amounts are read nowhere and most are."""
    computed = {name for block in grounded.data() for name in _uses(grounded, block.element.name)}
    tables = {
        name: _Read(block.table)
        for name, block in grounded.parameters.items()
        if block.clauses and len(block.table) <= _MANY and name not in computed and block.element.expression is None
    }
    if not tables:
        return
    blocks = {name: _with(block, tables) for name, block in grounded.parameters.items()}
    watched = replace(grounded, parameters=blocks)
    expand(watched)
    if not _bounds_read(watched):
        return
    for name, table in tables.items():
        idle = [key for key in table if key not in table.read and table[key]]
        # Where more is idle than is read, only a part of the table was wanted.
        if idle and len(idle) < len(table.read) and len(set(table.values())) > 1:
            shown = ", ".join(spell_key(name, key) for key in idle[:_SHOWN])
            shown += f" and {len(idle) - _SHOWN} more" if len(idle) > _SHOWN else ""
            message = f"no row and no goal reads {shown}, though others of the table are read"
            mend = "let the rows that use the table go over all of its entries"
            yield warning("entry-idle", f"parameter '{name}'", message, mend)


def _with(block: ParameterBlock, tables: dict[str, _Read]) -> ParameterBlock:
    own = tables.get(block.element.name)
    return block if own is None else replace(block, table=own)


def _uses(grounded: Grounded, name: str) -> set[str]:
    """Return the tables from which a set or another table is computed or filtered."""
    block = grounded.sets[name] if name in grounded.sets else grounded.parameters[name]
    texts = " ".join([block.element.expression or "", *block.element.index])
    return {other for other in grounded.parameters if other != name and other in texts}


def _bounds_read(grounded: Grounded) -> bool:
    """Read the bounds of all variables again; False where they have no value."""
    scope = grounded.scope()
    for block in grounded.variables.values():
        if not any(e.names_used(tree) for tree in (block.lower, block.upper)) and not block.clauses:
            continue
        scope.indices.clear()
        try:
            for _ in bindings(block.clauses, scope):
                data_number(block.lower, scope)
                data_number(block.upper, scope)
        except EvaluationError:
            return False
    return True
