"""The sense of the objective against the words of the problem."""

from __future__ import annotations

import re

from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.finding import Finding, warning
from fivefold_solvers.formulation.parse import ExpressionError, parse

_MAX_QUOTE = 140
_UP = re.compile(r"\bmaximi[sz]\w*", re.IGNORECASE)
_DOWN = re.compile(r"\bminimi[sz]\w*", re.IGNORECASE)
_WORTH = (
    r"(?= (?:[\w-]+ ){0,3}?(?:profit|revenue|cost|price|income|return|earning|gain|total|sum|amount|number|benefit|"
    r"output|yield|value|utility|point|score|time|distance|length|way|route|path|tour|round|trip|expense|wage|pay|bill|money|"
    r"area|volume|quantity|waste|variance|risk|weight|effort|emission|enjoyment|satisfaction|flow|dimension|plan|"
    r"mix|rent|fuel|share|production|turnover|sale|interest|reach|joy|mark|catch|harvest|effect|spending|budget|taking|storage|power|worth|possible)(?:e?s)?\b)"
)
_MOST = re.compile(
    r"\b(?:(?<!at )(?<!of the )most(?! of\b)(?! (?!profitable|valuable|lucrative)[\w-]*(?:al|ent|ive|able|ible|ic|"
    r"ful|ous|ate|ly)\b)|(?:highest|greatest|largest|biggest|maximum|maximal)"
    + _WORTH
    + r"|best (?:possible )?(?:profit|revenue|income|return|takings|sales|earnings)|"
    r"(?:as|so) (?:many|much|large|high|great) (?:\w+ ){0,4}?as possible)\b",
    re.IGNORECASE,
)
_LEAST = re.compile(
    r"\b(?<!of the )(?:(?<!at )(?<!at the )least|fewest|cheapest|quickest|fastest|earliest|soonest|"
    r"(?:lowest|smallest|shortest|minimum|minimal)"
    + _WORTH
    + r"|(?<=keep )(?:[a-z]+ ){0,2}(?:costs?|bill|expenses) down\b|"
    r"(?:as|so) (?:few|little|small|low|short|cheap|cheaply|early|soon|quickly) (?:\w+ ){0,4}?as possible)",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"\b(?:how|which|what|who|wants?|find|plan|determine|decide|choose|give|design|where|when)\b|\?$|"
    r"^\W*(?:goals?|aims?|objectives?|targets?|wanted)\b|^\W*(?:keep|spend|use|buy|mix|send|fill|choose|get|aim)\b",
    re.IGNORECASE,
)
"""A sentence that asks: with a word of asking, a question mark, `goal:`, or an order in its beginning."""
_SENTENCE = re.compile(r"(?:[^.!?\n]|\.(?=\d))+[.!?]?")
_UNCLEAR = re.compile(
    r"\b(?:(?:minimum|maximum|minimal|maximal) (?:number of|amount of|of|level|demand|requirement|limit|capacity)|"
    r"at the (?:most|least)|loss(?:es)?|penalt(?:y|ies)|regret|difference|deviation|best and|worst)\b",
    re.IGNORECASE,
)
"""Words with which a superlative may be a limit, or the objective something else than what is named."""
_PRICED = re.compile(r"\b(?:highest|greatest|largest|maximum|most) (?:\w+ ){0,2}(?:costs?|expenses?|load|time)\b", re.I)


def stated_sense(text: str) -> str | None:
    """Return the sense that a problem states in so many words; None where it uses both words or neither."""
    up, down = _UP.search(text) is not None, _DOWN.search(text) is not None
    if up == down:
        return None
    return "maximize" if up else "minimize"


def asked_sense(text: str) -> tuple[str, str] | None:
    """Return the sense that the question of a problem asks for by `most`, `cheapest` and the like, with its words.

    None where no sentence that asks has such a word, where two disagree, or where a word may be that of a limit.
    """
    asking = [match.group().strip() for match in _SENTENCE.finditer(text) if _ASKS.search(match.group())]
    found: dict[str, str] = {}
    for sentence in asking:
        up, down = _MOST.search(sentence), _LEAST.search(sentence)
        if not up and not down:
            continue
        if (up and down) or _UNCLEAR.search(sentence) or _PRICED.search(sentence):
            return None
        found["maximize" if up else "minimize"] = sentence
    return next(iter(found.items())) if len(found) == 1 else None


def check_sense(formulation: Formulation, text: str) -> list[Finding]:
    """Return a warning where the problem says maximize and the formulation minimizes, or the other way round."""
    objective = formulation.objective
    if objective.sense == "satisfy":
        return []
    sense = stated_sense(text)
    if sense is not None and sense != objective.sense:
        message = f"the problem says {sense}, the formulation says {objective.sense}"
        return [warning("sense", "the objective", message, f"{sense} what the problem asks for")]
    asked = (
        asked_sense(text) if sense is None and not _UP.search(text) and not _takes_off(objective.expression) else None
    )
    if asked is None or asked[0] == objective.sense:
        return []
    message = f"the problem asks to {asked[0]}, the formulation says {objective.sense}: “{asked[1][:_MAX_QUOTE]}”"
    return [warning("sense", "the objective", message, f"{asked[0]} what the problem asks for")]


def _takes_off(expression: str) -> bool:
    """Whether an objective begins with a minus, as what is to be made large may be written to be minimized."""
    try:
        tree = parse(expression).tree
    except ExpressionError:
        return True
    while isinstance(tree, e.Binary):
        tree = tree.left
    return isinstance(tree, e.Negative)
