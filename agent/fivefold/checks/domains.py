"""Whole things as fractions, decisions between yes and no as amounts, and amounts that must not be whole.

Textbook problems often let half a chair be made, so before a solve only people, vehicles and the like, and what
the text itself calls whole, are doubted; after it, the values show whether the domain mattered.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from fivefold.checks.sums import tree_of
from fivefold.checks.wording import BODIES, MASSES, stems
from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.elements import Formulation, Variable
from fivefold_solvers.formulation.finding import Finding, note, warning
from fivefold_solvers.formulation.identity import Key, spell_key

_SAID_WHOLE = re.compile(
    r"\b(?:whole[- ]numbers?|integ(?:er|ers|ral)|indivisible|(?:cannot|can't|can not|must not|not) be "
    r"(?:split|divided|fractional|cut up)|no fraction(?:s|al)?|full units only|whole units)\b",
    re.IGNORECASE,
)
_SAID_PARTS = re.compile(
    r"\b(?:full|whole|complete|entire)(?: or |/|, | and )(?:partial|part|fractional|half)(?: or whole)? (?P<of>[a-z]+)|"
    r"\b(?:partial|fractional) (?P<some>[a-z]+) (?:are|is) (?:allowed|possible|permitted|acceptable|ok|fine)\b|"
    r"\bfractions of (?:an? )?(?P<a>[a-z]+) (?:are|is|can be|may be) "
    r"(?:allowed|possible|permitted|made|sold|bought|used)\b|"
    r"\b(?:can|may) be (?:fractional|fractions)\b|\bneed not be (?:whole|integers?|integral)\b",
    re.IGNORECASE,
)
"""What a text says that comes in parts: of one noun, or of all it decides."""
_CHOICE = re.compile(
    r"^\W*(?:(?:decides?|indicates?|says|shows) )?(?:whether|1 (?:if|when|where|for)|one if|yes[ /]?(?:or )?no)\b|"
    r"\bbinary\b|\b0[ /-]1\b|\b0 or 1\b",
    re.IGNORECASE,
)
_HOW_MANY = re.compile(r"\b(?:how many|number of)\s+((?:[\w-]+\s*){1,5})", re.IGNORECASE)
_ROUNDED = re.compile(
    r"(?:nearest|closest|rounded to (?:a|the)|answer (?:as|is) an?|single|need not be|necessarily)\s+$", re.IGNORECASE
)
_LEADS_ON = re.compile(r"\b(?:from|at|in|on|to|for|by|per|with|where|that|who|which|used|between|if)\b")
_ASKS_ON = re.compile(r"\b(?:should|does|do|can|must|will|are|is|of|to|per)\b")
_SAID = "what the problem calls whole"
_WHOLE = 1e-5


def is_choice(variable: Variable) -> bool:
    """Whether a variable says of itself that it is a yes or no."""
    return _CHOICE.search(variable.description) is not None


def check_domains(formulation: Formulation, text: str) -> list[Finding]:
    """Return warnings where a domain cannot be meant, notes where it is only unusual."""
    said_whole, said_parts = _said_whole(text), _SAID_PARTS.search(text)
    all_continuous = all(variable.domain == "continuous" for variable in formulation.variables)
    findings: list[Finding] = []
    for variable in formulation.variables:
        where = f"variable '{variable.name}'"
        if variable.domain == "continuous":
            if is_choice(variable) and variable.upper is None:
                message = f"it may take every value from 0 up, but it says “{variable.description}”"
                findings.append(note("domain-choice", where, message, "make it binary"))
            elif said_whole and all_continuous and _thing(variable, text):
                message = f"it may take fractions, but the problem says “{said_whole}”"
                findings.append(warning("domain-whole", where, message, "make it integer"))
        elif variable.domain == "integer" and said_parts and not said_whole and _in_parts(variable, said_parts):
            message = f"it is whole, but the problem says “{said_parts.group()}”"
            findings.append(warning("domain-parts", where, message, "make it continuous"))
        elif variable.domain == "integer" and not said_whole and (measure := _measure(variable)):
            message = f"it is whole, but {measure} can be divided"
            findings.append(note("domain-divisible", where, message, "make it continuous unless the problem says so"))
    return findings


def _in_parts(variable: Variable, said: re.Match[str]) -> bool:
    """Whether what a text says comes in parts is what a variable counts."""
    noun = said["of"] or said["some"] or said["a"]
    if noun is None or noun.lower() in {"amounts", "units", "numbers", "quantities", "values", "unit"}:
        return True
    return bool(stems(noun) & stems(f"{re.sub(r'[_0-9]+', ' ', variable.name)} {variable.description} {variable.unit}"))


def check_values(formulation: Formulation, text: str, values: Mapping[str, Mapping[Key, float]]) -> list[Finding]:
    """Return a warning for the first fraction of every variable that counts whole things, once it is solved."""
    said_whole, said_parts = _said_whole(text) is not None, _SAID_PARTS.search(text)
    findings: list[Finding] = []
    for variable in formulation.variables:
        if variable.domain != "continuous" or (said_parts and not said_whole and _in_parts(variable, said_parts)):
            continue
        # Shares of 0 to 1 come out whole by themselves where they choose a path or an assignment.
        choice = "yes or no" if is_choice(variable) else None
        thing = choice or _thing(variable, text) or (_SAID if said_whole and _counts(variable) else None)
        broken = [(key, value) for key, value in values.get(variable.name, {}).items() if not _is_whole(value)]
        if thing and broken:
            key, value = broken[0]
            message = f"{spell_key(variable.name, key)} is {value:.6g}, but it counts {thing}"
            if _in_shares(formulation, variable.name):
                why = "an equation holds it to a share of others, so whole ones need not exist"
                findings.append(
                    note("fraction", f"variable '{variable.name}'", f"{message}; {why}", "read it as a mean")
                )
            else:
                findings.append(warning("fraction", f"variable '{variable.name}'", message, "make it integer"))
    return findings


def _in_shares(formulation: Formulation, name: str) -> bool:
    """Whether an equation makes a decision what a share of it or of others comes to, as `0.9*staff + hired`."""
    trees = (tree_of(row.expression) for row in formulation.constraints)
    return any(
        isinstance(tree, e.Compare)
        and tree.relation == "=="
        and name in e.names_used(tree)
        and any(isinstance(part, e.Number) and part.value % 1 for part in e.walk(tree))
        for tree in trees
    )


def _said_whole(text: str) -> str | None:
    """Return the words by which a text asks for whole numbers of things, not only for a rounded answer."""
    found = (match for match in _SAID_WHOLE.finditer(text) if not _ROUNDED.search(text[: match.start()]))
    return next((match.group() for match in found), None)


def _is_whole(value: float) -> bool:
    return abs(value - round(value)) <= _WHOLE * max(1.0, abs(value)) if abs(value) < 1e15 else True


def _words(variable: Variable) -> frozenset[str]:
    """Return the words of a variable up to the first that leads to something else, as `of` and `at` do."""
    name = re.sub(r"[_\d]+", " ", variable.name)
    return stems(f"{name} {_LEADS_ON.split(variable.description.lower(), maxsplit=1)[0]} {variable.unit}")


def _measure(variable: Variable) -> str | None:
    """Return the unit or stuff that a variable says it is an amount of, by its unit or the head of its description."""
    head = re.match(r"(?:the |total |number of )*([^\W\d_]+)(?! (?:of )?(?:boxes|bottles|bags|cans)\b)",
                    variable.description.lower())  # fmt: skip
    named = stems(f"{variable.unit.split('/')[0]} {head[1] if head else ''}") & MASSES
    return min(named, default=None)


def _counts(variable: Variable) -> bool:
    """Whether a variable may be a count: nothing in its words measures, and it is no rate."""
    return not (_words(variable) & MASSES or re.search(r"\bper\b|/", variable.unit))


def _thing(variable: Variable, text: str) -> str | None:
    """Return what a variable counts where that cannot be divided: people, vehicles, what `how many` asks for."""
    if not _counts(variable):
        return None
    words = _words(variable)
    if bodies := words & BODIES:
        return min(bodies)
    of_each = False
    for match in _HOW_MANY.finditer(text):
        asked = stems(_ASKS_ON.split(match[1], maxsplit=1)[0])
        if asked & MASSES:
            continue
        if named := asked & words:
            return min(named)
        of_each = of_each or "each" in stems(match[1])
    return variable.description or variable.name if of_each else None
