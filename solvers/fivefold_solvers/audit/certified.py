"""Certificates: a result, what recomputing it gave and what its dual values prove, as a JSON file.

`certificate` writes one, `verification.verify` checks one against the formulation, long after and without a solver.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable
from fractions import Fraction
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from fivefold_solvers.audit.exact import read_fraction, reported, spelled
from fivefold_solvers.audit.linear import DualBound, Duals, LinearForm, RowName, dual_bound, linear_form, simplified
from fivefold_solvers.audit.recompute import Audit, audit
from fivefold_solvers.formulation.check import Checked, check
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.identity import Key
from fivefold_solvers.formulation.json_text import to_json
from fivefold_solvers.formulation.lower import lower
from fivefold_solvers.formulation.polynomial import Place
from fivefold_solvers.result import ExecutionResult, Exit, SolutionStatus, Termination, relative_gap

Index = tuple[int | float | str, ...]
Claim = Literal["optimal", "feasible", "infeasible"]
BOX = 10**6
"""How many times the largest value an unlimited variable may be where a bound holds for a box only."""
_REDUCED_COST_TOLERANCE = 1e-6


class CertificateError(ValueError):
    """A certificate cannot be made or read; says why."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ResidualSummary(_Frozen):
    """How the rows stand."""

    rows: int
    """Number of relations; logic is judged, but has no residual."""
    binding: int
    """How many leave no room, within the feasibility tolerance."""
    exact: bool
    """Whether nothing was rounded; else rigorous bounds were used where no fraction is enough."""
    row_violation: float
    """Largest violation of a row, as a share of `max(1, abs(right-hand side))`."""
    bound_violation: float
    """Largest violation of a bound, likewise."""
    integrality: float
    """Largest distance of an integer variable from a whole number."""
    slacks_sha256: str
    """SHA-256 of the slacks of all rows without rounding, so that no value can change unseen."""


class DualPart(_Frozen):
    """Multipliers of the rows, and what they prove by weak duality.

    Signs: a dual value is the change of the optimal objective per unit increase of the row's right-hand side, in the
    problem's own sense; a reduced cost likewise per unit by which the bound that holds a variable moves.
    """

    kind: Literal["duals", "ray"]
    """`duals` of an optimum, or a `ray` that shows infeasibility: its bound, without costs, is above 0."""
    form: Literal["written", "lowered"]
    """Whether they belong to the formulation as written, or after its `abs`, `min` and `max` became linear rows."""
    rows: tuple[tuple[str, int, Index, str], ...]
    """Constraint, part of a chained comparison, index, multiplier as a fraction; rows that are not there have 0."""
    reduced_costs: tuple[tuple[str, Index, float], ...] = ()
    """The solver's, by variable and index; empty where it gave none or they do not fit the multipliers."""
    objective: str
    """The bound that the multipliers prove, as a fraction."""
    gap: str | None = None
    """Distance of objective and bound without rounding, as a share of `max(1e-10, abs(objective))`."""
    box: str | None = None
    """Where an unlimited variable has a reduced cost that ought to be 0 and is not: the bound holds for all points
    whose unlimited variables are at most this in size. None: for all points."""


class Certificate(_Frozen):
    """A result with all that is needed to check it again."""

    schema_version: Literal[1] = 1
    """Version of this format."""
    formulation_sha256: str
    """SHA-256 of the formulation's canonical JSON: keys sorted, no spaces."""
    claim: Claim
    """What the solver says: the values are optimal or feasible, or no values are feasible."""
    solver: str
    """The engine, as the program said."""
    solver_version: str
    """Its version, as the program said."""
    values: tuple[tuple[str, Index, float], ...] = ()
    """Every entry of every variable."""
    objective: float | None = None
    """The objective as claimed."""
    exact_objective: str | None = None
    """The objective recomputed without rounding; None without values, or where only bounds of it are known."""
    residuals: ResidualSummary | None = None
    """How the rows stand; None without values."""
    bound: float | None = None
    """The solver's bound on the optimum: its claim, not checked, except where `dual` proves as much."""
    gap: float | None = None
    """Relative gap of `objective` and `bound`."""
    dual: DualPart | None = None
    """What dual values prove of a linear program; None for others, and where there are none."""
    sha256: str = ""
    """SHA-256 of everything else in here."""

    def to_json(self) -> str:
        """Return the file's text."""
        return json.dumps(self.model_dump(mode="json"), indent=1, ensure_ascii=False, allow_nan=False) + "\n"

    def digest(self) -> str:
        """Return the SHA-256 of everything except `sha256`."""
        return _sha256(canonical({**self.model_dump(mode="json"), "sha256": ""}))


def canonical(data: Any) -> str:
    """Return data as the one JSON text that all who hash it write: keys sorted, no spaces."""
    return json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def formulation_sha256(formulation: Formulation) -> str:
    """Return the SHA-256 of a formulation's canonical JSON."""
    return _sha256(canonical(json.loads(to_json(formulation, indent=None))))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def read_certificate(text: str) -> Certificate:
    """Return the certificate in a file's text.

    Raises:
        CertificateError: it is no certificate: not JSON, a key that is there twice, a field missing or unknown.
    """
    try:
        data = json.loads(text, object_pairs_hook=_without_doubles, parse_constant=_refuse_constant)
        return Certificate.model_validate_json(json.dumps(data))
    except ValidationError as fault:
        raise CertificateError(f"it is no certificate: {fault.errors()[0]['msg']}") from None
    except (ValueError, RecursionError) as fault:
        raise CertificateError(f"it is no certificate: {fault}") from None


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise CertificateError("a key is there twice")
    return found


def _refuse_constant(name: str) -> float:
    raise CertificateError(f"{name} is no number")


def certificate(formulation: Formulation, result: ExecutionResult, duals: Duals | None = None) -> Certificate:
    """Return the certificate of a result.

    Args:
        formulation: the problem; where it is lowered for a solver, as it was before.
        result: what running the program gave. Values of variables that lowering added are left out.
        duals: of a linear program: its dual values (`rays.duals_of`), or for an infeasible one
            a ray (`rays.infeasibility_ray`).

    Raises:
        CertificateError: the result claims nothing that can be certified, or the audit finds fault with it.
    """
    checked = check(formulation)
    if checked.grounded is None:
        raise CertificateError(f"the formulation cannot be built: {checked.errors[0]}")
    claim = _claim(result)
    values = () if claim == "infeasible" else _values(checked, result)
    objective = None if claim == "infeasible" else result.objective
    draft = Certificate(
        formulation_sha256=formulation_sha256(formulation),
        claim=claim,
        solver=result.solver,
        solver_version=result.solver_version,
        values=values,
        objective=objective,
    )
    if claim != "infeasible":
        found = audited(checked, draft)
        if found.faults:
            raise CertificateError(f"the result does not hold: {found.faults[0]}")
        exact = None if found.exact_objective is None else spelled(found.exact_objective)
        bound = result.bound if result.bound is not None and math.isfinite(result.bound) else None
        update = {"exact_objective": exact, "residuals": summarized(found), "bound": bound}
        draft = draft.model_copy(update={**update, "gap": relative_gap(objective, bound)})
    if duals is not None:
        draft = draft.model_copy(update={"dual": _dual_part(checked, draft, duals)})
    return draft.model_copy(update={"sha256": draft.digest()})


def _claim(result: ExecutionResult) -> Claim:
    if result.exit is not Exit.OK:
        raise CertificateError(f"the program ended with {result.exit}")
    if result.solution_status is SolutionStatus.OPTIMAL:
        return "optimal"
    if result.solution_status is SolutionStatus.FEASIBLE:
        return "feasible"
    if result.termination is Termination.INFEASIBLE:
        return "infeasible"
    raise CertificateError(f"there is nothing to certify: {result.termination} and no solution")


def _values(checked: Checked, result: ExecutionResult) -> tuple[tuple[str, Index, float], ...]:
    own = {variable.name for variable in checked.formulation.variables}
    if result.values.keys() - own:
        own |= result.values.keys() - {variable.name for variable in lower(checked).formulation.variables}
    tables = {name: table for name, table in result.values.items() if name in own}
    return tuple((name, key, float(value)) for name, table in tables.items() for key, value in table.items())


def audited(checked: Checked, held: Certificate) -> Audit:
    """Return the audit of a certificate's values; an entry that is there twice is a fault."""
    tables: dict[str, dict[Key, float]] = {}
    for name, key, value in held.values:
        if key in tables.setdefault(name, {}):
            return Audit(None, (), (f"{name}{list(key)} has two values",))
        tables[name][key] = value
    return audit(checked, ExecutionResult(exit=Exit.OK, objective=held.objective, values=tables))


def summarized(found: Audit) -> ResidualSummary:
    """Return an audit in short."""
    slacks = [
        [own.constraint, own.part, list(own.key), repr(own.slack) if own.exact_slack is None else str(own.exact_slack)]
        for own in found.residuals
    ]
    return ResidualSummary(
        rows=len(found.residuals),
        binding=sum(own.binding for own in found.residuals),
        exact=found.exact,
        row_violation=found.rows.size,
        bound_violation=found.bounds.size,
        integrality=found.integrality.size,
        slacks_sha256=_sha256(canonical(slacks)),
    )


# --- dual values -----------------------------------------------------------------------------------------------


def _dual_part(checked: Checked, draft: Certificate, duals: Duals) -> DualPart:
    kind: Literal["duals", "ray"] = "ray" if draft.claim == "infeasible" else "duals"
    which, form = _form_with(checked, duals)
    if not all(math.isfinite(value) for value in (*duals.rows.values(), *duals.reduced_costs.values())):
        raise CertificateError("a dual value is not finite")
    stated = without_cost(form) if kind == "ray" else form
    box = box_of(value for _, _, value in draft.values)
    chosen = simplified(stated, duals.rows, box)
    proven = dual_bound(stated, chosen)
    boxed = proven.value is None
    value = proven.value if proven.value is not None else dual_bound(stated, chosen, box=box).value
    assert value is not None
    if kind == "ray" and value <= 0:
        raise CertificateError("the ray does not show that the program is infeasible")
    fitting = not reduced_cost_fault(stated, proven, duals.reduced_costs.items())
    return DualPart(
        kind=kind,
        form=which,
        rows=tuple((*name, spelled(number)) for name, number in chosen.items()),
        reduced_costs=tuple((*place, own) for place, own in duals.reduced_costs.items()) if fitting else (),
        objective=spelled(value),
        gap=None if kind == "ray" else exact_gap(draft.exact_objective, value),
        box=str(box) if boxed else None,
    )


def _form_with(checked: Checked, duals: Duals) -> tuple[Literal["written", "lowered"], LinearForm]:
    """Return the linear program that has the rows of the dual values: as written, or else lowered."""
    written = linear_form(checked)
    if written is not None and duals.rows.keys() <= written.rows.keys():
        return "written", written
    form = linear_form(lower(checked))
    if form is None:
        raise CertificateError("dual values prove nothing of this formulation: it is not linear in exact numbers")
    foreign = next((name for name in duals.rows if name not in form.rows), None)
    if foreign is not None:
        raise CertificateError(f"there is a dual value for {foreign}, which is no row")
    return "lowered", form


def box_of(values: Iterable[float]) -> int:
    """Return how large unlimited variables may be where a bound holds for a box only."""
    return BOX * math.ceil(max([1.0, *(abs(value) for value in values)]))


def without_cost(form: LinearForm) -> LinearForm:
    """Return the program that only asks for a feasible point, whose least cost is 0 unless it is infeasible."""
    return LinearForm("minimize", {}, 0, form.rows, form.bounds)


def exact_gap(objective: str | None, bound: Fraction) -> str | None:
    """Return the relative gap as a fraction, None where the objective is not known exactly."""
    if objective is None:
        return None
    found = read_fraction(objective)
    return spelled(abs(found - bound) / max(Fraction(1, 10**10), abs(found)))


def reduced_cost_fault(form: LinearForm, proven: DualBound, stated: Iterable[tuple[Place, float]]) -> str:
    """Return which stated reduced cost is not what the multipliers leave of the costs; empty if none is."""
    for place, value in stated:
        if place not in form.bounds or not math.isfinite(value):
            return f"{place[0]}{list(place[1])}"
        off = Fraction(proven.reduced_costs.get(place, 0)) - reported(float(value))
        if abs(off) > _REDUCED_COST_TOLERANCE * max(1.0, abs(float(form.cost.get(place, 0)))):
            return f"{place[0]}{list(place[1])}"
    return ""


def multipliers(part: DualPart) -> dict[RowName, Fraction]:
    """Return the multipliers of a certificate.

    Raises:
        ValueError: one is no fraction, or a row is there twice.
    """
    found = {(name, place, key): read_fraction(text) for name, place, key, text in part.rows}
    if len(found) < len(part.rows):
        raise ValueError("a row has two multipliers")
    return found
