"""Goals that count what should be measured, and flows that are counted on every stretch of their way.

`line_1 + line_2` workers where the text asks for the least time: read where the text asks for the least or most of
something that is measured, a time, an amount of money, a length, and the objective does nothing but count whole things,
each as one.
"""

from __future__ import annotations

import re

from fivefold.checks.sums import terms, tree_of
from fivefold.checks.wording import MASSES, stems
from fivefold.reading.words import Sentences
from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.finding import Finding, warning
from fivefold_solvers.formulation.identity import spell_key
from fivefold_solvers.formulation.polynomial import Polynomial

_MEASURED = re.compile(
    r"\b(?:maximi[sz]\w*|minimi[sz]\w*|maximum|minimum|highest|lowest|greatest|least|shortest|largest|smallest)"
    r"(?: (?!number\b|count\b|of\b|and\b|or\b|to\b|in\b|for\b)[\w'-]+){0,3} "
    r"(?P<what>time|costs?|profits?|revenues?|expenses?|earnings|income|distance|length|area|volume|emissions)\b",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"\b(?:determine|find|what|how|which|wants?|please|goal|objective|aims?|maximi[sz]e|minimi[sz]e)\b", re.I
)
_COUNTED = re.compile(
    r"\b(?:(?:maximi[sz]\w*|minimi[sz]\w*|maximum|minimum|highest|lowest|greatest|least|largest|smallest)"
    r"(?: [\w'-]+){0,2} (?:number|count)|fewest|(?<!at )(?:most|least)|as (?:few|many))\b",
    re.IGNORECASE,
)
"""Ways to ask for a count."""
_NETWORK = re.compile(r"\b(?:flows?|networks?|pipes?|pipelines?|edges?|arcs?|nodes?|cables?)\b", re.IGNORECASE)
"""What something goes through on its way."""


def check_goal_counts(formulation: Formulation, text: str) -> list[Finding]:
    """Return a warning where the text asks for a measure and the objective counts things."""
    goal = formulation.objective
    tree = tree_of(goal.expression)
    own = None if tree is None or goal.sense == "satisfy" else terms(tree)
    if own is None or len(own) < 2 or any(number != 1 for number, _ in own):
        return []
    known = {variable.name: variable for variable in formulation.variables}
    counted = [known[name] for _, name in own if name in known]
    if len(counted) < len(own) or any(
        variable.domain != "integer" or stems(f"{variable.name} {variable.description}".replace("_", " ")) & MASSES
        for variable in counted
    ):
        return []
    sentences = Sentences(text)
    asked = [sentences.words(number) for number in range(len(sentences.ends))]
    asked = [sentence for sentence in asked if _ASKS.search(sentence)]
    wanted = next((match for sentence in asked if (match := _MEASURED.search(sentence))), None)
    if wanted is None or any(map(_COUNTED.search, asked)):
        return []
    message = f"it counts {' and '.join(one.name for one in counted[:3])}, but the text asks for “{wanted.group()}”"
    return [warning("goal-counts", "the objective", message, f"write what each adds to the {wanted['what'].lower()}")]


def check_goal_twice(formulation: Formulation, text: str) -> list[Finding]:
    """Return a warning where the most flow is asked for and the objective adds up what enters and leaves one place."""
    rows = check(formulation).rows
    goal = rows.objective
    if formulation.objective.sense != "maximize" or not isinstance(goal, Polynomial) or not _NETWORK.search(text):
        return []
    if goal.degree != 1 or len(set(goal.linear.values())) != 1:
        return []
    for row in rows.rows:
        body = row.body
        if row.relation != "==" or not isinstance(body, Polynomial) or body.degree != 1 or body.constant:
            continue
        if {abs(factor) for factor in body.linear.values()} == {1} and body.linear.keys() <= goal.linear.keys():
            ways = {factor > 0: spell_key(*place) for place, factor in body.linear.items()}
            if len(ways) == 2:
                message = f"it counts {ways[True]} and {ways[False]}, though what is one goes on as the other"
                return [
                    warning("goal-twice", "the objective", message, "count what leaves the start, or reaches the end")
                ]
    return []
