"""Relations of the objective: it adds up what the text says is to be made large or small, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from fivefold.checks.battery.lab import Lab, Relation
from fivefold.checks.battery.report import RelationResult, Witness
from fivefold.checks.bindings import same_number
from fivefold.checks.sums import terms, tree_of
from fivefold.reading.entities import Entry, stem, stems
from fivefold.reading.formulas import formula_goal
from fivefold.reading.slots import Slot, TextReading
from fivefold.reading.table_claims import table_goal
from fivefold_solvers.formulation.identity import spell_key
from fivefold_solvers.formulation.polynomial import Polynomial

TABLE = Relation(
    "objective-as-stated",
    "Where the text states one gain or cost for each decision, the objective is their sum.",
    "write the objective with the numbers that the text states of each decision",
)
SENSE = Relation(
    "sense-as-stated",
    "What the text wants large is maximized, what it wants small is minimized.",
    "turn the sense of the objective",
)
_GOAL = re.compile(
    r"\b(?:(?P<verb>maximi[sz]|minimi[sz])(?:e|es|ing|ed?)|(?P<noun>minimum|maximum|least|lowest|highest)(?: possible)?"
    r"(?= (?:[a-z]+ ){0,2}(?:costs?|profits?|revenues?|expenses?|price|amount of money|number of)\b))\b"
    r"(?P<what>[^.?!;]*)",
    re.IGNORECASE,
)
_SOFTLY = re.compile(
    r"\bto (?P<verb>reduce|decrease|lower|increase|raise) the (?:total |overall )?(?P<what>(?:number|cost|costs|profit|"
    r"revenue|time|amount)\b[^.?!;]*)\?\s*$",
    re.IGNORECASE,
)
"""Says the same of a question that says neither maximize nor minimize."""
_NUMBER_OF = re.compile(
    r"\bnumber of ((?:[a-z-]+ ){0,2}?)([a-z-]+)(?= (?:used|needed|required|made|bought|hired)\b|\W*$)", re.IGNORECASE
)
_IN_WORDS = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six"}
_KINDS_OF = re.compile(
    r"\b(two|three|four|five|six|\d) (?:different )?(?:types|kinds|sorts) of ([a-z]+)", re.IGNORECASE
)
_GAINS = frozenset({"profit", "revenue", "income", "earning", "return", "gain", "sale"})
_COSTS = frozenset({"cost", "expense", "wage", "bill", "spending", "expenditure", "price", "payment", "money"})
_OTHER = re.compile(r"\b(?:subject to|while|given|such that|if|so that|under|within|without|and)\b", re.IGNORECASE)
_RATIO = re.compile(r"\b(?:ratio|per(?! (?:hour|day|night|week|month|quarter|season|year|shift)\b))\b", re.IGNORECASE)
"""The cost per parcel is no sum of costs."""
_EVERY = frozenset({"number", "total", "amount", "quantity"})


@dataclass(frozen=True, slots=True)
class StatedObjective:
    """What a text wants to make best, as a sum over the decisions."""

    up: bool
    """Whether more is better."""
    weights: Mapping[Entry, float]
    """The number that the text states of each decision."""
    phrase: str
    """The words for it."""


def stated_objective(reading: TextReading) -> StatedObjective | None:
    """Return the objective that a text states in so many words; None where it does not."""
    written = formula_goal(reading)
    if written is not None:
        return StatedObjective(*written)
    aim, wanted = _aim(reading), _wanted(reading)
    return None if aim is None or wanted is None else StatedObjective(aim[0], wanted, aim[2])


def check_goal(lab: Lab) -> Iterator[RelationResult]:
    """Yield whether the objective has the coefficients that the text states."""
    reading = lab.reading
    body = lab.built.checked.rows.objective
    aim = _aim(reading)
    if aim is not None and _turned(lab, aim[0], body):
        asked, has = ("maximize", "minimizes") if aim[0] else ("minimize", "maximizes")
        words = f"the text asks to {asked} {aim[2].strip() or 'the objective'}, the formulation {has} it"
        yield SENSE.violated(Witness(change="none", words=words), aim[2], "the objective")
    stated = stated_objective(reading)
    if stated is None:
        yield TABLE.abstained("the text does not state one number of what is to be made best for each decision")
        return
    if not isinstance(body, Polynomial) or body.degree != 1:
        yield TABLE.abstained("the objective is not a plain sum")
        return
    known = {entity.entry for entity in reading.entities} | stated.weights.keys()
    if set(body.linear) - known:
        yield TABLE.abstained("the objective holds decisions that the text does not name")
        return
    turned = (lab.formulation.objective.sense == "maximize") != stated.up
    turned_round = body.scaled(-1) if turned else body
    assert isinstance(turned_round, Polynomial)
    yield _compared(stated.weights, turned_round, scaled=not _twice(lab.formulation.objective.expression))


def _twice(expression: str) -> bool:
    """Whether an objective names a decision in two terms, so that a multiple of what is stated is no other unit."""
    tree = tree_of(expression)
    named = [name for _, name in terms(tree) or ()] if tree is not None else []
    return len(set(named)) < len(named)


def _turned(lab: Lab, up: bool, body: float | Polynomial) -> bool:
    """Whether a formulation goes the other way than its text; what is written with a minus is turned once more."""
    sense = lab.formulation.objective.sense
    if sense == "satisfy" or (sense == "maximize") == up or not isinstance(body, Polynomial):
        return False
    return body.degree == 1 and any(weight > 0 for weight in body.linear.values())


def _compared(wanted: Mapping[Entry, float], body: Polynomial, *, scaled: bool) -> RelationResult:
    """Return whether an objective is what is wanted; where it may be `scaled`, in another unit."""
    names = {entry: spell_key(*entry) for entry in (*wanted, *body.linear)}
    said = " + ".join(f"{value:g}*{names[entry]}" for entry, value in wanted.items())
    ratios = {entry: body.linear.get(entry, 0.0) / value for entry, value in wanted.items()}
    first = next(iter(ratios.values())) if scaled else 1.0
    if first > 0 and all(same_number(ratio, first) for ratio in ratios.values()):
        spare = next((entry for entry, weight in body.linear.items() if weight and entry not in wanted), None)
        if spare is None:
            return TABLE.held(said)
        words = f"the text asks for the best {said}, the objective has {body.linear[spare]:g} for {names[spare]} too"
        return TABLE.violated(Witness(change="none", after=body.linear[spare], words=words), said, "the objective")
    entry = next(entry for entry, ratio in ratios.items() if not same_number(ratio, 1.0))
    here = body.linear.get(entry, 0.0)
    words = (
        f"the text states {wanted[entry]:g} of {names[entry]} for what is to be made best, the objective has {here:g}"
    )
    return TABLE.violated(Witness(change="none", before=wanted[entry], after=here, words=words), said, "the objective")


def _wanted(reading: TextReading) -> dict[Entry, float] | None:
    """Return the coefficient of each decision in what the text wants to make best; None where that is not clear."""
    aim = _aim(reading)
    if aim is None or not reading.entities or _RATIO.search(aim[2]):
        return None
    up, goal, phrase = aim
    if (column := table_goal(reading, goal)) is not None:
        return column
    if re.search(r"\bnumber of\b", phrase) and _counts_all(reading, goal):
        return {entity.entry: 1.0 for entity in reading.entities}
    alone = _counts_one(reading, phrase)
    if alone is not None:
        return {alone: 1.0}
    chosen: dict[Entry, float] = {}
    for at, entity in enumerate(reading.entities):
        slot = _only(reading, at, goal, up)
        if slot is None or not slot.quantity.value:
            return None
        chosen[entity.entry] = slot.quantity.value
    return chosen


def _aim(reading: TextReading) -> tuple[bool, frozenset[str], str] | None:
    """Return whether more is better, the words for what is made best, and their phrase; None where two are named."""
    found: dict[tuple[bool, frozenset[str]], tuple[frozenset[str], str]] = {}
    for up, what in _aims(reading.text):
        phrase = _OTHER.split(what, maxsplit=1)[0]
        goal = frozenset(stem(word) for word in re.findall(r"[A-Za-z]+", phrase))
        if goal & {"difference", "deviation", "maximum", "average", "variance", "net"}:
            return None
        kind = goal & _GAINS or goal & _COSTS or goal
        found[up, frozenset({"money"}) if goal & (_GAINS | _COSTS) else kind] = (goal, phrase)
    if len(found) != 1:
        return None
    ((up, _), (goal, phrase)) = next(iter(found.items()))
    return up, goal, phrase


def _aims(text: str) -> Iterator[tuple[bool, str]]:
    """Yield whether more is better, and of what, for every goal that a text names."""
    named = list(_GOAL.finditer(text))
    for match in named:
        yield (match["verb"] or match["noun"]).lower().startswith(("max", "high")), match["what"]
    softly = None if named else _SOFTLY.search(text)
    if softly is not None:
        yield softly["verb"].lower() in {"increase", "raise"}, softly["what"]


def _counts_all(reading: TextReading, goal: frozenset[str]) -> bool:
    """Whether a goal counts every decision once: the shops of small shops and large shops, or all by their names."""
    variables = [entity.variable for entity in reading.entities]
    if len({variable.domain for variable in variables}) > 1 or variables[0].domain == "binary":
        return False
    if all(goal & entity.own for entity in reading.entities) or _kinds_of(reading) & goal - _EVERY:
        return True
    if any(slot.owner is not None and slot.nouns & goal - _EVERY for slot in reading.slots):
        return False
    heads: dict[int, set[str]] = {}
    for mention in reading.mentions:
        behind = re.match(r"\W{0,3}([A-Za-z]+)", reading.text[mention.end :])
        words = re.findall(r"[A-Za-z]+", reading.text[mention.start : mention.end]) + ([behind[1]] if behind else [])
        heads.setdefault(mention.entity, set()).update(map(stem, words))
    return any(all(word in heads.get(at, ()) for at in range(len(reading.entities))) for word in goal - _EVERY)


def _kinds_of(reading: TextReading) -> frozenset[str]:
    """Return what a text says that all decisions are kinds of: the store of `two types of stores`."""
    count = len(reading.entities)
    said = {str(count), _IN_WORDS.get(count)}
    return frozenset(stem(match[2]) for match in _KINDS_OF.finditer(reading.text) if match[1].lower() in said)


def _counts_one(reading: TextReading, phrase: str) -> Entry | None:
    """Return the one decision that a goal counts, as `the number of bikes` does where there are bikes and cars."""
    match = _NUMBER_OF.search(phrase)
    if match is None or any(entity.variable.domain == "binary" for entity in reading.entities):
        return None
    rest = reading.text.partition(phrase)[2]
    if re.match(r"\s*(?:and|or|plus|as well|with|[,/&+])", rest):
        return None  # the bikes and the cars
    words = stems(match[1] + match[2])
    meant = [entity for entity in reading.entities if words & entity.own]
    # A word of the goal that no decision has may count something that they make.
    known = bool(meant) and words <= meant[0].label | _EVERY
    return meant[0].entry if len(meant) == 1 and known and stem(match[2]) in meant[0].own else None


def _only(reading: TextReading, entity: int, goal: frozenset[str], up: bool) -> Slot | None:
    """Return the one number of a decision that counts towards the goal."""
    own = [slot for slot in reading.slots if slot.owner == entity and not slot.quantity.percent]
    own = [slot for slot in own if slot.kind not in {"limit", "requirement", "exact", "ratio"}]
    money = [slot for slot in own if "money" in slot.nouns]
    if (goal & _GAINS and up) or (goal & _COSTS and not up):
        fitting = [slot for slot in money if slot.kind == ("gain" if up else "cost")]
        if len(money) == 1:
            return money[0] if fitting or money[0].kind == "unclear" else None
        # A profit that is stated as such is one after all costs; a price is not.
        return fitting[0] if len(fitting) == 1 and "profit" in stems(reading.quote(fitting[0])) & goal else None
    if goal & (_GAINS | _COSTS):
        return None
    counted = [slot for slot in own if slot.nouns & goal - _EVERY and slot.kind in {"use", "yield", "unclear"}]
    # Of water to the well and water to the pond the goal may name one.
    closest = max((len(slot.nouns & goal - _EVERY) for slot in counted), default=0)
    counted = [slot for slot in counted if len(slot.nouns & goal - _EVERY) == closest]
    return counted[0] if len(counted) == 1 else None
