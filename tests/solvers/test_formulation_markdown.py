"""Markdown of formulations: what is written reads back exactly, other hands are read, no text makes the reader fail."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
from fivefold_solvers.formulation.finding import errors
from fivefold_solvers.formulation.markdown import from_markdown, to_markdown
from tests.strategies import formulations


@given(formulations())
@settings(max_examples=100, deadline=None)
def test_what_is_written_reads_back_without_a_finding(formulation: Formulation) -> None:
    back, findings = from_markdown(to_markdown(formulation))
    assert findings == []
    assert back == formulation


PIECES = st.sampled_from(
    ["## Sets\n", "# Parameters\n", "**Variables**\n", "Objective: ", "## Constraints\n", "- ", "  - ", "**x**", "`",
     "|", "| --- |\n", "\n", "\n\n", ": ", " = ", "x[i in I]", "[1, 2]", "{'a': 1}", "over `i in I`", "Maximize",
     "x <= 5", "for all t in T", "at least ", "$", "\\", "<br>", "&#0;", "&#9999999;", "1.", "Version: 99999",
     "stated: ", "none"]
)  # fmt: skip


@st.composite
def spoiled(draw: st.DrawFn) -> str:
    """Return the Markdown of a formulation with pieces put in and taken out."""
    text = to_markdown(draw(formulations()))
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(text)))
        text = text[:place] + draw(PIECES) + text[place + draw(st.integers(0, 5)) :]
    return text


@given(st.text(max_size=60) | st.lists(PIECES | st.text(max_size=3), max_size=30).map("".join) | spoiled())
@settings(max_examples=200, deadline=None)
def test_any_text_is_read_or_refused_with_a_finding(text: str) -> None:
    formulation, findings = from_markdown(text)
    assert (formulation is None) == bool(errors(findings))
    if formulation is not None:
        assert from_markdown(to_markdown(formulation)) == (formulation, [])


def test_awkward_ranges_and_names_stay_as_they_are() -> None:
    formulation = Formulation(
        sets=(Set(name="`x`:", index=("```", "i in `I`\nagain"), elements=("`",)),),
        constraints=(Constraint(name="x[i]", forall=("",), expression="a\n<= `b`"),),
    )
    assert from_markdown(to_markdown(formulation)) == (formulation, [])


BAKERY = Formulation(
    title="Bakery",
    sets=(Set(name="I", elements=("cake", "bread"), description="products"),),
    parameters=(
        Parameter(
            name="price",
            index=("i in I",),
            values={"cake": 5, "bread": 2.5},
            unit="€ per piece",
            source=Source(kind="stated", quote="a cake sells at 5 €,\na loaf at 2.50 €"),
        ),
        Parameter(name="use", index=("i in I", "j in I"), values=[[1, 2], [3, 4]]),
        Parameter(name="cap", values=8, description="hours of the oven | per day"),
    ),
    variables=(Variable(name="x", index=("i in I",), domain="integer", upper="cap", description="pieces baked"),),
    objective=Objective(sense="maximize", expression="sum(price[i]*x[i] for i in I)", name="revenue"),
    constraints=(
        Constraint(
            name="oven",
            forall=("i in I if i != 'cake'",),
            expression="x[i] <= cap",
            description="the oven is small",
            source=Source(kind="derived", reason="one piece takes an hour"),
        ),
    ),
    assumptions=(Assumption(text="What is baked is sold", reason="nothing else is said", element="x"),),
    version=3,
)
BAKERY_TEXT = """\
# Bakery

Version: 3

## Sets

- **I** = `['cake', 'bread']`: products

## Parameters

- **price** over `i in I`
  - unit: € per piece
  - stated: "a cake sells at 5 €,<br>a loaf at 2.50 €"

  | element | value |
  | --- | ---: |
  | cake | 5 |
  | bread | 2.5 |

- **use** over `i in I`, `j in I`

  | (in order) | cake | bread |
  | --- | ---: | ---: |
  | cake | 1 | 2 |
  | bread | 3 | 4 |

- **cap** = `8`: hours of the oven | per day

## Variables

- **x** over `i in I`, integer, at least `0`, at most `cap`: pieces baked

## Objective

- **Maximize** `sum(price[i]*x[i] for i in I)`
  - name: revenue

## Constraints

- **oven** for `i in I if i != 'cake'`: the oven is small
  - `x[i] <= cap`
  - derived: one piece takes an hour

## Assumptions

- What is baked is sold
  - because: nothing else is said
  - about: x
"""


def test_the_form_is_one_that_people_can_read() -> None:
    assert to_markdown(BAKERY) == BAKERY_TEXT
    assert from_markdown(BAKERY_TEXT) == (BAKERY, [])


LOOSE_TEXT = """\
Here is the formulation:

```markdown
# Bakery

### 1. Sets
* I = {cake, bread}
* **T**: `range(1, 5)`: days
- `S[i in I]` = {"cake": [1, 2], "bread": []}
- **N**: {1, 2, ..., 5}

### 2. Parameters:
* price[i in I]: selling price
  | product | price |
  |---------|-------|
  | cake | $5 |
  | bread | 1,200 |
* cap = 100 (hours): oven
* **rate**: 5%
* `demand` for `t in T` = [1, 2, 3, 4]

## Decision Variables
1. x[i in I]: number of pieces,
   integer, >= 0
2. `y`: binary, 1 if open
3. **z** (continuous, non-negative): rest
4. $w$ — free variable
5. **v:** amount
   - Type: integer
   - Upper bound: 10

**Objective Function:**
Maximize: sum(price[i]*x[i] for i in I) - 3*z

## Constraints
- capacity: 2*x['cake'] + x['bread'] <= cap
- x['cake'] + z <= 10
- **daily** for `t in T if t > 1`: `z <= demand[t]`
- **each** (all products): x[i] <= 5 for all i in I
- for i in I: x[i] >= 1
3. link: `x['cake'] <= 10*y` for all i in I, t in T.
## Explanation
Left out.
```
"""


def test_the_form_of_other_hands_is_read_and_each_slip_told() -> None:
    formulation, findings = from_markdown(LOOSE_TEXT)
    assert formulation is not None
    sets = {block.name: block.elements or block.expression for block in formulation.sets}
    assert sets == {
        "I": ("cake", "bread"), "T": "range(1, 5)", "S": {"cake": (1, 2), "bread": ()}, "N": "range(1, 6)",
    }  # fmt: skip
    parameters = {parameter.name: (parameter.values, parameter.unit) for parameter in formulation.parameters}
    assert parameters == {
        "price": ({"cake": 5, "bread": 1200}, ""),
        "cap": (100, "hours"),
        "rate": (0.05, ""),
        "demand": ([1, 2, 3, 4], ""),
    }
    variables = {v.name: (v.index, v.domain, v.lower, v.upper) for v in formulation.variables}
    assert variables == {
        "x": (("i in I",), "integer", 0, None),
        "y": ((), "binary", 0, None),
        "z": ((), "continuous", 0, None),
        "w": ((), "continuous", "-inf", None),
        "v": ((), "integer", 0, 10),
    }
    assert formulation.objective.sense == "maximize"
    assert formulation.objective.expression == "sum(price[i]*x[i] for i in I) - 3*z"
    assert [(row.name, row.forall, row.expression) for row in formulation.constraints] == [
        ("capacity", (), "2*x['cake'] + x['bread'] <= cap"),
        ("constraint_2", (), "x['cake'] + z <= 10"),
        ("daily", ("t in T if t > 1",), "z <= demand[t]"),
        ("each", ("i in I",), "x[i] <= 5"),
        ("constraint_5", ("i in I",), "x[i] >= 1"),
        ("link", ("i in I", "t in T"), "x['cake'] <= 10*y"),
    ]
    told = {finding.where: finding.message for finding in findings}
    assert told["line 6"] == "`1. Sets` was read as the heading Sets"
    assert told["line 16"] == "`$5` was read as 5"
    assert told["line 17"] == "`1,200` was read as 1200"
    assert told["line 18"] == "`100 (hours)` was read as the value 100 and the unit hours"
    assert told["line 7"] == "`{cake, bread}` was read as the elements ('cake', 'bread')"
    assert any("`Explanation` was left out" in message for message in told.values())


@pytest.mark.parametrize(
    ("objective", "sense", "expression"),
    [
        ("- **Minimize** `2*x`: cost", "minimize", "2*x"),
        ("Minimise Z = 2*x", "minimize", "2*x"),
        ("- max: 2*x", "maximize", "2*x"),
        ("**Maximize:** `2*x`", "maximize", "2*x"),
        ("- Sense: Minimize\n- Expression: `2*x`", "minimize", "2*x"),
        ("- sense: max\n  - expression: 2*x", "maximize", "2*x"),
        ("- **Satisfy**", "satisfy", "0"),
        ("Find any plan", "satisfy", "0"),
        ("minimize max(x, y)", "minimize", "max(x, y)"),
    ],
)
def test_senses_in_words(objective: str, sense: str, expression: str) -> None:
    formulation, findings = from_markdown(f"## Objective\n{objective}\n")
    assert errors(findings) == []
    assert formulation is not None
    assert (formulation.objective.sense, formulation.objective.expression) == (sense, expression)


@pytest.mark.parametrize(
    ("text", "where", "message"),
    [
        ("", "line 1", "five headings"),
        ("x <= 5", "line 1", "## Sets"),
        ("## Sets\n- 5: five", "line 2", "does not begin with a name"),
        ("## Parameters\n- **p**\n  - values: {'a': }", "line 3", "no written value"),
        ("## Parameters\n- **p** over `I`\n  | a | b |\n  | x |", "line 4", "1 cells, the heading 2"),
        ("## Parameters\n- **p** over `I`\n  | a | b |\n  | - | - |\n  | x | many |", "line 5", "'many' is no number"),
        ("## Parameters\n- **p** over `I`\n  | a | b |\n  | x | 1 |\n  | x | 2 |", "line 5", "comes twice"),
        ("## Objective\n- **Best** `x`", "line 2", "which way is better"),
        ("## Objective\n- **Minimize**", "line 2", "no expression"),
        ("## Constraints\n- **c**: nothing said", "line 2", "'c' has no expression"),
    ],
)
def test_errors_have_their_line_and_mend(text: str, where: str, message: str) -> None:
    formulation, findings = from_markdown(text)
    assert formulation is None
    assert any(finding.where == where and message in str(finding) for finding in errors(findings))
    assert all(finding.mend for finding in errors(findings))
