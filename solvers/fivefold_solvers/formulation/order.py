"""In which order sets and parameters are computed: each after those that it is computed from."""

from __future__ import annotations

from collections.abc import Mapping

from fivefold_solvers.formulation.elements import Formulation, Parameter, Set

Uses = Mapping[str, frozenset[str]]
"""By set and parameter, the sets and parameters in its index ranges and its expression."""


def data_order(formulation: Formulation, uses: Uses) -> tuple[Set | Parameter, ...]:
    """Return all sets and parameters, each behind what it uses, else as written: sets first, then parameters.

    What a circle keeps from having a value stands at the end.
    """
    waiting: list[Set | Parameter] = [*formulation.sets, *formulation.parameters]
    names = {block.name for block in waiting}
    done: set[str] = set()
    order: list[Set | Parameter] = []

    def ready(block: Set | Parameter) -> bool:
        return (uses.get(block.name, frozenset[str]()) & names) <= done

    while waiting:
        # Going on with the same kind keeps sets together and parameters together as far as that is possible.
        kind = type(order[-1]) if order else Set
        chosen = next((block for block in waiting if isinstance(block, kind) and ready(block)), None)
        chosen = chosen or next((block for block in waiting if ready(block)), None)
        if chosen is None:
            return (*order, *waiting)
        waiting.remove(chosen)
        order.append(chosen)
        done.add(chosen.name)
    return tuple(order)


def circle(uses: Uses) -> tuple[str, ...]:
    """Return names of which each uses the next and the last one the first; empty where there is no circle."""
    left = {name: used & uses.keys() for name, used in uses.items()}
    while free := [name for name, used in left.items() if not used & left.keys()]:
        for name in free:
            del left[name]
    # Whatever is left uses something that is left, so that a walk comes back to where it was.
    path: list[str] = list(left)[:1]
    while path:
        following = next(name for name in left if name in left[path[-1]])
        if following in path:
            return tuple(path[path.index(following) :])
        path.append(following)
    return ()
