"""Step `judge`: does the result hold, and is it worth another round? Keeps the least faulty candidate."""

from __future__ import annotations

import hashlib
import json
from typing import TypedDict

from fivefold.checks.conflicts import conflict
from fivefold.checks.results import check_result, falsify
from fivefold.computing import computed
from fivefold.outcome import Round
from fivefold.problem import Problem
from fivefold.state import Candidate, Json, State
from fivefold.tools import Tools
from fivefold.trace import VerdictFacts
from fivefold.verdict import penalty_of, verdict_of
from fivefold_solvers.audit import audit
from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.finding import Finding, error
from fivefold_solvers.formulation.lower import lower
from fivefold_solvers.result import ExecutionResult, Exit, Termination


class JudgeSets(TypedDict):
    """What this step sets."""

    candidate: Candidate
    best: Candidate | None
    verdict: Json
    rounds: list[Json]
    seen: list[str]


async def judge(state: State, tools: Tools) -> JudgeSets:
    """Return the candidate with the findings about its result, and the best candidate so far."""
    candidate = state["candidate"]
    findings = [Finding.model_validate(finding) for finding in candidate["findings"]]
    solved = False
    if candidate["result"] is not None:
        result = ExecutionResult.model_validate(candidate["result"])
        findings += await computed(_stopped, candidate, result)
        faults = _audited(candidate, result)
        findings += faults or ()
        if faults is not None and not faults:
            result = result.model_copy(update={"evidence": "audited"})
            believed: Candidate = {**candidate, "result": result.model_dump(mode="json")}
            candidate = believed
        solved = result.solved
        if solved and state["options"].get("checks", "all") == "all":
            words = Problem.model_validate(state["problem"]).checked
            findings += await computed(_falsified, candidate, words, result)
    judged: Candidate = {
        **candidate,
        "findings": [finding.model_dump(mode="json") for finding in findings],
        "penalty": penalty_of(findings),
    }
    before = state.get("best")
    kept = before is None or _rank(judged) < _rank(before)
    best = judged if before is None or kept else before
    written = hashlib.sha256(json.dumps(judged["reply"], sort_keys=True).encode()).hexdigest()
    seen = state.get("seen", [])
    turn = Round(
        round=judged["round"],
        derivation=len(state.get("derived", [])),
        told=tuple(state.get("told", [])),
        changed=changes(before, judged),
        mended=tuple(judged.get("mended", ())),
        penalty=judged["penalty"],
        kept=kept,
        repeated=written in seen,
    )
    verdict = verdict_of(findings, solved=solved)
    if tools.span is not None:
        tools.span.judged(
            *(
                VerdictFacts(check=c.check, passed=c.passed, severity=str(c.severity), message=c.message)
                for c in verdict.checks
            )
        )
    return {
        "candidate": judged,
        "best": best,
        "verdict": verdict.model_dump(mode="json"),
        "rounds": [*state.get("rounds", []), turn.model_dump(mode="json")],
        "seen": [*seen, written],
    }


def _stopped(candidate: Candidate, result: ExecutionResult) -> list[Finding]:
    """Return why a result is no best plan; where nothing is feasible, what cannot hold together."""
    findings = check_result(result)
    known = candidate["formulation"] is not None and not candidate.get("beside")
    if not known or result.exit is not Exit.OK or result.termination is not Termination.INFEASIBLE:
        return findings
    why = conflict(Formulation.model_validate(candidate["formulation"]))
    return [one.model_copy(update={"message": f"{one.message}: {why}"}) if why else one for one in findings]


def _falsified(candidate: Candidate, text: str, result: ExecutionResult) -> list[Finding]:
    if candidate["formulation"] is None or candidate.get("beside"):
        return []
    return falsify(Formulation.model_validate(candidate["formulation"]), text, result.values)


def changes(before: Candidate | None, after: Candidate) -> tuple[str, ...]:
    """Return what differs between two candidates' formulations, one line per element."""
    if before is None or before["formulation"] is None or after["formulation"] is None:
        return ()
    return changed_lines(*(Formulation.model_validate(one["formulation"]) for one in (before, after)))


def changed_lines(before: Formulation, after: Formulation) -> tuple[str, ...]:
    """Return what differs between two formulations: what goes in lines with `-`, what comes in lines with `+`."""
    old, new = _texts(before), _texts(after)
    gone = [f"- {line}" for line in old if line not in new]
    return tuple(gone + [f"+ {line}" for line in new if line not in old])


def _texts(formulation: Formulation) -> list[str]:
    lines = [f"{formulation.objective.sense} {formulation.objective.expression}"]
    lines += [f"{v.name} {v.domain} in {v.lower}..{v.upper}" for v in formulation.variables]
    lines += [f"{p.name} = {p.values if p.expression is None else p.expression}" for p in formulation.parameters]
    return lines + [
        f"{row.expression} for {', '.join(row.forall)}".removesuffix(" for ") for row in formulation.constraints
    ]


def _rank(candidate: Candidate) -> tuple[bool, bool, float]:
    """A program that ended well beats none; then a formulation beats a free program; then fewer faults count."""
    result = candidate["result"]
    useless = result is None or result["exit"] != Exit.OK
    return useless, candidate["formulation"] is None, candidate["penalty"]


def _audited(candidate: Candidate, result: ExecutionResult) -> list[Finding] | None:
    """Return what recomputing finds against a result, None where there is nothing to recompute it from.

    What was solved as arrays was recomputed from these when it was solved.
    """
    if candidate["formulation"] is None or candidate.get("beside") or not result.solved:
        return None
    lowered = lower(check(Formulation.model_validate(candidate["formulation"])))
    return [error("audit", "the result", fault) for fault in audit(lowered, result).faults[:5]]


def buildable(candidate: Candidate) -> bool:
    """Whether a candidate has a formulation without errors."""
    return candidate["formulation"] is not None and not any(
        finding["severity"] == "error" for finding in candidate["findings"]
    )
