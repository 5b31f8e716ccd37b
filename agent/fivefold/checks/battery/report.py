"""What a relation found: held, violated with a witness, or abstained, each with its reason and its cost."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from fivefold_solvers.formulation.finding import Finding, Severity

Outcome = Literal["held", "violated", "abstained"]


class Witness(BaseModel):
    """What anyone can do again to see that a relation does not hold."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    change: str
    """What was changed or asked, with the old and the new number."""
    before: float | None = None
    """Value before the change, or the value that the sentence allows; None for none."""
    after: float | None = None
    """Value after it; infinite where there is no end, None where there is no solution."""
    words: str
    """The contradiction in one sentence."""


class RelationResult(BaseModel):
    """One relation tried on one formulation, or on one number or sentence of its text."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    relation: str
    """Name of the relation, e.g. `limit-monotone`."""
    outcome: Outcome
    """Whether it held."""
    reason: str
    """What was looked at, or why nothing could be said."""
    why: str
    """Why every right formulation satisfies it."""
    severity: Severity = Severity.WARNING
    """How much a violation counts: `error` where the answer itself breaks a sentence."""
    where: str = ""
    """The sentence or the element that it is about."""
    mend: str = ""
    """What to look at."""
    witness: Witness | None = None
    """What shows the violation; None where there is none."""
    ms: float = 0.0
    """Milliseconds that it took."""


class BatteryReport(BaseModel):
    """Everything that the battery found out about a formulation. Not falsified does not mean right."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    results: tuple[RelationResult, ...] = ()
    """Every relation that was tried, in order of cost."""
    solves: int = 0
    """How many programs were solved."""
    ms: float = 0.0
    """Milliseconds for all of it."""

    @property
    def falsified(self) -> bool:
        """Whether a relation that no right formulation can violate was violated."""
        return any(result.outcome == "violated" and result.severity is Severity.ERROR for result in self.results)

    def of(self, relation: str) -> tuple[RelationResult, ...]:
        """Return what came of one relation."""
        return tuple(result for result in self.results if result.relation == relation)

    def findings(self) -> list[Finding]:
        """Return every violation as a finding, in words for people and for the LLM."""
        found: list[Finding] = []
        for result in self.results:
            if result.outcome == "violated" and result.witness is not None:
                code = f"falsified-{result.relation}"
                found.append(
                    Finding(
                        code=code,
                        severity=result.severity,
                        where=result.where,
                        message=result.witness.words,
                        mend=result.mend,
                    )
                )
        return found
