"""Hypothesis strategies that several rooms share: expression trees as the parser makes them."""

import keyword
import unicodedata

from hypothesis import strategies as st

from fivefold_solvers.formulation import expression as e

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
