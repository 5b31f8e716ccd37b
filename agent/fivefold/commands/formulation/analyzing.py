"""The command `analyze`: what the best solution means, one question at a time."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from fivefold.commands.formulation.given import Given, given, tell
from fivefold.commands.formulation.showing import cut, print_json
from fivefold.editing.typed import edits, entry, typed_expression
from fivefold.errors import CallerError
from fivefold.formulations import FaultyError
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
from fivefold.settings import Settings
from fivefold_solvers.analyze.alternatives import diverse, freedom, next_best
from fivefold_solvers.analyze.edit import EditError
from fivefold_solvers.analyze.goal_seek import goal_seek
from fivefold_solvers.analyze.instance import Instance, goal, instance, limited, said
from fivefold_solvers.analyze.interval import Interval
from fivefold_solvers.analyze.pareto import pareto
from fivefold_solvers.analyze.prices import Prices, prices
from fivefold_solvers.analyze.what_if import Comparison, what_if
from fivefold_solvers.backends.registry import UnusableError
from fivefold_solvers.backends.session import Session
from fivefold_solvers.backends.solved import Solved
from fivefold_solvers.build.errors import BuildError
from fivefold_solvers.diagnose.words import number
from fivefold_solvers.formulation.check import Checked
from fivefold_solvers.formulation.elements import Objective


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
    return _Reply(False, f"{text} `fivefold diagnose {file}` says why.", {"solved": solved_facts(solved)})


def _prices(taken: Given, args: argparse.Namespace) -> _Reply:
    found = prices(_base(taken), limit_s=args.time_limit)
    if not isinstance(found, Prices):
        return _unsolved(found, args.file)
    return _Reply(True, str(found), prices_facts(found))


def _ranges(taken: Given, args: argparse.Namespace) -> _Reply:
    base = _base(taken)
    with Session("auto") as session:
        solved = session.solve(base.arrays, options=limited(args.time_limit))
        if not solved.optimal:
            return _unsolved(solved, args.file)
        places = range_places(base, args.names, solved)
        most = len(places) if args.names else MAX_RANGES
        # Rows before columns, in whatever order they were named.
        found, refused = ranged(base, solved, sorted(places[:most], key=itemgetter(0)), session, args.time_limit)
    intervals = [one for _, _, one in found]
    lines = [line for how in dict.fromkeys(one.how for one in intervals) for line in _ranged(intervals, how)]
    if refused:
        lines.append(
            f"No range can be claimed for {', '.join(refused[:10])} (equations of integer programs, quadratics)."
        )
    if len(places) > most:
        lines.append(f"{len(places) - most} more were not looked at; name what you want to know of.")
    return _Reply(True, "\n".join(lines) or "There is nothing to range.", {
        "solved": solved_facts(solved), "ranges": [{**plain(one), "text": str(one)} for one in intervals],
        "no_claim": refused,
    })  # fmt: skip


def _ranged(found: Sequence[Interval], how: str) -> list[str]:
    """Return the ranges that were found in one way, and the way once below them."""
    return [*(str(one).removesuffix(f" {how}") for one in found if one.how == how), how]


def _what_if(taken: Given, args: argparse.Namespace) -> _Reply:
    changes: list[tuple[str, str]] = args.changes or []
    if not changes:
        raise CallerError("what-if: say what changes, such as --set demand=120 or --drop budget (see --help)")
    base = instance(taken.whole)
    return _compared(what_if(base, edits(base.formulation, changes), limit_s=args.time_limit))


def _why_not(taken: Given, args: argparse.Namespace) -> _Reply:
    decisions: list[str] = args.decisions or []
    if len(decisions) == 0:
        raise CallerError("why-not: say which decision, such as 'open[a]=1' or 'make[cake] >= 1'")
    return _compared(decided(instance(taken.whole), decisions, args.time_limit))


def _compared(found: Comparison) -> _Reply:
    return _Reply(found.after.values is not None, f"{found.text}\n{found.how}", compared_facts(found))


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
        "best": {**solved_facts(found.best), "values": base.solution(found.best.solution())},
        **alternatives_facts(base, found),
    })  # fmt: skip


def _optioned(message: str) -> str:
    """Return a message about functions with the options that they are here."""
    spelled = message.replace("`diverse` solutions", "--diverse ones").replace("the `freedom` of", "--freedom of")
    return spelled.replace("`within` a share of the best", "near the best, such as --within 5%")


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
