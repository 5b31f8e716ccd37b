"""What each grade says to people, and the rest of a verdict in words."""

from __future__ import annotations

from fivefold.verdict import Grade, Verdict

GRADES = {
    "confirmed": ("Not falsified, and derived twice", "A second derivation from the words came to the same."),
    "consistent": ("Not falsified", "That does not prove it right: compare it with what is meant."),
    "suspicious": ("In doubt", "Checks found something that is probably not meant."),
    "refuted": ("Falsified", "It contradicts the formulation or the words. Do not use it as it is."),
    "unsolved": ("Not solved", "There is no best solution to judge."),
}
"""Heading of each grade, and what follows from it."""


def verdict_text(verdict: Verdict) -> str:
    """Return how far to rely on an answer: its grade, its confidence, and every doubt."""
    heading, meaning = GRADES[verdict.grade]
    lines = [f"{heading}. {meaning}"]
    if verdict.confidence is not None:
        wary = verdict.grade in (Grade.SUSPICIOUS, Grade.REFUTED)
        share = f"{1 - verdict.confidence:.0%} were wrong" if wary else f"{verdict.confidence:.0%} were right"
        lines.append(f"Of answers with such {'doubts' if wary else 'signs'} whose right answer is known, {share}.")
    doubts = [check.message for check in verdict.checks if not check.passed]
    return "\n".join([*lines, *(["What speaks against it:"] if doubts else []), *(f"  - {doubt}" for doubt in doubts)])
