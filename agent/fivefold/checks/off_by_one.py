"""A limit with 1 added or taken off, `hours <= 90 - 1`, where the text has no 1 and compares nothing strictly."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from fivefold.checks.bindings import how_stated
from fivefold.checks.sums import summands, tree_of
from fivefold.problem import sentence_at
from fivefold.reading.words import stated
from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.finding import Finding, warning

_STRICT = re.compile(
    r"(?<!no )(?<!not )(?<!not be )(?<!never )\b(?:more|less|fewer|greater|larger|higher|smaller|lower) "
    r"(?:[a-z]+ ){0,3}than\b|"
    r"(?<!not )(?<!cannot )(?<!n't )(?<!never )\bexceed(?:s|ing)?\b|"
    r"\b(?:strictly|beyond|minus|plus|already|additional|extra|spare|before|inclusive|exclusive|consecutive|"
    r"one (?:more|less|fewer|of|day|week|month|hour|period|unit|person|is|must|will|has)|"
    r"an? \w+ (?:more|less|earlier|later))\b|[<>]",
    re.IGNORECASE,
)
"""Words by which a limit may be meant to be one off."""
_ONE = re.compile(r"(?<![\d.,])1(?![\d.,]*\d)")
_CHOSEN = 5
"""Below this a number beside yes-or-no decisions may count them: not all three of three."""


def check_off_by_one(formulation: Formulation, text: str) -> list[Finding]:
    """Return a warning for every row that moves a limit by 1 without a reason in the text."""
    domains = {variable.name: variable.domain for variable in formulation.variables}
    findings: list[Finding] = []
    for row in formulation.constraints:
        tree = tree_of(row.expression)
        if not isinstance(tree, e.Compare) or tree.relation not in {"<=", ">="} or not _moved(tree):
            continue
        said = _said(tree, text)
        reasons = _STRICT.search(said or text) or (None if said else _ONE.search(text))
        if reasons is None and _plain(tree, domains, sure=bool(said)):
            message = f"`{row.expression}` moves its limit by 1, which the text does not"
            mend = "write the limit as it is stated"
            findings.append(warning("limit-moved", f"constraint '{row.name}'", message, mend))
    return findings


def _said(tree: e.Compare, text: str) -> str:
    """Return the sentences that state a number of a row; empty where a number is stated nowhere."""
    numbers = {float(part.value) for part in e.walk(tree) if isinstance(part, e.Number)} - {0.0, 1.0}
    found: list[str] = []
    for number in numbers:
        starts = [quantity.start for quantity in stated(text) if how_stated(quantity, number) is not None]
        if not starts:
            return ""
        found += [sentence_at(text, start) for start in starts]
    return "\n".join(found)


def _moved(tree: e.Compare) -> bool:
    """Whether 1 is added to or taken off what else stands on a side."""
    sides = (tree.left, tree.right)
    if all(e.names_used(side) for side in sides) and not any(_scaled(side) for side in sides):
        return False  # `paint >= plaster + 4 + 1` says what comes how long after what
    for side in sides:
        terms = list(summands(side))
        if len(terms) > 1 and sum(term in (e.Number(1), e.Negative(e.Number(1))) for term in terms) == 1:
            return True
    return False


def _scaled(side: e.Expression) -> bool:
    """Whether a side is more than names and numbers added up."""
    return any(
        isinstance(part, e.Item | e.Call | e.Choice | e.Aggregate)
        or (isinstance(part, e.Binary) and part.operator not in {"+", "-"})
        for part in e.walk(side)
    )


def _apart(tree: e.Compare, domains: Mapping[str, str]) -> bool:
    """Whether a row holds two amounts apart: `start_b >= start_a + 1 - 6*b_first`."""
    amounts = {name for name, domain in domains.items() if domain != "binary"}
    return all(e.names_used(side) & amounts for side in (tree.left, tree.right))


def _plain(tree: e.Compare, domains: Mapping[str, str], *, sure: bool) -> bool:
    """Whether a row neither links choices, nor orders things, nor counts the elements of a set."""
    parts = list(e.walk(tree))
    used = Counter(part.name for part in parts if isinstance(part, e.Name | e.Item) and part.name in domains)
    if any(isinstance(part, e.Call | e.Choice) for part in parts) or not used:
        return False
    indexed = {part.name for part in parts if isinstance(part, e.Item)}
    if any(times > 1 and name in indexed and not sure for name, times in used.items()):
        return False
    chosen = any(domains[name] == "binary" for name in used)
    if chosen and (any(times > 1 for times in used.values()) or _apart(tree, domains)):
        return False  # `t[j] >= t[i] + 1 - 9*(1 - y)`: a choice says in which order things stand
    amounts = [abs(float(part.value)) for part in parts if isinstance(part, e.Number)]
    return all(domains[name] != "binary" for name in used) or (sure and max(amounts, default=0.0) >= _CHOSEN)
