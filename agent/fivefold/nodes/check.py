"""Step `check`: read what the LLM wrote, check it against itself and against the words of the problem."""

from __future__ import annotations

from typing import TypedDict

from fivefold.checks import check_text
from fivefold.nodes.formulate import whole
from fivefold.problem import Problem
from fivefold.sources import with_sources
from fivefold.state import Candidate, Formulated, Reply
from fivefold.tools import Tools
from fivefold.verdict import penalty_of
from fivefold_solvers.formulation.check import check as check_formulation
from fivefold_solvers.formulation.finding import Finding, error
from fivefold_solvers.formulation.read import read
from fivefold_solvers.formulation.schema import with_tables


class CheckSets(TypedDict):
    """What this step sets."""

    candidate: Candidate


async def check(state: Formulated, tools: Tools) -> CheckSets:
    """Return the candidate with everything that was mended, refused or doubted."""
    problem = Problem.model_validate(state["problem"])
    reply = Reply(declared=state["declared"], written=state["written"])
    findings: list[Finding] = []
    formulation = None
    if not reply["written"]:
        what = "the LLM wrote no formulation that can be read"
        findings.append(error("no-formulation", "", what, "write the five elements as JSON"))
    else:
        formulation, notes = read(with_tables(whole(reply)))
        findings += notes
    if formulation is not None:
        formulation = with_sources(formulation, problem.text)
        findings += check_formulation(formulation).findings
        findings += check_text(formulation, problem.text)
    candidate = Candidate(
        reply=reply,
        formulation=None if formulation is None else formulation.model_dump(mode="json"),
        findings=[finding.model_dump(mode="json") for finding in findings],
        penalty=penalty_of(findings),
        program=None,
        result=None,
        round=state["round"],
    )
    return {"candidate": candidate}
