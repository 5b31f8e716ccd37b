"""Hypothesis strategy for formulations of many index forms: conditions, joins, sparse sets, order, nested sums."""

from typing import Any

from hypothesis import strategies as st

from tests.formulation_helpers import written

Names = dict[str, str]
"""Indices in reach, each with the kind of its elements: `n` numbers of N, `s` elements of S, `a` arcs."""
NUMBERS = ("0", "1", "2", "3", "0.5", "4", "8", "0.25")
FRESH = tuple(f"{letter}{place}" for place in range(1, 5) for letter in "ijklmp")
"""Names that indices are given."""


@st.composite
def index_formulations(draw: st.DrawFn) -> dict[str, Any]:
    """Return a formulation as JSON, mostly sound; some have rows without value, as in `x[prev(i)]` at the start."""
    numbers = draw(st.lists(st.sampled_from([1, 2, 3, 5, -1, 2.5]), min_size=1, max_size=4, unique=True))
    texts = draw(st.lists(st.sampled_from(["a", "b", "c,d", "1x"]), min_size=1, max_size=3, unique=True))
    pairs = [[i, j] for i in numbers for j in numbers]
    arcs = draw(st.lists(st.sampled_from(pairs), max_size=6, unique_by=tuple))
    table = st.sampled_from([0, 1, 2, -1, 0.5, 4])

    def values(*axes: list[Any]) -> Any:
        return draw(table) if not axes else [values(*axes[1:]) for _ in axes[0]]

    near = {str(i): draw(st.lists(st.sampled_from(numbers), unique=True)) for i in numbers}
    sparse = {f"{i},{j}": draw(table) for i, j in draw(st.lists(st.sampled_from(pairs), max_size=4, unique_by=tuple))}
    whole = written(
        *draw(st.lists(constraints(), min_size=1, max_size=4)),
        sets={
            "N": numbers,
            "S": texts,
            "A": arcs,
            "NEAR": {"index": ["i in N"], "elements": near},
            "BIG": "{i for i in N if i > 1}",
            "AFTER": {"index": ["i in N"], "expression": "{j for j in N if ord(j) > ord(i)}"},
            "T": "range(1, 4)",
        },
        parameters={
            "c": {"index": ["i in N"], "values": values(numbers)},
            "d": {"index": ["i in N", "s in S"], "values": values(numbers, texts)},
            "w": {"index": ["(i, j) in A"], "values": [draw(table) for _ in arcs] or {}},
            "e": {"index": ["i in N", "j in N"], "values": sparse, "default": 3},
            "g": draw(table),
            "h": {"index": ["t in T"], "expression": "2*t + sum(c[i] for i in N)"},
        },
        variables=[
            {"name": "x", "index": ["i in N"], "upper": "10 + abs(c[i])"},
            {"name": "y", "index": ["i in N", "s in S"], "lower": "-inf", "domain": "integer"},
            {"name": "z", "index": ["(i, j) in A"], "domain": "binary"},
            {"name": "v", "index": ["i in N", "j in N if i != j"]},
            {"name": "b", "index": ["i in N", "j in NEAR[i]"]},
            {"name": "f", "index": ["t in T", "i in BIG"], "upper": 7},
            {"name": "u"},
        ],
        objective={
            "sense": draw(st.sampled_from(["minimize", "maximize", "satisfy"])),
            "expression": draw(linear({}, 2) | quadratic({})),
        },
    )
    return whole


@st.composite
def clauses(draw: st.DrawFn, names: Names) -> tuple[str, Names]:
    """Return one range as text and the indices that it binds."""
    free = [name for name in FRESH if name not in names]
    one, two = free[0], free[1]
    bound = [name for name, kind in names.items() if kind == "n"]
    forms: list[tuple[str, Names]] = [
        (f"{one} in N", {one: "n"}),
        (f"{one} in S", {one: "s"}),
        (f"{one} in BIG", {one: "n"}),
        (f"({one}, {two}) in A", {one: "n", two: "n"}),
        (f"{one} in range(1, 3)", {one: "t"}),
        (f"{one} in {{2, 1}}", {one: "t"}),
        (f"{one} in A", {one: "a"}),
    ]
    if bound:
        other = draw(st.sampled_from(bound))
        forms += [
            (f"{one} in NEAR[{other}]", {one: "n"}),
            (f"{one} in AFTER[{other}]", {one: "n"}),
            (f"({one}, {two}) in A if {one} == {other}", {one: "n", two: "n"}),
            (f"({one}, {two}) in A if {other} == {two} and {one} != {other}", {one: "n", two: "n"}),
            (f"{one} in N if ({other}, {one}) in A", {one: "n"}),
            (f"{one} in N if ({one}, {other}) in A and {one} != {other}", {one: "n"}),
            (f"{one} in {{q0 for q0 in N if q0 != {other}}}", {one: "n"}),
            (f"{one} in range(0, ord({other}))", {one: "t"}),
        ]
    text, kinds = draw(st.sampled_from(forms))
    whole = {**names, **kinds}
    if draw(st.integers(0, 2)) == 0:
        joint = " and " if " if " in text.rpartition("}")[2] else " if "
        text += joint + draw(conditions(whole))
    return text, whole


@st.composite
def ranges(draw: st.DrawFn, names: Names, most: int = 2) -> tuple[list[str], Names]:
    """Return some ranges one behind the other."""
    found: list[str] = []
    for _ in range(draw(st.integers(1, most))):
        text, names = draw(clauses(names))
        found.append(text)
    return found, names


@st.composite
def conditions(draw: st.DrawFn, names: Names) -> str:
    """Return a condition on data."""
    numbers = [name for name, kind in names.items() if kind in "nt"]
    own = [name for name, kind in names.items() if kind == "n"]
    forms = ["g > 0", "len(N) > 2", "True"]
    if numbers:
        one, two = draw(st.sampled_from(numbers)), draw(st.sampled_from(numbers))
        forms += [f"{one} != {two}", f"{one} > 1", f"{one} in BIG", f"{one} <= {two} or {one} == 2", f"not {one} == 3"]
    if own:
        one, two = draw(st.sampled_from(own)), draw(st.sampled_from(own))
        forms += [f"{one} > first(N)", f"{one} != last(N)", f"c[{one}] > 0", f"({one}, {two}) in A",
                  f"{two} in NEAR[{one}]", f"ord({one}) < ord({two})", f"e[{one}, {two}] == 3",
                  f"{one} > first(N) and c[prev({one})] >= 0", f"any(({one}, q1) in A for q1 in N)"]  # fmt: skip
    return draw(st.sampled_from(forms))


@st.composite
def data(draw: st.DrawFn, names: Names, depth: int = 1) -> str:
    """Return a numeric expression of data."""
    own = [name for name, kind in names.items() if kind == "n"]
    texts = [name for name, kind in names.items() if kind == "s"]
    forms = [draw(st.sampled_from(NUMBERS)), "g", "len(S)"]
    if own:
        one, two = draw(st.sampled_from(own)), draw(st.sampled_from(own))
        forms += [f"c[{one}]", f"e[{one}, {two}]", one, f"sum(e[{one}, q2] for q2 in N)", f"len(NEAR[{one}])",
                  f"(c[prev({one})] if {one} > first(N) else g)", f"max(c[{one}], c[{two}])",
                  f"sum(c[q2] for q2 in NEAR[{one}])", f"(c[{one}] if c[{one}] > 1 else {one})"]  # fmt: skip
        if texts:
            forms.append(f"d[{one}, {draw(st.sampled_from(texts))}]")
    forms += [f"w[{name}]" for name, kind in names.items() if kind == "a"]
    if depth:
        left, right = draw(data(names, depth - 1)), draw(data(names, depth - 1))
        forms += [f"({left} {operator} {right})" for operator in "+-*"] + [f"({left}) / 2", f"-({left})"]
    return draw(st.sampled_from(forms))


@st.composite
def entries(draw: st.DrawFn, names: Names) -> str:
    """Return one entry of a variable."""
    own = [name for name, kind in names.items() if kind == "n"]
    texts = [name for name, kind in names.items() if kind == "s"]
    forms = ["u"]
    if own:
        one, two = draw(st.sampled_from(own)), draw(st.sampled_from(own))
        forms += [f"x[{one}]", f"x[{two}]", f"sum(y[{one}, q3] for q3 in S)",
                  f"(x[prev({one})] if {one} > first(N) else {draw(data(names, 0))})",
                  f"(v[{one}, {two}] if {one} != {two} else x[{one}])",
                  f"sum(b[{one}, q3] for q3 in NEAR[{one}])", f"sum(v[{one}, q3] for q3 in N if q3 != {one})",
                  f"sum(z[q3, q4] for (q3, q4) in A if q3 == {one})",
                  f"sum(w[q3, q4]*z[q3, q4] for (q3, q4) in A if q4 == {one})",
                  f"sum(f[t, {one}] for t in T if {one} in BIG)",
                  f"sum(x[q3] for q3 in N if q3 != {one})"]  # fmt: skip
        if texts:
            forms += [f"y[{one}, {draw(st.sampled_from(texts))}]"]
    forms += [f"z[{name}]" for name, kind in names.items() if kind == "a"]
    return draw(st.sampled_from(forms))


@st.composite
def linear(draw: st.DrawFn, names: Names, depth: int) -> str:
    """Return an expression that is linear in the variables."""
    kind = draw(st.sampled_from(["entry", "scaled", "plus", "minus", "sum", "choice", "over"])) if depth else "entry"
    if kind == "entry":
        return draw(entries(names))
    if kind == "sum":
        texts, inner = draw(ranges(names))
        return f"sum({draw(linear(inner, depth - 1))} for {' for '.join(texts)})"
    left = draw(linear(names, depth - 1))
    if kind == "scaled":
        return f"({draw(data(names))})*({left})"
    if kind == "over":
        return f"({left})/4"
    right = draw(linear(names, depth - 1) | data(names))
    if kind == "choice":
        return f"({left} if {draw(conditions(names))} else {right})"
    return f"({left} {'+' if kind == 'plus' else '-'} {right})"


@st.composite
def quadratic(draw: st.DrawFn, names: Names) -> str:
    """Return an expression that is quadratic in the variables."""
    one, two = draw(linear({"i": "n"}, 1)), draw(linear({"i": "n"}, 1))
    outer, other = draw(linear(names, 2)), draw(linear(names, 1))
    forms = ["sum(({0})*({1}) for i in N)", "sum(({0})**2 for i in N)", "u*sum({0} for i in N)", "({2})*({3})"]
    return draw(st.sampled_from(forms)).format(one, two, outer, other)


@st.composite
def constraints(draw: st.DrawFn) -> Any:
    """Return a constraint: a text, or its ranges and a text."""
    texts: list[str] = []
    names: Names = {}
    if draw(st.integers(0, 3)):
        texts, names = draw(ranges({}))
    left, right = draw(linear(names, 2)), draw(linear(names, 1) | data(names))
    relation = draw(st.sampled_from(["<=", ">=", "=="]))
    row = f"{left} {relation} {right}"
    shape = draw(st.sampled_from(["plain", "plain", "plain", "chain", "choice", "implies"]))
    if shape == "chain":
        row = f"-100 <= {left} <= 100"
    elif shape == "choice":
        other = draw(st.sampled_from([f"u {relation} 3", f"-5 <= {left} <= 5"]))
        row = f"({row} if {draw(conditions(names))} else {other})"
    elif shape == "implies":
        row = f"implies({draw(conditions(names))}, {row})"
    return {"forall": texts, "expression": row}
