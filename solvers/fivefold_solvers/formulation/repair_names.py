"""Names that are off in a way that has one reading: spaces, case, underscores, plurals, unquoted elements."""

from __future__ import annotations

import keyword
import re
from typing import TypeVar

from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.elements import Constraint, Formulation, Objective, Parameter, Set, Variable
from fivefold_solvers.formulation.finding import Finding, note
from fivefold_solvers.formulation.identity import spell
from fivefold_solvers.formulation.names import atoms, label
from fivefold_solvers.formulation.parse import ExpressionError, parse, parse_ranges
from fivefold_solvers.formulation.show import show
from fivefold_solvers.formulation.slips import Token, joined, tokens

_T = TypeVar("_T", Set, Parameter, Variable, Constraint, Objective)


def identifier(name: str) -> str:
    """Return the identifier nearest to a name in words; an underscore that was written at its end stays."""
    words = name.strip()
    plain = re.sub(r"\W+", "_", words).lstrip("_")
    plain = (plain if words.isidentifier() else plain.rstrip("_")) or "name"
    plain = plain if not plain[0].isdigit() else f"n_{plain}"
    return f"{plain}_" if keyword.iskeyword(plain) or plain in e.FUNCTIONS or plain in e.CONSTANTS else plain


def mend_names(formulation: Formulation) -> tuple[Formulation, list[Finding]]:
    """Return the formulation with such names and all slips of its expressions mended, and a note for each."""
    formulation, notes = _own_row_names(formulation)
    mender = _Mender(formulation)
    return mender.run(), notes + mender.notes


def _own_row_names(formulation: Formulation) -> tuple[Formulation, list[Finding]]:
    """Return the formulation with another name for each constraint whose name is taken: no expression uses it."""
    taken = {element.name for element in formulation.elements() if not isinstance(element, Constraint)}
    rows: list[Constraint] = []
    notes: list[Finding] = []
    for row in formulation.constraints:
        name, number = row.name, 1
        while name in taken:
            number += 1
            name = f"{row.name}_{number}"
        taken.add(name)
        rows.append(row if name == row.name else row.model_copy(update={"name": name}))
        if name != row.name:
            notes.append(note("slip", label(row), f"the name is taken; the constraint is called {name}"))
    return formulation.model_copy(update={"constraints": tuple(rows)}) if notes else formulation, notes


class _Mender:
    def __init__(self, formulation: Formulation) -> None:
        self.formulation = formulation
        self.notes: list[Finding] = []
        self.renamed: dict[str, str] = {}
        self.rows = {row.name for row in formulation.constraints}
        """Names that no expression uses: a constraint `first` beside the function first()."""
        self.elements: dict[str, int | float | str] = {}
        for block in formulation.sets:
            for value in atoms(block.elements):
                self.elements.setdefault(str(value), value)

    def say(self, where: str, message: str) -> None:
        found = note("slip", where, message)
        if found not in self.notes:
            self.notes.append(found)

    def run(self) -> Formulation:
        taken = {element.name for element in self.formulation.elements()}
        for element in self.formulation.elements():
            plain = identifier(element.name)
            if plain != element.name and plain not in taken:
                self.renamed[element.name] = plain
                self.say(label(element), f"the name was read as {plain}")
        self.declared = {self.renamed.get(name, name) for name in taken}
        self.usable = self.declared - {self.renamed.get(name, name) for name in self.rows}
        formulation = self.formulation
        return formulation.model_copy(
            update={
                "sets": tuple(self.element(block, ("expression",)) for block in formulation.sets),
                "parameters": tuple(self.element(block, ("expression",)) for block in formulation.parameters),
                "variables": tuple(self.element(block, ("lower", "upper")) for block in formulation.variables),
                "objective": self.element(formulation.objective, ("expression",)),
                "constraints": tuple(self.element(block, ("expression",)) for block in formulation.constraints),
            }
        )

    def element(self, element: _T, slots: tuple[str, ...]) -> _T:
        update: dict[str, object] = {}
        where = label(element)
        if not isinstance(element, Objective) and element.name in self.renamed:
            update["name"] = self.renamed[element.name]
        bound: frozenset[str] = frozenset()
        for slot in ("index", "forall"):
            ranges: tuple[str, ...] = getattr(element, slot, ())
            if ranges:
                mended, bound = self.ranges(where, ranges)
                if mended != ranges:
                    update[slot] = mended
        for slot in slots:
            text = getattr(element, slot)
            if isinstance(text, str):
                mended_text = self.text(where, text, bound)
                if mended_text != text:
                    update[slot] = mended_text
        return element.model_copy(update=update) if update else element

    def ranges(self, where: str, ranges: tuple[str, ...]) -> tuple[tuple[str, ...], frozenset[str]]:
        """Return index ranges with names mended, and the indices that they bind."""
        plain = tuple(self.spaced(text) for text in ranges)
        try:
            clauses = parse_ranges(plain)
        except ExpressionError:
            return plain, frozenset()
        bound = frozenset(target for clause in clauses for target in clause.targets)
        used = frozenset[str]().union(*(e.names_used(clause) for clause in clauses)) - bound
        return tuple(self.replaced(where, text, used) for text in plain), bound

    def text(self, where: str, text: str, bound: frozenset[str]) -> str:
        """Return an expression text with names and slips mended; unreadable text stays as it is."""
        plain = self.spaced(text)
        try:
            parsed = parse(plain)
        except ExpressionError:
            return plain
        for slip in parsed.notes:
            self.say(where, slip)
        if parsed.notes:
            plain = show(parsed.tree)
        clauses = [part for part in e.walk(parsed.tree) if isinstance(part, e.Clause)]
        inner = bound.union(*(clause.targets for clause in clauses))
        return self.replaced(where, plain, e.names_used(parsed.tree) - inner)

    def spaced(self, text: str) -> str:
        """Replace declared names that are no identifiers, longest first."""
        for name in sorted(self.renamed.keys() - self.rows, key=len, reverse=True):
            text = re.sub(rf"(?<![A-Za-z_]){re.escape(name)}(?!\w)", self.renamed[name], text)
        return text

    def replaced(self, where: str, text: str, used: frozenset[str]) -> str:
        """Replace undeclared names that have one near reading."""
        changes: dict[str, str] = {}
        for name in sorted(used - self.usable - e.FUNCTIONS):
            reading = self.near(name)
            if name in self.elements and reading is not None:
                continue
            if name in self.elements:
                changes[name] = spell(self.elements[name])
                self.say(where, f"{name} is a set element and was read as {changes[name]}")
                continue
            if reading is not None:
                changes[name] = reading
                self.say(where, f"'{name}' was read as '{reading}'")
        if not changes:
            return text
        return _with(text, changes)

    def near(self, name: str) -> str | None:
        """Return the one declared name, or entry of one, that a name is a spelling of."""
        sets = {self.renamed.get(block.name, block.name) for block in self.formulation.sets}
        alike = [other for other in self.usable if _alike(name, other)]
        if len(alike) == 1:
            # A single letter beside a set of that letter is an index that nothing binds.
            return None if len(name) == 1 and alike[0] in sets else alike[0]
        if alike:
            return None
        owner, _, entry = name.rpartition("_")
        blocks: list[Variable | Parameter] = [*self.formulation.variables, *self.formulation.parameters]
        variables = {self.renamed.get(block.name, block.name): block for block in blocks}
        block = variables.get(owner)
        if block is not None and len(block.index) == 1 and entry in self.elements:
            return f"{owner}[{spell(self.elements[entry])}]"
        return None


def _alike(name: str, other: str) -> bool:
    """Whether two names differ only by case, underscores or a plural ending."""
    short, long = sorted((name.lower().replace("_", ""), other.lower().replace("_", "")), key=len)
    plurals = {short} if len(short) < 3 else {short, f"{short}s", f"{short}es", f"{short[:-1]}ies"}
    return long in plurals


def _with(text: str, changes: dict[str, str]) -> str:
    """Return the text with whole names replaced; quoted elements stay."""
    pieces: list[Token] = []
    for token in tokens(text):
        pieces.append(Token("name", changes[token.text]) if token.kind == "name" and token.text in changes else token)
    return joined(pieces)
