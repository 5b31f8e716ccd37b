"""Questions about the best solution, or its absence, answered by solving: each answer is data with its words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fivefold.editing.typed import edits, entry, typed_expression
from fivefold.errors import CallerError
from fivefold.inquiry.facts import (
    MAX_RANGES,
    alternatives_facts,
    compared_facts,
    decided,
    prices_facts,
    range_places,
    ranged,
    solved_facts,
)
from fivefold.plain import plain
from fivefold_server.workspace.sliding import limit_edit
from fivefold_solvers.analyze.alternatives import diverse, freedom, next_best
from fivefold_solvers.analyze.goal_seek import goal_seek
from fivefold_solvers.analyze.instance import instance, limited, said
from fivefold_solvers.analyze.pareto import pareto
from fivefold_solvers.analyze.prices import Prices, prices
from fivefold_solvers.analyze.what_if import Comparison, what_if
from fivefold_solvers.backends.session import Session
from fivefold_solvers.backends.solved import Solved
from fivefold_solvers.build.errors import BuildError
from fivefold_solvers.diagnose.failure import Failure, explain_failure
from fivefold_solvers.diagnose.relax import relaxations
from fivefold_solvers.formulation.elements import Formulation, Objective

Reply = dict[str, Any]
"""`ok` (whether there is an answer), `text` (the answer in words), and the facts."""
_HARD = float("inf")


def asked_prices(formulation: Formulation, limit_s: float) -> Reply:
    """Return what one unit more of each limit is worth."""
    found = prices(instance(formulation), limit_s=limit_s)
    if not isinstance(found, Prices):
        return _unsolved(found)
    return {"ok": True, "text": str(found), **prices_facts(found)}


def asked_ranges(formulation: Formulation, names: Sequence[str], limit_s: float) -> Reply:
    """Return how far limits and objective coefficients may go; without names of those that matter first."""
    base = instance(formulation)
    with Session("auto") as session:
        solved = session.solve(base.arrays, options=limited(limit_s))
        if not solved.optimal:
            return _unsolved(solved)
        places = range_places(base, names, solved)
        found, silent = ranged(base, solved, places[:MAX_RANGES], session, limit_s)
    text = "\n".join(str(one) for _, _, one in found) or "No range can be claimed."
    facts: Reply = {
        "ranges": [{**plain(one), "kind": kind, "name": name, "text": str(one)} for kind, name, one in found],
        "no_claim": silent,
        "left_out": max(0, len(places) - MAX_RANGES),
    }
    return {"ok": True, "text": text, "solved": solved_facts(solved), **facts}


def asked_what_if(formulation: Formulation, changes: Sequence[tuple[str, str]], limit_s: float) -> Reply:
    """Return what changes in the best solution; changes are pairs such as `("set", "demand=120")`, limits first."""
    base = instance(formulation)
    limits = [limit_edit(formulation, text) for kind, text in changes if kind == "limit"]
    try:
        others = edits(formulation, [(f"--{kind}", text) for kind, text in changes if kind != "limit"])
    except CallerError as fault:
        # Who asks over HTTP knows no options of the command.
        raise CallerError(str(fault).partition(" ")[2] if str(fault).startswith("--") else str(fault)) from None
    return _compared(what_if(base, [*limits, *others], limit_s=limit_s))


def asked_why_not(formulation: Formulation, decisions: Sequence[str], limit_s: float) -> Reply:
    """Return what it would cost to take other decisions, or what stands against them."""
    return _compared(decided(instance(formulation), decisions, limit_s))


def _compared(found: Comparison) -> Reply:
    ok = found.after.values is not None
    return {"ok": ok, "text": f"{found.text}\n{found.how}", "solution": None, **compared_facts(found)}


def asked_alternatives(
    formulation: Formulation,
    *,
    kind: str,
    count: int,
    within: float | None,
    over: Sequence[str] | None,
    limit_s: float,
) -> Reply:
    """Return other solutions: the `next` best, `diverse` ones, or the `freedom` of each decision."""
    base = instance(formulation)
    try:
        if kind == "freedom":
            rooms = freedom(base, within=within or 0.0, over=over, limit_s=limit_s)
            text = "\n".join(map(str, rooms)) or "There is no best solution of a linear objective."
            return {"ok": bool(rooms), "text": text, "freedom": plain(rooms)}
        if kind == "diverse":
            found = diverse(base, count=count, within=0.02 if within is None else within, limit_s=limit_s)
        else:
            found = next_best(base, count=count, within=within, over=over, limit_s=limit_s)
    except ValueError as fault:
        if isinstance(fault, BuildError):
            raise
        raise CallerError(f"{fault}; ask for `diverse` ones or the `freedom` instead") from None
    if found.best.values is None:
        return _unsolved(found.best)
    facts = alternatives_facts(base, found)
    return {"ok": True, "text": str(found), "solved": solved_facts(found.best), **facts}


def asked_pareto(
    formulation: Formulation, sense: str, expression: str, name: str, points: int, limit_s: float
) -> Reply:
    """Return the trade-off against a second objective."""
    typed = typed_expression(formulation, expression, f"'{expression}'")
    second = Objective.model_validate({"sense": sense, "expression": typed, "name": name})
    front = pareto(formulation, second, points=points, limit_s=limit_s)
    told: Reply = {"names": list(front.names), "points": plain(front.points), "how": front.how}
    return {"ok": bool(front.points), "text": str(front), **told}


def asked_goal(
    formulation: Formulation,
    parameter: str,
    low: float,
    high: float,
    *,
    at_least: float | None,
    at_most: float | None,
    limit_s: float,
) -> Reply:
    """Return for which values of a parameter the best objective reaches a target."""
    base = instance(formulation)
    name, key = entry(formulation, parameter, f"'{parameter}'")
    try:
        found = goal_seek(base, name, low, high, at_least=at_least, at_most=at_most, key=key, limit_s=limit_s)
    except BuildError:
        raise
    except ValueError as fault:
        raise CallerError(f"{fault}") from None
    return {"ok": bool(found.met), "text": str(found), **plain(found)}


def diagnosed(formulation: Formulation, hard: Sequence[str], weights: dict[str, float], limit_s: float) -> Reply:
    """Return why there is no best solution: what conflicts and what would mend it, or what has no end.

    Args:
        formulation: what to look at.
        hard: constraints and variables that must not move.
        weights: price of one unit of movement of others; 1 unless given.
        limit_s: seconds for one solve.
    """
    names = {element.name for element in (*formulation.constraints, *formulation.variables)}
    for name in (*hard, *weights):
        if name not in names:
            raise CallerError(f"there is no constraint or variable '{name}'; there are {', '.join(sorted(names))}")
    base = instance(formulation)
    with Session("auto") as session:
        solved = session.solve(base.arrays, options=limited(limit_s))
    failure = explain_failure(base.arrays, solved, formulation, limit_s=limit_s)
    if failure.conflict is not None and (hard or weights):
        prized = {**weights, **dict.fromkeys(hard, _HARD)}
        ways = relaxations(base.arrays, formulation, weights=prized, limit_s=limit_s)
        failure = Failure(failure.solved, failure.conflict, ways, failure.direction, failure.numerics)
    text = str(failure) if not solved.optimal else "It has a best solution: nothing conflicts, nothing is without end."
    ways_told = [
        {**plain(way), "values": None if way.values is None else plain(base.solution(way.values)), "text": str(way)}
        for way in failure.relaxations
    ]
    facts: Reply = {
        "conflict": plain(failure.conflict), "relaxations": ways_told, "direction": plain(failure.direction),
        "numerics": plain(failure.numerics), "advice": list(failure.numerics.advice),
    }  # fmt: skip
    return {"ok": solved.optimal, "text": text, "solved": solved_facts(solved), **facts}


def _unsolved(solved: Solved) -> Reply:
    text = f"There is nothing to ask about: the problem {said(solved)}; ask why with `diagnose`."
    return {"ok": False, "text": text, "solved": solved_facts(solved)}
