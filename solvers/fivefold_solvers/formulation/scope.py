"""What names mean while an expression is evaluated, and the values that it can have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import islice

from fivefold_solvers.formulation.identity import Atom, Key, Member, spell, spell_key
from fivefold_solvers.formulation.polynomial import Polynomial

STEP_LIMIT = 6_000_000
SET_LIMIT = 200_000
_STEPS_PER_MEMBER = 0.125
"""What building one member of a set costs, measured in evaluations."""


class EvaluationError(Exception):
    """An expression has no value; `mend` says what to write instead."""

    def __init__(self, message: str, mend: str = "") -> None:
        super().__init__(f"{message}; {mend}" if mend else message)
        self.message = message
        self.mend = mend


@dataclass(frozen=True, slots=True)
class Members:
    """The evaluated elements of a set, in order."""

    name: str
    order: tuple[Member, ...]
    position: Mapping[Member, int]

    @classmethod
    def of(cls, name: str, members: tuple[Member, ...]) -> Members:
        """Return the members with their positions."""
        return cls(name, members, {value: place for place, value in enumerate(members)})

    def __str__(self) -> str:
        shown = ", ".join(spell(value) for value in self.order[:6])
        more = f", ... ({len(self.order)} in all)" if len(self.order) > 6 else ""
        return f"{self.name or 'the set'} = {{{shown}{more}}}"


@dataclass(slots=True)
class Budget:
    """Evaluations left; scopes that share one cannot together take longer than it allows."""

    steps: float = STEP_LIMIT


@dataclass(slots=True)
class Scope:
    """What names mean."""

    sets: Mapping[str, Mapping[Key, Members]] = field(default_factory=dict[str, dict[Key, Members]])
    parameters: Mapping[str, Mapping[Key, float]] = field(default_factory=dict[str, dict[Key, float]])
    defaults: Mapping[str, float] = field(default_factory=dict[str, float])
    """Value of the entries that a sparse parameter leaves out."""
    domains: Mapping[str, frozenset[Key]] = field(default_factory=dict[str, frozenset[Key]])
    """Every entry that a sparse parameter has, so that a key outside does not pass for the default."""
    variable: Callable[[str, Key], float | Polynomial] | None = None
    """The value of a variable's entry; None where only data may stand."""
    variables: frozenset[str] = frozenset()
    later: frozenset[str] = frozenset()
    """Sets and parameters that have no value yet, because they are computed from what is computed just now."""
    indices: dict[str, Member] = field(default_factory=dict[str, Member])
    """Indices that are bound just now."""
    budget: Budget = field(default_factory=Budget)
    """Guards against expressions that would never end."""

    def step(self) -> None:
        """Count one evaluation.

        Raises:
            EvaluationError: there were too many.
        """
        self.budget.steps -= 1
        if self.budget.steps < 0:
            raise EvaluationError(f"evaluating it takes more than {STEP_LIMIT} steps", "use smaller sets")

    def built(self, members: int) -> None:
        """Count the building of a set with so many members."""
        self.budget.steps -= _STEPS_PER_MEMBER * members


Value = bool | Atom | Key | Polynomial | Members
"""What an expression can be worth: a truth value, a number or element, a tuple, a polynomial, or a set."""


def parameter_entry(name: str, key: Key, scope: Scope) -> float:
    """Return the number at a key of a parameter, its default where the table is sparse."""
    table = scope.parameters[name]
    if key in table:
        return table[key]
    domain = scope.domains.get(name, frozenset())
    if name in scope.defaults and key in domain:
        return scope.defaults[name]
    raise EvaluationError(*_missing("parameter", name, key, table or dict.fromkeys(domain)))


def variable_entry(name: str, key: Key, scope: Scope) -> float | Polynomial:
    """Return the value of one entry of a variable."""
    if scope.variable is None:
        raise EvaluationError(f"variable {name} stands where only data may", "use data only")
    return scope.variable(name, key)


def set_entry(name: str, key: Key, scope: Scope) -> Members:
    """Return the members of a set, or of one subset of an indexed set."""
    table = scope.sets[name]
    if key in table:
        return table[key]
    raise EvaluationError(*_missing("set", name, key, table))


def _missing(kind: str, name: str, key: Key, table: Mapping[Key, object]) -> tuple[str, str]:
    """Return the message and mend for an entry that is not there."""
    arity = len(next(iter(table))) if table else 0
    if len(key) != arity:
        form = f"{name}[{', '.join('...' for _ in range(arity))}]" if arity else name
        return f"{kind} {name} has {arity} indices, not {len(key)}", f"write {form}"
    known = ", ".join(spell_key(name, other) for other in islice(table, 4)) or "none"
    return f"{spell_key(name, key)} does not exist (there are {known}{', ...' if len(table) > 4 else ''})", (
        "add a condition, as in `if t > first(T)`, or use prev(t) and next(t)"
    )


def missing_variable(name: str, key: Key, keys: Mapping[Key, object]) -> EvaluationError:
    """Return the error for an entry of a variable that is not there."""
    return EvaluationError(*_missing("variable", name, key, keys))
