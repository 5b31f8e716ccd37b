"""Edits that could mend a formulation, read from what its checks found and from what its text says in so many words.

A proposal promises nothing: whoever takes one looks whether fewer faults are left.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from fivefold.checks.battery.goal import stated_objective
from fivefold.checks.battery.lines import Line, lines_of, says
from fivefold.checks.bindings import same_number
from fivefold.checks.circles import exact_pi, radius_of, with_pi
from fivefold.checks.counted_in import as_counted, in_full
from fivefold.checks.places import replaced
from fivefold.checks.ratios import as_ratio
from fivefold.checks.shares import holds_share, percentages
from fivefold.checks.sums import Limit, limits
from fivefold.checks.tours import tour_row
from fivefold.checks.unexplained import of_three, unexplained
from fivefold.editing.operations import Add, Change, Drop, Operation, Section
from fivefold.mends.links import links
from fivefold.mends.set_ups import set_ups
from fivefold.reading.claim import Claim, opposite
from fivefold.reading.claims import claims
from fivefold.reading.entities import Entry
from fivefold.reading.free_variables import held_above_zero
from fivefold.reading.slots import TextReading, read_text
from fivefold.reading.tables import table_columns
from fivefold_solvers.formulation.check import Checked, check
from fivefold_solvers.formulation.elements import Constraint, Formulation, Source
from fivefold_solvers.formulation.finding import Finding
from fivefold_solvers.formulation.identity import spell_key

_ROW = re.compile(r"constraint '(\w+)'")
_VARIABLE = re.compile(r"variable '(\w+)'")
_OF_DOMAINS = frozenset({"domain-formula", "domain-parts"})
_DOMAIN = re.compile(r"make it (integer|continuous|binary)$")
_UNUSED = re.compile(r"\bnumber ([\d,.]*\d)[^\d]*\bis used nowhere")
_EARNED = re.compile(r"\b(?:profits?|revenues?|price|returns?|income|value|sell(?:s|ing))\b", re.IGNORECASE)
_TURNED = frozenset(
    {
        "relation",
        "no-room",
        "exact",
        "falsified-limit-not-exact",
        "share",
        "supply-turned",
        "need-turned",
        "supply-exact",
    }
)
_NEEDLESS = frozenset({"kinds-as-limit", "one-unsaid", "rate-as-limit", "forced-zero", "says-nothing"})
"""Findings on rows that may say nothing that the text says."""
_OF_SHARES = frozenset({"percent", "forced-zero", "says-nothing", "no-room", "share"})
"""Findings on rows that 40 for 40 % leads to."""
_MOST_ROWS = 200
_MAX_NAME = 40


@dataclass(frozen=True, slots=True)
class Mend:
    """Edits that belong together, and why they could be right."""

    operations: tuple[Operation, ...]
    """What is edited, in order."""
    why: str
    """What calls for it, with the sentence or the finding."""

    def __str__(self) -> str:
        return f"{'; '.join(map(_in_words, self.operations))}, because {self.why}"


def readable(checked: Checked) -> bool:
    """Return whether a formulation can be held against sentences: without errors, and no larger than people write."""
    return checked.grounded is not None and len(checked.rows.rows) <= _MOST_ROWS


def proposals(formulation: Formulation, text: str, findings: Sequence[Finding]) -> list[Mend]:
    """Return what could be edited, what the text says most plainly first; none where the formulation has errors."""
    checked = check(formulation)
    if checked.grounded is None or not readable(checked):
        return []
    whole, text = text, as_counted(formulation, text)
    reading = read_text(text, checked.grounded)
    alone = {row.name for row in formulation.constraints if not row.forall}
    lines = [line for line in lines_of(checked.rows.rows) if line.name in alone]
    freed = list(_freed(formulation, text, findings))
    if freed:
        # Rows that no values meet while variables cannot be negative are not the fault.
        findings = [finding for finding in findings if finding.code != "no-room"]
    found = [*freed, *_from_claims(reading, lines, formulation), *_objective(reading, formulation)]
    found += [*_from_findings(formulation, text, findings), *_domains(findings)]
    found += [*_groundless(formulation, text, lines), *_columns(reading, lines, findings)]
    if any(finding.code == "no-opening" for finding in findings):
        for one in set_ups(reading, formulation, lines):
            found.append(Mend(one.operations, f"the text says “{one.quote}”"))
    loose = [_named(_VARIABLE, finding) for finding in findings if finding.code == "free-of-rows"]
    if linked := links(formulation, loose, lines):
        found.append(Mend(linked, f"nothing depends on {', '.join(loose[:4])}"))
    told = found if text == whole else [_in_full(mend, text, whole) for mend in found]
    return list({repr(mend.operations): mend for mend in told}.values())


def _in_full(mend: Mend, counted: str, text: str) -> Mend:
    """Return a mend whose quotes are those of the text itself, not of the text as counted."""
    operations = list(mend.operations)
    for at, one in enumerate(operations):
        if isinstance(one, Add) and (source := one.element.get("source")) and source.get("quote"):
            quote = in_full(f"“{source['quote']}”", counted, text)[1:-1]
            operations[at] = one.model_copy(update={"element": {**one.element, "source": {**source, "quote": quote}}})
    return Mend(tuple(operations), in_full(mend.why, counted, text))


def _freed(formulation: Formulation, text: str, findings: Sequence[Finding]) -> Iterator[Mend]:
    """Yield that variables lose a lower bound of 0 where the text says that they are free and rows have no room."""
    held = held_above_zero(formulation, text)
    if held and any(finding.code in {"no-room", "no-optimum"} for finding in findings):
        free = [Change(op="change", section="variables", name=v.name, fields={"lower": "-inf"}) for v in held]
        yield Mend(tuple(free), "the text says that variables are free, so 0 is no bound of theirs")


def _from_claims(reading: TextReading, lines: Sequence[Line], formulation: Formulation) -> Iterator[Mend]:
    """Yield for every stated condition that no row says its row, added or put in place of those that hold its limit."""
    taken = {element.name for element in formulation.elements()}
    missing = [claim for claim in claims(reading) if not any(says(line, claim) for line in lines)]
    yield from _for_each([claim for claim in missing if claim.form == "each"], lines, taken)
    for claim in missing:
        first = _row_of(claim, taken)
        added = (first, _row_of(opposite(claim), taken | {first.element["name"]})) if claim.either_way else (first,)
        why = f"the text says {claim.said}: “{claim.quote}”"
        rivals = [line for line in lines if _holds(line, claim)]
        alike = [line for line in rivals if set(line.weights) == set(claim.weights)]
        for lost in (alike, rivals) if alike and len(alike) < len(rivals) else (rivals,):
            dropped = tuple(Drop(op="drop", section="constraints", name=line.name) for line in lost)
            if dropped:
                yield Mend((*dropped, *added), why)
        yield Mend(added, why)


def _for_each(missing: Sequence[Claim], lines: Sequence[Line], taken: set[str]) -> Iterator[Mend]:
    """Yield the rows of all decisions that one sentence limits and no row does, instead of one row of their sum."""
    for quote in dict.fromkeys(claim.quote for claim in missing):
        family = [claim for claim in missing if claim.quote == quote]
        names, added = set(taken), list[Operation]()
        for claim in family:
            row = _row_of(claim, names)
            names.add(row.element["name"])
            added.append(row)
        limit, support = family[0].limit, {entry for claim in family for entry in claim.weights}
        sums = [line for line in lines if same_number(line.limit, limit) and len(support & set(line.weights)) > 1]
        dropped = tuple(Drop(op="drop", section="constraints", name=line.name) for line in sums)
        why = f"the text says so of each of them: “{quote}”"
        for lost in (dropped, ()) if dropped else ((),):
            yield Mend((*lost, *added), why)


def _holds(line: Line, claim: Claim) -> bool:
    """Whether a row is about the limit of a claim: the same number, or none, and some of its decisions."""
    support = set(claim.weights)
    if claim.limit == 0:
        return line.limit == 0 and set(line.weights) == support
    return same_number(line.limit, claim.limit) and bool(support & set(line.weights))


def _row_of(claim: Claim, taken: set[str]) -> Add:
    words = re.sub(r"\W+", "_", re.split("[<>=]=", claim.said)[0]).strip("_").lower()[:_MAX_NAME]
    name = base = f"stated_{words}".rstrip("_")
    number = 2
    while name in taken:
        name, number = f"{base}_{number}", number + 1
    source = Source(kind="stated", quote=claim.quote)
    element = {
        "name": name,
        "expression": f"{linear(claim.weights)} {claim.relation} {plain(claim.limit)}",
        "description": claim.said,
        "source": source.model_dump(mode="json"),
    }
    return Add(op="add", section="constraints", element=element)


def _objective(reading: TextReading, formulation: Formulation) -> Iterator[Mend]:
    """Yield the objective that the text states for each decision, where there is one."""
    stated = stated_objective(reading)
    if stated is None:
        return
    fields = {"sense": "maximize" if stated.up else "minimize", "expression": linear(stated.weights)}
    if fields["expression"] != formulation.objective.expression or fields["sense"] != formulation.objective.sense:
        why = f"the text asks to {fields['sense']} {stated.phrase.strip()}"
        yield Mend((Change(op="change", section="objective", fields=fields),), why)


def _from_findings(formulation: Formulation, text: str, findings: Sequence[Finding]) -> Iterator[Mend]:
    rows = {row.name: row for row in formulation.constraints}
    by_number: dict[float, list[Limit]] = {}
    for limit in limits(formulation):
        by_number.setdefault(limit.number, []).append(limit)
    for finding in findings:
        row = rows.get(_named(_ROW, finding))
        if row is not None and finding.code in _TURNED:
            for relation in ("<=", ">="):
                turned = re.sub(r"<=|>=|==", relation, row.expression, count=1)
                if turned != row.expression:
                    yield _rewritten(row.name, turned, finding)
        if row is not None and finding.code == "limit-twice":
            yield from _together(row.name, by_number, finding)
        if row is not None and finding.code == "limit-subject":
            yield from _alone(row.name, by_number, finding)
        if row is not None and finding.code in _OF_SHARES:
            yield from _as_share(formulation, row, text, finding)
        if row is not None and finding.code in _NEEDLESS and not holds_share(formulation, row.name, text):
            yield Mend((Drop(op="drop", section="constraints", name=row.name),), str(finding))
        if finding.code == "objective-ratio" and (divided := as_ratio(formulation)) is not None:
            yield _changed("objective", "", {"expression": divided}, finding)
        if row is not None and finding.code == "fence":
            yield _rewritten(row.name, finding.mend.removeprefix("write ").strip("`"), finding)
        if finding.code == "pi-rounded":
            yield from _exact(formulation, row, finding)
        if finding.code == "no-pi":
            yield from _round(formulation, finding)
        if finding.code == "falsified-tour":
            yield from _one_tour(formulation, finding)
        if finding.code == "sense":
            sense = "minimize" if formulation.objective.sense == "maximize" else "maximize"
            yield _changed("objective", "", {"sense": sense}, finding)


def _one_tour(formulation: Formulation, finding: Finding) -> Iterator[Mend]:
    """Yield the constraint that makes one tour of what falls apart in several."""
    variable = next(one for one in formulation.variables if one.name == _named(_VARIABLE, finding))
    row = tour_row(variable)
    if row is not None:
        taken = {element.name for element in formulation.elements()}
        name = next(
            one for one in ("one_tour", *map("one_tour_{}".format, range(2, len(taken) + 3))) if one not in taken
        )
        source = Source(kind="derived", reason="the text asks for one tour").model_dump(mode="json")
        element = {"name": name, "expression": row, "description": "one tour through all places", "source": source}
        yield Mend((Add(op="add", section="constraints", element=element),), str(finding))


def _domains(findings: Sequence[Finding]) -> Iterator[Mend]:
    """Yield the domains that the text says, all at once: those of one kind are alike."""
    told = [(one, match) for one in findings if one.code in _OF_DOMAINS and (match := _DOMAIN.match(one.mend))]
    changes = tuple(
        Change(op="change", section="variables", name=_named(_VARIABLE, one), fields={"domain": match[1]})
        for one, match in told
    )
    if changes:
        yield Mend(changes, str(told[0][0]))


def _named(pattern: re.Pattern[str], finding: Finding) -> str:
    match = pattern.search(finding.where)
    return match[1] if match else ""


def _rewritten(name: str, expression: str, finding: Finding) -> Mend:
    return _changed("constraints", name, {"expression": expression}, finding)


def _changed(section: Section, name: str, fields: dict[str, str], finding: Finding) -> Mend:
    return Mend((Change(op="change", section=section, name=name, fields=fields),), str(finding))


def _as_share(formulation: Formulation, row: Constraint, text: str, finding: Finding) -> Iterator[Mend]:
    """Yield a row with its percentages as shares: 0.4 for the 40 of 40 %."""
    wanted = {place: place.value / 100 for place in percentages(formulation, row.name, text)}
    if wanted:
        better = next(one for one in replaced(formulation, wanted).constraints if one.name == row.name)
        yield _rewritten(row.name, better.expression, finding)


def _exact(formulation: Formulation, row: Constraint | None, finding: Finding) -> Iterator[Mend]:
    """Yield pi where an expression has it rounded."""
    if row is not None:
        yield _rewritten(row.name, exact_pi(row.expression), finding)
    elif (goal := exact_pi(formulation.objective.expression)) != formulation.objective.expression:
        yield _changed("objective", "", {"expression": goal}, finding)


def _round(formulation: Formulation, finding: Finding) -> Iterator[Mend]:
    """Yield pi at every area and volume of what is round, in all expressions at once."""
    names, radius = frozenset(variable.name for variable in formulation.variables), radius_of(formulation)
    if radius is None:
        return
    changes: list[Operation] = []
    if (goal := with_pi(formulation.objective.expression, radius, names)) is not None:
        changes.append(Change(op="change", section="objective", fields={"expression": goal}))
    for row in formulation.constraints:
        if (better := with_pi(row.expression, radius, names)) is not None:
            changes.append(Change(op="change", section="constraints", name=row.name, fields={"expression": better}))
    if changes:
        yield Mend(tuple(changes), str(finding))


def _together(name: str, by_number: Mapping[float, Sequence[Limit]], finding: Finding) -> Iterator[Mend]:
    """Yield one row of all that one number limits in several."""
    for number, same in by_number.items():
        names = [limit.row.name for limit in same]
        if name not in names or len({limit.relation for limit in same}) > 1 or len(same) < 2:
            continue
        terms: dict[str, float] = {}
        for limit in same:
            for factor, variable in limit.terms:
                terms.setdefault(variable, factor)
        body = linear({(variable, ()): factor for variable, factor in terms.items()})
        first = _rewritten(names[0], f"{body} {same[0].relation} {plain(number)}", finding)
        rest = tuple(Drop(op="drop", section="constraints", name=other) for other in names[1:])
        yield Mend((*first.operations, *rest), str(finding))


def _alone(name: str, by_number: Mapping[float, Sequence[Limit]], finding: Finding) -> Iterator[Mend]:
    """Yield the limit on the one variable that its words name."""
    match = re.search(r"write the limit on (\w+) alone", finding.mend)
    found = next((limit for same in by_number.values() for limit in same if limit.row.name == name), None)
    if match and found is not None:
        yield _rewritten(name, f"{match[1]} {found.relation} {plain(found.number)}", finding)


def _groundless(formulation: Formulation, text: str, lines: Sequence[Line]) -> Iterator[Mend]:
    """Yield every row left out whose limit, or of whose factors several, the text knows nothing of.

    A number that the text says of something else may stand at the wrong place of a row that is meant. A limit beside
    factors of the text, or one that three of its numbers come to, may be worked out: 7 hours and 30 minutes are 450.
    """
    nowhere = {(place.element, abs(place.value)) for place in unexplained(formulation, text)}
    for line in lines:
        invented = {abs(weight) for weight in line.weights.values() if (line.name, abs(weight)) in nowhere}
        if len(invented) > 1:
            numbers = " and ".join(map(plain, sorted(invented)))
            why = f"the factors {numbers} of '{line.name}' are not in the problem"
            yield Mend((Drop(op="drop", section="constraints", name=line.name),), why)
        grounded = any((line.name, abs(weight)) not in nowhere for weight in line.weights.values() if abs(weight) != 1)
        if line.limit and (line.name, line.limit) in nowhere and not grounded and not of_three(line.limit, text):
            why = f"the limit {line.limit:g} of '{line.name}' is not in the problem"
            yield Mend((Drop(op="drop", section="constraints", name=line.name),), why)


def _columns(reading: TextReading, lines: Sequence[Line], findings: Sequence[Finding]) -> Iterator[Mend]:
    """Yield rows with the numbers of one column of a table, where they have some of it and a number of it is unused."""
    unused = {float(match[1].replace(",", "")) for finding in findings if (match := _UNUSED.search(finding.message))}
    for column in table_columns(reading.text, reading.entities) if unused else ():
        if _EARNED.search(column.heading):
            continue  # what is earned is part of the objective, and limited by nothing
        for line in lines:
            other = [at for at, value in column.values.items() if not same_number(line.weights.get(at, 0.0), value)]
            missed = unused & {column.values[entry] for entry in other}
            if missed and len(line.weights) > 1 and len(other) < len(column.values):
                fields = {"expression": f"{linear(column.values)} {line.relation} {plain(line.limit)}"}
                why = f"the table has {', '.join(map(plain, column.values.values()))} under “{column.heading}”"
                yield Mend((Change(op="change", section="constraints", name=line.name, fields=fields),), why)


def _in_words(operation: Operation) -> str:
    match operation:
        case Add(element=element):
            return f"added `{element.get('expression') or element['name']}`"
        case Change(section="objective", fields=fields):
            return f"made the objective `{' '.join(fields.values())}`"
        case Change(name=name, fields={"lower": "-inf"}):
            return f"took the lower bound of '{name}' away"
        case Change(name=name, fields=fields):
            return f"made '{name}' `{' '.join(fields.values())}`"
        case _:
            return f"dropped '{getattr(operation, 'name', '')}'"


def linear(weights: Mapping[Entry, float]) -> str:
    """Return a sum as it is written in an expression."""
    text = ""
    for entry, weight in weights.items():
        sign = "-" if weight < 0 else "+"
        size = abs(weight)
        term = spell_key(*entry) if same_number(size, 1.0) else f"{plain(size)}*{spell_key(*entry)}"
        text += f" {sign} {term}" if text else (f"-{term}" if sign == "-" else term)
    return text or "0"


def plain(number: float) -> str:
    """Return a number as short as it can be written without losing more than what adding up shares loses."""
    short = float(f"{number:.12g}")
    return str(int(short)) if short.is_integer() and abs(short) < 1e15 else repr(short)
