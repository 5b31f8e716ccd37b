"""The five elements as data: Sets, Parameters, Variables, Objective, Constraints (LLMOPT, arXiv 2410.13213).

Expressions are kept as the text that people and LLMs write (notation: `expression`); `parse` reads them,
`check` says whether the whole makes sense. These classes hold structure only and accept any expression text.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Domain = Literal["continuous", "integer", "binary"]
Sense = Literal["minimize", "maximize", "satisfy"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(_Frozen):
    """Where an element comes from."""

    kind: Literal["stated", "derived", "assumed"]
    """`stated`: in the problem's words; `derived`: follows from them; `assumed`: neither."""
    quote: str = ""
    """The words of the problem, for `stated`."""
    reason: str = ""
    """Why, for `derived` and `assumed`."""


class _Named(_Frozen):
    name: str
    """A Python identifier, unique over all elements."""
    description: str = ""
    """What it means, in words."""
    source: Source | None = None
    """Where it comes from, None where nobody said."""


class Set(_Named):
    """A set of elements that indices run over; order is the order written."""

    index: tuple[str, ...] = ()
    """Empty for a plain set; `("i in I",)` for a subset of its own for every `i`."""
    elements: tuple[Any, ...] | dict[str, tuple[Any, ...]] | None = None
    """Atoms or tuples of atoms; a mapping from element to subset where `index` is given; None: see `expression`."""
    expression: str | None = None
    """Instead of elements: `range(1, 13)`, `{i for i in N if i != 0}`, `{(i, j) for i in N for j in N if i < j}`."""


class Parameter(_Named):
    """A number, or a table of numbers over index sets."""

    index: tuple[str, ...] = ()
    """Index ranges, `"i in I"`, `"j in J if i != j"`, or just set names, `"I"`; empty for a scalar."""
    values: Any = None
    """A number; nested lists in set order; or nested objects keyed by element (`"a,b"` for tuples)."""
    expression: str | None = None
    """Instead of values: computed from sets and earlier parameters, e.g. `2*cost[i]`."""
    default: int | float | None = None
    """Value of the entries that a sparse table leaves out; None: every entry must be there."""
    unit: str = ""
    """Unit of measure, in words."""


class Variable(_Named):
    """A decision, or a table of decisions over index sets."""

    index: tuple[str, ...] = ()
    """Index ranges as in `Parameter.index`."""
    domain: Domain = "continuous"
    """Which numbers it may take."""
    lower: int | float | str | None = 0
    """Least value: a number or a data expression over the declared indices; 0 unless said; `"-inf"` for none."""
    upper: int | float | str | None = None
    """Greatest value, like `lower`; None or `"inf"` for none."""
    unit: str = ""
    """Unit of measure, in words."""


class Objective(_Frozen):
    """What is minimized or maximized; `satisfy` looks for any feasible point."""

    sense: Sense
    """Which way is better."""
    expression: str = "0"
    """A numeric expression over variables and data."""
    name: str = "objective"
    """Its name in programs and reports."""
    description: str = ""
    """What it measures, in words."""
    unit: str = ""
    """Unit of measure, in words."""
    source: Source | None = None
    """Where it comes from."""


class Constraint(_Named):
    """One condition, or one for every combination of its index ranges."""

    forall: tuple[str, ...] = ()
    """Index ranges with conditions, `"t in T if t > first(T)"`; empty for a single row."""
    expression: str
    """A relation with `<=`, `>=` or `==`, `implies(...)`, or a constraint by name such as `all_different(...)`."""


class Assumption(_Frozen):
    """Something the problem leaves open and the formulation had to settle."""

    text: str
    """What was assumed."""
    reason: str = ""
    """Why this reading."""
    element: str = ""
    """Name of the element it touches, empty for the whole."""


class Formulation(_Frozen):
    """A mathematical program as its five elements, tied to no library."""

    title: str = ""
    """A few words that name the problem."""
    sets: tuple[Set, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    variables: tuple[Variable, ...] = ()
    objective: Objective = Field(default_factory=lambda: Objective(sense="satisfy"))
    constraints: tuple[Constraint, ...] = ()
    assumptions: tuple[Assumption, ...] = ()
    """What the formulation settles that the problem leaves open."""
    version: int = 1
    """Counts the edits of one formulation in a conversation."""

    def elements(self) -> Iterator[Set | Parameter | Variable | Constraint]:
        """Yield every named element, in the order of the five headings."""
        yield from self.sets
        yield from self.parameters
        yield from self.variables
        yield from self.constraints
