"""Yes-or-no decisions that no row holds: linked to the capacity that there is only where the answer is yes.

What is opened costs something, and without such a row it is simply not opened while all of its capacity is used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fivefold.checks.battery.lines import Line
from fivefold.checks.sums import tree_of
from fivefold.editing.operations import Change, Operation
from fivefold.reading.entities import stems
from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.elements import Constraint, Formulation, Variable
from fivefold_solvers.formulation.identity import spell_key
from fivefold_solvers.formulation.show import show


def links(formulation: Formulation, loose: Sequence[str], lines: Sequence[Line]) -> tuple[Operation, ...]:
    """Return edits that link all of some loose decisions; none where it is unclear for one of them what it opens.

    Args:
        formulation: the formulation.
        loose: names of variables that no row holds.
        lines: its rows without indices.
    """
    switches = [one for one in formulation.variables if one.name in loose and one.domain == "binary"]
    if not switches or formulation.objective.sense == "satisfy":
        return ()
    scalar = [one for one in switches if not one.index]
    own = _own_words(scalar)
    made: list[Operation] = []
    for switch in switches:
        held = _held_scalar(formulation, own, switch, lines) if not switch.index else _held(formulation, switch)
        if held is None:
            return ()
        name, expression = held
        made.append(Change(op="change", section="constraints", name=name, fields={"expression": expression}))
    return tuple(made)


def _held(formulation: Formulation, switch: Variable) -> tuple[str, str] | None:
    """Return the one capacity row over the switch's own set, with the switch at its capacity."""
    if len(switch.index) != 1:
        return None
    over = _set_of(switch.index[0])
    found: list[tuple[str, str]] = []
    for row in formulation.constraints:
        if len(row.forall) != 1 or over is None or _set_of(row.forall[0]) != over:
            continue
        letter = row.forall[0].split(" in ", 1)[0].strip()
        if (sides := _capacity(formulation, row)) is not None:
            found.append((row.name, f"{sides[0]} <= {sides[1]}*{switch.name}[{letter}]"))
    return found[0] if len(found) == 1 else None


def _capacity(formulation: Formulation, row: Constraint) -> tuple[str, str] | None:
    """Return both sides of a row that limits decisions by data alone."""
    tree = tree_of(row.expression)
    variables = {one.name for one in formulation.variables}
    if not isinstance(tree, e.Compare) or tree.relation not in {"<=", ">="}:
        return None
    low, high = (tree.left, tree.right) if tree.relation == "<=" else (tree.right, tree.left)
    if e.names_used(high) & variables or not e.names_used(low) & variables or not e.names_used(high):
        return None
    plain = isinstance(high, e.Name | e.Item)
    return show(low), show(high) if plain else f"({show(high)})"


def _set_of(clause: str) -> str | None:
    _, found, name = clause.partition(" in ")
    return name.strip() if found and name.strip().isidentifier() else None


def _own_words(switches: Sequence[Variable]) -> Mapping[str, frozenset[str]]:
    """Return for each switch the words that no other has: the town of `open_bray`."""
    labels = {one.name: stems(f"{one.name} {one.description}") for one in switches}
    every = [word for words in labels.values() for word in words]
    return {name: frozenset(word for word in words if every.count(word) == 1) for name, words in labels.items()}


def _held_scalar(
    formulation: Formulation, own: Mapping[str, frozenset[str]], switch: Variable, lines: Sequence[Line]
) -> tuple[str, str] | None:
    """Return the one capacity row whose decisions all are about what the switch opens."""
    labels = {one.name: stems(f"{one.name} {one.description}") for one in formulation.variables}
    words, others = own[switch.name], frozenset[str]().union(*(own[name] for name in own if name != switch.name))
    found: list[Line] = []
    for line in lines:
        about = [labels[name] for name, _ in line.weights]
        if line.relation != "<=" or not line.limit or any(weight <= 0 for weight in line.weights.values()):
            continue
        if all(label & words and not label & others for label in about):
            found.append(line)
    if len(found) != 1:
        return None
    body = " + ".join(
        spell_key(*entry) if weight == 1 else f"{weight:.12g}*{spell_key(*entry)}"
        for entry, weight in found[0].weights.items()
    )
    return found[0].name, f"{body} <= {found[0].limit:.12g}*{switch.name}"
