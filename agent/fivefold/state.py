"""What the graph carries from step to step: plain JSON values only, so that every step can be checkpointed.

One TypedDict a stage: a step's signature says what it reads and what it sets.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict

Json = dict[str, Any]
NextStep = Literal[
    "approve", "check", "clarify", "emit", "explain", "formulate", "mend", "rederive", "repair", "revise",
    "write_program",
]  # fmt: skip
"""Where a run goes from a step that decides about it."""
Form = Literal["scalar", "indexed", "data"]
"""How a formulation is asked for: variable by variable, with sets and tables, or with its data in files."""


class Asked(TypedDict):
    """What a run starts from."""

    run_id: str
    problem: Json
    options: Json


class Posed(Asked):
    """After reading: what to ask for."""

    form: Form


class Reply(TypedDict):
    """What the LLM wrote for a formulation."""

    declared: Json
    """The first answer: the variables; empty in the indexed form."""
    written: Json
    """The second answer: objective and constraints, or all five elements."""


class Formulated(Posed, Reply):
    """After a formulation was written or repaired."""

    round: int


class Candidate(TypedDict):
    """One formulation with all that is known of it."""

    reply: Reply
    formulation: Json | None
    mapping: NotRequired[Json | None]
    """Which column of the data is which; None without data."""
    beside: NotRequired[bool]
    """Whether the data is too large for the formulation and stays beside it: solved as arrays, without a program."""
    findings: list[Json]
    penalty: float
    program: Json | None
    why: NotRequired[str]
    """Why the program is for its library and solver."""
    result: Json | None
    round: int
    mended: NotRequired[list[str]]
    """What was edited by rule after the LLM had written it, in words."""


class Checked(Formulated):
    """After the check; `candidate` is the one at hand, `best` the least faulty one before it."""

    candidate: Candidate


class State(Checked, total=False):
    """Everything; the graph's own view. On the free-program path there is no `candidate` before the first program."""

    best: Candidate | None
    """The least faulty candidate of the derivation under way; at the end the one that is kept."""
    derived: list[Candidate]
    """What earlier derivations came to, in order."""
    derivations: list[Json]
    """All derivations as the outcome tells of them."""
    told: list[str]
    rounds: list[Json]
    seen: list[str]
    next_step: NextStep
    stopped: str
    free_tries: int
    explanation: str
    question: str
    readings: list[Json]
    scenarios: list[Json]
    """The further questions of the text, each with what comes of the formulation changed so."""
    verdict: Json
    spent: Json
    stated: str
    """The text as it was given, where a person has added to it since."""
    pause: Json | None
    """What is asked of a person."""
    asked: Json | None
    """The question behind `pause`."""
    alternative: Json | None
    """The formulation of the other reading that is asked about."""
    answers: list[Json]
    """What was asked and answered."""
    approved: bool
    """Whether a person said that the formulation at hand is the one to solve."""
    edited: Json | None
    """A formulation that is checked as it stands instead of what the LLM wrote."""
    mended: Json | None
    """A formulation that was edited by rule, with what was edited, to be checked instead of what the LLM wrote."""
    mends_tried: bool
    """Whether it was tried to edit the candidate at hand by rule."""
    shown: Candidate | None
    """The candidate that was last shown for approval."""
    request: str
    """What a person wants to be changed."""
