"""Expression text and trees are inverse, and no text makes the parser fail otherwise than it says."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.parse import ExpressionError, parse, parse_range, parse_ranges
from fivefold_solvers.formulation.show import show, show_range
from fivefold_solvers.formulation.slips import mend
from tests.strategies import clauses, expressions

TEXTS = st.text(max_size=40) | st.text("x1.,()[]{}'\"=<>%*/+-$€# \n\\forin≤∑²_", max_size=25)


@st.composite
def spoiled(draw: st.DrawFn) -> str:
    """Return the text of a tree with a few characters put in, taken out or replaced."""
    text = show(draw(expressions()))
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(text)))
        piece = draw(st.text("x1.,()[]'\"=<>%*/+-$ ", max_size=2) | st.sampled_from([" for ", " in ", " if ", "≤"]))
        text = text[:place] + piece + text[place + draw(st.integers(0, 2)) :]
    return text


@given(expressions())
@settings(max_examples=100, deadline=None)
def test_a_tree_reads_back_from_its_text_without_a_note(tree: e.Expression) -> None:
    parsed = parse(show(tree))
    assert parsed.tree == tree
    assert parsed.notes == ()


@given(st.lists(clauses(expressions(leaves=3)), min_size=1, max_size=3).map(tuple))
@settings(max_examples=100, deadline=None)
def test_index_ranges_read_back(ranges: tuple[e.Clause, ...]) -> None:
    assert parse_range(show_range(ranges)) == ranges


@given(TEXTS | spoiled())
@settings(max_examples=150, deadline=None)
def test_any_text_is_read_or_refused_and_what_is_read_reads_back(text: str) -> None:
    try:
        tree = parse(text).tree
    except ExpressionError as fault:
        assert fault.message
    else:
        assert parse(show(tree)).tree == tree


@given(TEXTS | spoiled())
@settings(max_examples=100, deadline=None)
def test_any_range_is_read_or_refused(text: str) -> None:
    try:
        ranges = parse_range(text)
    except ExpressionError as fault:
        assert "{0 for" not in str(fault).replace(text, "")
    else:
        assert parse_range(show_range(ranges)) == ranges


@given(TEXTS | spoiled())
@settings(max_examples=150, deadline=None)
def test_mending_twice_is_mending_once(text: str) -> None:
    once = mend(text).text
    assert mend(once).text == once


@pytest.mark.parametrize(
    "text",
    ["(" * 300 + "x" + ")" * 300, "-" * 9000 + "x", "x" + "[1]" * 5000, "9" * 6000, "x" + " + x" * 500, "1e999", "\0x"],
)
def test_what_is_too_deep_or_too_large_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        parse(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("7^2", r"\*\*"),
        ("20% - x", "two readings"),
        ("y => x <= 5", "implies"),
        ("y -> x <= 5", "implies"),
        ("1/2x", "no expression"),
        ("1/2(x + y)", r"`\*` for a product"),
        ("x.y", "plain names"),
        ("x[1:3]", "slice"),
        ("x[()]", "no index"),
        ("x['a' 'b']", "side by side"),
        ("1,000,x + 007", "no number of its own"),
        ("x <= 5 is y", "is"),
        ("(x for x in X)", "sum"),
        ("f(a=1)(x=2)", "function's name"),
        ("foo(x for x in X)", "unknown function"),
        ("sum(x for () in X)", "must be a name"),
        (r"\sum_{i} x_{i}", "LaTeX"),
        ("(x + 1", "brackets"),
        ("   ", "empty"),
        ("{'a': 1}", "table"),
    ],
)
def test_refusals_say_the_mend(text: str, message: str) -> None:
    with pytest.raises(ExpressionError, match=message):
        parse(text)


@pytest.mark.parametrize("text", ["for", "i in", "i in I,", "not a range", "I + J", "in"])
def test_refused_ranges_show_the_range_as_written(text: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse_range(text)
    assert "{0" not in str(caught.value)


def test_bare_set_names_get_indices_that_hide_nothing() -> None:
    assert [clause.targets for clause in parse_ranges(("I", "j in J", "for all K"))] == [("_1",), ("j",), ("_3",)]


def test_a_name_is_the_same_in_a_range_and_in_an_expression() -> None:
    assert parse_range("ﬀ")[0].source == parse("ﬀ").tree == e.Name("ff")


def test_a_tuple_as_the_only_index_stays_one_index() -> None:
    item = parse("x[(i, j),]").tree
    assert item == e.Item("x", (e.Group((e.Name("i"), e.Name("j"))),))
    assert parse("x[(i, j)]").tree == e.Item("x", (e.Name("i"), e.Name("j")))
    assert show(item) == "x[(i, j),]"


def test_the_indicator_form_is_an_implication() -> None:
    assert parse("x <= 5 if y == 1").tree == parse("implies(y == 1, x <= 5)").tree


@pytest.mark.parametrize(
    "row", ["sum(x[j] for j in I if j != 'a') >= 2", "x[' if '] <= 5", "(1 if k > 2 else 3)*x <= 5"]
)
def test_the_condition_of_a_row_is_the_one_outside_of_brackets(row: str) -> None:
    assert parse(f"{row} if y == 1").tree == parse(f"implies(y == 1, {row})").tree
