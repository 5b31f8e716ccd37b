"""Each slip that is mended: what it is read as, what is said, and what looks like it but is left alone."""

import pytest

from fivefold_solvers.formulation.parse import parse
from fivefold_solvers.formulation.slips import mend


@pytest.mark.parametrize(
    ("slip", "meant", "note"),
    [
        ("x = 5", "x == 5", "`=` was read as `==`"),
        ("x =< 5", "x <= 5", "`=<` was read as `<=`"),
        ("x => 5", "x >= 5", "`=>` was read as `>=`"),
        ("implies(y == 1, x => 5)", "implies(y == 1, x >= 5)", "`=>` was read as `>=`"),
        ("i <> j", "i != j", "`<>` was read as `!=`"),
        ("a == 1 && b == 1", "a == 1 and b == 1", "`&&` was read as `and`"),
        ("a == 1 || b == 1", "a == 1 or b == 1", "`||` was read as `or`"),
        ("x ≤ 5", "x <= 5", "`≤` was read as `<=`"),
        ("3×x − y·2", "3*x - y*2", "`×` was read as `*`"),
        ("∑(x[i] for i ∈ I)", "sum(x[i] for i in I)", "`∑` was read as `sum`"),
        ("2x + 3 y", "2*x + 3*y", "`2 x` was read as a product"),
        ("3(x + y)", "3*(x + y)", "`3 (` was read as a product"),
        ("1,200*x <= 1,000,000", "1200*x <= 1000000", "`1,200` was read as 1200"),
        ("x <= $500", "x <= 500", "the sign `$` before a number was left out"),
        ("x <= €5", "x <= 5", "the sign `€` before a number was left out"),
        ("x >= 20% * y", "x >= (20/100)*y", "`20%` was read as 20/100"),
        ("5% <= x", "(5/100) <= x", "`5%` was read as 5/100"),
        (
            "sum(x[a, b] for a in A, b in B)",
            "sum(x[a, b] for a in A for b in B)",
            "`for a in A, b in B` was read as `for a in A for b in B`",
        ),
        ("x[i][j]", "x[i, j]", "`x[..][..]` was read as `x[.., ..]`"),
        ("x <= 5  # at most", "x <= 5", "the comment `# at most` was left out"),
        ("x  # a\n + y", "x + y", "the comment `# a` was left out"),
    ],
)
def test_a_slip_is_read_as_meant_and_told(slip: str, meant: str, note: str) -> None:
    parsed = parse(slip)
    assert parsed.tree == parse(meant).tree
    assert note in parsed.notes


@pytest.mark.parametrize(
    ("slip", "meant"),
    [("x + y;", "x + y"), (" $x + y$. ", "x + y"), ("$$x$$", "x"), ("x[‘cake’] + y[“a b”]", "x['cake'] + y['a b']")],
)
def test_wrapping_is_taken_off_without_a_word(slip: str, meant: str) -> None:
    assert parse(slip).tree == parse(meant).tree
    assert parse(slip).notes == ()


@pytest.mark.parametrize(
    "text",
    [
        "x['a–b'] + y['men’s'] == z['1,200']",
        "x['007'] + x['2024-01-05'] + 1_000*y",
        r"x['a\\d'] + y['it\'s \"so\"']",
        "x['# 1'] + y['$5'] + z['5%']",
        "t % 3 == 0",
        "5 % 3 + t % (2)",
        "max(1, 200, 300)",
        "x[1, 200]",
        "sum(x[i] for i in I if (i, 2) in ARCS)",
        "2 if a == 1 else 3",
        "i not in {1, 2}",
        "not (a == 1)",
        "área + größe*λ",
        "1e5*x - 2.5e-3*y + .5",
    ],
)
def test_valid_text_is_left_alone(text: str) -> None:
    assert mend(text).notes == ()
    assert "".join(mend(text).text.split()) == "".join(text.split())
    assert parse(text).notes == ()
