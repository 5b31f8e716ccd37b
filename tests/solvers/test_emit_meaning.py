"""An emitted expression means in Python what the formulation's evaluator says it means."""

import math
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fivefold_solvers.emit.names import names_for
from fivefold_solvers.emit.spelling import Speller
from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.evaluate import evaluate
from fivefold_solvers.formulation.parse import parse
from fivefold_solvers.formulation.resolve import resolve
from fivefold_solvers.formulation.scope import EvaluationError, Members

ARCS = [("a", "b"), ("b", "c"), ("c", "a")]
NAMESPACE: dict[str, Any] = {
    "math": math,
    "I": ["a", "b", "c"],
    "N": [1, 2, 3, 4],
    "F": [0.5, 1, "1.x"],
    "ARCS": ARCS,
    "S": {"a": [1, 2], "b": [], "c": [4]},
    "c": {"a": 2, "b": 3.5, "c": -1},
    "d": {("a", 1): 7, ("b", 2): 8},
    "w": dict(zip(ARCS, (1, 2, 3), strict=True)),
    "k": 5,
}
RAW: dict[str, Any] = {
    "sets": [
        {"name": "I", "elements": NAMESPACE["I"]},
        {"name": "N", "expression": "range(1, 5)"},
        {"name": "F", "elements": NAMESPACE["F"]},
        {"name": "ARCS", "elements": ARCS},
        {"name": "S", "index": ["i in I"], "elements": NAMESPACE["S"]},
    ],
    "parameters": [
        {"name": "c", "index": ["i in I"], "values": NAMESPACE["c"]},
        {"name": "d", "index": ["i in I", "n in N"], "values": {"a": {"1": 7}, "b": {"2": 8}}, "default": 0.25},
        {"name": "w", "index": ["a in ARCS"], "values": {"a,b": 1, "b,c": 2, "c,a": 3}},
        {"name": "k", "values": 5},
    ],
    "variables": [{"name": "x", "upper": 1}],
    "objective": {"sense": "minimize", "expression": "x"},
}
EXPRESSIONS = [
    "sum(c[i] for i in I)",
    "sum(c[i]*n for i in I for n in N if n != 2 if i != 'a')",
    "sum(d[i, n] for i in I for n in N)",
    "sum(w[a] for a in ARCS)",
    "sum(w[i, j]*c[j] for (i, j) in ARCS if i == 'a' or j == 'a')",
    "sum(w[a] for a in ARCS if a == ('a', 'b') or a in {('c', 'a')})",
    "sum(w[(i, j)] for (i, j) in ARCS)",
    "w[first(ARCS)] + w[last(ARCS)]",
    "sum(c[prev(i)] for i in I if i > first(I))",
    "sum(c[next(i)] for i in I if i < last(I))",
    "sum(ord(i)*c[i] for i in I if i >= 'b')",
    "sum(1 for i in I if i <= last(I))",
    "sum(1 for i in I for j in I if i < j)",
    "sum(w[prev(a)] for a in ARCS if ord(a) > 1)",
    "sum(n for i in I for n in S[i])",
    "sum(len(S[i]) for i in I) + len(ARCS)",
    "prod(n for n in N) + min(c[i] for i in I) + max(1, k, c['b'])",
    "sum(1 for s in {1, '1', 1.0, 2})",
    "sum(n for n in {n % 2 for n in N})",
    "sum(1 for i in {i for (i, j) in ARCS for n in N})",
    "sum(n for n in {n for n in N if n > first(N)})",
    "last({n + 1 for n in N})",
    "sum((i == 'a')*2 - (n > 2) for i in I for n in N)",
    "-(k > 3) + (not k > 3)*2",
    "sum(n in S['a'] for n in N)",
    "any(n > 3 for n in N) + all(n > 3 for n in N)*2",
    "2**3**2 - (-2)**2 - -2**2",
    "k/2 + k//2 + k % 3 - 7 % (-3)",
    "(1 if k > 3 else 2) + (3 if k in N else 4)",
    "sum(f for f in F if f != '1.x')",
    "sum(n for n in range(1, 10, 3)) + first(range(4, 9))",
    "floor(2.7) + ceil(2.1) + round(2.5) + abs(-3)",
    "sqrt(16) + exp(0) + log(1) + log10(100) + log2(8) + sin(0) + cos(0) + tan(0)",
    "pi*2 + (1 if 3 < inf else 0)",
    "c['a'] - (c['b'] - c['c']) - k",
    "k - (2 + 3) - (4 - 1)*2/(3*2)",
    "sum(c[i] for i in I if i in {'a', 'c'} and not (i == 'c'))",
    "d['c', 4] + d['b', 2]",
    "sum(n for n in N if 1 < n <= 3)",
    "sum(ord(n, N) for n in {2, 4})",
]


def speller() -> Speller:
    checked = check(Formulation.model_validate(RAW))
    assert checked.grounded is not None, checked.errors
    return Speller(checked.grounded, names_for("mathopt", checked.formulation), lambda name: name)


@pytest.mark.parametrize("written", EXPRESSIONS)
def test_python_and_evaluator_agree(written: str) -> None:
    spelled, worth = both(parse(written).tree)
    assert spelled == worth
    assert isinstance(spelled, bool) == isinstance(worth, bool)


def both(tree: e.Expression) -> tuple[Any, Any]:
    writer = speller()
    sets = {name: block.table for name, block in writer.grounded.sets.items()}
    resolved = resolve(tree, sets, {})
    worth = evaluate(resolved, writer.grounded.scope())
    assert not isinstance(worth, Members)
    # The text comes from our own tree, which holds nothing but the language's functions.
    return eval(writer.data(resolved), dict(NAMESPACE)), worth


numbers = st.builds(e.Number, st.integers(0, 9) | st.sampled_from([0.5, 2.25]))
leaves = numbers | st.sampled_from([e.Name("k"), e.Item("c", (e.Text("b"),)), e.Item("c", (e.Text("c"),))])


def above(below: st.SearchStrategy[e.Expression]) -> st.SearchStrategy[e.Expression]:
    comparisons = st.builds(e.Compare, st.sampled_from(["<=", ">=", "==", "<", ">", "!="]), below, below)
    conditions = comparisons | st.builds(e.Not, comparisons)
    conditions |= st.builds(e.Logic, st.sampled_from(["and", "or"]), st.tuples(comparisons, comparisons))
    clause = st.builds(lambda test: e.Clause(("n",), e.Name("N"), (test,)), conditions)
    return st.one_of(
        st.builds(e.Binary, st.sampled_from(["+", "-", "*", "/", "//", "%", "**"]), below, below),
        st.builds(e.Negative, below),
        st.builds(e.Choice, conditions, below, below),
        st.builds(lambda test, left: e.Binary("*", test, left), conditions, below),
        st.builds(lambda part, body: e.Aggregate("sum", e.Binary("*", body, e.Name("n")), (part,)), clause, below),
        st.builds(lambda left, right: e.Call("max", (left, right)), below, below),
        st.builds(lambda inner: e.Call("abs", (inner,)), below),
    )


@given(st.recursive(leaves, above, max_leaves=8))
def test_any_arithmetic_agrees(tree: e.Expression) -> None:
    try:
        spelled, worth = both(tree)
    except (EvaluationError, OverflowError, ZeroDivisionError):
        assume(False)
        return
    assert spelled == worth or (math.isnan(spelled) and math.isnan(worth))
