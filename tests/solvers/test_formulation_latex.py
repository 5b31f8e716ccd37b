"""LaTeX of expressions and formulations; the fragments are such as KaTeX sets."""

import re

import pytest
from hypothesis import given, settings

from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.elements import (
    Assumption,
    Constraint,
    Formulation,
    Objective,
    Parameter,
    Set,
    Variable,
)
from fivefold_solvers.formulation.latex import to_latex
from fivefold_solvers.formulation.latex_expression import expression_to_latex
from fivefold_solvers.formulation.latex_text import name_to_latex, text_to_latex
from fivefold_solvers.formulation.parse import parse
from tests.strategies import expressions, formulations


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("sum(c[i]*x[i] for i in I)", r"\sum_{i \in I} c_{i} \, x_{i}"),
        ("sum(x[i, j] for i in I for j in J if i > j)", r"\sum_{i \in I} \sum_{\substack{j \in J \\ i > j}} x_{i,j}"),
        ("sum(x[i] for i in I)*y", r"\left(\sum_{i \in I} x_{i}\right) \, y"),
        ("2*sum(x[i] for i in I)*y", r"\left(2 \, \sum_{i \in I} x_{i}\right) \, y"),
        ("sum(x[i] + y[i] for i in I)", r"\sum_{i \in I} \left(x_{i} + y_{i}\right)"),
        ("total_cost <= 10", r"\mathit{total\_cost} \le 10"),
        ("x['dark cake'] >= 2.5", r"x_{\text{dark cake}} \ge 2.5"),
        ("a/(b + 1)", r"\frac{a}{b + 1}"),
        ("(a/b)**2", r"{\left(\frac{a}{b}\right)}^{2}"),
        ("-x**2", "-{x}^{2}"),
        ("(-x)**2", r"{\left(-x\right)}^{2}"),
        ("a - (b - c)", r"a - \left(b - c\right)"),
        ("2*3", r"2 \cdot 3"),
        ("a*-b", r"a \, \left(-b\right)"),
        ("0 <= x <= 10", r"0 \le x \le 10"),
        ("a == 1 and b != 2", r"a = 1 \land b \ne 2"),
        ("not a or b", r"\lnot a \lor b"),
        ("implies(y == 1, x <= 5)", r"y = 1 \Rightarrow x \le 5"),
        ("all_different(x[i] for i in I)", r"\operatorname{alldifferent}\left(x_{i} \mid i \in I\right)"),
        ("circuit(x)", r"\operatorname{circuit}\left(x\right)"),
        ("a if t > 1 else 0", r"\begin{cases} a & \text{if } t > 1 \\ 0 & \text{otherwise} \end{cases}"),
        ("abs(x - y) + len(S)", r"\left|x - y\right| + \left|S\right|"),
        ("a // 2 + a % 2", r"\left\lfloor \frac{a}{2} \right\rfloor + a \bmod 2"),
        ("max(x[i] for i in I)", r"\max_{i \in I} \left(x_{i}\right)"),
        ("range(1, 13)", r"\left\{1, \ldots, 12\right\}"),
        ("range(n + 1)", r"\left\{0, \ldots, n\right\}"),
        ("{(i, j) for i in N for j in M}", r"\left\{\left(i, j\right) \mid i \in N,\; j \in M\right\}"),
        ("(i, j) not in ARCS", r"\left(i, j\right) \notin \mathit{ARCS}"),
        ("1e-07*x + 1e+20", r"10^{-7} \, x + 10^{20}"),
        ("alpha*x1 + inf", r"\alpha \, {x_{1}} + \infty"),
    ],
)  # fmt: skip
def test_expressions_are_set_as_in_a_textbook(text: str, latex: str) -> None:
    assert expression_to_latex(parse(text).tree) == latex


def balanced(latex: str) -> bool:
    """Return whether braces, environments and \\left/\\right come in pairs."""
    bare = re.sub(r"\\(textbackslash|textasciicircum|textasciitilde)\{\}|\\[\\{}$&#%_]", " ", latex)
    depth = 0
    for brace in re.findall(r"[{}]", bare):
        depth += 1 if brace == "{" else -1
        if depth < 0:
            return False
    return (
        depth == 0
        and len(re.findall(r"\\left(?![a-z])", bare)) == len(re.findall(r"\\right(?![a-z])", bare))
        and len(re.findall(r"\\begin\b", bare)) == len(re.findall(r"\\end\b", bare))
    )


@given(expressions())
@settings(max_examples=100, deadline=None)
def test_brackets_of_any_tree_come_in_pairs(tree: e.Expression) -> None:
    assert balanced(expression_to_latex(tree))


@given(formulations())
@settings(max_examples=60, deadline=None)
def test_any_formulation_has_its_five_parts(formulation: Formulation) -> None:
    latex = to_latex(formulation)
    assert balanced(latex)
    for heading in ("Sets", "Parameters", "Variables", "Objective", "Constraints"):
        assert rf"\textbf{{{heading}}}" in latex


def test_a_formulation_reads_from_sets_to_constraints() -> None:
    formulation = Formulation(
        title="Bakery 50%",
        sets=(
            Set(name="I", elements=("cake", "bread"), description="products"),
            Set(name="S", index=("i in I",), elements={"cake": (1, 2), "bread": ()}),
            Set(name="N", elements=tuple(range(20))),
        ),
        parameters=(
            Parameter(name="p", index=("I",), values={"cake": 5, "bread": -2.5}, unit="€"),
            Parameter(name="cap", values=8),
            Parameter(name="double", index=("i in I",), expression="2*p[i]"),
        ),
        variables=(
            Variable(name="x", index=("i in I",)),
            Variable(name="y", domain="binary"),
            Variable(name="z", domain="integer", lower=1, upper="cap"),
            Variable(name="w", lower="-inf"),
        ),
        objective=Objective(sense="maximize", expression="sum(p[i]*x[i] for i in I)"),
        constraints=(Constraint(name="per_product", forall=("i in I if i != 'cake'",), expression="x[i] <= cap"),),
        assumptions=(Assumption(text="Fractions are fine"),),
    )
    assert to_latex(formulation).split(" \\\\\n") == [
        r"\begin{align*}" + "\n" + r"& \textbf{Bakery 50\%}",
        r"& \textbf{Sets}",
        r"& \quad I = \left\{\text{cake}, \text{bread}\right\} &&  && \text{products}",
        r"& \quad S_{\text{cake}} = \left\{1, 2\right\},\; S_{\text{bread}} = \left\{\right\}",
        r"& \quad N = \left\{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, \ldots, 19\right\}",
        r"& \textbf{Parameters}",
        r"& \quad p_{\text{cake}} = 5,\; p_{\text{bread}} = -2.5 && \forall\, i \in I && \text{[€]}",
        r"& \quad \mathit{cap} = 8",
        r"& \quad \mathit{double}_{i} = 2 \, p_{i} && \forall\, i \in I",
        r"& \textbf{Variables}",
        r"& \quad x_{i} \ge 0 && \forall\, i \in I",
        r"& \quad y \in \{0, 1\}",
        r"& \quad 1 \le z \le \mathit{cap},\; z \in \mathbb{Z}",
        r"& \quad w \in \mathbb{R}",
        r"& \textbf{Objective}",
        r"& \quad \max\; \sum_{i \in I} p_{i} \, x_{i}",
        r"& \textbf{Constraints}",
        r"& \quad x_{i} \le \mathit{cap} && \forall\, i \in I :\, i \ne \text{cake} && \text{per product}",
        r"& \textbf{Assumptions}",
        r"& \quad \text{Fractions are fine}" + "\n" + r"\end{align*}",
    ]


def test_words_are_escaped() -> None:
    assert text_to_latex("50% of $5 & {a_b}\n\x00~^\\#") == (
        r"50\% of \$5 \& \{a\_b\} \textasciitilde{}\textasciicircum{}\textbackslash{}\#"
    )
    assert name_to_latex("größe") == r"\text{größe}"
