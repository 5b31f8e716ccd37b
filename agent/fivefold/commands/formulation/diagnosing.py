"""The command `diagnose`: what conflicts and what would mend it, what has no end, which numbers are hard."""

from __future__ import annotations

import argparse

from fivefold.commands.formulation.given import Given, given, tell
from fivefold.commands.formulation.showing import cut, print_json
from fivefold.errors import CallerError
from fivefold.plain import plain
from fivefold.settings import Settings
from fivefold_solvers.backends.registry import UnusableError
from fivefold_solvers.backends.session import Session
from fivefold_solvers.backends.solved import Options, Solved
from fivefold_solvers.build.arrays import Arrays
from fivefold_solvers.diagnose.failure import Failure, explain_failure
from fivefold_solvers.diagnose.relax import relaxations
from fivefold_solvers.diagnose.words import number
from fivefold_solvers.formulation.elements import Formulation


def diagnose_command(args: argparse.Namespace, settings: Settings) -> int:
    """Print why there is no best solution; return 0 where there is one, else 1."""
    taken = given(args, settings)
    tell(taken.findings, args)
    prices = _prices(taken.formulation, args.price)
    arrays = taken.arrays()
    try:
        with Session("auto") as session:
            solved = session.solve(arrays, options=Options(time_limit_s=args.time_limit))
    except UnusableError as fault:
        raise CallerError(str(fault)) from None
    failure = explain_failure(arrays, solved, taken.formulation, limit_s=args.time_limit)
    if failure.conflict is not None and (prices or args.bounds or args.relative or args.count != 3):
        failure = _priced(failure, arrays, taken, prices, args)
    text = _text(failure, solved)
    if args.json:
        print_json({
            "ok": solved.optimal, "text": text, "termination": solved.termination, "objective": solved.objective,
            "bound": solved.bound, "backend": solved.backend, "conflict": failure.conflict,
            "relaxations": [_relaxation(way, arrays) for way in failure.relaxations],
            "direction": failure.direction, "numerics": failure.numerics, "findings": taken.findings,
        })  # fmt: skip
    else:
        print("\n".join(cut(text.splitlines())))
    return 0 if solved.optimal else 1


def _text(failure: Failure, solved: Solved) -> str:
    if not solved.optimal:
        return str(failure)
    worth = "" if solved.objective is None else f" with objective {number(solved.objective)}"
    numbers = failure.numerics.advice or ("Its numbers are in a range that solvers take well.",)
    return "\n".join([f"It has a best solution{worth}: nothing conflicts and nothing is without end.", *numbers])


def _priced(
    failure: Failure, arrays: Arrays, taken: Given, prices: dict[str, float], args: argparse.Namespace
) -> Failure:
    """Return the failure with the ways out that these prices give."""
    ways = relaxations(
        arrays, taken.formulation, weights=prices, relative=args.relative, bounds=args.bounds, count=args.count,
        limit_s=args.time_limit,
    )  # fmt: skip
    return Failure(failure.solved, failure.conflict, ways, failure.direction, failure.numerics)


def _relaxation(way: object, arrays: Arrays) -> object:
    told = plain(way)
    values = getattr(way, "values", None)
    return {**told, "values": None if values is None else plain(arrays.values_by_name(values)), "text": str(way)}


def _prices(formulation: Formulation, written: list[str]) -> dict[str, float]:
    """Return the price of a unit of movement by element."""
    names = [element.name for element in (*formulation.constraints, *formulation.variables)]
    prices: dict[str, float] = {}
    for text in written:
        name, _, price = (part.strip() for part in text.partition("="))
        if name not in names:
            raise CallerError(f"--price '{text}': there is no constraint or variable '{name}'; there are "
                              f"{', '.join(names)}")  # fmt: skip
        try:
            prices[name] = float(price)
        except ValueError:
            raise CallerError(f"--price '{text}': write NAME=NUMBER, or NAME=inf for what must not move") from None
        if not prices[name] > 0:
            raise CallerError(f"--price '{text}': a price is above 0, or inf for what must not move")
    return prices
