"""Step `emit`: the checked formulation to a stand-alone solver program."""

from __future__ import annotations

from typing import TypedDict

from fivefold.options import Options
from fivefold.state import Candidate, Checked
from fivefold.tools import Tools
from fivefold.verdict import penalty_of
from fivefold_solvers.emit import emit as emit_program
from fivefold_solvers.emit import select
from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.finding import Finding
from fivefold_solvers.formulation.lower import lower


class EmitSets(TypedDict):
    """What this step sets."""

    candidate: Candidate


async def emit(state: Checked, tools: Tools) -> EmitSets:
    """Return the candidate with its program, or with the findings that stop it from being written."""
    options = Options.model_validate(state["options"])
    candidate = state["candidate"]
    if candidate.get("beside"):
        return {"candidate": candidate}
    formulation = Formulation.model_validate(candidate["formulation"])
    lowered = lower(check(formulation))
    if lowered.grounded is None:
        known = [Finding.model_validate(finding) for finding in candidate["findings"]]
        added = [finding for finding in lowered.errors if finding not in known]
        findings = [finding.model_dump(mode="json") for finding in (*known, *added)]
        return {"candidate": {**candidate, "findings": findings, "penalty": penalty_of([*known, *added])}}
    choice = select(lowered.grounded, options.library, rows=lowered.rows)
    program = emit_program(
        lowered.grounded, choice.library, rows=lowered.rows, time_limit_s=options.time_limit_s, solver=choice.solver
    )
    return {"candidate": {**candidate, "program": program.model_dump(mode="json"), "why": choice.reason}}
