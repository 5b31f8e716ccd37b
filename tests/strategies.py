"""Hypothesis strategies that several rooms share: expression trees as the parser makes them, whole formulations."""

import keyword
import unicodedata

from hypothesis import strategies as st

from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.elements import (
    Assumption,
    Constraint,
    Formulation,
    Objective,
    Parameter,
    Set,
    Source,
    Variable,
)
from fivefold_solvers.formulation.show import show

NAMES = ("x", "y", "cost", "I", "t", "größe", "área", "Plants", "_k", "x1", "is_open", "pi", "inf", "True")
FUNCTIONS = [*sorted(e.FUNCTIONS - {"sum"}), "foo"]


def names() -> st.SearchStrategy[str]:
    """Return names: mostly usual ones, some from all of Unicode."""
    letters = st.characters(categories=("Ll", "Lu", "Lo"))
    odd = st.text(letters, min_size=1, max_size=3).map(lambda text: unicodedata.normalize("NFKC", text))
    return st.sampled_from(NAMES) | odd.filter(
        lambda text: text.isidentifier() and not keyword.iskeyword(text) and "·" not in text
    )


def numbers() -> st.SearchStrategy[e.Expression]:
    """Return number literals, which have no sign of their own."""
    integers = st.integers(0, 10**30)
    floats = st.floats(0, allow_nan=False, allow_infinity=False).filter(lambda value: str(value)[0] != "-")
    return st.builds(e.Number, integers | floats)


@st.composite
def clauses(draw: st.DrawFn, below: st.SearchStrategy[e.Expression]) -> e.Clause:
    """Return one index range."""
    indices = st.sampled_from(["i", "j", "k", "_1", "größe"])
    targets = draw(st.lists(indices, min_size=1, max_size=3))
    return e.Clause(tuple(targets), draw(below), tuple(draw(st.lists(below, max_size=2))))


def _above(below: st.SearchStrategy[e.Expression]) -> st.SearchStrategy[e.Expression]:
    some = st.lists(below, min_size=1, max_size=3).map(tuple)
    ranges = st.lists(clauses(below), min_size=1, max_size=2).map(tuple)
    return st.one_of(
        st.builds(e.Item, names().filter(lambda name: name != "True"), some),
        st.builds(e.Group, st.lists(below, max_size=3).map(tuple)),
        st.builds(e.Negative, below),
        st.builds(e.Binary, st.sampled_from(["+", "-", "*", "/", "//", "%", "**"]), below, below),
        st.builds(e.Compare, st.sampled_from(["<=", ">=", "==", "<", ">", "!=", "in", "not in"]), below, below),
        st.builds(e.Logic, st.sampled_from(["and", "or"]), st.lists(below, min_size=2, max_size=3).map(tuple)),
        st.builds(e.Not, below),
        st.builds(e.Choice, below, below, below),
        st.builds(e.Call, st.sampled_from(FUNCTIONS), st.lists(below, max_size=3).map(tuple)),
        st.builds(e.Aggregate, st.sampled_from(sorted(e.AGGREGATES)), below, ranges),
        st.builds(e.Builder, st.lists(below, max_size=3).map(tuple)),
        st.builds(e.Builder, st.tuples(below), ranges),
    )


def expressions(*, leaves: int = 8) -> st.SearchStrategy[e.Expression]:
    """Return every kind of tree that `parse` can make."""
    leaf = numbers() | st.builds(e.Text, st.text(max_size=8)) | st.builds(e.Name, names())
    return st.recursive(leaf, _above, max_leaves=leaves)


WORDS = ("", "hours per week", "a|b", "`x`", "two\nlines", "- item", "# 1", "**bold**", '"so"', "a: b", "<br>", "&#10;")
IDENTIFIERS = ("x", "y", "I", "J", "cost", "is_open", "größe", "x1", "p_")


def words() -> st.SearchStrategy[str]:
    """Return texts for people: usual ones, awkward ones, and anything at all."""
    return st.sampled_from(WORDS) | st.text('ab *_`|\\"\n\t:-#<>()[]{}=,.&;1', max_size=12) | st.text(max_size=8)


def _expression_texts() -> st.SearchStrategy[str]:
    usual = st.sampled_from(["2*x + 3*y <= 10", "sum(cost[i]*x[i] for i in I)", "range(1, 13)", "{i for i in I}", "5"])
    return usual | expressions(leaves=3).map(show) | words()


def _identifiers() -> st.SearchStrategy[str]:
    return st.sampled_from(IDENTIFIERS) | words()


def _index() -> st.SearchStrategy[tuple[str, ...]]:
    usual = st.sampled_from(["i in I", "j in J if i != j", "I", "(i, j) in ARCS"])
    return st.lists(usual | words(), max_size=2).map(tuple)


def _source() -> st.SearchStrategy[Source | None]:
    kinds = st.sampled_from(["stated", "derived", "assumed"])
    return st.none() | st.builds(Source, kind=kinds, quote=words(), reason=words())


def _atoms() -> st.SearchStrategy[int | float | str]:
    finite = st.floats(allow_nan=False, allow_infinity=False)
    return st.integers(-99, 10**6) | finite | st.sampled_from(["cake", "1", "", "a,b"]) | words()


def _tables(*, infinite: bool = True) -> st.SearchStrategy[object]:
    numbers = st.integers(-99, 999) | st.floats(allow_nan=False, allow_infinity=infinite)
    keys = st.sampled_from(["cake", "bread", "1", "a,b", ""]) | words()
    rows = st.lists(numbers, max_size=3) | st.dictionaries(keys, numbers, max_size=3)
    # Rectangular tables are the usual ones, so they come up often.
    matrix = st.integers(1, 3).flatmap(
        lambda width: st.lists(st.lists(numbers, min_size=width, max_size=width), min_size=1, max_size=3)
    )
    grid = st.lists(keys, min_size=1, max_size=3, unique=True).flatmap(
        lambda heads: st.dictionaries(
            keys, st.fixed_dictionaries({}, optional=dict.fromkeys(heads, numbers)), max_size=3
        )
    )
    odd = st.recursive(
        st.none() | st.booleans() | numbers | words(),
        lambda below: st.lists(below, max_size=2) | st.dictionaries(keys, below, max_size=2),
        max_leaves=4,
    )
    return st.none() | numbers | rows | matrix | grid | odd


def _sets() -> st.SearchStrategy[Set]:
    members = st.lists(_atoms() | st.tuples(_atoms(), _atoms()), max_size=3).map(tuple)
    elements = st.none() | members | st.dictionaries(words(), members, max_size=2)
    return st.builds(
        Set,
        name=_identifiers(),
        description=words(),
        source=_source(),
        index=_index(),
        elements=elements,
        expression=st.none() | _expression_texts(),
    )


def formulations() -> st.SearchStrategy[Formulation]:
    """Return formulations with every field in use, sensible or not."""
    named = {"name": _identifiers(), "description": words(), "source": _source()}
    bounds = st.none() | st.sampled_from([0, "-inf", "inf", "cap[i]", "5"]) | st.floats(allow_nan=False) | words()
    parameters = st.builds(
        Parameter,
        **named,
        index=_index(),
        values=_tables(),
        expression=st.none() | _expression_texts(),
        default=st.none() | st.floats(allow_nan=False),
        unit=words(),
    )
    domains = st.sampled_from(["continuous", "integer", "binary"])
    variables = st.builds(Variable, **named, index=_index(), domain=domains, lower=bounds, upper=bounds, unit=words())
    senses = st.sampled_from(["minimize", "maximize", "satisfy"])
    objectives = st.builds(
        Objective,
        sense=senses,
        expression=st.just("0") | _expression_texts(),
        name=st.just("objective") | _identifiers(),
        description=words(),
        unit=words(),
        source=_source(),
    )
    constraints = st.builds(Constraint, **named, forall=_index(), expression=_expression_texts())
    assumptions = st.builds(Assumption, text=words(), reason=words(), element=_identifiers())

    def some(strategy: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
        return st.lists(strategy, max_size=2).map(tuple)

    return st.builds(
        Formulation,
        title=words(),
        sets=some(_sets()),
        parameters=some(parameters),
        variables=some(variables),
        objective=objectives,
        constraints=some(constraints),
        assumptions=some(assumptions),
        version=st.just(1) | st.integers(-3, 99),
    )
