"""Limits on the goal itself: `0.3*rent + 0.8*shop <= 9000` where rent and shop earn that much and 9000 can be spent.

Read where the text asks for the most of what is earned: a row with the factors of the objective then says that no more
may be earned. Its limit is one of something else where no sentence with that number speaks of earning.
"""

from __future__ import annotations

import re

from fivefold.checks.sums import limits, terms, tree_of
from fivefold.reading.words import Sentences, stated
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.finding import Finding, warning

_EARNED = r"\b(?:profits?|revenues?|returns?|earn(?:s|ed|ings?)?|income|yields?|gains?|sales)\b"
_SAID = re.compile(_EARNED, re.IGNORECASE)
_GOAL = re.compile(
    rf"\b(?:maximi[sz]\w*|maximal|maximum|highest|largest|greatest|most)\b[^.?!]*{_EARNED}", re.IGNORECASE
)


def check_goal_rows(formulation: Formulation, text: str) -> list[Finding]:
    """Return a warning for every row that limits the objective by a number that the text gives to something else."""
    goal = formulation.objective
    tree = tree_of(goal.expression)
    own = None if tree is None or goal.sense != "maximize" else terms(tree)
    if own is None or len({number for number, _ in own}) < 2 or not _GOAL.search(text):
        return []
    sentences, numbers = Sentences(text), stated(text)
    findings: list[Finding] = []
    for limit in limits(formulation):
        if limit.relation != "<=" or sorted(limit.terms) != sorted(own):
            continue
        said = [sentences.words(sentences.number(one.start)) for one in numbers if one.value == limit.number]
        if said and not any(map(_SAID.search, said)):
            message = f"it limits the objective itself, {goal.expression}, but “{said[0][:140]}” says nothing of that"
            mend = "write how much of it each decision takes"
            findings.append(warning("goal-limited", limit.where, message, mend))
    return findings
