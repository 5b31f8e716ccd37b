"""Checking a certificate again, from the formulation alone: no solver, no trust in who wrote it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from fivefold_solvers.audit.certified import (
    Certificate,
    DualPart,
    audited,
    box_of,
    exact_gap,
    formulation_sha256,
    multipliers,
    reduced_cost_fault,
    summarized,
    without_cost,
)
from fivefold_solvers.audit.exact import read_fraction, reported, spelled
from fivefold_solvers.audit.linear import dual_bound, linear_form
from fivefold_solvers.formulation.check import Checked, check
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.lower import lower
from fivefold_solvers.result import COMPARISON_TOLERANCE, OPTIMALITY_TOLERANCE, relative_gap


@dataclass(frozen=True, slots=True)
class Verification:
    """What checking a certificate found; a certificate that is not falsified is not thereby proved right."""

    falsified: bool
    """Whether something in it is not so."""
    reasons: tuple[str, ...]
    """What is not so; empty if it is not falsified."""
    found: tuple[str, ...]
    """What was checked and holds, in sentences."""
    unchecked: tuple[str, ...]
    """What remains the solver's word."""

    @property
    def verdict(self) -> str:
        """`falsified` or `not falsified`."""
        return "falsified" if self.falsified else "not falsified"


def verify(certificate: Certificate, formulation: Formulation) -> Verification:
    """Return what is left of a certificate when everything in it is computed again."""
    reasons: list[str] = []
    found: list[str] = []
    unchecked: list[str] = []
    if certificate.sha256 != certificate.digest():
        reasons.append("the file was changed: its digest is not that of its content")
    if certificate.formulation_sha256 != formulation_sha256(formulation):
        reasons.append("it is for another formulation")
    checked = check(formulation)
    if checked.grounded is None:
        reasons.append("the formulation cannot be built")
        return Verification(True, tuple(reasons), (), ())
    if certificate.claim == "infeasible":
        reasons += _leftovers(certificate)
    else:
        reasons += _solution(checked, certificate, found)
        reasons += _bound(certificate)
    proves = False
    if certificate.dual is not None:
        faults, proves = _dual(checked, certificate, certificate.dual, found)
        reasons += faults
    unchecked += _unchecked(certificate, proves=proves)
    return Verification(bool(reasons), tuple(reasons), () if reasons else tuple(found), tuple(unchecked))


def _leftovers(certificate: Certificate) -> Iterator[str]:
    parts = (certificate.objective, certificate.exact_objective, certificate.residuals, certificate.bound)
    if certificate.values or any(part is not None for part in (*parts, certificate.gap)):
        yield "it says that there is no solution, and has values or an objective"


def _solution(checked: Checked, certificate: Certificate, found: list[str]) -> Iterator[str]:
    """Yield what is wrong with values, objective and residuals."""
    own = audited(checked, certificate)
    if own.faults:
        yield from own.faults
        return
    exact = None if own.exact_objective is None else spelled(own.exact_objective)
    if certificate.exact_objective != exact:
        yield f"the exact objective is {_short(exact)}, not {_short(certificate.exact_objective)}"
    if certificate.residuals != summarized(own):
        yield "the residuals are not those of these values"
    how = "without rounding" if own.exact else "with rigorous bounds of numbers that no fraction is"
    found.append(f"all values, bounds, domains and {len(own.residuals)} rows hold within the tolerances, {how}")
    if own.objective is not None and certificate.objective is not None:
        found.append(f"the objective is {own.objective:.12g}")


def _bound(certificate: Certificate) -> Iterator[str]:
    if any(number is not None and not math.isfinite(number) for number in (certificate.bound, certificate.gap)):
        yield "bound or gap is no number"
    elif certificate.gap != relative_gap(certificate.objective, certificate.bound):
        yield "the gap is not that of objective and bound"


def _dual(checked: Checked, certificate: Certificate, part: DualPart, found: list[str]) -> tuple[list[str], bool]:
    """Return what is wrong with the dual part, and whether it proves the claim within the tolerance."""
    ray = part.kind == "ray"
    if ray is not (certificate.claim == "infeasible"):
        return ["a ray belongs to an infeasible program, dual values to one with a solution"], False
    form = linear_form(checked if part.form == "written" else lower(checked))
    if form is None:
        return ["it has dual values, and the formulation is not linear in exact numbers"], False
    try:
        rows = multipliers(part)
        stated = read_fraction(part.objective)
        box = None if part.box is None else read_fraction(part.box)
    except (ValueError, ZeroDivisionError) as fault:
        return [f"the dual part cannot be read: {fault}"], False
    if not rows.keys() <= form.rows.keys():
        return ["it has a multiplier for a row that does not exist"], False
    if box is not None and box != box_of(value for _, _, value in certificate.values):
        return ["the box of the dual bound is not the one of these values"], False
    if ray:
        form = without_cost(form)
    proven = dual_bound(form, rows, box=box)
    if proven.value != stated:
        shown = "nothing" if proven.value is None else f"the bound {float(proven.value):.12g}"
        return [f"the multipliers prove {shown}, not {float(stated):.12g}"], False
    wrong = reduced_cost_fault(form, proven, (((name, key), value) for name, key, value in part.reduced_costs))
    if wrong:
        return [f"the reduced cost of {wrong} does not follow from the multipliers"], False
    where = "" if box is None else f" among all points whose unlimited variables are at most {float(box):g} in size"
    if ray:
        if stated <= 0:
            return ["the ray does not contradict the bounds"], False
        found.append(f"the rows contradict each other and the bounds{where}: the ray sums up to {float(stated):.6g}")
        return [], box is None
    return _gap(certificate, part, stated, where, found)


def _gap(
    certificate: Certificate, part: DualPart, stated: Fraction, where: str, found: list[str]
) -> tuple[list[str], bool]:
    gap = exact_gap(certificate.exact_objective, stated)
    if gap != part.gap:
        return ["the duality gap is not that of objective and dual bound"], False
    if gap is None:
        found.append(f"the dual values bound the objective by {float(stated):.12g}{where}")
        return [], False
    size = read_fraction(gap)
    if size > reported(OPTIMALITY_TOLERANCE):
        found.append(f"the dual values bound the objective by {float(stated):.12g}{where}, a gap of {float(size):.3g}")
        return [], False
    found.append(
        f"the dual values certify within tolerance {OPTIMALITY_TOLERANCE:g} that nothing is better{where}: "
        f"the gap is {float(size):.3g}, computed without rounding"
    )
    bound = certificate.bound
    if bound is not None and abs(bound - float(stated)) > COMPARISON_TOLERANCE * max(1.0, abs(float(stated))):
        return [f"the solver's bound is {bound:.12g}, the dual values prove {float(stated):.12g}"], True
    return [], True


def _unchecked(certificate: Certificate, *, proves: bool) -> Iterator[str]:
    if not proves:
        solver = certificate.solver or "the solver"
        what = {
            "optimal": "that nothing is better",
            "feasible": "the bound on the optimum",
            "infeasible": "that there is no solution",
        }[certificate.claim]
        yield f"{what} is the word of {solver}, not checked"
    yield "that the formulation is the problem meant"


def _short(text: str | None) -> str:
    return "not known exactly" if text is None else text if len(text) <= 60 else f"{text[:57]}..."
