"""Which library and solver a program is written for: by what was wanted, class, size and what is installed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from fivefold_solvers.emit import nonlinear
from fivefold_solvers.emit.engines import ENGINES, Engine, engine
from fivefold_solvers.emit.readiness import NotExpressibleError, needed
from fivefold_solvers.formulation.classify import ProblemClass, classify
from fivefold_solvers.formulation.ground import Grounded
from fivefold_solvers.formulation.rows import Rows, expand
from fivefold_solvers.program import Library

Wanted = Literal["pyomo", "ortools"]

GLOBAL_LIMIT = 3_000
"""Entries of variables in nonlinear terms up to which a proof of the optimum is tried.

SCIP 10 proved sums of logarithms, of powers, of ratios and of products over some hundred to 3000 variables in 0.1 to
2 s; of `sin(x)*x` over 300 it left after 20 s what IPOPT had in 0.3 s, or worse.
"""
PERIODIC_LIMIT = 100
"""The same where `sin`, `cos` or `tan` is among them, whose many valleys a proof has to visit."""
_SHAPE = {
    ProblemClass.LP: "the program is linear",
    ProblemClass.MILP: "the program is linear with whole numbers",
    ProblemClass.CP: "the program is linear with whole numbers",
    ProblemClass.QP: "the objective is quadratic, the rows are linear",
    ProblemClass.MIQP: "the objective is quadratic, with whole numbers",
    ProblemClass.NLP: "the program is nonlinear",
    ProblemClass.MINLP: "the program is nonlinear with whole numbers",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """What a program is written for, and why."""

    engine: Engine
    """The library and the solver."""
    why: str
    """The reason in words."""

    @property
    def library(self) -> Library:
        """What the program is written in."""
        return self.engine.library

    @property
    def solver(self) -> str:
        """The solver that it calls."""
        return self.engine.solver

    @property
    def reason(self) -> str:
        """Library, solver and reason as one text."""
        return f"{self.engine.title}{self.why if self.why.startswith(',') else f': {self.why}'}"


def select(
    grounded: Grounded | None, wanted: Wanted = "pyomo", *, rows: Rows | None = None, solver: str | None = None
) -> Choice:
    """Return the library and the solver for a formulation, with the reason.

    Linear programs and convex quadratic objectives go to HiGHS, everything else to SCIP, which proves its optimum;
    to IPOPT where SCIP cannot, is not there or would be lost in the size. With OR-Tools, CP-SAT takes bounded whole
    numbers, MathOpt everything else that is linear; what is not linear goes to Pyomo.

    Args:
        grounded: the formulation with its data, lowered.
        wanted: the family that the user asked for.
        rows: its rows, where the check has them already.
        solver: what to take whatever the rules say: `highs`, `scip`, `ipopt`, `cp_sat`, `glop`, `pdlp`.

    Raises:
        NotExpressibleError: the solver that was asked for cannot take it, or check or lowering found errors.
        ValueError: there is no such solver.
    """
    grounded = needed(grounded)
    if rows is None:
        rows, _ = expand(grounded)
    if solver is not None:
        return _overruled(grounded, wanted, rows, solver)
    if wanted == "pyomo":
        return in_pyomo(grounded, rows)
    mathopt, cpsat = engine("mathopt", "highs"), engine("cpsat", "cp_sat")
    not_linear = mathopt.refuses(grounded, rows)
    if not_linear is not None:
        return Choice(in_pyomo(grounded, rows).engine, f", because OR-Tools needs linear rows: {not_linear}")
    not_whole = cpsat.refuses(grounded, rows)
    if not_whole is None:
        return Choice(cpsat, "all variables are whole numbers within finite bounds")
    return Choice(mathopt, f", because CP-SAT cannot take it: {not_whole}")


def in_pyomo(grounded: Grounded, rows: Rows) -> Choice:
    """Return which solver a Pyomo program calls; SCIP where none can take it, whose program then says so."""
    highs, scip, ipopt = (engine("pyomo", name) for name in ("highs", "scip", "ipopt"))
    not_highs = highs.refuses(grounded, rows)
    shape = _SHAPE[classify(grounded, rows)]
    if not_highs is None:
        return Choice(highs, shape)
    no_proof, no_search = scip.refuses(grounded, rows), ipopt.refuses(grounded, rows)
    if no_proof is not None and no_search is not None:
        return Choice(scip, f"{shape}; it may fail: {no_proof}; nor can IPOPT take it: {no_search}")
    if no_proof is not None:
        absent = f"; {ipopt.missing()}" if ipopt.missing() else ""
        return Choice(ipopt, f"{shape}, and SCIP cannot take it: {no_proof}; the optimum is local{absent}")
    if no_search is not None or ipopt.missing() is not None:
        return Choice(scip, f"{shape}; HiGHS cannot take it: {not_highs}")
    size = nonlinear.nonlinear_places(rows)
    if scip.missing() is not None:
        return Choice(ipopt, f"{shape}, and {scip.missing()}; the optimum is local")
    if size > (PERIODIC_LIMIT if nonlinear.is_periodic(rows) else GLOBAL_LIMIT):
        why = f"with {size} variables in nonlinear terms too large for a proof in good time; the optimum is local"
        return Choice(ipopt, f"{shape}, {why}")
    return Choice(scip, f"{shape}; HiGHS cannot take it: {not_highs}")


def _overruled(grounded: Grounded, wanted: Wanted, rows: Rows, solver: str) -> Choice:
    named = [candidate for candidate in ENGINES if candidate.solver == solver]
    if not named:
        known = ", ".join(dict.fromkeys(candidate.solver for candidate in ENGINES))
        raise ValueError(f"There is no solver {solver!r}; there are {known}.")
    named.sort(key=lambda candidate: (candidate.library == "pyomo") != (wanted == "pyomo"))
    reasons = {candidate.title: candidate.refuses(grounded, rows) for candidate in named}
    for candidate in named:
        if reasons[candidate.title] is None:
            missing = candidate.missing()
            return Choice(candidate, f"asked for{f'; {missing}' if missing else ''}")
    title, reason = next(iter(reasons.items()))
    raise NotExpressibleError(title, str(reason))
