"""The command `analyze`: what the best solution means, one question at a time."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fivefold.commands.formulation.edits import edits, entry, typed_constraint, typed_expression
from fivefold.commands.formulation.given import Given, given, tell
from fivefold.commands.formulation.showing import cut, print_json
from fivefold.errors import CallerError
from fivefold.formulations import FaultyError
from fivefold.plain import plain
from fivefold.settings import Settings
from fivefold_solvers.analyze.alternatives import Alternatives, diverse, freedom, next_best
from fivefold_solvers.analyze.edit import EditError
from fivefold_solvers.analyze.goal_seek import goal_seek
from fivefold_solvers.analyze.instance import Instance, goal, instance, limited, said
from fivefold_solvers.analyze.interval import Interval
from fivefold_solvers.analyze.pareto import pareto
from fivefold_solvers.analyze.prices import Prices, prices
from fivefold_solvers.analyze.ranges import Ranges
from fivefold_solvers.analyze.what_if import Comparison, what_if, why_not
from fivefold_solvers.backends.registry import UnusableError
from fivefold_solvers.backends.session import Session
from fivefold_solvers.backends.solved import Solved
from fivefold_solvers.build.errors import BuildError
from fivefold_solvers.diagnose.words import number
from fivefold_solvers.formulation.check import Checked
from fivefold_solvers.formulation.elements import Objective

MAX_RANGES = 40
"""Ranges that are computed where none are named."""


@dataclass(frozen=True, slots=True)
class _Reply:
    """An answer to one question."""

    ok: bool
    """Whether there is one; a solve without a solution is none."""
    text: str
    data: dict[str, Any]


def analyze_command(args: argparse.Namespace, settings: Settings) -> int:
    """Answer a question about the best solution; return 0 with an answer, 1 where there is no solution to ask about."""
    taken = given(args, settings)
    tell(taken.findings, args)
    try:
        reply = _QUESTIONS[args.question](taken, args)
    except (EditError, UnusableError) as fault:
        raise CallerError(str(fault)) from None
    except BuildError as fault:
        raise FaultyError("this question cannot be answered for the formulation", fault.findings) from None
    if args.json:
        print_json({"ok": reply.ok, "question": args.question, "text": reply.text, **reply.data})
    else:
        print("\n".join(cut(reply.text.splitlines())))
    return 0 if reply.ok else 1


def _base(taken: Given) -> Instance:
    """Return what questions start from; data that is too large to be written out is in the arrays only."""
    if taken.columns is not None:
        return Instance(taken.formulation, Checked(taken.formulation, ()), taken.arrays())
    return instance(taken.formulation)


def _unsolved(solved: Solved, file: str) -> _Reply:
    text = f"There is nothing to ask about: the problem {said(solved)}."
    text += f" {solved.message}." if solved.message else ""
    return _Reply(False, f"{text} `fivefold diagnose {file}` says why.", {"solved": _solved(solved)})


def _solved(solved: Solved) -> dict[str, Any]:
    """Return what is told of a solve; values are told by name elsewhere."""
    names = ("termination", "solution_status", "backend", "objective", "bound", "wall_s", "message")
    return {name: plain(getattr(solved, name)) for name in names}


def _prices(taken: Given, args: argparse.Namespace) -> _Reply:
    found = prices(_base(taken), limit_s=args.time_limit)
    if not isinstance(found, Prices):
        return _unsolved(found, args.file)
    rows = [{**plain(price), "binding": price.binding} for price in (*found.rows, *found.bounds)]
    data = {"solved": _solved(found.solved), "prices": rows, "integers_held": found.held, "unique": found.unique}
    return _Reply(True, str(found), {**data, "how": found.how})


def _ranges(taken: Given, args: argparse.Namespace) -> _Reply:
    base = _base(taken)
    with Session("auto") as session:
        solved = session.solve(base.arrays, options=limited(args.time_limit))
        if not solved.optimal:
            return _unsolved(solved, args.file)
        rows, columns = _places(base, args.names, solved)
        left = max(0, len(rows) + len(columns) - MAX_RANGES) if not args.names else 0
        found: list[Interval] = []
        refused: list[str] = []
        places = [*(("row", row) for row in rows), *(("column", column) for column in columns)]
        with Ranges(base, solved, session, limit_s=args.time_limit) as ranges:
            for kind, place in places[: None if args.names else MAX_RANGES]:
                one = ranges.row(place) if kind == "row" else ranges.cost(place)
                if one is not None:
                    found.append(one)
                else:
                    refused.append(base.arrays.row_name(place) if kind == "row" else base.arrays.column_name(place))
    lines = [line for how in dict.fromkeys(one.how for one in found) for line in _ranged(found, how)]
    if refused:
        lines.append(
            f"No range can be claimed for {', '.join(refused[:10])} (equations of integer programs, quadratics)."
        )
    lines += [f"{left} more were not looked at; name what you want to know of."] if left else []
    return _Reply(True, "\n".join(lines) or "There is nothing to range.", {
        "solved": _solved(solved), "ranges": [{**plain(one), "text": str(one)} for one in found], "no_claim": refused,
    })  # fmt: skip


def _ranged(found: Sequence[Interval], how: str) -> list[str]:
    """Return the ranges that were found in one way, and the way once below them."""
    return [*(str(one).removesuffix(f" {how}") for one in found if one.how == how), how]


def _places(base: Instance, names: list[str], solved: Solved) -> tuple[list[int], list[int]]:
    """Return the rows and columns that are named; without names the rows that bind and all columns with a price."""
    arrays = base.arrays
    own = {constraint.name for constraint in base.formulation.constraints}
    if not names:
        near = np.minimum(
            np.abs(solved.row_values - arrays.row_lower), np.abs(arrays.row_upper - solved.row_values)
        ) if solved.row_values is not None else np.zeros(arrays.row_count)  # fmt: skip
        binding: list[int] = np.flatnonzero(near <= 1e-6).tolist()
        rows = [row for row in binding if arrays.row_block(row).name in own]
        used: list[int] = np.flatnonzero(arrays.cost).tolist()
        return rows, [column for column in used if arrays.column_block(column).name in base.own]
    rows, columns = list[int](), list[int]()
    for text in names:
        name, key = entry(base.formulation, text, f"'{text}'")
        blocks = [block for block in (*arrays.constraints, *arrays.variables) if block.name == name]
        if not blocks or (name not in own and name not in base.own):
            there = ", ".join([*(c.name for c in base.formulation.constraints), *base.own])
            parameter = any(block.name == name for block in base.formulation.parameters)
            hint = "; of a parameter ask `goal-seek`" if parameter else ""
            raise CallerError(f"there is no constraint or variable '{name}'; there are {there}{hint}")
        for block in blocks:
            place = None if key is None else block.keys.find(key)
            if key is not None and place is None:
                raise CallerError(f"there is no entry {text.strip()}; there is {block.entry_name(0)}, for one")
            chosen = range(block.start, block.end) if place is None else [block.start + place]
            (rows if block in arrays.constraints else columns).extend(chosen)
    return rows, columns


def _what_if(taken: Given, args: argparse.Namespace) -> _Reply:
    changes: list[tuple[str, str]] = args.changes or []
    if not changes:
        raise CallerError("what-if: say what changes, such as --set demand=120 or --drop budget (see --help)")
    base = instance(taken.whole)
    return _compared(base, what_if(base, edits(base.formulation, changes), limit_s=args.time_limit))


def _why_not(taken: Given, args: argparse.Namespace) -> _Reply:
    decisions: list[str] = args.decisions or []
    if len(decisions) == 0:
        raise CallerError("why-not: say which decision, such as 'open[a]=1' or 'make[cake] >= 1'")
    base = instance(taken.whole)
    if len(decisions) > 1:
        forced = edits(base.formulation, [("--force", text) for text in decisions])
        return _compared(base, what_if(base, forced, limit_s=args.time_limit))
    wanted = typed_constraint(base.formulation, "decision", decisions[0], f"'{decisions[0]}'")
    if wanted.forall:
        forced = edits(base.formulation, [("--force", decisions[0])])
        return _compared(base, what_if(base, forced, limit_s=args.time_limit))
    return _compared(base, why_not(base, wanted.expression, limit_s=args.time_limit))


def _compared(base: Instance, found: Comparison) -> _Reply:
    data = {
        "asked": found.asked, "before": _solved(found.before), "after": _solved(found.after),
        "difference": found.difference, "better": found.better, "changes": found.values, "nearest": found.nearest,
        "conflict": found.conflict, "how": found.how,
    }  # fmt: skip
    if found.after.values is not None:
        data["solution"] = found.changed.solution(found.after.values)
    ok = found.after.values is not None
    return _Reply(ok, f"{found.text}\n{found.how}", data)


def _alternatives(taken: Given, args: argparse.Namespace) -> _Reply:
    base = _base(taken)
    try:
        if args.freedom:
            return _freedom(base, args)
        if args.diverse:
            if args.over:
                raise CallerError("--over: only the next best solutions can be told apart by chosen variables")
            within = 0.02 if args.within is None else args.within
            found = diverse(base, count=args.count, within=within, limit_s=args.time_limit)
        else:
            found = next_best(base, count=args.count, within=args.within, over=args.over, limit_s=args.time_limit)
    except ValueError as fault:
        raise CallerError(_optioned(str(fault))) from None
    if found.best.values is None:
        return _unsolved(found.best, args.file)
    return _Reply(True, str(found), {
        "best": {**_solved(found.best), "values": base.solution(found.best.solution())},
        "alternatives": [_alternative(base, found, place) for place in range(len(found.found))],
        "complete": found.complete, "unique": found.unique, "how": found.how,
    })  # fmt: skip


def _optioned(message: str) -> str:
    """Return a message about functions with the options that they are here."""
    spelled = message.replace("`diverse` solutions", "--diverse ones").replace("the `freedom` of", "--freedom of")
    return spelled.replace("`within` a share of the best", "near the best, such as --within 5%")


def _alternative(base: Instance, found: Alternatives, place: int) -> dict[str, Any]:
    one = found.found[place]
    values = base.solution(one.values[: base.arrays.column_count])
    return {"objective": one.objective, "proven": one.proven, "changes": one.changes, "values": values}


def _freedom(base: Instance, args: argparse.Namespace) -> _Reply:
    within = 0.0 if args.within is None else args.within
    rooms = freedom(base, within=within, over=args.over, limit_s=args.time_limit)
    if not rooms:
        return _Reply(False, "There is no best solution of a linear objective, so nothing to ask about.", {})
    among = "all best solutions" if not within else f"all solutions within {100 * within:.3g} % of the best"
    lines = [f"Over {among} of {goal(base.formulation)}:", *(f"  - {room}" for room in rooms)]
    return _Reply(True, "\n".join(lines), {"freedom": rooms})


def _pareto(taken: Given, args: argparse.Namespace) -> _Reply:
    formulation = taken.whole
    sense, text = ("minimize", args.minimize) if args.minimize is not None else ("maximize", args.maximize)
    expression = typed_expression(formulation, text, f"--{sense} '{text}'")
    second = Objective.model_validate({"sense": sense, "expression": expression, "name": args.name})
    front = pareto(formulation, second, points=max(2, args.points), limit_s=args.time_limit)
    return _Reply(bool(front.points), str(front), {"names": front.names, "points": front.points, "how": front.how})


def _goal_seek(taken: Given, args: argparse.Namespace) -> _Reply:
    base = instance(taken.whole)
    name, key = entry(base.formulation, args.parameter, f"'{args.parameter}'")
    if any(row.name == name for row in base.formulation.constraints):
        raise CallerError(f"'{name}' is a constraint; goal-seek varies parameters, `what-if --set {name}=...` a limit")
    try:
        found = goal_seek(
            base, name, args.low, args.high,
            at_least=args.at_least, at_most=args.at_most, key=key, grid=args.grid, limit_s=args.time_limit,
        )  # fmt: skip
    except ValueError as fault:
        if isinstance(fault, BuildError | EditError):
            raise
        raise CallerError(f"--from {number(args.low)} --to {number(args.high)}: {fault}") from None
    return _Reply(bool(found.met), str(found), {"found": found})


_QUESTIONS: dict[str, Callable[[Given, argparse.Namespace], _Reply]] = {
    "prices": _prices,
    "ranges": _ranges,
    "what-if": _what_if,
    "why-not": _why_not,
    "alternatives": _alternatives,
    "pareto": _pareto,
    "goal-seek": _goal_seek,
}
