"""Experts who speak one after the other, in the shape of Chain-of-Experts.

After Z. Xiao et al., Chain-of-Experts: When LLMs Meet Complex Operations Research Problems (ICLR 2024): a conductor
chooses who speaks next, a reducer writes the program from all comments, and after a failure the experts look back in
reverse order, until one of them corrects its comment and the program is written anew. Six experts in place of the
paper's eleven and no knowledge base; prompts are our own.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fivefold.llm import LLM, Reply
from fivefold.nodes.write_program import code_of
from fivefold_benchmarks.baselines.attempt import RULES, Attempt, ask, attempt_with
from fivefold_benchmarks.baselines.debug import fault_of

ROLES = {
    "terminology": "You explain the terms of the trade that a problem uses and what they mean for a formulation.",
    "parameters": "You list the numbers of a problem: what each one measures, its unit and where it belongs.",
    "variables": "You say which quantities can be decided, and whether each is continuous, integer or binary.",
    "constraints": "You write down every limit and requirement of a problem as a formula, implied ones included.",
    "formulation": "You write the whole formulation: variables, objective and constraints, with all numbers.",
    "programming": "You know Pyomo well and say how a formulation is best written as a program, and what to avoid.",
}
"""The experts by name, each with what it is told about itself."""
SPEAKERS = 4
"""Experts who are heard before the program is written."""
TRIALS = 2
"""Times that the program is written."""

Comments = list[tuple[str, str]]


async def experts(llm: LLM, question: str) -> Attempt:
    """Return what comes of a meeting of experts, its program and their looking back at it."""
    meeting = _Meeting(llm, question)
    await meeting.hear()
    attempt = await meeting.program()
    for _ in range(TRIALS - 1):
        if attempt.ran or not await meeting.look_back(fault_of(attempt)):
            break
        spent = attempt.run_s
        attempt = await meeting.program()
        status = f"{attempt.status}, after looking back"
        attempt = replace(attempt, run_s=spent + attempt.run_s, status=status, corrections=1)
    return attempt


class _Meeting:
    """What was said so far."""

    def __init__(self, llm: LLM, question: str) -> None:
        self._llm = llm
        self._question = question
        self._comments: Comments = []

    async def hear(self) -> None:
        """Let the conductor choose who speaks, and hear them."""
        silent = list(ROLES)
        for _ in range(SPEAKERS):
            name = await self._next(silent)
            silent.remove(name)
            told = {"role": ROLES[name], "comments": _told(self._comments)}
            reply = await self._ask("baseline_experts_speak", told, 512)
            self._comments.append((name, reply.text.strip()))

    async def program(self) -> Attempt:
        """Let the reducer write the program, and run it."""
        comments = _told(self._comments)
        reply = await self._ask("baseline_experts_reduce", {"comments": comments, "rules": RULES}, 1024)
        return await attempt_with(code_of(reply.text), formulation=comments)

    async def look_back(self, fault: str) -> bool:
        """Ask the experts in reverse order whether they were mistaken; whether one corrected itself."""
        schema = _schema(mistaken={"type": "boolean"}, comment={"type": "string"})
        for place in reversed(range(len(self._comments))):
            name, comment = self._comments[place]
            before = _told(self._comments[:place])
            told = {"role": ROLES[name], "comments": before, "comment": comment, "fault": fault}
            said = (await self._ask("baseline_experts_reflect", told, 512, schema)).parsed
            if not isinstance(said, dict):
                continue
            better = str(said.get("comment") or "").strip()
            if said.get("mistaken") is True and better and better != comment:
                self._comments[place] = (name, better)
                return True
        return False

    async def _next(self, silent: list[str]) -> str:
        """Return the expert whom the conductor names; the first who has not spoken where it names none of them."""
        told = {
            "experts": "\n".join(f"- {name}: {ROLES[name]}" for name in silent),
            "comments": _told(self._comments),
        }
        schema = _schema(expert={"type": "string", "enum": silent})
        said = (await self._ask("baseline_experts_conductor", told, 64, schema)).parsed
        named = said.get("expert") if isinstance(said, dict) else None
        return named if named in silent else silent[0]

    async def _ask(
        self, prompt: str, values: dict[str, str], max_tokens: int, schema: dict[str, Any] | None = None
    ) -> Reply:
        told = {"problem": self._question, **values}
        return await ask(self._llm, prompt, told, max_tokens=max_tokens, schema=schema)


def _told(comments: Comments) -> str:
    return "\n\n".join(f"{name}: {text}" for name, text in comments) or "none yet"


def _schema(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
