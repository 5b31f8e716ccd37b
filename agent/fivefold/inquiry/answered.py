"""Answers to questions about a plan, computed by solving again: what another decision comes to, what decides."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from fivefold.errors import CallerError
from fivefold.inquiry.meant import Contrast
from fivefold.inquiry.named import sum_of
from fivefold.reading.entities import Entry
from fivefold_solvers.analyze.alternatives import next_best
from fivefold_solvers.analyze.edit import SetObjective
from fivefold_solvers.analyze.instance import Instance, improves, limited, said, same, settled
from fivefold_solvers.analyze.what_if import Comparison, what_if, why_not
from fivefold_solvers.backends.session import Session
from fivefold_solvers.backends.solved import Solved
from fivefold_solvers.build.arrays import Arrays, Floats
from fivefold_solvers.diagnose.words import Member, clause, number
from fivefold_solvers.result import FEASIBILITY_TOLERANCE

MAX_ROWS = 6
"""Limits that are moved to see what they are worth; each takes a solve."""
MAX_NAMED = 4
MAX_SUMMED = 200
"""Decisions whose sum is asked about at once."""
ALTERNATIVES = 3


@dataclass(frozen=True, slots=True)
class Reply:
    """What a question about a plan is answered with."""

    ok: bool
    """Whether there is an answer; a problem without a solution has none."""
    text: str


def contrasted(base: Instance, asked: Contrast, limit_s: float) -> Reply:
    """Return what it costs to decide otherwise, or what stands against it.

    Raises:
        CallerError: the question names too many decisions.
    """
    if len(asked.entries) > MAX_SUMMED:
        raise CallerError(f"this asks about {len(asked.entries):,} decisions at once; name fewer of them")
    with Session("auto") as session:
        solved = session.solve(base.arrays, options=limited(limit_s))
        if not solved.optimal:
            return unsolved(solved)
        now = _total(base, solved, asked.entries)
        name, way = sum_of(asked.entries), _way(asked, now)
        whole = _whole(base, asked.entries)
        if way == "none" and same(now, 0.0):
            return Reply(True, f"The plan has none of it: {_shown(name, now)}.")
        decision = _decision(name, way, now, asked.amount, whole=whole)
        found = why_not(base, decision, session=session, limit_s=limit_s)
        if found.conflict is not None and way == "more" and not whole and (most := _most(base, name, now, session)):
            decision = f"{name} >= {most!r}"
            found = why_not(base, decision, session=session, limit_s=limit_s)
    head = f"In the plan {_shown(name, now)}."
    lines = [head, *_cost(base, found, decision)]
    if way == "more" and found.conflict is None and (rows := list(_in_the_way(base, solved, asked.entries))):
        lines += ["It takes of what the plan uses up:", *(f"  - {row}" for row in rows[:MAX_NAMED])]
    return Reply(True, "\n".join(lines))


def _way(asked: Contrast, now: float) -> Literal["more", "fewer", "none", "exactly"]:
    match asked.way:
        case "other":
            return "more" if same(now, 0.0) else "fewer"
        case "fewer":
            return "more" if same(now, 0.0) else "fewer"
        case way:
            return way


def _decision(name: str, way: str, now: float, amount: float | None, *, whole: bool) -> str:
    if way == "exactly":
        return f"{name} == {number(amount or 0.0)}"
    if way == "none":
        return f"{name} <= 0"
    at = round(now) if whole else now
    if way == "more":
        return f"{name} >= {number(at + 1)}"
    return f"{name} <= {number(max(at - 1, 0.0) if at > 0 else at - 1)}"


def _most(base: Instance, name: str, now: float, session: Session) -> float | None:
    """Return the most that a sum of continuous decisions can come to; None where it is no more than it is now."""
    found = what_if(base, (SetObjective(expression=name, sense="maximize"),), session=session)
    most = found.after.objective
    return most if most is not None and found.after.optimal and most > now and not same(most, now) else None


def _cost(base: Instance, found: Comparison, decision: str) -> Iterator[str]:
    """Yield what another decision comes to, as people ask for it."""
    name = _goal(base)
    if found.conflict is not None:
        yield f"With {decision} there is no plan at all. {found.conflict}"
        return
    before, after = found.before.objective, found.after.objective
    if after is None or before is None:
        yield f"With {decision} the problem {said(found.after)}."
        return
    goes = f"With {decision} {name} goes from {number(before)} to {number(after)}"
    if same(before, after):
        yield f"With {decision} {name} stays at {number(before)}: such a plan is as good, and the solver took this one."
    elif found.better:
        yield f"{goes}, which is better: the plan is not the best."
    else:
        yield f"{goes}, worse by {number(abs(after - before))}."
    if found.values:
        more = f"; and {len(found.values) - 8} more" if len(found.values) > 8 else ""
        yield f"What changes: {'; '.join(map(str, found.values[:8]))}{more}."
    if not (found.before.optimal and found.after.optimal):
        yield "Not both are proven best, so the difference may be smaller or larger."


def _in_the_way(base: Instance, solved: Solved, entries: Sequence[Entry]) -> Iterator[str]:
    """Yield the limits without room that more of the decisions takes from."""
    arrays = base.arrays
    columns = [base.column(*entry) for entry in entries]
    for member, sign in _tight(base, solved):
        if member.kind != "row":
            continue
        places, coefficients = arrays.row(member.place)
        taken = coefficients[np.isin(places, columns)]
        if (taken * sign > 0).any():
            yield _named(base, member)


def _tight(base: Instance, solved: Solved) -> Iterator[tuple[Member, float]]:
    """Yield limits without room that are no equations: rows and upper bounds; 1 where it is one from above, else -1."""
    return ((member, sign) for room, member, sign in _rooms(base, solved) if room <= FEASIBILITY_TOLERANCE)


def _nearest(base: Instance, solved: Solved) -> list[tuple[Member, float]]:
    """Return the limits with the least room, as a share of the limit, that least first."""
    return [(member, sign) for _, member, sign in sorted(_rooms(base, solved), key=lambda one: one[0])]


def _rooms(base: Instance, solved: Solved) -> Iterator[tuple[float, Member, float]]:
    """Yield the room left, as a share of the limit, on the nearer side of each row and below each upper bound."""
    arrays, values = base.arrays, solved.solution()
    at = arrays.row_values(values)
    own = {constraint.name for constraint in base.formulation.constraints}
    for row in range(arrays.row_count):
        low, high = float(arrays.row_lower[row]), float(arrays.row_upper[row])
        if low == high or arrays.row_block(row).name not in own:
            continue
        above, below = _room(float(at[row]), high), _room(float(at[row]), low)
        if min(above, below) < math.inf:
            yield min(above, below), Member("row", row), 1.0 if above <= below else -1.0
    for start, end in base.own.values():
        for column in range(start, end):
            # That a choice is yes or no is nobody's limit.
            yes_no = arrays.integer[column] and arrays.upper[column] == 1
            room = _room(float(values[column]), float(arrays.upper[column]))
            if not yes_no and room < math.inf:
                yield room, Member("upper", column), 1.0


def _room(value: float, limit: float) -> float:
    return abs(value - limit) / max(1.0, abs(limit)) if math.isfinite(limit) else math.inf


def reasons(base: Instance, limit_s: float) -> Reply:
    """Return which limits decide the plan, and what one unit more room in each of them would bring."""
    with Session("auto") as session:
        solved = session.solve(base.arrays, options=limited(limit_s))
        if not solved.optimal or solved.objective is None:
            return unsolved(solved)
        tight = list(_tight(base, solved))
        asked = (tight or _nearest(base, solved))[:MAX_ROWS]
        worth = [_worth(base, limit, solved.objective, session, limit_s) for limit in asked]
    head = f"No plan that keeps to all conditions has a better {_goal(base)} than {number(solved.objective)}."
    if not worth:
        return Reply(True, f"{head} Nothing but equations limits it.")
    worth.sort(key=lambda one: -one[0])
    left = len(tight) - len(worth)
    used = "These limits are used up" if tight else "No limit is used up to the last unit; these are the nearest"
    return Reply(True, "\n".join([
        f"{head} {used}; with other limits, one at a time, it would be:",
        *(f"  - {text}" for _, text in worth),
        *([f"  ... and {left} more limits that are used up"] if left > 0 else []),
    ]))  # fmt: skip


def _worth(
    base: Instance, limit: tuple[Member, float], before: float, session: Session, limit_s: float
) -> tuple[float, str]:
    """Return what one unit more room in a limit changes, and that in words; a tenth more where one unit does nothing.

    Where decisions are whole numbers, one unit often is too little for another plan.
    """
    member, sign = limit
    told = _named(base, member)
    for room in (1.0, max(1.0, abs(_limit(base.arrays, member, sign)) / 10)):
        by = f"{number(room)} {'more' if sign > 0 else 'less'}"
        eased = session.solve(_eased(base.arrays, member, sign * room), options=limited(limit_s))
        if eased.objective is None:
            return math.inf, f"{by} in {told}: the problem {said(eased)}"
        if not same(eased.objective, before):
            change = abs(eased.objective - before)
            how = "better" if improves(base.arrays, eased.objective - before) else "worse"
            return change / room, f"{by} in {told}: {number(eased.objective)}, {number(change)} {how}"
    return 0.0, f"{told}: a tenth more or less room changes nothing"


def _named(base: Instance, member: Member) -> str:
    """Return a limit with its meaning and its numbers."""
    limit = clause(base.arrays, member, base.formulation)
    meanings = {row.name: row.description for row in base.formulation.constraints}
    meaning = meanings.get(limit.element, "")
    return f"{limit.name} ({meaning}), {limit.text}" if meaning else f"{limit.name}, {limit.text}"


def _limit(arrays: Arrays, member: Member, sign: float) -> float:
    if member.kind == "upper":
        return float(arrays.upper[member.place])
    return float((arrays.row_upper if sign > 0 else arrays.row_lower)[member.place])


def _eased(arrays: Arrays, member: Member, by: float) -> Arrays:
    """Return the program with one limit moved."""
    if member.kind == "upper":
        return replace(arrays, upper=_moved(arrays.upper, member.place, by))
    if by > 0:
        return replace(arrays, row_upper=_moved(arrays.row_upper, member.place, by))
    return replace(arrays, row_lower=_moved(arrays.row_lower, member.place, by))


def _moved(limits: Floats, place: int, by: float) -> Floats:
    moved = limits.copy()
    moved[place] += by
    return moved


def others(base: Instance, limit_s: float) -> Reply:
    """Return the next best plans."""
    try:
        found = next_best(base, count=ALTERNATIVES, limit_s=limit_s)
    except ValueError as fault:
        raise CallerError(f"{fault}") from None
    return unsolved(found.best) if found.best.values is None else Reply(True, str(found))


def unsolved(solved: Solved) -> Reply:
    """Return that there is no plan to ask about, and why."""
    why = f" {solved.message}." if solved.message else ""
    return Reply(False, f"There is no best plan to ask about: the problem {said(solved)}.{why}")


def _goal(base: Instance) -> str:
    """Return what the objective is called, as the answer calls it."""
    objective = base.formulation.objective
    name = objective.description or objective.name
    return f"{name} ({objective.unit})" if objective.unit else name


def _total(base: Instance, solved: Solved, entries: Sequence[Entry]) -> float:
    values = solved.solution()
    return settled(math.fsum(float(values[base.column(*entry)]) for entry in entries))


def _whole(base: Instance, entries: Sequence[Entry]) -> bool:
    return all(bool(base.arrays.integer[base.column(*entry)]) for entry in entries)


def _shown(name: str, value: float) -> str:
    return f"{name} is {number(value)}"
